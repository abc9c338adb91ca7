//! `cargo xtask deny`: whether the crates that we use may be used, and have no known holes. By cargo-deny and `deny.toml`.

use anyhow::{Context as _, bail};
use clap::Parser;

use crate::cargo::cargo;
use crate::process::{announce, find_program, run as run_command};
use crate::workspace::Workspace;

/// Looks at the licences, versions and sources of all crates that we use, and at their known holes.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// Without the known holes, whose list is fetched from the network.
    #[arg(long)]
    offline: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    if !is_installed() {
        bail!("cargo-deny is not installed: `cargo install cargo-deny --locked`");
    }
    announce("licences, bans, sources of the crates");
    check_offline(workspace)?;
    if arguments.offline {
        return Ok(());
    }
    announce("known holes");
    run_command(cargo(workspace).args(["deny", "--log-level", "error", "fetch", "db"])).context(
        "the list of known holes cannot be had: look whether this machine is online, or leave it out with --offline",
    )?;
    run_command(cargo(workspace).args(["deny", "check", "--disable-fetch", "advisories"]))
}

/// Whether cargo has it.
pub(crate) fn is_installed() -> bool {
    find_program("cargo-deny").is_some()
}

/// Licences, bans and sources: what the lock file and the crates on this machine say.
///
/// # Errors
/// When something is not allowed; it was said what.
pub(crate) fn check_offline(workspace: &Workspace) -> anyhow::Result<()> {
    // Errors alone: two versions of one crate are no error, and there are many.
    let check =
        ["deny", "--offline", "--log-level", "error", "check", "licenses", "bans", "sources"];
    run_command(cargo(workspace).args(check))
}
