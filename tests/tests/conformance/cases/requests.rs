//! Tasks that send a request: what they give, print and keep to themselves.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use millrace_api::secret::{SecretSource, SetSecret, StoredSecret};
use millrace_model::event::{Cause, Exit, RunState, TaskState};
use serde_json::{Value, json};

use crate::document::{shell, workflow};
use crate::site::{Site, key};

/// The address of a server that answers once, with the request itself as a text; it ends after that.
fn echo(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut asked = Vec::new();
        let mut block = [0; 4_096];
        while !asked.ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut block).unwrap();
            asked.extend_from_slice(&block[..read]);
        }
        let asked = String::from_utf8(asked).unwrap();
        let body = json!({ "asked": asked }).to_string();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    });
    format!("http://{address}")
}

fn asking(spec: &Value) -> Value {
    json!({ "name": "ask", "kind": "http", "spec": spec })
}

pub(crate) async fn a_request_gives_its_answer_to_later_tasks(site: &mut Site) {
    let url = echo("202 Accepted");
    let ask =
        asking(&json!({ "url": format!("{url}/items/${{'a/b'}}"), "query": { "n": "${1 + 1}" } }));
    let mut tell = shell("tell", "echo \"$LINE\"; millrace-task input ask.status");
    tell["env"] = json!({ "LINE": "${tasks.ask.outputs.json.asked.split(' ')[1]}" });
    let run = site.run("w.json", &workflow("w", &[ask, tell], &[("ask", "tell")])).await;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    assert_eq!(site.printed(run, "tell").await.unwrap(), "/items/a%2Fb?n=2\n202\n");
    let log = site.printed(run, "ask").await.unwrap();
    assert!(log.starts_with(&format!("GET {url}/items/a%2Fb?n=2\n202 Accepted after ")), "{log}");
}

pub(crate) async fn a_status_that_was_not_expected_is_the_cause(site: &mut Site) {
    let ask = asking(&json!({ "url": echo("503 Service Unavailable") }));
    let run = site.run("w.json", &workflow("w", &[ask], &[])).await;
    let ended = site.ended(run).await;
    let task = &ended.tasks[&key("ask")];
    assert_eq!((ended.state, task.state), (RunState::Failed, TaskState::Failed));
    assert_eq!(task.cause, Some(Cause::Exit { exit: Exit::Status(503) }));
}

pub(crate) async fn a_secret_reaches_its_server_and_no_log(site: &mut Site) {
    let source = SecretSource::Command { argv: vec!["printf".to_owned(), "hunter2\\n".to_owned()] };
    let secret = StoredSecret { name: "api".to_owned(), source };
    site.api().set_secret(SetSecret { secret, value: None }).await.unwrap();
    let ask = asking(&json!({
        "url": echo("200 OK"), "headers": { "X-Key": { "secret": "api" } },
        "auth": "bearer", "secret": "api",
    }));
    let run = site.run("w.json", &workflow("w", &[ask], &[])).await;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    let given = &ended.tasks[&key("ask")].outputs["json"]["asked"];
    let given = given.as_str().unwrap().to_lowercase();
    assert!(
        given.contains("x-key: ***\r\n") && given.contains("authorization: bearer ***\r\n"),
        "{given}"
    );
}
