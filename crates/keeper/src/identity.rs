//! Which process is meant: pid, start time and boot id together, because a pid alone is reused.
//!
//! Reads `/proc` only. Sending a signal goes through [`signal_process`], which holds the process by a pidfd while it
//! checks, so the check and the signal can't be about different processes.

use std::fs;
use std::io::{self, Read};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// Ticks by which a start time from [`now_ticks`] may differ from the kernel's.
const TICK_TOLERANCE: u64 = 2;
/// `/proc` counts in hundredths of a second on every Linux platform that Rust supports.
const TICKS_PER_SEC: u64 = 100;

/// What `/proc/PID/stat` says of a process, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcStat {
    /// Process id.
    pub pid: u32,
    /// `R`, `S`, `Z` and so on.
    pub state: u8,
    /// Parent's process id.
    pub ppid: u32,
    /// Process group.
    pub pgid: u32,
    /// Session.
    pub sid: u32,
    /// Threads; one is left of a process that has ended.
    pub threads: u32,
    /// Start time in clock ticks since boot.
    pub start_ticks: u64,
}

impl ProcStat {
    /// Reads it for a living or unreaped process.
    ///
    /// # Errors
    /// `NotFound` when there is no such process.
    pub fn read(pid: u32) -> io::Result<Self> {
        let mut file = fs::File::open(format!("/proc/{pid}/stat"))?;
        // The line is far shorter than this and comes in one piece.
        let mut line = [0; 2048];
        let n = file.read(&mut line)?;
        Self::parse(&line[..n]).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("/proc/{pid}/stat is not readable"))
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let pid = std::str::from_utf8(bytes.split(|b| *b == b' ').next()?).ok()?.parse().ok()?;
        // The name in brackets may hold anything, brackets and spaces included: the last `)` ends it.
        let after = bytes.iter().rposition(|b| *b == b')')? + 2;
        let mut fields = std::str::from_utf8(bytes.get(after..)?).ok()?.split_ascii_whitespace();
        let state = *fields.next()?.as_bytes().first()?;
        let ppid = fields.next()?.parse().ok()?;
        let pgid = fields.next()?.parse().ok()?;
        let sid = fields.next()?.parse().ok()?;
        let threads = fields.nth(13)?.parse().ok()?;
        let start_ticks = fields.nth(1)?.parse().ok()?;
        Some(Self { pid, state, ppid, pgid, sid, threads, start_ticks })
    }

    /// Whether it has ended and only waits for its parent. The state is that of the first thread, and others go on
    /// without it.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x') && self.threads <= 1
    }
}

/// All processes that can be seen, by pid.
///
/// # Errors
/// When `/proc` can't be listed.
pub fn all_processes() -> io::Result<Vec<ProcStat>> {
    // Some may have ended since the listing.
    Ok(process_ids()?.into_iter().filter_map(|pid| ProcStat::read(pid).ok()).collect())
}

/// Their pids, in order.
///
/// # Errors
/// When `/proc` can't be listed.
pub fn process_ids() -> io::Result<Vec<u32>> {
    let mut pids = Vec::new();
    for entry in fs::read_dir("/proc")? {
        pids.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
    }
    pids.sort_unstable();
    Ok(pids)
}

/// Now, in clock ticks since boot. A process started at this moment has this start time, give or take a tick.
#[must_use]
pub fn now_ticks() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let secs = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(now.tv_nsec).unwrap_or(0);
    secs * TICKS_PER_SEC + nanos / (1_000_000_000 / TICKS_PER_SEC)
}

/// The kernel's id of this boot; empty where there is none to be read.
#[must_use]
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// Whether the process with this pid is the one that started at that time and has not ended. The caller compares the
/// boot id first: start times of another boot mean nothing.
#[must_use]
pub fn is_same_process(pid: u32, start_ticks: u64) -> bool {
    ProcStat::read(pid)
        .is_ok_and(|s| !s.is_dead() && s.start_ticks.abs_diff(start_ticks) <= TICK_TOLERANCE)
}

/// Sends a signal to the process with this pid if it started at that time. `false`: it is gone.
///
/// # Errors
/// When the signal is not permitted.
pub fn signal_process(pid: u32, start_ticks: u64, signal: Signal) -> io::Result<bool> {
    let Some(raw) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(false) };
    let fd = match pidfd_open(raw, PidfdFlags::empty()) {
        Ok(fd) => fd,
        Err(rustix::io::Errno::SRCH) => return Ok(false),
        Err(e) => return Err(e.into()),
    };
    if !is_same_process(pid, start_ticks) {
        return Ok(false);
    }
    match pidfd_send_signal(&fd, signal) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::SRCH) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_confuse_the_reader() {
        let line = b"42 (a) b (c) S 7 8 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1 1";
        let stat = ProcStat::parse(line).unwrap();
        assert_eq!((stat.pid, stat.state, stat.ppid), (42, b'S', 7));
        assert_eq!((stat.pgid, stat.sid, stat.start_ticks), (8, 9, 123_456));
        assert_eq!(stat.threads, 1);
    }

    #[test]
    fn a_process_is_itself_and_no_other() {
        let me = std::process::id();
        let stat = ProcStat::read(me).unwrap();
        assert!(is_same_process(me, stat.start_ticks));
        assert!(!is_same_process(me, stat.start_ticks + 100));
        assert!(!signal_process(me, stat.start_ticks + 100, Signal::KILL).unwrap());
    }
}
