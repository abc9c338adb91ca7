//! Expressions: CEL over a run's values.
//!
//! Pure and bounded: no I/O, no clock, no randomness; the length and depth of a source, the work of an evaluation
//! and the size of what it builds are all limited. Not the small language of joins (`join_expr`), and not text with
//! expressions in it (`template`).

mod budget;
mod check;
mod convert;
mod error;
mod eval;
mod explain;
mod functions;
mod instrument;
mod limits;
mod parse;
mod pattern;
mod references;
mod scope;
mod stack;
mod text;
mod values;

pub use error::ExprError;
pub use eval::{Allowance, Expr};
pub use functions::{FUNCTIONS, Function, Group, functions_page};
pub(crate) use limits::text_length;
pub use limits::{MAX_DEPTH, MAX_LEN, MAX_RESULT, MAX_WORK, MAX_WORK_OF_ITEMS};
pub(crate) use pattern::compile as compile_regex;
pub use references::{References, TaskReferences};
pub use scope::{RunScope, Scope, TaskScope};
pub use text::to_text;

#[cfg(test)]
mod tests;
