//! The files through which values reach a task's process, and through which later tasks find them.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use millrace_engine::core::StartAttempt;
use millrace_model::Values;
use millrace_model::ids::TaskKey;
use serde_json::{Value, json};

use crate::run_dir::RunDir;

/// Writes `$MILLRACE_INPUTS` of an attempt and gives its path. Attempts whose upstreams gave nothing share one file
/// that holds the parameters alone: making a file costs as much as a tenth of a small process. Items have one each, and so
/// has what hooks run.
pub(crate) fn write(dir: &RunDir, start: &StartAttempt) -> io::Result<PathBuf> {
    let given = start.upstreams.iter().filter_map(|(name, task)| {
        let outputs = task.outputs.as_deref().filter(|outputs| !outputs.is_empty())?;
        Some((name.to_string(), json!({ "state": task.state, "outputs": outputs })))
    });
    let tasks: serde_json::Map<String, Value> = given.collect();
    if tasks.is_empty() && start.item.is_none() && start.hook.is_none() {
        let path = dir.inputs(None);
        if !path.exists() {
            let shared = json!({ "params": *start.context.params, "tasks": {} });
            write_whole(&path, &serde_json::to_vec(&shared)?)?;
        }
        return Ok(path);
    }
    let path = dir.inputs(Some(start.attempt.serial));
    let mut inputs = json!({ "params": *start.context.params, "tasks": tasks });
    if let Some((index, item)) = &start.item {
        inputs["index"] = json!(index);
        inputs["item"] = item.clone();
    }
    if let Some(hook) = &start.hook {
        inputs["hook"] = Value::Object(hook.as_ref().clone());
    }
    write_whole(&path, &serde_json::to_vec(&inputs)?)?;
    Ok(path)
}

/// Leaves the outputs of a task that succeeded where `millrace-task input` of every later task finds them. What an item of a
/// mapped task gave comes with what the others give.
pub(crate) fn publish(dir: &RunDir, task: &TaskKey, outputs: &Values) -> io::Result<()> {
    if outputs.is_empty() || task.item.is_some() {
        return Ok(());
    }
    write_whole(&dir.published(&task.task), &serde_json::to_vec(outputs)?)
}

/// Writes a file that readers see whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let temporary = PathBuf::from(name);
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    fs::rename(temporary, path)
}
