//! A value against its parameter's declaration.

use std::cmp::Ordering;

use serde_json::Value;

use super::problem::ParamProblem;
use crate::document::{Json, Param, ParamKind};
use crate::expr::to_text;
use crate::suggest::did_you_mean;
use crate::time_text;

/// The value in the form that its type has (a float is a float also where it was given as `3`), or what is wrong
/// with it. Null is no value: the caller decides whether one is needed.
///
/// # Errors
/// It is not of the type, not one of the choices, below `min`, above `max`, or does not match `pattern`.
pub fn check_value(param: &Param, value: &Value) -> Result<Value, ParamProblem> {
    let problem = |message: String| ParamProblem::new(param.name.as_str(), message);
    let value = typed(param.kind, value).map_err(problem)?;
    check_choices(param, &value).map_err(problem)?;
    check_range(param, &value).map_err(problem)?;
    check_pattern(param, &value).map_err(problem)?;
    Ok(value)
}

/// The value as its type has it.
pub(super) fn typed(kind: ParamKind, value: &Value) -> Result<Value, String> {
    let expected = |what: &str| Err(format!("{what} is expected, not {}", shown(value)));
    match kind {
        ParamKind::Json | ParamKind::Choice => Ok(value.clone()),
        ParamKind::String => match value {
            Value::String(_) => Ok(value.clone()),
            _ => expected("a text"),
        },
        ParamKind::File | ParamKind::Directory => match value {
            Value::String(path) if path.is_empty() => Err("the path is empty".to_owned()),
            Value::String(path) if path.contains('\0') => {
                Err("the path has a NUL character".to_owned())
            }
            Value::String(_) => Ok(value.clone()),
            _ => expected("a path"),
        },
        ParamKind::Secret => match value {
            Value::String(name) if !name.trim().is_empty() => Ok(value.clone()),
            _ => expected("the name of a stored secret"),
        },
        ParamKind::Bool => match value {
            Value::Bool(_) => Ok(value.clone()),
            _ => expected("true or false"),
        },
        ParamKind::List => match value {
            Value::Array(_) => Ok(value.clone()),
            _ => expected("a list"),
        },
        ParamKind::Int => match value.as_number().and_then(whole) {
            Some(number) => Ok(Value::from(number)),
            None => expected("a whole number of 64 bits"),
        },
        ParamKind::Float => match value.as_f64().and_then(serde_json::Number::from_f64) {
            Some(number) => Ok(Value::Number(number)),
            None => expected("a number"),
        },
        ParamKind::Date => match value.as_str().and_then(time_text::date) {
            Some(date) => Ok(Value::from(date.to_string())),
            None => expected("a date such as 2026-11-23"),
        },
        ParamKind::Datetime => {
            match value.as_str().filter(|text| time_text::datetime(text).is_some()) {
                Some(_) => Ok(value.clone()),
                None => expected("an instant such as 2026-11-23T06:00:00Z"),
            }
        }
    }
}

/// `3` and `3.0`, but not `3.5`.
fn whole(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        // Above 2^53 a float does not tell which whole number was meant.
        (number.is_f64() && float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0)
            .then_some(float as i64)
    })
}

fn check_choices(param: &Param, value: &Value) -> Result<(), String> {
    if param.choices.is_empty() {
        return Ok(());
    }
    let choices: Vec<Value> = param.choices.iter().map(Json::to_value).collect();
    // A choice is compared as the type has it: 3 is 3.0 for a float.
    let same = |choice: &Value| typed(param.kind, choice).is_ok_and(|choice| choice == *value);
    if choices.iter().any(same) {
        return Ok(());
    }
    let texts: Vec<String> = choices.iter().map(to_text).collect();
    let hint = did_you_mean(&to_text(value), texts.iter().map(String::as_str));
    let listed = crate::suggest::listed(texts.iter().map(String::as_str));
    Err(format!("{} is not one of {listed}{hint}", shown(value)))
}

fn check_range(param: &Param, value: &Value) -> Result<(), String> {
    let bounds = [(&param.min, Ordering::Less), (&param.max, Ordering::Greater)];
    for (bound, wrong) in bounds {
        let Some(bound) = bound else { continue };
        let bound = bound.to_value();
        let Some((ordering, what)) = compare(param.kind, value, &bound) else { continue };
        if ordering == wrong {
            let (beyond, limit) = match wrong {
                Ordering::Less => ("below", "smallest"),
                _ => ("above", "largest"),
            };
            return Err(match what {
                Measure::Value => format!(
                    "{} is {beyond} the {limit} allowed value {}",
                    shown(value),
                    to_text(&bound)
                ),
                Measure::Length(length, unit) => {
                    let word = if wrong == Ordering::Less { "shortest" } else { "longest" };
                    format!("has {length} {unit}; the {word} allowed has {}", to_text(&bound))
                }
            });
        }
    }
    Ok(())
}

/// What `min` and `max` of a parameter measure.
enum Measure {
    Value,
    Length(u64, &'static str),
}

/// How a value stands to a bound; none where the bound does not fit the type (that is the declaration's problem).
fn compare(kind: ParamKind, value: &Value, bound: &Value) -> Option<(Ordering, Measure)> {
    let length = |length: usize, unit| {
        let length = length as u64;
        Some((length.cmp(&bound.as_u64()?), Measure::Length(length, unit)))
    };
    match kind {
        ParamKind::Int => {
            Some((value.as_i64()?.cmp(&bound.as_number().and_then(whole)?), Measure::Value))
        }
        ParamKind::Float => Some((value.as_f64()?.partial_cmp(&bound.as_f64()?)?, Measure::Value)),
        ParamKind::Date => {
            let date = |value: &Value| value.as_str().and_then(time_text::date);
            Some((date(value)?.cmp(&date(bound)?), Measure::Value))
        }
        ParamKind::Datetime => {
            let at = |value: &Value| value.as_str().and_then(time_text::datetime);
            Some((at(value)?.cmp(&at(bound)?), Measure::Value))
        }
        ParamKind::String | ParamKind::File | ParamKind::Directory => {
            length(value.as_str()?.chars().count(), "characters")
        }
        ParamKind::List => length(value.as_array()?.len(), "elements"),
        ParamKind::Bool | ParamKind::Choice | ParamKind::Json | ParamKind::Secret => None,
    }
}

fn check_pattern(param: &Param, value: &Value) -> Result<(), String> {
    let (Some(pattern), Some(text)) = (&param.pattern, value.as_str()) else { return Ok(()) };
    let whole = format!("^(?:{pattern})$");
    match crate::expr::compile_regex(&whole) {
        Ok(regex) if regex.is_match(text) => Ok(()),
        Ok(_) => Err(format!("{} does not match the pattern `{pattern}`", shown(value))),
        Err(_) => Err(format!(
            "its pattern `{pattern}` is not a regular expression; correct the declaration"
        )),
    }
}

/// A value in a message, cut where it is long.
pub(super) fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("`{text}`"),
        other => other.to_string(),
    };
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
