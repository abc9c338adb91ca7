//! The icons: glyphs of the Phosphor font, by what they stand for.
//!
//! The font is cut at compile time to the glyphs named here.

use egui::{FontFamily, FontId};

egui_phosphor::subset! {
    pub(crate) mod glyphs {
        use regular::{
            ALIGN_BOTTOM, ALIGN_CENTER_HORIZONTAL, ALIGN_CENTER_VERTICAL, ALIGN_LEFT, ALIGN_RIGHT, ALIGN_TOP,
            ARROWS_OUT_LINE_HORIZONTAL, ARROWS_OUT_LINE_VERTICAL,
            ARROW_CLOCKWISE, ARROW_COUNTER_CLOCKWISE, ARROW_DOWN, ARROW_U_DOWN_LEFT, ARROW_LEFT, ARROW_LINE_DOWN, ARROW_LINE_RIGHT, ARROW_LINE_UP, ARROW_RIGHT, ARROW_UP,
            ARROW_U_UP_LEFT,
            ARROW_U_UP_RIGHT, ARROWS_CLOCKWISE, ARROWS_IN_SIMPLE, ARROWS_OUT_SIMPLE, BELL, BELL_SLASH, BOOKMARK_SIMPLE, BROWSERS, CALENDAR_BLANK, CALENDAR_DOTS, CARET_DOWN, CARET_LEFT, CARET_RIGHT, CARET_UP,
            CHECK, CHECK_CIRCLE, CHECK_SQUARE, CIRCLE, CIRCLE_DASHED, CIRCLE_HALF, CLOCK, CLOCK_COUNTER_CLOCKWISE,
            CHAT_TEXT, CODE, COPY, COPY_SIMPLE, CORNERS_OUT, CUBE, DATABASE, DOTS_SIX_VERTICAL, DOTS_THREE, ENVELOPE_SIMPLE, FILE_CODE, FILE_TEXT, FLOPPY_DISK,
            FLOW_ARROW, FOLDER, FUNNEL, FOLDER_OPEN, FOLDER_PLUS, GEAR_SIX, GIT_BRANCH, GLOBE, GRID_FOUR, HAND, HOURGLASS_MEDIUM, IMAGE, TRAY,
            INFO, KEY, LIST_BULLETS, LOCK, MAGNIFYING_GLASS, MAP_TRIFOLD, MINUS, MONITOR, MOON, NOTE, NOTEBOOK, PAPER_PLANE_TILT, PAUSE, PENCIL_SIMPLE, PLAY, PLUS, PROHIBIT,
            PUSH_PIN, PUSH_PIN_SLASH, PUZZLE_PIECE, QUESTION, QUEUE, SEAL_CHECK, SELECTION_ALL, SELECTION_PLUS, SELECTION_SLASH, SHIELD_CHECK, SHIELD_WARNING, SIDEBAR_SIMPLE, SQUARE, STACK, STAR, STOP, SUN, TABLE, TERMINAL, TERMINAL_WINDOW, TEXT_AA,
            EYE, TIMER,
            TRASH, TREE_STRUCTURE, WARNING, WARNING_CIRCLE, WEBHOOKS_LOGO, X, X_CIRCLE,
        };
        use fill::{
            CHECK_CIRCLE, CIRCLE, CIRCLE_HALF, PLAY, STOP, WARNING_CIRCLE, X_CIRCLE, PAUSE_CIRCLE,
            CLOCK, PROHIBIT, MINUS_CIRCLE, HOURGLASS_MEDIUM, ARROW_CLOCKWISE, STAR, PUSH_PIN, STACK, RECYCLE, LIGHTNING,
        };
    }
}

pub(crate) use glyphs::fill;
pub(crate) use glyphs::regular as icon;

/// The outlined icons at `size`.
pub(crate) fn font(size: f32) -> FontId {
    FontId::new(size, icon::family())
}

/// The filled icons at `size`.
pub(crate) fn fill_font(size: f32) -> FontId {
    FontId::new(size, fill::family())
}

/// Puts the icons into `fonts`: a family of their own each, and the outlined ones behind the text.
pub(super) fn add_to(fonts: &mut egui::FontDefinitions) {
    icon::add_to_fonts(fonts);
    fill::add_as_family(fonts);
    // In their own families the icons come before the text, so that no glyph of it shadows them.
    for name in [icon::FONT_NAME, fill::FONT_NAME] {
        fonts.families.insert(FontFamily::Name(name.into()), vec![name.to_owned()]);
    }
}
