//! The settings of a home: `config.toml`.
//!
//! People edit it by hand, so every error names the key, and an unknown key is one.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use millrace_api::home::Home;
use millrace_api::{ApiError, Code};

/// The settings of a home.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Tasks at a time over all runs.
    pub parallel_tasks: NonZeroU32,
    /// What a power cut may take.
    pub durability: Durability,
    /// Named pools and their slots.
    pub pools: BTreeMap<String, u32>,
    /// Folders with documents.
    pub library: Vec<PathBuf>,
    /// How much of each attempt's output is kept.
    pub log: LogLimits,
    /// How people are told.
    pub notify: Notify,
}

/// What a power cut may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// The last second: what ended in it may run again.
    Second,
    /// Nothing: every commit waits for the disk.
    Full,
}

/// How much of each attempt's output is kept, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogLimits {
    /// From its start.
    pub head: u64,
    /// From its end.
    pub tail: u64,
}

/// How people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// A desktop notification when a run fails.
    pub desktop: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().ok();
        let cores = cores.and_then(|n| NonZeroU32::try_from(n.get() as u32).ok());
        Self {
            parallel_tasks: cores.unwrap_or(NonZeroU32::MIN),
            durability: Durability::Second,
            pools: BTreeMap::new(),
            library: Vec::new(),
            log: LogLimits::default(),
            notify: Notify::default(),
        }
    }
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { head: 64 << 20, tail: 64 << 20 }
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self { desktop: true }
    }
}

impl Settings {
    /// Reads the settings of `home`; a missing file means the defaults.
    ///
    /// # Errors
    /// `Environment`, with line and key, where the file cannot be read or has an error.
    pub fn load(home: &Home) -> Result<Self, ApiError> {
        let path = home.config();
        let mut settings = match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::default(),
            Err(error) => {
                let message = format!("cannot read {}: {error}", path.display());
                return Err(ApiError::new(Code::Environment, message));
            }
        };
        if settings.library.is_empty() {
            settings.library.push(home.workflows());
        }
        for folder in &mut settings.library {
            if folder.is_relative() {
                *folder = home.root().join(&*folder);
            }
        }
        Ok(settings)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ApiError> {
        toml::from_str(text).map_err(|error| {
            let (place, what) = explain(text, &error);
            ApiError::new(Code::Environment, format!("{}{place}: {what}", path.display()))
                .help("mend that line, or take the file away for the defaults")
        })
    }
}

/// Where an error is, as `:line:column`, and what it is, with the key on one line.
fn explain(text: &str, error: &toml::de::Error) -> (String, String) {
    let mut what = error.message().trim().lines().collect::<Vec<_>>().join(", ");
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else {
        return (String::new(), what);
    };
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[start..].chars().count() + 1;
    // The value's error does not say which key it is of.
    let key = before[start..].split_once('=').map(|(key, _)| key.trim());
    if let Some(key) = key.filter(|key| !what.contains(&format!("`{key}`"))) {
        what = format!("{key}: {what}");
    }
    (format!(":{line}:{column}"), what)
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

    #[test]
    fn errors_name_the_place_and_the_key_on_one_line() {
        for (text, expected) in [
            (
                "paralel_tasks = 3",
                "config.toml:1:1: unknown field `paralel_tasks`, expected one of",
            ),
            (
                "\nparallel_tasks = 0",
                "config.toml:2:18: parallel_tasks: invalid value: integer `0`",
            ),
            ("durability = \"none\"", "config.toml:1:14: durability: unknown variant `none`"),
            ("[pools]\n\"ä\" = = 1", "config.toml:2:7: "),
            ("[log\n", "config.toml:1:5: "),
        ] {
            let error = Settings::parse(text, Path::new("config.toml")).unwrap_err();
            assert_eq!(error.code, Code::Environment);
            assert!(error.message.starts_with(expected), "{text}: {error}");
            assert!(!error.message.contains('\n'), "{text}: {error}");
        }
    }
}
