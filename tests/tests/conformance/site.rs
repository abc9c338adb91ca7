//! A home with a host: the app in this process, or the daemon on a thread of its own behind its socket. And what cases
//! do with it again and again.

use std::fs;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use futures_util::{FutureExt, StreamExt};
use serde_json::Value;
use tempfile::TempDir;

use millrace_api::document::Source;
use millrace_api::home::Home;
use millrace_api::log::{LogFrom, LogName, ReadLog};
use millrace_api::run::{GetRun, Rerun, StartRun, StopDaemon};
use millrace_api::stream::After;
use millrace_api::{ApiError, Backend, Code, Subscribe};
use millrace_app::App;
use millrace_client::{Client, connect_running};
use millrace_model::Values;
use millrace_model::event::{Run, RunEvent, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_server::DaemonOptions;
use millrace_tests::{LIMIT, LOOK_AGAIN, programs};

const SETTINGS: &str = "parallel_tasks = 2\n[pools]\ndb = 2\n[notify]\ndesktop = false\n";

/// Which host.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// The app, called directly.
    InProcess,
    /// The app within the daemon, asked through its socket.
    BySocket,
}

enum Host {
    App(Arc<App>),
    Daemon { client: Client, thread: JoinHandle<Result<(), ApiError>> },
}

/// A folder with a home and a host. Ends its runs and its host at the end of the case, however that ends.
pub(crate) struct Site {
    folder: TempDir,
    home: Home,
    kind: Kind,
    host: Option<Host>,
}

/// Runs a case against a host of this kind.
pub(crate) fn check(kind: Kind, case: impl AsyncFnOnce(&mut Site)) {
    // Else the daemon would write its traces to the terminal.
    let _set_by_an_earlier_case =
        tracing::subscriber::set_global_default(tracing::subscriber::NoSubscriber::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut site = Site::start(kind).await;
        let case = tokio::time::timeout(LIMIT, case(&mut site));
        let outcome = AssertUnwindSafe(case).catch_unwind().await;
        let ended = tokio::time::timeout(LIMIT, site.end()).await;
        match outcome {
            Ok(Ok(())) if ended.is_err() => panic!("the host did not end within {LIMIT:?}"),
            Ok(Ok(())) => {}
            Ok(Err(_)) => panic!("the case did not end within {LIMIT:?}"),
            Err(failure) => resume_unwind(failure),
        }
    });
    // A host that failed may still hold a thread.
    runtime.shutdown_background();
}

impl Site {
    async fn start(kind: Kind) -> Self {
        programs::link_beside_this_test();
        let folder = TempDir::new().unwrap();
        let home = Home::at(&folder.path().join("home")).unwrap();
        fs::write(home.config(), SETTINGS).unwrap();
        fs::create_dir(home.workflows()).unwrap();
        let mut site = Self { folder, home, kind, host: None };
        site.host = Some(site.open().await);
        site
    }

    async fn open(&self) -> Host {
        match self.kind {
            // The host before may still be held by something that it just finishes.
            Kind::InProcess => Host::App(
                until("the home is free", async || match App::open(self.home.clone()).await {
                    Err(error) if error.code == Code::HomeTaken => None,
                    opened => Some(opened.unwrap()),
                })
                .await,
            ),
            Kind::BySocket => {
                let home = self.home.clone();
                let options = DaemonOptions { foreground: true, started_by_client: false };
                let thread = std::thread::spawn(move || millrace_server::run(&home, options));
                let client = until("the daemon answers", async || {
                    assert!(!thread.is_finished(), "the daemon did not start");
                    connect_running(&self.home).await.unwrap()
                })
                .await;
                Host::Daemon { client, thread }
            }
        }
    }

    /// Whoever answers the commands.
    pub(crate) fn api(&self) -> &dyn Backend {
        match self.host.as_ref().unwrap() {
            Host::App(app) => app.as_ref(),
            Host::Daemon { client, .. } => client,
        }
    }

    /// Asks the host to end, waits for that, and starts the next one.
    pub(crate) async fn replace_host(&mut self, cancel_runs: bool) {
        self.stop_host(cancel_runs).await;
        self.start_host().await;
    }

    /// Starts the next host.
    pub(crate) async fn start_host(&mut self) {
        self.host = Some(self.open().await);
    }

    /// Asks the host to end, and waits for that.
    pub(crate) async fn stop_host(&mut self, cancel_runs: bool) {
        self.api().stop_daemon(StopDaemon { cancel_runs }).await.unwrap();
        match self.host.take().unwrap() {
            Host::App(app) => {
                app.stop_requested().await;
                app.shutdown().await;
            }
            Host::Daemon { thread, .. } => {
                let ended = tokio::task::spawn_blocking(|| thread.join()).await.unwrap();
                ended.unwrap().unwrap();
                assert!(self.home.read_card().is_none(), "the address was taken away");
            }
        }
    }

    async fn end(&mut self) {
        if self.host.is_some() {
            self.stop_host(true).await;
        }
    }

    /// The home that the host serves.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// Where the files of a run are.
    pub(crate) fn run_folder(&self, run: RunId) -> PathBuf {
        self.home().runs().join(run.to_string())
    }

    /// A path in the case's folder, links followed.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// Writes a file and gives its path.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        write(&self.path(name), text.as_ref())
    }

    /// Writes a document into the library and gives its path.
    pub(crate) fn write_to_library(&self, file: &str, text: impl AsRef<[u8]>) -> String {
        write(&self.home.workflows().join(file), text.as_ref())
    }

    /// Lets tasks through the gates of these names.
    pub(crate) fn open_gates(&self, names: &[&str]) {
        for name in names {
            self.write(name, "");
        }
    }

    /// Starts a run of a document that is written to a file of this name first.
    pub(crate) async fn run(&self, file: &str, document: &Value) -> RunId {
        let path = self.write(file, document.to_string());
        self.api().start_run(start(Source::Path(path))).await.unwrap().run
    }

    /// The run as it stands.
    pub(crate) async fn get(&self, run: RunId) -> Run {
        self.api().get_run(GetRun { run, snapshot: false }).await.unwrap().run
    }

    /// The run when it has ended.
    pub(crate) async fn ended(&self, run: RunId) -> Run {
        self.fold_until(run, |fold| fold.state.is_final()).await
    }

    /// The run when this task is in this state.
    pub(crate) async fn reached(&self, run: RunId, task: &str, state: TaskState) -> Run {
        self.fold_until(run, |fold| fold.tasks[&key(task)].state == state).await
    }

    /// Folds the run's events, as every client does, until something holds.
    pub(crate) async fn fold_until(&self, run: RunId, holds: impl Fn(&Run) -> bool) -> Run {
        let from_start = Subscribe { run: Some(run), after: After::Seq(0) };
        let mut stream = self.api().subscribe(from_start).await.unwrap();
        let mut fold: Option<Run> = None;
        while let Some(item) = stream.next().await {
            for event in item.unwrap().events {
                match &mut fold {
                    None => fold = Some(Run::begin(&event).unwrap()),
                    Some(fold) => fold.apply(&event).unwrap(),
                }
            }
            if let Some(fold) = fold.take_if(|fold| holds(fold)) {
                return fold;
            }
        }
        panic!("the stream ended early");
    }

    /// Waits until a task has printed this and nothing else.
    pub(crate) async fn until_printed(&self, run: RunId, task: &str, text: &str) {
        until("the task has printed", async || {
            // What a task prints may be there before its start is stored.
            let is_running = self.get(run).await.tasks[&key(task)].state == TaskState::Running;
            let printed = self.printed(run, task).await?;
            (printed == text && is_running).then_some(())
        })
        .await;
    }

    /// What the last attempt of a task has printed; none where there was no attempt yet.
    pub(crate) async fn printed(&self, run: RunId, task: &str) -> Option<String> {
        let (from, max_bytes) = (LogFrom::Offset(0), u32::MAX);
        let log = LogName::last(run, key(task));
        let request = ReadLog { log, from, max_bytes };
        let slice = match self.api().read_log(request).await {
            Err(error) if error.code == Code::NotFound => return None,
            read => read.unwrap(),
        };
        let bytes = slice.chunks.iter().flat_map(|chunk| chunk.data.as_bytes()).copied().collect();
        Some(String::from_utf8(bytes).unwrap())
    }
}

/// Looks until there is something to see. What the stream announces is waited for there instead.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// A start of a document without anything else, which somebody vouches for.
pub(crate) fn start(source: Source) -> StartRun {
    StartRun {
        source,
        params: Values::new(),
        param_texts: Default::default(),
        until: None,
        only: None,
        pinned: false,
        vouched: true,
    }
}

/// A rerun of all of it, as it was, which somebody vouches for.
pub(crate) fn again(run: RunId) -> Rerun {
    let (params, param_texts) = Default::default();
    Rerun { run, from: None, source: None, params, param_texts, pinned: false, vouched: true }
}

/// The code of a refusal.
#[track_caller]
pub(crate) fn code<T: std::fmt::Debug>(answer: Result<T, ApiError>) -> Code {
    answer.unwrap_err().code
}

/// A run that no home has.
pub(crate) const NO_RUN: RunId = RunId(0xdead_beef);

pub(crate) fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

pub(crate) fn key(task: &str) -> TaskKey {
    TaskKey::plain(ident(task))
}

/// The numbers of events, in their order.
pub(crate) fn seqs(events: &[RunEvent]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

fn write(path: &Path, text: &[u8]) -> String {
    fs::write(path, text).unwrap();
    path.to_str().unwrap().to_owned()
}
