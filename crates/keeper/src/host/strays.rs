//! Finding what a task has started. The keeper is the subreaper of its tasks, so everything they start stays below it
//! in the process tree, whatever it does to its session or group; whose it is, its session, group, marks, or an open
//! end of the task's pipe tells. Only finds; `settle` decides and signals, but for whom a signal must reach at once:
//! those [`Strays::hunt`] kills.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use millrace_keeper::identity::{ProcStat, all_processes};
use millrace_keeper::mark::attempt_of;
use rustix::process::{
    Pid, Signal, WaitOptions, kill_process, kill_process_group, test_kill_process_group, waitpid,
};

use super::cgroup::Cgroup;
use super::task::Task;

/// Where neither the kernel's list of children nor a control group is to be had, all of `/proc` must be read to be
/// sure; at most this share of the time goes into it (one part in so many).
const SCAN_SHARE: u32 = 50;

/// Looks for processes that outlive their task.
pub(crate) struct Strays {
    run_id: String,
    /// `/proc/self/task/TID/children`, where the kernel has it.
    children: Option<File>,
    /// Orphans already looked at that belong to a running task: pid to attempt.
    known: HashMap<u32, u64>,
    next_scan: Instant,
}

/// What the cheap look says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing is left.
    Clear,
    /// Something is or may be left: look closely.
    Perhaps,
    /// Can't be told cheaply now; a later sweep will.
    Later,
}

impl Strays {
    pub(crate) fn new(run_id: &str) -> Self {
        let pid = std::process::id();
        Self {
            run_id: run_id.to_owned(),
            children: File::open(format!("/proc/self/task/{pid}/children")).ok(),
            known: HashMap::new(),
            next_scan: Instant::now(),
        }
    }

    /// A child that was no task has been reaped.
    pub(crate) fn forget(&mut self, pid: u32) {
        self.known.remove(&pid);
    }

    /// An attempt is over: nothing belongs to it as a running one any more.
    pub(crate) fn forget_attempt(&mut self, attempt_id: u64) {
        self.known.retain(|_, owner| *owner != attempt_id);
    }

    /// The cheap look after a task's main process was reaped. `alone`: the kernel says that the keeper has no child.
    pub(crate) fn look(
        &mut self,
        task: &Task,
        others: &[u32],
        alone: bool,
        cgroup: Option<&Cgroup>,
    ) -> Look {
        if task.pipes_open() || group_lives(task.pid) {
            return Look::Perhaps;
        }
        if alone {
            return Look::Clear;
        }
        let Some(mut candidates) = self.unexplained(others, cgroup) else {
            return if Instant::now() >= self.next_scan { Look::Perhaps } else { Look::Later };
        };
        candidates.retain(|pid| match self.known.get(pid) {
            Some(attempt_id) => *attempt_id == task.attempt_id,
            None => true,
        });
        let mut perhaps = false;
        for pid in candidates {
            match self.owner(pid) {
                Some(attempt_id) if attempt_id != task.attempt_id => {
                    self.known.insert(pid, attempt_id);
                }
                _ => perhaps = true,
            }
        }
        if perhaps { Look::Perhaps } else { Look::Clear }
    }

    /// Processes that are neither main processes of running tasks nor the keeper. `None`: no cheap source.
    fn unexplained(&self, mains: &[u32], cgroup: Option<&Cgroup>) -> Option<Vec<u32>> {
        let mut pids = match (&self.children, cgroup) {
            (Some(file), _) => read_children(file),
            (None, Some(cgroup)) => cgroup.members(),
            (None, None) => return None,
        };
        let me = std::process::id();
        pids.retain(|pid| *pid != me && !mains.contains(pid));
        Some(pids)
    }

    /// Everything alive that belongs to a task, its main process included. Reads all of `/proc`.
    pub(crate) fn tree_of(&mut self, task: &Task, tasks: &[Task]) -> Vec<ProcStat> {
        let below = self.below_keeper();
        let pipes = pipe_names(task);
        let belongs = |p: &ProcStat| {
            if p.pid == task.pid {
                return task.exited.is_none();
            }
            if p.sid == task.pid || p.pgid == task.pid {
                return true;
            }
            let orphan = p.ppid == std::process::id() && !tasks.iter().any(|t| t.pid == p.pid);
            if !orphan || tasks.iter().any(|t| t.pid == p.sid || t.pid == p.pgid) {
                return false;
            }
            match self.owner(p.pid) {
                Some(attempt_id) => attempt_id == task.attempt_id,
                None => holds(p.pid, &pipes),
            }
        };
        let roots: Vec<u32> = below.iter().filter(|p| belongs(p)).map(|p| p.pid).collect();
        with_descendants(&roots, &below)
    }

    /// Orphans that belong to no running task, and their descendants. With `all`, whatever is not a task's.
    pub(crate) fn ownerless(&mut self, tasks: &[Task], all: bool) -> Vec<(u64, ProcStat)> {
        let below = self.below_keeper();
        let me = std::process::id();
        let mut found: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for p in below.iter().filter(|p| p.ppid == me) {
            if tasks.iter().any(|t| t.pid == p.pid || t.pid == p.sid || t.pid == p.pgid) {
                continue;
            }
            let owner = self.owner(p.pid);
            let running = owner.is_some_and(|id| tasks.iter().any(|t| t.attempt_id == id));
            if running || (owner.is_none() && !all) {
                continue;
            }
            found.entry(owner.unwrap_or(0)).or_default().push(p.pid);
        }
        let all = found.into_iter().map(|(owner, pids)| (owner, with_descendants(&pids, &below)));
        all.flat_map(|(owner, found)| found.into_iter().map(move |p| (owner, p))).collect()
    }

    /// Kills the keeper's own children that are a task's by their marks, or without a task all that are no task's first
    /// process, as fast as can be: each of them may be about to make the next one and to exit. It is then reaped here,
    /// because only who made the last one has none left. Says how many were killed.
    pub(crate) fn hunt(&mut self, attempt_id: Option<u64>, mains: &[u32], until: Instant) -> u32 {
        let mut killed = 0;
        loop {
            let Some(children) = self.children.as_ref().map(read_children) else { return killed };
            let mut is_quiet = true;
            // The newest is the last.
            for pid in children.into_iter().rev().filter(|pid| !mains.contains(pid)) {
                if self.known.get(&pid).is_some_and(|owner| Some(*owner) != attempt_id) {
                    continue;
                }
                if reap(pid) {
                    self.known.remove(&pid);
                    is_quiet = false;
                } else if attempt_id.is_none() || self.owner(pid) == attempt_id {
                    killed += u32::from(kill_child(pid));
                    is_quiet = false;
                }
            }
            if is_quiet || Instant::now() > until {
                return killed;
            }
        }
    }

    /// Whether one of the keeper's own children is a task's by its marks, also where it ends at this moment.
    pub(crate) fn has_child_of(&self, task: &Task, mains: &[u32]) -> bool {
        let children = self.children.as_ref().map(read_children).unwrap_or_default();
        let mut others = children.into_iter().filter(|pid| !mains.contains(pid));
        others.any(|pid| self.owner(pid) == Some(task.attempt_id))
    }

    fn owner(&self, pid: u32) -> Option<u64> {
        attempt_of(pid, &self.run_id)
    }

    /// When all of `/proc` may be read again without need.
    pub(crate) fn next_scan(&self) -> Instant {
        self.next_scan
    }

    /// All living processes below the keeper in the tree.
    fn below_keeper(&mut self) -> Vec<ProcStat> {
        let begun = Instant::now();
        let all = all_processes().unwrap_or_default();
        let below = with_descendants(&[std::process::id()], &all);
        self.next_scan =
            Instant::now() + begun.elapsed().max(Duration::from_millis(1)) * SCAN_SHARE;
        let me = std::process::id();
        below.into_iter().filter(|p| p.pid != me).collect()
    }
}

/// Sends a signal to a list of processes, each checked to be the one that was found.
pub(crate) fn signal_all(processes: &[ProcStat], signal: Signal) -> u32 {
    let mut reached = 0;
    for p in processes {
        if millrace_keeper::identity::signal_process(p.pid, p.start_ticks, signal).unwrap_or(false)
        {
            reached += 1;
        }
    }
    reached
}

/// Signals a task's whole group at once. Only while its main process is not reaped: its number can't be another's.
pub(crate) fn signal_group(task: &Task, signal: Signal) {
    if task.exited.is_none()
        && let Some(pid) = as_pid(task.pid)
    {
        let _ = kill_process_group(pid, signal);
    }
}

/// Whether there is a process in the group. A look only: after the reaping the number may be another's.
fn group_lives(pid: u32) -> bool {
    as_pid(pid)
        .is_some_and(|pid| !matches!(test_kill_process_group(pid), Err(rustix::io::Errno::SRCH)))
}

fn as_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// Kills a child of ours that is not reaped: its number is its own.
fn kill_child(pid: u32) -> bool {
    as_pid(pid).is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok())
}

/// Reaps a child if it has ended.
fn reap(pid: u32) -> bool {
    as_pid(pid).is_some_and(|pid| matches!(waitpid(Some(pid), WaitOptions::NOHANG), Ok(Some(_))))
}

fn read_children(file: &File) -> Vec<u32> {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(n) = file.read_at(&mut chunk, text.len() as u64) {
        if n == 0 {
            break;
        }
        text.extend_from_slice(&chunk[..n]);
    }
    let text = String::from_utf8_lossy(&text);
    text.split_ascii_whitespace().filter_map(|w| w.parse().ok()).collect()
}

/// The living among `roots` and everything below them. There may be thousands: a chain of processes leaves its dead to
/// the keeper faster than they are reaped.
fn with_descendants(roots: &[u32], processes: &[ProcStat]) -> Vec<ProcStat> {
    let mut below: HashMap<u32, Vec<&ProcStat>> = HashMap::new();
    for p in processes {
        below.entry(p.ppid).or_default().push(p);
    }
    let mut inside: HashSet<u32> = HashSet::new();
    let mut ahead: Vec<u32> = roots.to_vec();
    while let Some(pid) = ahead.pop() {
        if inside.insert(pid) {
            ahead.extend(below.get(&pid).into_iter().flatten().map(|p| p.pid));
        }
    }
    processes.iter().filter(|p| inside.contains(&p.pid) && !p.is_dead()).copied().collect()
}

/// How the task's open pipes are called in `/proc/PID/fd`.
fn pipe_names(task: &Task) -> Vec<String> {
    let name =
        |fd: BorrowedFd<'_>| rustix::fs::fstat(fd).ok().map(|s| format!("pipe:[{}]", s.st_ino));
    task.pipes.iter().flatten().filter_map(|p| name(p.fd.as_fd())).collect()
}

fn holds(pid: u32, pipes: &[String]) -> bool {
    let Ok(fds) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let mut targets = fds.flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
    targets.any(|t| pipes.iter().any(|name| t.as_os_str() == name.as_str()))
}
