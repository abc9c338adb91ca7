//! The parts of Millrace on this machine: the daemon, the page in a browser, what is well.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "\
Examples:
  millrace daemon                start it in the background, unless it runs
  millrace daemon --foreground   be the daemon, until Ctrl-C: for a service manager
  millrace daemon status --json
  millrace daemon stop           runs go on; the next daemon takes them over
  millrace daemon logs --follow
  millrace daemon install        start it at login

There is one daemon for each home (`$MILLRACE_HOME`). Every command that needs it starts it, and
it leaves by itself after five minutes without work or visitors, unless it is in the foreground."
)]
pub(crate) struct Daemon {
    #[command(subcommand)]
    pub(crate) command: Option<DaemonCommand>,
    /// Be the daemon, in the foreground.
    #[arg(long)]
    pub(crate) foreground: bool,
    /// Be the daemon of a client that waits for the word `ready`.
    #[arg(long, hide = true, conflicts_with = "foreground")]
    pub(crate) started_by_client: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DaemonCommand {
    /// Whether it runs, and how it fares. Exits with 1 where it does not run.
    Status {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Stop it.
    Stop {
        /// Cancel what runs and wait for it; else runs go on without the daemon.
        #[arg(long)]
        cancel_runs: bool,
    },
    /// Start it whenever you log in, so that schedules and triggers need no window.
    Install {
        /// By the desktop's autostart, also where systemd could do it.
        #[arg(long)]
        autostart: bool,
    },
    /// Start it at login no more.
    Uninstall,
    /// Print its log.
    Logs {
        /// Go on as it grows.
        #[arg(long, short)]
        follow: bool,
    },
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace serve --open
  millrace serve workflows/hello.json --port 0

It listens on loopback and nowhere else, for as long as it runs. The address that it prints
holds a code that is good once: the browser gets a cookie for it, and nobody gets in without.
When it was used, the next one is printed, for another browser.

On another machine, let ssh carry the port, and open the address on yours:
  ssh -t -L 8737:127.0.0.1:8737 HOST millrace serve")]
pub(crate) struct Serve {
    /// Documents to open.
    #[arg(value_name = "FILE")]
    pub(crate) documents: Vec<PathBuf>,
    /// The port; 0 takes one that is free. A browser keeps the page's settings by it.
    #[arg(long, value_name = "N", default_value_t = millrace_server::web::DEFAULT_PORT)]
    pub(crate) port: u16,
    /// Open the address in the browser.
    #[arg(long)]
    pub(crate) open: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace doctor                          what is well, what is not, what to do
  millrace doctor --bundle report.tar.gz   one file to send along with a report

The bundle has versions, what this command says, the settings without names, addresses and
paths, the end of the engine's log, what takes space and how the history is laid out. What is
in it is listed before it is written. Of your workflows only the log says something: names and
files. No documents are in it, nothing that runs gave, no secrets.")]
pub(crate) struct Doctor {
    /// Write a file that can be sent along with a report of a problem.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub(crate) bundle: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
