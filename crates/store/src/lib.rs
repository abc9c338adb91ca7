//! SQLite: the journal of events and the tables folded from it.
//!
//! One [`Writer`], owned by one thread, commits events in groups; [`Reader`]s never wait for it. Nothing here decides
//! what a run does, and nothing here publishes: whoever calls [`Writer::commit`] tells the subscribers after it returned.

mod aside;
mod check;
mod digest;
mod error;
mod migrate;
mod open;
mod options;
mod place;
mod pool;
mod reader;
pub mod seed;
mod tables;
mod writer;

pub use aside::set_aside;
pub use digest::sha256_hex;
pub use error::StoreError;
pub use open::{Copied, Store, old_sqlite, schema_of, sqlite_version};
pub use options::{Durability, FaultHook, FaultPoint, Options, Persist};
pub use place::DATABASE_FILE;
pub use reader::{
    Condition, Counted, DayTally, Found, GivenRow, GridCell, GridColumn, Lengths, Page, Part,
    Reader, ResolveError, RunFilter, RunMark, RunSearch, StreamEvent, UnfinishedRun, WorkflowKey,
    WorkflowStats,
};
pub use tables::artifacts::{ArtifactRow, KeptRow};
pub use tables::deleted_runs::DeletedRow;
pub use tables::moves::MoveRow;
pub use tables::runs::{RunRow, TaskCounts};
pub use tables::skips::{NewSkip, SkipReason, SkipRow};
pub use tables::snapshots::hash as snapshot_hash;
pub use tables::starters::{StarterKey, StarterKind, StarterRow, StarterRule};
pub use tables::task_runs::TaskRow;
pub use tables::trust::Trusted;
pub use tables::versions::{VersionReason, VersionRow};
pub use tables::workflows::WorkflowRow;
pub use writer::{Committed, Mailbox, NewVersion, Progress, Purged, Writer, WriterCounters};
