//! The clock in the editor's bar: when the document in view starts by itself next.

use egui::Ui;
use millrace_api::schedule::ScheduleRow;

use crate::app::{App, sentence};
use crate::command::{Command, ScheduleCommand};
use crate::forms::held_words;
use crate::theme::icons::icon;
use crate::widgets::Button;
use crate::words::when;

/// Draws the button; it leads to the schedules.
pub(super) fn clock_ui(app: &mut App, ui: &mut Ui) {
    let Some(editor) = app.tabs.current() else { return };
    let path = editor.doc.path.clone().unwrap_or_default();
    let has_any = !editor.doc.workflow.schedules.is_empty();
    let rows: Vec<&ScheduleRow> = app.schedules.of_path(&path).collect();
    let (words, tip) = clock_words(app, &rows, has_any);
    let name = match words.as_str() {
        "" => "Schedules of this workflow".to_owned(),
        words => format!("Schedules of this workflow: {words}"),
    };
    let button = Button::quiet(&words).icon(icon::CLOCK).name(&name).tip(tip);
    let button = if words.is_empty() { button.width(crate::theme::CONTROL) } else { button };
    if button.show(ui).clicked() {
        app.send(Command::Schedule(ScheduleCommand::Show));
    }
}

/// What stands beside the clock, and what is said on hover.
fn clock_words(app: &App, rows: &[&ScheduleRow], has_any: bool) -> (String, String) {
    if rows.is_empty() {
        let tip = match has_any {
            true => "Its schedules start it once it is saved and they are switched on",
            false => "It does not start by itself; a schedule starts it by the clock",
        };
        return (String::new(), tip.to_owned());
    }
    if let Some(held) = rows.iter().find_map(|row| row.held.as_ref()) {
        return ("held".to_owned(), sentence(&format!("it does not fire: {}", held_words(held))));
    }
    if let Some(next) = app.next_of_document() {
        let words = when::next(next, app.backend.now(), app.schedules.zone());
        let tip = format!("Starts by itself {words}");
        return (words, tip);
    }
    match rows.iter().any(|row| row.is_on) {
        true => ("on".to_owned(), "It starts by itself, at no time that is known".to_owned()),
        false => ("off".to_owned(), "Its schedules are switched off on this machine".to_owned()),
    }
}
