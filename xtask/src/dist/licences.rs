//! The licences of everything that is linked into the programs of the package: each crate with what its authors say, and the
//! texts that lie in it. Made anew for each package, so that it is always about what is in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::cargo::PRODUCT;
use crate::process::output;
use crate::workspace::Workspace;

/// How files begin that have a licence's text.
const NAMES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];

/// A crate that is linked in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Linked {
    name: String,
    version: String,
    licence: String,
    texts: Vec<String>,
}

/// All of it as one text.
///
/// # Errors
/// When Cargo does not say what is linked.
pub(super) fn text(workspace: &Workspace) -> anyhow::Result<String> {
    let all = linked(&metadata(workspace)?)?;
    Ok(render(&all))
}

fn metadata(workspace: &Workspace) -> anyhow::Result<Value> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--format-version", "1", "--locked"]).current_dir(workspace.root());
    serde_json::from_str(&output(&mut cargo)?).context("cargo metadata wrote no JSON")
}

/// What the programs and the page need to run, without this project's own crates.
fn linked(metadata: &Value) -> anyhow::Result<BTreeSet<Linked>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages: HashMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|it| (text(&it["id"]), it)).collect();
    let nodes: HashMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|it| (text(&it["id"]), it)).collect();
    let own: BTreeSet<String> = list(&metadata["workspace_members"]).iter().map(&text).collect();
    let is_root = |id: &&String| {
        let name = packages.get(*id).map(|it| text(&it["name"])).unwrap_or_default();
        PRODUCT.contains(&name.as_str()) || name == "millrace-ui"
    };
    let mut open: Vec<String> = own.iter().filter(is_root).cloned().collect();
    anyhow::ensure!(!open.is_empty(), "none of {PRODUCT:?} is in the workspace");
    let mut seen: BTreeSet<String> = open.iter().cloned().collect();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if let Some(package) = packages.get(&id).filter(|_| !own.contains(&id)) {
            let manifest = text(&package["manifest_path"]);
            found.insert(Linked {
                name: text(&package["name"]),
                version: text(&package["version"]),
                licence: text(&package["license"]),
                texts: Path::new(&manifest).parent().map(texts).unwrap_or_default(),
            });
        }
        for dependency in nodes.get(&id).map(|it| list(&it["deps"])).unwrap_or_default() {
            // What only builds or tests is not linked in.
            let is_linked = list(&dependency["dep_kinds"]).iter().any(|it| it["kind"].is_null());
            let id = text(&dependency["pkg"]);
            if is_linked && seen.insert(id.clone()) {
                open.push(id);
            }
        }
    }
    Ok(found)
}

fn texts(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_licence = |name: &str| {
        let name = name.to_lowercase();
        NAMES.iter().any(|start| name.starts_with(start)) && !name.ends_with(".rs")
    };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.file_name().and_then(|it| it.to_str()).is_some_and(is_licence));
    files.sort();
    let read = files.iter().filter_map(|path| fs::read_to_string(path).ok());
    read.map(|text| text.replace("\r\n", "\n").trim().to_owned()).collect()
}

fn render(all: &BTreeSet<Linked>) -> String {
    let mut page = String::from(
        "Crates that are linked into the programs of Millrace, and their licences.\n\n",
    );
    let mut by_text: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for it in all {
        let licence = if it.licence.is_empty() { "see its text below" } else { &it.licence };
        let _written = writeln!(page, "{} {}: {licence}", it.name, it.version);
        for text in &it.texts {
            by_text.entry(text).or_default().push(format!("{} {}", it.name, it.version));
        }
    }
    let mut texts: Vec<_> = by_text.into_iter().collect();
    texts.sort_by(|a, b| a.1.cmp(&b.1));
    for (text, names) in texts {
        let _written = write!(page, "\n{}\n{}:\n\n{text}\n", "-".repeat(72), names.join(", "));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line for each crate: name and version, a tab, the licence as its authors name it. The window shows it.
    fn list(workspace: &Workspace) -> anyhow::Result<String> {
        let mut page = String::new();
        for it in linked(&metadata(workspace)?)? {
            let licence = if it.licence.is_empty() { "see its text" } else { &it.licence };
            let _written = writeln!(page, "{} {}\t{licence}", it.name, it.version);
        }
        Ok(page)
    }

    #[test]
    fn every_crate_that_is_linked_says_its_licence_or_brings_a_text() {
        let workspace = Workspace::find().unwrap();
        let all = linked(&metadata(&workspace).unwrap()).unwrap();
        for name in ["egui", "tokio", "rusqlite", "serde", "tauri"] {
            assert!(all.iter().any(|it| it.name == name), "{name}");
        }
        let silent = all.iter().filter(|it| it.licence.is_empty() && it.texts.is_empty());
        let silent: Vec<_> = silent.map(|it| &it.name).collect();
        assert!(silent.is_empty(), "{silent:?}");
        assert!(!all.iter().any(|it| it.name.starts_with("millrace")), "our own are elsewhere");
        // What only tests use is not linked.
        assert!(!all.iter().any(|it| it.name == "insta" || it.name == "proptest"));
    }

    #[test]
    fn the_list_in_the_window_is_about_what_is_linked() {
        let workspace = Workspace::find().unwrap();
        let path = workspace.root().join("assets/licences.txt");
        let list = list(&workspace).unwrap();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, &list).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == list, "out of date: run UPDATE_DOCS=1 cargo test -p xtask licences");
    }

    #[test]
    fn one_text_of_several_crates_stands_once() {
        let of = |name: &str, text: &str| Linked {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT".to_owned(),
            texts: vec![text.to_owned()],
        };
        let page = render(&[of("a", "same"), of("b", "same"), of("c", "other")].into());
        assert_eq!(page.matches("same").count(), 1, "{page}");
        assert!(page.contains("a 1.0.0, b 1.0.0:") && page.contains("c 1.0.0: MIT"), "{page}");
    }
}
