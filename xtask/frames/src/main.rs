//! How long frames of the window's ui take, without a window: the whole app over a scripted daemon, with tessellation,
//! without what a graphics card does. `cargo xtask bench ui` runs it.
//!
//! Prints a line for each figure: its name and its value, with a tab between.

mod daemon;
mod days;
mod grid;
mod large_run;
mod library;
mod live_run;
mod pair;
mod plain_run;
mod stage;
mod storm;
mod workflow;

use std::io::Write as _;

use egui::{Key, Modifiers};

use millrace_ui::Settings;
use stage::Stage;

const NONE: Modifiers = Modifiers::NONE;
const TIDY: (Modifiers, Key) = (Modifiers { alt: true, shift: true, ..Modifiers::NONE }, Key::T);
const UNDO: (Modifiers, Key) = (Modifiers::COMMAND, Key::Z);

fn main() -> anyhow::Result<()> {
    for tasks in [1_000, 5_000] {
        figures(tasks)?;
    }
    history()?;
    library()?;
    storms()?;
    large_run()?;
    comparisons()?;
    live_runs()
}

/// The list of a long history.
fn history() -> anyhow::Result<()> {
    const RUNS: u64 = 100_000;
    let mut stage = Stage::new(workflow::text(25));
    stage.remember(RUNS);
    stage.open()?;
    let tell = |what: &str, value: f64| writeln!(std::io::stdout(), "{what}\t{value:.3}");
    tell("history first rows", stage.press(Modifiers::COMMAND, Key::Num2))?;
    let (middle, longest) = stage.scroll(RUNS);
    tell("history scrolled", middle)?;
    tell("history longest frame", longest)?;
    stage.press(Modifiers::COMMAND, Key::F);
    tell("history filtered", stage.write("failed"))?;
    Ok(())
}

/// A library of thousands, as a table and as cards.
fn library() -> anyhow::Result<()> {
    for (name, library_cards) in [("table", false), ("cards", true)] {
        let settings = Settings { library_cards, ..Settings::default() };
        let mut stage = Stage::with(workflow::text(25), settings);
        stage.fill_library(5_000);
        stage.open()?;
        let tell = |what: &str, value: f64| {
            writeln!(std::io::stdout(), "library {name} {what}\t{value:.3}")
        };
        tell("first rows", stage.press(Modifiers::COMMAND, Key::Num1))?;
        tell("scrolled", stage.wheel(NONE))?;
        tell("again", stage.replay())?;
    }
    Ok(())
}

/// Runs that come and go, seen from a place that only counts them and from the one that lists them.
fn storms() -> anyhow::Result<()> {
    for (place, key) in [("editor", None), ("runs", Some(Key::Num2))] {
        let mut stage = Stage::new(workflow::text(25));
        stage.open()?;
        if let Some(key) = key {
            stage.press(Modifiers::COMMAND, key);
        }
        let longest = stage.storm()?;
        writeln!(std::io::stdout(), "storm in {place}\t{longest:.3}")?;
    }
    Ok(())
}

/// The tabs of a run with ten thousand items, all of them unfolded.
fn large_run() -> anyhow::Result<()> {
    let mut stage = Stage::new(workflow::text(25));
    stage.open()?;
    stage.show_large_run()?;
    let tell = |what: &str, value: f64| writeln!(std::io::stdout(), "run {what}\t{value:.3}");
    stage.press(Modifiers::ALT, Key::Num2);
    stage.unfold_timeline()?;
    tell("timeline scrolled", stage.wheel(NONE))?;
    tell("timeline zoomed", stage.wheel(Modifiers::COMMAND))?;
    tell("timeline again", stage.replay())?;
    stage.press(Modifiers::ALT, Key::Num3);
    tell("tasks scrolled", stage.wheel(NONE))?;
    stage.press(Modifiers::ALT, Key::Num4);
    tell("events scrolled", stage.wheel(NONE))?;
    stage.show("How the workflow fares", "\"place\":\"workflow\"")?;
    tell("grid scrolled", stage.wheel(NONE))?;
    tell("grid again", stage.replay())?;
    stage.show("Calendar of the workflow", "\"tab\":\"Calendar\"")?;
    tell("calendar scrolled", stage.wheel(NONE))?;
    tell("calendar again", stage.replay())?;
    for (command, what) in
        [("Durations of runs", "durations"), ("Durations by task", "durations by task")]
    {
        stage.show(command, "\"tab\":\"Durations\"")?;
        tell(&format!("{what} zoomed"), stage.wheel(Modifiers::COMMAND))?;
        tell(&format!("{what} again"), stage.replay())?;
    }
    Ok(())
}

/// Two runs and the workflows that they ran beside each other.
fn comparisons() -> anyhow::Result<()> {
    let mut stage = Stage::new(workflow::text(25));
    stage.open()?;
    stage.show_pair()?;
    let tell = |what: &str, value: f64| writeln!(std::io::stdout(), "compared {what}\t{value:.3}");
    tell("runs opened", stage.show("Compare with the run before", "\"place\":\"two_runs\"")?)?;
    tell("runs scrolled", stage.wheel(NONE))?;
    tell("runs again", stage.replay())?;
    let opened = stage.show("What differs in what they ran", "\"place\":\"changes\"")?;
    tell("versions opened", opened)?;
    tell("versions zoomed", stage.wheel(Modifiers::COMMAND))?;
    tell("versions again", stage.replay())?;
    Ok(())
}

/// A run that is followed while it goes on, on its canvas, in its timeline and in its table.
fn live_runs() -> anyhow::Result<()> {
    for (tab, key) in [("canvas", Key::Num1), ("timeline", Key::Num2), ("tasks", Key::Num3)] {
        let mut stage = Stage::new(workflow::text(25));
        stage.open()?;
        stage.show_live_run()?;
        stage.press(Modifiers::ALT, key);
        let followed = stage.follow()?;
        let tell =
            |what: &str, value: f64| writeln!(std::io::stdout(), "live {tab} {what}\t{value:.3}");
        tell("core", followed.core)?;
        tell("longest frame", followed.longest_ms)?;
        tell("lag", followed.lag_ms)?;
    }
    Ok(())
}

/// All figures of a workflow of so many tasks.
fn figures(tasks: usize) -> anyhow::Result<()> {
    let tell = |what: &str, value: f64| writeln!(std::io::stdout(), "{tasks} {what}\t{value:.3}");
    let text = workflow::text(tasks);
    let mut stage = Stage::new(text);
    tell("open", stage.open()?)?;
    stage.press(NONE, Key::Num0);
    tell("pan at 100 %", stage.pan())?;
    tell("replay at 100 %", stage.replay())?;
    stage.press(NONE, Key::Num1);
    tell("pan with all in view", stage.pan())?;
    tell("replay with all in view", stage.replay())?;
    tell("idle frames in 10 s", stage.idle())?;
    stage.press(NONE, Key::Num0);
    // Selects the first task, which is moved a step and back.
    stage.press(Modifiers::ALT, Key::ArrowRight);
    tell("move a task", stage.press(NONE, Key::ArrowRight))?;
    tell("undo", stage.press(UNDO.0, UNDO.1))?;
    stage.press(NONE, Key::Escape);
    tell("tidy", stage.press(TIDY.0, TIDY.1))?;
    tell("undo of tidying", stage.press(UNDO.0, UNDO.1))?;
    Ok(())
}
