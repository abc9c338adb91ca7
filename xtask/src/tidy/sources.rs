//! The text files of the checkout that rules look at.
//!
//! What git ignores or does not know is left out: the list comes from `git ls-files`, or from a walk where there
//! is no git. So is `crates/notify-rust`, which others wrote.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::process::output;

/// Kinds of files that rules look at.
const ENDINGS: &[&str] = &["rs", "toml", "json", "md", "html", "css", "js", "yml", "svg", "sh"];

/// One file: its path from the top of the checkout, with `/`, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// All files, sorted by path.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources(Vec<Source>);

impl Sources {
    /// Reads the checkout.
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut paths = match output(
            Command::new("git")
                .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
                .current_dir(root),
        ) {
            Ok(list) => {
                list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()
            }
            Err(_) => walk(root)?,
        };
        paths.retain(|path| is_interesting(path));
        paths.sort();
        let mut sources = Vec::with_capacity(paths.len());
        for path in paths {
            // Listed by git, but deleted and not yet committed.
            if !root.join(&path).is_file() {
                continue;
            }
            let bytes = std::fs::read(root.join(&path))
                .with_context(|| format!("could not read {path}"))?;
            sources.push(Source { path, text: String::from_utf8_lossy(&bytes).into_owned() });
        }
        Ok(Self(sources))
    }

    /// All files.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// The Rust files.
    pub(super) fn rust(&self) -> impl Iterator<Item = &Source> {
        self.iter().filter(|source| source.path.ends_with(".rs"))
    }

    /// One file's text.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.iter().find(|source| source.path == path).map(|source| source.text.as_str())
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self(
            files
                .iter()
                .map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() })
                .collect(),
        )
    }
}

fn is_interesting(path: &str) -> bool {
    if path.starts_with("crates/notify-rust/") {
        return false;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    path == ".ci/run" || name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// Everything below the top, without hidden and built folders.
fn walk(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                let is_built = name == "dist" || name == "gen" || name.starts_with("target");
                if !is_built && (!name.starts_with('.') || name == ".ci") {
                    folders.push(entry.path());
                }
            } else if let Ok(path) = entry.path().strip_prefix(root) {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_and_hidden_folders_are_not_walked() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a/b.rs", "target/x.rs", "ui/dist/y.js", ".git/z.toml", ".ci/run"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let mut paths = walk(folder.path()).unwrap();
        paths.sort();
        assert_eq!(paths, [".ci/run", "a/b.rs"]);
    }

    #[test]
    fn pictures_and_what_others_wrote_are_not_read() {
        assert!(is_interesting("docs/errors.md") && is_interesting(".ci/run"));
        assert!(!is_interesting("assets/icon-32.png") && !is_interesting("LICENSE-MIT"));
        assert!(!is_interesting("crates/notify-rust/src/lib.rs"));
    }
}
