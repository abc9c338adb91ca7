//! The guard: a process beside the keeper that waits for its death and does nothing else.
//!
//! The kernel kills a killed keeper's tasks, not what those had started. The daemon clears that away, unless it died with
//! the keeper; then the guard is all there is. It kills only what belongs to attempts that the journal says were running
//! under this very keeper: by then a daemon may have started the next one. See docs/adr/0019.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use millrace_keeper::journal::{journal_path, unfinished};
use millrace_keeper::orphans::kill_attempts;
use rustix::pipe::{PipeFlags, pipe_with};

use super::{KeeperError, sys};
use crate::args::{Args, Guard};

/// What shows in lists of processes.
const NAME: &str = "millrace-keeper-guard";

/// The keeper's end of the pipe: closed by its death, whatever kills it.
#[derive(Debug)]
pub(crate) struct Life(OwnedFd);

/// The guard's end.
#[derive(Debug)]
pub(crate) struct Watch(OwnedFd);

pub(crate) fn pipe() -> io::Result<(Watch, Life)> {
    let (watch, life) = pipe_with(PipeFlags::CLOEXEC)?;
    Ok((Watch(watch), Life(life)))
}

impl Life {
    /// The keeper leaves in good order: nothing of it is left.
    pub(crate) fn leave(self) {
        // Without a guard there is nobody to tell.
        let _told = File::from(self.0).write_all(b".");
    }
}

impl Watch {
    /// Starts the guard of the keeper with this pid and start time. It is none of the keeper's children: those are tasks.
    pub(crate) fn start(self, args: &Args, pid: u32, start_ticks: u64) -> io::Result<()> {
        // Whoever started this process waits for its end and that of its output, and not for the guard.
        let null = File::options().read(true).write(true).open("/dev/null")?;
        rustix::stdio::dup2_stdout(&null)?;
        rustix::stdio::dup2_stderr(&null)?;
        if !sys::fork()? {
            return Ok(());
        }
        // Out of the reach of the terminal and of who ends its starter's group.
        let _own_session = rustix::process::setsid();
        let mut command = Command::new("/proc/self/exe");
        command.arg0(NAME).arg("--run").arg(&args.run_id).arg("--dir").arg(&args.dir);
        command.arg("--guard").arg(format!("{pid}:{start_ticks}"));
        Err(command.stdin(Stdio::from(self.0)).env_clear().current_dir("/").exec())
    }
}

/// Waits for the keeper's end, and clears away what it left if it was killed.
pub(crate) fn watch(guard: &Guard) -> Result<(), KeeperError> {
    // It ends with the keeper, not with a terminal or a session.
    let _ignored = sys::signal_fd().map_err(|e| KeeperError::new("signals", e))?;
    let mut said = [0];
    match io::stdin().read_exact(&mut said) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
        Err(error) => return Err(KeeperError::new("the keeper's pipe", error)),
    }
    let journal = journal_path(&guard.dir);
    let fail = |e| KeeperError::new(format!("journal {}", journal.display()), e);
    let left = unfinished(&journal).map_err(fail)?;
    let is_mine = |pid, start_ticks| (pid, start_ticks) == (guard.pid, guard.start_ticks);
    // Else a daemon lives, has cleared away already and started the next keeper.
    if left.keeper.as_ref().is_some_and(|keeper| is_mine(keeper.pid, keeper.start_ticks)) {
        kill_attempts(&guard.run_id, &left).map_err(|e| KeeperError::new("/proc", e))?;
    }
    Ok(())
}
