//! What came of a target: read from what libFuzzer said.

use std::fmt;
use std::path::PathBuf;

/// So many of its last lines are shown where it failed.
const LAST_LINES: usize = 30;

/// What came of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) target: String,
    /// How many inputs were played.
    executions: u64,
    /// How many branches they reached.
    reached: u64,
    /// Inputs that failed.
    pub(super) findings: Vec<PathBuf>,
    /// The last lines, where it did not end well.
    failure: Option<String>,
}

impl Outcome {
    /// It could not be played at all.
    pub(super) fn unplayed(target: &str, why: &str) -> Self {
        Self::read(target, why, false, Vec::new())
    }

    /// From the program's own words.
    pub(super) fn read(target: &str, said: &str, is_good: bool, findings: Vec<PathBuf>) -> Self {
        let stat =
            |line: &str| line.strip_prefix("stat::number_of_executed_units:")?.trim().parse().ok();
        let executions =
            said.lines().find_map(stat).or_else(|| said.lines().rev().find_map(counted));
        let failure = (!is_good).then(|| {
            let lines: Vec<&str> = said.lines().collect();
            lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
        });
        Self {
            target: target.to_owned(),
            executions: executions.unwrap_or(0),
            reached: said.lines().rev().find_map(reached).unwrap_or(0),
            findings,
            failure,
        }
    }

    /// It was played, and nothing was found.
    pub(super) fn is_good(&self) -> bool {
        self.failure.is_none() && self.findings.is_empty()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, executions, reached, findings, failure } = self;
        let count = findings.len();
        write!(
            f,
            "{target}: {executions} executions, {reached} branches reached, {count} findings"
        )?;
        match failure {
            Some(lines) => write!(f, "\n{lines}"),
            None => Ok(()),
        }
    }
}

/// The count at the start of a line such as `#1024 NEW cov: 31 …`.
fn counted(line: &str) -> Option<u64> {
    let (number, _) = line.strip_prefix('#')?.split_once(['\t', ' '])?;
    number.parse().ok()
}

fn reached(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once("cov: ")?;
    rest.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_read() {
        let said = "INFO: seed\n#2\tINITED cov: 10 ft: 11\n#9\tDONE   cov: 31 ft: 40\nstat::number_of_executed_units: 1234\n";
        let outcome = Outcome::read("link", said, true, Vec::new());
        assert!(outcome.is_good());
        assert_eq!(outcome.to_string(), "link: 1234 executions, 31 branches reached, 0 findings");
    }

    #[test]
    fn a_failure_has_its_last_lines_and_what_was_played_until_then() {
        let said = "#77\tNEW    cov: 31 ft: 40\nthread panicked at x\n";
        let outcome = Outcome::read("link", said, false, vec![PathBuf::from("f/crash-1")]);
        assert!(!outcome.is_good());
        let shown = outcome.to_string();
        assert!(shown.starts_with("link: 77 executions, 31 branches reached, 1 findings\n"));
        assert!(shown.ends_with("thread panicked at x"), "{shown}");
    }
}
