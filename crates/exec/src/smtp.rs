//! Hands mail to a server, step by step, so that it is known how far that came.

use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use millrace_model::connection::{MailSecurity, MailServer};

/// How long a server may be silent.
const SILENCE: Duration = Duration::from_secs(20);

/// Why a mail was not sent, or is not known to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailFault {
    /// It was not: there is no server, or it does not take it.
    NotSent(String),
    /// It was handed over, and the server did not say that it has it.
    Unknown(String),
}

/// Sends a mail by a server, logged in with `password` where it has a user. `handed_over` is called when it is about to be
/// handed over: from then on nobody can take it back.
///
/// # Errors
/// Why it was not sent, or is not known to be. None has the password.
pub async fn send(
    server: &MailServer,
    password: Option<&str>,
    mail: &Message,
    handed_over: impl FnOnce(),
) -> Result<(), MailFault> {
    let place = format!("{}:{}", server.server, server.port());
    let refused = |error: lettre::transport::smtp::Error| MailFault::NotSent(words(&place, &error));
    let mut talk = open(server, password).await.map_err(MailFault::NotSent)?;
    let envelope = mail.envelope();
    let mut parameters = Vec::new();
    let text = mail.formatted();
    if !text.is_ascii() {
        match talk.server_info().supports_feature(Extension::EightBitMime) {
            true => parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime)),
            false => return Err(MailFault::NotSent(format!("{place} takes only ASCII"))),
        }
    }
    talk.command(Mail::new(envelope.from().cloned(), parameters)).await.map_err(refused)?;
    for to in envelope.to() {
        talk.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(refused)?;
    }
    talk.command(Data).await.map_err(refused)?;
    handed_over();
    match talk.message(&text).await {
        Ok(_) => {}
        // A server that answers has it not: it said so.
        Err(error) if error.status().is_some() => return Err(refused(error)),
        Err(error) => {
            let why = words(&place, &error);
            return Err(MailFault::Unknown(format!("{why}, after the mail was handed over")));
        }
    }
    // It has it; how the talk ends does not matter.
    let _bye = talk.quit().await;
    Ok(())
}

/// Logs in and leaves.
///
/// # Errors
/// Why that does not work.
pub async fn probe(server: &MailServer, password: Option<&str>) -> Result<(), String> {
    let mut talk = open(server, password).await?;
    let _bye = talk.quit().await;
    Ok(())
}

async fn open(server: &MailServer, password: Option<&str>) -> Result<AsyncSmtpConnection, String> {
    let place = format!("{}:{}", server.server, server.port());
    let said = |error: lettre::transport::smtp::Error| words(&place, &error);
    // All encryption here is done by ring; who asks first chooses for the whole process.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let tls = match server.security {
        MailSecurity::None => None,
        MailSecurity::Tls | MailSecurity::Starttls => {
            Some(TlsParameters::new(server.server.clone()).map_err(said)?)
        }
    };
    let hello = ClientId::default();
    let at_once = tls.clone().filter(|_| server.security == MailSecurity::Tls);
    let address = (server.server.as_str(), server.port());
    let opened =
        AsyncSmtpConnection::connect_tokio1(address, Some(SILENCE), &hello, at_once, None).await;
    let mut talk = opened.map_err(said)?;
    if server.security == MailSecurity::Starttls {
        if !talk.can_starttls() {
            return Err(format!("{place} does not encrypt (STARTTLS)"));
        }
        let Some(tls) = tls else { return Err(format!("{place} cannot be encrypted")) };
        talk.starttls(tls, &hello).await.map_err(said)?;
    }
    if let (Some(user), Some(password)) = (&server.user, password) {
        let login = Credentials::new(user.clone(), password.to_owned());
        talk.auth(DEFAULT_MECHANISMS, &login).await.map_err(said)?;
    }
    Ok(talk)
}

fn words(place: &str, error: &lettre::transport::smtp::Error) -> String {
    let why = error.to_string().lines().collect::<Vec<_>>().join(" ");
    format!("the mail server {place} does not take it: {why}")
}
