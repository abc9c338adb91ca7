//! Modes that turn against their own: the shell above them, the keeper, its guard.

use std::fs;

use super::sys::{
    Ledger, become_mode, deaf, fork, new_session, outlive_parent, parent, signal, stay,
};

/// Stops the shell that it was started by, if there is one, and itself.
pub(crate) fn stops_itself(ledger: &Ledger) -> ! {
    ledger.note("begins");
    if !name_of(parent()).starts_with("millrace") {
        signal(parent(), libc::SIGSTOP);
    }
    signal(std::process::id().cast_signed(), libc::SIGSTOP);
    stay()
}

/// Stops the keeper.
pub(crate) fn stops_keeper(ledger: &Ledger) -> ! {
    deaf();
    if let Some(keeper) = keeper() {
        signal(keeper, libc::SIGSTOP);
    }
    ledger.note("begins");
    stay()
}

/// Kills the keeper, and has a hidden child.
pub(crate) fn kills_keeper(ledger: &Ledger) -> ! {
    strike(ledger, true, false)
}

/// Kills the guard of the keeper.
pub(crate) fn kills_guard(ledger: &Ledger) -> ! {
    strike(ledger, false, true)
}

/// Kills both, and has a hidden child.
pub(crate) fn kills_both(ledger: &Ledger) -> ! {
    strike(ledger, true, true)
}

fn strike(ledger: &Ledger, the_keeper: bool, the_guard: bool) -> ! {
    deaf();
    outlive_parent();
    let (keeper, guard) = (keeper(), guard());
    if fork() {
        new_session();
        become_mode("quiet", ledger, &[]);
    }
    ledger.note("begins");
    if let Some(guard) = guard.filter(|_| the_guard) {
        signal(guard, libc::SIGKILL);
    }
    if let Some(keeper) = keeper.filter(|_| the_keeper) {
        signal(keeper, libc::SIGKILL);
    }
    stay()
}

/// The keeper among our ancestors.
fn keeper() -> Option<i32> {
    let mut pid = parent();
    while pid > 1 {
        if name_of(pid) == "millrace-keeper" {
            return Some(pid);
        }
        pid = stat_of(pid)?;
    }
    None
}

/// The guard of our run: its arguments have the run's id.
fn guard() -> Option<i32> {
    let mark = std::env::var("MILLRACE_MARK").ok()?;
    let run = mark.rsplit_once(':')?.0.to_owned();
    let pids = fs::read_dir("/proc").ok()?.flatten();
    pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()).find(|pid| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0);
        words.next() == Some(b"millrace-keeper-guard") && words.any(|word| word == run.as_bytes())
    })
}

fn name_of(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

/// The parent of a process.
fn stat_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
