//! Commands that need no daemon, as a user calls them: their texts and exit codes.
#![expect(clippy::expect_used, reason = "tests")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a call gave.
struct Called {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Called {
    /// All of it as one text, for a snapshot.
    fn shown(&self) -> String {
        let mut text = format!("exit code: {}\n", self.code.expect("an exit code"));
        for (name, part) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !part.is_empty() {
                text.push_str(&format!("--- {name} ---\n{part}"));
            }
        }
        text
    }
}

fn millrace(arguments: &[&str], input: &str) -> Called {
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents");
    let mut child = Command::new(env!("CARGO_BIN_EXE_millrace"))
        .args(arguments)
        .current_dir(documents)
        .env_remove("CLICOLOR_FORCE")
        .env("TZ", "UTC")
        .env("LC_ALL", "C.UTF-8")
        .env("MILLRACE_HOME", "/dev/null/no-home")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("millrace starts");
    // A command that does not read its input may have ended already.
    let _unread = child.stdin.take().expect("stdin").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("millrace ends");
    Called {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

macro_rules! snapshot {
    ($name:ident, $($argument:expr),+) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!(millrace(&[$($argument),+], "").shown());
        }
    };
}

snapshot!(help, "-h");
snapshot!(help_teaches, "--help");
snapshot!(run_help_teaches, "run", "--help");
snapshot!(validate_good, "validate", "good.json");
snapshot!(validate_lists_every_problem, "validate", "bad.json");
snapshot!(validate_syntax, "validate", "syntax.json");
snapshot!(validate_missing, "validate", "nowhere.json");
snapshot!(validate_json, "validate", "--json", "good.json", "bad.json");
snapshot!(graph_text, "graph", "good.json");
snapshot!(graph_dot, "graph", "good.json", "--format", "dot");
snapshot!(graph_mermaid, "graph", "good.json", "--format", "mermaid");
snapshot!(graph_of_a_circle, "graph", "bad.json");
snapshot!(import_of_a_script, "import", "../../../model/tests/import/fixtures/plain.sh");
snapshot!(import_json, "import", "--json", "../../../model/tests/import/fixtures/plain.sh");
snapshot!(import_of_what_cannot_be_told, "import", "good.json");
snapshot!(import_of_nothing, "import", "/dev/null", "--from", "crontab");
snapshot!(kinds, "kinds");
snapshot!(unknown_kind, "kinds", "shel");
snapshot!(unknown_command, "runn");
snapshot!(bad_parameter, "run", "good.json", "-p", "day");
snapshot!(no_home, "runs");
snapshot!(
    eval_of_a_file,
    "eval",
    "${params.day}/${params.keep + 1}",
    "--file",
    "good.json",
    "-p",
    "keep=4"
);
snapshot!(
    eval_of_a_bad_parameter,
    "eval",
    "params.keep",
    "--file",
    "good.json",
    "-p",
    "keep=four",
    "-p",
    "kep=1"
);

#[test]
fn an_expression_that_fails_is_pointed_at() {
    let called = millrace(&["eval", "1 + params.nowhere"], "");
    assert_eq!(called.code, Some(2));
    let lines: Vec<&str> = called.stderr.lines().collect();
    assert_eq!((lines[0], lines[1].trim()), ("  1 + params.nowhere", "^"), "{}", called.stderr);
    assert!(
        lines[2].starts_with("error[MR2005]: ") && lines[2].contains("nowhere"),
        "{}",
        called.stderr
    );
}

#[test]
fn eval_gives_json_for_all_but_texts() {
    for (expression, shown) in
        [("1 + 2", "3\n"), ("'a' + 'b'", "ab\n"), ("[1, 2].size() == 2", "true\n")]
    {
        let called = millrace(&["eval", expression], "");
        assert_eq!(
            (called.code, called.stdout.as_str()),
            (Some(0), shown),
            "{expression}: {}",
            called.stderr
        );
    }
}

#[test]
fn a_document_can_come_from_standard_input() {
    let called = millrace(&["validate", "-"], r#"{"millrace": 1, "name": "a", "tasks": []}"#);
    assert_eq!(called.code, Some(0), "{}{}", called.stdout, called.stderr);
    let called = millrace(&["validate", "-"], "{");
    assert_eq!(called.code, Some(2));
    assert!(called.stdout.starts_with("<stdin>:1:"), "{}", called.stdout);
}

#[test]
fn the_schema_is_json_schema() {
    let schema: serde_json::Value =
        serde_json::from_str(&millrace(&["schema"], "").stdout).expect("JSON");
    assert!(
        schema["$schema"].as_str().is_some_and(|uri| uri.contains("json-schema.org")),
        "{schema}"
    );
    assert!(schema["properties"]["tasks"].is_object());
}

#[test]
fn kinds_as_json_have_their_fields() {
    let all: serde_json::Value =
        serde_json::from_str(&millrace(&["kinds", "--json"], "").stdout).expect("JSON");
    let shell =
        all["kinds"].as_array().and_then(|all| all.iter().find(|kind| kind["kind"] == "shell"));
    assert_eq!(shell.expect("shell")["fields"][0]["key"], "script");
}

#[test]
fn every_shell_gets_completions_and_man_a_page() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let called = millrace(&["completions", shell], "");
        assert!(called.code == Some(0) && called.stdout.contains("rerun"), "{shell}");
    }
    let page = millrace(&["man"], "").stdout;
    assert!(page.starts_with(".ie") || page.starts_with(".TH"), "{}", &page[..80]);
    assert!(page.contains(".SH \"MILLRACE RERUN\"") && page.contains("params\\-file"), "{page}");
    assert!(!page.contains("started\\-by\\-client"), "hidden flags stay hidden");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_millrace"))
        .arg("schema")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("millrace starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("millrace ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn colours_come_only_when_asked_for() {
    let plain = millrace(&["validate", "bad.json"], "");
    assert!(!plain.stdout.contains('\x1b'));
    let colored = millrace(&["--color", "always", "validate", "bad.json"], "");
    assert!(colored.stdout.contains('\x1b'));
}

#[test]
fn import_writes_a_file_for_each_workflow_and_replaces_none_unasked() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("made");
    let out = out.to_str().expect("text");
    let crontab = "MAILTO=a\n# Back up\n0 3 * * * ./backup.sh\n@daily /usr/bin/rotate\n";
    let arguments = ["import", "-", "--from", "crontab", "-o", out];
    let several = millrace(&["import", "-"], crontab);
    assert!(several.stderr.contains("makes 2 workflows"), "{}", several.stderr);
    let one_file = format!("{out}.json");
    let refused = millrace(&["import", "-", "-o", &one_file], crontab);
    assert!(refused.stderr.contains("is one file"), "{}", refused.stderr);
    let first = millrace(&arguments, crontab);
    let shown = first.shown().replace(out, "OUT");
    insta::assert_snapshot!(shown);
    let names = ["back_up.json", "rotate.json"].map(|name| format!("{out}/{name}"));
    for name in &names {
        let valid = millrace(&["validate", name], "");
        assert_eq!(valid.code, Some(0), "{}", valid.shown());
    }
    std::fs::remove_file(&names[1]).expect("removed");
    let again = millrace(&arguments, crontab);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("is there already, so nothing was written"), "{}", again.stderr);
    assert!(!Path::new(&names[1]).exists());
    let forced = millrace(&[&arguments[..], &["--force"]].concat(), crontab);
    assert_eq!(forced.code, Some(0), "{}", forced.stderr);
    assert!(Path::new(&names[1]).exists());
}
