//! Finding the daemon of a home, and starting it where there is none.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use millrace_api::error::{ApiError, Code};
use millrace_api::home::{DaemonCard, Home};
use millrace_api::run::DaemonState;
use millrace_api::{API_VERSION, Backend as _};

use crate::socket::reach;
use crate::{Client, SocketTransport};

/// How long a daemon may take that somebody else starts, or one that is ready to its first answer.
const START_LIMIT: Duration = Duration::from_secs(5);
/// Between the first two looks for a daemon that somebody else is starting; twice as long each time.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// How long a daemon that listens may take to say how it is: as long as one with thousands of callers needs.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// After so long without an answer it is looked at whether it can give one.
const DOUBT: Duration = Duration::from_secs(1);
/// The longest time between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// How a daemon is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The `millrace` program.
    pub program: PathBuf,
}

impl Launch {
    /// With the `millrace` program beside this one, or this one where it is that.
    ///
    /// # Errors
    /// When this program cannot find itself.
    pub fn beside_this_program() -> Result<Self, ApiError> {
        if let Some(program) = std::env::var_os("MILLRACE_BIN").filter(|path| !path.is_empty()) {
            return Ok(Self { program: program.into() });
        }
        let this = std::env::current_exe()
            .map_err(|error| ApiError::internal("find this program", &error))?;
        Ok(Self { program: this.with_file_name("millrace") })
    }
}

/// Connects to the daemon of `home`, and starts it where none runs. One that it starts may take its time until it is ready,
/// such as to look through a large history after a crash; one that somebody else is starting, or that is on its way out, has
/// five seconds.
///
/// # Errors
/// `Unreachable` where it cannot be started or does not answer in time, `Version` where a daemon of another
/// version runs, `HomeTaken` where another process has the home.
pub async fn connect(home: &Home, launch: &Launch) -> Result<Client, ApiError> {
    let deadline = Instant::now() + START_LIMIT;
    let mut pause = LOOK_AGAIN;
    loop {
        if let Some(client) = connect_running(home).await? {
            return Ok(client);
        }
        let (launch, at_home) = (launch.clone(), home.clone());
        let started = tokio::task::spawn_blocking(move || start(&at_home, &launch))
            .await
            .map_err(|error| ApiError::internal("start the daemon", &error))?;
        match &started {
            // Who has the home may be a daemon that somebody else is starting, or one that is on its way out.
            Err(error) if error.code != Code::HomeTaken || Instant::now() > deadline => {
                return Err(error.clone());
            }
            Ok(()) if Instant::now() > deadline => {
                let log = home.daemon_log();
                return Err(ApiError::new(
                    Code::Unreachable,
                    "the daemon started but does not answer",
                )
                .help(format!("look into {}", log.display())));
            }
            Ok(()) | Err(_) => {}
        }
        if started.is_err() {
            tokio::time::sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
}

/// Connects to the daemon of `home` if one runs and answers. The socket of one that was just killed still takes
/// connections for a moment, and hangs up.
///
/// # Errors
/// `Version` where it speaks another version, `Unreachable` where it lives and does not answer.
pub async fn connect_running(home: &Home) -> Result<Option<Client>, ApiError> {
    let Some(card) = home.read_card() else { return Ok(None) };
    if reach(&card.socket).await.is_err() {
        return Ok(None);
    }
    check_version(&card)?;
    let client = millrace_api::Remote(SocketTransport::new(card.socket));
    match answer(client.daemon_state(DaemonState {}), card.pid).await? {
        Err(error) if matches!(error.code, Code::Unreachable | Code::ShuttingDown) => Ok(None),
        // Whatever else it says, it says something.
        _ => Ok(Some(client)),
    }
}

/// Waits for the first answer of the daemon with this pid, as long as it may come.
async fn answer<T>(asked: impl Future<Output = T>, pid: u32) -> Result<T, ApiError> {
    let mut asked = std::pin::pin!(asked);
    let deadline = Instant::now() + ANSWER_LIMIT;
    loop {
        if let Ok(answer) = tokio::time::timeout(DOUBT, &mut asked).await {
            return Ok(answer);
        }
        let silent = |why: &str| {
            ApiError::new(
                Code::Unreachable,
                format!("the daemon (process {pid}) does not answer{why}"),
            )
        };
        if is_stopped(pid) {
            return Err(silent(": it is stopped")
                .help(format!("`kill -CONT {pid}` lets it go on; tasks go on meanwhile")));
        }
        if Instant::now() > deadline {
            return Err(silent("")
                .help(format!("`kill -9 {pid}` ends it, and the next command starts another one; tasks go on meanwhile")));
        }
    }
}

/// Whether somebody stopped the process (SIGSTOP), as far as the system tells.
fn is_stopped(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
}

fn check_version(card: &DaemonCard) -> Result<(), ApiError> {
    if card.api_version == API_VERSION {
        return Ok(());
    }
    let message = format!(
        "the daemon (version {}, process {}) speaks version {} of the interface, this program {API_VERSION}",
        card.version, card.pid, card.api_version
    );
    Err(ApiError::new(Code::Version, message)
        .help("stop it with its own `millrace daemon stop`, then try again; runs go on meanwhile"))
}

/// Starts the daemon in a session of its own and waits until it says `ready`, or as JSON why it gives up.
fn start(home: &Home, launch: &Launch) -> Result<(), ApiError> {
    let cannot = |error: &dyn std::fmt::Display| {
        let program = launch.program.display();
        ApiError::new(Code::Unreachable, format!("cannot start {program}: {error}"))
            .help("is Millrace installed completely? its programs must lie side by side")
    };
    let arguments: [OsString; 2] = ["daemon".into(), "--started-by-client".into()];
    let mut child = Command::new(&launch.program)
        .args(arguments)
        .env(Home::VARIABLE, home.root())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| cannot(&error))?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).map_err(|error| cannot(&error))?;
    }
    if line.trim_end() == "ready" {
        // It is in a session of its own by now and outlives us; should it end first, somebody must reap it.
        std::thread::spawn(move || child.wait());
        return Ok(());
    }
    let mut complaint = String::new();
    if let Some(stderr) = child.stderr.take() {
        let _cut = stderr.take(4096).read_to_string(&mut complaint);
    }
    // It has closed its end and is about to go.
    let _status = child.wait();
    // A daemon that knows why it cannot start says so in our own terms; anything else never came so far.
    Err(serde_json::from_str(&line).unwrap_or_else(|_| match complaint.trim() {
        "" => cannot(&"it ended at once"),
        complaint => cannot(&complaint),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_daemon_that_says_nothing_is_not_waited_for_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(&dir.path().join("home")).unwrap();
        let socket = dir.path().join("socket");
        // The system takes connections for it, as it does for a process that is stopped.
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let (version, api_version) = ("0.0.0".to_owned(), API_VERSION);
        home.write_card(&DaemonCard { pid: 77, socket, version, api_version }).unwrap();
        let error = connect_running(&home).await.err().unwrap();
        assert_eq!(error.code, Code::Unreachable);
        assert!(error.message.contains("process 77"), "{error}");
    }
}
