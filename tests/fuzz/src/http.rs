//! Requests: as JSON for a command, and as the raw bytes of a connection.

use std::sync::Arc;

use axum::Router;
use futures_util::stream;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use millrace_api::stream::{EventStream, Subscribe};
use millrace_api::{ApiError, Backend, Code, Pending, Remote, Request, Transport};
use millrace_server::web::{Fonts, FoundFont};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The port at which the page says that it is served.
const PORT: u16 = 8737;

/// Any body is a request or refused; what is read is written as the same request.
pub fn requests(data: &[u8]) {
    let Ok(request) = serde_json::from_slice::<Request>(data) else { return };
    let text = serde_json::to_vec(&request).expect("a request can be written");
    let again: Request = serde_json::from_slice(&text).expect("what was written is read");
    assert_eq!(again.name(), request.name());
    assert_eq!(serde_json::to_vec(&again).expect("a request can be written"), text);
    // Whoever answers is asked for exactly this.
    runtime().block_on(async {
        let backend = Remote(Nobody { only_triggers: false });
        let answered = millrace_api::answer(&backend, request).await;
        assert_eq!(answered.err().map(|error| error.code), Some(Code::NotFound));
    });
}

/// Any bytes of a connection: the private socket answers or hangs up; the page gives nothing to somebody without a session,
/// and asks nothing for him but the call of a trigger, whose token decides.
pub fn http(data: &[u8]) {
    runtime().block_on(async {
        let backend: Arc<dyn Backend> = Arc::new(Remote(Nobody { only_triggers: false }));
        talk(millrace_server::fuzz::private(backend), data).await;
        let backend: Arc<dyn Backend> = Arc::new(Remote(Nobody { only_triggers: true }));
        let page = millrace_server::fuzz::page(backend, Arc::new(NoFonts), PORT).unwrap();
        let answer = talk(page, data).await;
        for status in statuses(&answer) {
            assert!(!(200..300).contains(&status), "a stranger got {status}");
        }
    });
}

/// Serves one connection to its end; gives what was answered.
async fn talk(router: Router, data: &[u8]) -> Vec<u8> {
    let (mut ours, theirs) = tokio::io::duplex(data.len() + (1 << 16));
    ours.write_all(data).await.unwrap();
    ours.shutdown().await.unwrap();
    let served = async {
        // In this task, so that a panic of a handler is one of the target's.
        let service = TowerToHyperService::new(router);
        let mut http = http1::Builder::new();
        let _hung_up = http.half_close(true).serve_connection(TokioIo::new(theirs), service).await;
    };
    let mut answer = Vec::new();
    let (_served, read) = tokio::join!(served, ours.read_to_end(&mut answer));
    read.unwrap();
    answer
}

/// Those at the beginnings of lines; a body can hold one more, and has nothing of ours.
fn statuses(answer: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(answer);
    let lines = text.split("HTTP/1.1 ").skip(1);
    lines.filter_map(|line| line.get(..3)?.parse().ok()).collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// Has nothing.
struct Nobody {
    only_triggers: bool,
}

impl Transport for Nobody {
    fn send<'a>(&'a self, request: &'a Request) -> Pending<'a, Vec<u8>> {
        let is_trigger = matches!(request, Request::CallTrigger(_));
        assert!(!self.only_triggers || is_trigger, "a stranger asked for {}", request.name());
        Box::pin(std::future::ready(Err(ApiError::new(Code::NotFound, "nothing is here"))))
    }

    fn subscribe<'a>(&'a self, _: &'a Subscribe) -> Pending<'a, EventStream> {
        assert!(!self.only_triggers, "a stranger listens");
        let stream: EventStream = Box::pin(stream::empty());
        Box::pin(std::future::ready(Ok(stream)))
    }
}

struct NoFonts;

impl Fonts for NoFonts {
    fn find(&self, _: &str) -> Result<Vec<FoundFont>, String> {
        panic!("a stranger looked for fonts")
    }

    fn read(&self, _: usize) -> Result<Vec<u8>, String> {
        panic!("a stranger read a font")
    }
}
