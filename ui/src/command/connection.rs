//! What can be done with the connections of the settings.

use millrace_api::settings::{ConnectionKind, SettingChange};

/// A thing to do with connections.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ConnectionCommand {
    /// Open the sheet for a new connection; where it is for a field of a form, it is named there.
    Add(ConnectionKind, Option<String>),
    /// Open the sheet of this connection.
    Edit(String),
    /// Store what is in the sheet.
    Store,
    /// Try what is in the sheet.
    TryOut,
    /// Open the sheet for a secret that the connection in the sheet needs.
    NewSecret,
    /// Take this connection out.
    Remove(String),
    /// Put back what was taken out.
    PutBack(Vec<SettingChange>),
    /// Try this connection.
    Test(String),
}

impl ConnectionCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Add(..) => "Add connection",
            Self::Edit(_) => "Change connection",
            Self::Store => "Store connection",
            Self::TryOut | Self::Test(_) => "Test connection",
            Self::NewSecret => "New secret…",
            Self::Remove(_) => "Remove connection",
            Self::PutBack(_) => "Undo",
        }
    }
}
