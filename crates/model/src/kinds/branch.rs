//! `branch`: chooses which ways the run goes on.

use super::field::{Field, FieldDefault, FieldShape};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput};
use crate::action::{Action, Branch};
use crate::document::Json;

pub(super) static KIND: Kind = Kind {
    id: "branch",
    title: "Branch",
    category: Category::Control,
    icon: "branch",
    summary: "Chooses which ways the run goes on.",
    docs: DOCS,
    fields: &[
        Field::new(
            "branches",
            "Branches",
            FieldShape::KeyValue,
            "The labels, each with the expression that must be true for it. They are looked at in this order.",
        )
        .required()
        .expression()
        .placeholder("params.mode == 'full'"),
        Field::new(
            "otherwise",
            "Otherwise",
            FieldShape::Text { multiline: false, language: None },
            "The label that is chosen where no condition is true. Without it none is chosen then.",
        )
        .placeholder("other"),
        Field::new(
            "all",
            "Choose all that hold",
            FieldShape::Bool,
            "Every label whose condition is true is chosen, instead of the first.",
        )
        .default(FieldDefault::Bool(false)),
    ],
    outputs: &[NaturalOutput { name: "branches", help: "the list of the chosen labels." }],
    lower,
};

const DOCS: &str = r#"
Use it where a run is to go one of several ways. Each dependency that leaves it can carry a `branch`, one of its labels:

```json
{
  "name": "which",
  "kind": "branch",
  "spec": {
    "branches": { "full": "params.mode == 'full'", "delta": "tasks.probe.outputs.rows > 0" },
    "otherwise": "nothing_new"
  }
}
```

and among the dependencies `{ "from": "which", "to": "load_all", "branch": "full" }`. The conditions are expressions with the
same values in scope as `when`. The first that is true decides; with `"all": true` each that is true counts. A dependency
whose label was chosen holds by its `on` as every other one; one whose label was not chosen sees the branch task as *skipped*,
so that what hangs on it alone is skipped too. A dependency without a label does not care which was chosen. A task that is to run
where the ways meet again has `"on": ["succeeded", "skipped"]` in its dependencies, and `"min_succeeded": 1`.

It runs no process and takes no place. A condition that cannot be evaluated makes it an error, and what comes after it is
upstream failed. A retry of the run keeps the choice, unless the branch task itself runs again. [What running
means](../semantics.md#branches) has all of it.

Later tasks read what was chosen:

```json
{
  "name": "which",
  "kind": "branch",
  "spec": {
    "branches": { "mail": "params.mail", "archive": "run.trigger == 'schedule'" },
    "all": true
  }
}
```

`tasks.which.outputs.branches` is then a list such as `["mail", "archive"]`, and `'mail' in tasks.which.outputs.branches` a
condition.
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let cases = reader.named_expressions("branches");
    let is_empty = reader.given("branches").is_some_and(|given| given.members().is_empty());
    if is_empty && matches!(reader.given("branches"), Some(Json::Object(_))) {
        reader.fail("branches", "empty: write at least one label with its condition".to_owned());
    }
    let labels: Vec<String> = cases.iter().map(|(label, _)| label.clone()).collect();
    labels.iter().for_each(|label| check_label(&mut reader, "branches", label));
    let otherwise = reader.text("otherwise");
    otherwise.iter().for_each(|label| check_label(&mut reader, "otherwise", label));
    let all = reader.bool("all");
    reader.finish(Some(Action::Branch(Box::new(Branch { cases, otherwise, all }))))
}

/// A label stands on wires and in messages: one line, and what is seen is what is meant.
fn check_label(reader: &mut Reader<'_>, field: &str, label: &str) {
    let message = if label.trim().is_empty() {
        "a label has no text; write one or two words"
    } else if label.trim() != label || label.contains(char::is_control) {
        "a label is one line without spaces at its ends"
    } else {
        return;
    };
    reader.fail(field, format!("`{}`: {message}", label.escape_debug()));
}
