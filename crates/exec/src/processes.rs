//! The engine's executor: hands each run's attempts to the actor of that run.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use millrace_engine::core::{AdoptAttempt, StartAttempt};
use millrace_engine::ports::{Executor, Reports};
use millrace_model::Values;
use millrace_model::ident::Ident;
use millrace_model::ids::{AttemptId, RunId};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::artifacts::ArtifactStore;
use crate::containers::Engines;
use crate::earlier::Earlier;
use crate::environment::BaseEnv;
use crate::http::Web;
use crate::ports::{Connections, Notices};
use crate::run_actor::{Order, RunActor};
use crate::secrets::Secrets;
use crate::watch::Watches;

/// What holds for all runs of a home.
#[derive(Debug, Clone)]
pub struct ExecConfig {
    /// The home, for tasks that call `millrace` themselves.
    pub home: PathBuf,
    /// The folder of all runs.
    pub runs: PathBuf,
    /// What attempts left on purpose, by content.
    pub artifacts: ArtifactStore,
    /// Things that can be made again.
    pub cache: PathBuf,
    /// The `millrace-keeper` program.
    pub keeper: PathBuf,
    /// The environment that every task starts with.
    pub base_env: Arc<BaseEnv>,
    /// Bytes kept of the beginning of an attempt's output.
    pub log_head: u64,
    /// Bytes kept of its end.
    pub log_tail: u64,
    /// Where results of earlier runs come from.
    pub earlier: Arc<dyn Earlier>,
    /// Where the values of secrets come from.
    pub secrets: Arc<dyn Secrets>,
    /// The connections of the settings.
    pub connections: Arc<dyn Connections>,
    /// The channels of the settings.
    pub notices: Arc<dyn Notices>,
    /// Where deeds are done.
    pub runtime: Handle,
    /// Keepers sync their journals before they tell.
    pub sync_journal: bool,
}

/// Starts and stops processes and deeds.
#[derive(Debug)]
pub struct Processes {
    config: Arc<ExecConfig>,
    web: Arc<Web>,
    engines: Arc<Engines>,
    reports: Reports,
    // Unbounded, and yet bounded: the engine hands over only so many attempts ahead of the reports that it has read.
    runs: HashMap<RunId, UnboundedSender<Order>>,
    watches: Watches,
}

impl Processes {
    /// Reports go to `reports`.
    #[must_use]
    pub fn new(config: ExecConfig, reports: Reports) -> Self {
        Self {
            config: Arc::new(config),
            web: Arc::default(),
            engines: Arc::default(),
            reports,
            runs: HashMap::new(),
            watches: Watches::default(),
        }
    }

    fn order(&mut self, run: RunId, mut order: Order) {
        // At most twice: an actor that has left in the meantime is replaced.
        for _ in 0..2 {
            let actor = self.runs.entry(run).or_insert_with(|| {
                let (orders, receiver) = unbounded_channel();
                let config = Arc::clone(&self.config);
                let shared = (Arc::clone(&self.web), Arc::clone(&self.engines));
                let actor = RunActor::new(run, config, shared, self.reports.clone(), receiver);
                tokio::spawn(actor.run());
                orders
            });
            match actor.send(order) {
                Ok(()) => return,
                Err(unsent) => {
                    order = unsent.0;
                    self.runs.remove(&run);
                }
            }
        }
    }
}

impl Executor for Processes {
    fn start(&mut self, start: Box<StartAttempt>) {
        self.order(start.attempt.run, Order::Start(start));
    }

    fn stop(&mut self, attempt: AttemptId, kill: bool) {
        self.order(attempt.run, Order::Stop { serial: attempt.serial, kill });
    }

    fn recall(&mut self, run: RunId, attempts: &[AttemptId]) {
        let serials = attempts.iter().map(|attempt| attempt.serial).collect();
        self.order(run, Order::Recall(serials));
    }

    fn places(&mut self, run: RunId, places: u32) {
        self.order(run, Order::Places(places));
    }

    fn adopt(&mut self, run: RunId, places: u32, attempts: Vec<AdoptAttempt>) {
        self.order(run, Order::Adopt { places, attempts });
    }

    fn keep_outputs(&mut self, run: RunId, task: &Ident, outputs: &Values) {
        self.order(run, Order::KeepOutputs { task: task.clone(), outputs: outputs.clone() });
    }

    fn watch(&mut self, start: Box<StartAttempt>) {
        self.watches.start(&self.config, &self.web, start, self.reports.clone());
    }

    fn unwatch(&mut self, attempt: AttemptId) {
        self.watches.stop(attempt);
    }

    fn run_ended(&mut self, run: RunId) {
        if let Some(actor) = self.runs.remove(&run) {
            // It may have left by itself, which is what is asked for.
            let _left = actor.send(Order::End);
        }
    }
}
