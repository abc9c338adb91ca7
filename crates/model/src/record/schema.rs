//! JSON Schema (2020-12) from the declarations.
//!
//! What the registry of kinds adds to a task's schema is put in by the room `schema`.

use serde_json::{Map, Value, json};

use super::Record;
use crate::document::Json;

/// The `$defs` of a schema, filled as they are asked for.
#[derive(Debug, Default)]
pub struct Definitions {
    done: Map<String, Value>,
}

impl Definitions {
    /// A reference to the schema of a record.
    pub fn record<R: Record>(&mut self) -> Value {
        self.named(R::NAME, |definitions| definitions.object::<R>())
    }

    /// A reference to a schema that stands once under a name.
    pub fn named(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.done.contains_key(name) {
            self.done.insert(name.to_owned(), Value::Null);
            let schema = make(self);
            self.done.insert(name.to_owned(), schema);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    /// The schema of a record itself.
    pub fn object<R: Record>(&mut self) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in R::fields() {
            let mut schema = (field.schema)(self);
            if let Value::Object(members) = &mut schema {
                members.insert("description".to_owned(), field.doc.into());
                if let Some(default) = field.default.map(|default| default())
                    && is_worth_saying(&default)
                {
                    members.insert("default".to_owned(), default.to_value());
                }
            }
            properties.insert(field.key.to_owned(), schema);
            if field.is_required {
                required.push(field.key);
            }
        }
        let mut schema = json!({
            "description": R::DOC,
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        });
        if let Value::Object(members) = &mut schema {
            if !required.is_empty() {
                members.insert("required".to_owned(), required.into());
            }
            if !R::ONE_OF.is_empty() {
                let cases = R::ONE_OF.iter().map(|key| json!({ "required": [key] }));
                members.insert("oneOf".to_owned(), cases.collect());
            }
        }
        schema
    }

    /// The definitions, by name.
    #[must_use]
    pub fn finish(self) -> Map<String, Value> {
        self.done
    }
}

/// Empty lists, maps and texts are no news.
fn is_worth_saying(default: &Json) -> bool {
    match default {
        Json::Array(elements) => !elements.is_empty(),
        Json::Object(members) => !members.is_empty(),
        Json::String(text) => !text.is_empty(),
        _ => true,
    }
}
