//! What happened to attempts: the records of the journal, which are also what the daemon is told.
//!
//! A payload is the record's number, the event's kind and its fields; the journal and the socket carry the same bytes.

use std::fmt;
use std::path::PathBuf;

use super::wire::{Malformed, Put, Take};

/// One journal record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number within the run's journal, from 1 on without gaps.
    pub record: u64,
    /// What happened.
    pub event: Event,
}

/// What a record tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A keeper took up the run; attempts started before and not ended are lost.
    Identity(Identity),
    /// A process was started.
    Started(Started),
    /// An attempt is over.
    Ended(Box<Ended>),
    /// Processes of an attempt that had already ended were found and killed.
    LeftBehind(LeftBehind),
    /// The keeper left in good order; nothing runs.
    Leaving(Leaving),
    /// An event of a newer release.
    Unknown {
        /// Its kind.
        kind: u16,
    },
}

/// Who a keeper is: enough to know for certain whether it still lives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Protocol version it speaks.
    pub version: u16,
    /// The run.
    pub run_id: String,
    /// Process id.
    pub pid: u32,
    /// Start time in clock ticks since boot.
    pub start_ticks: u64,
    /// The kernel's boot id.
    pub boot_id: String,
    /// Wall time of the start, Unix microseconds.
    pub at_us: u64,
    /// The run's control group, where one could be made.
    pub cgroup: Option<PathBuf>,
}

/// A process was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Started {
    /// Which attempt.
    pub attempt_id: u64,
    /// Process id; also the number of its session and process group.
    pub pid: u32,
    /// Start time in clock ticks since boot, give or take a tick; see [`crate::identity::is_same_process`].
    pub start_ticks: u64,
    /// Wall time, Unix microseconds.
    pub at_us: u64,
}

/// How the main process of an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this exit code (0 to 255).
    Exited(i32),
    /// By a signal. Never confused with exit code 128 + n.
    Signaled {
        /// The signal's number.
        signal: i32,
        /// Whether a core was dumped.
        core: bool,
    },
    /// It never ran.
    SpawnFailed(SpawnFailed),
    /// Its fate is not to be judged: the keeper was told to leave while it ran.
    Lost {
        /// Why, for example `shutdown`.
        reason: String,
    },
}

/// Why a program could not be started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpawnFailed {
    /// The system's error number.
    pub errno: i32,
    /// What was wrong, in words, for example `the working folder does not exist`.
    pub what: String,
    /// The path it is about.
    pub path: PathBuf,
}

impl fmt::Display for SpawnFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.what)
    }
}

/// Who brought the end about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EndedBy {
    /// The process itself (or someone outside Millrace).
    #[default]
    Itself,
    /// Its time-out.
    TimeOut,
    /// A stop that was asked for.
    Stop,
    /// The keeper's own end (logout, shutdown).
    Shutdown,
}

/// An attempt is over: its main process is gone and so is everything it had started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Which attempt.
    pub attempt_id: u64,
    /// How.
    pub exit: Exit,
    /// By whom.
    pub ended_by: EndedBy,
    /// SIGKILL was needed (or asked for) to stop it.
    pub killed: bool,
    /// The kernel's out-of-memory killer ended it. Best knowledge: exact with a control group that counts memory or
    /// where the kernel's log can be read, else inferred from the machine-wide count.
    pub oom: bool,
    /// Processes outlived the main one and were killed.
    pub left_processes: bool,
    /// Wall time of the start, Unix microseconds; 0 when it never ran.
    pub started_us: u64,
    /// Wall time of the main process's end, Unix microseconds.
    pub ended_us: u64,
    /// Running time by a clock that neither jumps nor counts suspend, microseconds.
    pub duration_us: u64,
    /// Processor time in user mode, of the process and the children it waited for, microseconds.
    pub user_us: u64,
    /// Processor time in the kernel, microseconds.
    pub system_us: u64,
    /// Largest resident set of any of its processes, bytes.
    pub max_rss_bytes: u64,
    /// Bytes of standard output, after masking.
    pub stdout_bytes: u64,
    /// Bytes of standard error, after masking.
    pub stderr_bytes: u64,
    /// Bytes of output that the log does not hold (beyond head and tail, or no space on the disk).
    pub log_dropped_bytes: u64,
    /// The end of the output, both streams, masked, at most 2 KiB.
    pub last_output: Vec<u8>,
    /// The bytes of the outputs file, at most [`super::MAX_OUTPUTS_BYTES`]; empty when there is none. Masked like
    /// output, and so is the file then.
    pub outputs: Vec<u8>,
    /// The outputs file was larger and `outputs` is empty.
    pub outputs_too_large: bool,
    /// The artifacts folder is not empty.
    pub has_artifacts: bool,
}

impl Ended {
    /// An end with everything else empty.
    #[must_use]
    pub fn new(attempt_id: u64, exit: Exit) -> Self {
        Self {
            attempt_id,
            exit,
            ended_by: EndedBy::Itself,
            killed: false,
            oom: false,
            left_processes: false,
            started_us: 0,
            ended_us: 0,
            duration_us: 0,
            user_us: 0,
            system_us: 0,
            max_rss_bytes: 0,
            stdout_bytes: 0,
            stderr_bytes: 0,
            log_dropped_bytes: 0,
            last_output: Vec::new(),
            outputs: Vec::new(),
            outputs_too_large: false,
            has_artifacts: false,
        }
    }

    /// The last line of output that is not blank, bad UTF-8 replaced.
    #[must_use]
    pub fn last_line(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.last_output);
        text.lines().rev().find(|l| !l.trim().is_empty()).map(|l| l.trim_end().to_owned())
    }
}

/// Processes of an ended attempt were found later and killed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftBehind {
    /// Which attempt.
    pub attempt_id: u64,
    /// Wall time, Unix microseconds.
    pub at_us: u64,
    /// How many were killed.
    pub killed: u32,
}

/// The keeper left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leaving {
    /// `quit`, `shutdown` or `idle`.
    pub reason: String,
    /// Wall time, Unix microseconds.
    pub at_us: u64,
}

const IDENTITY: u16 = 1;
const STARTED: u16 = 2;
const ENDED: u16 = 3;
const LEFT_BEHIND: u16 = 4;
const LEAVING: u16 = 5;

impl Entry {
    /// Appends number, kind and fields.
    pub fn put_payload(&self, out: &mut Vec<u8>) {
        let p = &mut Put(out);
        p.u64(self.record);
        match &self.event {
            Event::Identity(i) => {
                p.u16(IDENTITY);
                p.u16(i.version);
                p.str(&i.run_id);
                p.u32(i.pid);
                p.u64(i.start_ticks);
                p.str(&i.boot_id);
                p.u64(i.at_us);
                p.opt_path(i.cgroup.as_deref());
            }
            Event::Started(s) => {
                p.u16(STARTED);
                p.u64(s.attempt_id);
                p.u32(s.pid);
                p.u64(s.start_ticks);
                p.u64(s.at_us);
            }
            Event::Ended(e) => {
                p.u16(ENDED);
                e.put(p);
            }
            Event::LeftBehind(l) => {
                p.u16(LEFT_BEHIND);
                p.u64(l.attempt_id);
                p.u64(l.at_us);
                p.u32(l.killed);
            }
            Event::Leaving(l) => {
                p.u16(LEAVING);
                p.str(&l.reason);
                p.u64(l.at_us);
            }
            Event::Unknown { kind } => p.u16(*kind),
        }
    }

    /// Reads what [`Entry::put_payload`] wrote, also by another release.
    ///
    /// # Errors
    /// When the bytes end inside a field.
    pub fn from_payload(payload: &[u8]) -> Result<Self, Malformed> {
        let t = &mut Take::new(payload);
        let record = t.u64("record")?;
        let event = match t.u16("event kind")? {
            IDENTITY => Event::Identity(Identity {
                version: t.u16("version")?,
                run_id: t.string("run_id")?,
                pid: t.u32("pid")?,
                start_ticks: t.u64("start_ticks")?,
                boot_id: t.string("boot_id")?,
                at_us: t.u64("at_us")?,
                cgroup: t.opt_path("cgroup")?,
            }),
            STARTED => Event::Started(Started {
                attempt_id: t.u64("attempt_id")?,
                pid: t.u32("pid")?,
                start_ticks: t.u64("start_ticks")?,
                at_us: t.u64("at_us")?,
            }),
            ENDED => Event::Ended(Box::new(Ended::take(t)?)),
            LEFT_BEHIND => Event::LeftBehind(LeftBehind {
                attempt_id: t.u64("attempt_id")?,
                at_us: t.u64("at_us")?,
                killed: t.u32("killed")?,
            }),
            LEAVING => {
                Event::Leaving(Leaving { reason: t.string("reason")?, at_us: t.u64("at_us")? })
            }
            kind => Event::Unknown { kind },
        };
        Ok(Self { record, event })
    }
}

impl Ended {
    fn put(&self, p: &mut Put<'_>) {
        p.u64(self.attempt_id);
        self.exit.put(p);
        p.u8(match self.ended_by {
            EndedBy::Itself => 0,
            EndedBy::TimeOut => 1,
            EndedBy::Stop => 2,
            EndedBy::Shutdown => 3,
        });
        p.bool(self.killed);
        p.bool(self.oom);
        p.bool(self.left_processes);
        for v in [
            self.started_us,
            self.ended_us,
            self.duration_us,
            self.user_us,
            self.system_us,
            self.max_rss_bytes,
            self.stdout_bytes,
            self.stderr_bytes,
            self.log_dropped_bytes,
        ] {
            p.u64(v);
        }
        p.bytes(&self.last_output);
        p.bytes(&self.outputs);
        p.bool(self.outputs_too_large);
        p.bool(self.has_artifacts);
    }

    fn take(t: &mut Take<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            attempt_id: t.u64("attempt_id")?,
            exit: Exit::take(t)?,
            ended_by: match t.u8("ended_by")? {
                1 => EndedBy::TimeOut,
                2 => EndedBy::Stop,
                3 => EndedBy::Shutdown,
                _ => EndedBy::Itself,
            },
            killed: t.bool("killed")?,
            oom: t.bool("oom")?,
            left_processes: t.bool("left_processes")?,
            started_us: t.u64("started_us")?,
            ended_us: t.u64("ended_us")?,
            duration_us: t.u64("duration_us")?,
            user_us: t.u64("user_us")?,
            system_us: t.u64("system_us")?,
            max_rss_bytes: t.u64("max_rss_bytes")?,
            stdout_bytes: t.u64("stdout_bytes")?,
            stderr_bytes: t.u64("stderr_bytes")?,
            log_dropped_bytes: t.u64("log_dropped_bytes")?,
            last_output: t.bytes("last_output")?,
            outputs: t.bytes("outputs")?,
            outputs_too_large: t.bool("outputs_too_large")?,
            has_artifacts: t.bool("has_artifacts")?,
        })
    }
}

impl Exit {
    /// Every form has the same shape on the wire (form, number, flag, text, path), so a reader can step over one that
    /// it does not know.
    fn put(&self, p: &mut Put<'_>) {
        let (form, number, flag, text, path) = match self {
            Self::Exited(code) => (1, *code, false, "", None),
            Self::Signaled { signal, core } => (2, *signal, *core, "", None),
            Self::SpawnFailed(f) => (3, f.errno, false, f.what.as_str(), Some(f.path.as_path())),
            Self::Lost { reason } => (4, 0, false, reason.as_str(), None),
        };
        p.u8(form);
        p.i32(number);
        p.bool(flag);
        p.str(text);
        p.opt_path(path);
    }

    fn take(t: &mut Take<'_>) -> Result<Self, Malformed> {
        let (form, number, flag) = (t.u8("exit")?, t.i32("exit")?, t.bool("exit")?);
        let (text, path) = (t.string("exit")?, t.path("exit")?);
        Ok(match form {
            1 => Self::Exited(number),
            2 => Self::Signaled { signal: number, core: flag },
            3 => Self::SpawnFailed(SpawnFailed { errno: number, what: text, path }),
            4 => Self::Lost { reason: text },
            other => Self::Lost {
                reason: format!("ended in a way this release does not know ({other})"),
            },
        })
    }
}
