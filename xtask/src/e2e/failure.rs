//! The main job: connect two tasks, save, run, see the failure, its log and its notification, mend it, rerun from there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::stage::{Stage, click_notification, save};
use crate::process::announce;
use crate::webdriver::{Gesture, Key, Window};

/// Two tasks that are not connected; the second one fails.
pub(super) fn document(stage: &Stage) -> anyhow::Result<PathBuf> {
    let document = stage.file("e2e.json");
    fs::write(&document, serde_json::to_vec_pretty(&workflow())?)?;
    Ok(document)
}

pub(super) fn play(stage: &Stage, window: &Window, document: &Path) -> anyhow::Result<()> {
    announce("two tasks are connected by a drag");
    let from = window.point("/canvas/tasks/prepare/ports/succeeded")?;
    let to = window.point("/canvas/tasks/verify/ports/in")?;
    window.perform(&Gesture::new().drag(from, to))?;
    window.wait(
        "the dependency",
        "s.document.dependencies.some(d => d.from === 'prepare' && d.to === 'verify')",
    )?;

    announce("saved by Ctrl+S");
    save(window)?;
    let saved = read(document)?;
    let dependencies = &saved["dependencies"];
    ensure!(
        *dependencies == json!([{ "from": "prepare", "to": "verify" }]),
        "the file has {dependencies} for its dependencies"
    );

    announce("run by Ctrl+Enter; it fails");
    window.perform(&Gesture::new().chord_key(&[Key::Control], Key::Enter))?;
    window.wait("the end of the run", "s.run && s.run.state === 'failed'")?;
    let state = window.state()?;
    let failed = state["run"]["run"].as_str().context("the run has no id")?.to_owned();
    let tasks = &state["run"]["tasks"];
    ensure!(
        *tasks == json!({ "prepare": "succeeded", "verify": "failed" }),
        "the tasks ended {tasks}"
    );

    announce("the failing task is selected and its log is open");
    window.wait(
        "the log of the failure",
        "s.canvas.selected.includes('verify') && s.log && s.log.task === 'verify' && \
         s.log.lines.some(l => l.includes('the sum is wrong'))",
    )?;

    announce("the notification arrives; a click on it opens the failed task, wherever one was");
    window.perform(&Gesture::new().chord(&[Key::Control], '3'))?;
    window.wait("another place", "s.place === 'schedules'")?;
    click_notification(stage, "End to end failed")?;
    window.wait(
        "the failed task",
        &format!(
            "s.place === 'run' && s.run && s.run.run === '{failed}' && s.canvas && s.canvas.selected.includes('verify')"
        ),
    )?;
    window.click("End to end")?;
    window.wait(
        "the editor",
        "s.place === 'editor' && s.canvas && s.canvas.selected.includes('verify')",
    )?;

    announce("its script is mended in the form and saved");
    window.type_into("Script", "echo 'the sum is right'")?;
    window
        .wait("the change", "s.document.dirty && s.document.text.includes('the sum is right')")?;
    save(window)?;
    let script = &read(document)?["tasks"][1]["spec"]["script"];
    ensure!(*script == json!("echo 'the sum is right'"), "the file has the script {script}");

    announce("rerun from there by its button; it goes green");
    window.click("Rerun from here")?;
    window.wait(
        "the rerun to go green",
        &format!("s.run && s.run.run !== '{failed}' && s.run.state === 'succeeded'"),
    )?;
    let state = window.state()?;
    let run = state["run"]["run"].as_str().context("the rerun has no id")?;
    let shown: Value = serde_json::from_str(&stage.millrace(&["show", run, "--json"])?)?;
    ensure!(
        shown.to_string().contains(&failed),
        "the rerun does not say from which run it took the first task over: {shown}"
    );
    Ok(())
}

fn workflow() -> Value {
    let task = |name: &str, script: &str| json!({ "name": name, "kind": "shell", "spec": { "script": script } });
    json!({
        "millrace": 1,
        "name": "e2e",
        "title": "End to end",
        "tasks": [
            task("prepare", "echo prepared"),
            task("verify", "echo 'the sum is wrong' >&2\nexit 3"),
        ],
        "layout": { "tasks": { "prepare": [0, 0], "verify": [320, 0] } },
    })
}

fn read(document: &Path) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&fs::read(document)?)?)
}
