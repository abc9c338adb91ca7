//! The colours of things that stand beside each other in a chart and are told apart by colour: after Okabe and Ito, "Color
//! Universal Design" (2008), which differ for those, too, who do not see red and green apart.

use egui::Color32;

use super::Palette;
use super::palette::hex;

/// How many there are.
const SERIES: usize = 8;

const DARK: [Color32; SERIES] = [
    hex(0x56_b4e9),
    hex(0xe6_9f00),
    hex(0x2b_b58a),
    hex(0xcc_79a7),
    hex(0xf0_e442),
    hex(0xe8_703a),
    hex(0x4c_7de0),
    hex(0xb3_9cf0),
];

const LIGHT: [Color32; SERIES] = [
    hex(0x2b_8fc9),
    hex(0xd0_8a00),
    hex(0x00_8c66),
    hex(0xb8_5f91),
    hex(0xb5_a300),
    hex(0xc8_5200),
    hex(0x1f_4fb0),
    hex(0x7a_56d8),
];

/// The colour of the thing at this place; what has no colour of its own any more is grey.
pub(crate) fn series(p: &Palette, at: usize) -> Color32 {
    let all = if p.dark { &DARK } else { &LIGHT };
    all.get(at).copied().unwrap_or(p.canceled)
}
