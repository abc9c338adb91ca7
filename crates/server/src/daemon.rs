//! A daemon's life: lock, socket, service, end.

use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval};

use millrace_api::home::{DaemonCard, Home};
use millrace_api::{API_VERSION, ApiError, Code};
use millrace_app::App;

use crate::listen::PrivateListener;
use crate::presence::Presence;
use crate::{http, trace};

/// A daemon leaves after so long without runs and clients.
const UNNEEDED_LIMIT: Duration = Duration::from_secs(300);
/// How often it looks whether it is needed.
const LOOK: Duration = Duration::from_secs(30);
/// How long replies under way may take when the daemon ends.
const DRAIN_LIMIT: Duration = Duration::from_secs(2);

/// How a daemon runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DaemonOptions {
    /// Stays at the terminal, writes its traces there, and never leaves by itself.
    pub foreground: bool,
    /// A client waits for the line `ready` on standard output.
    pub started_by_client: bool,
}

/// Runs the daemon of `home` until it is told to stop, or (not in the foreground) nobody needs it.
///
/// # Errors
/// `HomeTaken` where another process has the home; else what kept it from starting.
pub fn run(home: &Home, options: DaemonOptions) -> Result<(), ApiError> {
    let log = match options.foreground {
        true => None,
        false => Some(trace::open_log(home).map_err(|e| cannot("open its log", &e))?),
    };
    if !options.foreground {
        // Fails where this process leads its group already; then it is out of the terminal's reach as well.
        let _own_session = rustix::process::setsid();
    }
    let traces = match &log {
        Some(log) => Some(log.try_clone().map_err(|e| cannot("open its log", &e))?),
        None => None,
    };
    trace::start(home, traces);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| cannot("start its runtime", &error))?;
    let outcome = runtime.block_on(serve(home, options, log));
    runtime.shutdown_timeout(DRAIN_LIMIT);
    outcome
}

async fn serve(
    home: &Home,
    options: DaemonOptions,
    log: Option<std::fs::File>,
) -> Result<(), ApiError> {
    let app = App::open(home.clone()).await?;
    let folder =
        home.socket_dir().map_err(|error| cannot("make a folder for its socket", &error))?;
    let listener =
        PrivateListener::bind(&folder).map_err(|error| cannot("listen on its socket", &error))?;
    let socket = listener.path().to_owned();
    let card = DaemonCard {
        pid: std::process::id(),
        socket: socket.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        api_version: API_VERSION,
    };
    home.write_card(&card).map_err(|error| cannot("leave its address in the home", &error))?;
    tracing::info!(home = %home.root().display(), socket = %socket.display(), "ready");
    announce(options, log)?;

    let presence = Presence::default();
    let backend: Arc<dyn millrace_api::Backend> = app.clone();
    let router = http::router(backend, presence.clone());
    let (ending, ended) = tokio::sync::oneshot::channel();
    let service =
        tokio::spawn(crate::serve::serve(listener, router, async move { drop(ended.await) }));
    let why = tokio::select! {
        why = until_told() => why?,
        () = app.stop_requested() => "a client asked for it",
        () = until_unneeded(&app, &presence), if !options.foreground => "nobody needs it",
    };
    tracing::info!(why, "ending");
    // The address first: whoever comes now starts the next daemon, which waits for the lock.
    forget(home, &socket);
    let _no_service = ending.send(());
    app.shutdown().await;
    if tokio::time::timeout(DRAIN_LIMIT, service).await.is_err() {
        tracing::warn!("some clients did not let go in time");
    }
    Ok(())
}

/// Takes the address away, so that nobody comes any more.
fn forget(home: &Home, socket: &Path) {
    home.remove_card();
    if let Err(error) = std::fs::remove_file(socket) {
        tracing::warn!(%error, "the socket stays behind");
    }
}

async fn until_told() -> Result<&'static str, ApiError> {
    let listen = |kind| signal(kind).map_err(|error| cannot("listen to signals", &error));
    let (mut term, mut int) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    // A terminal that closes is no reason to end.
    let mut hangup = listen(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = term.recv() => return Ok("it got SIGTERM"),
            _ = int.recv() => return Ok("it got SIGINT"),
            _ = hangup.recv() => {}
        }
    }
}

async fn until_unneeded(app: &App, presence: &Presence) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut since = Instant::now();
    let mut came = presence.came();
    loop {
        look.tick().await;
        if app.is_busy() || !presence.is_empty() || presence.came() != came {
            since = Instant::now();
            came = presence.came();
        } else if since.elapsed() >= UNNEEDED_LIMIT {
            return;
        }
    }
}

/// Tells the client that waits, then lets go of its pipes: whoever started the daemon must be able to end.
fn announce(options: DaemonOptions, log: Option<std::fs::File>) -> Result<(), ApiError> {
    let failed = |error: std::io::Error| cannot("let go of its terminal", &error);
    if options.started_by_client {
        let mut stdout = std::io::stdout();
        // The client may have given up; the daemon is of use all the same.
        let _told = stdout.write_all(b"ready\n").and_then(|()| stdout.flush());
    }
    if let Some(log) = log {
        let (log, nothing) = (log, std::fs::File::open("/dev/null").map_err(failed)?);
        rustix::stdio::dup2_stdin(nothing.as_fd()).map_err(|errno| failed(errno.into()))?;
        rustix::stdio::dup2_stdout(log.as_fd()).map_err(|errno| failed(errno.into()))?;
        rustix::stdio::dup2_stderr(log.as_fd()).map_err(|errno| failed(errno.into()))?;
    }
    Ok(())
}

fn cannot(what: &str, error: &dyn std::fmt::Display) -> ApiError {
    ApiError::new(Code::Environment, format!("the daemon cannot {what}: {error}"))
}
