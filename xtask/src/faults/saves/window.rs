//! The window is killed while somebody draws: what was drawn is there again but for the last second.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{LOST_MS, Round, Told};
use crate::faults::processes;
use crate::faults::site::Site;
use crate::webdriver::{Gesture, Key, Window};

/// An edit that is older was kept.
const LOSS_LIMIT: Duration = Duration::from_secs(1);
/// A gesture is known to have happened only when its answer has come.
const GESTURE: Duration = Duration::from_millis(500);

/// The document after an edit.
struct Edit {
    /// Before the hand moved.
    at: Instant,
    tasks: Vec<Value>,
}

pub(super) fn play(site: &Site, round: Round) -> anyhow::Result<Told> {
    let told = draw_and_kill(site, round);
    // There is one window for a home: the next round could open none.
    if told.is_err()
        && let Some(pid) = processes::window_of(&site.home())?
    {
        processes::kill(pid)?;
    }
    told
}

fn draw_and_kill(site: &Site, round: Round) -> anyhow::Result<Told> {
    let mut dice = round.dice();
    let path = site.file(&format!("drawn-{}.json", round.number));
    let document = json!({
        "millrace": 1,
        "name": "drawn",
        "tasks": [{ "name": "first", "kind": "shell", "spec": { "script": "true" } }],
    });
    fs::write(&path, format!("{document:#}\n"))?;
    let path = path.to_str().context("the temporary folder's path is not text")?;
    site.ask(&["trust", path])?;
    let home = site.home();
    let window = Window::open(
        site.display()?,
        &site.program("millrace-desktop"),
        &["--fullscreen", path],
        &[("MILLRACE_HOME", &home.to_string_lossy())],
    )?;
    window.wait("the document on the canvas", "s.document && s.canvas")?;
    window.perform(&Gesture::new().chord(&[Key::Control], 'a'))?;
    window.wait("the task to be selected", "s.canvas.selected.length === 1")?;

    let mut edits = vec![Edit { at: Instant::now(), tasks: tasks(&window.state()?)? }];
    for _ in 0..3 + dice.below(4) {
        let at = Instant::now();
        // What is selected is doubled, and the copies are selected.
        window.perform(&Gesture::new().chord(&[Key::Control], 'd'))?;
        let before = edits.last().map_or(0, |edit| edit.tasks.len());
        window.wait("the copies", &format!("s.document.tasks.length > {before}"))?;
        edits.push(Edit { at, tasks: tasks(&window.state()?)? });
        thread::sleep(dice.shorter_than_ms(400));
    }
    thread::sleep(dice.shorter_than_ms(1_200));
    let pid = processes::window_of(&home)?.context("the window's process is not to be found")?;
    let killed = Instant::now();
    ensure!(processes::kill(pid)?, "the window was gone before it was killed");
    drop(window);

    let kept = kept(site, path)?;
    let newest = edits.iter().rposition(|edit| Some(&edit.tasks) == kept.as_ref());
    let lost = match newest {
        Some(at) => edits.get(at + 1).map_or(Duration::ZERO, |edit| killed - edit.at),
        // No draft: nothing was ever kept.
        None if kept.is_none() => edits.get(1).map_or(Duration::ZERO, |edit| killed - edit.at),
        None => {
            return Ok(told(f64::NAN, vec!["the draft is nothing that was ever drawn".to_owned()]));
        }
    };
    let mut violations = Vec::new();
    if lost > LOSS_LIMIT + GESTURE {
        violations
            .push(format!("an edit was lost that was {lost:?} old when the window was killed"));
    }
    drop_drafts(site)?;
    Ok(told(lost.as_secs_f64() * 1_000.0, violations))
}

fn told(lost_ms: f64, violations: Vec<String>) -> Told {
    Told { group: "window".to_owned(), numbers: vec![(LOST_MS, lost_ms)], violations }
}

fn tasks(state: &Value) -> anyhow::Result<Vec<Value>> {
    let tasks = state.pointer("/document/tasks").and_then(Value::as_array);
    tasks.cloned().context("the window shows no document")
}

/// The names of the tasks in the draft of a document.
fn kept(site: &Site, path: &str) -> anyhow::Result<Option<Vec<Value>>> {
    for draft in drafts(site)? {
        if draft.get("path").and_then(Value::as_str) != Some(path) {
            continue;
        }
        let text = draft.get("text").and_then(Value::as_str).context("a draft without text")?;
        let document: Value = serde_json::from_str(text)?;
        let tasks = document.get("tasks").and_then(Value::as_array).context("no tasks")?;
        return Ok(Some(tasks.iter().filter_map(|task| task.get("name").cloned()).collect()));
    }
    Ok(None)
}

/// The next window would restore it.
fn drop_drafts(site: &Site) -> anyhow::Result<()> {
    for draft in drafts(site)? {
        site.call(&json!({ "command": "drop_draft", "draft": draft.get("draft") }))?;
    }
    Ok(())
}

fn drafts(site: &Site) -> anyhow::Result<Vec<Value>> {
    let mut listed = site.call(&json!({ "command": "list_drafts" }))?;
    match listed.get_mut("drafts").map(Value::take) {
        Some(Value::Array(drafts)) => Ok(drafts),
        _ => anyhow::bail!("no drafts in the answer {listed}"),
    }
}
