//! Edits of a workflow: each can be taken back and done again, to the byte, and one that is refused changes nothing.

use millrace_model::document::{Dependency, Group, Json, Note, Task, Workflow};
use millrace_model::edit::{Edit, NewWorkflow, extract, fresh_name};
use millrace_model::ident::Ident;
use millrace_model::read::Document;

use crate::documents::round_trip;
use crate::reading::Draw;

/// Where edits begin: workflows with every kind of thing that names a task.
const BASES: [&[u8]; 3] = [
    include_bytes!("../../../crates/model/tests/document/edits.json"),
    include_bytes!("../../../crates/model/tests/document/sample.json"),
    include_bytes!("../../../workflows/hello.json"),
];
const NAMES: [&str; 6] = ["fetch", "load", "report", "a", "a_2", "greet"];
const KINDS: [&str; 5] = ["shell", "noop", "workflow", "branch", "of_a_later_version"];
/// More are not looked at.
const MOST: usize = 24;

/// Edits at random.
pub fn edits(data: &[u8]) {
    let mut draw = Draw::new(data);
    let base = draw.one(&BASES);
    let mut workflow = Document::parse(base).workflow.expect("a base is a workflow");
    for _ in 0..MOST {
        if draw.is_empty() {
            break;
        }
        if draw.byte() < 16 {
            take_out(&mut draw, &mut workflow);
        } else {
            let edit = edit(&mut draw, &workflow, 0);
            apply(&mut workflow, &edit);
        }
    }
}

/// Does it, takes it back, does it again.
fn apply(workflow: &mut Workflow, edit: &Edit) {
    let before = workflow.clone();
    let Ok(undo) = edit.clone().apply(workflow) else {
        assert_eq!(*workflow, before, "a refused edit changed something: {edit:?}");
        return;
    };
    let after = workflow.clone();
    let redo = undo.apply(workflow).unwrap_or_else(|error| panic!("{edit:?}: {error}"));
    assert_eq!(*workflow, before, "{edit:?} was not taken back");
    redo.apply(workflow).unwrap_or_else(|error| panic!("{edit:?}: {error}"));
    assert_eq!(*workflow, after, "{edit:?} was not done again");
    round_trip(workflow);
}

/// Tasks go into a workflow of their own.
fn take_out(draw: &mut Draw<'_>, workflow: &mut Workflow) {
    let tasks: Vec<Ident> =
        workflow.tasks.iter().filter(|_| draw.coin()).map(|task| task.name.clone()).collect();
    let new = NewWorkflow { name: name(draw, workflow), callee: draw.text() };
    match extract(workflow, &tasks, &new) {
        Ok(extraction) => {
            round_trip(&extraction.child);
            assert!(extraction.child.tasks.len() >= tasks.len());
            apply(workflow, &extraction.edit);
            assert!(workflow.task(extraction.task.as_str()).is_some());
        }
        Err(reasons) => assert!(!reasons.is_empty(), "refused without a reason"),
    }
}

fn edit(draw: &mut Draw<'_>, workflow: &Workflow, depth: usize) -> Edit {
    match draw.below(13) {
        0 => Edit::AddTask { task: Box::new(task(draw, workflow)), at: place(draw) },
        1 => Edit::RemoveTasks(names(draw, workflow)),
        2 => Edit::ReplaceTask(Box::new(task(draw, workflow))),
        3 => Edit::RenameTask { from: name(draw, workflow), to: name(draw, workflow) },
        4 => {
            let base = name(draw, workflow);
            Edit::RenameTask { to: fresh_name(workflow, &base), from: base }
        }
        5 => Edit::AddDependency(dependency(draw, workflow)),
        6 => Edit::RemoveDependency { from: name(draw, workflow), to: name(draw, workflow) },
        7 => Edit::ReplaceDependency(dependency(draw, workflow)),
        8 => {
            let names = names(draw, workflow);
            Edit::MoveTasks(names.into_iter().map(|name| (name, point(draw))).collect())
        }
        9 => {
            let mut fields = workflow.clone();
            fields.title = Some(draw.text());
            fields.env.shift_remove_index(draw.below(4));
            fields.tags.push(draw.text());
            fields.extra.push((format!("x-{}", draw.byte()), Json::String(draw.text())));
            fields.extra.dedup_by(|a, b| a.0 == b.0);
            Edit::SetFields(Box::new(fields))
        }
        10 => {
            let note = Note { at: point(draw), text: draw.text(), ..Note::default() };
            Edit::SetNotes(vec![note; draw.below(3)])
        }
        11 => {
            let tasks = names(draw, workflow);
            Edit::SetGroups(vec![Group { name: draw.text(), tasks, ..Group::default() }])
        }
        _ if depth < 2 => {
            let count = draw.below(4);
            Edit::All((0..count).map(|_| edit(draw, workflow, depth + 1)).collect())
        }
        _ => Edit::RemoveTasks(Vec::new()),
    }
}

fn name(draw: &mut Draw<'_>, workflow: &Workflow) -> Ident {
    let at = draw.below(workflow.tasks.len() + NAMES.len());
    match workflow.tasks.get(at) {
        Some(task) => task.name.clone(),
        None => Ident::new(NAMES[(at - workflow.tasks.len()) % NAMES.len()]).unwrap(),
    }
}

fn names(draw: &mut Draw<'_>, workflow: &Workflow) -> Vec<Ident> {
    let count = draw.below(4);
    (0..count).map(|_| name(draw, workflow)).collect()
}

fn task(draw: &mut Draw<'_>, workflow: &Workflow) -> Task {
    let mut task = match workflow.tasks.get(draw.below(workflow.tasks.len() + 1)) {
        Some(task) => task.clone(),
        None => Task::new(name(draw, workflow), KINDS[draw.below(KINDS.len())]),
    };
    task.name = name(draw, workflow);
    if draw.coin() {
        task.when = Some(format!("tasks.{}.outputs.x == '{}'", name(draw, workflow), draw.byte()));
    }
    if draw.coin() {
        task.teardown_for = names(draw, workflow);
    }
    if draw.coin() {
        let script = format!("echo ${{tasks.{}.outputs.{}}}", name(draw, workflow), draw.text());
        task.spec = Json::Object(vec![("script".to_owned(), Json::String(script))]);
    }
    task
}

fn dependency(draw: &mut Draw<'_>, workflow: &Workflow) -> Dependency {
    Dependency::new(name(draw, workflow), name(draw, workflow))
}

fn place(draw: &mut Draw<'_>) -> Option<[f64; 2]> {
    draw.coin().then(|| point(draw))
}

fn point(draw: &mut Draw<'_>) -> [f64; 2] {
    let number = |draw: &mut Draw<'_>| f64::from(u32::try_from(draw.number() >> 32).unwrap_or(0));
    [number(draw), -number(draw)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::write::canonical_text;

    #[test]
    fn a_base_is_a_document_without_problems_of_reading() {
        for base in BASES {
            let document = Document::parse(base);
            assert_eq!(document.read_only, None);
            assert!(!canonical_text(document.workflow.as_ref().unwrap()).is_empty());
        }
    }
}
