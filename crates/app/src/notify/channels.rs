//! The channels of this home: whatever the settings have at the moment when something is sent.

use std::sync::Arc;

use millrace_api::home::Home;
use millrace_api::settings::{Notify, SecretName, TextOrSecret};
use millrace_api::{ApiError, Code};
use millrace_exec::ports::{Delivery, Notice, Notices};
use tokio::sync::{mpsc, watch};

use super::click::Click;
use super::desktop::Desktop;
use super::message::Message;
use super::outgoing::Outgoing;
use super::post::Deliver;
use super::webhook::Http;
use super::{Troubles, mail, webhook};
use crate::ports::SystemClock;
use crate::secrets;
use crate::settings::Settings;

/// The channels of this home.
#[derive(Debug)]
pub(super) struct Channels {
    home: Home,
    settings: watch::Receiver<Arc<Settings>>,
    secrets: Arc<secrets::Store>,
    desktop: Desktop,
    http: Http,
    pub(super) troubles: Troubles,
}

impl Channels {
    /// Touches nothing yet. What a person clicks goes to `click`.
    pub(super) fn new(
        home: Home,
        settings: watch::Receiver<Arc<Settings>>,
        secrets: Arc<secrets::Store>,
        click: mpsc::Sender<Click>,
    ) -> Self {
        let (desktop, http) = (Desktop::new(click), Http::default());
        Self { home, settings, secrets, desktop, http, troubles: Troubles::default() }
    }

    /// The settings in force.
    pub(super) fn settings(&self) -> Notify {
        self.settings.borrow().notify.clone()
    }

    /// Sends by a channel, once.
    ///
    /// # Errors
    /// `NotFound` where there is no such channel; `NotDelivered`; `Secret`.
    pub(super) async fn send(&self, channel: &str, outgoing: &Outgoing) -> Result<(), ApiError> {
        let notify = self.settings();
        if channel == Notify::DESKTOP {
            return self.desktop.send(outgoing).await;
        }
        if let Some(mail) = notify.mail.get(channel) {
            let password = match &mail.password {
                Some(SecretName { secret }) => Some(self.secrets.text(secret).await?),
                None => None,
            };
            return mail::send(mail, password, outgoing, &self.home).await;
        }
        if let Some(webhook) = notify.webhook.get(channel) {
            let url = self.text(&webhook.url).await?;
            let mut headers = Vec::new();
            for (name, value) in &webhook.headers {
                headers.push((name.as_str(), self.text(value).await?));
            }
            return webhook::send(&self.http, webhook.format, &url, &headers, outgoing).await;
        }
        let message = format!("the settings have no channel `{channel:.64}`");
        Err(ApiError::new(Code::NotFound, message)
            .help("add it to config.toml, or take it out of the workflow's hooks"))
    }

    async fn text(&self, value: &TextOrSecret) -> Result<String, ApiError> {
        match value {
            TextOrSecret::Text(text) => Ok(text.clone()),
            TextOrSecret::Secret(SecretName { secret }) => self.secrets.text(secret).await,
        }
    }
}

impl Notices for Channels {
    fn usual(&self) -> Vec<String> {
        let notify = self.settings();
        let is_on = |name: &String| notify.desktop || name != Notify::DESKTOP;
        notify.send.iter().filter(|name| is_on(name)).cloned().collect()
    }

    fn send<'a>(&'a self, channel: &'a str, notice: &'a Notice) -> Delivery<'a> {
        Box::pin(async move {
            let outgoing = Outgoing::of(Message::of_task(notice, SystemClock::read()));
            Self::send(self, channel, &outgoing).await.map_err(|error| match error.help {
                Some(help) => format!("{}; {help}", error.message),
                None => error.message,
            })
        })
    }
}

impl Deliver for Channels {
    async fn deliver(&self, channel: &str, outgoing: &Outgoing) -> Result<(), ApiError> {
        self.send(channel, outgoing).await
    }

    fn note(&self, channel: &str, error: Option<&ApiError>) {
        self.troubles.note(channel, error);
    }

    fn per_hour(&self) -> u32 {
        self.settings.borrow().notify.per_hour.get()
    }
}
