//! The first thing that a person does: the sample is open, one click on *Run*, and it goes green.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::stage::Stage;
use crate::process::announce;
use crate::webdriver::Window;
use crate::workspace::Workspace;

/// A copy of the sample: the window must have nothing to do with the checkout.
pub(super) fn document(stage: &Stage, workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let document = stage.file("hello.json");
    fs::copy(workspace.root().join("workflows/hello.json"), &document)?;
    Ok(document)
}

pub(super) fn play(stage: &Stage, window: &Window, _: &Path) -> anyhow::Result<()> {
    announce("one click on Run");
    window.click("Run")?;
    window.wait("the run to go green", "s.run && s.run.state === 'succeeded'")?;
    let state = window.state()?;
    let run = state["run"]["run"].as_str().context("the run has no id")?;
    let tasks = &state["run"]["tasks"];
    let all = json!({
        "greet": "succeeded", "shout": "succeeded", "measure": "succeeded", "report": "succeeded"
    });
    ensure!(*tasks == all, "the tasks ended {tasks}");

    announce("the command line finds the run in the history");
    let shown: Value = serde_json::from_str(&stage.millrace(&["show", run, "--json"])?)?;
    let stored = &shown["run"]["state"];
    ensure!(*stored == json!("succeeded"), "the history says {stored}");
    Ok(())
}
