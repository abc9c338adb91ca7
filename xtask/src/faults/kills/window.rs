//! A round with the window as its victim: it starts the run, is killed while the run goes on, and must not be missed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;

use super::plan::Plan;
use super::round::{Killed, LOOK_AGAIN, RUN_LIMIT};
use crate::faults::processes;
use crate::faults::site::Site;
use crate::webdriver::{Gesture, Key, Window};

/// By then after the window's death its browser processes are gone.
const HELPERS_LIMIT: Duration = Duration::from_secs(5);

/// What a window was seen to do before it was killed.
pub(super) struct Seen {
    /// The run that it started.
    pub(super) run: String,
    /// The state of each task that it showed last.
    pub(super) tasks: BTreeMap<String, String>,
    pub(super) killed: Killed,
    pub(super) violations: Vec<String>,
}

/// Starts the run of a document in a new window, and kills the window at the plan's moment.
///
/// # Errors
/// Where the window does not come up or does not start the run.
pub(super) fn play(site: &Site, plan: &Plan, document: &Path) -> anyhow::Result<Seen> {
    let home = site.home();
    let document = document.to_str().context("the temporary folder's path is not text")?;
    // Else the window would ask first.
    site.ask(&["trust", document])?;
    let window = Window::open(
        site.display()?,
        &site.program("millrace-desktop"),
        &["--fullscreen", document],
        &[("MILLRACE_HOME", &home.to_string_lossy())],
    )?;
    window.wait("the document on the canvas", "s.document && s.canvas")?;
    window.perform(&Gesture::new().chord_key(&[Key::Control], Key::Enter))?;
    window.wait("its run", "s.run")?;

    // The moment is told in tasks that have ended: the window shows no single events.
    let tasks = plan.tasks.len() as u64;
    let ended = plan.after_events.checked_rem(tasks).unwrap_or(0);
    let deadline = Instant::now() + RUN_LIMIT;
    let shown = loop {
        let shown = shown_tasks(&window.state()?);
        let count = shown.values().filter(|state| is_end(state)).count() as u64;
        if count >= ended || Instant::now() > deadline {
            break shown;
        }
        thread::sleep(LOOK_AGAIN);
    };
    thread::sleep(plan.after_that);
    let run = window.state()?.pointer("/run/run").and_then(Value::as_str).map(str::to_owned);
    let run = run.context("the window shows no run")?;

    let mut killed = Killed::now();
    let pid = processes::window_of(&home)?.context("the window's process is not to be found")?;
    killed.client = processes::kill(pid)?;
    drop(window);
    let violations = left_helpers(&home)?;
    Ok(Seen { run, tasks: shown, killed, violations })
}

impl Seen {
    /// What was shown as a task's end must be its end.
    pub(super) fn contradictions(&self, stored: &BTreeMap<String, &Value>) -> Vec<String> {
        let ends = self.tasks.iter().filter(|(_, state)| is_end(state));
        ends.filter_map(|(task, shown)| {
            let now = stored.get(task).and_then(|task| task.get("state")?.as_str());
            (now != Some(shown))
                .then(|| format!("the window showed {task} as {shown}, the history says {now:?}"))
        })
        .collect()
    }
}

fn shown_tasks(state: &Value) -> BTreeMap<String, String> {
    let tasks = state.pointer("/run/tasks").and_then(Value::as_object);
    let pairs = tasks.into_iter().flatten();
    pairs.filter_map(|(name, state)| Some((name.clone(), state.as_str()?.to_owned()))).collect()
}

fn is_end(state: &str) -> bool {
    matches!(state, "succeeded" | "failed" | "error" | "skipped" | "upstream_failed" | "canceled")
}

/// The browser's processes that outlive their window.
fn left_helpers(home: &Path) -> anyhow::Result<Vec<String>> {
    let deadline = Instant::now() + HELPERS_LIMIT;
    loop {
        let left = processes::helpers_of(home)?;
        if left.is_empty() {
            return Ok(Vec::new());
        }
        if Instant::now() > deadline {
            let commands: Vec<String> = left
                .iter()
                .map(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default())
                .collect();
            return Ok(vec![format!("the window left processes behind: {commands:?}")]);
        }
        thread::sleep(LOOK_AGAIN * 10);
    }
}
