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

/// A process shows an empty environment for a moment while it becomes another program: that is waited for, 20 ms at most.
fn environment_of(pid: u32) -> Option<Vec<u8>> {
    let path = format!("/proc/{pid}/environ");
    for _ in 0..20 {
        let was_between = is_between_programs(pid);
        let environ = fs::read(&path).ok()?;
        if !environ.is_empty() || !was_between && !is_between_programs(pid) {
            return Some(environ);
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    Some(Vec::new())
}

/// Whether it has a program and no place for an environment yet. What is dead or the kernel's own has no program, and one
/// that was given no variables has a place for them.
fn is_between_programs(pid: u32) -> bool {
    let Ok(stat) = fs::read(format!("/proc/{pid}/stat")) else { return false };
    let stat = String::from_utf8_lossy(&stat);
    // The first after the name is the third field, the end of the environment the 51st.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields);
    let environ_end = fields.and_then(|fields| fields.split_ascii_whitespace().nth(48));
    environ_end == Some("0") && fs::read_link(format!("/proc/{pid}/exe")).is_ok()
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

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// Else each look at a process tree would wait for each of them.
    #[test]
    fn a_process_without_variables_is_not_waited_for() {
        let mut sleep = Command::new("sleep");
        sleep.arg("1000").env_clear().stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = sleep.spawn().unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while is_between_programs(child.id()) && std::time::Instant::now() < deadline {
            std::thread::yield_now();
        }
        assert!(!is_between_programs(child.id()));
        assert_eq!(environment_of(child.id()), Some(Vec::new()));
        child.kill().unwrap();
        // Dead and not reaped: the same.
        while !ProcStat::read(child.id()).unwrap().is_dead() {
            std::thread::yield_now();
        }
        assert!(!is_between_programs(child.id()));
        child.wait().unwrap();
        assert!(!is_between_programs(std::process::id()));
    }
}
