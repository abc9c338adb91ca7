//! A task that runs once for each item of a list.

use egui::Ui;
use millrace_model::document::{ForEach, Task};

use super::controls::TextLook;
use super::form::{Form, Row};
use super::scope::Reading;

/// A branch task cannot be mapped; what stands there all the same has to be seen to be removed.
pub(super) fn for_each_ui(form: &mut Form, ui: &mut Ui, task: &mut Task) {
    if task.kind == "branch" && task.for_each.is_none() {
        return;
    }
    let before = task.for_each.clone();
    let mut items = before.as_ref().map(|map| map.items.clone());
    let help = "An expression that gives a list. The task runs once for each item of it, side by side; its texts can \
                use item and index. What it gives are lists, in the same order.";
    let row = Row::new("for_each.items", "For each item of", help).set(before.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        let look = TextLook {
            hint: "e.g. tasks.find.outputs.files",
            mono: true,
            reading: Some(Reading::Expression),
        };
        form.text(ui, "for_each.items", "For each item of", &mut items, look);
    });
    let mut most = before.as_ref().and_then(|map| map.max_parallel).map(i64::from);
    let mut fail_fast = before.as_ref().is_some_and(|map| map.fail_fast);
    if items.is_some() {
        let help = "So many of its items run at the same time, at most.";
        let row = Row::new("for_each.max_parallel", "Items at a time", help).set(most.is_some());
        if form.row(ui, &row, |form, ui| {
            let range = 1..=i64::from(u32::MAX);
            let name = ("for_each.max_parallel", "Items at a time");
            form.whole(ui, name, &mut most, range, (1, "no limit of its own"));
        }) {
            most = None;
        }
        let help = "When an item fails, those that have not started never will, and those that run are stopped.";
        let name = ("for_each.fail_fast", "Stop at the first failed item", help);
        form.flag(ui, name, &mut fail_fast, false);
    }
    task.for_each = items.filter(|_| !reset).map(|items| ForEach {
        items,
        max_parallel: most.and_then(|most| u32::try_from(most).ok()),
        fail_fast,
        extra: before.as_ref().map(|map| map.extra.clone()).unwrap_or_default(),
    });
    if task.for_each != before {
        form.edited("items");
    }
}
