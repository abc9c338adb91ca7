//! Edits and their inverses.

use millrace_model::document::{
    CatchUp, Dependency, Group, Hook, HookAction, HookOn, Json, Note, ScheduleRule, Task, Workflow,
};
use millrace_model::edit::{Edit, EditError, check_dependency, fresh_name, new_document};
use millrace_model::ident::Ident;
use millrace_model::read::Document;
use millrace_model::write::canonical_text;
use proptest::prelude::*;

use super::arbitrary;

fn ident(text: &str) -> Ident {
    Ident::new(text).unwrap()
}

fn sample() -> Workflow {
    Document::parse(include_bytes!("edits.json")).workflow.unwrap()
}

/// Applies `edit`, checks that its inverse gives exactly the workflow before and that the inverse of that one gives the
/// workflow after, and gives the latter.
fn applied(before: &Workflow, edit: Edit) -> Workflow {
    let mut workflow = before.clone();
    let undo = edit.apply(&mut workflow).unwrap();
    let after = workflow.clone();
    let redo = undo.apply(&mut workflow).unwrap();
    assert_eq!(workflow, *before);
    redo.apply(&mut workflow).unwrap();
    assert_eq!(workflow, after);
    after
}

#[test]
fn renaming_a_task_reaches_every_place() {
    let workflow = sample();
    let renamed =
        applied(&workflow, Edit::RenameTask { from: ident("fetch"), to: ident("download") });
    insta::assert_snapshot!("renamed", canonical_text(&renamed));
    let back = applied(&renamed, Edit::RenameTask { from: ident("download"), to: ident("fetch") });
    assert_eq!(canonical_text(&back), canonical_text(&workflow));
}

/// What could not be read is kept as it was written, at any depth, until somebody puts something else in its place.
#[test]
fn what_was_kept_unread_gives_way_to_an_edit_at_its_place_and_to_no_other() {
    let text = r#"{"millrace": 1, "name": "w",
        "schedules": [{"name": "a", "cron": "0 3 * * *", "catch_up": "later"},
                      {"name": "b", "cron": 5, "catch_up": "later"}],
        "hooks": [{"on": "finish", "task": "Told"}],
        "tasks": [{"name": "t", "kind": "noop", "pool": {"name": "db", "slots": "two"}}]}"#;
    let workflow = Document::parse(text.as_bytes()).workflow.unwrap();
    let written = |workflow: &Workflow| -> serde_json::Value {
        serde_json::from_str(&canonical_text(workflow)).unwrap()
    };
    let before: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(written(&workflow)["schedules"], before["schedules"]);
    assert_eq!(written(&workflow)["hooks"], before["hooks"]);

    let mut fields = workflow.clone();
    fields.schedules[0].catch_up = CatchUp::None;
    fields.schedules[1].rule = ScheduleRule::At("2026-01-01T00:00".to_owned());
    fields.hooks[0].action = HookAction::Notify(Json::from("none"));
    let after = applied(&workflow, Edit::SetFields(Box::new(fields)));
    let after = written(&after);
    assert_eq!(after["schedules"][0]["catch_up"], "none");
    let moved = serde_json::json!({"name": "b", "at": "2026-01-01T00:00", "catch_up": "later"});
    assert_eq!(after["schedules"][1], moved);
    assert_eq!(after["hooks"][0], serde_json::json!({"on": "finish", "notify": "none"}));

    let mut task = workflow.tasks[0].clone();
    task.pool.as_mut().unwrap().slots = 3;
    let after = written(&applied(&workflow, Edit::ReplaceTask(Box::new(task))));
    assert_eq!(after["tasks"][0]["pool"]["slots"], 3);

    let mut fields = workflow.clone();
    fields.schedules.remove(0);
    let after = written(&applied(&workflow, Edit::SetFields(Box::new(fields))));
    assert_eq!(after["schedules"][0], before["schedules"][1], "it was only moved");
}

#[test]
fn renaming_a_task_reaches_what_hooks_tell() {
    let told = |task: &str| {
        let text = format!(
            r#"{{"channel": "ops", "text": "fetch: ${{tasks.{task}.outputs.rows}} $${{tasks.fetch}}"}}"#
        );
        let text = format!(
            r#"{{"millrace": 1, "name": "w",
                "hooks": [{{"on": "success", "notify": {text}}}, {{"on": "failure", "notify": "fetch"}}],
                "tasks": [{{"name": "{task}", "kind": "noop"}},
                          {{"name": "load", "kind": "noop", "hooks": [{{"on": "retry", "notify": {text}}}]}}]}}"#
        );
        Document::parse(text.as_bytes()).workflow.unwrap()
    };
    let rename = Edit::RenameTask { from: ident("fetch"), to: ident("download") };
    assert_eq!(applied(&told("fetch"), rename), told("download"));
}

#[test]
fn removing_tasks_takes_their_edges_along() {
    let removed = applied(&sample(), Edit::RemoveTasks(vec![ident("fetch"), ident("told")]));
    insta::assert_snapshot!("removed", canonical_text(&removed));
}

#[test]
fn refusals_name_the_reason_and_change_nothing() {
    let workflow = sample();
    let dependency = |from, to| Dependency::new(ident(from), ident(to));
    let refused = |edit: Edit| {
        let mut copy = workflow.clone();
        let error = edit.apply(&mut copy).unwrap_err();
        assert_eq!(copy, workflow);
        error.to_string()
    };
    let cases = [
        refused(Edit::AddDependency(dependency("fetch", "fetch"))),
        refused(Edit::AddDependency(dependency("fetch", "load"))),
        refused(Edit::AddDependency(dependency("report", "fetch"))),
        refused(Edit::AddDependency(dependency("fetch", "nowhere"))),
        refused(Edit::AddTask { task: Box::new(Task::new(ident("load"), "noop")), at: None }),
        refused(Edit::RenameTask { from: ident("load"), to: ident("fetch") }),
        refused(Edit::RemoveDependency { from: ident("load"), to: ident("fetch") }),
        refused(Edit::All(vec![
            Edit::MoveTasks(vec![(ident("load"), [1.0, 2.0])]),
            Edit::RemoveTasks(vec![ident("fetch")]),
            Edit::RemoveTasks(vec![ident("nowhere")]),
        ])),
    ];
    insta::assert_snapshot!("refusals", cases.join("\n"));
    assert_eq!(check_dependency(&workflow, &ident("fetch"), &ident("report")), Ok(()));
}

#[test]
fn another_workflow_takes_the_place_even_with_a_circle() {
    let mut other = sample();
    other.title = Some("Other".to_owned());
    other.dependencies.push(Dependency::new(ident("report"), ident("fetch")));
    assert_eq!(applied(&sample(), Edit::Replace(Box::new(other.clone()))), other);
}

#[test]
fn a_teardown_cannot_close_a_circle() {
    let mut workflow = sample();
    let mut fetch = workflow.task("fetch").unwrap().clone();
    fetch.teardown_for = vec![ident("report")];
    let error = Edit::ReplaceTask(Box::new(fetch)).apply(&mut workflow).unwrap_err();
    assert!(matches!(error, EditError::Cycle(_)), "{error}");
}

#[test]
fn an_edited_field_replaces_what_could_not_be_read() {
    let text = br#"{"millrace": 1, "name": "w", "limits": {"timeout": 5}, "tasks": [
        {"name": "a", "kind": "noop", "timeout": "soon", "priority": "high", "later": 1}]}"#;
    let workflow = Document::parse(text).workflow.unwrap();
    let mut task = workflow.tasks[0].clone();
    task.timeout = Some(millrace_model::time::Span::from_secs(60));
    let after = applied(&workflow, Edit::ReplaceTask(Box::new(task)));
    let text = canonical_text(&after);
    assert!(text.contains(r#""timeout": "1m", "priority": "high", "later": 1"#), "{text}");
    assert!(text.contains(r#""limits": { "timeout": 5 }"#), "{text}");
}

#[test]
fn a_stale_undo_is_refused() {
    let mut workflow = new_document("Empty");
    let add = Edit::AddTask { task: Box::new(Task::new(ident("a"), "noop")), at: None };
    let undo = add.apply(&mut workflow).unwrap();
    workflow.tasks.clear();
    assert_eq!(undo.apply(&mut workflow), Err(EditError::Stale));
}

#[test]
fn names() {
    let mut workflow = new_document("Täglicher Bericht 7!");
    assert_eq!(workflow.name.as_str(), "t_glicher_bericht_7");
    assert_eq!(workflow.title.as_deref(), Some("Täglicher Bericht 7!"));
    assert_eq!(new_document("!").name.as_str(), "untitled");
    assert_eq!(new_document("for").name.as_str(), "for_");
    assert_eq!(new_document("7 days").name.as_str(), "_7_days");
    for expected in ["shell", "shell_2", "shell_3"] {
        let name = fresh_name(&workflow, &ident("shell"));
        assert_eq!(name.as_str(), expected);
        workflow.tasks.push(Task::new(name, "shell"));
    }
    assert_eq!(fresh_name(&workflow, &ident("shell_2")).as_str(), "shell_4");
}

fn edit() -> impl Strategy<Value = Edit> {
    let name = || "[a-f]".prop_map(|text| ident(&text));
    let point = || (-9.0..9.0f64, -9.0..9.0f64).prop_map(|(x, y)| [x, y]);
    let task = || {
        (name(), "[a-f]", name(), any::<bool>()).prop_map(|(name, other, setup, is_teardown)| {
            let mut task = Task::new(name, "command");
            task.when = Some(format!("tasks.{other}.state == '{other}'"));
            if is_teardown {
                task.hooks = vec![Hook {
                    on: HookOn::Failure,
                    action: HookAction::Task(setup.clone()),
                    extra: Vec::new(),
                }];
                task.teardown_for = vec![setup];
            }
            task
        })
    };
    let leaf = prop_oneof![
        (task(), prop::option::of(point()))
            .prop_map(|(task, at)| Edit::AddTask { task: Box::new(task), at }),
        prop::collection::vec(name(), 1..3).prop_map(Edit::RemoveTasks),
        task().prop_map(|task| Edit::ReplaceTask(Box::new(task))),
        (name(), name()).prop_map(|(from, to)| Edit::RenameTask { from, to }),
        (name(), name()).prop_map(|(from, to)| Edit::AddDependency(Dependency::new(from, to))),
        (name(), name()).prop_map(|(from, to)| Edit::RemoveDependency { from, to }),
        (name(), point()).prop_map(|(name, at)| Edit::MoveTasks(vec![(name, at)])),
        arbitrary::workflow().prop_map(|workflow| Edit::SetFields(Box::new(workflow))),
        point().prop_map(|at| Edit::SetNotes(vec![Note { at, ..Note::default() }])),
        prop::collection::vec(name(), 0..3)
            .prop_map(|tasks| Edit::SetGroups(vec![Group { tasks, ..Group::default() }])),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| prop::collection::vec(inner, 0..3).prop_map(Edit::All))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Any edits, then undo all of them in turn, then redo all of them.
    #[test]
    fn undo_and_redo_are_exact(edits in prop::collection::vec(edit(), 1..40)) {
        let mut workflow = Workflow::new(ident("w"));
        for name in ["a", "b", "c"] {
            workflow.tasks.push(Task::new(ident(name), "noop"));
        }
        let mut history = Vec::new();
        for edit in edits {
            let before = workflow.clone();
            match edit.apply(&mut workflow) {
                Ok(undo) => history.push((before, undo, workflow.clone())),
                Err(_) => prop_assert_eq!(&workflow, &before),
            }
        }
        let mut redos = Vec::new();
        for (before, undo, after) in history.into_iter().rev() {
            redos.push((undo.apply(&mut workflow).unwrap(), after));
            prop_assert_eq!(canonical_text(&workflow), canonical_text(&before));
            prop_assert_eq!(&workflow, &before);
        }
        for (redo, after) in redos.into_iter().rev() {
            redo.apply(&mut workflow).unwrap();
            prop_assert_eq!(&workflow, &after);
        }
    }
}
