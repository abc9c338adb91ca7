//! Identifiers: the names of workflows, tasks and parameters.
//!
//! Not titles: those are free text.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A name that expressions and dependencies can refer to: `[a-z_][a-z0-9_]*`, at most 128 bytes,
/// not a word that CEL reserves.
///
/// Cloning is cheap (a shared pointer).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ident(Arc<str>);

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentError {
    /// The text is empty.
    #[error("a name must not be empty")]
    Empty,
    /// The text is longer than 128 bytes.
    #[error("the name `{0:.32}…` is longer than {max} bytes", max = Ident::MAX_LEN)]
    TooLong(String),
    /// The text has a character outside `[a-z0-9_]`, or starts with a digit.
    #[error("`{0}` is not a name: use a-z, 0-9 and _, and start with a letter or _")]
    Characters(String),
    /// The text is a word of the expression language.
    #[error("`{0}` is a reserved word of the expression language; choose another name")]
    Reserved(String),
}

/// Whether a variable can have this name: one of the environment, of a notebook, of a query.
pub(crate) fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Words that the CEL specification reserves, so that no field selection can be spelled with them.
pub(crate) const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

impl Ident {
    /// The longest identifier, in bytes.
    pub const MAX_LEN: usize = 128;

    /// Checks `text` and makes an identifier of it.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn new(text: &str) -> Result<Self, IdentError> {
        if text.is_empty() {
            return Err(IdentError::Empty);
        }
        if text.len() > Self::MAX_LEN {
            return Err(IdentError::TooLong(text.to_owned()));
        }
        let mut bytes = text.bytes();
        let head_ok = bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
        if !head_ok || !bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            return Err(IdentError::Characters(text.to_owned()));
        }
        if RESERVED.contains(&text) {
            return Err(IdentError::Reserved(text.to_owned()));
        }
        Ok(Self(text.into()))
    }

    /// Stands in a record that is being read until its name is known.
    pub(crate) fn placeholder() -> Self {
        Self("_".into())
    }

    /// `untitled`
    pub(crate) fn untitled() -> Self {
        Self("untitled".into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl Borrow<str> for Ident {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Ident {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Ident {
    type Error = IdentError;

    fn try_from(text: String) -> Result<Self, IdentError> {
        Self::new(&text)
    }
}

impl std::str::FromStr for Ident {
    type Err = IdentError;

    fn from_str(text: &str) -> Result<Self, IdentError> {
        Self::new(text)
    }
}

impl From<Ident> for String {
    fn from(ident: Ident) -> Self {
        ident.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_and_refuses_by_the_documented_rule() {
        for good in ["a", "_x", "extract_2", "in_"] {
            assert_eq!(Ident::new(good).unwrap().as_str(), good);
        }
        assert_eq!(Ident::new(""), Err(IdentError::Empty));
        for bad in ["A", "2a", "a-b", "a b", "ä", "a.b"] {
            assert_eq!(Ident::new(bad), Err(IdentError::Characters(bad.into())));
        }
        assert_eq!(Ident::new("while"), Err(IdentError::Reserved("while".into())));
        assert!(matches!(Ident::new(&"x".repeat(129)), Err(IdentError::TooLong(_))));
    }
}
