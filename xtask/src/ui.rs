//! `cargo xtask ui`: builds the ui's wasm into `ui/dist`, which the window embeds.
//!
//! Files whose content is the same are left alone, so that the window is not compiled again for nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::cargo::cargo;
use crate::process::{announce, print, run as run_command};
use crate::setup::{self, Toolchain, WASM_TARGET};
use crate::workspace::Workspace;

/// The page's files that are not built.
const PAGE: &[&str] =
    &["ui/index.html", "ui/main.css", "ui/main.js", "ui/pace.js", "assets/icon.svg"];

/// Builds the ui's wasm alone, into ui/dist.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Smaller and slower to build: link-time optimisation.
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    let module = build(workspace, arguments.release)?;
    let size = std::fs::metadata(&module)?.len();
    let mib = size as f64 / (1024.0 * 1024.0);
    print(&format!("{} ({mib:.1} MiB)", module.display()));
    Ok(())
}

/// Builds the page and answers the path of its wasm module.
///
/// # Errors
/// When a compiler is missing and cannot be installed, or the ui does not compile.
pub(crate) fn build(workspace: &Workspace, release: bool) -> anyhow::Result<PathBuf> {
    let toolchain = setup::wasm_toolchain(workspace)?;
    let profile = if release { "wasm-release" } else { "wasm" };
    announce(&format!("building the ui's wasm (profile {profile})"));
    run_command(&mut compile(workspace, &toolchain, profile))?;

    let input = workspace.wasm_target().join(WASM_TARGET).join(profile).join("millrace_ui.wasm");
    let bound = workspace.wasm_target().join("bound").join(profile);
    let module = bound.join("millrace_ui_bg.wasm");
    if is_newer(&input, &module) {
        bind(workspace, &input, &bound)?;
    }

    let dist = workspace.ui_dist();
    std::fs::create_dir_all(&dist)?;
    for file in PAGE {
        let name = file.rsplit('/').next().unwrap_or(file);
        copy_when_different(&workspace.root().join(file), &dist.join(name))?;
    }
    for name in ["millrace_ui.js", "millrace_ui_bg.wasm"] {
        copy_when_different(&bound.join(name), &dist.join(name))?;
    }
    Ok(dist.join("millrace_ui_bg.wasm"))
}

fn compile(workspace: &Workspace, toolchain: &Toolchain, profile: &str) -> Command {
    let mut command = match toolchain {
        Toolchain::Usual => cargo(workspace),
        Toolchain::Debian { linker } => debian_cargo(workspace, linker),
    };
    command
        .env("CARGO_TARGET_DIR", workspace.wasm_target())
        .args(["build", "--package", "millrace-ui", "--lib", "--target", WASM_TARGET])
        .args(["--profile", profile]);
    if *toolchain != Toolchain::Usual {
        command.arg("-Zbuild-std=std,panic_abort");
    }
    command
}

/// Debian's compiler has no finished standard library for wasm, so it builds one; only then is the bootstrap switch
/// needed. Rustup's wrappers must be kept out of its way.
fn debian_cargo(workspace: &Workspace, linker: &Path) -> Command {
    let mut command = Command::new("/usr/bin/cargo");
    command
        .current_dir(workspace.root())
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO");
    command
}

/// Turns the compiler's wasm into a module and the script that loads it.
fn bind(workspace: &Workspace, input: &Path, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    run_command(
        cargo(workspace)
            .args(["run", "--quiet", "--package", "xtask-bindgen", "--"])
            .arg(input)
            .arg(folder),
    )
}

/// Whether `output` has to be made again from `input`.
fn is_newer(input: &Path, output: &Path) -> bool {
    let time = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    match (time(input), time(output)) {
        (Some(input), Some(output)) => input > output,
        _ => true,
    }
}

fn copy_when_different(from: &Path, to: &Path) -> anyhow::Result<()> {
    let new = std::fs::read(from).with_context(|| format!("could not read {}", from.display()))?;
    if std::fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    std::fs::write(to, new).with_context(|| format!("could not write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equal_file_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::write(&from, "page").unwrap();
        copy_when_different(&from, &to).unwrap();
        let before = std::fs::metadata(&to).unwrap().modified().unwrap();
        copy_when_different(&from, &to).unwrap();
        assert_eq!(std::fs::metadata(&to).unwrap().modified().unwrap(), before);
        std::fs::write(&from, "other").unwrap();
        copy_when_different(&from, &to).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"other");
    }

    #[test]
    fn a_missing_output_has_to_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input");
        std::fs::write(&input, "").unwrap();
        assert!(is_newer(&input, &folder.path().join("output")));
    }
}
