//! Whether an earlier result may be taken over instead of running.

use egui::Ui;
use millrace_model::action::Action;
use millrace_model::document::{Cache, Task};

use super::controls::TextLook;
use super::form::{Form, Row};
use super::scope::Reading;

/// Not every kind has such a result; what stands there all the same has to be seen to be removed.
pub(super) fn cache_ui(form: &mut Form, ui: &mut Ui, task: &mut Task) {
    if task.cache.is_none() && Action::for_task(task).is_ok_and(|action| !action.is_cacheable()) {
        return;
    }
    let before = task.cache.clone();
    let help = "Where it did the same with the same inputs before and succeeded, it does not run: what it gave then is \
                taken over.";
    let mut is_on = before.is_some();
    if form.flag(ui, ("cache", "Takes over earlier results", help), &mut is_on, false) {
        task.cache = is_on.then(Cache::default);
    }
    if let Some(cache) = &mut task.cache {
        let help = "What its result depends on and Millrace cannot see, such as the version of a program. May hold ${…}.";
        let row = Row::new("cache.key", "Key", help).set(cache.key.is_some());
        let reset = form.row(ui, &row, |form, ui| {
            let look = TextLook { hint: "none", mono: true, reading: Some(Reading::Template) };
            form.text(ui, "cache.key", "Key", &mut cache.key, look);
        });
        if reset {
            cache.key = None;
        }
        let help = "An older result is not taken over.";
        let row = Row::new("cache.max_age", "Not older than", help).set(cache.max_age.is_some());
        let reset = form.row(ui, &row, |form, ui| {
            form.duration(ui, "cache.max_age", "Not older than", &mut cache.max_age, "however old");
        });
        if reset {
            cache.max_age = None;
        }
    }
    if task.cache != before {
        form.edited("cache");
    }
}
