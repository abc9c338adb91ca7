//! The one window: how it is opened, what its page may navigate to.
//!
//! Size, title and security policy are in `tauri.conf.json`.

use tauri::webview::{PageLoadEvent, WebviewWindowBuilder};
use tauri::{App, Manager as _, Url};

use crate::arguments::Arguments;
use crate::streams::Streams;

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
        .find(|window| window.label == "main")
        .ok_or(tauri::Error::WindowNotFound)?;
    WebviewWindowBuilder::from_config(app, config)?
        .theme(arguments.theme)
        .fullscreen(arguments.fullscreen)
        .on_navigation(is_own_page)
        .on_page_load(|window, load| {
            // A new page knows nothing of the old one's streams.
            if load.event() == PageLoadEvent::Started {
                window.state::<Streams>().close_all();
            }
        })
        .build()?;
    Ok(())
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
