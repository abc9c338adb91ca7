//! Every text of a task that can hold an expression, and how it is read.
//!
//! One list for all who need it: validation, and renaming.

use crate::document::{EnvValue, Json, Task};
use crate::expr::Scope;
use crate::kinds::{self, FieldText};
use crate::problem::Path;
use crate::template::Template;

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextUse {
    /// Text with `${ … }` in it.
    Template,
    /// The name of a secret: a template that may name nothing but parameters.
    Secret,
    /// An expression that decides once whether the task runs; of a mapped task, per item where it names `item`.
    When,
    /// An expression that gives the items of a mapped task.
    Items,
    /// An expression over the task's own outputs.
    Until,
    /// The expression of a join.
    Join,
    /// Any other expression, in a kind's spec.
    Expression,
}

macro_rules! walker {
    ($(#[$doc:meta])* $name:ident($task:ty, $text:ty), $iter:ident, $as_ref:ident, [$($mutable:tt)?]) => {
        $(#[$doc])*
        pub(crate) fn $name(task: $task, visit: &mut dyn FnMut(TextUse, &dyn Fn() -> Path, $text)) {
            let at = |key: &'static str| move || Path::root().key(key);
            for (name, value) in task.env.$iter() {
                let path = || Path::root().key("env").key(name);
                match value {
                    EnvValue::Template(text) => visit(TextUse::Template, &path, text),
                    EnvValue::Secret(text) => visit(TextUse::Secret, &|| path().key("secret"), text),
                }
            }
            if let Some(text) = task.workdir.$as_ref() {
                visit(TextUse::Template, &at("workdir"), text);
            }
            for (index, text) in task.produces.$iter().enumerate() {
                visit(TextUse::Template, &|| Path::root().key("produces").index(index), text);
            }
            if let crate::document::Join::Expr(text) = & $($mutable)? task.join {
                visit(TextUse::Join, &|| Path::root().key("join").key("expr"), text);
            }
            if let Some(text) = task.when.$as_ref() {
                visit(TextUse::When, &at("when"), text);
            }
            if let Some(map) = task.for_each.$as_ref() {
                visit(TextUse::Items, &|| Path::root().key("for_each").key("items"), & $($mutable)? map.items);
            }
            if let Some(repeat) = task.repeat.$as_ref() {
                visit(TextUse::Until, &|| Path::root().key("repeat").key("until"), & $($mutable)? repeat.until);
            }
            if let Some(text) = task.lock.$as_ref() {
                visit(TextUse::Template, &at("lock"), text);
            }
            if let Some(text) = task.cache.$as_ref().and_then(|cache| cache.key.$as_ref()) {
                visit(TextUse::Template, &|| Path::root().key("cache").key("key"), text);
            }
            let Some(kind) = kinds::kind(&task.kind) else { return };
            let Json::Object(members) = & $($mutable)? task.spec else { return };
            for (key, value) in members.$iter() {
                let usage = match kind.field(key).map(|field| field.text) {
                    Some(FieldText::Template) => TextUse::Template,
                    Some(FieldText::Expression) => TextUse::Expression,
                    Some(FieldText::OwnOutputs) => TextUse::Until,
                    Some(FieldText::Secret) => TextUse::Secret,
                    Some(FieldText::Literal) | None => continue,
                };
                let path = || Path::root().key("spec").key(key);
                match value {
                    Json::String(text) => visit(usage, &path, text),
                    Json::Array(elements) => {
                        for (index, element) in elements.$iter().enumerate() {
                            if let Json::String(text) = element {
                                visit(usage, &|| path().index(index), text);
                            }
                        }
                    }
                    Json::Object(members) => {
                        for (name, value) in members.$iter() {
                            match value {
                                Json::String(text) => visit(usage, &|| path().key(name), text),
                                // The name of a secret in place of a text.
                                Json::Object(inner) => {
                                    for (key, value) in inner.$iter() {
                                        if let Json::String(text) = value && key == "secret" {
                                            let path = || path().key(name).key("secret");
                                            visit(TextUse::Secret, &path, text);
                                        }
                                    }
                                }
                                _ => {}
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    };
}

walker! {
    /// Visits every text of a task that can hold an expression, each with its path within the task.
    visit_texts(&Task, &str), iter, as_ref, []
}
walker! {
    /// The same, to change them.
    visit_texts_mut(&mut Task, &mut String), iter_mut, as_mut, [mut]
}

/// The task with values put into its templates, as far as they decide what an attempt does. Names of secrets stay as they
/// are.
///
/// # Errors
/// The first text into which no values can be put, with the reason.
pub fn resolved(task: &Task, scope: &Scope) -> Result<Task, String> {
    let mut resolved = task.clone();
    let mut error = None;
    visit_texts_mut(&mut resolved, &mut |usage, path, text| {
        if usage != TextUse::Template || error.is_some() || !text.contains('$') {
            return;
        }
        match Template::parse(text).and_then(|template| template.render(scope)) {
            Ok(rendered) => *text = rendered,
            Err(problem) => error = Some(format!("{}: {problem}", path())),
        }
    });
    match error {
        None => Ok(resolved),
        Some(error) => Err(error),
    }
}
