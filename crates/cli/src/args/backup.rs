//! Backups, and the way back.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace backup /media/usb/millrace.tar.gz
  millrace backup millrace.tar.gz --without-logs --without-artifacts

The file has the history, the settings, the library's own folder, drafts, deleted documents,
and the logs and artifacts of runs. It is written while runs go on. Python environments are not
in it, nor documents of other folders, and never the value of a secret: those in the keyring are
named, so that they can be stored anew.")]
pub(crate) struct Backup {
    /// The file to write.
    pub(crate) file: PathBuf,
    /// Leave out logs and scratch space of runs.
    #[arg(long)]
    pub(crate) without_logs: bool,
    /// Leave out what tasks left on purpose.
    #[arg(long)]
    pub(crate) without_artifacts: bool,
    /// Replace the file if it is there.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace restore millrace.tar.gz             into an empty home
  millrace restore millrace.tar.gz --replace   the home that is there is moved aside
  MILLRACE_HOME=/tmp/look millrace restore millrace.tar.gz

The whole file is checked before anything changes. A daemon that has nothing to do is ended; while
runs are under way nothing is restored. Runs that were under way in the backup end as lost.")]
pub(crate) struct Restore {
    /// The backup.
    pub(crate) file: PathBuf,
    /// Move what is in the home aside.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
