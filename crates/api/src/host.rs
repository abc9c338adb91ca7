//! What the program around the page tells it unasked.

use serde::{Deserialize, Serialize};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum HostEvent {
    /// Documents are to be opened.
    Open {
        /// Their absolute paths.
        documents: Vec<String>,
    },
    /// A link of Millrace's own scheme was followed.
    Link {
        /// The link.
        link: String,
    },
    /// A run is to be shown.
    ShowRun {
        /// Its id.
        run: String,
        /// The task in it that it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<String>,
    },
    /// The inbox is to be shown.
    ShowInbox,
    /// Somebody wants the window closed; the page answers whether it is.
    Leave {
        /// All of it ended, also where it would stay in the tray.
        quit: bool,
    },
    /// Files are held over the window.
    Dragged {
        /// Where, in the page's pixels.
        at: [f64; 2],
    },
    /// They are not any more.
    DragLeft,
    /// They were let go there.
    Dropped {
        /// Their absolute paths.
        paths: Vec<String>,
        /// Where, in the page's pixels.
        at: [f64; 2],
    },
}
