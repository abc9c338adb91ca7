//! Parameters: whether a declaration makes sense, and the values that a run gets.
//!
//! Values are inert: nothing in a given value is ever read as a template or an expression. Only a declaration's
//! `default` may be a template, and what it gives is checked like any other value.

mod check;
mod declare;
mod problem;
mod text;

use serde_json::Value;

use crate::Values;
use crate::document::Param;
use crate::expr::Scope;
use crate::suggest::did_you_mean;
use crate::template::Template;

pub use check::check_value;
pub use declare::{ParamMember, ParamMemberProblem, check_declaration};
pub use problem::ParamProblem;
pub use text::parse_text;

/// The values of a run's parameters: all that are declared, each of its type.
///
/// `given` wins over the declared default; a parameter with neither is null. Defaults are evaluated in the order of
/// the declarations, over `scope` and the parameters before them.
///
/// # Errors
/// All problems at once, in the order of the declarations, unknown names last.
pub fn resolve(
    params: &[Param],
    given: &Values,
    scope: &Scope,
) -> Result<Values, Vec<ParamProblem>> {
    let mut values = Values::new();
    let mut problems = Vec::new();
    let mut scope = scope.clone();
    for param in params {
        let name = param.name.as_str();
        let value = match given.get(name) {
            Some(value) if !value.is_null() => check_value(param, value),
            Some(_) | None if param.required => Err(missing(param)),
            Some(_) => Ok(Value::Null),
            None => {
                scope.params = std::sync::Arc::new(values.clone());
                default(param, &scope)
            }
        };
        match value {
            Ok(value) => _ = values.insert(name.to_owned(), value),
            Err(problem) => problems.push(problem),
        }
    }
    let mut unknown: Vec<&String> = given
        .keys()
        .filter(|key| params.iter().all(|param| param.name.as_str() != key.as_str()))
        .collect();
    unknown.sort();
    problems.extend(unknown.into_iter().map(|name| unknown_name(params, name)));
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

/// The value of a parameter that is not given.
///
/// # Errors
/// The default cannot be evaluated, or is not of the parameter's type.
pub fn default(param: &Param, scope: &Scope) -> Result<Value, ParamProblem> {
    let name = param.name.as_str();
    let in_default =
        |message: String| ParamProblem::new(name, format!("its default cannot be used: {message}"));
    let Some(json) = &param.default else { return Ok(Value::Null) };
    let value = match json.as_str() {
        Some(text) => {
            let template = Template::parse(text).map_err(|error| in_default(error.to_string()))?;
            let value = template.eval(scope).map_err(|error| in_default(error.to_string()))?;
            // A text that is computed stands for the value that it spells: "${index}0" for a number.
            match (&value, template.as_literal()) {
                (Value::String(text), None) => {
                    return parse_text(param, text).map_err(|p| in_default(p.message));
                }
                _ => value,
            }
        }
        None => json.to_value(),
    };
    if value.is_null() {
        return Ok(Value::Null);
    }
    check_value(param, &value).map_err(|problem| in_default(problem.message))
}

/// The problem of a name that no parameter has.
#[must_use]
pub fn unknown_name(params: &[Param], name: &str) -> ParamProblem {
    let names = || params.iter().map(|param| param.name.as_str());
    let message = match params {
        [] => "there is no such parameter: this workflow has none".to_owned(),
        _ => match did_you_mean(name, names()) {
            hint if hint.is_empty() => {
                format!("there is no such parameter; there is {}", crate::suggest::listed(names()))
            }
            hint => format!("there is no such parameter{hint}"),
        },
    };
    ParamProblem::new(name, message)
}

fn missing(param: &Param) -> ParamProblem {
    let name = param.name.as_str();
    let about = match &param.description {
        Some(text) => format!(" ({})", text.lines().next().unwrap_or_default()),
        None => String::new(),
    };
    ParamProblem::new(name, format!("missing{about}: give one, as in `-p {name}=…`"))
}

#[cfg(test)]
mod tests;
