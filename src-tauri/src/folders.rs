//! Places shown in the system's file manager.
//!
//! The page names a thing and the daemon its place: no path of the page's own is looked at. What is shown is always a folder,
//! so that nothing that a file says, or is, starts a program.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use millrace_api::place::FoundPlace;
use millrace_api::{ApiError, Code, Request};
use tauri::State;
use zbus::{Connection, proxy};

use crate::backend::{Backend, SharedBackend};

/// A file manager that is being started may take so long to answer; what it says later is not waited for.
const PATIENCE: Duration = Duration::from_secs(3);

#[proxy(
    interface = "org.freedesktop.FileManager1",
    default_service = "org.freedesktop.FileManager1",
    default_path = "/org/freedesktop/FileManager1"
)]
trait FileManager {
    fn show_items(&self, uris: &[&str], startup_id: &str) -> zbus::Result<()>;
    fn show_folders(&self, uris: &[&str], startup_id: &str) -> zbus::Result<()>;
}

/// Asks the daemon where something lies, by a request of the page, and shows that.
#[tauri::command]
pub(crate) async fn open_folder(
    backend: State<'_, SharedBackend>,
    request: String,
) -> Result<(), String> {
    let place = find(backend.inner().as_ref(), request).await?;
    let shown = tokio::time::timeout(PATIENCE, by_bus(&place)).await;
    // It was asked and has not answered: it is being started.
    if !matches!(shown, Ok(Err(_))) {
        return Ok(());
    }
    let opening = tokio::task::spawn_blocking(move || {
        let path = Path::new(&place.path);
        let folder = if place.is_folder { path } else { path.parent().unwrap_or(path) };
        by_program(OsStr::new(PROGRAM), folder)
    });
    let shown = opening.await.map_err(|error| error.to_string())?;
    shown.map_err(|error| serde_json::to_string(&error).unwrap_or(error.message))
}

/// Lets the daemon say where it is.
///
/// # Errors
/// The daemon's, as JSON; that the page asked for something else.
async fn find(backend: &dyn Backend, request: String) -> Result<FoundPlace, String> {
    if !matches!(serde_json::from_str(&request), Ok(Request::FindPlace(_))) {
        return Err("only the place of something that the engine knows is shown".to_owned());
    }
    let reply = backend.call(request).await?;
    let place: FoundPlace = serde_json::from_str(&reply).map_err(|error| error.to_string())?;
    match Path::new(&place.path).is_absolute() {
        true => Ok(place),
        false => Err(format!("{} is not an absolute path", place.path)),
    }
}

/// Selects it in the file manager of the session.
async fn by_bus(place: &FoundPlace) -> zbus::Result<()> {
    let manager = FileManagerProxy::new(&Connection::session().await?).await?;
    let uri = uri(&place.path);
    match place.is_folder {
        true => manager.show_folders(&[&uri], "").await,
        false => manager.show_items(&[&uri], "").await,
    }
}

#[cfg(target_os = "linux")]
const PROGRAM: &str = "xdg-open";
#[cfg(target_os = "macos")]
const PROGRAM: &str = "open";
#[cfg(target_os = "windows")]
const PROGRAM: &str = "explorer";

/// Gives a folder to the system's own program for it.
fn by_program(program: &OsStr, folder: &Path) -> Result<(), ApiError> {
    let told = |why: &str| {
        let message = format!("{} is not shown: {why}", folder.display());
        ApiError::new(Code::Environment, message).help("open it with a program of your own")
    };
    let none = "no file manager was found";
    let started = Command::new(program)
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(told(none)),
        Err(error) => return Err(told(&error.to_string())),
    };
    // It may live as long as the file manager does; somebody has to hear of its end.
    let (ended, end) = sync_channel(1);
    std::thread::spawn(move || ended.send(child.wait()));
    match end.recv_timeout(PATIENCE) {
        Ok(Ok(status)) if !status.success() => Err(told(none)),
        _ => Ok(()),
    }
}

/// An absolute path as a link to a file.
fn uri(path: &str) -> String {
    let mut uri = String::from("file://");
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Mutex;

    use millrace_api::Command as _;
    use millrace_api::place::{FindPlace, PlaceOf};
    use millrace_api::run::StopDaemon;

    use super::*;
    use crate::backend::{Boxed, Pump, Sink};

    /// Answers the same to everything, and remembers what it was asked.
    struct Answers(Result<String, String>, Mutex<Vec<String>>);

    impl Backend for Answers {
        fn call(&self, request: String) -> Boxed<Result<String, String>> {
            self.1.lock().unwrap().push(request);
            let answer = self.0.clone();
            Box::pin(async move { answer })
        }

        fn subscribe(&self, _request: String, _sink: Sink) -> Boxed<Result<Pump, String>> {
            Box::pin(async { Err("there is no stream".to_owned()) })
        }
    }

    fn answers(answer: Result<&str, &str>) -> Answers {
        Answers(answer.map(str::to_owned).map_err(str::to_owned), Mutex::default())
    }

    #[tokio::test]
    async fn only_the_daemon_names_a_place() {
        let request = FindPlace { of: PlaceOf::Home {} }.into_request();
        let request = serde_json::to_string(&request).unwrap();
        let daemon = answers(Ok(r#"{"path":"/home/ada/flows","is_folder":true}"#));
        let place = find(&daemon, request.clone()).await.unwrap();
        assert_eq!((place.path.as_str(), place.is_folder), ("/home/ada/flows", true));

        let stop = StopDaemon { cancel_runs: true }.into_request();
        for other in [serde_json::to_string(&stop).unwrap(), "/etc".to_owned()] {
            assert!(find(&daemon, other).await.is_err());
        }
        assert_eq!(daemon.1.lock().unwrap().len(), 1, "nothing else reaches the daemon");

        let relative = answers(Ok(r#"{"path":"-h","is_folder":true}"#));
        assert!(find(&relative, request.clone()).await.unwrap_err().contains("-h"));
        let gone = answers(Err("gone"));
        assert_eq!(find(&gone, request).await.unwrap_err(), "gone");
    }

    #[test]
    fn a_folder_goes_to_the_program_and_what_it_cannot_do_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a b; touch x");
        std::fs::create_dir(&place).unwrap();
        let program = |name: &str, script: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
            path
        };
        let seen = folder.path().join("seen");
        let good = program("good", &format!("printf '%s|%s' \"$#\" \"$1\" > '{}'", seen.display()));
        by_program(good.as_os_str(), &place).unwrap();
        assert_eq!(std::fs::read_to_string(&seen).unwrap(), format!("1|{}", place.display()));

        for bad in [program("bad", "exit 3"), folder.path().join("missing")] {
            let error = by_program(bad.as_os_str(), &place).unwrap_err();
            assert_eq!(error.code, Code::Environment);
            assert!(error.message.contains(&place.display().to_string()), "{error}");
            assert!(error.message.ends_with("no file manager was found"), "{error}");
        }
    }

    #[test]
    fn a_link_to_a_file_has_every_sign_of_its_name() {
        assert_eq!(uri("/a b/日报#1?.json"), "file:///a%20b/%E6%97%A5%E6%8A%A5%231%3F.json");
    }
}
