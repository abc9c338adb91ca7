//! Sends a request, follows redirects, and judges the answer by its status.

use std::time::Instant;

use millrace_model::Values;
use millrace_model::action::{Auth, HttpAction, Method, ResolvedBody, ResolvedValue};
use millrace_model::connection::{HttpLogin, HttpService, TextOrSecret};
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION,
    PROXY_AUTHORIZATION,
};
use reqwest::{Request, Response, Url};
use tokio::io::AsyncReadExt;

use super::{Call, answer};
use crate::deed::{Fault, Log};
use crate::secrets::CONNECTION;

/// The largest file that is sent.
const MAX_FILE: u64 = 64 << 20;

/// Sends the request of a call and gives its outputs.
pub(super) async fn exchange(call: &Call, log: &Log) -> Result<Values, Fault> {
    let mut next = Next::of(call).await.map_err(Fault::NotBegun)?;
    let client = call
        .web
        .client()
        .map_err(|error| Fault::NotBegun(format!("cannot speak HTTP: {}", root_of(&error))))?;
    let begun = Instant::now();
    let mut followed = 0;
    loop {
        log.line(&format!("{} {}", next.method.as_str(), next.url));
        let sent = client.execute(next.request()).await;
        let response = sent.map_err(|error| failed(&next.url, error))?;
        let status = response.status();
        let Some(target) = redirected(&response, call.action.redirects) else {
            return answer::take(call, log, response, begun).await;
        };
        if followed == call.action.redirects {
            return Err(Fault::Unusable(format!(
                "redirected more than {followed} times, at last to {target}; look at the address, or raise `redirects`"
            )));
        }
        followed += 1;
        log.line(&format!("{status}, leads to {target}"));
        next.lead(status.as_u16(), &target).map_err(Fault::Unusable)?;
    }
}

/// Where the answer leads, where that is to be followed.
fn redirected(response: &Response, redirects: u32) -> Option<String> {
    let leads = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let target = response.headers().get(LOCATION).filter(|_| leads && redirects > 0)?;
    Some(String::from_utf8_lossy(target.as_bytes()).into_owned())
}

/// The request that is sent next.
struct Next {
    method: reqwest::Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl Next {
    async fn of(call: &Call) -> Result<Self, String> {
        let resolved = &call.resolved;
        let whole = match &call.service {
            Some(service) => format!(
                "{}/{}",
                service.url.trim_end_matches('/'),
                resolved.url.trim_start_matches('/')
            ),
            None => resolved.url.clone(),
        };
        let url = Url::parse(&whole)
            .ok()
            .filter(|url| url.has_host())
            .ok_or_else(|| format!("`{whole}` is no address that can be used"))?;
        let mut headers = HeaderMap::new();
        if let Some(service) = &call.service {
            let own =
                |name: &str| resolved.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
            for (name, value) in service.headers.iter().filter(|(name, _)| !own(name)) {
                let value = match value {
                    TextOrSecret::Text(text) => text.as_bytes(),
                    TextOrSecret::Secret(_) => {
                        secret(call, &format!("{CONNECTION}headers.{name}"))?
                    }
                };
                // What belongs to the service goes to no other.
                add(&mut headers, name, value, true)?;
            }
        }
        for (name, value) in &resolved.headers {
            let (value, is_secret) = match value {
                ResolvedValue::Text(text) => (text.as_bytes(), false),
                ResolvedValue::Secret(place) => (secret(call, place)?, true),
            };
            add(&mut headers, name, value, is_secret)?;
        }
        if let Some(value) = authorization(call)? {
            headers.remove(AUTHORIZATION);
            add(&mut headers, AUTHORIZATION.as_str(), &value, true)?;
        }
        let body = match &resolved.body {
            ResolvedBody::None => None,
            ResolvedBody::Bytes { bytes, media_type } => {
                let media_type = HeaderValue::from_static(media_type);
                headers.entry(CONTENT_TYPE).or_insert(media_type);
                Some(bytes.clone())
            }
            ResolvedBody::File(path) => {
                let media_type = HeaderValue::from_static("application/octet-stream");
                headers.entry(CONTENT_TYPE).or_insert(media_type);
                Some(file(call, path).await?)
            }
        };
        Ok(Self { method: method(&call.action), url, headers, body })
    }

    fn request(&self) -> Request {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = self.headers.clone();
        *request.body_mut() = self.body.clone().map(Into::into);
        request
    }

    /// Goes on to where an answer of this status leads.
    fn lead(&mut self, status: u16, target: &str) -> Result<(), String> {
        let url = self
            .url
            .join(target)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or_else(|| format!("redirected to `{target}`, which is no address"))?;
        if self.url.scheme() == "https" && url.scheme() == "http" {
            return Err(format!("redirected from https to {url}, which is not followed"));
        }
        if self.url.origin() != url.origin() {
            let is_own = |name: &HeaderName, value: &HeaderValue| {
                value.is_sensitive() || [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION].contains(name)
            };
            let own: Vec<HeaderName> = self
                .headers
                .iter()
                .filter(|(name, value)| is_own(name, value))
                .map(|(name, _)| name.clone())
                .collect();
            for name in own {
                self.headers.remove(name);
            }
        }
        let is_get = [reqwest::Method::GET, reqwest::Method::HEAD].contains(&self.method);
        let was_post = self.method == reqwest::Method::POST;
        if (status == 303 && !is_get) || (matches!(status, 301 | 302) && was_post) {
            self.method = reqwest::Method::GET;
            self.body = None;
            self.headers.remove(CONTENT_TYPE);
        }
        self.url = url;
        Ok(())
    }
}

fn method(action: &HttpAction) -> reqwest::Method {
    match action.method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
        Method::Options => reqwest::Method::OPTIONS,
    }
}

fn secret<'a>(call: &'a Call, place: &str) -> Result<&'a [u8], String> {
    let value =
        call.secrets.get(place).ok_or_else(|| format!("{place}: its secret was not read"))?;
    // A line break at its end comes from how it was stored.
    Ok(value.reveal().trim_ascii())
}

fn authorization(call: &Call) -> Result<Option<Vec<u8>>, String> {
    let (user, secret) = match (&call.action.auth, &call.service) {
        (Some(Auth::Bearer { .. }), _) => (None, secret(call, HttpAction::AUTH)?),
        (Some(Auth::Basic { .. }), _) => {
            let user = call.resolved.user.as_deref().unwrap_or_default();
            (Some(user), secret(call, HttpAction::AUTH)?)
        }
        (None, Some(HttpService { auth: Some(login), user, .. })) => {
            let user = user.as_deref().filter(|_| *login == HttpLogin::Basic);
            (user, secret(call, &format!("{CONNECTION}secret"))?)
        }
        (None, _) => return Ok(None),
    };
    Ok(Some(match user {
        None => [b"Bearer ", secret].concat(),
        Some(user) => {
            use base64::Engine as _;
            if user.contains(':') {
                return Err("user: a name for `basic` cannot have a colon".to_owned());
            }
            let pair = [user.as_bytes(), b":", secret].concat();
            let pair = base64::engine::general_purpose::STANDARD.encode(pair);
            format!("Basic {pair}").into_bytes()
        }
    }))
}

fn add(headers: &mut HeaderMap, name: &str, value: &[u8], is_secret: bool) -> Result<(), String> {
    let parsed = HeaderName::try_from(name).ok().zip(HeaderValue::from_bytes(value).ok());
    let Some((name, mut value)) = parsed else {
        return Err(format!(
            "the value of the header `{name}` has characters that none can have, such as a line break"
        ));
    };
    value.set_sensitive(is_secret);
    headers.append(name, value);
    Ok(())
}

async fn file(call: &Call, path: &str) -> Result<Vec<u8>, String> {
    let path = call.workdir.join(path);
    let read = async {
        let file = tokio::fs::File::open(&path).await?;
        if !file.metadata().await?.is_file() {
            return Err(std::io::Error::other("it is no file"));
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).await?;
        Ok(bytes)
    };
    let bytes = read.await.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!(
            "{} is larger than 64 MiB; send it with a program, such as curl",
            path.display()
        ));
    }
    Ok(bytes)
}

fn failed(url: &Url, error: reqwest::Error) -> Fault {
    let error = error.without_url();
    let server = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
    let what = root_of(&error);
    match () {
        () if error.is_connect() && error.is_timeout() => Fault::NotBegun(format!(
            "cannot connect to {server}{port}: it does not answer within 10 s"
        )),
        () if error.is_connect() => {
            Fault::NotBegun(format!("cannot connect to {server}{port}: {what}"))
        }
        () if error.is_builder() => Fault::NotBegun(format!("cannot be sent: {what}")),
        () if error.is_timeout() => {
            Fault::Broke(format!("{server}{port} does not answer: nothing came for too long"))
        }
        () => Fault::Broke(format!("{server}{port} gives no whole answer: {what}")),
    }
}

/// What lies behind an error: the outer ones only say that something went wrong.
pub(super) fn root_of(error: &dyn std::error::Error) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_redirect_leads_out_of_https() {
        let url = Url::parse("https://a.example/x").unwrap();
        let mut headers = HeaderMap::new();
        add(&mut headers, "x-key", b"value", true).unwrap();
        let (method, body) = (reqwest::Method::PUT, Some(b"x".to_vec()));
        let mut next = Next { method, url, headers, body };
        assert!(next.lead(307, "http://a.example/").unwrap_err().contains("from https"));
        for other in ["ftp://a.example/", "file:///etc/passwd", "data:,x", "javascript:1", "http:"]
        {
            let why = next.lead(307, other).unwrap_err();
            assert!(why.contains("no address") || why.contains("from https"), "{other}: {why}");
        }
        next.lead(307, "/y").unwrap();
        assert_eq!((next.url.path(), next.headers.len(), next.body.is_some()), ("/y", 1, true));
        next.lead(302, "https://b.example/").unwrap();
        assert_eq!((next.method, next.headers.len()), (reqwest::Method::PUT, 0));
    }
}
