//! Runs as pages of HTML.

use std::fs;

use millrace_api::Code;
use millrace_api::report::SaveReport;

use crate::document::{noop, shell, workflow};
use crate::site::{NO_RUN, Site, code};

const SQUARE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"30\" height=\"20\"/>";

pub(crate) async fn a_report_tells_all_of_a_run_and_runs_nothing(site: &mut Site) {
    let script = "echo '<script>alert(1)</script>'\nprintf '\\033[31mred\\033[0m\\n' >&2\nexit 3\n";
    let mut document = workflow("w", &[noop("a"), shell("b", script)], &[("a", "b")]);
    document["title"] = "<script>alert('title')</script> 報告 🌊".into();
    document["tasks"][1]["title"] = "\"><img src=x onerror=alert(2)>".into();
    let run = site.run("w.json", &document).await;
    site.ended(run).await;
    let path = site.path("report.html").to_str().unwrap().to_owned();
    let request = SaveReport { run, path: path.clone(), svg: Some(SQUARE.to_owned()) };
    let saved = site.api().save_report(request.clone()).await.unwrap();
    let html = fs::read_to_string(&path).unwrap();
    assert_eq!(saved.bytes, html.len() as u64);
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("default-src 'none'"));
    assert!(!html.contains("<script") && !html.contains("<img src=x"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "what it printed, as text");
    assert!(html.contains("red") && !html.contains('\u{1b}'));
    assert!(html.contains("報告 🌊") && html.contains("exit code 3"));
    assert!(html.contains("data:image/svg+xml;base64,"));
    assert!(html.contains(&run.to_string()) && html.contains("Inherited variables"));
    for outside in ["src=\"http", "href=\"http", "url(", "@import"] {
        assert!(!html.contains(outside), "{outside}");
    }
    site.api().save_report(SaveReport { svg: None, ..request }).await.unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains("data:image"), "it replaces the old one");
}

pub(crate) async fn a_report_that_makes_no_sense_is_refused(site: &mut Site) {
    let run = site.run("w.json", &workflow("w", &[noop("a")], &[])).await;
    site.ended(run).await;
    let document = site.write("kept.json", "{}");
    let report = |path: String| SaveReport { run, path, svg: None };
    let large = "x".repeat(millrace_api::report::MAX_REPORT_PICTURE + 1);
    let here = site.path("a.html").to_str().unwrap().to_owned();
    for wrong in [
        report(document.clone()),
        report("a.html".to_owned()),
        SaveReport { svg: Some(large), ..report(here.clone()) },
    ] {
        assert_eq!(code(site.api().save_report(wrong).await), Code::InvalidRequest);
    }
    let nowhere = site.path("no-folder/a.html").to_str().unwrap().to_owned();
    assert_eq!(code(site.api().save_report(report(nowhere)).await), Code::File);
    let unknown = SaveReport { run: NO_RUN, ..report(here) };
    assert_eq!(code(site.api().save_report(unknown).await), Code::NotFound);
    assert_eq!(fs::read_to_string(&document).unwrap(), "{}");
    assert!(!site.path("a.html").exists());
}
