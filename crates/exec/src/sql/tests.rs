//! Databases of the test's own: SQLite files, and a PostgreSQL server where this machine has one.

pub(crate) mod server;

use std::fs;
use std::sync::mpsc::channel;
use std::time::Duration;

use millrace_keeper::log::LogLimits;
use millrace_keeper::mask::MaskSet;
use millrace_model::action::{Action, ResolvedDatabase};
use millrace_model::connection::PostgresTls;
use millrace_model::document::{Json, Task};
use millrace_model::event::{AttemptEnd, Outcome};
use millrace_model::ident::Ident;
use serde_json::json;
use tokio::sync::oneshot;

use super::*;
use crate::deed::{Deed, carry_out as do_it};
use server::{Proxy, Server};

const EVIL: &str = "x'); drop table t; --";

fn deed(folder: &Path, spec: &Value, target: Option<Target>) -> Deed {
    let mut task = Task::new(Ident::new("ask").unwrap(), "sql");
    task.spec = Json::from_value(spec);
    let action = Action::for_task(&task).unwrap_or_else(|problems| panic!("{spec}: {problems:?}"));
    let is_repeatable = action.is_repeatable();
    let Action::Sql(action) = action else { panic!("no query: {spec}") };
    let scope = Scope::default();
    let resolved = action.resolve(&scope).unwrap();
    let database = target.unwrap_or_else(|| match resolved.database {
        ResolvedDatabase::File(path) => {
            let path = folder.join(path).display().to_string();
            Target::Sqlite { database: SqliteDatabase { path, read_only: false }, may_make: true }
        }
        ResolvedDatabase::Connection(name) => panic!("no connection: {name}"),
    });
    let work = Work {
        database,
        file: resolved.file.map(|path| folder.join(path)),
        params: resolved.params,
        save_to: resolved.save_to.map(|(path, format)| (folder.join(path), format)),
        action: *action,
        scope,
    };
    Deed {
        work: crate::deed::Work::Sql(Box::new(work)),
        is_repeatable,
        limit: Some(Duration::from_secs(60)),
        masks: MaskSet::new([]),
        log: (folder.join("log"), LogLimits::default()),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn run_deed(deed: Deed) -> AttemptEnd {
    let (_stop, stopped) = oneshot::channel();
    runtime().block_on(do_it(deed, stopped))
}

fn given(end: AttemptEnd) -> Value {
    assert_eq!(end.outcome, Outcome::Succeeded);
    Value::Object(end.outputs)
}

fn message(end: &AttemptEnd) -> String {
    match &end.outcome {
        Outcome::Error { message } => message.clone(),
        other => panic!("{other:?}"),
    }
}

/// A folder with a database in it, which is asked one thing after the other.
struct Lite(tempfile::TempDir);

impl Lite {
    fn new() -> Self {
        let lite = Self(tempfile::tempdir().unwrap());
        lite.ask(&json!({ "script": "create table t (id integer primary key, name text unique); insert into t values (1, 'one'), (2, 'two');" }));
        lite
    }

    fn end(&self, spec: &Value) -> AttemptEnd {
        let mut spec = spec.clone();
        spec["database"] = json!("sales.db");
        run_deed(deed(self.0.path(), &spec, None))
    }

    fn ask(&self, spec: &Value) -> Value {
        given(self.end(spec))
    }

    fn count(&self) -> Value {
        self.ask(&json!({ "query": "select count(*) as n from t" }))["rows"][0]["n"].clone()
    }
}

#[test]
fn rows_of_sqlite_are_outputs_and_values_are_bound() {
    let lite = Lite::new();
    let spec = json!({
        "query": "insert into t (name) values (:name) returning id, name, 1.5 as r, x'ff00' as b, null as n",
        "params": { "name": format!("\"{EVIL}\"") },
    });
    let outputs = lite.ask(&spec);
    assert_eq!(
        outputs["rows"],
        json!([{ "id": 3, "name": EVIL, "r": 1.5, "b": "/wA=", "n": null }])
    );
    assert_eq!((&outputs["affected"], &outputs["count"]), (&json!(1), &json!(1)));
    let spec = json!({
        "query": "select name from t where name = :n or id = @id order by id",
        "params": { "n": format!("\"{EVIL}\""), "id": "1" }, "save_to": "out/t.csv", "max_rows": 1,
    });
    let outputs = lite.ask(&spec);
    assert_eq!((&outputs["rows"], &outputs["count"]), (&json!([{ "name": "one" }]), &json!(2)));
    let file = std::fs::read_to_string(outputs["file"].as_str().unwrap()).unwrap();
    assert_eq!(file, format!("name\r\none\r\n{EVIL}\r\n"));
    assert_eq!(lite.count(), json!(3));
}

#[test]
fn nothing_is_kept_of_what_fails() {
    let lite = Lite::new();
    let twice =
        json!({ "script": "insert into t values (7, 'new'); insert into t values (8, 'one');" });
    assert!(message(&lite.end(&twice)).contains("UNIQUE constraint failed: t.name"));
    assert_eq!(lite.count(), json!(2));
    let refused = lite.end(&json!({
        "query": "delete from t where id > 0", "assert": "outputs.affected == 1", "save_to": "x.csv",
    }));
    let Outcome::Refused { message } = &refused.outcome else { panic!("{refused:?}") };
    assert_eq!(message, "`outputs.affected == 1` is false (rows: 0); nothing was changed");
    assert_eq!(lite.count(), json!(2));
    assert!(!lite.0.path().join("x.csv").exists());
    let good = lite
        .ask(&json!({ "query": "delete from t where id = 1", "assert": "outputs.affected == 1" }));
    assert_eq!((&good["affected"], lite.count()), (&json!(1), json!(1)));
}

#[test]
fn what_cannot_be_asked_says_why() {
    let lite = Lite::new();
    for (spec, why) in [
        (json!({ "query": "select :a" }), "asks for `:a`, which has no value"),
        (json!({ "query": "select 1", "params": { "a": "1" } }), "no `:a` is in the query"),
        (json!({ "query": "select ?" }), "`?` has no name"),
        (json!({ "query": "select 1; select 2" }), "more than one statement"),
        (json!({ "query": "-- nothing" }), "no statement"),
        (json!({ "query": "select nowhere" }), "no such column: nowhere"),
        (json!({ "query": "insert into t values (9, 'x')", "read_only": true }), "readonly"),
        (json!({ "file": "gone.sql" }), "cannot read"),
        (json!({ "query": "select 1", "assert": "outputs.count" }), "neither true nor false"),
    ] {
        let message = message(&lite.end(&spec));
        assert!(message.contains(why), "{spec}: {message}");
    }
    std::fs::write(lite.0.path().join("more.sql"), "insert into t values (9, 'nine');").unwrap();
    lite.ask(&json!({ "file": "more.sql" }));
    assert_eq!(lite.count(), json!(3));
}

const ENDLESS: &str =
    "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c";

#[test]
fn a_time_out_and_a_cancel_interrupt_sqlite() {
    let lite = Lite::new();
    let spec = json!({ "query": ENDLESS, "database": "sales.db" });
    let mut late = deed(lite.0.path(), &spec, None);
    late.limit = Some(Duration::from_millis(50));
    assert_eq!(run_deed(late).outcome, Outcome::TimedOut);
    let (stop, stopped) = oneshot::channel();
    stop.send(()).unwrap();
    let end = runtime().block_on(do_it(deed(lite.0.path(), &spec, None), stopped));
    assert_eq!(end.outcome, Outcome::Canceled);
}

/// Asks the server, directly or through a proxy.
fn pg(folder: &Path, server: &Server, port: u16, spec: &Value) -> Deed {
    let mut spec = spec.clone();
    spec["connection"] = json!("warehouse");
    let target = Target::Postgres { database: server.database(port), password: None };
    deed(folder, &spec, Some(target))
}

#[test]
fn postgres_asks_answers_rolls_back_and_is_cancelled() {
    let Some(server) = Server::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let end = |spec: &Value| run_deed(pg(folder.path(), &server, server.port, spec));
    let ask = |spec: &Value| given(end(spec));
    ask(
        &json!({ "script": "create table t (id int primary key, name text); create type mood as enum ('sad', 'ok');" }),
    );

    let outputs = ask(&json!({
        "query": "insert into t values (:id, :name), (2, null) returning *",
        "params": { "id": "1", "name": format!("\"{EVIL}\"") },
    }));
    assert_eq!(outputs["rows"], json!([{ "id": 1, "name": EVIL }, { "id": 2, "name": null }]));
    let outputs = ask(&json!({ "query": "update t set name = 'x' where id = 2" }));
    assert_eq!((&outputs["affected"], &outputs["columns"]), (&json!(1), &json!([])));

    let outputs = ask(&json!({
        "query": "select true as b, 7::smallint as s, 8::bigint as l, 1.5::float8 as f, 'NaN'::float8 as nan, \
            -12345678.90100::numeric as n, 0.0001::numeric as small, 20000::numeric as round, 'NaN'::numeric as no, \
            date '2026-11-30' as d, time '01:02:03.5' as t, timestamp '2026-11-30 01:02:03' as ts, \
            timestamptz '2026-11-30 01:02:03+01' as tz, '550e8400-e29b-41d4-a716-446655440000'::uuid as u, \
            '{\"a\": [1]}'::jsonb as j, '\\xff00'::bytea as y, array[[1, 2], [3, null]] as arr, array['a,b', null] as texts, \
            'ok'::mood as m, null::int as nothing, 1 as b",
    }));
    assert_eq!(
        outputs["rows"][0],
        json!({
            "b": true, "s": 7, "l": 8, "f": 1.5, "nan": "NaN", "n": "-12345678.90100", "small": "0.0001",
            "round": "20000", "no": "NaN", "d": "2026-11-30", "t": "01:02:03.5", "ts": "2026-11-30T01:02:03",
            "tz": "2026-11-30T00:02:03Z", "u": "550e8400-e29b-41d4-a716-446655440000", "j": { "a": [1] },
            "y": "/wA=", "arr": [[1, 2], [3, null]], "texts": ["a,b", null], "m": "ok", "nothing": null, "b_2": 1,
        })
    );
    let outputs = ask(&json!({
        "query": "select :n::numeric + 1 as n, :d::date as d, :list::int[] as list, :texts::text[] as texts, :o::jsonb as o, :t::bool as t",
        "params": {
            "n": "1.5", "d": "'2026-11-30'", "list": "[1, 2]", "texts": "['a\"b', 'c,d', 'NULL']", "o": "{'k': [1]}", "t": "true",
        },
    }));
    assert_eq!(
        outputs["rows"][0],
        json!({ "n": "2.5", "d": "2026-11-30", "list": [1, 2], "texts": ["a\"b", "c,d", "NULL"], "o": { "k": [1] }, "t": true })
    );

    for (spec, why) in [
        (
            json!({ "query": "select nothing" }),
            "column \"nothing\" does not exist (42703); at character 8",
        ),
        (json!({ "query": "select 1; select 2" }), "multiple commands"),
        (json!({ "query": "select '(1,2)'::point as p" }), "cast it in the query: (p)::text"),
        (json!({ "query": "delete from t", "read_only": true }), "read-only transaction"),
        (
            json!({ "script": "insert into t values (9, 'x'); insert into t values (9, 'x')" }),
            "duplicate key",
        ),
        (json!({ "query": "select :x", "params": { "x": "1", "y": "2" } }), "no `:y`"),
    ] {
        let message = message(&end(&spec));
        assert!(message.contains(why), "{spec}: {message}");
    }
    let refused = end(&json!({ "query": "delete from t", "assert": "outputs.affected == 7" }));
    assert!(matches!(refused.outcome, Outcome::Refused { .. }), "{refused:?}");
    let count = || ask(&json!({ "query": "select count(*) as n from t" }))["rows"][0]["n"].clone();
    assert_eq!(count(), json!(2));

    let mut late =
        pg(folder.path(), &server, server.port, &json!({ "query": "select pg_sleep(600)" }));
    late.limit = Some(Duration::from_millis(300));
    assert_eq!(run_deed(late).outcome, Outcome::TimedOut);
    let gone = Target::Postgres { database: server.database(1), password: None };
    let spec = json!({ "query": "select 1", "connection": "warehouse" });
    assert!(
        message(&run_deed(deed(folder.path(), &spec, Some(gone)))).contains("cannot connect to")
    );
}

#[test]
fn a_connection_that_is_lost_at_commit_is_unknown_and_before_it_lost() {
    let Some(server) = Server::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let direct = |spec: &Value| given(run_deed(pg(folder.path(), &server, server.port, spec)));
    direct(&json!({ "script": "create table t (id int)" }));
    let (tell, told) = channel();
    let insert = |proxy: &Proxy, read_only: bool| {
        let query = if read_only { "select 1" } else { "insert into t values (1)" };
        let spec = json!({ "query": query, "read_only": read_only });
        run_deed(pg(folder.path(), &server, proxy.port, &spec)).outcome
    };
    // The server gets the word and commits; its answer never arrives.
    let proxy = Proxy::cut_after(&server, b"COMMIT", tell.clone());
    let outcome = insert(&proxy, false);
    let Outcome::Unknown { message } = &outcome else { panic!("{outcome:?}") };
    assert!(
        message.contains("lost at COMMIT; whether it had its effect is not known"),
        "{message}"
    );
    told.recv().unwrap();
    let count = direct(&json!({ "query": "select count(*) as n from t" }));
    assert_eq!(count["rows"][0]["n"], json!(1));
    // What only reads can be asked again.
    let outcome = insert(&proxy, true);
    assert!(matches!(outcome, Outcome::Lost { .. }), "{outcome:?}");
    let proxy = Proxy::cut_before(&server, b"insert into", tell);
    let outcome = insert(&proxy, false);
    let Outcome::Lost { message } = &outcome else { panic!("{outcome:?}") };
    assert!(message.contains("rolled back"), "{message}");
    let count = direct(&json!({ "query": "select count(*) as n from t" }));
    assert_eq!(count["rows"][0]["n"], json!(1));
}

/// A statement over a connection that is encrypted, or not, by these settings.
fn end_by(
    folder: &Path,
    server: &Server,
    tls: Option<PostgresTls>,
    certificates: Option<String>,
) -> AttemptEnd {
    let database = PostgresDatabase { tls, certificates, ..server.database(server.port) };
    let target = Target::Postgres { database, password: None };
    let spec = json!({
        "connection": "warehouse",
        "query": "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
    });
    run_deed(deed(folder, &spec, Some(target)))
}

#[test]
fn a_certificate_is_trusted_only_by_who_is_told_to() {
    let Some(server) = Server::encrypted("127.0.0.1") else { return };
    let folder = tempfile::tempdir().unwrap();
    let end = |tls, certificates| end_by(folder.path(), &server, tls, certificates);
    let verify = Some(PostgresTls::Verify);
    let refused = message(&end(verify, None));
    assert!(refused.contains("certificate"), "{refused}");
    let trusted = given(end(verify, Some(server.authority())));
    assert_eq!(trusted["rows"], json!([{ "ssl": true }]));
    // This machine is trusted as it is, unless one asks for more.
    assert_eq!(given(end(None, None))["rows"], json!([{ "ssl": false }]));

    let other = folder.path().join("other.pem");
    fs::write(&other, "no certificate").unwrap();
    let refused = message(&end(verify, Some(other.display().to_string())));
    assert!(refused.contains("other.pem") || refused.contains("certificate"), "{refused}");
    let refused = message(&end(verify, Some("/nowhere.pem".to_owned())));
    assert!(refused.contains("certificates: cannot read /nowhere.pem"), "{refused}");
}

#[test]
fn a_certificate_of_another_host_and_a_server_without_one_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let verify = Some(PostgresTls::Verify);
    let Some(server) = Server::encrypted("db.example.org") else { return };
    let refused = message(&end_by(folder.path(), &server, verify, Some(server.authority())));
    assert!(refused.contains("certificate") && refused.contains("name"), "{refused}");
    let Some(plain) = Server::start() else { return };
    let refused = message(&end_by(folder.path(), &plain, verify, Some(server.authority())));
    assert!(refused.contains("TLS"), "{refused}");
}
