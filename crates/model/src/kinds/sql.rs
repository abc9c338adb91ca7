//! `sql`: asks a database, or changes what is in it.

use super::field::{Field, FieldDefault, FieldShape, PathPick};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput};
use crate::action::{Action, Database, RowFormat, SqlAction, SqlSource, no_row_format};
use crate::connection::ConnectionKind;
use crate::document::Json;
use crate::expr::Expr;
use crate::ident::is_variable;

/// How many rows are outputs where a spec does not say.
const DEFAULT_MAX_ROWS: i64 = 1_000;

pub(super) static KIND: Kind = Kind {
    id: "sql",
    title: "SQL",
    category: Category::Data,
    icon: "database",
    summary: "Asks a database, or changes what is in it.",
    docs: DOCS,
    fields: &[
        Field::new(
            "connection",
            "Connection",
            FieldShape::Connection { kinds: &[ConnectionKind::Postgres, ConnectionKind::Sqlite] },
            "The connection of the settings that leads to the database.",
        )
        .template(),
        Field::new(
            "database",
            "SQLite file",
            FieldShape::Path { pick: PathPick::File },
            "In place of a connection: an SQLite file, relative to the task's working directory. It is made where it is not there.",
        )
        .template()
        .placeholder("sales.db"),
        Field::new(
            "query",
            "Query",
            FieldShape::Text { multiline: true, language: Some("sql") },
            "One statement. `:name` stands for the value of that name in `params`. No template.",
        )
        .placeholder("select * from sales where day = :day"),
        Field::new(
            "params",
            "Values",
            FieldShape::KeyValue,
            "Values by the names that the query has for them: expressions. They are bound and never become a part of the statement.",
        )
        .expression()
        .placeholder("params.day"),
        Field::new(
            "script",
            "Script",
            FieldShape::Text { multiline: true, language: Some("sql") },
            "In place of a query: any number of statements, without values. No template.",
        )
        .advanced(),
        Field::new(
            "file",
            "Script file",
            FieldShape::Path { pick: PathPick::File },
            "In place of a query: a file with statements, relative to the task's working directory.",
        )
        .template()
        .placeholder("load.sql")
        .advanced(),
        Field::new(
            "assert",
            "Must be true",
            FieldShape::Text { multiline: false, language: None },
            "An expression over what the query gives. Where it is false the task is Failed, and nothing is changed.",
        )
        .own_outputs()
        .placeholder("outputs.count > 0"),
        Field::new(
            "save_to",
            "Save rows to",
            FieldShape::Text { multiline: false, language: None },
            "A file for all rows, relative to the task's working directory: `.csv` or `.jsonl`.",
        )
        .template()
        .placeholder("out/sales.csv"),
        Field::new(
            "max_rows",
            "Rows as outputs",
            FieldShape::Int { min: 0, max: 100_000 },
            "So many rows are outputs; 1000 where it is left out.",
        )
        .placeholder("1000")
        .advanced(),
        Field::new(
            "read_only",
            "Only read",
            FieldShape::Bool,
            "The database refuses every change. What was under way when Millrace was killed can then be asked again.",
        )
        .default(FieldDefault::Bool(false))
        .advanced(),
    ],
    outputs: &[
        NaturalOutput { name: "rows", help: "the first rows, an object each: values by columns." },
        NaturalOutput { name: "count", help: "how many rows there are, beyond those in `rows` too." },
        NaturalOutput { name: "columns", help: "the names of the columns, in order." },
        NaturalOutput {
            name: "affected",
            help: "how many rows were changed; null where the database does not say.",
        },
        NaturalOutput { name: "file", help: "the path of the file with all rows; null without `save_to`." },
    ],
    lower,
};

const DOCS: &str = r#"
Use it to ask a database and hand on what it says, or to change what is in it.

```json
{
  "name": "sales",
  "kind": "sql",
  "spec": {
    "connection": "warehouse",
    "query": "select region, sum(amount) as total from sales where day = :day group by region",
    "params": { "day": "params.day" },
    "assert": "outputs.count > 0",
    "save_to": "out/sales.csv"
  }
}
```

Later tasks read `${tasks.sales.outputs.count}` and `${tasks.sales.outputs.rows[0].total}`. An SQLite file needs no connection:

```json
{
  "name": "keep",
  "kind": "sql",
  "spec": {
    "database": "history.db",
    "script": "create table if not exists runs (id text primary key, at text);\ninsert or ignore into runs values (hex(randomblob(8)), datetime('now'));"
  }
}
```

**Where.** A [connection](../connections.md) of the settings leads to a PostgreSQL database or an SQLite file; its password is a
stored secret. So the same document runs on a machine with another database of that name.

**What.** Exactly one of `query`, `script` and `file`. A query is one statement, and gives rows. Values come in by name only: `:day` in
the query is the value of `day` in `params`, whatever is in it, quotes and semicolons too. A name that is not given, and a value that no name asks for, is an
error. PostgreSQL is told values as texts, of the type that it expects there; a list becomes an array. SQLite gets lists and objects as JSON.

**All or nothing.** The task is one transaction: it is committed at the end, and rolled back where anything fails, where `assert` is
false, at a time-out and at a cancel. (A script that ends the transaction itself, with `commit`, takes that into its own hands.)

**How it ends.** What the database refuses is an *Error*, with its words. A false `assert` is *Failed*. Where the connection breaks before
the end the attempt is *lost*: the database has rolled back. Where it breaks while it is committed nobody can know whether it was: it is an Error,
*unknown*, and is tried again only where `on` of `retry` has `unknown`. That also holds for one that was under way when Millrace
was killed, unless it has `read_only`.

**Rows.** Numbers, texts, truth and null are what they are. Dates, times, UUIDs and numbers of any length (`numeric`) are texts, bytes are Base64, JSON is
JSON, arrays are lists. What has another type is cast in the query: `(x)::text`. A column's name that stands twice gets `_2`.
`rows` holds what fits into outputs (896 KiB); with `save_to` all rows are in a file, which is put in its place when the database has
committed.

**Limits.** A server that does not answer is given up after 10 seconds, a locked SQLite file after 15; the whole has the task's `timeout`.
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let database = database(&mut reader, true);
    let source = source(&mut reader);
    let params = params(&mut reader);
    if !params.is_empty() && reader.given("query").is_none() {
        reader.fail("params", "only a `query` takes values".to_owned());
    }
    let save_to = reader.template("save_to");
    if let Some(Json::String(path)) = reader.given("save_to")
        && !path.ends_with('}')
        && RowFormat::of_name(path).is_none()
    {
        reader.fail("save_to", no_row_format(path));
    }
    let assert = reader.expression("assert");
    let max_rows = reader.int("max_rows").unwrap_or(DEFAULT_MAX_ROWS);
    let read_only = reader.bool("read_only");
    let action = match (database, source) {
        (Some(database), Some(source)) => Some(Action::Sql(Box::new(SqlAction {
            database,
            source,
            params,
            read_only,
            max_rows: u64::try_from(max_rows).unwrap_or_default(),
            save_to,
            assert,
        }))),
        _ => None,
    };
    reader.finish(action)
}

/// Which database: of a connection, or a file.
pub(super) fn database(reader: &mut Reader<'_>, is_required: bool) -> Option<Database> {
    match (reader.template("connection"), reader.template("database")) {
        (Some(_), Some(_)) => {
            let message = "`connection` leads to a database already; leave one out";
            reader.fail("database", message.to_owned());
            None
        }
        (Some(connection), None) => Some(Database::Connection(connection)),
        (None, Some(file)) => Some(Database::File(file)),
        (None, None) => {
            let is_missing =
                ["connection", "database"].iter().all(|key| reader.given(key).is_none());
            if is_required && is_missing {
                let message = "missing: a connection, or an SQLite file in `database`";
                reader.fail("connection", message.to_owned());
            }
            None
        }
    }
}

/// Values by names that can stand in a query.
pub(super) fn params(reader: &mut Reader<'_>) -> Vec<(String, Expr)> {
    let params = reader.named_expressions("params");
    for (name, _) in &params {
        if !is_variable(name) {
            let message = format!(
                "`{}` cannot stand in a query as a name; use letters, digits and _",
                name.escape_debug()
            );
            reader.fail("params", message);
        }
    }
    params
}

fn source(reader: &mut Reader<'_>) -> Option<SqlSource> {
    let keys = ["query", "script", "file"];
    let given: Vec<&str> = keys.into_iter().filter(|key| reader.given(key).is_some()).collect();
    match given.as_slice() {
        [] => reader.fail("query", "missing: one of `query`, `script` and `file`".to_owned()),
        [_] => {}
        [first, second, ..] => {
            reader.fail(second, format!("`{first}` is there already; leave one out"));
        }
    }
    for key in ["query", "script"] {
        if reader.given(key).and_then(Json::as_str).is_some_and(|text| text.trim().is_empty()) {
            reader.fail(key, "empty: write a statement".to_owned());
        }
    }
    let (query, script) = (reader.text("query"), reader.text("script"));
    let file = reader.template("file");
    let query = query.map(SqlSource::Query);
    query.or(script.map(SqlSource::Script)).or(file.map(SqlSource::File))
}
