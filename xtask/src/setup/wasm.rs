//! A compiler for the ui's wasm.
//!
//! Rustup's own target is what nearly everyone has. Where it cannot be had (no rustup, or its server is out of
//! reach) Debian's compiler builds the standard library from source; that takes a few minutes once.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::bail;

use super::host::{self, Host};
use crate::process::{announce, find_program, output};
use crate::workspace::Workspace;

/// The wasm target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Which compiler builds the ui.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one that builds everything else.
    Usual,
    /// Debian's, with the standard library from source and this linker.
    Debian {
        /// A `wasm-ld` by full path.
        linker: PathBuf,
    },
}

/// Finds a compiler, or installs one.
pub(super) fn toolchain(workspace: &Workspace, yes: bool) -> anyhow::Result<Toolchain> {
    if usual_has_target(workspace) {
        return Ok(Toolchain::Usual);
    }
    if let Some(debian) = debian() {
        return Ok(debian);
    }
    if find_program("rustup").is_some() {
        announce(&format!("rustup target add {TARGET}"));
        let added = Command::new("rustup")
            .args(["target", "add", TARGET])
            .current_dir(workspace.root())
            .stdin(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if added && usual_has_target(workspace) {
            return Ok(Toolchain::Usual);
        }
    }
    if Host::detect() == Host::Apt {
        install_debian(yes)?;
        if let Some(debian) = debian() {
            return Ok(debian);
        }
    }
    bail!("there is no compiler for the ui's wasm; install one with: rustup target add {TARGET}")
}

fn usual_has_target(workspace: &Workspace) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(workspace.root());
    output(&mut rustc).is_ok_and(|folder| PathBuf::from(folder.trim()).is_dir())
}

/// Debian's compiler, when all parts of it are there.
fn debian() -> Option<Toolchain> {
    let complete = ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/lib/rustlib/src/rust/library"]
        .iter()
        .all(|path| std::path::Path::new(path).exists());
    let linker = wasm_linker()?;
    complete.then_some(Toolchain::Debian { linker })
}

/// Debian names the linker by release; the newest there is will do.
fn wasm_linker() -> Option<PathBuf> {
    let newest = (14..=40).rev().map(|release| format!("wasm-ld-{release}"));
    std::iter::once("wasm-ld".to_owned()).chain(newest).find_map(|name| find_program(&name))
}

fn install_debian(yes: bool) -> anyhow::Result<()> {
    host::apt_update()?;
    let linker = (14..=40)
        .rev()
        .map(|release| format!("lld-{release}"))
        .find(|package| host::apt_knows(package));
    let mut packages: Vec<String> =
        ["rustc-web", "cargo-web", "rust-web-src"].map(str::to_owned).to_vec();
    packages.extend(linker);
    super::apt_install(&packages, yes)
}
