//! What is damaged, and how, from the round's seed.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::faults::campaign::Round;
use crate::faults::dice::Dice;

/// Damage to one file.
#[derive(Debug, Clone)]
pub(super) struct Damage {
    /// Within the home.
    pub(super) file: PathBuf,
    group: String,
    how: How,
    dice: Dice,
}

#[derive(Debug, Clone, Copy)]
enum How {
    /// So many bits fall over.
    Bits(u64),
    /// A range has other bytes: zeros, ones or noise.
    Overwritten,
    /// Its end is gone.
    Cut,
    /// Noise follows its end.
    Grown,
    /// A range of whole pages has what another one has.
    Misplaced,
    Emptied,
    Deleted,
}

impl Damage {
    /// The damage of a round to one of these files, which are sorted by what they are.
    pub(super) fn of(round: Round, files: &BTreeMap<String, Vec<PathBuf>>) -> Self {
        let mut dice = round.dice();
        // In turn, so that a short series has many kinds of files; every second one is the history itself.
        let groups: Vec<&String> = files.keys().collect();
        let at = usize::try_from(round.number / 2 % groups.len().max(1) as u64).unwrap_or(0);
        let group = match round.number % 2 {
            0 => dice.pick("history.db", &["history.db-wal"]).to_owned(),
            _ => groups.get(at).map(|group| (*group).clone()).unwrap_or_default(),
        };
        let paths = files.get(&group).map_or(&[][..], Vec::as_slice);
        let which = usize::try_from(dice.below(paths.len() as u64)).unwrap_or(0);
        let file = paths.get(which).cloned().unwrap_or_default();
        let how = match dice.below(12) {
            0..4 => How::Bits(1 + dice.below(3)),
            4..6 => How::Bits(10 + dice.below(200)),
            6..8 => How::Overwritten,
            8 => How::Cut,
            9 => How::Misplaced,
            10 => How::Grown,
            _ => dice.pick(How::Emptied, &[How::Deleted]),
        };
        Self { file, group, how, dice }
    }

    /// Its line of the table.
    pub(super) fn group(&self) -> String {
        self.group.clone()
    }

    /// Does it to the home.
    pub(super) fn strike(&self, home: &Path) -> anyhow::Result<()> {
        let path = home.join(&self.file);
        let mut dice = self.dice.clone();
        if let How::Deleted = self.how {
            return fs::remove_file(&path).with_context(|| path.display().to_string());
        }
        let mut bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        let length = bytes.len() as u64;
        match self.how {
            How::Bits(count) => {
                for _ in 0..count {
                    let bit = 1 << dice.below(8);
                    if let Some(byte) =
                        usize::try_from(dice.below(length)).ok().and_then(|at| bytes.get_mut(at))
                    {
                        *byte ^= bit;
                    }
                }
            }
            How::Overwritten => {
                let (from, kind) = (dice.below(length), dice.below(3));
                let count = 1 + dice.below(8_192);
                for byte in range(&mut bytes, from, count) {
                    *byte = match kind {
                        0 => 0,
                        1 => 0xff,
                        _ => dice.below(256) as u8,
                    };
                }
            }
            How::Cut => bytes.truncate(usize::try_from(dice.below(length)).unwrap_or(0)),
            How::Misplaced => {
                let pages = (length / 4_096).max(1);
                let (from, to) = (dice.below(pages) * 4_096, dice.below(pages) * 4_096);
                let page = range(&mut bytes, from, 4_096).to_vec();
                for (byte, other) in range(&mut bytes, to, 4_096).iter_mut().zip(page) {
                    *byte = other;
                }
            }
            How::Grown => bytes.extend((0..1 + dice.below(10_000)).map(|_| dice.below(256) as u8)),
            How::Emptied | How::Deleted => bytes.clear(),
        }
        fs::write(&path, bytes).with_context(|| path.display().to_string())
    }
}

fn range(bytes: &mut [u8], from: u64, count: u64) -> &mut [u8] {
    let from = usize::try_from(from).unwrap_or(0).min(bytes.len());
    let to = from.saturating_add(usize::try_from(count).unwrap_or(0)).min(bytes.len());
    bytes.get_mut(from..to).unwrap_or_default()
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.file.display(), self.how)
    }
}
