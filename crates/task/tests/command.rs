//! The command at its boundary: arguments in, files and exit codes out.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn task(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_millrace-task"))
        .args(args)
        .env("MILLRACE_OUTPUTS", dir.join("out"))
        .env("MILLRACE_INPUTS", dir.join("in"))
        .output()
        .unwrap()
}

fn said(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

#[test]
fn outputs_are_appended_as_json_lines() {
    let dir = tempfile::tempdir().unwrap();
    let args =
        ["output", "day=2024-05-01", "rows:=41", "text=a=b:=c \"q\"", "list:=[1, {\"a\": null}]"];
    assert_eq!(said(&task(dir.path(), &args)), (0, String::new()));
    assert_eq!(said(&task(dir.path(), &["output", "rows:=42", "empty="])), (0, String::new()));
    let text = fs::read_to_string(dir.path().join("out")).unwrap();
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(
        lines,
        [
            json!({"day": "2024-05-01"}),
            json!({"rows": 41}),
            json!({"text": "a=b:=c \"q\""}),
            json!({"list": [1, {"a": null}]}),
            json!({"rows": 42}),
            json!({"empty": ""}),
        ]
    );
}

#[test]
fn bad_outputs_are_refused_whole_and_named() {
    let dir = tempfile::tempdir().unwrap();
    for (bad, named) in [
        ("rows:=4x", "rows"),
        ("rows:=", "JSON"),
        ("9lives=1", "9lives"),
        ("=1", "name"),
        ("a b=1", "a b"),
        ("a.b=1", "a.b"),
        ("novalue", "novalue"),
    ] {
        let (code, text) = said(&task(dir.path(), &["output", "good=1", bad]));
        assert_eq!(code, 2, "{bad}");
        assert!(text.starts_with("millrace-task: ") && text.contains(named), "{text}");
    }
    assert!(!dir.path().join("out").exists());
    assert_eq!(said(&task(dir.path(), &["output"])).0, 2);
}

#[test]
fn one_mebibyte_is_the_limit_and_the_file_stays_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    // An argument may take 128 KiB; nine of these are too many.
    let part = format!("a={}", "x".repeat(120_000));
    for _ in 0..8 {
        assert_eq!(said(&task(dir.path(), &["output", &part])).0, 0);
    }
    let before = fs::metadata(dir.path().join("out")).unwrap().len();
    let (code, text) = said(&task(dir.path(), &["output", &part]));
    assert_eq!(code, 2);
    assert!(text.contains("1048576") && text.contains("artifacts"), "{text}");
    assert_eq!(fs::metadata(dir.path().join("out")).unwrap().len(), before);
}

#[test]
fn writers_side_by_side_do_not_mix_their_lines() {
    let dir = tempfile::tempdir().unwrap();
    let value = "y".repeat(20_000);
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (dir, value) = (dir.path(), &value);
            scope.spawn(move || {
                for i in 0..3 {
                    let pair = format!("w{n}_{i}={value}");
                    assert_eq!(said(&task(dir, &["output", &pair, "more=1"])).0, 0);
                }
            });
        }
    });
    let text = fs::read_to_string(dir.path().join("out")).unwrap();
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 48);
    for pair in lines.chunks(2) {
        assert_eq!(pair[1], json!({"more": "1"}), "what is given together stays together");
    }
}

#[test]
fn inputs_are_printed_strings_raw_and_others_as_json() {
    let dir = tempfile::tempdir().unwrap();
    let inputs = json!({
        "params": {"day": "2024-05-01", "deep": {"a.b": {"c": [10, "x"]}}, "n": 4},
        "tasks": {
            "extract": {"state": "succeeded", "outputs": {"rows": 41, "names": ["a", "b"], "text": "two\nlines"}},
            "odd": {"state": "failed", "outputs": {"state": "mine"}}
        }
    });
    fs::write(dir.path().join("in"), inputs.to_string()).unwrap();
    for (name, expected) in [
        ("params.day", "2024-05-01\n"),
        ("params.n", "4\n"),
        ("params.deep.a.b.c.1", "x\n"),
        ("extract.rows", "41\n"),
        ("extract.names", "[\"a\",\"b\"]\n"),
        ("extract.text", "two\nlines\n"),
        ("extract.state", "succeeded\n"),
        ("odd.state", "mine\n"),
    ] {
        let output = task(dir.path(), &["input", name]);
        assert_eq!(said(&output), (0, String::new()), "{name}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{name}");
    }
    let (code, text) = said(&task(dir.path(), &["input", "extract.cols"]));
    assert_eq!(code, 1);
    assert!(text.contains("extract.cols") && text.contains("rows"), "{text}");
    let (code, text) = said(&task(dir.path(), &["input", "load.rows"]));
    assert_eq!(code, 1);
    assert!(text.contains("load") && text.contains("extract, odd"), "{text}");
    assert_eq!(said(&task(dir.path(), &["input", "extract"])).0, 2);
    assert_eq!(said(&task(dir.path(), &["input"])).0, 2);
}

#[test]
fn outside_a_task_it_says_so() {
    for args in [["output", "a=1"], ["input", "params.a"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_millrace-task"))
            .args(args)
            .env_remove("MILLRACE_OUTPUTS")
            .env_remove("MILLRACE_INPUTS")
            .output()
            .unwrap();
        let (code, text) = said(&output);
        assert_eq!(code, 4);
        assert!(text.contains("inside a task"), "{text}");
    }
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(said(&task(dir.path(), &["input", "params.a"])).0, 4, "no file");
}

#[test]
fn help_teaches_and_unknown_commands_point_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let output = task(dir.path(), &["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["output", "input", ":=", "params.day", "Exit codes"] {
        assert!(text.contains(part), "{part}");
    }
    let (code, text) = said(&task(dir.path(), &["outputs"]));
    assert_eq!(code, 2);
    assert!(text.contains("--help"), "{text}");
}

#[test]
fn outputs_of_tasks_further_up_are_found_in_their_folder() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("in"), json!({ "params": {}, "tasks": {} }).to_string()).unwrap();
    fs::write(dir.path().join("extract.json"), json!({ "rows": 41 }).to_string()).unwrap();
    let input = |name: &str| {
        Command::new(env!("CARGO_BIN_EXE_millrace-task"))
            .args(["input", name])
            .env("MILLRACE_INPUTS", dir.path().join("in"))
            .env("MILLRACE_RUN_OUTPUTS", dir.path())
            .output()
            .unwrap()
    };
    assert_eq!(input("extract.rows").stdout, b"41\n");
    // What it gave says nothing of how it ended.
    let (code, text) = said(&input("extract.state"));
    assert_eq!(code, 1);
    assert!(text.contains("depend on it directly"), "{text}");
    let (code, text) = said(&input("load.rows"));
    assert_eq!(code, 1);
    assert!(text.contains("load"), "{text}");
    assert_eq!(said(&input("../extract.rows")).0, 1);
}

#[test]
fn a_python_environment_is_made_once_and_becomes_the_task() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("env").display().to_string();
    let code =
        "import sys, os; print(sys.prefix == os.environ['VIRTUAL_ENV'], sys.argv[1]); sys.exit(7)";
    let run = || task(dir.path(), &["python-env", &folder, "--", "-c", code, "a b"]);
    let first = run();
    assert_eq!(String::from_utf8_lossy(&first.stdout), "True a b\n");
    assert_eq!(first.status.code(), Some(7));
    let (_, said_again) = said(&run());
    assert_eq!(said_again, "", "it is not made again");
    // Half an environment, as a task that was stopped leaves it, is made anew.
    fs::remove_file(Path::new(&folder).join(".millrace-complete")).unwrap();
    assert!(said(&run()).1.contains("making"));
}

/// The command in a folder with all that a task has.
fn in_task(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_millrace-task"))
        .args(args)
        .current_dir(dir)
        .env("MILLRACE_ARTIFACTS", dir.join("artifacts"))
        .env("MILLRACE_RUN_ARTIFACTS", dir.join("earlier"))
        .env("MILLRACE_RUN_DIR", dir)
        .env("MILLRACE_PROGRESS", dir.join("progress"))
        .env("MILLRACE_METRICS", dir.join("metrics"))
        .env("MILLRACE_SKIP", dir.join("skip"))
        .output()
        .unwrap()
}

#[test]
fn files_are_copied_whole_under_a_safe_name() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("artifacts")).unwrap();
    fs::write(at("a.csv"), "a").unwrap();
    fs::write(at("b.csv"), "b").unwrap();
    assert_eq!(said(&in_task(dir.path(), &["artifact", "a.csv", "b.csv"])), (0, String::new()));
    let named = ["artifact", "b.csv", "--name", "daily/sales.csv"];
    assert_eq!(said(&in_task(dir.path(), &named)), (0, String::new()));
    assert_eq!(fs::read_to_string(at("artifacts/daily/sales.csv")).unwrap(), "b");
    for (bad, code) in [
        (vec!["artifact"], 2),
        (vec!["artifact", "a.csv", "--name"], 2),
        (vec!["artifact", "a.csv", "artifacts/../a.csv"], 2),
        (vec!["artifact", "a.csv", "--name", "../up"], 2),
        (vec!["artifact", "a.csv", "--name", "/up"], 2),
        (vec!["artifact", "a.csv", "nothing"], 1),
        (vec!["artifact", "artifacts"], 1),
    ] {
        let (exit, text) = said(&in_task(dir.path(), &bad));
        assert_eq!(exit, code, "{bad:?}: {text}");
    }
    let mut left: Vec<_> =
        fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["a.csv", "artifacts", "b.csv"], "nothing half copied is left");
}

#[test]
fn artifacts_of_earlier_tasks_are_found_by_name_and_nothing_else_is() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("earlier/report/plots")).unwrap();
    fs::write(dir.path().join("earlier/report/plots/x.png"), "").unwrap();
    fs::write(dir.path().join("secret"), "").unwrap();
    let found = in_task(dir.path(), &["artifact-path", "report", "plots/x.png"]);
    let path = String::from_utf8(found.stdout).unwrap();
    assert!(path.ends_with("earlier/report/plots/x.png\n") && path.starts_with('/'), "{path}");
    for (task, name) in
        [("report", "y"), ("report", "../../secret"), ("..", "secret"), ("none", "x")]
    {
        let (exit, text) = said(&in_task(dir.path(), &["artifact-path", task, name]));
        assert_eq!(exit, 1, "{task} {name}: {text}");
    }
    let (_, text) = said(&in_task(dir.path(), &["artifact-path", "report", "y"]));
    assert!(text.contains("there: plots/x.png"), "{text}");
}

#[test]
fn a_task_says_how_far_it_is() {
    let dir = tempfile::tempdir().unwrap();
    for (args, expected) in [
        (vec!["progress", "0.4"], json!({"fraction": 0.4, "text": ""})),
        (vec!["progress", "25%", "two", "words"], json!({"fraction": 0.25, "text": "two words"})),
        (vec!["progress", "1"], json!({"fraction": 1.0, "text": ""})),
    ] {
        assert_eq!(said(&in_task(dir.path(), &args)), (0, String::new()));
        let text = fs::read_to_string(dir.path().join("progress")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }
    for bad in ["40", "-1", "half", "NaN", "", "101%"] {
        assert_eq!(said(&in_task(dir.path(), &["progress", bad])).0, 2, "{bad}");
    }
    assert_eq!(said(&in_task(dir.path(), &["progress"])).0, 2);
}

#[test]
fn metrics_are_lines_and_a_reason_to_skip_is_a_text() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        vec!["metric", "loss", "0.5", "--step", "3"],
        vec!["metric", "train/acc", "-1e3"],
        vec!["skip", "no", "files"],
    ] {
        assert_eq!(said(&in_task(dir.path(), &args)), (0, String::new()), "{args:?}");
    }
    let text = fs::read_to_string(dir.path().join("metrics")).unwrap();
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines[0], json!({"metric": "loss", "value": 0.5, "step": 3}));
    assert_eq!(lines[1], json!({"metric": "train/acc", "value": -1000.0}));
    assert_eq!(fs::read_to_string(dir.path().join("skip")).unwrap(), "no files");
    for bad in [
        vec!["metric", "a b", "1"],
        vec!["metric", "a", "x"],
        vec!["metric", "a", "inf"],
        vec!["metric", "a", "1", "--step", "1.5"],
        vec!["metric", "a"],
    ] {
        assert_eq!(said(&in_task(dir.path(), &bad)).0, 2, "{bad:?}");
    }
}
