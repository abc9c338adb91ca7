//! Power fails: the home is built anew as a disk could have kept it at some moment, and the next daemon has to make do.
//!
//! What daemon, keepers and tasks write is recorded once for many rounds, by the [tracer](super::tracer): two recordings for each
//! hundred cuts, one with `durability = "full"` and one with the default. A round is a moment of one of them, what the disk
//! did with everything that had not been synced by then ([`disk`]), and the start of the real daemon on that. All processes of the
//! recording are gone, and the kernel's boot id is another one where this user may mount (else pids alone tell that they
//! are gone, as start times do not come again).

mod cut;
mod disk;
mod recorder;
mod workload;

use std::path::PathBuf;

use super::campaign::{Campaign, Column, Round, Sums, Told};
use disk::Luck;
use workload::Recorded;

/// So many cuts are made into a pair of recordings.
const CUTS: u64 = 100;

/// The longest time between the telling of an event and the cut that took it, in milliseconds.
const LOST: &str = "lost ms";

/// The campaign.
pub(super) struct Power {
    programs: PathBuf,
    /// The recordings of these cuts: with `durability = "full"`, and with the default.
    recorded: [Option<(u64, Recorded)>; 2],
    kept: Option<PathBuf>,
}

impl Power {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "runs", kind: Sums::Total },
        Column { title: "events told", kind: Sums::Total },
        Column { title: "events lost", kind: Sums::Total },
        Column { title: LOST, kind: Sums::Most },
        Column { title: "started in ms", kind: Sums::Most },
    ];

    pub(super) fn new(programs: PathBuf) -> Self {
        Self { programs, recorded: [None, None], kept: None }
    }

    fn cut(&mut self, round: Round) -> anyhow::Result<cut::Cut> {
        let (batch, is_full) = (round.number / CUTS, round.number.is_multiple_of(2));
        let [full, default] = &mut self.recorded;
        let place = if is_full { full } else { default };
        if place.as_ref().is_none_or(|(of, _)| *of != batch) {
            // Two at a time would be twice the memory.
            *place = None;
            let dice = Round { seed: round.seed, number: batch }.dice();
            *place = Some((batch, workload::record(&self.programs, dice, is_full)?));
        }
        match place {
            Some((_, recorded)) => cut::play(recorded, luck_of(round), &mut round.dice()),
            None => anyhow::bail!("nothing was recorded"),
        }
    }
}

impl Campaign for Power {
    fn play(&mut self, round: Round) -> Told {
        let durability = if round.number.is_multiple_of(2) { "full" } else { "default" };
        let group = format!("{durability}, {}", luck_of(round).name());
        match self.cut(round) {
            Ok(cut) => {
                let mut numbers = vec![
                    ("runs", f64::from(cut.runs)),
                    ("events told", f64::from(cut.told)),
                    ("events lost", f64::from(cut.lost)),
                    ("started in ms", cut.started.as_secs_f64() * 1_000.0),
                ];
                numbers.extend(cut.lost_for.map(|lost| (LOST, lost.as_secs_f64() * 1_000.0)));
                if !cut.violations.is_empty() {
                    self.kept = cut.kept;
                }
                let violations =
                    cut.violations.iter().map(|said| format!("{}: {said}", cut.moment));
                Told { group, numbers, violations: violations.collect() }
            }
            Err(error) => Told::unclear(group, &error),
        }
    }

    fn keep(&mut self) -> PathBuf {
        self.kept.clone().unwrap_or_else(std::env::temp_dir)
    }
}

/// In turn, so that even a short series has each.
fn luck_of(round: Round) -> Luck {
    let at = usize::try_from(round.number / 2 % Luck::EACH.len() as u64).unwrap_or(0);
    Luck::EACH.get(at).copied().unwrap_or(Luck::All)
}
