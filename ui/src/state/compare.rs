//! What differs between two workflows: by task, edge and field, with both sides as text.

use millrace_model::document::Workflow;
use millrace_model::write::canonical_text;
use serde_json::{Map, Value};

/// What a difference is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    name: String,
    shown: String,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What it is about.
    pub(crate) subject: Subject,
    /// Which field of it, such as `spec.script`; empty where all of it is on one side only.
    pub(crate) field: String,
    /// As it was; none where it was not there.
    pub(crate) before: Option<String>,
    /// As it is; none where it is not there any more.
    pub(crate) after: Option<String>,
}

impl Subject {
    /// `Build report`, `Extract → Load`
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Workflow => "Workflow".to_owned(),
            Self::Task(task) => task.shown.clone(),
            Self::Edge(from, to) => format!("{} → {}", from.shown, to.shown),
            Self::Layout => "Canvas".to_owned(),
        }
    }
}

impl Difference {
    /// `script of Build report`, `new task Load`
    pub(crate) fn words(&self) -> String {
        let kind = if matches!(self.subject, Subject::Edge(..)) { "edge" } else { "task" };
        match (&self.subject, self.field.as_str(), &self.before, &self.after) {
            (Subject::Layout, ..) => "places on the canvas".to_owned(),
            (Subject::Workflow, field, ..) => field.to_owned(),
            (subject, "", None, _) => format!("new {kind} {}", subject.words()),
            (subject, "", ..) => format!("{kind} {} removed", subject.words()),
            (subject, field, ..) => format!("{} of {}", last_part(field), subject.words()),
        }
    }
}

/// All that differs: first of the workflow, then of its tasks in their order, of its edges, and of the canvas.
pub(crate) fn compare(before: &Workflow, after: &Workflow) -> Vec<Difference> {
    let mut found = Vec::new();
    let (mut old, mut new) = (object_of(before), object_of(after));
    let [old_tasks, new_tasks] = [&mut old, &mut new].map(|all| list(all.remove("tasks")));
    let [old_edges, new_edges] = [&mut old, &mut new].map(|all| list(all.remove("dependencies")));
    let [old_layout, new_layout] = [&mut old, &mut new].map(|all| all.remove("layout"));
    fields(&mut found, &Subject::Workflow, "", &old, &new);
    let named = |part: &Map<String, Value>, key: &str| {
        let name = text_of(part, key);
        let task = after.task(&name).or_else(|| before.task(&name));
        let shown = task.map_or(name.as_str(), |task| task.shown_name()).to_owned();
        Named { name, shown }
    };
    let task = |task: &Map<String, Value>| Subject::Task(named(task, "name"));
    parts(&mut found, &old_tasks, &new_tasks, task, "kind");
    let edge = |edge: &Map<String, Value>| Subject::Edge(named(edge, "from"), named(edge, "to"));
    parts(&mut found, &old_edges, &new_edges, edge, "on");
    if old_layout != new_layout {
        let moved = moved(before, after);
        let words = (moved > 0).then(|| crate::words::count(moved, "card moved", "cards moved"));
        let after = words.unwrap_or_else(|| "notes or frames changed".to_owned());
        let field = "layout".to_owned();
        found.push(Difference {
            subject: Subject::Layout,
            field,
            before: None,
            after: Some(after),
        });
    }
    found
}

/// What differs, in one line: `script of Build report, new task Load and 2 more`.
pub(crate) fn summary(differences: &[Difference]) -> String {
    match differences {
        [] => "nothing".to_owned(),
        [one] => one.words(),
        [one, two] => format!("{}, {}", one.words(), two.words()),
        [one, two, rest @ ..] => {
            format!("{}, {} and {} more", one.words(), two.words(), rest.len())
        }
    }
}

fn object_of(workflow: &Workflow) -> Map<String, Value> {
    match serde_json::from_str(&canonical_text(workflow)) {
        Ok(Value::Object(all)) => all,
        // A canonical text is an object.
        _ => Map::new(),
    }
}

fn list(value: Option<Value>) -> Vec<Map<String, Value>> {
    let Some(Value::Array(items)) = value else { return Vec::new() };
    let objects = items.into_iter().filter_map(|item| match item {
        Value::Object(object) => Some(object),
        _ => None,
    });
    objects.collect()
}

fn text_of(object: &Map<String, Value>, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Tasks or edges: those on both sides field by field, the others as a whole, told by their field `about`.
fn parts(
    found: &mut Vec<Difference>,
    old: &[Map<String, Value>],
    new: &[Map<String, Value>],
    subject: impl Fn(&Map<String, Value>) -> Subject,
    about: &str,
) {
    let whole = |part: &Map<String, Value>| {
        let about = part.get(about).map_or_else(|| "on success".to_owned(), shown);
        Some(about)
    };
    for part in new {
        let of = subject(part);
        match old.iter().find(|other| subject(other) == of) {
            Some(before) => fields(found, &of, "", before, part),
            None => {
                let field = String::new();
                found.push(Difference { subject: of, field, before: None, after: whole(part) });
            }
        }
    }
    for part in old {
        let of = subject(part);
        if !new.iter().any(|other| subject(other) == of) {
            let field = String::new();
            found.push(Difference { subject: of, field, before: whole(part), after: None });
        }
    }
}

/// Member by member; objects on both sides are gone into.
fn fields(
    found: &mut Vec<Difference>,
    subject: &Subject,
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
) {
    let mut keys: Vec<&String> = new.keys().collect();
    keys.extend(old.keys().filter(|key| !new.contains_key(*key)));
    for key in keys {
        let field = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (old.get(key), new.get(key)) {
            (before, after) if before == after => {}
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                fields(found, subject, &field, before, after);
            }
            (before, after) => found.push(Difference {
                subject: subject.clone(),
                field,
                before: before.map(shown),
                after: after.map(shown),
            }),
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

fn moved(before: &Workflow, after: &Workflow) -> usize {
    let places = &after.layout.tasks;
    let is_moved =
        |(name, at): &(&_, &_)| before.layout.tasks.get(*name).is_some_and(|was| was != *at);
    places.iter().filter(is_moved).count()
}

fn last_part(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::read::Document;

    fn workflow(text: &str) -> Workflow {
        Document::parse(text.as_bytes()).workflow.unwrap()
    }

    const BEFORE: &str = r#"{"millrace": 1, "name": "w", "title": "Old", "defaults": {"timeout": "1h"}, "tasks": [
        {"name": "a", "title": "Load", "kind": "shell", "spec": {"script": "one"}},
        {"name": "b", "kind": "noop"}, {"name": "c", "kind": "noop"}],
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
            "dependencies": [{"from": "a", "to": "b", "on": ["failed"]}, {"from": "a", "to": "d"}],
            "layout": {"tasks": {"a": [16, 0]}}}"#,
        );
        let found = compare(&workflow(BEFORE), &after);
        let told: Vec<_> = found
            .iter()
            .map(|d| {
                let side = |text: &Option<String>| text.as_deref().unwrap_or("-").replace('\n', "");
                format!("{} | {} | {}", d.words(), side(&d.before), side(&d.after))
            })
            .collect();
        assert_eq!(
            told,
            [
                "defaults.timeout | 1h | 2h",
                "title | Old | New",
                "retry of Load | - | {  \"attempts\": 3}",
                "script of Load | one | two",
                "new task d | - | command",
                "task c removed | noop | -",
                "on of Load → b | - | [  \"failed\"]",
                "new edge Load → d | - | on success",
                "edge b → c removed | on success | -",
                "places on the canvas | - | 1 card moved",
            ]
        );
        assert_eq!(summary(&found), "defaults.timeout, title and 8 more");
    }
}
