//! What is wrong with a parameter's value.

use std::fmt;

/// What is wrong with a parameter's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamProblem {
    /// The parameter, or the name that was given where there is none.
    pub param: String,
    /// What is wrong and what to do: a fragment that does not repeat the name.
    pub message: String,
}

impl ParamProblem {
    pub(super) fn new(param: &str, message: impl Into<String>) -> Self {
        Self { param: param.to_owned(), message: message.into() }
    }
}

impl fmt::Display for ParamProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parameter {}: {}", self.param, self.message)
    }
}

impl std::error::Error for ParamProblem {}
