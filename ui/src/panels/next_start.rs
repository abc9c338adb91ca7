//! When a workflow of the library starts by itself next, and the switch for all that starts it.

use egui::{Rect, Sense, Ui, UiBuilder, pos2, vec2};
use millrace_api::document::WorkflowRow;
use millrace_api::schedule::ScheduleRow;

use crate::app::{App, sentence};
use crate::command::{Command, ScheduleCommand};
use crate::forms::held_words;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{asking_switch, elide, glyph};
use crate::words::{self, when};

/// Draws both into `rect`; nothing for a workflow that does not start by itself.
pub(super) fn next_start_ui(app: &mut App, ui: &mut Ui, rect: Rect, row: &WorkflowRow) {
    let Some(path) = &row.path else { return };
    let starters: Vec<ScheduleRow> = app.schedules.of_path(path).cloned().collect();
    if starters.is_empty() {
        return;
    }
    let p = Palette::of(ui);
    let title = row.title.as_deref().unwrap_or(&row.name);
    let on = starters.iter().filter(|row| row.is_on).count();
    let middle = rect.center().y;
    let place = Rect::from_center_size(pos2(rect.left() + 15.0, middle), vec2(30.0, 18.0));
    let mut at = ui.new_child(UiBuilder::new().max_rect(place).id_salt(("switch", path)));
    let name = format!("Schedules of {title}");
    let tip = match (on, starters.len()) {
        (0, _) => "Nothing of it starts on this machine".to_owned(),
        (on, all) if on < all => format!("{on} of {all} are on; switches all off"),
        _ => "It starts by itself on this machine".to_owned(),
    };
    if asking_switch(&mut at, on > 0, &name, &tip) {
        let switch = ScheduleCommand::Switch { path: path.clone(), name: None, on: on == 0 };
        app.send(Command::Schedule(switch));
    }
    let held = starters.iter().find_map(|row| row.held.as_ref());
    let next = starters.iter().filter_map(|row| row.next).min();
    let (upper, ink) = match (held, on, next) {
        (Some(_), ..) => ("Held".to_owned(), p.retry),
        (None, 0, _) => ("Off".to_owned(), p.faint),
        (None, _, Some(next)) => {
            let words = when::next(next, app.backend.now(), app.schedules.zone());
            (sentence(&words), p.dim)
        }
        (None, _, None) => ("Waits".to_owned(), p.dim),
    };
    let lower = match starters.as_slice() {
        [only] => only.words.clone(),
        many => words::count(many.len(), "schedule", "schedules"),
    };
    let mut left = rect.left() + 42.0;
    let lower_left = left;
    if held.is_some() {
        let at = pos2(left + 7.0, middle - 9.0);
        glyph(ui.painter(), at, icon::WARNING, icons::font(14.0), p.retry);
        left += 18.0;
    }
    for (x, y, text, font, ink) in [
        (left, middle - 9.0, &upper, theme::sans(theme::BODY), ink),
        (lower_left, middle + 10.0, &lower, theme::sans(theme::SMALL), p.faint),
    ] {
        let galley = elide(ui.ctx(), text, font, ink, rect.right() - x);
        ui.painter().galley(pos2(x, y - galley.size().y / 2.0), galley, ink);
    }
    let about = rect.with_min_x(lower_left);
    let hover = ui.interact(about, ui.id().with(("next", path)), Sense::hover());
    let lines = starters.iter().map(|row| {
        let held = row.held.as_ref().map(|held| format!(" (held: {})", held_words(held)));
        format!("{}: {}{}", row.name, row.words, held.unwrap_or_default())
    });
    hover.on_hover_text(lines.collect::<Vec<_>>().join("\n"));
}
