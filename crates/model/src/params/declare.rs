//! Whether a parameter's declaration makes sense.

use serde_json::Value;

use super::check::{shown, typed};
use crate::document::{Json, Param, ParamKind};
use crate::expr::compile_regex;
use crate::template::Template;

/// A member of a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamMember {
    /// `default`
    Default,
    /// `required`
    Required,
    /// `choices`, or the one of this index.
    Choices(Option<usize>),
    /// `min`
    Min,
    /// `max`
    Max,
    /// `pattern`
    Pattern,
}

impl ParamMember {
    /// Its key.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Required => "required",
            Self::Choices(_) => "choices",
            Self::Min => "min",
            Self::Max => "max",
            Self::Pattern => "pattern",
        }
    }
}

/// Something wrong with a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamMemberProblem {
    /// Where.
    pub member: ParamMember,
    /// What is wrong and what to do.
    pub message: String,
    /// Where in a template: counts characters from 1.
    pub column: Option<usize>,
}

/// Everything that is wrong with a declaration by itself: members that do not fit its type, a default that is not
/// allowed, bounds that nothing can meet.
#[must_use]
pub fn check_declaration(param: &Param) -> Vec<ParamMemberProblem> {
    let mut checker = Checker { param, problems: Vec::new() };
    checker.choices();
    checker.bounds();
    checker.pattern();
    checker.default();
    checker.problems
}

struct Checker<'a> {
    param: &'a Param,
    problems: Vec<ParamMemberProblem>,
}

impl Checker<'_> {
    fn fail(&mut self, member: ParamMember, message: String) {
        self.problems.push(ParamMemberProblem { member, message, column: None });
    }

    fn choices(&mut self) {
        let kind = self.param.kind;
        if kind == ParamKind::Choice && self.param.choices.is_empty() {
            self.fail(
                ParamMember::Choices(None),
                "missing: a `choice` needs the values to choose from".to_owned(),
            );
        }
        if kind == ParamKind::Secret && !self.param.choices.is_empty() {
            let message =
                "not possible for a secret: its value is the name of a stored one".to_owned();
            self.fail(ParamMember::Choices(None), message);
            return;
        }
        let mut seen: Vec<Value> = Vec::new();
        for (index, choice) in self.param.choices.iter().map(Json::to_value).enumerate() {
            match typed(kind, &choice) {
                Err(message) => self.fail(ParamMember::Choices(Some(index)), message),
                Ok(choice) if seen.contains(&choice) => {
                    self.fail(
                        ParamMember::Choices(Some(index)),
                        format!("{} stands twice", shown(&choice)),
                    );
                }
                Ok(choice) => seen.push(choice),
            }
        }
    }

    fn bounds(&mut self) {
        let kind = self.param.kind;
        let given = [(ParamMember::Min, &self.param.min), (ParamMember::Max, &self.param.max)];
        let mut typed_bounds = Vec::new();
        for (member, bound) in given {
            let Some(bound) = bound.as_ref().map(Json::to_value) else { continue };
            match bound_value(kind, &bound) {
                Ok(order) => typed_bounds.push(order),
                Err(message) => self.fail(member, message),
            }
        }
        if let [min, max] = typed_bounds.as_slice()
            && min > max
        {
            self.fail(ParamMember::Max, "smaller than `min`: no value can meet both".to_owned());
        }
    }

    fn pattern(&mut self) {
        let Some(pattern) = &self.param.pattern else { return };
        if !matches!(
            self.param.kind,
            ParamKind::String | ParamKind::File | ParamKind::Directory | ParamKind::Secret
        ) {
            let message = format!(
                "not possible for the type `{}`: a pattern is for texts",
                self.param.kind.word()
            );
            self.fail(ParamMember::Pattern, message);
        }
        if let Err(message) = compile_regex(pattern) {
            self.fail(ParamMember::Pattern, message);
        }
    }

    fn default(&mut self) {
        let Some(default) = &self.param.default else { return };
        if self.param.required {
            let message = "has no effect beside a `default`; remove one of the two".to_owned();
            self.fail(ParamMember::Required, message);
        }
        if let Some(text) = default.as_str() {
            match Template::parse(text) {
                Err(error) => self.problems.push(ParamMemberProblem {
                    member: ParamMember::Default,
                    message: error.message,
                    column: error.column,
                }),
                Ok(template) => self.default_template(&template),
            }
        } else if *default != Json::Null
            && let Err(problem) = super::check_value(self.param, &default.to_value())
        {
            self.fail(ParamMember::Default, problem.message);
        }
    }

    fn default_template(&mut self, template: &Template) {
        if let Some(text) = template.as_literal() {
            if let Err(problem) = super::check_value(self.param, &Value::from(text)) {
                self.fail(ParamMember::Default, problem.message);
            }
            return;
        }
        let read = template.references();
        let beyond = [
            (!read.tasks.is_empty() || read.any_task, "tasks"),
            (read.item, "item"),
            (read.index, "index"),
            (read.own_outputs, "outputs"),
            (read.hook, "hook"),
        ];
        for (is_read, name) in beyond {
            if is_read {
                let message = format!(
                    "`{name}` is not known before the run starts; use `run`, `env` or the parameters above"
                );
                self.fail(ParamMember::Default, message);
            }
        }
    }
}

/// A bound in an order of its type.
fn bound_value(kind: ParamKind, bound: &Value) -> Result<f64, String> {
    let length = || bound.as_u64().map(|length| length as f64);
    let number = |value: Option<f64>, what: &str| {
        value.ok_or_else(|| format!("{what} is expected, not {}", shown(bound)))
    };
    match kind {
        ParamKind::Int => {
            typed(kind, bound).and_then(|value| number(value.as_f64(), "a whole number"))
        }
        ParamKind::Float => number(bound.as_f64(), "a number"),
        ParamKind::Date => {
            let date = bound.as_str().and_then(crate::time_text::date);
            number(
                date.map(|date| f64::from(chrono::Datelike::num_days_from_ce(&date))),
                "a date such as 2026-11-23",
            )
        }
        ParamKind::Datetime => {
            let at = bound.as_str().and_then(crate::time_text::datetime);
            number(
                at.map(|at| at.timestamp_micros() as f64),
                "an instant such as 2026-11-23T06:00:00Z",
            )
        }
        ParamKind::String | ParamKind::File | ParamKind::Directory => {
            number(length(), "a number of characters")
        }
        ParamKind::List => number(length(), "a number of elements"),
        ParamKind::Bool | ParamKind::Choice | ParamKind::Json | ParamKind::Secret => {
            Err(format!("not possible for the type `{}`", kind.word()))
        }
    }
}
