//! `cargo xtask e2e`: the real window, driven by mouse and keyboard.
//!
//! Everything is real: the window, the daemon that it starts, keepers, processes, and a notification service on a bus of
//! the test's own. Only the display is virtual.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::app;
use crate::display::{Display, Owned, Size, poll};
use crate::process::{announce, output, print};
use crate::setup::{self, Group};
use crate::webdriver::{Gesture, Key, WebDriver};
use crate::workspace::Workspace;

/// Drives the real window: connects two tasks, saves, runs, sees the failure, its log and its notification.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
    /// Where a picture of the window is left at the end.
    #[arg(long)]
    picture: Option<std::path::PathBuf>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    setup::ensure(Group::ALL)?;
    if !arguments.no_build {
        app::build(workspace)?;
    }
    let folder = tempfile::tempdir().context("no folder for the test")?;
    let home = folder.path().join("home");
    let document = folder.path().join("e2e.json");
    fs::write(&document, serde_json::to_vec_pretty(&workflow())?)?;

    let display = Display::start(Size { width: 1280, height: 800 })?;
    let _service = Owned::start(&mut display.command("dunst"))?;
    let window = WebDriver::open(
        &display,
        &app::window_program(workspace),
        &["--theme", "dark", "--fullscreen", &document.to_string_lossy()],
        &[("MILLRACE_HOME", &home.to_string_lossy())],
    )?;
    let result = play(&window, &display, &document);
    if let Some(picture) = &arguments.picture {
        display.screenshot(picture)?;
    }
    drop(window);
    // The window starts a daemon of this home; it must not outlive the test.
    let millrace = workspace.programs().join("millrace");
    let mut stop = std::process::Command::new(millrace);
    let stopped = output(stop.args(["daemon", "stop"]).env("MILLRACE_HOME", &home));
    result?;
    stopped?;
    print("the window was driven from connecting two tasks to the notification of a failure");
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

fn play(window: &WebDriver, display: &Display, document: &Path) -> anyhow::Result<()> {
    announce("the document is on the canvas and the engine answers");
    window.wait_for("the first frame", "window.millraceReady")?;
    wait(window, "the canvas", "s.canvas && s.canvas.tasks.verify && s.engine === 'running'")?;

    announce("two tasks are connected by a drag");
    let state = probe(window)?;
    let from = point(&state, "/canvas/tasks/prepare/ports/succeeded")?;
    let to = point(&state, "/canvas/tasks/verify/ports/in")?;
    window.perform(&Gesture::new().drag(from, to))?;
    wait(
        window,
        "the dependency",
        "s.document.dependencies.some(d => d.from === 'prepare' && d.to === 'verify')",
    )?;

    announce("saved by Ctrl+S");
    window.perform(&Gesture::new().chord(&[Key::Control], 's'))?;
    wait(window, "the save", "!s.document.dirty && !s.document.saving")?;
    let saved: Value = serde_json::from_slice(&fs::read(document)?)?;
    if saved["dependencies"] != json!([{ "from": "prepare", "to": "verify" }]) {
        bail!("the file has {} for its dependencies", saved["dependencies"]);
    }

    announce("run by Ctrl+Enter; it fails");
    window.perform(&Gesture::new().chord_key(&[Key::Control], Key::Enter))?;
    wait(window, "the end of the run", "s.run && s.run.state === 'failed'")?;
    let state = probe(window)?;
    let tasks = &state["run"]["tasks"];
    if *tasks != json!({ "prepare": "succeeded", "verify": "failed" }) {
        bail!("the tasks ended {tasks}");
    }

    announce("the failing task is selected and its log is open");
    wait(
        window,
        "the log of the failure",
        "s.canvas.selected.includes('verify') && s.log && s.log.task === 'verify' && \
         s.log.lines.some(l => l.includes('the sum is wrong'))",
    )?;

    announce("the notification arrives");
    poll("the notification", || {
        let history = output(display.command("dunstctl").arg("history"))?;
        let shown = output(display.command("dunstctl").args(["count", "displayed"]))?;
        // What is on the screen is not in the history yet.
        if shown.trim() != "0" {
            output(display.command("dunstctl").arg("close-all"))?;
        }
        Ok(history.contains("End to end failed").then_some(()))
    })
}

fn probe(window: &WebDriver) -> anyhow::Result<Value> {
    let text = window.execute("return window.millrace_state();", &[])?;
    let text = text.as_str().context("the ui's state is not text")?;
    Ok(serde_json::from_str(text)?)
}

fn wait(window: &WebDriver, what: &str, condition: &str) -> anyhow::Result<()> {
    let expression = format!("(s => {condition})(JSON.parse(window.millrace_state()))");
    window.wait_for(what, &expression).with_context(|| match probe(window) {
        Ok(state) => format!("the ui says {state}"),
        Err(error) => format!("the ui says nothing: {error}"),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "a place in a window of 1280 × 800")]
fn point(state: &Value, pointer: &str) -> anyhow::Result<(i32, i32)> {
    let scale = state["scale"].as_f64().unwrap_or(1.0);
    let at = state.pointer(pointer).with_context(|| format!("the ui's state lacks {pointer}"))?;
    let number = |index: usize| at[index].as_f64().map(|value| (value * scale).round() as i32);
    number(0).zip(number(1)).with_context(|| format!("{pointer} is no point: {at}"))
}
