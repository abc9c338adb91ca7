//! Values of settings that may have to stay secret: written out, or the name of a stored secret.
//!
//! Read by hand, so that no error quotes what somebody wrote in place of a name.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The name of a stored secret, written as `{ secret = "NAME" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretName {
    /// The name.
    pub secret: String,
}

/// A text, or the secret that holds it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum TextOrSecret {
    /// Written out.
    Text(String),
    /// In this secret.
    Secret(SecretName),
}

/// As it is shown: a text may hold what should have been a secret.
impl fmt::Debug for TextOrSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(***)"),
            Self::Secret(name) => f.debug_tuple("Secret").field(&name.secret).finish(),
        }
    }
}

impl<'de> Deserialize<'de> for SecretName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(Read)? {
            TextOrSecret::Secret(name) => Ok(name),
            TextOrSecret::Text(_) => Err(de::Error::custom(
                "it is not written here: store it with `millrace secret set NAME` and write { secret = \"NAME\" }",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for TextOrSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = TextOrSecret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or { secret = \"NAME\" }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TextOrSecret::Text(text.to_owned()))
    }

    // Of numbers the default answer would quote the value.
    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Err(E::custom("a text or { secret = \"NAME\" } is expected, and a number is here"))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        self.visit_i64(0)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        self.visit_i64(0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(key) = map.next_key::<String>()? else {
            return Err(de::Error::missing_field("secret"));
        };
        if key != "secret" {
            return Err(de::Error::unknown_field(&key, &["secret"]));
        }
        let secret = map.next_value()?;
        match map.next_key::<String>()? {
            None => Ok(TextOrSecret::Secret(SecretName { secret })),
            Some(other) => Err(de::Error::unknown_field(&other, &["secret"])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_and_a_value_in_its_place_is_quoted_nowhere() {
        let name = |text: &str| serde_json::from_str::<SecretName>(text);
        assert_eq!(name(r#"{"secret":"ops"}"#).unwrap().secret, "ops");
        for wrong in [r#""hunter2""#, r#"{"value":"hunter2"}"#, "{}", "4711"] {
            let error = name(wrong).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && !error.contains("4711"), "{error}");
        }
        let text: TextOrSecret = serde_json::from_str(r#""hunter2""#).unwrap();
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""hunter2""#);
        assert_eq!(format!("{text:?}"), "Text(***)");
    }
}
