//! Calls of an address: JSON with everything, or a text in the form that Slack takes.
//!
//! The address itself may be a secret, so no error has it. Nothing of the answer is read but its status.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use millrace_api::settings::WebhookFormat;
use millrace_api::{ApiError, Code};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Client, StatusCode, Url, redirect};
use serde_json::{Value, json};

use super::message::{Message, date};
use super::outgoing::Outgoing;

/// How long an address may take to answer.
const LIMIT: Duration = Duration::from_secs(20);

/// Connections to the web, made when they are first needed.
#[derive(Debug)]
pub(super) struct Http {
    limit: Duration,
    client: Mutex<Option<Client>>,
}

impl Default for Http {
    fn default() -> Self {
        Self { limit: LIMIT, client: Mutex::default() }
    }
}

impl Http {
    fn client(&self) -> reqwest::Result<Client> {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*kept {
            return Ok(client.clone());
        }
        super::mail::encrypt_with_ring();
        let client = Client::builder()
            .user_agent(concat!("millrace/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .timeout(self.limit)
            .build()?;
        *kept = Some(client.clone());
        Ok(client)
    }
}

/// Calls `url` once.
///
/// # Errors
/// `NotDelivered`: it cannot be reached, takes too long, or does not say that it took it.
pub(super) async fn send(
    http: &Http,
    format: WebhookFormat,
    url: &str,
    headers: &[(&str, String)],
    outgoing: &Outgoing,
) -> Result<(), ApiError> {
    let url = Url::parse(url.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
        .ok_or_else(|| {
            refused("its address cannot be used", "it begins with https:// and names a host")
        })?;
    let client = http.client().map_err(|error| ApiError::internal("speak HTTP", &error))?;
    let body = match format {
        WebhookFormat::Json => everything(outgoing),
        WebhookFormat::Slack => json!({ "text": slack(outgoing) }),
    };
    let mut request =
        client.post(url).header(CONTENT_TYPE, "application/json").body(body.to_string());
    for (name, value) in headers {
        let parsed = HeaderName::try_from(*name).ok().zip(HeaderValue::try_from(value.trim()).ok());
        let Some((name, mut value)) = parsed else {
            let why = format!("the value of the header `{name}` has characters that none can have");
            return Err(refused(&why, "store the secret anew"));
        };
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(|error| {
        let why = match () {
            () if error.is_timeout() => {
                format!("its address did not answer within {:?}", http.limit)
            }
            () => format!("its address cannot be reached: {}", root_of(&error.without_url())),
        };
        refused(&why, "look whether the address is right and this machine is online")
    })?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let help = match status {
        _ if status.is_redirection() => "write the address that it leads to; nothing is followed",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "look whether its address and headers hold the right secret"
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => "look whether the address is right",
        StatusCode::TOO_MANY_REQUESTS => "lower notify.per_hour",
        _ => "ask whoever runs that address",
    };
    Err(refused(&format!("its address answers {status}"), help))
}

fn refused(why: &str, help: &str) -> ApiError {
    ApiError::new(Code::NotDelivered, why).help(help)
}

/// What lies behind an error: the outer ones only say that something went wrong.
fn root_of(error: &dyn std::error::Error) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

fn everything(outgoing: &Outgoing) -> Value {
    let messages: Vec<Value> = outgoing.messages.iter().map(one).collect();
    json!({
        "millrace": 1,
        "title": outgoing.title(),
        "text": outgoing.lines().join("\n"),
        "more": outgoing.more,
        "messages": messages,
    })
}

fn one(message: &Message) -> Value {
    let mut value = json!({
        "occasion": message.kind.word(),
        "title": message.title,
        "at": date(message.at),
    });
    let task = message.task.as_ref().map(ToString::to_string);
    let run = message.run.map(|run| run.to_string());
    for (key, text) in [
        ("workflow", Some(&message.name)),
        ("workflow_title", Some(&message.workflow)),
        ("run", run.as_ref()),
        ("task", task.as_ref()),
        ("reason", Some(&message.reason)),
        ("last_line", Some(&message.last_line)),
        ("text", message.text.as_ref()),
    ] {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            value[key] = json!(text);
        }
    }
    value
}

/// Slack reads `&`, `<` and `>` as its own; the rest is shown as it is.
fn slack(outgoing: &Outgoing) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut text = format!("*{}*", escape(&outgoing.title()));
    for line in outgoing.lines() {
        text.push('\n');
        text.push_str(&escape(&line));
    }
    text
}

#[cfg(test)]
mod tests;
