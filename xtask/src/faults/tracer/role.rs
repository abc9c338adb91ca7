//! Who a traced process is: the program that it runs, and how often it has forked since it began that.

use std::fmt;
use std::fs;

/// A program, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::faults) enum Program {
    /// `millrace daemon`
    Daemon,
    /// The parent of a run's tasks.
    Keeper,
    /// The process that clears away after a killed keeper.
    Guard,
    /// Anything else, by the name of its file.
    Other(String),
}

/// A program and the forks since it began: the keeper goes into the background by forks, and each task begins as one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::faults) struct Role {
    /// What it runs.
    pub(in crate::faults) program: Program,
    /// How many forks it is away from the process that began to run it.
    pub(in crate::faults) forks: u32,
}

impl Role {
    /// Whose role it is that begins to run a program now.
    pub(super) fn of(pid: u32) -> Self {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words: Vec<_> = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        // Not the first word: that is what the caller likes it to be.
        let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let program = match name.as_ref() {
            "millrace" if words.iter().any(|word| word == "daemon") => Program::Daemon,
            "millrace-keeper" if words.iter().any(|word| word == "--guard") => Program::Guard,
            "millrace-keeper" => Program::Keeper,
            other => Program::Other(other.to_owned()),
        };
        Self { program, forks: 0 }
    }

    /// The role of its child.
    pub(super) fn forked(&self) -> Self {
        Self { program: self.program.clone(), forks: self.forks + 1 }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.program {
            Program::Daemon => f.write_str("daemon")?,
            Program::Keeper => f.write_str("keeper")?,
            Program::Guard => f.write_str("guard")?,
            Program::Other(name) => f.write_str(name)?,
        }
        (0..self.forks).try_for_each(|_| f.write_str("'"))
    }
}
