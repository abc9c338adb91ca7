//! One file for a report of a problem, and what is in it before it is written.
//!
//! What a person would not want to give away is not looked for and taken out: it is never put in. Of the settings only numbers,
//! switches and words of ours are kept; of runs there is nothing at all. The log is as it was written: it names workflows and
//! their files, and whoever sends it is told so.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use millrace_api::ApiError;
use millrace_api::diagnostics::{Check, DiagnosticsPart, SaveDiagnostics, SavedDiagnostics};
use millrace_api::home::Home;
use millrace_api::storage::Storage;

use crate::files;

/// So much of the end of the daemon's log goes in.
const LOG_TAIL: u64 = 1 << 20;
/// Settings whose words are ours, or say nothing of anybody.
const KEPT: [&str; 6] = ["durability", "kind", "security", "format", "on", "tls"];

/// What the file has in it.
#[derive(Debug)]
pub struct Bundle(Vec<Part>);

#[derive(Debug)]
struct Part {
    name: &'static str,
    what: &'static str,
    bytes: Vec<u8>,
}

impl Bundle {
    /// Gathers it. Blocks on files.
    pub(super) fn new(
        home: Option<&Home>,
        checks: &[Check],
        storage: Option<Storage>,
    ) -> Result<Self, ApiError> {
        let mut parts = vec![
            Part {
                name: "version.json",
                what: "versions of Millrace, of SQLite and of the system",
                bytes: json(&version())?,
            },
            Part {
                name: "doctor.json",
                what: "what `millrace doctor` says",
                bytes: json(&serde_json::json!({ "checks": checks }))?,
            },
        ];
        let Some(home) = home else { return Ok(Self(parts)) };
        parts.push(Part {
            name: "settings.toml",
            what: "the settings without names, addresses and paths",
            bytes: settings(home).into_bytes(),
        });
        parts.push(Part {
            name: "daemon.log",
            what: "the end of the engine's log, which names workflows and their files",
            bytes: tail(&home.daemon_log()).unwrap_or_default(),
        });
        let schema = match millrace_store::schema_of(home.root()) {
            Ok(statements) => statements.join(";\n\n"),
            Err(error) => error.to_string(),
        };
        parts.push(Part {
            name: "schema.sql",
            what: "how the history is laid out",
            bytes: schema.into_bytes(),
        });
        if let Some(mut storage) = storage {
            // Names of workflows are somebody's words.
            storage.by_workflow.clear();
            let bytes = json(&storage)?;
            parts.push(Part { name: "storage.json", what: "what takes space", bytes });
        }
        Ok(Self(parts))
    }

    /// What is in it, in order.
    #[must_use]
    pub fn parts(&self) -> Vec<DiagnosticsPart> {
        let part = |part: &Part| DiagnosticsPart {
            name: part.name.to_owned(),
            what: part.what.to_owned(),
            bytes: part.bytes.len() as u64,
        };
        self.0.iter().map(part).collect()
    }

    /// Writes it. Blocks on files.
    ///
    /// # Errors
    /// `InvalidRequest` where the path is not absolute; `File` where something is there that may not be replaced, or where
    /// writing fails.
    pub fn save(&self, args: &SaveDiagnostics) -> Result<SavedDiagnostics, ApiError> {
        let (path, bytes) = files::take_out_private(&args.path, args.replace, |file| {
            pack(&self.0, file)?;
            file.stream_position()
        })?;
        Ok(SavedDiagnostics { path, bytes, parts: self.parts() })
    }
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec_pretty(value).map_err(|error| ApiError::internal("write JSON", &error))
}

fn version() -> serde_json::Value {
    let system = rustix::system::uname();
    serde_json::json!({
        "millrace": env!("CARGO_PKG_VERSION"),
        "sqlite": millrace_store::sqlite_version(),
        "system": system.sysname().to_string_lossy(),
        "release": system.release().to_string_lossy(),
        "machine": system.machine().to_string_lossy(),
        "os": fs::read_to_string("/etc/os-release").unwrap_or_default(),
    })
}

/// The file with every word taken out that is not ours.
fn settings(home: &Home) -> String {
    let text = match fs::read_to_string(home.config()) {
        Ok(text) => text,
        Err(error) => return format!("# {error}\n"),
    };
    match text.parse::<toml::Table>() {
        Ok(table) => {
            let mut value = toml::Value::Table(table);
            redact(&mut value, "");
            toml::to_string_pretty(&value).unwrap_or_default()
        }
        // What cannot be read may have anything in it.
        Err(error) => format!("# {}\n", error.message()),
    }
}

fn redact(value: &mut toml::Value, key: &str) {
    match value {
        toml::Value::String(text) if !KEPT.contains(&key) => *text = "…".to_owned(),
        toml::Value::Array(all) => all.iter_mut().for_each(|value| redact(value, key)),
        toml::Value::Table(all) => {
            // Names of channels and connections, and of what they send along, are somebody's words, too.
            let is_named = ["mail", "webhook", "connections", "headers", "pools"].contains(&key);
            let old = std::mem::take(all);
            for (at, (name, mut value)) in old.into_iter().enumerate() {
                // One that somebody made up may be a word of ours.
                redact(&mut value, if is_named { "" } else { &name });
                all.insert(if is_named { format!("{key}_{}", at + 1) } else { name }, value);
            }
        }
        _ => {}
    }
}

fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))?;
    let mut bytes = Vec::new();
    file.take(LOG_TAIL).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn pack(parts: &[Part], file: &mut File) -> io::Result<()> {
    let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::default()));
    for part in parts {
        let mut header = tar::Header::new_gnu();
        header.set_size(part.bytes.len() as u64);
        header.set_mode(0o600);
        tar.append_data(&mut header, part.name, part.bytes.as_slice())?;
    }
    tar.into_inner()?.finish()?.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_settings_only_our_own_words_are_kept() {
        let text = "parallel_tasks = 4\ndurability = \"full\"\nlibrary = [\"/home/ada/flows\"]\n\
            [pools]\nadas_pool = 2\n[retention]\nruns_count = 3\nruns_for = \"9d\"\n\
            [notify]\non = [\"failure\"]\nsend = [\"ops\"]\n\
            [notify.webhook.adas_team]\nurl = \"https://example.org/hidden\"\nformat = \"slack\"\n\
            headers = { x_token = \"hidden\", kind = \"hidden\" }\n\
            [connections.adas_db]\nkind = \"postgres\"\nhost = \"hidden\"\npassword = { secret = \"hidden\" }\n";
        let mut value = toml::Value::Table(text.parse().expect("TOML"));
        redact(&mut value, "");
        let kept = toml::to_string(&value).expect("TOML");
        for gone in ["ada", "hidden", "x_token", "9d", "ops"] {
            assert!(!kept.contains(gone), "{gone}: {kept}");
        }
        for there in ["parallel_tasks = 4", "\"full\"", "\"slack\"", "\"postgres\"", "\"failure\""]
        {
            assert!(kept.contains(there), "{there}: {kept}");
        }
        assert!(kept.contains("runs_count = 3") && kept.contains("pools_1 = 2"), "{kept}");
    }
}
