//! A row of a menu: icon, words, keys.

use egui::{CornerRadius, Response, Sense, Ui, Vec2, WidgetInfo, WidgetType, pos2};

use super::{elide, glyph, hairline_h};
use crate::theme::icons;
use crate::theme::{self, Palette};

const ROW: f32 = 28.0;
const WIDTH: f32 = 232.0;
/// Where words behind an icon begin.
const WORDS: f32 = 30.0;

/// Sets a menu up: as wide as all are, without gaps between its rows.
pub(crate) fn menu_frame(ui: &mut Ui) {
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 0.0;
}

/// A row; without an icon its words begin further left. Says whether it was chosen; the menu closes then.
pub(crate) fn menu_item(ui: &mut Ui, icon: &str, words: &str, keys: &str) -> bool {
    let left = if icon.is_empty() { 10.0 } else { WORDS };
    item(ui, (icon, words, keys), left, None)
}

/// The same of what needs an answer of whoever may be away; while they are, it cannot be chosen and says why.
pub(crate) fn asking_menu_item(ui: &mut Ui, icon: &str, words: &str, keys: &str) -> bool {
    let why = super::away(ui.ctx());
    item(ui, (icon, words, keys), WORDS, why.as_deref())
}

/// A row of which one is chosen now: that one has a check, and all words begin below each other.
pub(crate) fn menu_choice(ui: &mut Ui, is_chosen: bool, words: &str) -> bool {
    let check = if is_chosen { icons::icon::CHECK } else { "" };
    item(ui, (check, words, ""), WORDS, None)
}

fn item(
    ui: &mut Ui,
    (icon, words, keys): (&str, &str, &str),
    indent: f32,
    refused: Option<&str>,
) -> bool {
    let p = Palette::of(ui);
    let enabled = refused.is_none();
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(WIDTH, ROW), sense);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, words));
    if ui.is_rect_visible(rect) {
        let lit = enabled && (response.hovered() || response.has_focus());
        if lit {
            ui.painter().rect_filled(rect, CornerRadius::same(4), p.hover);
        }
        let ink = if lit { p.text } else { p.dim };
        let (ink, text_ink) = if enabled { (ink, p.text) } else { (p.faint, p.faint) };
        let middle = rect.center().y;
        glyph(ui.painter(), pos2(rect.left() + 14.0, middle), icon, icons::font(15.0), ink);
        let aside = elide(ui.ctx(), keys, theme::sans(theme::SMALL), p.faint, 100.0);
        let aside_left = rect.right() - 10.0 - aside.size().x;
        let left = rect.left() + indent;
        let text =
            elide(ui.ctx(), words, theme::sans(theme::BODY), text_ink, aside_left - 8.0 - left);
        let at = pos2(left, middle - text.size().y / 2.0);
        ui.painter().galley(at, text, text_ink);
        ui.painter().galley(pos2(aside_left, middle - aside.size().y / 2.0), aside, p.faint);
    }
    let chosen = response.clicked();
    if chosen {
        ui.close();
    }
    if let Some(why) = refused {
        response.on_hover_text(why);
    }
    chosen
}

/// A row that opens a menu beside it; assistive technology knows it by `name`.
pub(crate) fn sub_menu_item(ui: &mut Ui, words: &str, name: &str) -> Response {
    let p = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(WIDTH, ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, name));
    let lit = response.hovered() || response.has_focus();
    if lit {
        ui.painter().rect_filled(rect, CornerRadius::same(4), p.hover);
    }
    let middle = rect.center().y;
    let text = elide(ui.ctx(), words, theme::sans(theme::BODY), p.text, WIDTH - 40.0);
    ui.painter().galley(pos2(rect.left() + 10.0, middle - text.size().y / 2.0), text, p.text);
    let caret = pos2(rect.right() - 14.0, middle);
    glyph(ui.painter(), caret, icons::icon::CARET_RIGHT, icons::font(12.0), p.dim);
    response
}

/// A line between groups of rows.
pub(crate) fn menu_line(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(WIDTH, 9.0), Sense::hover());
    hairline_h(ui.painter(), rect.x_range(), rect.center().y, Palette::of(ui).line);
}
