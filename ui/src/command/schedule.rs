//! What can be done with what starts workflows by itself.

use millrace_api::schedule::MoveTo;

use crate::state::{Moving, Stretch};

/// A thing to do with schedules and triggers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ScheduleCommand {
    /// Show the schedules of the document in view.
    Show,
    /// Open the document in this file, and show its schedules; the named one is open.
    ShowOf {
        /// The file.
        path: String,
        /// A schedule of it.
        name: Option<String>,
    },
    /// Switch what starts the workflow in this file on or off, on this machine.
    Switch {
        /// The file.
        path: String,
        /// The schedule or trigger; none: all.
        name: Option<String>,
        /// On.
        on: bool,
    },
    /// Show this much of the calendar at once.
    Look(Stretch),
    /// Show what is now.
    Today,
    /// Show the weeks or months before.
    Earlier,
    /// Show the weeks or months after.
    Later,
    /// Show only what starts the workflow in this file; none: all.
    Only(Option<String>),
    /// Ask for another time for a single tick.
    AskMove(Box<Moving>),
    /// Have a single tick fire at another time, or not at all.
    Move {
        /// The tick.
        tick: Box<Moving>,
        /// What becomes of it.
        to: MoveTo,
    },
    /// Put a tick back to what was before it was moved.
    PutBack {
        /// The tick.
        tick: Box<Moving>,
        /// What was before.
        to: MoveTo,
    },
    /// Ask which past ticks of a workflow are to run; none: of the one in view.
    AskBackfill {
        /// The file.
        path: Option<String>,
        /// The schedule.
        name: Option<String>,
    },
    /// Run what the sheet says.
    Backfill,
}

impl ScheduleCommand {
    /// What stands in the list of commands and has no key of its own.
    pub(super) fn without_keys() -> impl Iterator<Item = Self> {
        [Self::Show, Self::AskBackfill { path: None, name: None }].into_iter()
    }

    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Show => "Schedules of this workflow",
            Self::ShowOf { .. } => "Open schedule",
            Self::Switch { on: true, .. } => "Switch on",
            Self::Switch { on: false, .. } => "Switch off",
            Self::Look(Stretch::Week) => "Week",
            Self::Look(Stretch::Month) => "Month",
            Self::Today => "Today",
            Self::Earlier => "Earlier",
            Self::Later => "Later",
            Self::Only(_) => "Show only this workflow",
            Self::AskMove(_) => "Move it…",
            Self::Move { to: MoveTo::At(_), .. } => "Move it",
            Self::Move { to: MoveTo::Nowhere, .. } => "Leave this one out",
            Self::Move { to: MoveTo::Back, .. } => "Back to the rule",
            Self::PutBack { .. } => "Undo",
            Self::AskBackfill { .. } => "Backfill…",
            Self::Backfill => "Start backfill",
        }
    }
}
