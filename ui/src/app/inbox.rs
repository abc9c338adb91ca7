//! What a person should look at, as the window knows it.

use std::rc::Rc;

use millrace_api::inbox::{Inbox, MarkSeen, ReadInbox};
use millrace_api::run::Done;
use millrace_api::schedule::{FireRow, FireState};
use millrace_api::{ApiError, Command as _};
use millrace_model::event::{RunEvent, RunEventKind, WaitFor};
use millrace_model::ids::RunId;

use super::{App, Purpose};
use crate::command::{Command, InboxCommand};
use crate::state::{InboxPart, InboxRows};
use crate::words;

/// What is known of the inbox.
#[derive(Debug, Default)]
pub(crate) struct InboxShown {
    /// As last answered.
    pub(crate) inbox: Option<Rc<Inbox>>,
    /// Why there is no answer.
    pub(crate) error: Option<String>,
    /// It as rows.
    pub(crate) rows: InboxRows,
    /// The cursor was moved: bring it into view.
    pub(crate) follow_cursor: bool,
    is_fresh: bool,
}

impl InboxShown {
    /// It may be another one by now.
    pub(super) fn outdated(&mut self) {
        self.is_fresh = false;
    }

    /// Takes in an event: a run may ask something, or not any more.
    pub(super) fn apply(&mut self, event: &RunEvent) {
        let is_of_one = || {
            let questions = self.inbox.iter().flat_map(|inbox| &inbox.questions);
            questions.into_iter().any(|question| question.run == event.run)
        };
        let may_change = match &event.kind {
            RunEventKind::AttemptWaits { waits, .. } => {
                matches!(waits.wait, WaitFor::Answer { .. })
            }
            RunEventKind::AttemptEnded { .. } | RunEventKind::RunEnded { .. } => is_of_one(),
            _ => false,
        };
        if may_change {
            self.outdated();
        }
    }

    /// How many things are in it.
    pub(crate) fn count(&self) -> usize {
        let count =
            |inbox: &Rc<Inbox>| InboxPart::ALL.iter().map(|part| part.count(inbox)).sum::<usize>();
        self.inbox.as_ref().map_or(0, count)
    }

    /// All that can be marked as seen.
    fn all(&self) -> MarkSeen {
        let Some(inbox) = &self.inbox else { return MarkSeen::default() };
        MarkSeen {
            runs: inbox.failures.iter().map(|run| run.run).collect(),
            skips: inbox.skips.iter().map(|skip| skip.skip).collect(),
            unseen: false,
        }
    }

    /// What was marked is not shown while the daemon is asked again.
    fn drop_seen(&mut self, seen: &MarkSeen) {
        if let Some(inbox) = &mut self.inbox {
            let left = Rc::make_mut(inbox);
            left.failures.retain(|run| !seen.runs.contains(&run.run));
            left.skips.retain(|skip| !seen.skips.contains(&skip.skip));
            self.rows.make(inbox);
        }
    }
}

impl App {
    pub(super) fn apply_to_inbox(&mut self, command: InboxCommand) {
        match command {
            InboxCommand::Open(run) => self.show_run(run),
            InboxCommand::Retry(run) => {
                self.show_run(run);
                self.send(Command::RetryRun);
            }
            InboxCommand::Seen(seen) => self.mark_seen(seen, true),
            InboxCommand::CatchUp(skip) => self.catch_up(skip),
            InboxCommand::AllSeen => self.mark_seen(self.inbox.all(), true),
            InboxCommand::Unseen(seen) => self.mark_seen(MarkSeen { unseen: true, ..seen }, false),
        }
    }

    /// Asks which of the missed times are to run, from the first day of them to the last.
    fn catch_up(&mut self, skip: u64) {
        let inbox = self.inbox.inbox.clone();
        let found = inbox.iter().flat_map(|inbox| &inbox.skips).find(|it| it.skip == skip);
        let Some(FireRow { path, name, at, what, .. }) = found.map(|found| &found.fire) else {
            return;
        };
        let first = match what {
            FireState::Skipped { first, .. } => *first,
            _ => *at,
        };
        self.ask_backfill_of(path.clone(), Some(name.clone()), Some((first, *at)));
    }

    /// Whoever looks at a run that failed has seen it, wherever they came from.
    pub(super) fn saw_run(&mut self, run: RunId) {
        let mut failures = self.inbox.inbox.iter().flat_map(|inbox| &inbox.failures);
        if failures.any(|failure| failure.run == run) {
            self.mark_seen(MarkSeen { runs: vec![run], ..MarkSeen::default() }, false);
        }
    }

    /// `offers_undo`: a person said so, and may take it back.
    fn mark_seen(&mut self, seen: MarkSeen, offers_undo: bool) {
        if seen.runs.is_empty() && seen.skips.is_empty() {
            return;
        }
        if !seen.unseen {
            self.inbox.drop_seen(&seen);
        }
        let offer = offers_undo.then(|| seen.clone());
        self.backend.ask(seen.into_request(), Purpose::Seen(offer));
    }

    /// Asks for it where it may be another one: the rail says how much is in it, wherever a person is.
    pub(super) fn ask_inbox(&mut self) {
        if !self.inbox.is_fresh && !self.backend.is_asking(|p| *p == Purpose::Inbox) {
            self.inbox.is_fresh = true;
            self.backend.ask(ReadInbox {}.into_request(), Purpose::Inbox);
        }
    }

    pub(super) fn take_inbox(&mut self, answer: Result<Inbox, ApiError>) {
        match answer {
            Ok(mut inbox) => {
                self.schedules.name_fires(inbox.skips.iter_mut().map(|skip| &mut skip.fire));
                self.inbox.rows.make(&inbox);
                self.inbox.inbox = Some(Rc::new(inbox));
                self.inbox.error = None;
            }
            Err(error) => self.inbox.error = Some(error.message),
        }
    }

    /// `offer`: what was marked, where that can be taken back.
    pub(super) fn take_seen(
        &mut self,
        offer: Option<MarkSeen>,
        answer: Result<Done, ApiError>,
        time: f64,
    ) {
        match (answer, offer) {
            (Err(error), _) => self.fail(error),
            (Ok(_), Some(seen)) => {
                let count = seen.runs.len() + seen.skips.len();
                let text = format!("{} marked as seen", words::count(count, "thing", "things"));
                let undo = Command::Inbox(InboxCommand::Unseen(seen));
                self.toasts.offer(text, ("Undo", undo), time);
            }
            (Ok(_), None) => {}
        }
        self.inbox.outdated();
    }
}
