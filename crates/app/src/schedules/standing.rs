//! What is known of the documents that start by themselves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use millrace_api::schedule::Held;
use millrace_model::document::{Schedule, TriggerRule};
use millrace_model::ids::WorkflowId;
use millrace_model::schedule::Ticks;
use millrace_model::time::Timestamp;
use millrace_store::{StarterKey, StarterKind};

/// The schedule has to be asked whatever time it is.
const AT_ONCE: Option<Timestamp> = Some(Timestamp(i64::MIN));

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// By path.
    workflows: BTreeMap<PathBuf, Entry>,
    /// Counts what may have changed documents, trust or switches.
    pub(super) changes: u64,
    /// So many of these changes have been looked at; none before the first look.
    pub(super) looked: Option<u64>,
}

#[derive(Debug)]
struct Entry {
    workflow: Arc<Workflow>,
    /// For each of its starters: when the planner has to be asked; none = never.
    asks: Vec<Option<Timestamp>>,
}

/// A document with schedules or triggers: what is needed to know when to read it, and nothing more of it.
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
    pub(super) clock: Option<Arc<Clock>>,
    /// For a trigger.
    pub(super) trigger: Option<Arc<TriggerRule>>,
}

/// When a schedule fires.
#[derive(Debug)]
pub(super) struct Clock {
    pub(super) schedule: Schedule,
    pub(super) ticks: Ticks,
}

impl Workflow {
    /// Whether something of it may start.
    pub(super) fn is_awake(&self) -> bool {
        self.held.is_none() && self.starters.iter().any(|starter| starter.is_on)
    }

    /// Which of its starters are schedules that may fire.
    fn clocks(&self) -> impl Iterator<Item = usize> {
        let is_awake = self.held.is_none();
        let starters = self.starters.iter().enumerate();
        let clocks = starters.filter(move |(_, it)| is_awake && it.is_on && it.clock.is_some());
        clocks.map(|(nth, _)| nth)
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

    /// All documents, in order of their paths.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Workflow>> {
        self.workflows.values().map(|entry| &entry.workflow)
    }

    /// The document at this path.
    pub(super) fn at(&self, path: &Path) -> Option<&Arc<Workflow>> {
        self.workflows.get(path).map(|entry| &entry.workflow)
    }

    /// These are all documents, after `changes`; each schedule has to be asked.
    pub(super) fn put(&mut self, found: Vec<Arc<Workflow>>, changes: u64) {
        let entry = |workflow: Arc<Workflow>| {
            let asks = vec![AT_ONCE; workflow.starters.len()];
            (workflow.path.clone(), Entry { workflow, asks })
        };
        self.workflows = found.into_iter().map(entry).collect();
        self.looked = Some(changes);
    }

    /// The schedules that have to be asked at `now`. Each is handed out once, until somebody says when it is to be asked
    /// again: by [`Self::set_next`], or because of a change that came meanwhile.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<(Arc<Workflow>, usize)> {
        let mut due = Vec::new();
        for entry in self.workflows.values_mut() {
            let clocks = entry.workflow.clocks().collect::<Vec<_>>();
            for nth in clocks {
                if entry.asks[nth].is_some_and(|next| next <= now) {
                    entry.asks[nth] = None;
                    due.push((Arc::clone(&entry.workflow), nth));
                }
            }
        }
        due
    }

    /// When the next one has to be asked.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let of = |entry: &Entry| entry.workflow.clocks().filter_map(|nth| entry.asks[nth]).min();
        self.workflows.values().filter_map(of).min()
    }

    /// All have to be asked.
    pub(super) fn ask_all(&mut self) {
        self.workflows.values_mut().for_each(|entry| entry.asks.fill(AT_ONCE));
    }

    /// Those of this document have to be asked.
    pub(super) fn ask(&mut self, path: &Path) {
        if let Some(entry) = self.workflows.get_mut(path) {
            entry.asks.fill(AT_ONCE);
        }
    }

    /// This one, which was handed out, has to be asked at `next`; at once where something changed since then.
    pub(super) fn set_next(&mut self, path: &Path, key: &StarterKey, next: Option<Timestamp>) {
        let Some(Entry { workflow, asks }) = self.workflows.get_mut(path) else { return };
        if let Some(nth) = workflow.starters.iter().position(|starter| starter.key == *key) {
            asks[nth] = asks[nth].or(next);
        }
    }

    /// Switches the starter of this name, or all; they have to be asked.
    pub(super) fn switch(&mut self, path: &Path, name: Option<&str>, on: bool) {
        let Some(Entry { workflow, asks }) = self.workflows.get_mut(path) else { return };
        for starter in &mut Arc::make_mut(workflow).starters {
            if name.is_none_or(|name| starter.key.name == name) {
                starter.is_on = on;
            }
        }
        asks.fill(AT_ONCE);
    }

    /// The triggers that may fire.
    pub(super) fn triggers(&self) -> impl Iterator<Item = (&Arc<Workflow>, &Arc<TriggerRule>)> {
        let awake = self.all().filter(|workflow| workflow.is_awake());
        awake.flat_map(|workflow| {
            let on = workflow.starters.iter().filter(|starter| starter.is_on);
            on.filter_map(move |starter| Some((workflow, starter.trigger.as_ref()?)))
        })
    }
}
