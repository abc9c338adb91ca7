//! Looking back: what changed between two runs, how a workflow fared from day to day, and what is in the library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::stage::{Stage, save};
use crate::display::poll;
use crate::process::{announce, run};
use crate::webdriver::{Gesture, Key, Window};

/// A workflow in a library that is a git repository, as it is in its only commit.
pub(super) fn document(stage: &Stage) -> anyhow::Result<PathBuf> {
    let library = stage.home().join("workflows");
    fs::create_dir_all(&library)?;
    let document = library.join("weekly.json");
    fs::write(&document, serde_json::to_vec_pretty(&workflow())?)?;
    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=e2e", "-c", "user.email=e2e@localhost"];
        run(Command::new("git").args(who).args(arguments).current_dir(&library))
    };
    git(&["init", "--quiet", "--initial-branch", "main"])?;
    git(&["add", "weekly.json"])?;
    git(&["commit", "--quiet", "--message", "Weekly report"])?;
    Ok(document)
}

pub(super) fn play(stage: &Stage, window: &Window, document: &Path) -> anyhow::Result<()> {
    two_runs(stage, window)?;
    how_it_fared(stage, window)?;
    the_library(stage, window, document)
}

fn two_runs(stage: &Stage, window: &Window) -> anyhow::Result<()> {
    announce("it runs, its script is changed, and it runs again");
    let first = run_it(window, "null")?;
    let card = window.point("/canvas/tasks/count/ports/in")?;
    // Right of the port the card itself begins.
    window.perform(&Gesture::new().click(card.0 + 40, card.1))?;
    window.wait("the task", "s.canvas.selected.includes('count')")?;
    window.type_into("Script", "cat rows.csv; echo done")?;
    window.wait("the change", "s.document.dirty && s.document.text.includes('echo done')")?;
    save(window)?;
    let second = run_it(window, &format!("'{first}'"))?;

    announce("the two runs stand beside each other, and what the task printed differs");
    window.perform(&Gesture::new().chord(&[Key::Control], '2'))?;
    window.wait("the runs", "s.place === 'runs' && s.run_list.found === 2")?;
    window.wait_for_paint()?;
    window.perform(&Gesture::new().chord(&[Key::Control], 'a'))?;
    window.wait("both selected", "s.run_list.selected === 2")?;
    window.click("Compare")?;
    window.wait(
        "both runs",
        &format!(
            "s.place === 'two_runs' && s.two_runs.tasks && \
             JSON.stringify(s.two_runs.runs) === '[\"{first}\",\"{second}\"]'"
        ),
    )?;
    choose_task(window, "count")?;
    window.widget("+ done")?;
    stage.picture(window, "looking_runs")?;

    announce("and so do the workflows that they ran");
    command(window, "What differs in what they ran")?;
    window.wait(
        "the change of the script",
        "s.place === 'changes' && s.changes.rows.length === 1 && s.changes.rows[0].includes('Count rows')",
    )?;
    window.widget("+ cat rows.csv; echo done")?;
    stage.picture(window, "looking_changes")?;
    window.perform(&Gesture::new().key(Key::Escape))?;
    window.wait("the runs again", "s.place === 'two_runs'")?;
    window.perform(&Gesture::new().key(Key::Escape))?;
    window.wait("the list again", "s.place === 'runs'")
}

fn how_it_fared(stage: &Stage, window: &Window) -> anyhow::Result<()> {
    announce("the workflow's runs by day; the day leads to its runs");
    open_a_run(window)?;
    command(window, "How the workflow fares")?;
    window.wait("the grid", "s.place === 'workflow' && s.grid.runs === 2")?;
    command(window, "Calendar of the workflow")?;
    window.wait("the calendar", "s.grid.tab === 'Calendar' && s.grid.years")?;
    window.perform(&Gesture::new().key(Key::Down))?;
    window.wait("today", "s.grid.day")?;
    stage.picture(window, "looking_calendar")?;
    window.perform(&Gesture::new().key(Key::Enter))?;
    window.wait(
        "the runs of today",
        "s.place === 'runs' && s.run_list.query.includes('since:') && s.run_list.found === 2",
    )?;

    announce("and how long they took");
    open_a_run(window)?;
    command(window, "How the workflow fares")?;
    window.wait("the workflow", "s.place === 'workflow'")?;
    command(window, "Durations of runs")?;
    window.wait("both", "s.grid.tab === 'Durations' && s.grid.durations.runs === 2")?;
    stage.picture(window, "looking_durations")
}

fn the_library(stage: &Stage, window: &Window, document: &Path) -> anyhow::Result<()> {
    announce("the library says that the file is not as it was committed");
    window.perform(&Gesture::new().chord(&[Key::Control], '1'))?;
    window.wait("the library", "s.place === 'workflows'")?;
    window.widget("Other than in the last commit, branch main")?;

    announce("words in a script are found and lead to their task");
    window.type_into("Search workflows", "cat rows.csv")?;
    let (x, y) = window.widget_prefixed("Count rows, script")?;
    stage.picture(window, "looking_found")?;
    window.perform(&Gesture::new().click(x, y))?;
    window.wait("the task", "s.place === 'editor' && s.canvas.selected.includes('count')")?;

    announce("a folder is made, and the workflow dragged into it; its history goes along");
    window.perform(&Gesture::new().chord(&[Key::Control], '1'))?;
    window.wait("the library", "s.place === 'workflows'")?;
    window.type_into("Search workflows", "")?;
    window.perform(&Gesture::new().key(Key::Backspace).key(Key::Escape))?;
    window.click("New folder")?;
    window.type_into("Name", "reports")?;
    window.perform(&Gesture::new().key(Key::Enter))?;
    let folder = window.widget("Folder reports, 0 workflows")?;
    window.wait_for_paint()?;
    // A tab has the workflow's name, too; the row is where its button is.
    let (x, y) = window.widget("Run Weekly report")?;
    window.perform(&Gesture::new().drag((x - 600, y), folder))?;
    window.widget("Folder reports, 1 workflow")?;
    let moved = document.with_file_name("reports").join("weekly.json");
    poll("the file to be in the folder", || Ok(moved.is_file().then_some(())))?;
    ensure!(!document.exists(), "the file is in both places");
    window.widget("New: not in git yet, branch main")?;
    stage.picture(window, "looking_library")?;
    let listed = stage.millrace(&["list", "--json"])?;
    let listed: Value = serde_json::from_str(&listed)?;
    let row = listed["workflows"].as_array().and_then(|rows| rows.first()).cloned();
    let row = row.context("the library is empty")?;
    let runs = row["recent"].as_array().map_or(0, Vec::len);
    ensure!(runs == 2, "the workflow has {runs} runs: {row}");
    Ok(())
}

/// Opens one of the runs in the list.
fn open_a_run(window: &Window) -> anyhow::Result<()> {
    let (x, y) = window.widget_prefixed("Weekly report, succeeded")?;
    window.perform(&Gesture::new().click(x, y))?;
    window.wait("a run", "s.place === 'run' && s.run && s.run.state === 'succeeded'")
}

/// Starts it, and gives the id of the run when it has succeeded; `before` is one that it is not.
fn run_it(window: &Window, before: &str) -> anyhow::Result<String> {
    window.perform(&Gesture::new().chord_key(&[Key::Control], Key::Enter))?;
    window.wait(
        "the run",
        &format!("s.run && s.run.run && s.run.run !== {before} && s.run.state === 'succeeded'"),
    )?;
    let state = window.state()?;
    Ok(state["run"]["run"].as_str().context("the run has no id")?.to_owned())
}

/// Gives a command by its name.
fn command(window: &Window, name: &str) -> anyhow::Result<()> {
    window.perform(&Gesture::new().chord(&[Key::Control], 'k'))?;
    window.type_into("Find anything", name)?;
    window.widget_prefixed(name)?;
    window.wait_for_paint()?;
    window.perform(&Gesture::new().key(Key::Enter))
}

/// Walks to a task in the list of what differs.
fn choose_task(window: &Window, task: &str) -> anyhow::Result<()> {
    poll(&format!("the task {task}"), || {
        if window.state()?["two_runs"]["selected"] == task {
            return Ok(Some(()));
        }
        window.perform(&Gesture::new().key(Key::Down))?;
        window.wait_for_paint()?;
        Ok(None)
    })
}

fn workflow() -> Value {
    let shell = |name: &str, title: &str, script: &str| json!({ "name": name, "title": title, "kind": "shell", "spec": { "script": script } });
    json!({
        "millrace": 1,
        "name": "weekly",
        "title": "Weekly report",
        "tasks": [
            shell("fetch", "Fetch rows", "echo 'a,1' > rows.csv; cat rows.csv"),
            shell("count", "Count rows", "cat rows.csv"),
        ],
        "dependencies": [{ "from": "fetch", "to": "count" }],
        "layout": { "tasks": { "fetch": [0, 0], "count": [320, 0] } },
    })
}
