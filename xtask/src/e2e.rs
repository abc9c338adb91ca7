//! `cargo xtask e2e`: the real window, driven by mouse and keyboard, and the same page in a browser.
//!
//! Everything is real: the window, the daemon that it starts, keepers, processes, and a notification service on a bus of
//! the test's own. Only the display is virtual.

mod browser;
mod bug;
mod failure;
mod handover;
mod hello;
mod history;
mod journey;
mod looking;
mod nightly;
mod schedule;
mod scripts;
mod stage;
mod values;
mod watching;

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use crate::app;
use crate::process::announce;
use crate::setup::{self, Group};
use crate::workspace::Workspace;
use stage::Stage;

/// Drives the real window: the sample green by one click; then from connecting two tasks to a failure, its log, its
/// notification, its repair and a rerun from there; then a schedule made by its form, which fires, and a backfill; then a list
/// whose items are worked on, a question that is answered, and a branch for a failure; then a run that is watched while the daemon dies; then what later starts and links ask for, other scripts and an input method, and a bug of the page; then all of the main job
/// from an empty canvas in 25 clicks and drags, and a kill; and that once more in a browser, with the daemon killed as well; then two runs, a workflow's days and a
/// library that are looked at; and a hundred thousand runs that are looked through, backed up, wiped and restored.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
    /// Only this act.
    #[arg(long)]
    act: Option<Act>,
    /// A folder for a picture of the window at the end of each act, and where one failed.
    #[arg(long)]
    pictures: Option<PathBuf>,
}

/// The acts, in the order in which they are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Act {
    Hello,
    Failure,
    Schedule,
    Values,
    Nightly,
    Watching,
    Handover,
    Scripts,
    Bug,
    Journey,
    Browser,
    Looking,
    History,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    setup::ensure(Group::ALL)?;
    if !arguments.no_build {
        app::build(workspace)?;
    }
    let pictures = arguments.pictures.as_deref();
    match arguments.act {
        Some(act) => play_act(&Stage::set(workspace, pictures)?, workspace, act),
        None => play(workspace, pictures),
    }
}

/// Plays all acts with programs that are built already.
///
/// # Errors
/// What did not happen in the window, and what it showed instead.
pub(crate) fn play(workspace: &Workspace, pictures: Option<&Path>) -> anyhow::Result<()> {
    let mut stage = Stage::set(workspace, pictures)?;
    for act in Act::value_variants() {
        if matches!(act, Act::Browser | Act::Looking | Act::History) {
            drop(stage);
            stage = Stage::set(workspace, pictures)?;
        }
        play_act(&stage, workspace, *act)?;
    }
    announce(
        "the window was driven through all acts, and the page in a browser through the journey",
    );
    Ok(())
}

fn play_act(stage: &Stage, workspace: &Workspace, act: Act) -> anyhow::Result<()> {
    match act {
        Act::Hello => stage.act("hello", &hello::document(stage, workspace)?, hello::play),
        Act::Failure => stage.act("failure", &failure::document(stage)?, failure::play),
        Act::Schedule => stage.act("schedule", &schedule::document(stage)?, schedule::play),
        Act::Values => stage.act("values", &values::document(stage)?, values::play),
        Act::Nightly => stage.act("nightly", &nightly::document(stage)?, nightly::play),
        Act::Watching => stage.act("watching", &watching::document(stage)?, watching::play),
        Act::Handover => stage.act("handover", &handover::document(stage)?, handover::play),
        Act::Scripts => {
            let (name, value) = scripts::environment(stage, workspace)?;
            let document = scripts::document(stage)?;
            stage.act_with("scripts", &document, &[(name, &value)], scripts::play)
        }
        Act::Bug => stage.act("bug", &scripts::document(stage)?, bug::play),
        // What it leaves unsaved is there in every later window of this home.
        Act::Journey => journey::act(stage),
        Act::Browser => browser::act(stage),
        Act::Looking => stage.act("looking", &looking::document(stage)?, looking::play),
        Act::History => history::act(stage, workspace),
    }
}
