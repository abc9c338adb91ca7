//! `secrets.json` of the home: the names of secrets, and where the value of each is kept. Never a value.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use millrace_api::secret::StoredSecret;
use millrace_api::{ApiError, Code};
use serde::{Deserialize, Serialize};

use crate::files::{self, UNFINISHED};

/// The file.
#[derive(Debug, Clone)]
pub(super) struct Register {
    path: PathBuf,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    secrets: Vec<StoredSecret>,
}

impl Register {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// All secrets, by name.
    ///
    /// # Errors
    /// `File` where the file is there and cannot be read.
    pub(super) fn list(&self) -> Result<Vec<StoredSecret>, ApiError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.cannot("read", &error)),
        };
        let content: Content = serde_json::from_slice(&bytes).map_err(|error| {
            self.cannot("read", &error)
                .help("mend it by hand, or move it away and store the secrets again")
        })?;
        let mut secrets = content.secrets;
        secrets.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(secrets)
    }

    /// Adds a secret, or replaces the one of its name.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn put(&self, secret: StoredSecret) -> Result<(), ApiError> {
        let mut secrets = self.list()?;
        secrets.retain(|other| other.name != secret.name);
        secrets.push(secret);
        self.write(secrets)
    }

    /// Takes one out.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn remove(&self, name: &str) -> Result<(), ApiError> {
        let mut secrets = self.list()?;
        secrets.retain(|other| other.name != name);
        self.write(secrets)
    }

    fn write(&self, mut secrets: Vec<StoredSecret>) -> Result<(), ApiError> {
        secrets.sort_by(|a, b| a.name.cmp(&b.name));
        let write = || -> io::Result<()> {
            let folder = self.path.parent().unwrap_or(Path::new("/"));
            // Private, as temporary files are: the names alone can tell too much.
            let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
            serde_json::to_writer_pretty(&mut file, &Content { secrets })?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(&self.path).map_err(|error| error.error)?;
            fs::File::open(folder)?.sync_all()?;
            files::sweep(folder);
            Ok(())
        };
        write().map_err(|error| self.cannot("write", &error))
    }

    fn cannot(&self, what: &str, error: &dyn std::fmt::Display) -> ApiError {
        ApiError::new(Code::File, format!("cannot {what} {}: {error}", self.path.display()))
    }
}
