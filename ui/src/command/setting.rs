//! What can be done in the settings beside changing them.

use crate::app::SettingsPage;

/// A thing to do in the settings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SettingCommand {
    /// Show this page.
    Show(SettingsPage),
    /// Take out this pool.
    RemovePool(String),
    /// Give up what is beyond the limits, and all deleted runs.
    Clean,
    /// Write a backup where the person chooses.
    BackUp,
    /// Give up the backup that is being written.
    CancelBackup,
    /// Look at everything, and show what a file for a report of a problem would have in it.
    AskDiagnostics,
    /// Write that file where the person chooses.
    SaveDiagnostics,
}

impl SettingCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Show(page) => page.label(),
            Self::RemovePool(_) => "Remove pool",
            Self::Clean => "Clean now",
            Self::BackUp => "Back up…",
            Self::CancelBackup => "Cancel the backup",
            Self::AskDiagnostics => "Save diagnostics…",
            Self::SaveDiagnostics => "Save…",
        }
    }

    /// Those that stand in the list of commands.
    pub(super) fn without_keys() -> impl Iterator<Item = Self> {
        let pages = SettingsPage::ALL.into_iter().map(Self::Show);
        pages.chain([Self::BackUp, Self::AskDiagnostics])
    }
}
