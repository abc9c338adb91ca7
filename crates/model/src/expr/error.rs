//! What went wrong with an expression, where, and what to do.

use std::fmt;

/// An expression that cannot be read or evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    /// What happened, to which thing, and what to do.
    pub message: String,
    /// Where in the expression (or in the template that holds it): counts characters from 1. None = the whole.
    pub column: Option<usize>,
}

impl ExprError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), column: None }
    }

    pub(crate) fn at(column: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), column: Some(column) }
    }

    /// The same error of an expression that starts `characters` further to the right.
    pub(crate) fn moved(mut self, characters: usize) -> Self {
        self.column = Some(self.column.unwrap_or(1) + characters);
        self
    }
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "column {column}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ExprError {}
