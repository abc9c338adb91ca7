//! The daemon is killed while a document is saved and its draft is kept, over and over; now and then the window is
//! killed while somebody draws.
//!
//! Whatever was acknowledged is there, whole; what was on its way is there whole or not at all; and a killed window
//! costs what was drawn in its last second at most.

mod window;
mod writer;

use std::path::PathBuf;

use super::campaign::{Campaign, Column, Round, Sums, Told};
use super::site::Site;

/// One in so many rounds has the window for its victim: to open one takes as long as twenty other rounds.
const WINDOW_EVERY: u64 = 100;

/// The age of the newest edit that was lost with the window, in milliseconds.
const LOST_MS: &str = "edits lost ms";

/// The campaign.
pub(super) struct Saves {
    site: Site,
}

impl Saves {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "saves told", kind: Sums::Total },
        Column { title: "drafts told", kind: Sums::Total },
        Column { title: "new bytes", kind: Sums::Total },
        Column { title: LOST_MS, kind: Sums::Most },
    ];

    pub(super) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        Ok(Self { site: Site::new(programs)? })
    }
}

impl Campaign for Saves {
    fn play(&mut self, round: Round) -> Told {
        let (group, played) = match round.number % WINDOW_EVERY {
            7 => ("window", window::play(&self.site, round)),
            _ => ("daemon", writer::play(&self.site, round)),
        };
        played.unwrap_or_else(|error| Told::unclear(group, &error))
    }

    fn keep(&mut self) -> PathBuf {
        self.site.keep().to_path_buf()
    }
}
