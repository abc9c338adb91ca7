//! The functions that expressions can call.

use cel::Env;

/// A function of the expression language.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Where it stands in the docs.
    pub group: Group,
    /// How it is called, one form each.
    pub signatures: &'static [&'static str],
    /// What it gives.
    pub summary: &'static str,
    /// An expression and the text of its value.
    pub example: (&'static str, &'static str),
}

/// A group of functions in the docs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// CEL's own.
    Cel,
}

/// All functions, in the order of the docs.
pub static FUNCTIONS: &[Function] = &[];

/// The page `docs/expressions.md`.
#[must_use]
pub fn functions_page() -> String {
    String::new()
}

pub(super) fn register(_env: &mut Env) {}
