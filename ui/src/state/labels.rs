//! The labels of branch tasks as an editor sees them: while their conditions are being typed, and may not be valid.

use millrace_model::action::Branch;
use millrace_model::document::{Atom, Dependency, Json, Task, Workflow};
use millrace_model::edit::Edit;
use millrace_model::event::{TaskRun, TaskState};
use millrace_model::ident::Ident;

/// The labels that a task can choose, in the order of the document; none where it is no branch task.
pub(crate) fn labels(task: &Task) -> Vec<&str> {
    if task.kind != "branch" {
        return Vec::new();
    }
    let members = task.spec.get("branches").map(Json::members).unwrap_or_default();
    let mut labels: Vec<&str> = members.iter().map(|(label, _)| label.as_str()).collect();
    let otherwise = task.spec.get("otherwise").and_then(Json::as_str);
    labels.extend(
        otherwise.filter(|label| !label.is_empty() && !members.iter().any(|(l, _)| l == label)),
    );
    labels
}

/// The label for a new wire that nobody was asked about: the first that no wire has.
pub(crate) fn free_label(workflow: &Workflow, from: &Ident) -> Option<String> {
    let task = workflow.task(from.as_str())?;
    let is_free = |label: &&str| {
        let mut edges = workflow.dependencies.iter().filter(|edge| edge.from == *from);
        !edges.any(|edge| edge.branch.as_deref() == Some(label))
    };
    labels(task).into_iter().find(is_free).map(str::to_owned)
}

/// How an edge sees the end of its upstream: one of a branch that was not chosen sees it as skipped.
pub(super) fn seen(edge: &Dependency, upstream: &TaskRun) -> Option<Atom> {
    let atom = upstream.state.atom()?;
    let label = edge.branch.as_deref().filter(|_| upstream.state == TaskState::Succeeded);
    let is_left = label.is_some_and(|label| !Branch::has_chosen(&upstream.outputs, label));
    Some(if is_left { Atom::Skipped } else { atom })
}

/// The edits by which the edges of a branch task follow, where setting the field `key` to `value` gives one label another
/// name.
pub(super) fn follow_label(
    workflow: &Workflow,
    name: &Ident,
    key: &str,
    value: Option<&Json>,
) -> Vec<Edit> {
    let Some(task) = workflow.task(name.as_str()).filter(|task| task.kind == "branch") else {
        return Vec::new();
    };
    let Some((old, new)) = renamed(task, key, value) else { return Vec::new() };
    let edges = workflow.dependencies.iter();
    edges
        .filter(|edge| edge.from == *name && edge.branch.as_deref() == Some(old))
        .map(|edge| Dependency { branch: Some(new.to_owned()), ..edge.clone() })
        .map(Edit::ReplaceDependency)
        .collect()
}

/// The old and the new name of the one label that changes.
fn renamed<'a>(task: &'a Task, key: &str, value: Option<&'a Json>) -> Option<(&'a str, &'a str)> {
    let (old, new) = match key {
        "branches" => {
            let old = task.spec.get(key).map(Json::members)?;
            let new = value.map(Json::members)?;
            let mut pairs = old.iter().zip(new).filter(|((a, _), (b, _))| a != b);
            let ((a, _), (b, _)) = pairs.next()?;
            if old.len() != new.len() || pairs.next().is_some() {
                return None;
            }
            (a.as_str(), b.as_str())
        }
        "otherwise" => (task.spec.get(key)?.as_str()?, value?.as_str()?),
        _ => return None,
    };
    // A label that stands in the other field, too, is still there.
    let other = if key == "branches" { "otherwise" } else { "branches" };
    let stays = match task.spec.get(other) {
        Some(Json::String(label)) => label == old,
        Some(branches) => branches.get(old).is_some(),
        None => false,
    };
    (old != new && !new.is_empty() && !stays).then_some((old, new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Change;
    use crate::state::fixture::{self, made, name};

    fn json(text: &str) -> Json {
        Json::from_value(&serde_json::from_str(text).unwrap())
    }

    fn workflow() -> Workflow {
        let mut workflow = fixture::workflow(&["w", "a", "b"], &[("w", "a"), ("w", "b")]);
        workflow.tasks[0].kind = "branch".to_owned();
        workflow.tasks[0].spec = json(r#"{"branches": {"x": "true", "y": "("}, "otherwise": "z"}"#);
        workflow.dependencies[0].branch = Some("x".to_owned());
        workflow.dependencies[1].branch = Some("z".to_owned());
        workflow
    }

    fn after(key: &str, value: &str) -> Vec<Option<String>> {
        let before = workflow();
        let edits = follow_label(&before, &name("w"), key, Some(&json(value)));
        let change = Change::Edit { words: String::new(), edit: Box::new(Edit::All(edits)) };
        let edges = made(&before, &change).dependencies;
        edges.into_iter().map(|edge| edge.branch).collect()
    }

    #[test]
    fn labels_are_listed_while_conditions_are_wrong() {
        let workflow = workflow();
        assert_eq!(labels(&workflow.tasks[0]), ["x", "y", "z"]);
        assert!(labels(&workflow.tasks[1]).is_empty());
        assert_eq!(free_label(&workflow, &name("w")).as_deref(), Some("y"));
    }

    #[test]
    fn edges_follow_a_label_that_is_renamed_and_no_other_change() {
        let labels = |a: &str, b: &str| vec![Some(a.to_owned()), Some(b.to_owned())];
        assert_eq!(after("branches", r#"{"full": "true", "y": "("}"#), labels("full", "z"));
        assert_eq!(after("otherwise", r#""rest""#), labels("x", "rest"));
        assert_eq!(after("branches", r#"{"y": "("}"#), labels("x", "z"), "a label was removed");
        assert_eq!(
            after("branches", r#"{"y": "(", "x": "true"}"#),
            labels("x", "z"),
            "their order"
        );
    }
}
