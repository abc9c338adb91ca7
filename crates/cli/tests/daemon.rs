//! Commands against a real daemon, a real keeper and real processes: what a user sees, and what the history says.

#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Home, WAIT_AT_GATE, Watched, one_task};

/// Where the samples are.
fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows").join(name);
    path.canonicalize().expect("a sample").display().to_string()
}

#[test]
fn every_sample_ends_as_documented_and_the_history_agrees() {
    let home = Home::new();
    let drop_box = format!("folder={}", home.path("drop_box").display());
    let samples: [(&[&str], i32, &str); 17] = [
        (&["hello.json"], 0, "succeeded"),
        (&["clean_up.json"], 0, "succeeded"),
        (&["clean_up.json", "-p", "fails=true"], 1, "failed"),
        (&["backup.json"], 0, "succeeded"),
        (&["csv_report.json"], 0, "succeeded"),
        (&["check_files.json"], 0, "succeeded"),
        (&["tidy_folder.json", "-p", "files=40"], 0, "succeeded"),
        (&["tidy_folder.json", "-p", "files=0"], 0, "succeeded"),
        (&["sales_report.json"], 0, "succeeded"),
        (&["sales_report.json", "-p", "least=1000"], 1, "failed"),
        (&["health_check.json"], 1, "failed"),
        (&["health_check.json", "-p", "healthy=true"], 0, "succeeded"),
        (&["drop_box.json", "-p", &drop_box], 0, "succeeded"),
        (&["grid.json"], 0, "succeeded"),
        (&["folder_size.json"], 0, "succeeded"),
        (&["compare_folders.json"], 0, "succeeded"),
        // Nobody listens there.
        (&["ask_service.json", "-p", "address=http://127.0.0.1:1/"], 0, "succeeded"),
    ];
    for (arguments, code, state) in samples {
        let file = sample(arguments[0]);
        let mut all = vec!["run", "--json", &file];
        all.extend(&arguments[1..]);
        let called = home.call(&all);
        assert_eq!(called.code, Some(code), "{arguments:?}: {}{}", called.stdout, called.stderr);
        let last = called.stdout.lines().last().expect("a summary");
        let summary = serde_json::from_str::<Value>(last).expect("JSON")["summary"].clone();
        assert_eq!(summary["state"], state, "{arguments:?}");

        let run = summary["run"].as_str().expect("an id");
        let shown = home.json(&["show", "--json", &run[..10]]);
        assert_eq!(shown["run"]["state"], state, "{arguments:?}");
        // The newest that no other run started.
        let listed = home.json(&["runs", "--json", "--limit", "3"]);
        let rows = listed["runs"].as_array().expect("a list");
        let row = rows.iter().find(|row| row["trigger"] == "manual").expect("one");
        assert_eq!(row["run"], run);
        assert_eq!(row["state"], state);
        assert_eq!(row["succeeded"], summary["tasks"]["succeeded"], "{arguments:?}");
    }
    // With two that another run started.
    assert_eq!(home.json(&["runs", "--json"])["runs"].as_array().map(Vec::len), Some(19));
    let failed = home.json(&["runs", "--json", "--state", "failed"]);
    let failed = failed["runs"].as_array().expect("a list");
    assert_eq!(failed.len(), 3);
    let report = failed[1]["run"].as_str().expect("an id");
    let ask = home.call(&["logs", report, "ask"]).stdout;
    assert!(ask.contains("`outputs.count > 0` is false (rows: 0)"), "{ask}");
    let log = home.call(&["logs", "last-failed", "probe", "--try", "2"]);
    assert_eq!(log.stdout, "503 Service Unavailable\n");
    let probe = ["logs", "last-failed", "probe", "--only"];
    let streams =
        ["stdout", "stderr"].map(|stream| home.call(&[&probe[..], &[stream]].concat()).stdout);
    assert_eq!(streams.concat(), "503 Service Unavailable\n", "in one of them");
    let timed = home.call(&["logs", "last-failed", "probe", "--times"]).stdout;
    let (time, text) = timed.split_once("  ").expect("a time");
    assert_eq!((time.len(), text), ("2026-11-23 06:00:04.120".len(), "503 Service Unavailable\n"));
    let incident = home.call(&["logs", "last-failed", "incident"]).stdout;
    assert!(incident.contains("* the service: failed\n* the disk: succeeded\n"), "{incident}");
    let eval =
        home.call(&["eval", "${tasks.probe.state} ${params.healthy}", "--run", "last-failed"]);
    assert_eq!(eval.stdout, "failed false\n", "{}", eval.stderr);
}

/// Three items, of which the second fails while there is no file `mended`; after them a task that reads what they gave.
fn each(more: &str) -> String {
    let script = r#"millrace-task input item.name
[ "$NAME" != b ] || [ -e "$MENDED" ] || exit 3
millrace-task output upper="$(echo "$NAME" | tr a-z A-Z)""#;
    let script = serde_json::to_string(script).expect("JSON");
    format!(
        r#"{{"millrace": 1, "name": "each", "params": [{{"name": "mended", "type": "string"}}],
            "tasks": [
              {{"name": "work", "kind": "shell", "spec": {{"script": {script}}},
                "env": {{"NAME": "${{item.name}}", "MENDED": "${{params.mended}}"}},
                "for_each": {{"items": "['a', 'b', 'c'].map(n, {{'name': n}})"{more}}}}},
              {{"name": "after", "kind": "shell", "spec": {{"script": "millrace-task input work.upper"}}}}],
            "dependencies": [{{"from": "work", "to": "after"}}]}}"#
    )
}

#[test]
fn a_task_runs_for_each_item_and_a_retry_for_those_that_failed() {
    let home = Home::new();
    let file = home.write("each.json", &each(r#", "max_parallel": 1"#));
    let mended = home.path("mended").display().to_string();
    let planned = home.call(&["run", &file, "-p", "mended=x", "--dry-run"]).stdout;
    assert!(planned.contains("for each of 3 items, 1 at a time: sh"), "{planned}");

    let failed = home.call(&["run", &file, "-p", &format!("mended={mended}")]);
    assert_eq!(failed.code, Some(1), "{}{}", failed.stdout, failed.stderr);
    assert!(failed.stdout.contains("task.mapped           work  3 items"), "{}", failed.stdout);
    assert!(
        failed.stderr.contains("1 of 3 items failed, the first is item 1"),
        "{}",
        failed.stderr
    );
    assert!(failed.stderr.contains("'work[1]'\n"), "the log is named: {}", failed.stderr);
    assert_eq!(home.call(&["logs", "last", "work[2]"]).stdout, "c\n");
    let whole = home.call(&["logs", "last", "work"]);
    assert!(whole.stderr.contains("name one of them: work[0] to work[2]"), "{}", whole.stderr);

    let shown = home.call(&["show", "last"]).stdout;
    assert!(shown.contains("1 of 3 items failed"), "{shown}");
    assert!(shown.contains("  work[1]"), "{shown}");
    assert!(!shown.contains("work[0]"), "{shown}");
    let item = home.json(&["show", "last", "--task", "work[1]", "--json"]);
    assert_eq!(item["item"], serde_json::json!({"name": "b"}));
    assert_eq!(item["run"]["state"], "failed");
    let missing = home.call(&["show", "last", "--task", "work[9]"]);
    assert!(missing.stderr.contains("its items are work[0] to work[2]"), "{}", missing.stderr);

    home.write("mended", "");
    let retried = home.call(&["retry", "last"]);
    assert_eq!(retried.code, Some(0), "{}{}", retried.stdout, retried.stderr);
    let all = home.json(&["show", "last", "--task", "work", "--json"]);
    let tries: Vec<usize> = all["run"]["mapped"]["runs"]
        .as_array()
        .expect("items")
        .iter()
        .map(|run| run["attempts"].as_array().map_or(0, Vec::len))
        .collect();
    assert_eq!(tries, [1, 2, 1], "only the one that failed ran again");
    assert_eq!(home.call(&["logs", "last", "after"]).stdout, "[\"A\",\"B\",\"C\"]\n");
    assert_eq!(home.json(&["outputs", "last", "work[2]", "--json"])["upper"], "C");
    let given = home.call(&["outputs", "last", "work[0]"]).stdout;
    assert!(given.contains("work[0]  upper  A"), "{given}");
    assert_eq!(home.call(&["outputs", "last", "work[9]"]).code, Some(2));
    let left = home.call(&["artifacts", "last", "work[1]"]);
    assert_eq!((left.code, left.stdout.as_str()), (Some(0), "no artifacts\n"), "{}", left.stderr);
    let table = home.call(&["show", "last", "--task", "work"]).stdout;
    assert!(table.contains("work[1]") && table.contains(r#"{"name":"b"}"#), "{table}");
    // The next daemon reads the same from the history.
    home.kill_daemon();
    assert_eq!(home.json(&["show", "last", "--task", "work", "--json"]), all);
}

#[test]
fn a_run_is_written_as_a_page_and_what_is_usual_is_shown() {
    let home = Home::new();
    let document = r#"{"millrace": 1, "name": "w", "tasks": [
        {"name": "a", "kind": "shell", "spec": {"script": "echo '<b>bold</b>'; test ! -e bad"}}]}"#;
    home.write("w.json", document);
    for _ in 0..3 {
        assert_eq!(home.call(&["run", "w.json"]).code, Some(0));
    }
    assert!(!home.call(&["show", "last"]).stdout.contains("USUAL"), "two runs before are too few");
    home.write("bad", "");
    assert_ne!(home.call(&["run", "w.json"]).code, Some(0));
    let shown = home.call(&["show", "last"]).stdout;
    assert!(shown.contains("USUAL") && shown.contains("usually"), "{shown}");
    let json = home.json(&["show", "last", "--json"]);
    assert_eq!(json["usual"]["tasks"][0]["length"]["runs"], 3);
    assert_eq!(json["run"]["head"]["origin"]["version"], env!("CARGO_PKG_VERSION"));

    let written = home.call(&["report", "last", "--output", "r.html"]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let page = std::fs::read_to_string(home.path("r.html")).expect("written");
    assert!(page.contains("&lt;b&gt;bold&lt;/b&gt;") && !page.contains("<b>"), "{page}");
    assert!(page.contains("usually"));
    let again = home.call(&["report", "last", "--output", "r.html"]);
    assert!(again.stderr.contains("exists already") && again.stderr.contains("--replace"));
    let again = home.json(&["report", "last", "--output", "r.html", "--replace", "--json"]);
    assert!(again["bytes"].as_u64().is_some_and(|bytes| bytes > 2_000), "{again}");
}

#[test]
fn a_task_runs_again_until_its_condition_holds() {
    let home = Home::new();
    let script = r#"echo x >> "$COUNT"; millrace-task output n:="$(wc -l < "$COUNT")""#;
    let script = serde_json::to_string(script).expect("JSON");
    let count = home.path("count").display().to_string();
    let file = home.write(
        "again.json",
        &format!(
            r#"{{"millrace": 1, "name": "again", "tasks": [{{"name": "work", "kind": "shell", "spec": {{"script": {script}}},
                "env": {{"COUNT": "{count}"}}, "repeat": {{"until": "outputs.n >= 3", "delay": "50ms"}}}}]}}"#
        ),
    );
    let called = home.call(&["run", &file]);
    assert_eq!(called.code, Some(0), "{}{}", called.stdout, called.stderr);
    let again = called.stdout.lines().filter(|line| line.contains("task.repeats")).count();
    assert_eq!(again, 2, "{}", called.stdout);
    let work = home.json(&["show", "last", "--task", "work", "--json"]);
    assert_eq!(work["run"]["outputs"]["n"], 3);
    assert_eq!(work["run"]["attempts"].as_array().map(Vec::len), Some(3));
}

#[test]
fn items_go_on_under_the_next_daemon() {
    let home = Home::new();
    let script = "echo before\nuntil [ -e \"$GATE\" ]; do sleep 0.05; done\necho after";
    let script = serde_json::to_string(script).expect("JSON");
    let gate = home.path("gate").display().to_string();
    let file = home.write("gates.json", &format!(
        r#"{{"millrace": 1, "name": "gates", "tasks": [{{"name": "work", "kind": "shell", "spec": {{"script": {script}}},
            "env": {{"GATE": "{gate}"}}, "for_each": {{"items": "range(5)", "max_parallel": 2}}}}]}}"#
    ));
    let mut watched = Watched::start(&home, &["run", &file]);
    watched.until("task.started          work[1]");
    home.kill_daemon();
    home.write("gate", "");
    let called = watched.end();
    assert_eq!(called.code, Some(0), "{}{}", called.stdout, called.stderr);
    let all = home.json(&["show", "last", "--task", "work", "--json"]);
    let runs = all["run"]["mapped"]["runs"].as_array().expect("items");
    assert!(
        runs.iter().all(|run| run["state"] == "succeeded"
            && run["attempts"].as_array().map(Vec::len) == Some(1)),
        "{all}"
    );
}

#[test]
fn the_first_sample_hands_its_outputs_on() {
    let home = Home::new();
    let called = home.call(&["run", &sample("hello.json"), "-p", "who=you"]);
    assert_eq!(called.code, Some(0), "{}", called.stderr);
    assert_eq!(
        home.call(&["logs", "last", "report"]).stdout,
        "HELLO, YOU! That were 11 letters.\n"
    );
    let words: Vec<&str> =
        called.stdout.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!((words[0], words[1]), ("run.queued", "run.started"));
    assert_eq!(words.last(), Some(&"run.succeeded"));
    assert_eq!(words.iter().filter(|word| **word == "task.succeeded").count(), 4);
}

/// Four tasks in a row, each but the last with an output; `report` reads that of `extract`, the others read nothing.
fn row(name: &str) -> String {
    let task = |name: &str, script: &str, more: &str| {
        format!(r#"{{"name": "{name}", "kind": "shell", "spec": {{"script": "{script}"}}{more}}}"#)
    };
    let tasks = [
        task("extract", "millrace-task output rows:=7", ""),
        task("check", "true", ""),
        task(
            "report",
            "millrace-task output text=rows:$ROWS",
            r#", "env": {"ROWS": "${tasks.extract.outputs.rows}"}"#,
        ),
    ];
    let tasks = tasks.join(",");
    format!(
        r#"{{"millrace": 1, "name": "{name}", "tasks": [{tasks}], "dependencies":
            [{{"from": "extract", "to": "check"}}, {{"from": "check", "to": "report"}}]}}"#
    )
}

#[test]
fn one_task_runs_with_earlier_results_or_says_whose_are_missing() {
    let home = Home::new();
    let file = home.write("row.json", &row("row"));
    let refused = home.call(&["run", &file, "--only", "report"]);
    assert_eq!(refused.code, Some(2), "{}{}", refused.stdout, refused.stderr);
    assert_eq!(
        refused.stderr,
        "error[MR2014]: report reads a result of extract, and there is no earlier run in which it succeeded\n\
         \x20 help: run report with what it needs: `--until report` instead of `--only`\n"
    );
    assert_eq!(home.json(&["runs", "--json"])["runs"].as_array().map(Vec::len), Some(0));
    // It is after `extract` as well, and reads nothing of it.
    let alone = home.call(&["run", &file, "--only", "check"]);
    assert_eq!(alone.code, Some(0), "{}{}", alone.stdout, alone.stderr);
    let until = home.call(&["run", &file, "--until", "report"]);
    assert_eq!(until.code, Some(0), "{}{}", until.stdout, until.stderr);
    let again = home.call(&["run", &file, "--only", "report"]);
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
}

#[test]
fn an_expression_sees_every_task_of_a_run_that_ended() {
    let home = Home::new();
    let file = home.write("row.json", &row("row"));
    assert_eq!(home.call(&["run", &file]).code, Some(0));
    for (asked, expected) in [
        ("tasks.report.outputs.text", "rows:7\n"),
        ("${tasks.report.outputs.text} of ${tasks.extract.outputs.rows}", "rows:7 of 7\n"),
        ("tasks.check.outputs.size()", "0\n"),
        ("tasks.report.state", "succeeded\n"),
    ] {
        let called = home.call(&["eval", asked, "--run", "last"]);
        assert_eq!(called.stdout, expected, "{asked}: {}", called.stderr);
    }
    let unknown = home.call(&["eval", "tasks.reprot.state", "--run", "last"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.stderr.contains(" has no task reprot\n  help: it has extract, check, report\n")
    );
}

#[test]
fn an_error_in_the_settings_is_told_once_with_its_place() {
    let home = Home::new();
    std::fs::create_dir(home.path("home")).expect("a home");
    let file = home.write("home/config.toml", "parallel_tasks = 2\ndurability = = 3\n");
    let called = home.call(&["runs"]);
    assert_eq!(called.code, Some(4), "{}", called.stdout);
    let expected = format!("error[MR2016]: {file}:2:14: ");
    assert!(called.stderr.starts_with(&expected), "{}", called.stderr);
    assert!(
        called
            .stderr
            .ends_with("\n  help: mend that line, or take the file away for the defaults\n"),
        "{}",
        called.stderr
    );
    assert_eq!(called.stderr.lines().count(), 2, "{}", called.stderr);
    let doctor = home.call(&["doctor"]);
    let settings: Vec<&str> =
        doctor.stdout.lines().skip_while(|line| !line.contains("  settings ")).take(3).collect();
    assert!(settings[0].starts_with("error") && settings[0].contains(&format!("{file}:2:14: ")));
    assert!(settings[1].trim_start().starts_with("help: mend that line"), "{settings:?}");
    assert!(settings[2].contains("  disk "), "{settings:?}");
}

#[test]
fn ctrl_c_cancels() {
    let home = Home::new();
    let file = home.write("one.json", &one_task("sleep 600", ""));
    let mut watched = Watched::start(&home, &["run", &file]);
    watched.until("task.started");
    watched.interrupt();
    let called = watched.end();
    assert_eq!(called.code, Some(3), "{}{}", called.stdout, called.stderr);
    assert!(called.stderr.contains("cancelling the run"), "{}", called.stderr);
    assert_eq!(home.json(&["show", "--json", "last"])["run"]["state"], "canceled");
}

#[test]
fn the_second_ctrl_c_kills() {
    let home = Home::new();
    let deaf =
        one_task("trap '' TERM INT\necho deaf\nwhile :; do sleep 600; done", r#", "grace": "1d""#);
    let file = home.write("one.json", &deaf);
    let mut watched = Watched::start(&home, &["run", &file]);
    watched.until("task.started");
    // Only what has set its trap is deaf.
    home.until_logged("last", "work", "deaf\n");
    watched.interrupt();
    watched.until("run.cancelling");
    watched.interrupt();
    let called = watched.end();
    assert_eq!(called.code, Some(3), "{}{}", called.stdout, called.stderr);
    assert!(called.stdout.contains("run.killing"), "{}", called.stdout);
}

#[test]
fn a_daemon_that_dies_under_a_run_is_replaced() {
    let home = Home::new();
    let file = home.write("one.json", &one_task(WAIT_AT_GATE, ""));
    let gate = home.path("gate");
    let mut watched =
        Watched::start(&home, &["run", &file, "-p", &format!("gate={}", gate.display())]);
    watched.until("task.started");
    home.kill_daemon();
    std::fs::write(&gate, "").expect("the gate opens");
    let called = watched.end();
    assert_eq!(called.code, Some(0), "{}{}", called.stdout, called.stderr);
    assert!(called.stderr.contains("the daemon has gone"), "{}", called.stderr);
    let ends = called.stdout.lines().filter(|line| line.contains("run.succeeded")).count();
    assert_eq!(ends, 1, "{}", called.stdout);
    assert_eq!(home.call(&["logs", "last", "work"]).stdout, "before\nafter\n");
    let shown = home.json(&["show", "--json", "last"]);
    assert_eq!(
        shown["run"]["tasks"][0][1]["attempts"].as_array().map(Vec::len),
        Some(1),
        "{shown}"
    );
    assert_eq!(shown["run"]["tasks"][0][1]["outputs"]["n"], 7);
}

#[test]
fn a_run_goes_on_without_its_watcher() {
    let home = Home::new();
    let file = home.write("one.json", &one_task(WAIT_AT_GATE, ""));
    let gate = home.path("gate");
    let gate_param = format!("gate={}", gate.display());
    let started = home.call(&["run", &file, "--detach", "-p", &gate_param]);
    assert_eq!(started.code, Some(0), "{}", started.stderr);
    let run = started.stdout.trim();
    assert_eq!(run.len(), 16, "{run}");
    let mut follower = Watched::start(&home, &["logs", run, "work", "--follow"]);
    follower.until("before");
    std::fs::write(&gate, "").expect("the gate opens");
    let followed = follower.end();
    assert_eq!((followed.code, followed.stdout.as_str()), (Some(0), "before\nafter\n"));
}

#[test]
fn a_failed_run_is_retried_in_place() {
    let home = Home::new();
    let file = home.write("one.json", &one_task("echo looking\ntest -e \"$GATE\"", ""));
    let gate = home.path("gate");
    let failed = home.call(&["run", &file, "-p", &format!("gate={}", gate.display())]);
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    for hint in ["work: exit code 1", "looking", "millrace logs", "millrace retry"] {
        assert!(failed.stderr.contains(hint), "{hint}: {}", failed.stderr);
    }
    std::fs::write(&gate, "").expect("the gate opens");
    let retried = home.call(&["retry", "last-failed"]);
    assert_eq!(retried.code, Some(0), "{}", retried.stderr);
    assert!(
        !retried.stdout.contains("run.queued"),
        "only the new round is told: {}",
        retried.stdout
    );
    let shown = home.json(&["show", "--json", "last"]);
    assert_eq!((&shown["run"]["round"], &shown["run"]["state"]), (&2.into(), &"succeeded".into()));
    assert_eq!(home.call(&["retry", "last"]).code, Some(2), "nothing is left to retry");
}

#[test]
fn a_rerun_is_a_new_run() {
    let home = Home::new();
    assert_eq!(home.call(&["run", &sample("health_check.json")]).code, Some(1));
    let again = home.call(&["rerun", "last", "--from", "probe", "-p", "healthy=true"]);
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
    assert_eq!(home.json(&["runs", "--json"])["runs"].as_array().map(Vec::len), Some(2));
    let shown = home.call(&["show", "last"]).stdout;
    assert!(shown.contains("rerun of") && shown.contains("taken over from run"), "{shown}");
}

#[test]
fn pause_and_resume_are_told() {
    let home = Home::new();
    let file = home.write("one.json", &one_task(WAIT_AT_GATE, ""));
    let gate = home.path("gate");
    let mut watched =
        Watched::start(&home, &["run", &file, "-p", &format!("gate={}", gate.display())]);
    watched.until("task.started");
    assert_eq!(home.call(&["pause", "last"]).code, Some(0));
    watched.until("run.paused");
    assert_eq!(home.call(&["resume", "last"]).code, Some(0));
    watched.until("run.resumed");
    std::fs::write(&gate, "").expect("the gate opens");
    assert_eq!(watched.end().code, Some(0));
}

#[test]
fn a_dry_run_starts_nothing() {
    let home = Home::new();
    let called = home.call(&["run", &sample("hello.json"), "--dry-run", "-p", "who=you"]);
    assert_eq!(called.code, Some(0), "{}", called.stderr);
    for part in ["who", "\"you\"", "greet", "shout", "nothing was started"] {
        assert!(called.stdout.contains(part), "{part}: {}", called.stdout);
    }
    assert_eq!(home.json(&["runs", "--json"])["runs"], Value::Array(Vec::new()));
}

#[test]
fn errors_say_what_and_where() {
    let home = Home::new();
    let bad = home.write("bad.json", "{\"millrace\": 1, \"name\": \"bad\",\n \"tasks\": [{\"name\": \"a\", \"kind\": \"shell\"}]}");
    for (arguments, code, parts) in [
        (vec!["show", "last"], 2, vec!["error[MR2001]"]),
        (vec!["logs", "0123456789abcdef", "a"], 2, vec!["error[MR2001]"]),
        (vec!["run", "no_such_workflow"], 2, vec!["error[MR2001]", "no_such_workflow"]),
        (vec!["run", &bad], 2, vec!["bad.json:2:", "error[MR1502]", "^", "error[MR2003]"]),
        (vec!["runs", "--since", "soon"], 2, vec!["error[MR2005]", "`soon`"]),
    ] {
        let called = home.call(&arguments);
        assert_eq!(called.code, Some(code), "{arguments:?}: {}", called.stderr);
        for part in parts {
            assert!(called.stderr.contains(part), "{arguments:?} lacks {part}: {}", called.stderr);
        }
    }
    let good = sample("hello.json");
    let called = home.call(&["run", &good, "-p", "whom=you"]);
    assert_eq!(called.code, Some(2));
    assert!(
        called.stderr.contains("MR2004") && called.stderr.contains("whom"),
        "{}",
        called.stderr
    );
}

#[test]
fn without_a_daemon_the_run_is_in_this_process() {
    let home = Home::new();
    let called = home.call(&["run", "--no-daemon", &sample("hello.json")]);
    assert_eq!(called.code, Some(0), "{}{}", called.stdout, called.stderr);
    assert_eq!(home.call(&["daemon", "status"]).code, Some(1), "none was started");
    // The history is the same.
    assert_eq!(home.json(&["runs", "--json"])["runs"][0]["state"], "succeeded");
    let refused = home.call(&["run", "--no-daemon", &sample("hello.json")]);
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    assert!(refused.stderr.contains("error[MR2012]"), "{}", refused.stderr);
}

#[test]
fn the_daemon_comes_and_goes() {
    let home = Home::new();
    assert_eq!(home.call(&["daemon", "status"]).code, Some(1));
    assert_eq!(home.call(&["daemon"]).code, Some(0));
    let status = home.json(&["daemon", "status", "--json"]);
    assert!(status["pid"].as_u64().is_some_and(|pid| pid > 1), "{status}");
    let doctor = home.call(&["doctor", "--json"]);
    assert_eq!(doctor.code, Some(0), "{}", doctor.stdout);
    assert_eq!(home.call(&["daemon", "stop"]).code, Some(0));
    assert_eq!(home.call(&["daemon", "status"]).code, Some(1));
    assert!(home.call(&["daemon", "logs"]).stdout.contains("ready"));
    assert_eq!(home.call(&["daemon", "stop"]).code, Some(0), "stopping what does not run is done");
}

#[test]
fn a_reader_that_goes_away_does_not_change_how_the_run_ends() {
    let home = Home::new();
    let file = home.write("one.json", &one_task(&format!("{WAIT_AT_GATE}\nexit 5"), ""));
    let gate = home.path("gate");
    let mut watched =
        Watched::start(&home, &["run", &file, "-p", &format!("gate={}", gate.display())]);
    watched.until("task.started");
    watched.stop_reading();
    std::fs::write(&gate, "").expect("the gate opens");
    assert_eq!(watched.end().code, Some(1));
}

#[test]
fn a_question_outlives_the_daemon_and_the_first_answer_counts() {
    let home = Home::new();
    let file = sample("ask_first.json");
    let mut watched = Watched::start(&home, &["run", &file, "-p", "settle=100ms"]);
    watched.until("task.waiting          ask");
    let asked = home.call(&["approve"]).stdout;
    assert!(asked.contains("There are **5 files**"), "{asked}");
    assert!(asked.contains(" ask -p keep=1"), "{asked}");
    let shown = home.json(&["show", "last", "--json"]);
    let ask = shown["run"]["tasks"].as_array().expect("tasks").iter();
    let ask = ask.clone().find(|task| task[0]["task"] == "ask").expect("ask");
    assert_eq!(ask[1]["state"], "waiting", "{ask}");

    home.kill_daemon();
    let wrong = home.call(&["approve", "last", "ask", "-p", "keep=-1"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("MR2004"), "{}", wrong.stderr);
    let said = home.call(&["approve", "last", "ask", "-p", "keep=2", "--note", "by hand"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let late = home.call(&["approve", "last", "ask", "--reject"]);
    assert_eq!(late.code, Some(2), "{}", late.stderr);
    assert!(
        late.stderr.contains("MR2021") && late.stderr.contains("has approved ask already"),
        "{}",
        late.stderr
    );

    let ended = watched.end();
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(home.call(&["logs", "last", "delete"]).stdout.ends_with("left: 2\n"));
    let eval =
        home.call(&["eval", "${tasks.ask.outputs.note} ${tasks.settle.state}", "--run", "last"]);
    assert_eq!(eval.stdout, "by hand succeeded\n", "{}", eval.stderr);
    assert!(home.call(&["approve"]).stdout.is_empty());
}

#[test]
fn a_no_is_a_failure_with_the_reason() {
    let home = Home::new();
    let file = sample("ask_first.json");
    let mut watched = Watched::start(&home, &["run", &file, "-p", "settle=0s"]);
    watched.until("task.waiting          ask");
    let said = home.json(&["approve", "last", "ask", "--reject", "--note", "too soon", "--json"]);
    assert_eq!(said["answer"], "rejected");
    let ended = watched.end();
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("too soon"), "{}", ended.stdout);
    assert_eq!(home.call(&["logs", "last", "kept"]).stdout, "nothing was deleted\n");
}

#[test]
fn a_task_is_marked_while_it_runs_and_after_its_run_has_ended() {
    let home = Home::new();
    let file = home.write("one.json", &one_task(WAIT_AT_GATE, ""));
    let gate = home.path("gate").display().to_string();
    let watched = Watched::start(&home, &["run", &file, "-p", &format!("gate={gate}")]);
    home.until_logged("last", "work", "before\n");
    let marked = home.call(&["mark", "last", "work", "succeeded", "-o", "n:=8", "-o", "by=hand"]);
    assert_eq!(marked.code, Some(0), "{}", marked.stderr);
    let ended = watched.end();
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("task.marked"), "{}", ended.stdout);
    let eval =
        home.call(&["eval", "${tasks.work.outputs.n} ${tasks.work.outputs.by}", "--run", "last"]);
    assert_eq!(eval.stdout, "8 hand\n", "{}", eval.stderr);
    let again = home.call(&["mark", "last", "work", "failed"]);
    assert_eq!(again.code, Some(2), "{}", again.stderr);
    assert!(again.stderr.contains("MR2022"), "{}", again.stderr);

    let file = home.write("bad.json", &one_task("exit 3", ""));
    assert_eq!(home.call(&["run", &file]).code, Some(1));
    let marked = home.json(&["mark", "last", "work", "succeeded", "--json"]);
    assert_eq!(marked["mark"], "succeeded");
    let shown = home.json(&["show", "last", "--json"]);
    assert_eq!(shown["run"]["state"], "succeeded", "{shown}");
    let unknown = home.call(&["mark", "last", "nobody", "failed"]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("has no task nobody"), "{}", unknown.stderr);
}

#[test]
fn a_row_is_waited_for_and_the_last_look_is_shown() {
    let home = Home::new();
    let file = home.write(
        "rows.json",
        r#"{"millrace": 1, "name": "rows", "tasks": [
            {"name": "wait", "kind": "wait_for", "spec": {"database": "sales.db", "poll": "100ms",
             "query": "select id from t where id = :id", "params": {"id": "7"}}},
            {"name": "late", "kind": "wait_for", "timeout": "300ms",
             "spec": {"database": "none.db", "poll": "100ms", "query": "select 1", "soft_fail": true}},
            {"name": "then", "kind": "command", "spec": {"argv": ["echo", "${tasks.wait.outputs.rows[0].id}"]}}],
            "dependencies": [{"from": "wait", "to": "then"}]}"#,
    );
    let make = home.write(
        "make.json",
        r#"{"millrace": 1, "name": "make", "params": [{"name": "script", "type": "string"}], "tasks": [
            {"name": "make", "kind": "sql", "spec": {"database": "sales.db", "file": "${params.script}"}}]}"#,
    );
    home.write("table.sql", "create table t (id integer)");
    home.write("row.sql", "insert into t values (7)");
    let change = |script: &str| {
        let made = home.call(&["run", &make, "--param", &format!("script={script}")]);
        assert_eq!(made.code, Some(0), "{}{}", made.stdout, made.stderr);
    };
    change("table.sql");
    let run = home.call(&["run", &file, "--detach"]).stdout.trim().to_owned();
    home.until_shown(&run, "the database sales.db to say yes; the last look: no row came back");
    change("row.sql");
    home.until_logged(&run, "then", "7\n");
    let shown = home.call(&["show", &run]).stdout;
    assert!(shown.contains("the last look: cannot open"), "{shown}");
}

#[test]
fn what_is_waited_for_is_looked_for_by_the_next_daemon_too() {
    let home = Home::new();
    let gate = home.path("gate");
    let pattern = serde_json::to_string(&gate.display().to_string()).expect("JSON");
    let file = home.write(
        "wait.json",
        &format!(
            r#"{{"millrace": 1, "name": "wait", "tasks": [
                {{"name": "wait", "kind": "wait_for", "spec": {{"file": {pattern}, "poll": "100ms"}}}},
                {{"name": "late", "kind": "wait_for", "timeout": "200ms",
                  "spec": {{"port": "127.0.0.1:1", "poll": "100ms", "soft_fail": true}}}},
                {{"name": "then", "kind": "command", "spec": {{"argv": ["echo", "${{tasks.wait.outputs.files[0]}}"]}}}}],
                "dependencies": [{{"from": "wait", "to": "then"}}]}}"#
        ),
    );
    let mut watched = Watched::start(&home, &["run", &file]);
    watched.until("task.skipped          late");
    let shown = home.call(&["show", "last"]).stdout;
    assert!(shown.contains("waits for the file"), "{shown}");
    home.kill_daemon();
    std::fs::write(&gate, "").expect("written");
    let ended = watched.end();
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let log = home.call(&["logs", "last", "then"]);
    assert_eq!(log.stdout, format!("{}\n", gate.display()));
}

#[test]
fn runs_are_found_by_a_query_and_retried_and_cancelled_at_once() {
    let home = Home::new();
    let broken = home.write(
        "broken.json",
        r#"{"millrace": 1, "name": "broken", "tasks": [{"name": "load", "kind": "shell",
            "spec": {"script": "echo 'no such table: x'; exit 3"}}]}"#,
    );
    for _ in 0..2 {
        assert_eq!(home.call(&["run", &broken]).code, Some(1));
    }
    assert_eq!(home.call(&["run", &sample("hello.json"), "-p", "who=you"]).code, Some(0));
    let found = |arguments: &[&str]| {
        let mut all = vec!["runs", "--json"];
        all.extend(arguments);
        let page = home.json(&all);
        let runs = page["runs"].as_array().expect("a list").len();
        assert_eq!(page["counted"]["found"], runs, "{arguments:?}");
        assert_eq!(page["counted"]["all"], 3);
        runs
    };
    assert_eq!(found(&["failed:load", "no such table"]), 2);
    assert_eq!(found(&["workflow:bro* since:today"]), 2);
    assert_eq!(found(&["--", "-state:failed"]), 1);
    assert_eq!(found(&["--workflow", "broken", "load"]), 2);
    let nothing = home.call(&["runs", "state:queued"]);
    assert!(nothing.stderr.contains("no run is like that, of 3"), "{}", nothing.stderr);
    let wrong = home.call(&["runs", "sate:failed"]);
    assert_eq!(wrong.code, Some(2));
    for part in ["error[MR2035]", "did you mean `state`?", "\n  ^^^^\n", "help: "] {
        assert!(wrong.stderr.contains(part), "{part}: {}", wrong.stderr);
    }
    let twice = home.call(&["runs", "state:failed", "--state", "queued"]);
    assert_eq!(twice.code, Some(2), "{}", twice.stderr);

    let unasked = home.call(&["retry", "--query", "state:failed"]);
    assert_eq!(unasked.code, Some(2));
    assert!(unasked.stderr.contains("finds 2 runs"), "{}", unasked.stderr);
    let retried = home.json(&["retry", "--query", "state:failed", "--yes", "--json"]);
    assert_eq!(retried["done"].as_array().map(Vec::len), Some(2));
    let ids: Vec<&str> =
        retried["done"].as_array().expect("ids").iter().filter_map(Value::as_str).collect();
    let over = home.call(&["cancel", "last", ids[0], ids[1]]);
    assert!(over.stderr.contains("over already"), "{}", over.stderr);
    assert_eq!(over.code, Some(1), "not done with all of them");
    let none = home.call(&["cancel", "--query", "workflow:nothing", "--yes"]);
    assert_eq!(none.code, Some(2), "{}", none.stderr);
}
