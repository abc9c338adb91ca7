//! Secrets that this machine has not stored: the run may begin, and tasks that need one end as errors.
//!
//! A name that a parameter chooses is known only when a run starts.

use super::Checker;
use crate::document::{EnvMap, EnvValue};
use crate::problem::{Code, Path, Problem};
use crate::suggest::nearest;

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    env(checker, &Path::root().key("env"), &workflow.env);
    env(checker, &Path::root().key("defaults").key("env"), &workflow.defaults.env);
    for (at, task) in workflow.tasks.iter().enumerate() {
        env(checker, &Path::task(at).key("env"), &task.env);
    }
}

fn env(checker: &mut Checker<'_>, path: &Path, env: &EnvMap) {
    let Some(stored) = checker.secrets else { return };
    for (variable, value) in env {
        let EnvValue::Secret(name) = value else { continue };
        if name.contains("${") || stored.contains(name) {
            continue;
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
        let at = path.clone().key(variable).key("secret");
        checker.push(Problem::new(Code::UnknownSecret, at, message).help(help));
    }
}
