//! Where a run was accepted: by what and on which machine.

use serde::{Deserialize, Serialize};

/// By what and where a run was accepted. Runs of older histories do not have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// Millrace's version.
    pub version: String,
    /// The machine's name.
    pub machine: String,
    /// Its system and architecture: `Linux 6.1 x86_64`.
    pub system: String,
    /// The user whose tasks these are.
    pub user: String,
    /// The names of the variables that tasks take over from the environment of Millrace, in order; never their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<String>,
}
