//! The place of the settings: which page is shown, what takes space, and the backup that is being written.

use std::collections::VecDeque;

use millrace_api::backup::{
    BackUp, BackedUp, BackupProgress, CancelBackup, ReadBackup, RunningBackup,
};
use millrace_api::run::Done;
use millrace_api::settings::SettingChange;
use millrace_api::storage::{Clean, Cleaned, ReadStorage, Storage};
use millrace_api::{ApiError, Code, Command as _};

use super::notify::After;
use super::{App, Purpose};
use crate::bridge::{FileKind, Pick};
use crate::command::{Place, SettingCommand};
use crate::words;

/// Seconds between two questions how far the backup is.
const PROGRESS_SECS: f64 = 0.5;

/// A page of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SettingsPage {
    /// How the window looks.
    #[default]
    Appearance,
    /// How people are told.
    Notifications,
    /// Passwords and tokens.
    Secrets,
    /// Databases and services.
    Connections,
    /// How many tasks run at a time, by what they share.
    Pools,
    /// What takes space, how long things are kept, backups.
    Storage,
    /// Shortcuts.
    Keys,
    /// The tray, the login, sleep.
    Start,
    /// What this is.
    About,
}

impl SettingsPage {
    /// All of them, in the order of the list.
    pub(crate) const ALL: [Self; 9] = [
        Self::Appearance,
        Self::Notifications,
        Self::Secrets,
        Self::Connections,
        Self::Pools,
        Self::Storage,
        Self::Keys,
        Self::Start,
        Self::About,
    ];

    /// Whether what is on it belongs to the home, so that only the engine can change it.
    pub(crate) fn is_of_home(self) -> bool {
        match self {
            Self::Notifications
            | Self::Secrets
            | Self::Connections
            | Self::Pools
            | Self::Storage => true,
            Self::Appearance | Self::Keys | Self::Start | Self::About => false,
        }
    }

    /// Its name in the list.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Appearance => "Appearance",
            Self::Notifications => "Notifications",
            Self::Secrets => "Secrets",
            Self::Connections => "Connections",
            Self::Pools => "Pools",
            Self::Storage => "Storage",
            Self::Keys => "Keys",
            Self::Start => "Start",
            Self::About => "About",
        }
    }

    /// Its name among all commands.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Appearance => "Settings: Appearance",
            Self::Notifications => "Settings: Notifications",
            Self::Secrets => "Settings: Secrets",
            Self::Connections => "Settings: Connections",
            Self::Pools => "Settings: Pools",
            Self::Storage => "Settings: Storage",
            Self::Keys => "Settings: Keys",
            Self::Start => "Settings: Start",
            Self::About => "Settings: About",
        }
    }

    /// What is on it, for whoever looks for a setting by a word.
    pub(crate) fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Appearance => &["Theme", "Size", "Reduce motion"],
            Self::Notifications => &[
                "Show notifications on the desktop",
                "Tell me when a run failed, works again, is slow, was missed",
                "Messages an hour",
                "Channels: mail, Slack, webhooks",
            ],
            Self::Secrets => &["Passwords and tokens, the keyring"],
            Self::Connections => &["Databases, services, mail servers"],
            Self::Pools => &["Tasks at a time", "Pools and their slots"],
            Self::Storage => &[
                "What takes space",
                "Keep runs for, number of runs, size of the home",
                "Keep artifacts for, their size",
                "Clean now",
                "Back up, restore",
            ],
            Self::Keys => &["Shortcuts of commands"],
            Self::Start => &["Tray", "Start at login", "Keep awake", "Ask before closing"],
            Self::About => &[
                "Version",
                "Where data lies, settings file, log",
                "Save diagnostics, a report of a problem",
            ],
        }
    }
}

/// What the place remembers.
#[derive(Debug, Default)]
pub(crate) struct SettingsShown {
    /// The page in view.
    pub(crate) page: SettingsPage,
    /// What is looked for.
    pub(crate) search: String,
    /// What takes space, as last answered.
    pub(crate) storage: Option<Storage>,
    /// Why there is no answer.
    pub(crate) error: Option<ApiError>,
    /// What would go, as last answered.
    pub(crate) would_go: Option<Cleaned>,
    /// It is being given up.
    pub(crate) is_cleaning: bool,
    /// The backup that is being written, as far as is known.
    pub(crate) backup: Option<RunningBackup>,
    /// How everything stands, as the sheet for a report of a problem shows it.
    pub(crate) diagnosis: super::diagnostics::Diagnosis,
    /// Limits while they are typed.
    pub(crate) limits: [Option<String>; 5],
    /// Slots of pools while they are typed, and the number of tasks at a time under an empty name.
    pub(crate) slots: std::collections::BTreeMap<String, String>,
    /// A pool that is being added: its name and its slots.
    pub(crate) new_pool: [String; 2],
    is_fresh: bool,
    asked_at: f64,
    to_ask: VecDeque<Ask>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Storage,
    WouldGo,
}

impl SettingsShown {
    /// What takes space may be something else by now.
    pub(super) fn outdated(&mut self) {
        self.is_fresh = false;
    }
}

impl App {
    pub(super) fn apply_to_setting(&mut self, command: SettingCommand) {
        match command {
            SettingCommand::Show(page) => {
                self.setting.page = page;
                self.setting.search.clear();
                self.setting.outdated();
                self.go(Place::Settings);
            }
            SettingCommand::RemovePool(name) => {
                let before = self.home_settings().and_then(|all| all.pools.get(&name).copied());
                let change = |value| vec![SettingChange::Pool { name: name.clone(), value }];
                let undo = After::Offer(name.clone(), change(before));
                self.change_settings(change(None), undo);
            }
            SettingCommand::Clean => {
                self.setting.is_cleaning = true;
                self.backend.ask(Clean { dry_run: false }.into_request(), Purpose::Cleaned);
            }
            SettingCommand::BackUp => {
                let file_name = "millrace-backup.tar.gz".to_owned();
                let pick = Pick::Save { folder: self.folder(), file_name, kind: FileKind::Any };
                self.backend.pick(pick, Purpose::PickedBackup);
            }
            SettingCommand::CancelBackup => {
                self.backend.ask(CancelBackup {}.into_request(), Purpose::BackupCanceled);
            }
            SettingCommand::AskDiagnostics => self.ask_diagnostics(),
            SettingCommand::SaveDiagnostics => self.pick_diagnostics(),
        }
    }

    /// Asks what takes space where it is shown and may be something else; gives the seconds until the next question.
    pub(super) fn ask_storage(&mut self, time: f64) -> Option<f64> {
        if self.setting.backup.is_some() {
            let due = self.setting.asked_at + PROGRESS_SECS - time;
            if due > 0.0 {
                return Some(due);
            }
            if !self.backend.is_asking(|p| *p == Purpose::BackupProgress) {
                self.setting.asked_at = time;
                self.backend.ask(ReadBackup {}.into_request(), Purpose::BackupProgress);
            }
            return Some(PROGRESS_SECS);
        }
        if self.place != Place::Settings || self.setting.page != SettingsPage::Storage {
            return None;
        }
        if !self.setting.is_fresh {
            self.setting.is_fresh = true;
            self.setting.to_ask = [Ask::Storage, Ask::WouldGo].into();
        }
        let is_busy = |p: &Purpose| matches!(p, Purpose::Storage | Purpose::WouldGo);
        if !self.setting.is_cleaning && !self.backend.is_asking(is_busy) {
            match self.setting.to_ask.pop_front() {
                Some(Ask::Storage) => {
                    self.backend.ask(ReadStorage {}.into_request(), Purpose::Storage);
                }
                Some(Ask::WouldGo) => {
                    self.backend.ask(Clean { dry_run: true }.into_request(), Purpose::WouldGo);
                }
                None => {}
            }
        }
        None
    }

    pub(super) fn take_storage(&mut self, answer: Result<Storage, ApiError>) {
        match answer {
            Ok(storage) => {
                if storage.unmeasured > 0 {
                    self.setting.to_ask.push_front(Ask::Storage);
                }
                self.setting.storage = Some(storage);
                self.setting.error = None;
            }
            Err(error) => self.setting.error = Some(error),
        }
    }

    pub(super) fn take_would_go(&mut self, answer: Result<Cleaned, ApiError>) {
        // Without an answer the button is there all the same.
        self.setting.would_go = answer.ok();
    }

    pub(super) fn take_cleaned(&mut self, answer: Result<Cleaned, ApiError>, time: f64) {
        self.setting.is_cleaning = false;
        self.setting.outdated();
        match answer {
            Ok(cleaned) if cleaned.is_nothing() => {
                self.toasts.say("There was nothing to remove", time);
            }
            Ok(cleaned) => {
                self.runs.stale = true;
                let what = cleaned_words(&cleaned);
                self.toasts.say(format!("Removed {what}: {}", words::bytes(cleaned.bytes)), time);
            }
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_picked_backup(&mut self, picked: Result<Option<String>, ApiError>) {
        match picked {
            Ok(Some(path)) => {
                self.setting.backup = Some(RunningBackup { path: path.clone(), done: 0, total: 0 });
                // The dialog of the system has asked whether what is there may go.
                let request =
                    BackUp { path, replace: true, without_logs: false, without_artifacts: false };
                self.backend.ask(request.into_request(), Purpose::BackedUp);
            }
            Ok(None) => {}
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_backup_progress(&mut self, answer: Result<BackupProgress, ApiError>) {
        if let (Ok(BackupProgress { running: Some(running) }), Some(shown)) =
            (answer, &mut self.setting.backup)
        {
            *shown = running;
        }
    }

    pub(super) fn take_backed_up(&mut self, answer: Result<BackedUp, ApiError>, time: f64) {
        self.setting.backup = None;
        match answer {
            Ok(written) => {
                let size = words::bytes(written.bytes);
                let secrets = match written.secrets.len() {
                    0 => String::new(),
                    1 => ". 1 secret is in the keyring and not in it".to_owned(),
                    many => format!(". {many} secrets are in the keyring and not in it"),
                };
                let text = format!("Backed up: {}, {size}{secrets}", written.path);
                self.say_saved(text, written.path, time);
            }
            Err(error) if error.code == Code::Canceled => {
                self.toasts.say("The backup was cancelled", time);
            }
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_backup_canceled(&mut self, answer: Result<Done, ApiError>) {
        if let Err(error) = answer {
            self.fail(error);
        }
    }
}

/// What went or would go, in words.
pub(crate) fn cleaned_words(cleaned: &Cleaned) -> String {
    let counted = |count: u64, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [
        counted(cleaned.runs, "run beyond the limits", "runs beyond the limits"),
        counted(cleaned.deleted, "deleted run", "deleted runs"),
        counted(cleaned.artifacts, "artifact", "artifacts"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => "rests of removed runs".to_owned(),
        false => parts.join(", "),
    }
}
