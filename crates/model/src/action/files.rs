//! What is done with files and folders, before and after its values are put in.
//!
//! All names lie in one folder, the root. How it is made sure that none leaves it is for whoever carries it out.

use super::render;
use crate::expr::{ExprError, Scope};
use crate::template::Template;

/// Something that is done with files, its values not yet put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesAction {
    /// What is done.
    pub operation: FileOperation,
    /// The folder in which all names lie; relative to the task's working directory, which it is where there is none.
    pub root: Option<Template>,
    /// Names and patterns of what it is done with.
    pub from: Vec<Template>,
    /// Where it goes.
    pub to: Option<Template>,
    /// What happens where something is there already.
    pub if_exists: IfExists,
    /// A name or pattern by which nothing is found is passed over.
    pub allow_missing: bool,
    /// The most bytes that an archive may hold.
    pub max_bytes: u64,
    /// The most files and folders that an archive may hold.
    pub max_entries: u64,
}

/// What is done with files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOperation {
    /// They are there twice.
    Copy,
    /// They are elsewhere.
    Move,
    /// They are gone.
    Delete,
    /// They are packed into an archive.
    Archive,
    /// What archives hold is there.
    Unpack,
    /// A folder is there.
    MakeFolder,
}

/// What happens where something is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfExists {
    /// The task is an error.
    Fail,
    /// It is replaced.
    Replace,
    /// It stays as it is.
    Skip,
}

/// How an archive is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveFormat {
    /// tar, not compressed.
    Tar,
    /// tar, compressed by gzip.
    TarGz,
    /// zip.
    Zip,
}

/// The same with its values put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedFiles {
    /// The folder in which all names lie; none = the task's working directory.
    pub root: Option<String>,
    /// Names and patterns.
    pub from: Vec<String>,
    /// Where it goes; empty where it goes nowhere.
    pub to: String,
}

impl FileOperation {
    /// All, the usual ones first.
    pub const ALL: [Self; 6] =
        [Self::Copy, Self::Move, Self::Delete, Self::Archive, Self::Unpack, Self::MakeFolder];

    /// The word in a document.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Move => "move",
            Self::Delete => "delete",
            Self::Archive => "archive",
            Self::Unpack => "unpack",
            Self::MakeFolder => "make_folder",
        }
    }

    /// Whether it is done with something that is there.
    #[must_use]
    pub fn has_sources(self) -> bool {
        self != Self::MakeFolder
    }

    /// Whether something comes into being.
    #[must_use]
    pub fn has_target(self) -> bool {
        self != Self::Delete
    }
}

impl IfExists {
    /// All, the default first.
    pub const ALL: [Self; 3] = [Self::Fail, Self::Replace, Self::Skip];

    /// The word in a document.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Replace => "replace",
            Self::Skip => "skip",
        }
    }
}

impl ArchiveFormat {
    /// The ends of names by which a format is chosen.
    pub const ENDS: &str = ".tar.gz, .tgz, .tar or .zip";

    /// The format that an archive of this name has; none where its end says nothing.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match () {
            () if name.ends_with(".tar.gz") || name.ends_with(".tgz") => Some(Self::TarGz),
            () if name.ends_with(".tar") => Some(Self::Tar),
            () if name.ends_with(".zip") => Some(Self::Zip),
            () => None,
        }
    }
}

impl FilesAction {
    /// Puts the values in.
    ///
    /// # Errors
    /// A template cannot be evaluated.
    pub fn resolve(&self, scope: &Scope) -> Result<ResolvedFiles, ExprError> {
        let render = |field: &str, template: &Template| render(field, template, scope);
        Ok(ResolvedFiles {
            root: self.root.as_ref().map(|root| render("root", root)).transpose()?,
            from: self.from.iter().map(|name| render("from", name)).collect::<Result<_, _>>()?,
            to: self.to.as_ref().map_or(Ok(String::new()), |to| render("to", to))?,
        })
    }

    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.root.iter().chain(&self.from).chain(&self.to)
    }
}
