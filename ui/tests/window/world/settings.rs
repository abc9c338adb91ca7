//! How the scripted daemon changes the settings of its home.

use std::collections::BTreeMap;

use millrace_api::backup::{BackUp, BackedUp, BackupProgress};
use millrace_api::diagnostics::SavedDiagnostics;
use millrace_api::run::Done;
use millrace_api::settings::{
    ChangeSettings, HomeSettings, Notify, SettingChange, Settings, TestedConnection,
};
use millrace_api::storage::{Clean, Cleaned};
use millrace_api::{ApiError, Code, Request};

use super::{World, json};

impl World {
    /// What is about the home as a whole.
    pub(super) fn answer_about_home(&mut self, request: &Request) -> Result<String, String> {
        match request {
            Request::ReadStorage(_) => self.measure(),
            Request::Clean(clean) => self.clean(clean),
            Request::BackUp(args) => self.back_up(args),
            Request::ReadBackup(_) => json(&BackupProgress { running: self.backup.clone() }),
            Request::CancelBackup(_) => {
                self.backup = None;
                json(&Done {})
            }
            Request::ReadDiagnostics(_) => json(&self.diagnostics),
            Request::SaveDiagnostics(save) => json(&SavedDiagnostics {
                path: save.path.clone(),
                bytes: 12 << 10,
                parts: self.diagnostics.parts.clone(),
            }),
            Request::TestConnection(_) => {
                json(&TestedConnection { found: "PostgreSQL 15.14".to_owned() })
            }
            other => panic!("the ui asked for {}", other.name()),
        }
    }

    pub fn home_settings(&self) -> HomeSettings {
        self.settings.clone().unwrap_or_else(|| HomeSettings {
            settings: Settings::default(),
            path: "/home/ada/.local/share/millrace/config.toml".to_owned(),
            digest: None,
            at_next_start: Vec::new(),
            troubles: BTreeMap::new(),
        })
    }

    /// A part more is measured each time.
    pub(super) fn measure(&mut self) -> Result<String, String> {
        let storage = self.storage.clone();
        self.storage.unmeasured = storage.unmeasured.saturating_sub(1);
        json(&storage)
    }

    pub(super) fn change_settings(&mut self, args: &ChangeSettings) -> Result<String, String> {
        let mut home = self.home_settings();
        if home.digest != args.expected_digest {
            let error = ApiError::new(Code::ChangedOutside, "config.toml was changed since");
            return Err(serde_json::to_string(&error).unwrap());
        }
        for change in &args.changes {
            match change.clone() {
                SettingChange::Connection { name, value: Some(value) } => {
                    home.settings.connections.insert(name, value);
                }
                SettingChange::Connection { name, value: None } => {
                    home.settings.connections.remove(&name);
                }
                SettingChange::KeepArtifactsFor { value } => {
                    home.settings.retention.artifacts_for = value;
                }
                SettingChange::KeepArtifactsBytes { value } => {
                    home.settings.retention.artifacts_bytes = value;
                }
                SettingChange::KeepRunsFor { value } => home.settings.retention.runs_for = value,
                SettingChange::KeepRunsCount { value } => {
                    home.settings.retention.runs_count = value;
                }
                SettingChange::KeepBytes { value } => home.settings.retention.bytes = value,
                SettingChange::Pool { name, value: Some(slots) } => {
                    home.settings.pools.insert(name, slots);
                }
                SettingChange::Pool { name, value: None } => {
                    home.settings.pools.remove(&name);
                }
                SettingChange::ParallelTasks { value } => {
                    home.settings.parallel_tasks = value.unwrap_or(home.settings.parallel_tasks);
                }
                other => apply(&mut home.settings.notify, other),
            }
        }
        let number = home.digest.as_deref().map_or(0, |digest| digest.parse::<u32>().unwrap());
        home.digest = Some((number + 1).to_string());
        self.settings = Some(home.clone());
        json(&home)
    }

    pub(super) fn clean(&mut self, args: &Clean) -> Result<String, String> {
        let found = self.expendable;
        if !args.dry_run {
            self.expendable = Cleaned::default();
            self.storage.runs = self.storage.runs.saturating_sub(found.bytes);
        }
        json(&found)
    }

    /// It is written at once, or given up where somebody did so.
    pub(super) fn back_up(&mut self, args: &BackUp) -> Result<String, String> {
        json(&BackedUp {
            path: args.path.clone(),
            bytes: 3 << 20,
            files: 120,
            runs: self.storage.run_count,
            left_out: 0,
            secrets: self.secrets.keys().cloned().collect(),
        })
    }
}

fn apply(notify: &mut Notify, change: SettingChange) {
    let default = Notify::default();
    match change {
        SettingChange::NotifyDesktop { value } => notify.desktop = value.unwrap_or(default.desktop),
        SettingChange::NotifyOn { value } => notify.on = value.unwrap_or(default.on),
        SettingChange::NotifySend { value } => notify.send = value.unwrap_or(default.send),
        SettingChange::NotifyPerHour { value } => {
            notify.per_hour = value.unwrap_or(default.per_hour);
        }
        SettingChange::Mail { name, value: Some(mail) } => drop(notify.mail.insert(name, mail)),
        SettingChange::Mail { name, value: None } => drop(notify.mail.remove(&name)),
        SettingChange::Webhook { name, value: Some(webhook) } => {
            notify.webhook.insert(name, webhook);
        }
        SettingChange::Webhook { name, value: None } => drop(notify.webhook.remove(&name)),
        other => panic!("the ui changed {other:?}"),
    }
}
