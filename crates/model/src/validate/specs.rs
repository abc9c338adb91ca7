//! The fields of each task's kind.

use super::Checker;
use crate::kinds::{self, SpecProblem, SpecProblemKind};
use crate::problem::{Code, Path, Problem};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, task) in workflow.tasks.iter().enumerate() {
        match kinds::kind(&task.kind) {
            None => {
                let unknown = SpecProblem::unknown_kind(&task.kind);
                checker.push(
                    Problem::new(Code::UnknownKind, Path::task(at).key("kind"), unknown.message)
                        .help("the task is kept as it is and can be moved and saved, but it cannot run"),
                );
            }
            Some(kind) => {
                for problem in kind.check(&task.spec) {
                    checker.push(of_spec(at, problem));
                }
            }
        }
    }
}

fn of_spec(task: usize, problem: SpecProblem) -> Problem {
    let mut path = Path::task(task).key("spec");
    if let Some(field) = &problem.field {
        path = path.key(field);
    }
    if let Some(index) = problem.index {
        path = path.index(index);
    }
    let code = match problem.kind {
        SpecProblemKind::UnknownKind => Code::UnknownKind,
        SpecProblemKind::UnknownKey => Code::UnknownKey,
        SpecProblemKind::Invalid => Code::BadSpec,
        SpecProblemKind::Expression => Code::BadTemplate,
    };
    let message = match problem.column {
        Some(column) => format!("column {column}: {}", problem.message),
        None => problem.message,
    };
    let found = Problem::new(code, path, message);
    if code == Code::UnknownKey { found.at_key() } else { found }
}
