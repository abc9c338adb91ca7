//! What takes space, and what goes.

use millrace_api::Code;
use millrace_api::artifact::ArtifactName;
use millrace_api::deletion::DeleteRuns;
use millrace_api::document::MoveDocument;
use millrace_api::place::{FindPlace, FoundPlace, PlaceOf};
use millrace_api::settings::{ChangeSettings, ReadSettings, SettingChange};
use millrace_api::storage::{Clean, ReadStorage};
use std::num::NonZeroU32;

use crate::document::{shell, workflow};
use crate::site::{NO_RUN, Site, code, key};

pub(crate) async fn what_takes_space_is_measured_by_kind_and_workflow(site: &mut Site) {
    let script = "head -c 300000 /dev/zero > \"$MILLRACE_RUN_DIR/big\"";
    let run = site.run("w.json", &workflow("w", &[shell("a", script)], &[])).await;
    site.ended(run).await;
    let storage = site.api().read_storage(ReadStorage {}).await.unwrap();
    assert!(storage.runs >= 300_000 && storage.history > 0, "{storage:?}");
    assert!(storage.free > 0 && storage.disk >= storage.free, "{storage:?}");
    assert_eq!((storage.run_count, storage.deleted_count, storage.unmeasured), (1, 0, 0));
    let [of] = storage.by_workflow.as_slice() else { panic!("{storage:?}") };
    assert_eq!((of.workflow.as_str(), of.runs, of.artifact_bytes), ("w", 1, 0));
    assert!(of.run_bytes >= 300_000, "{of:?}");
    site.api().delete_runs(DeleteRuns { runs: vec![run] }).await.unwrap();
    let storage = site.api().read_storage(ReadStorage {}).await.unwrap();
    assert_eq!((storage.run_count, storage.deleted_count), (0, 1));
    assert!(storage.runs >= 300_000, "it can still be put back: {storage:?}");
}

pub(crate) async fn what_is_beyond_the_limits_goes_and_says_what_it_was(site: &mut Site) {
    let mut runs = Vec::new();
    for _ in 0..3 {
        let run = site.run("w.json", &workflow("w", &[shell("a", "echo a")], &[])).await;
        site.ended(run).await;
        runs.push(run);
    }
    let nothing = site.api().clean(Clean { dry_run: false }).await.unwrap();
    assert!(nothing.is_nothing(), "{nothing:?}");
    site.api().delete_runs(DeleteRuns { runs: vec![runs[0]] }).await.unwrap();
    let dry = site.api().clean(Clean { dry_run: true }).await.unwrap();
    assert_eq!((dry.runs, dry.deleted, dry.artifacts), (0, 1, 0));
    assert!(site.run_folder(runs[0]).is_dir());
    let cleaned = site.api().clean(Clean { dry_run: false }).await.unwrap();
    assert_eq!((cleaned.runs, cleaned.deleted), (0, 1));
    assert!(cleaned.bytes > 0 && !site.run_folder(runs[0]).exists(), "{cleaned:?}");
    let settings = site.api().read_settings(ReadSettings {}).await.unwrap();
    let value = NonZeroU32::new(1);
    let changes = vec![SettingChange::KeepRunsCount { value }];
    let change = ChangeSettings { expected_digest: settings.digest, changes };
    let settings = site.api().change_settings(change).await.unwrap();
    assert_eq!(settings.settings.retention.runs_count, value);
    // By this request, or by the change.
    site.api().clean(Clean { dry_run: false }).await.unwrap();
    assert!(!site.run_folder(runs[1]).exists() && site.run_folder(runs[2]).is_dir());
}

pub(crate) async fn what_is_known_is_found_where_it_lies(site: &mut Site) {
    let script = "printf x > 日报.txt; millrace-task artifact 日报.txt";
    let run = site.run("w.json", &workflow("w", &[shell("a", script)], &[])).await;
    site.ended(run).await;
    let find = async |site: &Site, of: PlaceOf| site.api().find_place(FindPlace { of }).await;
    let at = |path: &std::path::Path, is_folder: bool| {
        let path = path.canonicalize().unwrap().display().to_string();
        FoundPlace { path, is_folder }
    };
    let home = find(site, PlaceOf::Home {}).await.unwrap();
    assert_eq!(home, at(site.home().root(), true));
    let folder = find(site, PlaceOf::Run { run }).await.unwrap();
    assert_eq!(folder, at(&site.run_folder(run), true));

    let artifact =
        |name: &str| ArtifactName { run, task: key("a"), number: None, name: name.to_owned() };
    let content = find(site, PlaceOf::Artifact { artifact: artifact("日报.txt") }).await.unwrap();
    assert_eq!(std::fs::read_to_string(&content.path).unwrap(), "x");
    assert!(!content.is_folder);
    let none = PlaceOf::Artifact { artifact: artifact("none") };
    assert_eq!(code(find(site, none).await), Code::NotFound);

    let new = site.path("moved.json").display().to_string();
    let moved = MoveDocument {
        path: site.path("w.json").display().to_string(),
        to: Some(new.clone()),
        name: None,
        title: None,
    };
    site.api().move_document(moved).await.unwrap();
    let document = find(site, PlaceOf::DocumentOfRun { run }).await.unwrap();
    assert_eq!(document, at(&site.path("moved.json"), false), "where it is now");
    std::fs::remove_file(&new).unwrap();
    let gone = find(site, PlaceOf::DocumentOfRun { run }).await.unwrap_err();
    assert!(gone.code == Code::NotFound && gone.message.contains(&new), "{gone}");

    assert_eq!(code(find(site, PlaceOf::Run { run: NO_RUN }).await), Code::NotFound);
    let relative = PlaceOf::File { path: "w.json".to_owned() };
    assert_eq!(code(find(site, relative).await), Code::InvalidRequest);
    let missing = PlaceOf::File { path: site.path("nothing").display().to_string() };
    assert_eq!(code(find(site, missing).await), Code::NotFound);
}
