//! The work that one evaluation may do.
//!
//! CEL always ends, but a few nested `map`s over a long list end after years, and a few additions fill all memory.
//! So whatever loops, copies or builds is charged here, and refused when the budget is used up. Counted in steps,
//! not in time: the same expression over the same values is allowed or refused everywhere.

use std::any::Any;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cel::ExecutionError;
use cel::common::types::{DYN_TYPE, Type};
use cel::common::value::{StaticVal, Val};
use regex::Regex;

/// Bytes of text that count as one step.
const BYTES_A_STEP: usize = 64;
/// Steps that it takes to compile a regular expression.
const STEPS_A_REGEX: u64 = 500;
/// The largest compiled regular expression, in bytes.
const MAX_REGEX: usize = 1024 * 1024;
/// The message by which an evaluation that took too much is recognised.
pub(super) const EXHAUSTED: &str = "@exhausted";

/// What is left of an evaluation's budget, and what it has compiled so far.
#[derive(Debug)]
pub(super) struct Budget {
    left: AtomicU64,
    regexes: Mutex<HashMap<String, Regex>>,
}

impl Budget {
    pub(super) fn new(steps: u64) -> Self {
        Self { left: AtomicU64::new(steps), regexes: Mutex::default() }
    }

    /// Takes `steps` off; refuses, for good, when fewer are left.
    pub(super) fn charge(&self, steps: u64) -> Result<(), ExecutionError> {
        let left = self.left.load(Ordering::Relaxed).saturating_sub(steps);
        self.left.store(left, Ordering::Relaxed);
        if left == 0 { Err(ExecutionError::InternalError(EXHAUSTED.to_owned())) } else { Ok(()) }
    }

    /// Charges for reading or writing so many bytes of text.
    pub(super) fn charge_bytes(&self, bytes: usize) -> Result<(), ExecutionError> {
        let steps = bytes / BYTES_A_STEP;
        if steps == 0 { Ok(()) } else { self.charge(steps as u64) }
    }

    /// Whether it has been used up at any time: then no result counts, also where the expression hid the error.
    pub(super) fn is_exhausted(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// The compiled `pattern`; each is compiled once an evaluation.
    pub(super) fn regex(&self, pattern: &str) -> Result<Regex, String> {
        let mut regexes = self.regexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = regexes.get(pattern) {
            return Ok(regex.clone());
        }
        self.charge(STEPS_A_REGEX + pattern.len() as u64).map_err(|error| error.to_string())?;
        let regex = compile(pattern)?;
        regexes.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }
}

/// A regular expression of the `regex` crate: linear time, bounded size.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    regex::RegexBuilder::new(pattern).size_limit(MAX_REGEX).nest_limit(100).build().map_err(
        |error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or(&text).trim_start_matches("error: ");
            format!("`{pattern}` is not a regular expression: {last}")
        },
    )
}

/// The budget as a CEL value, so that functions get it as an argument.
#[derive(Debug, Clone)]
pub(super) struct BudgetVal(pub(super) Arc<Budget>);

impl Deref for BudgetVal {
    type Target = Budget;

    fn deref(&self) -> &Budget {
        &self.0
    }
}

impl Val for BudgetVal {
    fn get_type(&self) -> &Type {
        &DYN_TYPE
    }

    fn cel_type() -> &'static Type {
        &DYN_TYPE
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for BudgetVal {}
