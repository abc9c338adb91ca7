//! What differs between two workflows as a canvas and a list: both workflows laid over each other, and one row for each
//! thing that differs.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use egui::{Pos2, Rect};
use millrace_model::diff::{Difference, Fate, Subject, compare, last_part, text};
use millrace_model::document::{Dependency, Task, Workflow};
use millrace_model::ident::Ident;
use millrace_model::time::Timestamp;

use super::scene_of::scene_of;
use super::two_sides::TwoSides;
use crate::canvas::{CARD, Compared, GRID, Scene, place_all};
use crate::theme::kind_title;

/// A removed card looks for a free place below, so often.
const TRIES: usize = 200;

/// What differs between two workflows.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    differences: Vec<Difference>,
    /// One for each thing that differs.
    pub(crate) rows: Vec<ChangeRow>,
    pub(crate) scene: Scene,
}

/// A thing that differs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChangeRow {
    pub(crate) subject: Subject,
    pub(crate) fate: Fate,
    /// Which of its fields differ, or what it is.
    pub(crate) about: String,
    /// Its differences.
    of: Range<usize>,
}

impl Changes {
    /// Compares two workflows; `revision` tells their canvas from others.
    pub(crate) fn of(before: &Workflow, after: &Workflow, layout: bool, revision: u64) -> Self {
        let mut differences = compare(before, after);
        if !layout {
            // Where cards lie changes no meaning.
            differences.retain(|it| it.subject != Subject::Layout);
        }
        let rows = rows(&differences);
        let scene = scene(before, after, &rows, revision);
        Self { differences, rows, scene }
    }

    /// How many differences there are: a thing may have several.
    pub(crate) fn count(&self) -> usize {
        self.differences.len()
    }

    /// The row of the task of this name.
    pub(crate) fn row_of_task(&self, name: &Ident) -> Option<usize> {
        let is_it =
            |row: &ChangeRow| matches!(&row.subject, Subject::Task(it) if it.name == name.as_str());
        self.rows.iter().position(is_it)
    }

    /// The row of the edge between these tasks.
    pub(crate) fn row_of_edge(&self, (from, to): &(Ident, Ident)) -> Option<usize> {
        let is_it = |row: &ChangeRow| {
            matches!(&row.subject, Subject::Edge(a, b)
                if a.name == from.as_str() && b.name == to.as_str())
        };
        self.rows.iter().position(is_it)
    }

    /// Both sides of all that differs in a row.
    pub(crate) fn sides(&self, row: usize) -> TwoSides {
        let mut sides = TwoSides::default();
        let Some(row) = self.rows.get(row) else { return sides };
        for difference in &self.differences[row.of.clone()] {
            if difference.field.is_empty() {
                whole(&mut sides, difference);
            } else {
                let [before, after] = difference.texts();
                sides.field(&difference.field, before.as_deref(), after.as_deref());
            }
        }
        sides
    }
}

/// All fields of a task or an edge that is on one side only.
fn whole(sides: &mut TwoSides, difference: &Difference) {
    let members = |side: &Option<serde_json::Value>| side.as_ref()?.as_object().cloned();
    let (before, after) = (members(&difference.before), members(&difference.after));
    for (name, value) in before.iter().flatten() {
        flat(name, value, &mut |name, text| sides.field(name, Some(text), None));
    }
    for (name, value) in after.iter().flatten() {
        flat(name, value, &mut |name, text| sides.field(name, None, Some(text)));
    }
}

/// The members of objects by their paths, and all else as it is.
fn flat(name: &str, value: &serde_json::Value, take: &mut impl FnMut(&str, &str)) {
    match value.as_object() {
        Some(members) if !members.is_empty() => {
            for (key, value) in members {
                flat(&format!("{name}.{key}"), value, take);
            }
        }
        _ => take(name, &text(value)),
    }
}

fn rows(differences: &[Difference]) -> Vec<ChangeRow> {
    let mut rows: Vec<ChangeRow> = Vec::new();
    for (at, difference) in differences.iter().enumerate() {
        let field = match &difference.subject {
            Subject::Workflow => difference.field.as_str(),
            _ => last_part(&difference.field),
        };
        match rows.last_mut().filter(|row| row.subject == difference.subject) {
            Some(row) => {
                row.of.end = at + 1;
                row.about = format!("{}, {field}", row.about);
            }
            None => {
                let fate = difference.fate();
                let [before, after] = difference.texts();
                let about = match (&difference.subject, fate) {
                    (Subject::Layout, _) => after.unwrap_or_default(),
                    (Subject::Task(_), Fate::Added) => {
                        kind_title(&after.unwrap_or_default()).to_owned()
                    }
                    (Subject::Task(_), Fate::Removed) => {
                        kind_title(&before.unwrap_or_default()).to_owned()
                    }
                    (_, Fate::Added) => after.unwrap_or_default(),
                    (_, Fate::Removed) => before.unwrap_or_default(),
                    (_, Fate::Changed) => field.to_owned(),
                };
                rows.push(ChangeRow {
                    subject: difference.subject.clone(),
                    fate,
                    about,
                    of: at..at + 1,
                });
            }
        }
    }
    rows
}

/// The newer workflow with what is gone from the older one, each marked with what became of it.
fn scene(before: &Workflow, after: &Workflow, rows: &[ChangeRow], revision: u64) -> Scene {
    let merged = merged(before, after);
    let mut scene = scene_of(&merged, None, &[], Timestamp(0), true, revision);
    let mut tasks: HashMap<&str, &ChangeRow> = HashMap::new();
    let mut edges: HashMap<(&str, &str), Fate> = HashMap::new();
    for row in rows {
        match &row.subject {
            Subject::Task(task) => _ = tasks.insert(&task.name, row),
            Subject::Edge(from, to) => _ = edges.insert((&from.name, &to.name), row.fate),
            Subject::Workflow | Subject::Layout => {}
        }
    }
    for card in &mut scene.cards {
        let row = tasks.get(card.name.as_str());
        card.compared = Some(row.map_or(Compared::Same, |row| Compared::Differs(row.fate)));
        card.dim = row.is_none();
        card.invalid = false;
        if let Some(row) = row.filter(|row| row.fate == Fate::Changed) {
            card.line = row.about.clone();
        }
    }
    for (wire, (from, to)) in scene.wires.iter_mut().zip(&scene.ends) {
        let fate = edges.get(&(from.as_str(), to.as_str()));
        wire.compared = Some(fate.map_or(Compared::Same, |fate| Compared::Differs(*fate)));
    }
    scene
}

fn merged(before: &Workflow, after: &Workflow) -> Workflow {
    let mut merged = after.clone();
    let known: HashSet<&Ident> = after.tasks.iter().map(|task| &task.name).collect();
    let places = place_all(after);
    let mut taken = Taken::of(&places);
    merged.layout.tasks = after
        .tasks
        .iter()
        .zip(&places)
        .map(|(task, at)| (task.name.clone(), [f64::from(at.x), f64::from(at.y)]))
        .collect();
    let gone = before.tasks.iter().zip(place_all(before));
    let gone: Vec<(&Task, Pos2)> = gone.filter(|(task, _)| !known.contains(&task.name)).collect();
    for (task, at) in gone {
        let at = taken.free(at);
        merged.tasks.push(task.clone());
        merged.layout.tasks.insert(task.name.clone(), [f64::from(at.x), f64::from(at.y)]);
    }
    let ends = |edge: &Dependency| (edge.from.clone(), edge.to.clone());
    let edges: HashSet<(Ident, Ident)> = after.dependencies.iter().map(ends).collect();
    let gone = before.dependencies.iter().filter(|edge| !edges.contains(&ends(edge)));
    merged.dependencies.extend(gone.cloned());
    // What is in a group is compared, too.
    for group in &mut merged.layout.groups {
        group.collapsed = false;
    }
    merged
}

/// Where cards lie, in cells as large as a card: of each cell, the cards that begin in it.
struct Taken(HashMap<(i64, i64), Vec<Pos2>>);

impl Taken {
    fn of(places: &[Pos2]) -> Self {
        let mut taken = Self(HashMap::new());
        places.iter().for_each(|at| taken.take(*at));
        taken
    }

    fn cell(at: Pos2) -> (i64, i64) {
        ((at.x / CARD.x).floor() as i64, (at.y / CARD.y).floor() as i64)
    }

    fn take(&mut self, at: Pos2) {
        self.0.entry(Self::cell(at)).or_default().push(at);
    }

    /// The first free place from here downwards; here where there is none for long. It is taken then.
    fn free(&mut self, at: Pos2) -> Pos2 {
        let mut here = at;
        for _ in 0..TRIES {
            if self.is_free(here) {
                self.take(here);
                return here;
            }
            here.y += GRID * 2.0;
        }
        self.take(at);
        at
    }

    fn is_free(&self, at: Pos2) -> bool {
        let card = Rect::from_min_size(at, CARD).expand(GRID / 2.0 - 1.0);
        let (x, y) = Self::cell(at);
        let around = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y)));
        let mut near = around.filter_map(|cell| self.0.get(&cell)).flatten();
        !near.any(|other| card.intersects(Rect::from_min_size(*other, CARD)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::workflow;
    use super::super::two_sides::Line;
    use super::*;

    #[test]
    fn both_are_laid_over_each_other_and_nothing_covers_what_is_there() {
        let mut before = workflow(&["a", "b", "gone"], &[("a", "b"), ("b", "gone")]);
        let mut after = workflow(&["a", "b", "new"], &[("a", "b"), ("b", "new")]);
        let place = |of: &mut Workflow, name: &str, at: [f64; 2]| {
            of.layout.tasks.insert(Ident::new(name).unwrap(), at);
        };
        for (name, at) in [("a", [0.0, 0.0]), ("b", [272.0, 0.0]), ("gone", [544.0, 0.0])] {
            place(&mut before, name, at);
        }
        for (name, at) in [("a", [0.0, 0.0]), ("b", [272.0, 0.0]), ("new", [544.0, 16.0])] {
            place(&mut after, name, at);
        }
        after.tasks[1].title = Some("Bee".to_owned());
        let changes = Changes::of(&before, &after, true, 1);
        let told: Vec<_> = changes
            .rows
            .iter()
            .map(|row| format!("{} {}: {}", row.fate.sign(), row.subject, row.about))
            .collect();
        assert_eq!(
            told,
            [
                "~ Bee: title",
                "+ new: Shell script",
                "− gone: Shell script",
                "+ Bee → new: on success",
                "− Bee → gone: on success",
                "~ Canvas: notes, frames or places changed",
            ]
        );
        let cards = &changes.scene.cards;
        let words: Vec<_> = cards.iter().filter_map(|card| Some(card.compared?.word())).collect();
        assert_eq!(words, ["the same", "changed", "added", "removed"]);
        assert_eq!(cards[3].at, Pos2::new(544.0, 96.0), "below the new one");
        assert_eq!((cards[1].line.as_str(), cards[0].dim), ("title", true));
        assert_eq!(changes.scene.wires.len(), 3);
        assert_eq!(changes.row_of_task(&cards[3].name), Some(2));
        let sides = changes.sides(2);
        let Some(Line::Field(name)) = sides.beside.first() else { panic!("a field") };
        assert_eq!(name, "kind");
        let same = Changes::of(&after, &after, true, 2);
        assert_eq!((same.count(), same.rows.len()), (0, 0));
    }

    #[test]
    fn thousands_of_removed_cards_find_their_places_at_once() {
        let names: Vec<String> = (0..4000).map(|at| format!("t{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (before, after) = (workflow(&names, &[]), workflow(&names[..2], &[]));
        let changes = Changes::of(&before, &after, false, 1);
        assert_eq!((changes.scene.cards.len(), changes.rows.len()), (4000, 3998));
    }
}
