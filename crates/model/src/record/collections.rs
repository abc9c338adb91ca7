//! Lists, maps and points.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{Definitions, Member, Reader};
use crate::document::{EnvMap, EnvValue, Json};
use crate::ident::Ident;

impl<T: Member> Member for Vec<T> {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        let Json::Array(elements) = json else {
            reader.wrong_type(json, "a list");
            reader.mark_partial();
            return None;
        };
        let mut list = Self::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            match reader.at_index(index, |reader| T::read(element, reader)) {
                Some(value) => list.push(value),
                None => reader.skip(list.len()),
            }
        }
        Some(list)
    }

    fn write(&self) -> Json {
        Json::Array(self.iter().map(Member::write).collect())
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "type": "array", "items": T::schema(definitions) })
    }

    fn settle(before: &Self, after: &mut Self) {
        // Where some came or went, the others were only moved.
        if before.len() != after.len() {
            return;
        }
        for (old, new) in before.iter().zip(after) {
            if old != new && !before.contains(new) {
                T::settle(old, new);
            }
        }
    }
}

impl Member for [f64; 2] {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        let [x, y] = json.elements() else {
            reader.wrong_type(json, "a list of two numbers, such as [260, 140],");
            return None;
        };
        let x = reader.at_index(0, |reader| f64::read(x, reader));
        let y = reader.at_index(1, |reader| f64::read(y, reader));
        Some([x?, y?])
    }

    fn write(&self) -> Json {
        Json::Array(self.iter().map(Member::write).collect())
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 })
    }
}

impl Member for IndexMap<Ident, [f64; 2]> {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        let Json::Object(members) = json else {
            reader.wrong_type(json, "an object");
            reader.mark_partial();
            return None;
        };
        let mut map = Self::with_capacity(members.len());
        for (key, value) in members {
            reader.at_key(key, |reader| {
                let name = match Ident::new(key) {
                    Ok(name) => Some(name),
                    Err(error) => {
                        reader.report(crate::problem::Code::BadName, error.to_string(), None);
                        None
                    }
                };
                match (name, Member::read(value, reader)) {
                    (Some(name), Some(value)) => {
                        map.insert(name, value);
                    }
                    _ => reader.mark_partial(),
                }
            });
        }
        Some(map)
    }

    fn write(&self) -> Json {
        Json::Object(self.iter().map(|(key, value)| (key.to_string(), value.write())).collect())
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({
            "type": "object",
            "propertyNames": Ident::schema(definitions),
            "additionalProperties": <[f64; 2]>::schema(definitions),
        })
    }
}

impl Member for EnvMap {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        let Json::Object(members) = json else {
            reader.wrong_type(json, "an object of environment variables");
            reader.mark_partial();
            return None;
        };
        let mut map = Self::with_capacity(members.len());
        for (key, value) in members {
            match reader.at_key(key, |reader| EnvValue::read(value, reader)) {
                Some(value) => {
                    map.insert(key.clone(), value);
                }
                None => reader.mark_partial(),
            }
        }
        Some(map)
    }

    fn write(&self) -> Json {
        Json::Object(self.iter().map(|(key, value)| (key.clone(), value.write())).collect())
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
            "additionalProperties": EnvValue::schema(definitions),
        })
    }
}

impl Member for EnvValue {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        match json {
            Json::String(text) => Some(Self::Template(text.clone())),
            Json::Object(members) => match members.as_slice() {
                [(key, Json::String(name))] if key == "secret" => Some(Self::Secret(name.clone())),
                _ => {
                    reader.wrong_type(json, "a text, or {\"secret\": \"name\"} and nothing else,");
                    None
                }
            },
            other => {
                reader.wrong_type(other, "a text between quotes, or {\"secret\": \"name\"},");
                None
            }
        }
    }

    fn write(&self) -> Json {
        match self {
            Self::Template(text) => Json::String(text.clone()),
            Self::Secret(name) => {
                Json::Object(vec![("secret".to_owned(), Json::String(name.clone()))])
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.named("env_value", |_| {
            json!({
                "description": "Text with ${ … } expressions, or a stored secret.",
                "anyOf": [
                    { "type": "string" },
                    {
                        "type": "object",
                        "properties": { "secret": { "type": "string", "description": "The name of a stored secret." } },
                        "required": ["secret"],
                        "additionalProperties": false,
                    },
                ],
            })
        })
    }
}
