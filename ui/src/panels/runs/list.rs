//! The rows: only those that are seen are drawn, and only what was loaded of them has words.

use egui::{CornerRadius, Rect, Vec2, pos2, vec2};
use egui::{Key, Modifiers, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, WidgetType};
use millrace_api::run::RunRow;
use millrace_model::event::RunState;
use millrace_model::time::Timestamp;

use super::{Columns, RUN_ROW, TOOK, command};
use crate::app::{App, sentence};
use crate::command::{Command, RunsCommand};
use crate::panels::cells::put;
use crate::panels::padded;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, run_look};
use crate::widgets::{
    Button, asking_menu_item, elide, glyph, list_row, menu_frame, menu_item, menu_line,
};
use crate::words;

/// Draws the list.
pub(super) fn list_ui(app: &mut App, ui: &mut Ui, columns: &Columns) {
    let len = app.runs_shown.list.len();
    if len == 0 {
        app.runs_shown.seen = 0..0;
        app.runs_shown.at_top = true;
        return match app.runs_shown.list.counted() {
            Some(_) if !app.runs_shown.list.is_changing() => nothing_fits_ui(app, ui),
            _ => skeleton_ui(ui),
        };
    }
    let view = ui.available_rect_before_wrap();
    keys_ui(app, ui, len, view.height());
    let mut area = ScrollArea::vertical().id_salt("all_runs").auto_shrink([false, false]);
    if let Some(offset) = wanted_offset(app, view.height()) {
        area = area.vertical_scroll_offset(offset);
    }
    let mut sent = None;
    let rows = usize::try_from(len).unwrap_or(usize::MAX);
    let mut seen = 0..0;
    let output = area.show_rows(ui, RUN_ROW, rows, |ui, range| {
        seen = range.start as u64..range.end as u64;
        padded(ui, 16, 0, |ui| {
            for index in seen.clone() {
                sent = row_ui(app, ui, columns, index).or(sent.take());
            }
        });
    });
    app.runs_shown.seen = seen;
    app.runs_shown.at_top = output.state.offset.y < RUN_ROW / 2.0;
    pill_ui(app, ui, output.inner_rect);
    if let Some(sent) = sent {
        app.send(sent);
    }
}

/// Where the list is to be scrolled to, where something asks for that.
fn wanted_offset(app: &mut App, height: f32) -> Option<f32> {
    let at = app.runs_shown.go_to.take()?;
    let top = at as f32 * RUN_ROW;
    let now = app.runs_shown.seen.start as f32 * RUN_ROW;
    // A row that is seen whole stays where it is; others come into view at the side that is nearer.
    if at == 0 || top < now + RUN_ROW {
        Some(top)
    } else if top + RUN_ROW > now + height - RUN_ROW {
        Some((top + 2.0 * RUN_ROW - height).max(0.0))
    } else {
        None
    }
}

/// The keys of the list, while nothing else has the keyboard.
fn keys_ui(app: &mut App, ui: &Ui, len: u64, height: f32) {
    if !crate::panels::has_keys(app, ui) {
        return;
    }
    let page = ((height / RUN_ROW) as u64).saturating_sub(2).max(1);
    let last = len - 1;
    let cursor = app.runs_shown.selection.cursor;
    let from = |otherwise: u64| cursor.map_or(otherwise, |at| at.min(last));
    let first_seen = app.runs_shown.seen.start;
    let pressed = |held: Modifiers, key| ui.input_mut(|input| input.consume_key(held, key));
    for (held, extends) in [(Modifiers::SHIFT, true), (Modifiers::NONE, false)] {
        let to = if pressed(held, Key::ArrowDown) {
            Some(cursor.map_or(first_seen, |at| (at + 1).min(last)))
        } else if pressed(held, Key::ArrowUp) {
            Some(from(first_seen).saturating_sub(1))
        } else if pressed(held, Key::PageDown) {
            Some((from(first_seen) + page).min(last))
        } else if pressed(held, Key::PageUp) {
            Some(from(first_seen).saturating_sub(page))
        } else if pressed(held, Key::Home) {
            Some(0)
        } else if pressed(held, Key::End) {
            Some(last)
        } else {
            None
        };
        let Some(to) = to else { continue };
        app.runs_shown.go_to = Some(to);
        if extends {
            app.send(command(RunsCommand::SelectTo(to)));
        } else {
            app.runs_shown.selection.cursor = Some(to);
            app.runs_shown.selection.anchor = Some(to);
        }
    }
    let row = cursor.and_then(|at| app.runs_shown.list.row(at)).map(|row| row.run);
    if let Some(run) = row
        && pressed(Modifiers::NONE, Key::Enter)
    {
        app.send(Command::OpenRun(run));
    }
    if let Some(at) = cursor
        && pressed(Modifiers::NONE, Key::Space)
    {
        app.send(command(RunsCommand::Toggle(at)));
    }
    if pressed(Modifiers::COMMAND, Key::A) {
        app.send(command(RunsCommand::SelectAll));
    }
    let has_selection = !app.runs_shown.selection.is_empty();
    if has_selection && pressed(Modifiers::NONE, Key::Escape) {
        app.send(command(RunsCommand::SelectNone));
    }
    if app.selected_for(&RunsCommand::Delete(Vec::new())) > 0
        && pressed(Modifiers::NONE, Key::Delete)
    {
        app.send(command(RunsCommand::Delete(Vec::new())));
    }
}

fn row_ui(app: &mut App, ui: &mut Ui, columns: &Columns, index: u64) -> Option<Command> {
    let p = Palette::of(ui);
    let Some(run) = app.runs_shown.list.row(index) else {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), RUN_ROW), Sense::hover());
        bones(ui, rect, columns, index);
        return None;
    };
    let now = app.backend.now();
    let look = run_look(p, run.state);
    let title = run.title.as_deref().unwrap_or(run.workflow.as_str());
    let offset = app.backend.local_offset_secs(run.queued);
    let when = words::day_and_clock(run.started.unwrap_or(run.queued), now, offset);
    let is_selected = app.runs_shown.selection.has(run.run);
    let name = format!("{title}, {}, {when}", look.word);
    let (rect, response) = list_row(ui, ("run", run.run), &name, RUN_ROW, is_selected);
    let has_cursor = app.runs_shown.selection.cursor == Some(index);
    if has_cursor && ui.memory(|memory| memory.focused().is_none()) {
        let stroke = Stroke::new(1.5, p.accent);
        let radius = CornerRadius::same(theme::RADIUS);
        ui.painter().rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    }
    cells_ui(app, ui, (rect, columns), (run, title, &when), now);
    let any = !app.runs_shown.selection.is_empty();
    let shows_box = is_selected || any || response.contains_pointer();
    let checked = box_ui(ui, rect, columns, (index, title), (is_selected, shows_box));
    let held = ui.input(|input| input.modifiers);
    let mut sent = None;
    if checked || (response.clicked() && held.command) {
        sent = Some(command(RunsCommand::Toggle(index)));
    } else if response.clicked() && held.shift {
        sent = Some(command(RunsCommand::SelectTo(index)));
    } else if response.clicked() {
        sent = Some(Command::OpenRun(run.run));
    }
    response.context_menu(|ui| sent = menu_ui(app, ui, run, index).or(sent.take()));
    sent
}

fn cells_ui(
    app: &App,
    ui: &Ui,
    (rect, columns): (Rect, &Columns),
    (run, title, when): (&RunRow, &str, &str),
    now: Timestamp,
) {
    let p = Palette::of(ui);
    let look = run_look(p, run.state);
    let middle = rect.center().y;
    let at = pos2(rect.left() + columns.state, middle);
    glyph(ui.painter(), at, look.icon, icons::fill_font(16.0), look.color);
    let took = words::row_length(run, now).map_or("–".to_owned(), words::duration);
    let cause = app.why(run);
    let (reason, ink) = match (run.cause.is_empty(), run.state.is_final()) {
        (false, _) => (sentence(&cause), p.bad),
        (true, false) => (sentence(look.word), look.color),
        (true, true) => (String::new(), p.dim),
    };
    let ink = if run.state == RunState::Canceled { p.dim } else { ink };
    for (from, to, text, ink) in [
        (columns.workflow, columns.when, title, p.text),
        (columns.when, columns.took, when, p.dim),
        (columns.tasks, columns.by, tasks_words(run).as_str(), p.dim),
        (columns.by, columns.cause, words::row_trigger(run).as_str(), p.dim),
        (columns.cause, columns.end, reason.as_str(), ink),
    ] {
        put(ui, pos2(rect.left() + from, middle), text, ink, to - from - 16.0);
    }
    let length = elide(ui.ctx(), &took, theme::sans(theme::BODY), p.dim, TOOK + 12.0);
    let at = pos2(rect.left() + columns.took + TOOK - length.size().x, middle);
    ui.painter().galley(at - vec2(0.0, length.size().y / 2.0), length, p.dim);
    let id = format!("{:.8}", run.run.to_string());
    let galley = elide(ui.ctx(), &id, theme::mono(theme::SMALL), p.faint, 90.0);
    let at = pos2(rect.left() + columns.end + 24.0, middle - galley.size().y / 2.0);
    ui.painter().galley(at, galley, p.faint);
}

/// The box at the left of a row; says whether it was clicked.
fn box_ui(
    ui: &Ui,
    rect: Rect,
    columns: &Columns,
    (index, title): (u64, &str),
    (is_on, is_shown): (bool, bool),
) -> bool {
    let p = Palette::of(ui);
    let center = pos2(rect.left() + columns.check, rect.center().y);
    let spot = Rect::from_center_size(center, Vec2::splat(26.0));
    let response = ui.interact(spot, ui.id().with(("select", index)), Sense::click());
    let name = format!("Select {title}, row {}", index + 1);
    response.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, true, is_on, &name));
    if is_shown || response.has_focus() {
        let square = Rect::from_center_size(center, Vec2::splat(15.0));
        let radius = CornerRadius::same(4);
        let fill = if is_on { p.primary } else { p.field };
        let border = if is_on { p.primary } else { p.outline };
        ui.painter().rect(square, radius, fill, Stroke::new(1.0, border), StrokeKind::Inside);
        if is_on {
            glyph(ui.painter(), center, icon::CHECK, icons::font(11.0), p.on_accent);
        }
    }
    response.clicked()
}

fn menu_ui(app: &App, ui: &mut Ui, run: &RunRow, index: u64) -> Option<Command> {
    menu_frame(ui);
    let mut sent = None;
    let mut item = |ui: &mut Ui, picture: &str, words: &str, keys: &str, then: Command| {
        let is_clicked = match &then {
            // What the engine does waits until it answers.
            Command::Runs(
                RunsCommand::Retry(_) | RunsCommand::Cancel(_) | RunsCommand::Delete(_),
            ) => asking_menu_item(ui, picture, words, keys),
            _ => menu_item(ui, picture, words, keys),
        };
        if is_clicked {
            sent = Some(then);
        }
    };
    let id = run.run;
    item(ui, icon::ARROW_RIGHT, "Open run", "Enter", Command::OpenRun(id));
    let is_selected = app.runs_shown.selection.has(id);
    let words = if is_selected { "Select no more" } else { "Select" };
    item(ui, icon::CHECK_SQUARE, words, "Space", command(RunsCommand::Toggle(index)));
    menu_line(ui);
    if matches!(run.state, RunState::Failed | RunState::Canceled) {
        let retry = command(RunsCommand::Retry(vec![id]));
        item(ui, icon::ARROW_CLOCKWISE, "Retry failed", "", retry);
    }
    if !run.state.is_final() {
        item(ui, icon::STOP, "Cancel run", "", command(RunsCommand::Cancel(vec![id])));
    }
    let name = run.workflow.to_string();
    item(
        ui,
        icon::FUNNEL,
        "Only runs of this workflow",
        "",
        command(RunsCommand::OfWorkflow(name)),
    );
    item(ui, icon::COPY, "Copy the run's id", "", Command::Copy(id.to_string()));
    if run.state.is_final() {
        menu_line(ui);
        item(ui, icon::TRASH, "Delete run", "", command(RunsCommand::Delete(vec![id])));
    }
    sent
}

/// `3 new runs`, over the top of the list.
fn pill_ui(app: &mut App, ui: &mut Ui, rect: Rect) {
    let newer = app.runs_shown.list.counted().map_or(0, |counted| counted.newer);
    if newer == 0 || app.runs_shown.at_top {
        return;
    }
    let words = match newer {
        1 => "1 new run".to_owned(),
        many => format!("{} new runs", words::grouped(many)),
    };
    let place = Rect::from_center_size(pos2(rect.center().x, rect.top() + 24.0), vec2(160.0, 30.0));
    let mut over = ui.new_child(egui::UiBuilder::new().max_rect(place).id_salt("new_runs"));
    let p = Palette::of(&over);
    over.painter().add(p.shadow(12, 4).as_shape(place, CornerRadius::same(15)));
    let button = Button::primary(&words).icon(icon::ARROW_UP).width(160.0);
    if button.tip("Show them, at the top").show(&mut over).clicked() {
        app.send(command(RunsCommand::Top));
    }
}

/// That nothing fits, what hides everything, and the way out.
fn nothing_fits_ui(app: &mut App, ui: &mut Ui) {
    let counted = app.runs_shown.list.counted();
    let all = words::grouped(counted.map_or(0, |counted| counted.all));
    let query = app.runs_shown.list.query().to_owned();
    let rect = ui.available_rect_before_wrap();
    let text = format!("No run of {all} is like “{query}”.");
    crate::panels::empty_ui(ui, icon::FUNNEL, "Nothing fits the filter", &text);
    let place = Rect::from_center_size(
        pos2(rect.center().x, rect.center().y + 42.0),
        vec2(140.0, theme::CONTROL),
    );
    let mut spot = ui.new_child(egui::UiBuilder::new().max_rect(place).id_salt("clear_filter"));
    if Button::secondary("Clear the filter").width(140.0).show(&mut spot).clicked() {
        app.send(command(RunsCommand::Filter(String::new())));
    }
}

/// Rows without words, while the first are on their way.
pub(super) fn skeleton_ui(ui: &mut Ui) {
    let rect = ui.available_rect_before_wrap();
    let columns = Columns::of(rect.width() - 32.0);
    let id = ui.id().with("loading_runs");
    ui.interact(rect, id, Sense::hover())
        .widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, "Loading the runs"));
    let count = (rect.height() / RUN_ROW) as u64;
    for index in 0..count.min(12) {
        let top = rect.top() + index as f32 * RUN_ROW;
        let row =
            Rect::from_min_size(pos2(rect.left() + 16.0, top), vec2(rect.width() - 32.0, RUN_ROW));
        bones(ui, row, &columns, index);
    }
}

/// A row of which nothing is known yet.
fn bones(ui: &Ui, rect: Rect, columns: &Columns, index: u64) {
    let p = Palette::of(ui);
    let bar = |from: f32, width: f32| {
        let at = pos2(rect.left() + from, rect.center().y - 5.0);
        let bone = Rect::from_min_size(at, vec2(width, 10.0));
        ui.painter().rect_filled(bone, CornerRadius::same(5), p.hover);
    };
    ui.painter().circle_filled(pos2(rect.left() + columns.state, rect.center().y), 7.0, p.hover);
    bar(columns.workflow, 90.0 + (index * 37 % 60) as f32);
    bar(columns.when, 100.0);
    bar(columns.took, 48.0);
    bar(columns.by, 60.0);
}

/// `4/5 · 1 skipped`: in a run that succeeded nothing is missing.
fn tasks_words(run: &RunRow) -> String {
    let counts = format!("{}/{}", run.succeeded, run.tasks);
    match run.tasks.saturating_sub(run.succeeded + run.failed) {
        skipped @ 1.. if run.state == RunState::Succeeded => {
            format!("{counts} · {skipped} skipped")
        }
        _ => counts,
    }
}
