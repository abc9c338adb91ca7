//! Texts, numbers, names and durations.

use serde_json::{Value, json};

use super::{Definitions, Member, Reader, quoted_list, refuse};
use crate::document::Json;
use crate::ident::{Ident, RESERVED};
use crate::problem::Code;
use crate::suggest::nearest;
use crate::time::Span;

impl Member for String {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        if json.as_str().is_none() {
            reader.wrong_type(json, "a text");
        }
        json.as_str().map(str::to_owned)
    }

    fn write(&self) -> Json {
        Json::String(self.clone())
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "string" })
    }
}

impl Member for bool {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        match json {
            Json::Bool(value) => Some(*value),
            other => {
                reader.wrong_type(other, "true or false");
                None
            }
        }
    }

    fn write(&self) -> Json {
        Json::Bool(*self)
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "boolean" })
    }
}

macro_rules! whole_number {
    ($ty:ty) => {
        impl Member for $ty {
            fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
                let expected =
                    || format!("a whole number from {} to {}", <$ty>::MIN, <$ty>::MAX);
                let Json::Number(lexeme) = json else {
                    reader.wrong_type(json, &expected());
                    return None;
                };
                lexeme.parse().ok().or_else(|| {
                    let message = format!("{} is expected, and {lexeme:.40} is here", expected());
                    refuse(reader, Code::WrongType, message, None)
                })
            }

            fn write(&self) -> Json {
                Json::Number(self.to_string())
            }

            fn schema(_: &mut Definitions) -> Value {
                json!({ "type": "integer", "minimum": <$ty>::MIN, "maximum": <$ty>::MAX })
            }
        }
    };
}

whole_number!(u32);
whole_number!(i32);

impl Member for f64 {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        let Json::Number(lexeme) = json else {
            reader.wrong_type(json, "a number");
            return None;
        };
        // A number that is too large has been reported by the parser.
        lexeme.parse::<Self>().ok().filter(|number| number.is_finite())
    }

    fn write(&self) -> Json {
        // Display is the shortest text that reads back as the same number, and has no exponent.
        let is_zero = *self == 0.0 || !self.is_finite();
        Json::Number(if is_zero { "0".to_owned() } else { self.to_string() })
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "number" })
    }
}

/// Any value.
impl Member for Json {
    fn read<'a>(json: &'a Json, _: &mut Reader<'a>) -> Option<Self> {
        Some(json.clone())
    }

    fn write(&self) -> Json {
        self.clone()
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({})
    }
}

impl Member for Ident {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        let Some(text) = json.as_str() else {
            reader.wrong_type(json, "a name");
            return None;
        };
        Self::new(text)
            .map_err(|error| {
                let near = suggested_name(text).map(|name| format!("for example `{name}`"));
                reader.report(Code::BadName, error.to_string(), near);
            })
            .ok()
    }

    fn write(&self) -> Json {
        Json::from(self.as_str())
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.named("name", |_| {
            json!({
                "type": "string",
                "pattern": "^[a-z_][a-z0-9_]*$",
                "maxLength": Self::MAX_LEN,
                "not": { "enum": RESERVED },
                "description": "A name: a-z, 0-9 and _, not starting with a digit, and no reserved word of CEL.",
            })
        })
    }
}

/// The name that comes nearest to `text`.
#[must_use]
pub fn suggested_name(text: &str) -> Option<Ident> {
    let mut name = String::new();
    for character in text.trim().chars().take(Ident::MAX_LEN) {
        match character.to_ascii_lowercase() {
            plain @ ('a'..='z' | '0'..='9') => name.push(plain),
            _ if name.ends_with('_') || name.is_empty() => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    let name = if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name.to_owned()
    };
    Ident::new(&name).or_else(|_| Ident::new(&format!("{name}_"))).ok().filter(|_| !name.is_empty())
}

impl Member for Span {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        let Some(text) = json.as_str() else {
            reader.wrong_type(json, "a duration such as \"10s\"");
            return None;
        };
        text.parse()
            .map_err(|error: crate::time::SpanError| {
                reader.report(Code::BadDuration, error.to_string(), None);
            })
            .ok()
    }

    fn write(&self) -> Json {
        Json::String(self.to_string())
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.named("duration", |_| {
            json!({
                "type": "string",
                "pattern": "^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
                "description": "A duration: numbers with the units d, h, m, s, ms, the largest first, as in 1h30m.",
            })
        })
    }
}

/// One of a few words.
pub(super) fn read_word<'a>(
    json: &'a Json,
    reader: &mut Reader<'a>,
    what: &str,
    words: &[&'static str],
) -> Option<&'static str> {
    let Some(text) = json.as_str() else {
        reader.wrong_type(json, &format!("{what} ({})", quoted_list(words, "or")));
        return None;
    };
    words.iter().copied().find(|word| *word == text).or_else(|| {
        let shown: String = text.chars().take(40).collect();
        refuse(
            reader,
            Code::BadWord,
            format!("`{shown}` is not {what}: {} is expected", quoted_list(words, "or")),
            nearest(text, words.iter().copied()).map(|near| format!("did you mean `{near}`?")),
        )
    })
}
