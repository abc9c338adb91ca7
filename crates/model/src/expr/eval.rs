//! A compiled expression and its evaluation.

use std::fmt;
use std::sync::{Arc, LazyLock};

use cel::common::ast::IdedExpr;
use cel::{Context, Env};
use serde_json::Value;

use super::budget::{Budget, BudgetVal};
use super::convert::{from_cel, type_word};
use super::error::ExprError;
use super::limits::{MAX_WORK, MAX_WORK_OF_ITEMS};
use super::parse::Parsed;
use super::references::References;
use super::scope::Scope;
use super::values::Roots;
use super::{explain, functions, stack};

/// A compiled expression. Cheap to clone, and made to be kept: parsing costs far more than evaluating.
#[derive(Clone)]
pub struct Expr(Arc<Parsed>);

impl Expr {
    /// Reads `source` and checks all that can be checked without values: syntax, names at the root, functions and
    /// how many arguments they take, limits.
    ///
    /// # Errors
    /// Says at which column what is wrong and what to do.
    pub fn parse(source: &str) -> Result<Self, ExprError> {
        Parsed::parse(source).map(|parsed| Self(Arc::new(parsed)))
    }

    /// The text that it was read from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// What it reads.
    #[must_use]
    pub fn references(&self) -> &References {
        &self.0.references
    }

    /// Its value. Instants and durations become text (`2026-11-23T06:00:00Z`, `90s`).
    ///
    /// # Errors
    /// Says at which column what could not be evaluated and what to do.
    pub fn eval(&self, scope: &Scope) -> Result<Value, ExprError> {
        self.eval_within(scope, &Allowance::new())
    }

    /// Its value, at the cost of an allowance that it shares with other expressions.
    ///
    /// # Errors
    /// As [`Expr::eval`].
    pub(crate) fn eval_within(
        &self,
        scope: &Scope,
        allowance: &Allowance,
    ) -> Result<Value, ExprError> {
        self.run(scope, allowance, from_cel)
    }

    /// Its value, which must be true or false.
    ///
    /// # Errors
    /// As [`Expr::eval`]; also where the value is of another type.
    pub fn eval_bool(&self, scope: &Scope) -> Result<bool, ExprError> {
        self.eval_bool_within(scope, &Allowance::new())
    }

    /// The same, at the cost of an allowance that it shares with other expressions.
    ///
    /// # Errors
    /// As [`Expr::eval_bool`].
    pub fn eval_bool_within(
        &self,
        scope: &Scope,
        allowance: &Allowance,
    ) -> Result<bool, ExprError> {
        self.run(scope, allowance, |value| {
            match value.downcast_ref::<cel::common::types::CelBool>() {
                Some(value) => Ok(*value.inner()),
                None => Err(format!(
                    "`{}` is {}, but a condition must be true or false; compare it, as in `… == 1`",
                    self.source(),
                    type_word(value)
                )),
            }
        })
    }

    fn run<T>(
        &self,
        scope: &Scope,
        allowance: &Allowance,
        read: impl FnOnce(&dyn cel::common::value::Val) -> Result<T, String>,
    ) -> Result<T, ExprError> {
        if !stack::is_evaluable(self.0.depth) {
            let message =
                format!("`{}` is nested too deep to be evaluated here", shortened(self.source()));
            return Err(ExprError::new(message));
        }
        stack::with_room(self.0.depth * stack::EVALUATOR_FRAME, || {
            self.run_here(scope, allowance, read)
        })
    }

    fn run_here<T>(
        &self,
        scope: &Scope,
        allowance: &Allowance,
        read: impl FnOnce(&dyn cel::common::value::Val) -> Result<T, String>,
    ) -> Result<T, ExprError> {
        let budget = &allowance.0;
        let roots = Roots::new(scope, budget.clone());
        let mut context = Context::with_env(Arc::clone(&ENV));
        context.set_variable_resolver(&roots);
        let result = cel::Value::resolve_val(self.ast(), &context);
        if budget.is_exhausted() {
            return Err(ExprError::new(format!(
                "`{}` takes more than {} steps over these values; compute it in a task and use its output",
                shortened(self.source()),
                budget.steps
            )));
        }
        match result {
            Ok(value) => read(value.as_ref()).map_err(ExprError::new),
            Err(error) => Err(explain::explain(&self.0, scope, &error)),
        }
    }

    fn ast(&self) -> &IdedExpr {
        &self.0.ast
    }
}

/// What evaluations that belong together may take: one, those of a template, those of all items.
#[derive(Debug)]
pub struct Allowance(BudgetVal);

impl Allowance {
    /// For one evaluation.
    #[must_use]
    pub fn new() -> Self {
        Self(BudgetVal(Arc::new(Budget::new(MAX_WORK))))
    }

    /// For all items of a mapped task.
    #[must_use]
    pub fn of_items() -> Self {
        Self(BudgetVal(Arc::new(Budget::new(MAX_WORK_OF_ITEMS))))
    }
}

impl Default for Allowance {
    fn default() -> Self {
        Self::new()
    }
}

/// CEL's library with our functions: built once.
pub(super) static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    functions::register(&mut env);
    Arc::new(env)
});

/// At most 60 characters of a source, for a message.
pub(super) fn shortened(source: &str) -> String {
    match source.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &source[..at]),
        None => source.to_owned(),
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

impl Eq for Expr {}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({:?})", self.source())
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source())
    }
}

impl std::str::FromStr for Expr {
    type Err = ExprError;

    fn from_str(source: &str) -> Result<Self, ExprError> {
        Self::parse(source)
    }
}
