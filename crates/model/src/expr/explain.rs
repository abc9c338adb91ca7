//! From an evaluator's error to one that says where, and what to do.
//!
//! The evaluator does not tell where it failed. Expressions are pure, so the place is found by evaluating the parts
//! again: the deepest one that fails in the same way.

use std::sync::Arc;

use cel::common::ast::{Expr as Ast, IdedExpr, operators};
use cel::common::types::CelBool;
use cel::{Context, ExecutionError};

use super::budget::{Budget, BudgetVal};
use super::convert::with_article;
use super::error::ExprError;
use super::eval::ENV;
use super::functions::{ADDEND, BUILT, CALL, CHARGE, ITERATE};
use super::parse::Parsed;
use super::references::Path;
use super::scope::Scope;
use super::values::{Roots, WHOLE};
use crate::event::TaskState;
use crate::suggest::{did_you_mean, listed};

/// Steps for finding the place; where they do not suffice, a larger part is named.
const STEPS: u64 = 400_000;

pub(super) fn explain(parsed: &Parsed, scope: &Scope, error: &ExecutionError) -> ExprError {
    let budget = BudgetVal(Arc::new(Budget::new(STEPS)));
    let roots = Roots::new(scope, budget);
    let mut context = Context::with_env(Arc::clone(&ENV));
    context.set_variable_resolver(&roots);
    let place = deepest(&parsed.ast, &context, error);
    let message = message(place, scope, error);
    let column = Path::of(plain(place)).map_or(place.id, |path| path.root.id);
    ExprError::at(parsed.column(column), message)
}

/// The deepest part of `expr` that fails with `error`.
fn deepest<'e>(
    mut expr: &'e IdedExpr,
    context: &Context<'_, '_>,
    error: &ExecutionError,
) -> &'e IdedExpr {
    loop {
        let fails =
            |part: &&IdedExpr| cel::Value::resolve_val(part, context).err().as_ref() == Some(error);
        match parts(expr, context).into_iter().find(fails) {
            Some(part) => expr = part,
            None => return expr,
        }
    }
}

/// The parts of `expr` that are evaluated, and can be on their own.
fn parts<'e>(expr: &'e IdedExpr, context: &Context<'_, '_>) -> Vec<&'e IdedExpr> {
    if Path::of(expr).is_some_and(|path| path.computed.is_empty()) {
        return Vec::new();
    }
    match &expr.expr {
        Ast::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [condition, then, otherwise]) => {
                let chosen = cel::Value::resolve_val(condition, context);
                match chosen
                    .ok()
                    .and_then(|value| value.downcast_ref::<CelBool>().map(|value| *value.inner()))
                {
                    None => vec![condition],
                    Some(true) => vec![then],
                    Some(false) => vec![otherwise],
                }
            }
            (ADDEND | BUILT | CHARGE | ITERATE, [inner, ..]) => vec![inner],
            (CALL, [_, _, args @ ..]) => args.iter().collect(),
            (_, args) => call.target.as_deref().into_iter().chain(args).collect(),
        },
        Ast::Comprehension(fold) => vec![&fold.iter_range],
        Ast::List(list) => list.elements.iter().collect(),
        Ast::Map(map) => map
            .entries
            .iter()
            .flat_map(|entry| match &entry.expr {
                cel::common::ast::EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
                cel::common::ast::EntryExpr::StructField(field) => vec![&field.value],
            })
            .collect(),
        Ast::Select(select) => vec![&select.operand],
        Ast::Ident(_) | Ast::Literal(_) | Ast::Struct(_) | Ast::Unspecified => Vec::new(),
    }
}

/// What is inside charges and whole maps.
fn plain(expr: &IdedExpr) -> &IdedExpr {
    match &expr.expr {
        Ast::Call(call) if [ADDEND, BUILT, CHARGE, ITERATE].contains(&call.func_name.as_str()) => {
            call.args.first().map_or(expr, plain)
        }
        Ast::Select(select) if select.field == WHOLE => plain(&select.operand),
        _ => expr,
    }
}

fn message(place: &IdedExpr, scope: &Scope, error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => missing_entry(plain(place), scope, key),
        ExecutionError::UndeclaredReference(name) => match name.as_str() {
            "item" | "index" => format!("`{name}` is known only in a task with `for_each`"),
            "hook" => "`hook` is known only in a task that a hook runs".to_owned(),
            "outputs" => {
                "`outputs` is known only in `repeat.until`; use `tasks.NAME.outputs`".to_owned()
            }
            _ => format!("there is no `{name}`"),
        },
        ExecutionError::NoSuchOverload(overload) => {
            overload_message(overload.function(), overload.argument_types())
        }
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => {
            let types = [left, right].map(|value| value.type_of().to_string());
            overload_message(operator, &types)
        }
        ExecutionError::ValuesNotComparable(left, right) => {
            let types = [left, right].map(|value| value.type_of().to_string());
            overload_message("compare", &types)
        }
        ExecutionError::UnexpectedType { got, want } if want == "iterable" => {
            format!("{} has no elements to go over; a list or a map is expected", with_article(got))
        }
        ExecutionError::UnexpectedType { got, want } => {
            format!("{} is expected, not {}", with_article(want), with_article(got))
        }
        ExecutionError::IndexOutOfBounds(index) => {
            let index = serde_json::to_string(&as_number(index)).unwrap_or_default();
            format!(
                "there is no element {index}: elements count from 0; guard it by `size(list) > {index}`"
            )
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "a division by zero; guard it, as in `n == 0 ? 0 : x / n`".to_owned()
        }
        ExecutionError::Overflow(..) => "the result is too large for its type".to_owned(),
        ExecutionError::FunctionError { function, message } => format!("{function}: {message}"),
        ExecutionError::DuplicateKey(key) => format!("a map has the key `{}` twice", key_text(key)),
        ExecutionError::UnsupportedKeyType(value) => format!(
            "{} cannot be a key; a text, a whole number or a truth value can",
            with_article(&value.type_of().to_string())
        ),
        ExecutionError::UnsupportedIndex(index, value) => {
            let [index, value] =
                [index, value].map(|value| with_article(&value.type_of().to_string()));
            format!("{value} has no entry that {index} names")
        }
        ExecutionError::UnsupportedTargetType { target } => {
            format!("not possible for {}", with_article(&target.type_of().to_string()))
        }
        ExecutionError::NotSupportedAsMethod { method, target } => {
            overload_message(method, &[target.type_of().to_string()])
        }
        // The rest would print whole values, which are long, and in no order.
        _ => "cannot be evaluated".to_owned(),
    }
}

fn key_text(key: &cel::Value) -> String {
    match key {
        cel::Value::String(text) => text.to_string(),
        other => as_number(other).to_string(),
    }
}

fn as_number(value: &cel::Value) -> serde_json::Value {
    match value {
        cel::Value::Int(number) => (*number).into(),
        cel::Value::UInt(number) => (*number).into(),
        _ => serde_json::Value::Null,
    }
}

/// An operator or function that does not take values of these types.
fn overload_message(function: &str, types: &[String]) -> String {
    let words: Vec<String> =
        types.iter().filter(|name| *name != "dyn").map(|name| with_article(name)).collect();
    let symbol = match function {
        "add" => "+",
        "sub" => "-",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        operators::IN => "in",
        "_._" | operators::INDEX => {
            return format!(
                "{} has no entries; a map or a list is expected",
                words.first().map_or("it", String::as_str)
            );
        }
        other => other.trim_matches('_'),
    };
    let hint = match words.as_slice() {
        [a, b] if is_mixed(a, b) => "; convert one of them by int() or double()",
        [a, b] if symbol == "+" && (a == "a text") != (b == "a text") => {
            "; convert the other by string()"
        }
        [a, b] if (a == "null") != (b == "null") => "; compare it with null first",
        _ => "",
    };
    match words.as_slice() {
        [one] => format!("`{symbol}` does not work on {one}{hint}"),
        [a, b] => format!("`{symbol}` does not work on {a} and {b}{hint}"),
        _ => format!("`{symbol}` does not work on {}{hint}", words.join(", ")),
    }
}

fn is_mixed(a: &str, b: &str) -> bool {
    let number = |word: &str| matches!(word, "an int" | "a uint" | "a double" | "a float");
    number(a) && number(b) && a != b
}

fn missing_entry(place: &IdedExpr, scope: &Scope, key: &str) -> String {
    let names = Path::of(place).map(|path| path.names).unwrap_or_default();
    let name = |at: usize| names.get(at).copied().flatten();
    match name(0) {
        Some("params")
            if names.len() == 2 || name(1).is_some_and(|name| !scope.params.contains_key(name)) =>
        {
            let known = || scope.params.keys().map(String::as_str);
            let hint = match did_you_mean(key, known()) {
                hint if hint.is_empty() && scope.params.is_empty() => {
                    "; this workflow has none".to_owned()
                }
                hint if hint.is_empty() => format!("; there is {}", listed(known())),
                hint => hint,
            };
            format!("there is no parameter `{key}`{hint}")
        }
        Some("env") => {
            format!(
                "the environment has no `{key}`; set it in `env`, or guard it by `has(env.{key})` (secrets cannot be read)"
            )
        }
        Some("outputs") => {
            format!("the task gave no output `{key}`; guard it by `has(outputs.{key})`")
        }
        Some("tasks") => match name(1).filter(|task| scope.tasks.contains_key(*task)) {
            Some(task) if name(2) == Some("outputs") => missing_output(scope, task, key),
            Some(task) => format!("`tasks.{task}` has no `{key}`"),
            None => {
                let task = name(1).unwrap_or(key);
                format!(
                    "`{task}` is not a task before this one; only those can be read: add a dependency from `{task}`, or correct the name"
                )
            }
        },
        _ => format!("there is no entry `{key}`; guard it by `has(….{key})`"),
    }
}

fn missing_output(scope: &Scope, task: &str, key: &str) -> String {
    let Some(found) = scope.tasks.get(task) else { return String::new() };
    let guard = format!("guard it by `has(tasks.{task}.outputs.{key})`");
    match (&found.outputs, found.state) {
        (Some(outputs), _) if !outputs.is_empty() => {
            let known = || outputs.keys().map(String::as_str);
            let hint = match did_you_mean(key, known()) {
                hint if hint.is_empty() => format!("; it gave {}", listed(known())),
                hint => hint,
            };
            format!("task `{task}` gave no output `{key}`{hint} (or {guard})")
        }
        (_, TaskState::Succeeded) => {
            format!(
                "task `{task}` gave no output `{key}`: let it call `millrace-task output {key}=…`, or {guard}"
            )
        }
        (_, state) => {
            format!("task `{task}` has no output `{key}`: its state is `{}`; {guard}", state.word())
        }
    }
}
