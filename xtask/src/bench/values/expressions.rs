//! How many expressions are evaluated in a second.

use std::path::Path;
use std::process::Command;

use crate::process::output;

pub(super) fn rows(program: &Path) -> anyhow::Result<String> {
    let mut rows = String::new();
    for line in output(&mut Command::new(program))?.lines() {
        rows.push_str(&format!("| expressions | {} |\n", line.trim()));
    }
    Ok(rows)
}
