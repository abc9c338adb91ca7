//! Mail to servers of the test's own, some of which leave in the middle of it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use millrace_keeper::log::LogLimits;
use millrace_keeper::mask::MaskSet;
use millrace_model::action::Action;
use millrace_model::connection::MailSecurity;
use millrace_model::document::{Json, Task};
use millrace_model::event::{AttemptEnd, Outcome};
use millrace_model::expr::Scope;
use millrace_model::ident::Ident;
use serde_json::Value;
use tokio::sync::oneshot;

use super::*;
use crate::deed::{Deed, carry_out as do_it};

/// How a server behaves.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Good,
    /// It knows none of the recipients.
    Refuses,
    /// It takes the mail and leaves without a word.
    LeavesAfterMail,
    /// It leaves when the mail is to come.
    LeavesAtData,
    /// It takes the mail and then does not want it.
    RefusesMail,
    /// It says nothing once it has the mail.
    Silent,
}

/// A server that takes one mail, and what it heard.
struct Sink {
    port: u16,
    heard: Receiver<String>,
}

impl Sink {
    fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heard) = channel();
        thread::spawn(move || {
            let stream = listener.accept().unwrap().0;
            // The test may be over.
            let _told = tell.send(talk(stream, mood));
        });
        Self { port, heard }
    }
}

fn talk(stream: TcpStream, mood: Mood) -> String {
    let mut reader = BufReader::new(stream);
    let mut all = String::new();
    let say = |reader: &mut BufReader<TcpStream>, text: &str| {
        let _heard = reader.get_mut().write_all(text.as_bytes());
    };
    say(&mut reader, "220 sink\r\n");
    let mut in_mail = false;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() == 0 {
            return all;
        }
        all.push_str(&line);
        let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match () {
            () if in_mail && line == ".\r\n" => match mood {
                Mood::LeavesAfterMail => return all,
                Mood::RefusesMail => {
                    in_mail = false;
                    say(&mut reader, "554 no\r\n");
                }
                Mood::Silent => {
                    let mut rest = String::new();
                    let _left = reader.read_line(&mut rest);
                    return all;
                }
                _ => {
                    in_mail = false;
                    say(&mut reader, "250 taken\r\n");
                }
            },
            () if in_mail => {}
            () if word == "EHLO" => say(&mut reader, "250-sink\r\n250 8BITMIME\r\n"),
            () if word == "RCPT" && mood == Mood::Refuses => say(&mut reader, "550 unknown\r\n"),
            () if word == "DATA" => {
                if mood == Mood::LeavesAtData {
                    return all;
                }
                in_mail = true;
                say(&mut reader, "354 go on\r\n");
            }
            () if word == "QUIT" => {
                say(&mut reader, "221 bye\r\n");
                return all;
            }
            () => say(&mut reader, "250 ok\r\n"),
        }
    }
}

fn deed(folder: &Path, port: u16, more: &Value) -> Deed {
    let mut spec = json!({
        "to": ["Ada <ada@example.org>"], "subject": "Sales\r\nBcc: evil@example.org", "text": "7 rows: größer",
    });
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
    let mut task = Task::new(Ident::new("send").unwrap(), "mail");
    task.spec = Json::from_value(&spec);
    let action = Action::for_task(&task).unwrap();
    let is_repeatable = action.is_repeatable();
    let Action::Mail(action) = action else { panic!("no mail") };
    let server = MailServer {
        server: "127.0.0.1".to_owned(),
        port: Some(port),
        security: MailSecurity::None,
        user: None,
        password: None,
        from: "Millrace <millrace@example.org>".to_owned(),
    };
    let resolved = action.resolve(&Scope::default()).unwrap();
    let work = Work { resolved, server, password: None, workdir: folder.to_owned() };
    Deed {
        work: crate::deed::Work::Mail(Box::new(work)),
        is_repeatable,
        limit: Some(Duration::from_secs(60)),
        masks: MaskSet::new([]),
        log: (folder.join("log"), LogLimits::default()),
    }
}

fn send(mood: Mood, more: &Value) -> (AttemptEnd, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "a,b\n").unwrap();
    let sink = Sink::start(mood);
    let (_stop, stopped) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let end = runtime.block_on(do_it(deed(folder.path(), sink.port, more), stopped));
    // Where nothing was sent nobody connected.
    drop(TcpStream::connect(("127.0.0.1", sink.port)));
    (end, sink.heard.recv().unwrap())
}

#[test]
fn a_mail_goes_to_all_with_its_files() {
    let more = json!({
        "to": ["Ada <ada@example.org>", "${['bob@example.org', 'eve@example.org']}", "${null}"],
        "cc": ["carl@example.org"], "bcc": ["dora@example.org"], "attachments": ["a.csv"], "html": "<b>7</b>",
    });
    let (end, heard) = send(Mood::Good, &more);
    assert_eq!(end.outcome, Outcome::Succeeded, "{heard}");
    assert_eq!(end.outputs["recipients"], 5);
    let id = end.outputs["message_id"].as_str().unwrap();
    assert!(id.starts_with('<') && heard.contains(&format!("Message-ID: {id}")), "{id}: {heard}");
    for to in ["ada", "bob", "eve", "carl", "dora"] {
        assert!(heard.contains(&format!("RCPT TO:<{to}@example.org>")), "{to}: {heard}");
    }
    let (_, mail) = heard.split_once("DATA\r\n").unwrap();
    assert!(!mail.contains("dora"), "{mail}");
    for part in ["filename=\"a.csv\"", "text/csv", "text/html", "text/plain"] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
}

#[test]
fn no_value_becomes_a_header() {
    let (end, heard) = send(Mood::Good, &json!({}));
    assert_eq!(end.outcome, Outcome::Succeeded);
    assert!(heard.contains("Subject: Sales  Bcc: evil@example.org\r\n"), "{heard}");
    assert!(
        !heard.contains("RCPT TO:<evil@example.org>") && !heard.contains("\r\nBcc:"),
        "{heard}"
    );
    let (end, _) = send(Mood::Good, &json!({ "to": ["a@example.org\r\nBcc: evil@example.org"] }));
    let Outcome::Error { message } = &end.outcome else { panic!("{end:?}") };
    assert!(
        message.contains("to: `a@example.org\\r\\nBcc: evil@example.org` is no address"),
        "{message}"
    );
}

#[test]
fn what_was_not_handed_over_is_an_error_and_else_it_is_unknown() {
    for (mood, more, why) in [
        (Mood::Refuses, json!({}), "unknown"),
        (Mood::RefusesMail, json!({}), "no"),
        (Mood::LeavesAtData, json!({}), "does not take it"),
        (Mood::Good, json!({ "attachments": ["gone.pdf"] }), "cannot read"),
        (Mood::Good, json!({ "attachments": ["."] }), "cannot read"),
        (Mood::Good, json!({ "from": "nobody" }), "from: `nobody` is no address"),
    ] {
        let (end, _) = send(mood, &more);
        let Outcome::Error { message } = &end.outcome else { panic!("{end:?}") };
        assert!(message.contains(why), "{message}");
    }
    let (end, heard) = send(Mood::LeavesAfterMail, &json!({}));
    let Outcome::Unknown { message } = &end.outcome else { panic!("{end:?}") };
    assert!(
        message.contains("after the mail was handed over; whether it had its effect"),
        "{message}"
    );
    assert!(heard.contains("Subject: Sales"), "{heard}");
}

#[test]
fn a_stop_after_it_was_handed_over_cannot_take_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(Mood::Silent);
    let mut deed = deed(folder.path(), sink.port, &json!({}));
    deed.limit = Some(Duration::from_secs(2));
    let (_stop, stopped) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let end = runtime.block_on(do_it(deed, stopped));
    let Outcome::Unknown { message } = &end.outcome else { panic!("{end:?}") };
    assert!(message.contains("stopped after the mail was handed over"), "{message}");
}
