//! `millrace-task input`: looks up a value in the inputs file, which is
//! `{"params": {…}, "tasks": {"extract": {"state": "succeeded", "outputs": {…}}}}` with the direct upstreams that gave
//! outputs; those of tasks further up lie in a folder, a file each. An item of a mapped task has `item` and `index`, too, and what a
//! hook runs has `hook`.

use std::fs;

use serde_json::Value;

use crate::{Problem, file_of};

pub(crate) fn get(name: &str) -> Result<Vec<u8>, Problem> {
    let path = file_of("MILLRACE_INPUTS")?;
    let bytes = fs::read(&path).map_err(|e| {
        Problem::Environment(format!("can't read the inputs file {}: {e}", path.display()))
    })?;
    let mut inputs: Value = serde_json::from_slice(&bytes).map_err(|e| {
        Problem::Environment(format!("the inputs file {} is not JSON: {e}", path.display()))
    })?;
    add_from_further_up(&mut inputs, name)?;
    let value = find(&inputs, name)?;
    let mut out = match value {
        Value::String(text) => text.clone().into_bytes(),
        other => other.to_string().into_bytes(),
    };
    out.push(b'\n');
    Ok(out)
}

/// Adds the outputs of the task that `name` asks for, where they are not in the inputs file: the task is no direct
/// upstream.
fn add_from_further_up(inputs: &mut Value, name: &str) -> Result<(), Problem> {
    let task = name.split_once('.').map_or("", |(task, _)| task);
    let is_name = task.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !task.is_empty();
    if !is_name || task == "params" || inputs["tasks"].get(task).is_some() {
        return Ok(());
    }
    let Some(folder) = std::env::var_os("MILLRACE_RUN_OUTPUTS") else { return Ok(()) };
    let path = std::path::Path::new(&folder).join(format!("{task}.json"));
    let bytes = match fs::read(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other
            .map_err(|e| Problem::Environment(format!("can't read {}: {e}", path.display())))?,
    };
    let outputs: Value = serde_json::from_slice(&bytes)
        .map_err(|e| Problem::Environment(format!("{} is not JSON: {e}", path.display())))?;
    // How it ended is not told there: a mapped task leaves what its good items gave also where it failed.
    inputs["tasks"][task] = serde_json::json!({ "outputs": outputs });
    Ok(())
}

fn find<'a>(inputs: &'a Value, name: &str) -> Result<&'a Value, Problem> {
    let (whole, rest) = name.split_once('.').map_or((name, None), |(it, rest)| (it, Some(rest)));
    if let ("item" | "index" | "hook", Some(value)) = (whole, inputs.get(whole)) {
        return rest.map_or(Ok(value), |rest| walk(value, rest, name));
    }
    if matches!(name, "item" | "index") {
        return Err(Problem::Missing(format!(
            "no input {name:?}: the task is not mapped; only one with `for_each` has items"
        )));
    }
    if name == "hook" {
        return Err(Problem::Missing(format!("no input {name:?}: no hook runs this task")));
    }
    let Some((first, rest)) = name.split_once('.') else {
        return Err(Problem::Usage(format!(
            "{name:?} has no dot: say params.NAME or TASK.NAME{}",
            known(inputs)
        )));
    };
    if first == "params" {
        return walk(&inputs["params"], rest, name);
    }
    let Some(task) = inputs["tasks"].get(first) else {
        return Err(Problem::Missing(format!(
            "no input {name:?}: {first:?} is not before this task, or gave no outputs{}",
            known(inputs)
        )));
    };
    match (walk(&task["outputs"], rest, name), task.get("state")) {
        // An output of that name comes first; the task's state is there all the same.
        (Err(_), Some(state)) if rest == "state" => Ok(state),
        (Err(_), None) if rest == "state" => Err(Problem::Missing(format!(
            "no input {name:?}: how {first:?} ended is told to tasks that depend on it directly; add a dependency from it"
        ))),
        (found, _) => found,
    }
}

/// Goes into a value along a dotted path. A key with dots in it is found too, the longest first.
fn walk<'a>(value: &'a Value, path: &str, name: &str) -> Result<&'a Value, Problem> {
    if let Some(found) = value.get(path) {
        return Ok(found);
    }
    let dots: Vec<_> = path.match_indices('.').map(|(i, _)| i).collect();
    for dot in dots.into_iter().rev().chain([path.len()]) {
        let (key, rest) = (&path[..dot], path.get(dot + 1..));
        let inner = match value {
            Value::Array(items) => key.parse::<usize>().ok().and_then(|i| items.get(i)),
            other => other.get(key),
        };
        match (inner, rest) {
            (Some(inner), Some(rest)) => return walk(inner, rest, name),
            (Some(inner), None) => return Ok(inner),
            (None, _) => {}
        }
    }
    let there = match value {
        Value::Object(map) if !map.is_empty() => {
            format!("; there: {}", map.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("; it is a list of {}", items.len()),
        _ => "; there is none".to_owned(),
    };
    Err(Problem::Missing(format!("no input {name:?}: {path:?} is not there{there}")))
}

fn known(inputs: &Value) -> String {
    let names: Vec<_> = inputs["tasks"]
        .as_object()
        .map(|t| t.keys().map(String::as_str).collect())
        .unwrap_or_default();
    if names.is_empty() { String::new() } else { format!("; there: {}", names.join(", ")) }
}
