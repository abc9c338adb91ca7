//! The settings of a home: `config.toml`, read, checked, changed, and in force.
//!
//! People edit the file by hand, so every error names the key, an unknown key is one, and a change by Millrace leaves
//! what they wrote as it is.

mod check;
mod current;
mod edit;
mod file;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;

use millrace_api::ApiError;
use millrace_api::home::Home;
use millrace_api::settings::{Connection, Settings as Written};

pub use millrace_api::settings::{Durability, LogLimits, Notify, Retention};

pub(crate) use current::Current;
pub(crate) use edit::change;
pub(crate) use file::ConfigFile;

/// The settings of a home.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Tasks at a time over all runs.
    pub parallel_tasks: NonZeroU32,
    /// What a power cut may take.
    pub durability: Durability,
    /// Named pools and their slots.
    pub pools: BTreeMap<String, u32>,
    /// Folders with documents, absolute.
    pub library: Vec<PathBuf>,
    /// How much of each attempt's output is kept.
    pub log: LogLimits,
    /// How long artifacts are kept.
    pub retention: Retention,
    /// How people are told.
    pub notify: Notify,
    /// Databases, services and mail servers that tasks name.
    pub connections: BTreeMap<String, Connection>,
}

impl Settings {
    /// Reads the settings of `home`; a missing file means the defaults.
    ///
    /// # Errors
    /// `Environment`, with line and key, where the file cannot be read or has an error.
    pub fn load(home: &Home) -> Result<Self, ApiError> {
        Ok(Self::of(ConfigFile::read(home)?.settings, home))
    }

    /// What is written, with the folders that it means.
    pub(crate) fn of(written: Written, home: &Home) -> Self {
        let library = match written.library.is_empty() {
            true => vec![home.workflows()],
            false => written.library.iter().map(|folder| home.root().join(folder)).collect(),
        };
        Self {
            parallel_tasks: written.parallel_tasks,
            durability: written.durability,
            pools: written.pools,
            library,
            log: written.log,
            retention: written.retention,
            notify: written.notify,
            connections: written.connections,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let Written {
            parallel_tasks, durability, pools, log, retention, notify, connections, ..
        } = Written::default();
        let library = Vec::new();
        Self { parallel_tasks, durability, pools, library, log, retention, notify, connections }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_means_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path()).unwrap();
        let settings = Settings::load(&home).unwrap();
        assert_eq!(settings.log, LogLimits { head: 64 << 20, tail: 64 << 20 });
        assert_eq!(settings.library, [home.workflows()]);
    }

    #[test]
    fn reads_what_people_write() {
        let text = "parallel_tasks = 3\ndurability = \"full\"\nlibrary = [\"flows\"]\n\
                    [pools]\ndb = 4\n[log]\ntail = 1024\n[notify]\ndesktop = false\n";
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path()).unwrap();
        std::fs::write(home.config(), text).unwrap();
        let settings = Settings::load(&home).unwrap();
        assert_eq!(settings.parallel_tasks.get(), 3);
        assert_eq!(settings.durability, Durability::Full);
        assert_eq!(settings.pools["db"], 4);
        assert_eq!(settings.library, [home.root().join("flows")]);
        assert_eq!(settings.log, LogLimits { head: 64 << 20, tail: 1024 });
        assert!(!settings.notify.desktop);
    }
}
