//! The app: everything of a home, put together.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Notify;

use millrace_api::home::Home;
use millrace_api::{ApiError, Code};
use millrace_engine::ports::{Executor, Ports, Reports};
use millrace_engine::{Engine, EngineError, EngineHandle, Plan, Selection, ShutdownMode};
use millrace_exec::environment::BaseEnv;
use millrace_exec::ports::{Connections, Notices};
use millrace_exec::{ArtifactStore, ExecConfig, Processes};
use millrace_model::event::Run;
use millrace_model::ids::RunId;
use millrace_model::read::Document;
use millrace_model::time::Timestamp;
use millrace_store::{Mailbox, Options, Store, StoreError, Writer};

use crate::artifacts;
use crate::backup::{self, Backups};
use crate::children::{self, Calls};
use crate::connections::Known;
use crate::damage;
use crate::deletion;
use crate::drafts::Drafts;
use crate::errors::{engine_error, store_error};
use crate::given::Given;
use crate::hub::{Hub, on_store};
use crate::library::folders;
use crate::library::git::Git;
use crate::library::shelf::Shelf;
use crate::line::Line;
use crate::lock::HomeLock;
use crate::logs::LastRun;
use crate::notify::Notifier;
use crate::ports::{Listeners, SystemClock, SystemJitter, WallClock};
use crate::reload::{self, limits};
use crate::retention;
use crate::schedules::{self, Schedules};
use crate::secrets;
use crate::settings::{Current, Durability, Settings};
use crate::stat::Digests;
use crate::storage::Meter;

/// Everything of a home. Implements the api's `Backend`.
#[derive(Debug)]
pub struct App {
    pub(crate) home: Home,
    pub(crate) settings: Current,
    /// Held while the settings are read or changed.
    pub(crate) changing: tokio::sync::Mutex<()>,
    /// Held while a run that has ended is made to go on, and while runs are deleted.
    pub(crate) reopening: tokio::sync::Mutex<()>,
    /// Held while things are given up: one pass at a time.
    pub(crate) cleaning: Arc<tokio::sync::Mutex<()>>,
    pub(crate) backups: Arc<Backups>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) digests: Arc<Digests>,
    /// The documents of the library as they were read last.
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) git: Git,
    pub(crate) drafts: Drafts,
    pub(crate) secrets: Arc<secrets::Store>,
    pub(crate) store: Arc<Store>,
    pub(crate) artifacts: ArtifactStore,
    pub(crate) mailbox: Mailbox,
    pub(crate) engine: EngineHandle,
    pub(crate) line: Line,
    pub(crate) hub: Arc<Hub>,
    pub(crate) last_log: Arc<LastRun>,
    pub(crate) schedules: Arc<Schedules>,
    pub(crate) clock: WallClock,
    pub(crate) notifier: Notifier,
    pub(crate) started: Timestamp,
    pub(crate) stop: Notify,
    pub(crate) cancel_on_stop: std::sync::atomic::AtomicBool,
    running: std::sync::Mutex<Option<Engine>>,
    // Last: the lock outlives everything that it guards.
    _lock: HomeLock,
}

/// What an app stands on; a test brings some of it itself.
pub(crate) struct Parts {
    pub(crate) lock: HomeLock,
    pub(crate) settings: Settings,
    pub(crate) secrets: Arc<secrets::Store>,
    pub(crate) store: Arc<Store>,
    pub(crate) artifacts: ArtifactStore,
    pub(crate) clock: WallClock,
}

/// What an executor needs of the settings while they change.
pub(crate) struct Doors {
    pub(crate) connections: Arc<dyn Connections>,
    pub(crate) notices: Arc<dyn Notices>,
}

impl App {
    /// Takes the home's lock, opens its history, and takes over the runs that were under way.
    ///
    /// # Errors
    /// `HomeTaken`; `Store` where the history cannot be used; `Environment` where settings or programs are at fault.
    pub async fn open(home: Home) -> Result<Arc<Self>, ApiError> {
        let lock = HomeLock::take(&home)?;
        let settings = Settings::load(&home)?;
        let keeper = keeper_program()?;
        let base_env = Arc::new(BaseEnv::new(keeper.parent()));
        // Begun now, so that the first task need not wait for the user's shell.
        let early = Arc::clone(&base_env);
        tokio::spawn(async move { _ = early.get().await });
        let runtime = Handle::current();
        let (store, artifacts, config, secrets) = {
            let (home, settings) = (home.clone(), settings.clone());
            let open = move || {
                backup::sweep(&home);
                let secrets = Arc::new(secrets::Store::new(&home, Arc::clone(&base_env)));
                let store = Arc::new(open_store(&home, &settings)?);
                let artifacts = ArtifactStore::new(home.artifacts());
                if !damage::is_noted(&home) {
                    artifacts::sweep(&store, &artifacts);
                }
                let config = ExecConfig {
                    home: home.root().to_owned(),
                    runs: home.runs(),
                    cache: home.cache(),
                    keeper,
                    base_env,
                    earlier: Arc::new(Given::new(Arc::clone(&store), artifacts.clone())),
                    artifacts: artifacts.clone(),
                    secrets: Arc::clone(&secrets) as _,
                    // Those of the settings come with the doors.
                    connections: Arc::new(millrace_exec::ports::Nothing),
                    notices: Arc::new(millrace_exec::ports::Nothing),
                    log_head: settings.log.head,
                    log_tail: settings.log.tail,
                    runtime,
                    sync_journal: settings.durability == Durability::Full,
                };
                Ok((store, artifacts, config, secrets))
            };
            blocking(open).await?
        };
        let clock = WallClock::new(SystemClock);
        let parts = Parts { lock, settings, secrets, store, artifacts, clock };
        let executor = move |reports, doors: Doors| {
            let Doors { connections, notices } = doors;
            let config = ExecConfig { connections, notices, ..config };
            Box::new(Processes::new(config, reports)) as Box<dyn Executor>
        };
        let app = Self::assemble(home, parts, executor).await?;
        let (home, mailbox) = (app.home.clone(), app.mailbox.clone());
        // Before anybody looks for documents: those below a renamed folder keep their history.
        blocking(move || {
            folders::recover(&home, &mailbox);
            Ok(())
        })
        .await?;
        // After what was under way: what is active already counts when a schedule fires.
        tokio::spawn(schedules::serve(Arc::downgrade(&app)));
        tokio::spawn(retention::serve(Arc::downgrade(&app)));
        tokio::spawn(deletion::serve(Arc::downgrade(&app)));
        Ok(app)
    }

    /// Puts the parts together and takes over what was under way. Nothing starts by itself yet.
    ///
    /// # Errors
    /// Those of the store and the engine.
    pub(crate) async fn assemble(
        home: Home,
        parts: Parts,
        executor: impl FnOnce(Reports, Doors) -> Box<dyn Executor> + Send + 'static,
    ) -> Result<Arc<Self>, ApiError> {
        let Parts { lock, settings, secrets, store, artifacts, clock } = parts;
        let writer = store.writer().map_err(|error| store_error(&error))?;
        let hub = Hub::new(writer.progress());
        let limits = limits(&settings);
        let settings = Current::new(settings);
        let (notifier, telling) = Notifier::new(&home, settings.watch(), Arc::clone(&secrets));
        // Before anything can happen: nothing is missed.
        let live = hub.live();
        let mailbox = writer.mailbox();
        let schedules = Arc::new(Schedules::new());
        let listeners = Listeners { hub: Arc::clone(&hub), schedules: Arc::clone(&schedules) };
        let doors =
            Doors { connections: Arc::new(Known(settings.watch())), notices: notifier.notices() };
        let (calls, called) = children::channel();
        let engine_clock = clock.clone();
        let engine = Engine::spawn(limits, move |reports| {
            Ok(Ports {
                children: Box::new(Calls::new(calls, reports.clone())),
                executor: executor(reports, doors),
                journal: Box::new(writer),
                publish: Box::new(listeners),
                clock: Box::new(engine_clock),
                jitter: Box::new(SystemJitter),
            })
        })
        .map_err(|error| engine_error(&error))?;
        let app = Arc::new(Self {
            digests: Arc::default(),
            shelf: Arc::default(),
            git: Git::default(),
            drafts: Drafts::new(home.drafts()),
            secrets,
            home,
            settings,
            changing: tokio::sync::Mutex::default(),
            reopening: tokio::sync::Mutex::default(),
            cleaning: Arc::default(),
            backups: Arc::default(),
            meter: Arc::default(),
            store,
            artifacts,
            mailbox,
            engine: engine.handle(),
            line: Line::new(),
            hub,
            last_log: Arc::default(),
            schedules,
            notifier,
            started: clock.now(),
            clock,
            stop: Notify::new(),
            cancel_on_stop: std::sync::atomic::AtomicBool::new(false),
            running: std::sync::Mutex::new(Some(engine)),
            _lock: lock,
        });
        tokio::spawn(children::serve(Arc::downgrade(&app), called));
        tokio::spawn(reload::follow(Arc::downgrade(&app)));
        app.notifier.begin(&app, telling, live);
        app.recover().await?;
        Ok(app)
    }

    /// Whether runs are under way or wait, or some may start by themselves.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let busy = self.engine.busy();
        let load = busy.borrow().load;
        load.active_runs > 0 || load.queued_runs > 0 || self.schedules.has_any()
    }

    /// Resolves when a client has asked for the end.
    pub async fn stop_requested(&self) {
        self.stop.notified().await;
    }

    /// Ends: runs go on under their keepers, unless the client that asked for the end wanted them cancelled. When this
    /// returns, everything that happened is stored.
    pub async fn shutdown(&self) {
        let cancel = self.cancel_on_stop.load(std::sync::atomic::Ordering::Acquire);
        self.notifier.end().await;
        let mode = if cancel { ShutdownMode::CancelRuns } else { ShutdownMode::Leave };
        if let Err(error) = self.engine.shutdown(mode).await
            && error != EngineError::Stopped
        {
            tracing::error!(%error, "the engine did not stop properly");
        }
        let engine = self.running.lock().ok().and_then(|mut running| running.take());
        if let Some(engine) = engine {
            let _joined = tokio::task::spawn_blocking(move || engine.join()).await;
        }
    }

    /// Has the writer do something, from a thread that may wait.
    ///
    /// # Errors
    /// What it says.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let mailbox = self.mailbox.clone();
        blocking(move || mailbox.call(write).map_err(|error| store_error(&error))).await
    }

    /// The folder of a run.
    pub(crate) fn run_dir(&self, run: RunId) -> millrace_exec::RunDir {
        millrace_exec::RunDir::of(&self.home.runs(), run)
    }

    /// A run whose log is asked for, and its folder.
    pub(crate) async fn run_of_log(
        &self,
        run: RunId,
    ) -> Result<(Arc<Run>, millrace_exec::RunDir), ApiError> {
        let last = Arc::clone(&self.last_log);
        let read = on_store(&self.store, move |reader| last.get(reader, run)).await;
        Ok((read.map_err(|error| store_error(&error))?, self.run_dir(run)))
    }

    async fn recover(&self) -> Result<(), ApiError> {
        let found = on_store(&self.store, |reader| reader.unfinished_runs()).await;
        let mut found = found.map_err(|error| store_error(&error))?;
        // What has had its turn first, so that nobody takes it; then in the order of the queue.
        found.sort_by_key(|it| (it.run.started.is_none(), it.run.place()));
        let mut plans = Vec::new();
        for mut unfinished in found {
            self.pass_over_forgotten(&mut unfinished.run).await;
            match plan_of(&unfinished.run, &unfinished.snapshot) {
                Ok(plan) => plans.push((unfinished.run, plan)),
                // Before others are taken over: the task of one may wait for its end.
                Err(error) => self.forsake(&unfinished.run, &error).await,
            }
        }
        for (run, plan) in plans {
            let id = run.run;
            match self.engine.recover(run, plan).await {
                Ok(()) => tracing::info!(run = %id, "taken over"),
                Err(error) => tracing::error!(run = %id, %error, "a run cannot be taken over"),
            }
        }
        self.engine.recovered().await.map_err(|error| engine_error(&error))
    }

    /// Has a run that is taken on give no serial again that an attempt had of which a power cut left only files.
    pub(crate) async fn pass_over_forgotten(&self, run: &mut Run) {
        let dir = self.run_dir(run.run);
        let last = tokio::task::spawn_blocking(move || dir.last_serial()).await;
        run.pass_over(last.unwrap_or(0));
    }
}

/// The plan of a run as it was accepted, from its pinned snapshot.
pub(crate) fn plan_of(run: &Run, snapshot: &str) -> Result<Arc<Plan>, ApiError> {
    let workflow = Document::parse(snapshot.as_bytes()).workflow.ok_or_else(|| {
        ApiError::new(Code::Internal, format!("the snapshot of run {} cannot be read", run.run))
    })?;
    let selection = match &run.head.only {
        None => Selection::All,
        Some(only) => Selection::Only(only.clone()),
    };
    seal(Arc::new(workflow), &selection)
}

/// Seals a workflow that validation passed.
pub(crate) fn seal(
    workflow: Arc<millrace_model::document::Workflow>,
    selection: &Selection,
) -> Result<Arc<Plan>, ApiError> {
    Plan::seal(workflow, selection).map_err(|problems| {
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        ApiError::new(Code::InvalidDocument, texts.join("; "))
    })
}

/// Runs something that blocks on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => Err(ApiError::internal("finish a piece of work", &error)),
    }
}

fn open_store(home: &Home, settings: &Settings) -> Result<Store, ApiError> {
    let durability = match settings.durability {
        Durability::Second => millrace_store::Durability::Second,
        Durability::Full => millrace_store::Durability::Full,
    };
    let options = Options { durability, ..Options::default() };
    damage::open_history(home, options)
}

/// The keeper beside this program; tests and packagers name another with `MILLRACE_KEEPER`.
pub(crate) fn keeper_program() -> Result<PathBuf, ApiError> {
    if let Some(program) = std::env::var_os("MILLRACE_KEEPER").filter(|path| !path.is_empty()) {
        return Ok(program.into());
    }
    let this =
        std::env::current_exe().map_err(|error| ApiError::internal("find this program", &error))?;
    let keeper = this.with_file_name("millrace-keeper");
    if keeper.is_file() {
        return Ok(keeper);
    }
    let message = format!("there is no {}", keeper.display());
    Err(ApiError::new(Code::Environment, message)
        .help("install Millrace completely: its programs must lie side by side"))
}
