//! Two runs compared: their tasks in a table with what changed most first, what is known of both at the right, and below what a
//! task printed and gave.

mod facts;
mod items;
mod tasks;

use egui::{Key, Modifiers, Rect, Sense, Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2};

use super::two_sides::{comparison_head_ui, two_sides_ui};
use super::{from_right, padded, row};
use crate::app::{App, TwoRunsShown, sentence};
use crate::command::{Command, TwoRunsCommand};
use crate::state::TwoLogs;
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, checkbox, chip, chips, elide, hairline_h, hairline_v, label};

pub(crate) use facts::two_runs_facts_ui;
pub(crate) use tasks::two_runs_tasks_ui;

/// Of the head of the drawer.
const HEAD: f32 = 36.0;

/// Whether there is something to draw.
pub(crate) fn two_runs_are_there(app: &App) -> bool {
    app.two_runs.as_ref().is_some_and(|shown| shown.view.compared.is_some())
}

/// What stands there else.
pub(crate) fn no_two_runs_ui(app: &mut App, ui: &mut Ui) {
    keys_ui(app, ui);
    let error = app.two_runs.as_ref().and_then(|shown| shown.view.error().map(str::to_owned));
    match error {
        Some(error) => super::unread_ui(app, ui, "These runs cannot be compared", &error),
        None => super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading", ""),
    }
}

/// Which two are compared.
pub(crate) fn two_runs_head_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    keys_ui(app, ui);
    let Some(shown) = &app.two_runs else { return };
    let [before, after] = shown.runs;
    let title = match &shown.view.compared {
        Some(compared) => {
            let names = compared.sides.each_ref().map(|side| {
                let head = &side.run.head;
                head.title.clone().unwrap_or_else(|| head.workflow.to_string())
            });
            if names[0] == names[1] { names[1].clone() } else { names.join(" and ") }
        }
        None => "Two runs".to_owned(),
    };
    let below = format!("Run {before:.8} → run {after:.8}");
    let close = Command::TwoRuns(TwoRunsCommand::Close);
    let swap = |app: &mut App, ui: &mut Ui| {
        let swap = Button::secondary("Swap").icon(icon::ARROWS_CLOCKWISE);
        if swap.tip("The older one becomes the newer one").show(ui).clicked() {
            app.send(Command::TwoRuns(TwoRunsCommand::Swap));
        }
    };
    comparison_head_ui(
        app,
        ui,
        (&title, close),
        |left| left * 0.6,
        swap,
        |_, ui| {
            label(ui, &below, theme::sans(theme::BODY), p.dim);
        },
    );
}

/// What the selected task printed and gave.
pub(crate) fn two_runs_drawer_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let closed = app.settings.drawer_closed;
    let Some(shown) = &mut app.two_runs else { return };
    let rect = Rect::from_min_size(ui.max_rect().min, vec2(ui.max_rect().width(), HEAD));
    let mut sent = None;
    padded(ui, 16, 0, |ui| {
        ui.set_height(HEAD);
        row(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            from_right(ui, |ui| {
                let (picture, name) = match closed {
                    true => (icon::CARET_UP, "Show the drawer"),
                    false => (icon::CARET_DOWN, "Hide the drawer"),
                };
                if Button::quiet_icon(picture, name).tip(name).show(ui).clicked() {
                    app.settings.drawer_closed = !closed;
                }
                if !closed && !shown.shows_outputs && shown.logs.is_some() {
                    sent = numbers_ui(ui, shown);
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    drawer_tabs_ui(ui, p, shown);
                });
            });
        });
    });
    hairline_h(ui.painter(), rect.x_range(), rect.bottom() - 0.5, p.line);
    if !closed {
        padded(ui, 16, 4, |ui| sent = task_ui(ui, p, shown).or(sent.take()));
    }
    if let Some(command) = sent {
        app.send(Command::TwoRuns(command));
    }
}

/// Whether numbers count.
fn numbers_ui(ui: &mut Ui, shown: &TwoRunsShown) -> Option<TwoRunsCommand> {
    let numbers = shown.logs.as_ref().is_some_and(|logs| logs.numbers);
    let mut on = numbers;
    let tip = "Lines that differ only in numbers, such as times, differ, too";
    ui.scope(|ui| {
        ui.set_max_width(100.0);
        checkbox(ui, &mut on, "Numbers").on_hover_text(tip);
    });
    (on != numbers).then_some(TwoRunsCommand::ToggleNumbers)
}

fn drawer_tabs_ui(ui: &mut Ui, p: &Palette, shown: &mut TwoRunsShown) {
    let task = shown.selected.clone();
    let Some((task, compared)) = task.zip(shown.view.compared.as_ref()) else { return };
    let name = compared.name(&task).to_owned();
    let outputs = compared.task(&task).map_or(0, |task| task.outputs.found.len());
    let room = (ui.available_width() * 0.5).max(40.0);
    let galley = elide(ui.ctx(), &name, theme::semibold(theme::BODY), p.text, room);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &name));
    ui.painter().galley(rect.min, galley, p.text);
    chips(ui, |ui| {
        if chip(ui, "Log", !shown.shows_outputs, true).clicked() {
            shown.shows_outputs = false;
        }
        let words = match outputs {
            0 => "Outputs: the same".to_owned(),
            many => format!("Outputs: {many} differ"),
        };
        if chip(ui, &words, shown.shows_outputs, true).clicked() {
            shown.shows_outputs = true;
        }
    });
}

fn task_ui(ui: &mut Ui, p: &Palette, shown: &mut TwoRunsShown) -> Option<TwoRunsCommand> {
    let say = |ui: &mut Ui, text: &str, ink| {
        label(ui, text, theme::sans(theme::BODY), ink);
        None
    };
    let Some(logs) = &shown.logs else {
        return say(ui, "No task is selected.", p.faint);
    };
    if shown.shows_outputs {
        if shown.outputs.beside.is_empty() {
            return say(ui, "It gave the same in both runs.", p.faint);
        }
        two_sides_ui(ui, "outputs", &shown.outputs);
        return None;
    }
    if let Some(items) = shown.items.as_mut() {
        if items.rows.is_empty() {
            return say(ui, "It had no items in either run.", p.faint);
        }
        let all = ui.available_rect_before_wrap();
        let split = all.left() + (all.width() * 0.3).clamp(160.0, 340.0);
        let left = Rect::from_min_max(all.min, pos2(split - 8.0, all.bottom()));
        let right = Rect::from_min_max(pos2(split + 8.0, all.top()), all.max);
        hairline_v(ui.painter(), split, all.y_range(), p.line);
        let mut list = ui.new_child(UiBuilder::new().max_rect(left).id_salt("items"));
        let clicked = items::items_ui(&mut list, p, items);
        let mut beside = ui.new_child(UiBuilder::new().max_rect(right).id_salt("item"));
        logs_ui(&mut beside, p, logs);
        return clicked.map(TwoRunsCommand::ShowItem);
    }
    logs_ui(ui, p, logs);
    None
}

/// Both sides of what was printed.
fn logs_ui(ui: &mut Ui, p: &Palette, logs: &TwoLogs) {
    let say = |ui: &mut Ui, text: &str, ink| {
        label(ui, text, theme::sans(theme::BODY), ink);
    };
    if let Some(error) = &logs.error {
        return say(ui, &sentence(error), p.bad);
    }
    let Some(sides) = &logs.sides else {
        return say(ui, "Loading", p.faint);
    };
    if let Some(words) = logs.cut_words() {
        label(ui, &words, theme::sans(theme::SMALL), p.retry);
    }
    if sides.beside.is_empty() {
        return say(ui, "Neither run printed anything here.", p.faint);
    }
    if !sides.differs {
        let words = match logs.numbers {
            true => "Both printed the same.",
            false => "Both printed the same, but maybe for numbers.",
        };
        return say(ui, words, p.faint);
    }
    two_sides_ui(ui, "logs", sides);
}

/// The keys, while nothing else has the keyboard.
fn keys_ui(app: &mut App, ui: &Ui) {
    if !super::has_keys(app, ui) {
        return;
    }
    let step = |forward| TwoRunsCommand::Step { forward };
    for (key, command) in [
        (Key::N, step(true)),
        (Key::ArrowDown, step(true)),
        (Key::P, step(false)),
        (Key::ArrowUp, step(false)),
        (Key::Escape, TwoRunsCommand::Close),
    ] {
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            app.send(Command::TwoRuns(command));
        }
    }
}
