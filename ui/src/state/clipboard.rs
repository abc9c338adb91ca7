//! Tasks as text and back: the clipboard holds a workflow document, so that tasks travel through a chat, a mail or a file.
//!
//! Pure: texts and workflows in, texts and changes out.

use std::collections::HashSet;

use egui::{Pos2, Vec2, pos2, vec2};
use millrace_model::document::{Dependency, Group, Layout, Note, Workflow};
use millrace_model::edit::{Edit, fresh_name};
use millrace_model::ident::Ident;
use millrace_model::problem::Severity;
use millrace_model::read::Document;
use millrace_model::write::canonical_text;

use super::change::Change;
use super::compose::{as_place, pinned, snapped};
use crate::canvas::{GRID, place_all};

/// What is pasted without a place lies so much beside what was copied.
const ASIDE: Vec2 = vec2(2.0 * GRID, 2.0 * GRID);

/// The text of some tasks, with every edge that touches them, and of some notes. Groups go along whose tasks all do.
pub(crate) fn copy(workflow: &Workflow, tasks: &HashSet<Ident>, notes: &[usize]) -> String {
    let places = place_all(workflow);
    let mut part = Workflow::new(workflow.name.clone());
    for (task, at) in workflow.tasks.iter().zip(places) {
        if tasks.contains(&task.name) {
            part.layout.tasks.insert(task.name.clone(), as_place(at));
            part.tasks.push(task.clone());
        }
    }
    let touches = |edge: &&Dependency| tasks.contains(&edge.from) || tasks.contains(&edge.to);
    part.dependencies = workflow.dependencies.iter().filter(touches).cloned().collect();
    let notes = notes.iter().filter_map(|index| workflow.layout.notes.get(*index));
    part.layout.notes = notes.cloned().collect();
    let is_whole = |group: &&Group| {
        !group.tasks.is_empty() && group.tasks.iter().all(|task| tasks.contains(task))
    };
    part.layout.groups = workflow.layout.groups.iter().filter(is_whole).cloned().collect();
    canonical_text(&part)
}

/// How tasks are put in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paste {
    /// Where the left upper corner of all of them goes; none = beside where they came from.
    pub(crate) at: Option<Pos2>,
    /// Edges to tasks that were not copied are made again where those exist here.
    pub(crate) with_links: bool,
}

/// What was put in: names of tasks, places of notes.
pub(crate) type Pasted = (Vec<Ident>, Vec<usize>);

/// The change that puts the tasks and notes of a text in, and what these are.
///
/// # Errors
/// The text holds neither, and why.
pub(crate) fn paste(
    workflow: &Workflow,
    text: &str,
    how: Paste,
) -> Result<(Pasted, Change), String> {
    let nothing = || "the clipboard holds no tasks".to_owned();
    let document = Document::parse(text.as_bytes());
    let mut part = document.workflow.ok_or_else(nothing)?;
    if part.tasks.is_empty() && part.layout.notes.is_empty() {
        return Err(nothing());
    }
    if document.read_only.is_some() {
        // What is pasted without it would be something else.
        let error = document.problems.iter().find(|it| it.severity == Severity::Error);
        let error = error.map(|it| format!(": {}: {}", it.path, it.message)).unwrap_or_default();
        return Err(format!("parts of what the clipboard holds cannot be read{error}"));
    }
    let inside: HashSet<Ident> = part.tasks.iter().map(|task| task.name.clone()).collect();
    let outer: Vec<Dependency> = part
        .dependencies
        .extract_if(.., |edge| !inside.contains(&edge.from) || !inside.contains(&edge.to))
        .collect();
    let names = free_names(workflow, &mut part)?;
    let shift = shift(&part, how.at);

    let mut edits = pinned(workflow, &place_all(workflow));
    let places = place_all(&part);
    let layout = std::mem::take(&mut part.layout);
    for (mut task, at) in part.tasks.into_iter().zip(places) {
        // What they name outside of the copy means nothing here.
        task.teardown_for.retain(|setup| names.iter().any(|(_, new)| new == setup));
        let at = Some(as_place(snapped(at + shift)));
        edits.push(Edit::AddTask { task: Box::new(task), at });
    }
    edits.extend(part.dependencies.into_iter().map(Edit::AddDependency));
    if how.with_links {
        edits.extend(links(workflow, outer, &names).into_iter().map(Edit::AddDependency));
    }
    let before = workflow.layout.notes.len();
    let notes: Vec<usize> = (before..before + layout.notes.len()).collect();
    edits.extend(pieces(workflow, layout, shift));
    let new: Vec<Ident> = names.into_iter().map(|(_, new)| new).collect();
    let words = match (new.as_slice(), notes.len()) {
        ([], 1) => "paste a note".to_owned(),
        ([], many) => format!("paste {many} notes"),
        ([task], _) => format!("paste {task}"),
        (many, _) => format!("paste {} tasks", many.len()),
    };
    Ok(((new, notes), Change::Edit { words, edit: Box::new(Edit::All(edits)) }))
}

/// Gives the tasks of the part names that are free here, in every place that names them: old and new name of each.
fn free_names(workflow: &Workflow, part: &mut Workflow) -> Result<Vec<(Ident, Ident)>, String> {
    let mut taken = workflow.clone();
    let mut names = Vec::new();
    for index in 0..part.tasks.len() {
        let old = part.tasks[index].name.clone();
        // A name must be free here and among those that were not renamed yet.
        let mut new = fresh_name(&taken, &old);
        while new != old && part.task(new.as_str()).is_some() {
            taken.tasks.push(millrace_model::document::Task::new(new.clone(), "noop"));
            new = fresh_name(&taken, &old);
        }
        if new != old {
            let edit = Edit::RenameTask { from: old.clone(), to: new.clone() };
            edit.apply(part).map_err(|error| error.to_string())?;
        }
        taken.tasks.push(millrace_model::document::Task::new(new.clone(), "noop"));
        names.push((old, new));
    }
    Ok(names)
}

/// The edits that put notes and groups beside those that are there.
fn pieces(workflow: &Workflow, layout: Layout, shift: Vec2) -> Vec<Edit> {
    let mut edits = Vec::new();
    if !layout.notes.is_empty() {
        let mut notes = workflow.layout.notes.clone();
        notes.extend(layout.notes.into_iter().map(|mut note| {
            note.at = as_place(snapped(corner(&note) + shift));
            note
        }));
        edits.push(Edit::SetNotes(notes));
    }
    if !layout.groups.is_empty() {
        let mut groups = workflow.layout.groups.clone();
        groups.extend(layout.groups);
        edits.push(Edit::SetGroups(groups));
    }
    edits
}

fn corner(note: &Note) -> Pos2 {
    let sane = |value: f64| if value.is_finite() { value.clamp(-1e6, 1e6) as f32 } else { 0.0 };
    pos2(sane(note.at[0]), sane(note.at[1]))
}

fn shift(part: &Workflow, at: Option<Pos2>) -> Vec2 {
    let mut places = place_all(part);
    places.extend(part.layout.notes.iter().map(corner));
    let least = |of: fn(&Pos2) -> f32| places.iter().map(of).fold(f32::INFINITY, f32::min);
    at.map_or(ASIDE, |at| at - pos2(least(|at| at.x), least(|at| at.y)))
}

/// The edges to tasks that were not copied, with the new names.
fn links(workflow: &Workflow, outer: Vec<Dependency>, names: &[(Ident, Ident)]) -> Vec<Dependency> {
    let new = |old: &Ident| names.iter().find(|(name, _)| name == old).map(|(_, new)| new.clone());
    let is_here = |name: &Ident| workflow.task(name.as_str()).is_some();
    outer
        .into_iter()
        .filter_map(|mut edge| {
            match (new(&edge.from), new(&edge.to)) {
                (Some(from), None) if is_here(&edge.to) => edge.from = from,
                (None, Some(to)) if is_here(&edge.from) => edge.to = to,
                _ => return None,
            }
            Some(edge)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{self, made, name};
    use millrace_model::document::{EnvValue, Task};

    fn workflow() -> Workflow {
        let mut workflow = fixture::workflow(&["a", "b", "c"], &[("a", "b"), ("b", "c")]);
        workflow.tasks[1]
            .env
            .insert("ROWS".to_owned(), EnvValue::Template("${tasks.a.outputs.rows}".to_owned()));
        workflow
    }

    fn pasted(into: &Workflow, text: &str, how: Paste) -> (Vec<Ident>, Workflow) {
        let ((names, _), change) = paste(into, text, how).unwrap();
        (names, made(into, &change))
    }

    fn edges(workflow: &Workflow) -> Vec<String> {
        workflow.dependencies.iter().map(|edge| format!("{}-{}", edge.from, edge.to)).collect()
    }

    const BESIDE: Paste = Paste { at: None, with_links: false };

    #[test]
    fn a_copy_keeps_its_inner_edges_and_what_it_says_of_itself() {
        let before = workflow();
        let text = copy(&before, &HashSet::from([name("a"), name("b")]), &[]);
        let (names, after) = pasted(&before, &text, BESIDE);
        assert_eq!(names, [name("a_2"), name("b_2")]);
        assert_eq!(edges(&after), ["a-b", "b-c", "a_2-b_2"]);
        let rows = &after.task("b_2").unwrap().env["ROWS"];
        assert_eq!(*rows, EnvValue::Template("${tasks.a_2.outputs.rows}".to_owned()));
        let place = |task: &str| after.layout.tasks[&name(task)];
        assert_eq!(place("a_2")[0] - place("a")[0], 32.0);
    }

    #[test]
    fn with_links_a_copy_takes_the_same_place_in_the_graph() {
        let before = workflow();
        let text = copy(&before, &HashSet::from([name("b")]), &[]);
        let (_, after) = pasted(&before, &text, Paste { with_links: true, ..BESIDE });
        assert_eq!(edges(&after), ["a-b", "b-c", "a-b_2", "b_2-c"]);
        let (_, elsewhere) =
            pasted(&Workflow::new(name("x")), &text, Paste { with_links: true, ..BESIDE });
        assert_eq!(edges(&elsewhere), [""; 0]);
        assert_eq!(elsewhere.tasks[0].name, name("b"), "a name that is free is kept");
    }

    #[test]
    fn names_that_would_meet_are_told_apart() {
        let mut before = workflow();
        before.tasks.push(Task::new(name("a_2"), "shell"));
        let all = HashSet::from([name("a"), name("a_2")]);
        let text = copy(&before, &all, &[]);
        let (names, after) = pasted(&before, &text, BESIDE);
        let distinct: HashSet<&Ident> = after.tasks.iter().map(|task| &task.name).collect();
        assert_eq!(distinct.len(), after.tasks.len(), "{names:?}");
    }

    #[test]
    fn notes_and_whole_groups_go_along() {
        let mut before = workflow();
        let group = |tasks: &[&str]| Group {
            name: "g".to_owned(),
            tasks: tasks.iter().map(|task| name(task)).collect(),
            ..Group::default()
        };
        before.layout.groups = vec![group(&["a", "b"]), group(&["c"])];
        before.layout.notes = vec![Note { text: "mind".to_owned(), ..Note::default() }];
        let text = copy(&before, &HashSet::from([name("a"), name("b")]), &[0]);
        let (_, after) = pasted(&before, &text, BESIDE);
        assert_eq!(after.layout.groups.len(), 3);
        assert_eq!(after.layout.groups[2].tasks, [name("a_2"), name("b_2")]);
        assert_eq!(after.layout.notes[1].at, [32.0, 32.0]);
        let text = copy(&before, &HashSet::new(), &[0]);
        let ((tasks, notes), change) = paste(&before, &text, BESIDE).unwrap();
        assert_eq!((tasks.len(), notes.as_slice()), (0, &[1][..]));
        assert_eq!(change.words(), "paste a note");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "hello", "{}", r#"{"millrace":1,"name":"w","tasks":[]}"#] {
            assert!(paste(&workflow(), text, BESIDE).is_err(), "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_part_only_is_refused_with_the_place() {
        let text = r#"{"millrace":1,"name":"w","tasks":[{"name":"a","kind":"noop","pool":{}}]}"#;
        let why = paste(&workflow(), text, BESIDE).unwrap_err();
        assert!(why.contains("tasks[0].pool: the key `name` is missing"), "{why}");
    }
}
