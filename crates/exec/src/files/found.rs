//! What the texts of names mean: names and patterns, relative to the root.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use glob::Pattern;

use super::root::{Root, cannot};
use crate::deed::{Brake, Fault};
use crate::find::is_shown;

/// So much is found at most.
const MOST: usize = 1_000_000;

/// What was found.
pub(super) struct Found {
    /// In the order of names; nothing that lies within another of them.
    pub(super) paths: Vec<PathBuf>,
    /// Texts by which nothing was found.
    pub(super) missing: Vec<String>,
    /// More than one thing was meant, whether or not more was found.
    pub(super) is_many: bool,
}

/// A name relative to the root; empty for the root itself.
pub(super) fn name(text: &str) -> Result<PathBuf, String> {
    let mut path = PathBuf::new();
    for component in Path::new(text).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(format!(
                    "`{text}` leads out of the root; a name has no `..` and is no whole path (set `root` for another folder)"
                ));
            }
        }
    }
    match text.is_empty() || text.contains('\0') {
        true => Err(format!("`{}` is no name", text.escape_debug())),
        false => Ok(path),
    }
}

/// Finds what these texts name; nothing called `but` in the root.
pub(super) fn find(
    root: &Root,
    texts: &[String],
    but: &str,
    brake: &Brake,
) -> Result<Found, Fault> {
    let mut paths = BTreeSet::new();
    let mut missing = Vec::new();
    let is_pattern = |text: &String| text.contains(['*', '?', '[']);
    for text in texts {
        let path = name(text).map_err(Fault::NotBegun)?;
        let before = paths.len();
        if is_pattern(text) {
            let parts = parts(&path)?;
            let mut look = Look { root, brake, but, paths: &mut paths, any: false };
            look.below(Path::new(""), &parts)?;
            if look.any {
                continue;
            }
        } else {
            match root.dir().symlink_metadata(super::root::at(&path)) {
                Ok(_) => {
                    paths.insert(path);
                    continue;
                }
                Err(error) if is_absence(&error) => {}
                Err(error) => return Err(cannot("look at", &path, &error)),
            }
        }
        if paths.len() == before {
            missing.push(text.clone());
        }
    }
    let is_many = texts.len() > 1 || texts.iter().any(is_pattern);
    Ok(Found { paths: outermost(paths), missing, is_many })
}

/// Without what lies within another.
fn outermost(paths: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut kept: Vec<PathBuf> = Vec::with_capacity(paths.len());
    // By components a folder comes right before what is in it.
    for path in paths {
        if !kept.last().is_some_and(|last| path.starts_with(last)) {
            kept.push(path);
        }
    }
    kept
}

enum Part {
    Name(PathBuf),
    Pattern(Pattern),
    Deep,
}

fn parts(path: &Path) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    for component in path.components() {
        let text = component.as_os_str().to_string_lossy();
        let part = match text.as_ref() {
            "**" if matches!(parts.last(), Some(Part::Deep)) => continue,
            "**" => Part::Deep,
            text if text.contains(['*', '?', '[']) => Part::Pattern(
                Pattern::new(text)
                    .map_err(|error| Fault::NotBegun(format!("`{text}`: {}", error.msg)))?,
            ),
            text => Part::Name(text.into()),
        };
        parts.push(part);
    }
    Ok(parts)
}

struct Look<'a> {
    root: &'a Root,
    brake: &'a Brake,
    but: &'a str,
    paths: &'a mut BTreeSet<PathBuf>,
    any: bool,
}

impl Look<'_> {
    fn below(&mut self, folder: &Path, parts: &[Part]) -> Result<(), Fault> {
        super::root::check_depth(folder)?;
        if self.brake.is_pulled() {
            return Err(Fault::Stopped);
        }
        let Some((part, rest)) = parts.split_first() else { return self.found(folder) };
        match part {
            Part::Name(name) => {
                let path = folder.join(name);
                match self.root.dir().symlink_metadata(&path) {
                    Ok(_) => self.below(&path, rest),
                    Err(error) if is_absence(&error) => Ok(()),
                    Err(error) => Err(cannot("look at", &path, &error)),
                }
            }
            Part::Pattern(pattern) => {
                for name in self.names(folder)? {
                    if is_shown(&name, pattern.as_str()) && pattern.matches(&name) {
                        self.below(&folder.join(&name), rest)?;
                    }
                }
                Ok(())
            }
            Part::Deep => {
                self.below(folder, rest)?;
                for name in self.names(folder)? {
                    let path = folder.join(&name);
                    // Links are not followed: they may lead in a circle.
                    if is_shown(&name, "*") && self.root.look(&path)?.is_dir() {
                        self.below(&path, parts)?;
                    }
                }
                Ok(())
            }
        }
    }

    fn found(&mut self, path: &Path) -> Result<(), Fault> {
        // `**` finds the root itself, which is never meant by a pattern.
        if path.as_os_str().is_empty() {
            return Ok(());
        }
        self.any = true;
        self.paths.insert(path.to_owned());
        match self.paths.len() > MOST {
            true => Err(Fault::NotBegun(format!("the patterns find more than {MOST} files"))),
            false => Ok(()),
        }
    }

    /// The names in a folder, in order; none where it is no folder. What is not UTF-8 no pattern can name.
    fn names(&self, folder: &Path) -> Result<Vec<String>, Fault> {
        let in_root = folder.as_os_str().is_empty();
        match super::root::names(self.root.dir(), folder) {
            Ok(names) => Ok(names
                .into_iter()
                .filter_map(|name| name.into_string().ok())
                .filter(|name| !(in_root && name == self.but))
                .collect()),
            Err(error) if is_absence(&error) => Ok(Vec::new()),
            Err(error) => Err(cannot("read the folder", folder, &error)),
        }
    }
}

fn is_absence(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}
