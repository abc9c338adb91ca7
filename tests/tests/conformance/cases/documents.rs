//! Documents: reading, saving, checking, listing.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use millrace_api::document::{
    ListWorkflows, ReadDocument, SaveDocument, Severity, Source, Validate,
};
use millrace_api::{ApiError, Code};
use millrace_model::event::RunState;
use serde_json::json;

use crate::document::{calling, noop, workflow};
use crate::site::{Site, code};

/// A sound document, byte for byte.
const SOUND: &str = "{\n  \"millrace\": 1,\n  \"name\": \"sound\",\n  \"tasks\": []\n}\n";
/// What a version to come has written.
const NEWER: &str = "{\"millrace\": 99, \"name\": \"newer\"}";
/// One byte more than a document may have.
const TOO_LARGE: usize = (64 << 20) + 1;

pub(crate) async fn a_document_is_read_by_path_name_and_text(site: &mut Site) {
    let path = site.write_to_library("a.json", SOUND);
    let by_path = read(site, Source::Path(path.clone())).await.unwrap();
    assert_eq!(by_path.text, SOUND);
    assert_eq!(by_path.path.as_ref(), Some(&path));
    assert_eq!((by_path.read_only.as_ref(), by_path.problems.len()), (None, 0));
    assert_eq!(by_path.digest.len(), 64);
    assert_eq!(read(site, Source::Name("sound".to_owned())).await.unwrap(), by_path);
    let link = site.path("link.json");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let by_link = read(site, Source::Path(link.to_str().unwrap().to_owned())).await.unwrap();
    assert_eq!(by_link, by_path, "a link is followed");
    let text = Source::Text { text: SOUND.to_owned(), path: None };
    let draft = read(site, text).await.unwrap();
    assert_eq!((draft.path, draft.digest), (None, by_path.digest));
}

pub(crate) async fn a_broken_document_is_read_with_its_problems(site: &mut Site) {
    let text = "{\n  \"millrace\": 1,\n  \"name\": \"a\",\n  \"name\": \"b\"\n";
    let found = read(site, Source::Path(site.write("broken.json", text))).await.unwrap();
    assert_eq!(found.text, text, "it can be mended");
    let problem = &found.problems[0];
    assert_eq!((problem.code.as_str(), problem.severity), ("MR1007", Severity::Error));
    assert!(problem.line > 0 && problem.column > 0, "{problem:?}");
    let bytes = b"{\"millrace\": 1, \"name\": \"gr\xfcn\"}";
    let found = read(site, Source::Path(site.write("latin.json", bytes))).await.unwrap();
    assert_eq!(found.problems[0].code, "MR1005");
    assert_eq!(fs::read(site.path("latin.json")).unwrap(), bytes, "the file is as it was");
}

pub(crate) async fn a_document_that_can_only_be_read_says_so(site: &mut Site) {
    let path = site.write("kept.json", SOUND);
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    let found = read(site, Source::Path(path)).await.unwrap();
    assert!(found.read_only.unwrap().contains("read-only"));
    let found = read(site, Source::Path(site.write("newer.json", NEWER))).await.unwrap();
    assert!(found.read_only.unwrap().contains("version 99"));
}

pub(crate) async fn what_is_not_there_cannot_be_read(site: &mut Site) {
    for (source, expected) in missing(site) {
        assert_eq!(code(read(site, source.clone()).await), expected, "{source:?}");
    }
}

pub(crate) async fn a_document_is_saved_anew_and_again(site: &mut Site) {
    let path = site.path("new.json");
    let first = save(site, "new.json", "one", None).await.unwrap();
    assert_eq!(first.path, path.to_str().unwrap());
    let second = save(site, "new.json", SOUND, Some(&first.digest)).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), SOUND);
    let read = read(site, Source::Path(first.path)).await.unwrap();
    assert_eq!(read.digest, second.digest);
}

pub(crate) async fn what_changed_outside_is_not_overwritten_unasked(site: &mut Site) {
    let path = site.path("a.json");
    let first = save(site, "a.json", "one", None).await.unwrap();
    assert_eq!(code(save(site, "a.json", "two", None).await), Code::ChangedOutside, "exists");
    fs::write(&path, "by hand").unwrap();
    let changed = save(site, "a.json", "two", Some(&first.digest)).await;
    assert_eq!(code(changed), Code::ChangedOutside);
    assert_eq!(fs::read_to_string(&path).unwrap(), "by hand");
    let mut request = request(site, "a.json", "two", Some(&first.digest));
    request.overwrite = true;
    let forced = site.api().save_document(request).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    fs::remove_file(&path).unwrap();
    let deleted = save(site, "a.json", "three", Some(&forced.digest)).await;
    assert_eq!(code(deleted), Code::ChangedOutside);
    assert!(!path.exists());
}

pub(crate) async fn places_that_cannot_be_written_are_refused(site: &mut Site) {
    let kept = site.write("kept.json", SOUND);
    fs::set_permissions(&kept, Permissions::from_mode(0o444)).unwrap();
    let digest = read(site, Source::Path(kept)).await.unwrap().digest;
    assert_eq!(code(save(site, "kept.json", "two", Some(&digest)).await), Code::ReadOnly);
    assert_eq!(code(save(site, "no-folder/a.json", "one", None).await), Code::File);
    fs::create_dir(site.path("folder")).unwrap();
    assert_eq!(code(save(site, "folder", "one", None).await), Code::File);
    let mut relative = request(site, "a.json", "one", None);
    relative.path = "a.json".to_owned();
    assert_eq!(code(site.api().save_document(relative).await), Code::InvalidRequest);
}

pub(crate) async fn a_document_of_a_newer_version_is_not_overwritten(site: &mut Site) {
    let path = site.write("newer.json", NEWER);
    let digest = read(site, Source::Path(path.clone())).await.unwrap().digest;
    let mut request = request(site, "newer.json", SOUND, Some(&digest));
    assert_eq!(code(site.api().save_document(request.clone()).await), Code::ReadOnly);
    request.overwrite = true;
    assert_eq!(code(site.api().save_document(request).await), Code::ReadOnly);
    assert_eq!(fs::read_to_string(path).unwrap(), NEWER);
}

pub(crate) async fn a_document_above_the_limit_is_not_saved(site: &mut Site) {
    let first = save(site, "a.json", "one", None).await.unwrap();
    let large = " ".repeat(TOO_LARGE);
    let refused = save(site, "a.json", &large, Some(&first.digest)).await;
    assert_eq!(code(refused), Code::InvalidDocument, "it could not be read again");
    assert_eq!(fs::read_to_string(site.path("a.json")).unwrap(), "one");
    let largest = save(site, "a.json", &large[1..], Some(&first.digest)).await.unwrap();
    assert_eq!(read(site, Source::Path(largest.path)).await.unwrap().text.len(), TOO_LARGE - 1);
}

pub(crate) async fn problems_come_with_code_and_place(site: &mut Site) {
    let circle = workflow("w", &[noop("a"), noop("b")], &[("a", "b"), ("b", "a"), ("a", "c")]);
    let path = site.write("circle.json", circle.to_string());
    let text = Source::Text { text: circle.to_string(), path: None };
    for source in [Source::Path(path), text] {
        let problems = site.api().validate(Validate { source }).await.unwrap().problems;
        let codes: Vec<&str> = problems.iter().map(|problem| problem.code.as_str()).collect();
        assert!(codes.contains(&"MR1202") && codes.contains(&"MR1205"), "{codes:?}");
        assert!(problems.iter().all(|problem| problem.line == 1 && problem.column > 0));
        assert!(problems.iter().any(|problem| problem.field.starts_with("dependencies[")));
    }
    let sound = Source::Text { text: SOUND.to_owned(), path: None };
    assert_eq!(site.api().validate(Validate { source: sound }).await.unwrap().problems, []);
}

pub(crate) async fn pools_are_those_of_this_home(site: &mut Site) {
    for (pool, expected) in [("db", None), ("tape", Some("MR1403"))] {
        let task = json!({ "name": "a", "kind": "noop", "pool": { "name": pool } });
        let text = workflow("w", &[task], &[]).to_string();
        let source = Source::Text { text, path: None };
        let problems = site.api().validate(Validate { source }).await.unwrap().problems;
        assert_eq!(problems.first().map(|problem| problem.code.as_str()), expected);
    }
}

pub(crate) async fn workflows_that_tasks_run_are_looked_at(site: &mut Site) {
    site.write_to_library("named.json", workflow("named", &[noop("a")], &[]).to_string());
    let path = site.path("w.json").display().to_string();
    site.write("back.json", workflow("back", &[calling("a", "w.json")], &[]).to_string());
    for (callee, expected) in [
        ("named", None),
        ("nobody", Some("MR1503")),
        ("nobody.json", Some("MR1503")),
        ("back.json", Some("MR1505")),
        ("No name", Some("MR1502")),
    ] {
        let text = workflow("w", &[calling("a", callee)], &[]).to_string();
        site.write("w.json", &text);
        let source = Source::Text { text, path: Some(path.clone()) };
        let problems = site.api().validate(Validate { source }).await.unwrap().problems;
        let first = problems.first().map(|problem| problem.code.as_str());
        assert_eq!(first, expected, "{callee}: {problems:?}");
    }
    let mut task = calling("a", "named");
    task["spec"]["params"] = json!({ "x": "1" });
    let source = Source::Text { text: workflow("w", &[task], &[]).to_string(), path: None };
    let problems = site.api().validate(Validate { source }).await.unwrap().problems;
    assert_eq!(problems[0].code, "MR1504", "{problems:?}");
}

pub(crate) async fn a_text_above_the_limit_is_a_problem(site: &mut Site) {
    let source = Source::Text { text: " ".repeat(TOO_LARGE), path: None };
    let problems = site.api().validate(Validate { source }).await.unwrap().problems;
    assert_eq!(problems.iter().map(|p| p.code.as_str()).collect::<Vec<_>>(), ["MR1001"]);
}

pub(crate) async fn what_is_not_there_cannot_be_validated(site: &mut Site) {
    for (source, expected) in missing(site) {
        let asked = site.api().validate(Validate { source: source.clone() }).await;
        assert_eq!(code(asked), expected, "{source:?}");
    }
}

pub(crate) async fn the_library_and_what_ran_from_elsewhere_are_listed(site: &mut Site) {
    let empty = site.api().list_workflows(ListWorkflows {}).await.unwrap();
    assert_eq!(empty.workflows, []);
    assert_eq!(empty.library, [site.home().workflows().to_str().unwrap()]);
    let mut titled = workflow("titled", &[noop("a"), noop("b")], &[]);
    titled["title"] = "A title".into();
    site.write_to_library("t.json", titled.to_string());
    site.write_to_library("bad.json", r#"{"millrace": 1, "name": "bad", "tasks": [7]}"#);
    site.write_to_library("package.json", r#"{"name": "of somebody else"}"#);
    let run = site.run("far.json", &workflow("far", &[noop("a")], &[])).await;
    site.ended(run).await;
    let listed = site.api().list_workflows(ListWorkflows {}).await.unwrap().workflows;
    let names: Vec<&str> = listed.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["bad", "far", "titled"]);
    let [bad, far, titled] = listed.as_slice() else { panic!("{listed:?}") };
    assert!(bad.errors > 0 && bad.workflow_id.is_none());
    assert_eq!((titled.title.as_deref(), titled.tasks, titled.errors), (Some("A title"), 2, 0));
    assert!(titled.recent.is_empty());
    assert!(far.workflow_id.is_some());
    assert_eq!(far.path.as_deref(), site.path("far.json").to_str());
    assert_eq!((far.recent[0].run, far.recent[0].state), (run, RunState::Succeeded));
}

/// Sources of no document, and what is said of each.
fn missing(site: &Site) -> [(Source, Code); 5] {
    site.write_to_library("one.json", SOUND.replace("sound", "twice"));
    site.write_to_library("two.json", SOUND.replace("sound", "twice"));
    let path = |name: &str| Source::Path(site.path(name).to_str().unwrap().to_owned());
    [
        (path("nothing.json"), Code::NotFound),
        (path("home"), Code::File),
        (Source::Path("relative.json".to_owned()), Code::InvalidRequest),
        (Source::Name("nothing".to_owned()), Code::NotFound),
        (Source::Name("twice".to_owned()), Code::Ambiguous),
    ]
}

async fn read(
    site: &Site,
    source: Source,
) -> Result<millrace_api::document::DocumentText, ApiError> {
    site.api().read_document(ReadDocument { source }).await
}

async fn save(
    site: &Site,
    name: &str,
    text: &str,
    expected: Option<&str>,
) -> Result<millrace_api::document::SavedDocument, ApiError> {
    site.api().save_document(request(site, name, text, expected)).await
}

fn request(site: &Site, name: &str, text: &str, expected: Option<&str>) -> SaveDocument {
    SaveDocument {
        path: site.path(name).to_str().unwrap().to_owned(),
        text: text.to_owned(),
        expected_digest: expected.map(ToOwned::to_owned),
        overwrite: false,
        is_trusted: true,
    }
}
