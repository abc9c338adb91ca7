//! What each recipe must do, named after its heading.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;

use millrace_tests::kitchen::{Dish, Kitchen};

pub(crate) fn compute_only_what_is_missing(kitchen: &Kitchen) {
    let causes = |dish: &Dish| {
        ["fetch", "total"].map(|name| dish.task(name)["cause"].to_string().contains("reused"))
    };
    let first = kitchen.cook(&[]);
    assert_eq!((first.state(), causes(&first)), ("succeeded", [false, false]));
    assert_eq!(kitchen.read("data/2026-01-31.total"), "42\n");
    assert_eq!(causes(&kitchen.cook(&[])), [true, true]);
    fs::remove_file(kitchen.path("data/2026-01-31.total")).unwrap();
    assert_eq!(causes(&kitchen.cook(&[])), [true, false]);
    assert_eq!(kitchen.read("data/2026-01-31.total"), "42\n");
}

pub(crate) fn try_again_then_go_another_way(kitchen: &Kitchen) {
    let dish = kitchen.cook(&[]);
    assert_eq!(dish.state(), "succeeded");
    assert_eq!(dish.states(&["ask", "yesterday", "report"]), ["error", "succeeded", "succeeded"]);
    assert_eq!(dish.task("ask")["attempts"].as_array().unwrap().len(), 3);
    assert!(dish.printed.contains("rates of yesterday"), "{}", dish.printed);
}

pub(crate) fn clean_up_whatever_happens(kitchen: &Kitchen) {
    let dish = kitchen.cook(&[]);
    assert_eq!(dish.state(), "failed");
    assert_eq!(dish.states(&["start", "check", "stop"]), ["succeeded", "failed", "succeeded"]);
    assert!(dish.printed.contains("started\nchecked"), "{}", dish.printed);
    assert!(!kitchen.path("scratch").exists());
}

pub(crate) fn handle_every_file_of_a_folder(kitchen: &Kitchen) {
    kitchen.write("texts/a.txt", "one\ntwo\n");
    kitchen.write("texts/b.txt", "three\n");
    let dish = kitchen.cook(&["folder=texts"]);
    assert_eq!(dish.state(), "succeeded");
    assert!(dish.printed.contains("3 lines in 2 files"), "{}", dish.printed);
}

pub(crate) fn the_same_workflow_for_each_region(kitchen: &Kitchen) {
    let dish = kitchen.cook(&[]);
    assert_eq!(dish.state(), "succeeded");
    assert!(dish.printed.contains("3 regions are done"), "{}", dish.printed);
    for region in ["north", "south", "west"] {
        assert_eq!(kitchen.read(&format!("{region}.txt")), format!("collected {region}\n"));
    }
}

pub(crate) fn ask_before_what_cannot_be_undone(kitchen: &Kitchen) {
    for (answer, states) in [
        (&["-p", "days=30"][..], ["succeeded", "succeeded", "skipped"]),
        (&["--reject"][..], ["failed", "upstream_failed", "succeeded"]),
    ] {
        let run = kitchen.start(&[]);
        kitchen.until_waiting(&run, "ask");
        kitchen.ask(&[&["approve", &run, "ask"], answer].concat());
        assert_eq!(kitchen.wait(&run).states(&["ask", "delete", "keep"]), states);
    }
}

pub(crate) fn ask_a_service_and_decide_by_its_answer(kitchen: &Kitchen) {
    for (waiting, states) in [(101, ["succeeded", "skipped"]), (100, ["skipped", "succeeded"])] {
        let server = serve_once(format!("{{\"waiting\": {waiting}}}"));
        let dish = kitchen.cook(&[&format!("server={server}")]);
        assert_eq!(dish.states(&["alarm", "fine"]), states);
    }
}

pub(crate) fn keep_a_packed_copy_of_each_day(kitchen: &Kitchen) {
    kitchen.write("reports/a.csv", "1\n");
    let dish = kitchen.cook(&["day=2026-01-31"]);
    assert_eq!(dish.state(), "succeeded");
    assert!(kitchen.path("reports/kept/2026-01-31.tar.gz").is_file());
    assert!(!kitchen.path("reports/a.csv").exists());
}

pub(crate) fn look_into_a_database_and_keep_what_was_found(kitchen: &Kitchen) {
    assert_eq!(kitchen.cook(&[]).state(), "succeeded");
    assert_eq!(
        kitchen.read("large.csv").lines().collect::<Vec<_>>(),
        ["id,amount", "2,500", "3,120"]
    );
    assert_eq!(kitchen.cook(&["least=1000"]).states(&["make", "ask"]), ["succeeded", "failed"]);
}

pub(crate) fn ask_again_until_it_is_done(kitchen: &Kitchen) {
    let dish = kitchen.cook(&[]);
    assert_eq!(dish.state(), "succeeded");
    assert!(dish.printed.contains("done after 3 looks"), "{}", dish.printed);
}

/// Answers one request with this JSON; its address.
fn serve_once(json: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
        while head.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let length = json.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{json}"
        );
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}
