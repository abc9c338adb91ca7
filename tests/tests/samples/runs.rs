//! What each sample must do, named after its file.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread;

use millrace_tests::http;
use millrace_tests::kitchen::Kitchen;
use millrace_tests::podman::{IMAGE, Podman};
use millrace_tests::smtp::{self, By};

pub(crate) fn ask_first(kitchen: &Kitchen) {
    for (answer, states, printed) in [
        (&["-p", "keep=2"][..], ["succeeded", "succeeded", "skipped"], "left: 2"),
        (&["--reject"][..], ["failed", "upstream_failed", "succeeded"], "nothing was deleted"),
    ] {
        let run = kitchen.start(&["settle=10ms"]);
        kitchen.until_waiting(&run, "ask");
        kitchen.ask(&[&["approve", &run, "ask"], answer].concat());
        let dish = kitchen.wait(&run);
        assert_eq!(dish.states(&["ask", "delete", "kept"]), states);
        assert!(dish.printed.contains(printed), "{}", dish.printed);
    }
}

pub(crate) fn ask_service(kitchen: &Kitchen) {
    let dish = kitchen.cook(&[&format!("address={}", serve_once())]);
    assert_eq!(dish.states(&["ask", "answered", "silent"]), ["succeeded", "succeeded", "skipped"]);
    assert!(dish.printed.contains("status 200, served by the sample"), "{}", dish.printed);
    let dish = kitchen.cook(&["address=http://127.0.0.1:9/"]);
    assert_eq!(
        dish.states(&["ask", "answered", "silent"]),
        ["error", "upstream_failed", "succeeded"]
    );
    assert_eq!(dish.task("ask")["attempts"].as_array().unwrap().len(), 2);
}

pub(crate) fn backup(kitchen: &Kitchen) {
    let dish = kitchen.cook(&[]);
    assert_eq!(dish.state(), "succeeded");
    assert_eq!(dish.states(&["verify", "keep", "clean_up"]), ["succeeded", "skipped", "succeeded"]);
    kitchen.write("letters/a b.txt", "Dear reader,\n");
    fs::create_dir(kitchen.path("kept")).unwrap();
    let dish = kitchen.cook(&["folder=letters", "target=kept", "name=letters"]);
    assert_eq!(dish.state(), "succeeded", "{}", dish.printed);
    assert!(kitchen.path("kept/letters.tar.gz").is_file());
}

pub(crate) fn check_files(kitchen: &Kitchen) {
    kitchen.write("texts/a.txt", "one\ntwo\n");
    kitchen.write("texts/b.txt", "three\n");
    let run = kitchen.start(&["folder=texts"]);
    let dish = kitchen.wait(&run);
    assert_eq!(dish.state(), "succeeded", "{}", dish.printed);
    assert!(dish.printed.contains("2 texts/a.txt"), "{}", dish.printed);
    assert_eq!(dish.task("total")["outputs"]["lines"], 3);
}

pub(crate) fn clean_up(kitchen: &Kitchen) {
    let dish = kitchen.cook(&[]);
    assert_eq!((dish.state(), dish.states(&["add", "tidy"])), ("succeeded", ["succeeded"; 2]));
    assert_eq!(dish.task("add")["outputs"]["sum"], 14);
    let dish = kitchen.cook(&["fails=true"]);
    assert_eq!(dish.state(), "failed");
    let states = dish.states(&["collect", "add", "note", "report", "tidy"]);
    assert_eq!(states, ["succeeded", "failed", "succeeded", "succeeded", "succeeded"]);
    let log = |name: &str| kitchen.ask(&["logs", "last", name]);
    assert_eq!(log("note[0]"), "try 1 of add: exit code 3\n");
    assert_eq!(log("report[0]"), "add failed, after 3 numbers\n");
    assert_eq!(log("tidy[0]"), "the run has failed\n");
}

pub(crate) fn compare_folders(kitchen: &Kitchen) {
    kitchen.write("other/a", "12345");
    let dish = kitchen.cook(&["left=other", "right=data"]);
    assert_eq!(dish.state(), "succeeded", "{}", dish.printed);
    assert!(dish.printed.contains("5 bytes and "), "{}", dish.printed);
    // Two runs of `folder_size` and this one.
    let runs: serde_json::Value = serde_json::from_str(&kitchen.ask(&["runs", "--json"])).unwrap();
    assert_eq!(runs["runs"].as_array().unwrap().len(), 3, "{runs}");
}

pub(crate) fn container_report(kitchen: &Kitchen) {
    let Some(podman) = Podman::new(&kitchen.path("podman")) else { return };
    // The same document, with the engine that knows the test's image and without a limit that not every machine can set.
    kitchen.edit("container_report.json", |document| {
        let spec = &mut document["tasks"][0]["spec"];
        spec["engine"] = podman.program().into();
        spec.as_object_mut().unwrap().remove("memory");
    });
    fs::remove_file(kitchen.path("data/dice.ipynb")).unwrap();
    let dish = kitchen.cook(&[&format!("image={IMAGE}")]);
    assert_eq!(dish.state(), "succeeded", "{}", dish.printed);
    let words = kitchen.read("data/sales.csv").split_whitespace().count();
    assert!(dish.printed.contains(&format!("There are {words} words.")), "{}", dish.printed);
    assert!(podman.containers().is_empty(), "none is left");
}

pub(crate) fn csv_report(kitchen: &Kitchen) {
    let dish = kitchen.cook(&["title=Sales of the year"]);
    assert_eq!(dish.state(), "succeeded", "{}", dish.printed);
    assert!(dish.printed.contains("# Sales of the year"), "{}", dish.printed);
    assert!(dish.task("report")["outputs"]["cents"].as_i64().is_some_and(|cents| cents > 0));
}

pub(crate) fn drop_box(kitchen: &Kitchen) {
    let folder = kitchen.path("box");
    let dish = kitchen.cook(&[&format!("folder={}", folder.display())]);
    assert_eq!(dish.states(&["deliver", "arrive", "count"]), ["succeeded"; 3], "{}", dish.printed);
    assert!(dish.printed.contains('3') && !folder.exists(), "{}", dish.printed);
}

pub(crate) fn folder_size(kitchen: &Kitchen) {
    kitchen.write("some/a", "12345");
    kitchen.write("some/b", "123");
    let run = kitchen.start(&["folder=some"]);
    assert_eq!(kitchen.wait(&run).state(), "succeeded");
    let outputs = kitchen.ask(&["outputs", &run, "--json"]);
    assert!(outputs.contains("\"bytes\":8") || outputs.contains("\"bytes\": 8"), "{outputs}");
}

pub(crate) fn grid(kitchen: &Kitchen) {
    let run = kitchen.start(&[]);
    let tasks = kitchen.ended(&run)["tasks"].as_array().unwrap().clone();
    assert_eq!(tasks.len(), 200);
    assert!(tasks.iter().all(|task| task[1]["state"] == "succeeded"));
}

pub(crate) fn health_check(kitchen: &Kitchen) {
    let dish = kitchen.cook(&[]);
    assert_eq!(dish.state(), "failed");
    assert_eq!(
        dish.states(&["probe", "incident", "all_well"]),
        ["failed", "succeeded", "upstream_failed"]
    );
    assert_eq!(dish.task("probe")["attempts"].as_array().unwrap().len(), 3);
    assert!(dish.printed.contains("# Incident"), "{}", dish.printed);
    let dish = kitchen.cook(&["healthy=true"]);
    assert_eq!(
        (dish.state(), dish.task("incident")["state"].as_str()),
        ("succeeded", Some("skipped"))
    );
}

pub(crate) fn hello(kitchen: &Kitchen) {
    let dish = kitchen.cook(&["who=Ada"]);
    assert_eq!(dish.state(), "succeeded");
    assert!(dish.printed.contains("HELLO, ADA! That were 11 letters."), "{}", dish.printed);
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn notebook_report(kitchen: &Kitchen) {
    // The environment is made once, and shared with the tests of notebooks.
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("notebooks");
    fs::create_dir_all(&kept).unwrap();
    symlink(kept, kitchen.path("home/cache")).unwrap();
    let run = kitchen.start(&["dice=2", "throws=50"]);
    let dish = kitchen.wait_long(&run);
    if dish.printed.contains("could not make the Python environment") {
        eprintln!(
            "SKIPPED, no notebook was run: papermill could not be fetched:\n{}",
            dish.printed
        );
        return;
    }
    assert_eq!(dish.state(), "succeeded", "{}", dish.printed);
    assert!(dish.printed.contains("The results are in "), "{}", dish.printed);
}

pub(crate) fn sales_report(kitchen: &Kitchen) {
    let (chat, post) = (http::Server::start(), smtp::Server::start(By::Clear));
    kitchen.settle(&format!(
        "[notify.webhook.chat]\nurl = \"{}/in\"\n\
         [connections.out]\nkind = \"smtp\"\nserver = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nfrom = \"me@example.org\"\n",
        chat.address, post.port
    ));
    kitchen.edit("sales_report.json", |document| {
        let tasks = document["tasks"].as_array_mut().unwrap();
        let tell = tasks.iter_mut().find(|task| task["name"] == "tell").unwrap();
        tell["spec"]["channels"] = serde_json::json!(["chat"]);
    });
    let run = kitchen.start(&["tell=true", "to=you@example.org"]);
    let told = chat.next().answer("200 OK").body.to_string();
    assert!(told.contains("north sold most: 120.5"), "{told}");
    let mail = post.next();
    assert!(mail.contains(&"RCPT TO:<you@example.org>".to_owned()), "{mail:?}");
    assert!(mail.iter().any(|line| line.contains("report.csv")), "{mail:?}");
    assert_eq!(kitchen.wait(&run).state(), "succeeded");
    let dish = kitchen.cook(&["least=1000"]);
    assert_eq!(
        dish.states(&["ask", "tell", "send"]),
        ["failed", "upstream_failed", "upstream_failed"]
    );
}

pub(crate) fn tidy_folder(kitchen: &Kitchen) {
    for (files, way) in [("0", "empty"), ("3", "a few"), ("40", "full")] {
        let dish = kitchen.cook(&[&format!("files={files}")]);
        assert_eq!(dish.state(), "succeeded", "{files}");
        let told = format!("{files} files, way: {way}");
        assert!(dish.printed.contains(&told), "{told}: {}", dish.printed);
        let ran = ["nothing", "list", "pack"].map(|name| dish.task(name)["state"] == "succeeded");
        assert_eq!(ran, ["empty", "a few", "full"].map(|other| other == way), "{files}");
    }
}

pub(crate) fn work_off(kitchen: &Kitchen) {
    let dish = kitchen.cook(&["things=7", "at_once=3"]);
    assert_eq!(dish.state(), "succeeded", "{}", dish.printed);
    assert_eq!(dish.task("work")["attempts"].as_array().unwrap().len(), 3);
    assert!(dish.printed.contains("7 things are done"), "{}", dish.printed);
}

/// Answers one request; its address.
fn serve_once() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
        while head.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let answer = "HTTP/1.1 200 OK\r\nServer: the sample\r\nContent-Length: 3\r\nConnection: close\r\n\r\nyes";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}
