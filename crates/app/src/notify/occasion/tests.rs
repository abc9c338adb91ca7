//! What is told of runs, with histories as the store has them.

use millrace_model::event::{Actor, Cause, RunEvent};
use millrace_model::ident::Ident;
use millrace_model::ids::{TaskKey, WorkflowId};
use millrace_store::{Options, Persist, Store, Writer};

use super::*;

const MINUTE: i64 = 60_000_000;

/// A history into which runs of one workflow of one task are put.
struct History {
    _folder: tempfile::TempDir,
    store: Store,
    writer: Writer,
    snapshot: String,
    runs: u64,
}

impl History {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Options::default()).unwrap();
        let mut writer = store.writer().unwrap();
        let snapshot = writer.put_snapshot("{}").unwrap();
        Self { _folder: folder, store, writer, snapshot, runs: 0 }
    }

    fn commit(&mut self, run: RunId, seq: u64, at: i64, kinds: Vec<RunEventKind>) {
        let events = (seq..).zip(kinds);
        let events: Vec<RunEvent> =
            events.map(|(seq, kind)| RunEvent { run, seq, at: Timestamp(at), kind }).collect();
        self.writer.commit(&events, Persist::Soon).unwrap();
    }

    /// A run that begins at this minute, takes so many, and ends so.
    fn run(&mut self, minute: i64, minutes: i64, state: RunState) -> RunId {
        self.runs += 1;
        let run = RunId(self.runs);
        let head = RunHead {
            workflow: Ident::new("nightly").unwrap(),
            title: None,
            workflow_id: Some(WorkflowId(7)),
            path: None,
            snapshot: self.snapshot.clone(),
            trigger: Trigger::Manual,
            logical_time: Timestamp(0),
            params: Default::default(),
            tasks: vec![Ident::new("load").unwrap()],
            only: None,
            rerun_of: None,
            failed_before: None,
            origin: None,
            carried: Vec::new(),
        };
        let begin = vec![RunEventKind::RunQueued(Box::new(head)), RunEventKind::RunStarted];
        self.commit(run, 1, minute * MINUTE, begin);
        self.end(run, 3, minute + minutes, state);
        run
    }

    fn end(&mut self, run: RunId, seq: u64, minute: i64, state: RunState) {
        let cause = (state == RunState::Failed).then_some(Cause::TimedOut { after: None });
        self.commit(run, seq, minute * MINUTE, vec![RunEventKind::RunEnded { state, cause }]);
    }

    fn kind(&self, run: RunId) -> Kind {
        let read = |reader: &Reader| {
            let glance = Glance::at(reader, run)?;
            Ok(glance.end(glance.ended_before(reader)?, Timestamp(0)).unwrap().kind)
        };
        self.store.read(read).unwrap()
    }

    fn usual(&self, run: RunId) -> Option<Duration> {
        self.store.read(|reader| Glance::at(reader, run)?.usual(reader)).unwrap()
    }
}

#[test]
fn a_success_after_a_failure_is_a_recovery() {
    use RunState::{Canceled, Failed, Succeeded};
    let mut history = History::new();
    let first = history.run(0, 1, Succeeded);
    assert_eq!(history.kind(first), Kind::Success, "there was none before");
    let failed = history.run(10, 1, Failed);
    assert_eq!(history.kind(failed), Kind::Failure);
    let canceled = history.run(20, 1, Canceled);
    assert_eq!(history.kind(canceled), Kind::Canceled);
    let well = history.run(30, 1, Succeeded);
    assert_eq!(history.kind(well), Kind::Recovery, "a cancelled run says nothing");
    let again = history.run(40, 1, Succeeded);
    assert_eq!(history.kind(again), Kind::Success);
    // One that was taken up again is compared with itself.
    let tasks = vec![TaskKey::plain(Ident::new("load").unwrap())];
    let reopened = RunEventKind::Reopened { round: 2, tasks, by: Actor::Person };
    history.commit(failed, 4, 50 * MINUTE, vec![reopened, RunEventKind::RunStarted]);
    history.end(failed, 6, 51, Succeeded);
    assert_eq!(history.kind(failed), Kind::Recovery);
}

#[test]
fn what_is_usual_comes_from_runs_that_succeeded() {
    let mut history = History::new();
    for minute in 0..4 {
        history.run(minute * 100, 10, RunState::Succeeded);
        history.run(minute * 100 + 50, 40, RunState::Failed);
    }
    let fifth = history.run(400, 10, RunState::Succeeded);
    assert_eq!(history.usual(fifth), None, "four others are too few");
    let sixth = history.run(500, 95, RunState::Succeeded);
    assert_eq!(history.usual(sixth), Some(Duration::from_secs(20 * 60)));
}

#[test]
fn unusual_is_twice_what_is_long_and_a_minute_at_least() {
    let of = |seconds: &[u64]| {
        slow_after(seconds.iter().map(|&seconds| Duration::from_secs(seconds)).collect())
    };
    assert_eq!(of(&[1, 1, 1, 1]), None, "too few are known");
    assert_eq!(of(&[1, 2, 1, 3, 1]), Some(Duration::from_secs(63)));
    assert_eq!(of(&[600; 6]), Some(Duration::from_secs(1200)));
    // One of twenty that took a day says nothing.
    let mut many = vec![100; 19];
    many.push(86_400);
    assert_eq!(of(&many), Some(Duration::from_secs(200)));
}

#[test]
fn durations_are_read_in_minutes() {
    assert_eq!(in_words(Duration::from_secs(61)), "2 min");
    assert_eq!(in_words(Duration::from_secs(7_500)), "2 h 5 min");
    assert_eq!(in_words(Duration::from_secs(7_200)), "2 h");
}
