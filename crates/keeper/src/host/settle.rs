//! From "stop it" or "it exited" to "it is over": the order of signals, what is done about processes that stay behind,
//! and the report.

use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use millrace_keeper::files::{open_regular, rewrite_regular};
use millrace_keeper::protocol::{Ended, EndedBy, Event, Exit, LeftBehind, MAX_OUTPUTS_BYTES};
use rustix::process::Signal;

use super::strays::{Look, signal_all, signal_group};
use super::sys::{Reaped, WaitStatus};
use super::task::{Exited, StrayStage, Task};
use super::turn::Keeper;
use super::wall_us;

/// How long the rest of a task may take to end by itself after its main process, as the last process of a shell's
/// pipe or a process substitution does. Not flagged when it ends within that time.
const LINGER: Duration = Duration::from_millis(250);
/// How long it has after SIGTERM.
const STRAY_GRACE: Duration = Duration::from_secs(2);
/// How long to wait for killed processes to be gone; then the task is over all the same. With the two above it stays
/// below five seconds.
const STRAY_KILL: Duration = Duration::from_secs(2);
/// How often to look at strays that nothing tells about.
const LOOK_AGAIN: Duration = Duration::from_millis(25);
/// How long outputs that cannot be read for want of descriptors are waited for.
const SHORT_PATIENCE: Duration = Duration::from_secs(10);
/// At most so long in one turn goes into catching what runs from the kill: other tasks' output waits meanwhile.
const HUNT: Duration = Duration::from_millis(10);

impl Keeper {
    /// Begins to stop a running task: SIGTERM to the whole tree, and SIGKILL when `grace` is over.
    pub(crate) fn terminate(&mut self, at: usize, by: EndedBy, grace: Duration, now: Instant) {
        let task = &mut self.tasks[at];
        if task.ended_by == EndedBy::Itself && task.exited.is_none() {
            task.ended_by = by;
        }
        let kill_at = now + grace;
        task.kill_at = Some(task.kill_at.map_or(kill_at, |t| t.min(kill_at)));
        self.signal_tree(at, Signal::TERM);
        // A stopped process acts on SIGTERM only once it goes on.
        self.signal_tree(at, Signal::CONT);
    }

    /// Ends a running task at once.
    pub(crate) fn kill(&mut self, at: usize, by: EndedBy, now: Instant) {
        let task = &mut self.tasks[at];
        if task.exited.is_none() {
            if task.ended_by == EndedBy::Itself {
                task.ended_by = by;
            }
            task.killed = true;
            task.kill_at = Some(now);
        } else {
            task.strays = StrayStage::Killed(now + LOOK_AGAIN);
            task.killed = true;
            task.left_processes = true;
        }
        self.signal_tree(at, Signal::KILL);
    }

    /// The group first and in one go, so that it can't outrun us by forking; then those that left it.
    fn signal_tree(&mut self, at: usize, signal: Signal) {
        let task = &self.tasks[at];
        signal_group(task, signal);
        let mut rest = self.strays.tree_of(task, &self.tasks);
        if task.exited.is_none() {
            rest.retain(|p| p.pgid != task.pid);
        }
        signal_all(&rest, signal);
        if signal == Signal::KILL {
            self.hunt(at);
        }
    }

    /// Kills what a look from afar misses because it has moved on by then.
    fn hunt(&mut self, at: usize) {
        let (attempt_id, mains) = (self.tasks[at].attempt_id, self.mains());
        self.strays.hunt(Some(attempt_id), &mains, Instant::now() + HUNT);
    }

    /// A main process was reaped. What it printed is taken, what it left is looked for.
    pub(crate) fn on_exit(&mut self, at: usize, reaped: Reaped, alone: bool) {
        let now = Instant::now();
        let oom = self.looks_like_oom(at, &reaped);
        let task = &mut self.tasks[at];
        task.exited = Some(Exited { reaped, at: now, at_us: wall_us(), oom });
        for which in 0..2 {
            self.pump.take(task, which, &self.masks);
        }
        let mains = self.mains();
        let look = self.strays.look(&self.tasks[at], &mains, alone, self.cgroup.as_ref());
        match look {
            Look::Perhaps => self.settle(at, now),
            Look::Clear => self.tasks[at].strays = StrayStage::Gone,
            Look::Later => {
                self.tasks[at].strays = StrayStage::Gone;
                self.unsure = true;
            }
        }
    }

    /// Goes on with a task whose main process has ended: finished when nothing is left, else the next step in time.
    pub(crate) fn settle(&mut self, at: usize, now: Instant) {
        let Some(exited) = self.tasks[at].exited else { return };
        let rest = self.strays.tree_of(&self.tasks[at], &self.tasks);
        // What makes the next one of itself and exits is seldom caught by the look above.
        let is_empty = rest.is_empty() && !self.strays.has_child_of(&self.tasks[at], &self.mains());
        let masks = self.masks.clone();
        let task = &mut self.tasks[at];
        if is_empty && task.pipes_open() {
            // Whoever held the pipe may have gone just now: then its end is there. Else someone out of our reach
            // holds it (a descriptor passed to a server), and all that can be done is to let go.
            for which in 0..2 {
                self.pump.take(task, which, &masks);
            }
            if task.pipes_open() && now < exited.at + LINGER {
                task.strays = StrayStage::Linger((now + LOOK_AGAIN).min(exited.at + LINGER));
                return;
            }
            task.left_processes |= task.pipes_open();
            self.pump.close_all(task, &masks);
        }
        if is_empty {
            task.strays = StrayStage::Gone;
            return;
        }
        let soon = now + LOOK_AGAIN;
        let linger_end = exited.at + LINGER;
        // A stopped task's rest has had the same SIGTERM: it keeps what is left of the grace, within bounds.
        let term_end = match task.kill_at {
            Some(kill_at) => kill_at.min(exited.at + STRAY_GRACE),
            None => linger_end + STRAY_GRACE,
        };
        let give_up = term_end + STRAY_KILL;
        let stopped = task.ended_by != EndedBy::Itself;
        if !stopped && !task.killed && now < linger_end {
            task.strays = StrayStage::Linger(soon.min(linger_end));
        } else if !task.killed && now < term_end {
            if !stopped && !matches!(task.strays, StrayStage::Terminated(_)) {
                signal_all(&rest, Signal::TERM);
                signal_all(&rest, Signal::CONT);
            }
            task.left_processes |= !stopped;
            task.strays = StrayStage::Terminated(soon.min(term_end));
        } else if now < give_up.max(exited.at + STRAY_KILL) {
            signal_all(&rest, Signal::KILL);
            task.left_processes = true;
            task.strays = StrayStage::Killed(soon);
            self.hunt(at);
        } else {
            // Killed and still there: stuck in the kernel. The task is over; the kernel will take them in time.
            self.pump.close_all(task, &masks);
            task.strays = StrayStage::Gone;
            self.unsure = true;
        }
    }

    /// Does what is due: time-outs, kills, strays; reports tasks that are over.
    pub(crate) fn tend(&mut self, now: Instant) {
        for at in (0..self.tasks.len()).rev() {
            let task = &self.tasks[at];
            let due = task.next_moment().is_some_and(|t| t <= now);
            if task.exited.is_none() && due {
                if task.ended_by == EndedBy::Itself {
                    let grace = task.grace;
                    self.terminate(at, EndedBy::TimeOut, grace, now);
                } else {
                    self.kill(at, task.ended_by, now);
                }
            } else if due {
                self.settle(at, now);
            }
            if self.tasks[at].strays == StrayStage::Gone {
                self.conclude(at, now);
            }
        }
    }

    /// Reports a task that is over; a little later when its outputs cannot be read for want of descriptors, which other
    /// tasks give back when they end.
    fn conclude(&mut self, at: usize, now: Instant) {
        let task = &mut self.tasks[at];
        let outputs = task.outputs_path.as_deref().map_or(Ok(Vec::new()), read_outputs);
        let patience = task.exited.map(|exited| exited.at + SHORT_PATIENCE);
        if outputs == Err(Unread::Short) && patience.is_some_and(|end| now < end) {
            task.strays = StrayStage::Linger(now + LOOK_AGAIN);
            return;
        }
        let task = self.tasks.swap_remove(at);
        self.report(task, outputs);
    }

    fn report(&mut self, mut task: Task, outputs: Result<Vec<u8>, Unread>) {
        let Some(exited) = task.exited else { return };
        self.strays.forget_attempt(task.attempt_id);
        task.log.finish(exited.at_us, Instant::now());
        if self.sync_journal {
            // An end that is known after a power cut has its log.
            task.log.sync();
        }
        let exit = match (exited.reaped.status, task.ended_by) {
            (_, EndedBy::Shutdown) => Exit::Lost { reason: "shutdown".to_owned() },
            (WaitStatus::Exited(code), _) => Exit::Exited(code),
            (WaitStatus::Signaled { signal, core }, _) => Exit::Signaled { signal, core },
        };
        let (stdout_bytes, stderr_bytes) = task.log.taken();
        let outputs_too_large = outputs.is_err();
        let outputs = self.masked_outputs(&task, outputs.unwrap_or_default());
        let duration = exited.at.saturating_duration_since(task.started);
        // Fails, as it should, when something is in it.
        let has_artifacts =
            task.artifacts_dir.as_deref().is_some_and(|d| std::fs::remove_dir(d).is_err());
        self.record(Event::Ended(Box::new(Ended {
            attempt_id: task.attempt_id,
            exit,
            ended_by: task.ended_by,
            killed: task.killed,
            oom: exited.oom,
            left_processes: task.left_processes,
            started_us: task.started_us,
            ended_us: exited.at_us,
            duration_us: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            user_us: exited.reaped.user_us,
            system_us: exited.reaped.system_us,
            max_rss_bytes: exited.reaped.max_rss_bytes,
            stdout_bytes,
            stderr_bytes,
            log_dropped_bytes: task.log.dropped(),
            last_output: std::mem::take(&mut task.last_output),
            outputs,
            outputs_too_large,
            has_artifacts,
        })));
    }

    /// The outputs as they may be kept. The file that the task wrote stays in the run's folder, so it is masked too.
    fn masked_outputs(&self, task: &Task, raw: Vec<u8>) -> Vec<u8> {
        if self.masks.is_empty() || raw.is_empty() {
            return raw;
        }
        let masked = self.masks.mask(&raw);
        if let Some(path) = task.outputs_path.as_deref().filter(|_| masked != raw)
            && rewrite_regular(path).and_then(|mut file| file.write_all(&masked)).is_err()
        {
            // Rather no file than one with a secret: what counts is in the record.
            let _gone = std::fs::remove_file(path);
        }
        masked
    }

    fn looks_like_oom(&mut self, at: usize, reaped: &Reaped) -> bool {
        let task = &self.tasks[at];
        if task.killed || task.ended_by != EndedBy::Itself {
            return false;
        }
        let victim = match reaped.status {
            WaitStatus::Signaled { signal: libc::SIGKILL, .. } => Some(task.pid),
            WaitStatus::Exited(137) => None,
            _ => return false,
        };
        self.oom.hit(victim, self.cgroup.as_ref())
    }

    /// Kills what belongs to tasks that have already been reported. With `all`, every process that is not a task's.
    pub(crate) fn sweep(&mut self, all: bool) {
        let mut found = self.strays.ownerless(&self.tasks, all);
        found.sort_unstable_by_key(|(attempt_id, p)| (*attempt_id, p.pid));
        for group in found.chunk_by(|a, b| a.0 == b.0) {
            let processes: Vec<_> = group.iter().map(|(_, p)| *p).collect();
            let killed = signal_all(&processes, Signal::KILL);
            if killed > 0 {
                let left = LeftBehind { attempt_id: group[0].0, at_us: wall_us(), killed };
                self.record(Event::LeftBehind(left));
            }
        }
        if all && self.tasks.is_empty() {
            let killed = self.strays.hunt(None, &[], Instant::now() + HUNT);
            // Those from above are counted there, until they are reaped.
            if killed > 0 && found.is_empty() {
                let left = LeftBehind { attempt_id: 0, at_us: wall_us(), killed };
                self.record(Event::LeftBehind(left));
            }
        }
    }
}

/// Why there are no outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// The keeper or the machine has no descriptor left.
    Short,
    /// They are too large to take, or no file that can be read.
    Unfit,
}

/// The bytes of an outputs file, empty when there is none.
fn read_outputs(path: &Path) -> Result<Vec<u8>, Unread> {
    let file = match open_regular(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) if matches!(e.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) => {
            return Err(Unread::Short);
        }
        Err(_) => return Err(Unread::Unfit),
    };
    let mut bytes = Vec::new();
    let most = MAX_OUTPUTS_BYTES as u64 + 1;
    match file.take(most).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() <= MAX_OUTPUTS_BYTES => Ok(bytes),
        _ => Err(Unread::Unfit),
    }
}
