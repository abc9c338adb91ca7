//! The icon: `org.kde.StatusNotifierItem`.

use std::sync::{Arc, Mutex};

use zbus::OwnedObjectPath;
use zbus::object_server::SignalEmitter;
use zbus::{fdo, interface};

use super::{Act, Action, MENU, State, locked};
use crate::watch;

/// A picture: width, height, and four bytes a pixel (alpha, red, green, blue).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pixmap(Vec<(i32, i32, Vec<u8>)>);

impl Pixmap {
    /// Of a picture whose pixels are red, green, blue, alpha.
    pub(crate) fn of_rgba(width: u32, height: u32, rgba: &[u8]) -> Self {
        let argb = rgba.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, a]| [a, r, g, b]);
        let size = |length: u32| i32::try_from(length).unwrap_or_default();
        Self(vec![(size(width), size(height), argb.collect())])
    }
}

/// What a tray asks.
pub(super) struct Item {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) pixmap: Pixmap,
    pub(super) act: Act,
}

/// A tool tip: icon, pictures, title, text.
type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);

#[interface(name = "org.kde.StatusNotifierItem")]
impl Item {
    /// A click.
    fn activate(&self, _x: i32, _y: i32) {
        (self.act)(Action::Open);
    }

    /// A click with the middle button.
    fn secondary_activate(&self, _x: i32, _y: i32) {
        (self.act)(Action::Open);
    }

    /// Trays show the menu by themselves; one that cannot opens the window.
    fn context_menu(&self, _x: i32, _y: i32) {
        (self.act)(Action::Open);
    }

    fn scroll(&self, _delta: i32, _orientation: &str) {}

    #[zbus(property)]
    fn category(&self) -> &'static str {
        "ApplicationStatus"
    }

    #[zbus(property)]
    fn id(&self) -> &'static str {
        "millrace"
    }

    #[zbus(property)]
    fn title(&self) -> &'static str {
        "Millrace"
    }

    #[zbus(property)]
    fn status(&self) -> &'static str {
        "Active"
    }

    #[zbus(property)]
    fn icon_name(&self) -> &'static str {
        "millrace"
    }

    #[zbus(property)]
    fn icon_pixmap(&self) -> Vec<(i32, i32, Vec<u8>)> {
        self.pixmap.0.clone()
    }

    #[zbus(property)]
    fn tool_tip(&self) -> ToolTip {
        let words = watch::words(&locked(&self.state).seen);
        (String::new(), Vec::new(), "Millrace".to_owned(), words)
    }

    #[zbus(property)]
    fn item_is_menu(&self) -> bool {
        false
    }

    #[zbus(property)]
    fn menu(&self) -> fdo::Result<OwnedObjectPath> {
        OwnedObjectPath::try_from(MENU).map_err(|error| fdo::Error::Failed(error.to_string()))
    }

    #[zbus(signal)]
    pub(super) async fn new_tool_tip(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}
