//! `config.toml` as it lies in the home: its text, its digest, and what it says.

use std::io;
use std::path::{Path, PathBuf};

use millrace_api::home::Home;
use millrace_api::settings::Settings;
use millrace_api::{ApiError, Code};

use super::check;
use crate::files;

/// The file of a home's settings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ConfigFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its text; none where there is no file.
    pub(crate) text: Option<String>,
    /// What it says.
    pub(crate) settings: Settings,
}

impl ConfigFile {
    /// Reads the file of `home`.
    ///
    /// # Errors
    /// `Environment`, with line and key, where it cannot be read or has an error.
    pub(crate) fn read(home: &Home) -> Result<Self, ApiError> {
        let path = home.config();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                let message = format!("cannot read {}: {error}", path.display());
                return Err(ApiError::new(Code::Environment, message));
            }
        };
        let settings = parse(text.as_deref().unwrap_or_default(), &path)?;
        Ok(Self { path, text, settings })
    }

    /// Names its bytes; none where there is no file.
    pub(crate) fn digest(&self) -> Option<String> {
        self.text.as_ref().map(|text| files::digest(text.as_bytes()))
    }
}

/// Reads and checks the text of such a file.
///
/// # Errors
/// `Environment`, with line, column and key.
pub(super) fn parse(text: &str, path: &Path) -> Result<Settings, ApiError> {
    let wrong = |place: &str, what: &str| {
        ApiError::new(Code::Environment, format!("{}{place}: {what}", path.display()))
            .help("mend that line, or take the file away for the defaults")
    };
    let settings: Settings = toml::from_str(text).map_err(|error| {
        let (place, what) = explain(text, &error);
        wrong(&place, &what)
    })?;
    match check::check(&settings) {
        Ok(()) => Ok(settings),
        Err(fault) => {
            let place = place_of(text, &fault.path).unwrap_or_default();
            Err(wrong(&place, &format!("{}: {}", fault.path.join("."), fault.message)))
        }
    }
}

/// Where an error is, as `:line:column`, and what it is, with the key on one line.
fn explain(text: &str, error: &toml::de::Error) -> (String, String) {
    let mut what = error.message().trim().lines().collect::<Vec<_>>().join(", ");
    let Some(at) = error.span().map(|span| span.start).filter(|at| text.is_char_boundary(*at))
    else {
        return (String::new(), what);
    };
    // The value's error does not say which key it is of.
    let line = text[..at].rsplit('\n').next().unwrap_or_default();
    let key = line.split_once('=').map(|(key, _)| key.trim());
    if let Some(key) = key.filter(|key| !what.contains(&format!("`{key}`"))) {
        what = format!("{key}: {what}");
    }
    (place(text, at), what)
}

/// Where the value of a key is, as `:line:column`.
fn place_of(text: &str, path: &[String]) -> Option<String> {
    let document = toml_edit::Document::parse(text).ok()?;
    let mut item = document.as_item();
    let mut span = None;
    // Up to the first one that is not written: what is missing is missed there.
    for key in path {
        let Some(next) = item.get(key) else { break };
        item = next;
        span = item.span().or(span);
    }
    let at = span?.start;
    text.is_char_boundary(at).then(|| place(text, at))
}

fn place(text: &str, at: usize) -> String {
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    format!(":{line}:{}", before[start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("[notify]\non = [\"failure\", \"later\"]", "config.toml:2:18: on: "),
            (
                "[notify]\nsend = [\"desktop\", \"ops\"]",
                "config.toml:2:8: notify.send: there is no channel `ops`",
            ),
            (
                "[retention]\nartifacts_for = \"5m\"",
                "config.toml:2:17: retention.artifacts_for: 5m is shorter than 1h",
            ),
            ("[retention]\nartifacts_for = 30", "config.toml:2:17: artifacts_for: "),
            ("[retention]\nartifacts_bytes = -1", "config.toml:2:19: artifacts_bytes: "),
            (
                "[notify.webhook.chat]\nurl = \"ftp://a.example\"",
                "config.toml:2:7: notify.webhook.chat.url: ",
            ),
            (
                "[notify.mail.ops]\nserver = \"a.example\"\nfrom = \"me\"\nto = [\"b@a.example\"]",
                "config.toml:3:8: notify.mail.ops.from: ",
            ),
        ] {
            let error = parse(text, Path::new("config.toml")).unwrap_err();
            assert_eq!(error.code, Code::Environment);
            assert!(error.message.starts_with(expected), "{text}: {error}");
            assert!(!error.message.contains('\n'), "{text}: {error}");
        }
    }

    #[test]
    fn a_password_that_is_written_out_is_refused_and_not_quoted() {
        let text = "[notify.mail.ops]\nserver = \"a.example\"\nuser = \"me\"\npassword = \"hunter2\"\n\
                    from = \"me@a.example\"\nto = [\"b@a.example\"]";
        let error = parse(text, Path::new("config.toml")).unwrap_err();
        assert!(error.message.starts_with("config.toml:4:12: password: it is not written here"));
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}
