//! A hundred thousand runs: looked through in the window, backed up, wiped, and there again after a restore.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::stage::Stage;
use crate::cargo::cargo;
use crate::process::{announce, run};
use crate::webdriver::{Gesture, Key, Window};
use crate::workspace::Workspace;

const RUNS: &str = "100000";

/// On a stage of its own: its home is filled and wiped.
pub(super) fn act(stage: &Stage, workspace: &Workspace) -> anyhow::Result<()> {
    announce("act history");
    announce("a home is filled with a hundred thousand runs");
    stage.millrace(&["daemon", "stop"])?;
    let home = stage.home();
    let home_text = home.to_str().context("the temporary folder's path is not text")?;
    // As the tests build it: by its package alone it would have other features, and be built anew with all that it needs.
    run(cargo(workspace).args(["build", "--quiet", "--workspace", "--example", "seed_history"]))?;
    let mut seed = Command::new(workspace.programs().join("examples/seed_history"));
    run(seed.args(["--runs", RUNS, "--tasks", "2", "--home", home_text]))?;

    let window = stage.window(None, &[])?;
    let result = search(stage, &window).and_then(|()| back_up(stage, &window));
    stage.picture(&window, "history")?;
    drop(window);
    stage.end_window()?;
    let (file, newest) = result.context("act history")?;

    announce("the home is wiped and restored");
    stage.millrace(&["daemon", "stop"])?;
    fs::remove_dir_all(&home)?;
    stage.millrace(&["restore", &file])?;
    let window = stage.window(None, &[])?;
    show_runs(&window)?;
    let state = window.state()?;
    ensure!(state["runs"] == newest, "before {newest}, now {}", state["runs"]);
    stage.picture(&window, "history_restored")?;
    drop(window);
    stage.end_window()
}

/// The place Runs, with all of them.
fn show_runs(window: &Window) -> anyhow::Result<()> {
    window.perform(&Gesture::new().chord(&[Key::Control], '2'))?;
    let all = format!("s.place === 'runs' && s.run_list.all === {RUNS} && s.runs.length === 50");
    window.wait("the runs", &all)
}

fn search(stage: &Stage, window: &Window) -> anyhow::Result<()> {
    announce("a query finds some of them, in the window as on the command line");
    show_runs(window)?;
    let query = "state:failed workflow:site_health check";
    window.type_into("Find runs", query)?;
    window.perform(&Gesture::new().key(Key::Escape))?;
    let mut arguments = vec!["runs"];
    arguments.extend(query.split(' '));
    arguments.extend(["--json", "--limit", "1"]);
    let listed: Value = serde_json::from_str(&stage.millrace(&arguments)?)?;
    let count = listed["counted"]["found"].as_u64().context("no count")?;
    ensure!((1..5_000).contains(&count), "{count} of {RUNS} runs are found: {listed}");
    // Until the answer comes the count is that of the words typed before.
    let found = format!("s.run_list.query === '{query}' && s.run_list.found === {count}");
    window.wait("as many in the window", &found)?;

    announce("one of them is opened, and what failed in it is in view");
    window.wait_for_paint()?;
    let (x, y) = window.widget_prefixed("Health of the web sites, failed")?;
    window.perform(&Gesture::new().click(x, y))?;
    window.wait(
        "the run",
        "s.place === 'run' && s.run && s.run.tasks.check === 'failed' && s.canvas.selected.includes('check')",
    )?;
    window.perform(&Gesture::new().chord(&[Key::Control], '2'))?;
    window.wait("the query as it was", &format!("s.run_list.query === '{query}'"))?;
    window.type_into("Find runs", "")?;
    window.perform(&Gesture::new().key(Key::Backspace).key(Key::Escape))?;
    show_runs(window)
}

/// Gives the file, and the newest runs.
fn back_up(stage: &Stage, window: &Window) -> anyhow::Result<(String, Value)> {
    announce("all of it is backed up from the settings");
    let newest = window.state()?["runs"].clone();
    window.perform(&Gesture::new().chord(&[Key::Control], ','))?;
    window.wait("the settings", "s.place === 'settings'")?;
    window.click("Storage")?;
    stage.reveal(window, "Back up…")?;
    window.click("Back up…")?;
    let file = stage.file("all.millrace-backup");
    stage.choose("Save file", &file)?;
    window.wait("the backup", "s.toasts.some(t => t.includes('all.millrace-backup'))")?;
    let file = file.to_str().context("the temporary folder's path is not text")?.to_owned();
    Ok((file, newest))
}
