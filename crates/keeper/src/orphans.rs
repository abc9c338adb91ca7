//! Cleaning up after a keeper that was killed: its direct children die with it by the kernel's hand, what they had
//! started may not. For the daemon, when it finds a journal without a living keeper. Never signals a process that it
//! can't tie to the run by its mark, by its control group, or by an ancestor that is tied to it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use rustix::process::Signal;

use crate::identity::{ProcStat, all_processes, boot_id, signal_process};
use crate::journal::Unfinished;
use crate::protocol::MARK_VARIABLE;

/// Reads the attempt mark from a process's environment: run id and attempt id.
#[must_use]
pub fn mark_of(pid: u32) -> Option<(String, u64)> {
    let environ = environment_of(pid)?;
    let prefix = format!("{MARK_VARIABLE}=");
    let mark = environ.split(|b| *b == 0).find_map(|v| v.strip_prefix(prefix.as_bytes()))?;
    let (run_id, attempt_id) = std::str::from_utf8(mark).ok()?.rsplit_once(':')?;
    Some((run_id.to_owned(), attempt_id.parse().ok()?))
}

/// A process shows an empty environment for a moment while it becomes another program, and for good when it is dead:
/// the former is waited for, 20 ms at most.
fn environment_of(pid: u32) -> Option<Vec<u8>> {
    let path = format!("/proc/{pid}/environ");
    for _ in 0..20 {
        let environ = fs::read(&path).ok()?;
        if !environ.is_empty() || ProcStat::read(pid).map_or(true, |found| found.is_dead()) {
            return Some(environ);
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    Some(Vec::new())
}

/// Kills every process of a run whose keeper is dead, and returns how many there were. Repeats until none is found, so
/// that children born meanwhile are caught, at most 50 times.
///
/// With a control group this is exact. Without one, a stray that wiped its environment *and* whose marked ancestors
/// are all gone can't be told from a stranger and is left alone.
///
/// # Errors
/// When `/proc` can't be read.
pub fn kill_run(run_id: &str, left: &Unfinished) -> io::Result<usize> {
    kill_all(left, |(run, _)| run == run_id)
}

/// The same for the attempts that were running when the journal was read, and no others: for whoever cannot know whether
/// the run goes on already.
///
/// # Errors
/// When `/proc` can't be read.
pub fn kill_attempts(run_id: &str, left: &Unfinished) -> io::Result<usize> {
    kill_all(left, |(run, attempt_id)| {
        run == run_id && left.started.iter().any(|started| started.attempt_id == *attempt_id)
    })
}

fn kill_all(left: &Unfinished, is_marked: impl Fn(&(String, u64)) -> bool) -> io::Result<usize> {
    let keeper = left.keeper.as_ref();
    if keeper.is_some_and(|k| k.boot_id != boot_id()) {
        return Ok(0);
    }
    if let Some(cgroup) = keeper.and_then(|k| k.cgroup.as_deref()) {
        kill_cgroup(cgroup);
    }
    let leaders: BTreeMap<u32, u64> = left.started.iter().map(|s| (s.pid, s.start_ticks)).collect();
    let mut total = 0;
    for _ in 0..50 {
        let killed = kill_round(&leaders, &is_marked)?;
        if killed == 0 {
            break;
        }
        total += killed;
    }
    if let Some(cgroup) = keeper.and_then(|k| k.cgroup.as_deref()) {
        // Fails while the kernel still takes processes down; an empty group left over costs nothing.
        let _ = fs::remove_dir(cgroup);
    }
    Ok(total)
}

/// Kills everything in a control group at once where the kernel can (5.14 and later).
fn kill_cgroup(cgroup: &Path) {
    if fs::write(cgroup.join("cgroup.kill"), "1").is_ok() {
        return;
    }
    let Ok(members) = fs::read_to_string(cgroup.join("cgroup.procs")) else { return };
    for pid in members.lines().filter_map(|l| l.parse::<u32>().ok()) {
        if let Ok(stat) = ProcStat::read(pid) {
            let _ = signal_process(pid, stat.start_ticks, Signal::KILL);
        }
    }
}

fn kill_round(
    leaders: &BTreeMap<u32, u64>,
    is_marked: &impl Fn(&(String, u64)) -> bool,
) -> io::Result<usize> {
    let processes = all_processes()?;
    let me = std::process::id();
    let mut doomed: BTreeMap<u32, u64> = BTreeMap::new();
    for p in processes.iter().filter(|p| p.pid != me && !p.is_dead()) {
        let is_leader = leaders.get(&p.pid).is_some_and(|t| t.abs_diff(p.start_ticks) <= 2);
        if is_leader || mark_of(p.pid).is_some_and(|mark| is_marked(&mark)) {
            doomed.insert(p.pid, p.start_ticks);
        }
    }
    loop {
        let before = doomed.len();
        for p in processes.iter().filter(|p| p.pid != me && !p.is_dead()) {
            if doomed.contains_key(&p.ppid) {
                doomed.insert(p.pid, p.start_ticks);
            }
        }
        if doomed.len() == before {
            break;
        }
    }
    let mut killed = 0;
    for (pid, start_ticks) in doomed {
        if signal_process(pid, start_ticks, Signal::KILL).unwrap_or(false) {
            killed += 1;
        }
    }
    Ok(killed)
}
