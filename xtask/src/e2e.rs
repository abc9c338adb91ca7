//! `cargo xtask e2e`: the real window, driven by mouse and keyboard, and the same page in a browser.
//!
//! Everything is real: the window, the daemon that it starts, keepers, processes, and a notification service on a bus of
//! the test's own. Only the display is virtual.

mod browser;
mod bug;
mod failure;
mod handover;
mod hello;
mod journey;
mod schedule;
mod scripts;
mod stage;

use std::path::{Path, PathBuf};

use crate::app;
use crate::process::announce;
use crate::setup::{self, Group};
use crate::workspace::Workspace;
use stage::Stage;

/// Drives the real window: the sample green by one click; then from connecting two tasks to a failure, its log, its
/// notification, its repair and a rerun from there; then a schedule made by its form, which fires, and a backfill; then
/// what later starts and links ask for, other scripts and an input method, and a bug of the page; then all of the main job
/// from an empty canvas in 25 clicks and drags, and a kill; and that once more in a browser, with the daemon killed as well.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
    /// Only the journey in a browser, by `millrace serve`.
    #[arg(long)]
    browser: bool,
    /// A folder for a picture of the window at the end of each act, and where one failed.
    #[arg(long)]
    pictures: Option<PathBuf>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    setup::ensure(Group::ALL)?;
    if !arguments.no_build {
        app::build(workspace)?;
    }
    if arguments.browser {
        return browser::act(&Stage::set(workspace, arguments.pictures.as_deref())?);
    }
    play(workspace, arguments.pictures.as_deref())
}

/// Plays all acts with programs that are built already.
///
/// # Errors
/// What did not happen in the window, and what it showed instead.
pub(crate) fn play(workspace: &Workspace, pictures: Option<&Path>) -> anyhow::Result<()> {
    let stage = Stage::set(workspace, pictures)?;
    stage.act("hello", &hello::document(&stage, workspace)?, hello::play)?;
    stage.act("failure", &failure::document(&stage)?, failure::play)?;
    stage.act("schedule", &schedule::document(&stage)?, schedule::play)?;
    stage.act("handover", &handover::document(&stage)?, handover::play)?;
    let (name, value) = scripts::environment(&stage, workspace)?;
    stage.act_with("scripts", &scripts::document(&stage)?, &[(name, &value)], scripts::play)?;
    stage.act("bug", &scripts::document(&stage)?, bug::play)?;
    // The last: what it leaves unsaved is there in every later window of this home.
    journey::act(&stage)?;
    drop(stage);
    browser::act(&Stage::set(workspace, pictures)?)?;
    announce(
        "the window was driven through all acts, and the page in a browser through the journey",
    );
    Ok(())
}
