//! Requests to servers of the test's own, most of which mean no good.

mod server;

use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::channel;

use millrace_keeper::log::{LogLimits, LogReader};
use millrace_model::action::Action;
use millrace_model::document::{Json, Task};
use millrace_model::event::{AttemptEnd, Exit, Outcome};
use millrace_model::expr::Scope;
use millrace_model::ident::Ident;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::*;
use crate::deed::{self, Deed, Work};
use crate::secrets::{SecretValue, forms};
use server::{Asked, Server};

const SECRET: &str = "Can4ry & \"bird\" 7531";

fn call(folder: &Path, spec: &Value) -> Deed {
    let mut task = Task::new(Ident::new("ask").unwrap(), "http");
    task.spec = Json::from_value(spec);
    let action = Action::for_task(&task).unwrap();
    let is_repeatable = action.is_repeatable();
    let Action::Http(action) = action else { panic!("not a request: {spec}") };
    let value = SecretValue::new(SECRET.into()).unwrap();
    let secrets: SecretValues = action.secrets().map(|(place, _)| (place, value.clone())).collect();
    let masks = MaskSet::new(forms(&secrets));
    let call = Call {
        service: None,
        resolved: action.resolve(&Scope::default()).unwrap(),
        action: *action,
        masks: masks.clone(),
        secrets,
        web: Arc::new(Web::with_idle_limit(Duration::from_millis(200))),
        workdir: folder.to_owned(),
        answer: folder.join("ask.answer"),
    };
    Deed {
        work: Work::Http(Box::new(call)),
        is_repeatable,
        limit: Some(Duration::from_secs(60)),
        masks,
        log: (folder.join("ask.log"), LogLimits::default()),
    }
}

/// What became of a request, and its log.
struct Done {
    end: AttemptEnd,
    log: String,
    folder: tempfile::TempDir,
}

impl Done {
    fn outputs(&self) -> Value {
        assert_eq!(self.end.outcome, Outcome::Succeeded, "{}", self.log);
        Value::Object(self.end.outputs.clone())
    }
}

fn run(spec: &Value) -> Done {
    run_by(spec, |_| {})
}

fn run_by(spec: &Value, change: impl FnOnce(&mut Deed)) -> Done {
    let folder = tempfile::tempdir().unwrap();
    let mut deed = call(folder.path(), spec);
    change(&mut deed);
    let (_stop, stopped) = oneshot::channel();
    let runtime = runtime();
    let end = runtime.block_on(deed::carry_out(deed, stopped));
    let log = text(&folder.path().join("ask.log"));
    Done { end, log, folder }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn text(log: &Path) -> String {
    let chunks = LogReader::open(log).unwrap().read_range(0, usize::MAX).unwrap();
    let bytes: Vec<u8> = chunks.into_iter().flat_map(|chunk| chunk.bytes).collect();
    String::from_utf8(bytes).unwrap()
}

fn answers(text: impl Into<Vec<u8>>) -> Server {
    let text = text.into();
    Server::start(move |mut asked| asked.say(&text))
}

fn ok(media_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nX-Two: a\r\nX-Two: b\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn an_answer_becomes_outputs() {
    let server = answers(ok("application/json; charset=utf-8", "{\"rows\": [1, 2.5]}"));
    let done = run(&json!({ "url": server.url("/x"), "query": { "q": "a b&c" } }));
    let outputs = done.outputs();
    assert_eq!(outputs["status"], 200);
    assert_eq!(outputs["json"], json!({ "rows": [1, 2.5] }));
    assert_eq!((&outputs["body"], &outputs["file"]), (&Value::Null, &Value::Null));
    assert_eq!(outputs["headers"]["x-two"], "a, b");
    assert!(done.log.starts_with(&format!("GET {}?q=a+b%26c\n200 OK after", server.url("/x"))));
    assert!(done.end.log.unwrap().last_line.ends_with("18 bytes"));
    assert!(done.end.started.is_some());

    let outputs = run(&json!({ "url": answers(ok("text/plain", "grüße")).url("/") })).outputs();
    assert_eq!((&outputs["body"], &outputs["json"]), (&json!("grüße"), &Value::Null));
    let nothing = answers("HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\n\r\n");
    let outputs = run(&json!({ "url": nothing.url("/") })).outputs();
    assert_eq!((&outputs["status"], &outputs["json"]), (&json!(204), &Value::Null));
}

#[test]
fn what_is_no_output_is_a_file() {
    let binary =
        [b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n".as_slice(), b"\xff\0\xfe"].concat();
    let large = ok("text/plain", &"x".repeat(3 << 20));
    // Six times as long once it is escaped.
    let escaped = ok("text/plain", &"\u{1}".repeat(500_000));
    for (answer, size) in [(binary, 3), (large.into(), 3 << 20), (escaped.into(), 500_000)] {
        let server = answers(answer);
        let done = run(&json!({ "url": server.url("/") }));
        let path = done.outputs()["file"].as_str().unwrap().to_owned();
        assert_eq!(std::fs::metadata(path).unwrap().len(), size);
    }
}

#[test]
fn a_status_that_was_not_expected_is_a_failure() {
    let answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 10\r\n\r\ntry later\n";
    let server = answers(answer);
    let done = run(&json!({ "url": server.url("/") }));
    assert_eq!(done.end.outcome, Outcome::Failed { exit: Exit::Status(503) });
    assert!(done.log.contains("try later\n503 Service Unavailable after"), "{}", done.log);
    assert!(done.end.log.unwrap().last_line.contains("not expected"));
    let done = run(&json!({ "url": server.url("/"), "expect": "200, 500-599" }));
    assert_eq!(done.outputs()["status"], 503);
    // A body that never ends does not change it.
    let endless = "HTTP/1.1 404 Not Found\r\nContent-Length: 10000\r\n\r\nno";
    let server = Server::start(move |mut asked| {
        asked.say(endless.as_bytes());
        asked.wait();
    });
    let done = run(&json!({ "url": server.url("/") }));
    assert_eq!(done.end.outcome, Outcome::Failed { exit: Exit::Status(404) });
}

/// What is said of an answer, for a request that can be sent again and for one that cannot.
fn faults(server: &Server) -> (Outcome, Outcome) {
    let ask =
        |method: &str| run(&json!({ "url": server.url("/"), "method": method, "max_size": 1 }));
    (ask("GET").end.outcome, ask("POST").end.outcome)
}

fn says(outcome: &Outcome, what: &str) -> bool {
    match outcome {
        Outcome::Error { message } | Outcome::Lost { message } | Outcome::Unknown { message } => {
            message.contains(what)
        }
        _ => false,
    }
}

#[test]
fn an_answer_that_breaks_off_is_lost_or_unknown() {
    let head = "HTTP/1.1 200 OK\r\n";
    let long = "x".repeat(1 << 20);
    let servers = [
        (Server::start(drop), "gives no whole answer"),
        (answers(format!("{head}Content-Length: 100\r\n\r\nshort")), "broke off"),
        (answers(format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n")), "broke off"),
        (answers(format!("{head}X: {long}\r\n\r\n")), "gives no whole answer"),
        (answers("no HTTP at all\r\n\r\n"), "gives no whole answer"),
        (Server::start(Asked::wait), "nothing came for too long"),
        (
            Server::start(move |mut asked| {
                asked.say(format!("{head}Content-Length: 100\r\n\r\nx").as_bytes());
                asked.wait();
            }),
            "stood still",
        ),
    ];
    for (server, what) in servers {
        let (get, post) = faults(&server);
        assert!(matches!(get, Outcome::Lost { .. }) && says(&get, what), "{what}: {get:?}");
        assert!(matches!(post, Outcome::Unknown { .. }) && says(&post, what), "{what}: {post:?}");
        assert!(says(&post, "whether it had its effect"));
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn an_answer_that_comes_packed_is_unpacked() {
    let large = "0123456789".repeat(200_000);
    for (text, name) in [("{\"a\": 1}", "json"), (large.as_str(), "file")] {
        // In two members, one after the other, as log files are packed.
        let (one, other) = text.split_at(text.len() / 2);
        let packed = [gzip(one.as_bytes()), gzip(other.as_bytes())].concat();
        let server = Server::start(move |mut asked| {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: GZIP\r\n";
            asked.say(format!("{head}Content-Length: {}\r\n\r\n", packed.len()).as_bytes());
            asked.say(&packed);
        });
        let done = run(&json!({ "url": server.url("/") }));
        let outputs = done.outputs();
        match name {
            "json" => assert_eq!(outputs["json"], json!({ "a": 1 })),
            _ => {
                let path = outputs["file"].as_str().unwrap();
                assert!(std::fs::read_to_string(path).unwrap() == large);
            }
        }
        assert!(done.log.contains(&format!("{} bytes", text.len())), "{}", done.log);
    }
}

#[test]
fn an_answer_that_cannot_be_taken_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\n";
    let endless = Server::start(move |mut asked| {
        asked.say(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes());
        while asked.try_say(b"1000\r\n") && asked.try_say(&[b'x'; 4_096]) && asked.try_say(b"\r\n")
        {
        }
    });
    let cut = format!("{head}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x08");
    let other = format!("{head}Content-Encoding: br\r\nContent-Length: 2\r\n\r\nxx");
    // 64 MiB in 64 KiB, and as much again and again.
    let bomb = Server::start(move |mut asked| {
        let packed = gzip(&vec![0; 64 << 20]);
        asked.say(format!("{head}Content-Encoding: gzip\r\n\r\n").as_bytes());
        while asked.try_say(&packed) {}
    });
    let looping =
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n";
    let nowhere = "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n";
    for (server, what) in [
        (endless, "larger than 1 MiB"),
        (answers(format!("{head}Content-Length: 10000000000\r\n\r\nx")), "larger than 1 MiB"),
        (bomb, "larger than 1 MiB"),
        (answers(cut), "cannot be unpacked"),
        (answers(other), "compressed (br)"),
        (answers(looping), "redirected more than 5 times"),
        (answers(nowhere), "which is no address"),
        (answers(ok("application/json", "{\"a\":")), "cannot be read"),
        (answers(ok("application/problem+json", &"[".repeat(100_000))), "cannot be read"),
    ] {
        let (get, post) = faults(&server);
        assert!(matches!(get, Outcome::Error { .. }) && says(&get, what), "{what}: {get:?}");
        assert_eq!(get, post);
    }
}

#[test]
fn without_a_connection_nothing_was_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plain = answers("HTTP/1.1 200 OK\r\n\r\n");
    let foreign = Server::encrypted(|mut asked| asked.say(b"HTTP/1.1 200 OK\r\n\r\n"));
    for (url, what) in [
        (format!("http://{closed}/"), "onnection refused"),
        ("http://no.such.name.invalid/".to_owned(), "cannot connect to no.such.name.invalid:80"),
        (plain.url("/").replace("http:", "https:"), "cannot connect"),
        (foreign.url("/"), "ertificate"),
    ] {
        for method in ["GET", "POST"] {
            let done = run(&json!({ "url": url, "method": method }));
            let outcome = &done.end.outcome;
            assert!(matches!(outcome, Outcome::Error { .. }) && says(outcome, what), "{outcome:?}");
            assert!(done.log.contains(what), "{}", done.log);
        }
    }
}

#[test]
fn a_time_out_ends_a_trickle() {
    let server = Server::start(|mut asked| {
        asked.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
        while asked.try_say(b"x") {}
    });
    let ask = |method: &str| {
        let spec = json!({ "url": server.url("/"), "method": method });
        run_by(&spec, |deed| deed.limit = Some(Duration::from_millis(100)))
    };
    let done = ask("PUT");
    assert_eq!(done.end.outcome, Outcome::TimedOut);
    assert!(done.log.contains("took longer than 100ms"), "{}", done.log);
    assert!(!done.folder.path().join("ask.answer").exists());
    assert!(says(&ask("PATCH").end.outcome, "it took too long"));
}

#[test]
fn a_cancel_ends_it_at_once() {
    let (tell, told) = channel();
    let server = Server::start(move |asked| {
        tell.send(()).unwrap();
        asked.wait();
    });
    let folder = tempfile::tempdir().unwrap();
    let mut deed = call(folder.path(), &json!({ "url": server.url("/"), "method": "POST" }));
    let Work::Http(call) = &mut deed.work else { panic!("not a request") };
    call.web = Arc::default();
    let (stop, stopped) = oneshot::channel();
    std::thread::spawn(move || {
        told.recv().unwrap();
        stop.send(()).unwrap();
    });
    let end = runtime().block_on(deed::carry_out(deed, stopped));
    assert_eq!(end.outcome, Outcome::Canceled);
    assert!(text(&folder.path().join("ask.log")).ends_with("cancelled\n"));
}

#[test]
fn what_is_sent_along() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.bin");
    std::fs::write(&file, b"\0\xff").unwrap();
    let form = json!({ "a b": "1&2", "none": "${null}", "list": "${[1, 2]}" });
    for (spec, media_type, body) in [
        (json!({ "json": "{'n': 1 + 1}" }), "application/json", b"{\"n\":2}".as_slice()),
        (json!({ "body": "n=${1 + 1}" }), "text/plain; charset=utf-8", b"n=2"),
        (json!({ "form": form }), "application/x-www-form-urlencoded", b"a+b=1%262&list=1&list=2"),
        (json!({ "file": file }), "application/octet-stream", b"\0\xff"),
        (json!({ "body": "a", "headers": { "content-type": "text/csv" } }), "text/csv", b"a"),
    ] {
        let (tell, told) = channel();
        let server = Server::start(move |mut asked| {
            asked.say(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
            tell.send(asked).unwrap();
        });
        let mut spec = spec;
        spec["url"] = json!(server.url("/"));
        spec["method"] = json!("POST");
        assert_eq!(run(&spec).outputs()["status"], 201);
        let asked = told.recv().unwrap();
        assert_eq!(asked.first_line, "POST / HTTP/1.1");
        assert_eq!((asked.header("content-type"), asked.body.as_slice()), (Some(media_type), body));
    }
    let gone = run(&json!({ "url": "http://127.0.0.1:9/", "method": "PUT", "file": "gone" }));
    assert!(says(&gone.end.outcome, "cannot read"));
}

#[test]
fn a_secret_goes_to_its_server_and_nowhere_else() {
    let (tell, told) = channel();
    let elsewhere = Server::start({
        let tell = tell.clone();
        move |mut asked| {
            asked.say(ok("text/plain", "elsewhere").as_bytes());
            tell.send(asked).unwrap();
        }
    });
    let target = elsewhere.url("/");
    let server = Server::start(move |mut asked| {
        let basic = asked.header("authorization").unwrap_or_default().to_owned();
        let (redirects, said) =
            (asked.first_line.contains("/away"), json!({ "list": [SECRET, basic], SECRET: 1 }));
        let answer = match redirects {
            true => format!("HTTP/1.1 307 Away\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"),
            false => ok("application/json", &said.to_string()),
        };
        asked.say(answer.as_bytes());
        tell.send(asked).unwrap();
    });
    let spec = |path: &str| {
        json!({
            "url": server.url(path), "auth": "basic", "user": "me", "secret": "canary",
            "headers": { "X-Key": { "secret": "canary" }, "X-Open": "o", "Cookie": "c=1" },
        })
    };
    let done = run(&spec("/here"));
    let asked = told.recv().unwrap();
    assert_eq!(asked.header("x-key"), Some(SECRET));
    // me:Can4ry & "bird" 7531
    assert_eq!(asked.header("authorization"), Some("Basic bWU6Q2FuNHJ5ICYgImJpcmQiIDc1MzE="));
    let given = done.outputs()["json"].clone();
    assert_eq!((&given["list"][0], &given["***"]), (&json!("***"), &json!(1)));
    assert!(given["list"][1].as_str().unwrap().starts_with("Basic bW"), "{given}");
    assert!(!done.outputs().to_string().contains("Q2FuNHJ5"), "{given}");

    let done = run(&spec("/away"));
    assert_eq!(done.outputs()["body"], "elsewhere");
    assert!(told.recv().unwrap().header("x-key").is_some());
    let asked = told.recv().unwrap();
    for name in ["authorization", "x-key", "cookie"] {
        assert_eq!(asked.header(name), None, "{name}");
    }
    assert_eq!(asked.header("x-open"), Some("o"));
    assert!(done.log.contains("307 Temporary Redirect, leads to"), "{}", done.log);

    // Also where the log ends in the middle of it.
    for before in [2, 2_040] {
        let body = format!("{}{SECRET}", "n".repeat(before));
        let head = format!("HTTP/1.1 401 Unauthorized\r\nContent-Length: {}", body.len());
        let failing = answers(format!("{head}\r\n\r\n{body}"));
        let done = run(&json!({ "url": failing.url("/"), "auth": "bearer", "secret": "canary" }));
        assert!(done.log.contains("nn***") && !done.log.contains("Can"), "{}", done.log);
    }
}

#[test]
fn a_post_that_is_led_on_becomes_a_get() {
    let (tell, told) = channel();
    let server = Server::start(move |mut asked| {
        let answer = match asked.first_line.starts_with("POST") {
            true => {
                "HTTP/1.1 303 See Other\r\nLocation: made\r\nContent-Length: 0\r\n\r\n".to_owned()
            }
            false => ok("text/plain", "made"),
        };
        asked.say(answer.as_bytes());
        tell.send(asked).unwrap();
    });
    let spec = json!({ "url": server.url("/a/b"), "method": "POST", "body": "x" });
    assert_eq!(run(&spec).outputs()["body"], "made");
    assert_eq!(told.recv().unwrap().body, b"x");
    let asked = told.recv().unwrap();
    assert_eq!(
        (asked.first_line.as_str(), asked.header("content-type")),
        ("GET /a/made HTTP/1.1", None)
    );
    let mut spec = spec;
    spec["redirects"] = json!(0);
    assert_eq!(run(&spec).end.outcome, Outcome::Failed { exit: Exit::Status(303) });
}
