//! Workflows from what people have already: a crontab, a Makefile, a shell script.
//!
//! Text in, workflows and remarks out. Nothing is run to find out what a file means (`make -n` would run parts of it), and
//! nothing is guessed: what is not understood is said, with its line, and what cannot be kept as it was does not pretend to
//! be. What comes out is always valid.

mod crontab;
mod draft;
mod makefile;
mod shell;
mod source;

use serde::Serialize;

use crate::document::Workflow;

pub use source::Source;

/// The longest file that is looked at, in bytes.
pub const MAX_TEXT: usize = 4 << 20;

/// What came out of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// In the order of the file.
    pub workflows: Vec<Imported>,
    /// What is about the file and no single workflow.
    pub remarks: Vec<Remark>,
}

/// A workflow that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The workflow. What is to be known about it stands in its notes too.
    pub workflow: Workflow,
    /// What is to be known about it, in the order of the file.
    pub remarks: Vec<Remark>,
}

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The line of the file, from 1; 0 = the file as a whole.
    pub line: usize,
    /// Whether it is there at all.
    pub what: RemarkKind,
    /// What it is and what to do.
    pub message: String,
}

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RemarkKind {
    /// It is not in the workflow.
    LeftOut,
    /// It is there, and means something else than it did.
    Changed,
}

/// Reads a file of this sort. `path` gives the workflow its name where the text does not.
#[must_use]
pub fn import(source: Source, path: &str, text: &str) -> Import {
    if text.len() > MAX_TEXT {
        let message = format!("the file is larger than {} MiB and was not read", MAX_TEXT >> 20);
        return Import { workflows: Vec::new(), remarks: vec![Remark::left_out(0, message)] };
    }
    let mut remarks = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // No program can be given a NUL, so no script can have one.
    let clean;
    let text = if text.contains('\0') {
        let message = "NUL characters, which no script can have, were taken out".to_owned();
        remarks.push(Remark::changed(0, message));
        clean = text.replace('\0', "");
        clean.as_str()
    } else {
        text
    };
    let mut import = match source {
        Source::Crontab => crontab::import(path, text),
        Source::Makefile => makefile::import(path, text),
        Source::Shell => shell::import(path, text),
    };
    import.remarks.splice(0..0, remarks);
    import
}

impl Remark {
    fn left_out(line: usize, message: impl Into<String>) -> Self {
        Self { line, what: RemarkKind::LeftOut, message: message.into() }
    }

    fn changed(line: usize, message: impl Into<String>) -> Self {
        Self { line, what: RemarkKind::Changed, message: message.into() }
    }
}

impl RemarkKind {
    /// The words in front of a remark.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::LeftOut => "left out",
            Self::Changed => "changed",
        }
    }
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.message),
            line => write!(f, "line {line}: {}", self.message),
        }
    }
}
