//! A question to a person: what is asked, which form goes with it, and what a missing answer means.

use serde_json::Value;

use crate::Values;
use crate::document::Param;
use crate::event::WaitFor;
use crate::expr::Scope;
use crate::params::{self, ParamProblem};
use crate::template::Template;

/// The longest message that is recorded, in bytes; what is longer is cut.
const MAX_MESSAGE: usize = 64 * 1024;

/// A question to a person, its values not yet put in.
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    /// What is asked: Markdown.
    pub message: Template,
    /// The form that goes with an approval.
    pub params: Vec<Param>,
    /// What the end of the task's `timeout` means.
    pub on_timeout: OnTimeout,
    /// A rejection makes the task Skipped instead of Failed.
    pub skips: bool,
}

/// What it means that nobody answered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnTimeout {
    /// The task took too long.
    Fail,
    /// As if somebody had said yes.
    Approve,
    /// As if somebody had said no.
    Reject,
}

/// What a person, or the clock, says to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Yes or no.
    pub approved: bool,
    /// Who says so; none = nobody did in time.
    pub by: Option<String>,
    /// A word with it.
    pub note: Option<String>,
    /// What was entered into the form, complete and checked.
    pub values: Values,
}

impl Approval {
    /// What is asked, with its values put in, and what stands in the form before somebody types.
    ///
    /// # Errors
    /// The message or a default has no value.
    pub fn begin(&self, scope: &Scope) -> Result<WaitFor, String> {
        let mut message =
            self.message.render(scope).map_err(|error| format!("`message`: {error}"))?;
        if message.len() > MAX_MESSAGE {
            let end = (0..=MAX_MESSAGE).rev().find(|at| message.is_char_boundary(*at));
            message.truncate(end.unwrap_or(0));
            message.push('…');
        }
        let mut form = Values::new();
        let mut scope = scope.clone();
        let mut known = (*scope.params).clone();
        for param in &self.params {
            let value =
                params::default(param, &scope).map_err(|problem| format!("`params`: {problem}"))?;
            known.insert(param.name.to_string(), value.clone());
            scope.params = std::sync::Arc::new(known.clone());
            if !value.is_null() {
                form.insert(param.name.to_string(), value);
            }
        }
        Ok(WaitFor::Answer { message, form })
    }

    /// The values of the form: what was entered, and for what was not, what stood in it.
    ///
    /// # Errors
    /// Values are missing, unknown or not of their types.
    pub fn values(&self, form: &Values, entered: &Values) -> Result<Values, Vec<ParamProblem>> {
        let mut given = form.clone();
        given.extend(entered.iter().map(|(name, value)| (name.clone(), value.clone())));
        let declared: Vec<Param> =
            self.params.iter().map(|param| Param { default: None, ..param.clone() }).collect();
        params::resolve(&declared, &given, &Scope::default())
    }
}

impl Answer {
    /// What the task gives after a yes.
    #[must_use]
    pub fn outputs(&self) -> Values {
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::String);
        let given = [
            ("approved", Value::Bool(self.approved)),
            ("by", text(&self.by)),
            ("note", text(&self.note)),
            ("answer", Value::Object(self.values.clone())),
        ];
        given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Json, ParamKind};
    use crate::ident::Ident;
    use serde_json::json;

    fn asked() -> Approval {
        let mut count = Param::new(Ident::new("count").unwrap(), ParamKind::Int);
        count.default = Some(Json::from_value(&json!("${params.rows}0")));
        let mut reason = Param::new(Ident::new("reason").unwrap(), ParamKind::String);
        reason.required = true;
        Approval {
            message: Template::parse("Load ${params.rows}?").unwrap(),
            params: vec![count, reason],
            on_timeout: OnTimeout::Fail,
            skips: false,
        }
    }

    fn values(value: &Value) -> Values {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_form_begins_with_its_defaults_and_takes_what_is_entered() {
        let params = std::sync::Arc::new(values(&json!({"rows": 7})));
        let scope = Scope { params, ..Scope::default() };
        let WaitFor::Answer { message, form } = asked().begin(&scope).unwrap() else {
            panic!("not a question");
        };
        assert_eq!((message.as_str(), &form), ("Load 7?", &values(&json!({"count": 70}))));
        let given = asked().values(&form, &values(&json!({"reason": "late"})));
        assert_eq!(given, Ok(values(&json!({"count": 70, "reason": "late"}))));
        let given = asked().values(&form, &values(&json!({"reason": "a", "count": 1})));
        assert_eq!(given, Ok(values(&json!({"count": 1, "reason": "a"}))));
        let wrong = asked().values(&form, &values(&json!({"count": "x", "cuont": 1}))).unwrap_err();
        assert_eq!(wrong.len(), 3, "{wrong:?}");
    }

    #[test]
    fn a_message_without_a_value_is_an_error_and_a_long_one_is_cut() {
        assert!(asked().begin(&Scope::default()).unwrap_err().contains("`message`"));
        let long = Approval {
            message: Template::literal(&"ä".repeat(MAX_MESSAGE)),
            params: Vec::new(),
            ..asked()
        };
        let WaitFor::Answer { message, .. } = long.begin(&Scope::default()).unwrap() else {
            panic!("not a question");
        };
        assert!(message.len() <= MAX_MESSAGE + '…'.len_utf8() && message.ends_with("ä…"));
    }
}
