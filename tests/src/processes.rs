//! Looking at processes through `/proc`, and signals to those that a test started.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// `kill -9`; gives back when the process is dead, so that nobody meets it on its way out.
///
/// # Panics
/// When there is no such process.
pub fn kill(pid: u32) {
    signal(pid, Signal::KILL);
    // The kernel has taken its memory away, arguments included; its parent may not have heard yet.
    crate::until("it is dead", || command_line(pid).is_empty().then_some(()));
}

/// Sends a signal.
///
/// # Panics
/// When there is no such process.
pub fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

/// The keeper of a run.
#[must_use]
pub fn keeper_of(run: &str) -> Option<u32> {
    let is_it = |pid: &u32| {
        let line = command_line(*pid);
        line.contains("millrace-keeper") && line.ends_with(&format!("--run {run}"))
    };
    all().into_iter().find(is_it)
}

/// The marks of all processes of a run's tasks.
#[must_use]
pub fn marked(run: &str) -> Vec<String> {
    let prefix = format!("MILLRACE_MARK={run}:");
    let mark = |pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let mut variables = environment.split(|byte| *byte == 0);
        let mark = variables.find(|variable| variable.starts_with(prefix.as_bytes()))?;
        Some(String::from_utf8_lossy(mark).into_owned())
    };
    all().into_iter().filter_map(mark).collect()
}

/// Whether a process was started with this variable.
#[must_use]
pub fn has_variable(pid: u32, variable: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|own| own == variable.as_bytes())
}

/// The arguments of a process, joined by spaces; empty where it has gone.
#[must_use]
pub fn command_line(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).replace('\0', " ").trim().to_owned()
}

/// All processes that can be seen.
///
/// # Panics
/// When `/proc` cannot be listed.
#[must_use]
pub fn all() -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap();
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}
