//! What goes on beside the window: the tray, and the lock that keeps the machine awake, both by what the daemon does.
//!
//! One task that looks every few seconds, and at once when a choice changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use millrace_api::home::Home;
use millrace_api::host::HostEvent;
use tauri::async_runtime::{Mutex, spawn};
use tauri::{AppHandle, Manager as _};
use zbus::{Connection, connection};

use crate::awake::Awake;
use crate::desktop::{self, Closing};
use crate::events::Events;
use crate::memory::Memory;
use crate::tray::{Action, Pixmap, Tray};
use crate::watch::{PAUSE, Watch};
use crate::window;

/// What goes on beside the window.
pub(crate) struct Companion {
    inner: Mutex<Inner>,
    /// The icon was seen in a tray.
    has_tray: AtomicBool,
    /// Runs that were seen to go on.
    runs: AtomicU32,
}

struct Inner {
    watch: Watch,
    tray: Option<Tray>,
    awake: Awake,
}

/// Begins to look. A window that was started in the background is shown where no tray leads to it.
pub(crate) fn start(app: &AppHandle, home: Home, in_background: bool) {
    let inner = Inner { watch: Watch::new(home), tray: None, awake: Awake::default() };
    let (has_tray, runs) = (AtomicBool::new(false), AtomicU32::new(0));
    app.manage(Companion { inner: Mutex::new(inner), has_tray, runs });
    let app = app.clone();
    spawn(async move {
        look_now(&app).await;
        if in_background && !has_tray_now(&app) {
            window::raise(&app);
        }
        loop {
            tokio::time::sleep(PAUSE).await;
            look_now(&app).await;
        }
    });
}

/// Looks now, and makes tray and lock agree with what is chosen and what goes on.
pub(crate) async fn look_now(app: &AppHandle) {
    let Some(companion) = app.try_state::<Companion>() else { return };
    let chosen = app.state::<Memory>().get();
    let mut inner = companion.inner.lock().await;
    if !chosen.tray && !chosen.awake {
        // Nobody needs to know; the daemon may leave.
        (inner.tray, inner.awake) = (None, Awake::default());
        companion.has_tray.store(false, Ordering::Release);
        return app.state::<Closing>().found([None, None]);
    }
    let seen = inner.watch.look().await;
    companion.runs.store(seen.runs, Ordering::Release);
    inner.awake.set(chosen.awake && seen.tasks > 0, async || Connection::system().await).await;
    let problem = if chosen.tray { show_tray(app, &mut inner).await } else { None };
    match &inner.tray {
        Some(tray) if chosen.tray => tray.show(&seen).await,
        _ => inner.tray = None,
    }
    let has_tray = inner.tray.as_ref().is_some_and(Tray::is_shown);
    companion.has_tray.store(has_tray, Ordering::Release);
    let awake_problem = inner.awake.problem().map(str::to_owned);
    app.state::<Closing>().found([problem, awake_problem]);
}

/// Whether the window can be hidden without being lost.
pub(crate) fn has_tray_now(app: &AppHandle) -> bool {
    let companion = app.try_state::<Companion>();
    companion.is_some_and(|companion| companion.has_tray.load(Ordering::Acquire))
}

/// Puts the icon into the tray, where it is not; answers why there is none.
async fn show_tray(app: &AppHandle, inner: &mut Inner) -> Option<String> {
    if inner.tray.is_none() {
        let picture = app.default_window_icon();
        let pixmap = picture
            .map(|picture| Pixmap::of_rgba(picture.width(), picture.height(), picture.rgba()));
        let handle = app.clone();
        let act = Arc::new(move |action| act(&handle, action));
        match Tray::start(connection::Builder::session(), pixmap.unwrap_or_default(), act).await {
            Ok(tray) => inner.tray = Some(tray),
            Err(error) => return Some(format!("the session bus does not answer: {error}")),
        }
    }
    let is_shown = inner.tray.as_ref().is_some_and(Tray::is_shown);
    (!is_shown).then(|| "this desktop shows no tray".to_owned())
}

fn act(app: &AppHandle, action: Action) {
    match action {
        Action::Open => window::raise(app),
        Action::Inbox => {
            window::raise(app);
            app.state::<Events>().tell(HostEvent::ShowInbox);
        }
        Action::Run(run) => {
            window::raise(app);
            app.state::<Events>().tell(HostEvent::ShowRun { run: run.to_string(), task: None });
        }
        Action::Quit => {
            // Hidden, the page sleeps and has nothing to keep; it is woken where there is something to ask.
            let companion = app.try_state::<Companion>();
            let runs = companion.map_or(0, |companion| companion.runs.load(Ordering::Acquire));
            if window::is_hidden(app) && runs == 0 {
                return app.exit(0);
            }
            window::raise(app);
            desktop::ask_to_leave(app, true);
        }
    }
}
