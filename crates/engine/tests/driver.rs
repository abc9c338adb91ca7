//! The driver on paused time with a scripted executor: order of store, publish and act; stalls; shutdown.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use millrace_engine::core::{AdoptAttempt, AttemptReport, Settings, StartAttempt};
use millrace_engine::ports::{
    Children, Clock, Executor, Jitter, Journal, JournalError, Ports, Publish, Report, Reports, Sync,
};
use millrace_engine::{Engine, EngineError, EngineHandle, ShutdownMode, Submit};
use millrace_model::Values;
use millrace_model::document::{RetryPolicy, Workflow};
use millrace_model::event::{Actor, AttemptEnd, Run, RunEvent, RunEventKind, RunState};
use millrace_model::ident::Ident;
use millrace_model::ids::{AttemptId, RunId};
use millrace_model::time::{Span, Timestamp};
use support::*;

/// What the outer world saw, in order.
#[derive(Default)]
struct World {
    log: Vec<String>,
    stored: Vec<RunEvent>,
    published: Vec<RunEvent>,
    broken: Option<JournalError>,
    /// How attempts of a task end, in turn; none left = succeeded. `-` = it runs on.
    script: std::collections::HashMap<String, Vec<char>>,
    running: Vec<AttemptId>,
    /// So long the machine was suspended: the wall clock went on, and nothing else.
    suspended: Duration,
}

type Shared = Rc<RefCell<World>>;

struct Scripted(Shared, Reports);
struct Called(Shared);
struct Memory(Shared);
struct Screen(Shared);
struct Wall(tokio::time::Instant, Shared);
struct Even;

impl Executor for Scripted {
    fn start(&mut self, start: Box<StartAttempt>) {
        let mut world = self.0.borrow_mut();
        let name = start.key.to_string();
        world.log.push(format!("start {name}"));
        let script = world.script.entry(name).or_default();
        let end = if script.is_empty() { 'S' } else { script.remove(0) };
        if end == '-' {
            world.running.push(start.attempt);
            let report = AttemptReport::Started { pid: Some(1) };
            return self.1.try_send(Report { attempt: start.attempt, report }).unwrap();
        }
        let end = AttemptEnd::unmeasured(outcome(end), Timestamp(0));
        let report = AttemptReport::Ended(Box::new(end));
        self.1.try_send(Report { attempt: start.attempt, report }).unwrap();
    }

    fn stop(&mut self, attempt: AttemptId, kill: bool) {
        let mut world = self.0.borrow_mut();
        world.log.push(format!("stop {} {kill}", attempt.serial));
        world.running.retain(|other| *other != attempt);
        let end = AttemptEnd::unmeasured(outcome('C'), Timestamp(0));
        let report = AttemptReport::Ended(Box::new(end));
        self.1.try_send(Report { attempt, report }).unwrap();
    }

    fn recall(&mut self, _: RunId, _: &[AttemptId]) {}
    fn places(&mut self, _: RunId, _: u32) {}
    fn adopt(&mut self, _: RunId, _: u32, _: Vec<AdoptAttempt>) {}

    fn watch(&mut self, start: Box<StartAttempt>) {
        self.0.borrow_mut().log.push(format!("watch {}", start.key));
    }

    fn unwatch(&mut self, attempt: AttemptId) {
        self.0.borrow_mut().log.push(format!("unwatch {}", attempt.serial));
    }

    fn keep_outputs(&mut self, _: RunId, task: &Ident, outputs: &Values) {
        let outputs = serde_json::to_string(outputs).unwrap();
        self.0.borrow_mut().log.push(format!("keep {task} {outputs}"));
    }

    fn run_ended(&mut self, run: RunId) {
        self.0.borrow_mut().log.push(format!("ended {}", run.0));
    }
}

impl Children for Called {
    fn start(&mut self, start: Box<StartAttempt>) {
        self.0.borrow_mut().log.push(format!("call {}", start.key));
    }
}

impl Journal for Memory {
    fn commit(&mut self, batch: &[RunEvent], _: Sync) -> Result<(), JournalError> {
        let mut world = self.0.borrow_mut();
        if let Some(error) = world.broken.clone() {
            world.log.push("refused".to_owned());
            return Err(error);
        }
        world.stored.extend_from_slice(batch);
        Ok(())
    }

    fn put_snapshot(&mut self, _: &str, _: &str) -> Result<(), JournalError> {
        Ok(())
    }
}

impl Publish for Screen {
    fn publish(&mut self, events: Vec<RunEvent>) {
        let mut world = self.0.borrow_mut();
        world.published.extend(events);
        assert_eq!(world.published, world.stored, "published is what is stored");
    }

    fn stalled(&mut self, reason: Option<&str>) {
        self.0.borrow_mut().log.push(format!("stalled {reason:?}"));
    }
}

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        Timestamp(1_000_000).plus(self.0.elapsed() + self.1.borrow().suspended)
    }
}

impl Jitter for Even {
    fn factor(&mut self) -> f64 {
        1.0
    }
}

fn engine(world: &Shared) -> (EngineHandle, impl Future<Output = ()> + use<>) {
    let world = world.clone();
    Engine::on_this_runtime(Settings::with_places(2), move |reports| Ports {
        executor: Box::new(Scripted(world.clone(), reports)),
        children: Box::new(Called(world.clone())),
        journal: Box::new(Memory(world.clone())),
        publish: Box::new(Screen(world.clone())),
        clock: Box::new(Wall(tokio::time::Instant::now(), world)),
        jitter: Box::new(Even),
    })
}

fn submit(number: u64, flow: &Workflow) -> Submit {
    Submit {
        run: RunId(number),
        plan: seal(flow),
        head: Box::new(head(flow)),
        snapshot: Some(Arc::from("{}")),
        sync: Sync::Soon,
    }
}

fn broken(message: &str, fatal: bool) -> Option<JournalError> {
    Some(JournalError { message: message.to_owned(), fatal })
}

fn fold(world: &Shared) -> Run {
    let world = world.borrow();
    let mut run = Run::begin(&world.stored[0]).unwrap();
    world.stored[1..].iter().for_each(|event| run.apply(event).unwrap());
    run
}

async fn until_idle(handle: &EngineHandle) {
    while !handle.active_runs().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_through_and_events_are_published_after_the_commit() {
    let world = Shared::default();
    let (handle, reactor) = engine(&world);
    let test = async {
        let mut flow = workflow("a b c", "a>b b>c");
        task(&mut flow, "b").retry =
            Some(RetryPolicy { attempts: 2, delay: Span::from_secs(20), ..RetryPolicy::default() });
        world.borrow_mut().script.insert("b".to_owned(), vec!['F']);
        handle.submit(submit(1, &flow)).await.unwrap();
        until_idle(&handle).await;
        assert_eq!(world.borrow().log, ["start a", "start b", "start b", "start c", "ended 1"]);
        assert_eq!(fold(&world).state, RunState::Succeeded);
        handle.shutdown(ShutdownMode::Leave).await.unwrap();
        assert_eq!(handle.active_runs().await, Err(EngineError::Stopped));
    };
    tokio::join!(reactor, test);
}

#[tokio::test(start_paused = true)]
async fn while_the_journal_cannot_write_nothing_is_started_and_it_goes_on_by_itself() {
    let world = Shared::default();
    let (handle, reactor) = engine(&world);
    let test = async {
        world.borrow_mut().script.insert("a".to_owned(), vec!['-']);
        let flow = workflow("a b", "a>b");
        handle.submit(submit(1, &flow)).await.unwrap();
        world.borrow_mut().broken = broken("disk full", false);
        let cancel = handle.cancel(RunId(1), Actor::Person, false);
        let heal = async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            assert!(!world.borrow().log.iter().any(|line| line.starts_with("stop")));
            let refused = handle.submit(submit(2, &flow)).await.unwrap_err();
            assert!(refused.to_string().contains("disk full"), "{refused}");
            assert!(handle.busy().borrow().stalled.is_some());
            let why = handle.why(RunId(1)).await.unwrap();
            assert!(why.iter().all(|(_, why)| why.contains("disk full")));
            world.borrow_mut().broken = None;
        };
        let (canceled, ()) = tokio::join!(cancel, heal);
        canceled.unwrap();
        until_idle(&handle).await;
        assert_eq!(fold(&world).state, RunState::Canceled);
        let log = world.borrow().log.clone();
        assert!(log.contains(&"stalled Some(\"disk full\")".to_owned()), "{log:?}");
        assert!(log.contains(&"stalled None".to_owned()), "{log:?}");
        handle.shutdown(ShutdownMode::Leave).await.unwrap();
    };
    tokio::join!(reactor, test);
}

#[tokio::test(start_paused = true)]
async fn after_a_fatal_error_of_the_journal_nothing_is_written_again_and_everybody_is_told() {
    let world = Shared::default();
    let (handle, reactor) = engine(&world);
    let test = async {
        world.borrow_mut().script.insert("a".to_owned(), vec!['-']);
        let flow = workflow("a b", "a>b");
        handle.submit(submit(1, &flow)).await.unwrap();
        world.borrow_mut().broken = broken("events are gone", true);
        let refused = handle.cancel(RunId(1), Actor::Person, false).await.unwrap_err();
        assert!(refused.to_string().contains("events are gone"), "{refused}");
        tokio::time::sleep(Duration::from_secs(600)).await;
        // Even where it would work now: what is stored is not what this engine believes.
        world.borrow_mut().broken = None;
        for refused in [
            handle.submit(submit(2, &flow)).await,
            handle.cancel(RunId(1), Actor::Person, false).await,
            handle.resume(RunId(1), Actor::Person).await,
        ] {
            assert_eq!(refused, Err(EngineError::Stalled("events are gone".to_owned())));
        }
        assert_eq!(handle.busy().borrow().stalled.as_deref(), Some("events are gone"));
        let log = world.borrow().log.clone();
        assert_eq!(log, ["start a", "refused", "stalled Some(\"events are gone\")"]);
        handle.shutdown(ShutdownMode::CancelRuns).await.unwrap();
    };
    tokio::join!(reactor, test);
}

#[tokio::test(start_paused = true)]
async fn the_time_out_of_a_run_does_not_count_how_long_the_machine_was_suspended() {
    let world = Shared::default();
    let (handle, reactor) = engine(&world);
    let test = async {
        world.borrow_mut().script.insert("a".to_owned(), vec!['-']);
        let mut flow = workflow("a", "");
        flow.limits.timeout = Some(Span::from_secs(3600));
        handle.submit(submit(1, &flow)).await.unwrap();
        tokio::time::sleep(Duration::from_secs(600)).await;
        world.borrow_mut().suspended = Duration::from_secs(8 * 3600);
        // What is asked and stored at the resume is stored with the new time, and ends nothing.
        let mut other = workflow("b", "");
        other.name = ident("other");
        handle.submit(submit(2, &other)).await.unwrap();
        tokio::time::sleep(Duration::from_secs(2990)).await;
        assert_eq!(world.borrow().log, ["start a", "start b", "ended 2"]);
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(world.borrow().log[3..], ["stop 1 false", "ended 1"], "asked, and not killed");
        let log = world.borrow().stored.clone();
        let ended = log.iter().rfind(|event| event.run == RunId(1)).unwrap();
        let state = RunState::Failed;
        assert!(
            matches!(ended.kind, RunEventKind::RunEnded { state: ended, .. } if ended == state)
        );
        handle.shutdown(ShutdownMode::Leave).await.unwrap();
    };
    tokio::join!(reactor, test);
}

#[tokio::test(start_paused = true)]
async fn shutdown_can_cancel_what_runs_and_waits_for_it() {
    let world = Shared::default();
    let (handle, reactor) = engine(&world);
    let test = async {
        world.borrow_mut().script.insert("a".to_owned(), vec!['-']);
        handle.submit(submit(1, &workflow("a b", "a>b"))).await.unwrap();
        handle.shutdown(ShutdownMode::CancelRuns).await.unwrap();
        assert_eq!(fold(&world).state, RunState::Canceled);
        assert_eq!(world.borrow().log, ["start a", "stop 1 false", "ended 1"]);
    };
    tokio::join!(reactor, test);
}

#[tokio::test(start_paused = true)]
async fn a_wide_run_is_stored_in_batches_and_ends() {
    let world = Shared::default();
    let (handle, reactor) = engine(&world);
    let test = async {
        let names: Vec<String> = (0..300).map(|at| format!("t{at}")).collect();
        handle.submit(submit(1, &workflow(&names.join(" "), ""))).await.unwrap();
        until_idle(&handle).await;
        let run = fold(&world);
        assert_eq!(run.state, RunState::Succeeded);
        assert_eq!(run.serials.len(), 300);
        handle.shutdown(ShutdownMode::Leave).await.unwrap();
    };
    tokio::join!(reactor, test);
}
