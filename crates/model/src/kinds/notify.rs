//! `notify`: tells people something, on the desktop or by the channels of the settings.

use super::field::{Field, FieldShape};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput};
use crate::action::{Action, NotifyAction};
use crate::document::Json;

pub(super) static KIND: Kind = Kind {
    id: "notify",
    title: "Notification",
    category: Category::Network,
    icon: "bell",
    summary: "Tells people something, on the desktop or in a chat.",
    docs: DOCS,
    fields: &[
        Field::new(
            "text",
            "Text",
            FieldShape::Text { multiline: true, language: None },
            "What is told.",
        )
        .required()
        .template()
        .placeholder("${tasks.load.outputs.rows} rows for ${params.day}"),
        Field::new(
            "title",
            "Title",
            FieldShape::Text { multiline: false, language: None },
            "The line above it; the workflow's title where it is left out.",
        )
        .template(),
        Field::new(
            "channels",
            "Channels",
            FieldShape::TextList,
            "The channels of the settings that it goes through, `desktop` among them; those by which failures are told where it is left out.",
        )
        .placeholder("desktop"),
    ],
    outputs: &[
        NaturalOutput { name: "delivered", help: "the names of the channels that took it." },
        NaturalOutput { name: "failed", help: "why the others did not, by their names." },
    ],
    lower,
};

const DOCS: &str = r#"
Use it to tell people something at a point of the run, with values of the tasks before it. (That a run failed is told
[without a task](../notify.md).)

```json
{
  "name": "tell",
  "kind": "notify",
  "spec": { "text": "${tasks.load.outputs.rows} rows were loaded for ${params.day}." }
}
```

```json
{
  "name": "ask_team",
  "kind": "notify",
  "spec": {
    "title": "No sales",
    "text": "There are no sales for ${params.day}. Is the export late?",
    "channels": ["desktop", "team"]
  }
}
```

**Channels** are those of [`config.toml`](../notify.md): `desktop`, mail and webhooks. It goes at once, by itself: it is not gathered with others and not
counted in `per_hour`.

**How it ends.** It has succeeded when at least one channel took it; the log has those that did not, with the reason. Where none did
it is an *Error*. One that was under way when Millrace was killed is *unknown*: it may have been told.
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let text = reader.template("text");
    let title = reader.template("title");
    let channels = reader.texts("channels");
    if channels.iter().any(String::is_empty) {
        reader.fail("channels", "the name of a channel is empty".to_owned());
    }
    let action = text.map(|text| Action::Notify(Box::new(NotifyAction { text, title, channels })));
    reader.finish(action)
}
