//! A schedule made by the form: its next times through a change of the clocks, a run that starts by itself, and a week of
//! the past.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::stage::Stage;
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
    show_schedules(window)?;
    window.click("Add schedule")?;
    fill(window, "Time", "02:30")?;
    fill(window, "Time zone", "Europe/Berlin")?;
    fill(window, "Not before", "2027-03-26 00:00")?;
    window.wait_for_widget("02:30 does not exist on 28 Mar: it fires at 03:00")?;
    fill(window, "Not before", "")?;

    announce("every second; saved, it starts by itself");
    window.click("Starts")?;
    window.click("At a fixed spacing")?;
    fill(window, "Every", "1 s")?;
    save(window)?;
    let first = poll("a run that the schedule started", || {
        Ok(runs(stage, "schedule")?.into_iter().find(|run| run["state"] == "succeeded"))
    })?;
    let id = first["run"].as_str().context("the run has no id")?;
    let log = stage.millrace(&["logs", id, "say"])?;
    ensure!(log.starts_with("it is 20"), "the run does not know its instant: {log}");

    announce("each day at six instead, and a week of the past");
    window.click("Starts")?;
    window.click("Every day")?;
    save(window)?;
    window.perform(&Gesture::new().chord(&[Key::Control], '3'))?;
    window.wait("the calendar", "s.place === 'schedules'")?;
    window.click_prefixed("More about Clockwork")?;
    window.click("Backfill…")?;
    window.click("Start 7 runs")?;
    let all = || -> anyhow::Result<Option<Vec<Value>>> {
        let ended = runs(stage, "backfill")?.into_iter();
        let ended: Vec<_> = ended.filter(|run| run["state"] == "succeeded").collect();
        Ok((ended.len() == 7).then_some(ended))
    };
    let week = poll("the runs of the week", all)?;
    ensure!(week.iter().all(|run| run["trigger_name"].is_string()), "no schedule: {week:?}");
    Ok(())
}

/// The section of schedules, by the clock in the top bar.
fn show_schedules(window: &Window) -> anyhow::Result<()> {
    window.click_prefixed("Schedules of this workflow")
}

/// Fills a field and leaves it, as a person does.
fn fill(window: &Window, field: &str, text: &str) -> anyhow::Result<()> {
    window.type_into(field, text)?;
    window.perform(&Gesture::new().key(if text.is_empty() {
        Key::Backspace
    } else {
        Key::Enter
    }))?;
    window.perform(&Gesture::new().key(Key::Tab))
}

fn save(window: &Window) -> anyhow::Result<()> {
    window.perform(&Gesture::new().chord(&[Key::Control], 's'))?;
    window.wait("the save", "!s.document.dirty && !s.document.saving")
}

/// The runs of the act that were started so.
fn runs(stage: &Stage, trigger: &str) -> anyhow::Result<Vec<Value>> {
    let listed =
        stage.millrace(&["runs", "--workflow", "clockwork", "--json", "--limit", "100"])?;
    let listed: Value = serde_json::from_str(&listed)?;
    let runs = listed["runs"].as_array().cloned().unwrap_or_default();
    Ok(runs.into_iter().filter(|run| run["trigger"] == trigger).collect())
}
