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

use super::pattern::Pattern;

/// Bytes of text that count as one step.
const BYTES_A_STEP: usize = 64;
/// How many compiled regular expressions an evaluation keeps.
const KEPT: usize = 16;
/// The message by which an evaluation that took too much is recognised.
pub(super) const EXHAUSTED: &str = "@exhausted";

/// What is left of an evaluation's budget, and what it has compiled so far.
#[derive(Debug)]
pub(super) struct Budget {
    /// What there was at first.
    pub(super) steps: u64,
    left: AtomicU64,
    patterns: Mutex<HashMap<String, Pattern>>,
}

impl Budget {
    pub(super) fn new(steps: u64) -> Self {
        Self { steps, left: AtomicU64::new(steps), patterns: Mutex::default() }
    }

    /// Takes `steps` off; refuses, for good, when fewer are left.
    pub(super) fn charge(&self, steps: u64) -> Result<(), ExecutionError> {
        let left = self.left.load(Ordering::Relaxed).saturating_sub(steps);
        self.left.store(left, Ordering::Relaxed);
        if left == 0 { Err(ExecutionError::InternalError(EXHAUSTED.to_owned())) } else { Ok(()) }
    }

    /// How many steps `work` takes, which are taken.
    pub(super) fn taken_by(
        &self,
        work: impl FnOnce(&Self) -> Result<(), ExecutionError>,
    ) -> Result<u64, ExecutionError> {
        let before = self.left.load(Ordering::Relaxed);
        work(self)?;
        Ok(before.saturating_sub(self.left.load(Ordering::Relaxed)))
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

    /// The compiled regular expression; each is compiled once an evaluation, unless there are many.
    pub(super) fn pattern(&self, source: &str) -> Result<Pattern, String> {
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pattern) = patterns.get(source) {
            return Ok(pattern.clone());
        }
        let pattern = Pattern::compile(source, self)?;
        // Each can be large, and what it learns in its searches as well.
        if patterns.len() >= KEPT {
            patterns.clear();
        }
        patterns.insert(source.to_owned(), pattern.clone());
        Ok(pattern)
    }
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
