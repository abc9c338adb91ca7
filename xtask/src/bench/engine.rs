//! The engine against make, ninja and xargs, and the figures of single things.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::daemon::Daemon;
use super::measure::{Contender, median, ratio, rounds, time};
use super::shape::{Form, Shape, Work};
use super::single;
use super::{build, page};
use crate::process::{announce, output, print};
use crate::setup::{self, Group};
use crate::workspace::Workspace;

/// The same graph of no-op processes through `millrace run`, make, ninja and xargs (the floor: no graph, no history),
/// each with two at a time; then the figures of single things.
#[derive(Debug, clap::Parser)]
pub(crate) struct Arguments {
    /// Rounds of each comparison.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Leave out what takes long: 10,000 tasks, 1 GiB of output, 100,000 runs.
    #[arg(long)]
    quick: bool,
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
    /// Put the tables into docs/benchmarks.md, between its marks.
    #[arg(long)]
    write: bool,
}

/// The programs that are measured.
pub(super) struct Programs {
    pub(super) millrace: PathBuf,
    pub(super) throughput: PathBuf,
    pub(super) seed_history: PathBuf,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    setup::ensure(&[Group::Build, Group::Bench])?;
    let programs = programs(workspace, arguments.no_build)?;
    let folder = tempfile::tempdir().context("no folder for the graphs")?;
    let daemon = Daemon::start(&programs.millrace, &folder.path().join("home"))?;
    let mut report = machine();
    report.push_str(&compare(&daemon, folder.path(), arguments)?);
    report.push_str(&single::figures(&programs, daemon, folder.path(), arguments.quick)?);
    print(&report);
    if arguments.write {
        page::write(workspace, "engine", &report)?;
    }
    Ok(())
}

fn programs(workspace: &Workspace, are_built: bool) -> anyhow::Result<Programs> {
    if !are_built {
        build(workspace, &[("millrace-engine", "throughput"), ("millrace-store", "seed_history")])?;
    }
    let release = workspace.target().join("release");
    Ok(Programs {
        millrace: release.join("millrace"),
        throughput: release.join("examples/throughput"),
        seed_history: release.join("examples/seed_history"),
    })
}

fn compare(daemon: &Daemon, folder: &Path, arguments: &Arguments) -> anyhow::Result<String> {
    let mut table = String::from(
        "\n| graph | millrace, ms | µs a task | / xargs -P2 | / make -j2 | / ninja -j2 |\n\
         |---|---|---|---|---|---|\n",
    );
    let shape = |form, tasks, work| Shape { form, tasks, work };
    let mut shapes = vec![
        shape(Form::Fan, 1_000, Work::Silent),
        shape(Form::Fan, 1_000, Work::OneLine),
        shape(Form::Chain, 1_000, Work::Silent),
        shape(Form::Chain, 1_000, Work::Shell),
        shape(Form::Grid, 1_000, Work::Silent),
        shape(Form::Grid, 1_000, Work::OneLine),
    ];
    if !arguments.quick {
        shapes.push(shape(Form::Grid, 10_000, Work::Silent));
        shapes.push(shape(Form::Grid, 10_000, Work::OneLine));
    }
    for shape in shapes {
        announce(&shape.name());
        let few = if shape.tasks > 1_000 { arguments.rounds.min(3) } else { arguments.rounds };
        table.push_str(&row(daemon, folder, shape, few)?);
    }
    let peak = daemon.peak_mib()?;
    writeln!(table, "\nPeak memory of the one daemon that ran all of these: {peak:.1} MiB.")?;
    Ok(table)
}

fn row(daemon: &Daemon, folder: &Path, shape: Shape, count: usize) -> anyhow::Result<String> {
    let files = shape.write(folder)?;
    let names: String =
        (0..shape.tasks).fold(String::new(), |text, task| text + &format!("{task}\n"));
    let list = folder.join("names");
    fs::write(&list, names)?;
    let workflow = files.workflow.display().to_string();
    let mut contenders = vec![
        Contender {
            name: "millrace",
            run: Box::new(|| time(&mut daemon.millrace(&["run", "--color", "never", &workflow]))),
        },
        Contender {
            name: "make",
            run: Box::new(|| time(Command::new("make").arg("-sj2").arg("-f").arg(&files.makefile))),
        },
        Contender {
            name: "ninja",
            run: Box::new(|| {
                time(
                    Command::new("ninja")
                        .args(["--quiet", "-j2", "-f"])
                        .arg(&files.ninja)
                        .current_dir(folder),
                )
            }),
        },
    ];
    // xargs knows no order: it is the floor of what has none.
    if shape.form != Form::Chain {
        let line = format!("xargs -P2 -n1 {} < {}", shape.command(), list.display());
        contenders.push(Contender {
            name: "xargs",
            run: Box::new(move || time(Command::new("sh").args(["-c", &line]))),
        });
    }
    let times = rounds(&mut contenders, count)?;
    let own = median(&times[0]);
    let to = |contender: usize| match times.get(contender) {
        Some(times_of) => format!("{:.2}", ratio(&times[0], times_of)),
        None => "–".to_owned(),
    };
    let per_task = own * 1e6 / shape.tasks as f64;
    Ok(format!(
        "| {} | {:.0} | {per_task:.0} | {} | {} | {} |\n",
        shape.name(),
        own * 1e3,
        to(3),
        to(1),
        to(2),
    ))
}

/// What the figures were measured on, without naming the machine.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let version = |program: &str| {
        let text = output(Command::new(program).arg("--version")).unwrap_or_default();
        text.lines().next().unwrap_or("?").to_owned()
    };
    format!("{cores} cores; {}; ninja {}\n", version("make"), version("ninja"))
}
