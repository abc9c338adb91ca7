//! Cleaning up after a keeper that was killed: its direct children die with it by the kernel's hand, what they had
//! started may not. For the daemon, when it finds a journal without a living keeper. Never signals a process that it
//! can't tie to the run by its mark, by its control group, or by an ancestor that is tied to it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use rustix::time::Timespec;

use crate::identity::{ProcStat, all_processes, boot_id, process_ids, signal_process};
use crate::journal::Unfinished;
use crate::mark::attempt_of;

/// Whoever was not caught by then is too fast for anybody.
const KILL_LIMIT: Duration = Duration::from_secs(5);
/// Where processes come and go while we look, so many looks must find nobody.
const QUIET_ROUNDS: u32 = 3;

/// Kills every process of a run whose keeper is dead, and returns how many there were. Repeats until none is found, so
/// that children born meanwhile are caught; for five seconds at most.
///
/// With a control group this is exact. Without one, a stray that changed its limits *and* wiped its environment *and*
/// whose marked ancestors are all gone can't be told from a stranger and is left alone.
///
/// # Errors
/// When `/proc` can't be read.
pub fn kill_run(run_id: &str, left: &Unfinished) -> io::Result<usize> {
    kill_all(left, &|pid| attempt_of(pid, run_id).is_some())
}

/// The same for the attempts that were running when the journal was read, and no others: for whoever cannot know whether
/// the run goes on already.
///
/// # Errors
/// When `/proc` can't be read.
pub fn kill_attempts(run_id: &str, left: &Unfinished) -> io::Result<usize> {
    kill_all(left, &|pid| {
        attempt_of(pid, run_id)
            .is_some_and(|attempt_id| left.started.iter().any(|s| s.attempt_id == attempt_id))
    })
}

fn kill_all(left: &Unfinished, is_marked: &dyn Fn(u32) -> bool) -> io::Result<usize> {
    let keeper = left.keeper.as_ref();
    if keeper.is_some_and(|k| k.boot_id != boot_id()) {
        return Ok(0);
    }
    if let Some(cgroup) = keeper.and_then(|k| k.cgroup.as_deref()) {
        kill_cgroup(cgroup);
    }
    let leaders: BTreeMap<u32, u64> = left.started.iter().map(|s| (s.pid, s.start_ticks)).collect();
    let deadline = Instant::now() + KILL_LIMIT;
    let (mut total, mut quiet) = (0, 0);
    while Instant::now() < deadline {
        match kill_trees(&leaders, is_marked)? {
            0 => break,
            killed => total += killed,
        }
    }
    while quiet < QUIET_ROUNDS && Instant::now() < deadline {
        match kill_on_sight(is_marked)? {
            (0, 0) => break,
            (0, _) => quiet += 1,
            (killed, _) => {
                total += killed;
                quiet = 0;
            }
        }
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

/// Kills whoever is marked or was a task's first process, with all that descends from them.
fn kill_trees(leaders: &BTreeMap<u32, u64>, is_marked: &dyn Fn(u32) -> bool) -> io::Result<usize> {
    let processes = all_processes()?;
    let me = std::process::id();
    let mut doomed: BTreeMap<u32, u64> = BTreeMap::new();
    for p in processes.iter().filter(|p| p.pid != me && !p.is_dead()) {
        let is_leader = leaders.get(&p.pid).is_some_and(|t| t.abs_diff(p.start_ticks) <= 2);
        if is_leader || is_marked(p.pid) {
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

/// Kills whoever is marked as soon as it is seen, the newest first: a chain of processes in which each makes the next
/// one and exits has moved on by the end of a longer look. Also says how many were gone before they were looked at.
fn kill_on_sight(is_marked: &dyn Fn(u32) -> bool) -> io::Result<(usize, usize)> {
    let me = std::process::id();
    let (mut killed, mut vanished) = (0, 0);
    for pid in process_ids()?.into_iter().rev().filter(|pid| *pid != me) {
        match kill_if(pid, || is_marked(pid)) {
            Ok(true) => killed += 1,
            Ok(false) => {}
            Err(rustix::io::Errno::SRCH) => vanished += 1,
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok((killed, vanished))
}

/// Held by a pidfd meanwhile, so that it is killed whom the question is about.
fn kill_if(pid: u32, is_meant: impl FnOnce() -> bool) -> Result<bool, rustix::io::Errno> {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(false) };
    let fd = pidfd_open(pid, PidfdFlags::empty())?;
    if !is_meant() {
        // One that is dead by now could not be looked at.
        return pidfd_is_alive(&fd).map(|()| false);
    }
    pidfd_send_signal(&fd, Signal::KILL).map(|()| true)
}

fn pidfd_is_alive(fd: &OwnedFd) -> Result<(), rustix::io::Errno> {
    let mut fds = [PollFd::new(fd, PollFlags::IN)];
    match poll(&mut fds, Some(&Timespec::default())) {
        Ok(1..) => Err(rustix::io::Errno::SRCH),
        _ => Ok(()),
    }
}
