//! Problems as they are found, as many as somebody could want to see.

use super::{Code, Path, Problem, Severity};
use crate::validate::MAX_PROBLEMS;

/// Keeps the first [`MAX_PROBLEMS`] errors and as many others, so that no warning hides an error; the rest is counted.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    listed: Vec<Problem>,
    errors: usize,
    unlisted: usize,
}

impl Problems {
    /// Whether it is listed.
    pub(crate) fn push(&mut self, problem: Problem) -> bool {
        let is_error = problem.severity == Severity::Error;
        let others = self.listed.len() - self.errors;
        let is_listed = (if is_error { self.errors } else { others }) < MAX_PROBLEMS;
        if is_listed {
            self.errors += usize::from(is_error);
            self.listed.push(problem);
        } else {
            self.unlisted += 1;
        }
        is_listed
    }

    /// What is listed; at the end how many are not.
    pub(crate) fn finish(mut self) -> Vec<Problem> {
        if self.unlisted > 0 {
            let message = format!("{} more problems are not listed", self.unlisted);
            self.listed.push(Problem::new(Code::TooMany, Path::root(), message));
        }
        self.listed
    }
}
