//! The colours, by meaning, for dark and light.
//!
//! Every state colour stands beside an icon wherever it is used; colour alone never says anything.

use egui::{Color32, Shadow, Theme, Ui};

/// One set of colours.
#[derive(Debug, PartialEq)]
pub(crate) struct Palette {
    /// Whether this is the dark set.
    pub(crate) dark: bool,
    /// Canvas, behind everything.
    pub(crate) bg: Color32,
    /// Rail, inspector, drawers.
    pub(crate) panel: Color32,
    /// Cards, buttons, the active tab.
    pub(crate) raised: Color32,
    /// Under the pointer.
    pub(crate) hover: Color32,
    /// Inside of text fields.
    pub(crate) field: Color32,
    /// 1 px borders.
    pub(crate) line: Color32,
    /// Borders of what nothing else shows, such as an empty check box.
    pub(crate) outline: Color32,
    /// Dots of the canvas.
    pub(crate) grid: Color32,
    /// Values.
    pub(crate) text: Color32,
    /// Labels.
    pub(crate) dim: Color32,
    /// Hints.
    pub(crate) faint: Color32,
    /// Selection, focus, links.
    pub(crate) accent: Color32,
    /// The primary button, a box that is checked.
    pub(crate) primary: Color32,
    /// The primary button under the pointer.
    pub(crate) primary_hover: Color32,
    /// The active item's background.
    pub(crate) accent_soft: Color32,
    /// The ground of a selected row: state colours and hints can be read on it.
    pub(crate) selected: Color32,
    /// Text on `primary` and on icon tiles.
    pub(crate) on_accent: Color32,
    /// Succeeded.
    pub(crate) ok: Color32,
    /// Failed.
    pub(crate) bad: Color32,
    /// Background of a failure.
    pub(crate) bad_soft: Color32,
    /// Border of a failure.
    pub(crate) bad_line: Color32,
    /// Upstream failed.
    pub(crate) bad_dim: Color32,
    /// Running.
    pub(crate) run: Color32,
    /// Waiting for something outside.
    pub(crate) waiting: Color32,
    /// Up for retry.
    pub(crate) retry: Color32,
    /// Pending, skipped.
    pub(crate) idle: Color32,
    /// Cancelled.
    pub(crate) canceled: Color32,
    /// How dark shadows are, 0–255.
    pub(crate) shadow: u8,
}

/// A colour by its number: `0xRR_GGBB`.
pub(super) const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

static DARK: Palette = Palette {
    dark: true,
    bg: hex(0x0f_1216),
    panel: hex(0x16_1a20),
    raised: hex(0x1d_222a),
    hover: hex(0x25_2b35),
    field: hex(0x0f_1216),
    line: hex(0x2a_313b),
    outline: hex(0x6a_7585),
    grid: hex(0x1f_252e),
    text: hex(0xe6_e9ee),
    dim: hex(0xa4_adba),
    faint: hex(0x85_90a0),
    accent: hex(0x4c_8dff),
    primary: hex(0x2f_6fe0),
    primary_hover: hex(0x2a_68d8),
    accent_soft: hex(0x2a_4f8f),
    selected: hex(0x18_2644),
    on_accent: hex(0xff_ffff),
    ok: hex(0x3f_b97a),
    bad: hex(0xf0_616d),
    bad_soft: hex(0x2c_1c22),
    bad_line: hex(0x7d_3a44),
    bad_dim: hex(0xd0_6a74),
    run: hex(0x4c_8dff),
    waiting: hex(0xa7_8bfa),
    retry: hex(0xf2_a33c),
    idle: hex(0x85_90a0),
    canceled: hex(0x8a_9bb0),
    shadow: 110,
};

static LIGHT: Palette = Palette {
    dark: false,
    bg: hex(0xf5_f6f8),
    panel: hex(0xff_ffff),
    raised: hex(0xff_ffff),
    hover: hex(0xee_f1f4),
    field: hex(0xf5_f6f8),
    line: hex(0xdf_e3e8),
    outline: hex(0x82_8d9b),
    grid: hex(0xdd_e1e7),
    text: hex(0x1b_222c),
    dim: hex(0x4c_5665),
    faint: hex(0x64_6f7e),
    accent: hex(0x24_68e0),
    primary: hex(0x24_68e0),
    primary_hover: hex(0x1b_5acb),
    accent_soft: hex(0xcf_e0ff),
    selected: hex(0xec_f3ff),
    on_accent: hex(0xff_ffff),
    ok: hex(0x15_7d49),
    bad: hex(0xc9_2c39),
    bad_soft: hex(0xfb_ebec),
    bad_line: hex(0xe5_9aa0),
    bad_dim: hex(0xa8_4f57),
    run: hex(0x24_68e0),
    waiting: hex(0x7a_56d8),
    retry: hex(0x9c_5800),
    idle: hex(0x64_6f7e),
    canceled: hex(0x5f_7085),
    shadow: 28,
};

impl Palette {
    /// The set of egui's theme.
    pub(crate) fn by_theme(theme: Theme) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }

    /// The set that `ui` is drawn with.
    pub(crate) fn of(ui: &Ui) -> &'static Self {
        if ui.visuals().dark_mode { &DARK } else { &LIGHT }
    }

    /// A soft shadow below something that floats.
    pub(crate) fn shadow(&self, blur: u8, drop: i8) -> Shadow {
        Shadow { offset: [0, drop], blur, spread: 0, color: Color32::from_black_alpha(self.shadow) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2, relative luminance; 4.5 is its limit for text, 3 that for controls.
    fn luminance(color: Color32) -> f64 {
        let channel = |byte: u8| {
            let part = f64::from(byte) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(color.r()) + 0.7152 * channel(color.g()) + 0.0722 * channel(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for p in [&DARK, &LIGHT] {
            for ground in [p.bg, p.panel, p.raised] {
                assert!(contrast(p.text, ground) > 7.0, "text, dark: {}", p.dark);
                assert!(contrast(p.dim, ground) > 4.5, "dim, dark: {}", p.dark);
                assert!(contrast(p.faint, ground) > 4.5, "faint, dark: {}", p.dark);
                assert!(contrast(p.accent, ground) > 4.5, "a link, dark: {}", p.dark);
                assert!(contrast(p.outline, ground) > 3.0, "a check box, dark: {}", p.dark);
                for state in [p.ok, p.bad, p.run, p.waiting, p.retry, p.idle, p.canceled, p.bad_dim]
                {
                    assert!(contrast(state, ground) > 4.5, "{state:?} on {ground:?}");
                }
            }
            for ink in [p.text, p.dim, p.faint, p.ok, p.bad, p.run, p.waiting, p.retry, p.canceled]
            {
                assert!(contrast(ink, p.selected) > 4.5, "{ink:?} on a selected row");
            }
            assert!(contrast(p.text, p.accent_soft) > 4.5, "what is active, dark: {}", p.dark);
            assert!(contrast(p.bad, p.bad_soft) > 4.5);
            for fill in [p.primary, p.primary_hover] {
                assert!(contrast(p.on_accent, fill) > 4.5, "a button's words, dark: {}", p.dark);
            }
        }
    }
}
