//! `cargo xtask dist`: the package for Debian and its relatives, and a trial of it on a bare system.
//!
//! The package is laid out as a folder and closed by `dpkg-deb`; what it depends on is found by `dpkg-shlibdeps`.

mod deb;
mod layout;
mod licences;
mod trial;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::cargo::build_product;
use crate::process::{announce, find_program, print};
use crate::setup::{self, Group};
use crate::ui;
use crate::workspace::Workspace;

/// Builds the package for Debian; with --try, tries it on a bare system.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where the package goes.
    #[arg(long, default_value = "dist")]
    out: PathBuf,
    /// Package the development build instead: quick to make, large, for trying the package itself.
    #[arg(long)]
    dev: bool,
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
    /// Install it on a bare Debian in a folder, use it, upgrade it while a run goes on, and remove it. Needs root,
    /// debootstrap and the network.
    #[arg(long = "try")]
    is_trial: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    for program in ["dpkg-deb", "dpkg-shlibdeps", "gzip", "strip"] {
        if find_program(program).is_none() {
            bail!("{program} is not installed; on Debian: apt-get install dpkg-dev gzip binutils");
        }
    }
    if !arguments.no_build {
        setup::ensure(&[Group::Build, Group::Window])?;
        ui::build(workspace, !arguments.dev)?;
        build_product(workspace, !arguments.dev)?;
    }
    let profile = if arguments.dev { "debug" } else { "release" };
    let programs = workspace.target().join(profile);
    std::fs::create_dir_all(&arguments.out).with_context(|| arguments.out.display().to_string())?;
    let version = version(&programs)?;
    let package = package(workspace, &programs, &version, &arguments.out)?;
    print(&package.display().to_string());
    if arguments.is_trial {
        // The same programs as a later release.
        let folder = tempfile::tempdir()?;
        let next = self::package(workspace, &programs, &format!("{version}+next"), folder.path())?;
        trial::run(workspace, &package, &next, &arguments.out)?;
    }
    Ok(())
}

/// What the program itself says.
fn version(programs: &Path) -> anyhow::Result<String> {
    let said = crate::process::output(Command::new(programs.join("millrace")).arg("--version"))?;
    let version = said.split_whitespace().nth(1).context("millrace --version names no version")?;
    Ok(version.to_owned())
}

fn package(
    workspace: &Workspace,
    programs: &Path,
    version: &str,
    out: &Path,
) -> anyhow::Result<PathBuf> {
    announce(&format!("packaging {version}"));
    let root = tempfile::tempdir()?;
    layout::lay_out(workspace, programs, root.path())?;
    deb::close(root.path(), version, out)
}
