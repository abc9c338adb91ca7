//! One target, played for its time by the program that libFuzzer made of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::FOLDER;
use super::outcome::Outcome;

/// An input that takes longer is a finding.
const LONGEST_SECS: u64 = 20;
/// A target that takes more memory is one too.
const MOST_MIB: u64 = 2_048;
/// Inputs are this long at most. Longer ones say little more, and take more time.
const LONGEST_INPUT: usize = 8_192;

/// What all targets share.
pub(super) struct Campaign {
    pub(super) root: PathBuf,
    /// Where interesting inputs are collected, a folder a target.
    pub(super) corpus: PathBuf,
    /// Where the programs are.
    pub(super) programs: PathBuf,
    pub(super) lasts: Duration,
}

impl Campaign {
    /// Plays it to its end.
    pub(super) fn play(&self, name: &str) -> Outcome {
        let findings = self.root.join(FOLDER).join("findings").join(name);
        let corpus = self.corpus.join(name);
        for folder in [&findings, &corpus] {
            if let Err(error) = fs::create_dir_all(folder) {
                return Outcome::unplayed(name, &format!("{}: {error}", folder.display()));
            }
        }
        let before = names(&findings);
        let output = self.command(name, &corpus, &findings).output();
        let output = match output {
            Ok(output) => output,
            Err(error) => return Outcome::unplayed(name, &error.to_string()),
        };
        let said = String::from_utf8_lossy(&output.stderr);
        let new = names(&findings).difference(&before).cloned().collect();
        let outcome = Outcome::read(name, &said, output.status.success(), new);
        // Git keeps no empty folders, and neither do we.
        let _kept_where_something_is_in_it = fs::remove_dir(&findings);
        outcome
    }

    fn command(&self, name: &str, corpus: &Path, findings: &Path) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(&self.root).stdin(Stdio::null());
        command
            .arg(format!("-max_total_time={}", self.lasts.as_secs().max(1)))
            .arg(format!("-timeout={LONGEST_SECS}"))
            // What takes less is slow because the machine is busy.
            .arg(format!("-report_slow_units={LONGEST_SECS}"))
            .arg(format!("-rss_limit_mb={MOST_MIB}"))
            .arg(format!("-max_len={LONGEST_INPUT}"))
            .arg(format!("-artifact_prefix={}/", findings.display()))
            .args(["-print_final_stats=1", "-reload=0", "-detect_leaks=0"]);
        let words = self.root.join(FOLDER).join("words").join(name).with_extension("dict");
        if words.is_file() {
            command.arg(format!("-dict={}", words.display()));
        }
        // New ones are written into the first.
        command.arg(corpus).arg(self.root.join(FOLDER).join("seeds").join(name)).arg(findings);
        command.args(self.borrowed(name));
        command
    }

    /// Folders of the checkout whose files are seeds as well.
    fn borrowed(&self, name: &str) -> Vec<PathBuf> {
        let list = self.root.join(FOLDER).join("borrowed.txt");
        let list = fs::read_to_string(list).unwrap_or_default();
        let lines = list.lines().filter_map(|line| line.split_once(' '));
        lines.filter(|(target, _)| *target == name).map(|(_, from)| self.root.join(from)).collect()
    }
}

fn names(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
