//! Documents as files: another place or name, the trash and back, and what is in them now.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use millrace_api::Code;
use millrace_api::document::{
    FileState, ListWorkflows, MoveDocument, ReadDocument, RestoreDocument, Source, StatDocuments,
    TrashDocument,
};
use millrace_model::event::RunState;

use serde_json::json;

use crate::document::{noop, workflow};
use crate::site::{Site, code, ident};

/// Text that a person laid out by hand.
const BY_HAND: &str = "{ \"millrace\": 1,\n     \"name\": \"one\", \"tasks\": [] }";

fn to(path: &str) -> MoveDocument {
    MoveDocument { path: path.to_owned(), to: None, name: None, title: None }
}

pub(crate) async fn a_moved_document_keeps_its_bytes_and_its_history(site: &mut Site) {
    let run = site.run("one.json", &workflow("one", &[noop("a")], &[])).await;
    assert_eq!(site.ended(run).await.state, RunState::Succeeded);
    let (old, new) = (site.write("one.json", BY_HAND), site.path("elsewhere.json"));
    let new = new.to_str().unwrap().to_owned();
    let request = MoveDocument { to: Some(new.clone()), ..to(&old) };
    let moved = site.api().move_document(request).await.unwrap();
    assert_eq!(moved.path, new);
    assert_eq!(fs::read_to_string(&new).unwrap(), BY_HAND);
    assert!(!site.path("one.json").exists());
    let source = Source::Path(new.clone());
    let read = site.api().read_document(ReadDocument { source }).await.unwrap();
    assert_eq!(read.digest, moved.digest);
    let listed = site.api().list_workflows(ListWorkflows {}).await.unwrap().workflows;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!((listed[0].path.as_ref(), listed[0].recent[0].run), (Some(&new), run));
}

pub(crate) async fn a_renamed_document_has_its_name_and_title_in_it(site: &mut Site) {
    let path = site.write("one.json", BY_HAND);
    let (name, title) = (Some(ident("two")), Some("The second".to_owned()));
    let moved = site.api().move_document(MoveDocument { name, title, ..to(&path) }).await.unwrap();
    assert_eq!(moved.path, site.path("two.json").to_str().unwrap(), "it was named after it");
    let found: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&moved.path).unwrap()).unwrap();
    assert_eq!((&found["name"], &found["title"]), (&"two".into(), &"The second".into()));
}

pub(crate) async fn tasks_that_run_a_document_follow_its_new_name(site: &mut Site) {
    let path = site.write("one.json", BY_HAND);
    let task = json!({ "name": "a", "kind": "workflow", "spec": { "workflow": "one.json" } });
    // It is known because it ran.
    let run = site.run("caller.json", &workflow("caller", &[task], &[])).await;
    assert_eq!(site.ended(run).await.state, RunState::Succeeded);
    let caller = site.path("caller.json");
    let rename = MoveDocument { name: Some(ident("two")), ..to(&path) };
    let moved = site.api().move_document(rename).await.unwrap();
    assert_eq!(moved.callers, [caller.to_str().unwrap()]);
    assert_eq!(moved.left, [""; 0]);
    let text = fs::read_to_string(&caller).unwrap();
    assert!(text.contains("\"workflow\": \"two.json\""), "{text}");
}

pub(crate) async fn a_document_that_moves_runs_the_same_others(site: &mut Site) {
    fs::create_dir(site.path("deep")).unwrap();
    let one = site.write("one.json", BY_HAND);
    let call = |name: &str, callee: &str| json!({ "name": name, "kind": "workflow", "spec": { "workflow": callee } });
    let tasks = [call("a", "one.json"), call("b", &one), call("c", "by_name")];
    let path = site.write("caller.json", workflow("caller", &tasks, &[]).to_string());
    let target = site.path("deep/caller.json").to_str().unwrap().to_owned();
    let request = MoveDocument { to: Some(target.clone()), ..to(&path) };
    let moved = site.api().move_document(request).await.unwrap();
    let source = Source::Path(target);
    let read = site.api().read_document(ReadDocument { source }).await.unwrap();
    assert_eq!(read.digest, moved.digest);
    let found: serde_json::Value = serde_json::from_str(&read.text).unwrap();
    let callees: Vec<&str> = found["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["spec"]["workflow"].as_str().unwrap())
        .collect();
    assert_eq!(callees, ["../one.json", one.as_str(), "by_name"]);
}

pub(crate) async fn a_move_that_cannot_be_is_refused_and_changes_nothing(site: &mut Site) {
    let path = site.write("one.json", BY_HAND);
    let taken = site.write("taken.json", "other");
    let broken = site.write("broken.json", "{ half");
    let kept = site.write("kept.json", BY_HAND);
    fs::set_permissions(&kept, Permissions::from_mode(0o444)).unwrap();
    let nothing = site.path("nothing.json").to_str().unwrap().to_owned();
    let no_folder = site.path("no-folder/one.json").to_str().unwrap().to_owned();
    for (request, expected) in [
        (to("one.json"), Code::InvalidRequest),
        (MoveDocument { to: Some("two.json".to_owned()), ..to(&path) }, Code::InvalidRequest),
        (to(&nothing), Code::NotFound),
        (MoveDocument { to: Some(taken.clone()), ..to(&path) }, Code::WrongState),
        (MoveDocument { to: Some(no_folder), ..to(&path) }, Code::File),
        (MoveDocument { name: Some(ident("two")), ..to(&broken) }, Code::InvalidDocument),
        (MoveDocument { name: Some(ident("two")), ..to(&kept) }, Code::ReadOnly),
    ] {
        let asked = site.api().move_document(request.clone()).await;
        assert_eq!(code(asked), expected, "{request:?}");
    }
    for (file, text) in [(path, BY_HAND), (taken, "other"), (broken, "{ half"), (kept, BY_HAND)] {
        assert_eq!(fs::read_to_string(file).unwrap(), text);
    }
}

pub(crate) async fn a_trashed_document_is_gone_and_can_come_back(site: &mut Site) {
    let path = site.write_to_library("one.json", BY_HAND);
    let trash = TrashDocument { path: path.clone() };
    let trashed = site.api().trash_document(trash).await.unwrap().trashed;
    assert!(!fs::exists(&path).unwrap());
    let list = async || site.api().list_workflows(ListWorkflows {}).await.unwrap().workflows;
    assert_eq!(list().await, []);
    let back = site.api().restore_document(RestoreDocument { trashed }).await.unwrap();
    assert_eq!(back.path, path);
    assert_eq!(fs::read_to_string(&path).unwrap(), BY_HAND);
    assert_eq!(list().await.len(), 1);
}

pub(crate) async fn what_is_no_document_cannot_be_trashed(site: &mut Site) {
    let folder = site.home().root().to_str().unwrap().to_owned();
    let nothing = site.path("nothing.json").to_str().unwrap().to_owned();
    for (path, expected) in [
        ("one.json".to_owned(), Code::InvalidRequest),
        (nothing, Code::NotFound),
        (folder, Code::File),
    ] {
        let asked = site.api().trash_document(TrashDocument { path: path.clone() }).await;
        assert_eq!(code(asked), expected, "{path}");
    }
}

pub(crate) async fn what_comes_back_replaces_nothing(site: &mut Site) {
    let restore = async |trashed: String| {
        code(site.api().restore_document(RestoreDocument { trashed }).await)
    };
    for unknown in ["", "0", "../home/config"] {
        assert_eq!(restore(unknown.to_owned()).await, Code::NotFound, "{unknown}");
    }
    let path = site.write("one.json", BY_HAND);
    let trash = TrashDocument { path };
    let trashed = site.api().trash_document(trash).await.unwrap().trashed;
    site.write("one.json", "another");
    assert_eq!(restore(trashed).await, Code::WrongState);
    assert_eq!(fs::read_to_string(site.path("one.json")).unwrap(), "another");
}

pub(crate) async fn files_say_how_they_stand(site: &mut Site) {
    let path = site.write("one.json", BY_HAND);
    let nothing = site.path("nothing.json").to_str().unwrap().to_owned();
    let folder = site.home().root().to_str().unwrap().to_owned();
    let stat = async || {
        let paths = vec![folder.clone(), path.clone(), nothing.clone()];
        site.api().stat_documents(StatDocuments { paths }).await.unwrap().documents
    };
    let before = stat().await;
    let asked: Vec<&String> = before.iter().map(|found| &found.path).collect();
    assert_eq!(asked, [&folder, &path, &nothing]);
    assert!(matches!(before[0].state, FileState::Unreadable(_)), "{before:?}");
    let source = Source::Path(path.clone());
    let digest = site.api().read_document(ReadDocument { source }).await.unwrap().digest;
    assert_eq!(
        (&before[1].state, &before[2].state),
        (&FileState::Digest(digest), &FileState::Gone)
    );
    site.write("one.json", BY_HAND.replace("one", "two"));
    assert_ne!(stat().await[1], before[1], "changed outside, to the same length");
}

pub(crate) async fn too_many_files_and_relative_ones_are_refused(site: &mut Site) {
    let stat = async |paths| code(site.api().stat_documents(StatDocuments { paths }).await);
    assert_eq!(stat(vec!["one.json".to_owned()]).await, Code::InvalidRequest);
    assert_eq!(stat(vec!["/nothing".to_owned(); 1_001]).await, Code::InvalidRequest);
}
