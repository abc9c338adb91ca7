//! The icon in the tray, spoken over the session bus itself: StatusNotifierItem and its menu.
//!
//! A desktop without a tray has no watcher for such icons; then there is none, and closing the window ends it.

mod icon;
mod menu;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use millrace_model::ids::RunId;
use tauri::async_runtime::{JoinHandle, spawn};
use zbus::{Connection, connection, fdo, proxy};

use crate::watch::Seen;

pub(crate) use icon::Pixmap;

const ITEM: &str = "/StatusNotifierItem";
const MENU: &str = "/MenuBar";
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// What a person does with the icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Show the window.
    Open,
    /// Show the inbox in it.
    Inbox,
    /// Show this run in it.
    Run(RunId),
    /// End the window.
    Quit,
}

/// Is told what a person does.
type Act = Arc<dyn Fn(Action) + Send + Sync>;

/// The icon. Dropping it takes it away.
pub(crate) struct Tray {
    connection: Connection,
    state: Arc<Mutex<State>>,
    is_shown: Arc<AtomicBool>,
    watching: JoinHandle<()>,
}

/// What icon and menu show.
struct State {
    seen: Seen,
    /// Counts changes of the menu.
    revision: u32,
}

#[proxy(
    interface = "org.kde.StatusNotifierWatcher",
    default_service = "org.kde.StatusNotifierWatcher",
    default_path = "/StatusNotifierWatcher"
)]
trait Watcher {
    fn register_status_notifier_item(&self, service: &str) -> zbus::Result<()>;
}

impl Tray {
    /// Puts the icon onto a bus, and into every tray that comes to it.
    ///
    /// # Errors
    /// When the bus cannot be reached.
    pub(crate) async fn start(
        bus: connection::Builder<'_>,
        pixmap: Pixmap,
        act: Act,
    ) -> zbus::Result<Self> {
        let state = Arc::new(Mutex::new(State { seen: Seen::default(), revision: 1 }));
        let item = icon::Item { state: Arc::clone(&state), pixmap, act: Arc::clone(&act) };
        let menu = menu::Menu { state: Arc::clone(&state), act };
        let connection = bus.serve_at(ITEM, item).serve_at(MENU, menu).build().await?;
        // Heard before asked: a tray that comes in between is not missed.
        let bus = fdo::DBusProxy::new(&connection).await?;
        let trays = bus.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
        let is_shown = Arc::new(AtomicBool::new(register(&connection).await.is_ok()));
        let watching = spawn(keep_registered(connection.clone(), trays, Arc::clone(&is_shown)));
        Ok(Self { connection, state, is_shown, watching })
    }

    /// Whether there is a tray that shows it.
    pub(crate) fn is_shown(&self) -> bool {
        self.is_shown.load(Ordering::Acquire)
    }

    /// Shows what was seen.
    pub(crate) async fn show(&self, seen: &Seen) {
        let (revision, badge_changes) = {
            let mut state = locked(&self.state);
            if state.seen == *seen {
                return;
            }
            let badge_changes = (state.seen.waiting > 0) != (seen.waiting > 0);
            state.seen = seen.clone();
            state.revision += 1;
            (state.revision, badge_changes)
        };
        let server = self.connection.object_server();
        // A tray that does not hear of it asks when the menu is opened.
        if let Ok(menu) = server.interface::<_, menu::Menu>(MENU).await {
            let _told = menu::Menu::layout_updated(menu.signal_emitter(), revision, 0).await;
        }
        if let Ok(item) = server.interface::<_, icon::Item>(ITEM).await {
            let _told = icon::Item::new_tool_tip(item.signal_emitter()).await;
            if badge_changes {
                let _told = icon::Item::new_icon(item.signal_emitter()).await;
            }
        }
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

async fn register(connection: &Connection) -> zbus::Result<()> {
    let name = connection.unique_name().map(ToString::to_string).unwrap_or_default();
    WatcherProxy::new(connection).await?.register_status_notifier_item(&name).await
}

/// A tray that is started again knows nothing of the icons that it had.
async fn keep_registered(
    connection: Connection,
    mut trays: fdo::NameOwnerChangedStream,
    is_shown: Arc<AtomicBool>,
) {
    while let Some(change) = trays.next().await {
        let is_there = change.args().is_ok_and(|args| args.new_owner().is_some());
        let is_registered = is_there && register(&connection).await.is_ok();
        is_shown.store(is_registered, Ordering::Release);
    }
}

/// The state stays whole even when a holder panicked: every change is one assignment.
fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
