//! `approval`: asks a person and waits for the answer.

use super::field::{Field, FieldDefault, FieldShape};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput};
use crate::action::{Action, Approval, OnTimeout, Wait};
use crate::document::{Json, Param, ParamKind};

pub(super) static KIND: Kind = Kind {
    id: "approval",
    title: "Approval",
    category: Category::Control,
    icon: "approval",
    summary: "Asks a person and waits for the answer.",
    docs: DOCS,
    fields: &[
        Field::new(
            "message",
            "Message",
            FieldShape::Text { multiline: true, language: None },
            "What is asked: Markdown.",
        )
        .required()
        .template()
        .placeholder("Load ${tasks.extract.outputs.rows} rows?"),
        Field::new(
            "params",
            "Form",
            FieldShape::Params,
            "What the person enters with a yes: declared as the parameters of a workflow are.",
        ),
        Field::new(
            "on_reject",
            "When rejected",
            FieldShape::Choice { choices: &["fail", "skip"], open: false },
            "A no makes the task Failed (`fail`), or Skipped and what hangs on it too (`skip`).",
        )
        .default(FieldDefault::Text("fail")),
        Field::new(
            "on_timeout",
            "When nobody answers",
            FieldShape::Choice { choices: &["fail", "approve", "reject"], open: false },
            "What it means that the task's `timeout` is over: it failed, or it counts as a yes or a no.",
        )
        .default(FieldDefault::Text("fail")),
    ],
    outputs: &[
        NaturalOutput { name: "approved", help: "`true`." },
        NaturalOutput {
            name: "by",
            help: "who approved; null where nobody did in time and `on_timeout` is `approve`.",
        },
        NaturalOutput { name: "note", help: "what they wrote with it, or null." },
        NaturalOutput {
            name: "answer",
            help: "what was entered into the form, by name: `tasks.X.outputs.answer.amount`.",
        },
    ],
    lower,
};

const DOCS: &str = r#"
Use it before a step that a person should look at first: a deletion, a payment, a release.

```json
{
  "name": "ask",
  "kind": "approval",
  "timeout": "2d",
  "spec": {
    "message": "Load **${tasks.extract.outputs.rows} rows** into the warehouse?",
    "params": [
      { "name": "target", "type": "choice", "choices": ["test", "live"], "default": "test" },
      { "name": "ticket", "type": "string", "required": true, "description": "Who asked for it" }
    ],
    "on_timeout": "reject"
  }
}
```

The task is *waiting* until somebody answers: in the window's inbox or on its card, in the page that `millrace serve` shows, or by
`millrace approve RUN ask -p ticket=T-17` and `millrace approve RUN ask --reject --note "too many"`. Whoever should know is told where
the settings have a channel for it, or the workflow a hook on `waiting`. The first answer counts; a second one is refused and
told who was first.

It takes no place, no slot of a pool and no lock, and waits as long as it takes, or for its `timeout`. Answer, name and note are in
the history, and later tasks read what was entered: `${tasks.ask.outputs.answer.target}`. A default can be an expression over
parameters of the run. The values of a form are kept as they are: never ask for a secret.

**A no** makes the task Failed, so that a dependency on `failed` runs what is to happen then; nobody is asked a second time,
whatever `retry` says. With `"on_reject": "skip"` the task is Skipped, and what waits for it is left out. A retry of the run asks again.

```json
{ "name": "go", "kind": "approval", "spec": { "message": "Go on?", "on_reject": "skip" } }
```
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let message = reader.template("message");
    let params = reader.params("params");
    let skips = reader.text("on_reject").as_deref() == Some("skip");
    let on_timeout = match reader.text("on_timeout").as_deref() {
        Some("approve") => OnTimeout::Approve,
        Some("reject") => OnTimeout::Reject,
        _ => OnTimeout::Fail,
    };
    for param in &params {
        if let Some(problem) = unusable(param, on_timeout) {
            reader.fail("params", format!("{}: {problem}", param.name));
        }
    }
    let approval = message.map(|message| Approval { message, params, on_timeout, skips });
    reader.finish(approval.map(|approval| Action::Wait(Box::new(Wait::Approval(approval)))))
}

fn unusable(param: &Param, on_timeout: OnTimeout) -> Option<&'static str> {
    if param.kind == ParamKind::Secret {
        return Some("what is entered is kept in the history, so it cannot be a secret");
    }
    let blind = on_timeout == OnTimeout::Approve && param.required;
    blind.then_some("has to be entered, so `on_timeout` cannot be `approve`: give it a default")
}
