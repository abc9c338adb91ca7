//! `cargo xtask setup`: finds what this machine lacks and installs it.
//!
//! Debian and Ubuntu are set up by apt, after asking. On other systems the exact lines are printed instead. The
//! other commands call [`ensure`] with the groups they need, so nobody has to call this one.

mod groups;
mod host;
mod wasm;

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::bail;

pub(crate) use groups::Group;
pub(crate) use wasm::{TARGET as WASM_TARGET, Toolchain};

use crate::process::{announce, print};
use crate::workspace::Workspace;
use host::Host;

/// Installs what building, starting and testing need, asking first.
///
/// Says nothing and returns at once when all is there.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Install without asking (as with CI=true).
    #[arg(long)]
    yes: bool,
    /// Only what these groups need.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Group::ALL.to_vec())]
    only: Vec<Group>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    install(&arguments.only, arguments.yes)?;
    if arguments.only.contains(&Group::Window) {
        wasm::toolchain(workspace, arguments.yes)?;
    }
    print("all set up");
    Ok(())
}

/// Makes sure that everything of these groups is installed.
///
/// # Errors
/// When something is missing and could not, or must not, be installed: with what to type.
pub(crate) fn ensure(groups: &[Group]) -> anyhow::Result<()> {
    install(groups, false)
}

/// The compiler for the ui's wasm, installed when missing.
///
/// # Errors
/// When there is none and none could be installed.
pub(crate) fn wasm_toolchain(workspace: &Workspace) -> anyhow::Result<Toolchain> {
    wasm::toolchain(workspace, false)
}

fn install(groups: &[Group], yes: bool) -> anyhow::Result<()> {
    match Host::detect() {
        Host::Apt => {
            let missing = host::apt_missing(&groups::apt_packages(groups))?;
            if missing.is_empty() {
                return Ok(());
            }
            apt_install(&missing, yes)
        }
        other => {
            let missing = groups::missing_programs_and_libraries(groups);
            if missing.is_empty() {
                return Ok(());
            }
            bail!("this machine lacks: {}\n{}", missing.join(", "), other.instructions(groups))
        }
    }
}

/// Installs Debian packages, after asking unless told not to.
fn apt_install(packages: &[String], yes: bool) -> anyhow::Result<()> {
    let list = packages.join(" ");
    announce(&format!("these packages are missing: {list}"));
    if !may_install(yes)? {
        bail!("nothing was installed; install them yourself:\n  {}", host::apt_line(packages));
    }
    host::apt_update()?;
    host::apt_install(packages)
}

fn may_install(yes: bool) -> anyhow::Result<bool> {
    if yes || is_ci() {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let mut terminal = std::io::stderr();
    write!(terminal, "install them with apt? [Y/n] ")?;
    terminal.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}

fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}
