//! What webhooks get. That they get it is tested against a server, in the tests over all processes.

use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

use super::*;
use crate::notify::message::Kind;

fn failure() -> Outgoing {
    Outgoing::of(Message {
        kind: Kind::Failure,
        name: "daily".to_owned(),
        workflow: "Daily <b>".to_owned(),
        title: "Daily <b> failed".to_owned(),
        reason: "load failed: exit code 3".to_owned(),
        last_line: "refused & gone".to_owned(),
        run: Some(RunId(0xfeed)),
        task: Some(TaskKey::plain(millrace_model::ident::Ident::new("load").unwrap())),
        ..Message::test(Timestamp(1_795_410_004_000_000))
    })
}

#[test]
fn json_has_everything_with_a_key_each() {
    assert_eq!(
        everything(&failure()),
        json!({
            "millrace": 1,
            "title": "Daily <b> failed",
            "text": "load failed: exit code 3\nrefused & gone",
            "more": 0,
            "messages": [{
                "occasion": "failure",
                "title": "Daily <b> failed",
                "at": "2026-11-23T05:00:04Z",
                "workflow": "daily",
                "workflow_title": "Daily <b>",
                "run": "000000000000feed",
                "task": "load",
                "reason": "load failed: exit code 3",
                "last_line": "refused & gone",
            }],
        })
    );
}

#[test]
fn a_chat_gets_a_text_that_stays_text() {
    let text = slack(&failure());
    assert_eq!(text, "*Daily &lt;b&gt; failed*\nload failed: exit code 3\nrefused &amp; gone");
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_not_quoted() {
    let http = Http::default();
    let sent = send(&http, WebhookFormat::Json, "hooks/hunter2", &[], &failure()).await;
    let error = sent.unwrap_err();
    assert_eq!(error.message, "its address cannot be used");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[tokio::test]
async fn an_address_that_hangs_is_given_up() {
    // It takes the connection and says nothing.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hunter2", listener.local_addr().unwrap());
    let http = Http { limit: Duration::from_millis(50), ..Http::default() };
    let sent = send(&http, WebhookFormat::Slack, &address, &[], &failure()).await;
    let error = sent.unwrap_err();
    assert_eq!(error.message, "its address did not answer within 50ms");
    drop(listener);
    let sent = send(&http, WebhookFormat::Slack, &address, &[], &failure()).await;
    let error = sent.unwrap_err();
    assert!(error.message.starts_with("its address cannot be reached: "), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
}
