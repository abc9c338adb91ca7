//! The page in a browser as a process: what listens when, what is printed, and what it leaves behind.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;

use millrace_api::API_VERSION;
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

/// Starts `millrace serve`; gives its address and the path with the code as well.
fn serve(site: &Site) -> (Served, BufReader<std::process::ChildStdout>, String, String) {
    let mut served = Served(site.command(&["serve", "--port", "0"]).spawn().unwrap());
    let mut output = BufReader::new(served.0.stdout.take().unwrap());
    let mut link = String::new();
    output.read_line(&mut link).unwrap();
    let place = link.trim().strip_prefix("http://127.0.0.1:").unwrap();
    let (port, path) = place.split_once('/').unwrap();
    (served, output, format!("127.0.0.1:{port}"), format!("/{path}"))
}

/// One request, by a browser that knows nothing but what `headers` say; the whole answer.
fn ask(address: &str, request: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn whoever_came_in_asks_the_daemon_and_after_its_death_the_next_one() {
    let site = Site::new();
    let (_served, _output, address, path) = serve(&site);
    let answer = ask(&address, &format!("GET {path}"), "", "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let between = |before: &str, after: &str| {
        answer.split_once(before).unwrap().1.split(after).next().unwrap().to_owned()
    };
    let (cookie, session) = (between("set-cookie: ", ";"), between("#session=", "\""));
    let headers = format!(
        "Cookie: {cookie}\r\nmillrace-session: {session}\r\nmillrace-api: {API_VERSION}\r\n"
    );
    let call = || ask(&address, "POST /v1/call", &headers, r#"{"command":"daemon_state"}"#);
    let first = site.daemon();
    assert!(call().contains(&format!("\"pid\":{first}")), "{}", call());
    signal(first, Signal::KILL);
    let next = until("the next daemon", || {
        let answer = call();
        (answer.starts_with("HTTP/1.1 200") && !answer.contains(&format!("\"pid\":{first},")))
            .then_some(answer)
    });
    assert!(next.contains(&format!("\"pid\":{}", site.daemon())), "{next}");
    let page = ask(&address, "GET /", &format!("Cookie: {cookie}\r\n"), "");
    assert!(page.starts_with("HTTP/1.1 200") || page.contains("cargo xtask ui"), "{page}");
    assert!(ask(&address, "GET /", "", "").starts_with("HTTP/1.1 403"));
}

#[test]
fn nothing_listens_unless_it_is_asked_to() {
    let site = Site::new();
    assert!(site.command(&["daemon"]).output().unwrap().status.success());
    let daemon = site.daemon();
    assert_eq!(listening(daemon), 0);
    let (mut served, mut output, address, path) = serve(&site);
    let pid = served.0.id();
    assert_eq!(
        (listening(daemon), listening(pid)),
        (0, 1),
        "only the process that was started for it"
    );

    // The code is used, and stands nowhere but in the line that was printed.
    let answer = ask(&address, &format!("GET {path}"), "", "");
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
    until("the port is closed", || TcpStream::connect(&address).is_err().then_some(()));
    assert_eq!(site.daemon(), daemon, "the engine goes on");
}
