//! What can be done with stored secrets. A value is in no command: it stays in the sheet until it is stored.

use millrace_api::secret::StoredSecret;

/// A thing to do with stored secrets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SecretCommand {
    /// Open the sheet for a new one.
    New {
        /// Its name, as far as it is known.
        name: String,
        /// The field of a form that gets its name.
        field: Option<String>,
    },
    /// Open the sheet for another value or place of this one.
    Replace(StoredSecret),
    /// Store what is in the sheet.
    Store,
    /// Forget this one.
    Remove(StoredSecret),
    /// Store it again, as it was.
    PutBack(StoredSecret),
    /// Find out whether this one can be read.
    Check(String),
}

impl SecretCommand {
    /// What it does, as a person reads it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::New { .. } => "New secret…",
            Self::Replace(_) => "Replace secret…",
            Self::Store => "Store secret",
            Self::Remove(_) => "Remove secret",
            Self::PutBack(_) => "Undo",
            Self::Check(_) => "Test secret",
        }
    }
}
