//! What is known of the documents that start by themselves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use millrace_api::schedule::Held;
use millrace_model::document::{Schedule, TriggerRule};
use millrace_model::ids::WorkflowId;
use millrace_model::schedule::Ticks;
use millrace_model::time::Timestamp;
use millrace_store::{StarterKey, StarterKind};

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// By path.
    pub(super) workflows: BTreeMap<PathBuf, Workflow>,
    /// Counts what may have changed documents, trust or switches.
    pub(super) changes: u64,
    /// So many of these changes have been looked at; none before the first look.
    pub(super) looked: Option<u64>,
}

/// A document with schedules or triggers.
#[derive(Debug, Clone)]
pub(super) struct Workflow {
    pub(super) id: WorkflowId,
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) path: PathBuf,
    /// What keeps it from starting.
    pub(super) held: Option<Held>,
    pub(super) starters: Vec<Starter>,
}

/// A schedule or trigger.
#[derive(Debug, Clone)]
pub(super) struct Starter {
    pub(super) key: StarterKey,
    /// In words.
    pub(super) words: String,
    pub(super) is_on: bool,
    /// For a schedule.
    pub(super) clock: Option<Clock>,
    /// For a trigger.
    pub(super) trigger: Option<TriggerRule>,
}

/// When a schedule fires.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    pub(super) schedule: Schedule,
    pub(super) ticks: Ticks,
    /// When the planner has to be asked; none = never.
    pub(super) next: Option<Timestamp>,
}

impl Workflow {
    /// Whether something of it may start.
    pub(super) fn is_awake(&self) -> bool {
        self.held.is_none() && self.starters.iter().any(|starter| starter.is_on)
    }

    /// The schedule of this name.
    pub(super) fn schedule(&self, name: &str) -> Option<&Starter> {
        self.starters.iter().find(|it| it.key.kind == StarterKind::Schedule && it.key.name == name)
    }
}

/// What makes the jitter of a schedule its own on this machine.
pub(super) fn seed(id: WorkflowId) -> u64 {
    id.0
}

impl Standing {
    /// The documents have to be looked at again.
    pub(super) fn is_stale(&self) -> bool {
        self.looked != Some(self.changes)
    }

    /// The schedules that have to be asked at `now`. Each is handed out once, until somebody says when it is to be asked
    /// again: by [`Self::set_next`], or because of a change that came meanwhile.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<(Workflow, StarterKey, Clock)> {
        let mut due = Vec::new();
        for (workflow, starter, clock) in self.clocks() {
            if clock.next.is_some_and(|next| next <= now) {
                due.push((workflow.clone(), starter.key.clone(), clock.clone()));
            }
        }
        for (workflow, key, _) in &due {
            if let Some(clock) = self.clock_mut(&workflow.path, key) {
                clock.next = None;
            }
        }
        due
    }

    /// When the next one has to be asked.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.clocks().filter_map(|(_, _, clock)| clock.next).min()
    }

    /// All have to be asked.
    pub(super) fn ask_all(&mut self) {
        for workflow in self.workflows.values_mut() {
            for clock in workflow.starters.iter_mut().filter_map(|it| it.clock.as_mut()) {
                clock.next = Some(Timestamp(i64::MIN));
            }
        }
    }

    /// This one, which was handed out, has to be asked at `next`; at once where something changed since then.
    pub(super) fn set_next(&mut self, path: &Path, key: &StarterKey, next: Option<Timestamp>) {
        if let Some(clock) = self.clock_mut(path, key) {
            clock.next = clock.next.or(next);
        }
    }

    fn clock_mut(&mut self, path: &Path, key: &StarterKey) -> Option<&mut Clock> {
        let starters = &mut self.workflows.get_mut(path)?.starters;
        starters.iter_mut().find(|starter| starter.key == *key)?.clock.as_mut()
    }

    /// The triggers that may fire.
    pub(super) fn triggers(&self) -> impl Iterator<Item = (&Workflow, &TriggerRule)> {
        let awake = self.workflows.values().filter(|workflow| workflow.is_awake());
        awake.flat_map(|workflow| {
            let on = workflow.starters.iter().filter(|starter| starter.is_on);
            on.filter_map(move |starter| Some((workflow, starter.trigger.as_ref()?)))
        })
    }

    /// The schedules that may fire.
    fn clocks(&self) -> impl Iterator<Item = (&Workflow, &Starter, &Clock)> {
        let awake = self.workflows.values().filter(|workflow| workflow.is_awake());
        awake.flat_map(|workflow| {
            let on = workflow.starters.iter().filter(|starter| starter.is_on);
            on.filter_map(move |starter| Some((workflow, starter, starter.clock.as_ref()?)))
        })
    }
}
