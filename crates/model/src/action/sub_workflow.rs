//! A task that runs another workflow: which one, and what it is given.
//!
//! Which file a name stands for is for whoever has files.

use crate::Values;
use crate::document::{Param, ParamKind};
use crate::expr::{Scope, to_text};
use crate::ident::Ident;
use crate::params::{self, ParamProblem};
use crate::template::Template;

/// How deeply runs may lie within runs: a run that nobody called is at depth 1.
pub const MAX_DEPTH: usize = 16;

/// A run of another workflow, its values not yet put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubWorkflow {
    /// Which workflow.
    pub callee: Callee,
    /// Its parameters, in the order in which the document gives them.
    pub params: Vec<(String, Template)>,
    /// The task waits for the end of the run.
    pub awaited: bool,
}

/// By what another workflow is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Callee {
    /// By its name in the library.
    Name(Ident),
    /// By the path of its file, relative to the folder of the document that names it.
    Path(String),
}

impl Callee {
    /// Reads what stands in a document: a name, or a path. A path ends in `.json` or has a `/` in it.
    ///
    /// # Errors
    /// Neither; says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains('/') || text.ends_with(".json") {
            return Ok(Self::Path(text.to_owned()));
        }
        Ident::new(text).map(Self::Name).map_err(|_| {
            format!(
                "`{text}` is neither a workflow's name (a-z, 0-9 and _) nor a path (ending in .json)"
            )
        })
    }

    /// How a document in `folder` names the file at `path`; both absolute, and with `/` between their steps.
    #[must_use]
    pub fn path_from(folder: &str, path: &str) -> String {
        let from: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
        let to: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
        let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..", from.len() - shared);
        up.chain(to[shared..].iter().copied()).collect::<Vec<_>>().join("/")
    }
}

impl std::fmt::Display for Callee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name.as_str()),
            Self::Path(path) => f.write_str(path),
        }
    }
}

impl SubWorkflow {
    /// The values for the parameters that the other workflow declares. What an expression gives is taken as it is where it
    /// is a list or an object or any JSON is asked for, left out where it is null, and else read as its text would be on a
    /// command line.
    ///
    /// # Errors
    /// All that is wrong, in words: expressions without a value, names that are not declared, texts of the wrong type.
    pub fn arguments(&self, declared: &[Param], scope: &Scope) -> Result<Values, Vec<String>> {
        let mut values = Values::new();
        let mut problems = Vec::new();
        for (name, template) in &self.params {
            let Some(param) = declared.iter().find(|param| param.name.as_str() == name) else {
                problems.push(params::unknown_name(declared, name).to_string());
                continue;
            };
            match template.eval(scope) {
                // As if it had not been given.
                Ok(value) if value.is_null() => {}
                Ok(value)
                    if value.is_array()
                        || value.is_object()
                        || param.kind == ParamKind::Json && template.is_one_expression() =>
                {
                    values.insert(name.clone(), value);
                }
                Ok(value) => match params::parse_text(param, &to_text(&value)) {
                    Ok(value) => drop(values.insert(name.clone(), value)),
                    Err(problem) => problems.push(problem.to_string()),
                },
                Err(error) => problems.push(format!("parameter {name}: {error}")),
            }
        }
        if problems.is_empty() { Ok(values) } else { Err(problems) }
    }

    /// What is known to be wrong with the parameters before any value is: names that are not declared, parameters that have to
    /// be given and are not.
    #[must_use]
    pub fn misfits(&self, declared: &[Param]) -> Vec<ParamProblem> {
        let given = |name: &str| self.params.iter().any(|(given, _)| given == name);
        let is_declared = |name: &str| declared.iter().any(|param| param.name.as_str() == name);
        let unknown = self.params.iter().filter(|(name, _)| !is_declared(name));
        let missing = declared.iter().filter(|param| param.required && !given(param.name.as_str()));
        let not_given = |param: &Param| ParamProblem {
            param: param.name.to_string(),
            message: "has to be given".to_owned(),
        };
        unknown
            .map(|(name, _)| params::unknown_name(declared, name))
            .chain(missing.map(not_given))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn declared() -> Vec<Param> {
        let text = r#"{"millrace": 1, "name": "child", "tasks": [], "params": [
            {"name": "day", "type": "string", "required": true},
            {"name": "count", "type": "int", "default": 1},
            {"name": "files", "type": "list"}]}"#;
        crate::read::Document::parse(text.as_bytes()).workflow.unwrap().params
    }

    fn sub(params: &[(&str, &str)]) -> SubWorkflow {
        let params = params
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Template::parse(text).unwrap()))
            .collect();
        SubWorkflow { callee: Callee::parse("child").unwrap(), params, awaited: true }
    }

    #[test]
    fn names_and_paths_are_told_apart() {
        assert_eq!(Callee::parse("load"), Ok(Callee::Name(Ident::new("load").unwrap())));
        for path in ["load.json", "sub/load.json", "../load.json", "/x/load.JSON"] {
            assert_eq!(Callee::parse(path), Ok(Callee::Path(path.to_owned())));
        }
        assert!(Callee::parse("Load it").unwrap_err().contains("neither"));
    }

    #[test]
    fn values_get_the_types_that_are_declared() {
        let scope = Scope {
            params: std::sync::Arc::new(
                json!({"n": 7, "list": ["a b", "c"]}).as_object().unwrap().clone(),
            ),
            ..Scope::default()
        };
        let given =
            sub(&[("day", "${params.n}"), ("count", "${params.n}"), ("files", "${params.list}")]);
        let values = given.arguments(&declared(), &scope).unwrap();
        assert_eq!(
            serde_json::Value::Object(values),
            json!({"day": "7", "count": 7, "files": ["a b", "c"]})
        );
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        let given = sub(&[("dya", "x"), ("count", "many"), ("files", "${params.nothing}")]);
        let problems = given.arguments(&declared(), &Scope::default()).unwrap_err();
        insta::assert_snapshot!(problems.join("\n"), @r"
        parameter dya: there is no such parameter; did you mean `day`?
        parameter count: `many` is not a whole number of 64 bits
        parameter files: column 3: there is no parameter `nothing`; this workflow has none
        ");
        let misfits: Vec<String> =
            given.misfits(&declared()).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(misfits.join("\n"), @r"
        parameter dya: there is no such parameter; did you mean `day`?
        parameter day: has to be given
        ");
    }
}
