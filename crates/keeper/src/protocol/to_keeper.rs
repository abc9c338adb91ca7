//! Messages from a daemon to a keeper.

use std::ffi::OsString;
use std::path::PathBuf;

use super::frame::put_frame;
use super::wire::{Malformed, Put, Take};
use super::{Frame, OLDEST_VERSION, VERSION};

/// The daemon's greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonHello {
    /// Newest version it speaks.
    pub version: u16,
    /// Oldest version it reads.
    pub oldest: u16,
}

impl Default for DaemonHello {
    fn default() -> Self {
        Self { version: VERSION, oldest: OLDEST_VERSION }
    }
}

/// What holds for the whole run. Sent once, before the first start; a second one replaces the first for later starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configure {
    /// How many tasks may run at the same time. 0 starts nothing.
    pub slots: u32,
    /// Environment of every task; a start adds to it.
    pub base_env: Vec<(OsString, OsString)>,
    /// Folder that relative log paths are taken from.
    pub log_dir: PathBuf,
    /// Bytes kept of the beginning of an attempt's output; rounded up to whole 64 KiB blocks, at least one.
    pub log_head_bytes: u64,
    /// Bytes kept of the end of an attempt's output once the beginning is full; rounded likewise.
    pub log_tail_bytes: u64,
    /// Byte strings that never reach a log; see [`crate::mask::mask_forms`].
    pub masks: Vec<Vec<u8>>,
    /// Whether each batch of journal records is synced to the disk before it is told (`durability = "full"`).
    pub sync_journal: bool,
}

/// One attempt to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start {
    /// The daemon's number for the attempt, unique within the run. A start of a known number is ignored, so it may be
    /// repeated when it is not known whether it arrived.
    pub attempt_id: u64,
    /// Program and arguments; a program without a slash is looked up in the task's own `PATH`.
    pub argv: Vec<OsString>,
    /// Working folder; must exist.
    pub cwd: PathBuf,
    /// Added to the base environment; replaces variables of the same name.
    pub env: Vec<(OsString, OsString)>,
    /// Where output goes, absolute or relative to the log folder. Created at the first byte, parents included.
    pub log_path: PathBuf,
    /// File whose bytes come back in the end (`$MILLRACE_OUTPUTS`); need not exist.
    pub outputs_path: Option<PathBuf>,
    /// Folder made before the start and removed after the end when it is empty (`$MILLRACE_ARTIFACTS`).
    pub artifacts_dir: Option<PathBuf>,
    /// Running time in milliseconds (suspend not counted) after which the task is stopped. 0: none.
    pub timeout_ms: u64,
    /// Time in milliseconds between SIGTERM and SIGKILL when the task is stopped.
    pub grace_ms: u64,
}

/// A message to a keeper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToKeeper {
    /// Greeting.
    Hello(DaemonHello),
    /// Settings of the run.
    Configure(Box<Configure>),
    /// Changes how many tasks may run at once; those that run go on.
    SetSlots {
        /// The new number.
        slots: u32,
    },
    /// Adds byte strings to mask, from the next byte of output on.
    AddMasks {
        /// The byte strings.
        masks: Vec<Vec<u8>>,
    },
    /// Queues an attempt; it starts when a slot is free, in the order of arrival.
    Start(Box<Start>),
    /// Takes back attempts that have not started. The answer names those that will never start.
    Recall {
        /// Which ones.
        attempt_ids: Vec<u64>,
    },
    /// Stops an attempt: SIGTERM to its tree, SIGKILL after its grace. One that is still queued is recalled. Said again it
    /// changes nothing, unless it says `kill` now.
    Stop {
        /// Which one.
        attempt_id: u64,
        /// SIGKILL at once.
        kill: bool,
    },
    /// Recalls everything queued and stops everything running.
    StopAll {
        /// SIGKILL at once.
        kill: bool,
    },
    /// Asks for all journal entries after this record, and live ones from then on.
    Resend {
        /// Number of the last record that the daemon has; 0 for none.
        after_record: u64,
    },
    /// The run is over: kill what is left, remove the socket, exit. The journal stays.
    Quit,
}

const HELLO: u16 = 1;
const CONFIGURE: u16 = 2;
const SET_SLOTS: u16 = 3;
const ADD_MASKS: u16 = 4;
const START: u16 = 5;
const RECALL: u16 = 6;
const STOP: u16 = 7;
const STOP_ALL: u16 = 8;
const RESEND: u16 = 9;
const QUIT: u16 = 10;

impl ToKeeper {
    /// Appends the message as one frame.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Hello(h) => put_frame(out, HELLO, |b| {
                let mut p = Put(b);
                p.u16(h.version);
                p.u16(h.oldest);
            }),
            Self::Configure(c) => put_frame(out, CONFIGURE, |b| c.put(&mut Put(b))),
            Self::SetSlots { slots } => put_frame(out, SET_SLOTS, |b| Put(b).u32(*slots)),
            Self::AddMasks { masks } => {
                put_frame(out, ADD_MASKS, |b| Put(b).list(masks, |p, m| p.bytes(m)));
            }
            Self::Start(s) => put_frame(out, START, |b| s.put(&mut Put(b))),
            Self::Recall { attempt_ids } => {
                put_frame(out, RECALL, |b| Put(b).list(attempt_ids, |p, id| p.u64(*id)));
            }
            Self::Stop { attempt_id, kill } => put_frame(out, STOP, |b| {
                let mut p = Put(b);
                p.u64(*attempt_id);
                p.bool(*kill);
            }),
            Self::StopAll { kill } => put_frame(out, STOP_ALL, |b| Put(b).bool(*kill)),
            Self::Resend { after_record } => {
                put_frame(out, RESEND, |b| Put(b).u64(*after_record));
            }
            Self::Quit => put_frame(out, QUIT, |_| {}),
        }
    }

    /// Decodes a frame; `None` for a kind of a newer release.
    ///
    /// # Errors
    /// When the frame is cut off inside a field.
    pub fn decode(frame: &Frame) -> Result<Option<Self>, Malformed> {
        let mut t = Take::new(&frame.body);
        Ok(Some(match frame.kind {
            HELLO => {
                Self::Hello(DaemonHello { version: t.u16("version")?, oldest: t.u16("oldest")? })
            }
            CONFIGURE => Self::Configure(Box::new(Configure::take(&mut t)?)),
            SET_SLOTS => Self::SetSlots { slots: t.u32("slots")? },
            ADD_MASKS => Self::AddMasks { masks: t.list("masks", |t| t.bytes("masks"))? },
            START => Self::Start(Box::new(Start::take(&mut t)?)),
            RECALL => {
                Self::Recall { attempt_ids: t.list("attempt_ids", |t| t.u64("attempt_ids"))? }
            }
            STOP => Self::Stop { attempt_id: t.u64("attempt_id")?, kill: t.bool("kill")? },
            STOP_ALL => Self::StopAll { kill: t.bool("kill")? },
            RESEND => Self::Resend { after_record: t.u64("after_record")? },
            QUIT => Self::Quit,
            _ => return Ok(None),
        }))
    }
}

impl Configure {
    fn put(&self, p: &mut Put<'_>) {
        p.u32(self.slots);
        p.pairs(&self.base_env);
        p.path(&self.log_dir);
        p.u64(self.log_head_bytes);
        p.u64(self.log_tail_bytes);
        p.list(&self.masks, |p, m| p.bytes(m));
        p.bool(self.sync_journal);
    }

    fn take(t: &mut Take<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            slots: t.u32("slots")?,
            base_env: t.pairs("base_env")?,
            log_dir: t.path("log_dir")?,
            log_head_bytes: t.u64("log_head_bytes")?,
            log_tail_bytes: t.u64("log_tail_bytes")?,
            masks: t.list("masks", |t| t.bytes("masks"))?,
            sync_journal: t.bool("sync_journal")?,
        })
    }
}

impl Start {
    fn put(&self, p: &mut Put<'_>) {
        p.u64(self.attempt_id);
        p.list(&self.argv, |p, a| p.os(a));
        p.path(&self.cwd);
        p.pairs(&self.env);
        p.path(&self.log_path);
        p.opt_path(self.outputs_path.as_deref());
        p.opt_path(self.artifacts_dir.as_deref());
        p.u64(self.timeout_ms);
        p.u64(self.grace_ms);
    }

    fn take(t: &mut Take<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            attempt_id: t.u64("attempt_id")?,
            argv: t.list("argv", |t| t.os("argv"))?,
            cwd: t.path("cwd")?,
            env: t.pairs("env")?,
            log_path: t.path("log_path")?,
            outputs_path: t.opt_path("outputs_path")?,
            artifacts_dir: t.opt_path("artifacts_dir")?,
            timeout_ms: t.u64("timeout_ms")?,
            grace_ms: t.u64("grace_ms")?,
        })
    }
}
