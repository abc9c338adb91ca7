//! A task that runs, or whose main process has ended and whose rest is being cleared away.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use millrace_keeper::log::{LogWriter, Stream};
use millrace_keeper::mask::MaskStream;
use millrace_keeper::protocol::EndedBy;

use super::sys::Reaped;

/// Bytes of the end of the output kept for the notification.
const LAST_OUTPUT_BYTES: usize = 2048;

#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) attempt_id: u64,
    /// Also the number of its session and group.
    pub(crate) pid: u32,
    pub(crate) start_ticks: u64,
    pub(crate) started_us: u64,
    pub(crate) started: Instant,
    /// Standard output and standard error, until their end.
    pub(crate) pipes: [Option<Pipe>; 2],
    pub(crate) log: LogWriter,
    pub(crate) last_output: Vec<u8>,
    pub(crate) outputs_path: Option<PathBuf>,
    pub(crate) artifacts_dir: Option<PathBuf>,
    /// When its time is up.
    pub(crate) deadline: Option<Instant>,
    pub(crate) grace: Duration,
    pub(crate) ended_by: EndedBy,
    /// When SIGTERM has had its chance.
    pub(crate) kill_at: Option<Instant>,
    pub(crate) killed: bool,
    pub(crate) exited: Option<Exited>,
    pub(crate) strays: StrayStage,
    pub(crate) left_processes: bool,
}

/// How the main process ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exited {
    pub(crate) reaped: Reaped,
    pub(crate) at: Instant,
    pub(crate) at_us: u64,
    pub(crate) oom: bool,
}

/// What is being done about processes that outlived the main one, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StrayStage {
    /// Not looked for yet.
    Unknown,
    /// They may end by themselves, as the last process of a shell's pipe does.
    Linger(Instant),
    /// They were asked to end.
    Terminated(Instant),
    /// They were killed.
    Killed(Instant),
    /// There are none, or none that could be waited for.
    Gone,
}

impl StrayStage {
    pub(crate) fn until(self) -> Option<Instant> {
        match self {
            Self::Unknown | Self::Gone => None,
            Self::Linger(t) | Self::Terminated(t) | Self::Killed(t) => Some(t),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) fd: OwnedFd,
    pub(crate) stream: Stream,
    pub(crate) mask: MaskStream,
    pub(crate) grown: bool,
}

impl Task {
    pub(crate) fn pipes_open(&self) -> bool {
        self.pipes.iter().any(Option::is_some)
    }

    /// The next moment at which something is to be done without anything happening.
    pub(crate) fn next_moment(&self) -> Option<Instant> {
        if self.exited.is_some() {
            return self.strays.until();
        }
        match (self.ended_by, self.killed) {
            (EndedBy::Itself, _) => self.deadline,
            (_, false) => self.kill_at,
            (_, true) => None,
        }
    }

    /// Remembers the end of the output.
    pub(crate) fn remember(&mut self, data: &[u8]) {
        let data = &data[data.len().saturating_sub(LAST_OUTPUT_BYTES)..];
        let over = (self.last_output.len() + data.len()).saturating_sub(LAST_OUTPUT_BYTES);
        self.last_output.drain(..over);
        self.last_output.extend_from_slice(data);
    }
}
