//! What looking back costs: runs found among many, a log of any size read at any place, words found in many documents.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::daemon::Daemon;
use super::measure::median;
use super::{build, page};
use crate::display::poll;
use crate::process::{announce, output, print};
use crate::workspace::Workspace;

/// A line of the log: with its end 64 bytes.
const LINE: &str = "a line of a log that is longer than people read %015.0f";
const LINE_BYTES: u64 = 64;

/// A history of 100,000 runs, a log of 1 GiB and 2,000 documents, each asked what people ask who look back.
#[derive(Debug, clap::Parser)]
pub(crate) struct Arguments {
    /// 1,000 runs, a log of 64 MiB and 200 documents instead.
    #[arg(long)]
    quick: bool,
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
    /// Put the table into docs/benchmarks.md, between its marks.
    #[arg(long)]
    write: bool,
}

struct Programs {
    millrace: PathBuf,
    look: PathBuf,
    seed_history: PathBuf,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.no_build {
        build(workspace, &[("millrace-client", "look"), ("millrace-store", "seed_history")])?;
    }
    let release = workspace.target().join("release");
    let programs = Programs {
        millrace: release.join("millrace"),
        look: release.join("examples/look"),
        seed_history: release.join("examples/seed_history"),
    };
    let folder = tempfile::tempdir().context("no folder for the homes")?;
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let mut report = format!(
        "{cores} cores\n\n| question | median | longest | limit | |\n|---|---|---|---|---|\n"
    );
    let (runs, mib, documents) =
        if arguments.quick { (1_000, 64, 200) } else { (100_000, 1_024, 2_000) };
    announce("a long history");
    report.push_str(&history(&programs, &folder.path().join("history"), runs)?);
    announce("a large log");
    report.push_str(&log(&programs, &folder.path().join("log"), mib)?);
    announce("a large library");
    report.push_str(&library(&programs, &folder.path().join("library"), documents)?);
    print(&report);
    if arguments.write {
        page::write(workspace, "history", &report)?;
    }
    Ok(())
}

fn history(programs: &Programs, home: &Path, runs: u64) -> anyhow::Result<String> {
    fs::create_dir_all(home)?;
    let count = runs.to_string();
    let seed = ["--runs", &count, "--tasks", "10", "--home"];
    output(Command::new(&programs.seed_history).args(seed).arg(home))?;
    let daemon = Daemon::start(&programs.millrace, home)?;
    daemon.wait_for_rest()?;
    let seen = look(programs, home, &["history", "daily_sales"])?;
    ensure!(seen["runs"] == runs, "{} runs are known, of {runs}", seen["runs"]);
    let of = |key: &str| seen[key].as_u64().unwrap_or_default();
    let mut rows = row(
        &format!("{runs} runs: the first 200, and how many"),
        &seen["first rows"],
        Some(100.0),
    )?;
    rows.push_str(&row(
        "200 from any place of the list",
        &seen["rows from any place"],
        Some(100.0),
    )?);
    let word = format!("those with a word in them ({})", of("a word found"));
    rows.push_str(&row(&word, &seen["a word"], Some(200.0))?);
    let chips = format!("failed runs of a workflow in which a task failed ({})", of("chips found"));
    rows.push_str(&row(&chips, &seen["chips"], Some(200.0))?);
    let grid = format!("the grid of a workflow ({} runs)", of("grid runs"));
    rows.push_str(&row(&grid, &seen["grid"], None)?);
    let days = format!("its calendar of ten years ({} days with runs)", of("calendar days"));
    rows.push_str(&row(&days, &seen["calendar"], None)?);
    Ok(rows)
}

fn log(programs: &Programs, home: &Path, mib: u64) -> anyhow::Result<String> {
    let head = format!("[log]\nhead = {}\n", 2 * (mib << 20));
    let daemon = Daemon::start_with(&programs.millrace, home, &head)?;
    let lines = ((mib << 20) / LINE_BYTES).to_string();
    let task = json!({
        "name": "t", "kind": "command",
        "spec": { "argv": ["/usr/bin/seq", "-f", LINE, &lines] },
    });
    let path = home.join("much.json");
    fs::write(&path, json!({ "millrace": 1, "name": "much", "tasks": [task] }).to_string())?;
    let path = path.display().to_string();
    let run = output(&mut daemon.millrace(&["run", &path, "--detach"]))?.trim().to_owned();
    poll("the log to be whole", || {
        let shown = output(&mut daemon.millrace(&["show", &run, "--json"]))?;
        let shown: Value = serde_json::from_str(&shown)?;
        Ok(shown["run"]["ended"].is_number().then_some(()))
    })?;
    let seen = look(programs, home, &["log", &run, "t"])?;
    let of = |key: &str| seen[key].as_u64().unwrap_or_default();
    ensure!(of("bytes") == mib << 20, "the log has {} bytes", of("bytes"));
    let mut rows = row(
        &format!("a log of {mib} MiB: 128 KiB from any place"),
        &seen["any place"],
        Some(100.0),
    )?;
    rows.push_str(&row("128 KiB from any line on", &seen["any line"], Some(100.0))?);
    rows.push_str(&row("its last 200 lines", &seen["its end"], Some(100.0))?);
    rows.push_str(&row("all of it searched for words that it lacks", &seen["searched"], None)?);
    Ok(rows)
}

fn library(programs: &Programs, home: &Path, documents: usize) -> anyhow::Result<String> {
    let folder = home.join("workflows");
    fs::create_dir_all(&folder)?;
    for number in 0..documents {
        let name = format!("report_{number}");
        let script = format!(
            "set -e\ncurl --fail https://example.org/{number}.csv > rows.csv\nwc -l rows.csv\n"
        );
        let task = |name: &str, spec: Value| json!({ "name": name, "kind": "shell", "title": format!("Part {name} of {number}"), "spec": spec });
        let tasks: Vec<Value> = ["fetch", "clean", "load", "render", "publish"]
            .map(|name| task(name, json!({ "script": script })))
            .into();
        let text = json!({
            "millrace": 1, "name": name, "title": format!("Report {number}"),
            "description": "Fetches the rows of a day and makes a page of them.",
            "tasks": tasks,
        });
        fs::write(folder.join(format!("{name}.json")), text.to_string())?;
    }
    let daemon = Daemon::start(&programs.millrace, home)?;
    daemon.wait_for_rest()?;
    let everywhere = look(programs, home, &["workflows", "rows.csv"])?;
    let rare = look(programs, home, &["workflows", "example.org/77.csv"])?;
    ensure!(everywhere["found"] == documents, "found in {} documents", everywhere["found"]);
    ensure!(rare["found"] == 1, "the rare word is found {} times", rare["found"]);
    let mut rows = row(
        &format!("{documents} documents searched for what all have"),
        &everywhere["search"],
        Some(200.0),
    )?;
    rows.push_str(&row("for what one of them has", &rare["search"], Some(200.0))?);
    Ok(rows)
}

fn look(programs: &Programs, home: &Path, arguments: &[&str]) -> anyhow::Result<Value> {
    let mut command = Command::new(&programs.look);
    let text = output(command.args(arguments).env("MILLRACE_HOME", home))?;
    Ok(serde_json::from_str(&text)?)
}

/// The limit is one for the longest of all times.
fn row(words: &str, times_us: &Value, limit_ms: Option<f64>) -> anyhow::Result<String> {
    let times = times_us.as_array().with_context(|| format!("no times for: {words}"))?;
    let times: Vec<f64> = times.iter().filter_map(Value::as_f64).map(|us| us / 1e3).collect();
    let longest = times.iter().copied().fold(f64::NAN, f64::max);
    let mut row = String::new();
    write!(row, "| {words} | {:.1} ms | {longest:.1} ms | ", median(&times))?;
    match limit_ms {
        Some(limit) => {
            let verdict = if longest <= limit { "holds" } else { "**missed**" };
            writeln!(row, "{limit:.0} ms | {verdict} |")?;
        }
        None => writeln!(row, "– | |")?,
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_time_says_whether_a_limit_holds() {
        let times = json!([90_000, 101_000, 95_000]);
        assert_eq!(
            row("a", &times, Some(100.0)).unwrap(),
            "| a | 95.0 ms | 101.0 ms | 100 ms | **missed** |\n"
        );
        assert_eq!(row("b", &json!([1_500]), None).unwrap(), "| b | 1.5 ms | 1.5 ms | – | |\n");
        assert!(row("c", &Value::Null, None).is_err());
    }
}
