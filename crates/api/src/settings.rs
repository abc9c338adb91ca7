//! Commands about the settings of a home, and the settings themselves: what `config.toml` holds, typed.
//!
//! Secrets are named here, never written: a value that a channel needs comes from where secrets are kept.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

use millrace_model::time::Span;
use serde::{Deserialize, Serialize};

pub use millrace_model::connection::{
    Connection, ConnectionKind, HttpLogin, HttpService, MailSecurity, MailServer, PostgresDatabase,
    PostgresTls, SecretName, SqliteDatabase, TextOrSecret,
};

/// The settings of a home. What is left out has its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Tasks at a time over all runs.
    pub parallel_tasks: NonZeroU32,
    /// What a power cut may take.
    pub durability: Durability,
    /// Named pools and their slots.
    pub pools: BTreeMap<String, u32>,
    /// Folders with documents; a relative one is below the home. None = the home's own.
    pub library: Vec<String>,
    /// How much of each attempt's output is kept.
    pub log: LogLimits,
    /// How long things are kept.
    #[serde(skip_serializing_if = "Retention::is_unlimited")]
    pub retention: Retention,
    /// How people are told.
    pub notify: Notify,
    /// Databases, services and mail servers that tasks name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub connections: BTreeMap<String, Connection>,
}

/// What a power cut may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// The last second: what ended in it may run again.
    Second,
    /// Nothing: every commit waits for the disk.
    Full,
}

/// How much of each attempt's output is kept, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogLimits {
    /// From its start.
    pub head: u64,
    /// From its end.
    pub tail: u64,
}

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Artifacts, from the end of their run on; none = as long as the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifacts_for: Option<Span>,
    /// The most bytes that all artifacts have together, those of the runs that ended first going first; none = any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifacts_bytes: Option<u64>,
    /// Runs, from their end on; none = for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_for: Option<Span>,
    /// So many runs of each workflow, the newest; none = any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_count: Option<NonZeroU32>,
    /// The most bytes that the whole home takes, the runs that ended first going first; none = any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// How people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// Whether there are notifications on the desktop at all.
    pub desktop: bool,
    /// What is told unless a workflow says otherwise.
    pub on: Vec<Occasion>,
    /// The channels that it is told by: `desktop`, or names of those below.
    pub send: Vec<String>,
    /// So many messages an hour go through each channel; what is above is counted, and told with the next one.
    pub per_hour: NonZeroU32,
    /// Channels that send mail.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mail: BTreeMap<String, MailChannel>,
    /// Channels that call an address.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub webhook: BTreeMap<String, WebhookChannel>,
}

/// Something that people can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A run failed.
    Failure,
    /// A run succeeded after the one before it had failed.
    Recovery,
    /// A run succeeded.
    Success,
    /// A run that was due did not start.
    Missed,
    /// A run takes unusually long.
    Slow,
    /// A run waits for a person.
    Waiting,
}

/// Sends mail by a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailChannel {
    /// The server's name.
    pub server: String,
    /// Its port; none = the usual one: 465 with `tls`, 587 with `starttls`, 25 with `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is kept private.
    #[serde(default)]
    pub security: MailSecurity,
    /// Who logs in; none = nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Their password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretName>,
    /// Who the mail is from.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
}

/// Calls an address of the web.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookChannel {
    /// The address. Those of chats are secrets: who knows one can write there.
    pub url: TextOrSecret,
    /// What is sent.
    #[serde(default)]
    pub format: WebhookFormat,
    /// Headers, sent along.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, TextOrSecret>,
}

/// What a webhook gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFormat {
    /// Everything, as JSON with a key each.
    #[default]
    Json,
    /// A text, in the form that Slack takes, and Mattermost, Rocket.Chat and others with it.
    Slack,
}

/// Asks for the settings of the home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadSettings {}

/// The settings of the home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HomeSettings {
    /// What they are.
    pub settings: Settings,
    /// The file that holds them.
    pub path: String,
    /// Names its bytes; none = there is no such file yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Keys whose values in the file hold only when the daemon starts the next time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_next_start: Vec<String>,
    /// Channels whose last message did not get through, each with why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub troubles: BTreeMap<String, String>,
}

/// Changes some settings, all or none; the rest of the file stays as it is, comments as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeSettings {
    /// The digest of the file that the changes were made to; none = there was no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_digest: Option<String>,
    /// What changes, in order.
    pub changes: Vec<SettingChange>,
}

/// A change of one setting. Without a value the key is taken out of the file: the default holds, or the thing is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "setting", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the settings")]
pub enum SettingChange {
    /// `parallel_tasks`
    ParallelTasks { value: Option<NonZeroU32> },
    /// `durability`
    Durability { value: Option<Durability> },
    /// `library`
    Library { value: Option<Vec<String>> },
    /// A pool.
    Pool { name: String, value: Option<u32> },
    /// `log.head`
    LogHead { value: Option<u64> },
    /// `log.tail`
    LogTail { value: Option<u64> },
    /// `retention.artifacts_for`
    KeepArtifactsFor { value: Option<Span> },
    /// `retention.artifacts_bytes`
    KeepArtifactsBytes { value: Option<u64> },
    /// `retention.runs_for`
    KeepRunsFor { value: Option<Span> },
    /// `retention.runs_count`
    KeepRunsCount { value: Option<NonZeroU32> },
    /// `retention.bytes`
    KeepBytes { value: Option<u64> },
    /// `notify.desktop`
    NotifyDesktop { value: Option<bool> },
    /// `notify.on`
    NotifyOn { value: Option<Vec<Occasion>> },
    /// `notify.send`
    NotifySend { value: Option<Vec<String>> },
    /// `notify.per_hour`
    NotifyPerHour { value: Option<NonZeroU32> },
    /// A channel that sends mail.
    Mail { name: String, value: Option<MailChannel> },
    /// A channel that calls an address.
    Webhook { name: String, value: Option<WebhookChannel> },
    /// A connection.
    Connection { name: String, value: Option<Connection> },
}

/// Sends a test by a channel. The answer comes when it was delivered, or says why it was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestNotifier {
    /// The channel: `desktop`, or a name from the settings.
    pub channel: String,
}

/// Tries a connection: connects, logs in, and changes nothing there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestConnection {
    /// The connection as the settings have it.
    pub name: String,
    /// In place of that: this one, which nobody has saved yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Connection>,
}

/// A connection works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedConnection {
    /// What is there, in half a sentence, such as `PostgreSQL 15.3`.
    pub found: String,
}

impl Retention {
    /// The shortest time that artifacts and runs are kept.
    pub const LEAST: Span = Span::from_secs(3_600);

    /// Whether everything is kept.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }
}

impl Notify {
    /// The channel that every home has.
    pub const DESKTOP: &str = "desktop";

    /// The names of all channels, sorted.
    #[must_use]
    pub fn channels(&self) -> Vec<&str> {
        let named = self.mail.keys().chain(self.webhook.keys()).map(String::as_str);
        let mut names: Vec<&str> = named.chain([Self::DESKTOP]).collect();
        names.sort_unstable();
        names
    }
}

impl Occasion {
    /// The word in settings and documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Recovery => "recovery",
            Self::Success => "success",
            Self::Missed => "missed",
            Self::Slow => "slow",
            Self::Waiting => "waiting",
        }
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().ok();
        let cores = cores.and_then(|n| NonZeroU32::try_from(n.get() as u32).ok());
        Self {
            parallel_tasks: cores.unwrap_or(NonZeroU32::MIN),
            durability: Durability::Second,
            pools: BTreeMap::new(),
            library: Vec::new(),
            log: LogLimits::default(),
            retention: Retention::default(),
            notify: Notify::default(),
            connections: BTreeMap::new(),
        }
    }
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { head: 64 << 20, tail: 64 << 20 }
    }
}

impl Default for Notify {
    fn default() -> Self {
        use Occasion::{Failure, Missed, Recovery, Slow, Waiting};
        Self {
            desktop: true,
            on: vec![Failure, Recovery, Missed, Slow, Waiting],
            send: vec![Self::DESKTOP.to_owned()],
            per_hour: NonZeroU32::MIN.saturating_add(19),
            mail: BTreeMap::new(),
            webhook: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_its_setting_on_the_wire() {
        let change = SettingChange::Pool { name: "db".to_owned(), value: Some(4) };
        let text = serde_json::to_string(&change).unwrap();
        assert_eq!(text, r#"{"setting":"pool","name":"db","value":4}"#);
        assert_eq!(serde_json::from_str::<SettingChange>(&text).unwrap(), change);
        let gone = r#"{"setting":"parallel_tasks"}"#;
        let gone = serde_json::from_str::<SettingChange>(gone).unwrap();
        assert_eq!(gone, SettingChange::ParallelTasks { value: None });
    }

    #[test]
    fn settings_travel_whole() {
        let settings = Settings::default();
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
        assert_eq!(settings.notify.per_hour.get(), 20);
    }
}
