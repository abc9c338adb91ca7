//! Commands about stored secrets: their names and where each is kept.
//!
//! A value travels in one direction only, from a person to the keyring. No reply holds one.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// Where the value of a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretSource {
    /// In the keyring of the person's session.
    Keyring {},
    /// In a variable of the daemon's environment.
    Environment {
        /// Its name.
        variable: String,
    },
    /// With a program, which prints it.
    Command {
        /// The program and its arguments; no shell reads them.
        argv: Vec<String>,
    },
}

/// A secret, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    /// Its name, as documents write it.
    pub name: String,
    /// Where its value is kept.
    pub source: SecretSource,
}

/// Asks for all stored secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSecrets {}

/// All stored secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretList {
    /// By name.
    pub secrets: Vec<StoredSecret>,
}

/// Stores a secret in place of an earlier one of this name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSecret {
    /// The secret.
    #[serde(flatten)]
    pub secret: StoredSecret,
    /// The value for the keyring; nothing for the other places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<HiddenText>,
}

/// Forgets a secret. Its value goes from the keyring; what other places keep stays there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveSecret {
    /// Which.
    pub name: String,
}

/// Reads a secret as a task would, and tells only whether that went well. Asks the person for the keyring's password
/// where it is locked and somebody can ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSecret {
    /// Which.
    pub name: String,
}

/// A text that no trace and no error message shows.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct HiddenText(String);

impl HiddenText {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HiddenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de> Deserialize<'de> for HiddenText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde would quote what it found instead of a text.
        let text = String::deserialize(deserializer);
        text.map(Self).map_err(|_| de::Error::custom("the value of a secret must be a text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;

    #[test]
    fn a_value_is_shown_nowhere() {
        let request = SetSecret {
            secret: StoredSecret { name: "api".to_owned(), source: SecretSource::Keyring {} },
            value: Some(HiddenText::new("hunter2")),
        };
        assert!(!format!("{request:?}").contains("hunter2"));
        let text = serde_json::to_string(&Request::SetSecret(request.clone())).unwrap();
        assert_eq!(
            text,
            r#"{"command":"set_secret","name":"api","source":{"from":"keyring"},"value":"hunter2"}"#
        );
        let read = serde_json::from_str::<Request>(&text).unwrap();
        assert_eq!(read, Request::SetSecret(request));
        let wrong = text.replace("\"hunter2\"", "4711");
        let error = serde_json::from_str::<Request>(&wrong).unwrap_err();
        assert!(!error.to_string().contains("4711"), "{error}");
    }
}
