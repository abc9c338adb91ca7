//! What hangs from the pointer: a tick on its way to another time.

use egui::{CornerRadius, CursorIcon, Key, Modifiers, Stroke, StrokeKind, Ui};
use millrace_api::schedule::MoveTo;

use super::Target;
use super::fire::Shown;
use crate::app::App;
use crate::command::{Command, ScheduleCommand};
use crate::state::days;
use crate::theme::{self, Palette};

/// Draws it where it would go, and lets it go there when the button is released. Escape puts it back.
pub(super) fn drop_ui(app: &mut App, ui: &Ui, shown: &Shown<'_>, target: Target) {
    let Some(drag) = app.fires.calendar.drag.clone() else { return };
    if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        app.fires.calendar.drag = None;
        ui.ctx().stop_dragging();
        return;
    }
    let is_released = ui.input(|input| !input.pointer.any_down());
    let Some((rect, time)) = target else {
        if is_released {
            app.fires.calendar.drag = None;
        }
        return;
    };
    let at = days::instant(time, shown.zone);
    let is_past = at <= shown.now;
    let p = Palette::of(ui);
    let (color, ground) = if is_past { (p.bad, p.bad_soft) } else { (p.accent, p.accent_soft) };
    let radius = CornerRadius::same(4);
    ui.painter().rect(rect, radius, ground, Stroke::new(1.5, color), StrokeKind::Inside);
    let words = match is_past {
        true => format!("{} is past", time.format("%H:%M")),
        false => format!("{} {}", time.format("%H:%M"), drag.tick.title),
    };
    let ink = if is_past { p.bad } else { p.text };
    let look = (theme::sans(11.5), ink);
    super::put(ui, rect.left() + 8.0, rect.center().y, &words, look, rect.width() - 12.0);
    ui.ctx().set_cursor_icon(if is_past { CursorIcon::NoDrop } else { CursorIcon::Grabbing });
    if !is_released {
        return;
    }
    app.fires.calendar.drag = None;
    if is_past {
        app.toasts.fail("not moved: this time is past", None);
    } else if at != drag.tick.at {
        let to = if at == drag.tick.tick { MoveTo::Back } else { MoveTo::At(at) };
        let tick = Box::new(drag.tick);
        app.send(Command::Schedule(ScheduleCommand::Move { tick, to }));
    }
}
