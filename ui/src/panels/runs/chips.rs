//! Chips of the query: what each shows, and what its menu offers.

use egui::{CornerRadius, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType};
use egui::{pos2, vec2};
use millrace_model::event::{RunState, TriggerKind};
use millrace_model::run_query::{self, Key, Parsed};

use super::search::values;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{elide, glyph};

/// Their names, and the keys of the terms that each stands for.
pub(super) const CHIPS: [(&str, &[Key]); 5] = [
    ("State", &[Key::State]),
    ("Workflow", &[Key::Workflow]),
    ("When", &[Key::Since, Key::Until]),
    ("Started by", &[Key::Trigger]),
    ("Failed task", &[Key::Failed]),
];

const HEIGHT: f32 = 28.0;
const ROW: f32 = 28.0;
const WIDTH: f32 = 232.0;

/// What the chip says of its terms; none where there are none.
pub(super) fn value(parsed: &Parsed, keys: &[Key]) -> Option<String> {
    let mut parts = Vec::new();
    for key in keys {
        let all = values(&parsed.query, *key);
        if all.is_empty() {
            continue;
        }
        let shown = match all.as_slice() {
            [first, .., _] if all.len() > 2 => format!("{first} and {} more", all.len() - 1),
            some => some.join(", "),
        };
        parts.push(match key {
            Key::Until => format!("until {shown}"),
            _ => shown,
        });
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Draws a chip; says also whether its terms are to go.
pub(super) fn chip_ui(ui: &mut Ui, name: &str, value: Option<&str>) -> (Response, bool) {
    let p = Palette::of(ui);
    let text = value.map_or(name.to_owned(), |value| format!("{name}: {value}"));
    let ink = if value.is_some() { p.text } else { p.dim };
    let galley = elide(ui.ctx(), &text, theme::sans(theme::SMALL), ink, 260.0);
    let size = vec2(galley.size().x + 34.0, HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let label = format!("Filter by {}", name.to_lowercase());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::Button, true, &label);
        info.current_text_value = value.map(str::to_owned);
        info
    });
    let radius = CornerRadius::same((HEIGHT / 2.0) as u8);
    let (fill, border) = match (value.is_some(), response.hovered()) {
        (true, _) => (p.accent_soft, p.accent_soft),
        (false, true) => (p.hover, p.line),
        (false, false) => (p.field, p.line),
    };
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, border), StrokeKind::Inside);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, radius, Stroke::new(1.5, p.accent), StrokeKind::Inside);
    }
    let at = pos2(rect.left() + 12.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, ink);
    let end = pos2(rect.right() - 13.0, rect.center().y);
    let Some(_) = value else {
        glyph(ui.painter(), end, icon::CARET_DOWN, icons::font(11.0), p.dim);
        return (response, false);
    };
    let spot = egui::Rect::from_center_size(end, Vec2::splat(22.0));
    let cross = ui.interact(spot, response.id.with("clear"), Sense::click());
    let words = format!("Clear: {name}");
    cross.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &words));
    let ink = if cross.hovered() || cross.has_focus() { p.text } else { p.dim };
    glyph(ui.painter(), end, icon::X, icons::font(11.0), ink);
    (response, cross.on_hover_text("Any").clicked())
}

/// States with their words.
pub(super) fn states() -> Vec<(String, String)> {
    let word = |state: RunState| match state {
        RunState::Canceled => "Cancelled".to_owned(),
        other => crate::app::sentence(other.word()),
    };
    RunState::ALL.into_iter().rev().map(|state| (state.word().to_owned(), word(state))).collect()
}

/// What starts runs, with its words.
pub(super) fn triggers() -> Vec<(String, String)> {
    let words = |kind: TriggerKind| match kind {
        TriggerKind::Manual => "A person",
        TriggerKind::Schedule => "A schedule",
        TriggerKind::Event => "A file or another run's end",
        TriggerKind::Api => "A call",
        TriggerKind::Backfill => "A backfill",
        TriggerKind::Parent => "A task of another run",
    };
    let all = TriggerKind::ALL.into_iter();
    all.map(|kind| (kind.word().to_owned(), words(kind).to_owned())).collect()
}

/// Names that are shown as they are.
pub(super) fn plain(names: Vec<String>) -> Vec<(String, String)> {
    names.into_iter().map(|name| (name.clone(), name)).collect()
}

/// Spans of time: what a row says, and the values of `since:` and `until:`.
const SPANS: [(&str, &str, &str); 7] = [
    ("Any time", "", ""),
    ("The last hour", "1h", ""),
    ("Today", "today", ""),
    ("Yesterday", "yesterday", "yesterday"),
    ("The last two days", "2d", ""),
    ("The last week", "7d", ""),
    ("The last 30 days", "30d", ""),
];

/// The menu of spans of time.
pub(super) fn when_ui(ui: &mut Ui, typed: &str, parsed: &Parsed) -> Option<String> {
    let now = [Key::Since, Key::Until].map(|key| values(&parsed.query, key).join(","));
    let mut new = None;
    for (words, since, until) in SPANS {
        let on = now[0] == since && now[1] == until;
        if check_item(ui, words, on) && !on {
            let one = |value: &'static str| {
                [value].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>()
            };
            let text = run_query::set_values(typed, Key::Since, &one(since));
            new = Some(run_query::set_values(&text, Key::Until, &one(until)));
        }
    }
    new
}

/// A row that is on or off, in a menu that stays open.
pub(super) fn check_item(ui: &mut Ui, words: &str, on: bool) -> bool {
    let (response, rect) = item(ui, words);
    response.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, true, on, words));
    if on {
        let p = Palette::of(ui);
        let at = pos2(rect.left() + 14.0, rect.center().y);
        glyph(ui.painter(), at, icon::CHECK, icons::font(14.0), p.accent);
    }
    response.clicked()
}

/// A row that does something in a menu that stays open.
pub(super) fn plain_item(ui: &mut Ui, picture: &str, words: &str) -> bool {
    let (response, rect) = item(ui, words);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, words));
    let at = pos2(rect.left() + 14.0, rect.center().y);
    glyph(ui.painter(), at, picture, icons::font(14.0), Palette::of(ui).dim);
    response.clicked()
}

fn item(ui: &mut Ui, words: &str) -> (Response, egui::Rect) {
    let p = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, ROW), Sense::click());
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(4), p.hover);
    }
    let text = elide(ui.ctx(), words, theme::sans(theme::BODY), p.text, WIDTH - 40.0);
    let at = pos2(rect.left() + 30.0, rect.center().y - text.size().y / 2.0);
    ui.painter().galley(at, text, p.text);
    (response, rect)
}

/// A kept query: whether it was chosen, is to have another name, is to be forgotten.
pub(super) fn kept_row(ui: &mut Ui, name: &str, query: &str) -> (bool, bool, bool) {
    let p = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, ROW), Sense::hover());
    let body = rect.with_max_x(rect.right() - 56.0);
    let response = ui.interact(body, ui.id().with(("kept", name)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, name));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(body, CornerRadius::same(4), p.hover);
    }
    let text = elide(ui.ctx(), name, theme::sans(theme::BODY), p.text, body.width() - 36.0);
    let at = pos2(rect.left() + 30.0, rect.center().y - text.size().y / 2.0);
    ui.painter().galley(at, text, p.text);
    let icon_at = pos2(rect.left() + 14.0, rect.center().y);
    glyph(ui.painter(), icon_at, icon::FUNNEL, icons::font(14.0), p.dim);
    let small = |x: f32, picture: &str, label: String| {
        let spot = egui::Rect::from_center_size(pos2(x, rect.center().y), Vec2::splat(24.0));
        let button = ui.interact(spot, ui.id().with(&label), Sense::click());
        button.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &label));
        let ink = if button.hovered() || button.has_focus() { p.text } else { p.dim };
        glyph(ui.painter(), spot.center(), picture, icons::font(14.0), ink);
        button.on_hover_text(label).clicked()
    };
    let rename = small(rect.right() - 42.0, icon::PENCIL_SIMPLE, format!("Rename {name}"));
    let forget = small(rect.right() - 14.0, icon::TRASH, format!("Forget {name}"));
    (response.on_hover_text(query).clicked(), rename, forget)
}
