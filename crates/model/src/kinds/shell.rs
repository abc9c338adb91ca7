//! `shell`: a script, run by a shell.

use super::field::{Field, FieldDefault, FieldShape};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind};
use crate::action::{Action, ProcessAction, Program, Script, is_simple_command};
use crate::document::Json;
use crate::template::Template;

pub(super) static KIND: Kind = Kind {
    id: "shell",
    title: "Shell script",
    category: Category::Run,
    icon: "terminal",
    summary: "Runs a shell script.",
    docs: DOCS,
    fields: &[
        Field::new(
            "script",
            "Script",
            FieldShape::Text { multiline: true, language: Some("sh") },
            "The script. It is taken as it is, without `${ … }` expressions: values reach it as environment variables, arguments or through `$MILLRACE_INPUTS`.",
        )
        .required()
        .placeholder("echo hello"),
        Field::new(
            "shell",
            "Shell",
            FieldShape::Choice { choices: &["sh", "bash", "zsh", "dash", "ksh", "fish"], open: true },
            "The shell: a name on the `PATH`, or a path.",
        )
        .default(FieldDefault::Text("sh")),
        Field::new(
            "stop_on_error",
            "Stop on error",
            FieldShape::Bool,
            "The script ends at the first command that fails (`-e`). Without it, only the last command's exit code counts.",
        )
        .default(FieldDefault::Bool(true)),
        Field::new(
            "args",
            "Arguments",
            FieldShape::TextList,
            "Arguments of the script: `$1`, `$2`, … Each is one argument, whatever stands in it.",
        )
        .template()
        .advanced(),
        Field::skip_exit_code(),
    ],
    outputs: &[],
    lower,
};

const DOCS: &str = r#"
A script of one line or of hundreds. By default it stops at the first command that fails, so that a broken download is
not followed by a green end. In a pipe only the last command counts; where that matters choose `bash` and begin with
`set -o pipefail`.

Values come in as environment variables, so that a quote or `; rm -rf /` in a parameter stays text:

```json
{
  "name": "fetch",
  "kind": "shell",
  "env": { "DAY": "${params.day}" },
  "spec": { "script": "curl -fsS \"https://example.org/sales/$DAY.csv\" > sales.csv\nmillrace-task output rows:=$(wc -l < sales.csv)" }
}
```

The same by arguments:

```json
{
  "name": "count",
  "kind": "shell",
  "spec": { "script": "wc -l < \"$1\"", "args": ["${tasks.fetch.outputs.file}"] }
}
```

`fish` has no `-e`: there `stop_on_error` must be off. A script that is one plain command is run by `exec`, so that the
shell is replaced by it. A script longer than 120 KiB is passed as a file.
"#;

/// A spec of this kind.
struct ShellSpec {
    script: String,
    shell: String,
    stop_on_error: bool,
    args: Vec<Template>,
    skip_exit_code: Option<i32>,
}

fn read(reader: &mut Reader<'_>) -> Option<ShellSpec> {
    let script = reader.text("script");
    let shell = reader.text("shell");
    let stop_on_error = reader.bool("stop_on_error");
    let args = reader.templates("args");
    let skip_exit_code = reader.skip_exit_code();
    if shell.as_deref().is_some_and(|shell| shell.trim().is_empty() || shell.starts_with('-')) {
        reader.fail("shell", "not a shell: a name on the `PATH` or a path is expected".to_owned());
    }
    if shell.as_deref().is_some_and(|shell| base_name(shell) == "fish") && stop_on_error {
        reader.fail(
            "stop_on_error",
            "fish cannot stop at the first error; set this to false".to_owned(),
        );
    }
    Some(ShellSpec { script: script?, shell: shell?, stop_on_error, args, skip_exit_code })
}

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let read = read(&mut reader);
    reader.finish(read.map(ShellSpec::into_action))
}

impl ShellSpec {
    fn into_action(self) -> Action {
        let name = base_name(&self.shell).to_owned();
        let mut interpreter = vec![Template::literal(&self.shell)];
        if self.stop_on_error {
            interpreter.push(Template::literal("-e"));
        }
        // Only for shells of which the list of built-ins is known.
        let may_exec = ["sh", "dash", "bash", "zsh", "ksh"].contains(&name.as_str());
        let text = match may_exec && is_simple_command(&self.script) {
            true => format!("exec {}", self.script.trim_start()),
            false => self.script,
        };
        // fish counts what follows its script as arguments from the first on; the others take a name before them.
        let inline_name = (name != "fish").then_some(name);
        let script = Script {
            interpreter,
            inline_option: "-c",
            text,
            suffix: ".sh",
            inline_name,
            args: self.args,
        };
        Action::Process(Box::new(ProcessAction {
            program: Program::Script(script),
            python: None,
            skip_exit_code: self.skip_exit_code,
        }))
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
