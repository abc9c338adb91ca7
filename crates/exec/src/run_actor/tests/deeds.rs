//! Attempts without a process: what the next daemon makes of them, and the places that they take.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

use super::*;

fn spec(url: &str, method: &str) -> Value {
    json!({ "url": url, "method": method })
}

/// What an actor says of these orders until all attempts are over, and then that the run has ended.
fn reports(root: &Path, orders: Vec<Order>, ends: usize) -> Vec<Report> {
    let (reports, mut reported) = Reports::channel();
    let (sender, receiver) = unbounded_channel();
    orders.into_iter().for_each(|order| sender.send(order).ok().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Arc::new(config(root, runtime.handle().clone()));
    let actor = RunActor::new(RUN, config, (Arc::default(), Arc::default()), reports, receiver);
    let acting = std::thread::spawn(move || runtime.block_on(actor.run()));
    let mut said = Vec::new();
    let mut over = 0;
    while over < ends {
        let report = reported.blocking_recv().unwrap();
        over += usize::from(!matches!(report.report, AttemptReport::Started { .. }));
        said.push(report);
    }
    sender.send(Order::End).ok().unwrap();
    acting.join().unwrap();
    said
}

#[test]
fn what_a_killed_daemon_sent_is_lost_or_unknown() {
    let root = tempfile::tempdir().unwrap();
    let dir = RunDir::of(&root.path().join("runs"), RUN);
    dir.create().unwrap();
    let url = "http://127.0.0.1:1/";
    let attempts: Vec<AdoptAttempt> = [(1, "GET"), (2, "POST"), (3, "POST"), (4, "POST")]
        .into_iter()
        .map(|(serial, method)| attempt_of(serial, "http", &spec(url, method), &[]))
        .collect();
    for serial in [1, 2] {
        begun::note(&dir.begun(serial), false).unwrap();
    }
    let mut end = AttemptEnd::unmeasured(Outcome::Succeeded, now());
    end.outputs.insert("status".to_owned(), json!(200));
    begun::note_end(&dir.begun(3), &end).unwrap();
    let said = reports(root.path(), vec![Order::Adopt { places: 4, attempts }], 4);
    let of =
        |serial: u32| &said.iter().find(|report| report.attempt.serial == serial).unwrap().report;
    assert!(matches!(of(1), AttemptReport::Unknown { .. }), "{said:?}");
    let AttemptReport::Ended(unknown) = of(2) else { panic!("{said:?}") };
    assert!(matches!(unknown.outcome, Outcome::Unknown { .. }), "{unknown:?}");
    assert_eq!(of(3), &AttemptReport::Ended(Box::new(end)));
    assert!(dir.published(&Ident::new("wait").unwrap()).exists());
    assert_eq!(of(4), &AttemptReport::Recalled);
}

#[test]
fn a_request_is_carried_out_and_its_end_noted() {
    let root = tempfile::tempdir().unwrap();
    let dir = RunDir::of(&root.path().join("runs"), RUN);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (note, serving) = (
        dir.begun(1),
        std::thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            let mut block = [0; 4_096];
            assert_ne!(stream.read(&mut block).unwrap(), 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        }),
    );
    let start = attempt_of(1, "http", &spec(&url, "POST"), &[]).start;
    let said = reports(root.path(), vec![Order::Start(start)], 1);
    serving.join().unwrap();
    assert_eq!(said[0].report, AttemptReport::Started { pid: None });
    let AttemptReport::Ended(end) = &said[1].report else { panic!("{said:?}") };
    assert_eq!((&end.outcome, &end.outputs["body"]), (&Outcome::Succeeded, &json!("hi")));
    assert_eq!(begun::read(&note), Progress::Ended(end.clone()));
    assert!(dir.log(1).exists() && dir.published(&Ident::new("wait").unwrap()).exists());
}
