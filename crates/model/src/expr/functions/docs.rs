//! The page `docs/expressions.md`, from the table of functions and the names of a scope.

use std::fmt::Write as _;

use super::{FUNCTIONS, Group};
use crate::expr::limits::{MAX_DEPTH, MAX_LEN, MAX_RESULT, MAX_WORK};
use crate::expr::scope::ROOTS;
use crate::template::MAX_EXPRESSIONS;

const HEAD: &str = r#"<!-- Generated from crates/model/src/expr by UPDATE_DOCS=1 cargo test -p millrace-model docs -->
# Expressions

Conditions (`when`, `until`), lists of items (`items`) and the `${ … }` in templates are expressions of
[CEL](https://cel.dev), the Common Expression Language: typed, without loops that may not end, without files, network
or clock. The same values always give the same result.

```text
tasks.extract.outputs.rows > 0 && run.trigger == "schedule"
sales-${date(run.logical_time)}.csv
${has(tasks.extract.outputs.file) ? tasks.extract.outputs.file : "none"}
```

## Names
"#;

const MIDDLE: &str = r#"
`run.logical_time` is a timestamp: the scheduled instant, or the start of a manual run. `run.id` and `run.trigger` are
texts, `run.try` is a whole number from 1. `tasks.NAME.state` is one of `pending`, `queued`, `running`, `waiting`,
`up_for_retry`, `succeeded`, `failed`, `error`, `skipped`, `upstream_failed`, `canceled`.

An output that is missing is an error, unless it is guarded: `has(tasks.a.outputs.rows)`, or
`tasks.a.outputs.?rows.orValue(0)`.

## Values as text

In a template with other text around it, and in environment variables, a value becomes text:

| value | text |
|---|---|
| text | itself |
| whole number | `42` |
| other number | the shortest that reads back as the same: `1.5`, `3.0` |
| truth value | `true`, `false` |
| null | nothing |
| list, map | JSON on one line: `[1,"a"]` |
| timestamp | RFC 3339: `2026-11-23T06:00:00Z` |
| duration | seconds: `90s` |

A template that is nothing but one expression keeps its type. `$${` stands for the two characters `${`. What an
expression gives is never looked at again: a value with `${`, a quote or `; rm -rf` in it is text.

## Operators

`+ - * / %`, `== != < <= > >=`, `&& || !`, `condition ? a : b`, `x in list`, `list[0]`, `map["key"]`, `map.key`.
Whole numbers and numbers with a fraction compare with each other, but do not mix in arithmetic: `double(3) * 1.5`.
Text literals stand in `"` or `'`; `r"\d"` takes backslashes as they are.
"#;

/// The page `docs/expressions.md`: Markdown.
#[must_use]
pub fn functions_page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n| name | what it is |\n|---|---|\n");
    for (name, what) in ROOTS {
        _ = writeln!(page, "| `{name}` | {what} |");
    }
    page.push_str(MIDDLE);
    page.push_str("\n## Functions\n\nThe first argument can also stand before a dot: `trim(text)` is `text.trim()`.\n");
    for group in Group::ALL {
        _ = write!(page, "\n### {}\n\n| call | gives | example |\n|---|---|---|\n", group.title());
        for function in FUNCTIONS.iter().filter(|function| function.group == group) {
            let calls: Vec<String> =
                function.signatures.iter().map(|call| format!("`{}`", cell(call))).collect();
            let (example, value) = function.example;
            _ = writeln!(
                page,
                "| {} | {} | `{}` → `{}` |",
                calls.join("<br>"),
                cell(function.summary),
                cell(example),
                cell(value)
            );
        }
    }
    _ = write!(
        page,
        "\n## Limits\n\nAn expression has at most {MAX_LEN} bytes and {MAX_DEPTH} levels. One evaluation takes at most {} million steps (about one for each\noperation, element or 64 bytes of text; a regular expression takes as many as it is large, times the text) and gives at most\n{} MiB. A text has at most {MAX_EXPRESSIONS} expressions in `${{ … }}`, which share one such budget. What needs more belongs into a task.\n",
        MAX_WORK / 1_000_000,
        MAX_RESULT / (1024 * 1024)
    );
    page
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

impl Group {
    /// All groups, in the order of the docs.
    pub const ALL: [Self; 9] = [
        Self::Cel,
        Self::Macros,
        Self::Dates,
        Self::Paths,
        Self::Texts,
        Self::Regexes,
        Self::Encodings,
        Self::Lists,
        Self::Numbers,
    ];

    /// The heading in the docs.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Macros => "Over lists and maps",
            Self::Cel => "Values",
            Self::Dates => "Dates and times",
            Self::Paths => "Paths",
            Self::Texts => "Texts",
            Self::Regexes => "Regular expressions",
            Self::Encodings => "JSON, hashes, encodings",
            Self::Lists => "Lists",
            Self::Numbers => "Numbers",
        }
    }
}
