//! Looks for the files and folders that a pattern matches, name by name: for the first, or for all.
//!
//! For all who look for files by patterns: what tasks make and wait for, and what starts workflows. What a pattern is, the model
//! knows. The library's own search reads whole folders before it looks at a name, and ends its thread at names that are not UTF-8.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use glob::Pattern;

/// What there is of a pattern.
#[derive(Debug, PartialEq, Eq)]
pub struct Matches {
    /// Sorted.
    pub paths: Vec<PathBuf>,
    /// The first thing that could hold more and could not be looked into, and why.
    pub unreadable: Option<String>,
}

/// A look for one pattern.
struct Find {
    /// It gives up then.
    deadline: Instant,
    /// What was found, and how much is looked for.
    found: Vec<PathBuf>,
    most: usize,
    /// What could not be looked into; it matters only where nothing is found elsewhere.
    unreadable: Option<String>,
}

/// Whether there is something of this pattern, from `folder` on where it is relative.
///
/// # Errors
/// Where something that could hold it cannot be looked into, or the deadline has passed.
pub(crate) fn is_there(folder: &Path, pattern: &str, deadline: Instant) -> Result<bool, String> {
    all_there(folder, pattern, deadline, 1).map(|found| !found.is_empty())
}

/// All that there is of this pattern, `most` at most, sorted.
///
/// # Errors
/// Where something that could hold some of it cannot be looked into and nothing is found elsewhere, or the deadline has passed.
pub(crate) fn all_there(
    folder: &Path,
    pattern: &str,
    deadline: Instant,
    most: usize,
) -> Result<Vec<PathBuf>, String> {
    let found = matches(folder, pattern, deadline, most)?;
    match found.unreadable {
        Some(error) if found.paths.is_empty() => Err(error),
        _ => Ok(found.paths),
    }
}

/// What there is of this pattern, from `folder` on where it is relative, `most` at most. Links to folders are followed where the
/// pattern names them, and not by `**`. Blocks on the disk.
///
/// # Errors
/// The deadline has passed, or the pattern is none.
pub fn matches(
    folder: &Path,
    pattern: &str,
    deadline: Instant,
    most: usize,
) -> Result<Matches, String> {
    let from = if pattern.starts_with('/') { Path::new("/") } else { folder };
    let mut parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    parts.dedup_by(|a, b| *a == "**" && *b == "**");
    let mut find = Find { deadline, found: Vec::new(), most, unreadable: None };
    find.below(from, &parts)?;
    // `**` comes to one place by several ways.
    find.found.sort();
    find.found.dedup();
    Ok(Matches { paths: find.found, unreadable: find.unreadable })
}

impl Find {
    /// Says whether enough was found.
    fn below(&mut self, folder: &Path, parts: &[&str]) -> Result<bool, String> {
        let Some((part, rest)) = parts.split_first() else { return Ok(self.exists(folder)) };
        if *part == "**" {
            return Ok(self.below(folder, rest)? || self.deeper(folder, parts)?);
        }
        if !part.contains(['*', '?', '[']) {
            return self.below(&folder.join(part), rest);
        }
        let pattern = Pattern::new(part).map_err(|error| error.msg.to_owned())?;
        self.any(folder, |find, entry, name| {
            let is_wanted = is_shown(name, part) && pattern.matches(name);
            Ok(is_wanted && find.below(&entry.path(), rest)?)
        })
    }

    /// The same parts in the folders of a folder. Links are not followed: they may lead in a circle.
    fn deeper(&mut self, folder: &Path, parts: &[&str]) -> Result<bool, String> {
        self.any(folder, |find, entry, name| {
            let is_folder = entry.file_type().is_ok_and(|of| of.is_dir());
            Ok(is_folder && is_shown(name, "*") && find.below(&entry.path(), parts)?)
        })
    }

    fn any(
        &mut self,
        folder: &Path,
        mut wanted: impl FnMut(&mut Self, &fs::DirEntry, &str) -> Result<bool, String>,
    ) -> Result<bool, String> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.note(folder, &error);
                return Ok(false);
            }
        };
        for entry in entries {
            if Instant::now() >= self.deadline {
                return Err(format!("there is too much in {} to look through", folder.display()));
            }
            match entry {
                Ok(entry) if wanted(self, &entry, &entry.file_name().to_string_lossy())? => {
                    return Ok(true);
                }
                Ok(_) => {}
                Err(error) => self.note(folder, &error),
            }
        }
        Ok(false)
    }

    /// A link that leads nowhere does not.
    fn exists(&mut self, path: &Path) -> bool {
        match fs::metadata(path) {
            Ok(_) => {
                self.found.push(path.to_owned());
                self.found.len() >= self.most
            }
            Err(error) => {
                self.note(path, &error);
                false
            }
        }
    }

    fn note(&mut self, path: &Path, error: &io::Error) {
        // A link that leads in a circle leads nowhere.
        let is_circle = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
        let is_gone =
            matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
        if !is_circle && !is_gone {
            self.unreadable.get_or_insert_with(|| format!("{}: {error}", path.display()));
        }
    }
}

/// Names that begin with a dot are hidden from patterns that do not.
pub(crate) fn is_shown(name: &str, part: &str) -> bool {
    !name.starts_with('.') || part.starts_with('.')
}
