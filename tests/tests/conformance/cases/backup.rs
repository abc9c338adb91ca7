//! Backups: what is written. The way back is tested where the command line is.

use millrace_api::Code;
use millrace_api::backup::{BackUp, CancelBackup, ReadBackup};

use crate::document::{gated, workflow};
use crate::site::{Site, code};

fn to(site: &Site, name: &str) -> BackUp {
    let path = site.path(name).display().to_string();
    BackUp { path, replace: false, without_logs: false, without_artifacts: false }
}

pub(crate) async fn a_backup_is_written_while_a_run_goes_on(site: &mut Site) {
    let run = site.run("w.json", &workflow("w", &[gated(site, "a")], &[])).await;
    site.until_printed(run, "a", "a begins\n").await;
    let written = site.api().back_up(to(site, "b.tar.gz")).await.unwrap();
    assert_eq!((written.runs, written.left_out), (1, 0), "{written:?}");
    let found = std::fs::metadata(site.path("b.tar.gz")).unwrap();
    assert_eq!(found.len(), written.bytes);
    let lean = BackUp { without_logs: true, ..to(site, "lean.tar.gz") };
    let lean = site.api().back_up(lean).await.unwrap();
    assert!(lean.files < written.files, "{lean:?} {written:?}");
    let names: Vec<_> = std::fs::read_dir(site.home().root()).unwrap().flatten().collect();
    let is_left = |it: &std::fs::DirEntry| it.file_name().to_string_lossy().starts_with(".backup");
    assert!(!names.iter().any(is_left), "{names:?}");
    site.open_gates(&["a"]);
    site.ended(run).await;
}

pub(crate) async fn a_backup_replaces_only_what_it_may(site: &mut Site) {
    site.write("b.tar.gz", "mine");
    assert_eq!(code(site.api().back_up(to(site, "b.tar.gz")).await), Code::File);
    assert_eq!(std::fs::read(site.path("b.tar.gz")).unwrap(), b"mine");
    let replace = BackUp { replace: true, ..to(site, "b.tar.gz") };
    site.api().back_up(replace).await.unwrap();
    assert_ne!(std::fs::read(site.path("b.tar.gz")).unwrap(), b"mine");
    let relative = BackUp { path: "b.tar.gz".to_owned(), ..to(site, "x") };
    assert_eq!(code(site.api().back_up(relative).await), Code::InvalidRequest);
    assert_eq!(code(site.api().back_up(to(site, "no/such/folder")).await), Code::File);
}

pub(crate) async fn nothing_is_being_written(site: &mut Site) {
    assert_eq!(site.api().read_backup(ReadBackup {}).await.unwrap().running, None);
}

pub(crate) async fn to_cancel_nothing_is_no_error(site: &mut Site) {
    site.api().cancel_backup(CancelBackup {}).await.unwrap();
    // The one after it is written all the same.
    site.api().back_up(to(site, "b.tar.gz")).await.unwrap();
}
