//! What mails say. That they arrive is tested against a server, in the tests over all processes.

use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

use super::*;
use crate::notify::message::Kind;

fn failure() -> Message {
    Message {
        kind: Kind::Failure,
        name: "daily".to_owned(),
        title: "Daily\nsales failed".to_owned(),
        reason: "load failed: exit code 3".to_owned(),
        last_line: "connection refused".to_owned(),
        run: Some(RunId(0xfeed)),
        task: Some(TaskKey::plain(millrace_model::ident::Ident::new("load").unwrap())),
        ..Message::test(Timestamp(1_795_410_004_000_000))
    }
}

#[test]
fn a_mail_says_what_is_needed_without_millrace_at_hand() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path()).unwrap();
    assert_eq!(subject(&Outgoing::of(failure())), "[Millrace] Daily sales failed");
    let body =
        body(&Outgoing::of(Message { title: "Daily failed".to_owned(), ..failure() }), &home);
    let (text, signature) = body.split_once("\n-- \n").unwrap();
    assert_eq!(
        text,
        "\
Daily failed

load failed: exit code 3
Last line of its log: connection refused

Workflow: daily
Task:     load
When:     2026-11-23T05:00:04Z
Run:      000000000000feed

To see it:  millrace show 000000000000feed
Its log:    millrace logs 000000000000feed load
"
    );
    assert!(signature.contains(&home.root().display().to_string()), "{signature}");
}
