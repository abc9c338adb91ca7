//! Streams against a scripted backend: order, end, close, refusal.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tauri::async_runtime::block_on;

use super::*;
use crate::backend::{Backend, Boxed, Pump, Sink};

/// Serves three items and then ends as the request says: `end`, `fail`, `hang`; `refuse` never opens.
struct Scripted;

impl Backend for Scripted {
    fn call(&self, request: String) -> Boxed<Result<String, String>> {
        Box::pin(async move { Ok(request) })
    }

    fn subscribe(&self, request: String, mut sink: Sink) -> Boxed<Result<Pump, String>> {
        Box::pin(async move {
            if request == "refuse" {
                return Err("no such run".to_owned());
            }
            let pump: Pump = Box::pin(async move {
                for item in ["1", "2", "3"] {
                    sink(item.to_owned());
                }
                match request.as_str() {
                    "fail" => Err("connection lost".to_owned()),
                    "hang" => std::future::pending().await,
                    _ => Ok(()),
                }
            });
            Ok(pump)
        })
    }
}

/// Answers what it was given, one after the other.
struct Answers(std::sync::Mutex<Vec<Result<String, String>>>);

impl Backend for Answers {
    fn call(&self, _: String) -> Boxed<Result<String, String>> {
        let answer = self.0.lock().unwrap().remove(0);
        Box::pin(async move { answer })
    }

    fn subscribe(&self, _: String, _: Sink) -> Boxed<Result<Pump, String>> {
        unreachable!("nothing subscribes")
    }
}

const DEADLINE: Duration = Duration::from_secs(10);

fn open(streams: &Streams, request: &str) -> (Result<u32, String>, Receiver<Message>) {
    let (sender, receiver) = channel();
    let backend: SharedBackend = Arc::new(Scripted);
    let opened = block_on(
        streams.open(&backend, request.to_owned(), move |message| sender.send(message).is_ok()),
    );
    (opened, receiver)
}

fn items(receiver: &Receiver<Message>, count: usize) -> Vec<Message> {
    (0..count).map(|_| receiver.recv_timeout(DEADLINE).unwrap()).collect()
}

fn item(text: &str) -> Message {
    Message::Item(text.to_owned())
}

#[test]
fn items_come_in_order_and_then_the_end() {
    let streams = Streams::default();
    let (opened, receiver) = open(&streams, "end");
    assert!(opened.is_ok());
    let expected = [item("1"), item("2"), item("3"), Message::End { end: None }];
    assert_eq!(items(&receiver, 4), expected);
    // The sender is dropped when the stream's task is over, so this waits for exactly that.
    assert!(receiver.recv_timeout(DEADLINE).is_err());
}

#[test]
fn a_broken_stream_says_why() {
    let streams = Streams::default();
    let (_, receiver) = open(&streams, "fail");
    let last = items(&receiver, 4).pop();
    assert_eq!(last, Some(Message::End { end: Some("connection lost".to_owned()) }));
}

#[test]
fn a_refused_stream_is_an_error_and_leaves_nothing_open() {
    let streams = Streams::default();
    let (opened, _receiver) = open(&streams, "refuse");
    assert_eq!(opened, Err("no such run".to_owned()));
    assert_eq!(streams.count(), 0);
}

#[test]
fn a_closed_stream_is_silent_and_gone() {
    let streams = Streams::default();
    let (opened, receiver) = open(&streams, "hang");
    let number = opened.unwrap();
    assert_eq!(items(&receiver, 3).len(), 3);
    streams.close(number);
    assert_eq!(streams.count(), 0);
    // Aborting drops the sender without an end message.
    assert!(receiver.recv_timeout(DEADLINE).is_err());
    streams.close(number);
}

#[test]
fn a_reload_ends_them_all() {
    let streams = Streams::default();
    let (first, one) = open(&streams, "hang");
    let (second, two) = open(&streams, "hang");
    assert_ne!(first.unwrap(), second.unwrap());
    items(&one, 3);
    items(&two, 3);
    streams.close_all();
    assert_eq!(streams.count(), 0);
    assert!(one.recv_timeout(DEADLINE).is_err() && two.recv_timeout(DEADLINE).is_err());
}

#[test]
fn messages_look_to_the_page_as_documented() {
    assert_eq!(serde_json_of(&item("{\"seq\":1}")), r#""{\"seq\":1}""#);
    assert_eq!(serde_json_of(&Message::End { end: None }), r#"{"end":null}"#);
}

fn serde_json_of(message: &Message) -> String {
    serde_json::to_string(message).unwrap()
}

#[tokio::test(start_paused = true)]
async fn of_a_watched_question_only_other_answers_are_told() {
    let text = |text: &str| Ok(text.to_owned());
    let gone = || Err("gone".to_owned());
    let answers =
        [text("1"), text("1"), gone(), gone(), text("1"), text("2"), text("2"), text("3")];
    let (sender, receiver) = channel();
    let backend: SharedBackend = Arc::new(Answers(answers.to_vec().into()));
    tell_changes(backend, String::new(), move |message| {
        let last = message == item("3");
        sender.send(message).is_ok() && !last
    })
    .await;
    let told: Vec<Message> = receiver.iter().collect();
    let error = Message::Error { error: "gone".to_owned() };
    assert_eq!(told, [item("1"), error, item("1"), item("2"), item("3")]);
}
