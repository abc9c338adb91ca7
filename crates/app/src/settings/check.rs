//! What settings must have beyond their types: channels that exist, addresses that can be used.

use millrace_api::settings::{
    MailChannel, Notify, Retention, Settings, TextOrSecret, WebhookChannel,
};
use millrace_model::connection;

/// Something that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The keys that lead to it.
    pub(super) path: Vec<String>,
    /// What is wrong. Quotes no value that may be secret.
    pub(super) message: String,
}

/// The first fault, if there is one.
pub(super) fn check(settings: &Settings) -> Result<(), Fault> {
    let notify = &settings.notify;
    for (kind, names) in [
        ("mail", notify.mail.keys().collect::<Vec<_>>()),
        ("webhook", notify.webhook.keys().collect()),
    ] {
        for name in names {
            if !is_name(name) {
                let message = "a channel's name has up to 64 letters, digits, _ and -, and is not `desktop` or `none`";
                return Err(fault(&["notify", kind, name], message));
            }
        }
    }
    if let Some(name) = notify.mail.keys().find(|name| notify.webhook.contains_key(*name)) {
        let message = format!("`{name}` names a channel for mail as well; rename one of them");
        return Err(fault(&["notify", "webhook", name], message));
    }
    let channels = notify.channels();
    for name in &notify.send {
        if !channels.contains(&name.as_str()) {
            let message =
                format!("there is no channel `{name:.64}`; there are {}", channels.join(", "));
            return Err(fault(&["notify", "send"], message));
        }
    }
    for (name, mail) in &notify.mail {
        check_mail(mail)
            .map_err(|(key, message)| fault(&["notify", "mail", name, key], message))?;
    }
    for (name, webhook) in &notify.webhook {
        check_webhook(webhook)
            .map_err(|(key, message)| fault(&["notify", "webhook", name, key], message))?;
    }
    let Retention { artifacts_for, runs_for, .. } = settings.retention;
    for (key, what, age) in
        [("artifacts_for", "artifacts", artifacts_for), ("runs_for", "runs", runs_for)]
    {
        if let Some(age) = age.filter(|age| *age < Retention::LEAST) {
            let least = Retention::LEAST;
            let message = format!("{age} is shorter than {least}, the least that {what} are kept");
            return Err(fault(&["retention", key], message));
        }
    }
    for (name, connection) in &settings.connections {
        connection::check_name(name).map_err(|message| fault(&["connections", name], message))?;
        connection.check().map_err(|(key, message)| fault(&["connections", name, key], message))?;
    }
    Ok(())
}

fn fault(path: &[&str], message: impl Into<String>) -> Fault {
    Fault { path: path.iter().map(|&key| key.to_owned()).collect(), message: message.into() }
}

fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (1..=64).contains(&name.len())
        && name.chars().all(is_plain)
        && ![Notify::DESKTOP, "none"].contains(&name)
}

type Wrong = (&'static str, String);

fn check_mail(mail: &MailChannel) -> Result<(), Wrong> {
    let is_host = |c: char| c.is_alphanumeric() || "-.:[]_".contains(c);
    if mail.server.is_empty() || !mail.server.chars().all(is_host) {
        let message =
            "this is no name of a server, such as smtp.example.org; the port has a key of its own";
        return Err(("server", message.to_owned()));
    }
    if mail.port == Some(0) {
        return Err(("port", "0 is no port to send to".to_owned()));
    }
    if mail.user.is_some() != mail.password.is_some() {
        let message = "`user` and `password` go together: give both or neither";
        return Err((if mail.user.is_some() { "user" } else { "password" }, message.to_owned()));
    }
    if mail.to.is_empty() {
        return Err(("to", "nobody would get it: name at least one address".to_owned()));
    }
    for (key, address) in
        [("from", &mail.from)].into_iter().chain(mail.to.iter().map(|to| ("to", to)))
    {
        if !is_address(address) {
            let message = format!("`{address:.64}` is no address such as ops@example.org");
            return Err((key, message));
        }
    }
    Ok(())
}

/// `ops@example.org` or `Ops <ops@example.org>`; the mail library has the last word when it is sent.
fn is_address(text: &str) -> bool {
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let plain = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "<>,;@".contains(c))
    };
    !text.contains(char::is_control)
        && address.rsplit_once('@').is_some_and(|(local, host)| plain(local) && plain(host))
}

fn check_webhook(webhook: &WebhookChannel) -> Result<(), Wrong> {
    if let TextOrSecret::Text(url) = &webhook.url
        && !is_url(url)
    {
        let message =
            "an address begins with https:// (or http://), names a host and has no spaces";
        return Err(("url", message.to_owned()));
    }
    for (name, value) in &webhook.headers {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_token) {
            let message = format!("`{:.64}` cannot be the name of a header", name.escape_debug());
            return Err(("headers", message));
        }
        if let TextOrSecret::Text(text) = value
            && !text.chars().all(|c| c.is_ascii() && !c.is_ascii_control())
        {
            let message = format!("the value of `{name}` has characters that no header can have");
            return Err(("headers", message));
        }
    }
    Ok(())
}

/// Whether it looks like an address of the web.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
