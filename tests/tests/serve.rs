//! The page in a browser as a process: what listens when, what is printed, and what it leaves behind.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;

use millrace_tests::processes::{command_line, signal};
use millrace_tests::programs::program;
use millrace_tests::until;

struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("millrace"));
        command
            .args(arguments)
            .env("MILLRACE_HOME", self.folder.path().join("home"))
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn daemon(&self) -> u32 {
        let output = self.command(&["daemon", "status", "--json"]).output().unwrap();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        u32::try_from(status["pid"].as_u64().unwrap()).unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Also after a failure: nothing outlives the test.
        let _ended = self.command(&["daemon", "stop"]).output();
    }
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // Ours by handle; of one that has ended already nothing is left to kill.
        let _killed = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// The inodes of TCP sockets on which this process listens.
fn listening(pid: u32) -> usize {
    let sockets: Vec<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .flatten()
        .filter_map(|entry| Some(fs::read_link(entry.path()).ok()?.display().to_string()))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let tables = ["tcp", "tcp6"].map(|name| fs::read_to_string(format!("/proc/{pid}/net/{name}")));
    let listens = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        columns.get(3) == Some(&"0A")
            && columns.get(9).is_some_and(|it| sockets.iter().any(|s| s == it))
    };
    tables
        .into_iter()
        .flatten()
        .map(|table| table.lines().filter(|line| listens(line)).count())
        .sum()
}

#[test]
fn nothing_listens_unless_it_is_asked_to() {
    let site = Site::new();
    assert!(site.command(&["daemon"]).output().unwrap().status.success());
    let daemon = site.daemon();
    assert_eq!(listening(daemon), 0);
    let mut served = Served(site.command(&["serve", "--port", "0"]).spawn().unwrap());
    let mut output = BufReader::new(served.0.stdout.take().unwrap());
    let mut link = String::new();
    output.read_line(&mut link).unwrap();
    assert!(link.starts_with("http://127.0.0.1:"), "{link}");
    let pid = served.0.id();
    assert_eq!(
        (listening(daemon), listening(pid)),
        (0, 1),
        "only the process that was started for it"
    );

    // The code is used, and stands nowhere but in the line that was printed.
    let (address, path) = link.trim().strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, code) = path.split_once("code=").unwrap();
    assert!(!command_line(pid).contains(code));
    signal(pid, Signal::INT);
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    served.0.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
    assert!(served.0.wait().unwrap().success());
    assert!(!rest.contains(code), "{rest}");
    let log = fs::read_to_string(site.folder.path().join("home/daemon.log")).unwrap();
    assert!(!log.contains(code), "{log}");
    until("the port is closed", || TcpStream::connect(address).is_err().then_some(()));
    assert_eq!(site.daemon(), daemon, "the engine goes on");
}
