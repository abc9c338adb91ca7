//! The home, its clock, its tasks, and the ways in which it dies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use millrace_api::home::Home;
use millrace_engine::core::{AdoptAttempt, AttemptReport, StartAttempt};
use millrace_engine::ports::{Clock, Executor, Report, Reports};
use millrace_exec::environment::BaseEnv;
use millrace_model::Values;
use millrace_model::event::{AttemptEnd, Outcome};
use millrace_model::ident::Ident;
use millrace_model::ids::{AttemptId, RunId};
use millrace_model::time::Timestamp;
use millrace_store::{FaultPoint, Options, Store, StoreError, Trusted};
use tempfile::TempDir;
use tokio::sync::Notify;

use super::super::turn::Scheduler;
use crate::app::{App, Parts};
use crate::lock::HomeLock;
use crate::ports::WallClock;
use crate::reload::limits;
use crate::secrets;
use crate::settings::Settings;

/// A home and the machine around it, over the deaths of its apps.
pub(super) struct Site {
    _folder: TempDir,
    pub(super) home: Home,
    pub(super) clock: Hand,
    pub(super) tasks: Tasks,
    pub(super) faults: Arc<Faults>,
}

/// An app while it lives.
pub(super) struct Life {
    pub(super) app: Arc<App>,
    pub(super) scheduler: Scheduler,
}

/// A wall clock that stands still until somebody sets it.
#[derive(Clone)]
pub(super) struct Hand(Arc<AtomicI64>);

/// How the store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The process dies before the commit, or after it.
    Death(FaultPoint),
    /// The commit fails once, or works and says that it failed.
    Error(FaultPoint),
}

/// What becomes of the commits to come.
#[derive(Default)]
pub(super) struct Faults {
    planned: Mutex<Option<(usize, Fault)>>,
    /// Told when the process is to be dead.
    pub(super) died: Notify,
}

/// The tasks that run. They outlive the app, as those under keepers do.
#[derive(Clone, Default)]
pub(super) struct Tasks(Arc<Mutex<TasksInner>>);

#[derive(Default)]
struct TasksInner {
    /// Those that run, with the name of their workflow.
    running: BTreeMap<AttemptId, String>,
    started: BTreeSet<AttemptId>,
    /// Tasks of these workflows run until somebody ends them.
    long: Vec<String>,
    reports: Option<Reports>,
}

impl Site {
    /// A home whose clock shows `now`.
    pub(super) fn new(now: Timestamp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(&folder.path().canonicalize().unwrap().join("home")).unwrap();
        std::fs::write(home.config(), "parallel_tasks = 16\n[notify]\ndesktop = false\n").unwrap();
        std::fs::create_dir(home.workflows()).unwrap();
        let clock = Hand(Arc::new(AtomicI64::new(now.0)));
        Self { _folder: folder, home, clock, tasks: Tasks::default(), faults: Arc::default() }
    }

    /// Puts a document with one task, which does nothing by itself, and `more` into the library; gives its path.
    pub(super) fn put(&self, name: &str, more: serde_json::Value) -> String {
        let path = self.home.workflows().join(format!("{name}.json"));
        std::fs::write(&path, document(name, more).to_string()).unwrap();
        path.canonicalize().unwrap().display().to_string()
    }

    /// Starts the app; everything in its library is trusted.
    pub(super) async fn open(&self) -> Life {
        let faults = Arc::clone(&self.faults);
        let fault_hook = Some(Arc::new(move |point| faults.at(point)) as _);
        let store = Store::open(self.home.root(), Options { fault_hook, ..Options::default() });
        let parts = Parts {
            lock: HomeLock::take(&self.home).unwrap(),
            settings: Settings::load(&self.home).unwrap(),
            secrets: Arc::new(secrets::Store::new(&self.home, Arc::new(BaseEnv::new(None)))),
            store: Arc::new(store.unwrap()),
            artifacts: millrace_exec::ArtifactStore::new(self.home.artifacts()),
            clock: WallClock::new(self.clock.clone()),
        };
        let tasks = self.tasks.clone();
        let executor = move |reports: Reports, _| {
            tasks.0.lock().unwrap().reports = Some(reports);
            Box::new(tasks) as Box<dyn Executor>
        };
        let app = App::assemble(self.home.clone(), parts, executor).await.unwrap();
        let library = Trusted::Folder(self.home.workflows().display().to_string());
        let at = self.clock.now();
        app.write(move |writer| writer.trust(&library, at)).await.unwrap();
        Life { app, scheduler: Scheduler::default() }
    }

    /// The wall clock and the machine go on together.
    pub(super) async fn pass(&self, time: Duration) {
        tokio::time::advance(time).await;
        self.clock.set(self.clock.now().plus(time));
    }
}

/// A workflow with one task, and `more`.
pub(super) fn document(name: &str, mut more: serde_json::Value) -> serde_json::Value {
    more["millrace"] = 1.into();
    more["name"] = name.into();
    more["tasks"] = serde_json::json!([{ "name": "a", "kind": "noop" }]);
    more
}

impl Life {
    /// Has done what is due; true if the process died of it.
    pub(super) async fn turn(&mut self, site: &Site) -> bool {
        tokio::select! {
            biased;
            () = site.faults.died.notified() => true,
            done = self.scheduler.turn(&self.app) => {
                // An error that may pass is one that the next turn meets again.
                drop(done);
                site.faults.is_dead()
            }
        }
    }

    /// Turns until nothing is due any more; true if the process died of it. The clock goes on by seconds where something
    /// has to be tried again.
    pub(super) async fn settle(&mut self, site: &Site) -> bool {
        for _ in 0..200 {
            if self.turn(site).await {
                return true;
            }
            let (next, is_stale) = {
                let standing = self.app.schedules.standing();
                (standing.next(), standing.is_stale())
            };
            let soon = site.clock.now().plus(Duration::from_secs(5));
            match next {
                Some(next) if next <= soon => site.pass(next.since(site.clock.now())).await,
                _ if is_stale => {}
                _ => return false,
            }
        }
        panic!("something stays due");
    }

    /// Ends the tasks of a workflow that run, and waits until their runs are over; false if the process died of it.
    pub(super) async fn finish(&self, site: &Site, workflow: &str) -> bool {
        let ended = site.tasks.finish(workflow);
        loop {
            let active = self.app.engine.active_runs().await.unwrap_or_default();
            if site.faults.is_dead() {
                return false;
            }
            if !active.iter().any(|run| ended.contains(run)) {
                // Answered when all before it is stored.
                let limits = limits(&self.app.settings.get());
                return self.app.engine.settings(limits).await.is_ok();
            }
            std::thread::yield_now();
        }
    }

    /// Has a tick of the only schedule of a document fire at `to`, or not at all.
    pub(super) async fn shift(&self, path: &str, tick: Timestamp, to: Option<Timestamp>) {
        let workflow = self.app.schedules.standing().at(Path::new(path)).unwrap().clone();
        let (id, name) = (workflow.id, workflow.starters[0].key.name.clone());
        self.app.write(move |writer| writer.move_tick(id, &name, tick, Some(to))).await.unwrap();
        self.app.schedules.standing().ask_all();
    }

    /// Ends the app as the end of its process would: what is not stored is gone.
    pub(super) async fn end(self) {
        let weak = Arc::downgrade(&self.app);
        self.app.shutdown().await;
        drop(self);
        // Threads that were at work for it let go of it.
        while weak.strong_count() > 0 {
            tokio::task::yield_now().await;
            std::thread::yield_now();
        }
    }
}

impl Hand {
    pub(super) fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

impl Faults {
    /// The commit after so many others fails.
    pub(super) fn plan(&self, after: usize, fault: Fault) {
        *self.planned.lock().unwrap() = Some((after, fault));
    }

    /// The disk is well again; false where the fault has not come yet.
    pub(super) fn heal(&self) -> bool {
        self.planned.lock().unwrap().take().is_none()
    }

    /// One is to come.
    pub(super) fn is_planned(&self) -> bool {
        self.planned.lock().unwrap().is_some()
    }

    /// A process that is to be dead has not been buried yet.
    pub(super) fn is_dead(&self) -> bool {
        matches!(*self.planned.lock().unwrap(), Some((0, Fault::Death(_))))
    }

    fn at(&self, point: FaultPoint) -> Result<(), StoreError> {
        let mut planned = self.planned.lock().unwrap();
        let Some((after, fault)) = planned.as_mut() else { return Ok(()) };
        let (Fault::Death(at) | Fault::Error(at)) = *fault;
        if *after > 0 || at != point {
            // Commits are counted where they begin, or end, for the fault's own point.
            *after -= usize::from(at == point);
            return Ok(());
        }
        match fault {
            Fault::Error(_) => {
                *planned = None;
                Err(StoreError::Injected(format!("{point:?}")))
            }
            // It stays so: nothing is written any more.
            Fault::Death(_) => {
                self.died.notify_one();
                Err(StoreError::Lost { path: "history".into(), lost: 0 })
            }
        }
    }
}

impl Tasks {
    /// Tasks of this workflow run until they are ended.
    pub(super) fn hold(&self, workflow: &str) {
        self.0.lock().unwrap().long.push(workflow.to_owned());
    }

    /// Ends those of a workflow; gives their runs.
    pub(super) fn finish(&self, workflow: &str) -> Vec<RunId> {
        let mut inner = self.0.lock().unwrap();
        let ended: Vec<AttemptId> =
            inner.running.iter().filter(|(_, of)| *of == workflow).map(|(id, _)| *id).collect();
        for attempt in &ended {
            inner.running.remove(attempt);
            inner.tell(*attempt, ended_as(Outcome::Succeeded));
        }
        ended.into_iter().map(|attempt| attempt.run).collect()
    }
}

fn ended_as(outcome: Outcome) -> AttemptReport {
    AttemptReport::Ended(Box::new(AttemptEnd::unmeasured(outcome, Timestamp(0))))
}

impl TasksInner {
    fn tell(&self, attempt: AttemptId, report: AttemptReport) {
        // Who has died asks again when the next one adopts.
        if let Some(reports) = &self.reports {
            drop(reports.try_send(Report { attempt, report }));
        }
    }
}

impl Executor for Tasks {
    fn start(&mut self, start: Box<StartAttempt>) {
        let mut inner = self.0.lock().unwrap();
        let workflow = start.plan.workflow().name.to_string();
        inner.started.insert(start.attempt);
        if inner.long.contains(&workflow) {
            inner.running.insert(start.attempt, workflow);
            inner.tell(start.attempt, AttemptReport::Started { pid: None });
        } else {
            inner.tell(start.attempt, ended_as(Outcome::Succeeded));
        }
    }

    fn stop(&mut self, attempt: AttemptId, _: bool) {
        let mut inner = self.0.lock().unwrap();
        if inner.running.remove(&attempt).is_some() {
            inner.tell(attempt, ended_as(Outcome::Canceled));
        }
    }

    fn recall(&mut self, _: RunId, _: &[AttemptId]) {}

    fn places(&mut self, _: RunId, _: u32) {}

    fn adopt(&mut self, _: RunId, _: u32, attempts: Vec<AdoptAttempt>) {
        let inner = self.0.lock().unwrap();
        for AdoptAttempt { start, .. } in attempts {
            let report = match start.attempt {
                it if inner.running.contains_key(&it) => AttemptReport::Started { pid: None },
                it if inner.started.contains(&it) => ended_as(Outcome::Succeeded),
                _ => AttemptReport::Recalled,
            };
            inner.tell(start.attempt, report);
        }
    }

    fn watch(&mut self, _: Box<StartAttempt>) {}

    fn unwatch(&mut self, _: AttemptId) {}

    fn run_ended(&mut self, _: RunId) {}

    fn keep_outputs(&mut self, _: RunId, _: &Ident, _: &Values) {}
}
