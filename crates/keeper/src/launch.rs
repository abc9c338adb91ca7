//! Starting a keeper: runs the binary, which leaves into the background by itself, and reads the line that says it
//! listens. Blocking for about two milliseconds; talks no further with it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::connect::socket_path;

/// How a keeper is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The `millrace-keeper` program.
    pub program: PathBuf,
    /// The run's private folder (made 0700 if it does not exist): journal and socket go there.
    pub run_dir: PathBuf,
    /// The run's id.
    pub run_id: String,
    /// Another place for the socket.
    pub socket: Option<PathBuf>,
}

/// A keeper that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launched {
    /// Its process id.
    pub pid: u32,
    /// Its start time in clock ticks since boot.
    pub start_ticks: u64,
    /// Where it listens.
    pub socket: PathBuf,
}

impl Launched {
    /// The pid and the start time in the line `ready PID START_TICKS`.
    #[must_use]
    pub fn parse(line: &str) -> Option<(u32, u64)> {
        let mut words = line.lines().next()?.split(' ');
        if words.next()? != "ready" {
            return None;
        }
        Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    }
}

impl Launch {
    /// The command line, for callers that start processes their own way. Its standard output is to be read to the end
    /// and given to [`Launch::parse_ready`].
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--dir").arg(&self.run_dir).arg("--run").arg(&self.run_id);
        if let Some(socket) = &self.socket {
            command.arg("--socket").arg(socket);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts it and waits until it listens.
    ///
    /// # Errors
    /// When the program can't be run, or with what it wrote to its standard error.
    pub fn start(&self) -> io::Result<Launched> {
        let output = self.command().output().map_err(|e| {
            io::Error::new(e.kind(), format!("can't run {}: {e}", self.program.display()))
        })?;
        self.parse_ready(&output.stdout).ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            match said.trim() {
                "" => io::Error::other(format!("the keeper did not start ({})", output.status)),
                said => io::Error::other(format!("the keeper did not start: {said}")),
            }
        })
    }

    /// Understands the line `ready PID START_TICKS`.
    #[must_use]
    pub fn parse_ready(&self, stdout: &[u8]) -> Option<Launched> {
        let (pid, start_ticks) = Launched::parse(std::str::from_utf8(stdout).ok()?)?;
        let socket = self.socket.clone().unwrap_or_else(|| socket_path(Path::new(&self.run_dir)));
        Some(Launched { pid, start_ticks, socket })
    }
}
