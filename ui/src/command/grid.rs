//! What can be done where one workflow is shown: how its runs fared.

use chrono::NaiveDate;
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, WorkflowId};

use crate::state::{DurationsBy, HeatBy};

/// A tab of the place of a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum GridTab {
    /// Its runs beside each other, task by task.
    #[default]
    Grid,
    /// How they ended day by day.
    Calendar,
    /// How long they took.
    Durations,
}

/// A thing to do with the workflow that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GridCommand {
    /// Show how this workflow fares.
    Of(String, Option<WorkflowId>),
    /// Show a tab.
    Show(GridTab),
    /// Show this run with this task and its log.
    Open(RunId, Ident),
    /// Put two runs beside each other, the older one first, at this task.
    Compare([RunId; 2], Option<Ident>),
    /// Show the runs of a day.
    OpenDay(NaiveDate),
    /// Choose what the colours of the calendar tell.
    ColorBy(HeatBy),
    /// Choose what of the durations is looked at.
    Measure(DurationsBy),
    /// Bring all runs of the durations into view.
    Fit,
    /// Leave a task out of the durations, or take it in again; none: all that have no part of their own.
    Hide(Option<Ident>),
}

impl GridTab {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 3] = [Self::Grid, Self::Calendar, Self::Durations];

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Grid => "Grid",
            Self::Calendar => "Calendar",
            Self::Durations => "Durations",
        }
    }

    /// The command that shows it, as a person reads it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Grid => "Grid of the workflow",
            Self::Calendar => "Calendar of the workflow",
            Self::Durations => "Durations of the workflow",
        }
    }
}

impl GridCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Of(..) => "How it fares",
            Self::Show(tab) => tab.label(),
            Self::Open(..) => "Open the task in its run",
            Self::Compare(..) => "Compare with the run before",
            Self::OpenDay(_) => "Show the runs of the day",
            Self::ColorBy(HeatBy::Success) => "Colour days by success",
            Self::ColorBy(HeatBy::Duration) => "Colour days by duration",
            Self::Measure(DurationsBy::Run) => "Durations of runs",
            Self::Measure(DurationsBy::Task) => "Durations by task",
            Self::Fit => "All runs in view",
            Self::Hide(_) => "Hide or show the task",
        }
    }

    /// Those that the list of commands offers.
    pub(super) fn without_keys() -> impl Iterator<Item = Self> {
        let measures = [DurationsBy::Run, DurationsBy::Task].map(Self::Measure);
        GridTab::ALL.into_iter().map(Self::Show).chain(measures)
    }
}
