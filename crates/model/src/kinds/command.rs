//! `command`: a program with its arguments, no shell.

use super::field::{Field, FieldShape};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind};
use crate::action::{Action, ProcessAction, Program};
use crate::document::Json;
use crate::template::Template;

pub(super) static KIND: Kind = Kind {
    id: "command",
    title: "Command",
    category: Category::Run,
    icon: "command",
    summary: "Runs a program with its arguments, without a shell.",
    docs: DOCS,
    fields: &[
        Field::new(
            "argv",
            "Program and arguments",
            FieldShape::TextList,
            "The program and then its arguments, one text each. Nothing splits or expands them: a blank, a quote or a `*` in a value is just that.",
        )
        .required()
        .template()
        .placeholder("rsync"),
        Field::skip_exit_code(),
    ],
    outputs: &[],
    lower,
};

const DOCS: &str = r#"
The fastest and safest way to run one program: no shell starts, and whatever stands in a parameter reaches the program
as exactly one argument. The program is searched on the task's `PATH` unless it has a `/` in it; a path is relative to
the task's working directory. For pipes, redirections and `&&` use [shell](shell.md).

```json
{
  "name": "copy",
  "kind": "command",
  "spec": { "argv": ["rsync", "-a", "--delete", "${params.source}/", "backup/${date(run.logical_time)}/"] }
}
```

A program that says "nothing to do" by its exit code:

```json
{
  "name": "changed",
  "kind": "command",
  "spec": { "argv": ["git", "diff", "--quiet", "HEAD~1"], "skip_exit_code": 1 }
}
```
"#;

/// A spec of this kind.
struct CommandSpec {
    argv: Vec<Template>,
    skip_exit_code: Option<i32>,
}

fn read(reader: &mut Reader<'_>) -> CommandSpec {
    let argv = reader.templates("argv");
    if reader
        .given("argv")
        .is_some_and(|given| matches!(given, Json::Array(list) if list.is_empty()))
    {
        reader.fail("argv", "empty: the first text is the program".to_owned());
    }
    if argv.first().and_then(Template::as_literal) == Some("") {
        reader.fail("argv", "the program is an empty text".to_owned());
    }
    CommandSpec { argv, skip_exit_code: reader.skip_exit_code() }
}

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let CommandSpec { argv, skip_exit_code } = read(&mut reader);
    let process = ProcessAction { program: Program::Argv(argv), python: None, skip_exit_code };
    reader.finish(Some(Action::Process(Box::new(process))))
}
