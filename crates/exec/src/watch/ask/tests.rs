//! SQLite files, and a PostgreSQL server where this machine has one.

use std::path::Path;
use std::sync::Mutex;

use millrace_model::action::{Action, Condition, ResolvedOutside, Wait};
use millrace_model::connection::Connection;
use millrace_model::document::{Json, Task};
use millrace_model::ident::Ident;
use serde_json::json;

use super::*;
use crate::ports::{Connections, Nothing};
use crate::sql::tests::server::Server;

fn asker(spec: &Value) -> Asker {
    let mut task = Task::new(Ident::new("wait").unwrap(), "wait_for");
    task.spec = Json::from_value(spec);
    let action = Action::for_task(&task).unwrap_or_else(|problems| panic!("{spec}: {problems:?}"));
    let Action::Wait(wait) = action else { panic!("no wait: {spec}") };
    let Wait::Condition(condition) = *wait else { panic!("nothing outside: {spec}") };
    let Condition { fail_unreachable, .. } = condition;
    assert_eq!(fail_unreachable, spec["on_error"] == "fail");
    match condition.resolve(&Scope::default()).unwrap() {
        ResolvedOutside::Rows { query, resolved, until } => Asker::new(*query, *resolved, until),
        other => panic!("no query: {other}"),
    }
}

fn not_yet(text: &str) -> Result<Looked, String> {
    Ok(Looked::NotYet(text.to_owned()))
}

/// A folder with an SQLite file in it.
struct Lite(tempfile::TempDir);

impl Lite {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("sales.db")
    }

    fn change(&self, script: &str) {
        rusqlite::Connection::open(self.path()).unwrap().execute_batch(script).unwrap();
    }

    fn around(&self) -> Around {
        Around::of(self.0.path().to_owned(), Arc::new(Nothing))
    }
}

#[tokio::test]
async fn rows_are_waited_for_until_the_first_value_is_true() {
    let lite = Lite::new();
    let around = lite.around();
    let mut asker =
        asker(&json!({ "database": "sales.db", "params": { "day": "\"x'; drop table t; --\"" },
        "query": "select count(*) as n from t where day = :day" }));
    let gone = asker.ask(&around).await.unwrap();
    let Looked::Unreachable(why) = gone else { panic!("{gone:?}") };
    assert!(why.starts_with("cannot open ") && why.contains("unable to open"), "{why}");
    assert!(!lite.path().exists(), "a look makes no file");
    lite.change("create table t (day text)");
    assert_eq!(asker.ask(&around).await, not_yet("the first value was 0"));
    lite.change("insert into t values ('x''; drop table t; --'), ('y')");
    let Ok(Looked::There(outputs)) = asker.ask(&around).await else { panic!("not there") };
    assert_eq!(
        Value::Object(outputs),
        json!({ "rows": [{ "n": 1 }], "count": 1, "columns": ["n"] })
    );
}

#[tokio::test]
async fn an_expression_over_the_rows_decides_where_there_is_one() {
    let lite = Lite::new();
    let around = lite.around();
    lite.change(
        "create table t (id int, state text); insert into t values (1, 'done'), (2, 'new')",
    );
    let query = "select id, state from t order by id";
    let mut all = asker(&json!({ "database": "sales.db", "query": query,
        "until": "outputs.rows.all(row, row.state == 'done')" }));
    let Ok(Looked::NotYet(found)) = all.ask(&around).await else { panic!("there already") };
    assert!(found.contains("is false (rows: 2)"), "{found}");
    lite.change("update t set state = 'done'");
    assert!(matches!(all.ask(&around).await, Ok(Looked::There(_))));
    let mut odd =
        asker(&json!({ "database": "sales.db", "query": query, "until": "outputs.count" }));
    assert!(odd.ask(&around).await.unwrap_err().contains("neither true nor false"));
    let mut none = asker(&json!({ "database": "sales.db", "query": "select 1 where 1 = 2" }));
    assert_eq!(none.ask(&around).await, not_yet("no row came back"));
}

#[tokio::test]
async fn what_can_never_be_asked_is_an_error_at_once() {
    let lite = Lite::new();
    let around = lite.around();
    lite.change("create table t (id int)");
    for (query, why) in [
        ("select * from nowhere", "no such table: nowhere"),
        ("insert into t values (1) returning id", "readonly"),
        ("select :day", "`:day`, which has no value"),
    ] {
        let mut asker = asker(&json!({ "database": "sales.db", "query": query }));
        let error = asker.ask(&around).await.unwrap_err();
        assert!(error.contains(why), "{query}: {error}");
    }
    let mut asker = asker(&json!({ "connection": "gone", "query": "select 1" }));
    assert_eq!(asker.ask(&around).await.unwrap_err(), "there is no connection `gone`");
}

#[tokio::test]
async fn a_query_that_takes_too_long_says_nothing() {
    let lite = Lite::new();
    lite.change("create table t (id int)");
    let mut asker = asker(&json!({ "database": "sales.db", "query":
        "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c" }));
    asker.limit = Duration::from_millis(50);
    assert_eq!(asker.ask(&lite.around()).await, not_yet("the query took longer than 50ms"));
}

#[test]
fn what_is_true() {
    for value in [json!(true), json!(-1), json!(0.5), json!("x"), json!("0x"), json!([]), json!({})]
    {
        assert!(is_true(&value), "{value}");
    }
    for value in [
        json!(null),
        json!(false),
        json!(0),
        json!(-0.0),
        json!(""),
        json!(" "),
        json!("0"),
        json!("0.00"),
    ] {
        assert!(!is_true(&value), "{value}");
    }
}

/// Settings that change while somebody waits.
#[derive(Debug)]
struct Changing(Mutex<Connection>);

impl Connections for Changing {
    fn find(&self, name: &str) -> Result<Connection, String> {
        assert_eq!(name, "warehouse");
        Ok(self.0.lock().unwrap().clone())
    }

    fn only_mail(&self) -> Result<Connection, String> {
        Err("none".to_owned())
    }
}

#[tokio::test]
async fn postgres_is_asked_once_its_connection_leads_there() {
    let Some(server) = Server::start() else { return };
    // Nobody listens on port 1.
    let settings = Arc::new(Changing(Mutex::new(Connection::Postgres(server.database(1)))));
    let around = Around::of(Path::new("/").to_owned(), Arc::clone(&settings) as _);
    let mut asker = asker(&json!({ "connection": "warehouse", "on_error": "fail",
        "query": "select sum(n) from (values (:n::numeric)) as t (n)", "params": { "n": "0" } }));
    let gone = asker.ask(&around).await.unwrap();
    let Looked::Unreachable(why) = gone else { panic!("{gone:?}") };
    assert!(why.starts_with("cannot connect to 127.0.0.1:1/postgres: "), "{why}");
    *settings.0.lock().unwrap() = Connection::Postgres(server.database(server.port));
    assert_eq!(asker.ask(&around).await, not_yet("the first value was \"0\""));
    asker.resolved.params[0].1 = json!(2.5);
    let Ok(Looked::There(outputs)) = asker.ask(&around).await else { panic!("not there") };
    assert_eq!((&outputs["rows"], &outputs["count"]), (&json!([{ "sum": "2.5" }]), &json!(1)));
    asker.query.source =
        millrace_model::action::SqlSource::Query("delete from pg_class".to_owned());
    asker.resolved.params.clear();
    assert!(asker.ask(&around).await.unwrap_err().contains("read-only transaction"));
    asker.query.source =
        millrace_model::action::SqlSource::Query("select pg_sleep(600)".to_owned());
    asker.limit = Duration::from_millis(200);
    assert_eq!(asker.ask(&around).await, not_yet("the query took longer than 200ms"));
}
