//! Where things are: the checkout and the folders everything is built into.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The checkout this command works on.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    wasm_target: PathBuf,
}

impl Workspace {
    /// Finds the checkout that `cargo xtask` was called in.
    pub(crate) fn find() -> anyhow::Result<Self> {
        // Set by `cargo run`; the one compiled in may be of another checkout that shares the target folder.
        let package = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package.parent().context("the xtask folder has no parent")?.to_path_buf();
        let target = folder_from("CARGO_TARGET_DIR").unwrap_or_else(|| root.join("target"));
        let wasm_target =
            folder_from("MILLRACE_WASM_TARGET_DIR").unwrap_or_else(|| target.join("wasm"));
        Ok(Self { root, target, wasm_target })
    }

    /// The checkout's top folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where native code is built.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Where the ui's wasm is built: apart, because it may be another compiler's work.
    pub(crate) fn wasm_target(&self) -> &Path {
        &self.wasm_target
    }

    /// The folder of finished programs of the development profile.
    pub(crate) fn programs(&self) -> PathBuf {
        self.target.join("debug")
    }

    /// The ui's page as the window embeds it.
    pub(crate) fn ui_dist(&self) -> PathBuf {
        self.root.join("ui/dist")
    }
}

fn folder_from(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty())?;
    std::path::absolute(value).ok()
}
