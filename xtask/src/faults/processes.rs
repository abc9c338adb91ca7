//! Finding and killing the processes of a home or a run. Only those that carry the run's mark, the run's id or the
//! home's folder are ever touched.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

/// A process of a run's task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) pid: u32,
    pub(super) parent: u32,
    /// The attempt's number within the run.
    pub(super) serial: u64,
    /// Its command line, for a message.
    pub(super) command: String,
}

/// All living processes that carry the mark of a run, by their process id.
pub(super) fn of_run(run: &str) -> anyhow::Result<Vec<Marked>> {
    let prefix = format!("MILLRACE_MARK={run}:");
    let mut found = Vec::new();
    for pid in all()? {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let serial = environment
            .split(|byte| *byte == 0)
            .find_map(|variable| variable.strip_prefix(prefix.as_bytes()))
            .and_then(|serial| std::str::from_utf8(serial).ok()?.parse().ok());
        if let (Some(serial), Some(parent)) = (serial, living_parent(pid)) {
            found.push(Marked { pid, parent, serial, command: command_line(pid) });
        }
    }
    Ok(found)
}

/// The living keeper of a run.
pub(super) fn keeper_of(run: &str) -> anyhow::Result<Option<u32>> {
    let is_keeper = |pid: &u32| {
        let line = command_line(*pid);
        line.contains("millrace-keeper") && line.ends_with(&format!("--run {run}"))
    };
    Ok(all()?.into_iter().filter(is_keeper).find(|pid| living_parent(*pid).is_some()))
}

/// The living keepers of a home.
pub(crate) fn keepers_of(home: &Path) -> anyhow::Result<Vec<u32>> {
    let is_keeper = |pid: &u32| {
        let line = command_line(*pid);
        let program = line.split(' ').next().unwrap_or_default();
        program.ends_with("/millrace-keeper")
            && line.contains(" --run ")
            && belongs_to(*pid, home)
            && living_parent(*pid).is_some()
    };
    Ok(all()?.into_iter().filter(is_keeper).collect())
}

/// The living processes that some of these started.
pub(crate) fn children_of(parents: &[u32]) -> anyhow::Result<Vec<u32>> {
    let is_child = |pid: &u32| living_parent(*pid).is_some_and(|parent| parents.contains(&parent));
    Ok(all()?.into_iter().filter(is_child).collect())
}

/// The living processes of all tasks of a home.
pub(crate) fn tasks_of(home: &Path) -> anyhow::Result<Vec<u32>> {
    let is_task = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        variables.any(|variable| variable.starts_with(b"MILLRACE_MARK="))
            && belongs_to(*pid, home)
            && living_parent(*pid).is_some()
    };
    Ok(all()?.into_iter().filter(is_task).collect())
}

/// Whether the process is the living daemon of a home.
pub(super) fn is_daemon(pid: u32, home: &Path) -> bool {
    belongs_to(pid, home) && command_line(pid).contains(" daemon") && living_parent(pid).is_some()
}

/// The living window of a home.
pub(crate) fn window_of(home: &Path) -> anyhow::Result<Option<u32>> {
    let is_window = |pid: &u32| {
        let line = command_line(*pid);
        let program = line.split(' ').next().unwrap_or_default();
        program.ends_with("/millrace-desktop")
            && belongs_to(*pid, home)
            && living_parent(*pid).is_some()
    };
    Ok(all()?.into_iter().find(is_window))
}

/// The living processes of the browser engine that a window of a home started.
pub(crate) fn helpers_of(home: &Path) -> anyhow::Result<Vec<u32>> {
    let is_helper = |pid: &u32| {
        let line = command_line(*pid);
        let program = line.split(' ').next().unwrap_or_default();
        program.contains("/WebKit")
            && program.ends_with("Process")
            && belongs_to(*pid, home)
            && living_parent(*pid).is_some()
    };
    Ok(all()?.into_iter().filter(is_helper).collect())
}

/// The living processes that a home has to do with, by its folder in their environment or command line.
pub(super) fn of_home(home: &Path) -> anyhow::Result<Vec<(u32, String)>> {
    let folder = home.display().to_string();
    let living = all()?.into_iter().filter(|pid| living_parent(*pid).is_some());
    let lines = living.map(|pid| (pid, command_line(pid)));
    Ok(lines.filter(|(pid, line)| belongs_to(*pid, home) || line.contains(&folder)).collect())
}

/// Whether a process was started for a home.
fn belongs_to(pid: u32, home: &Path) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let expected = format!("MILLRACE_HOME={}", home.display());
    environment.split(|byte| *byte == 0).any(|variable| variable == expected.as_bytes())
}

/// Sends SIGKILL. Says whether there was somebody to kill.
pub(crate) fn kill(pid: u32) -> anyhow::Result<bool> {
    let process = Pid::from_raw(pid.cast_signed()).context("process 0 cannot be killed")?;
    match kill_process(process, Signal::KILL) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::SRCH) => Ok(false),
        Err(errno) => Err(errno).with_context(|| format!("cannot kill process {pid}")),
    }
}

/// Every process that can be seen, by its id.
pub(super) fn all() -> anyhow::Result<Vec<u32>> {
    let entries = fs::read_dir("/proc").context("cannot read /proc")?;
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut pids: Vec<u32> = pids.collect();
    pids.sort_unstable();
    Ok(pids)
}

/// Who a process is, for a message.
pub(super) fn describe(pid: u32) -> String {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let (_, rest) = stat.rsplit_once(')').unwrap_or_default();
    let mut fields = rest.split_whitespace();
    let (state, parent) = (fields.next().unwrap_or("?"), fields.next().unwrap_or("?"));
    format!("{pid} ({}; {state}, child of {parent})", command_line(pid))
}

/// The parent of a process that is neither gone nor a zombie.
fn living_parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before the last bracket may hold anything; state and parent are the next two fields of proc(5).
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != "Z" && state != "X").then_some(parent)
}

fn command_line(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).replace('\0', " ").trim().to_owned()
}
