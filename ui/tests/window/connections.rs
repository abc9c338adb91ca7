//! Connections: kept in the settings, tried, and chosen and made where a task needs one.

use egui::{Key, Modifiers, vec2};
use millrace_api::secret::SecretSource;
use millrace_api::settings::{
    Connection, HomeSettings, HttpLogin, HttpService, PostgresDatabase, SecretName, SqliteDatabase,
};
use millrace_api::{ApiError, Code};
use millrace_model::document::Json;
use millrace_ui::ThemeChoice;

use crate::inspector::SIZE;
use crate::notify::settings_of_a_team;
use crate::pictures::{check, themes};
use crate::world::{SALES, Window, World};

const TEXT: &str = r#"{
  "millrace": 1, "name": "sales", "title": "Sales",
  "tasks": [
    { "name": "ask", "kind": "sql",
      "spec": { "connection": "warehouse", "query": "select 1", "params": { "day": "params.day" } } }
  ],
  "params": [{ "name": "day", "type": "string", "default": "2026-11-30" }],
  "layout": { "tasks": { "ask": [0, 0] } }
}"#;

fn settings_with_connections() -> HomeSettings {
    let mut home = settings_of_a_team();
    let warehouse = Connection::Postgres(PostgresDatabase {
        host: "db.example.org".to_owned(),
        port: None,
        database: "sales".to_owned(),
        user: Some("me".to_owned()),
        password: Some(SecretName { secret: "db".to_owned() }),
        tls: None,
        certificates: None,
    });
    let tracker = Connection::Http(HttpService {
        url: "https://tracker.example.org/api".to_owned(),
        auth: Some(HttpLogin::Bearer),
        user: None,
        secret: Some(SecretName { secret: "tracker".to_owned() }),
        headers: std::collections::BTreeMap::new(),
    });
    home.settings.connections.insert("warehouse".to_owned(), warehouse);
    home.settings.connections.insert("tracker".to_owned(), tracker);
    home
}

fn window(theme: ThemeChoice, size: egui::Vec2) -> Window {
    Window::with(theme, size, 1.0, Some(SALES), |world: &mut World| {
        world.files.insert(SALES.to_owned(), TEXT.to_owned());
        for name in ["db", "tracker"] {
            world.secrets.insert(name.to_owned(), SecretSource::Keyring {});
        }
        world.settings = Some(settings_with_connections());
    })
}

fn in_settings() -> Window {
    let mut window = window(ThemeChoice::Dark, vec2(1280.0, 1900.0));
    window.press(Modifiers::COMMAND, Key::Comma);
    window.push("Connections");
    window
}

fn connection(window: &Window, name: &str) -> Option<Connection> {
    let world = window.world.borrow();
    world.settings.as_ref().unwrap().settings.connections.get(name).cloned()
}

#[test]
fn connections_are_tested_changed_removed_and_put_back() {
    let mut window = in_settings();
    assert!(window.has("PostgreSQL, me@db.example.org:5432/sales"));
    window.push("Test warehouse");
    assert!(window.has("It works: PostgreSQL 15.14."));
    let error =
        ApiError::new(Code::NotConnected, "db.example.org:5432/sales: the login is refused");
    window.world.borrow_mut().refuse.insert("test_connection", error.help("look at its fields"));
    window.push("Test warehouse");
    assert!(
        window.has("db.example.org:5432/sales: the login is refused.")
            && window.has("Look at its fields.")
    );
    window.push("Change warehouse");
    window.fill("Port", "70000");
    window.push("Store");
    let Some(Connection::Postgres(it)) = connection(&window, "warehouse") else { panic!() };
    assert_eq!(it.port, None, "70000 is no port");
    window.fill("Port", "5433");
    window.push("Never");
    window.push("Store");
    let Some(Connection::Postgres(it)) = connection(&window, "warehouse") else { panic!() };
    assert_eq!((it.port(), it.password.unwrap().secret.as_str()), (5433, "db"));
    let before = connection(&window, "tracker");
    window.push("Remove tracker");
    assert_eq!(connection(&window, "tracker"), None);
    window.push("Undo");
    assert_eq!(connection(&window, "tracker"), before);
    window.did(&["Connection::Test", "Connection::Edit", "Connection::Store"]);
    window.did(&["Connection::Remove", "Connection::PutBack"]);
}

#[test]
fn connections_of_every_kind_are_added_and_tried_before() {
    let mut window = in_settings();
    window.push("Add SQLite");
    window.fill("Connection's name", "history");
    window.fill("File", "history.db");
    window.push("Store");
    assert_eq!(connection(&window, "history"), None, "a whole path is needed");
    window.fill("File", "/home/ada/history.db");
    window.push("Nothing is changed in it");
    window.push("Test");
    assert!(window.has("It works: PostgreSQL 15.14."));
    window.push("Store");
    let sqlite = SqliteDatabase { path: "/home/ada/history.db".to_owned(), read_only: true };
    assert_eq!(connection(&window, "history"), Some(Connection::Sqlite(sqlite)));

    window.push("Add HTTP service");
    window.fill("Connection's name", "shop");
    window.fill("Address", "https://shop.example.org");
    window.push("Token");
    window.push("Token");
    window.push("New secret…");
    window.fill("Secret's name", "shop_token");
    window.fill("Value", "hunter2 hunter2");
    window.push("Store");
    window.push("Store");
    let Some(Connection::Http(http)) = connection(&window, "shop") else { panic!() };
    assert_eq!(http.secret.map(|it| it.secret).as_deref(), Some("shop_token"));

    window.push("Add Mail server");
    window.fill("Connection's name", "office");
    window.fill("Server", "smtp.example.org");
    window.fill("From", "me@example.org");
    window.push("Store");
    let Some(Connection::Smtp(mail)) = connection(&window, "office") else { panic!() };
    assert_eq!((mail.port(), mail.user), (465, None));
    window.did(&["Connection::Add", "Connection::TryOut", "Connection::NewSecret"]);
}

#[test]
fn a_task_names_one_of_them_or_a_new_one() {
    let mut window = window(ThemeChoice::Dark, SIZE);
    window.select("ask");
    assert_eq!(window.value("Connection"), "warehouse");
    let named = |window: &Window| {
        window.workflow().tasks[0].spec.get("connection").and_then(Json::as_str).map(str::to_owned)
    };
    window.push("Choose: Connection");
    assert!(!window.has("tracker"), "it is no database");
    window.push("New: SQLite…");
    window.fill("Connection's name", "local");
    window.fill("File", "/home/ada/sales.db");
    window.push("Store");
    assert_eq!(named(&window).as_deref(), Some("local"));
    window.push("Choose: Connection");
    window.push("warehouse");
    assert_eq!(named(&window).as_deref(), Some("warehouse"));
}

#[test]
fn pictures() {
    for (theme, word) in themes() {
        let mut shown = window(theme, vec2(1280.0, 1900.0));
        shown.press(Modifiers::COMMAND, Key::Comma);
        shown.push("Connections");
        shown.push("Change warehouse");
        check(&mut shown, &format!("connection_sheet_{word}"));
        let mut shown = window(theme, SIZE);
        shown.select("ask");
        check(&mut shown, &format!("connection_form_{word}"));
    }
}
