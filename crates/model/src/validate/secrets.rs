//! Secrets that this machine has not stored: the run may begin, and tasks that need one end as errors.
//!
//! A name that a parameter chooses is known only when a run starts.

use super::Checker;
use crate::document::{EnvMap, EnvValue};
use crate::problem::{Code, Path, Problem};
use crate::suggest::nearest;
use crate::texts::{TextUse, visit_texts};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    env(checker, &Path::root().key("env"), &workflow.env);
    env(checker, &Path::root().key("defaults").key("env"), &workflow.defaults.env);
    for (at, task) in workflow.tasks.iter().enumerate() {
        visit_texts(task, &mut |usage, path, name| {
            if usage == TextUse::Secret {
                stored(checker, name, &|| Path::task(at).join(&path()));
            }
        });
    }
}

fn env(checker: &mut Checker<'_>, path: &Path, env: &EnvMap) {
    for (variable, value) in env {
        let EnvValue::Secret(name) = value else { continue };
        stored(checker, name, &|| path.clone().key(variable).key("secret"));
    }
}

fn stored(checker: &mut Checker<'_>, name: &str, at: &dyn Fn() -> Path) {
    let Some(stored) = checker.secrets else { return };
    if name.contains("${") || stored.contains(name) {
        return;
    }
    let message = format!("the secret `{name}` is not stored on this machine");
    let help = match nearest(name, stored.iter().map(String::as_str)) {
        Some(near) => {
            format!("did you mean `{near}`? else store it: `millrace secret set {name}`")
        }
        None => {
            format!("store it with `millrace secret set {name}`, or in the window's settings")
        }
    };
    checker.push(Problem::new(Code::UnknownSecret, at(), message).help(help));
}
