//! The ui's only way out: calls with one answer, streams of events, the system's dialogs, and the clock.
//!
//! Requests and answers are the api's JSON as text. Whoever hosts the ui (the desktop window, a test) brings an
//! implementation; nothing here waits.

use std::collections::BTreeSet;

use millrace_api::host::HostEvent;
use millrace_model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The way to the daemon and to the clock.
pub trait Bridge {
    /// Sends a request. Its answer comes out of [`Bridge::poll`] with the same number.
    fn call(&mut self, call: u64, request: String);
    /// Asks the same again and again, every few seconds. The first answer and each one that differs from the one
    /// before come out of [`Bridge::poll`] as replies with this number; the others wake nobody.
    fn watch(&mut self, call: u64, request: String);
    /// Asks that no more.
    fn unwatch(&mut self, call: u64);
    /// Shows the system's dialog for a file. Its answer comes out of [`Bridge::poll`] as a reply with the same number: the
    /// path as a JSON string, or `null` where the person changed their mind.
    fn pick(&mut self, call: u64, pick: Pick);
    /// Opens the stream of events. Its items come out of [`Bridge::poll`] with the same number.
    fn subscribe(&mut self, stream: u64, request: String);
    /// Asks a person for a path, with the system's dialog. The answer comes out of [`Bridge::poll`] with the same
    /// number.
    fn pick_path(&mut self, call: u64, pick: PickPath);
    /// Opens a link with the system's own program for it. Its answer comes out of [`Bridge::poll`] as a reply with the
    /// same number, empty where it went well.
    fn open_link(&mut self, call: u64, link: String);
    /// Asks the engine where something lies, by a request of [`FindPlace`](millrace_api::place::FindPlace), and shows that in the
    /// system's file manager. Its answer comes out of [`Bridge::poll`] as a reply with the same number, empty where it went
    /// well.
    fn open_folder(&mut self, call: u64, request: String);
    /// Asks something of the desktop. Its answer comes out of [`Bridge::poll`] as a reply with the same number: a
    /// [`DesktopState`] as JSON.
    fn desktop(&mut self, call: u64, ask: DesktopAsk);
    /// Looks for the system's fonts that have these characters; `have` are those that it was given before. The answer
    /// comes out of [`Bridge::poll`] as [`Incoming::Fonts`].
    fn find_fonts(&mut self, characters: String, have: BTreeSet<usize>);
    /// Whether there are dialogs of the system. Where there are none nothing is asked with them.
    fn has_dialogs(&self) -> bool {
        true
    }
    /// Whether there is a file manager to show folders in.
    fn has_file_manager(&self) -> bool {
        true
    }
    /// The next thing that arrived; none when there is nothing now. Never waits.
    fn poll(&mut self) -> Option<Incoming>;
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// Seconds that local time was ahead of UTC at `at`.
    fn local_offset_secs(&self, at: Timestamp) -> i32;
}

/// What the system's dialog is to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// A document to open.
    Open {
        /// The folder that it starts in.
        folder: Option<String>,
    },
    /// A place to save a document.
    Save {
        /// The folder that it starts in.
        folder: Option<String>,
        /// The name that it proposes.
        file_name: String,
        /// What is saved.
        kind: FileKind,
    },
}

/// What kind of file a person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A workflow document.
    Document,
    /// A picture of one, in pixels.
    Png,
    /// A picture of one, in lines.
    Svg,
    /// A page that a browser shows.
    Html,
    /// What a task left: whatever it is.
    Any,
}

impl FileKind {
    /// What such a file is called, and how its name ends.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Document => ("Workflow", "json"),
            Self::Png => ("PNG picture", "png"),
            Self::Svg => ("SVG picture", "svg"),
            Self::Html => ("Page", "html"),
            Self::Any => ("File", "*"),
        }
    }
}

/// What a person is asked to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickPath {
    /// A folder rather than a file.
    pub folder: bool,
    /// The dialog's title.
    pub title: String,
    /// The folder to begin in.
    pub start: Option<String>,
}

/// What is asked of the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum DesktopAsk {
    /// What is chosen.
    Read,
    /// Another choice.
    Choose {
        /// Which.
        choice: DesktopChoice,
        /// What it is to be.
        on: bool,
    },
    /// Do not close the window: a person is asked.
    Wait,
    /// Close the window; where it stays in the tray, it is hidden.
    Close,
    /// End it, tray or not.
    Quit,
}

/// Something of the desktop that can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DesktopChoice {
    /// Closing the window leaves an icon in the tray.
    Tray,
    /// The window is started at login.
    Login,
    /// The machine stays awake while tasks run.
    Awake,
}

/// What is chosen about the desktop, and what stands in its way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DesktopState {
    /// Closing the window leaves an icon in the tray.
    pub tray: bool,
    /// The window is started at login.
    pub login: bool,
    /// The machine stays awake while tasks run.
    pub awake: bool,
    /// Why there is no tray although it is chosen.
    pub tray_problem: Option<String>,
    /// Why the machine may fall asleep although it should not.
    pub awake_problem: Option<String>,
}

impl DesktopState {
    /// Whether closing the window leaves it in the tray.
    #[must_use]
    pub fn stays(&self) -> bool {
        self.tray && self.tray_problem.is_none()
    }
}

/// A font of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemFont {
    /// The host's number for it.
    pub font: usize,
    /// Which face of the file.
    pub index: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Something that arrived.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// The answer to a call.
    Reply {
        /// The call's number.
        call: u64,
        /// The reply's JSON; or the api's error as JSON; or why there was no answer, as plain text.
        result: Result<String, String>,
    },
    /// The path that a person chose.
    Picked {
        /// The call's number.
        call: u64,
        /// None where they changed their mind; or why the dialog could not be shown.
        result: Result<Option<String>, String>,
    },
    /// Something that was not asked for.
    Host(HostEvent),
    /// Fonts that have characters that were asked for; none where there are none.
    Fonts(Vec<SystemFont>),
    /// An item of a stream.
    Item {
        /// The stream's number.
        stream: u64,
        /// Its JSON.
        json: String,
    },
    /// A stream that could not be opened, or ended.
    Broken {
        /// The stream's number.
        stream: u64,
        /// Why.
        error: String,
    },
}
