//! The figures of single things: one run, one list, much output, memory, idling, the core by itself.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::daemon::Daemon;
use super::engine::Programs;
use super::measure::{median, time};
use super::shape::{Form, Shape, Work};
use crate::process::{announce, output};

/// How often a short command is timed.
const SHORT: usize = 20;
/// How long an idle daemon is watched.
const IDLE: Duration = Duration::from_secs(10);

pub(super) fn figures(
    programs: &Programs,
    daemon: Daemon,
    folder: &Path,
    quick: bool,
) -> anyhow::Result<String> {
    let mut table = String::from("\n| figure | measured |\n|---|---|\n");
    announce("the core by itself");
    for line in output(&mut Command::new(&programs.throughput))?.lines() {
        writeln!(table, "| core | {} |", line.trim())?;
    }
    announce("one no-op task");
    let one = one_task(&daemon, folder)?;
    writeln!(table, "| `millrace run` of one no-op process, daemon up | {one:.1} ms |")?;
    if !quick {
        announce("1 GiB of output");
        writeln!(table, "| one task printing 1 GiB | {} |", much_output(&daemon, folder)?)?;
    }
    drop(daemon);
    if !quick {
        announce("a large run");
        writeln!(table, "| one grid of 10000, one line | {} |", large_run(programs, folder)?)?;
    }
    announce("an idle daemon");
    writeln!(table, "| idle daemon | {} |", idle(programs, folder)?)?;
    let runs = if quick { 1_000 } else { 100_000 };
    announce("a long history");
    let list = long_history(programs, folder, runs)?;
    writeln!(table, "| `millrace runs` with {runs} runs × 10 tasks stored | {list:.1} ms |")?;
    Ok(table)
}

fn one_task(daemon: &Daemon, folder: &Path) -> anyhow::Result<f64> {
    let path = folder.join("one.json");
    let task = json!({ "name": "t", "kind": "command", "spec": { "argv": ["/bin/true"] } });
    fs::write(&path, json!({ "millrace": 1, "name": "one", "tasks": [task] }).to_string())?;
    let path = path.display().to_string();
    short(|| daemon.millrace(&["run", &path]))
}

fn much_output(daemon: &Daemon, folder: &Path) -> anyhow::Result<String> {
    let path = folder.join("much.json");
    let argv = ["/bin/dd", "if=/dev/zero", "bs=1M", "count=1024", "status=none"];
    let task = json!({ "name": "t", "kind": "command", "spec": { "argv": argv } });
    fs::write(&path, json!({ "millrace": 1, "name": "much", "tasks": [task] }).to_string())?;
    let path = path.display().to_string();
    let before = daemon.memory_mib()?;
    let started = std::time::Instant::now();
    let keeper = keeper_peak_during(daemon, &path)?;
    let took = started.elapsed().as_secs_f64();
    let grown = daemon.memory_mib()? - before;
    Ok(format!(
        "{:.0} MB/s; keeper at most {keeper:.1} MiB, daemon {grown:+.1} MiB",
        1024.0 * 1.048_576 / took
    ))
}

/// What the largest graph of the bench takes, in a daemon that has done nothing before.
fn large_run(programs: &Programs, folder: &Path) -> anyhow::Result<String> {
    let shape = Shape { form: Form::Grid, tasks: 10_000, work: Work::OneLine };
    let path = shape.write(folder)?.workflow.display().to_string();
    let daemon = Daemon::start(&programs.millrace, &folder.join("large"))?;
    let keeper = keeper_peak_during(&daemon, &path)?;
    let peak = daemon.peak_mib()?;
    Ok(format!("daemon at most {peak:.1} MiB, keeper at most {keeper:.1} MiB"))
}

/// Runs a workflow and gives the most memory that its keeper was seen with, in MiB.
fn keeper_peak_during(daemon: &Daemon, workflow: &str) -> anyhow::Result<f64> {
    let mut run = daemon.millrace(&["run", "--color", "never", workflow]);
    let mut child = run.stdout(std::process::Stdio::null()).spawn()?;
    let mut keeper = 0.0_f64;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        keeper = keeper.max(daemon.keepers_peak_mib());
        // Only how often memory is looked at.
        std::thread::sleep(Duration::from_millis(5));
    };
    anyhow::ensure!(status.success(), "the run of {workflow} failed: {status}");
    Ok(keeper)
}

fn idle(programs: &Programs, folder: &Path) -> anyhow::Result<String> {
    let daemon = Daemon::start(&programs.millrace, &folder.join("idle"))?;
    let share = daemon.load_during(IDLE)?;
    Ok(format!("{:.1} MiB, {share:.2} % of a core", daemon.memory_mib()?))
}

fn long_history(programs: &Programs, folder: &Path, runs: u64) -> anyhow::Result<f64> {
    let home = folder.join("history");
    fs::create_dir_all(&home)?;
    let count = runs.to_string();
    let seed = ["--runs", &count, "--tasks", "10", "--home"];
    output(Command::new(&programs.seed_history).args(seed).arg(&home))?;
    let daemon = Daemon::start(&programs.millrace, &home)?;
    short(|| daemon.millrace(&["runs"]))
}

/// The median time of a short command, in milliseconds, after one to warm up.
fn short(command: impl Fn() -> Command) -> anyhow::Result<f64> {
    let mut times = Vec::new();
    for round in 0..=SHORT {
        let took = time(&mut command())?;
        if round > 0 {
            times.push(took.as_secs_f64() * 1e3);
        }
    }
    Ok(median(&times))
}
