//! The functions that expressions can call: CEL's own and ours, in one table.
//!
//! The table is what the checker, the docs page and the editor's completion know; ours carry their code with them.
//! All are pure: no clock, no files, no randomness. Whatever can grow or take long is charged to the budget.

mod args;
mod cel_own;
mod dates;
mod docs;
mod lists;
mod numbers;
mod paths;
mod regexes;
mod texts;

use std::sync::LazyLock;

use cel::common::types::{CelBytes, CelInt, CelList, CelMap, CelString, DYN_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{Env, ExecutionError};

use super::budget::BudgetVal;
use args::Args;
pub use docs::functions_page;

/// A function of the expression language.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Where it stands in the docs.
    pub group: Group,
    /// How it is called, one form each. The first argument can also stand before a dot: `text.trim()`.
    pub signatures: &'static [&'static str],
    /// What it gives: one or two sentences of Markdown.
    pub summary: &'static str,
    /// An expression and the text of its value.
    pub example: (&'static str, &'static str),
    /// The fewest and the most arguments, one before a dot counted.
    pub(super) arity: (usize, usize),
    /// Its code; none = CEL's own.
    pub(super) run: Option<Run>,
}

/// A group of functions in the docs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// CEL's macros over lists and maps.
    Macros,
    /// CEL's own functions.
    Cel,
    /// Dates and instants.
    Dates,
    /// Paths.
    Paths,
    /// Texts.
    Texts,
    /// Regular expressions.
    Regexes,
    /// JSON, hashes and encodings.
    Encodings,
    /// Lists.
    Lists,
    /// Numbers.
    Numbers,
}

/// The code of a function: from its arguments to its value, or what is wrong with them.
pub(super) type Run = for<'v> fn(&Args<'_, '_, 'v>) -> Result<Box<dyn Val + 'v>, String>;

/// All functions, in the order of the docs.
pub static FUNCTIONS: LazyLock<Vec<Function>> = LazyLock::new(|| {
    [
        cel_own::MACROS,
        cel_own::FUNCTIONS,
        dates::FUNCTIONS,
        paths::FUNCTIONS,
        texts::FUNCTIONS,
        regexes::FUNCTIONS,
        texts::ENCODINGS,
        lists::FUNCTIONS,
        numbers::FUNCTIONS,
    ]
    .concat()
});

/// The function through which all of ours are called: index in [`FUNCTIONS`], budget, arguments.
pub(super) const CALL: &str = "@call";
/// Charges for the elements of a list that a macro goes over: list, steps for each, budget.
pub(super) const ITERATE: &str = "@iterate";
/// Charges for the size of a value: value, budget.
pub(super) const CHARGE: &str = "@charge";
/// The same of a value that was put together, which must not be too long: value, budget.
pub(super) const BUILT: &str = "@built";
/// Refuses what cannot be added to anything: value, budget.
pub(super) const ADDEND: &str = "@addend";
/// The most arguments of any function.
const MOST_ARGUMENTS: usize = 8;

/// The function of this name, with its index.
pub(super) fn find(name: &str) -> Option<(usize, &'static Function)> {
    FUNCTIONS.iter().enumerate().find(|(_, function)| function.name == name)
}

/// Adds what [`super::instrument`] puts into syntax trees.
pub(super) fn register(env: &mut Env) {
    let mut add = |name: &str, count: usize, code: cel::common::functions::Function| {
        let added = env.add_overload(
            name,
            &format!("{name}_{count}"),
            (0..count).map(|_| DYN_TYPE).collect(),
            code,
        );
        debug_assert!(added.is_ok(), "{name} is declared twice");
    };
    for count in 2..=MOST_ARGUMENTS + 2 {
        add(CALL, count, call);
    }
    add(ITERATE, 3, iterate);
    add(CHARGE, 2, charge);
    add(ADDEND, 2, addend);
    add(BUILT, 2, built);
}

#[expect(clippy::needless_pass_by_value, reason = "the crate's signature of a function")]
fn call<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let index =
        args[0].downcast_ref::<CelInt>().and_then(|index| usize::try_from(*index.inner()).ok());
    let budget = args[1].downcast_ref::<BudgetVal>();
    let function = index.and_then(|index| FUNCTIONS.get(index));
    let (Some(budget), Some(function)) = (budget, function) else { return Err(misplaced(CALL)) };
    let Some(run) = function.run else { return Err(misplaced(function.name)) };
    let rest = &args[2..];
    budget.charge(2)?;
    for arg in rest {
        args::charge_for(arg.as_ref(), budget)?;
    }
    let value = run(&Args { args: rest, budget });
    // A value is charged for when it has been built; what could be huge checks before (texts, lists).
    match value {
        Ok(value) => {
            args::charge_for(value.as_ref(), budget)?;
            Ok(CowVal::Owned(value))
        }
        Err(message) => {
            Err(ExecutionError::FunctionError { function: function.name.to_owned(), message })
        }
    }
}

fn iterate<'b, 'v>(mut args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let steps =
        args[1].downcast_ref::<CelInt>().and_then(|steps| u64::try_from(*steps.inner()).ok());
    let (Some(budget), Some(steps)) = (args[2].downcast_ref::<BudgetVal>(), steps) else {
        return Err(misplaced(ITERATE));
    };
    let elements = args[0].as_sizer().map_or(0, |sizer| *sizer.size().inner());
    let elements = u64::try_from(elements).unwrap_or(0);
    budget.charge(elements.saturating_mul(steps).saturating_add(1))?;
    args::charge_for(args[0].as_ref(), budget)?;
    // The crate's own order of keys is another one for each table: the same expression would give different lists.
    if let Some(map) = args[0].downcast_ref::<CelMap<'_>>() {
        let mut keys: Vec<_> = map.inner().keys().collect();
        keys.sort_unstable();
        let keys: Vec<_> = keys.into_iter().map(|key| key.inner().clone_as_boxed()).collect();
        return Ok(CowVal::owned(CelList::from(keys)));
    }
    Ok(args.swap_remove(0))
}

fn charge<'b, 'v>(mut args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let Some(budget) = args[1].downcast_ref::<BudgetVal>() else { return Err(misplaced(CHARGE)) };
    args::charge_for(args[0].as_ref(), budget)?;
    Ok(args.swap_remove(0))
}

fn addend<'b, 'v>(mut args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    // The crate would add the keys of a map to a list, in another order each time.
    if args[0].downcast_ref::<CelMap<'_>>().is_some() {
        let message = "a map cannot be added; its keys are `map.map(key, key)`".to_owned();
        return Err(ExecutionError::FunctionError { function: "+".to_owned(), message });
    }
    Ok(args.swap_remove(0))
}

fn built<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let text = args[0].downcast_ref::<CelString<'_>>().map_or(0, |text| text.inner().len());
    let bytes = args[0].downcast_ref::<CelBytes<'_>>().map_or(0, |bytes| bytes.inner().len());
    if text.max(bytes) > args::MAX_BUILT {
        let (function, message) = ("+".to_owned(), args::too_long());
        return Err(ExecutionError::FunctionError { function, message });
    }
    charge(args)
}

fn misplaced(name: &str) -> ExecutionError {
    ExecutionError::InternalError(format!("{name} is called in the wrong way"))
}

/// A function of ours, for the tables.
const fn own(
    name: &'static str,
    group: Group,
    arity: (usize, usize),
    signatures: &'static [&'static str],
    summary: &'static str,
    example: (&'static str, &'static str),
    run: Run,
) -> Function {
    Function { name, group, signatures, summary, example, arity, run: Some(run) }
}

#[cfg(test)]
mod tests;
