//! A tracer of the product's own processes: it sees every system call of daemon, keeper and guard at its entry and at its
//! exit, and can kill there, or let the call fail. Nothing in the product knows of it.
//!
//! # How it works
//!
//! [`start`] runs a program under `ptrace(2)`: a shell that waits for a line is seized (`PTRACE_SEIZE`), is given the line, and
//! becomes the program. Threads and processes that a tracee makes are seized by the kernel at their birth; what becomes of
//! each program that a process executes ([`Observer::follows`]) decides the observer: tasks are let go, so that they run at
//! their own speed. Should the tracer die, all its tracees die (`PTRACE_O_EXITKILL`).
//!
//! Each call stops its thread twice. At the entry an [`Observer`] may have the process killed: then the call is never
//! made (*crash before*), since the kernel skips the call of a thread with a fatal signal. It may also have the call fail:
//! its number is replaced by one that no call has, and its result by the error (*error instead*). At the exit the
//! process may be killed (*crash after*), or the result replaced, although the call was made (*error after success*).
//!
//! Calls that are nobody's concern pass with the cost of their two stops; which calls are of concern is the table in
//! [`calls`]. strace can do the first three of these and not the last, and `LD_PRELOAD` none, as much of the product makes
//! its system calls without the C library.
//!
//! All requests of ptrace have to come from one thread, which also is the only one that may wait for the tracees. So
//! each trace has a thread of its own, and waits only for that thread's children (`__WNOTHREAD`): other children of this process,
//! such as the clients of a round, are left to whoever started them.
//!
//! What it cannot do: it is written for Linux on x86-64, whose registers and numbers of calls it knows. A step is named by
//! role, call, place and occurrence; as threads race, the n-th occurrence may be another moment in the next run.

mod calls;
mod memory;
mod role;
#[cfg(test)]
mod tests;
mod threads;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, anyhow};
use nix::errno::Errno;
use nix::sys::ptrace;
use nix::unistd::Pid;

pub(super) use calls::{Call, Kind};
pub(super) use memory::{bytes_at, vector_at};
pub(super) use role::Program;
use threads::Threads;

/// Waits for a line, then becomes the program: by then it is seized.
const WAIT_THEN_BECOME: &str = "read -r go && exec \"$@\" </dev/null";

/// What is to become of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes its way.
    Pass,
    /// The calling process is killed here.
    Kill,
    /// The caller gets this error: at the entry instead of the call, at the exit although it was made.
    Fail(Errno),
}

/// Who looks at calls.
pub(super) trait Observer: Send + 'static {
    /// Whether a program that a traced process became stays traced.
    fn follows(&mut self, program: &Program) -> bool;

    /// Whether paths below this one are of concern.
    fn concerns(&self, path: &std::path::Path) -> bool;

    /// A call is about to be made.
    fn enters(&mut self, call: &Call) -> Verdict;

    /// A call was made; a failed one gives its error.
    fn leaves(&mut self, call: &Call, result: Result<u64, Errno>) -> Verdict;
}

/// A program that is traced with all that it starts.
pub(super) struct Traced<O> {
    /// The program's standard output.
    pub(super) stdout: Option<ChildStdout>,
    thread: JoinHandle<anyhow::Result<O>>,
}

/// Starts a program under the eyes of `observer`. Its standard input is empty, its standard output can be read.
///
/// # Errors
/// When it cannot be started or traced.
pub(super) fn start<O: Observer>(command: &Command, observer: O) -> anyhow::Result<Traced<O>> {
    let mut shell = Command::new("sh");
    shell.args(["-c", WAIT_THEN_BECOME, "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let (sender, begun) = sync_channel(1);
    let thread = thread::Builder::new().name("tracer".into()).spawn(move || {
        // The child must be this thread's, or it could not wait for it.
        let mut shell = shell.spawn().context("cannot start a shell to be traced")?;
        let pid = Pid::from_raw(shell.id().cast_signed());
        ptrace::seize(pid, options()).context("ptrace: this user may not trace its processes")?;
        let mut stdin = shell.stdin.take().context("the shell has no standard input")?;
        stdin.write_all(b"\n").context("the shell does not listen")?;
        drop(stdin);
        let _told = sender.send(shell.stdout.take());
        Threads::new(observer, pid).follow()
    })?;
    match begun.recv() {
        Ok(stdout) => Ok(Traced { stdout, thread }),
        Err(_) => Err(match thread.join() {
            Ok(Err(error)) => error,
            _ => anyhow!("the tracer ended before it began"),
        }),
    }
}

impl<O> Traced<O> {
    /// Waits until no traced process is left.
    ///
    /// # Errors
    /// When tracing failed.
    pub(super) fn finish(self) -> anyhow::Result<O> {
        self.thread.join().map_err(|_| anyhow!("the tracer panicked"))?
    }

    /// Whether all traced processes are gone.
    pub(super) fn is_over(&self) -> bool {
        self.thread.is_finished()
    }
}

/// Where a path of a call leads: absolute, links of its folder followed.
fn resolved(path: PathBuf) -> PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => match folder.canonicalize() {
            Ok(folder) => folder.join(name),
            Err(_) => path,
        },
        _ => path,
    }
}

fn options() -> ptrace::Options {
    ptrace::Options::PTRACE_O_TRACESYSGOOD
        | ptrace::Options::PTRACE_O_TRACECLONE
        | ptrace::Options::PTRACE_O_TRACEFORK
        | ptrace::Options::PTRACE_O_TRACEVFORK
        | ptrace::Options::PTRACE_O_TRACEEXEC
        | ptrace::Options::PTRACE_O_EXITKILL
}
