//! Schedules: what a thousand of them cost while they wait, how late their runs start when all are due at one instant, and
//! what those who follow a large run cost it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::daemon::Daemon;
use super::measure::{median, ratio};
use super::{build, page};
use crate::display::poll;
use crate::process::{announce, output, print};
use crate::workspace::Workspace;

/// So many schedules wait, and are due at one instant.
const SCHEDULES: usize = 1_000;
/// So many clients follow the large run.
const FOLLOWERS: usize = 5;
/// From writing the documents to the instant at which all of them are due.
const AHEAD: Duration = Duration::from_secs(25);

/// A thousand schedules: idle, and due at one instant; and a large run that clients follow.
#[derive(Debug, clap::Parser)]
pub(crate) struct Arguments {
    /// Watch the idle daemon for ten seconds instead of sixty, and follow 1,000 tasks instead of 10,000.
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
    load: PathBuf,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.no_build {
        build(workspace, &[("millrace-client", "load")])?;
    }
    let release = workspace.target().join("release");
    let programs =
        Programs { millrace: release.join("millrace"), load: release.join("examples/load") };
    let folder = tempfile::tempdir().context("no folder for the homes")?;
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let mut report = format!("{cores} cores\n\n| figure | measured |\n|---|---|\n");
    announce("an idle daemon with schedules");
    report.push_str(&idle(&programs, &folder.path().join("idle"), arguments.quick)?);
    announce("all schedules at one instant");
    report.push_str(&at_once(&programs, folder.path())?);
    announce("followers of a large run");
    report.push_str(&followers(&programs, folder.path(), arguments.quick)?);
    print(&report);
    if arguments.write {
        page::write(workspace, "schedules", &report)?;
    }
    Ok(())
}

fn idle(programs: &Programs, home: &Path, quick: bool) -> anyhow::Result<String> {
    let library = documents(&home.join("workflows"), Some(&json!({ "cron": "0 4 1 1 *" })))?;
    let daemon = Daemon::start(&programs.millrace, home)?;
    wait_for_schedules(&daemon, &library)?;
    daemon.wait_for_rest()?;
    let time = Duration::from_secs(if quick { 10 } else { 60 });
    let share = daemon.load_during(time)?;
    let memory = daemon.memory_mib()?;
    Ok(format!(
        "| idle daemon with {SCHEDULES} schedules | {memory:.1} MiB, {share:.2} % of a core |\n"
    ))
}

/// The same number of runs started by clients at one moment says what the machine can do.
fn at_once(programs: &Programs, folder: &Path) -> anyhow::Result<String> {
    let home = folder.join("at_once");
    let by_hand = documents(&folder.join("by_hand"), None)?;
    let daemon = Daemon::start(&programs.millrace, &home)?;
    let base = lags(&load(programs, &home, &["burst", &by_hand.display().to_string()])?);
    let since = SystemTime::now().duration_since(UNIX_EPOCH)? + AHEAD;
    let seconds = since.as_secs();
    let instant = format!("@{seconds}");
    let instant = output(Command::new("date").args(["-u", "-d", &instant, "+%Y-%m-%dT%H:%M:%SZ"]))?;
    let library = documents(&home.join("workflows"), Some(&json!({ "at": instant.trim() })))?;
    wait_for_schedules(&daemon, &library)?;
    let micros = format!("{}", seconds * 1_000_000);
    let fired = load(programs, &home, &["fired", &micros, &SCHEDULES.to_string()])?;
    let fired = lags(&fired);
    ensure!(fired.len() == SCHEDULES, "{} runs for {SCHEDULES} ticks", fired.len());
    let mut table = String::new();
    for (name, lags) in
        [("started by clients at one moment", &base), ("due at one instant", &fired)]
    {
        let [half, most, all] = [50, 99, 100].map(|share| percentile(lags, share));
        writeln!(
            table,
            "| {SCHEDULES} runs {name}: start after, median / p99 / last | {half:.0} / {most:.0} / {all:.0} ms |"
        )?;
    }
    let beyond = percentile(&fired, 99) - percentile(&base, 99);
    writeln!(
        table,
        "| p99 of that beyond what the machine's capacity explains | {beyond:+.0} ms |"
    )?;
    Ok(table)
}

fn followers(programs: &Programs, folder: &Path, quick: bool) -> anyhow::Result<String> {
    let home = folder.join("followed");
    let daemon = Daemon::start(&programs.millrace, &home)?;
    let tasks = if quick { 1_000 } else { 10_000 };
    let task = |number| json!({ "name": format!("t{number}"), "kind": "command", "spec": { "argv": ["/bin/sleep", "0.01"] } });
    let document = json!({ "millrace": 1, "name": "large", "tasks": (0..tasks).map(task).collect::<Vec<_>>() });
    let path = folder.join("large.json");
    fs::write(&path, document.to_string())?;
    let path = path.display().to_string();
    let (mut alone, mut followed, mut delays) = (Vec::new(), Vec::new(), Vec::new());
    let mut events = 0;
    for round in 0..4 {
        let run = output(&mut daemon.millrace(&["run", &path, "--detach"]))?.trim().to_owned();
        if round % 2 == 1 {
            let figures = load(programs, &home, &["follow", &run, &FOLLOWERS.to_string()])?;
            let counts: Vec<u64> = numbers(&figures["events"]).map(|it| it as u64).collect();
            events = counts[0];
            ensure!(counts == [events; FOLLOWERS], "followers saw {counts:?} events");
            delays.extend(numbers(&figures["delays"]).map(|it| it / 1e3));
        }
        let took = duration(&daemon, &run)?;
        if round % 2 == 1 { followed.push(took) } else { alone.push(took) }
    }
    delays.sort_by(f64::total_cmp);
    let slower = 100.0 * (ratio(&followed, &alone) - 1.0);
    let (before, after) = (median(&alone), median(&followed));
    let (half, most) = (percentile(&delays, 50), percentile(&delays, 99));
    Ok(format!(
        "| a run of {tasks} tasks of 10 ms, nobody follows / {FOLLOWERS} clients follow | {before:.1} / {after:.1} s ({slower:+.1} %) |\n\
         | what they saw of it | each all {events} events; from the event to the client, its commit included: median {half:.1} ms, p99 {most:.1} ms |\n"
    ))
}

/// A folder of documents that each do nothing, with this schedule.
fn documents(folder: &Path, schedule: Option<&Value>) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for number in 0..SCHEDULES {
        let name = format!("nothing_{number}");
        let mut document =
            json!({ "millrace": 1, "name": name, "tasks": [{ "name": "t", "kind": "noop" }] });
        if let Some(schedule) = schedule {
            let mut schedule = schedule.clone();
            schedule["name"] = "clock".into();
            document["schedules"] = json!([schedule]);
        }
        fs::write(folder.join(format!("{name}.json")), document.to_string())?;
    }
    Ok(folder.to_owned())
}

/// Trusts the folder, and waits until the daemon knows when all of its schedules fire.
fn wait_for_schedules(daemon: &Daemon, library: &Path) -> anyhow::Result<()> {
    let library = library.display().to_string();
    output(&mut daemon.millrace(&["trust", &library]))?;
    poll("the schedules to be known", || {
        let listed = output(&mut daemon.millrace(&["schedule", "list", "--json"]))?;
        let listed: Value = serde_json::from_str(&listed)?;
        let rows = listed["schedules"].as_array().context("no list of schedules")?;
        let coming = rows.iter().filter(|row| row["next"].is_number()).count();
        Ok((coming == SCHEDULES).then_some(()))
    })
}

fn load(programs: &Programs, home: &Path, arguments: &[&str]) -> anyhow::Result<Value> {
    let mut command = Command::new(&programs.load);
    let text = output(command.args(arguments).env("MILLRACE_HOME", home))?;
    Ok(serde_json::from_str(&text)?)
}

/// In milliseconds, sorted.
fn lags(figures: &Value) -> Vec<f64> {
    let mut lags: Vec<f64> = numbers(&figures["lags"]).map(|it| it / 1e3).collect();
    lags.sort_by(f64::total_cmp);
    lags
}

fn numbers(list: &Value) -> impl Iterator<Item = f64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_f64)
}

/// How long a run took from its start, in seconds; waits for its end.
fn duration(daemon: &Daemon, run: &str) -> anyhow::Result<f64> {
    loop {
        let shown = output(&mut daemon.millrace(&["show", run, "--json"]))?;
        let shown: Value = serde_json::from_str(&shown)?;
        let at = |key: &str| shown["run"][key].as_f64();
        if let (Some(started), Some(ended)) = (at("started"), at("ended")) {
            return Ok((ended - started) / 1e6);
        }
        // Seldom: each look costs the run something.
        std::thread::sleep(Duration::from_secs(2));
    }
}

/// Of sorted values.
fn percentile(sorted: &[f64], share: usize) -> f64 {
    let rank = (sorted.len() * share).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        let of = |share| percentile(&values, share) as u32;
        assert_eq!((of(50), of(99), of(100)), (100, 198, 200));
        assert!(percentile(&[], 99).is_nan());
    }
}
