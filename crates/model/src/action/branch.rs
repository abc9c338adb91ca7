//! A choice between ways: labels with conditions.

use serde_json::Value;

use crate::Values;
use crate::expr::{Expr, Scope};

/// The output that lists the chosen labels.
pub const CHOSEN: &str = "branches";

/// A choice between ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The labels with their conditions, in the order in which they are looked at.
    pub cases: Vec<(String, Expr)>,
    /// The label that is chosen where no condition holds.
    pub otherwise: Option<String>,
    /// All whose conditions hold are chosen, instead of the first.
    pub all: bool,
}

impl Branch {
    /// Every label that can be chosen, each once, in the order of the document.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let cases = self.cases.iter().map(|(label, _)| label.as_str());
        let more =
            self.otherwise.as_deref().filter(|other| self.cases.iter().all(|(l, _)| l != other));
        cases.chain(more)
    }

    /// The labels that are chosen; none where no condition holds and there is no `otherwise`.
    ///
    /// # Errors
    /// A condition cannot be evaluated: which, and why.
    pub fn choose(&self, scope: &Scope) -> Result<Vec<String>, String> {
        let mut chosen = Vec::new();
        for (label, when) in &self.cases {
            let holds =
                when.eval_bool(scope).map_err(|error| format!("`branches.{label}`: {error}"))?;
            if holds {
                chosen.push(label.clone());
                if !self.all {
                    break;
                }
            }
        }
        if chosen.is_empty() {
            chosen.extend(self.otherwise.clone());
        }
        Ok(chosen)
    }

    /// Whether a branch task that gave `outputs` chose this label.
    #[must_use]
    pub fn has_chosen(outputs: &Values, label: &str) -> bool {
        let chosen = outputs.get(CHOSEN).and_then(Value::as_array);
        chosen.is_some_and(|chosen| chosen.iter().any(|one| one.as_str() == Some(label)))
    }
}
