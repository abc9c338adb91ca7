//! A home of its own for a series of faults, and the ways to talk to it: the command line as a person uses it, and
//! the private socket for what the command line does not show (the stored events).

use std::cell::OnceCell;
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::mounts::SmallDisk;
use super::processes;
use crate::display::{Display, Size};

/// The version of the interface that the request below is written for.
pub(super) const API_VERSION: &str = "1";
/// What a command says whose daemon died before it answered.
const UNREACHABLE: &str = "error[MR2011]";
/// An answer that takes longer is a failure.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A command that takes longer has hung.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);
/// Where a small file system is mounted.
const DISK: &str = "disk";
/// Users that no other program has; each site has the one of its process.
const NOBODIES: std::ops::Range<u32> = 200_000..300_000;

/// A home and the programs under test.
pub(crate) struct Site {
    programs: PathBuf,
    folder: tempfile::TempDir,
    /// The file system that the home is on, where it has one of its own.
    disk: Option<SmallDisk>,
    /// Whose the home is, where it is not ours.
    user: Option<u32>,
    /// What all programs find in their environment besides.
    variables: Vec<(&'static str, OsString)>,
    /// Started with the first window.
    display: OnceCell<Display>,
}

impl Site {
    /// Makes an empty home; `programs` is where they all lie.
    pub(crate) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        Self::of_user(programs, None)
    }

    /// The same on a file system with room for so many bytes.
    pub(crate) fn on_small_disk(programs: PathBuf, bytes: u64) -> anyhow::Result<Self> {
        let mut site = Self::bare(programs, None)?;
        fs::create_dir(site.folder().join(DISK))?;
        site.disk = Some(SmallDisk::mount(&site.folder().join(DISK), bytes)?);
        site.furnish()?;
        Ok(site)
    }

    /// The same for a user without privileges, where we have any: who is root sees, signals and forks without limits.
    pub(crate) fn of_nobody(programs: PathBuf) -> anyhow::Result<Self> {
        let user = NOBODIES.start + std::process::id() % (NOBODIES.end - NOBODIES.start);
        Self::of_user(programs, rustix::process::geteuid().is_root().then_some(user))
    }

    fn of_user(programs: PathBuf, user: Option<u32>) -> anyhow::Result<Self> {
        let mut site = Self::bare(programs, user)?;
        if user.is_some() {
            site.lay_programs()?;
        }
        site.furnish()?;
        Ok(site)
    }

    /// Puts the programs where another user may start them: they may have been built in a folder that is ours alone.
    fn lay_programs(&mut self) -> anyhow::Result<()> {
        let folder = self.folder().join("programs");
        fs::create_dir(&folder)?;
        for name in ["millrace", "millrace-keeper", "millrace-task", "millrace-hostile"] {
            let (built, laid) = (self.program(name), folder.join(name));
            if fs::hard_link(&built, &laid).is_err() {
                fs::copy(&built, &laid)
                    .with_context(|| format!("cannot copy {}", built.display()))?;
            }
        }
        self.programs = folder;
        Ok(())
    }

    fn bare(programs: PathBuf, user: Option<u32>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("millrace-faults-").tempdir()?;
        let site = Self {
            programs,
            folder,
            disk: None,
            user,
            variables: Vec::new(),
            display: OnceCell::new(),
        };
        site.give(site.folder.path())?;
        Ok(site)
    }

    fn furnish(&self) -> anyhow::Result<()> {
        fs::create_dir_all(self.seen(&self.home()))?;
        self.give(&self.seen(&self.home()))?;
        let settings = "parallel_tasks = 3\n[notify]\ndesktop = false\n";
        self.write("home/config.toml", settings.as_bytes())
    }

    /// What the programs find in their environment from now on.
    pub(crate) fn set_variables(&mut self, variables: Vec<(&'static str, OsString)>) {
        self.variables = variables;
    }

    /// Where we find a file that the programs have by this path.
    pub(crate) fn seen(&self, path: &Path) -> PathBuf {
        match &self.disk {
            Some(disk) => disk.seen(path),
            None => path.to_owned(),
        }
    }

    /// Writes a file beside the home, which is the user's.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.seen(&self.file(name));
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        self.give(&path)
    }

    fn give(&self, path: &Path) -> anyhow::Result<()> {
        let Some(user) = self.user else { return Ok(()) };
        std::os::unix::fs::chown(path, Some(user), Some(user))
            .with_context(|| format!("cannot give {} away", path.display()))
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.file("home")
    }

    /// Everything: the home, and what lies beside it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file beside the home, as the programs have it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        match self.disk {
            Some(_) => self.folder.path().join(DISK).join(name),
            None => self.folder.path().join(name),
        }
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
        if self.disk.is_some() {
            // It is gone with us.
            let mut copy = Command::new("cp");
            copy.arg("-a").arg(self.seen(&self.home())).arg(self.folder.path().join("kept"));
            let _some = copy.stderr(Stdio::null()).status();
        }
        self.folder.path()
    }

    /// The command line, as a person would call it.
    pub(crate) fn millrace(&self, arguments: &[&str]) -> Command {
        let program = self.program("millrace");
        let mut command = match (self.user, &self.disk) {
            (None, None) => Command::new(program),
            (None, Some(disk)) => {
                let mut command = disk.command();
                command.arg(program);
                command
            }
            (Some(user), _) => {
                let mut command = Command::new("setpriv");
                command.args([format!("--reuid={user}"), format!("--regid={user}")]);
                command.args(["--clear-groups", "--inh-caps=-all", "--no-new-privs", "--"]);
                command.arg(program).env("HOME", self.folder.path()).env_remove("XDG_RUNTIME_DIR");
                command.current_dir(self.folder.path());
                command
            }
        };
        command.args(arguments).env("MILLRACE_HOME", self.home());
        // The daemon asks the login shell for its PATH. What this machine's user has in store for that is not tested.
        command.env("SHELL", "/bin/sh").env("HOME", self.folder());
        for variable in ["MILLRACE_KEEPER", "MILLRACE_BIN", "MILLRACE_MARK"] {
            command.env_remove(variable);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What a command prints that has to succeed. One whose daemon dies while it waits for the answer says that it should be
    /// tried again, and is.
    pub(crate) fn ask(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let asked = crate::process::output_within(&mut self.millrace(arguments), COMMAND_LIMIT);
        match asked {
            Err(error) if error.to_string().contains(UNREACHABLE) => {
                crate::process::output_within(&mut self.millrace(arguments), COMMAND_LIMIT)
            }
            asked => asked,
        }
    }

    /// Whatever a command answers, within a limit.
    pub(crate) fn millrace_within(
        &self,
        arguments: &[&str],
        limit: Duration,
    ) -> anyhow::Result<Output> {
        crate::process::answer_within(&mut self.millrace(arguments), limit)
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

    /// Kills the daemon, if there is one, and waits until it is gone.
    pub(crate) fn kill_daemon(&self) -> anyhow::Result<()> {
        if let Some(daemon) = self.daemon() {
            processes::kill(daemon)?;
            while processes::is_daemon(daemon, &self.home()) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(())
    }

    /// All stored events of a run. The daemon must run.
    pub(crate) fn events(&self, run: &str) -> anyhow::Result<Vec<Value>> {
        let request = json!({ "command": "read_events", "run": run, "after": 0, "limit": 10_000 });
        let mut page = self.call(&request).or_else(|_| {
            // It may have died just now; a client brings the next one.
            self.ask(&["daemon"])?;
            self.call(&request)
        })?;
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

    /// The answer to a request, by the private socket.
    pub(crate) fn call(&self, request: &Value) -> anyhow::Result<Value> {
        call(&self.socket()?, request)
    }

    /// Where the daemon listens.
    pub(crate) fn socket(&self) -> anyhow::Result<PathBuf> {
        let card = self.card().context("the daemon left no address")?;
        let socket = card.get("socket").and_then(Value::as_str);
        Ok(socket.context("an address without socket")?.into())
    }

    /// A connection to the private socket, if there is a daemon.
    pub(crate) fn connection(&self) -> Option<UnixStream> {
        UnixStream::connect(self.card()?.get("socket")?.as_str()?).ok()
    }

    fn card(&self) -> Option<Value> {
        let path = self.seen(&self.home().join("daemon.json"));
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }
}

/// The answer of the daemon that listens there.
pub(crate) fn call(socket: &Path, request: &Value) -> anyhow::Result<Value> {
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

impl Drop for Site {
    fn drop(&mut self) {
        // A daemon that nobody needs leaves by itself, but not at once.
        let _stopped = self.stop();
    }
}
