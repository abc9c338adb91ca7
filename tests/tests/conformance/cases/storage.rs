//! What takes space, and what goes.

use millrace_api::deletion::DeleteRuns;
use millrace_api::settings::{ChangeSettings, ReadSettings, SettingChange};
use millrace_api::storage::{Clean, ReadStorage};
use std::num::NonZeroU32;

use crate::document::{shell, workflow};
use crate::site::Site;

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
