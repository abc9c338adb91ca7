//! One round: a run goes on, somebody behaves badly, others ask meanwhile.

use std::fmt;
use std::fs;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::clients::{Manner, behave};
use super::keepers::{False, Speech};
use crate::faults::campaign::Round;
use crate::faults::check;
use crate::faults::dice::Dice;
use crate::faults::kills::round::end_of;
use crate::faults::processes;
use crate::faults::site::Site;

/// Whoever behaves well gets an answer within this, or is told why not.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// The same where nobody can answer: then it is said.
const REFUSAL_LIMIT: Duration = Duration::from_secs(40);
/// By then a run has begun, or ended.
const RUN_LIMIT: Duration = Duration::from_secs(40);
/// A keeper that is none is asked, told to leave and waited for, before tasks that have not begun are given up: 42 seconds.
const FALSE_KEEPER_LIMIT: Duration = Duration::from_secs(75);
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// How many behave badly at once.
const CROWD: u64 = 120;
/// Tasks of the run that wait at the gate; after each comes another one.
const TASKS: u32 = 8;

/// Who behaves badly, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Clients(Manner),
    FalseKeeper(Speech),
    /// The keeper is stopped and continued.
    KeeperStopped,
    /// The daemon is.
    DaemonStopped,
    /// The daemon has hardly any file descriptors, and many connect.
    DaemonShort,
    /// The keeper has hardly any, and tasks are to be started.
    KeeperShort,
}

/// How a round went.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) connections: u32,
    pub(super) answers: u32,
    pub(super) refusals: u32,
    pub(super) slowest: Duration,
    pub(super) violations: Vec<String>,
}

impl Trouble {
    const ALL: [Self; 15] = [
        // Those that take seconds, not half a minute, come first.
        Self::Clients(Manner::Half),
        Self::KeeperStopped,
        Self::DaemonStopped,
        Self::KeeperShort,
        Self::FalseKeeper(Speech::Nothing),
        Self::DaemonShort,
        Self::Clients(Manner::Trickle),
        Self::Clients(Manner::Deaf),
        Self::Clients(Manner::DeafSubscriber),
        Self::Clients(Manner::Dying),
        Self::Clients(Manner::Noise),
        Self::Clients(Manner::Endless),
        Self::FalseKeeper(Speech::Noise),
        Self::FalseKeeper(Speech::Endless),
        Self::FalseKeeper(Speech::Gone),
    ];

    /// In turn, so that a short series has many of them.
    pub(super) fn of(round: Round) -> Self {
        let at = usize::try_from(round.number % Self::ALL.len() as u64).unwrap_or(0);
        Self::ALL.get(at).copied().unwrap_or(Self::KeeperStopped)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clients(manner) => write!(f, "clients: {manner:?}"),
            Self::FalseKeeper(speech) => write!(f, "false keeper: {speech:?}"),
            Self::KeeperStopped => f.write_str("keeper stopped"),
            Self::DaemonStopped => f.write_str("daemon stopped"),
            Self::DaemonShort => f.write_str("daemon short of files"),
            Self::KeeperShort => f.write_str("keeper short of files"),
        }
    }
}

/// Plays a round.
///
/// # Errors
/// Where the round cannot be judged.
pub(super) fn play(site: &Site, round: Round, trouble: Trouble) -> anyhow::Result<Outcome> {
    let mut dice = round.dice();
    let mut outcome = Outcome::default();
    let run = start(site, round)?;
    let keeper = keeper_of(&run)?;
    let daemon = site.daemon().context("there is no daemon")?;
    match trouble {
        Trouble::Clients(manner) => crowd(site, manner, &mut dice, &mut outcome)?,
        Trouble::KeeperStopped => {
            signal(keeper, Signal::STOP)?;
            ask_around(site, &mut outcome);
            let next = site.file("next.json").display().to_string();
            outcome.ask(site, &["run", &next]);
            thread::sleep(dice.shorter_than_ms(500));
            signal(keeper, Signal::CONT)?;
        }
        Trouble::DaemonStopped => {
            signal(daemon, Signal::STOP)?;
            outcome.be_refused(site, &["runs"]);
            signal(daemon, Signal::CONT)?;
        }
        Trouble::DaemonShort => short_of_files(site, daemon, &mut outcome)?,
        Trouble::KeeperShort => {
            let open = fs::read_dir(format!("/proc/{keeper}/fd"))?.count();
            limit_files(keeper, &format!("{}:", open + 3))?;
            release(site, round)?;
            ask_around(site, &mut outcome);
            limit_files(keeper, &format!("{}:", 4_096))?;
        }
        Trouble::FalseKeeper(speech) => {
            processes::kill(daemon)?;
            processes::kill(keeper)?;
            let folder = site.home().join("runs").join(&run);
            let deadline = Instant::now() + RUN_LIMIT;
            let false_keeper = loop {
                match False::start(&folder, speech) {
                    Ok(keeper) => break keeper,
                    Err(_) if Instant::now() < deadline => thread::sleep(LOOK_AGAIN),
                    Err(error) => return Err(error),
                }
            };
            ask_around(site, &mut outcome);
            let shown = end_of(site, &run, Instant::now() + FALSE_KEEPER_LIMIT)?;
            drop(false_keeper);
            let is_lost =
                |task: &&Value| task.get("state").and_then(Value::as_str) == Some("error");
            let lost = check::tasks(&shown).into_values().filter(is_lost).count();
            if lost == 0 || shown.pointer("/run/state").and_then(Value::as_str) != Some("failed") {
                outcome.violations.push(format!("nothing is lost with the keeper: {shown}"));
            }
        }
    }
    release(site, round)?;
    let shown = end_of(site, &run, Instant::now() + RUN_LIMIT)?;
    if !matches!(trouble, Trouble::FalseKeeper(_)) {
        let state = shown.pointer("/run/state").and_then(Value::as_str);
        if state != Some("succeeded") {
            outcome.violations.push(format!("the run ended {state:?}: {shown}"));
        }
        if site.daemon() != Some(daemon) {
            outcome.violations.push("the daemon did not live on".into());
        }
    }
    let next = site.file("next.json").display().to_string();
    outcome.ask(site, &["run", &next]);
    fs::remove_file(site.file(&gate(round)))?;
    Ok(outcome)
}

impl Outcome {
    /// Asks, and must get an answer in time.
    fn ask(&mut self, site: &Site, arguments: &[&str]) {
        let begun = Instant::now();
        match site.millrace_within(arguments, REFUSAL_LIMIT) {
            Ok(answer) if answer.status.success() => self.answers += 1,
            Ok(answer) => {
                let said = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
                self.violations.push(format!("{arguments:?} ended with {}: {said}", answer.status));
            }
            Err(error) => self.violations.push(format!("{error:#}")),
        }
        let took = begun.elapsed();
        self.slowest = self.slowest.max(took);
        if took > ANSWER_LIMIT {
            self.violations
                .push(format!("{arguments:?} took {took:?}, longer than {ANSWER_LIMIT:?}"));
        }
    }

    /// Asks, and must be told in time why there is no answer.
    fn be_refused(&mut self, site: &Site, arguments: &[&str]) {
        match site.millrace_within(arguments, REFUSAL_LIMIT) {
            Ok(answer) => {
                let said = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
                if answer.status.code() != Some(4) || !said.contains("does not answer") {
                    let status = answer.status;
                    self.violations.push(format!("{arguments:?} ended with {status}: {said:?}"));
                }
                self.refusals += 1;
            }
            Err(error) => self.violations.push(format!("{error:#}")),
        }
    }
}

/// The run that goes on: its tasks wait at a gate.
fn start(site: &Site, round: Round) -> anyhow::Result<String> {
    let gate = site.file(&gate(round)).display().to_string();
    let task = |name: String, script: String| json!({ "name": name, "kind": "shell", "spec": { "script": script } });
    let gate = format!("until [ -e '{gate}' ]; do sleep 0.02; done");
    let tasks: Vec<Value> = (0..TASKS)
        .flat_map(|at| {
            [task(format!("t{at}"), gate.clone()), task(format!("u{at}"), "echo u".into())]
        })
        .collect();
    let dependencies: Vec<Value> =
        (0..TASKS).map(|at| json!({ "from": format!("t{at}"), "to": format!("u{at}") })).collect();
    let name = format!("peers_{}", round.number);
    let document =
        json!({ "millrace": 1, "name": name, "tasks": tasks, "dependencies": dependencies });
    site.write("run.json", document.to_string().as_bytes())?;
    let path = site.file("run.json").display().to_string();
    Ok(site.ask(&["run", &path, "--detach"])?.trim().to_owned())
}

fn gate(round: Round) -> String {
    format!("gate-{}", round.number)
}

fn release(site: &Site, round: Round) -> anyhow::Result<()> {
    site.write(&gate(round), b"")
}

fn keeper_of(run: &str) -> anyhow::Result<u32> {
    let deadline = Instant::now() + RUN_LIMIT;
    loop {
        // With a task that has begun.
        if let Some(keeper) = processes::keeper_of(run)?
            && !processes::of_run(run)?.is_empty()
        {
            return Ok(keeper);
        }
        if Instant::now() > deadline {
            bail!("run {run} has no keeper");
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Many behave in a manner, and others ask meanwhile.
fn crowd(
    site: &Site,
    manner: Manner,
    dice: &mut Dice,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let socket = site.socket()?;
    let enough = AtomicBool::new(false);
    let count = 20 + dice.below(CROWD);
    thread::scope(|scope| {
        for _ in 0..count {
            let (dice, socket, enough) = (dice.fork(), &socket, &enough);
            scope.spawn(move || behave(manner, socket, dice, enough));
        }
        thread::sleep(dice.shorter_than_ms(300));
        ask_around(site, outcome);
        enough.store(true, Ordering::Relaxed);
    });
    outcome.connections = u32::try_from(count).unwrap_or(u32::MAX);
    Ok(())
}

/// What people ask for.
fn ask_around(site: &Site, outcome: &mut Outcome) {
    for arguments in
        [&["runs", "--json"][..], &["daemon", "status", "--json"], &["storage", "--json"]]
    {
        outcome.ask(site, arguments);
    }
}

/// Others get an answer or are told why not, and all is well when there are files again.
fn short_of_files(site: &Site, daemon: u32, outcome: &mut Outcome) -> anyhow::Result<()> {
    let open = fs::read_dir(format!("/proc/{daemon}/fd"))?.count();
    limit_files(daemon, &format!("{}:", open + 2))?;
    let socket = site.socket()?;
    let held: Vec<UnixStream> =
        (0..100).filter_map(|_| UnixStream::connect(&socket).ok()).collect();
    outcome.connections = u32::try_from(held.len()).unwrap_or(u32::MAX);
    let begun = Instant::now();
    match site.millrace_within(&["runs"], REFUSAL_LIMIT) {
        Ok(answer) if answer.status.success() => outcome.answers += 1,
        Ok(answer) if !answer.stderr.is_empty() => outcome.refusals += 1,
        Ok(answer) => outcome.violations.push(format!("without a word: {}", answer.status)),
        Err(error) => outcome.violations.push(format!("{error:#}")),
    }
    outcome.slowest = outcome.slowest.max(begun.elapsed());
    drop(held);
    limit_files(daemon, "1024:")?;
    ask_around(site, outcome);
    Ok(())
}

fn limit_files(pid: u32, limit: &str) -> anyhow::Result<()> {
    let mut command = Command::new("prlimit");
    command.arg(format!("--pid={pid}")).arg(format!("--nofile={limit}"));
    crate::process::output(&mut command).map(drop)
}

fn signal(pid: u32, signal: Signal) -> anyhow::Result<()> {
    let pid = Pid::from_raw(pid.cast_signed()).context("process 0")?;
    kill_process(pid, signal).context("cannot be signalled")
}
