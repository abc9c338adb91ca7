//! `cargo xtask test`: every check that CI runs, in the order in which they are cheap.

use std::time::Instant;

use crate::cargo::{cargo, ensure_ui_folder};
use crate::process::{announce, find_program, print, run as run_command};
use crate::setup::{self, Group};
use crate::workspace::Workspace;
use crate::{deny, e2e, faults, soak, tidy, ui};

mod summary;

/// Runs every check: set-up, tidy, format, lints, the ui's wasm, all tests, a few faults, a short soak, the real window.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only tests whose name contains this, and nothing else.
    filter: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    let start = Instant::now();
    setup::ensure(Group::ALL)?;
    ensure_ui_folder(workspace)?;
    if arguments.filter.is_none() {
        announce("tidy");
        tidy::check(workspace)?;
        if deny::is_installed() {
            announce("licences, bans, sources of the crates");
            deny::check_offline(workspace)?;
        }
        announce("format");
        run_command(cargo(workspace).args(["fmt", "--all", "--check"]))?;
        // Before the lints: the window embeds the page, and would be compiled again if it came later.
        ui::build(workspace, false)?;
        announce("lints");
        run_command(cargo(workspace).args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "--deny",
            "warnings",
        ]))?;
    }
    tests(workspace, arguments.filter.as_deref())?;
    if arguments.filter.is_none() {
        // The programs are built by now. `cargo xtask faults` and `cargo xtask soak` play for hours.
        faults::short(workspace)?;
        soak::short(workspace)?;
        announce("the real window");
        e2e::play(workspace, None)?;
    }
    announce(&format!("all of it took {} s", start.elapsed().as_secs()));
    Ok(())
}

/// All tests, by nextest where it is installed; it knows no documentation tests, so cargo runs those.
fn tests(workspace: &Workspace, filter: Option<&str>) -> anyhow::Result<()> {
    announce("building programs and tests");
    // One build of everything: tests start the programs, and both then share every dependency.
    run_command(cargo(workspace).args(["build", "--workspace", "--all-targets", "--quiet"]))?;
    announce("tests");
    if find_program("cargo-nextest").is_some() {
        let mut nextest = cargo(workspace);
        nextest.args(["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests", "pass"]);
        run_command(nextest.args(filter))?;
        return run_command(
            cargo(workspace).args(["test", "--workspace", "--doc", "--quiet"]).args(filter),
        );
    }
    let mut test = cargo(workspace);
    test.args(["test", "--workspace", "--no-fail-fast"]).args(filter);
    let (result, summary) = summary::run_and_count(&mut test)?;
    print(&summary.to_string());
    result
}
