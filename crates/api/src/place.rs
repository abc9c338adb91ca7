//! Where things lie on the daemon's machine. A window shows them in the file manager: it names the thing, and the daemon its place.

use serde::{Deserialize, Serialize};

use millrace_model::ids::RunId;

use crate::artifact::ArtifactName;

/// Asks where something lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindPlace {
    /// What.
    pub of: PlaceOf,
}

/// What lies somewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum PlaceOf {
    /// The home.
    Home {},
    /// A document, a folder of documents, or a file that was written for a person.
    File {
        /// Its absolute path.
        path: String,
    },
    /// The folder of a run: logs, values, scratch space.
    Run {
        /// Which.
        run: RunId,
    },
    /// The document of a run, wherever it is by now.
    DocumentOfRun {
        /// Of which run.
        run: RunId,
    },
    /// The content of an artifact: to be read, not to be written.
    Artifact {
        /// Which.
        artifact: ArtifactName,
    },
}

/// Where it lies. It was there when this was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundPlace {
    /// An absolute path without links in it.
    pub path: String,
    /// It is a folder, and not a file in one.
    pub is_folder: bool,
}
