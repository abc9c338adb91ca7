//! The Python module `millrace`, run by the machine's own Python with the files that a task would have.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

fn module() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/python").canonicalize().unwrap()
}

/// Whether there is a Python; says loudly where there is none.
#[expect(clippy::print_stderr, reason = "whoever reads the results has to know")]
fn has_python() -> bool {
    let found =
        Command::new("python3").arg("--version").output().is_ok_and(|it| it.status.success());
    if !found {
        eprintln!("SKIPPED: there is no python3 on this machine; `cargo xtask setup` installs it");
    }
    found
}

struct Task(TempDir);

impl Task {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("artifacts")).unwrap();
        fs::create_dir_all(at("earlier/report/plots")).unwrap();
        fs::write(at("earlier/report/plots/x.txt"), "x").unwrap();
        fs::create_dir(at("published")).unwrap();
        fs::write(at("published/far.json"), "{\"rows\": 9}").unwrap();
        let inputs = json!({
            "params": { "day": "mon", "more": [1, null] },
            "tasks": { "extract": { "state": "succeeded", "outputs": { "rows": 3, "größe": "ü" } } },
        });
        fs::write(at("inputs"), inputs.to_string()).unwrap();
        Self(folder)
    }

    fn run(&self, code: &str) -> Output {
        let at = |name: &str| self.0.path().join(name);
        let mut python = Command::new("python3");
        python.args(["-W", "error::SyntaxWarning", "-c", code]).current_dir(self.0.path());
        python.env("PYTHONPATH", module()).env("PYTHONDONTWRITEBYTECODE", "1");
        for (name, file) in [
            ("MILLRACE_INPUTS", "inputs"),
            ("MILLRACE_OUTPUTS", "outputs"),
            ("MILLRACE_RUN_OUTPUTS", "published"),
            ("MILLRACE_ARTIFACTS", "artifacts"),
            ("MILLRACE_RUN_ARTIFACTS", "earlier"),
            ("MILLRACE_RUN_DIR", "."),
            ("MILLRACE_PROGRESS", "progress"),
            ("MILLRACE_METRICS", "metrics"),
            ("MILLRACE_SKIP", "skip"),
        ] {
            python.env(name, at(file));
        }
        python.output().unwrap()
    }

    /// What it prints; it has to end well.
    fn prints(&self, code: &str) -> String {
        let output = self.run(code);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{code}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn lines(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.0.path().join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn params_and_outputs_of_earlier_tasks_are_read() {
    if !has_python() {
        return;
    }
    let task = Task::new();
    let code = "import millrace as m\nprint(m.params['day'], m.params['more'], len(m.params), m.is_task())\n\
                print(m.inputs['extract']['rows'], m.inputs['extract']['größe'], m.inputs['far']['rows'])\n\
                print(m.input('extract.rows'), m.input('params.day'), m.input('extract.no', 7), m.input('no.x', 8))\n\
                try:\n  m.inputs['nobody']\nexcept KeyError as error:\n  print('extract' in str(error))";
    let printed = task.prints(code);
    assert_eq!(printed, "mon [1, None] 2 True\n3 ü 9\n3 mon 7 8\nTrue\n");
}

#[test]
fn outputs_are_lines_and_what_json_cannot_hold_is_refused() {
    if !has_python() {
        return;
    }
    let task = Task::new();
    task.prints(
        "import millrace\nmillrace.output(rows=3, day='ü')\nmillrace.output({'a-b': [1, None]})",
    );
    let lines = task.lines("outputs");
    assert_eq!(lines, [json!({"rows": 3}), json!({"day": "ü"}), json!({"a-b": [1, null]})]);
    for bad in [
        "output(rows=float('nan'))",
        "output(rows=object())",
        "output({'1a': 1})",
        "output(text='x' * 1048577)",
        "metric('a b', 1)",
        "metric('a', float('inf'))",
        "progress('half')",
        "artifact('nothing')",
        "artifact('inputs', '../up')",
        "artifact('inputs', '/up')",
        "artifact_path('report', '../../inputs')",
        "artifact_path('report', 'no')",
    ] {
        let code = format!(
            "import millrace\ntry:\n  millrace.{bad}\nexcept millrace.MillraceError as e:\n  print(e)"
        );
        assert!(task.prints(&code).len() > 10, "{bad}");
    }
    assert_eq!(task.lines("outputs").len(), 3, "nothing of it was written");
}

#[test]
fn progress_metrics_artifacts_and_a_skip_are_given() {
    if !has_python() {
        return;
    }
    let task = Task::new();
    let code = "import millrace as m\nfor at in range(1000):\n  m.progress(at / 1000, f'part {at}')\n\
                m.metric('loss', 0.5, step=3)\nm.metric('acc', 1)\n\
                open('r.csv', 'w').write('a,b')\nm.artifact('r.csv')\nm.artifact('r.csv', 'daily/r.csv')\n\
                (m.artifacts_dir() / 'own.txt').write_text('own')\n\
                print(m.artifact_path('report', 'plots/x.txt').read_text(), m.run_dir().name != '')\n\
                m.skip('no new files')\nprint('never')";
    assert_eq!(task.prints(code), "x True\n");
    assert_eq!(task.lines("progress"), [json!({"fraction": 0.999, "text": "part 999"})]);
    let metrics = task.lines("metrics");
    assert_eq!(metrics[0], json!({"metric": "loss", "value": 0.5, "step": 3}));
    assert_eq!(metrics[1], json!({"metric": "acc", "value": 1.0}));
    assert_eq!(fs::read_to_string(task.0.path().join("skip")).unwrap(), "no new files");
    for name in ["r.csv", "daily/r.csv", "own.txt"] {
        assert!(task.0.path().join("artifacts").join(name).is_file(), "{name}");
    }
    let names: Vec<_> =
        fs::read_dir(task.0.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_str().unwrap().starts_with("tmp")), "{names:?}");
}

#[test]
fn lines_of_parts_that_run_side_by_side_are_whole() {
    if !has_python() {
        return;
    }
    let task = Task::new();
    let code = "import millrace, os\nfor part in range(4):\n  if os.fork() == 0:\n    \
                for at in range(50):\n      millrace.output({f'p{part}_{at}': 'x' * 500})\n    os._exit(0)\n\
                for part in range(4):\n  assert os.wait()[1] == 0";
    task.prints(code);
    assert_eq!(task.lines("outputs").len(), 200);
}

#[test]
fn outside_of_a_task_a_script_can_be_tried() {
    if !has_python() {
        return;
    }
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.txt"), "a").unwrap();
    let code = "import millrace as m\nassert not m.is_task() and len(m.params) == 0 and m.input('a.b') is None\n\
                m.output(rows=3)\nm.progress(0.5)\nm.metric('a', 1)\nm.artifact('a.txt')\nprint('tried')";
    let mut python = Command::new("python3");
    python.args(["-c", code]).current_dir(folder.path()).env_clear();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let output = python.env("PATH", path).env("PYTHONPATH", module()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && output.stdout == b"tried\n", "{said}");
    assert!(said.contains("not inside a task of Millrace"), "{said}");
}
