//! The morning after: a run that a schedule started has failed; its notification is clicked, the cause read and mended, the
//! rest of it run again, and what it asks then is answered in the inbox.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::stage::{Stage, click_notification, dismiss_notifications, save};
use crate::display::poll;
use crate::process::announce;
use crate::webdriver::{Gesture, Key, Window};

/// Long enough for the daemon to see the document before.
const SOON: Duration = Duration::from_secs(6);

/// A workflow of the library that a schedule starts soon, whose second task fails, and whose third one asks.
pub(super) fn document(stage: &Stage) -> anyhow::Result<PathBuf> {
    dismiss_notifications(stage)?;
    let library = stage.home().join("workflows");
    fs::create_dir_all(&library)?;
    let document = library.join("nightly.json");
    let at = SystemTime::now().duration_since(UNIX_EPOCH)? + SOON;
    fs::write(&document, serde_json::to_vec_pretty(&workflow(at)?)?)?;
    Ok(document)
}

pub(super) fn play(stage: &Stage, window: &Window, document: &Path) -> anyhow::Result<()> {
    announce("a schedule starts it, and it fails; the rail and the inbox say so");
    window.perform(&Gesture::new().chord(&[Key::Control], '4'))?;
    window.wait("the inbox", "s.place === 'inbox'")?;
    let failed = poll("the run of the night", || {
        let listed = stage.millrace(&["runs", "--workflow", "nightly", "--json"])?;
        let listed: Value = serde_json::from_str(&listed)?;
        let runs = listed["runs"].as_array().cloned().unwrap_or_default();
        Ok(runs.into_iter().find(|run| run["state"] == "failed"))
    })?;
    ensure!(failed["trigger"] == "schedule", "it was started by something else: {failed}");
    let failed = failed["run"].as_str().context("the run has no id")?.to_owned();
    window.widget_prefixed("Inbox, ")?;
    window.widget("Open the run of Nightly report")?;
    stage.picture(window, "nightly_inbox")?;

    announce("the click on the notification shows the task that failed, and its log says why");
    click_notification(stage, "Nightly report failed")?;
    window.wait(
        "the failed task and the cause in its log",
        &format!(
            "s.place === 'run' && s.run && s.run.run === '{failed}' && s.canvas.selected.includes('load') && \
             s.log && s.log.task === 'load' && s.log.lines.some(l => l.includes('no such table'))"
        ),
    )?;

    announce("the script is mended and saved; the run goes on from there");
    window.click("Open in editor")?;
    window.wait(
        "the editor with the task",
        "s.place === 'editor' && s.canvas && s.canvas.selected.includes('load')",
    )?;
    window.type_into("Script", "echo 'loaded'")?;
    window.wait("the change", "s.document.dirty && s.document.text.includes(\"echo 'loaded'\")")?;
    save(window)?;
    ensure!(fs::read_to_string(document)?.contains("echo 'loaded'"), "it was not saved");
    window.click("Rerun from here")?;
    window.wait("the rerun", &format!("s.run && s.run.run !== '{failed}'"))?;
    let rerun = window.state()?["run"]["run"].as_str().context("no rerun")?.to_owned();

    announce("it asks whether to publish: answered in the inbox");
    window.perform(&Gesture::new().chord(&[Key::Control], '4'))?;
    window.wait("the inbox", "s.place === 'inbox'")?;
    window.widget("Answer Nightly report")?;
    window.perform(&Gesture::new().key(Key::Down))?;
    window.wait_for_paint()?;
    window.perform(&Gesture::new().key(Key::Enter))?;
    window.widget("Nightly report asks")?;
    stage.picture(window, "nightly_question")?;
    window.click("Approve")?;
    window.widget("Approved")?;
    poll("the end of the rerun", || {
        let shown = stage.millrace(&["show", &rerun, "--json"])?;
        Ok(shown.contains("\"state\": \"succeeded\"").then_some(()))
    })
}

fn workflow(at: Duration) -> anyhow::Result<Value> {
    let at = jiff::Timestamp::from_second(i64::try_from(at.as_secs())?)?;
    let shell = |name: &str, script: &str| json!({ "name": name, "kind": "shell", "spec": { "script": script } });
    Ok(json!({
        "millrace": 1,
        "name": "nightly",
        "title": "Nightly report",
        "schedules": [{ "name": "night", "at": at.to_string() }],
        "tasks": [
            shell("fetch", "echo fetched"),
            shell("load", "echo 'no such table: sales' >&2; exit 1"),
            { "name": "publish", "kind": "approval", "spec": { "message": "Publish the report?" } },
        ],
        "dependencies": [{ "from": "fetch", "to": "load" }, { "from": "load", "to": "publish" }],
        "layout": { "tasks": { "fetch": [0, 0], "load": [320, 0], "publish": [640, 0] } },
    }))
}
