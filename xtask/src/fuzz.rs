//! `cargo xtask fuzz`: what strangers can send, changed for as long as you like, with cargo-fuzz.
//!
//! The targets are in `tests/fuzz`, and so is what is found: an input that fails is kept there and played by the ordinary
//! tests from then on. What is only interesting stays in the target folder.

mod campaign;
mod outcome;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Parser;

use crate::cargo::{cargo, ensure_ui_folder};
use crate::process::{announce, find_program, output, print, run as run_command};
use crate::workspace::Workspace;
use campaign::Campaign;
use outcome::Outcome;

/// Where targets, seeds and findings are, from the top of the checkout.
pub(crate) const FOLDER: &str = "tests/fuzz";

/// Changes what strangers can send, at random and guided by what the code does with it, and looks whether all promises hold.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// Which: all of them where none is named.
    targets: Vec<String>,
    /// For so long each.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// So many at a time.
    #[arg(long, default_value_t = 1)]
    at_once: usize,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    if !(arguments.minutes > 0.0 && arguments.minutes < 100_000.0) {
        bail!("--minutes is a time: more than 0");
    }
    if find_program("cargo-fuzz").is_none() {
        bail!("cargo-fuzz is not installed: `cargo install cargo-fuzz --locked`");
    }
    let known = targets(workspace)?;
    if let Some(unknown) = arguments.targets.iter().find(|name| !known.contains(name)) {
        bail!("there is no target {unknown}; there are {}", known.join(", "));
    }
    let chosen = if arguments.targets.is_empty() { known } else { arguments.targets.clone() };
    let programs = build(workspace, &chosen)?;
    let campaign = Campaign {
        root: workspace.root().to_owned(),
        corpus: workspace.target().join("fuzz/corpus"),
        programs,
        lasts: Duration::from_secs_f64(arguments.minutes * 60.0),
    };
    announce(&format!("fuzzing {} targets, {} min each", chosen.len(), arguments.minutes));
    let outcomes = play_all(&campaign, chosen, arguments.at_once);
    report(&outcomes)
}

/// Their names, in order: those of the files that drive them.
fn targets(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let folder = workspace.root().join(FOLDER).join("driver/fuzz_targets");
    let entries =
        folder.read_dir().with_context(|| format!("could not read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Builds the programs; gives their folder. A folder of its own for what is compiled with counters.
fn build(workspace: &Workspace, chosen: &[String]) -> anyhow::Result<PathBuf> {
    announce("building the targets");
    ensure_ui_folder(workspace)?;
    let driver = workspace.root().join(FOLDER).join("driver");
    // The same versions of everything as the product.
    let (from, to) = (workspace.root().join("Cargo.lock"), driver.join("Cargo.lock"));
    std::fs::copy(&from, &to).with_context(|| format!("could not write {}", to.display()))?;
    let built = workspace.target().join("fuzz");
    // All of it is safe code but for a few calls of the system, and without a sanitizer it plays twice as many inputs.
    let build = ["fuzz", "build", "--sanitizer", "none", "--fuzz-dir", "."];
    let one = (chosen.len() == 1).then(|| chosen[0].as_str());
    run_command(
        cargo(workspace).current_dir(&driver).env("CARGO_TARGET_DIR", &built).args(build).args(one),
    )?;
    let about = output(Command::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(built.join(host.context("rustc does not say its host")?).join("release"))
}

/// Plays each, `at_once` of them at a time; in the order of the names.
fn play_all(campaign: &Campaign, chosen: Vec<String>, at_once: usize) -> Vec<Outcome> {
    let queue = Mutex::new(VecDeque::from(chosen));
    let outcomes = Mutex::new(Vec::new());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    std::thread::scope(|scope| {
        for _ in 0..at_once.max(1) {
            scope.spawn(|| {
                while let Some(name) = next() {
                    let outcome = campaign.play(&name);
                    announce(&outcome.to_string());
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by(|a, b| a.target.cmp(&b.target));
    outcomes
}

fn report(outcomes: &[Outcome]) -> anyhow::Result<()> {
    for outcome in outcomes {
        print(&outcome.to_string());
    }
    let found: Vec<&Path> =
        outcomes.iter().flat_map(|outcome| &outcome.findings).map(PathBuf::as_path).collect();
    let failed = outcomes.iter().filter(|outcome| !outcome.is_good()).count();
    if failed == 0 {
        return Ok(());
    }
    for path in &found {
        print(&format!("found: {}", path.display()));
    }
    bail!(
        "{failed} of {} targets failed; their last lines are above, and `cargo test -p millrace-fuzz` plays what was found",
        outcomes.len()
    )
}
