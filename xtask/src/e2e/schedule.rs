//! A schedule made by the form: its next times through a change of the clocks, a run that starts by itself, and a week of
//! the past.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::stage::{Stage, save};
use crate::display::poll;
use crate::process::announce;
use crate::webdriver::{Gesture, Key, Window};

/// One task, nothing that starts it.
pub(super) fn document(stage: &Stage) -> anyhow::Result<PathBuf> {
    let document = stage.file("clockwork.json");
    let task = json!({ "name": "say", "kind": "shell", "env": { "WHEN": "${run.logical_time}" },
                       "spec": { "script": "echo it is $WHEN" } });
    let workflow =
        json!({ "millrace": 1, "name": "clockwork", "title": "Clockwork", "tasks": [task] });
    fs::write(&document, serde_json::to_vec_pretty(&workflow)?)?;
    Ok(document)
}

pub(super) fn play(stage: &Stage, window: &Window, _: &Path) -> anyhow::Result<()> {
    announce(
        "a schedule is added by the form; its next times say what a change of the clocks does",
    );
    let (x, y) = window.widget_prefixed("Schedules of this workflow")?;
    window.perform(&Gesture::new().click(x, y))?;
    window.click("Add schedule")?;
    fill(stage, window, "Time", "02:30")?;
    fill(stage, window, "Time zone", "Europe/Berlin")?;
    fill(stage, window, "Not before", "2027-03-26 00:00")?;
    window.widget_prefixed("02:30 does not exist on 28 Mar: it fires at 03:00")?;
    fill(stage, window, "Not before", "")?;

    announce("every second; saved, it starts by itself");
    choose(stage, window, "At a fixed spacing")?;
    fill(stage, window, "Every", "1 s")?;
    save(window)?;
    let first = poll("a run that the schedule started", || {
        Ok(runs(stage, "schedule")?.into_iter().find(|run| run["state"] == "succeeded"))
    })?;
    let id = first["run"].as_str().context("the run has no id")?;
    let log = stage.millrace(&["logs", id, "say"])?;
    ensure!(log.starts_with("it is 20"), "the run does not know its instant: {log}");

    announce("each day at six instead, and a week of the past");
    choose(stage, window, "Every day")?;
    save(window)?;
    window.perform(&Gesture::new().chord(&[Key::Control], '3'))?;
    window.wait("the calendar", "s.place === 'schedules'")?;
    let (x, y) = window.widget_prefixed("More about Clockwork")?;
    window.perform(&Gesture::new().click(x, y))?;
    window.click("Backfill…")?;
    window.click("Start 7 runs")?;
    let all = || -> anyhow::Result<Option<Vec<Value>>> {
        let ended = runs(stage, "backfill")?.into_iter();
        let ended: Vec<_> = ended.filter(|run| run["state"] == "succeeded").collect();
        Ok((ended.len() == 7).then_some(ended))
    };
    let week = poll("the runs of the week", all)?;
    ensure!(week.iter().all(|run| run["trigger_name"].is_string()), "no schedule: {week:?}");
    window.wait(
        "the runs in the window",
        "!s.dialog && s.runs.filter(r => r.workflow === 'clockwork' && r.state === 'succeeded').length >= 8",
    )
}

/// Fills a field and leaves it, as a person does.
fn fill(stage: &Stage, window: &Window, field: &str, text: &str) -> anyhow::Result<()> {
    stage.reveal(window, field)?;
    window.type_into(field, text)?;
    window.perform(&Gesture::new().key(if text.is_empty() {
        Key::Backspace
    } else {
        Key::Enter
    }))?;
    window.perform(&Gesture::new().key(Key::Tab))
}

/// Chooses what kind of times it has.
fn choose(stage: &Stage, window: &Window, times: &str) -> anyhow::Result<()> {
    stage.reveal(window, "Starts")?;
    window.click("Starts")?;
    window.click(times)
}

/// The runs of the act that were started so.
fn runs(stage: &Stage, trigger: &str) -> anyhow::Result<Vec<Value>> {
    let listed =
        stage.millrace(&["runs", "--workflow", "clockwork", "--json", "--limit", "100"])?;
    let listed: Value = serde_json::from_str(&listed)?;
    let runs = listed["runs"].as_array().cloned().unwrap_or_default();
    Ok(runs.into_iter().filter(|run| run["trigger"] == trigger).collect())
}
