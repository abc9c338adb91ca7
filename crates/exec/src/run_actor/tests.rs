//! An actor with a keeper of the test's own, which does what it is told to and nothing by itself.

mod deeds;

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use millrace_engine::core::RunContext;
use millrace_engine::ports::Report;
use millrace_engine::{Plan, Selection};
use millrace_keeper::journal::JournalWriter;
use millrace_keeper::protocol::{FrameReader, KeeperHello};
use millrace_model::document::{Json, Task, Workflow};
use millrace_model::event::{RunHead, Trigger};
use millrace_model::ids::{TaskKey, WorkflowId};
use millrace_model::time::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::mpsc::unbounded_channel;

use super::*;
use crate::artifacts::ArtifactStore;
use crate::earlier::{Earlier, Finding};
use crate::environment::BaseEnv;
use crate::secrets::{Reading, Secrets};

const RUN: RunId = RunId(7);

/// A keeper that lives, has nothing, and was just talked to by the actor of an adopting daemon.
struct Keeper {
    stream: UnixStream,
    frames: FrameReader,
    /// Its lock says that the keeper lives.
    _journal: JournalWriter,
}

impl Keeper {
    fn tell(&mut self, message: &FromKeeper) {
        let mut out = Vec::new();
        message.encode(&mut out);
        self.stream.write_all(&out).unwrap();
    }

    /// The next thing that the actor asks for.
    fn asked(&mut self) -> ToKeeper {
        loop {
            if let Some(frame) = self.frames.next_frame().unwrap() {
                return ToKeeper::decode(&frame).unwrap().unwrap();
            }
            let mut block = [0; 4_096];
            let read = self.stream.read(&mut block).unwrap();
            assert_ne!(read, 0, "the actor has left");
            self.frames.push(&block[..read]);
        }
    }
}

#[derive(Debug)]
struct NoSecrets;

impl Secrets for NoSecrets {
    fn read<'a>(&'a self, _: &'a str) -> Reading<'a> {
        Box::pin(async { Err("there are none".to_owned()) })
    }
}

/// Every task gave 3 rows before, and what has one of these fingerprints gave 4.
#[derive(Debug, Default)]
struct Rows(Vec<String>);

impl Earlier for Rows {
    fn newest<'a>(
        &'a self,
        _: WorkflowId,
        _: &'a TaskKey,
        _: Option<&'a serde_json::Value>,
    ) -> Finding<'a> {
        let outputs = Values::from_iter([("rows".to_owned(), 3.into())]);
        Box::pin(async { Ok(Some(Given { run: RunId(3), outputs, artifacts: Vec::new() })) })
    }

    fn same<'a>(
        &'a self,
        _: WorkflowId,
        _: &'a TaskKey,
        fingerprint: &'a str,
        _: Option<Timestamp>,
    ) -> Finding<'a> {
        let is_known = self.0.contains(&fingerprint.to_owned());
        let outputs = Values::from_iter([("rows".to_owned(), 4.into())]);
        let given = Given { run: RunId(4), outputs, artifacts: Vec::new() };
        Box::pin(async move { Ok(is_known.then_some(given)) })
    }
}

fn config(root: &Path, runtime: Handle) -> ExecConfig {
    ExecConfig {
        home: root.to_owned(),
        runs: root.join("runs"),
        artifacts: ArtifactStore::new(root.join("artifacts")),
        cache: root.join("cache"),
        keeper: "/nonexistent".into(),
        base_env: Arc::new(BaseEnv::new(None)),
        log_head: 1_024,
        log_tail: 1_024,
        earlier: Arc::<Rows>::default(),
        secrets: Arc::new(NoSecrets),
        connections: Arc::new(crate::ports::Nothing),
        notices: Arc::new(crate::ports::Nothing),
        runtime,
        sync_journal: false,
    }
}

/// An attempt that the last daemon had decided to start, and died.
fn attempt(serial: u32) -> AdoptAttempt {
    making(serial, &[])
}

/// The same, of a task that makes these files.
fn making(serial: u32, produces: &[&str]) -> AdoptAttempt {
    attempt_of(serial, "shell", &serde_json::json!({ "script": "true" }), produces)
}

/// The same of a task of another kind.
fn attempt_of(
    serial: u32,
    kind: &str,
    spec: &serde_json::Value,
    produces: &[&str],
) -> AdoptAttempt {
    let mut workflow = Workflow::new(Ident::new("w").unwrap());
    let name = Ident::new("wait").unwrap();
    let mut task = Task::new(name.clone(), kind);
    task.spec = Json::from_value(spec);
    task.produces = produces.iter().map(|pattern| (*pattern).to_owned()).collect();
    workflow.tasks.push(task);
    let head = RunHead {
        workflow: workflow.name.clone(),
        title: None,
        workflow_id: Some(WorkflowId(1)),
        path: None,
        snapshot: "0".repeat(64),
        trigger: Trigger::Manual,
        logical_time: Timestamp(0),
        params: Values::new(),
        tasks: vec![name.clone()],
        only: None,
        rerun_of: None,
        failed_before: None,
        origin: None,
        carried: Vec::new(),
    };
    let start = StartAttempt {
        attempt: AttemptId { run: RUN, serial },
        key: TaskKey::plain(name),
        task_index: 0,
        item: None,
        hook: None,
        number: 1,
        round: 1,
        plan: Plan::seal(Arc::new(workflow), &Selection::All).unwrap(),
        context: Arc::new(RunContext { run: RUN, head, params: Arc::default() }),
        limit: None,
        grace: Duration::from_secs(1),
        places: 1,
        upstreams: Vec::new(),
        ancestors: Vec::new(),
    };
    AdoptAttempt { start: Box::new(start), started: false, pid: None }
}

/// Which attempts are started, and which recalled, when a keeper has neither 1 nor 2, and the actor is given `then` right
/// after their adoption. There are `starts` of the first.
fn after_adoption(then: Vec<Order>, starts: usize) -> (Vec<u64>, Vec<u32>) {
    let root = tempfile::tempdir().unwrap();
    let dir = RunDir::of(&root.path().join("runs"), RUN);
    dir.create().unwrap();
    let journal = JournalWriter::open(&dir.journal()).unwrap();
    let listener = UnixListener::bind(dir.socket()).unwrap();

    let (reports, mut reported) = Reports::channel();
    let (orders, receiver) = unbounded_channel();
    let attempts = vec![attempt(1), attempt(2)];
    orders.send(Order::Adopt { places: 2, attempts }).ok().unwrap();
    then.into_iter().for_each(|order| orders.send(order).ok().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Arc::new(config(root.path(), runtime.handle().clone()));
    let actor = RunActor::new(RUN, config, (Arc::default(), Arc::default()), reports, receiver);
    let acting = std::thread::spawn(move || runtime.block_on(actor.run()));

    let stream = listener.accept().unwrap().0;
    let mut keeper = Keeper { stream, frames: FrameReader::default(), _journal: journal };
    let hello = KeeperHello { configured: true, ..KeeperHello::default() };
    keeper.tell(&FromKeeper::Hello(Box::new(hello)));
    while !matches!(keeper.asked(), ToKeeper::Resend { .. }) {}
    keeper.tell(&FromKeeper::CaughtUp { record: 0 });
    let mut started = Vec::new();
    while started.len() < starts {
        started.extend(started_id(&keeper.asked()));
    }
    let mut recalled = Vec::new();
    while started.len() + recalled.len() < 2 {
        let Report { attempt, report } = reported.blocking_recv().unwrap();
        assert_eq!(report, AttemptReport::Recalled);
        recalled.push(attempt.serial);
    }
    orders.send(Order::End).ok().unwrap();
    loop {
        match keeper.asked() {
            ToKeeper::Quit => break,
            other => assert_eq!(started_id(&other), None),
        }
    }
    acting.join().unwrap();
    assert_eq!(reported.blocking_recv(), None);
    (started, recalled)
}

fn started_id(asked: &ToKeeper) -> Option<u64> {
    match asked {
        ToKeeper::Start(start) => Some(start.attempt_id),
        _ => None,
    }
}

#[test]
fn what_the_keeper_does_not_have_is_handed_over_unless_nobody_wants_it_any_more() {
    assert_eq!(after_adoption(vec![], 2), (vec![1, 2], vec![]));
    let stop = Order::Stop { serial: 1, kill: false };
    assert_eq!(after_adoption(vec![stop], 1), (vec![2], vec![1]));
    assert_eq!(after_adoption(vec![Order::Recall(vec![2])], 1), (vec![1], vec![2]));
}

/// What the actor reports first when it is given `order`. There is no keeper, and none can be started.
fn first_report(root: &Path, order: Order) -> AttemptReport {
    let (reports, mut reported) = Reports::channel();
    let (orders, receiver) = unbounded_channel();
    orders.send(order).ok().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Arc::new(config(root, runtime.handle().clone()));
    let actor = RunActor::new(RUN, config, (Arc::default(), Arc::default()), reports, receiver);
    let acting = std::thread::spawn(move || runtime.block_on(actor.run()));
    let Report { report, .. } = reported.blocking_recv().unwrap();
    drop(orders);
    acting.join().unwrap();
    report
}

#[test]
fn what_is_reused_needs_no_keeper_and_gives_what_it_gave_before() {
    let root = tempfile::tempdir().unwrap();
    let there = root.path().join("there");
    std::fs::write(&there, "").unwrap();
    let start = || making(1, &[there.to_str().unwrap()]).start;
    let report = first_report(root.path(), Order::Start(start()));
    let AttemptReport::Ended(end) = report else { panic!("{report:?}") };
    assert_eq!(end.outcome, Outcome::Reused { from: Some(RunId(3)), cached: false });
    assert_eq!((&end.outputs["rows"], end.started), (&3.into(), None));
    let dir = RunDir::of(&root.path().join("runs"), RUN);
    let published = std::fs::read_to_string(dir.published(&Ident::new("wait").unwrap())).unwrap();
    assert_eq!(published, "{\"rows\":3}", "for tasks that ask by name");

    let again = StartAttempt { number: 2, ..*start() };
    let report = first_report(root.path(), Order::Start(Box::new(again)));
    let AttemptReport::Ended(end) = report else { panic!("{report:?}") };
    assert!(matches!(end.outcome, Outcome::Error { .. }), "a second try needs one: {end:?}");
}

/// The process ended well while no daemon ran: the next one looks for the files.
#[test]
fn what_ended_well_under_a_keeper_that_is_gone_is_looked_for_too() {
    for (file, outcome) in [
        ("there", Outcome::Succeeded),
        ("gone", Outcome::Missing { patterns: vec!["gone".to_owned()] }),
    ] {
        let root = tempfile::tempdir().unwrap();
        let dir = RunDir::of(&root.path().join("runs"), RUN);
        dir.create().unwrap();
        std::fs::write(dir.scratch().join("there"), "").unwrap();
        let mut journal = JournalWriter::open(&dir.journal()).unwrap();
        let exit = millrace_keeper::protocol::Exit::Exited(0);
        let ended = millrace_keeper::protocol::Ended::new(1, exit);
        journal.append(Event::Ended(Box::new(ended)));
        journal.flush(false).unwrap();
        drop(journal);
        let order = Order::Adopt { places: 1, attempts: vec![making(1, &[file])] };
        let report = first_report(root.path(), order);
        let AttemptReport::Ended(end) = report else { panic!("{report:?}") };
        assert_eq!(end.outcome, outcome, "{file}");
    }
}

/// The process ended while no daemon ran, or before the last one told of it: the next one takes in what it left and said.
#[test]
fn what_an_attempt_left_and_said_is_taken_in_by_the_next_daemon_too() {
    let root = tempfile::tempdir().unwrap();
    let dir = RunDir::of(&root.path().join("runs"), RUN);
    dir.create().unwrap();
    std::fs::create_dir(dir.artifacts(1)).unwrap();
    std::fs::write(dir.artifacts(1).join("a.csv"), "hello").unwrap();
    std::fs::write(dir.metrics(1), "{\"metric\":\"loss\",\"value\":2}\n").unwrap();
    std::fs::write(dir.fingerprint(1), "f").unwrap();
    let mut journal = JournalWriter::open(&dir.journal()).unwrap();
    let exit = millrace_keeper::protocol::Exit::Exited(0);
    let ended = millrace_keeper::protocol::Ended::new(1, exit);
    let ended = millrace_keeper::protocol::Ended { has_artifacts: true, ..ended };
    journal.append(Event::Ended(Box::new(ended)));
    journal.flush(false).unwrap();
    drop(journal);
    // Twice: as after a crash between taking in and telling.
    for _ in 0..2 {
        let order = Order::Adopt { places: 1, attempts: vec![attempt(1)] };
        let report = first_report(root.path(), order);
        let AttemptReport::Ended(end) = report else { panic!("{report:?}") };
        assert_eq!(end.outcome, Outcome::Succeeded);
        assert_eq!((end.artifacts[0].name.as_str(), end.artifacts[0].bytes), ("a.csv", 5));
        assert_eq!((end.metrics[0].name.as_str(), end.metrics[0].last), ("loss", 2.0));
        assert_eq!(end.fingerprint.as_deref(), Some("f"));
        let published = dir.published_artifacts().join("wait/a.csv");
        assert_eq!(std::fs::read_to_string(published).unwrap(), "hello");
    }
}

/// Whoever has locked the journal of a dead keeper and does not leave is waited for once, not by each attempt.
#[tokio::test(start_paused = true)]
async fn what_a_stranger_holds_up_is_given_up_at_once_and_tried_anew_when_the_stranger_is_gone() {
    let root = tempfile::tempdir().unwrap();
    let dir = RunDir::of(&root.path().join("runs"), RUN);
    dir.create().unwrap();
    let stranger = JournalWriter::open(&dir.journal()).unwrap();
    let (reports, mut reported) = Reports::channel();
    let (orders, receiver) = unbounded_channel();
    let config = Arc::new(config(root.path(), Handle::current()));
    let actor = RunActor::new(RUN, config, (Arc::default(), Arc::default()), reports, receiver);
    let asking = async move {
        let mut why = async |serial| {
            orders.send(Order::Start(attempt(serial).start)).ok().unwrap();
            let begun = tokio::time::Instant::now();
            let Some(Report { report: AttemptReport::Ended(end), .. }) = reported.recv().await
            else {
                panic!("the attempt has not ended")
            };
            let Outcome::Error { message } = end.outcome else { panic!("{end:?}") };
            (message, begun.elapsed())
        };
        let (message, took) = why(1).await;
        assert!(message.contains("is not this run's keeper"), "{message}");
        assert!(took >= Duration::from_secs(20), "told to leave, then killed: {took:?}");
        for serial in 2..9 {
            let (message, took) = why(serial).await;
            assert!(message.contains("is not this run's keeper"), "{message}");
            assert!(took < Duration::from_secs(1), "{took:?}");
        }
        drop(stranger);
        let (message, _) = why(9).await;
        assert!(message.contains("installed completely"), "a keeper is started: {message}");
    };
    tokio::join!(actor.run(), asking);
}
