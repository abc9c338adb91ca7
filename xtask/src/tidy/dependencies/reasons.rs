//! Every library of others has its line in a decision: what it is for, and why it and not our own code.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::tidy::sources::Sources;

/// Where decisions stand.
const DECISIONS: &str = "docs/adr/";

pub(super) fn check(sources: &Sources) -> Vec<String> {
    let Some(manifest) = sources.iter().find(|source| source.path == "Cargo.toml") else {
        return Vec::new();
    };
    let Ok(manifest) = manifest.text.parse::<Table>() else { return Vec::new() };
    let libraries = manifest.get("workspace").and_then(|table| table.get("dependencies"));
    let libraries = libraries.and_then(Value::as_table).into_iter().flatten();
    let libraries = libraries.filter(|(_, how)| how.get("path").is_none()).map(|(name, _)| name);
    let decisions = sources.iter().filter(|source| source.path.starts_with(DECISIONS));
    let words: BTreeSet<&str> =
        decisions.flat_map(|source| source.text.split(|sign| !is_of_a_name(sign))).collect();
    libraries
        .filter(|name| !words.contains(name.as_str()))
        .map(|name| format!("Cargo.toml: {name}: no decision in {DECISIONS} says what it is for"))
        .collect()
}

fn is_of_a_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || sign == '-' || sign == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_without_a_line_is_told() {
        let manifest = "[workspace.dependencies]\n\
                        ours = { path = \"crates/ours\" }\n\
                        tokio = \"1\"\n\
                        tokio-util = { version = \"1\" }\n";
        let decision = "| tokio, with its runtime | runs |";
        let sources = Sources::of(&[("Cargo.toml", manifest), ("docs/adr/1.md", decision)]);
        assert_eq!(
            check(&sources),
            ["Cargo.toml: tokio-util: no decision in docs/adr/ says what it is for"]
        );
    }
}
