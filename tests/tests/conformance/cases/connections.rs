//! Connections of the settings: tried, and used by tasks.

use millrace_api::Code;
use millrace_api::settings::{
    ChangeSettings, Connection, HttpService, ReadSettings, SettingChange, SqliteDatabase,
    TestConnection,
};
use millrace_model::event::RunState;
use serde_json::json;

use crate::document::{shell, workflow};
use crate::site::{Site, key};

async fn set(site: &Site, name: &str, value: Connection) {
    let expected_digest = site.api().read_settings(ReadSettings {}).await.unwrap().digest;
    let change = SettingChange::Connection { name: name.to_owned(), value: Some(value) };
    let change = ChangeSettings { expected_digest, changes: vec![change] };
    site.api().change_settings(change).await.unwrap();
}

pub(crate) async fn a_connection_is_tried_as_it_is_and_as_it_could_be(site: &mut Site) {
    let path = site.path("sales.db").display().to_string();
    let sqlite =
        |path: &str| Connection::Sqlite(SqliteDatabase { path: path.to_owned(), read_only: false });
    set(site, "sales", sqlite(&path)).await;
    let test = |name: &str, connection| TestConnection { name: name.to_owned(), connection };
    let error = site.api().test_connection(test("sales", None)).await.unwrap_err();
    assert_eq!(error.code, Code::NotConnected);
    assert!(error.message.contains("sales.db: cannot open"), "{error}");
    let error = site.api().test_connection(test("nothing", None)).await.unwrap_err();
    assert_eq!(error.code, Code::NotFound);
    let error = site.api().test_connection(test("x", Some(sqlite("x.db")))).await.unwrap_err();
    assert_eq!(error.code, Code::InvalidRequest);
    // An SQLite file without a byte is an empty database.
    std::fs::write(&path, "").unwrap();
    let found = site.api().test_connection(test("sales", None)).await.unwrap().found;
    assert!(found.starts_with("SQLite 3.") && found.ends_with("0 tables and indexes"), "{found}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{closed}");
    let (auth, user, secret, headers) = (None, None, None, Default::default());
    let http = Connection::Http(HttpService { url, auth, user, secret, headers });
    let error = site.api().test_connection(test("x", Some(http))).await.unwrap_err();
    assert_eq!(error.code, Code::NotConnected, "{error}");
}

pub(crate) async fn a_query_runs_in_the_database_of_a_connection(site: &mut Site) {
    let path = site.path("sales.db").display().to_string();
    std::fs::write(&path, "").unwrap();
    set(site, "sales", Connection::Sqlite(SqliteDatabase { path, read_only: false })).await;
    let fill = json!({
        "name": "fill", "kind": "sql",
        "spec": { "connection": "sales", "script": "create table t (n int); insert into t values (1), (2);" },
    });
    let ask = json!({
        "name": "ask", "kind": "sql",
        "spec": {
            "connection": "sales", "query": "select n from t where n > :least order by n",
            "params": { "least": "0" }, "save_to": "out/t.csv", "assert": "outputs.count == 2",
        },
    });
    let pack = json!({
        "name": "pack", "kind": "files",
        "spec": { "operation": "archive", "from": ["out/*.csv"], "to": "t.zip" },
    });
    let mut tell = shell("tell", "echo \"$SUM\"; millrace-task input pack.files");
    tell["env"] =
        json!({ "SUM": "${string(tasks.ask.outputs.rows[0].n + tasks.ask.outputs.rows[1].n)}" });
    let tasks = [fill, ask, pack, tell];
    let edges = [("fill", "ask"), ("ask", "pack"), ("pack", "tell")];
    let run = site.run("w.json", &workflow("w", &tasks, &edges)).await;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    assert_eq!(site.printed(run, "tell").await.unwrap(), "3\n[\"t.zip\"]\n");
    let log = site.printed(run, "ask").await.unwrap();
    assert!(log.ends_with("2 rows, committed\n"), "{log}");
    assert_eq!(ended.tasks[&key("ask")].outputs["columns"], json!(["n"]));
}
