//! What takes space, and what is given up.

use clap::Args;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace delete 8f2c 91aa         two runs
  millrace delete --restore 8f2c    … and one of them back
  millrace delete --list            what can be put back

A deleted run is in no list and gives no results to later runs. For an hour it can be put back;
then its record, its logs, and the artifacts that no other run has are removed. A run that is
under way cannot be deleted. Runs that its tasks started stay: they are runs of their own.")]
pub(crate) struct Delete {
    /// The runs: each the start of an id, `last` or `last-failed`; with --restore, the start of an id.
    #[arg(value_name = "RUN", required_unless_present = "list")]
    pub(crate) runs: Vec<String>,
    /// Put deleted runs back.
    #[arg(long)]
    pub(crate) restore: bool,
    /// List deleted runs that can be put back.
    #[arg(long, conflicts_with_all = ["runs", "restore"])]
    pub(crate) list: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace clean --dry-run   what would go, and its bytes
  millrace clean             deleted runs, and what is beyond `retention` in the settings

Without limits in the settings only deleted runs go. The newest run of each workflow stays, its
newest that succeeded, and what is under way.")]
pub(crate) struct Clean {
    /// Say what would go; remove nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace storage          what takes space in the home, and which workflows most
  millrace storage --json   the same in bytes")]
pub(crate) struct Storage {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
