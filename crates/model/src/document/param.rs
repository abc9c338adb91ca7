//! Parameters: what a run can be given.

use super::{Extra, Json};
use crate::ident::Ident;

/// A typed parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// `params.<name>` in expressions.
    pub name: Ident,
    /// Its type.
    pub kind: ParamKind,
    /// Taken where a run gives none: a value of the type, or (a string) a template that gives one.
    pub default: Option<Json>,
    /// A run must give one. A param without default and not required is null.
    pub required: bool,
    /// The values that are allowed; empty = all. Required for `choice`.
    pub choices: Vec<Json>,
    /// Smallest number, earliest date, shortest text or list: a value of the type, or a length.
    pub min: Option<Json>,
    /// Largest, as `min`.
    pub max: Option<Json>,
    /// A regular expression that the whole text must match.
    pub pattern: Option<String>,
    /// Help, shown beside the field.
    pub description: Option<String>,
    /// Unknown keys.
    pub extra: Extra,
}

impl Param {
    /// A parameter of this name and type, with nothing else said of it.
    #[must_use]
    pub fn new(name: Ident, kind: ParamKind) -> Self {
        Self {
            name,
            kind,
            default: None,
            required: false,
            choices: Vec::new(),
            min: None,
            max: None,
            pattern: None,
            description: None,
            extra: Extra::new(),
        }
    }
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParamKind {
    /// Text.
    String,
    /// A whole number of 64 bits.
    Int,
    /// A number.
    Float,
    /// True or false.
    Bool,
    /// `2026-11-23`
    Date,
    /// RFC 3339.
    Datetime,
    /// One of `choices`.
    Choice,
    /// The path of a file.
    File,
    /// The path of a folder.
    Directory,
    /// A list of any values.
    List,
    /// Any JSON.
    Json,
    /// The name of a stored secret; usable only as `{"secret": "${params.x}"}`.
    Secret,
}

impl ParamKind {
    /// All types, in the order in which they are offered.
    pub const ALL: [Self; 12] = [
        Self::String,
        Self::Int,
        Self::Float,
        Self::Bool,
        Self::Date,
        Self::Datetime,
        Self::Choice,
        Self::File,
        Self::Directory,
        Self::List,
        Self::Json,
        Self::Secret,
    ];

    /// The word in a document.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Choice => "choice",
            Self::File => "file",
            Self::Directory => "directory",
            Self::List => "list",
            Self::Json => "json",
            Self::Secret => "secret",
        }
    }

    /// The type of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}
