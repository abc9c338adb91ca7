//! Writes a mail and sends it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use millrace_model::Values;
use millrace_model::action::ResolvedMail;
use millrace_model::connection::MailServer;
use serde_json::json;
use tokio::io::AsyncReadExt;

use crate::deed::{Brake, Fault, Log};
use crate::smtp::{self, MailFault};

/// How long it may take where its task has no time-out.
pub(crate) const WHOLE_LIMIT: Duration = Duration::from_mins(10);
/// The most that all attachments have together.
const MAX_ATTACHED: u64 = 25 << 20;

/// A mail, ready to be written and sent.
pub(crate) struct Work {
    pub(crate) resolved: ResolvedMail,
    pub(crate) server: MailServer,
    pub(crate) password: Option<String>,
    pub(crate) workdir: PathBuf,
}

/// Sends it, unless it is stopped before it was handed over.
pub(crate) async fn carry_out(work: Work, log: &Log, brake: &Brake) -> Result<Values, Fault> {
    let mail = written(&work).await.map_err(Fault::NotBegun)?;
    let recipients = mail.envelope().to().len();
    let place = format!("{}:{}", work.server.server, work.server.port());
    log.line(&format!("sends “{}” to {recipients} by {place}", one_line(&work.resolved.subject)));
    let is_gone = AtomicBool::new(false);
    let sending = smtp::send(&work.server, work.password.as_deref(), &mail, || {
        is_gone.store(true, Ordering::Release);
    });
    let sent = tokio::select! {
        sent = sending => sent,
        () = brake.pulled() => match is_gone.load(Ordering::Acquire) {
            true => Err(MailFault::Unknown("it was stopped after the mail was handed over".to_owned())),
            false => return Err(Fault::Stopped),
        },
    };
    match sent {
        Ok(()) => {}
        Err(MailFault::NotSent(why)) => return Err(Fault::Unusable(why)),
        Err(MailFault::Unknown(why)) => return Err(Fault::Broke(why)),
    }
    log.line("the server has it");
    let id = mail.headers().get_raw("Message-ID").unwrap_or_default().to_owned();
    Ok(Values::from_iter([
        ("message_id".to_owned(), json!(id)),
        ("recipients".to_owned(), json!(recipients)),
    ]))
}

async fn written(work: &Work) -> Result<Message, String> {
    let Work { resolved, server, workdir, .. } = work;
    let from = resolved.from.as_deref().unwrap_or(&server.from);
    let mut mail = Message::builder()
        .from(address("from", from)?)
        .subject(one_line(&resolved.subject))
        .message_id(None);
    for to in &resolved.to {
        mail = mail.to(address("to", to)?);
    }
    for cc in &resolved.cc {
        mail = mail.cc(address("cc", cc)?);
    }
    for bcc in &resolved.bcc {
        mail = mail.bcc(address("bcc", bcc)?);
    }
    let text = resolved.text.clone().unwrap_or_default();
    let mut parts = match &resolved.html {
        None => MultiPart::mixed().singlepart(SinglePart::plain(text.clone())),
        Some(html) => MultiPart::mixed()
            .multipart(MultiPart::alternative_plain_html(text.clone(), html.clone())),
    };
    let mut left = MAX_ATTACHED;
    for path in &resolved.attachments {
        let (name, bytes) = attached(workdir, path, left).await?;
        left -= bytes.len() as u64;
        let by_suffix = ContentType::parse(media_type(&name));
        let of = by_suffix.map_err(|error| format!("attachments: {path}: {error}"))?;
        parts = parts.singlepart(Attachment::new(name).body(bytes, of));
    }
    let is_plain = resolved.html.is_none() && resolved.attachments.is_empty();
    let mail = match is_plain {
        true => mail.header(ContentType::TEXT_PLAIN).body(text),
        false => mail.multipart(parts),
    };
    mail.map_err(|error| format!("it cannot be written: {error}"))
}

fn address(field: &str, text: &str) -> Result<Mailbox, String> {
    text.trim().parse().map_err(|error| {
        let shown: String = text.chars().take(80).collect();
        format!("{field}: `{}` is no address: {error}", shown.escape_debug())
    })
}

/// It is a header.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

async fn attached(workdir: &Path, path: &str, left: u64) -> Result<(String, Vec<u8>), String> {
    let whole = workdir.join(path);
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned());
    let read = async {
        let file = tokio::fs::File::open(&whole).await?;
        if !file.metadata().await?.is_file() {
            return Err(std::io::Error::other("it is no file"));
        }
        let mut bytes = Vec::new();
        file.take(left + 1).read_to_end(&mut bytes).await?;
        Ok(bytes)
    };
    let bytes = read
        .await
        .map_err(|error| format!("attachments: cannot read {}: {error}", whole.display()))?;
    match name {
        Some(name) if bytes.len() as u64 <= left => Ok((one_line(&name), bytes)),
        Some(_) => {
            Err("attachments: together they are larger than 25 MiB; pack them, or send a link"
                .to_owned())
        }
        None => Err(format!("attachments: `{path}` is no file")),
    }
}

/// What programs for mail open by a click; all else is kept as a file.
fn media_type(name: &str) -> &'static str {
    let suffix = name.rsplit_once('.').map(|(_, suffix)| suffix.to_ascii_lowercase());
    match suffix.as_deref() {
        Some("csv") => "text/csv; charset=utf-8",
        Some("gif") => "image/gif",
        Some("htm" | "html") => "text/html; charset=utf-8",
        Some("jpeg" | "jpg") => "image/jpeg",
        Some("json") => "application/json",
        Some("log" | "md" | "txt") => "text/plain; charset=utf-8",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("zip") => "application/zip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
