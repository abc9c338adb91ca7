//! `cargo xtask screenshots`: pictures of every place, dialog and menu, and the film of the tour.
//!
//! The tests of the window draw them, so no picture shows what the window does not do.

mod film;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};

use crate::cargo::{cargo, ensure_ui_folder};
use crate::process::{announce, run as run_command};
use crate::setup::{self, Group};
use crate::workspace::Workspace;

/// Draws every place, dialog and menu, light and dark, at scale 1 and 2, and the film of the tour.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder for the pictures (default: docs/images). Of those there, git keeps what the docs show.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Only tests whose name contains this.
    filter: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    setup::ensure(Group::ALL)?;
    ensure_ui_folder(workspace)?;
    let out = match &arguments.out {
        Some(out) => std::path::absolute(out)?,
        None => workspace.root().join("docs/images"),
    };
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    let mut tests = cargo(workspace);
    tests.args(["test", "--workspace", "--test", "window", "--"]).args(&arguments.filter);
    run_command(tests.env("MILLRACE_SCREENSHOTS", &out))?;
    let mut films = 0;
    for entry in fs::read_dir(&out)? {
        let folder = entry?.path();
        if folder.is_dir() {
            film::join(&folder, &folder.with_extension("png"))?;
            fs::remove_dir_all(&folder)?;
            films += 1;
        }
    }
    let pictures = fs::read_dir(&out)?.count();
    ensure!(pictures > 0, "no test drew a picture");
    announce(&format!("{pictures} pictures, {films} of them films, in {}", out.display()));
    Ok(())
}
