//! What a person chose about the window that the host carries out, and how the window ends.
//!
//! The page asks by one command. Closing is its decision: it keeps what was typed and asks where runs go on. A page that
//! does not answer keeps nobody from closing.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use millrace_api::host::HostEvent;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _, State};

use crate::events::Events;
use crate::memory::Memory;
use crate::{companion, login, window};

/// How long a page may take to answer that the window is to be closed.
const ANSWER: Duration = Duration::from_secs(2);

/// What the page asks of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(crate) enum Ask {
    /// What is chosen.
    Read,
    /// Another choice.
    Choose {
        /// Which.
        choice: Choice,
        /// What it is to be.
        on: bool,
    },
    /// The page asks a person whether the window is to be closed.
    Wait,
    /// Close the window; where it stays in the tray, it is hidden.
    Close,
    /// End it, tray or not.
    Quit,
}

/// Something that can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Choice {
    /// Closing the window leaves an icon in the tray.
    Tray,
    /// The window is started at login.
    Login,
    /// The machine stays awake while tasks run.
    Awake,
}

/// What is chosen, and what stands in its way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Chosen {
    tray: bool,
    login: bool,
    awake: bool,
    /// Why there is no tray.
    tray_problem: Option<String>,
    /// Why the machine cannot be kept awake.
    awake_problem: Option<String>,
}

/// How far closing has come.
#[derive(Debug, Default)]
pub(crate) struct Closing {
    /// The page was told, and has not answered.
    is_asked: AtomicBool,
    /// Counts questions, so that an old time-out does not end a new one.
    number: AtomicU64,
    /// What the host's companion found, for [`Ask::Read`].
    problems: Mutex<[Option<String>; 2]>,
}

impl Closing {
    /// Why there is no tray, and why the machine may fall asleep.
    pub(crate) fn found(&self, problems: [Option<String>; 2]) {
        *self.problems.lock().unwrap_or_else(PoisonError::into_inner) = problems;
    }
}

/// Does what the page asks, and answers what is chosen then.
#[tauri::command]
pub(crate) async fn desktop(
    app: AppHandle,
    memory: State<'_, Memory>,
    closing: State<'_, Closing>,
    ask: Ask,
) -> Result<Chosen, String> {
    match ask {
        Ask::Read => {}
        Ask::Choose { choice: Choice::Tray, on } => memory.change(|now| now.tray = on)?,
        Ask::Choose { choice: Choice::Awake, on } => memory.change(|now| now.awake = on)?,
        Ask::Choose { choice: Choice::Login, on } => {
            let program = std::env::current_exe().map_err(|error| error.to_string())?;
            login::set(&entry()?, &program, on)?;
        }
        Ask::Wait => closing.is_asked.store(false, Ordering::Release),
        Ask::Close => close(&app),
        Ask::Quit => app.exit(0),
    }
    if matches!(ask, Ask::Choose { .. }) {
        companion::look_now(&app).await;
    }
    let now = memory.get();
    let [tray_problem, awake_problem] =
        closing.problems.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Chosen {
        tray: now.tray,
        login: login::entry().is_some_and(|entry| login::is_on(&entry)),
        awake: now.awake,
        tray_problem: tray_problem.filter(|_| now.tray),
        awake_problem: awake_problem.filter(|_| now.awake),
    })
}

fn entry() -> Result<PathBuf, String> {
    login::entry().ok_or_else(|| "this user has no folder for settings".to_owned())
}

/// Somebody wants the window closed, or all of it ended: the page decides. Asked again before it has, it is closed.
pub(crate) fn ask_to_leave(app: &AppHandle, quit: bool) {
    let closing = app.state::<Closing>();
    let number = closing.number.fetch_add(1, Ordering::AcqRel) + 1;
    let leave = move |app: &AppHandle| if quit { app.exit(0) } else { close(app) };
    if closing.is_asked.swap(true, Ordering::AcqRel) || !app.state::<Events>().is_heard() {
        return leave(app);
    }
    app.state::<Events>().tell(HostEvent::Leave { quit });
    let app = app.clone();
    std::thread::spawn(move || {
        std::thread::sleep(ANSWER);
        let closing = app.state::<Closing>();
        let is_newest = closing.number.load(Ordering::Acquire) == number;
        if is_newest && closing.is_asked.load(Ordering::Acquire) {
            leave(&app);
        }
    });
}

fn close(app: &AppHandle) {
    app.state::<Closing>().is_asked.store(false, Ordering::Release);
    window::remember(app);
    if app.state::<Memory>().get().tray && companion::has_tray_now(app) {
        window::hide(app);
    } else {
        app.exit(0);
    }
}
