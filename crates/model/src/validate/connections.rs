//! Connections and channels that tasks name and this machine does not have: the run may begin, and such a task ends as an
//! error.
//!
//! A name that a value makes is known only when the task starts.

use super::{Checker, hooks};
use crate::document::Json;
use crate::kinds::{self, FieldShape};
use crate::problem::{Code, Path, Problem};
use crate::suggest::nearest;

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, task) in workflow.tasks.iter().enumerate() {
        let Some(kind) = kinds::kind(&task.kind) else { continue };
        let path = |key: &str| Path::task(at).key("spec").key(key);
        for field in kind.fields {
            if let FieldShape::Connection { kinds } = field.shape
                && let Some(name) = task.spec.get(field.key).and_then(Json::as_str)
            {
                connection(checker, path(field.key), name, kinds);
            }
        }
        if task.kind == "notify" {
            let named = task.spec.get("channels").map(Json::elements).unwrap_or_default();
            for (index, name) in named.iter().enumerate() {
                if let Json::String(name) = name {
                    hooks::channel(checker, path("channels").index(index), name);
                }
            }
        }
    }
}

fn connection(
    checker: &mut Checker<'_>,
    at: Path,
    name: &str,
    kinds: &[crate::connection::ConnectionKind],
) {
    let Some(connections) = checker.connections else { return };
    if name.contains("${") {
        return;
    }
    let Some(found) = connections.get(name) else {
        let message = format!("the settings of this machine have no connection `{name:.64}`");
        let fitting = connections.iter().filter(|(_, kind)| kinds.contains(kind));
        let help = match nearest(name, fitting.map(|(name, _)| name.as_str())) {
            Some(near) => format!("did you mean `{near}`? else add it: `millrace connection add`"),
            None => "add it with `millrace connection add`, or in the window's settings".to_owned(),
        };
        return checker.push(Problem::new(Code::UnknownConnection, at, message).help(help));
    };
    if !kinds.contains(found) {
        let wanted: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
        let message = format!(
            "the connection `{name}` is of kind {found}, and {} is needed",
            wanted.join(" or ")
        );
        let problem = Problem::new(Code::WrongConnection, at, message);
        checker.push(problem.help("name another one, or change that one in the settings"));
    }
}
