//! Commands about drafts: what was changed in a window and not saved.
//!
//! A draft belongs to the window that made it until it is saved or dropped; the daemon only keeps it.

use serde::{Deserialize, Serialize};

use millrace_model::time::Timestamp;

/// What was changed and not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its name, chosen by the window: letters, digits and dashes, at most 64.
    pub draft: String,
    /// The file that it is a draft of; none where it was never saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The document as changed.
    pub text: String,
    /// The digest of the file's text that the changes were made to; none where there was no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_digest: Option<String>,
    /// It was made in this window, and not from a document that is not trusted. In a list also where what it means
    /// is trusted.
    #[serde(default)]
    pub is_trusted: bool,
}

/// Keeps a draft, in place of an earlier one of the same name. Once it is answered, no killed process and no power
/// cut takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepDraft {
    /// The draft.
    #[serde(flatten)]
    pub draft: Draft,
}

/// Asks for all drafts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDrafts {}

/// All drafts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftList {
    /// Those kept first come first.
    pub drafts: Vec<KeptDraft>,
}

/// A draft as it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDraft {
    /// The draft.
    #[serde(flatten)]
    pub draft: Draft,
    /// When it was kept last.
    pub kept: Timestamp,
}

/// Drops a draft; one that is not there is no error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropDraft {
    /// Which.
    pub draft: String,
}
