//! The main loop: wait, reap, pump, obey, tend, write the journal, tell, start. One thread, one `poll` a turn.

use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use millrace_keeper::identity::{ProcStat, boot_id};
use millrace_keeper::journal::{JournalWriter, journal_path};
use millrace_keeper::log::LogLimits;
use millrace_keeper::mask::MaskSet;
use millrace_keeper::protocol::{
    Configure, Delayed, Ended, EndedBy, Entry, Event, Exit, FromKeeper, Identity, KeeperHello,
    Leaving, SpawnFailed, Start, ToKeeper, VERSION,
};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Resource, Rlimit, getrlimit, set_child_subreaper, setrlimit};
use rustix::time::Timespec;

use super::cgroup::Cgroup;
use super::command::BaseEnv;
use super::oom::OomWatch;
use super::outbox::Outbox;
use super::pump::Pump;
use super::spawn::{Ground, NotStarted, spawn};
use super::strays::Strays;
use super::sys::{self, Arrived, Spawner, Wait};
use super::task::Task;
use super::{KeeperError, Ready, wall_us};
use crate::args::Args;

/// Longest grace that a shutdown leaves to tasks: logout does not wait forever.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(8);
/// How long a start is tried again for want of resources before it is given up.
const SHORTAGE_LIMIT: Duration = Duration::from_secs(120);
/// The same for a program that is being written.
const BUSY_LIMIT: Duration = Duration::from_secs(3);
/// So many ended children are taken in one turn: where they come faster than they are taken, other things come between.
const REAPED_PER_TURN: usize = 4_096;
/// How often to look whether killed strays are gone.
const SWEEP_AGAIN: Duration = Duration::from_millis(50);
const JOURNAL_RETRY: Duration = Duration::from_millis(200);

pub(crate) struct Keeper {
    args: Args,
    journal_path: PathBuf,
    journal: JournalWriter,
    unsent: Vec<Entry>,
    stuck: Option<Instant>,
    outbox: Outbox,
    signals: OwnedFd,
    null: File,
    nofile: Option<(u64, u64)>,
    identity: Identity,
    configured: bool,
    slots: usize,
    base: BaseEnv,
    log_dir: PathBuf,
    limits: LogLimits,
    pub(super) sync_journal: bool,
    pub(super) masks: MaskSet,
    queue: VecDeque<Box<Start>>,
    pub(super) tasks: Vec<Task>,
    seen: HashSet<u64>,
    spawner: Spawner,
    pub(super) pump: Pump,
    pub(super) strays: Strays,
    pub(super) cgroup: Option<Cgroup>,
    pub(super) oom: OomWatch,
    shortage: Option<Shortage>,
    leaving: Option<&'static str>,
    idle_since: Instant,
    /// At the last reaping there were living children.
    others_live: bool,
    /// More may have ended than one turn took.
    unreaped: bool,
    /// A task was reported without a close look at what it may have left.
    pub(super) unsure: bool,
}

/// A start that has to wait.
struct Shortage {
    since: Instant,
    tries: u32,
    next: Instant,
}

/// What `poll` was about.
#[derive(Clone, Copy)]
enum Source {
    Signals,
    Listener,
    Daemon,
    Pipe { attempt_id: u64, which: usize },
}

/// Runs a keeper until it leaves.
pub(crate) fn serve(args: &Args, ready: Ready) -> Result<(), KeeperError> {
    let mut keeper = Keeper::new(args.clone())?;
    let life = ready.tell()?;
    while !keeper.turn()? {}
    keeper.outbox.unlink();
    if let Some(cgroup) = keeper.cgroup.take() {
        cgroup.leave();
    }
    if let Some(life) = life {
        life.leave();
    }
    Ok(())
}

impl Keeper {
    fn new(args: Args) -> Result<Self, KeeperError> {
        let first = match args.fd {
            Some(fd) => Some(
                sys::inherited(fd)
                    .map_err(|e| KeeperError::new(format!("--fd {fd} is not usable"), e))?,
            ),
            None => None,
        };
        let signals = sys::signal_fd().map_err(|e| KeeperError::new("signals", e))?;
        set_child_subreaper(Some(rustix::process::getpid()))
            .map_err(|e| KeeperError::new("can't become the subreaper of the tasks", e))?;
        let nofile = raise_nofile();
        let journal_path = journal_path(&args.dir);
        let journal = JournalWriter::open(&journal_path).map_err(|e| {
            let what = if e.kind() == std::io::ErrorKind::WouldBlock {
                format!("a keeper already works in {}", args.dir.display())
            } else {
                format!("journal {}", journal_path.display())
            };
            KeeperError::new(what, e)
        })?;
        let outbox = Outbox::new(&args.socket, first)
            .map_err(|e| KeeperError::new(format!("socket {}", args.socket.display()), e))?;
        let null = File::options()
            .read(true)
            .open("/dev/null")
            .map_err(|e| KeeperError::new("/dev/null", e))?;
        let cgroup = if args.use_cgroup { Cgroup::enter(&args.run_id) } else { None };
        let pid = std::process::id();
        let stat = ProcStat::read(pid).map_err(|e| KeeperError::new("/proc/self/stat", e))?;
        let identity = Identity {
            version: VERSION,
            run_id: args.run_id.clone(),
            pid,
            start_ticks: stat.start_ticks,
            boot_id: boot_id(),
            at_us: wall_us(),
            cgroup: cgroup.as_ref().map(|c| c.path().to_owned()),
        };
        let mut keeper = Self {
            journal_path,
            journal,
            unsent: Vec::new(),
            stuck: None,
            outbox,
            signals,
            null,
            nofile,
            identity,
            configured: false,
            slots: 0,
            base: BaseEnv::default(),
            log_dir: args.dir.clone(),
            limits: LogLimits::default(),
            sync_journal: false,
            masks: MaskSet::default(),
            queue: VecDeque::new(),
            tasks: Vec::new(),
            seen: HashSet::new(),
            spawner: Spawner::new(),
            pump: Pump::new(),
            strays: Strays::new(&args.run_id),
            oom: OomWatch::new(cgroup.as_ref()),
            cgroup,
            shortage: None,
            leaving: None,
            idle_since: Instant::now(),
            others_live: false,
            unreaped: false,
            unsure: false,
            args,
        };
        keeper.record(Event::Identity(keeper.identity.clone()));
        keeper.flush();
        if keeper.outbox.is_connected() {
            keeper.greet();
        }
        Ok(keeper)
    }

    /// One turn. `true` when the keeper has left.
    fn turn(&mut self) -> Result<bool, KeeperError> {
        let (sources, arrived) = self.wait()?;
        if arrived.child || self.unreaped {
            self.reap();
        }
        if arrived.terminate {
            self.shut_down();
        }
        for source in sources {
            match source {
                Source::Signals => {}
                Source::Listener => {
                    // What the old connection had sent is obeyed before the new one takes its place.
                    self.obey_daemon();
                    if self.outbox.accept() {
                        self.greet();
                    }
                }
                Source::Daemon => self.obey_daemon(),
                Source::Pipe { attempt_id, which } => {
                    // It may have been reported since: then there is nothing to take.
                    let at = self.tasks.iter().position(|t| t.attempt_id == attempt_id);
                    if let Some(at) = at.filter(|at| self.tasks[*at].pipes_open()) {
                        let task = &mut self.tasks[at];
                        self.pump.take(task, which, &self.masks);
                        if task.exited.is_some() && !task.pipes_open() {
                            self.settle(at, Instant::now());
                        }
                    }
                }
            }
        }
        let now = Instant::now();
        self.tend(now);
        self.sweep_if_due();
        // What happened is told before the next start: that takes half a millisecond in which the daemon can work.
        self.flush();
        if self.start_queued() {
            self.flush();
        }
        Ok(self.may_leave(now))
    }

    /// Waits for something to happen or to become due.
    fn wait(&self) -> Result<(Vec<Source>, Arrived), KeeperError> {
        let mut sources = vec![Source::Signals, Source::Listener];
        let mut fds = vec![
            PollFd::new(&self.signals, PollFlags::IN),
            PollFd::from_borrowed_fd(self.outbox.listener_fd(), PollFlags::IN),
        ];
        if let Some((fd, more)) = self.outbox.conn_fd() {
            let flags = if more { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            sources.push(Source::Daemon);
            fds.push(PollFd::from_borrowed_fd(fd, flags));
        }
        for task in &self.tasks {
            for (which, pipe) in task.pipes.iter().enumerate() {
                if let Some(pipe) = pipe {
                    sources.push(Source::Pipe { attempt_id: task.attempt_id, which });
                    fds.push(PollFd::new(&pipe.fd, PollFlags::IN));
                }
            }
        }
        let timeout = self.next_moment().map(|t| t.saturating_duration_since(Instant::now()));
        let timeout = timeout.map(|d| Timespec {
            tv_sec: i64::try_from(d.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(d.subsec_nanos()),
        });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(KeeperError::new("poll", e)),
        }
        let happened: Vec<Source> = sources
            .into_iter()
            .zip(&fds)
            .filter(|(_, fd)| !fd.revents().is_empty())
            .map(|(source, _)| source)
            .collect();
        let signalled = matches!(happened.first(), Some(Source::Signals));
        let arrived =
            if signalled { sys::take_signals(self.signals.as_fd()) } else { Arrived::default() };
        Ok((happened, arrived))
    }

    fn next_moment(&self) -> Option<Instant> {
        if self.unreaped {
            return Some(Instant::now());
        }
        let tasks = self.tasks.iter().filter_map(Task::next_moment);
        let shortage = self.shortage.as_ref().map(|s| s.next);
        let sweep = if self.tasks.is_empty() {
            self.others_live.then(|| Instant::now() + SWEEP_AGAIN)
        } else {
            self.unsure.then(|| self.strays.next_scan())
        };
        let idle = (self.is_idle() && !self.outbox.is_connected())
            .then(|| self.idle_since + self.args.idle_exit);
        tasks.chain(shortage).chain(self.stuck).chain(sweep).chain(idle).min()
    }

    fn reap(&mut self) {
        let mut ended = Vec::new();
        let mut taken = 0;
        self.unreaped = false;
        let alone = loop {
            if taken == REAPED_PER_TURN {
                self.unreaped = true;
                break false;
            }
            taken += 1;
            match sys::reap_any() {
                Wait::Reaped(reaped) => {
                    let main =
                        self.tasks.iter().position(|t| t.pid == reaped.pid && t.exited.is_none());
                    match main {
                        Some(at) => ended.push((self.tasks[at].attempt_id, reaped)),
                        None => self.strays.forget(reaped.pid),
                    }
                }
                Wait::NoneYet => break false,
                Wait::NoChildren => break true,
            }
        };
        for (attempt_id, reaped) in ended {
            if let Some(at) = self.tasks.iter().position(|t| t.attempt_id == attempt_id) {
                self.on_exit(at, reaped, alone);
            }
        }
        self.others_live = !alone;
        // A stray's end may be what another task waits for.
        let now = Instant::now();
        for at in 0..self.tasks.len() {
            if self.tasks[at].exited.is_some_and(|e| e.at < now)
                && self.tasks[at].strays.until().is_some_and(|t| t > now)
            {
                self.settle(at, now);
            }
        }
    }

    /// The main processes that have not been reaped.
    pub(super) fn mains(&self) -> Vec<u32> {
        self.tasks.iter().filter(|t| t.exited.is_none()).map(|t| t.pid).collect()
    }

    fn sweep_if_due(&mut self) {
        if self.tasks.is_empty() {
            self.unsure = false;
            if self.others_live {
                self.sweep(true);
            }
        } else if self.unsure && Instant::now() >= self.strays.next_scan() {
            self.unsure = false;
            self.sweep(false);
        }
    }

    fn greet(&mut self) {
        let hello = KeeperHello {
            run_id: self.args.run_id.clone(),
            pid: self.identity.pid,
            start_ticks: self.identity.start_ticks,
            boot_id: self.identity.boot_id.clone(),
            last_record: self.journal.last_record(),
            configured: self.configured,
            slots: u32::try_from(self.slots).unwrap_or(u32::MAX),
            running: self.tasks.iter().map(|t| t.attempt_id).collect(),
            queued: self.queue.iter().map(|s| s.attempt_id).collect(),
            cgroup: self.identity.cgroup.clone(),
            ..KeeperHello::default()
        };
        self.outbox.push(&FromKeeper::Hello(Box::new(hello)));
    }

    fn obey_daemon(&mut self) {
        for message in self.outbox.receive() {
            self.obey(message);
        }
    }

    fn obey(&mut self, message: ToKeeper) {
        self.idle_since = Instant::now();
        match message {
            // All versions so far are one; a later release adapts here to an older daemon.
            ToKeeper::Hello(_) => {}
            ToKeeper::Configure(c) => self.configure(*c),
            ToKeeper::SetSlots { slots } => self.slots = slots as usize,
            ToKeeper::AddMasks { masks } => self.masks = self.masks.with(masks),
            ToKeeper::Start(start) => {
                if self.leaving.is_some() {
                    self.outbox.push(&FromKeeper::Recalled { attempt_ids: vec![start.attempt_id] });
                } else if self.seen.insert(start.attempt_id) {
                    self.queue.push_back(start);
                }
            }
            ToKeeper::Recall { attempt_ids } => self.recall(|id| attempt_ids.contains(&id)),
            ToKeeper::Stop { attempt_id, kill } => {
                self.recall(|id| id == attempt_id);
                if let Some(at) = self.tasks.iter().position(|t| t.attempt_id == attempt_id) {
                    self.stop(at, kill, EndedBy::Stop);
                }
            }
            ToKeeper::StopAll { kill } => {
                self.recall(|_| true);
                for at in 0..self.tasks.len() {
                    self.stop(at, kill, EndedBy::Stop);
                }
            }
            ToKeeper::Resend { after_record } => {
                self.outbox.follow(&self.journal_path, after_record);
            }
            ToKeeper::Quit => {
                self.leaving.get_or_insert("quit");
                self.recall(|_| true);
                for at in 0..self.tasks.len() {
                    self.stop(at, true, EndedBy::Stop);
                }
            }
        }
    }

    fn configure(&mut self, c: Configure) {
        self.slots = c.slots as usize;
        self.base = BaseEnv::new(&c.base_env);
        if !c.log_dir.as_os_str().is_empty() {
            self.log_dir = c.log_dir;
        }
        self.limits = LogLimits { head_bytes: c.log_head_bytes, tail_bytes: c.log_tail_bytes };
        self.masks = MaskSet::new(c.masks);
        self.sync_journal = c.sync_journal;
        self.configured = true;
    }

    /// What is being stopped already goes on to its grace's end: a daemon that took the run over says it once more.
    fn stop(&mut self, at: usize, kill: bool, by: EndedBy) {
        let now = Instant::now();
        let task = &self.tasks[at];
        if kill {
            self.kill(at, by, now);
        } else if task.ended_by != by || task.kill_at.is_none() {
            let grace = task.grace;
            self.terminate(at, by, grace, now);
        }
    }

    /// Takes attempts out of the queue and says which; they may be sent again later.
    fn recall(&mut self, which: impl Fn(u64) -> bool) {
        let mut recalled = Vec::new();
        self.queue.retain(|s| {
            let goes = which(s.attempt_id);
            if goes {
                recalled.push(s.attempt_id);
            }
            !goes
        });
        if recalled.is_empty() {
            return;
        }
        for attempt_id in &recalled {
            self.seen.remove(attempt_id);
        }
        if self.queue.is_empty() {
            self.shortage = None;
        }
        self.outbox.push(&FromKeeper::Recalled { attempt_ids: recalled });
    }

    fn shut_down(&mut self) {
        self.leaving = Some("shutdown");
        self.recall(|_| true);
        for at in 0..self.tasks.len() {
            let grace = self.tasks[at].grace.min(SHUTDOWN_GRACE);
            self.terminate(at, EndedBy::Shutdown, grace, Instant::now());
        }
    }

    /// Starts queued attempts as long as slots are free. `true` when anything was put into the journal.
    fn start_queued(&mut self) -> bool {
        if self.queue.is_empty() || self.stuck.is_some() || self.leaving.is_some() {
            return false;
        }
        if self.shortage.as_ref().is_some_and(|s| Instant::now() < s.next) {
            return false;
        }
        let mut started = false;
        while self.tasks.len() < self.slots {
            let Some(start) = self.queue.front() else { break };
            let ground = Ground {
                run_id: &self.args.run_id,
                base: &self.base,
                log_dir: &self.log_dir,
                limits: self.limits,
                null: self.null.as_fd(),
                nofile: self.nofile,
            };
            match spawn(&mut self.spawner, &ground, start) {
                Ok(task) => {
                    let event = Event::Started(millrace_keeper::protocol::Started {
                        attempt_id: task.attempt_id,
                        pid: task.pid,
                        start_ticks: task.start_ticks,
                        at_us: task.started_us,
                    });
                    self.tasks.push(task);
                    self.record(event);
                }
                Err(NotStarted::Failed(failed)) => self.never_ran(failed),
                Err(NotStarted::Short { errno, what }) => {
                    if !self.hold_back(errno, what) {
                        return started;
                    }
                    continue;
                }
            }
            self.queue.pop_front();
            self.shortage = None;
            started = true;
        }
        started
    }

    /// Journals the front of the queue as an attempt that could not be started.
    fn never_ran(&mut self, failed: SpawnFailed) {
        let Some(start) = self.queue.front() else { return };
        let mut ended = Ended::new(start.attempt_id, Exit::SpawnFailed(failed));
        if let Some(dir) = &start.artifacts_dir {
            let _ = std::fs::remove_dir(dir);
        }
        ended.ended_us = wall_us();
        self.record(Event::Ended(Box::new(ended)));
    }

    /// Waits for what is short. `true` when that took too long and the attempt was given up.
    fn hold_back(&mut self, errno: i32, what: &'static str) -> bool {
        let now = Instant::now();
        let Some(start) = self.queue.front() else { return false };
        let tries = self.shortage.as_ref().map_or(0, |s| s.tries) + 1;
        let since = self.shortage.as_ref().map_or(now, |s| s.since);
        let limit = if errno == libc::ETXTBSY { BUSY_LIMIT } else { SHORTAGE_LIMIT };
        if now - since > limit {
            let said = std::io::Error::from_raw_os_error(errno);
            let secs = limit.as_secs();
            let failed = SpawnFailed {
                errno,
                what: format!("{what} failed for {secs} s ({tries} tries): {said}"),
                path: PathBuf::from(start.argv.first().cloned().unwrap_or_default()),
            };
            self.never_ran(failed);
            self.queue.pop_front();
            self.shortage = None;
            return true;
        }
        let delay = Duration::from_millis(10 << tries.min(8)).min(Duration::from_secs(2));
        self.outbox.push(&FromKeeper::Delayed(Delayed {
            attempt_id: start.attempt_id,
            errno,
            what: what.to_owned(),
            tries,
            next_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        }));
        self.shortage = Some(Shortage { since, tries, next: now + delay });
        false
    }

    /// Puts an event into the journal's batch; it is told after the next flush.
    pub(super) fn record(&mut self, event: Event) {
        self.idle_since = Instant::now();
        let entry = self.journal.append(event);
        self.unsent.push(entry);
    }

    /// Writes the journal's batch, then tells it.
    fn flush(&mut self) {
        if self.journal.has_pending() {
            let position = self.journal.written();
            match self.journal.flush(self.sync_journal) {
                Ok(()) => {
                    self.stuck = None;
                    self.outbox.push_entries(&self.journal_path, &mut self.unsent, position);
                }
                Err(e) => {
                    if self.stuck.is_none() {
                        let errno = e.raw_os_error().unwrap_or(0);
                        self.outbox.push(&FromKeeper::JournalStuck { errno });
                    }
                    self.stuck = Some(Instant::now() + JOURNAL_RETRY);
                }
            }
        }
        self.outbox.send(self.journal.written());
    }

    fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.queue.is_empty()
    }

    /// Leaves when it was told to, or when nobody has needed it for long, and nothing is left. `true` when done.
    fn may_leave(&mut self, now: Instant) -> bool {
        if !self.tasks.is_empty() {
            return false;
        }
        if self.leaving.is_none()
            && self.queue.is_empty()
            && !self.outbox.is_connected()
            && now >= self.idle_since + self.args.idle_exit
        {
            self.leaving = Some("idle");
        }
        let Some(reason) = self.leaving else { return false };
        // Results that could not be written yet would be gone. A shutdown can't wait for that.
        if self.stuck.is_some() && reason != "shutdown" {
            return false;
        }
        self.clear_away();
        self.record(Event::Leaving(Leaving { reason: reason.to_owned(), at_us: wall_us() }));
        self.flush();
        true
    }

    /// Kills whatever is still below the keeper. What it leaves behind nobody would ever find again.
    fn clear_away(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(2);
        while self.others_live && Instant::now() < deadline {
            self.sweep(true);
            self.reap();
            if self.others_live {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// Allows the keeper as many open files as it may have, and returns what the tasks are to get back.
fn raise_nofile() -> Option<(u64, u64)> {
    let limit = getrlimit(Resource::Nofile);
    let (Some(current), Some(maximum)) = (limit.current, limit.maximum) else { return None };
    let raised = Rlimit { current: Some(maximum), maximum: Some(maximum) };
    setrlimit(Resource::Nofile, raised).ok().map(|()| (current, maximum))
}
