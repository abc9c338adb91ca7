//! `workflow`: runs another workflow, and as a rule waits for its end.

use super::field::{Field, FieldDefault, FieldShape, PathPick};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput};
use crate::action::{Action, Callee, SubWorkflow};
use crate::document::Json;

pub(super) static KIND: Kind = Kind {
    id: "workflow",
    title: "Workflow",
    category: Category::Control,
    icon: "workflow",
    summary: "Runs another workflow and waits for its end, or does not.",
    docs: DOCS,
    fields: &[
        Field::new(
            "workflow",
            "Workflow",
            FieldShape::Path { pick: PathPick::Workflow },
            "Which workflow: its name in the library, or the path of its file (ending in `.json`), relative to this document's folder.",
        )
        .required()
        .placeholder("clean_up"),
        Field::new(
            "params",
            "Parameters",
            FieldShape::KeyValue,
            "Values for the parameters that it declares. What is left out, or is an expression that gives null, gets the default that it has there.",
        )
        .template()
        .placeholder("${params.day}"),
        Field::new(
            "wait",
            "Wait for its end",
            FieldShape::Bool,
            "Without it the task has succeeded as soon as the run is accepted, and the run goes its own way.",
        )
        .default(FieldDefault::Bool(true)),
    ],
    outputs: &[
        NaturalOutput { name: "run", help: "the id of the run, for `millrace show`." },
        NaturalOutput { name: "state", help: "how the run ended: `succeeded`. Only where it was waited for." },
        NaturalOutput {
            name: "tasks",
            help: "the outputs of its tasks under their names: `tasks.X.outputs.tasks.load.rows`. Tasks that gave nothing are left out. Only where the run was waited for.",
        },
    ],
    lower,
};

const DOCS: &str = r#"
Use it for what several workflows have in common, and to give a part of a large one a page of its own. In the window, select
tasks and press `Alt+X` to move them into a workflow of their own.

```json
{
  "name": "clean",
  "kind": "workflow",
  "spec": { "workflow": "clean_up", "params": { "folder": "${params.source}", "keep": "30" } }
}
```

The other workflow runs as a run of its own, a *child run*: with its own id, its own place in the list of runs, its own
parameters, environment and working directory. It runs as its file is when the task starts. The task succeeds when the child run
does; it fails when that fails, and says which run and which task of it. A cancel, a pause and a time-out of the task's run
go on to the child run. A new try is a new child run. [What running means](../semantics.md#child-runs) has all of it.

A task of this kind takes no place of `parallel_tasks`: the tasks of the child run take theirs. A `lock` or a `pool` that it
names is held until the child run has ended.

With `"wait": false` the task only starts the run: it has succeeded as soon as that is accepted, and its one output is `run`. What becomes
of the run, also a failure, is its own affair and is told like that of every other run; a cancel, a pause or the end of the
task's run does not touch it.

A workflow cannot run itself, directly or through others, and child runs lie at most 16 deep.

A file beside this document, without parameters:

```json
{ "name": "report", "kind": "workflow", "spec": { "workflow": "report.json" } }
```

A later task reads what the child's tasks gave:

```json
{
  "name": "load_all",
  "kind": "workflow",
  "spec": { "workflow": "load", "params": { "rows": "${tasks.extract.outputs.tasks.fetch.rows}" } }
}
```
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let callee = reader.text("workflow").and_then(|text| {
        Callee::parse(&text).map_err(|message| reader.fail("workflow", message)).ok()
    });
    let params = reader.named_templates("params");
    let awaited = reader.bool("wait");
    let sub = |callee| SubWorkflow { callee, params, awaited };
    let action = callee.map(|callee| Action::SubWorkflow(Box::new(sub(callee))));
    reader.finish(action)
}
