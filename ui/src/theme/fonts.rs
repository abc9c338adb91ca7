//! The bundled fonts: Inter for text, JetBrains Mono for code, Phosphor for icons.
//!
//! Of egui's own only the emoji are kept; behind them come the system's, as far as they are needed.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

use super::icons;

/// Name of the semibold family.
pub(crate) const SEMIBOLD: &str = "semibold";

static INTER: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");
static INTER_SEMIBOLD: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");
static JETBRAINS_MONO: &[u8] = include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf");
/// Outlines, while most systems have coloured pictures alone, which egui cannot draw.
static EMOJI: &[u8] = epaint_default_fonts::NOTO_EMOJI_REGULAR;

/// All families of the ui.
pub(crate) fn families() -> [FontFamily; 3] {
    [FontFamily::Proportional, FontFamily::Monospace, FontFamily::Name(SEMIBOLD.into())]
}

/// The fonts of each.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in [
        ("inter", INTER),
        ("inter-semibold", INTER_SEMIBOLD),
        ("jetbrains-mono", JETBRAINS_MONO),
        ("noto-emoji", EMOJI),
    ] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let sans = fonts.families.entry(FontFamily::Proportional).or_default();
    sans.push("inter".to_owned());
    sans.push("noto-emoji".to_owned());
    icons::add_to(&mut fonts);
    let sans = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let mut bold = sans.clone();
    bold.insert(0, "inter-semibold".to_owned());
    fonts.families.insert(FontFamily::Name(SEMIBOLD.into()), bold);
    let mono = fonts.families.entry(FontFamily::Monospace).or_default();
    mono.insert(0, "jetbrains-mono".to_owned());
    mono.extend(sans);
    fonts
}
