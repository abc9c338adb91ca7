//! `delay`: waits for a time.

use super::field::{Field, FieldShape};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind};
use crate::action::{Action, Delay, Wait, instant};
use crate::document::Json;
use crate::template::Template;
use crate::time::Span;

pub(super) static KIND: Kind = Kind {
    id: "delay",
    title: "Delay",
    category: Category::Control,
    icon: "timer",
    summary: "Waits for some time, or until an instant.",
    docs: DOCS,
    fields: &[
        Field::new(
            "duration",
            "For",
            FieldShape::Text { multiline: false, language: None },
            "How long it waits, counted from when its turn comes, such as `10m` or `1h30m`.",
        )
        .template()
        .placeholder("10m"),
        Field::new(
            "until",
            "Until",
            FieldShape::Text { multiline: false, language: None },
            "The instant until which it waits instead, such as `2026-11-23T06:00:00Z`. One that has passed is over at once.",
        )
        .template()
        .placeholder("${add_days(run.logical_time, 1)}"),
    ],
    outputs: &[],
    lower,
};

const DOCS: &str = r#"
Use it where something outside needs time: a service that starts, a limit on requests, files that come an hour after an order.

```json
{ "name": "let_it_settle", "kind": "delay", "spec": { "duration": "${params.pause}" } }
```

It waits in the state *waiting*, and says until when. It runs no process and takes no place, no slot of a pool and no lock, so that
any number of runs can wait at once. The instant at which it ends is recorded when it begins: a restart of Millrace and a machine
that sleeps do not make it longer. With `duration` a clock that is set back does not either; with `until` the clock on the wall is
what counts.

A cancel of the run ends it at once. `millrace mark RUN TASK succeeded` lets the run go on before the time is over. With a `timeout`
that is shorter than the wait, the task fails by that.

```json
{ "name": "till_night", "kind": "delay", "spec": { "until": "${params.not_before}" } }
```
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let (duration, until) = (reader.template("duration"), reader.template("until"));
    let both = [reader.given("duration").is_some(), reader.given("until").is_some()];
    if both == [true, true] {
        reader.fail(
            "until",
            "`duration` says already how long it waits; keep one of them".to_owned(),
        );
    } else if both == [false, false] {
        reader.fail("duration", "missing: write how long it waits, or `until` when".to_owned());
    }
    if let Some(text) = duration.as_ref().and_then(Template::as_literal)
        && let Err(error) = text.trim().parse::<Span>()
    {
        reader.fail("duration", error.to_string());
    }
    if let Some(text) = until.as_ref().and_then(Template::as_literal)
        && let Err(message) = instant(text)
    {
        reader.fail("until", message);
    }
    let delay = duration.map(Delay::For).or(until.map(Delay::Until));
    reader.finish(delay.map(|delay| Action::Wait(Box::new(Wait::Delay(delay)))))
}
