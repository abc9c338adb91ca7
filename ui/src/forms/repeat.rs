//! A task that runs again until a condition holds.

use egui::Ui;
use millrace_model::document::{Extra, Repeat, Task};
use millrace_model::time::Span;

use super::controls::TextLook;
use super::form::{Form, Row};
use super::scope::Reading;
use crate::words;

/// A branch task cannot be repeated; what stands there all the same has to be seen to be removed.
pub(super) fn repeat_ui(form: &mut Form, ui: &mut Ui, task: &mut Task) {
    if task.kind == "branch" && task.repeat.is_none() {
        return;
    }
    let before = task.repeat.clone();
    let mut until = before.as_ref().map(|repeat| repeat.until.clone());
    let help = "An expression. After each time that the task ended well it is evaluated, with what it gave as outputs; \
                where it gives false, the task runs again.";
    let row = Row::new("repeat.until", "Again until", help).set(before.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        let look = TextLook {
            hint: "e.g. outputs.state == 'done'",
            mono: true,
            reading: Some(Reading::Expression),
        };
        form.text(ui, "repeat.until", "Again until", &mut until, look);
    });
    let mut delay = before.as_ref().map(|repeat| repeat.delay).filter(|it| *it != Span::ZERO);
    let mut limit = before
        .as_ref()
        .map(|repeat| repeat.limit)
        .filter(|limit| *limit != Repeat::DEFAULT_LIMIT)
        .map(i64::from);
    if until.is_some() {
        let help = "Between the end of one iteration and the start of the next. It holds no place meanwhile.";
        let row = Row::new("repeat.delay", "Time between", help).set(delay.is_some());
        if form.row(ui, &row, |form, ui| {
            let hint = words::span(Span::ZERO);
            form.duration(ui, "repeat.delay", "Time between", &mut delay, &hint);
        }) {
            delay = None;
        }
        let help = "After so many iterations it has failed.";
        let row = Row::new("repeat.limit", "At most", help).set(limit.is_some());
        if form.row(ui, &row, |form, ui| {
            let hint = Repeat::DEFAULT_LIMIT.to_string();
            let range = 1..=i64::from(u32::MAX);
            let least = (i64::from(Repeat::DEFAULT_LIMIT), hint.as_str());
            form.whole(ui, ("repeat.limit", "At most"), &mut limit, range, least);
        }) {
            limit = None;
        }
    }
    task.repeat = until.filter(|_| !reset).map(|until| Repeat {
        until,
        delay: delay.unwrap_or(Span::ZERO),
        limit: limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(Repeat::DEFAULT_LIMIT),
        extra: before.as_ref().map_or_else(Extra::new, |repeat| repeat.extra.clone()),
    });
    if task.repeat != before {
        form.edited("repetition");
    }
}
