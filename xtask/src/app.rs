//! `cargo xtask app`: sets up, builds everything and opens the window; in a browser where there is no display.

use std::path::PathBuf;
use std::process::Command;

use crate::cargo::build_product;
use crate::process::{announce, run as run_command};
use crate::setup::{self, Group};
use crate::ui;
use crate::workspace::Workspace;

/// Installs what is missing, builds, and opens the window.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Workflow documents to open; without any, the sample that comes with Millrace.
    documents: Vec<PathBuf>,
    /// Build only, and say where the programs are.
    #[arg(long)]
    build_only: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    setup::ensure(&[Group::Build, Group::Window])?;
    build(workspace)?;
    if arguments.build_only {
        announce(&format!("the programs are in {}", workspace.programs().display()));
        return Ok(());
    }
    let sample = [workspace.root().join("workflows/hello.json")];
    // Who builds Millrace from this checkout has its samples from there as well.
    let millrace = workspace.programs().join("millrace");
    run_command(Command::new(&millrace).arg("trust").arg(workspace.root().join("workflows")))?;
    let documents = if arguments.documents.is_empty() { &sample } else { &arguments.documents[..] };
    if !has_display() {
        announce("there is no display, so the window is served to a browser on this machine");
        return run_command(Command::new(millrace).arg("serve").args(documents));
    }
    let window = window_program(workspace);
    announce(&format!("starting {}", window.display()));
    run_command(Command::new(window).args(documents))
}

/// Builds the page and all programs, which end up next to each other.
///
/// # Errors
/// When something does not compile.
pub(crate) fn build(workspace: &Workspace) -> anyhow::Result<()> {
    ui::build(workspace, false)?;
    build_product(workspace, false)
}

/// The window's program, as [`build`] leaves it.
pub(crate) fn window_program(workspace: &Workspace) -> PathBuf {
    workspace.programs().join(format!("millrace-desktop{}", std::env::consts::EXE_SUFFIX))
}

fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
