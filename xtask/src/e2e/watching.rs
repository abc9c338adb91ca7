//! A run is watched while the daemon dies: the window says so, finds the next one, and nothing is missing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::display::poll;
use crate::faults::processes;
use crate::process::announce;
use crate::webdriver::{Gesture, Key, Window};

/// Lines that the task prints, each when its gate is opened.
const LINES: usize = 4;

/// One task, which prints a line for each file that comes to be.
pub(super) fn document(stage: &Stage) -> anyhow::Result<PathBuf> {
    let gates = stage.file("gates");
    fs::create_dir_all(&gates)?;
    let script = format!(
        "for n in $(seq {LINES}); do\n  while [ ! -e \"$GATES/$n\" ]; do sleep 0.05; done\n  echo \"line $n\"\ndone"
    );
    let task = json!({ "name": "count", "kind": "shell", "env": { "GATES": gates.to_string_lossy() },
                       "spec": { "script": script } });
    let workflow = json!({ "millrace": 1, "name": "watched", "title": "Watched", "tasks": [task] });
    let document = stage.file("watched.json");
    fs::write(&document, serde_json::to_vec_pretty(&workflow)?)?;
    Ok(document)
}

pub(super) fn play(stage: &Stage, window: &Window, _: &Path) -> anyhow::Result<()> {
    announce("a run is watched: its log grows in the window");
    window.perform(&Gesture::new().chord_key(&[Key::Control], Key::Enter))?;
    window.wait("the run", "s.run && s.run.tasks.count === 'running'")?;
    let (x, y) = window.point("/canvas/tasks/count/ports/in")?;
    window.perform(&Gesture::new().click(x + 60, y))?;
    window.click("Open log")?;
    open(stage, 1)?;
    printed(window, 1)?;

    announce("the daemon is killed, and none can start: the window says so");
    let lock = File::options().write(true).open(stage.home().join("lock"))?;
    poll("the home without a daemon", || {
        if let Some(pid) = daemon(stage)? {
            processes::kill(pid)?;
        }
        Ok(lock.try_lock().is_ok().then_some(()))
    })?;
    window.wait("that it is said", "s.engine === 'unreachable'")?;
    open(stage, 2)?;
    stage.picture(window, "watching_alone")?;
    printed(window, 1)?;

    announce("one can start again: the window finds it, and what was printed meanwhile is there");
    lock.unlock()?;
    window.wait("the next daemon", "s.engine === 'running'")?;
    printed(window, 2)?;
    open(stage, 3)?;
    open(stage, LINES)?;
    window.wait("the end of the run", "s.run && s.run.state === 'succeeded'")?;
    printed(window, LINES)?;
    let state = window.state()?;
    let run = state["run"]["run"].as_str().unwrap_or_default();
    let kept = stage.millrace(&["logs", run, "count"])?;
    ensure!(kept == text(LINES).join("\n") + "\n", "the log has {kept:?}");
    Ok(())
}

fn open(stage: &Stage, gate: usize) -> anyhow::Result<()> {
    Ok(fs::write(stage.file("gates").join(gate.to_string()), "")?)
}

/// Waits until the window shows these lines, and no other.
fn printed(window: &Window, lines: usize) -> anyhow::Result<()> {
    let lines = Value::from(text(lines));
    let condition = format!("s.log && JSON.stringify(s.log.lines) === JSON.stringify({lines})");
    window.wait("the lines of the log", &condition)
}

fn text(lines: usize) -> Vec<String> {
    (1..=lines).map(|n| format!("line {n}")).collect()
}

/// The daemon's process, where one runs.
pub(super) fn daemon(stage: &Stage) -> anyhow::Result<Option<u32>> {
    // It exits with 1 where none does, and says so all the same.
    let status = stage.command().args(["daemon", "status", "--json"]).output()?;
    let status: Value = serde_json::from_slice(&status.stdout)?;
    Ok(status["pid"].as_u64().map(u32::try_from).transpose()?)
}
