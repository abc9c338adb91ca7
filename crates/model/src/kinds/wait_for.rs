//! `wait_for`: waits for something outside.

use super::field::{Field, FieldDefault, FieldShape, PathPick};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput, sql};
use crate::action::{Action, Condition, Delay, Outside, StatusSet, Wait, host_and_port, instant};
use crate::connection::ConnectionKind;
use crate::document::Json;
use crate::produces;
use crate::template::Template;
use crate::time::Span;

/// The shortest time between two looks.
const LEAST_POLL: Span = Span::from_millis(100);
/// What one of them has to be.
const SUBJECTS: [&str; 5] = ["file", "url", "port", "query", "time"];

pub(super) static KIND: Kind = Kind {
    id: "wait_for",
    title: "Wait for",
    category: Category::Control,
    icon: "eye",
    summary: "Waits for a file, an answer, a port, a row of a database or an instant.",
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
            "query",
            "Query",
            FieldShape::Text { multiline: true, language: Some("sql") },
            "One statement that only reads, whose answer has to be true. `:name` stands for the value of that name in `params`. No template.",
        )
        .placeholder("select count(*) from deliveries where day = :day"),
        Field::new(
            "connection",
            "Connection",
            FieldShape::Connection { kinds: &[ConnectionKind::Postgres, ConnectionKind::Sqlite] },
            "The connection of the settings that leads to the database of `query`.",
        )
        .template(),
        Field::new(
            "database",
            "SQLite file",
            FieldShape::Path { pick: PathPick::File },
            "In place of a connection: an SQLite file, relative to the task's working directory.",
        )
        .template()
        .placeholder("sales.db"),
        Field::new(
            "params",
            "Values",
            FieldShape::KeyValue,
            "Values by the names that `query` has for them: expressions. They are bound and never become a part of the statement.",
        )
        .expression()
        .placeholder("params.day"),
        Field::new(
            "until",
            "Until",
            FieldShape::Text { multiline: false, language: None },
            "An expression over what `query` gives that has to be true. Without it, the first value of the first row has to be.",
        )
        .own_outputs()
        .placeholder("outputs.count >= 3"),
        Field::new(
            "on_error",
            "When it cannot be reached",
            FieldShape::Choice { choices: &["wait", "fail"], open: false },
            "What it means that the service of `url` or the database of `query` cannot be reached: `wait` on, or `fail` as an error.",
        )
        .default(FieldDefault::Text("wait"))
        .advanced(),
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
        NaturalOutput { name: "rows", help: "with `query`: the first 1,000 rows, an object each." },
        NaturalOutput { name: "count", help: "with `query`: how many rows there are." },
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

It names one of `file`, `url`, `port`, `query` and `time`, and is *waiting* until that is there. It looks at once and then every `poll`.
Between the looks nothing runs: it takes no place, no slot of a pool and no lock. A restart of Millrace goes on looking, and the
task's `timeout` counts from the first look on.

* **`file`** needs one match of the pattern; a folder is as good as a file, and hidden names match only where the pattern names the dot. With
  `stable` nothing that matches may have changed for so long, so that a file that is still being written is left alone. Later tasks read
  `${tasks.delivery.outputs.files}`. A folder that must not be looked into makes the task an error.
* **`url`** is asked with `GET`, without a login. No answer, and one with another status, is not there yet; redirects are not followed. The
  output is `status`.
* **`port`** is there when a connection is taken; it is closed at once.
* **`query`** asks the database of a `connection` of the settings, or the SQLite file `database`, in a transaction that only reads. It is there
  when the first value of the first row is true: not null, not false, not 0, not an empty text. With `until` that expression decides,
  over `outputs.rows`, `outputs.count` and `outputs.columns`, which are also what later tasks read. What the database refuses, such as a table that it does not have, is an error at once.
* **`time`** is the same as the `until` of a [delay](delay.md).

A service or database that cannot be reached is not there yet. With `on_error: "fail"` the task is an error then. What the last look found is
in the sentence that says why the task waits, and in its notes when the time is over.

When the `timeout` of the task is over it has failed, and with `soft_fail` it is skipped, and what waits for it is left out. Without a
`timeout` it waits as long as it takes. `millrace mark RUN TASK succeeded` lets the run go on without it.

```json
{ "name": "up", "kind": "wait_for", "timeout": "5m", "spec": { "port": "localhost:5432", "poll": "1s" } }
```

```json
{
  "name": "loaded",
  "kind": "wait_for",
  "timeout": "2h",
  "spec": {
    "connection": "warehouse",
    "query": "select count(*) from loads where day = :day and state = 'done'",
    "params": { "day": "params.day" },
    "poll": "1m"
  }
}
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
            let message =
                "missing: write what it waits for: `file`, `url`, `port`, `query` or `time`";
            reader.fail("file", message.to_owned());
        }
        [_] => {}
        [first, second, ..] => {
            reader.fail(second, format!("it waits for `{first}` already; keep one of them"));
        }
    }
    for (key, subject) in [
        ("stable", "file"),
        ("expect", "url"),
        ("connection", "query"),
        ("database", "query"),
        ("params", "query"),
        ("until", "query"),
    ] {
        if reader.given(key).is_some() && reader.given(subject).is_none() {
            reader.fail(key, format!("has no effect without `{subject}`"));
        }
    }
    let is_asked = reader.given("url").is_some() || reader.given("query").is_some();
    if reader.given("on_error").is_some() && !is_asked {
        reader.fail("on_error", "has no effect without `url` or `query`".to_owned());
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
    let fail_unreachable = reader.text("on_error").is_some_and(|word| word == "fail");
    let file = checked(&mut reader, "file", produces::check);
    let url = reader.template("url");
    let port = checked(&mut reader, "port", |text| host_and_port(text).map(drop));
    let time = checked(&mut reader, "time", |text| instant(text).map(drop));
    let rows = rows(&mut reader);
    let outside = match (file, url, port, rows, expect) {
        (Some(pattern), ..) => Some(Outside::File { pattern, stable }),
        (_, Some(url), _, _, Some(expect)) => Some(Outside::answer(url, expect)),
        (_, _, Some(port), ..) => Some(Outside::Port(port)),
        (_, _, _, Some(rows), _) => Some(rows),
        _ => None,
    };
    let wait = match (outside, time) {
        (Some(what), _) => {
            Some(Wait::Condition(Condition { what, poll, soft_fail, fail_unreachable }))
        }
        (None, Some(time)) => Some(Wait::Delay(Delay::Until(time))),
        (None, None) => None,
    };
    reader.finish(wait.map(|wait| Action::Wait(Box::new(wait))))
}

/// What a database has to say.
fn rows(reader: &mut Reader<'_>) -> Option<Outside> {
    let database = sql::database(reader, reader.given("query").is_some());
    let params = sql::params(reader);
    let until = reader.expression("until");
    let query = reader.text("query")?;
    if query.trim().is_empty() {
        reader.fail("query", "empty: write a statement".to_owned());
    }
    Some(Outside::rows(database?, query, params, until))
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
