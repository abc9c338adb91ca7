//! Commands about trust: which documents may run by themselves, and by a click.

use serde::{Deserialize, Serialize};

/// Trusts a document as it is now, or a folder with all that is and will be in it; or no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// The document or the folder, by absolute path.
    pub path: String,
    /// Trust it, or no more.
    pub on: bool,
}

/// Asks which folders are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListTrust {}

/// What is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustList {
    /// Folders, by canonical path, in order.
    pub folders: Vec<String>,
}
