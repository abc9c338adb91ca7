//! `python`: code, a file or a module, run by an interpreter that is there or in an environment made for it.

use super::field::{Field, FieldDefault, FieldShape, PathPick};
use super::spec::{Reader, SpecProblem, SpecProblemKind};
use super::{Category, Kind};
use crate::action::{Action, ProcessAction, Program, PythonEnv, Script};
use crate::document::Json;
use crate::template::Template;

pub(super) static KIND: Kind = Kind {
    id: "python",
    title: "Python",
    category: Category::Run,
    icon: "python",
    summary: "Runs Python: code, a file or a module.",
    docs: DOCS,
    fields: &[
        Field::new(
            "code",
            "Code",
            FieldShape::Text { multiline: true, language: Some("python") },
            "The code. It is taken as it is, without `${ … }` expressions: values reach it as environment variables, arguments or through `$MILLRACE_INPUTS`. Exactly one of `code`, `file` and `module` is given.",
        )
        .placeholder("print(\"hello\")"),
        Field::new(
            "file",
            "File",
            FieldShape::Path { pick: PathPick::File },
            "A Python file, relative to the task's working directory.",
        )
        .template()
        .placeholder("report.py"),
        Field::new(
            "module",
            "Module",
            FieldShape::Text { multiline: false, language: None },
            "A module, run as `python -m` does.",
        )
        .placeholder("http.server"),
        Field::new(
            "args",
            "Arguments",
            FieldShape::TextList,
            "Arguments: `sys.argv[1:]`. Each is one argument, whatever stands in it.",
        )
        .template(),
        Field::new(
            "interpreter",
            "Interpreter",
            FieldShape::Text { multiline: false, language: None },
            "A program on the `PATH`, or a path to one; `python3` where none of `interpreter`, `venv` and `requirements` is given. At most one of the three.",
        )
        .placeholder("python3")
        .advanced(),
        Field::new(
            "venv",
            "Virtual environment",
            FieldShape::Path { pick: PathPick::Folder },
            "The folder of a virtual environment that exists, relative to the task's working directory.",
        )
        .template()
        .placeholder(".venv")
        .advanced(),
        Field::new(
            "requirements",
            "Requirements",
            FieldShape::TextList,
            "Packages, as pip writes them. An environment with exactly these is made before the first run and kept: by `uv` where there is one, else by `python3 -m venv` and pip.",
        )
        .placeholder("pandas==2.2.3")
        .advanced(),
        Field::new(
            "unbuffered",
            "Unbuffered",
            FieldShape::Bool,
            "Prints appear in the log at once (`-u`).",
        )
        .default(FieldDefault::Bool(true))
        .advanced(),
        Field::skip_exit_code(),
    ],
    outputs: &[],
    lower,
};

const DOCS: &str = r#"
Python in one of three forms. A few lines:

```json
{
  "name": "report",
  "kind": "python",
  "spec": {
    "code": "import millrace\nprint(millrace.params['day'])\nmillrace.output(rows=3)"
  }
}
```

A file beside the document, with packages that need not be installed:

```json
{
  "name": "plot",
  "kind": "python",
  "spec": { "file": "plot.py", "args": ["${params.day}"], "requirements": ["matplotlib==3.9.2", "pandas>=2"] }
}
```

A module of a virtual environment that you keep yourself:

```json
{ "name": "tests", "kind": "python", "spec": { "module": "pytest", "args": ["-q"], "venv": ".venv" } }
```

An environment for `requirements` is kept under the hash of the list, shared by all tasks with the same list, and never
changed: `pandas>=2` stays what it was when the environment was made. Write exact versions where that matters.

The module `millrace` reads inputs, gives outputs, keeps files and says how far the task is; it needs no installation:
[the Python module](../python-module.md).

```python
import millrace

rows = millrace.inputs["extract"]["rows"]
millrace.progress(0.5, "half of it")
millrace.artifact("report.csv")
millrace.output(rows=rows)
```
"#;

/// A spec of this kind.
struct PythonSpec {
    source: Source,
    args: Vec<Template>,
    python: PythonEnv,
    unbuffered: bool,
    skip_exit_code: Option<i32>,
}

enum Source {
    Code(String),
    File(Template),
    Module(String),
}

fn read(reader: &mut Reader<'_>) -> Option<PythonSpec> {
    let source = read_source(reader);
    python_fields_problem(reader);
    let python = python_env(reader);
    let args = reader.templates("args");
    let unbuffered = reader.bool("unbuffered");
    let skip_exit_code = reader.skip_exit_code();
    Some(PythonSpec { source: source?, args, python, unbuffered, skip_exit_code })
}

fn read_source(reader: &mut Reader<'_>) -> Option<Source> {
    let code = reader.text("code").map(Source::Code);
    let file = reader.template("file").map(Source::File);
    let module = reader.text("module").map(Source::Module);
    one_of(reader, &["code", "file", "module"], true);
    if let Some(Source::Module(name)) = &module
        && !is_module_name(name)
    {
        reader.fail(
            "module",
            format!("`{name}` is not the name of a module, such as `package.module`"),
        );
    }
    code.or(file).or(module)
}

/// Says what is wrong with `interpreter`, `venv` and `requirements`.
pub(super) fn python_fields_problem(reader: &mut Reader<'_>) {
    let interpreter = reader.text("interpreter");
    let lines = reader.texts("requirements");
    one_of(reader, &["interpreter", "venv", "requirements"], false);
    if interpreter
        .as_deref()
        .is_some_and(|program| program.trim().is_empty() || program.starts_with('-'))
    {
        reader.fail(
            "interpreter",
            "not a program: a name on the `PATH` or a path is expected".to_owned(),
        );
    }
    check_requirements(reader, &lines);
}

/// The environment that `interpreter`, `venv` and `requirements` name.
pub(super) fn python_env(reader: &mut Reader<'_>) -> PythonEnv {
    if reader.given("requirements").is_some() {
        let known = reader.problems.len();
        let lines = reader.texts("requirements");
        // They were told of already.
        reader.problems.truncate(known);
        return PythonEnv::requirements(&lines);
    }
    match (reader.text("interpreter"), reader.template("venv")) {
        (_, Some(folder)) => PythonEnv::Venv(folder),
        (Some(program), None) => PythonEnv::Interpreter(program),
        (None, None) => PythonEnv::Interpreter("python3".to_owned()),
    }
}

fn one_of(reader: &mut Reader<'_>, keys: &[&'static str], required: bool) {
    let given: Vec<&str> = keys.iter().copied().filter(|key| reader.given(key).is_some()).collect();
    let all = crate::suggest::listed(keys.iter().copied());
    match given.as_slice() {
        [_] => {}
        [] if required => reader.problems.push(SpecProblem::whole(
            SpecProblemKind::Invalid,
            format!("give one of {all}: what is to be run"),
        )),
        [] => {}
        [first, rest @ ..] => {
            for key in rest {
                reader.fail(
                    key,
                    format!(
                        "given beside `{first}`: only one of {all} is allowed; remove the others"
                    ),
                );
            }
        }
    }
}

/// A requirement that is an option of pip (`--index-url …`, `-r file`) would change what the others mean.
fn check_requirements(reader: &mut Reader<'_>, lines: &[String]) {
    for (index, line) in lines.iter().enumerate() {
        let line = line.trim();
        if line.starts_with('-') || line.contains(['\n', '\r']) {
            let message = format!(
                "`{line}` is not one requirement, such as `pandas==2.2.3`; options of pip are not allowed"
            );
            reader.problems.push(SpecProblem {
                index: Some(index),
                ..SpecProblem::of("requirements", message)
            });
        }
    }
}

fn is_module_name(name: &str) -> bool {
    name.split('.').all(|part| {
        part.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let read = read(&mut reader);
    reader.finish(read.map(PythonSpec::into_action))
}

impl PythonSpec {
    fn into_action(self) -> Action {
        let mut before = Vec::new();
        if self.unbuffered {
            before.push(Template::literal("-u"));
        }
        let program = match self.source {
            Source::Code(text) => Program::Script(Script {
                interpreter: before,
                inline_option: "-c",
                text,
                suffix: ".py",
                inline_name: None,
                args: self.args,
            }),
            Source::File(file) => {
                // What a value gives is a file, also where it looks like an option: `-c…` would be code.
                let is_open = file.source().starts_with(['-', '$']);
                let end = is_open.then(|| Template::literal("--"));
                let file = end.into_iter().chain([file]);
                Program::Argv(before.into_iter().chain(file).chain(self.args).collect())
            }
            Source::Module(name) => {
                let module = [Template::literal("-m"), Template::literal(&name)];
                Program::Argv(before.into_iter().chain(module).chain(self.args).collect())
            }
        };
        Action::Process(Box::new(ProcessAction {
            program,
            python: Some(self.python),
            skip_exit_code: self.skip_exit_code,
        }))
    }
}
