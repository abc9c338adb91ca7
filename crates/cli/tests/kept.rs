//! What is kept, given up and taken along: deleted runs, backups, bundles for reports, against a real daemon.

#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "this file needs a part of it")]
mod support;

use std::path::Path;

use support::{Home, WAIT_AT_GATE, one_task};

#[test]
fn a_run_is_deleted_and_put_back() {
    let home = Home::new();
    let file = home.write("one.json", &one_task("echo done", ""));
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    let run =
        home.json(&["show", "last", "--json"])["run"]["run"].as_str().expect("an id").to_owned();
    let deleted = home.call(&["delete", "last"]);
    assert_eq!(deleted.code, Some(0), "{}", deleted.stderr);
    let back = format!("`millrace delete --restore {}` puts it back", &run[..8]);
    assert!(deleted.stderr.contains(&back), "{}", deleted.stderr);
    assert_eq!(home.json(&["runs", "--json"])["runs"].as_array().map(Vec::len), Some(0));
    let list = home.call(&["delete", "--list"]).stdout;
    assert!(list.contains(&run[..8]) && list.contains("GONE FOR GOOD"), "{list}");
    let unknown = home.call(&["delete", "--restore", "ffff"]);
    assert!(unknown.stderr.contains("no deleted run is named `ffff`"), "{}", unknown.stderr);
    assert_eq!(home.call(&["delete", "--restore", &run[..6]]).code, Some(0));
    assert_eq!(home.call(&["logs", "last", "work"]).stdout, "done\n");
    assert_eq!(home.call(&["delete", &run, "--json"]).code, Some(0));
    assert_eq!(home.json(&["delete", "--list", "--json"])["runs"][0]["run"], run.as_str());
}

#[test]
fn a_home_comes_back_from_a_backup_that_was_made_while_a_run_went_on() {
    let home = Home::new();
    let file = home.write("one.json", &one_task(WAIT_AT_GATE, ""));
    let open = format!("gate={}", home.write("open", ""));
    assert_eq!(home.call(&["run", &file, "-p", &open]).code, Some(0));
    let gate = format!("gate={}", home.path("gate").display());
    let under_way = home.call(&["run", "--detach", &file, "-p", &gate]).stdout.trim().to_owned();
    home.until_logged(&under_way, "work", "before\n");
    let backup = home.path("b.tar.gz").display().to_string();
    let written = home.call(&["backup", &backup]);
    assert_eq!((written.code, written.stdout.trim()), (Some(0), &*backup), "{}", written.stderr);
    assert_eq!(home.call(&["backup", &backup]).code, Some(4), "nothing is replaced unasked");
    // Not while it goes on.
    let refused = home.call(&["restore", &backup, "--replace"]);
    assert!(refused.stderr.contains("1 runs under way"), "{}", refused.stderr);
    home.write("gate", "");
    home.until_logged(&under_way, "work", "before\nafter\n");
    home.until_shown(&under_way, "state       succeeded");
    let refused = home.call(&["restore", &backup]);
    assert!(refused.stderr.contains("with --replace it is moved aside"), "{}", refused.stderr);
    let restored = home.json(&["restore", &backup, "--replace", "--json"]);
    assert_eq!(restored["lost"][0], under_way.as_str(), "{restored}");
    let moved = restored["moved"].as_str().expect("a path");
    assert!(Path::new(moved).join("history.db").is_file());
    // What had ended is as it was; what was under way is lost, not run again and no success.
    let first = &home.json(&["runs", "--json"])["runs"][1];
    assert_eq!(first["state"], "succeeded");
    let first = first["run"].as_str().expect("an id").to_owned();
    assert_eq!(home.call(&["logs", &first, "work"]).stdout, "before\nafter\n");
    home.until_shown(&under_way, "state       failed");
    assert!(home.call(&["show", &under_way]).stdout.contains("its keeper is gone"));
    assert!(home.call(&["logs", &under_way, "work"]).stdout.starts_with("before\n"));
    // Elsewhere it is the same.
    let elsewhere = Home::new();
    assert_eq!(elsewhere.call(&["restore", &backup]).code, Some(0));
    assert_eq!(elsewhere.call(&["logs", &first, "work"]).stdout, "before\nafter\n");
}

#[test]
fn a_bundle_has_no_secret_parameter_output_or_document_in_it() {
    const PLANTED: &str = "planted-4711";
    let home = Home::new();
    std::fs::create_dir_all(home.path("home")).expect("a home");
    let settings = format!(
        "parallel_tasks = 3\n[notify]\ndesktop = false\n[notify.webhook.team]\nurl = \"https://{PLANTED}\"\n"
    );
    home.write("home/config.toml", &settings);
    let script = format!("echo {PLANTED} $SECRET\nmillrace-task output n={PLANTED}\nexit 3");
    let env = r#", "description": "planted-4711""#;
    let file = home.write("one.json", &one_task(&script, env));
    let run = home
        .command(&["run", &file, "-p", &format!("gate={PLANTED}")])
        .env("SECRET", PLANTED)
        .output();
    assert_eq!(run.expect("it ran").status.code(), Some(1));
    let bundle = home.path("report.tar.gz");
    let written = home.call(&["doctor", "--bundle", &bundle.display().to_string()]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let list = written.stderr.find("settings.toml").expect("what is in it is listed");
    assert!(list > 0 && written.stderr.contains("daemon.log"), "{}", written.stderr);
    let packed = std::fs::File::open(&bundle).expect("it is there");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed), &mut bytes)
        .expect("it is whole");
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains(PLANTED), "{text}");
    for there in
        ["parallel_tasks = 3", "CREATE TABLE runs", "\"sqlite\"", "\"checks\"", "ready home="]
    {
        assert!(text.contains(there), "{there}: {text}");
    }
    assert_eq!(home.call(&["doctor", "--bundle", &bundle.display().to_string()]).code, Some(4));
}
