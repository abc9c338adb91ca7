//! The settings of the home by which people are told, as the window knows and changes them.
//!
//! A change names the file that it was made to, so one is sent after the answer to the one before.

use std::collections::{BTreeMap, VecDeque};

use millrace_api::run::Done;
use millrace_api::settings::{
    ChangeSettings, HomeSettings, Notify, ReadSettings, SettingChange, Settings, TestNotifier,
};
use millrace_api::{ApiError, Command as _};

use super::channel::ChannelForm;
use super::{App, Check, Purpose, Sheet};
use crate::command::{Command, NotifyCommand, SecretCommand};

/// The field of a sheet's channel that a new secret is for; no form has such a key.
const SECRET_FIELD: &str = "channel: secret";

/// What is known of the home's settings.
#[derive(Debug, Default)]
pub(crate) struct NotifyShown {
    /// As last answered, with what was changed here since.
    pub(crate) home: Option<HomeSettings>,
    /// Why there is no answer.
    pub(crate) error: Option<String>,
    /// How the last test of each channel went.
    pub(crate) tests: BTreeMap<String, Check>,
    /// Why the daemon did not take a change.
    pub(crate) refusal: Option<Refusal>,
    /// How many messages go in an hour, while it is typed.
    pub(crate) per_hour: Option<String>,
    /// The sheet of a channel, while a secret is made for it.
    pub(crate) behind: Option<Box<ChannelForm>>,
    is_fresh: bool,
    /// What is sent after the answer that is waited for.
    changes: VecDeque<(Vec<SettingChange>, After)>,
}

/// What comes after a change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum After {
    /// Nothing.
    Nothing,
    /// The sheet is closed.
    CloseSheet,
    /// It can be taken back by these changes: the channel of this name was taken out.
    Offer(String, Vec<SettingChange>),
    /// The same of a connection, by this command.
    OfferConnection(String, Box<Command>),
}

/// Why a change was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The key that is the reason, such as `notify.mail.ops.server`; empty where it is not known.
    pub(crate) key: String,
    /// What is wrong.
    pub(crate) text: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Refusal {
    fn of(error: ApiError) -> Self {
        // `the settings make no sense so: notify.mail.ops.server: this is no name of a server`
        let named =
            error.message.split_once(": notify.").and_then(|(_, rest)| rest.split_once(": "));
        let (key, text) = match named {
            Some((key, text)) => (format!("notify.{key}"), text.to_owned()),
            None => (String::new(), error.message.clone()),
        };
        Self { key, text, help: error.help }
    }
}

impl NotifyShown {
    /// How people are told, where that is known.
    pub(crate) fn notify(&self) -> Option<&Notify> {
        self.home.as_ref().map(|home| &home.settings.notify)
    }

    /// The settings may be others by now.
    pub(super) fn outdated(&mut self) {
        self.is_fresh = false;
    }

    /// Shows a change before the daemon has answered.
    fn show(&mut self, changes: &[SettingChange]) {
        let Some(home) = &mut self.home else { return };
        let Settings { notify, retention, pools, parallel_tasks, .. } = &mut home.settings;
        let default = Notify::default();
        for change in changes.iter().cloned() {
            match change {
                SettingChange::NotifyDesktop { value } => {
                    notify.desktop = value.unwrap_or(default.desktop);
                }
                SettingChange::NotifyOn { value } => {
                    notify.on = value.unwrap_or_else(|| default.on.clone());
                }
                SettingChange::NotifySend { value } => {
                    notify.send = value.unwrap_or_else(|| default.send.clone());
                }
                SettingChange::NotifyPerHour { value } => {
                    notify.per_hour = value.unwrap_or(default.per_hour);
                }
                SettingChange::KeepArtifactsFor { value } => retention.artifacts_for = value,
                SettingChange::KeepArtifactsBytes { value } => retention.artifacts_bytes = value,
                SettingChange::KeepRunsFor { value } => retention.runs_for = value,
                SettingChange::KeepRunsCount { value } => retention.runs_count = value,
                SettingChange::KeepBytes { value } => retention.bytes = value,
                SettingChange::Pool { name, value: Some(slots) } => _ = pools.insert(name, slots),
                SettingChange::Pool { name, value: None } => _ = pools.remove(&name),
                SettingChange::ParallelTasks { value: Some(value) } => *parallel_tasks = value,
                _ => {}
            }
        }
    }

    /// What takes a channel out, and what puts it back.
    fn removal(&self, name: &str) -> Option<(Vec<SettingChange>, Vec<SettingChange>)> {
        let notify = self.notify()?;
        let named = || name.to_owned();
        let (gone, back) = match (notify.mail.get(name), notify.webhook.get(name)) {
            (Some(mail), _) => (
                SettingChange::Mail { name: named(), value: None },
                SettingChange::Mail { name: named(), value: Some(mail.clone()) },
            ),
            (None, Some(webhook)) => (
                SettingChange::Webhook { name: named(), value: None },
                SettingChange::Webhook { name: named(), value: Some(webhook.clone()) },
            ),
            (None, None) => return None,
        };
        let (mut changes, mut undo) = (vec![gone], vec![back]);
        if notify.send.iter().any(|other| other == name) {
            let others = notify.send.iter().filter(|other| *other != name).cloned().collect();
            changes.push(SettingChange::NotifySend { value: Some(others) });
            undo.push(SettingChange::NotifySend { value: Some(notify.send.clone()) });
        }
        Some((changes, undo))
    }
}

impl App {
    pub(super) fn apply_to_notify(&mut self, command: NotifyCommand) {
        match command {
            NotifyCommand::Set(changes) | NotifyCommand::PutBack(changes) => {
                self.change_settings(changes, After::Nothing);
            }
            NotifyCommand::Add(kind) => {
                self.sheet = Some(Sheet::Channel(Box::new(ChannelForm::new(kind))));
            }
            NotifyCommand::Edit(name) => {
                let form = self.notify.notify().and_then(|notify| ChannelForm::of(notify, &name));
                self.sheet = form.map(|form| Sheet::Channel(Box::new(form)));
            }
            NotifyCommand::Store => {
                let (Some(Sheet::Channel(form)), Some(notify)) =
                    (&mut self.sheet, self.notify.notify())
                else {
                    return;
                };
                if form.problem(notify).is_some() {
                    return;
                }
                form.is_storing = true;
                form.refusal = None;
                let changes = form.changes(notify);
                self.change_settings(changes, After::CloseSheet);
            }
            NotifyCommand::NewSecret => {
                let Some(Sheet::Channel(form)) = self.sheet.take() else { return };
                let name = form.name.trim().to_owned();
                self.notify.behind = Some(form);
                let field = Some(SECRET_FIELD.to_owned());
                self.apply_to_secret(SecretCommand::New { name, field });
            }
            NotifyCommand::Remove(name) => {
                if let Some((changes, undo)) = self.notify.removal(&name) {
                    self.notify.tests.remove(&name);
                    self.change_settings(changes, After::Offer(name, undo));
                }
            }
            NotifyCommand::Test(channel) => {
                self.notify.tests.insert(channel.clone(), Check::Asking);
                let request = TestNotifier { channel: channel.clone() };
                self.backend.ask(request.into_request(), Purpose::Notified(channel));
            }
        }
    }

    pub(super) fn change_settings(&mut self, changes: Vec<SettingChange>, after: After) {
        self.notify.refusal = None;
        self.notify.show(&changes);
        self.notify.changes.push_back((changes, after));
    }

    /// Asks for the settings where they may be others, and sends what waits to be changed.
    pub(super) fn ask_settings(&mut self) {
        let is_busy = |p: &Purpose| matches!(p, Purpose::Settings | Purpose::SettingsChanged(_));
        if self.backend.is_asking(is_busy) {
            return;
        }
        if !self.notify.is_fresh {
            self.notify.is_fresh = true;
            return self.backend.ask(ReadSettings {}.into_request(), Purpose::Settings);
        }
        let Some((changes, after)) = self.notify.changes.pop_front() else { return };
        let expected_digest = self.notify.home.as_ref().and_then(|home| home.digest.clone());
        let request = ChangeSettings { expected_digest, changes };
        self.backend.ask(request.into_request(), Purpose::SettingsChanged(after));
    }

    pub(super) fn take_settings(&mut self, answer: Result<HomeSettings, ApiError>) {
        match answer {
            Ok(home) => {
                self.notify.home = Some(home);
                self.notify.error = None;
                // What was changed meanwhile is still shown.
                let waiting = self.notify.changes.clone();
                waiting.iter().for_each(|(changes, _)| self.notify.show(changes));
            }
            Err(error) => self.notify.error = Some(error.message),
        }
    }

    pub(super) fn take_settings_changed(
        &mut self,
        after: After,
        answer: Result<HomeSettings, ApiError>,
        time: f64,
    ) {
        let (form, connection) = match &mut self.sheet {
            Some(Sheet::Channel(form)) if after == After::CloseSheet => (Some(form), None),
            Some(Sheet::Connection(form)) if after == After::CloseSheet => (None, Some(form)),
            _ => (None, None),
        };
        // Pools may have other slots, or be new.
        self.queue_shown.outdated();
        let home = match answer {
            Ok(home) => home,
            Err(error) => {
                let refusal = Refusal::of(error);
                match (form, connection) {
                    (Some(form), _) => (form.is_storing, form.refusal) = (false, Some(refusal)),
                    (_, Some(form)) => (form.is_storing, form.refusal) = (false, Some(refusal)),
                    (None, None) => self.notify.refusal = Some(refusal),
                }
                // What else waits was made to what is not so.
                let dropped = std::mem::take(&mut self.notify.changes);
                if dropped.iter().any(|(_, after)| *after == After::CloseSheet) {
                    self.give_sheet_back();
                }
                return self.notify.outdated();
            }
        };
        if let Some(form) = connection.cloned() {
            self.sheet = None;
            self.connection_stored(&form);
            self.toasts.say(format!("Stored {}", form.name.trim()), time);
        }
        let form = match &self.sheet {
            Some(Sheet::Channel(form)) if after == After::CloseSheet => Some(form.clone()),
            _ => None,
        };
        match (form, after) {
            (Some(form), _) => {
                let name = form.name.trim().to_owned();
                self.sheet = None;
                self.notify.tests.remove(&name);
                self.toasts.say(format!("Stored {name}"), time);
            }
            (None, After::Offer(name, undo)) => {
                let undo = Command::Notify(NotifyCommand::PutBack(undo));
                self.toasts.offer(format!("Removed {name}"), ("Undo", undo), time);
            }
            (None, After::OfferConnection(name, undo)) => {
                self.toasts.offer(format!("Removed {name}"), ("Undo", *undo), time);
            }
            (None, After::Nothing | After::CloseSheet) => {}
        }
        self.setting.outdated();
        self.take_settings(Ok(home));
        // A document may name a channel that is there now, or is not any more.
        self.tabs.iter_mut().for_each(|editor| editor.checked = u64::MAX);
    }

    /// What a sheet was to store was not even sent.
    fn give_sheet_back(&mut self) {
        let refusal = Refusal {
            key: String::new(),
            text: "not stored: a change before it was refused".to_owned(),
            help: Some("store it again".to_owned()),
        };
        match &mut self.sheet {
            Some(Sheet::Channel(form)) => {
                (form.is_storing, form.refusal) = (false, Some(refusal));
            }
            Some(Sheet::Connection(form)) => {
                (form.is_storing, form.refusal) = (false, Some(refusal));
            }
            _ => {}
        }
    }

    pub(super) fn take_notified(&mut self, channel: String, answer: Result<Done, ApiError>) {
        let check = match answer {
            Ok(_) => Check::Good,
            Err(error) => Check::Bad(error.message, error.help),
        };
        self.notify.tests.insert(channel, check);
        self.notify.outdated();
    }

    /// The secret that the sheet of a channel asked for is stored, or not made: the sheet goes on.
    pub(crate) fn back_to_channel(&mut self) {
        if self.sheet.is_some() {
            return;
        }
        if let Some(form) = self.notify.behind.take() {
            self.sheet = Some(Sheet::Channel(form));
        }
    }

    /// Whether a secret was made for the sheet of a channel; it is named there then.
    pub(super) fn take_secret_of_channel(&mut self, field: &str, name: &str) -> bool {
        if field != SECRET_FIELD {
            return false;
        }
        if let Some(form) = &mut self.notify.behind {
            form.take_secret(name);
        }
        self.back_to_channel();
        true
    }
}
