//! The one window: how it is opened, what its page may navigate to.
//!
//! Size, title and security policy are in `tauri.conf.json`.

use millrace_api::host::HostEvent;
use tauri::webview::{PageLoadEvent, WebviewWindowBuilder};
use tauri::{App, AppHandle, Manager as _, Url, WindowEvent};

use crate::arguments::Arguments;
use crate::desktop;
use crate::events::{self, Events};
use crate::instance::{Handover, Instance, ShownRun};
use crate::memory::{Memory, Remembered};
use crate::place::Place;
use crate::streams::Streams;

/// The label of the one window.
const MAIN: &str = "main";

/// Opens the main window as the command line asks.
///
/// # Errors
/// When the configuration has no main window, or the system cannot open one.
pub(crate) fn open(app: &App, arguments: &Arguments) -> tauri::Result<()> {
    let config = app
        .config()
        .app
        .windows
        .iter()
        .find(|window| window.label == MAIN)
        .ok_or(tauri::Error::WindowNotFound)?;
    let remembered = app.state::<Memory>().get().place.filter(|_| !arguments.fullscreen);
    let window = WebviewWindowBuilder::from_config(app, config)?
        // It is shown in its place, or not at all.
        .visible(arguments.fullscreen)
        .theme(arguments.theme)
        .fullscreen(arguments.fullscreen)
        .on_navigation(is_own_page)
        .on_page_load(|window, load| {
            // A new page knows nothing of the old one's streams.
            if load.event() == PageLoadEvent::Started {
                window.state::<Streams>().close_all();
                window.state::<Events>().page_left();
            }
        })
        .build()?;
    if let Some(place) = remembered {
        place.put(&window);
    }
    if !arguments.in_background {
        window.show()?;
    }
    let handover = arguments.handover();
    // The page asks for the first document by itself.
    let documents = handover.documents.into_iter().skip(1).collect();
    tell(app.handle(), Handover { documents, ..handover });
    let handle = app.handle().clone();
    let scale = move |window: &AppHandle| {
        window.get_webview_window(MAIN).and_then(|window| window.scale_factor().ok())
    };
    window.on_window_event(move |event| {
        match event {
            WindowEvent::DragDrop(drag) => {
                if let Some(event) = events::of_drag(drag, scale(&handle).unwrap_or(1.0)) {
                    handle.state::<Events>().tell(event);
                }
            }
            WindowEvent::CloseRequested { api, .. } => {
                api.prevent_close();
                desktop::ask_to_leave(&handle, false);
            }
            // So that a kill finds the place remembered as well.
            WindowEvent::Focused(false) => remember(&handle),
            _ => {}
        }
    });
    Ok(())
}

/// Lets later starts hand over to this window.
///
/// # Errors
/// When the system has no thread for it.
pub(crate) fn take_over_for(app: &AppHandle, instance: &Instance) -> std::io::Result<()> {
    let app = app.clone();
    instance.listen(move |handover| {
        raise(&app);
        tell(&app, handover);
    })
}

/// Brings the window to the front.
pub(crate) fn raise(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    // Each may be refused by a window manager; the page shows the document all the same.
    let _shown = window.show();
    let _unminimized = window.unminimize();
    let _focused = window.set_focus();
}

/// Remembers where the window is, where that is a place of its own.
pub(crate) fn remember(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    let is_placed = window.is_visible().unwrap_or(false)
        && !window.is_minimized().unwrap_or(false)
        && !window.is_fullscreen().unwrap_or(true);
    if is_placed {
        // Where it cannot be written, the next window opens in the middle.
        let change = |now: &mut Remembered| now.place = Place::of(&window, now.place);
        drop(app.state::<Memory>().change(change));
    }
}

/// Hides the window; the tray shows it again.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        drop(window.hide());
    }
}

/// Whether nobody can see the window.
pub(crate) fn is_hidden(app: &AppHandle) -> bool {
    app.get_webview_window(MAIN).is_some_and(|window| !window.is_visible().unwrap_or(true))
}

fn tell(app: &AppHandle, Handover { documents, links, run, inbox }: Handover) {
    let events = app.state::<Events>();
    if !documents.is_empty() {
        events.tell(HostEvent::Open { documents });
    }
    for link in links {
        events.tell(HostEvent::Link { link });
    }
    if inbox {
        events.tell(HostEvent::ShowInbox);
    }
    if let Some(ShownRun { run, task }) = run {
        events.tell(HostEvent::ShowRun { run, task });
    }
}

/// The page is the app's own and stays it: nothing in a document or a log may lead elsewhere.
fn is_own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => true,
        // Windows serves the app's own scheme this way.
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_apps_own_pages_may_be_shown() {
        for own in ["tauri://localhost/index.html", "http://tauri.localhost/"] {
            assert!(is_own_page(&own.parse().unwrap()), "{own}");
        }
        for foreign in [
            "https://example.org/",
            "file:///etc/passwd",
            "http://localhost:1420/",
            "data:text/html,x",
        ] {
            assert!(!is_own_page(&foreign.parse().unwrap()), "{foreign}");
        }
    }
}
