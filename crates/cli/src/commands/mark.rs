//! `millrace mark`: says how a task ends.

use millrace_api::answer::{MarkAs, MarkTask};
use millrace_model::Values;
use serde_json::Value;

use super::logs::task_key;
use crate::args::{Mark, MarkWord};
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;

pub(crate) fn run(args: &Mark, out: &mut Out) -> Result<Exit, Failure> {
    let task = task_key(&args.task)?;
    let outputs = outputs(&args.outputs)?;
    block_on(async {
        let link = Link::to_daemon().await?;
        let run = link.find_run(&args.run).await?;
        let (mark, word) = match args.state {
            MarkWord::Succeeded => (MarkAs::Succeeded, "succeeded"),
            MarkWord::Failed => (MarkAs::Failed, "failed"),
        };
        let request = MarkTask { run, task: task.clone(), mark, outputs, by: None };
        link.backend().mark_task(request).await?;
        if args.json {
            out.json(&serde_json::json!({ "run": run, "task": task.to_string(), "mark": word }))?;
        } else {
            out.note(&format!("marked {task} of run {run:.8} as {word}"))?;
        }
        Ok(Exit::Succeeded)
    })?
}

/// Outputs as they are given to `millrace-task output`: `k=v` is a text, `k:=v` any JSON.
fn outputs(given: &[String]) -> Result<Values, Failure> {
    let mut outputs = Values::new();
    for text in given {
        let bad = |what: String| {
            Failure::usage(format!("`{text}`: {what}"), "write NAME=TEXT, or NAME:=JSON")
        };
        let (name, value) =
            text.split_once('=').ok_or_else(|| bad("there is no `=` in it".to_owned()))?;
        let (name, value) = match name.strip_suffix(':') {
            Some(name) => {
                let value = serde_json::from_str(value)
                    .map_err(|error| bad(format!("what stands behind `:=` is no JSON: {error}")))?;
                (name, value)
            }
            None => (name, Value::String(value.to_owned())),
        };
        if name.is_empty() {
            return Err(bad("the name is empty".to_owned()));
        }
        outputs.insert(name.to_owned(), value);
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_texts_or_json() {
        let given = ["a=1=2", "b:=[1]", "c="].map(str::to_owned);
        let read = Value::Object(outputs(&given).unwrap());
        assert_eq!(read, serde_json::json!({"a": "1=2", "b": [1], "c": ""}));
        for bad in ["a", "=x", "a:=x", ":=1"] {
            assert!(outputs(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
