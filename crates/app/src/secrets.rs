//! Stored secrets: which there are, and their values, read from where each is kept at the moment when a task needs it.
//!
//! The home holds names and places. Values are in the keyring, in the daemon's environment or with a program, and pass
//! through here on their way to a process. Where a value cannot be had, that is an error; nothing stands in for it.

mod command;
mod keyring;
mod register;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

use millrace_api::home::Home;
use millrace_api::secret::{HiddenText, SecretSource, StoredSecret};
use millrace_api::{ApiError, Code};
use millrace_exec::environment::BaseEnv;
use millrace_exec::secrets::{Reading, SecretValue, Secrets};

pub(crate) use keyring::{KeyringState, state as keyring_state};

use keyring::{Keyring, Prompts};
use register::Register;

use crate::app::blocking;

/// The secrets of a home.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    register: Register,
    keyring: Keyring,
    /// Where commands are looked for: as tasks look for theirs.
    env: Arc<BaseEnv>,
}

impl Store {
    /// The secrets of this home. Touches nothing yet.
    pub(crate) fn new(home: &Home, env: Arc<BaseEnv>) -> Self {
        Self { register: Register::new(home.secrets()), keyring: Keyring::new(home.root()), env }
    }

    /// All secrets, by name. Blocks on a file.
    pub(crate) fn list(&self) -> Result<Vec<StoredSecret>, ApiError> {
        self.register.list()
    }

    /// The names of all secrets; none where their list cannot be read. Blocks on a file.
    pub(crate) fn names(&self) -> Option<BTreeSet<String>> {
        let listed = self.register.list().ok()?;
        Some(listed.into_iter().map(|secret| secret.name).collect())
    }

    /// Stores a secret in place of an earlier one of its name.
    ///
    /// # Errors
    /// `InvalidRequest` where it makes no sense, `Secret` where the keyring does not take it, `File`.
    pub(crate) async fn set(
        &self,
        secret: StoredSecret,
        value: Option<HiddenText>,
    ) -> Result<(), ApiError> {
        check_name(&secret.name)?;
        check_source(&secret.source)?;
        let name = &secret.name;
        match (&secret.source, value) {
            (SecretSource::Keyring {}, Some(value)) => {
                let value = SecretValue::new(value.reveal().as_bytes().to_vec());
                let value =
                    value.map_err(|why| invalid(format!("the value of `{name}`: {why}")))?;
                self.keyring.write(name, &value).await?;
            }
            (SecretSource::Keyring {}, None) => {
                return Err(invalid(format!("`{name}` has no value for the keyring")));
            }
            (_, Some(_)) => {
                return Err(invalid(format!(
                    "`{name}` has a value, and only the keyring takes one"
                )));
            }
            (_, None) => self.forget_in_keyring(name).await?,
        }
        let register = self.register.clone();
        blocking(move || register.put(secret)).await
    }

    /// Forgets a secret.
    ///
    /// # Errors
    /// `NotFound`; `Secret` where the keyring does not let go of it; `File`.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), ApiError> {
        self.find(name).await?;
        self.forget_in_keyring(name).await?;
        let (register, name) = (self.register.clone(), name.to_owned());
        blocking(move || register.remove(&name)).await
    }

    /// Reads a secret and drops it. Whoever asks is there, so the keyring may ask for its password.
    ///
    /// # Errors
    /// `NotFound`, `Secret`.
    pub(crate) async fn check(&self, name: &str) -> Result<(), ApiError> {
        self.value(name, Prompts::Allowed).await.map(drop)
    }

    /// The value of a secret, as text, for something that the daemon does itself. Never makes the keyring ask.
    ///
    /// # Errors
    /// `NotFound`, `Secret`.
    pub(crate) async fn text(&self, name: &str) -> Result<String, ApiError> {
        let value = self.value(name, Prompts::Never).await?;
        String::from_utf8(value.reveal().to_vec())
            .map_err(|_| cannot_read(name, "it is no text", "store another value"))
    }

    async fn forget_in_keyring(&self, name: &str) -> Result<(), ApiError> {
        match self.find(name).await.map(|secret| secret.source) {
            Ok(SecretSource::Keyring {}) => self.keyring.delete(name).await,
            _ => Ok(()),
        }
    }

    async fn find(&self, name: &str) -> Result<StoredSecret, ApiError> {
        let register = self.register.clone();
        let all = blocking(move || register.list()).await?;
        all.into_iter().find(|secret| secret.name == name).ok_or_else(|| {
            ApiError::new(Code::NotFound, format!("there is no secret `{name}`")).help(format!(
                "store it: `millrace secret set {name}`, or in the window's settings"
            ))
        })
    }

    async fn value(&self, name: &str, prompts: Prompts) -> Result<SecretValue, ApiError> {
        let bytes = match self.find(name).await?.source {
            SecretSource::Keyring {} => self.keyring.read(name, prompts).await?,
            SecretSource::Environment { variable } => variable_value(name, &variable)?,
            SecretSource::Command { argv } => {
                let path = self.env.get().await.get("PATH").map(OsStr::new);
                command::read(name, &argv, path).await?
            }
        };
        SecretValue::new(bytes).map_err(|why| cannot_read(name, why, "store another value"))
    }
}

impl Secrets for Store {
    fn read<'a>(&'a self, name: &'a str) -> Reading<'a> {
        Box::pin(async move {
            let read = self.value(name, Prompts::Never).await;
            read.map_err(|error| match error.help {
                Some(help) => format!("{}; {help} ({})", error.message, error.code),
                None => format!("{} ({})", error.message, error.code),
            })
        })
    }
}

/// How many secrets of a home are in the keyring.
///
/// # Errors
/// `File` where the list of secrets cannot be read.
pub(crate) fn in_keyring(home: &Home) -> Result<usize, ApiError> {
    let listed = Register::new(home.secrets()).list()?;
    Ok(listed.iter().filter(|secret| secret.source == SecretSource::Keyring {}).count())
}

fn variable_value(name: &str, variable: &str) -> Result<Vec<u8>, ApiError> {
    match std::env::var_os(variable) {
        Some(value) => Ok(OsString::into_vec(value)),
        None => Err(cannot_read(
            name,
            &format!("the daemon's environment has no variable {variable}"),
            "set it where the daemon is started, then `millrace daemon stop`",
        )),
    }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./@".contains(c);
    if name.is_empty() || name.len() > 100 || !name.chars().all(is_plain) {
        return Err(invalid(format!("`{}` cannot be the name of a secret", name.escape_debug()))
            .help("use up to 100 letters, digits and _ - . / @"));
    }
    Ok(())
}

fn check_source(source: &SecretSource) -> Result<(), ApiError> {
    match source {
        SecretSource::Environment { variable }
            if variable.is_empty() || variable.contains(['=', '\0']) =>
        {
            Err(invalid(format!("`{}` cannot be a variable", variable.escape_debug())))
        }
        SecretSource::Command { argv } if argv.first().is_none_or(String::is_empty) => {
            Err(invalid("the command has no program".to_owned()))
        }
        SecretSource::Command { argv } if argv.iter().any(|part| part.contains('\0')) => {
            Err(invalid("the command has a NUL character".to_owned()))
        }
        _ => Ok(()),
    }
}

fn invalid(message: String) -> ApiError {
    ApiError::new(Code::InvalidRequest, message)
}

fn cannot_read(name: &str, why: &str, help: &str) -> ApiError {
    ApiError::new(Code::Secret, format!("the secret `{name}` cannot be read: {why}")).help(help)
}

#[cfg(test)]
mod tests;
