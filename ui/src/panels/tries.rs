//! The sheet with two tries of a task beside each other.

use egui::{Ui, pos2, vec2};
use millrace_model::event::TaskRun;

use crate::app::App;
use crate::state::tries::{Line, Tries};
use crate::theme::{self, Palette};
use crate::widgets::{Button, chip, chips, elide, label, section_head, virtual_rows};
use crate::words;

const WIDTH: f32 = 880.0;
/// Of the names of facts.
const NAMES: f32 = 96.0;
const GAP: f32 = 12.0;
const FACT: f32 = 22.0;
const LINE: f32 = 18.0;
/// Around what was printed.
const PAD: f32 = 6.0;

/// Draws the sheet; what stands in it afterwards.
pub(super) fn tries_ui(app: &mut App, ui: &mut Ui, mut tries: Tries) -> Option<Tries> {
    let p = Palette::of(ui);
    ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 80.0));
    let live = app.shown_watch().and_then(|watch| watch.live.as_ref());
    let run = live.filter(|live| live.id == tries.run).and_then(|live| live.run.clone());
    let title = live.and_then(|live| live.snapshot.as_ref()?.task(tries.key.task.as_str()));
    let title = title.map_or_else(|| tries.key.to_string(), |task| task.shown_name().to_owned());
    label(ui, &format!("Tries of {title}"), theme::semibold(theme::TITLE), p.text);
    let Some(task) = run.as_ref().and_then(|run| run.task(&tries.key)) else {
        label(ui, "The run is not in view any more.", theme::sans(theme::BODY), p.dim);
        return close_ui(ui).then_some(tries);
    };
    let half = (ui.available_width() - NAMES - GAP) / 2.0;
    heads_ui(ui, task, &mut tries, half);
    facts_ui(app, ui, p, task, &tries, half);
    ui.add_space(6.0);
    section_head(ui, "What they printed last");
    lines_ui(ui, p, &tries, half);
    close_ui(ui).then_some(tries)
}

/// Whether the sheet stays open.
fn close_ui(ui: &mut Ui) -> bool {
    let mut stays = true;
    super::sheet::buttons(ui, |ui| {
        stays = !Button::secondary("Close").show(ui).clicked();
    });
    stays
}

/// Which try stands on which side.
fn heads_ui(ui: &mut Ui, task: &TaskRun, tries: &mut Tries, half: f32) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(NAMES);
        for (side, word) in [(0, "Left"), (1, "Right")] {
            ui.allocate_ui(vec2(half, 26.0), |ui| {
                ui.set_width(half);
                chips(ui, |ui| {
                    // Of many only the last can be chosen: they are what people ask about.
                    for attempt in task.attempts.iter().rev().take(6).rev() {
                        let on = tries.sides[side].number == attempt.number;
                        let response = chip(ui, &format!("Try {}", attempt.number), on, true);
                        let name = format!("{word}: try {}", attempt.number);
                        response.widget_info(|| {
                            egui::WidgetInfo::selected(
                                egui::WidgetType::RadioButton,
                                true,
                                on,
                                &name,
                            )
                        });
                        if response.clicked() && !on {
                            tries.choose(side, attempt.number);
                        }
                    }
                });
            });
            ui.add_space(GAP);
        }
    });
}

fn facts_ui(app: &App, ui: &mut Ui, p: &Palette, task: &TaskRun, tries: &Tries, half: f32) {
    let clock = |attempt: &millrace_model::event::Attempt| {
        let at = attempt.started.unwrap_or(attempt.dispatched);
        words::clock_ms(at, app.backend.local_offset_secs(at))
    };
    for fact in tries.facts(task, clock) {
        let (_, rect) = ui.allocate_space(vec2(ui.available_width(), FACT));
        let [left, right] = &fact.values;
        let differs = left != right;
        let name = format!("{}: {left}, {right}", fact.name);
        ui.interact(rect, ui.id().with(("fact", &fact.name)), egui::Sense::hover())
            .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &name));
        let middle = rect.center().y;
        let put = |x: f32, text: &str, ink, room: f32| {
            let text = elide(ui.ctx(), text, theme::sans(theme::BODY), ink, room);
            ui.painter().galley(pos2(x, middle - text.size().y / 2.0), text, ink);
        };
        put(rect.left(), &fact.name, p.dim, NAMES - 8.0);
        let ink = if differs { p.text } else { p.faint };
        put(rect.left() + NAMES, left, ink, half - 8.0);
        put(rect.left() + NAMES + half + GAP, right, ink, half - 8.0);
    }
}

fn lines_ui(ui: &mut Ui, p: &Palette, tries: &Tries, half: f32) {
    let most = (ui.ctx().content_rect().height() - 460.0).max(120.0);
    let wanted = tries.lines().map_or(0, <[Line]>::len) as f32 * LINE + 16.0;
    let height = wanted.clamp(64.0, most);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height));
    ui.painter().rect_filled(rect, 6, p.field);
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink(PAD)).id_salt("log"));
    inner.set_clip_rect(rect.intersect(ui.clip_rect()));
    let lines = match tries.lines() {
        Ok([]) => {
            label(&mut inner, "Neither printed anything.", theme::sans(theme::BODY), p.faint);
            return;
        }
        Ok(lines) => lines,
        Err(error) if error.is_empty() => {
            label(&mut inner, "Loading", theme::sans(theme::BODY), p.faint);
            return;
        }
        Err(error) => {
            label(&mut inner, &crate::app::sentence(&error), theme::sans(theme::BODY), p.bad);
            return;
        }
    };
    virtual_rows(&mut inner, "lines", LINE, lines.len(), None, |ui, range| {
        for (index, line) in lines[range.clone()].iter().enumerate() {
            line_ui(ui, p, line, range.start + index, half);
        }
    });
}

/// The right one begins below the right values of the table, which are `half` points wide.
fn line_ui(ui: &mut Ui, p: &Palette, line: &Line, index: usize, half: f32) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), LINE));
    let right = rect.left() + NAMES + half + GAP - PAD - 4.0;
    let sides = [rect.left()..=right - GAP, right..=rect.right()];
    for ((side, text), span) in [(0, &line.left), (1, &line.right)].into_iter().zip(sides) {
        let room = egui::Rect::from_x_y_ranges(span, rect.y_range());
        let left = room.left();
        let Some(text) = text else { continue };
        if line.differs() {
            let fill = if side == 0 { p.bad_soft } else { p.accent_soft.gamma_multiply(0.5) };
            ui.painter().rect_filled(room, 2, fill);
        }
        let ink = if line.differs() { p.text } else { p.dim };
        let galley = elide(ui.ctx(), text, theme::mono(theme::SMALL), ink, room.width() - 8.0);
        let words =
            if line.differs() { format!("{text}, only on this side") } else { text.clone() };
        let id = ui.id().with(("line", index, side));
        let response = ui.interact(room, id, egui::Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &words));
        let at = pos2(left + 4.0, room.center().y - galley.size().y / 2.0);
        let was_cut = galley.elided;
        ui.painter().galley(at, galley, ink);
        if was_cut {
            response.on_hover_text(text);
        }
    }
}
