//! A parameter's value from text: `-p name=text`, a form's field.

use serde_json::Value;

use super::check::{check_value, shown};
use super::problem::ParamProblem;
use crate::document::{Json, Param, ParamKind};
use crate::exact;
use crate::expr::to_text;

/// The value that `text` stands for, by the parameter's type. Texts are taken as they are: no quotes, no escapes,
/// no expressions.
///
/// A list is JSON (`["a", "b"]`) or texts separated by commas (`a,b`); an empty text is the empty list.
///
/// # Errors
/// The text is not of the type, or its value is not allowed.
pub fn parse_text(param: &Param, text: &str) -> Result<Value, ParamProblem> {
    let problem = |message: String| ParamProblem::new(param.name.as_str(), message);
    let trimmed = text.trim();
    let not = |what: &str| problem(format!("{} is not {what}", shown(&Value::from(text))));
    let value = match param.kind {
        ParamKind::String => Value::from(text),
        ParamKind::File
        | ParamKind::Directory
        | ParamKind::Secret
        | ParamKind::Date
        | ParamKind::Datetime => Value::from(trimmed),
        ParamKind::Int => {
            trimmed.parse::<i64>().map(Value::from).map_err(|_| not("a whole number of 64 bits"))?
        }
        ParamKind::Float => trimmed
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map(Value::Number)
            .ok_or_else(|| not("a number"))?,
        ParamKind::Bool => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Value::Bool(true),
            "false" | "no" | "off" | "0" => Value::Bool(false),
            _ => return Err(not("true or false")),
        },
        ParamKind::Choice => param
            .choices
            .iter()
            .map(Json::to_value)
            .find(|choice| to_text(choice) == text)
            .unwrap_or_else(|| Value::from(text)),
        ParamKind::List if trimmed.starts_with('[') => json(trimmed).map_err(problem)?,
        ParamKind::List if trimmed.is_empty() => Value::Array(Vec::new()),
        ParamKind::List => trimmed.split(',').map(|part| Value::from(part.trim())).collect(),
        ParamKind::Json => json(trimmed).map_err(problem)?,
    };
    check_value(param, &value)
}

fn json(text: &str) -> Result<Value, String> {
    let value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    exact::check(text)?;
    Ok(value)
}
