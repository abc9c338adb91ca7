//! From an evaluator's error to one that helps.

use cel::ExecutionError;

use super::error::ExprError;
use super::parse::Parsed;
use super::scope::Scope;

pub(super) fn explain(parsed: &Parsed, _scope: &Scope, error: ExecutionError) -> ExprError {
    ExprError::at(parsed.column(parsed.ast.id), error.to_string())
}
