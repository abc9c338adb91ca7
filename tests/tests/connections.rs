//! Tasks of kind `http` that go to a connection: where it leads, who logs in, and that nobody else sees the secret.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::thread;

use millrace_tests::http::{Posted, Server};
use millrace_tests::kitchen::{Dish, Kitchen};
use serde_json::{Value, json};

const SECRET: &str = "hunter2-of-the-service";

/// A workflow of one request to the connection `shop`, and a task that uses the answer.
fn order(spec: &Value) -> (String, String) {
    let document = json!({
        "millrace": 1, "name": "order",
        "params": [{ "name": "day", "type": "string", "default": "mon & tue" }],
        "tasks": [
            { "name": "send", "kind": "http", "spec": spec },
            {
                "name": "tell", "kind": "command",
                "spec": { "argv": ["echo", "${to_json(tasks.send.outputs)}"] },
            },
        ],
        "dependencies": [{ "from": "send", "to": "tell" }],
    });
    ("order.json".to_owned(), document.to_string())
}

fn kitchen(server: &Server, connection: &str, spec: &Value) -> Kitchen {
    let kitchen = Kitchen::with("order.json", &[order(spec)]);
    kitchen.settle(&format!(
        "[connections.shop]\nkind = \"http\"\nurl = \"{}/v1\"\n{connection}",
        server.address
    ));
    kitchen.ask(&["secret", "set", "token", "--from-command", "echo", SECRET]);
    kitchen
}

/// Runs it while the server answers once.
fn cook(kitchen: &Kitchen, server: &Server, status: &str) -> (Posted, Dish) {
    thread::scope(|scope| {
        let answer = scope.spawn(|| server.next().answer(status));
        let dish = kitchen.cook(&[]);
        (answer.join().unwrap(), dish)
    })
}

fn post() -> Value {
    json!({
        "connection": "shop", "method": "POST", "url": "orders",
        "query": { "day": "${params.day}" }, "json": "{'rows': 3, 'day': params.day}",
    })
}

fn header<'p>(posted: &'p Posted, name: &str) -> Option<&'p str> {
    let mut headers = posted.headers.iter().filter_map(|header| header.split_once(": "));
    headers.find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[test]
fn a_request_begins_where_the_connection_leads_and_logs_in_there() {
    let server = Server::start();
    let login = "auth = \"bearer\"\nsecret = { secret = \"token\" }\nheaders = { X-Team = \"sales\", X-Key = { secret = \"token\" } }\n";
    let kitchen = kitchen(&server, login, &post());
    let (posted, dish) = cook(&kitchen, &server, "201 Created");
    assert_eq!(dish.state(), "succeeded", "{}", dish.printed);
    assert!(posted.path.starts_with("/v1/orders?day=mon"), "{}", posted.path);
    assert!(!posted.path.contains('&') && !posted.path.contains(' '), "{}", posted.path);
    assert_eq!(posted.body, json!({ "rows": 3, "day": "mon & tue" }));
    let bearer = format!("Bearer {SECRET}");
    assert_eq!(header(&posted, "authorization"), Some(bearer.as_str()));
    assert_eq!(
        (header(&posted, "x-team"), header(&posted, "x-key")),
        (Some("sales"), Some(SECRET))
    );
    assert_eq!(dish.task("send")["outputs"]["status"], 201);
    // What the run leaves has no secret in it.
    let shown = kitchen.ask(&["show", "last", "--json"]);
    let logs = kitchen.ask(&["logs", "last", "send"]);
    for text in [&shown, &logs, &dish.printed] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[test]
fn a_name_and_a_password_are_sent_as_basic_and_a_new_secret_holds_at_once() {
    let server = Server::start();
    let login = "auth = \"basic\"\nuser = \"ada\"\nsecret = { secret = \"token\" }\n";
    let kitchen = kitchen(&server, login, &post());
    let (posted, _) = cook(&kitchen, &server, "200 OK");
    // `ada:hunter2-of-the-service`
    let basic = "Basic YWRhOmh1bnRlcjItb2YtdGhlLXNlcnZpY2U=";
    assert_eq!(header(&posted, "authorization"), Some(basic));
    kitchen.ask(&["secret", "set", "token", "--from-command", "echo", "other"]);
    let (posted, dish) = cook(&kitchen, &server, "401 Unauthorized");
    assert_eq!(header(&posted, "authorization"), Some("Basic YWRhOm90aGVy"));
    // The server's word counts.
    assert_eq!(dish.states(&["send", "tell"]), ["failed", "upstream_failed"]);
}

#[test]
fn a_redirect_takes_no_login_along_and_no_request_leaves_the_connection() {
    let server = Server::start();
    let login = "auth = \"bearer\"\nsecret = { secret = \"token\" }\n";
    let mut spec = post();
    spec["redirects"] = 0.into();
    spec["expect"] = "200-399".into();
    let kitchen = kitchen(&server, login, &spec);
    let (_, dish) = cook(&kitchen, &server, "302 Found");
    assert_eq!(dish.task("send")["outputs"]["status"], 302, "it is the answer");
    assert!(server.is_quiet());
    // A whole address in `url` would send the login to whoever it names.
    kitchen.edit("order.json", |document| {
        document["tasks"][0]["spec"]["url"] =
            format!("{}/elsewhere", Server::start().address).into();
    });
    let dish = kitchen.command(&["run", "order.json"]);
    assert!(!dish.status.success());
    assert!(server.is_quiet());
}

#[test]
fn a_connection_that_this_machine_does_not_have_is_named() {
    let server = Server::start();
    let kitchen = kitchen(&server, "", &json!({ "connection": "warehouse", "url": "rows" }));
    let dish = kitchen.cook(&[]);
    assert_eq!(dish.task("send")["state"], "error");
    assert!(dish.task("send").to_string().contains("warehouse"), "{}", dish.task("send"));
    assert!(server.is_quiet());
}
