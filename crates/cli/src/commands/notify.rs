//! `millrace notify`: the channels by which people are told, and tests of them.

use std::collections::BTreeMap;

use millrace_api::settings::{
    MailChannel, MailSecurity, Notify, ReadSettings, TestNotifier, TextOrSecret, WebhookChannel,
    WebhookFormat,
};
use millrace_api::{ApiError, Backend};
use serde::Serialize;

use crate::args::{Notify as Args, NotifyCommand};
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::escape::one_line;
use crate::text::style::Style;
use crate::text::table::Table;

/// A channel as it is listed.
#[derive(Debug, Serialize)]
struct Row {
    channel: String,
    /// Whether it is told of what the settings say, without a workflow that names it.
    is_default: bool,
    leads_to: String,
    /// Why its last message did not get through.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

pub(crate) fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    match &args.command {
        NotifyCommand::Test { channel } => block_on(test(channel.as_deref(), out))?,
        NotifyCommand::List { json } => block_on(list(*json, out))?,
    }
}

/// Tests one channel, or all that are told by default; the first failure is the command's, after all were tried.
async fn test(channel: Option<&str>, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    let backend = link.backend();
    let channels = match channel {
        Some(channel) => vec![channel.to_owned()],
        None => defaults(backend).await?,
    };
    if channels.is_empty() {
        out.note("nobody is told by default; name a channel: `millrace notify list`")?;
    }
    let mut failure: Option<ApiError> = None;
    for channel in channels {
        match backend.test_notifier(TestNotifier { channel: channel.clone() }).await {
            Ok(_) => out.note(&format!("{}: delivered", one_line(&channel)))?,
            Err(mut error) => {
                error.message = format!("{channel}: {}", error.message);
                // Each is told; the first one is the answer.
                match &failure {
                    None => failure = Some(error),
                    Some(_) => out.note(&one_line(&error.message))?,
                }
            }
        }
    }
    match failure {
        None => Ok(Exit::Succeeded),
        Some(error) => Err(error.into()),
    }
}

async fn defaults(backend: &dyn Backend) -> Result<Vec<String>, ApiError> {
    let notify = backend.read_settings(ReadSettings {}).await?.settings.notify;
    let is_on = |channel: &String| notify.desktop || channel != Notify::DESKTOP;
    Ok(notify.send.into_iter().filter(is_on).collect())
}

async fn list(json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    let found = link.backend().read_settings(ReadSettings {}).await?;
    let rows = rows(&found.settings.notify, &found.troubles);
    if json {
        out.json(&rows)?;
    } else {
        let text = table(&rows, out.style()).render(out.width(), out.style().ellipsis());
        out.write(&text)?;
        let occasions: Vec<&str> = found.settings.notify.on.iter().map(|on| on.word()).collect();
        let occasions =
            if occasions.is_empty() { "nothing".to_owned() } else { occasions.join(", ") };
        out.note(&format!("told by default: {occasions}; change it in {}", found.path))?;
    }
    Ok(Exit::Succeeded)
}

fn rows(notify: &Notify, troubles: &BTreeMap<String, String>) -> Vec<Row> {
    let row = |name: &str| Row {
        channel: name.to_owned(),
        is_default: notify.send.iter().any(|other| other == name),
        leads_to: match (notify.mail.get(name), notify.webhook.get(name)) {
            (Some(mail), _) => of_mail(mail),
            (_, Some(webhook)) => of_webhook(webhook),
            _ if notify.desktop => "notifications on the desktop".to_owned(),
            _ => "nowhere: notify.desktop is false".to_owned(),
        },
        trouble: troubles.get(name).cloned(),
    };
    notify.channels().into_iter().map(row).collect()
}

fn of_mail(mail: &MailChannel) -> String {
    let by = match mail.security {
        MailSecurity::Tls => "tls",
        MailSecurity::Starttls => "starttls",
        MailSecurity::None => "not encrypted",
    };
    format!("mail to {} by {} ({by})", mail.to.join(", "), mail.server)
}

/// Without what lies behind the host's name: that is often the secret part.
fn of_webhook(webhook: &WebhookChannel) -> String {
    let to = match &webhook.url {
        TextOrSecret::Secret(name) => format!("the address in the secret {}", name.secret),
        TextOrSecret::Text(url) => {
            let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}/…")
        }
    };
    let what = match webhook.format {
        WebhookFormat::Json => "JSON",
        WebhookFormat::Slack => "a text as for Slack",
    };
    format!("{what} to {to}")
}

fn table(rows: &[Row], style: Style) -> Table {
    let head = ["CHANNEL", "BY DEFAULT", "LEADS TO", "TROUBLE"];
    let mut table = Table::new(head.map(|cell| style.dim(cell)).to_vec()).elastic(2);
    for row in rows {
        table.row(vec![
            one_line(&row.channel),
            if row.is_default { "yes" } else { "no" }.to_owned(),
            one_line(&row.leads_to),
            one_line(row.trouble.as_deref().unwrap_or("-")),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use millrace_api::settings::SecretName;

    use super::*;

    #[test]
    fn a_list_says_where_channels_lead_and_shows_no_secret() {
        let mut notify = Notify { send: vec!["ops".to_owned()], ..Notify::default() };
        let mail = MailChannel {
            server: "smtp.example.org".to_owned(),
            port: None,
            security: MailSecurity::Tls,
            user: None,
            password: None,
            from: "millrace@example.org".to_owned(),
            to: vec!["ops@example.org".to_owned()],
        };
        notify.mail.insert("ops".to_owned(), mail);
        let webhook =
            |url| WebhookChannel { url, format: WebhookFormat::Slack, headers: BTreeMap::new() };
        let url = TextOrSecret::Text("https://me:pass@chat.example.org/hooks/hunter2".to_owned());
        notify.webhook.insert("chat".to_owned(), webhook(url));
        let url = TextOrSecret::Secret(SecretName { secret: "team_url".to_owned() });
        notify.webhook.insert("team".to_owned(), webhook(url));
        let why = "its address answers 404 Not Found".to_owned();
        let troubles = BTreeMap::from([("chat".to_owned(), why)]);
        let rows = rows(&notify, &troubles);
        insta::assert_snapshot!(table(&rows, Style::PLAIN).render(None, "…"), @r"
        CHANNEL  BY DEFAULT  LEADS TO                                                   TROUBLE
        chat     no          a text as for Slack to https://chat.example.org/…          its address answers 404 Not Found
        desktop  no          notifications on the desktop                               -
        ops      yes         mail to ops@example.org by smtp.example.org (tls)          -
        team     no          a text as for Slack to the address in the secret team_url  -
        ");
    }
}
