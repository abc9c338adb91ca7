//! What only the way between client and daemon has: versions, sizes, bytes that are no request, a daemon that is gone.
//! What commands do is the conformance suite's part.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use millrace_api::document::{Source, Validate};
use millrace_api::home::Home;
use millrace_api::run::{DaemonState, StopDaemon};
use millrace_api::{API_VERSION, Backend, Code, MAX_REQUEST};
use millrace_client::{Client, connect_running};
use millrace_tests::{programs::program, until};

/// A daemon in the foreground, and a client of it.
struct Daemon {
    process: Child,
    client: Client,
    home: Home,
    _folder: TempDir,
}

impl Daemon {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let home = Home::at(&folder.path().join("home")).unwrap();
        fs::write(home.config(), "[notify]\ndesktop = false\n").unwrap();
        let process = Command::new(program("millrace"))
            .args(["daemon", "--foreground"])
            .env(Home::VARIABLE, home.root())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let client = until("the daemon answers", || {
            block_on(async { connect_running(&home).await.unwrap() })
        });
        Self { process, client, home, _folder: folder }
    }

    fn socket(&self) -> PathBuf {
        self.home.read_card().unwrap().socket
    }

    /// The daemon is alive and well.
    fn answers(&self) {
        block_on(async { self.client.daemon_state(DaemonState {}).await }).unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _asked =
            block_on(async { self.client.stop_daemon(StopDaemon { cancel_runs: true }).await });
        let _reaped = self.process.wait();
    }
}

#[test]
fn clients_of_other_versions_are_told() {
    let daemon = Daemon::start();
    let other = (API_VERSION + 1).to_string();
    for version in [Some(other.as_str()), None] {
        let error =
            refused(&daemon.socket(), "/v1/call", version, br#"{"command":"daemon_state"}"#);
        assert_eq!(error["code"], Code::Version.as_str(), "{error}");
    }
    let mut card = daemon.home.read_card().unwrap();
    card.api_version += 1;
    daemon.home.write_card(&card).unwrap();
    let error = block_on(async { connect_running(&daemon.home).await }).unwrap_err();
    assert_eq!(error.code, Code::Version);
    assert!(error.message.contains(&daemon.process.id().to_string()), "{error}");
    daemon.answers();
}

#[test]
fn what_is_no_request_is_refused_and_costs_nothing_else() {
    let daemon = Daemon::start();
    let version = API_VERSION.to_string();
    let deep = "[".repeat(1 << 20);
    for body in
        ["", "{", "[]", "\u{feff}{}", r#"{"command":"dance"}"#, r#"{"command":"get_run"}"#, &deep]
    {
        for path in ["/v1/call", "/v1/events"] {
            let error = refused(&daemon.socket(), path, Some(&version), body.as_bytes());
            assert_eq!(error["code"], Code::InvalidRequest.as_str(), "{body:.20}: {error}");
        }
    }
    daemon.answers();
}

#[test]
fn a_request_above_the_limit_is_refused_by_the_client_and_by_the_daemon() {
    let daemon = Daemon::start();
    let source = Source::Text { text: " ".repeat(MAX_REQUEST), path: None };
    let error = block_on(async { daemon.client.validate(Validate { source }).await }).unwrap_err();
    assert_eq!(error.code, Code::InvalidRequest);
    assert!(error.message.contains("160 MiB"), "{error}");
    // Another client that sends it all the same.
    let mut stream = UnixStream::connect(daemon.socket()).unwrap();
    let length = MAX_REQUEST + 1;
    write!(
        stream,
        "POST /v1/call HTTP/1.1\r\nhost: millrace\r\nmillrace-api: {API_VERSION}\r\n\
         connection: close\r\ncontent-length: {length}\r\n\r\n"
    )
    .unwrap();
    let mut sender = stream.try_clone().unwrap();
    // Ends when all is sent, or when the daemon has had enough.
    let sent = std::thread::spawn(move || sender.write_all(&vec![b' '; length]));
    let error = error_in(stream);
    assert_eq!(error["code"], Code::InvalidRequest.as_str(), "{error}");
    let _sent_or_cut = sent.join().unwrap();
    daemon.answers();
}

#[test]
fn a_daemon_that_is_gone_is_unreachable() {
    let mut daemon = Daemon::start();
    daemon.process.kill().unwrap();
    daemon.process.wait().unwrap();
    let error = block_on(async { daemon.client.daemon_state(DaemonState {}).await }).unwrap_err();
    assert_eq!(error.code, Code::Unreachable);
    // Its address is still there, and nobody answers.
    let client = block_on(async { connect_running(&daemon.home).await }).unwrap();
    assert!(client.is_none());
}

/// The error that the daemon answers to a request.
fn refused(socket: &Path, path: &str, version: Option<&str>, body: &[u8]) -> Value {
    let mut stream = UnixStream::connect(socket).unwrap();
    let version = version.map(|number| format!("millrace-api: {number}\r\n")).unwrap_or_default();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: millrace\r\n{version}connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // In one piece: a head that is refused is answered, and the way closed, before a body that comes after it.
    let _sent_or_cut = stream.write_all(&[head.as_bytes(), body].concat());
    error_in(stream)
}

fn error_in(mut stream: UnixStream) -> Value {
    let mut reply = Vec::new();
    // Who closes with a part of the request unread resets the way; what was answered before that stands.
    let _ended_or_reset = stream.read_to_end(&mut reply);
    let reply = String::from_utf8(reply).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    serde_json::from_str(body).unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
