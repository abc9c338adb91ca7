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

    /// The same with a dot at its upper right: something waits.
    fn with_dot(&self) -> Self {
        let mut dotted = self.clone();
        for (width, height, argb) in &mut dotted.0 {
            let radius = *width.min(height) as f32 * 0.22;
            let (x, y) = (*width as f32 - radius - 0.5, radius + 0.5);
            let row = usize::try_from(*width).unwrap_or_default().max(1);
            for (at, pixel) in argb.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let away = ((at % row) as f32 + 0.5 - x).hypot((at / row) as f32 + 0.5 - y);
                // A ring of nothing keeps it apart from the picture.
                let ring = (radius * 1.3 - away + 0.5).clamp(0.0, 1.0);
                let dot = (radius - away + 0.5).clamp(0.0, 1.0);
                let alpha = f32::from(pixel[0]) * (1.0 - ring) + 255.0 * dot;
                for (channel, ink) in pixel[1..].iter_mut().zip(DOT) {
                    if dot > 0.0 {
                        *channel = ink;
                    }
                }
                pixel[0] = alpha.min(255.0) as u8;
            }
        }
        dotted
    }
}

/// The colour of the dot: that of failures, light enough for dark panels.
const DOT: [u8; 3] = [0xe5, 0x48, 0x4d];

/// What a tray asks.
pub(super) struct Item {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) pixmap: Pixmap,
    pub(super) act: Act,
}

impl Item {
    fn waits(&self) -> bool {
        locked(&self.state).seen.waiting > 0
    }
}

/// A tool tip: icon, pictures, title, text.
pub(super) type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);

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
        // A name goes before a picture, and the theme has none with a dot.
        if self.waits() { "" } else { "millrace" }
    }

    #[zbus(property)]
    fn icon_pixmap(&self) -> Vec<(i32, i32, Vec<u8>)> {
        if self.waits() { self.pixmap.with_dot().0 } else { self.pixmap.0.clone() }
    }

    #[zbus(property)]
    fn tool_tip(&self) -> ToolTip {
        let seen = locked(&self.state).seen.clone();
        let mut words = watch::words(&seen);
        if let Some(waiting) = watch::waiting_words(&seen) {
            words = format!("{words}\n{waiting}");
        }
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
    pub(super) async fn new_icon(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    pub(super) async fn new_tool_tip(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}
