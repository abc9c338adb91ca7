//! The window's ui: what a frame costs in a large workflow, and how large the page is.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::page;
use crate::cargo::cargo;
use crate::process::{announce, output, print, run as run_command};
use crate::workspace::Workspace;

/// Frames of the ui over workflows of 1,000 and of 5,000 tasks, natively and with tessellation but without a graphics card;
/// then the size of its wasm.
#[derive(Debug, clap::Parser)]
pub(crate) struct Arguments {
    /// Leave out the size of the wasm, which takes long to build.
    #[arg(long)]
    quick: bool,
    /// Use the program that was built last instead of building first.
    #[arg(long)]
    no_build: bool,
    /// Put the table into docs/benchmarks.md, between its marks.
    #[arg(long)]
    write: bool,
}

/// A figure that is measured: its name in the program's answer, what it is in words, its limit.
struct Figure {
    name: &'static str,
    words: &'static str,
    unit: &'static str,
    limit: Option<f64>,
}

const fn figure(name: &'static str, words: &'static str, limit: Option<f64>) -> Figure {
    Figure { name, words, unit: "ms", limit }
}

const fn share(name: &'static str, words: &'static str) -> Figure {
    Figure { name, words, unit: "% of a core", limit: Some(50.0) }
}

const FIGURES: &[Figure] = &[
    figure("1000 pan at 100 %", "1,000 tasks, a frame of a drag of the canvas at 100 %", Some(4.0)),
    figure("1000 pan with all in view", "the same with all in view", Some(8.0)),
    figure("1000 replay at 100 %", "1,000 tasks, a frame in which nothing changes, at 100 %", None),
    figure("1000 open", "1,000 tasks, from the arrival of the document to its last frame", None),
    figure("1000 tidy", "1,000 tasks, tidied and drawn", Some(200.0)),
    figure("5000 pan at 100 %", "5,000 tasks, a frame of a drag of the canvas at 100 %", Some(4.0)),
    figure("5000 pan with all in view", "the same with all in view", Some(6.0)),
    figure("5000 replay at 100 %", "5,000 tasks, a frame in which nothing changes, at 100 %", None),
    figure(
        "5000 open",
        "5,000 tasks, from the arrival of the document to its last frame",
        Some(500.0),
    ),
    figure("5000 move a task", "5,000 tasks, one moved by a key and drawn", None),
    figure("5000 undo", "5,000 tasks, that taken back and drawn", Some(16.0)),
    figure("5000 tidy", "5,000 tasks, tidied and drawn", None),
    figure("5000 undo of tidying", "5,000 tasks, that taken back and drawn", Some(16.0)),
    figure(
        "history first rows",
        "100,000 runs, from the click on Runs to its last frame",
        Some(100.0),
    ),
    figure("history scrolled", "100,000 runs scrolled through: a frame", Some(8.0)),
    figure("history longest frame", "the longest of these", None),
    figure("history filtered", "100,000 runs, a word typed into the field and drawn", Some(200.0)),
    figure(
        "library table first rows",
        "5,000 workflows in 50 folders, from the click on Workflows to its last frame",
        Some(100.0),
    ),
    figure("library table scrolled", "the same, a frame of scrolling", Some(8.0)),
    figure("library table again", "the same, a frame in which nothing changes", None),
    figure("library cards first rows", "the same as cards, to its last frame", Some(250.0)),
    figure("library cards scrolled", "the same, a frame of scrolling", Some(8.0)),
    figure("library cards again", "the same, a frame in which nothing changes", None),
    figure(
        "storm in editor",
        "1,000 runs that come and go within a second: the longest frame, in the editor",
        Some(16.0),
    ),
    figure("storm in runs", "the same with the list of runs and the queue in view", Some(16.0)),
    figure(
        "run timeline scrolled",
        "the timeline of 10,000 task runs, a frame of scrolling",
        Some(8.0),
    ),
    figure("run timeline zoomed", "the same, a frame of zooming", Some(8.0)),
    figure("run timeline again", "the same, a frame in which nothing changes", None),
    figure("run tasks scrolled", "the table of 10,000 task runs, a frame of scrolling", Some(8.0)),
    figure("run events scrolled", "the events of that run, a frame of scrolling", Some(8.0)),
    figure(
        "run grid scrolled",
        "500 runs of 200 tasks beside each other, a frame of scrolling",
        Some(8.0),
    ),
    figure("run grid again", "the same, a frame in which nothing changes", None),
    figure(
        "run calendar scrolled",
        "the calendar of ten years with runs on every day, a frame of scrolling",
        Some(8.0),
    ),
    figure("run calendar again", "the same, a frame in which nothing changes", None),
    figure(
        "run durations zoomed",
        "what 500 runs took, a frame in which they are brought closer",
        Some(8.0),
    ),
    figure("run durations again", "the same, a frame in which nothing changes", None),
    figure(
        "run durations by task zoomed",
        "what the tasks of 500 runs took, a frame in which they are brought closer",
        Some(8.0),
    ),
    figure("run durations by task again", "the same, a frame in which nothing changes", None),
    figure(
        "compared runs opened",
        "two runs of 5,000 tasks that differ in most, compared and drawn",
        Some(500.0),
    ),
    figure("compared runs scrolled", "the same, a frame of scrolling", Some(8.0)),
    figure("compared runs again", "the same, a frame in which nothing changes", None),
    figure(
        "compared versions opened",
        "what these ran, 550 of 5,050 tasks changed or new: compared and drawn",
        Some(500.0),
    ),
    figure("compared versions zoomed", "the same, a frame of zooming", Some(8.0)),
    figure("compared versions again", "the same, a frame in which nothing changes", None),
    share("live canvas core", "a run of 10,000 tasks that goes on at 500 a second, on its canvas"),
    figure("live canvas longest frame", "the same, the longest frame", None),
    figure("live canvas lag", "the same, at most from an event to the screen", Some(200.0)),
    share("live timeline core", "the same in its timeline"),
    figure("live timeline longest frame", "the same, the longest frame", None),
    figure("live timeline lag", "the same, at most from an event to the screen", Some(200.0)),
    share("live tasks core", "the same in its table of tasks"),
    figure("live tasks longest frame", "the same, the longest frame", None),
    figure("live tasks lag", "the same, at most from an event to the screen", Some(200.0)),
    Figure {
        name: "5000 idle frames in 10 s",
        words: "5,000 tasks, frames in 10 s in which nothing happens",
        unit: "",
        limit: Some(0.0),
    },
];

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.no_build {
        announce("building the release program");
        run_command(cargo(workspace).args(["build", "--release", "-p", "xtask-frames"]))?;
    }
    announce("making frames");
    let program = workspace.target().join("release/xtask-frames");
    let measured = output(&mut Command::new(&program))?;
    let mut report = table(&measured)?;
    if !arguments.quick {
        let module = crate::ui::build(workspace, true)?;
        report.push_str(&sizes(&module)?);
    }
    print(&report);
    if arguments.write {
        page::write(workspace, "ui", &report)?;
    }
    Ok(())
}

fn table(measured: &str) -> anyhow::Result<String> {
    let mut table = String::from("| figure | measured | limit | |\n|---|---|---|---|\n");
    for figure in FIGURES {
        let value = measured
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .find(|(name, _)| *name == figure.name)
            .with_context(|| format!("the program did not measure {}", figure.name))?;
        let value: f64 = value.1.parse().with_context(|| format!("{} is no number", value.1))?;
        table.push_str(&row(figure.words, value, figure.unit, figure.limit)?);
    }
    Ok(table)
}

fn row(words: &str, value: f64, unit: &str, limit: Option<f64>) -> anyhow::Result<String> {
    let mut row = String::new();
    let digits = usize::from(value < 100.0 && !unit.is_empty());
    write!(row, "| {words} | {value:.digits$} {unit} | ")?;
    match limit {
        Some(limit) => {
            let verdict = if value <= limit { "holds" } else { "**missed**" };
            writeln!(row, "{limit:.0} {unit} | {verdict} |")?;
        }
        None => writeln!(row, "– | |")?,
    }
    Ok(row)
}

/// The size of the page's module, as it is and as a browser would load it.
fn sizes(module: &Path) -> anyhow::Result<String> {
    let mib = |bytes: usize| bytes as f64 / (1024.0 * 1024.0);
    let raw = std::fs::read(module).with_context(|| module.display().to_string())?.len();
    let zipped = Command::new("gzip").arg("-9c").arg(module).stderr(Stdio::inherit()).output();
    let zipped = zipped.context("gzip could not be started")?.stdout.len();
    let mut rows = row("the ui's wasm", mib(raw), "MiB", Some(12.0))?;
    rows.push_str(&row("the same through gzip", mib(zipped), "MiB", Some(4.0))?);
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_whether_its_limit_holds() {
        assert_eq!(row("a", 3.94, "ms", Some(4.0)).unwrap(), "| a | 3.9 ms | 4 ms | holds |\n");
        assert_eq!(
            row("b", 431.2, "ms", Some(200.0)).unwrap(),
            "| b | 431 ms | 200 ms | **missed** |\n"
        );
        assert_eq!(row("c", 5.0, "", None).unwrap(), "| c | 5  | – | |\n");
    }

    #[test]
    fn a_figure_that_was_not_measured_is_an_error() {
        let error = table("1000 open\t3.0").unwrap_err().to_string();
        assert!(error.contains("1000 pan at 100 %"), "{error}");
    }
}
