//! Mail: plain text with everything that is needed, by the server of the settings.

use std::sync::Once;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message as Mail, Tokio1Executor};
use millrace_api::home::Home;
use millrace_api::settings::{MailChannel, MailSecurity};
use millrace_api::{ApiError, Code};

use super::message::{Message, date};
use super::outgoing::Outgoing;

/// How long a server may be silent.
const SILENCE: Duration = Duration::from_secs(20);
/// How long the whole of it may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Sends a mail once.
///
/// # Errors
/// `NotDelivered`: an address makes no sense, or the server cannot be reached or refuses. No error has the password.
pub(super) async fn send(
    channel: &MailChannel,
    password: Option<String>,
    outgoing: &Outgoing,
    home: &Home,
) -> Result<(), ApiError> {
    let mail = written(channel, outgoing, home)?;
    let server = &channel.server;
    let security = match channel.security {
        MailSecurity::None => Tls::None,
        by => {
            encrypt_with_ring();
            let parameters = TlsParameters::new(server.clone())
                .map_err(|error| refused(server, &error.to_string()))?;
            if by == MailSecurity::Tls {
                Tls::Wrapper(parameters)
            } else {
                Tls::Required(parameters)
            }
        }
    };
    let port = channel.port.unwrap_or(match channel.security {
        MailSecurity::Tls => 465,
        MailSecurity::Starttls => 587,
        MailSecurity::None => 25,
    });
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.clone())
        .port(port)
        .tls(security)
        .timeout(Some(SILENCE));
    if let (Some(user), Some(password)) = (&channel.user, password) {
        transport = transport.credentials(Credentials::new(user.clone(), password));
    }
    let place = format!("{server}:{port}");
    match tokio::time::timeout(LIMIT, transport.build::<Tokio1Executor>().send(mail)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(refused(&place, &error.to_string())),
        Err(_late) => Err(refused(&place, &format!("it took longer than {} s", LIMIT.as_secs()))),
    }
}

/// All encryption here is done by ring; who asks first chooses for the whole process.
pub(super) fn encrypt_with_ring() {
    static CHOSEN: Once = Once::new();
    CHOSEN.call_once(|| {
        // Somebody else was first, which is as good.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
    });
}

fn refused(server: &str, why: &str) -> ApiError {
    let why = why.lines().collect::<Vec<_>>().join(" ");
    ApiError::new(Code::NotDelivered, format!("the mail server {server} does not take it: {why}"))
        .help("look at server, port, security, user and addresses in config.toml")
}

fn written(channel: &MailChannel, outgoing: &Outgoing, home: &Home) -> Result<Mail, ApiError> {
    let address = |text: &str| {
        text.parse::<Mailbox>().map_err(|error| {
            let why = format!("`{text:.64}` is no address: {error}");
            ApiError::new(Code::NotDelivered, why).help("mend it in config.toml")
        })
    };
    let mut mail = Mail::builder().from(address(&channel.from)?).subject(subject(outgoing));
    for to in &channel.to {
        mail = mail.to(address(to)?);
    }
    // A name or a log's line may hold what a reader of mails in a terminal would obey.
    let body = body(outgoing, home);
    let body: String =
        body.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    mail.header(ContentType::TEXT_PLAIN)
        .body(body)
        .map_err(|error| ApiError::internal("write a mail", &error))
}

/// On one line: it is a header.
fn subject(outgoing: &Outgoing) -> String {
    let title: String =
        outgoing.title().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("[Millrace] {title}")
}

fn body(outgoing: &Outgoing, home: &Home) -> String {
    let mut body = format!("{}\n", outgoing.title());
    for message in &outgoing.messages {
        if outgoing.single().is_none() {
            body.push_str(&format!("\n* {}\n", message.title));
        }
        body.push('\n');
        body.push_str(&paragraph(message));
    }
    if outgoing.more > 0 {
        body.push_str(&format!("\nAnd {} more, which were held back.\n", outgoing.more));
    }
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy();
    body.push_str(&format!("\n-- \nMillrace on {host}, home {}\n", home.root().display()));
    body
}

fn paragraph(message: &Message) -> String {
    let mut text = String::new();
    match &message.text {
        Some(own) => text.push_str(&format!("{own}\n\n")),
        None => {
            if !message.reason.is_empty() {
                text.push_str(&format!("{}\n", message.reason));
            }
            if !message.last_line.is_empty() {
                text.push_str(&format!("Last line of its log: {}\n", message.last_line));
            }
            text.push('\n');
        }
    }
    if !message.name.is_empty() {
        text.push_str(&format!("Workflow: {}\n", message.name));
    }
    if let Some(task) = &message.task {
        text.push_str(&format!("Task:     {task}\n"));
    }
    text.push_str(&format!("When:     {}\n", date(message.at)));
    if let Some(run) = message.run {
        text.push_str(&format!("Run:      {run}\n\nTo see it:  millrace show {run}\n"));
        if let Some(task) = &message.task {
            text.push_str(&format!("Its log:    millrace logs {run} {task}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests;
