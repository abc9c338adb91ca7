//! Two runs beside each other, and the commits that they came from, against a real daemon.

#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "this file needs a part of it")]
mod support;

use support::Home;

#[test]
fn two_runs_are_compared() {
    let home = Home::new();
    let text = |word: &str, more: &str| {
        format!(
            r#"{{"millrace": 1, "name": "two", "params": [{{"name": "day", "type": "string", "default": "mon"}},
                {{"name": "keep", "type": "int", "default": 3}}], "tasks": [
                {{"name": "load", "kind": "shell", "spec": {{"script": "echo took 12 ms; echo {word}; millrace-task output rows:=3 day=$DAY"}},
                  "env": {{"DAY": "${{params.day}}"}}}}{more}]}}"#
        )
    };
    let file = home.write("two.json", &text("one", ""));
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    let first =
        home.json(&["runs", "--json"])["runs"][0]["run"].as_str().expect("an id").to_owned();
    let more = r#", {"name": "check", "kind": "shell", "spec": {"script": "exit 3"}}"#;
    home.write("two.json", &text("two", more));
    assert_eq!(home.call(&["run", &file, "-p", "day=tue"]).code, Some(1));
    let shown = home.call(&["compare", &first, "last"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    for part in [
        "succeeded",
        "failed",
        "what they ran differs: script of load, new task check",
        "parameters\n  day  \"mon\"  \"tue\"",
        "the same in both: keep",
        "check  not there",
        "exit code 3",
        "outputs of load\n  day  \"mon\"  \"tue\"",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    let json = home.json(&["compare", &first, "last", "--json"]);
    assert_eq!(json["tasks"][0]["task"], "check");
    assert_eq!(json["tasks"][1]["outputs"]["found"][0]["path"], "day");
    assert_eq!(json["workflow"][1]["subject"], serde_json::json!({"task": "check"}));
    let log = home.call(&["compare", &first, "last", "--log", "load"]);
    assert_eq!(log.stdout, "  took 12 ms\n− one\n+ two\n");
    let log = home.json(&["compare", &first, "last", "--log", "load", "--json"]);
    assert_eq!(log["lines"], serde_json::json!([{"before": [2, "one"], "after": [2, "two"]}]));
    let none = home.call(&["compare", &first, "last", "--log", "nobody"]);
    assert_ne!(none.code, Some(0));
}

#[test]
fn items_of_two_runs_are_compared_by_what_they_are() {
    let home = Home::new();
    let text = |items: &str, word: &str| {
        format!(
            r#"{{"millrace": 1, "name": "each", "tasks": [
                {{"name": "load", "kind": "shell", "env": {{"ITEM": "${{item}}"}}, "for_each": {{"items": "{items}"}},
                  "spec": {{"script": "echo loads $ITEM; echo {word}"}}}}]}}"#
        )
    };
    let file = home.write("each.json", &text("['a', 'b', 'old']", "one"));
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    let first =
        home.json(&["runs", "--json"])["runs"][0]["run"].as_str().expect("an id").to_owned();
    home.write("each.json", &text("['new', 'b', 'a']", "two"));
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    let log = home.call(&["compare", &first, "last", "--log", "load[2]"]);
    assert_eq!(log.stdout, "  loads a\n− one\n+ two\n", "{}", log.stderr);
    let fresh = home.call(&["compare", &first, "last", "--log", "load[0]"]);
    assert!(fresh.stderr.contains("has no item \"new\" of load"), "{}", fresh.stderr);
    let beyond = home.call(&["compare", &first, "last", "--log", "load[3]"]);
    assert!(beyond.stderr.contains("has no item load[3]"), "{}", beyond.stderr);
}

#[test]
fn a_run_says_the_commit_of_its_document() {
    let home = Home::new();
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.arg("-C").arg(home.path(".")).args(arguments);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        command.output().ok().map(|ended| String::from_utf8_lossy(&ended.stdout).into_owned())
    };
    if git(&["--version"]).is_none() {
        return eprintln!("SKIPPED: there is no git; `cargo xtask setup` installs it");
    }
    let text = |word: &str| {
        format!(
            r#"{{"millrace": 1, "name": "one", "tasks": [
                {{"name": "work", "kind": "shell", "spec": {{"script": "echo {word}"}}}}]}}"#
        )
    };
    let file = home.write("one.json", &text("one"));
    git(&["init", "--quiet", "--initial-branch", "main"]);
    git(&["config", "user.name", "Ada"]);
    git(&["config", "user.email", "ada@example.org"]);
    git(&["add", "one.json"]);
    git(&["commit", "--quiet", "-m", "first"]);
    let commit = git(&["rev-parse", "HEAD"]).unwrap_or_default().trim().to_owned();
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    let first =
        home.json(&["runs", "--json"])["runs"][0]["run"].as_str().expect("an id").to_owned();
    home.write("one.json", &text("two"));
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    let short = &commit[..8];
    let clean = home.call(&["show", &first]).stdout;
    assert!(clean.lines().any(|line| line.ends_with(&format!("{short} on main"))), "{clean}");
    let changed = home.call(&["show", "last"]).stdout;
    let words = format!("{short} on main, with changes that are not committed");
    assert!(changed.contains(&words), "{changed}");
    let compared = home.call(&["compare", &first, "last"]).stdout;
    assert!(compared.contains("commit") && compared.contains(&words), "{compared}");
    let json = home.json(&["compare", &first, "last", "--json"]);
    assert_eq!(
        (&json["before"]["git"]["commit"], &json["after"]["git"]["document"]),
        (&commit.into(), &"changed".into())
    );
    let page = home.path("report.html").display().to_string();
    assert_eq!(home.call(&["report", "last", "--output", &page]).code, Some(0));
    assert!(std::fs::read_to_string(&page).expect("it is there").contains(&words));
}
