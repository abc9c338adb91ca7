//! The sheet that asks for another time for a single tick.

use egui::{Key, Ui};
use millrace_api::schedule::MoveTo;

use super::sheet::buttons;
use crate::app::{App, MoveForm, Sheet, sentence};
use crate::command::{Command, ScheduleCommand};
use crate::theme::{self, Palette};
use crate::widgets::{Button, Field, field_label, label, problem_line, wrapped};
use crate::words::when;

/// Draws it.
pub(super) fn move_ui(app: &mut App, ui: &mut Ui, mut form: Box<MoveForm>) {
    let p = Palette::of(ui);
    ui.set_width(400.0);
    let now = app.backend.now();
    label(ui, &format!("Move {}", form.tick.title), theme::semibold(theme::TITLE), p.text);
    let text = format!(
        "Only this start moves, from {}. The schedule {} stays as it is.",
        when::instant(form.tick.at, now, form.zone),
        form.tick.schedule,
    );
    wrapped(ui, &text, theme::sans(theme::BODY), p.dim);
    field_label(ui, &format!("To, by the clock of {}", form.zone.name()), false);
    let to = form.to(now);
    let field = Field::new(&mut form.text, "New time").bad(to.is_err()).show(ui);
    if !std::mem::replace(&mut form.was_shown, true) {
        field.request_focus();
    }
    match &to {
        Err(why) => problem_line(ui, &sentence(why)),
        Ok(at) => {
            let text = format!("{}, {}", when::instant(*at, now, form.zone), when::away(*at, now));
            wrapped(ui, &text, theme::sans(theme::SMALL), p.faint);
        }
    }
    let enter = ui.input(|input| input.key_pressed(Key::Enter));
    buttons(ui, |ui| {
        let why = to.as_ref().err().map(|why| sentence(why));
        let moves = Button::primary("Move").refused(why).show(ui).clicked() || enter;
        let cancel = Button::secondary("Cancel").show(ui).clicked();
        let tick = form.tick.clone();
        app.sheet = (!cancel).then_some(Sheet::MoveTick(form));
        if moves && let Ok(at) = to {
            let (tick, to) = (Box::new(tick), MoveTo::At(at));
            app.send(Command::Schedule(ScheduleCommand::Move { tick, to }));
        }
    });
}
