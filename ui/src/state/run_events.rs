//! The events of the run that is shown: loaded by pages, then live; and which of them are listed.

use millrace_api::run::{EventPage, ReadEvents};
use millrace_model::event::{Run, RunEvent, RunEventKind};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};

/// Asked for at once.
pub(crate) const PAGE: u32 = 2_000;

/// Which events are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum EventFilter {
    /// All of them.
    #[default]
    All,
    /// What happened to the run as a whole.
    Run,
    /// Beginnings and ends of tasks.
    Tasks,
    /// Beginnings, waits, progress and ends of tries.
    Tries,
    /// What people, parents and hooks did.
    Steering,
}

impl EventFilter {
    /// All of them, in the order in which they are offered.
    pub(crate) const EVERY: [Self; 5] =
        [Self::All, Self::Run, Self::Tasks, Self::Tries, Self::Steering];

    /// The word on its chip.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Run => "Run",
            Self::Tasks => "Tasks",
            Self::Tries => "Tries",
            Self::Steering => "Steering",
        }
    }

    fn lists(self, kind: &RunEventKind) -> bool {
        let of = match kind {
            RunEventKind::RunQueued(_)
            | RunEventKind::RunStarted
            | RunEventKind::OutcomeDecided { .. }
            | RunEventKind::RunEnded { .. } => Self::Run,
            RunEventKind::TasksQueued { .. }
            | RunEventKind::TaskMapped { .. }
            | RunEventKind::TaskEnded { .. }
            | RunEventKind::ItemsEnded { .. } => Self::Tasks,
            RunEventKind::AttemptDispatched { .. }
            | RunEventKind::AttemptStarted { .. }
            | RunEventKind::AttemptProgressed { .. }
            | RunEventKind::AttemptWaits { .. }
            | RunEventKind::AttemptRecalled { .. }
            | RunEventKind::AttemptEnded { .. } => Self::Tries,
            RunEventKind::RunPaused { .. }
            | RunEventKind::RunResumed { .. }
            | RunEventKind::RunMoved { .. }
            | RunEventKind::CancelRequested { .. }
            | RunEventKind::AbortRequested { .. }
            | RunEventKind::TaskMarked { .. }
            | RunEventKind::HookFired { .. }
            | RunEventKind::Reopened { .. } => Self::Steering,
        };
        self == Self::All || self == of
    }
}

/// The events of a run.
#[derive(Debug, Default)]
pub(crate) struct RunEvents {
    /// As far as loaded, without gaps from the first on.
    pub(crate) events: Vec<RunEvent>,
    /// Which attempts they speak of, by serial − 1.
    serials: Vec<Option<TaskKey>>,
    /// Why they cannot be read.
    pub(crate) error: Option<String>,
    /// Which are listed.
    pub(crate) filter: EventFilter,
    /// Only those of this task.
    pub(crate) only: Option<Ident>,
    /// Those that are listed, by their places.
    pub(crate) listed: Vec<u32>,
    key: Option<(EventFilter, Option<Ident>)>,
    /// So many were looked at for the list.
    seen: usize,
}

impl RunEvents {
    /// The next page that is needed for a run that stands here; none where all is there.
    pub(crate) fn wanted(&self, run: &Run) -> Option<ReadEvents> {
        let after = self.last();
        (after < run.seq && self.error.is_none()).then_some(ReadEvents {
            run: run.run,
            after,
            limit: PAGE,
        })
    }

    /// Takes in a page.
    pub(crate) fn take(&mut self, page: EventPage) {
        self.error = None;
        for event in page.events {
            self.push(event);
        }
    }

    /// Takes in what is live. What does not follow on what is there is asked for instead.
    pub(crate) fn apply(&mut self, run: RunId, event: &RunEvent) {
        if event.run == run && !self.events.is_empty() {
            self.push(event.clone());
        }
    }

    /// Brings the list up to date.
    pub(crate) fn update(&mut self) {
        let key = (self.filter, self.only.clone());
        if self.key.as_ref() != Some(&key) {
            self.key = Some(key);
            self.listed.clear();
            self.seen = 0;
        }
        for place in self.seen..self.events.len() {
            let event = &self.events[place];
            let of_task = |only: &Ident| self.tasks_of(event).iter().any(|key| key.task == *only);
            if self.filter.lists(&event.kind) && self.only.as_ref().is_none_or(of_task) {
                self.listed.push(u32::try_from(place).unwrap_or(u32::MAX));
            }
        }
        self.seen = self.events.len();
    }

    /// The tasks that an event is about.
    pub(crate) fn tasks_of(&self, event: &RunEvent) -> Vec<TaskKey> {
        match &event.kind {
            RunEventKind::TasksQueued { tasks } | RunEventKind::Reopened { tasks, .. } => {
                tasks.clone()
            }
            RunEventKind::TaskMapped { task, .. }
            | RunEventKind::AttemptDispatched { task, .. }
            | RunEventKind::TaskEnded { task, .. }
            | RunEventKind::TaskMarked { task, .. }
            | RunEventKind::ItemsEnded { task, .. } => vec![task.clone()],
            RunEventKind::HookFired { task, .. } => vec![TaskKey::plain(task.clone())],
            RunEventKind::AttemptStarted { serial, .. }
            | RunEventKind::AttemptProgressed { serial, .. }
            | RunEventKind::AttemptWaits { serial, .. }
            | RunEventKind::AttemptRecalled { serial }
            | RunEventKind::AttemptEnded { serial, .. } => {
                let slot = (*serial as usize).wrapping_sub(1);
                self.serials.get(slot).cloned().flatten().into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn last(&self) -> u64 {
        self.events.last().map_or(0, |event| event.seq)
    }

    fn push(&mut self, event: RunEvent) {
        if event.seq != self.last() + 1 {
            return;
        }
        if let RunEventKind::AttemptDispatched { task, serial, .. } = &event.kind {
            let slot = *serial as usize;
            if self.serials.len() < slot {
                self.serials.resize(slot, None);
            }
            if let Some(slot) = slot.checked_sub(1) {
                self.serials[slot] = Some(task.clone());
            }
        }
        self.events.push(event);
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::event::RunState;
    use millrace_model::time::Timestamp;

    use super::super::fixture::name;
    use super::*;

    fn event(seq: u64, kind: RunEventKind) -> RunEvent {
        RunEvent { run: RunId(1), seq, at: Timestamp(0), kind }
    }

    #[test]
    fn attempts_belong_to_their_tasks_and_nothing_has_gaps() {
        let key = |text: &str| TaskKey::plain(name(text));
        let mut all = RunEvents::default();
        let started = |serial| RunEventKind::AttemptStarted { serial, pid: None, child: None };
        let begun = |task: &str, serial| RunEventKind::AttemptDispatched {
            task: key(task),
            serial,
            number: 1,
        };
        let ended = RunEventKind::RunEnded { state: RunState::Succeeded, cause: None };
        let events = vec![
            event(1, RunEventKind::RunStarted),
            event(2, begun("a", 1)),
            event(3, begun("b", 2)),
            event(4, started(2)),
        ];
        all.take(EventPage { events });
        all.apply(RunId(1), &event(6, ended.clone()));
        assert_eq!(all.events.len(), 4, "the fifth is missing");
        all.apply(RunId(2), &event(5, ended.clone()));
        assert_eq!(all.events.len(), 4, "of another run");
        all.apply(RunId(1), &event(5, started(1)));
        all.update();
        assert_eq!(all.listed, [0, 1, 2, 3, 4]);
        all.only = Some(name("b"));
        all.update();
        assert_eq!(all.listed, [2, 3]);
        all.filter = EventFilter::Run;
        all.only = None;
        all.update();
        all.apply(RunId(1), &event(6, ended));
        all.update();
        assert_eq!(all.listed, [0, 5]);
    }
}
