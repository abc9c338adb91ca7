//! What each round came to, one JSON line each, so that a series can be cut, resumed and summed up.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::campaign::{Name, Told};
use crate::workspace::Workspace;

/// A round on record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) group: String,
    pub(super) numbers: BTreeMap<String, f64>,
    pub(super) violations: usize,
}

/// The record of one part of a series.
pub(super) struct Record {
    path: PathBuf,
    file: File,
    rounds: BTreeMap<u64, Line>,
}

impl Record {
    /// Opens the record of these rounds. Without `resume` it begins anew.
    ///
    /// # Errors
    /// Where the file cannot be read or written.
    pub(super) fn open(
        workspace: &Workspace,
        name: Name,
        seed: u64,
        rounds: &Range<u64>,
        resume: bool,
    ) -> anyhow::Result<Self> {
        let folder = folder(workspace, name, seed);
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}-{}.jsonl", rounds.start, rounds.end));
        if !resume && path.exists() {
            fs::remove_file(&path)?;
        }
        let rounds = if path.exists() { read(&path)? } else { BTreeMap::new() };
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path, file, rounds })
    }

    /// Whether a round is on record.
    pub(super) fn has(&self, round: u64) -> bool {
        self.rounds.contains_key(&round)
    }

    /// Puts a round on record.
    pub(super) fn add(&mut self, round: u64, told: &Told) -> anyhow::Result<()> {
        let numbers: BTreeMap<&str, f64> = told.numbers.iter().copied().collect();
        let line = json!({
            "round": round, "group": told.group, "numbers": numbers, "violations": told.violations,
        });
        writeln!(self.file, "{line}")
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Every round on record, those of earlier calls too.
    pub(super) fn lines(&self) -> anyhow::Result<Vec<Line>> {
        Ok(read(&self.path)?.into_values().collect())
    }
}

/// Every round on record of a campaign and seed. A round that was played in several series counts once.
pub(super) fn all(workspace: &Workspace, name: Name, seed: u64) -> anyhow::Result<Vec<Line>> {
    let mut rounds = BTreeMap::new();
    let folder = folder(workspace, name, seed);
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            rounds.extend(read(&entry?.path())?);
        }
    }
    Ok(rounds.into_values().collect())
}

fn folder(workspace: &Workspace, name: Name, seed: u64) -> PathBuf {
    workspace.target().join("faults").join(name.to_string()).join(format!("seed-{seed}"))
}

fn read(path: &Path) -> anyhow::Result<BTreeMap<u64, Line>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    // A series that was cut may have left half a line; its round is played again.
    Ok(text.lines().filter_map(parse).collect())
}

fn parse(line: &str) -> Option<(u64, Line)> {
    let value: Value = serde_json::from_str(line).ok()?;
    let numbers = value.get("numbers")?.as_object()?.iter();
    Some((
        value.get("round")?.as_u64()?,
        Line {
            group: value.get("group")?.as_str()?.to_owned(),
            numbers: numbers.filter_map(|(title, n)| Some((title.clone(), n.as_f64()?))).collect(),
            violations: value.get("violations")?.as_array()?.len(),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_is_no_round() {
        let whole = r#"{"round":3,"group":"daemon","numbers":{"hits":1.0},"violations":["x"]}"#;
        let (round, line) = parse(whole).unwrap();
        assert_eq!((round, line.group.as_str(), line.violations), (3, "daemon", 1));
        assert_eq!(line.numbers, BTreeMap::from([("hits".to_owned(), 1.0)]));
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]), None);
        }
    }
}
