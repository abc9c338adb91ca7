//! How the window looks: colours, type, and egui's own style made to match.
//!
//! Colours are named by what they mean; nothing outside this module writes a colour by number.

mod fonts;
mod hue;
pub(crate) mod icons;
mod kind;
mod palette;
mod series;
mod state;

use egui::{Context, CornerRadius, FontFamily, FontId, Margin, Stroke, Vec2};

pub(crate) use fonts::{SEMIBOLD, families};
pub(crate) use hue::Hue;
pub(crate) use kind::{kind_look, kind_title};
pub(crate) use palette::Palette;
pub(crate) use series::series;
pub(crate) use state::{run_look, task_look};

/// Text of values and labels.
pub(crate) const BODY: f32 = 13.0;
/// Secondary text.
pub(crate) const SMALL: f32 = 12.0;
/// Section heads.
pub(crate) const HEAD: f32 = 11.0;
/// Titles of panels and places.
pub(crate) const TITLE: f32 = 15.0;
/// Height of buttons and fields.
pub(crate) const CONTROL: f32 = 28.0;
/// Height of a row in a list.
pub(crate) const ROW: f32 = 32.0;
/// Radius of controls.
pub(crate) const RADIUS: u8 = 6;
/// Radius of cards and boxes.
pub(crate) const CARD_RADIUS: u8 = 8;

/// The sans font at `size`.
pub(crate) fn sans(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// The semibold sans font at `size`.
pub(crate) fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

/// The fixed-width font of logs and code.
pub(crate) fn mono(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

/// Installs fonts and both styles into `ctx`. Call it once.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts::definitions());
    for theme in [egui::Theme::Dark, egui::Theme::Light] {
        ctx.style_mut_of(theme, |style| apply(style, Palette::by_theme(theme)));
    }
}

/// The colour behind everything.
pub(crate) fn ground(ui: &egui::Ui) -> egui::Color32 {
    Palette::of(ui).bg
}

fn apply(style: &mut egui::Style, p: &Palette) {
    use egui::TextStyle;
    style.text_styles = [
        (TextStyle::Small, sans(SMALL)),
        (TextStyle::Body, sans(BODY)),
        (TextStyle::Button, sans(BODY)),
        (TextStyle::Heading, semibold(TITLE)),
        (TextStyle::Monospace, mono(SMALL)),
    ]
    .into();
    style.spacing.item_spacing = Vec2::new(8.0, 8.0);
    style.spacing.button_padding = Vec2::new(12.0, 5.0);
    style.spacing.interact_size.y = CONTROL;
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.scroll = egui::style::ScrollStyle::thin();
    style.spacing.tooltip_width = 360.0;
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style.animation_time = 0.0;

    let radius = CornerRadius::same(RADIUS);
    let v = &mut style.visuals;
    v.dark_mode = p.dark;
    v.override_text_color = Some(p.text);
    v.weak_text_color = Some(p.faint);
    v.panel_fill = p.panel;
    v.window_fill = p.panel;
    v.extreme_bg_color = p.field;
    v.faint_bg_color = p.hover;
    v.code_bg_color = p.field;
    v.hyperlink_color = p.accent;
    v.warn_fg_color = p.retry;
    v.error_fg_color = p.bad;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.window_corner_radius = CornerRadius::same(CARD_RADIUS);
    v.menu_corner_radius = CornerRadius::same(CARD_RADIUS);
    v.window_shadow = p.shadow(24, 8);
    v.popup_shadow = p.shadow(16, 6);
    v.selection.bg_fill = p.accent_soft;
    v.selection.stroke = Stroke::new(1.0, p.text);
    v.text_cursor.stroke = Stroke::new(1.5, p.accent);
    v.text_cursor.blink = false;
    v.striped = false;
    for (widget, fill) in [
        (&mut v.widgets.noninteractive, p.panel),
        (&mut v.widgets.inactive, p.raised),
        (&mut v.widgets.hovered, p.hover),
        (&mut v.widgets.active, p.hover),
        (&mut v.widgets.open, p.hover),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, p.line);
        widget.fg_stroke = Stroke::new(1.0, p.text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
    // The scroll bar's handle takes its colour from here.
    v.widgets.inactive.bg_fill = p.line;
    v.widgets.hovered.bg_fill = p.faint;
    v.widgets.active.bg_fill = p.dim;
}
