//! Two starts in one home, without windows.

use std::sync::mpsc::channel;

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);

fn home() -> (tempfile::TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path()).unwrap();
    (folder, home)
}

fn handover(document: &str) -> Handover {
    let run = ShownRun { run: "feed".to_owned(), task: Some("load".to_owned()) };
    Handover {
        documents: vec![document.to_owned()],
        links: vec!["millrace://run/a".to_owned()],
        run: Some(run),
        inbox: false,
    }
}

fn first(start: Start) -> Instance {
    match start {
        Start::First(instance) => instance,
        Start::HandedOver => panic!("there is no other window"),
    }
}

#[test]
fn a_second_start_hands_over_and_the_third_takes_the_place_of_the_first() {
    let (_folder, home) = home();
    let (sender, taken) = channel();
    let instance = first(start(&home, &Handover::default()).unwrap());
    instance.listen(move |handover| sender.send(handover).unwrap()).unwrap();
    let mode = std::fs::metadata(&instance.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else may hand over");
    for document in ["/a.json", "/b.json"] {
        assert!(matches!(start(&home, &handover(document)).unwrap(), Start::HandedOver));
        assert_eq!(taken.recv_timeout(DEADLINE).unwrap(), handover(document));
    }
    drop(instance);
    first(start(&home, &handover("/c.json")).unwrap());
}

#[test]
fn who_comes_while_the_first_is_leaving_becomes_the_first() {
    let (_folder, home) = home();
    let instance = first(start(&home, &Handover::default()).unwrap());
    instance.listen(|handover| panic!("nothing is taken any more: {handover:?}")).unwrap();
    instance.leave();
    let later = std::thread::spawn(move || first(start(&home, &handover("/a.json")).unwrap()));
    drop(instance);
    drop(later.join().unwrap());
}

#[test]
fn a_window_that_does_not_answer_is_named() {
    let (_folder, home) = home();
    let instance = first(start(&home, &Handover::default()).unwrap());
    instance.leave();
    let error = start_within(&home, &Handover::default(), Duration::ZERO).unwrap_err();
    assert!(error.contains("does not answer") && error.contains("window.lock"), "{error}");
}

#[test]
fn what_is_no_hand_over_is_not_answered() {
    let (_folder, home) = home();
    let instance = first(start(&home, &Handover::default()).unwrap());
    instance.listen(|handover| panic!("it is none: {handover:?}")).unwrap();
    let mut stream = UnixStream::connect(&instance.socket).unwrap();
    stream.write_all(b"{\"documents\": 7}\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "");
}

#[test]
fn homes_do_not_know_each_other() {
    let ((_a, one), (_b, other)) = (home(), home());
    let _one = first(start(&one, &Handover::default()).unwrap());
    let _other = first(start(&other, &Handover::default()).unwrap());
}
