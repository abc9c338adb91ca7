//! The library as a whole: folders, what is in its documents, how they stand in git.

use std::fs;
use std::path::Path;
use std::process::Command;

use millrace_api::Code;
use millrace_api::document::{ListWorkflows, MoveDocument, ReadDocument, Source};
use millrace_api::git::{GitState, ReadGit};
use millrace_api::library::{MakeFolder, RemoveFolder, RenameFolder, SearchWorkflows};
use millrace_api::schedule::ListSchedules;
use millrace_api::trust::{ListTrust, Trust};
use millrace_api::version::ListVersions;
use millrace_model::event::{Committed, InGit, RunState};
use serde_json::{Value, json};

use crate::document::{noop, workflow};
use crate::site::{Site, code, start};

fn path(site: &Site, below: &str) -> String {
    site.home().workflows().join(below).to_str().unwrap().to_owned()
}

async fn make(site: &Site, below: &str) {
    let request = MakeFolder { path: path(site, below) };
    site.api().make_folder(request).await.unwrap();
}

/// A task that runs another document.
fn calls(callee: &str) -> Value {
    json!({ "name": "call", "kind": "workflow", "spec": { "workflow": callee } })
}

pub(crate) async fn words_are_found_in_the_library_and_in_what_ran_from_elsewhere(site: &mut Site) {
    make(site, "team").await;
    let script = json!({ "name": "fetch", "title": "Get exports", "kind": "shell",
        "spec": { "script": "cd /tmp\ncurl \"$URL\"\n" } });
    let mut sales = workflow("sales", &[script, noop("end")], &[]);
    sales["title"] = "Daily 每日".into();
    site.write_to_library("team/sales.json", sales.to_string());
    site.write_to_library("half.json", "{\"millrace\": 1,\n\"name\": \"Curl");
    let run = site.run("far.json", &workflow("curls", &[noop("a")], &[])).await;
    site.ended(run).await;
    let search = async |text: &str, limit| {
        let request = SearchWorkflows { text: text.to_owned(), limit };
        site.api().search_workflows(request).await.unwrap()
    };
    let found = search("CURL", 100).await;
    let names: Vec<&str> = found.workflows.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["curls", "half", "sales"], "its name first");
    assert_eq!((found.found, found.searched), (3, 3));
    let sales = &found.workflows[2];
    assert_eq!(sales.path, path(site, "team/sales.json"));
    let [hit] = sales.hits.as_slice() else { panic!("{sales:?}") };
    let task = hit.task.as_ref().map(|task| task.as_str());
    assert_eq!(
        (task, hit.title.as_str(), hit.kind.as_str()),
        (Some("fetch"), "Get exports", "shell")
    );
    assert_eq!((hit.field.as_str(), hit.line_number), ("spec.script", 2));
    assert_eq!((hit.line.as_str(), hit.from, hit.to), ("curl \"$URL\"", 0, 4));
    let found = search("每日 kind:noop", 100).await;
    assert_eq!(found.workflows[0].hits[0].task.as_ref().unwrap().as_str(), "end");
    let found = search("curl", 1).await;
    assert_eq!((found.workflows.len(), found.found), (1, 3));
    // What changes in a file is found at once.
    let changed = workflow("sales", &[noop("wget")], &[]);
    site.write_to_library("team/sales.json", changed.to_string());
    assert_eq!(search("curl", 100).await.found, 2);
    assert_eq!(search("wget", 100).await.found, 1);
    assert_eq!(search(" ", 100).await.found, 0);
}

pub(crate) async fn a_search_that_makes_no_sense_is_refused(site: &mut Site) {
    for limit in [0, 501] {
        let request = SearchWorkflows { text: "a".to_owned(), limit };
        assert_eq!(code(site.api().search_workflows(request).await), Code::InvalidRequest);
    }
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) async fn documents_say_how_they_stand_in_git(site: &mut Site) {
    let outside = site.api().read_git(ReadGit::default()).await.unwrap();
    assert_eq!((outside.repositories, outside.documents), (vec![], vec![]));
    let root = site.home().workflows();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        let command = command.arg("-C").arg(&root).args(arguments);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        let ended = command.output().unwrap();
        assert!(ended.status.success(), "{arguments:?}: {ended:?}");
    };
    if Command::new("git").arg("--version").output().is_err() {
        return eprintln!("SKIPPED: there is no git; `cargo xtask setup` installs it");
    }
    git(&["init", "--quiet", "--initial-branch", "main"]);
    git(&["config", "user.name", "Ada"]);
    git(&["config", "user.email", "ada@example.org"]);
    let ran = root.join("ran");
    // A repository from elsewhere may name programs: none of them is run.
    for (key, program) in [
        ("core.fsmonitor", format!("touch {}", ran.display())),
        ("filter.own.clean", format!("touch {}; cat", ran.display())),
    ] {
        git(&["config", key, &program]);
    }
    let hook = root.join(".git/hooks/post-index-change");
    fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", ran.display())).unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    make(site, "team").await;
    for file in ["same.json", "other.json", "team/deep.json", "left.json", "out.json"] {
        let name = Path::new(file).file_stem().unwrap().to_str().unwrap();
        site.write_to_library(file, workflow(name, &[noop("a")], &[]).to_string());
    }
    fs::write(root.join(".gitignore"), "left.json\nran\n").unwrap();
    git(&["-c", "core.fsmonitor=false", "add", "same.json", "other.json", "team"]);
    git(&["-c", "core.fsmonitor=false", "commit", "--quiet", "-m", "first"]);
    fs::write(root.join(".gitattributes"), "*.json filter=own\n").unwrap();
    site.write_to_library("other.json", workflow("other", &[noop("b")], &[]).to_string());
    let _made_by_add = fs::remove_file(&ran);

    let states = async || {
        let report = site.api().read_git(ReadGit::default()).await.unwrap();
        let state = |name: &str| {
            let mut all = report.documents.iter();
            all.find(|it| it.path == path(site, name)).map(|it| it.state)
        };
        let names = ["same.json", "other.json", "team/deep.json", "left.json", "out.json"];
        (names.map(state), report.repositories)
    };
    let (found, repositories) = states().await;
    let expected = [
        GitState::Unchanged,
        GitState::Modified,
        GitState::Unchanged,
        GitState::Ignored,
        GitState::Untracked,
    ];
    assert_eq!(found, expected.map(Some));
    let [repository] = repositories.as_slice() else { panic!("{repositories:?}") };
    assert_eq!(repository.branch.as_deref(), Some("main"));
    assert_eq!(repository.commit.as_ref().map(String::len), Some(8));
    assert!(!ran.exists(), "a program of the repository was run");
    // Also by their paths, whether they are known or not.
    let near = site.write_to_library("team/near.txt", "");
    let far = site.write("far.json", "{}");
    let documents = Some(vec![path(site, "other.json"), near.clone(), far]);
    let these = site.api().read_git(ReadGit { documents }).await.unwrap();
    let told: Vec<_> = these.documents.iter().map(|it| (it.path.clone(), it.state)).collect();
    let other = (path(site, "other.json"), GitState::Modified);
    assert_eq!(told, [other, (near, GitState::Untracked)]);
    assert_eq!(these.repositories, repositories);
    for wrong in [vec!["w.json".to_owned()], vec!["/w.json".to_owned(); 51]] {
        let wrong = ReadGit { documents: Some(wrong) };
        assert_eq!(code(site.api().read_git(wrong).await), Code::InvalidRequest);
    }
    assert!(!ran.exists(), "a program of the repository was run");
    // What changes is seen although an answer is kept.
    site.write_to_library("same.json", workflow("same", &[noop("c")], &[]).to_string());
    assert_eq!(states().await.0[0], Some(GitState::Modified));
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) async fn a_run_notes_how_its_document_stood_in_git(site: &mut Site) {
    if Command::new("git").arg("--version").output().is_err() {
        return eprintln!("SKIPPED: there is no git; `cargo xtask setup` installs it");
    }
    let root = site.home().workflows();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        let command = command.arg("-C").arg(&root).args(arguments);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        let ended = command.output().unwrap();
        assert!(ended.status.success(), "{arguments:?}: {ended:?}");
        String::from_utf8(ended.stdout).unwrap().trim().to_owned()
    };
    let document = |task: &str| workflow("w", &[noop(task)], &[]).to_string();
    let file = site.write_to_library("w.json", document("a"));
    let run = async |site: &Site, source: Source| {
        let run = site.api().start_run(start(source)).await.unwrap().run;
        let git = site.ended(run).await.head.origin.unwrap().git;
        (run, git.map(|git| *git))
    };
    let (_, git_of) = run(site, Source::Path(file.clone())).await;
    assert_eq!(git_of, None, "it lies in no repository");

    git(&["init", "--quiet", "--initial-branch", "main"]);
    git(&["config", "user.name", "Ada"]);
    git(&["config", "user.email", "ada@example.org"]);
    let (_, none_yet) = run(site, Source::Path(file.clone())).await;
    let none = InGit { commit: None, branch: Some("main".to_owned()), document: Committed::Absent };
    assert_eq!(none_yet, Some(none));

    git(&["add", "w.json"]);
    git(&["commit", "--quiet", "-m", "first"]);
    let commit = git(&["rev-parse", "HEAD"]);
    let (first, committed) = run(site, Source::Path(file.clone())).await;
    let stood = |document| {
        let (commit, branch) = (Some(commit.clone()), Some("main".to_owned()));
        Some(InGit { commit, branch, document })
    };
    assert_eq!(committed, stood(Committed::Unchanged));
    // A draft of it that is not saved is not what is committed.
    let draft = Source::Text { text: document("b"), path: Some(file.clone()) };
    assert_eq!(run(site, draft).await.1, stood(Committed::Changed));
    let same = Source::Text { text: document("a"), path: Some(file.clone()) };
    assert_eq!(run(site, same).await.1, stood(Committed::Unchanged));
    site.write_to_library("w.json", document("c"));
    assert_eq!(run(site, Source::Path(file)).await.1, stood(Committed::Changed));
    // The next host knows it still.
    site.replace_host(false).await;
    let kept = site.get(first).await.head.origin.unwrap().git.map(|git| *git);
    assert_eq!(kept, stood(Committed::Unchanged));
}

pub(crate) async fn a_folder_is_made_and_listed_with_what_is_moved_into_it(site: &mut Site) {
    let from = site.write_to_library("one.json", workflow("one", &[noop("a")], &[]).to_string());
    make(site, "team").await;
    make(site, "team/每日").await;
    let to = path(site, "team/每日/one.json");
    let request = MoveDocument { path: from, to: Some(to.clone()), name: None, title: None };
    site.api().move_document(request).await.unwrap();
    let far = site.run("far.json", &workflow("far", &[noop("a")], &[])).await;
    site.ended(far).await;
    let listed = site.api().list_workflows(ListWorkflows {}).await.unwrap();
    let root = site.home().workflows().to_str().unwrap().to_owned();
    let folders: Vec<_> = listed
        .folders
        .iter()
        .map(|it| (it.path.as_str(), it.name.as_str(), it.parent.as_deref()))
        .collect();
    let (team, daily) = (path(site, "team"), path(site, "team/每日"));
    let expected = [
        (root.as_str(), "workflows", None),
        (team.as_str(), "team", Some(root.as_str())),
        (daily.as_str(), "每日", Some(team.as_str())),
    ];
    assert_eq!(folders, expected);
    let rows: Vec<_> =
        listed.workflows.iter().map(|it| (it.path.as_deref(), it.folder.as_deref())).collect();
    let far = site.path("far.json");
    assert_eq!(rows, [(far.to_str(), None), (Some(to.as_str()), Some(daily.as_str()))]);
    assert!(listed.workflows.iter().all(|it| it.digest.is_some()));
    for (wrong, expected) in [
        (path(site, "team"), Code::WrongState),
        (path(site, "none/deep"), Code::File),
        (path(site, ".git"), Code::InvalidRequest),
        (site.path("outside").to_str().unwrap().to_owned(), Code::InvalidRequest),
        ("team".to_owned(), Code::InvalidRequest),
    ] {
        let asked = site.api().make_folder(MakeFolder { path: wrong.clone() }).await;
        assert_eq!(code(asked), expected, "{wrong}");
    }
}

pub(crate) async fn what_lies_in_a_renamed_folder_keeps_its_history(site: &mut Site) {
    make(site, "old").await;
    make(site, "old/deep").await;
    let mut one = workflow("one", &[noop("a")], &[]);
    one["schedules"] = json!([{ "name": "nightly", "cron": "0 3 * * *" }]);
    site.write_to_library("old/deep/one.json", one.to_string());
    site.write_to_library(
        "old/calls.json",
        workflow("inside", &[calls("deep/one.json")], &[]).to_string(),
    );
    let caller = site.write_to_library(
        "calls.json",
        workflow("outside", &[calls("old/deep/one.json")], &[]).to_string(),
    );
    let trust = Trust { path: path(site, "old"), on: true };
    site.api().trust(trust).await.unwrap();
    let request = start(Source::Path(path(site, "old/deep/one.json")));
    let run = site.api().start_run(request).await.unwrap().run;
    assert_eq!(site.ended(run).await.state, RunState::Succeeded);
    let before = site.api().list_workflows(ListWorkflows {}).await.unwrap();
    let id = |list: &millrace_api::document::WorkflowList| {
        list.workflows.iter().find(|it| it.name == "one").unwrap().workflow_id
    };

    let rename = RenameFolder { path: path(site, "old"), name: "new name".to_owned() };
    let renamed = site.api().rename_folder(rename).await.unwrap();
    assert_eq!((renamed.path, renamed.left), (path(site, "new name"), vec![]));
    assert_eq!(renamed.callers, std::slice::from_ref(&caller));
    assert!(fs::read_to_string(caller).unwrap().contains("new name/deep/one.json"));
    let inside = fs::read_to_string(path(site, "new name/calls.json")).unwrap();
    assert!(inside.contains("\"deep/one.json\""), "{inside}");
    let after = site.api().list_workflows(ListWorkflows {}).await.unwrap();
    let moved = path(site, "new name/deep/one.json");
    let row = after.workflows.iter().find(|it| it.name == "one").unwrap();
    assert_eq!((row.path.as_ref(), row.recent[0].run), (Some(&moved), run));
    assert_eq!(id(&after), id(&before));
    let versions = site.api().list_versions(ListVersions { path: moved.clone() }).await.unwrap();
    assert_eq!(versions.versions.len(), 1);
    let trusted = site.api().list_trust(ListTrust {}).await.unwrap();
    assert_eq!(trusted.folders, [path(site, "new name")]);
    let read = ReadDocument { source: Source::Path(moved.clone()) };
    assert!(site.api().read_document(read).await.unwrap().is_trusted);
    let schedules = site.api().list_schedules(ListSchedules { source: None }).await.unwrap();
    let [schedule] = schedules.schedules.as_slice() else { panic!("{schedules:?}") };
    assert_eq!((&schedule.path, schedule.held.as_ref()), (&moved, None));
}

pub(crate) async fn what_is_no_folder_of_the_library_is_refused(site: &mut Site) {
    make(site, "team").await;
    make(site, "other").await;
    site.write_to_library("one.json", workflow("one", &[], &[]).to_string());
    let outside = site.path("outside");
    fs::create_dir(&outside).unwrap();
    let outside = outside.to_str().unwrap().to_owned();
    let root = site.home().workflows().to_str().unwrap().to_owned();
    let team = path(site, "team");
    for (from, name, expected) in [
        (root, "new", Code::WrongState),
        (outside, "new", Code::InvalidRequest),
        (path(site, "none"), "new", Code::NotFound),
        (path(site, "one.json"), "new", Code::InvalidRequest),
        ("team".to_owned(), "new", Code::InvalidRequest),
        (team.clone(), "other", Code::WrongState),
        (team.clone(), "a/b", Code::InvalidRequest),
        (team.clone(), "..", Code::InvalidRequest),
        (team.clone(), "", Code::InvalidRequest),
    ] {
        let request = RenameFolder { path: from, name: name.to_owned() };
        let asked = site.api().rename_folder(request.clone()).await;
        assert_eq!(code(asked), expected, "{request:?}");
    }
    assert!(Path::new(&team).is_dir());
}

pub(crate) async fn only_an_empty_folder_is_removed(site: &mut Site) {
    make(site, "team").await;
    site.write_to_library("team/one.json", workflow("one", &[], &[]).to_string());
    let remove = async |path: String| site.api().remove_folder(RemoveFolder { path }).await;
    assert_eq!(code(remove(path(site, "team")).await), Code::WrongState);
    fs::remove_file(path(site, "team/one.json")).unwrap();
    remove(path(site, "team")).await.unwrap();
    assert!(!fs::exists(path(site, "team")).unwrap());
    assert_eq!(code(remove(path(site, "team")).await), Code::NotFound);
    assert_eq!(code(remove(path(site, "")).await), Code::WrongState);
}
