//! `millrace show RUN --task TASK`: one task of a run, or one item of a mapped task.

use millrace_api::run::RunDetail;
use millrace_api::{ApiError, Code};
use millrace_model::event::{Attempt, TaskRun};
use millrace_model::ids::TaskKey;
use millrace_model::time::Timestamp;
use serde_json::{Value, json};

use super::show::row;
use crate::failure::Failure;
use crate::out::Out;
use crate::text::style::Style;
use crate::text::table::Table;
use crate::text::{escape, human, states};

/// Prints what is known of it.
pub(crate) fn print(
    key: &TaskKey,
    detail: &RunDetail,
    json: bool,
    out: &mut Out,
) -> Result<(), Failure> {
    let Some(task) = detail.run.task(key) else { return Err(not_found(key, detail).into()) };
    let item = item(key, detail);
    if json {
        let mut all = json!({ "task": key.to_string(), "run": task });
        if let Some(item) = item {
            all["item"] = item.clone();
        }
        return Ok(out.json(&all)?);
    }
    let (style, width) = (out.style(), out.width());
    Ok(out.write(&render(key, task, item, detail, human::now(), style, width))?)
}

fn item<'r>(key: &TaskKey, detail: &'r RunDetail) -> Option<&'r Value> {
    let whole = detail.run.task(&key.whole())?;
    whole.mapped.as_ref()?.items.get(key.item? as usize)
}

fn not_found(key: &TaskKey, detail: &RunDetail) -> ApiError {
    let run = &detail.run;
    let error = ApiError::new(Code::NotFound, format!("run {:.8} has no task {key}", run.run));
    let whole = run.task(&key.whole());
    match (whole, whole.and_then(|whole| whole.mapped.as_ref())) {
        (Some(_), Some(mapped)) => error.help(format!(
            "its items are {0}[0] to {0}[{1}]",
            key.task,
            mapped.runs.len().saturating_sub(1)
        )),
        (Some(_), None) => error.help(format!("{} has no items, or not yet", key.task)),
        (None, _) => error.help(format!("`millrace show {:.8}` lists its tasks", run.run)),
    }
}

fn render(
    key: &TaskKey,
    task: &TaskRun,
    item: Option<&Value>,
    detail: &RunDetail,
    now: Timestamp,
    style: Style,
    width: Option<usize>,
) -> String {
    let mut lines = vec![("task", key.to_string())];
    if let Some(item) = item {
        let whole = detail.run.task(&key.whole());
        let is_of_hooks = whole.is_some_and(TaskRun::is_of_hooks);
        lines
            .push((if is_of_hooks { "hook" } else { "item" }, escape::one_line(&item.to_string())));
    }
    let remark = states::remark(task, now);
    let colon = if remark.is_empty() { "" } else { ": " };
    let state = style.task_state(task.state);
    lines.push(("state", format!("{state}{colon}{}", escape::one_line(&remark))));
    lines.extend(states::took(task, now).map(|took| ("took", took)));
    let waits = detail.waits.iter().find(|wait| wait.task == *key);
    lines.extend(waits.map(|wait| ("waits", escape::one_line(&wait.why))));
    for (name, value) in &task.outputs {
        lines.push(("output", format!("{name} = {}", escape::one_line(&value.to_string()))));
    }
    let mut text: String = lines
        .iter()
        .map(|(label, value)| format!("{}  {value}\n", style.dim(&format!("{label:<6}"))))
        .collect();
    if !task.attempts.is_empty() {
        let head = ["TRY", "TOOK", "HOW"].map(|cell| style.dim(cell));
        let mut table = Table::new(head.to_vec()).right(&[0, 1]).elastic(2);
        for attempt in &task.attempts {
            table.row(attempt_row(attempt));
        }
        text.push('\n');
        text.push_str(&table.render(width, style.ellipsis()));
    }
    if let Some(mapped) = &task.mapped {
        let head = ["ITEM", "STATE", "TOOK", "TRIES", "REMARK", "VALUE"];
        let head = head.map(|cell| style.dim(cell));
        let mut table = Table::new(head.to_vec()).right(&[2, 3]).elastic(5);
        for ((run, value), index) in mapped.runs.iter().zip(&mapped.items).zip(0..) {
            let key = TaskKey { task: key.task.clone(), item: Some(index) };
            let mut row = row(&key, run, None, now, style);
            row.push(escape::one_line(&value.to_string()));
            table.row(row);
        }
        text.push('\n');
        text.push_str(&table.render(width, style.ellipsis()));
    }
    text
}

fn attempt_row(attempt: &Attempt) -> Vec<String> {
    let took = attempt.end.as_ref().map(|end| human::duration_us(end.duration_us));
    let how = escape::one_line(&states::attempt(attempt));
    vec![attempt.number.to_string(), took.unwrap_or_default(), how]
}
