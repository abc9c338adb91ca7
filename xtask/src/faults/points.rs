//! A crash before and after, an error instead and an error after success, at each step by which daemon, keeper and guard
//! store something, make or end a process, or talk to each other, while a small workflow runs.
//!
//! The steps are those of a reference run under the [tracer](super::tracer), which is made once for each build of the
//! programs. Round `n` plays the `n`-th of all steps and modes in an order that a short series spreads over all of them;
//! as many rounds as there are steps and modes play each once.

mod round;
mod step;
mod workflow;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::campaign::{Campaign, Column, Round, Sums, Told};
use crate::process::announce;
pub(super) use round::{begin, end_all};
use step::{Mode, Step};
pub(super) use workflow::{TASKS, document};

/// The longest time that a client waited for the end of its run, in milliseconds.
const WAITED: &str = "longest ms";

/// The campaign.
pub(super) struct Points {
    programs: PathBuf,
    /// Everything that can be played.
    all: Vec<(Step, Mode)>,
    /// What the last round that broke a promise left.
    kept: Option<PathBuf>,
}

impl Points {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "hits", kind: Sums::Total },
        Column { title: "succeeded", kind: Sums::Total },
        Column { title: "failed", kind: Sums::Total },
        Column { title: "refused", kind: Sums::Total },
        Column { title: WAITED, kind: Sums::Most },
    ];

    pub(super) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        let steps = steps(&programs)?;
        let modes = |step: &Step| Mode::of(&step.point);
        let all: Vec<(Step, Mode)> = steps
            .iter()
            .flat_map(|step| modes(step).into_iter().map(|mode| (step.clone(), mode)))
            .collect();
        announce(&format!("{} steps, {} with each of their modes", steps.len(), all.len()));
        Ok(Self { programs, all, kept: None })
    }

    /// What a round plays: a walk with a stride that meets each once before it meets one again.
    fn at(&self, round: Round) -> Option<&(Step, Mode)> {
        let count = self.all.len() as u64;
        let stride = stride(count);
        let at = round.seed.wrapping_add(round.number.wrapping_mul(stride)).checked_rem(count)?;
        self.all.get(usize::try_from(at).ok()?)
    }
}

impl Campaign for Points {
    fn play(&mut self, round: Round) -> Told {
        let Some((step, mode)) = self.at(round).cloned() else {
            return Told::unclear("-", &anyhow::anyhow!("the reference run had no steps"));
        };
        let role = step.point.role.trim_end_matches('\'');
        let group = format!("{role}, {}", mode.word());
        match round::play(&self.programs, &step, mode) {
            Ok(mut played) => {
                if !played.violations.is_empty() {
                    self.kept = Some(played.site.keep().to_path_buf());
                }
                if !played.is_hit {
                    announce(&format!("{step} was not met"));
                }
                let mut numbers = vec![("hits", if played.is_hit { 1.0 } else { 0.0 })];
                numbers.push((played.state, 1.0));
                numbers.push((WAITED, played.waited.as_secs_f64() * 1_000.0));
                let violations = played.violations.iter();
                let violations = violations.map(|said| format!("{step}, {mode}: {said}")).collect();
                Told { group, numbers, violations }
            }
            Err(error) => Told::unclear(group, &error.context(format!("{step}, {mode}"))),
        }
    }

    fn keep(&mut self) -> PathBuf {
        self.kept.clone().unwrap_or_else(std::env::temp_dir)
    }
}

/// The steps of the reference run of these programs: from the file of an earlier call, so that parts of a series agree.
fn steps(programs: &Path) -> anyhow::Result<Vec<Step>> {
    let file = programs.join(format!("fault-points-{}.json", stamp(programs)?));
    if let Ok(bytes) = fs::read(&file) {
        let value: Value = serde_json::from_slice(&bytes)?;
        let read = value.as_array().into_iter().flatten().map(Step::from_json);
        return read
            .collect::<Option<_>>()
            .with_context(|| format!("{} is damaged", file.display()));
    }
    let steps = round::reference(programs).context("the reference run")?;
    ensure!(!steps.is_empty(), "the reference run had no steps: its daemon was not traced");
    let value: Vec<Value> = steps.iter().map(Step::to_json).collect();
    let mut temporary = tempfile::NamedTempFile::new_in(programs)?;
    serde_json::to_writer(&mut temporary, &value)?;
    match temporary.persist_noclobber(&file) {
        Ok(_) => Ok(steps),
        // Another part of the series was faster.
        Err(_) => self::steps(programs),
    }
}

/// Tells two builds of the programs apart.
fn stamp(programs: &Path) -> anyhow::Result<String> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for name in ["millrace", "millrace-keeper", "millrace-task"] {
        newest = newest.max(fs::metadata(programs.join(name))?.modified()?);
    }
    let since = newest.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(since.as_micros().to_string())
}

/// About two fifths of them, and without a common divisor.
fn stride(count: u64) -> u64 {
    let divisor = |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let golden = count * 382 / 1_000;
    (golden.max(1)..).find(|stride| divisor(*stride, count) == 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_whole_sweep_meets_each_once() {
        for count in 1..200 {
            let met: BTreeSet<u64> = (0..count).map(|n| (7 + n * stride(count)) % count).collect();
            assert_eq!(met.len() as u64, count);
        }
    }
}
