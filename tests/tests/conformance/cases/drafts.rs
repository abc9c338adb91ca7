//! What was changed and not saved, and what documents meant before.

use millrace_api::Code;
use millrace_api::document::{SaveDocument, Source};
use millrace_api::draft::{Draft, DropDraft, KeepDraft, KeptDraft, ListDrafts};
use millrace_api::version::{ListVersions, ReadVersion, VersionReason};

use crate::document::{noop, workflow};
use crate::site::{Site, code, start};

fn draft(name: &str, text: &str) -> Draft {
    let path = Some("/flows/one.json".to_owned());
    Draft {
        draft: name.to_owned(),
        path,
        text: text.to_owned(),
        base_digest: None,
        is_trusted: false,
    }
}

async fn keep(site: &Site, name: &str, text: &str) {
    site.api().keep_draft(KeepDraft { draft: draft(name, text) }).await.unwrap();
}

async fn list(site: &Site) -> Vec<KeptDraft> {
    site.api().list_drafts(ListDrafts {}).await.unwrap().drafts
}

pub(crate) async fn a_draft_replaces_the_one_before_it(site: &mut Site) {
    keep(site, "w-1", "first").await;
    keep(site, "w-1", "{ half").await;
    let kept = list(site).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].draft, draft("w-1", "{ half"));
}

pub(crate) async fn a_draft_that_cannot_be_kept_is_refused(site: &mut Site) {
    let refused = async |draft| code(site.api().keep_draft(KeepDraft { draft }).await);
    for name in ["", "../w", "w/1", "w.1", &"w".repeat(65)] {
        assert_eq!(refused(draft(name, "text")).await, Code::InvalidRequest, "{name}");
    }
    let large = " ".repeat((64 << 20) + 1);
    assert_eq!(refused(draft("w-1", &large)).await, Code::InvalidDocument);
    assert_eq!(list(site).await, []);
}

pub(crate) async fn drafts_outlive_their_host_and_come_in_order(site: &mut Site) {
    assert_eq!(list(site).await, []);
    for name in ["w-2", "w-1", "w-3"] {
        keep(site, name, name).await;
    }
    keep(site, "w-2", "later").await;
    site.replace_host(false).await;
    let names: Vec<String> = list(site).await.into_iter().map(|kept| kept.draft.draft).collect();
    assert_eq!(names, ["w-1", "w-3", "w-2"]);
}

pub(crate) async fn a_dropped_draft_is_gone(site: &mut Site) {
    keep(site, "w-1", "text").await;
    let drop = async |name: &str| site.api().drop_draft(DropDraft { draft: name.to_owned() }).await;
    for _ in 0..2 {
        drop("w-1").await.unwrap();
        assert_eq!(list(site).await, []);
    }
    assert_eq!(code(drop("../w").await), Code::InvalidRequest);
}

/// Saves a document into `w.json`.
async fn save(site: &Site, text: &str) -> String {
    let path = site.path("w.json").to_str().unwrap().to_owned();
    let request = SaveDocument {
        path,
        text: text.to_owned(),
        expected_digest: None,
        overwrite: true,
        is_trusted: true,
    };
    site.api().save_document(request).await.unwrap().path
}

pub(crate) async fn a_version_is_kept_where_the_meaning_changes(site: &mut Site) {
    let first = workflow("w", &[noop("a")], &[]);
    let path = save(site, &first.to_string()).await;
    let mut moved = first.clone();
    moved["layout"] = serde_json::json!({ "tasks": { "a": [16, 0] } });
    save(site, &moved.to_string()).await;
    save(site, "{ half").await;
    let second = workflow("w", &[noop("b")], &[]).to_string();
    save(site, &second).await;
    let third = Source::Text {
        text: workflow("w", &[noop("c")], &[]).to_string(),
        path: Some(path.clone()),
    };
    let run = site.api().start_run(start(third)).await.unwrap().run;
    site.ended(run).await;
    let versions = site.api().list_versions(ListVersions { path }).await.unwrap().versions;
    let reasons: Vec<VersionReason> = versions.iter().map(|version| version.reason).collect();
    assert_eq!(reasons, [VersionReason::Run, VersionReason::Saved, VersionReason::Saved]);
    assert!(versions.windows(2).all(|two| two[0].kept >= two[1].kept), "the newest first");
    let never = site.path("never.json").to_str().unwrap().to_owned();
    let none = site.api().list_versions(ListVersions { path: never }).await.unwrap();
    assert_eq!(none.versions, []);
}

pub(crate) async fn a_version_is_read_by_its_number(site: &mut Site) {
    let path = save(site, &workflow("w", &[noop("a")], &[]).to_string()).await;
    let version =
        site.api().list_versions(ListVersions { path }).await.unwrap().versions[0].version;
    let read = site.api().read_version(ReadVersion { version }).await.unwrap();
    let found: serde_json::Value = serde_json::from_str(&read.text).unwrap();
    assert_eq!(found["tasks"][0]["name"], "a");
    let unknown = ReadVersion { version: version + 1_000 };
    assert_eq!(code(site.api().read_version(unknown).await), Code::NotFound);
}
