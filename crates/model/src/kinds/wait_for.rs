//! `wait_for`: waits for something outside.

use super::field::{Field, FieldDefault, FieldShape};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput};
use crate::action::{Action, Condition, Delay, Outside, StatusSet, Wait, host_and_port, instant};
use crate::document::Json;
use crate::produces;
use crate::template::Template;
use crate::time::Span;

/// The shortest time between two looks.
const LEAST_POLL: Span = Span::from_millis(100);
/// What one of them has to be.
const SUBJECTS: [&str; 4] = ["file", "url", "port", "time"];

pub(super) static KIND: Kind = Kind {
    id: "wait_for",
    title: "Wait for",
    category: Category::Control,
    icon: "eye",
    summary: "Waits for a file, an answer, a port or an instant.",
    docs: DOCS,
    fields: &[
        Field::new(
            "file",
            "File",
            FieldShape::Text { multiline: false, language: None },
            "The path of a file or folder that has to be there, or a pattern such as `in/*.csv`; relative to the task's working directory.",
        )
        .template()
        .placeholder("in/${params.day}.csv"),
        Field::new(
            "stable",
            "Unchanged for",
            FieldShape::Text { multiline: false, language: None },
            "What matches `file` must not have changed in size and time for so long.",
        )
        .placeholder("30s"),
        Field::new(
            "url",
            "Address",
            FieldShape::Text { multiline: false, language: None },
            "The address, `http://` or `https://`, that has to answer as `expect` says.",
        )
        .template()
        .placeholder("https://example.com/health"),
        Field::new(
            "expect",
            "Expected status",
            FieldShape::Text { multiline: false, language: None },
            "The statuses of `url` that count: numbers and ranges with commas between; 200-299 where it is left out.",
        )
        .placeholder("200-299"),
        Field::new(
            "port",
            "Port",
            FieldShape::Text { multiline: false, language: None },
            "The `host:port` at which somebody has to take connections.",
        )
        .template()
        .placeholder("localhost:5432"),
        Field::new(
            "time",
            "Instant",
            FieldShape::Text { multiline: false, language: None },
            "The instant until which it waits, such as `2026-11-23T06:00:00Z`.",
        )
        .template()
        .placeholder("${add_days(run.logical_time, 1)}"),
        Field::new(
            "poll",
            "Look every",
            FieldShape::Text { multiline: false, language: None },
            "The time between two looks, at least 100ms.",
        )
        .default(FieldDefault::Text("10s")),
        Field::new(
            "soft_fail",
            "Skip when it takes too long",
            FieldShape::Bool,
            "The end of the task's `timeout` makes it Skipped instead of Failed.",
        )
        .default(FieldDefault::Bool(false)),
    ],
    outputs: &[
        NaturalOutput { name: "files", help: "with `file`: the paths that match, at most 1,000." },
        NaturalOutput { name: "status", help: "with `url`: the status, such as 200." },
    ],
    lower,
};

const DOCS: &str = r#"
Use it where the next step needs something that others bring: a file, a service that comes up, a database that takes connections.

```json
{
  "name": "delivery",
  "kind": "wait_for",
  "timeout": "6h",
  "spec": { "file": "in/${params.day}/*.csv", "stable": "30s", "poll": "1m", "soft_fail": true }
}
```

It names one of `file`, `url`, `port` and `time`, and is *waiting* until that is there. It looks at once and then every `poll`.
Between the looks nothing runs: it takes no place, no slot of a pool and no lock. A restart of Millrace goes on looking, and the
task's `timeout` counts from the first look on.

* **`file`** needs one match of the pattern; a folder is as good as a file, and hidden names match only where the pattern names the dot. With
  `stable` nothing that matches may have changed for so long, so that a file that is still being written is left alone. Later tasks read
  `${tasks.delivery.outputs.files}`. A folder that must not be looked into makes the task an error.
* **`url`** is asked with `GET`, without a login. No answer, and one with another status, is not there yet; redirects are not followed. The
  output is `status`.
* **`port`** is there when a connection is taken; it is closed at once.
* **`time`** is the same as the `until` of a [delay](delay.md).

When the `timeout` of the task is over it has failed, and with `soft_fail` it is skipped, and what waits for it is left out. Without a
`timeout` it waits as long as it takes. `millrace mark RUN TASK succeeded` lets the run go on without it.

```json
{ "name": "up", "kind": "wait_for", "timeout": "5m", "spec": { "port": "localhost:5432", "poll": "1s" } }
```

```json
{ "name": "healthy", "kind": "wait_for", "spec": { "url": "https://example.com/health", "expect": "200" } }
```
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let given: Vec<&str> = SUBJECTS.into_iter().filter(|key| reader.given(key).is_some()).collect();
    match given.as_slice() {
        [] => {
            let message = "missing: write what it waits for: `file`, `url`, `port` or `time`";
            reader.fail("file", message.to_owned());
        }
        [_] => {}
        [first, second, ..] => {
            reader.fail(second, format!("it waits for `{first}` already; keep one of them"));
        }
    }
    for (key, subject) in [("stable", "file"), ("expect", "url")] {
        if reader.given(key).is_some() && reader.given(subject).is_none() {
            reader.fail(key, format!("has no effect without `{subject}`"));
        }
    }
    for key in ["poll", "soft_fail"] {
        if reader.given("time").is_some() && reader.given(key).is_some() {
            reader.fail(key, "has no effect with `time`: nothing is looked for".to_owned());
        }
    }
    let poll = span(&mut reader, "poll").unwrap_or(LEAST_POLL);
    if poll < LEAST_POLL {
        reader.fail("poll", format!("{poll} is shorter than {LEAST_POLL}, the shortest"));
    }
    let stable = span(&mut reader, "stable").unwrap_or(Span::ZERO);
    let expect = reader.text("expect").unwrap_or_else(|| "200-299".to_owned());
    let expect = StatusSet::parse(&expect).map_err(|message| reader.fail("expect", message)).ok();
    let soft_fail = reader.bool("soft_fail");
    let file = checked(&mut reader, "file", produces::check);
    let url = reader.template("url");
    let port = checked(&mut reader, "port", |text| host_and_port(text).map(drop));
    let time = checked(&mut reader, "time", |text| instant(text).map(drop));
    let outside = match (file, url, port, expect) {
        (Some(pattern), ..) => Some(Outside::File { pattern, stable }),
        (_, Some(url), _, Some(expect)) => Some(Outside::answer(url, expect)),
        (_, _, Some(port), _) => Some(Outside::Port(port)),
        _ => None,
    };
    let wait = match (outside, time) {
        (Some(what), _) => Some(Wait::Condition(Condition { what, poll, soft_fail })),
        (None, Some(time)) => Some(Wait::Delay(Delay::Until(time))),
        (None, None) => None,
    };
    reader.finish(wait.map(|wait| Action::Wait(Box::new(wait))))
}

/// A template; one without values is checked at once.
fn checked(
    reader: &mut Reader<'_>,
    key: &str,
    check: impl Fn(&str) -> Result<(), String>,
) -> Option<Template> {
    let template = reader.template(key)?;
    if let Some(Err(message)) = template.as_literal().map(check) {
        reader.fail(key, message);
    }
    Some(template)
}

fn span(reader: &mut Reader<'_>, key: &str) -> Option<Span> {
    let text = reader.text(key)?;
    text.parse::<Span>().map_err(|error| reader.fail(key, error.to_string())).ok()
}
