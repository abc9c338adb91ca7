//! Tasks of kind `notify`: they tell by the channels of the settings, at once, and end by whether anybody took it.

use serde_json::{Value, json};

use crate::service::{Session, Tells};
use crate::smtp::By;
use crate::{Site, http, smtp};

/// `rows` gives a number, `tell` tells it by these channels.
fn telling(channels: &Value) -> Value {
    let mut spec = json!({
        "title": "Sales of ${params.day}",
        "text": "${tasks.rows.outputs.n} rows & <more>",
    });
    if !channels.is_null() {
        spec["channels"] = channels.clone();
    }
    json!({
        "millrace": 1, "name": "sales",
        "params": [{ "name": "day", "type": "string", "default": "Monday" }],
        "tasks": [
            { "name": "rows", "kind": "shell", "spec": { "script": "millrace-task output n:=7" } },
            { "name": "tell", "kind": "notify", "spec": spec },
        ],
        "dependencies": [{ "from": "rows", "to": "tell" }],
    })
}

/// The task as the history of the newest run has it.
fn tell(site: &Site) -> Value {
    let shown = site.json(&["show", &site.last_run(), "--json"]);
    let tasks = shown["run"]["tasks"].as_array().unwrap();
    tasks.iter().find(|task| task[0]["task"] == "tell").unwrap()[1].clone()
}

fn settings(chat: &http::Server, post: &smtp::Server) -> String {
    format!(
        "[notify]\ndesktop = true\n[notify.webhook.chat]\nurl = \"{}/in\"\n[notify.mail.ops]\nserver = \"127.0.0.1\"\n\
         port = {}\nsecurity = \"none\"\nfrom = \"millrace@example.org\"\nto = [\"ops@example.org\"]\n",
        chat.address, post.port
    )
}

#[test]
fn it_tells_the_desktop_a_chat_and_people_by_mail() {
    let (chat, post) = (http::Server::start(), smtp::Server::start(By::Clear));
    let mut site = Site::new(&settings(&chat, &post));
    let session = Session::start(&mut site, Tells::All);
    let (posted, ran) = std::thread::scope(|scope| {
        let answer = scope.spawn(|| chat.next().answer("204 No Content"));
        let ran = site.run(&telling(&json!(["desktop", "chat", "ops"])));
        (answer.join().unwrap(), ran)
    });
    assert!(ran, "{}", tell(&site));
    let shown = session.next();
    assert_eq!(shown.summary, "Sales of Monday");
    assert_eq!(shown.body, "7 rows &amp; &lt;more&gt;");
    assert_eq!(posted.path, "/in");
    assert_eq!(posted.body["title"], "Sales of Monday");
    assert!(posted.body.to_string().contains("7 rows & <more>"), "{}", posted.body);
    let mail = post.next();
    assert!(mail.contains(&"RCPT TO:<ops@example.org>".to_owned()), "{mail:?}");
    assert!(mail.iter().any(|line| line.contains("Sales of Monday")), "{mail:?}");
    let mut delivered: Vec<String> =
        serde_json::from_value(tell(&site)["outputs"]["delivered"].clone()).unwrap();
    delivered.sort();
    assert_eq!(delivered, ["chat", "desktop", "ops"]);
    assert!(chat.is_quiet(), "of a run that succeeded nobody is told besides");
}

#[test]
fn it_has_succeeded_where_one_channel_took_it_and_says_why_others_did_not() {
    let (chat, post) = (http::Server::start(), smtp::Server::start(By::Clear));
    let site = Site::new(&settings(&chat, &post));
    let ran = std::thread::scope(|scope| {
        let answer = scope.spawn(|| chat.next().answer("403 Forbidden"));
        let ran = site.run(&telling(&json!(["chat", "ops"])));
        assert_eq!(answer.join().unwrap().path, "/in");
        ran
    });
    assert!(ran, "{}", tell(&site));
    let outputs = &tell(&site)["outputs"];
    assert_eq!(outputs["delivered"], json!(["ops"]));
    let why = outputs["failed"]["chat"].as_str().unwrap();
    assert!(why.contains("403") && !why.contains("127.0.0.1"), "{why}");
}

#[test]
fn it_is_an_error_where_nobody_took_it() {
    let (chat, post) = (http::Server::start(), smtp::Server::start(By::Clear));
    let site = Site::new(&settings(&chat, &post));
    std::thread::scope(|scope| {
        // The failure of the run is not told by this channel, so there is one request.
        let answer = scope.spawn(|| chat.next().answer("500 Internal Server Error"));
        assert!(!site.run(&telling(&json!(["chat"]))));
        assert_eq!(answer.join().unwrap().path, "/in");
    });
    assert_eq!(tell(&site)["state"], "error", "{}", tell(&site));
    // A channel that there is none of is named, and nothing is sent.
    assert!(!site.run(&telling(&json!(["nowhere"]))));
    assert!(tell(&site).to_string().contains("nowhere"), "{}", tell(&site));
    assert!(chat.is_quiet());
}
