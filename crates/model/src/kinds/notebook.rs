//! `notebook`: a Jupyter notebook, run cell by cell by papermill.
//!
//! It lowers to a Python process: a small program hands the notebook and its parameters to papermill and keeps what comes of
//! it.

use super::field::{Field, FieldDefault, FieldShape, PathPick};
use super::python::{python_env, python_fields_problem};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput};
use crate::action::{Action, ProcessAction, Program, PythonEnv, Script};
use crate::document::Json;
use crate::ident::is_variable;
use crate::template::Template;

/// What an environment for notebooks has.
const PACKAGES: [&str; 3] = ["ipykernel", "nbconvert", "papermill"];

pub(super) static KIND: Kind = Kind {
    id: "notebook",
    title: "Notebook",
    category: Category::Run,
    icon: "notebook",
    summary: "Runs a Jupyter notebook with parameters and keeps what comes of it.",
    docs: DOCS,
    fields: &[
        Field::new(
            "notebook",
            "Notebook",
            FieldShape::Path { pick: PathPick::File },
            "The notebook, relative to the task's working directory. It is not changed.",
        )
        .required()
        .template()
        .placeholder("report.ipynb"),
        Field::new(
            "parameters",
            "Parameters",
            FieldShape::KeyValue,
            "Names of variables of the notebook and their values: expressions, which keep their types. They come after the cell with the tag `parameters`, or first where no cell has it.",
        )
        .expression()
        .placeholder("day"),
        Field::new(
            "output",
            "Output",
            FieldShape::Path { pick: PathPick::File },
            "Where the notebook with its results is kept, relative to the task's working directory; with the run where nothing is given.",
        )
        .template()
        .placeholder("out/report.ipynb"),
        Field::new(
            "html",
            "HTML",
            FieldShape::Bool,
            "A page with the results is kept beside it.",
        )
        .default(FieldDefault::Bool(true)),
        Field::new(
            "kernel",
            "Kernel",
            FieldShape::Text { multiline: false, language: None },
            "The kernel that runs it; the notebook's own where nothing is given.",
        )
        .placeholder("python3")
        .advanced(),
        Field::new(
            "interpreter",
            "Interpreter",
            FieldShape::Text { multiline: false, language: None },
            "A Python that has papermill and ipykernel: a program on the `PATH`, or a path to one. At most one of `interpreter`, `venv` and `requirements` is given.",
        )
        .placeholder("python3")
        .advanced(),
        Field::new(
            "venv",
            "Virtual environment",
            FieldShape::Path { pick: PathPick::Folder },
            "The folder of a virtual environment that has papermill and ipykernel, relative to the task's working directory.",
        )
        .template()
        .placeholder(".venv")
        .advanced(),
        Field::new(
            "requirements",
            "Requirements",
            FieldShape::TextList,
            "Packages that the notebook needs, as pip writes them. An environment with these and with papermill is made before the first run and kept; so is one with papermill alone where nothing is given.",
        )
        .placeholder("pandas==2.2.3")
        .advanced(),
    ],
    outputs: &[
        NaturalOutput { name: "notebook", help: "the path of the notebook with its results" },
        NaturalOutput { name: "html", help: "the path of the page with its results" },
    ],
    lower,
};

const DOCS: &str = r#"
A notebook as a task: what was tried out by hand runs every night, with the day as a parameter.

```json
{
  "name": "report",
  "kind": "notebook",
  "spec": {
    "notebook": "report.ipynb",
    "parameters": { "day": "params.day", "rows": "tasks.load.outputs.rows", "top": "10" },
    "requirements": ["pandas==2.2.3", "matplotlib==3.9.2"]
  }
}
```

Give a cell of the notebook the tag `parameters` and put the defaults there; the values of the task come right after it, as
numbers, texts, lists and objects.

With a Python that you keep yourself, which has papermill and ipykernel (and nbconvert for the page):

```json
{
  "name": "explore",
  "kind": "notebook",
  "spec": { "notebook": "explore.ipynb", "venv": ".venv", "output": "out/explore.ipynb", "html": false }
}
```

The log shows what the cells print, and which cell it is at. When one fails, the task has *Failed*, with the cell and its error as
the last line; what came of the cells before is kept as well. The original is never written.

What is kept lies in `output`, or with the run: the outputs `notebook` and `html` say where. Both are artifacts of the task, too.
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let notebook = reader.template("notebook");
    let output = reader.template("output");
    let html = reader.bool("html");
    let kernel = reader.text("kernel").unwrap_or_default();
    let parameters = parameters(&mut reader);
    python_fields_problem(&mut reader);
    let python = python(&mut reader);
    let action = notebook.map(|notebook| {
        let args = vec![
            notebook,
            output.unwrap_or_else(|| Template::literal("")),
            Template::literal(&kernel),
            Template::literal(if html { "true" } else { "false" }),
            parameters,
        ];
        Action::Process(Box::new(ProcessAction {
            program: Program::Script(Script {
                interpreter: vec![Template::literal("-u")],
                inline_option: "-c",
                text: include_str!("notebook/run.py").to_owned(),
                suffix: ".py",
                inline_name: None,
                args,
            }),
            python: Some(python),
            skip_exit_code: None,
        }))
    });
    reader.finish(action)
}

/// The values as one JSON object.
fn parameters(reader: &mut Reader<'_>) -> Template {
    let mut members = Vec::new();
    for (name, expr) in reader.named_expressions("parameters") {
        if is_variable(&name) {
            members.push(format!("\"{name}\": ${{to_json({})}}", expr.source()));
        } else {
            let message = format!("`{name:.40}` is not the name of a variable, such as `day`");
            reader.fail("parameters", message);
        }
    }
    let text = format!("{{{}}}", members.join(", "));
    // Each of them could be read by itself; what is in no way a template any more, such as one too long, is told here.
    Template::parse(&text).unwrap_or_else(|error| {
        reader.fail("parameters", error.message);
        Template::literal("{}")
    })
}

/// The environment, with what running notebooks takes.
fn python(reader: &mut Reader<'_>) -> PythonEnv {
    let is_given = |key: &str| reader.given(key).is_some();
    if is_given("interpreter") || is_given("venv") {
        return python_env(reader);
    }
    let mut lines = reader.texts("requirements");
    for package in PACKAGES {
        let is_named = |line: &String| {
            let name = line.trim().to_ascii_lowercase();
            name.strip_prefix(package).is_some_and(|rest| {
                !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "-_.".contains(c))
            })
        };
        if !lines.iter().any(is_named) {
            lines.push(package.to_owned());
        }
    }
    PythonEnv::requirements(&lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Scope;
    use serde_json::json;

    fn process(spec: &serde_json::Value) -> ProcessAction {
        match lower(&Json::from_value(spec)) {
            Ok(Action::Process(process)) => *process,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn parameters_keep_their_types() {
        let spec = json!({"notebook": "a.ipynb", "parameters": {"n": "1 + 2", "t": "'x}\"y'", "l": "[1, 'a']"}});
        let resolved = process(&spec).resolve(&Scope::default()).unwrap();
        let last = resolved.argv.last().unwrap();
        let values: serde_json::Value = serde_json::from_str(last).unwrap();
        assert_eq!(values, json!({"n": 3, "t": "x}\"y", "l": [1, "a"]}));
        assert_eq!(resolved.argv[4..8], ["a.ipynb", "", "", "true"]);
    }

    #[test]
    fn an_environment_has_what_notebooks_take() {
        for (given, expected) in [
            (json!([]), vec!["ipykernel", "nbconvert", "papermill"]),
            (
                json!(["pandas", "papermill==2.6.0", "ipykernel-extra"]),
                vec!["ipykernel", "ipykernel-extra", "nbconvert", "pandas", "papermill==2.6.0"],
            ),
        ] {
            let spec = json!({"notebook": "a.ipynb", "requirements": given});
            let Some(PythonEnv::Requirements(lines)) = process(&spec).python else { panic!() };
            assert_eq!(lines, expected);
        }
        let own = process(&json!({"notebook": "a.ipynb", "interpreter": "python3.12"}));
        assert_eq!(own.python, Some(PythonEnv::Interpreter("python3.12".to_owned())));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let problems = |spec: serde_json::Value| {
            let problems = lower(&Json::from_value(&spec)).unwrap_err();
            problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        assert!(problems(json!({})).contains("notebook: missing"));
        let bad = problems(json!({"notebook": "a", "parameters": {"a-b": "1", "c": "1 +"}}));
        assert!(bad.contains("`a-b` is not the name") && bad.contains("c: "), "{bad}");
        let two = problems(json!({"notebook": "a", "venv": "v", "requirements": ["x"]}));
        assert!(two.contains("only one of"), "{two}");
    }
}
