//! How processes are told to belong to an attempt, whatever became of their parents.
//!
//! Two marks are inherited by all that a task starts. The environment has one, which programs may clear
//! (`env -i`, `sudo`) and nobody else may read of those that hide themselves. The other one is a limit of the kernel's
//! that has meant nothing since Linux 2.4.25, the number of file locks: no program sets it, everybody may read it, and it
//! stays through `exec`. See docs/adr/0046.

use std::fs;

use crate::identity::ProcStat;
use crate::protocol::MARK_VARIABLE;

/// So long is waited for the environment of a process that is becoming another program, in milliseconds.
const BECOMING_MS: u32 = 20;
/// Set in each number of a run, so that it is no limit that anybody would set.
const RUN_BIT: u64 = 1 << 62;

/// The number of a run in its tasks' limit: what `RLIMIT_LOCKS` has for its hard limit. The soft one is the attempt's.
#[must_use]
pub fn run_number(run_id: &str) -> u64 {
    // FNV-1a: the same in every release, because daemon and keeper may be of different ones.
    let hash = run_id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 2) | RUN_BIT
}

/// The attempt of a run that a process belongs to by its marks. `None` where it bears none of this run.
#[must_use]
pub fn attempt_of(pid: u32, run_id: &str) -> Option<u64> {
    match limits_of(pid) {
        Some((attempt_id, run)) if run == run_number(run_id) => Some(attempt_id),
        // It could not be set under one that is lower still: a run within a task of another one.
        Some(_) => environment_of(pid, run_id, BECOMING_MS),
        // A keeper of an earlier release set none.
        None => environment_of(pid, run_id, 1),
    }
}

/// The soft and the hard limit, where both are numbers.
fn limits_of(pid: u32) -> Option<(u64, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max file locks"))?;
    let mut words = line.split_ascii_whitespace();
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

fn environment_of(pid: u32, run_id: &str, tries: u32) -> Option<u64> {
    let environ = environ(pid, tries)?;
    let mark = environ
        .split(|b| *b == 0)
        .find_map(|variable| variable.strip_prefix(MARK_VARIABLE.as_bytes())?.strip_prefix(b"="))?;
    let (run, attempt_id) = std::str::from_utf8(mark).ok()?.rsplit_once(':')?;
    if run == run_id { attempt_id.parse().ok() } else { None }
}

/// A process shows an empty environment for a moment while it becomes another program, and for good when it is dead or
/// has none: the former is waited for.
fn environ(pid: u32, tries: u32) -> Option<Vec<u8>> {
    let path = format!("/proc/{pid}/environ");
    for _ in 1..tries {
        let environ = fs::read(&path).ok()?;
        if !environ.is_empty() || ProcStat::read(pid).map_or(true, |found| found.is_dead()) {
            return Some(environ);
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    fs::read(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_have_numbers_of_their_own_that_fit_a_limit() {
        let numbers = ["", "a", "b", "01991f7e-7c5e-7a10-8000-000000000001"].map(run_number);
        for (at, number) in numbers.iter().enumerate() {
            assert!(*number >= RUN_BIT && i64::try_from(*number).is_ok(), "{number}");
            assert!(!numbers[..at].contains(number));
        }
        // Daemons and keepers of other releases know it by this.
        assert_eq!(run_number("a"), 0x6bd8_f713_2180_7b23);
    }

    #[test]
    fn a_process_without_marks_belongs_to_nobody() {
        assert_eq!(attempt_of(std::process::id(), "a"), None);
        assert_eq!(attempt_of(u32::MAX, "a"), None);
    }
}
