//! Calls of cargo, all with the same target folder, so that nothing is built twice.

use std::process::Command;

use crate::process::{announce, run as run_command};
use crate::workspace::Workspace;

/// The programs that make up the product, as their packages are named.
pub(crate) const PRODUCT: &[&str] =
    &["millrace", "millrace-keeper", "millrace-task", "millrace-desktop"];

/// `cargo` in the checkout, building into the common target folder.
pub(crate) fn cargo(workspace: &Workspace) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(workspace.root()).env("CARGO_TARGET_DIR", workspace.target());
    // Set for this process by `cargo run`; a nested cargo must not take them for its own.
    for variable in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME"] {
        command.env_remove(variable);
    }
    command
}

/// Builds the programs of the product, which end up next to each other. The window's has the page in it that is there.
///
/// # Errors
/// When something does not compile.
pub(crate) fn build_product(workspace: &Workspace, release: bool) -> anyhow::Result<()> {
    announce("building the programs");
    let mut command = cargo(workspace);
    command.arg("build");
    if release {
        command.arg("--release");
    }
    for package in PRODUCT {
        command.args(["--package", package]);
    }
    run_command(&mut command)
}

/// The window's crate embeds the ui's page and does not compile without the folder.
///
/// # Errors
/// When the folder cannot be made.
pub(crate) fn ensure_ui_folder(workspace: &Workspace) -> std::io::Result<()> {
    std::fs::create_dir_all(workspace.ui_dist())
}
