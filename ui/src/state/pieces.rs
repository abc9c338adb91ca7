//! Notes and groups in a document: new ones, and what a hand does to several things at once.
//!
//! Pure: a workflow and an intent give a change.

use std::collections::{BTreeSet, HashMap, HashSet};

use egui::{Pos2, Rect, Vec2, vec2};
use millrace_model::document::{Group, Note, Workflow};
use millrace_model::edit::Edit;
use millrace_model::ident::Ident;

use super::change::{Change, places};
use super::compose::{as_place, pinned, snapped};
use crate::canvas::{NOTE_WIDTH, place_all};

/// The size of a note that was put down by a click.
const NOTE: Vec2 = vec2(NOTE_WIDTH, 128.0);

/// The change that puts an empty note down, and its place among the notes.
pub(crate) fn add_note(workflow: &Workflow, middle: Pos2) -> (usize, Change) {
    let at = as_place(snapped(middle - NOTE / 2.0));
    let note = Note { at, size: [f64::from(NOTE.x), f64::from(NOTE.y)], ..Note::default() };
    let mut notes = workflow.layout.notes.clone();
    notes.push(note);
    let edit = Box::new(Edit::SetNotes(notes));
    (workflow.layout.notes.len(), Change::Edit { words: "add a note".to_owned(), edit })
}

/// The change that moves tasks and notes.
pub(crate) fn move_all(workflow: &Workflow, tasks: &[Ident], notes: &[usize], by: Vec2) -> Change {
    let wanted: HashSet<&Ident> = tasks.iter().collect();
    let all = workflow.tasks.iter().map(|task| &task.name).zip(place_all(workflow));
    let all = all.filter(|(name, _)| wanted.contains(name));
    let moved = places(all.map(|(name, at)| (name.clone(), at)), by);
    let Change::Place(moves) = moved else { return moved };
    if notes.is_empty() {
        return Change::Place(moves);
    }
    let mut next = workflow.layout.notes.clone();
    for (_, note) in next.iter_mut().enumerate().filter(|(index, _)| notes.contains(index)) {
        note.at = [note.at[0] + f64::from(by.x), note.at[1] + f64::from(by.y)];
    }
    let words = format!("move {}", things(tasks, notes.len()));
    let edit = Edit::All(vec![Edit::MoveTasks(moves), Edit::SetNotes(next)]);
    Change::Edit { words, edit: Box::new(edit) }
}

/// The change that deletes tasks, with their wires, and notes.
pub(crate) fn delete_all(workflow: &Workflow, tasks: Vec<Ident>, notes: &[usize]) -> Change {
    if notes.is_empty() {
        return Change::Delete(tasks);
    }
    let words = format!("delete {}", things(&tasks, notes.len()));
    let all = workflow.layout.notes.iter().enumerate();
    let left = all.filter(|(index, _)| !notes.contains(index)).map(|(_, note)| note.clone());
    let mut edits = vec![Edit::SetNotes(left.collect())];
    if !tasks.is_empty() {
        edits.push(Edit::RemoveTasks(tasks));
    }
    Change::Edit { words, edit: Box::new(Edit::All(edits)) }
}

/// The change that puts a note into this rectangle.
pub(crate) fn place_note(workflow: &Workflow, index: usize, rect: Rect) -> Option<Change> {
    let note = workflow.layout.notes.get(index)?;
    let size = [f64::from(rect.width()), f64::from(rect.height())];
    let note = Note { at: as_place(rect.min), size, ..note.clone() };
    Some(Change::Note { index, note: Box::new(note), field: "size" })
}

/// The change that puts a frame around tasks, and its place among the groups; none where they have one already.
///
/// A task is in one group: it leaves the one that it is in, and a group without tasks goes. Where the tasks are all those
/// of one group and some more, that group takes these in.
pub(crate) fn group(workflow: &Workflow, tasks: &[Ident]) -> Option<(usize, Change)> {
    let wanted: HashSet<&Ident> = tasks.iter().collect();
    let ordered = workflow.tasks.iter().map(|task| &task.name);
    let within: Vec<Ident> = ordered.filter(|name| wanted.contains(name)).cloned().collect();
    let is_whole = |group: &&Group| {
        !group.tasks.is_empty() && group.tasks.iter().all(|task| wanted.contains(task))
    };
    let mut whole = workflow.layout.groups.iter().filter(is_whole);
    let grows = whole.next().filter(|_| whole.next().is_none());
    if within.is_empty() || grows.is_some_and(|group| group.tasks.len() == within.len()) {
        return None;
    }
    let mut groups = without(workflow, &wanted);
    groups.push(match grows {
        Some(group) => Group { tasks: within, ..group.clone() },
        None => Group { name: free_name(&groups), tasks: within, ..Group::default() },
    });
    let mut edits = pinned(workflow, &place_all(workflow));
    let index = groups.len() - 1;
    edits.push(Edit::SetGroups(groups));
    let words = format!("group {}", things(tasks, 0));
    Some((index, Change::Edit { words, edit: Box::new(Edit::All(edits)) }))
}

/// The change that takes tasks out of their groups; a group without tasks goes. None where none is in one.
pub(crate) fn ungroup(workflow: &Workflow, tasks: &[Ident]) -> Option<Change> {
    let gone: HashSet<&Ident> = tasks.iter().collect();
    let left = without(workflow, &gone);
    if left == workflow.layout.groups {
        return None;
    }
    let words = format!("ungroup {}", things(tasks, 0));
    Some(Change::Edit { words, edit: Box::new(Edit::SetGroups(left)) })
}

/// A change that moves tasks, where some of them thereby come into a group, by its place in the document, or out of theirs.
pub(crate) fn regroup(
    workflow: &Workflow,
    change: Change,
    belongs: &[(Ident, Option<usize>)],
) -> Change {
    let Some((first, to)) = belongs.first() else { return change };
    let mut groups = workflow.layout.groups.clone();
    let came_from = groups.iter().find(|group| group.tasks.contains(first));
    let title = |group: Option<&Group>| group.map(|group| group.name.clone()).unwrap_or_default();
    let words = match to.and_then(|to| groups.get(to)) {
        Some(group) => format!("{} into {}", change.words(), title(Some(group))),
        None => format!("{} out of {}", change.words(), title(came_from)),
    };
    let moved: HashSet<&Ident> = belongs.iter().map(|(task, _)| task).collect();
    groups.iter_mut().for_each(|group| group.tasks.retain(|known| !moved.contains(known)));
    let mut taken_in = BTreeSet::new();
    for (task, to) in belongs {
        if let Some((to, group)) = to.and_then(|to| Some((to, groups.get_mut(to)?))) {
            group.tasks.push(task.clone());
            taken_in.insert(to);
        }
    }
    let names = workflow.tasks.iter().map(|task| task.name.as_str());
    let order: HashMap<&str, usize> = names.zip(0..).collect();
    for group in taken_in {
        groups[group].tasks.sort_by_key(|name| order.get(name.as_str()));
    }
    let mut before = workflow.layout.groups.iter();
    groups.retain(|group| {
        let had_some = before.next().is_some_and(|old| !old.tasks.is_empty());
        !(had_some && group.tasks.is_empty())
    });
    let mut edits = pinned(workflow, &place_all(workflow));
    match change {
        Change::Place(moves) => edits.push(Edit::MoveTasks(moves)),
        Change::Edit { edit, .. } => edits.push(*edit),
        other => return other,
    }
    edits.push(Edit::SetGroups(groups));
    Change::Edit { words: words.trim_end().to_owned(), edit: Box::new(Edit::All(edits)) }
}

/// The edit that takes a task into the group that holds both `from` and `to`.
pub(super) fn into_group_of(
    workflow: &Workflow,
    task: &Ident,
    from: &Ident,
    to: &Ident,
) -> Option<Edit> {
    let holds = |group: &&mut Group| group.tasks.contains(from) && group.tasks.contains(to);
    let mut groups = without(workflow, &HashSet::from([task]));
    groups.iter_mut().find(holds)?.tasks.push(task.clone());
    Some(Edit::SetGroups(groups))
}

/// The groups without these tasks.
fn without(workflow: &Workflow, tasks: &HashSet<&Ident>) -> Vec<Group> {
    let mut groups = workflow.layout.groups.clone();
    groups.retain_mut(|group| {
        let had_some = !group.tasks.is_empty();
        group.tasks.retain(|task| !tasks.contains(task));
        !(had_some && group.tasks.is_empty())
    });
    groups
}

/// "Group", "Group 2", …
fn free_name(groups: &[Group]) -> String {
    let is_free = |name: &String| groups.iter().all(|group| group.name != *name);
    let numbered = (2..).map(|number| format!("Group {number}"));
    std::iter::once("Group".to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

/// "extract", "3 tasks and a note"
pub(super) fn things(tasks: &[Ident], notes: usize) -> String {
    let of_notes = if notes == 1 { "a note".to_owned() } else { format!("{notes} notes") };
    match (tasks, notes) {
        ([], _) => of_notes,
        ([task], 0) => task.to_string(),
        (many, 0) => format!("{} tasks", many.len()),
        ([task], _) => format!("{task} and {of_notes}"),
        (many, _) => format!("{} tasks and {of_notes}", many.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{self, made, name};

    fn workflow() -> Workflow {
        let mut workflow = fixture::workflow(&["a", "b", "c"], &[]);
        workflow.layout.notes =
            vec![Note { text: "one".to_owned(), ..Note::default() }, Note::default()];
        workflow
    }

    #[test]
    fn a_task_is_in_one_group_and_empty_groups_go() {
        let before = workflow();
        let (index, change) = group(&before, &[name("b"), name("a")]).unwrap();
        let first = made(&before, &change);
        assert_eq!(first.layout.groups[index].tasks, [name("a"), name("b")], "in order");
        assert_eq!(first.layout.tasks.len(), 3, "no card jumps");
        let (index, change) = group(&first, &[name("b"), name("c")]).unwrap();
        let second = made(&first, &change);
        assert_eq!(second.layout.groups[0].tasks, [name("a")]);
        assert_eq!(second.layout.groups[index].name, "Group 2");
        let (_, change) = group(&second, &[name("a"), name("b"), name("c")]).unwrap();
        let third = made(&second, &change);
        assert_eq!(third.layout.groups.len(), 1);
        let mut alone = first;
        alone.layout.groups[0].name = "Mine".to_owned();
        let (index, change) = group(&alone, &[name("a"), name("b"), name("c")]).unwrap();
        assert_eq!(made(&alone, &change).layout.groups[index].name, "Mine", "it grows");
        assert!(group(&third, &[name("a"), name("b"), name("c")]).is_none(), "it is one already");
        let fourth = made(&third, &ungroup(&third, &[name("c")]).unwrap());
        assert_eq!(fourth.layout.groups[0].tasks, [name("a"), name("b")]);
        let last = made(&fourth, &ungroup(&fourth, &[name("a"), name("b")]).unwrap());
        assert!(last.layout.groups.is_empty());
        assert!(ungroup(&last, &[name("c")]).is_none());
        assert!(group(&last, &[]).is_none());
    }

    #[test]
    fn a_task_that_is_moved_comes_into_a_group_and_out_of_it() {
        let mut before = workflow();
        let group = |task: &str| Group {
            name: format!("Of {task}"),
            tasks: vec![name(task)],
            ..Group::default()
        };
        before.layout.groups = vec![group("b"), group("c")];
        let moved = |workflow: &Workflow, task: &str, to| {
            let change = move_all(workflow, &[name(task)], &[], vec2(16.0, 0.0));
            let change = regroup(workflow, change, &[(name(task), to)]);
            (change.words(), made(workflow, &change))
        };
        let (words, into) = moved(&before, "a", Some(0));
        assert_eq!(words, "move a into Of b");
        assert_eq!(into.layout.groups[0].tasks, [name("a"), name("b")], "in order");
        assert_eq!(into.layout.tasks.len(), 3, "no card jumps");
        let (words, out) = moved(&into, "a", None);
        assert_eq!(words, "move a out of Of b");
        assert_eq!(out.layout.groups, before.layout.groups);
        let (_, last) = moved(&before, "b", Some(1));
        let [left] = last.layout.groups.as_slice() else { panic!("{last:?}") };
        assert_eq!((left.name.as_str(), left.tasks.len()), ("Of c", 2));
    }

    #[test]
    fn thousands_of_cards_come_into_a_group_at_once() {
        let names: Vec<String> = (0..4_000).map(|at| format!("t{at}")).collect();
        let mut before =
            fixture::workflow(&names.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
        before.layout.groups = vec![Group { tasks: vec![name("t7")], ..Group::default() }];
        let all: Vec<Ident> = before.tasks.iter().map(|task| task.name.clone()).collect();
        let belongs: Vec<_> = all.iter().rev().map(|task| (task.clone(), Some(0))).collect();
        let change = move_all(&before, &all, &[], vec2(16.0, 0.0));
        let after = made(&before, &regroup(&before, change, &belongs));
        assert_eq!(after.layout.groups[0].tasks, all, "in order");
    }

    #[test]
    fn tasks_and_notes_are_moved_and_deleted_together() {
        let before = workflow();
        let change = move_all(&before, &[name("a")], &[1], vec2(16.0, -16.0));
        assert_eq!(change.words(), "move a and a note");
        let after = made(&before, &change);
        assert_eq!(after.layout.notes[1].at, [16.0, -16.0]);
        assert_eq!(after.layout.notes[0].at, [0.0, 0.0]);
        let change = delete_all(&before, vec![name("a"), name("b")], &[0]);
        assert_eq!(change.words(), "delete 2 tasks and a note");
        let after = made(&before, &change);
        assert_eq!((after.tasks.len(), after.layout.notes.len()), (1, 1));
    }
}
