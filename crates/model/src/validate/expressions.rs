//! Expressions and templates: that they read, and that what they name has a value where they stand.

use super::Checker;
use super::ancestors::{Reach, Use};
use crate::document::{EnvMap, EnvValue, ParamKind, Task};
use crate::expr::{Expr, ExprError, References};
use crate::params::{ParamMember, check_declaration};
use crate::problem::{Code, Path, Problem, Step};
use crate::template::Template;
use crate::texts::{TextUse, visit_texts};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    let mut uses = Vec::new();
    for (at, task) in workflow.tasks.iter().enumerate() {
        let mut texts = Vec::new();
        visit_texts(task, &mut |usage, path, text| {
            // Most texts have no expression at all.
            let is_plain =
                matches!(usage, TextUse::Template | TextUse::Secret) && !text.contains("${");
            if !is_plain && usage != TextUse::Join {
                texts.push((usage, Path::task(at).join(&path()), text.to_owned()));
            }
        });
        for (usage, path, text) in texts {
            match read(usage, &text) {
                Ok(references) => {
                    Scope { at, task, usage, path }.check(checker, &references, &mut uses);
                }
                Err(error) => {
                    let is_spec =
                        matches!(path.steps().get(2), Some(Step::Key(key)) if &**key == "spec");
                    // The kind has reported its own fields.
                    if !is_spec {
                        unreadable(checker, usage, path, &error);
                    }
                }
            }
        }
    }
    Reach::check(checker, &uses);
    workflow_env(checker, &Path::root().key("env"), &workflow.env);
    workflow_env(checker, &Path::root().key("defaults").key("env"), &workflow.defaults.env);
    if let Some(workdir) = &workflow.workdir {
        workflow_text(checker, Path::root().key("workdir"), workdir);
    }
    params(checker);
}

fn read(usage: TextUse, text: &str) -> Result<References, ExprError> {
    match usage {
        TextUse::Template | TextUse::Secret => {
            Template::parse(text).map(|it| it.references().clone())
        }
        _ => Expr::parse(text).map(|it| it.references().clone()),
    }
}

fn unreadable(checker: &mut Checker<'_>, usage: TextUse, path: Path, error: &ExprError) {
    let code = match usage {
        TextUse::Template | TextUse::Secret => Code::BadTemplate,
        _ => Code::BadExpression,
    };
    checker.report(code, path, error.to_string());
}

/// A text of a task: what it may name.
struct Scope<'w> {
    at: usize,
    task: &'w Task,
    usage: TextUse,
    path: Path,
}

impl Scope<'_> {
    fn check(&self, checker: &mut Checker<'_>, references: &References, uses: &mut Vec<Use>) {
        let path = || self.path.clone();
        params_exist(checker, &self.path, references, self.usage == TextUse::Secret);
        self.check_env(checker, references);
        let is_mapped = self.task.for_each.is_some() && self.usage != TextUse::Items;
        if (references.item || references.index) && !is_mapped {
            let word = if references.item { "item" } else { "index" };
            let message = if self.usage == TextUse::Items {
                format!("`{word}` has no value in the expression that gives the items")
            } else {
                format!("`{word}` has a value only in a task with `for_each`")
            };
            checker.report(Code::OutOfScope, path(), message);
        }
        let is_of_hooks = checker.of_hooks.contains(self.task.name.as_str());
        if references.hook && !is_of_hooks {
            let message = "`hook` has a value only in a task that a hook runs";
            checker.report(Code::OutOfScope, path(), message);
        }
        if references.own_outputs && self.usage != TextUse::Until {
            checker.push(
                Problem::new(
                    Code::OutOfScope,
                    path(),
                    "`outputs` has a value only in `repeat.until`",
                )
                .help("write tasks.NAME.outputs for the outputs of a task that comes before"),
            );
        }
        if self.usage == TextUse::Secret && !references.tasks.is_empty() {
            checker.report(
                Code::OutOfScope,
                path(),
                "the name of a secret can use parameters only",
            );
        }
        for (name, used) in &references.tasks {
            let column = used.column;
            if *name == self.task.name.as_str() {
                let message = format!("column {column}: `{name}` has no outputs before it has run");
                checker.report(Code::NotAnAncestor, path(), message);
            } else if checker.index.contains_key(name.as_str())
                && checker.of_hooks.contains(name.as_str())
            {
                let message = format!(
                    "column {column}: `{name}` is run by hooks alone, so it has no value here"
                );
                checker.report(Code::NotAnAncestor, path(), message);
            } else if is_of_hooks && checker.index.contains_key(name.as_str()) {
                // It sees all tasks of the run, as far as they have come.
            } else if let Some(ancestor) = checker.index.get(name.as_str()) {
                uses.push(Use { task: self.at, ancestor: *ancestor, path: path(), column });
            } else {
                let message = format!("column {column}: there is no task `{name}`");
                checker.missing_task(Code::NotAnAncestor, path(), name, message);
            }
        }
    }

    fn check_env(&self, checker: &mut Checker<'_>, references: &References) {
        let workflow = checker.workflow;
        for (name, column) in &references.env {
            let value = [&self.task.env, &workflow.defaults.env, &workflow.env]
                .into_iter()
                .find_map(|env| env.get(name));
            if matches!(value, Some(EnvValue::Secret(_))) {
                checker.push(
                    Problem::new(
                        Code::SecretInText,
                        self.path.clone(),
                        format!("column {column}: `env.{name}` is a secret, and expressions never see secrets"),
                    )
                    .help("let the task read it from its environment"),
                );
            }
        }
    }
}

/// Parameters that exist, and that are no secrets where only text may stand.
pub(super) fn params_exist(
    checker: &mut Checker<'_>,
    path: &Path,
    references: &References,
    is_secret: bool,
) {
    let workflow = checker.workflow;
    for (name, column) in &references.params {
        match workflow.params.iter().find(|param| param.name.as_str() == name) {
            None => {
                let names = workflow.params.iter().map(|param| param.name.as_str());
                let help = match crate::suggest::nearest(name, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "declare it under \"params\", as in {{ \"name\": \"{name}\", \"type\": \"string\" }}"
                    ),
                };
                let message = format!("column {column}: there is no parameter `{name}`");
                checker.push(Problem::new(Code::NoSuchParam, path.clone(), message).help(help));
            }
            Some(param) if param.kind == ParamKind::Secret && !is_secret => {
                checker.push(
                    Problem::new(
                        Code::SecretInText,
                        path.clone(),
                        format!("column {column}: the parameter `{name}` is a secret"),
                    )
                    .help(format!(
                        "use it in `env` only, as {{ \"secret\": \"${{params.{name}}}\" }}"
                    )),
                );
            }
            Some(_) => {}
        }
    }
}

fn workflow_env(checker: &mut Checker<'_>, path: &Path, env: &EnvMap) {
    for (name, value) in env {
        let at = path.clone().key(name);
        match value {
            EnvValue::Template(text) => workflow_text(checker, at, text),
            EnvValue::Secret(text) => workflow_secret(checker, at.key("secret"), text),
        }
    }
}

fn workflow_text(checker: &mut Checker<'_>, path: Path, text: &str) {
    match Template::parse(text) {
        Ok(template) => {
            params_exist(checker, &path, template.references(), false);
            only_run(checker, path, template.references());
        }
        Err(error) => unreadable(checker, TextUse::Template, path, &error),
    }
}

fn workflow_secret(checker: &mut Checker<'_>, path: Path, text: &str) {
    match Template::parse(text) {
        Ok(template) => {
            params_exist(checker, &path, template.references(), true);
            only_run(checker, path, template.references());
        }
        Err(error) => unreadable(checker, TextUse::Secret, path, &error),
    }
}

/// What belongs to all tasks cannot name one of them.
fn only_run(checker: &mut Checker<'_>, path: Path, references: &References) {
    let found = if let Some(name) = references.tasks.keys().next() {
        format!("tasks.{name}")
    } else if references.any_task {
        "tasks".to_owned()
    } else if references.item {
        "item".to_owned()
    } else if references.index {
        "index".to_owned()
    } else if references.own_outputs {
        "outputs".to_owned()
    } else if references.hook {
        "hook".to_owned()
    } else {
        return;
    };
    checker.push(
        Problem::new(Code::OutOfScope, path, format!("`{found}` has no value here, for all tasks"))
            .help("use `params` and `run`, or write it in the tasks that need it"),
    );
}

fn params(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, param) in workflow.params.iter().enumerate() {
        for problem in check_declaration(param) {
            let mut path = Path::root().key("params").index(at).key(problem.member.key());
            if let ParamMember::Choices(Some(index)) = problem.member {
                path = path.index(index);
            }
            let message = match problem.column {
                Some(column) => {
                    format!("parameter {}: column {column}: {}", param.name, problem.message)
                }
                None => format!("parameter {}: {}", param.name, problem.message),
            };
            checker.report(Code::BadParam, path, message);
        }
    }
}
