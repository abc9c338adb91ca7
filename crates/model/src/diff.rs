//! What differs between two workflows: by task, edge and field, with both sides.
//!
//! Nothing here draws or writes: [`lines`] compares texts line by line, [`values`] JSON path by path. Two workflows that
//! mean and show the same have no differences, whatever the order of their tasks.

pub mod lines;
pub mod runs;
pub mod values;

use std::collections::HashMap;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::document::Workflow;
use crate::write::tree;

/// What a difference is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The workflow itself.
    Workflow,
    /// A task.
    Task(Named),
    /// An edge, by its ends.
    Edge(Named, Named),
    /// Where things lie on the canvas.
    Layout,
}

/// A task by its name, and what people call it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Named {
    /// What the document calls it.
    pub name: String,
    /// What people call it.
    pub shown: String,
}

/// As its name alone.
impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about.
    pub subject: Subject,
    /// Which field of it, such as `spec.script` or `params.day.default`; empty where all of it is on one side only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// As it was; none where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// As it is; none where it is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It is on both sides, and differs.
    Changed,
}

impl Fate {
    /// `+`, `−` or `~`
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Added => "+",
            Self::Removed => "−",
            Self::Changed => "~",
        }
    }
}

impl Subject {
    /// The thing that it is about: `task`, `edge`.
    fn noun(&self) -> &'static str {
        if matches!(self, Self::Edge(..)) { "edge" } else { "task" }
    }
}

/// `Build report`, `Extract → Load`
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workflow => f.write_str("Workflow"),
            Self::Task(task) => f.write_str(&task.shown),
            Self::Edge(from, to) => write!(f, "{} → {}", from.shown, to.shown),
            Self::Layout => f.write_str("Canvas"),
        }
    }
}

impl Difference {
    /// What became of its subject, where this is about all of it; else `Changed`.
    #[must_use]
    pub fn fate(&self) -> Fate {
        match (self.field.is_empty(), &self.before, &self.after) {
            (true, None, _) => Fate::Added,
            (true, _, None) => Fate::Removed,
            _ => Fate::Changed,
        }
    }

    /// `script of Build report`, `new task Load`
    #[must_use]
    pub fn words(&self) -> String {
        let Self { subject, field, .. } = self;
        match (subject, self.fate()) {
            (Subject::Layout, _) => "places on the canvas".to_owned(),
            (Subject::Workflow, _) => field.clone(),
            (subject, Fate::Added) => format!("new {} {subject}", subject.noun()),
            (subject, Fate::Removed) => format!("{} {subject} removed", subject.noun()),
            (subject, Fate::Changed) => format!("{} of {subject}", last_part(field)),
        }
    }

    /// Both sides as text; of a task or an edge that is on one side only, what it is in a word.
    #[must_use]
    pub fn texts(&self) -> [Option<String>; 2] {
        let whole = self.field.is_empty();
        [&self.before, &self.after].map(|side| {
            side.as_ref().map(|value| match (whole, &self.subject) {
                (true, Subject::Task(_)) => text_member(value, "kind"),
                (true, Subject::Edge(..)) => {
                    value.get("on").map_or_else(|| "on success".to_owned(), text)
                }
                _ => text(value),
            })
        })
    }
}

/// All that differs: first of the workflow, then of its tasks in their order, of its edges, and of the canvas.
#[must_use]
pub fn compare(before: &Workflow, after: &Workflow) -> Vec<Difference> {
    let mut found = Vec::new();
    let (mut old, mut new) = (object_of(before), object_of(after));
    let [old_tasks, new_tasks] = [&mut old, &mut new].map(|all| list(all, "tasks"));
    let [old_edges, new_edges] = [&mut old, &mut new].map(|all| list(all, "dependencies"));
    let [old_layout, new_layout] = [&mut old, &mut new].map(|all| all.remove("layout"));
    members(&mut found, &Subject::Workflow, "", &old, &new);
    let shown: HashMap<&str, &str> = [before, after]
        .into_iter()
        .flat_map(|workflow| &workflow.tasks)
        .map(|task| (task.name.as_str(), task.shown_name()))
        .collect();
    let named = |part: &Map<String, Value>, key: &str| {
        let name = part.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let shown = shown.get(name.as_str()).map_or_else(|| name.clone(), |it| (*it).to_owned());
        Named { name, shown }
    };
    parts(&mut found, &old_tasks, &new_tasks, |task| Subject::Task(named(task, "name")));
    parts(&mut found, &old_edges, &new_edges, |edge| {
        Subject::Edge(named(edge, "from"), named(edge, "to"))
    });
    if old_layout != new_layout {
        let words = match moved(before, after) {
            0 => "notes, frames or places changed".to_owned(),
            1 => "1 card moved".to_owned(),
            many => format!("{many} cards moved"),
        };
        found.push(Difference {
            subject: Subject::Layout,
            field: "layout".to_owned(),
            before: None,
            after: Some(Value::String(words)),
        });
    }
    found
}

/// What differs, in one line: `script of Build report, new task Load and 2 more`.
#[must_use]
pub fn summary(differences: &[Difference]) -> String {
    match differences {
        [] => "nothing".to_owned(),
        [one] => one.words(),
        [one, two] => format!("{}, {}", one.words(), two.words()),
        [one, two, rest @ ..] => {
            format!("{}, {} and {} more", one.words(), two.words(), rest.len())
        }
    }
}

/// A value as people read it: a text as it is, all else as JSON.
#[must_use]
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => {
            serde_json::to_string_pretty(value).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

/// The last part of a field: `script` of `spec.script`.
#[must_use]
pub fn last_part(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

fn text_member(value: &Value, key: &str) -> String {
    value.get(key).map(text).unwrap_or_default()
}

fn object_of(workflow: &Workflow) -> Map<String, Value> {
    match tree(workflow).to_value() {
        Value::Object(all) => all,
        // A workflow is written as an object.
        _ => Map::new(),
    }
}

/// Takes a list of objects out. What is none of them stays, and is compared as a field.
fn list(all: &mut Map<String, Value>, key: &str) -> Vec<Map<String, Value>> {
    let is_plain = |items: &Vec<Value>| items.iter().all(Value::is_object);
    if !all.get(key).and_then(Value::as_array).is_some_and(is_plain) {
        return Vec::new();
    }
    let Some(Value::Array(items)) = all.remove(key) else { return Vec::new() };
    let objects = items.into_iter().filter_map(|item| match item {
        Value::Object(object) => Some(object),
        _ => None,
    });
    objects.collect()
}

/// Tasks or edges: those on both sides field by field, the others as a whole. Of several with one name, the first belongs
/// to the first.
fn parts(
    found: &mut Vec<Difference>,
    old: &[Map<String, Value>],
    new: &[Map<String, Value>],
    subject: impl Fn(&Map<String, Value>) -> Subject,
) {
    let mut before: HashMap<Subject, Vec<&Map<String, Value>>> = HashMap::new();
    for part in old.iter().rev() {
        before.entry(subject(part)).or_default().push(part);
    }
    let whole = |part: &Map<String, Value>| Some(Value::Object(part.clone()));
    for part in new {
        let of = subject(part);
        match before.get_mut(&of).and_then(Vec::pop) {
            Some(before) => members(found, &of, "", before, part),
            None => {
                let (field, after) = (String::new(), whole(part));
                found.push(Difference { subject: of, field, before: None, after });
            }
        }
    }
    // Those that are left, in their order.
    for part in old {
        let of = subject(part);
        if let Some(part) = before.get_mut(&of).and_then(Vec::pop) {
            let (field, before) = (String::new(), whole(part));
            found.push(Difference { subject: of, field, before, after: None });
        }
    }
}

/// Member by member.
fn members(
    found: &mut Vec<Difference>,
    subject: &Subject,
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
) {
    let mut keys: Vec<&String> = new.keys().collect();
    keys.extend(old.keys().filter(|key| !new.contains_key(*key)));
    for key in keys {
        member(found, subject, join(path, key), old.get(key), new.get(key));
    }
}

/// One member; objects on both sides are gone into, and so are lists whose items have names.
fn member(
    found: &mut Vec<Difference>,
    subject: &Subject,
    field: String,
    before: Option<&Value>,
    after: Option<&Value>,
) {
    if before == after {
        return;
    }
    if let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) {
        return members(found, subject, &field, old, new);
    }
    if let (Some(old), Some(new)) = (before.and_then(by_name), after.and_then(by_name)) {
        let of = |items: &[(&str, &Value)]| -> HashMap<String, Value> {
            items.iter().map(|(name, item)| ((*name).to_owned(), (*item).clone())).collect()
        };
        let (was, is) = (of(&old), of(&new));
        let count = found.len();
        let gone = old.iter().filter(|(name, _)| !is.contains_key(*name));
        for (name, _) in new.iter().chain(gone) {
            member(found, subject, join(&field, name), was.get(*name), is.get(*name));
        }
        if found.len() > count {
            return;
        }
        // The same items in another order.
    }
    found.push(Difference {
        subject: subject.clone(),
        field,
        before: before.cloned(),
        after: after.cloned(),
    });
}

/// The items of a list by their names, where each has one of its own.
fn by_name(value: &Value) -> Option<Vec<(&str, &Value)>> {
    let items = value.as_array()?;
    let named: Option<Vec<_>> =
        items.iter().map(|item| Some((item.get("name")?.as_str()?, item))).collect();
    let named = named?;
    let mut names = std::collections::HashSet::new();
    named.iter().all(|(name, _)| names.insert(*name)).then_some(named)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn moved(before: &Workflow, after: &Workflow) -> usize {
    let places = &after.layout.tasks;
    let is_moved =
        |(name, at): &(&_, &_)| before.layout.tasks.get(*name).is_some_and(|was| was != *at);
    places.iter().filter(is_moved).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Document;

    fn workflow(text: &str) -> Workflow {
        Document::parse(text.as_bytes()).workflow.unwrap()
    }

    const BEFORE: &str = r#"{"millrace": 1, "name": "w", "title": "Old", "defaults": {"timeout": "1h"}, "tasks": [
        {"name": "a", "title": "Load", "kind": "shell", "spec": {"script": "one"}},
        {"name": "b", "kind": "noop"}, {"name": "c", "kind": "noop"}],
        "params": [{"name": "day", "type": "string"}, {"name": "keep", "type": "integer", "default": 3}],
        "dependencies": [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}],
        "layout": {"tasks": {"a": [0, 0]}}}"#;

    #[test]
    fn the_same_has_no_differences() {
        let workflow = workflow(BEFORE);
        assert_eq!(compare(&workflow, &workflow), []);
        assert_eq!(summary(&[]), "nothing");
    }

    #[test]
    fn tasks_edges_fields_and_places_are_told_with_both_sides() {
        let after = workflow(
            r#"{"millrace": 1, "name": "w", "title": "New", "defaults": {"timeout": "2h"}, "tasks": [
            {"name": "a", "title": "Load", "kind": "shell", "spec": {"script": "two"}, "retry": {"attempts": 3}},
            {"name": "b", "kind": "noop"}, {"name": "d", "kind": "command"}],
            "params": [{"name": "day", "type": "string"}, {"name": "keep", "type": "integer", "default": 7}],
            "dependencies": [{"from": "a", "to": "b", "on": ["failed"]}, {"from": "a", "to": "d"}],
            "layout": {"tasks": {"a": [16, 0]}}}"#,
        );
        let found = compare(&workflow(BEFORE), &after);
        let told: Vec<_> = found
            .iter()
            .map(|it| {
                let [before, after] =
                    it.texts().map(|text| text.unwrap_or("-".to_owned()).replace('\n', ""));
                format!("{} {} | {before} | {after}", it.fate().sign(), it.words())
            })
            .collect();
        assert_eq!(
            told,
            [
                "~ defaults.timeout | 1h | 2h",
                "~ params.keep.default | 3 | 7",
                "~ title | Old | New",
                "~ retry of Load | - | {  \"attempts\": 3}",
                "~ script of Load | one | two",
                "+ new task d | - | command",
                "− task c removed | noop | -",
                "~ on of Load → b | - | [  \"failed\"]",
                "+ new edge Load → d | - | on success",
                "− edge b → c removed | on success | -",
                "~ places on the canvas | - | 1 card moved",
            ]
        );
        assert_eq!(summary(&found), "defaults.timeout, params.keep.default and 9 more");
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!(json[4]["subject"], serde_json::json!({"task": "a"}));
        assert_eq!(json[8]["subject"], serde_json::json!({"edge": ["a", "d"]}));
    }
}
