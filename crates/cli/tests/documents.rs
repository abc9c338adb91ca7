//! What a window does with documents, against a real daemon that is killed meanwhile: drafts, moves, trash, versions.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests")]
#![expect(dead_code, reason = "not all of what the tests share is needed here")]

mod support;

use millrace_api::document::{
    FileState, ListWorkflows, MoveDocument, RestoreDocument, SaveDocument, StatDocuments,
    TrashDocument,
};
use millrace_api::draft::{Draft, DropDraft, KeepDraft, ListDrafts};
use millrace_api::home::Home as Place;
use millrace_api::run::{GetRun, ListRuns, Rerun};
use millrace_api::version::{ListVersions, ReadVersion, VersionReason};
use millrace_api::{Backend, Code};
use millrace_client::Client;
use millrace_model::Values;
use millrace_model::ident::Ident;
use support::Home;

const TEXT: &str = r#"{"millrace": 1, "name": "one", "tasks": [{"name": "a", "kind": "noop"}]}"#;

/// A runtime, and whoever answers in this home; the daemon is started where none is.
fn client(home: &Home) -> (tokio::runtime::Runtime, Client) {
    assert_eq!(home.call(&["runs"]).code, Some(0));
    let place = Place::at(&home.path("home")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = runtime.block_on(millrace_client::connect_running(&place)).unwrap();
    (runtime, client.expect("a daemon"))
}

#[test]
fn a_draft_that_was_acknowledged_outlives_a_kill() {
    let home = Home::new();
    let (runtime, api) = client(&home);
    let draft = |text: &str| Draft {
        draft: "a1-2".to_owned(),
        path: Some("/flows/one.json".to_owned()),
        text: text.to_owned(),
        base_digest: None,
        is_trusted: true,
    };
    for text in ["first", "second", "{ half"] {
        runtime.block_on(api.keep_draft(KeepDraft { draft: draft(text) })).unwrap();
    }
    let bad = KeepDraft { draft: Draft { draft: "../x".to_owned(), ..draft("x") } };
    assert_eq!(runtime.block_on(api.keep_draft(bad)).unwrap_err().code, Code::InvalidRequest);
    home.kill_daemon();
    let (runtime, api) = client(&home);
    let list = || runtime.block_on(api.list_drafts(ListDrafts {})).unwrap().drafts;
    let found = list();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].draft, draft("{ half"));
    runtime.block_on(api.drop_draft(DropDraft { draft: "a1-2".to_owned() })).unwrap();
    assert_eq!(list(), []);
}

#[test]
fn a_history_goes_along_with_a_rename_and_a_deletion_that_is_taken_back() {
    let home = Home::new();
    std::fs::create_dir_all(home.path("home/workflows")).unwrap();
    let file = home.write("home/workflows/one.json", TEXT);
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    let (runtime, api) = client(&home);
    let library = || runtime.block_on(api.list_workflows(ListWorkflows {})).unwrap().workflows;
    let before = library().remove(0);
    let run = before.recent[0].run;

    let name = Some(Ident::new("two").unwrap());
    let rename = MoveDocument { path: before.path.clone().unwrap(), to: None, name, title: None };
    let moved = runtime.block_on(api.move_document(rename)).unwrap();
    assert!(moved.path.ends_with("/two.json"));
    let after = library();
    assert_eq!(after.len(), 1, "{after:?}");
    assert_eq!((after[0].name.as_str(), after[0].path.as_ref()), ("two", Some(&moved.path)));
    assert_eq!((after[0].workflow_id, after[0].recent[0].run), (before.workflow_id, run));
    let shown = runtime.block_on(api.get_run(GetRun { run, snapshot: false })).unwrap();
    assert_eq!(shown.run.head.path.as_ref(), Some(&moved.path), "where its document is now");
    let rerun = Rerun {
        run,
        from: None,
        source: None,
        params: Values::new(),
        param_texts: std::collections::BTreeMap::new(),
        pinned: false,
        vouched: true,
    };
    runtime.block_on(api.rerun(rerun)).unwrap();

    let trashed = runtime.block_on(api.trash_document(TrashDocument { path: moved.path.clone() }));
    let trashed = trashed.unwrap().trashed;
    assert_eq!(library(), [], "what was deleted is no workflow any more");
    let stat = || {
        let request = StatDocuments { paths: vec![moved.path.clone()] };
        runtime.block_on(api.stat_documents(request)).unwrap().documents.remove(0).state
    };
    assert_eq!(stat(), FileState::Gone);
    let list = ListRuns { limit: 9, ..ListRuns::default() };
    assert_eq!(runtime.block_on(api.list_runs(list)).unwrap().runs.len(), 2);
    let back = runtime.block_on(api.restore_document(RestoreDocument { trashed })).unwrap();
    assert_eq!((&back.path, stat()), (&moved.path, FileState::Digest(back.digest)));
    assert_eq!(library()[0].workflow_id, before.workflow_id);
}

#[test]
fn versions_are_kept_where_the_meaning_changes() {
    let home = Home::new();
    let file = home.write("one.json", TEXT);
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    let (runtime, api) = client(&home);
    let path = std::fs::canonicalize(&file).unwrap().display().to_string();
    let save = |text: &str| {
        let request = SaveDocument {
            path: path.clone(),
            text: text.to_owned(),
            expected_digest: None,
            overwrite: true,
            is_trusted: true,
        };
        runtime.block_on(api.save_document(request)).unwrap();
    };
    save(&TEXT.replace("}]}", "}], \"layout\": {\"tasks\": {\"a\": [16, 0]}}}"));
    save(&TEXT.replace("noop", "shell"));
    save("{ half");
    let versions = runtime.block_on(api.list_versions(ListVersions { path })).unwrap().versions;
    let reasons: Vec<_> = versions.iter().map(|version| version.reason).collect();
    assert_eq!(reasons, [VersionReason::Saved, VersionReason::Run]);
    let read = |version| runtime.block_on(api.read_version(ReadVersion { version }));
    assert!(read(versions[0].version).unwrap().text.contains("shell"));
    assert!(read(versions[1].version).unwrap().text.contains("noop"));
    assert_eq!(read(99).unwrap_err().code, Code::NotFound);

    let listed = home.call(&["versions", &file]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    for part in ["VERSION", "2  ", "saved\n", "1  ", "run\n"] {
        assert!(listed.stdout.contains(part), "{part}: {}", listed.stdout);
    }
    let rows = home.json(&["versions", &file, "--json"]);
    assert_eq!((&rows[0]["number"], &rows[1]["reason"]), (&2.into(), &"run".into()));
    let [first, second] = [1, 2].map(|number| format!("{file}@{number}"));
    let differ = home.call(&["diff", &first, &second]);
    assert_eq!(differ.stdout, "~ kind of a\n    − noop\n    + shell\n");
    let differ = home.json(&["diff", &second, &first, "--json"]);
    assert_eq!(differ["differences"][0]["subject"], serde_json::json!({"task": "a"}));
    assert_eq!(differ["differences"][0]["after"], "noop");
    let same = home.call(&["diff", &second, &second]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), ""));
    assert!(same.stderr.contains("are the same"), "{}", same.stderr);
    let none = home.call(&["diff", &first, &format!("{file}@7")]);
    assert_ne!(none.code, Some(0));
    assert!(none.stderr.contains("has no version 7: they go from 1 to 2"), "{}", none.stderr);
}

#[test]
fn the_library_is_listed_searched_and_put_in_order() {
    let home = Home::new();
    std::fs::create_dir_all(home.path("home/workflows/team/deep")).unwrap();
    let script = r#"{"name": "fetch", "kind": "shell", "spec": {"script": "true\n# curl"}}"#;
    let text = TEXT.replace("]}", &format!(", {script}]}}"));
    let file = home.write("home/workflows/team/one.json", &text);
    home.write("home/workflows/two.json", &TEXT.replace("\"one\"", "\"two\""));
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    let listed = home.call(&["list"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let lines: Vec<Vec<&str>> =
        listed.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0][..4], ["NAME", "FOLDER", "LAST", "WHEN"]);
    assert_eq!(
        (lines[1][..2].to_vec(), lines[2][..2].to_vec()),
        (vec!["one", "team"], vec!["two", "."])
    );
    let below = home.json(&["list", "--folder", "team", "--json"]);
    let names: Vec<_> =
        below["workflows"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["one"]);
    assert_eq!(home.call(&["list", "--folder", "none"]).code, Some(2));

    let found = home.call(&["search", "CURL"]);
    assert!(found.stdout.contains("fetch spec.script:2  # curl"), "{}", found.stdout);
    let none = home.call(&["search", "nowhere"]);
    assert!(none.stdout.is_empty() && none.stderr.contains("nothing is like"), "{}", none.stderr);

    let deep = home.path("home/workflows/team/deep");
    let moved = home.call(&["move", "two", deep.to_str().unwrap()]);
    assert_eq!(moved.code, Some(0), "{}", moved.stderr);
    assert!(deep.join("two.json").is_file());
    let (team, sales) = (home.path("home/workflows/team"), home.path("home/workflows/sales"));
    let renamed = home.call(&["move", team.to_str().unwrap(), sales.to_str().unwrap()]);
    assert_eq!(renamed.code, Some(0), "{}", renamed.stderr);
    let listed = home.json(&["list", "--json"]);
    let one = &listed["workflows"][0];
    assert!(one["folder"].as_str().unwrap().ends_with("/sales"), "{one}");
    assert_eq!(one["recent"].as_array().unwrap().len(), 1, "its history went along");
    let away = home.path("away");
    let refused = home.call(&["move", sales.to_str().unwrap(), away.to_str().unwrap()]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("can only get another name where it lies"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_rename_of_a_folder_that_a_crash_cut_off_is_made_good_at_the_next_start() {
    let home = Home::new();
    std::fs::create_dir_all(home.path("home/workflows/old")).unwrap();
    let file = home.write("home/workflows/old/one.json", TEXT);
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    let (runtime, api) = client(&home);
    let before =
        runtime.block_on(api.list_workflows(ListWorkflows {})).unwrap().workflows.remove(0);
    drop((runtime, api));
    home.kill_daemon();
    // The folder has moved; what the history knows has not.
    let workflows = std::fs::canonicalize(home.path("home/workflows")).unwrap();
    let (old, new) = (workflows.join("old"), workflows.join("new"));
    let note = serde_json::json!({ "from": old, "to": new });
    let path = home.path("home/renaming.json");
    std::fs::write(&path, note.to_string()).unwrap();
    std::fs::rename(&old, &new).unwrap();
    let (runtime, api) = client(&home);
    let after = runtime.block_on(api.list_workflows(ListWorkflows {})).unwrap().workflows;
    let [row] = after.as_slice() else { panic!("{after:?}") };
    assert_eq!(row.path.as_deref(), new.join("one.json").to_str());
    assert_eq!((row.workflow_id, &row.recent), (before.workflow_id, &before.recent));
    assert!(!path.exists(), "the note is spent");
    drop((runtime, api));
    home.kill_daemon();
    // One that had not begun changes nothing.
    let note = serde_json::json!({ "from": new, "to": old });
    std::fs::write(&path, note.to_string()).unwrap();
    let (runtime, api) = client(&home);
    let after = runtime.block_on(api.list_workflows(ListWorkflows {})).unwrap().workflows;
    assert_eq!(after[0].recent, before.recent);
    assert!(!path.exists());
}
