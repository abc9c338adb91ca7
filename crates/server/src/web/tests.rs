//! Each way in that a stranger could try, over real TCP: what is asked, with which headers, and what comes back.

use super::*;

use millrace_api::stream::EventStream;
use millrace_api::{API_VERSION, Pending, Remote, Request, Subscribe, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Answers everything by the name of what was asked.
struct Echo;

impl Transport for Echo {
    fn send<'a>(&'a self, request: &'a Request) -> Pending<'a, Vec<u8>> {
        Box::pin(async move {
            match request {
                Request::ListDrafts(_) => Ok(b"{\"drafts\":[]}".to_vec()),
                other => Err(ApiError::new(Code::NotFound, other.name())),
            }
        })
    }

    fn subscribe<'a>(&'a self, _: &'a Subscribe) -> Pending<'a, EventStream> {
        Box::pin(async {
            let stream: EventStream = Box::pin(futures_util::stream::empty());
            Ok(stream)
        })
    }
}

/// One font, of two bytes.
struct OneFont;

impl Fonts for OneFont {
    fn find(&self, _: &str) -> Result<Vec<FoundFont>, String> {
        Ok(vec![FoundFont { font: 0, index: 7 }])
    }

    fn read(&self, font: usize) -> Result<Vec<u8>, String> {
        if font == 0 { Ok(b"ab".to_vec()) } else { Err("no such font".to_owned()) }
    }
}

struct Served {
    session: Arc<Session>,
    address: SocketAddr,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Served {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let session = Arc::new(Session::new(address.port()).unwrap());
        let backend: Arc<dyn Backend> = Arc::new(Remote(Echo));
        let router = router(
            backend,
            Arc::new(OneFont),
            &session,
            ["a", "b"].map(|it| format!("/flows/{it}.json")).into(),
        );
        tokio::spawn(serve(listener, router, std::future::pending()));
        Self { session, address }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        let host = self.address.to_string();
        if !headers.iter().any(|(name, _)| *name == "Host") {
            text.push_str(&format!("Host: {host}\r\n"));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Where the code is exchanged that is good now.
    fn exchange(&self) -> String {
        format!("/open?code={}", *self.session.codes().borrow())
    }

    /// What a browser has that came in by the code.
    async fn come_in(&self) -> (String, String) {
        let answer = self.ask("GET", &self.exchange(), &[], "").await;
        assert_eq!(answer.status, 200);
        let cookie = answer.header("set-cookie").unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let (_, rest) = answer.body.split_once("url=/#session=").unwrap();
        let header = rest.split('"').next().unwrap();
        (cookie.split(';').next().unwrap().to_owned(), header.to_owned())
    }
}

const LIST: &str = "{\"command\":\"list_drafts\"}";

#[tokio::test]
async fn whoever_has_the_code_gets_in_once() {
    let served = Served::start().await;
    let exchange = served.exchange();
    let (cookie, header) = served.come_in().await;
    let origin = format!("http://{}", served.address);
    let version = API_VERSION.to_string();
    let headers = [
        ("Cookie", cookie.as_str()),
        ("Origin", origin.as_str()),
        ("Sec-Fetch-Site", "same-origin"),
        ("millrace-session", header.as_str()),
        ("millrace-api", version.as_str()),
    ];
    let answer = served.ask("POST", "/v1/call", &headers, LIST).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{\"drafts\":[]}"));
    let events = r#"{"after":"now"}"#;
    assert_eq!(served.ask("POST", "/v1/events", &headers, events).await.status, 200);
    let startup = served.ask("GET", "/startup", &headers, "").await;
    assert_eq!(startup.body, r#"{"document":"/flows/a.json","others":["/flows/b.json"]}"#);
    let mut json = headers.to_vec();
    json.push(("Content-Type", "application/json"));
    let fonts = served.ask("POST", "/v1/fonts", &json, "\"中\"").await;
    assert_eq!(fonts.body, r#"[{"font":0,"index":7}]"#);
    assert_eq!(served.ask("GET", "/v1/fonts/0", &headers, "").await.body, "ab");
    assert_eq!(served.ask("GET", "/v1/fonts/1", &headers, "").await.status, 404);
    assert_eq!(served.ask("GET", "/no/such/file", &headers, "").await.status, 404);
    for trick in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "//etc/passwd", "/..%2fCargo.toml"] {
        assert_eq!(served.ask("GET", trick, &headers, "").await.status, 404, "{trick}");
    }
    let again = served.ask("GET", &exchange, &[], "").await;
    assert_eq!(again.status, 403);
    assert!(again.header("set-cookie").is_none() && again.body.contains("used already"));
    // Another browser has an address of its own, and the first stays in.
    served.come_in().await;
    assert_eq!(served.ask("GET", "/startup", &headers, "").await.status, 200);
}

/// Every route, and one that is none.
const ROUTES: [(&str, &str); 10] = [
    ("GET", "/"),
    ("GET", "/index.html"),
    ("GET", "/millrace_ui_bg.wasm"),
    ("GET", "/startup"),
    ("POST", "/v1/call"),
    ("POST", "/v1/events"),
    ("POST", "/v1/fonts"),
    ("GET", "/v1/fonts/0"),
    ("OPTIONS", "/v1/call"),
    ("GET", "/nowhere"),
];

/// Asks for every route with these headers in place of the right ones, and is turned away.
async fn turned_away(served: &Served, wrong: &[(&str, &str)], without: &[&str]) {
    let (cookie, header) = (served.session.cookie_name(), served.session.tokens_for_tests());
    let cookie = format!("{cookie}={}", header.cookie);
    let version = API_VERSION.to_string();
    let right = [
        ("Cookie", cookie.as_str()),
        ("millrace-session", header.header.as_str()),
        ("millrace-api", version.as_str()),
    ];
    let is_right =
        |name: &str| !without.contains(&name) && !wrong.iter().any(|(other, _)| *other == name);
    let mut headers: Vec<_> = right.into_iter().filter(|(name, _)| is_right(name)).collect();
    headers.extend(wrong);
    for (method, path) in ROUTES {
        let answer = served.ask(method, path, &headers, LIST).await;
        assert_eq!(answer.status, 403, "{method} {path} with {wrong:?} without {without:?}");
        assert!(!answer.body.contains("drafts"), "{}", answer.body);
        assert!(answer.header("access-control-allow-origin").is_none());
        assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
    }
}

/// A new route is one that [`ROUTES`] lacks: the sources say which there are.
#[test]
fn every_route_is_among_those_that_are_tried() {
    let tried = |path: &str| {
        let is_like = |route: &str| {
            let (asked, known): (Vec<_>, Vec<_>) =
                (route.split('/').collect(), path.split('/').collect());
            let pairs = asked.iter().zip(&known);
            asked.len() == known.len()
                && pairs.into_iter().all(|(a, b)| a == b || b.starts_with('{'))
        };
        // These two have a secret of their own, and tests of their own.
        ["/open", "/triggers/{workflow}/{trigger}"].contains(&path)
            || ROUTES.iter().any(|(_, route)| is_like(route))
    };
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for file in
        ["http.rs", "web.rs", "web/fonts.rs", "web/guard.rs", "web/page.rs", "web/triggers.rs"]
    {
        let text = std::fs::read_to_string(sources.join(file)).unwrap();
        for part in text.split(".route(").skip(1) {
            let path = part.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
            found.push(path.expect("a route is a text").to_owned());
        }
        for other in [".nest(", ".nest_service(", ".route_service(", ".fallback_service("] {
            assert!(!text.contains(other), "{file} has {other}, which this test does not know");
        }
    }
    let untried: Vec<_> = found.iter().filter(|path| !tried(path)).collect();
    assert!(found.len() >= 7 && untried.is_empty(), "not tried: {untried:?} of {found:?}");
    // Whatever the router is made of is in these files.
    let mut modules: Vec<_> = std::fs::read_dir(sources.join("web"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    modules.sort();
    assert_eq!(
        modules,
        ["fonts.rs", "guard.rs", "page.rs", "session.rs", "tests.rs", "triggers.rs"]
    );
}

#[tokio::test]
async fn no_path_leads_out_of_the_page() {
    let served = Served::start().await;
    let (cookie, header) = served.come_in().await;
    let headers = [("Cookie", cookie.as_str()), ("millrace-session", header.as_str())];
    let long = format!("/{}", "../".repeat(2_000));
    for trick in [
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/%2e%2e%2fCargo.toml",
        "/..%2fCargo.toml",
        "/..%5cCargo.toml",
        "/..\\Cargo.toml",
        "/%252e%252e/Cargo.toml",
        "/%c0%ae%c0%ae/Cargo.toml",
        "//etc/passwd",
        "/etc/passwd",
        "/file:///etc/passwd",
        "/index.html%00.png",
        "/index.html/",
        "/index.html/../../Cargo.toml",
        "/index.html.",
        "/index.html...",
        "/./index.html",
        "/%69ndex.html%2f..%2f..%2fCargo.toml",
        "/INDEX.HTML",
        long.as_str(),
    ] {
        let answer = served.ask("GET", trick, &headers, "").await;
        assert!([400, 404, 414].contains(&answer.status), "{trick}: {}", answer.status);
        for inside in ["[package]", "root:"] {
            assert!(!answer.body.contains(inside), "{trick}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn without_the_cookie_there_is_nothing() {
    let served = Served::start().await;
    turned_away(&served, &[], &["Cookie"]).await;
    turned_away(&served, &[("Cookie", "millrace=1; other=2")], &[]).await;
}

#[tokio::test]
async fn a_page_of_another_origin_is_turned_away_although_it_has_the_cookie() {
    let served = Served::start().await;
    let other_port = "http://127.0.0.1:1";
    for origin in ["https://evil.example", "null", other_port, "http://localhost"] {
        turned_away(&served, &[("Origin", origin)], &[]).await;
    }
    for site in ["cross-site", "same-site"] {
        turned_away(&served, &[("Sec-Fetch-Site", site)], &[]).await;
    }
}

#[tokio::test]
async fn a_name_that_was_made_to_lead_here_is_turned_away() {
    let served = Served::start().await;
    let rebound = format!("evil.example:{}", served.address.port());
    for host in [rebound.as_str(), "127.0.0.1", "127.0.0.1:1", "[::1]", ""] {
        turned_away(&served, &[("Host", host)], &[]).await;
        let exchange = served.exchange();
        let answer = served.ask("GET", &exchange, &[("Host", host)], "").await;
        assert_eq!(answer.status, 403, "not even with the code");
    }
    served.come_in().await;
}

#[tokio::test]
async fn the_cookie_alone_is_not_enough_for_the_api() {
    let served = Served::start().await;
    let (cookie, header) = served.come_in().await;
    let version = API_VERSION.to_string();
    for wrong in ["", &header[1..]] {
        let headers = [
            ("Cookie", cookie.as_str()),
            ("millrace-session", wrong),
            ("millrace-api", version.as_str()),
        ];
        for path in ["/v1/call", "/v1/events"] {
            assert_eq!(served.ask("POST", path, &headers, LIST).await.status, 403, "{path}");
        }
    }
}

#[tokio::test]
async fn a_program_calls_a_trigger_with_its_token_and_no_page_can() {
    let served = Served::start().await;
    let path = "/triggers/daily/pushed";
    let token = ("Authorization", "Bearer abc");
    // Echo refuses by the name of what was asked: it got through.
    let answer = served.ask("POST", path, &[token], "{\"day\": \"x\"}").await;
    assert_eq!(
        (answer.status, answer.body.contains("call_trigger")),
        (404, true),
        "{}",
        answer.body
    );
    assert_eq!(served.ask("POST", path, &[token], "").await.status, 404);
    let port = served.address.port();
    let (foreign, own) = (format!("evil.example:{port}"), format!("http://127.0.0.1:{port}"));
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let refused: [(&str, &str, Headers<'_>, &str, u16); 9] = [
        ("no token", "POST", &[], "", 403),
        ("another scheme", "POST", &[("Authorization", "Basic abc")], "", 403),
        ("a foreign name", "POST", &[token, ("Host", &foreign)], "", 403),
        ("a foreign page", "POST", &[token, ("Origin", "http://evil.example")], "", 403),
        ("a foreign site", "POST", &[token, ("Sec-Fetch-Site", "cross-site")], "", 403),
        ("a look", "GET", &[token], "", 403),
        ("a question before", "OPTIONS", &[token, ("Origin", &own)], "", 403),
        ("no object", "POST", &[token], "[1]", 400),
        ("no JSON", "POST", &[token], "{", 400),
    ];
    for (what, method, headers, body, status) in refused {
        let answer = served.ask(method, path, headers, body).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        assert!(!answer.body.contains("call_trigger"), "{what}");
    }
    let bad_name = served.ask("POST", "/triggers/a%2e%2e/b", &[token], "").await;
    assert_eq!(bad_name.status, 400);
    // The token opens nothing else.
    assert_eq!(served.ask("POST", "/v1/call", &[token], LIST).await.status, 403);
    assert_eq!(served.ask("GET", "/startup", &[token], "").await.status, 403);
}
