//! What every request must show, whatever it asks for.
//!
//! * **Host**: the address itself. A foreign name that was made to lead here (DNS rebinding) is refused.
//! * **Origin** and **Sec-Fetch-Site**: this page and no other. A page of another site cannot ask in a person's name.
//! * **The cookie**, except for the exchange of the code and for calls of triggers, which show a token of their own. Without it even the page's files are not given.
//! * **The session's header** for the api: what a script of this page alone can know.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::session::Session;

/// Sent by the page with what it asks of the api.
const SESSION: HeaderName = HeaderName::from_static("millrace-session");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Nothing from elsewhere, no script but the page's own, and no place in another page's frame.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// The exchange of a one-time code.
    Exchange,
    /// The call of a trigger, which has a token of its own.
    Trigger,
    /// The api.
    Api,
    /// A file of the page.
    Page,
}

pub(super) async fn guard(
    State(session): State<Arc<Session>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let what = match *request.method() {
        Method::GET if path == "/open" => Asked::Exchange,
        Method::POST if path.starts_with("/triggers/") => Asked::Trigger,
        _ if path.starts_with("/v1/") => Asked::Api,
        _ => Asked::Page,
    };
    let is_api = matches!(what, Asked::Api | Asked::Trigger);
    let refusal = refusal(&session, request.headers(), what);
    let mut response = match refusal {
        Some(why) if is_api => refuse_api(why),
        Some(why) => refuse(why),
        None => next.run(request).await,
    };
    let own = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in own {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Why a request is turned away.
fn refusal(session: &Session, headers: &HeaderMap, what: Asked) -> Option<&'static str> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let hosts = session.hosts();
    let host = text(&header::HOST).unwrap_or_default();
    if !hosts.iter().any(|own| own == host) {
        return Some(
            "this is not the address under which Millrace is served; over ssh, forward its port to the same one",
        );
    }
    if let Some(origin) = text(&header::ORIGIN)
        && origin != format!("http://{host}")
    {
        return Some("a page of another site asked for this");
    }
    // A link in a terminal or a file says none. An exchange may also begin on a page: its code decides.
    if let Some(site) = text(&FETCH_SITE)
        && what != Asked::Exchange
        && !["same-origin", "none"].contains(&site)
    {
        return Some("a page of another site asked for this");
    }
    if matches!(what, Asked::Exchange | Asked::Trigger) {
        return None;
    }
    if !headers
        .get_all(header::COOKIE)
        .iter()
        .any(|cookie| cookie.to_str().is_ok_and(|cookie| session.knows_cookie(cookie)))
    {
        return Some("this browser is not known here");
    }
    if what == Asked::Api && !text(&SESSION).is_some_and(|value| session.knows_header(value)) {
        return Some("this page is not known here");
    }
    None
}

/// What to do next, whoever was turned away.
const NEXT: &str = "Open the address that `millrace serve` printed last; each is good once.";

/// For a person who opened an address: a page that needs nothing else.
pub(super) fn refuse(why: &'static str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Millrace</title>\
         <meta name=\"color-scheme\" content=\"dark light\">\
         <style>body{{font:14px/20px system-ui,sans-serif;max-width:640px;margin:15vh auto;padding:0 24px}}\
         h1{{font-size:18px;margin:0 0 8px}}p{{margin:0;opacity:.7}}</style>\
         <h1>Millrace: {why}.</h1><p>{NEXT}</p>\n"
    );
    (StatusCode::FORBIDDEN, Html(html)).into_response()
}

/// For the page, which shows it beside what it asked for.
fn refuse_api(why: &str) -> Response {
    let text = format!("{why}\n{NEXT}\n");
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
        .into_response()
}
