//! What can be done with the settings by which people are told.

use millrace_api::settings::SettingChange;

use crate::app::ChannelKind;

/// A thing to do with channels and what they tell of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NotifyCommand {
    /// Change settings.
    Set(Vec<SettingChange>),
    /// Open the sheet for a new channel.
    Add(ChannelKind),
    /// Open the sheet of this channel.
    Edit(String),
    /// Store what is in the sheet.
    Store,
    /// Open the sheet for a secret that the channel in the sheet needs.
    NewSecret,
    /// Take this channel out.
    Remove(String),
    /// Put back what was taken out.
    PutBack(Vec<SettingChange>),
    /// Send a test by this channel.
    Test(String),
}

impl NotifyCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Set(_) => "Change settings",
            Self::Add(_) => "Add channel",
            Self::Edit(_) => "Change channel",
            Self::Store => "Store channel",
            Self::NewSecret => "New secret…",
            Self::Remove(_) => "Remove channel",
            Self::PutBack(_) => "Undo",
            Self::Test(_) => "Send a test",
        }
    }
}
