//! One task leaves a large file: from its end to that of the run it is read once and taken in.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::super::daemon::Daemon;
use crate::process::output;

pub(super) fn rows(daemon: &Daemon, folder: &Path, quick: bool) -> anyhow::Result<String> {
    let count = if quick { 128 } else { 1_024 };
    let script = format!(
        "dd if=/dev/urandom of=\"$MILLRACE_ARTIFACTS/large\" bs=1M count={count} status=none"
    );
    let task = json!({ "name": "leave", "kind": "shell", "spec": { "script": script } });
    let path = folder.join("leave.json");
    fs::write(&path, json!({ "millrace": 1, "name": "leave", "tasks": [task] }).to_string())?;
    output(&mut daemon.millrace(&["run", &path.display().to_string()]))?;
    let shown = output(&mut daemon.millrace(&["show", "last", "--json"]))?;
    let shown: Value = serde_json::from_str(&shown).context("what `show` prints")?;
    let run = &shown["run"];
    let last = &run["tasks"][0][1]["attempts"][0]["end"];
    let number = |value: &Value| value.as_f64().context("`show` does not say when, or how much");
    let took = (number(&run["ended"])? - number(&last["ended"])?) / 1e6;
    let megabytes = number(&last["artifacts"][0]["bytes"])? / 1e6;
    Ok(format!(
        "| an artifact of {count} MiB | {:.0} MB/s ({took:.2} s) |\n",
        megabytes / took.max(1e-6)
    ))
}
