//! What a daemon and a keeper say to each other over the run's Unix socket.
//!
//! Both sides greet with the versions they read; each keeps to the older of the two newest. Kinds that a side does not
//! know are skipped, and messages grow only at their end, so the previous release stays readable in both directions.
//! Encoding and decoding only: no sockets here.
//!
//! A connection goes: the keeper sends [`FromKeeper::Hello`]; the daemon sends [`ToKeeper::Hello`], for a new run
//! [`ToKeeper::Configure`], and then [`ToKeeper::Resend`] with the last journal record that it has stored (0 for
//! none). Only from then on the keeper sends entries: first the missed ones, then live ones. An entry is sent after
//! it is in the journal, never before.

mod entry;
mod frame;
mod from_keeper;
mod to_keeper;
pub(crate) mod wire;

pub use entry::{
    Ended, EndedBy, Entry, Event, Exit, Identity, Leaving, LeftBehind, SpawnFailed, Started,
};
pub use frame::{Frame, FrameReader, MAX_FRAME_BYTES};
pub use from_keeper::{Delayed, FromKeeper, KeeperHello};
pub use to_keeper::{Configure, DaemonHello, Start, ToKeeper};
pub use wire::Malformed;

/// Newest protocol version this build speaks.
pub const VERSION: u16 = 1;
/// Oldest protocol version this build still reads.
pub const OLDEST_VERSION: u16 = 1;
/// Most bytes of an attempt's outputs file that an [`Ended`] carries.
pub const MAX_OUTPUTS_BYTES: usize = 1 << 20;
/// Environment variable by which a process is known to belong to an attempt: `<run id>:<attempt id>`.
pub const MARK_VARIABLE: &str = "MILLRACE_MARK";
