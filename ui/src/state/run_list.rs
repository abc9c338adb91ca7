//! The list of runs that a query finds, as far as it was looked at: some of its pages, and how long it is.
//!
//! Places in the list stay what they are while runs come in: it leaves out what was accepted after its mark, until somebody
//! goes to its top. Rows change in place.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use millrace_api::run::{CountedRuns, ListRuns, RunPage, RunRow};
use millrace_model::event::{RunEvent, RunEventKind, RunState};
use millrace_model::ids::RunId;

/// Rows of a page.
pub(crate) const PAGE: u64 = 200;
/// More pages than these are not kept.
const MOST_PAGES: usize = 40;

/// A list of runs.
#[derive(Debug, Default)]
pub(crate) struct RunList {
    query: String,
    pages: BTreeMap<u64, Vec<RunRow>>,
    /// Where the runs are that are known.
    places: HashMap<RunId, u64>,
    outdated: BTreeSet<u64>,
    counted: Option<CountedRuns>,
    mark: Option<u64>,
    /// Runs came, or others may have.
    is_behind: bool,
    /// Rows changed since the last question was asked: its answer may be older than that.
    has_missed: bool,
    /// A question failed: nothing is asked until something happens.
    error: Option<String>,
    generation: u64,
}

/// What is asked for the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// The list from its start, with what is new.
    Anew,
    /// How many are new.
    Newer,
    /// This page.
    Page(u64),
}

impl RunList {
    /// What it is the list of.
    pub(crate) fn query(&self) -> &str {
        &self.query
    }

    /// Tells apart the lists of different queries.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Shows another list. The rows of the one before stay in view until the new ones come.
    pub(crate) fn ask_for(&mut self, query: &str) {
        if self.query != query {
            query.clone_into(&mut self.query);
            self.generation += 1;
            (self.mark, self.error, self.is_behind) = (None, None, false);
        }
    }

    /// Rows may have changed, come or gone.
    pub(crate) fn outdated(&mut self) {
        self.outdated = self.pages.keys().copied().collect();
        self.is_behind = true;
        self.error = None;
    }

    /// How many runs it has, as far as that is known.
    pub(crate) fn counted(&self) -> Option<CountedRuns> {
        self.counted
    }

    /// Whether what is shown is of the query of before.
    pub(crate) fn is_changing(&self) -> bool {
        self.mark.is_none() && self.error.is_none()
    }

    /// How long it is.
    pub(crate) fn len(&self) -> u64 {
        self.counted.map_or(0, |counted| counted.found)
    }

    /// Without what came after it.
    pub(crate) fn mark(&self) -> Option<u64> {
        self.mark
    }

    /// Why the last question has no answer.
    pub(crate) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// The run at this place, where it was loaded.
    pub(crate) fn row(&self, index: u64) -> Option<&RunRow> {
        self.pages.get(&(index / PAGE))?.get(usize::try_from(index % PAGE).ok()?)
    }

    /// The place of a run that was loaded.
    pub(crate) fn place(&self, run: RunId) -> Option<u64> {
        self.places.get(&run).copied()
    }

    /// What is to be asked now for the rows that are seen; what is only to be fresher, where `may_refresh` says so.
    pub(crate) fn question(
        &mut self,
        seen: &Range<u64>,
        at_top: bool,
        may_refresh: bool,
    ) -> Option<(Question, ListRuns)> {
        let question = self.next_question(seen, at_top, may_refresh);
        self.has_missed &= question.is_none();
        question
    }

    fn next_question(
        &mut self,
        seen: &Range<u64>,
        at_top: bool,
        may_refresh: bool,
    ) -> Option<(Question, ListRuns)> {
        if self.error.is_some() {
            return None;
        }
        let request = |skip: u64, limit: u64, count: bool| ListRuns {
            query: self.query.clone(),
            skip,
            mark: self.mark,
            count,
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            ..ListRuns::default()
        };
        if self.mark.is_none() {
            return Some((Question::Anew, request(0, PAGE, true)));
        }
        if let Some(page) = self.pages_of(seen).find(|page| !self.pages.contains_key(page)) {
            return Some((Question::Page(page), request(page * PAGE, PAGE, false)));
        }
        if !may_refresh {
            return None;
        }
        if at_top && self.has_news() {
            self.is_behind = false;
            return Some((Question::Anew, ListRuns { mark: None, ..request(0, PAGE, true) }));
        }
        if self.is_behind {
            let question = (Question::Newer, request(0, 1, true));
            self.is_behind = false;
            return Some(question);
        }
        let page = self.pages_of(seen).find(|page| self.outdated.contains(page))?;
        self.outdated.remove(&page);
        Some((Question::Page(page), request(page * PAGE, PAGE, true)))
    }

    /// Whether something that is seen should be fresher.
    pub(crate) fn is_stale(&self, seen: &Range<u64>, at_top: bool) -> bool {
        let is_outdated = self.pages_of(seen).any(|page| self.outdated.contains(&page));
        self.error.is_none() && (self.is_behind || is_outdated || (at_top && self.has_news()))
    }

    /// Whether the list from its start may be another one.
    fn has_news(&self) -> bool {
        self.is_behind || self.counted.is_some_and(|counted| counted.newer > 0)
    }

    /// Somebody wants to see what is new.
    pub(crate) fn renew(&mut self) {
        (self.mark, self.error) = (None, None);
    }

    fn pages_of(&self, seen: &Range<u64>) -> impl Iterator<Item = u64> + use<> {
        let len = self.len();
        let last = seen.end.min(len.saturating_sub(1)) / PAGE;
        (seen.start / PAGE..=last).take(if len == 0 { 0 } else { usize::MAX })
    }

    /// Takes in an answer; one to an earlier query is of no use.
    pub(crate) fn take(
        &mut self,
        question: Question,
        generation: u64,
        page: RunPage,
        seen: &Range<u64>,
    ) {
        if generation != self.generation {
            return;
        }
        match question {
            Question::Anew => {
                (self.pages, self.outdated) = (BTreeMap::new(), BTreeSet::new());
                self.mark = Some(page.mark);
                self.counted = page.counted;
                self.put(0, page.runs);
            }
            Question::Newer => self.counted = page.counted.or(self.counted),
            Question::Page(number) => {
                if let Some(counted) = page.counted {
                    if counted.found != self.len() {
                        // Some have left the list: what lies after them has moved.
                        self.outdated.extend(self.pages.keys().filter(|known| **known != number));
                    }
                    self.counted = Some(counted);
                }
                self.put(number, page.runs);
            }
        }
        if self.has_missed {
            match question {
                Question::Anew => self.outdated.extend([0]),
                Question::Page(number) => self.outdated.extend([number]),
                Question::Newer => {}
            }
        }
        self.forget_far(seen);
        self.places = HashMap::new();
        for (page, rows) in &self.pages {
            self.places.extend((page * PAGE..).zip(rows).map(|(at, row)| (row.run, at)));
        }
    }

    /// A question has no answer.
    pub(crate) fn fail(&mut self, generation: u64, message: String) {
        if generation == self.generation {
            self.error = Some(message);
        }
    }

    fn put(&mut self, page: u64, rows: Vec<RunRow>) {
        self.pages.insert(page, rows);
    }

    fn forget_far(&mut self, seen: &Range<u64>) {
        let middle = seen.start.midpoint(seen.end) / PAGE;
        while self.pages.len() > MOST_PAGES {
            let far = self.pages.keys().copied().max_by_key(|page| page.abs_diff(middle));
            let Some(far) = far else { return };
            self.pages.remove(&far);
            self.outdated.remove(&far);
        }
    }

    /// Takes in an event. Rows change in place; what an event alone does not tell is asked for.
    pub(crate) fn apply(&mut self, event: &RunEvent) {
        if matches!(event.kind, RunEventKind::RunQueued(_)) {
            self.is_behind = true;
            self.error = None;
            return;
        }
        self.has_missed |= tells_in_row(&event.kind);
        let Some(at) = self.place(event.run) else { return };
        let (page, within) = (at / PAGE, usize::try_from(at % PAGE).unwrap_or(0));
        let Some(row) = self.pages.get_mut(&page).and_then(|rows| rows.get_mut(within)) else {
            return;
        };
        if apply_to_row(row, event) {
            self.outdated.insert(page);
        }
    }
}

/// Whether an event may change a row, or make one.
pub(crate) fn tells_in_row(kind: &RunEventKind) -> bool {
    matches!(
        kind,
        RunEventKind::RunQueued(_)
            | RunEventKind::RunStarted
            | RunEventKind::RunPaused { .. }
            | RunEventKind::RunResumed { .. }
            | RunEventKind::Reopened { .. }
            | RunEventKind::RunEnded { .. }
    )
}

/// What an event does to a row; says whether the row should be asked for again.
pub(crate) fn apply_to_row(row: &mut RunRow, event: &RunEvent) -> bool {
    match &event.kind {
        RunEventKind::RunStarted => {
            row.state = RunState::Running;
            row.started.get_or_insert(event.at);
        }
        RunEventKind::RunPaused { .. } => row.state = RunState::Paused,
        RunEventKind::RunResumed { .. } => row.state = RunState::Running,
        RunEventKind::Reopened { .. } => {
            row.state = RunState::Running;
            row.ended = None;
            row.cause.clear();
        }
        RunEventKind::RunEnded { state, cause } => {
            row.state = *state;
            row.ended = Some(event.at);
            row.cause = cause.as_ref().map(ToString::to_string).unwrap_or_default();
            return true;
        }
        _ => {}
    }
    false
}

#[cfg(test)]
mod tests {
    use millrace_model::time::Timestamp;

    use super::*;
    use crate::state::fixture;

    /// What a daemon with so many runs answers.
    fn answer(all: u64, request: &ListRuns) -> RunPage {
        let mark = request.mark.unwrap_or(all);
        let runs = (0..mark).rev().skip(request.skip as usize).take(request.limit as usize);
        let counted = CountedRuns { found: mark, newer: all - mark, all };
        RunPage {
            runs: runs.map(fixture::run_row).collect(),
            next: None,
            counted: request.count.then_some(counted),
            mark,
        }
    }

    fn answer_all(list: &mut RunList, all: u64, seen: &Range<u64>, at_top: bool) -> Vec<Question> {
        let mut asked = Vec::new();
        while let Some((question, request)) = list.question(seen, at_top, true) {
            asked.push(question);
            list.take(question, list.generation(), answer(all, &request), seen);
        }
        asked
    }

    fn event(run: u64, kind: RunEventKind) -> RunEvent {
        RunEvent { run: RunId(run), seq: 1, at: Timestamp(9), kind }
    }

    #[test]
    fn only_what_is_seen_is_asked_for() {
        let mut list = RunList::default();
        assert_eq!(answer_all(&mut list, 100_000, &(0..20), true), [Question::Anew]);
        assert_eq!(list.len(), 100_000);
        assert_eq!(list.row(0).map(|row| row.run), Some(RunId(99_999)));
        assert!(list.row(70_000).is_none());
        let wanted = 69_990..70_010;
        assert!(!list.is_stale(&wanted, false) && list.question(&wanted, false, false).is_some());
        let asked = answer_all(&mut list, 100_000, &wanted, false);
        assert_eq!(asked, [Question::Page(349), Question::Page(350)]);
        assert_eq!(list.row(70_000).map(|row| row.run), Some(RunId(29_999)));
        for page in 0..300 {
            answer_all(&mut list, 100_000, &(page * PAGE..page * PAGE + 10), false);
        }
        assert!(list.pages.len() <= MOST_PAGES && list.row(59_800).is_some());
        let past_the_end = 99_990..100_030;
        assert_eq!(answer_all(&mut list, 100_000, &past_the_end, false), [Question::Page(499)]);
    }

    #[test]
    fn nothing_moves_while_somebody_looks_further_down() {
        let mut list = RunList::default();
        answer_all(&mut list, 1_000, &(0..20), true);
        answer_all(&mut list, 1_000, &(500..520), false);
        let before = list.row(500).cloned();
        list.is_behind = true;
        assert_eq!(answer_all(&mut list, 1_003, &(500..520), false), [Question::Newer]);
        assert_eq!(list.row(500).cloned(), before);
        assert_eq!((list.len(), list.counted().unwrap().newer), (1_000, 3));
        list.is_behind = true;
        assert_eq!(answer_all(&mut list, 1_003, &(0..20), true), [Question::Anew]);
        assert_eq!((list.len(), list.counted().unwrap().newer), (1_003, 0));
        assert_eq!(list.row(0).map(|row| row.run), Some(RunId(1_002)));
    }

    #[test]
    fn rows_change_in_place_and_are_asked_for_when_they_end() {
        let mut list = RunList::default();
        answer_all(&mut list, 50, &(0..20), true);
        list.apply(&event(
            45,
            RunEventKind::RunPaused { by: millrace_model::event::Actor::Person },
        ));
        assert_eq!(list.row(4).unwrap().state, RunState::Paused);
        assert_eq!(answer_all(&mut list, 50, &(0..20), true), []);
        list.apply(&event(45, RunEventKind::RunEnded { state: RunState::Failed, cause: None }));
        assert_eq!(list.row(4).unwrap().state, RunState::Failed);
        assert_eq!(answer_all(&mut list, 50, &(0..20), true), [Question::Page(0)]);
        list.apply(&event(7_777, RunEventKind::RunStarted));
        assert_eq!(answer_all(&mut list, 50, &(0..20), true), []);
    }

    #[test]
    fn what_happens_while_an_answer_is_on_its_way_is_not_lost_by_it() {
        let mut list = RunList::default();
        let seen = 0..20;
        let (question, request) = list.question(&seen, true, true).unwrap();
        list.apply(&event(45, RunEventKind::RunEnded { state: RunState::Failed, cause: None }));
        list.take(question, list.generation(), answer(50, &request), &seen);
        assert!(list.is_stale(&seen, true));
        assert_eq!(answer_all(&mut list, 50, &seen, true), [Question::Page(0)]);
    }

    #[test]
    fn another_query_keeps_the_rows_until_its_own_come() {
        let mut list = RunList::default();
        answer_all(&mut list, 50, &(0..20), true);
        let old = list.generation();
        list.ask_for("state:failed");
        assert!(list.is_changing() && list.row(0).is_some());
        let (question, request) = list.question(&(0..20), true, true).unwrap();
        assert_eq!((question, request.query.as_str()), (Question::Anew, "state:failed"));
        list.take(
            Question::Anew,
            old,
            answer(9, &ListRuns { limit: 5, ..request.clone() }),
            &(0..20),
        );
        assert_eq!(list.len(), 50, "an answer to the query of before");
        list.take(question, list.generation(), answer(2, &request), &(0..20));
        assert_eq!((list.len(), list.is_changing()), (2, false));
        list.outdated();
        list.fail(list.generation(), "no daemon answers".to_owned());
        assert_eq!(list.question(&(0..20), true, true), None);
        assert!(list.row(0).is_some(), "what is known stays in view");
        list.outdated();
        assert!(list.question(&(0..20), true, true).is_some());
    }
}
