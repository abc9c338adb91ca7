//! Every node kind has a sample that uses it and a page that explains it.
//!
//! A kind is a file of `crates/model/src/kinds/` that names its own id, which is the file's stem, as a string; the
//! registry and what the kinds share do not.

use std::collections::BTreeSet;

use serde_json::Value;

use super::sources::{Source, Sources};

const KINDS: &str = "crates/model/src/kinds/";

pub(super) fn check(sources: &Sources) -> Vec<String> {
    let used = used_in_samples(sources);
    let mut complaints = Vec::new();
    for (path, kind) in sources.rust().filter_map(kind_of) {
        if !used.contains(kind) {
            complaints.push(format!("{path}: no sample in workflows/ has a task of kind {kind}"));
        }
        let page = format!("docs/kinds/{kind}.md");
        if sources.text(&page).is_none_or(|text| text.trim().is_empty()) {
            complaints.push(format!("{path}: the kind {kind} has no page {page}"));
        }
    }
    complaints
}

fn kind_of(source: &Source) -> Option<(&str, &str)> {
    let stem = source.path.strip_prefix(KINDS)?.strip_suffix(".rs")?;
    let is_kind = !stem.contains('/') && source.text.contains(&format!("\"{stem}\""));
    is_kind.then_some((source.path.as_str(), stem))
}

fn used_in_samples(sources: &Sources) -> BTreeSet<String> {
    sources
        .iter()
        .filter(|source| source.path.starts_with("workflows/") && source.path.ends_with(".json"))
        // A sample that is not JSON is found by the tests that run them all.
        .filter_map(|source| serde_json::from_str::<Value>(&source.text).ok())
        .flat_map(|document| {
            let tasks = document["tasks"].as_array().cloned().unwrap_or_default();
            tasks.into_iter().filter_map(|task| task["kind"].as_str().map(str::to_owned))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: (&str, &str) =
        ("crates/model/src/kinds/shell.rs", "pub const ID: &str = \"shell\";");
    const SAMPLE: (&str, &str) =
        ("workflows/hello.json", r#"{"tasks": [{"name": "a", "kind": "shell"}]}"#);
    const PAGE: (&str, &str) = ("docs/kinds/shell.md", "# Shell\n");

    #[test]
    fn a_kind_with_sample_and_page_is_fine() {
        assert!(check(&Sources::of(&[KIND, SAMPLE, PAGE])).is_empty());
    }

    #[test]
    fn a_missing_sample_or_page_is_told() {
        assert!(check(&Sources::of(&[KIND, PAGE]))[0].contains("no sample"));
        assert!(check(&Sources::of(&[KIND, SAMPLE]))[0].contains("docs/kinds/shell.md"));
        assert_eq!(check(&Sources::of(&[KIND, SAMPLE, ("docs/kinds/shell.md", " \n")])).len(), 1);
    }

    #[test]
    fn what_kinds_share_is_no_kind() {
        let shared = ("crates/model/src/kinds/registry.rs", "//! Lists the kinds.");
        let below = ("crates/model/src/kinds/python/venv.rs", "\"venv\"");
        assert!(check(&Sources::of(&[shared, below])).is_empty());
    }
}
