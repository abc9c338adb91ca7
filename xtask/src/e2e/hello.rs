//! The first thing that a person does: the sample is open, one click on *Run*, and it goes green.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::stage::Stage;
use crate::process::announce;
use crate::webdriver::Window;
use crate::workspace::Workspace;

/// How long nothing has to happen.
const REST: Duration = Duration::from_secs(3);
/// So often the page may look meanwhile: something may be due, and the driver's own questions count.
const MOST_LOOKS: u64 = 12;
/// When it has to be at rest: messages that go away by themselves are gone by then.
const REST_LIMIT: Duration = Duration::from_secs(40);

/// A copy of the sample: the window must have nothing to do with the checkout.
pub(super) fn document(stage: &Stage, workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let document = stage.file("hello.json");
    fs::copy(workspace.root().join("workflows/hello.json"), &document)?;
    Ok(document)
}

pub(super) fn play(stage: &Stage, window: &Window, _: &Path) -> anyhow::Result<()> {
    announce("one click on Run");
    window.click("Run")?;
    window.wait("the run to go green", "s.run && s.run.state === 'succeeded'")?;
    let state = window.state()?;
    let run = state["run"]["run"].as_str().context("the run has no id")?;
    let tasks = &state["run"]["tasks"];
    let all = json!({
        "greet": "succeeded", "shout": "succeeded", "measure": "succeeded", "report": "succeeded"
    });
    ensure!(*tasks == all, "the tasks ended {tasks}");

    announce("the command line finds the run in the history");
    let shown: Value = serde_json::from_str(&stage.millrace(&["show", run, "--json"])?)?;
    let stored = &shown["run"]["state"];
    ensure!(*stored == json!("succeeded"), "the history says {stored}");
    comes_to_rest(window)
}

/// Where nothing happens the page is left asleep. A page that asks for every frame of the display would look sixty times a
/// second and never come to rest.
fn comes_to_rest(window: &Window) -> anyhow::Result<()> {
    announce("nothing happens, and the page comes to rest");
    let looks = || -> anyhow::Result<u64> {
        let looks = window.execute("return window.millraceLooks;")?;
        looks.as_u64().context("the page does not count how often it looks")
    };
    let deadline = Instant::now() + REST_LIMIT;
    loop {
        let before = looks()?;
        std::thread::sleep(REST);
        let by = looks()? - before;
        if by <= MOST_LOOKS {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "the page still looks {by} times in {REST:?}");
    }
}
