//! `millrace outputs`: what the tasks of a run gave, and what they measured.

use serde_json::{Map, Value, json};

use millrace_api::Code;
use millrace_api::run::GetRun;
use millrace_model::event::{Run, TaskRun};
use millrace_model::ids::TaskKey;
use millrace_model::report::Metric;

use super::logs::task_key;
use crate::args::Outputs;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::escape;
use crate::text::table::Table;

pub(crate) fn run(args: &Outputs, out: &mut Out) -> Result<Exit, Failure> {
    let task = args.task.as_deref().map(task_key).transpose()?;
    let run = block_on(async {
        let link = Link::to_daemon().await?;
        let run = link.find_run(&args.run).await?;
        Ok::<_, Failure>(link.backend().get_run(GetRun { run, snapshot: false }).await?.run)
    })??;
    if let Some(task) = &task
        && run.task(task).is_none()
    {
        let message = format!("run {:.8} has no task {task}", run.run);
        return Err(Failure::new(Code::NotFound, message));
    }
    match (args.metrics, args.json) {
        (false, true) => out.json(&outputs_json(&run, task.as_ref()))?,
        (true, true) => out.json(&metrics_json(&run, task.as_ref()))?,
        (false, false) => show_outputs(&run, task.as_ref(), out)?,
        (true, false) => show_metrics(&run, task.as_ref(), out)?,
    }
    Ok(Exit::Succeeded)
}

/// All tasks, or one alone, which may be an item of a mapped one.
fn wanted<'a>(run: &'a Run, task: Option<&'a TaskKey>) -> Vec<(&'a TaskKey, &'a TaskRun)> {
    match task {
        None => run.tasks.iter().collect(),
        Some(key) => run.task(key).map(|task| (key, task)).into_iter().collect(),
    }
}

/// The outputs of one task alone, or those of each that gave some, by its name.
fn outputs_json(run: &Run, task: Option<&TaskKey>) -> Value {
    if let Some(task) = task {
        return Value::Object(run.task(task).map(|of| of.outputs.clone()).unwrap_or_default());
    }
    let given = wanted(run, None).into_iter().filter(|(_, of)| !of.outputs.is_empty());
    let named = given.map(|(key, of)| (key.to_string(), Value::Object(of.outputs.clone())));
    Value::Object(named.collect::<Map<_, _>>())
}

fn metrics_json(run: &Run, task: Option<&TaskKey>) -> Value {
    if let Some(task) = task {
        return json!(run.task(task).map(metrics).unwrap_or_default());
    }
    let measured = wanted(run, None).into_iter().filter(|(_, of)| !metrics(of).is_empty());
    let named = measured.map(|(key, of)| (key.to_string(), json!(metrics(of))));
    Value::Object(named.collect::<Map<_, _>>())
}

/// What the last attempt measured.
fn metrics(task: &TaskRun) -> &[Metric] {
    let end = task.attempts.last().and_then(|last| last.end.as_ref());
    end.map(|end| end.metrics.as_slice()).unwrap_or_default()
}

fn show_outputs(run: &Run, task: Option<&TaskKey>, out: &mut Out) -> Result<(), Failure> {
    let style = out.style();
    let head = ["TASK", "NAME", "VALUE"].map(|cell| style.dim(cell)).to_vec();
    let mut table = Table::new(head).elastic(2);
    let mut count = 0;
    for (key, of) in wanted(run, task) {
        for (name, value) in &of.outputs {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let name = escape::one_line(name);
            table.row(vec![key.to_string(), name, escape::one_line(&value)]);
            count += 1;
        }
    }
    let text = match count {
        0 => "no outputs\n".to_owned(),
        _ => table.render(out.width(), style.ellipsis()),
    };
    Ok(out.write(&text)?)
}

fn show_metrics(run: &Run, task: Option<&TaskKey>, out: &mut Out) -> Result<(), Failure> {
    let style = out.style();
    let head = ["TASK", "METRIC", "LAST", "STEP", "MIN", "MAX", "VALUES"];
    let head = head.map(|cell| style.dim(cell)).to_vec();
    let mut table = Table::new(head).right(&[2, 3, 4, 5, 6]).elastic(1);
    let mut count = 0;
    for (key, of) in wanted(run, task) {
        for metric in metrics(of) {
            table.row(vec![
                key.to_string(),
                metric.name.clone(),
                metric.last.to_string(),
                metric.step.map(|step| step.to_string()).unwrap_or_default(),
                metric.min.to_string(),
                metric.max.to_string(),
                metric.count.to_string(),
            ]);
            count += 1;
        }
    }
    let text = match count {
        0 => "no metrics\n".to_owned(),
        _ => table.render(out.width(), style.ellipsis()),
    };
    Ok(out.write(&text)?)
}
