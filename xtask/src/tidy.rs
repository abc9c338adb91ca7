//! `cargo xtask tidy`: checks the rules that the compiler does not know.
//!
//! One rule a file in this folder, each a function from what it looks at to a list of complaints, so that its tests
//! can show it a bad example. This file only walks the checkout.

mod dependencies;
mod error_codes;
mod headers;
mod kinds;
mod length;
mod sources;
mod words;

use anyhow::bail;

use crate::process::print;
use crate::workspace::Workspace;
use sources::Sources;

/// Checks imports, file lengths, headers, node kinds, error codes and words.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(workspace: &Workspace, _arguments: &Arguments) -> anyhow::Result<()> {
    check(workspace)?;
    print("tidy");
    Ok(())
}

/// Fails with the list of all complaints, if there are any.
///
/// # Errors
/// The complaints, one a line; or a file that could not be read.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let sources = Sources::read(workspace.root())?;
    let mut complaints = Vec::new();
    for rule in RULES {
        complaints.extend(rule(&sources));
    }
    if complaints.is_empty() {
        return Ok(());
    }
    complaints.sort();
    bail!("{} complaints:\n{}", complaints.len(), complaints.join("\n"))
}

/// A rule answers one sentence for each place where it is broken, beginning with the file's name.
type Rule = fn(&Sources) -> Vec<String>;

const RULES: &[Rule] = &[
    dependencies::check,
    error_codes::check,
    headers::check,
    kinds::check,
    length::check,
    words::check,
];
