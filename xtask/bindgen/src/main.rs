//! Turns the ui's wasm into a module and a script that a page can load.
//!
//! A program of its own, called by `cargo xtask ui`, because wasm-bindgen's library takes a minute to compile and
//! most of xtask's commands have no use for it. It is the same release as the `wasm-bindgen` crate the ui is built
//! with, so no tool has to be installed and no two versions can disagree.

use std::path::PathBuf;

use anyhow::Context as _;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(folder), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        anyhow::bail!("usage: xtask-bindgen INPUT.wasm OUTPUT_FOLDER");
    };
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(&input)
        .web(true)?
        .typescript(false)
        // A twelfth of the module; what panicked and where is in the panic's own words.
        .remove_name_section(true)
        .generate(&folder)
        .with_context(|| format!("could not bind {}", input.display()))
}
