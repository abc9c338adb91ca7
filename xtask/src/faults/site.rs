//! A home of its own for a series of faults, and the ways to talk to it: the command line as a person uses it, and
//! the private socket for what the command line does not show (the stored events).

use std::cell::OnceCell;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::processes;
use crate::display::{Display, Size};

/// The version of the interface that the request below is written for.
const API_VERSION: &str = "1";
/// An answer that takes longer is a failure.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A home and the programs under test.
pub(crate) struct Site {
    programs: PathBuf,
    folder: tempfile::TempDir,
    /// Started with the first window.
    display: OnceCell<Display>,
}

impl Site {
    /// Makes an empty home; `programs` is where they all lie.
    pub(crate) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("millrace-faults-").tempdir()?;
        let site = Self { programs, folder, display: OnceCell::new() };
        fs::create_dir_all(site.home())?;
        let settings = "parallel_tasks = 3\n[notify]\ndesktop = false\n";
        fs::write(site.home().join("config.toml"), settings)?;
        Ok(site)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A file beside the home.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One of the programs under test.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// Where windows open.
    pub(crate) fn display(&self) -> anyhow::Result<&Display> {
        if let Some(display) = self.display.get() {
            return Ok(display);
        }
        let display = Display::start(Size { width: 1280, height: 800 })?;
        Ok(self.display.get_or_init(|| display))
    }

    /// Keeps everything for somebody to look at.
    pub(crate) fn keep(&mut self) -> &Path {
        self.folder.disable_cleanup(true);
        self.folder.path()
    }

    /// The command line, as a person would call it.
    pub(crate) fn millrace(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.home());
        for variable in ["MILLRACE_KEEPER", "MILLRACE_BIN", "MILLRACE_MARK"] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What a command prints that has to succeed.
    pub(crate) fn ask(&self, arguments: &[&str]) -> anyhow::Result<String> {
        crate::process::output(&mut self.millrace(arguments))
    }

    /// The same, as JSON.
    pub(crate) fn ask_json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let text = self.ask(arguments)?;
        serde_json::from_str(&text).with_context(|| format!("{arguments:?} did not print JSON"))
    }

    /// The living daemon, if there is one.
    pub(crate) fn daemon(&self) -> Option<u32> {
        let pid = self.card()?.get("pid")?.as_u64()?;
        u32::try_from(pid).ok().filter(|pid| processes::is_daemon(*pid, &self.home()))
    }

    /// All stored events of a run. The daemon must run.
    pub(crate) fn events(&self, run: &str) -> anyhow::Result<Vec<Value>> {
        let request = json!({ "command": "read_events", "run": run, "after": 0, "limit": 10_000 });
        let mut page = self.call(&request)?;
        match page.get_mut("events").map(Value::take) {
            Some(Value::Array(events)) => Ok(events),
            _ => bail!("no events in the answer {page}"),
        }
    }

    /// Ends the daemon and waits until it is gone.
    pub(crate) fn stop(&self) -> anyhow::Result<()> {
        if self.daemon().is_some() {
            self.ask(&["daemon", "stop"])?;
        }
        Ok(())
    }

    /// Asks the daemon, which must run, by its private socket.
    ///
    /// # Errors
    /// Where it does not answer, or refuses.
    pub(crate) fn call(&self, request: &Value) -> anyhow::Result<Value> {
        let card = self.card().context("the daemon left no address")?;
        let socket =
            card.get("socket").and_then(Value::as_str).context("an address without socket")?;
        let mut stream = UnixStream::connect(socket).context("the daemon does not listen")?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        let body = request.to_string();
        // HTTP/1.0: the answer comes in one piece and ends with the connection.
        write!(
            stream,
            "POST /v1/call HTTP/1.0\r\nhost: millrace\r\nmillrace-api: {API_VERSION}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).context("the daemon did not answer")?;
        let (head, body) = answer.split_once("\r\n\r\n").context("an answer without body")?;
        if !head.lines().next().is_some_and(|line| line.contains(" 200")) {
            bail!("the daemon refused {request}: {body}");
        }
        Ok(serde_json::from_str(body)?)
    }

    /// A connection to the private socket, if there is a daemon.
    pub(crate) fn connection(&self) -> Option<UnixStream> {
        UnixStream::connect(self.card()?.get("socket")?.as_str()?).ok()
    }

    fn card(&self) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.home().join("daemon.json")).ok()?).ok()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // A daemon that nobody needs leaves by itself, but not at once.
        let _stopped = self.stop();
    }
}
