//! The workflows that tasks run: that they are there, take what they are given, and do not lead back here.
//!
//! What is there, whoever has files says. Only a circle keeps a document from running: anything else may be put right
//! before the task starts.

use super::Checker;
use crate::action::{Action, MAX_DEPTH};
use crate::document::Param;
use crate::problem::{Code, Path, Problem};

/// What is known of a workflow that a task runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Called {
    /// It cannot be found or read.
    Unusable {
        /// What is wrong.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// It can.
    Usable {
        /// The parameters that it declares.
        params: Vec<Param>,
    },
    /// It leads back here, directly or through others: the names on the way, this one first and last.
    Circle(Vec<String>),
    /// It runs others, and these others, more than [`MAX_DEPTH`] deep: the names on the way.
    TooDeep(Vec<String>),
}

pub(super) fn check(checker: &mut Checker<'_>) {
    let Some(callees) = checker.callees else { return };
    let workflow = checker.workflow;
    for (at, task) in workflow.tasks.iter().enumerate() {
        let Ok(Action::SubWorkflow(sub)) = Action::for_task(task) else { continue };
        let spec = || Path::task(at).key("spec");
        let problem = |code, message: String| Problem::new(code, spec().key("workflow"), message);
        match callees.get(&sub.callee) {
            None => {}
            Some(Called::Unusable { message, help }) => {
                let found = problem(Code::CalleeUnusable, message.clone());
                checker.push(match help {
                    Some(help) => found.help(help.clone()),
                    None => found,
                });
            }
            Some(Called::Circle(names)) => {
                let message =
                    format!("workflows run each other in a circle: {}", names.join(" → "));
                checker.push(
                    problem(Code::CalleeCircle, message)
                        .help("a workflow cannot run itself; take the task out of one of them"),
                );
            }
            Some(Called::TooDeep(names)) => {
                let way = names.join(" → ");
                let message = format!("runs would lie more than {MAX_DEPTH} deep: {way}");
                checker.push(problem(Code::CalleeCircle, message));
            }
            Some(Called::Usable { params }) => {
                for misfit in sub.misfits(params) {
                    let mut path = spec();
                    if task.spec.get("params").is_some() {
                        path = path.key("params");
                    }
                    checker.report(
                        Code::CalleeParams,
                        path,
                        format!("{} does not take these parameters: {misfit}", sub.callee),
                    );
                }
            }
        }
    }
}
