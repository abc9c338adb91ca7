//! What comes with values: a mapped task of many items, against as many tasks that are written down.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::daemon::Daemon;
use super::measure::{Contender, median, ratio, rounds, time};
use super::page;
use crate::cargo::cargo;
use crate::process::{announce, print, run as run_command};
use crate::workspace::Workspace;

/// As many items as a task can have.
const ITEMS: usize = 10_000;

/// A task mapped over 10,000 items against 10,000 tasks, both of which do nothing.
#[derive(Debug, clap::Parser)]
pub(crate) struct Arguments {
    /// Rounds of the comparison.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// 1,000 items instead of 10,000.
    #[arg(long)]
    quick: bool,
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
    /// Put the table into docs/benchmarks.md, between its marks.
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.no_build {
        announce("building the release programs");
        let packages = ["-p", "millrace", "-p", "millrace-keeper", "-p", "millrace-task"];
        run_command(cargo(workspace).args(["build", "--release"]).args(packages))?;
    }
    let folder = tempfile::tempdir().context("no folder for the home")?;
    let program = workspace.target().join("release/millrace");
    let daemon = Daemon::start(&program, &folder.path().join("home"))?;
    let items = if arguments.quick { ITEMS / 10 } else { ITEMS };
    announce("items and tasks");
    let report = format!(
        "| figure | measured |\n|---|---|\n{}",
        mapped(&daemon, folder.path(), items, arguments.rounds)?
    );
    print(&report);
    if arguments.write {
        page::write(workspace, "values", &report)?;
    }
    Ok(())
}

fn mapped(daemon: &Daemon, folder: &Path, items: usize, count: usize) -> anyhow::Result<String> {
    let task = |name: String| json!({ "name": name, "kind": "noop" });
    let plain: Vec<Value> = (0..items).map(|at| task(format!("t{at}"))).collect();
    let mut each = task("each".to_owned());
    each["for_each"] = json!({ "items": format!("range({items})") });
    let write = |name: &str, tasks: Vec<Value>| -> anyhow::Result<String> {
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, json!({ "millrace": 1, "name": name, "tasks": tasks }).to_string())?;
        Ok(path.display().to_string())
    };
    let (plain, mapped) = (write("plain", plain)?, write("mapped", vec![each])?);
    let contender = |name, file: String| Contender {
        name,
        run: Box::new(move || time(&mut daemon.millrace(&["run", "--color", "never", &file]))),
    };
    let times = rounds(&mut [contender("mapped", mapped), contender("plain", plain)], count)?;
    let [mapped, plain] = times.as_slice() else { anyhow::bail!("two contenders were timed") };
    let mut text = String::new();
    writeln!(
        text,
        "| a task of {items} items that do nothing, against {items} tasks | {:.0} / {:.0} ms, {:.2} |",
        median(mapped) * 1e3,
        median(plain) * 1e3,
        ratio(mapped, plain)
    )?;
    Ok(text)
}
