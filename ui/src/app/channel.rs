//! The sheet for a channel by which people are told: what is typed, and the setting that it becomes.

use millrace_api::settings::{
    MailChannel, MailSecurity, Notify, SecretName, SettingChange, WebhookChannel, WebhookFormat,
};

use super::notify::Refusal;
use super::text_or_secret::{headers, parts, rows, some, text_or_secret};
use crate::widgets::Pair;

/// What a channel speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChannelKind {
    /// A mail server.
    Mail,
    /// The webhook of a chat.
    Chat,
    /// An address that takes everything with a key each.
    Webhook,
}

/// The sheet for a channel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChannelForm {
    pub(crate) kind: ChannelKind,
    /// It is there already, and keeps its name.
    pub(crate) is_known: bool,
    pub(crate) name: String,
    pub(crate) server: String,
    /// As it is typed; empty: the usual one.
    pub(crate) port: String,
    pub(crate) security: MailSecurity,
    pub(crate) user: String,
    /// The name of a secret; empty: none.
    pub(crate) password: String,
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// The address, or the name of the secret that holds it.
    pub(crate) url: String,
    pub(crate) url_is_secret: bool,
    pub(crate) headers: Vec<Pair>,
    /// The header that a new secret is for; none: it is for the password or the address.
    pub(crate) secret_for: Option<usize>,
    /// It tells of every workflow.
    pub(crate) sends: bool,
    /// It was drawn once: the first field has the keyboard.
    pub(crate) was_shown: bool,
    /// The daemon has not answered yet.
    pub(crate) is_storing: bool,
    /// Why the daemon did not take it.
    pub(crate) refusal: Option<Refusal>,
}

impl ChannelKind {
    /// What a person calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Chat => "chat",
            Self::Webhook => "webhook",
        }
    }
}

impl ChannelForm {
    /// Of a channel that is not there yet.
    pub(super) fn new(kind: ChannelKind) -> Self {
        Self {
            kind,
            is_known: false,
            name: String::new(),
            server: String::new(),
            port: String::new(),
            security: MailSecurity::Tls,
            user: String::new(),
            password: String::new(),
            from: String::new(),
            to: vec![String::new()],
            url: String::new(),
            url_is_secret: true,
            headers: Vec::new(),
            secret_for: None,
            sends: true,
            was_shown: false,
            is_storing: false,
            refusal: None,
        }
    }

    /// Of the channel of this name, where there is one.
    pub(super) fn of(notify: &Notify, name: &str) -> Option<Self> {
        let sends = notify.send.iter().any(|other| other == name);
        let base = |kind| Self { is_known: true, name: name.to_owned(), sends, ..Self::new(kind) };
        if let Some(mail) = notify.mail.get(name) {
            return Some(Self {
                server: mail.server.clone(),
                port: mail.port.map(|port| port.to_string()).unwrap_or_default(),
                security: mail.security,
                user: mail.user.clone().unwrap_or_default(),
                password: mail.password.as_ref().map(|it| it.secret.clone()).unwrap_or_default(),
                from: mail.from.clone(),
                to: mail.to.clone(),
                ..base(ChannelKind::Mail)
            });
        }
        let webhook = notify.webhook.get(name)?;
        let (url, url_is_secret) = parts(&webhook.url);
        let headers = rows(&webhook.headers);
        Some(Self { url, url_is_secret, headers, ..base(kind_of(webhook)) })
    }

    /// Names a secret where one was asked for.
    pub(super) fn take_secret(&mut self, name: &str) {
        if let Some(row) = self.secret_for.take().and_then(|at| self.headers.get_mut(at)) {
            (row.value, row.is_secret) = (name.to_owned(), true);
            return;
        }
        match self.kind {
            ChannelKind::Mail => name.clone_into(&mut self.password),
            ChannelKind::Chat | ChannelKind::Webhook => {
                (self.url, self.url_is_secret) = (name.to_owned(), true);
            }
        }
    }

    /// Why it cannot be stored as it is.
    pub(crate) fn problem(&self, notify: &Notify) -> Option<String> {
        let name = self.name.trim();
        let text = match self.kind {
            _ if self.is_storing => "it is being stored",
            _ if name.is_empty() => "a name is required",
            _ if !self.is_known && notify.channels().contains(&name) => {
                "there is a channel of this name already"
            }
            ChannelKind::Mail if self.server.trim().is_empty() => "a server is required",
            ChannelKind::Mail if self.read_port().is_err() => "the port is no number up to 65535",
            ChannelKind::Mail if self.from.trim().is_empty() => "a sender is required",
            ChannelKind::Mail if self.recipients().is_empty() => "a recipient is required",
            ChannelKind::Chat | ChannelKind::Webhook if self.url.trim().is_empty() => {
                "an address is required"
            }
            _ => return None,
        };
        Some(super::sentence(text))
    }

    /// What is wrong with the field of this key, by the daemon.
    pub(crate) fn refused(&self, key: &str) -> Option<String> {
        let refusal = self.refusal.as_ref()?;
        let (_, of) = refusal.key.rsplit_once('.').unwrap_or_default();
        (of == key).then(|| super::sentence(&refusal.text))
    }

    /// Whether the daemon's answer is said beside a field.
    pub(crate) fn has_place(&self) -> bool {
        let keys: &[&str] = match self.kind {
            ChannelKind::Mail => &["server", "port", "user", "password", "from", "to"],
            ChannelKind::Chat | ChannelKind::Webhook => &["url", "headers"],
        };
        keys.iter().any(|key| self.refused(key).is_some())
    }

    /// The setting that it becomes, and who tells of every workflow then.
    pub(super) fn changes(&self, notify: &Notify) -> Vec<SettingChange> {
        let name = self.name.trim().to_owned();
        let channel = match self.kind {
            ChannelKind::Mail => {
                SettingChange::Mail { name: name.clone(), value: Some(self.mail()) }
            }
            ChannelKind::Chat | ChannelKind::Webhook => {
                SettingChange::Webhook { name: name.clone(), value: Some(self.webhook()) }
            }
        };
        let mut send = notify.send.clone();
        send.retain(|other| *other != name);
        if self.sends {
            send.push(name);
        }
        let is_other = send.len() != notify.send.len();
        let send = is_other.then_some(SettingChange::NotifySend { value: Some(send) });
        [channel].into_iter().chain(send).collect()
    }

    fn read_port(&self) -> Result<Option<u16>, std::num::ParseIntError> {
        let text = self.port.trim();
        if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
    }

    fn recipients(&self) -> Vec<String> {
        let to = self.to.iter().map(|to| to.trim().to_owned());
        to.filter(|to| !to.is_empty()).collect()
    }

    fn mail(&self) -> MailChannel {
        MailChannel {
            server: self.server.trim().to_owned(),
            port: self.read_port().ok().flatten(),
            security: self.security,
            user: some(&self.user),
            password: some(&self.password).map(|secret| SecretName { secret }),
            from: self.from.trim().to_owned(),
            to: self.recipients(),
        }
    }

    fn webhook(&self) -> WebhookChannel {
        let headers = headers(&self.headers);
        let format = match self.kind {
            ChannelKind::Chat => WebhookFormat::Slack,
            _ => WebhookFormat::Json,
        };
        WebhookChannel { url: text_or_secret(&self.url, self.url_is_secret), format, headers }
    }
}

/// What a webhook speaks to.
pub(crate) fn kind_of(webhook: &WebhookChannel) -> ChannelKind {
    match webhook.format {
        WebhookFormat::Slack => ChannelKind::Chat,
        WebhookFormat::Json => ChannelKind::Webhook,
    }
}
