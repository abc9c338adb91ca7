//! Why an edit is refused.

use crate::document::Workflow;
use crate::ident::Ident;

/// Why an edit is refused. Its text is short enough to stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is no such task.
    #[error("there is no task `{0}`")]
    NoSuchTask(Ident),
    /// Another task has the name.
    #[error("there is a task `{0}` already")]
    NameTaken(Ident),
    /// An edge from a task to itself.
    #[error("`{0}` can't depend on itself")]
    SelfDependency(Ident),
    /// The two are connected already.
    #[error("`{to}` depends on `{from}` already")]
    DuplicateDependency {
        /// The upstream.
        from: Ident,
        /// The downstream.
        to: Ident,
    },
    /// The two are not connected.
    #[error("`{to}` does not depend on `{from}`")]
    NoSuchDependency {
        /// The upstream.
        from: Ident,
        /// The downstream.
        to: Ident,
    },
    /// The edge would close a circle.
    #[error("that would close a circle: {}", shown_path(.0))]
    Cycle(Vec<Ident>),
    /// An undo does not fit the workflow: it has been changed since.
    #[error("the workflow has changed since; this step can't be undone")]
    Stale,
}

impl EditError {
    /// The circle that an edge from the end of `path` to its start would close.
    pub(super) fn cycle(workflow: &Workflow, path: &[usize]) -> Self {
        Self::Cycle(path.iter().map(|task| workflow.tasks[*task].name.clone()).collect())
    }
}

/// `a → b → a`; long ones without their middle.
fn shown_path(names: &[Ident]) -> String {
    let mut words: Vec<&str> = names.iter().map(Ident::as_str).collect();
    words.extend(names.first().map(Ident::as_str));
    if words.len() > 7 {
        words.splice(4..words.len() - 2, ["…"]);
    }
    words.join(" → ")
}
