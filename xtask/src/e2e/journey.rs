//! From an empty canvas to a green run, a failure, its repair and a kill, by visible labels, mouse for all but text.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::stage::{Stage, notification};
use crate::process::announce;
use crate::webdriver::{Button, Gesture, Point, Window};

/// What drawing, running, breaking and mending may cost: clicks, and drags.
const MOST: u32 = 25;

/// A window, and how often it was clicked.
struct Hand<'a> {
    window: &'a Window,
    clicks: u32,
}

/// Draws, runs, breaks and mends in one window, kills it, and looks for everything in the next.
pub(super) fn act(stage: &Stage) -> anyhow::Result<()> {
    announce("act journey");
    let window = stage.window(None, &[])?;
    let choose = |place: &Path| stage.choose("Save workflow", place);
    let result = play(stage, &window, &choose);
    stage.picture(&window, "journey")?;
    result.context("act journey")?;
    reopen(stage, window)?;
    stage.end_window()
}

/// `choose` answers the question where the document is to be saved.
pub(super) fn play(
    stage: &Stage,
    window: &Window,
    choose: &dyn Fn(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let place = stage.file("journey.json");
    let mut hand = Hand { window, clicks: 0 };
    announce("three tasks are drawn, named and connected");
    hand.click("New workflow")?;
    hand.click("New from Empty")?;
    window.wait("the empty canvas", "s.document && s.canvas && s.document.tasks.length === 0")?;
    for (index, (title, script)) in
        [("Fetch", "echo fetched > a"), ("Clean", "cp a b"), ("Report", "cat b")]
            .into_iter()
            .enumerate()
    {
        match index {
            // What stands on an empty canvas says how to begin.
            0 => hand.click("Add Shell script")?,
            _ => hand.draw(index)?,
        }
        let is_there =
            format!("s.document.tasks.length === {} && s.canvas.selected.length === 1", index + 1);
        window.wait("the new task", &is_there)?;
        // Its form is drawn in the frame after.
        window.wait_for_paint()?;
        hand.fill("Title", title)?;
        let named = format!("s.document.text.includes('\"title\": \"{title}\"')");
        window.wait("the title", &named)?;
        hand.fill("Script", script)?;
        let written = serde_json::to_string(script)?;
        let condition = format!("s.document.text.includes(JSON.stringify({written}))");
        window.wait("the script", &condition)?;
    }
    hand.connect("fetch", "clean")?;
    hand.connect("clean", "report")?;
    window.wait("the dependencies", "s.document.dependencies.length === 2")?;

    for label in ["Menu", "Edit menu", "Tidy up"] {
        hand.click(label)?;
    }

    announce("saved where the person says, and run: green");
    hand.click("Save")?;
    choose(&place)?;
    window.wait("the save", "!s.document.dirty && s.document.path")?;
    let saved: Value = serde_json::from_slice(&fs::read(&place)?)?;
    let titles: Vec<&Value> =
        saved["tasks"].as_array().into_iter().flatten().map(|task| &task["title"]).collect();
    ensure!(titles == [&json!("Fetch"), &json!("Clean"), &json!("Report")], "{titles:?}");
    hand.click("Run")?;
    window.wait("the run to go green", "s.run && s.run.state === 'succeeded'")?;
    let first = run_in(window)?;

    announce("one is broken: red, with a notification");
    let card = window.point("/canvas/tasks/clean/ports/in")?;
    hand.click_at((card.0 + 60, card.1))?;
    hand.fill("Script", "cp c b")?;
    hand.click("Run")?;
    window.wait(
        "the failure",
        &format!("s.run && s.run.run !== '{first}' && s.run.state === 'failed'"),
    )?;
    let failed = run_in(window)?;
    notification(stage, "untitled failed")?;
    window.wait("the failed task in view", "s.canvas.selected.includes('clean')")?;

    announce("mended and run again from there: green");
    hand.fill("Script", "cp a b")?;
    hand.click("Rerun from here")?;
    let again = format!("s.run && s.run.run !== '{failed}' && s.run.state === 'succeeded'");
    window.wait("the rerun to go green", &again)?;
    // The script is again as it was saved.
    window.wait("nothing to be left to save", "!s.document.dirty")?;
    announce(&format!("{} clicks and drags", hand.clicks));
    ensure!(hand.clicks <= MOST, "it took {} clicks and drags, more than {MOST}", hand.clicks);

    announce("a change is typed and not saved");
    hand.fill("Script", "cp a b && echo kept")?;
    window.wait(
        "the draft",
        "s.document.dirty && s.document.text.includes('echo kept') && s.document.drafted",
    )
}

/// Kills the window of the journey: what was not saved is there in the next one, and so is the history.
fn reopen(stage: &Stage, killed: Window) -> anyhow::Result<()> {
    announce("the window is killed; the next one has it all");
    let run = run_in(&killed)?;
    stage.end_window()?;
    drop(killed);
    let window = stage.window(None, &[])?;
    look_for_everything(stage, &window, &run)?;
    stage.picture(&window, "reopen")
}

/// What the journey left: a change that was not saved, and a run in the history.
pub(super) fn look_for_everything(stage: &Stage, window: &Window, run: &str) -> anyhow::Result<()> {
    // Other acts left drafts as well; each has its tab.
    window.click("untitled, not saved")?;
    window.wait(
        "the change that was not saved",
        "s.document && s.document.dirty && s.document.text.includes('echo kept')",
    )?;
    let shown: Value = serde_json::from_str(&stage.millrace(&["show", run, "--json"])?)?;
    ensure!(shown["run"]["state"] == "succeeded", "the history says {}", shown["run"]["state"]);
    Ok(())
}

impl Hand<'_> {
    fn click(&mut self, label: &str) -> anyhow::Result<()> {
        self.clicks += 1;
        self.window.click(label)
    }

    fn click_at(&mut self, (x, y): Point) -> anyhow::Result<()> {
        self.clicks += 1;
        self.window.perform(&Gesture::new().move_to(x, y).press(Button::Left).release(Button::Left))
    }

    fn fill(&mut self, label: &str, text: &str) -> anyhow::Result<()> {
        self.clicks += 1;
        self.window.type_into(label, text)
    }

    /// Drags a shell script from the palette to the canvas, each below the one before.
    fn draw(&mut self, index: usize) -> anyhow::Result<()> {
        self.clicks += 1;
        let row = self.window.widget("Add Shell script")?;
        let corner = self.window.point("/canvas/rect")?;
        let down = 140 * i32::try_from(index)?;
        self.window.perform(&Gesture::new().drag(row, (corner.0 + 560, corner.1 + down)))
    }

    fn connect(&mut self, from: &str, to: &str) -> anyhow::Result<()> {
        self.clicks += 1;
        let from = self.window.point(&format!("/canvas/tasks/{from}/ports/succeeded"))?;
        let to = self.window.point(&format!("/canvas/tasks/{to}/ports/in"))?;
        self.window.perform(&Gesture::new().drag(from, to))
    }
}

pub(super) fn run_in(window: &Window) -> anyhow::Result<String> {
    let state = window.state()?;
    Ok(state["run"]["run"].as_str().context("the window shows no run")?.to_owned())
}
