//! The command line. Hand-rolled: five options don't pay for a parser in a process that must stay small.

use std::ffi::OsString;
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::time::Duration;

use millrace_keeper::connect::socket_path;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) dir: PathBuf,
    pub(crate) run_id: String,
    pub(crate) socket: PathBuf,
    /// An inherited, connected socket: the first connection.
    pub(crate) fd: Option<RawFd>,
    pub(crate) foreground: bool,
    pub(crate) use_cgroup: bool,
    pub(crate) idle_exit: Duration,
}

/// Whose death is waited for, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guard {
    pub(crate) dir: PathBuf,
    pub(crate) run_id: String,
    pub(crate) pid: u32,
    pub(crate) start_ticks: u64,
}

pub(crate) enum Parsed {
    Run(Args),
    Guard(Guard),
    Print(String),
}

const HELP: &str = "\
The parent of one run's task processes. Started by the Millrace daemon; by hand only to look at it.

Usage: millrace-keeper --dir DIR --run ID [OPTIONS]

It makes DIR (mode 0700) if need be, opens DIR/keeper.journal, listens on DIR/keeper.sock, goes into the
background, prints `ready PID START_TICKS` and waits for a daemon to connect and to send tasks. Every start
and exit is written to the journal before it is told. When the daemon goes away the tasks go on; the next
one connects to the same socket and asks for what it missed.

Options:
      --dir DIR              the run's private folder
      --run ID               the run's id; part of the mark in every task's environment
      --socket PATH          listen here instead of DIR/keeper.sock
      --fd N                 inherited, connected Unix socket to use as first connection
      --foreground           stay in the foreground
      --no-cgroup            do not make a control group for the run
      --idle-exit-secs N     leave after N seconds without a daemon, task or queue [default: 5]
      --guard PID:TICKS      be the guard of that keeper: wait for its end on standard input
  -h, --help                 this text
  -V, --version              version of the program and of its protocol

Signals:
  SIGTERM   stop all tasks (their grace, at most 8 s), journal them as lost: shutdown, leave
  SIGKILL   the kernel kills the tasks too; daemon and guard clean up what they had started
  SIGINT, SIGHUP and SIGPIPE are ignored

Exit codes: 0 left in good order, 2 wrong usage, 4 could not start (the reason is on standard error)
";

pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Parsed, String> {
    let (mut dir, mut run_id, mut socket, mut fd) = (None, None, None, None);
    let (mut foreground, mut use_cgroup, mut guarded) = (false, true, None);
    // Whatever it knows is in its journal; only a daemon that comes back at once saves a start by finding it alive.
    let mut idle_exit = Duration::from_secs(5);
    let mut words = words;
    while let Some(word) = words.next() {
        let option = word.to_string_lossy().into_owned();
        let mut value = || words.next().ok_or_else(|| format!("{option} needs a value"));
        match option.as_str() {
            "-h" | "--help" => return Ok(Parsed::Print(HELP.to_owned())),
            "-V" | "--version" => {
                let (version, protocol) =
                    (env!("CARGO_PKG_VERSION"), millrace_keeper::protocol::VERSION);
                return Ok(Parsed::Print(format!(
                    "millrace-keeper {version} (protocol {protocol})\n"
                )));
            }
            "--dir" => dir = Some(PathBuf::from(value()?)),
            "--run" => {
                let id = value()?.into_string().map_err(|_| "--run is not UTF-8".to_owned())?;
                if id.is_empty() || id.contains(['\0', '/', '\n']) {
                    return Err(format!("--run {id:?} is not usable as an id"));
                }
                run_id = Some(id);
            }
            "--socket" => socket = Some(PathBuf::from(value()?)),
            "--fd" => fd = Some(number(&option, &value()?)?),
            "--idle-exit-secs" => idle_exit = Duration::from_secs(number(&option, &value()?)?),
            "--guard" => {
                let text = value()?.into_string().unwrap_or_default();
                let (pid, ticks) = text.split_once(':').ok_or("--guard needs PID:START_TICKS")?;
                guarded = Some((number(&option, &pid.into())?, number(&option, &ticks.into())?));
            }
            "--foreground" => foreground = true,
            "--no-cgroup" => use_cgroup = false,
            _ => return Err(format!("unknown option {option}")),
        }
    }
    let dir = dir.ok_or("--dir is missing")?;
    let dir = std::path::absolute(&dir).map_err(|e| format!("--dir {}: {e}", dir.display()))?;
    let run_id = run_id.ok_or("--run is missing")?;
    if let Some((pid, start_ticks)) = guarded {
        return Ok(Parsed::Guard(Guard { dir, run_id, pid, start_ticks }));
    }
    Ok(Parsed::Run(Args {
        socket: socket.unwrap_or_else(|| socket_path(&dir)),
        run_id,
        dir,
        fd,
        foreground,
        use_cgroup,
        idle_exit,
    }))
}

fn number<T: std::str::FromStr>(option: &str, value: &OsString) -> Result<T, String> {
    let text = value.to_string_lossy();
    text.parse().map_err(|_| format!("{option} {text} is not a number"))
}
