//! Leaving into the background, so that neither the daemon's death nor Ctrl-C in its terminal reaches the keeper, and
//! telling the one who started it when it listens.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

use millrace_keeper::identity::ProcStat;
use millrace_keeper::launch::Launched;
use rustix::pipe::{PipeFlags, pipe_with};

use super::guard::{self, Life};
use super::{KeeperError, sys};
use crate::args::Args;

/// Makes the run's folder, or checks that nobody else can get into it.
pub(crate) fn prepare_dir(dir: &Path) -> Result<(), KeeperError> {
    let fail = |e: io::Error| KeeperError::new(format!("run folder {}", dir.display()), e);
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(fail)?;
    let meta = fs::metadata(dir).map_err(fail)?;
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(fail(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "belongs to another user; give a folder of your own",
        )));
    }
    if meta.mode() & 0o077 != 0 {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(fail)?;
    }
    Ok(())
}

/// Which half of the split process this is.
pub(crate) enum Background {
    /// The one that was started: the other one listens, and the line is printed.
    Parent,
    /// The one that stays.
    Child(Ready),
}

/// How to tell that the keeper listens.
pub(crate) enum Ready {
    /// Print the line and stay.
    Stdout,
    /// Tell the waiting parent, who prints it, and let go of the terminal. The parent starts the guard of this life.
    Parent(OwnedFd, Life),
}

/// Splits the process. The parent returns when the child listens; if the child ends first, its error is already on
/// standard error, which it shares until then.
pub(crate) fn into_background(args: &Args) -> Result<Background, KeeperError> {
    let fail = |e: io::Error| KeeperError::new("can't go into the background", e);
    let (from_child, to_parent) = pipe_with(PipeFlags::CLOEXEC).map_err(|e| fail(e.into()))?;
    let (watch, life) = guard::pipe().map_err(fail)?;
    if sys::fork().map_err(fail)? {
        drop((from_child, watch));
        rustix::process::setsid().map_err(|e| fail(e.into()))?;
        return Ok(Background::Child(Ready::Parent(to_parent, life)));
    }
    drop((to_parent, life));
    let mut line = String::new();
    fs::File::from(from_child).read_to_string(&mut line).map_err(fail)?;
    if line.is_empty() {
        std::process::exit(4);
    }
    io::stdout().write_all(line.as_bytes()).map_err(fail)?;
    if let Some((pid, start_ticks)) = Launched::parse(&line) {
        // Without a guard, what a killed keeper leaves waits for a daemon.
        let _guarded = watch.start(args, pid, start_ticks);
    }
    Ok(Background::Parent)
}

impl Ready {
    /// Says that the keeper listens. Gives what its guard watches, if it has one.
    pub(crate) fn tell(self) -> Result<Option<Life>, KeeperError> {
        let fail = |e: io::Error| KeeperError::new("can't tell that the keeper listens", e);
        let pid = std::process::id();
        let stat = ProcStat::read(pid).map_err(fail)?;
        let line = format!("ready {pid} {}\n", stat.start_ticks);
        match self {
            Self::Stdout => io::stdout().write_all(line.as_bytes()).map(|()| None).map_err(fail),
            Self::Parent(fd, life) => {
                let null =
                    OpenOptions::new().read(true).write(true).open("/dev/null").map_err(fail)?;
                rustix::stdio::dup2_stdin(null.as_fd()).map_err(|e| fail(e.into()))?;
                rustix::stdio::dup2_stdout(null.as_fd()).map_err(|e| fail(e.into()))?;
                rustix::stdio::dup2_stderr(null.as_fd()).map_err(|e| fail(e.into()))?;
                fs::File::from(fd).write_all(line.as_bytes()).map_err(fail)?;
                Ok(Some(life))
            }
        }
    }
}
