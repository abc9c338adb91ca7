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

#[test]
fn no_name_becomes_a_header() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path()).unwrap();
    let channel = MailChannel {
        server: "mail.example.org".to_owned(),
        port: None,
        security: MailSecurity::Tls,
        user: None,
        password: None,
        from: "millrace@example.org".to_owned(),
        to: vec!["me@example.org".to_owned()],
    };
    let evil =
        "x\r\nBcc: evil@example.org\r\n\r\n<html>\u{1b}[2J\u{85}\u{2028}Bcc: evil@example.org\0";
    let message = Message {
        name: evil.to_owned(),
        title: evil.to_owned(),
        reason: evil.to_owned(),
        last_line: evil.to_owned(),
        ..failure()
    };
    let mail = written(&channel, &Outgoing::of(message), &home).unwrap();
    assert_eq!(mail.envelope().to().len(), 1, "{:?}", mail.envelope());
    let text = String::from_utf8(mail.formatted()).unwrap();
    let (head, _body) = text.split_once("\r\n\r\n").unwrap();
    let names: Vec<&str> = head
        .lines()
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter_map(|line| Some(line.split_once(':')?.0))
        .collect();
    for name in &names {
        let known = [
            "From",
            "To",
            "Subject",
            "Date",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
        ];
        assert!(known.contains(name), "{name} in {head}");
    }
    assert!(names.contains(&"Subject"), "{head}");
    assert!(!text.contains(['\u{1b}', '\0']), "{text:?}");
}
