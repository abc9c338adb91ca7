//! Messages from a keeper to its daemon.

use std::path::PathBuf;

use super::frame::put_frame;
use super::wire::{Malformed, Put, Take};
use super::{Entry, Frame, OLDEST_VERSION, VERSION};

/// The keeper's greeting: who it is and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeeperHello {
    /// Newest version it speaks.
    pub version: u16,
    /// Oldest version it reads.
    pub oldest: u16,
    /// The run it was started for.
    pub run_id: String,
    /// Its process id.
    pub pid: u32,
    /// Its start time in clock ticks since boot.
    pub start_ticks: u64,
    /// The kernel's boot id.
    pub boot_id: String,
    /// Number of the newest journal record.
    pub last_record: u64,
    /// Whether it was configured; if not, it starts nothing.
    pub configured: bool,
    /// How many tasks may run at once.
    pub slots: u32,
    /// Attempts that run now.
    pub running: Vec<u64>,
    /// Attempts that wait for a slot, next one first.
    pub queued: Vec<u64>,
    /// The run's control group, where one could be made.
    pub cgroup: Option<PathBuf>,
}

impl Default for KeeperHello {
    fn default() -> Self {
        Self {
            version: VERSION,
            oldest: OLDEST_VERSION,
            run_id: String::new(),
            pid: 0,
            start_ticks: 0,
            boot_id: String::new(),
            last_record: 0,
            configured: false,
            slots: 0,
            running: Vec::new(),
            queued: Vec::new(),
            cgroup: None,
        }
    }
}

/// A start that could not be made yet for want of something; it is tried again, no attempt is used up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delayed {
    /// Which attempt.
    pub attempt_id: u64,
    /// The system's error number.
    pub errno: i32,
    /// What failed, in words.
    pub what: String,
    /// How many tries there were.
    pub tries: u32,
    /// Time in milliseconds until the next one.
    pub next_ms: u64,
}

/// A message from a keeper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromKeeper {
    /// Greeting, first on every connection.
    Hello(Box<KeeperHello>),
    /// Something that happened, in the order of the journal and already in it.
    Entry(Box<Entry>),
    /// Attempts that were taken back and will never start.
    Recalled {
        /// Which ones.
        attempt_ids: Vec<u64>,
    },
    /// A start waits for resources.
    Delayed(Delayed),
    /// All entries that were missed have been sent.
    CaughtUp {
        /// Number of the newest record sent.
        record: u64,
    },
    /// The journal can't be written: nothing is told or started until it can.
    JournalStuck {
        /// The system's error number.
        errno: i32,
    },
}

const HELLO: u16 = 101;
pub(super) const ENTRY: u16 = 102;
const RECALLED: u16 = 103;
const DELAYED: u16 = 104;
const CAUGHT_UP: u16 = 105;
const JOURNAL_STUCK: u16 = 106;

impl FromKeeper {
    /// Appends the message as one frame.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Hello(h) => put_frame(out, HELLO, |b| h.put(&mut Put(b))),
            Self::Entry(e) => put_frame(out, ENTRY, |b| e.put_payload(b)),
            Self::Recalled { attempt_ids } => {
                put_frame(out, RECALLED, |b| Put(b).list(attempt_ids, |p, id| p.u64(*id)));
            }
            Self::Delayed(d) => put_frame(out, DELAYED, |b| {
                let mut p = Put(b);
                p.u64(d.attempt_id);
                p.i32(d.errno);
                p.str(&d.what);
                p.u32(d.tries);
                p.u64(d.next_ms);
            }),
            Self::CaughtUp { record } => put_frame(out, CAUGHT_UP, |b| Put(b).u64(*record)),
            Self::JournalStuck { errno } => put_frame(out, JOURNAL_STUCK, |b| Put(b).i32(*errno)),
        }
    }

    /// Appends an entry frame from a journal record's payload, without decoding it.
    pub fn encode_payload(payload: &[u8], out: &mut Vec<u8>) {
        put_frame(out, ENTRY, |b| b.extend_from_slice(payload));
    }

    /// Decodes a frame; `None` for a kind of a newer release.
    ///
    /// # Errors
    /// When the frame is cut off inside a field.
    pub fn decode(frame: &Frame) -> Result<Option<Self>, Malformed> {
        let mut t = Take::new(&frame.body);
        Ok(Some(match frame.kind {
            HELLO => Self::Hello(Box::new(KeeperHello::take(&mut t)?)),
            ENTRY => Self::Entry(Box::new(Entry::from_payload(&frame.body)?)),
            RECALLED => {
                Self::Recalled { attempt_ids: t.list("attempt_ids", |t| t.u64("attempt_ids"))? }
            }
            DELAYED => Self::Delayed(Delayed {
                attempt_id: t.u64("attempt_id")?,
                errno: t.i32("errno")?,
                what: t.string("what")?,
                tries: t.u32("tries")?,
                next_ms: t.u64("next_ms")?,
            }),
            CAUGHT_UP => Self::CaughtUp { record: t.u64("record")? },
            JOURNAL_STUCK => Self::JournalStuck { errno: t.i32("errno")? },
            _ => return Ok(None),
        }))
    }
}

impl KeeperHello {
    fn put(&self, p: &mut Put<'_>) {
        p.u16(self.version);
        p.u16(self.oldest);
        p.str(&self.run_id);
        p.u32(self.pid);
        p.u64(self.start_ticks);
        p.str(&self.boot_id);
        p.u64(self.last_record);
        p.bool(self.configured);
        p.u32(self.slots);
        p.list(&self.running, |p, id| p.u64(*id));
        p.list(&self.queued, |p, id| p.u64(*id));
        p.opt_path(self.cgroup.as_deref());
    }

    fn take(t: &mut Take<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            version: t.u16("version")?,
            oldest: t.u16("oldest")?,
            run_id: t.string("run_id")?,
            pid: t.u32("pid")?,
            start_ticks: t.u64("start_ticks")?,
            boot_id: t.string("boot_id")?,
            last_record: t.u64("last_record")?,
            configured: t.bool("configured")?,
            slots: t.u32("slots")?,
            running: t.list("running", |t| t.u64("running"))?,
            queued: t.list("queued", |t| t.u64("queued"))?,
            cgroup: t.opt_path("cgroup")?,
        })
    }
}
