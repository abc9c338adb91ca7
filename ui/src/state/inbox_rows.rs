//! The inbox as rows: parts with their heads, failures of one workflow together, and which of them is at the cursor.

use std::collections::BTreeSet;

use millrace_api::inbox::Inbox;
use millrace_api::run::RunRow;
use millrace_model::ident::Ident;
use millrace_model::ids::WorkflowId;

/// Of each part the daemon answers so many at most.
const MOST: usize = 200;
/// So many failures of one workflow are too many to be read one by one.
const TOGETHER: usize = 3;

/// What people are asked for, told, or missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InboxPart {
    /// Questions of runs.
    Questions,
    /// Documents that wait for trust.
    Trust,
    /// Runs that failed.
    Failures,
    /// What should have started.
    Missed,
}

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InboxRow {
    /// The head of a part.
    Head(InboxPart, usize),
    /// A question, by its place in the answer.
    Question(usize),
    /// A document that waits for trust.
    Untrusted(usize),
    /// Failures of one workflow: its newest, how many, and whether all of them stand below.
    Failures(usize, usize, bool),
    /// A failure; `true`: it stands below its workflow's.
    Failure(usize, bool),
    /// What did not start.
    Skip(usize),
    /// There may be more than the daemon answers.
    More(InboxPart),
}

/// The rows of the inbox, made anew when something changes.
#[derive(Debug, Default)]
pub(crate) struct InboxRows {
    rows: Vec<InboxRow>,
    /// Workflows whose failures stand one by one.
    open: BTreeSet<Whose>,
    /// Only this part.
    only: Option<InboxPart>,
    /// The row at the cursor.
    cursor: Option<usize>,
}

/// A workflow: its identity, where that is known, and its name.
type Whose = (Option<WorkflowId>, Ident);

fn whose(run: &RunRow) -> Whose {
    (run.workflow_id, run.workflow.clone())
}

impl InboxPart {
    /// All, in their order.
    pub(crate) const ALL: [Self; 4] = [Self::Questions, Self::Trust, Self::Failures, Self::Missed];

    /// What its head says.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Questions => "Waiting for an answer",
            Self::Trust => "Waiting for trust",
            Self::Failures => "Failures",
            Self::Missed => "Did not start",
        }
    }

    /// What its chip says.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Questions => "Questions",
            Self::Trust => "Trust",
            other => other.title(),
        }
    }

    /// How many things are in it.
    pub(crate) fn count(self, inbox: &Inbox) -> usize {
        match self {
            Self::Questions => inbox.questions.len(),
            Self::Trust => inbox.untrusted.len(),
            Self::Failures => inbox.failures.len(),
            Self::Missed => inbox.skips.len(),
        }
    }
}

impl InboxRow {
    /// Whether the cursor stops here.
    fn is_thing(self) -> bool {
        !matches!(self, Self::Head(..) | Self::More(_))
    }
}

impl InboxRows {
    /// The rows.
    pub(crate) fn all(&self) -> &[InboxRow] {
        &self.rows
    }

    /// Which part alone is shown.
    pub(crate) fn only(&self) -> Option<InboxPart> {
        self.only
    }

    /// The row at the cursor.
    pub(crate) fn at_cursor(&self) -> Option<(usize, InboxRow)> {
        self.cursor.and_then(|at| Some((at, *self.rows.get(at)?)))
    }

    /// Makes the rows of an answer. The cursor stays as near as it can to where it was.
    pub(crate) fn make(&mut self, inbox: &Inbox) {
        let full = self.only.filter(|only| only.count(inbox) > 0);
        self.only = full;
        self.rows.clear();
        for part in InboxPart::ALL {
            let count = part.count(inbox);
            if count == 0 || full.is_some_and(|only| only != part) {
                continue;
            }
            self.rows.push(InboxRow::Head(part, count));
            match part {
                InboxPart::Questions => self.rows.extend((0..count).map(InboxRow::Question)),
                InboxPart::Trust => self.rows.extend((0..count).map(InboxRow::Untrusted)),
                InboxPart::Failures => self.failures(inbox),
                InboxPart::Missed => self.rows.extend((0..count).map(InboxRow::Skip)),
            }
            if count >= MOST && part != InboxPart::Trust {
                self.rows.push(InboxRow::More(part));
            }
        }
        if let Some(at) = self.cursor {
            let (before, after) = self.rows.split_at(at.min(self.rows.len()));
            let next = after.iter().position(|row| row.is_thing()).map(|ahead| at + ahead);
            self.cursor = next.or_else(|| before.iter().rposition(|row| row.is_thing()));
        }
    }

    /// Failures of one workflow stand where its newest is.
    fn failures(&mut self, inbox: &Inbox) {
        let mut told = BTreeSet::new();
        for (at, run) in inbox.failures.iter().enumerate() {
            let whose = whose(run);
            if !told.insert(whose.clone()) {
                continue;
            }
            let all = of_same_workflow(inbox, at);
            if all.len() < TOGETHER {
                self.rows.extend(all.into_iter().map(|at| InboxRow::Failure(at, false)));
                continue;
            }
            let is_open = self.open.contains(&whose);
            self.rows.push(InboxRow::Failures(at, all.len(), is_open));
            if is_open {
                self.rows.extend(all.into_iter().map(|at| InboxRow::Failure(at, true)));
            }
        }
    }

    /// Shows only one part, or all.
    pub(crate) fn show_only(&mut self, only: Option<InboxPart>, inbox: &Inbox) {
        self.only = only;
        self.cursor = None;
        self.make(inbox);
    }

    /// Shows the failures of the workflow that this one is of one by one, or together.
    pub(crate) fn fold(&mut self, failure: usize, inbox: &Inbox) {
        let Some(run) = inbox.failures.get(failure) else { return };
        let whose = whose(run);
        if !self.open.remove(&whose) {
            self.open.insert(whose);
        }
        self.make(inbox);
    }

    /// Moves the cursor over things: so many down, or up. Without one it comes in from above, or from below.
    pub(crate) fn step(&mut self, by: isize) {
        let things: Vec<usize> =
            (0..self.rows.len()).filter(|&at| self.rows[at].is_thing()).collect();
        let Some(last) = things.len().checked_sub(1) else { return };
        let now = self.cursor.and_then(|at| things.iter().position(|&thing| thing == at));
        let next = match now {
            Some(now) => now.saturating_add_signed(by).min(last),
            None if by > 0 => by.unsigned_abs().saturating_sub(1).min(last),
            None => last.saturating_sub(by.unsigned_abs().saturating_sub(1)),
        };
        self.cursor = Some(things[next]);
    }

    /// Nothing is at the cursor.
    pub(crate) fn forget_cursor(&mut self) {
        self.cursor = None;
    }
}

/// The failures of the workflow that this one is of, by their places; those before it are not looked at.
pub(crate) fn of_same_workflow(inbox: &Inbox, failure: usize) -> Vec<usize> {
    let Some(run) = inbox.failures.get(failure) else { return Vec::new() };
    let is_of_it =
        |other: &RunRow| (other.workflow_id, &other.workflow) == (run.workflow_id, &run.workflow);
    (failure..inbox.failures.len()).filter(|&at| is_of_it(&inbox.failures[at])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::event::RunState;
    use millrace_model::ids::RunId;
    use millrace_model::time::Timestamp;

    fn failure(run: u64, workflow: &str) -> RunRow {
        serde_json::from_value(serde_json::json!({
            "run": RunId(run), "workflow": workflow, "state": RunState::Failed, "trigger": "schedule",
            "queued": Timestamp(0), "tasks": 1, "succeeded": 0, "failed": 1,
        }))
        .unwrap()
    }

    fn inbox(workflows: &[&str]) -> Inbox {
        let failures = (1..).zip(workflows).map(|(run, workflow)| failure(run, workflow)).collect();
        Inbox { questions: Vec::new(), failures, skips: Vec::new(), untrusted: Vec::new() }
    }

    #[test]
    fn failures_of_a_workflow_stand_together_until_they_are_unfolded() {
        let two = inbox(&["a", "b", "a"]);
        let mut rows = InboxRows::default();
        rows.make(&two);
        assert!(rows.all().iter().all(|row| !matches!(row, InboxRow::Failures(..))));
        let inbox = inbox(&["a", "b", "a", "a"]);
        let mut rows = InboxRows::default();
        rows.make(&inbox);
        let head = InboxRow::Head(InboxPart::Failures, 4);
        let folded = [head, InboxRow::Failures(0, 3, false), InboxRow::Failure(1, false)];
        assert_eq!(rows.all(), folded);
        rows.fold(0, &inbox);
        let below = [0, 2, 3].map(|at| InboxRow::Failure(at, true));
        let [a, b, c] = below;
        assert_eq!(
            rows.all(),
            [head, InboxRow::Failures(0, 3, true), a, b, c, InboxRow::Failure(1, false)]
        );
        rows.fold(0, &inbox);
        assert_eq!(rows.all(), folded);
    }

    #[test]
    fn the_cursor_goes_over_things_only_and_stays_near_when_they_go() {
        let mut rows = InboxRows::default();
        rows.make(&inbox(&["a", "b", "c"]));
        rows.step(1);
        assert_eq!(rows.at_cursor(), Some((1, InboxRow::Failure(0, false))));
        rows.step(1);
        rows.step(1);
        rows.step(1);
        assert_eq!(rows.at_cursor(), Some((3, InboxRow::Failure(2, false))));
        rows.make(&inbox(&["a", "b"]));
        assert_eq!(rows.at_cursor(), Some((2, InboxRow::Failure(1, false))));
        rows.step(-9);
        assert_eq!(rows.at_cursor(), Some((1, InboxRow::Failure(0, false))));
        rows.make(&inbox(&[]));
        assert_eq!(rows.at_cursor(), None);
        rows.step(-1);
        assert_eq!(rows.at_cursor(), None);
    }

    #[test]
    fn a_section_alone_is_shown_until_it_is_empty() {
        let mut rows = InboxRows::default();
        let full = inbox(&["a"]);
        rows.make(&full);
        rows.show_only(Some(InboxPart::Missed), &full);
        assert_eq!((rows.only(), rows.all().len()), (None, 2), "an empty one is not kept to");
        rows.show_only(Some(InboxPart::Failures), &full);
        assert_eq!(rows.only(), Some(InboxPart::Failures));
        rows.make(&inbox(&[]));
        assert_eq!((rows.only(), rows.all().len()), (None, 0));
    }
}
