//! All that starts workflows by itself: in words, next and last, with its switch.

use egui::{Popup, Rect, Response, ScrollArea, Ui, UiBuilder, pos2, vec2};
use millrace_api::schedule::{Held, ScheduleRow, StarterKind};

use super::put;
use crate::app::{App, sentence};
use crate::command::{Command, ScheduleCommand};
use crate::forms::held_words;
use crate::panels::padded;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, run_look};
use crate::widgets::{
    Button, asking_menu_item, asking_switch, glyph, label, list_row, menu_frame, menu_item,
    menu_line,
};
use crate::words::when;

const ROW: f32 = 68.0;

/// Draws the list.
pub(super) fn starters_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    padded(ui, 16, 0, |ui| {
        ui.set_height(super::HEAD);
        super::row(ui, |ui| label(ui, "What starts by itself", theme::semibold(14.0), p.text));
    });
    let only = app.fires.calendar.only.clone();
    let all = app.schedules.list.iter().flat_map(|list| &list.schedules).enumerate();
    let fits = |row: &ScheduleRow| only.as_ref().is_none_or(|only| row.path == *only);
    let places: Vec<usize> = all.filter(|(_, row)| fits(row)).map(|(at, _)| at).collect();
    ScrollArea::vertical().id_salt("starters").auto_shrink([false, false]).show_rows(
        ui,
        ROW,
        places.len(),
        |ui, range| {
            padded(ui, 6, 0, |ui| {
                for at in &places[range] {
                    let list = app.schedules.list.as_ref();
                    let row = list.and_then(|list| list.schedules.get(*at)).cloned();
                    if let Some(row) = row {
                        row_ui(app, ui, p, &row);
                    }
                }
            });
        },
    );
}

fn row_ui(app: &mut App, ui: &mut Ui, p: &Palette, row: &ScheduleRow) {
    let title = row.title.as_deref().unwrap_or(&row.workflow);
    let name = format!("{title}, {}", row.name);
    let (rect, response) = list_row(ui, ("starter", &row.path, &row.name), &name, ROW, false);
    let left = rect.left() + 10.0;
    let right = rect.right() - 84.0;
    let room = right - left;
    let line = |number: f32| rect.top() + 14.0 + 19.0 * number;
    put(ui, left, line(0.0), title, (theme::semibold(theme::BODY), p.text), room);
    let words = match row.kind {
        StarterKind::Schedule => row.words.clone(),
        StarterKind::Trigger => format!("Trigger: {}", row.words),
    };
    let wide = rect.right() - 10.0 - left;
    put(ui, left, line(1.0), &words, (theme::sans(theme::SMALL), p.dim), wide);
    let held = row.held.as_ref().map(held_words);
    let mut x = left;
    let (text, ink) = match (&held, row.is_on, row.next) {
        (Some(_), ..) => (held_in_short(row).to_owned(), p.retry),
        (_, false, _) => ("Off".to_owned(), p.faint),
        (_, true, Some(next)) => {
            (format!("Next: {}", when::next(next, app.backend.now(), app.schedules.zone())), p.dim)
        }
        (_, true, None) if row.kind == StarterKind::Trigger => ("Waits".to_owned(), p.dim),
        _ => ("Does not fire any more".to_owned(), p.faint),
    };
    if let (None, Some(last)) = (&held, &row.last) {
        let look = run_look(p, last.state);
        let at = pos2(x + 7.0, line(2.0));
        glyph(ui.painter(), at, look.icon, icons::fill_font(14.0), look.color);
        x += 20.0;
    } else if held.is_some() {
        glyph(ui.painter(), pos2(x + 7.0, line(2.0)), icon::WARNING, icons::font(14.0), p.retry);
        x += 20.0;
    }
    put(ui, x, line(2.0), &text, (theme::sans(theme::SMALL), ink), rect.right() - 10.0 - x);
    if response.clicked() {
        app.send(open(row));
    }
    controls_ui(app, ui, rect, row, &response);
    response.on_hover_text(hover_words(app, p, row, held));
}

fn held_in_short(row: &ScheduleRow) -> &'static str {
    match row.held {
        Some(Held::Untrusted) => "Held: not trusted yet",
        _ => "Held: the file has errors",
    }
}

fn hover_words(app: &App, p: &Palette, row: &ScheduleRow, held: Option<String>) -> String {
    let mut lines = vec![format!("{}: {}", row.name, row.words)];
    if let Some(zone) = &row.timezone {
        lines.push(format!("By the clock of {zone}"));
    }
    if let Some(held) = held {
        lines.push(sentence(&format!("it does not fire: {held}")));
    }
    if let Some(last) = &row.last {
        let when = when::instant(last.tick, app.backend.now(), app.schedules.zone());
        lines.push(format!("Last {when}: {}", run_look(p, last.state).word));
    }
    lines.join("\n")
}

fn controls_ui(app: &mut App, ui: &mut Ui, rect: Rect, row: &ScheduleRow, response: &Response) {
    let place = Rect::from_min_size(pos2(rect.right() - 78.0, rect.top() + 2.0), vec2(72.0, 28.0));
    let mut bar = ui.new_child(
        UiBuilder::new()
            .max_rect(place)
            .id_salt(("controls", &row.path, &row.name))
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
    );
    let ui = &mut bar;
    ui.spacing_mut().item_spacing.x = 4.0;
    let title = row.title.as_deref().unwrap_or(&row.workflow);
    let name = format!("More about {title}, {}", row.name);
    let button = Button::quiet_icon(icon::DOTS_THREE, &name).show(ui);
    Popup::menu(&button).show(|ui| menu_ui(app, ui, row));
    response.context_menu(|ui| menu_ui(app, ui, row));
    let name = format!("{title}, {} on this machine", row.name);
    let tip = if row.is_on { "It starts runs on this machine" } else { "It starts no runs" };
    if asking_switch(ui, row.is_on, &name, tip) {
        app.send(Command::Schedule(ScheduleCommand::Switch {
            path: row.path.clone(),
            name: Some(row.name.clone()),
            on: !row.is_on,
        }));
    }
}

fn open(row: &ScheduleRow) -> Command {
    let (path, name) = (row.path.clone(), Some(row.name.clone()));
    Command::Schedule(ScheduleCommand::ShowOf { path, name })
}

fn menu_ui(app: &mut App, ui: &mut Ui, row: &ScheduleRow) {
    menu_frame(ui);
    let mut item = |ui: &mut Ui, picture: &str, words: &str, command: Command| {
        if menu_item(ui, picture, words, "") {
            app.send(command);
        }
    };
    item(ui, icon::CLOCK, "Open schedule", open(row));
    let only = ScheduleCommand::Only(Some(row.path.clone()));
    item(ui, icon::CALENDAR_BLANK, "Show only this workflow", Command::Schedule(only));
    if row.kind == StarterKind::Schedule {
        menu_line(ui);
        let (path, name) = (Some(row.path.clone()), Some(row.name.clone()));
        let backfill = ScheduleCommand::AskBackfill { path, name };
        if asking_menu_item(ui, icon::CLOCK_COUNTER_CLOCKWISE, "Backfill…", "") {
            app.send(Command::Schedule(backfill));
        }
    }
}
