//! How everything stands, and the file of that for a report of a problem.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use millrace_api::Code;
use millrace_api::diagnostics::{ReadDiagnostics, SaveDiagnostics, Verdict};
use millrace_api::secret::{HiddenText, SecretSource, SetSecret, StoredSecret};

use crate::document::{shell, workflow};
use crate::site::{Site, code};

/// Stands wherever a person may have written something.
const CANARY: &str = "canary-4711";

pub(crate) async fn checks_and_parts_are_told_and_nothing_is_written(site: &mut Site) {
    let found = site.api().read_diagnostics(ReadDiagnostics {}).await.unwrap();
    let of = |about: &str| found.checks.iter().find(|check| check.about == about).unwrap();
    assert_eq!(of("home").verdict, Verdict::Ok);
    assert!(of("home").found.contains(&site.home().root().display().to_string()));
    assert_eq!((of("settings").verdict, of("daemon").verdict), (Verdict::Ok, Verdict::Ok));
    assert!(of("daemon").found.contains(&std::process::id().to_string()), "{found:?}");
    assert!(found.checks.iter().all(|it| (it.verdict == Verdict::Ok) || !it.found.is_empty()));
    let names: Vec<&str> = found.parts.iter().map(|part| part.name.as_str()).collect();
    let all = ["version.json", "doctor.json", "settings.toml", "daemon.log", "schema.sql"];
    assert_eq!(names[..5], all, "{names:?}");
    assert_eq!(names[5..], ["storage.json"]);
    assert!(found.parts.iter().filter(|it| it.name != "daemon.log").all(|it| it.bytes > 0));
}

pub(crate) async fn the_file_has_nothing_of_anybody_in_it(site: &mut Site) {
    let settings = format!(
        "parallel_tasks = 2\n[notify]\ndesktop = false\n[notify.webhook.{CANARY}]\nurl = \"https://{CANARY}\"\n"
    );
    fs::write(site.home().config(), settings).unwrap();
    let secret = StoredSecret {
        name: "canary_secret".to_owned(),
        source: SecretSource::Command { argv: vec!["echo".to_owned(), CANARY.to_owned()] },
    };
    let value: Option<HiddenText> = None;
    site.api().set_secret(SetSecret { secret, value }).await.unwrap();
    let script = format!("echo {CANARY}; millrace-task output word={CANARY}; exit 3");
    let run =
        site.run(&format!("{CANARY}.json"), &workflow("w", &[shell("a", &script)], &[])).await;
    site.ended(run).await;

    let path = site.path("report.tar.gz").display().to_string();
    let asked = SaveDiagnostics { path: path.clone(), replace: false };
    let saved = site.api().save_diagnostics(asked.clone()).await.unwrap();
    let packed = fs::read(&path).unwrap();
    assert_eq!((saved.path.as_str(), saved.bytes), (path.as_str(), packed.len() as u64));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(saved.parts.len(), 6);
    let bytes = unpacked(&packed);
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("parallel_tasks = 2"), "the settings are in it");
    assert!(!text.contains(CANARY) && !text.contains("canary_secret"), "{text}");

    assert_eq!(code(site.api().save_diagnostics(asked.clone()).await), Code::File, "it is there");
    let again = SaveDiagnostics { replace: true, ..asked };
    site.api().save_diagnostics(again).await.unwrap();
    let nowhere = site.path("no-folder/x.tar.gz").display().to_string();
    let nowhere = SaveDiagnostics { path: nowhere, replace: false };
    assert_eq!(code(site.api().save_diagnostics(nowhere).await), Code::File);
    let relative = SaveDiagnostics { path: "x.tar.gz".to_owned(), replace: false };
    assert_eq!(code(site.api().save_diagnostics(relative).await), Code::InvalidRequest);
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut packed = flate2::read::GzDecoder::new(packed);
    std::io::Read::read_to_end(&mut packed, &mut bytes).unwrap();
    bytes
}
