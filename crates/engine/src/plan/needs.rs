//! Which ancestors' values a task's expressions and templates can read.
//!
//! Found by looking at every text of the task that could hold an expression. A literal that only looks like one
//! names a task too many, which costs nothing; none is missed.

use millrace_model::document::{EnvMap, EnvValue, Json, Task};
use millrace_model::expr::{Expr, References};
use millrace_model::ident::Ident;
use millrace_model::template::Template;

/// The tasks whose values a task's texts read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// By name; only ancestors are in scope, others are left out.
    pub(crate) tasks: Vec<Ident>,
    /// A name is computed: all ancestors.
    pub(crate) any: bool,
}

impl Needs {
    pub(crate) fn add(&mut self, references: &References) {
        self.any |= references.any_task;
        for name in references.tasks.keys() {
            if let Ok(name) = Ident::new(name)
                && !self.tasks.contains(&name)
            {
                self.tasks.push(name);
            }
        }
    }

    pub(crate) fn add_env(&mut self, env: &EnvMap) {
        for value in env.values() {
            let (EnvValue::Template(text) | EnvValue::Secret(text)) = value;
            self.add_text(text);
        }
    }

    /// Everything of `task` but `when` and `lock`, which are compiled anyway.
    pub(crate) fn add_task(&mut self, task: &Task) {
        self.add_env(&task.env);
        let key = task.cache.iter().filter_map(|cache| cache.key.as_ref());
        task.workdir.iter().chain(&task.produces).chain(key).for_each(|text| self.add_text(text));
        self.add_json(&task.spec);
    }

    fn add_json(&mut self, json: &Json) {
        match json {
            Json::String(text) => self.add_text(text),
            Json::Array(elements) => elements.iter().for_each(|element| self.add_json(element)),
            Json::Object(members) => members.iter().for_each(|(_, value)| self.add_json(value)),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn add_text(&mut self, text: &str) {
        if !text.contains("tasks") {
            return;
        }
        if text.contains("${") {
            if let Ok(template) = Template::parse(text) {
                self.add(template.references());
            }
        } else if let Ok(expr) = Expr::parse(text) {
            self.add(expr.references());
        }
    }
}
