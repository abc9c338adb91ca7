//! Choosing: one of a few (segments), one of many (a drop-down), yes or no (a check box).

use egui::{
    CornerRadius, Popup, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType,
};

use super::text::{elide, wrapped};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};

/// Where the text of a check box begins.
const TEXT_LEFT: f32 = 24.0;
/// So wide is a form at most.
const FORM: f32 = 480.0;

/// A row of segments of equal width of which one is active. Gives the index that was clicked.
pub(crate) fn segmented(ui: &mut Ui, names: &[&str], active: usize) -> Option<usize> {
    let count = names.len().max(1) as f32;
    // In a form it ends where the fields do.
    let room = ui.available_width();
    let width = if room <= FORM { room } else { room.min(132.0 * count) };
    segmented_in(ui, names, active, width)
}

/// The same as wide as is said, for several below each other.
pub(crate) fn segmented_in(
    ui: &mut Ui,
    names: &[&str],
    active: usize,
    width: f32,
) -> Option<usize> {
    let p = Palette::of(ui);
    let count = names.len().max(1) as f32;
    let width = width / count;
    let (rect, whole) =
        ui.allocate_exact_size(Vec2::new(width * count, theme::CONTROL), Sense::hover());
    ui.painter().rect(
        rect,
        CornerRadius::same(theme::RADIUS),
        p.panel,
        Stroke::new(1.0, p.line),
        StrokeKind::Inside,
    );
    let mut clicked = None;
    for (index, name) in names.iter().enumerate() {
        let part = egui::Rect::from_min_size(
            rect.min + Vec2::new(width * index as f32, 0.0),
            Vec2::new(width, rect.height()),
        );
        // Of the row: another one nearby may have the same words.
        let response = ui.interact(part, whole.id.with(name), Sense::click());
        let is_active = index == active;
        response
            .widget_info(|| WidgetInfo::selected(WidgetType::RadioButton, true, is_active, *name));
        if is_active {
            ui.painter().rect_filled(
                part.shrink(1.0),
                CornerRadius::same(theme::RADIUS - 1),
                p.accent_soft,
            );
        } else if response.hovered() {
            ui.painter().rect_filled(
                part.shrink(1.0),
                CornerRadius::same(theme::RADIUS - 1),
                p.hover,
            );
        }
        if response.has_focus() {
            ui.painter().rect_stroke(
                part,
                CornerRadius::same(theme::RADIUS),
                Stroke::new(1.5, p.accent),
                StrokeKind::Inside,
            );
        }
        let ink = if is_active { p.text } else { p.dim };
        let galley = elide(ui.ctx(), name, theme::sans(theme::BODY), ink, width - 12.0);
        ui.painter().galley(part.center() - galley.size() / 2.0, galley, ink);
        if response.clicked() {
            clicked = Some(index);
        }
    }
    clicked
}

/// A drop-down of `names`; gives the index that was chosen just now.
pub(crate) fn dropdown(
    ui: &mut Ui,
    name: &str,
    names: &[String],
    chosen: Option<usize>,
) -> Option<usize> {
    let width = ui.available_width();
    let shown = chosen.and_then(|index| names.get(index)).map_or("", String::as_str);
    let response = face(ui, shown, width);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::ComboBox, true, name);
        info.current_text_value = Some(shown.to_owned());
        info
    });

    let mut picked = None;
    Popup::menu(&response).width(width).show(|ui| {
        for (index, name) in names.iter().enumerate() {
            if ui.selectable_label(Some(index) == chosen, name).clicked() {
                picked = Some(index);
                ui.close();
            }
        }
    });
    picked
}

/// A button that looks like a drop-down, for a menu of its own; assistive technology knows it by `name`.
pub(crate) fn choice_button(ui: &mut Ui, name: &str, shown: &str, width: f32) -> Response {
    let response = face(ui, shown, width);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, name));
    response
}

/// What is chosen, and a caret behind it.
fn face(ui: &mut Ui, shown: &str, width: f32) -> Response {
    let p = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, theme::CONTROL), Sense::click());
    let border = if response.has_focus() { p.accent } else { p.line };
    let fill = if response.hovered() { p.hover } else { p.field };
    ui.painter().rect(
        rect,
        CornerRadius::same(theme::RADIUS),
        fill,
        Stroke::new(1.0, border),
        StrokeKind::Inside,
    );
    let (text, ink) = if shown.is_empty() { ("choose", p.faint) } else { (shown, p.text) };
    let galley = elide(ui.ctx(), text, theme::sans(theme::BODY), ink, width - 40.0);
    let at = egui::pos2(rect.left() + 10.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, ink);
    let caret = egui::pos2(rect.right() - 16.0, rect.center().y);
    super::glyph(ui.painter(), caret, icon::CARET_DOWN, icons::font(12.0), p.dim);
    response
}

/// A check box with what it means below its text, and what is wrong with it now.
pub(crate) fn checkbox_with_hint(
    ui: &mut Ui,
    on: &mut bool,
    name: &str,
    (hint, problem): (&str, Option<&str>),
) -> Response {
    let p = Palette::of(ui);
    let response = ui.scope(|ui| {
        // A check box is higher than its text.
        ui.spacing_mut().item_spacing.y = -3.0;
        let response = checkbox(ui, on, name);
        let below = egui::Margin { left: TEXT_LEFT as i8, ..egui::Margin::ZERO };
        egui::Frame::new().inner_margin(below).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            wrapped(ui, hint, theme::sans(theme::SMALL), p.faint);
            if let Some(problem) = problem {
                wrapped(ui, problem, theme::sans(theme::SMALL), p.retry);
            }
        });
        response
    });
    ui.add_space(4.0);
    response.inner
}

/// A check box with its text.
pub(crate) fn checkbox(ui: &mut Ui, on: &mut bool, name: &str) -> Response {
    let p = Palette::of(ui);
    let galley = elide(
        ui.ctx(),
        name,
        theme::sans(theme::BODY),
        p.text,
        (ui.available_width() - 26.0).max(20.0),
    );
    let size = Vec2::new(TEXT_LEFT + galley.size().x, theme::CONTROL);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, true, *on, name));
    let square = egui::Rect::from_center_size(
        egui::pos2(rect.left() + 8.0, rect.center().y),
        Vec2::splat(16.0),
    );
    let (fill, border) = match (*on, response.has_focus() || response.hovered()) {
        (true, _) => (p.primary, p.primary),
        (false, true) => (p.field, p.accent),
        (false, false) => (p.field, p.outline),
    };
    ui.painter().rect(
        square,
        CornerRadius::same(4),
        fill,
        Stroke::new(1.0, border),
        StrokeKind::Inside,
    );
    if *on {
        super::glyph(ui.painter(), square.center(), icon::CHECK, icons::font(12.0), p.on_accent);
    }
    let at = egui::pos2(rect.left() + TEXT_LEFT, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, p.text);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_same_words_are_clicked_apart() {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let show = |events: Vec<egui::Event>| {
            let chosen = std::cell::RefCell::new(Vec::new());
            let input = egui::RawInput { events, ..egui::RawInput::default() };
            let mut output = ctx.run_ui(input, |ui| {
                *chosen.borrow_mut() = (0..2)
                    .map(|_| ui.horizontal(|ui| segmented_in(ui, &["All", "Any"], 0, 200.0)).inner)
                    .collect();
            });
            // Nobody draws it.
            output.textures_delta.clear();
            chosen.into_inner()
        };
        assert_eq!(show(Vec::new()), [None, None]);
        let pos = egui::pos2(150.0, theme::CONTROL * 1.5 + 8.0);
        let button = |pressed| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        show(vec![egui::Event::PointerMoved(pos), button(true)]);
        assert_eq!(show(vec![button(false)]), [None, Some(1)]);
    }
}
