//! Links of notes, opened by the system's own program for them: never in this window.
//!
//! A note may come from anywhere, so nothing but web pages and mail addresses is opened, and no shell reads the link.

use std::process::{Command, Stdio};

/// What a link may begin with.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// Opens a link.
#[tauri::command]
pub(crate) async fn open_link(link: String) -> Result<(), String> {
    check(&link)?;
    let mut child = opener(&link)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{link} was not opened: {error}"))?;
    // It may live as long as the browser does; somebody has to hear of its end.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// Whether a link is one that is opened.
fn check(link: &str) -> Result<(), String> {
    let is_known = SCHEMES.iter().any(|scheme| link.starts_with(scheme));
    if !is_known || link.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
        return Err(format!("{link} was not opened: it is neither a web page nor a mail address"));
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn opener(link: &str) -> Command {
    let mut command = Command::new("xdg-open");
    command.arg(link);
    command
}

#[cfg(target_os = "macos")]
fn opener(link: &str) -> Command {
    let mut command = Command::new("open");
    command.arg(link);
    command
}

#[cfg(target_os = "windows")]
fn opener(link: &str) -> Command {
    let mut command = Command::new("rundll32");
    command.args(["url.dll,FileProtocolHandler", link]);
    command
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_pages_and_mail_addresses_are_opened() {
        for link in ["https://x.example/a?b=c#d", "http://localhost:80", "mailto:ada@x.example"] {
            assert_eq!(check(link), Ok(()));
        }
        for link in ["file:///etc/passwd", "javascript:alert(1)", "-h", "https://x y", "", "x"] {
            assert!(check(link).is_err(), "{link}");
        }
    }
}
