//! The JSON Schema of a kind's spec, from its fields.

use serde_json::{Value, json};

use super::Kind;
use super::field::{Field, FieldDefault, FieldShape, FieldText};

/// The JSON Schema of this kind's `spec`.
#[must_use]
pub fn spec_schema(kind: &Kind) -> Value {
    let properties: serde_json::Map<String, Value> =
        kind.fields.iter().map(|field| (field.key.to_owned(), field_schema(field))).collect();
    let required: Vec<&str> =
        kind.fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    let mut schema = json!({
        "type": "object",
        "description": kind.summary,
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn field_schema(field: &Field) -> Value {
    let mut schema = match field.shape {
        FieldShape::Text { .. } | FieldShape::Path { .. } | FieldShape::Connection { .. } => {
            json!({ "type": "string" })
        }
        FieldShape::Int { min, max } => {
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        FieldShape::Bool => json!({ "type": "boolean" }),
        FieldShape::Choice { choices, open: false } => json!({ "enum": choices }),
        FieldShape::Choice { choices, open: true } => {
            json!({ "type": "string", "examples": choices })
        }
        FieldShape::TextList => json!({ "type": "array", "items": { "type": "string" } }),
        FieldShape::Params => json!({ "type": "array", "items": { "$ref": "#/$defs/param" } }),
        FieldShape::KeyValue => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        FieldShape::KeyValueOrSecret => {
            let secret = json!({
                "type": "object",
                "properties": { "secret": { "type": "string" } },
                "required": ["secret"],
                "additionalProperties": false,
            });
            let value = json!({ "anyOf": [{ "type": "string" }, secret] });
            json!({ "type": "object", "additionalProperties": value })
        }
    };
    let note = match field.text {
        FieldText::Literal => "",
        FieldText::Template => " May have ${ … } expressions.",
        FieldText::Expression | FieldText::OwnOutputs => " An expression.",
        FieldText::Secret => " May have ${ … } expressions over parameters.",
    };
    if !field.required {
        allow_null(&mut schema);
    }
    schema["title"] = json!(field.title);
    schema["description"] = json!(format!("{}{note}", field.help));
    match field.default {
        FieldDefault::None => {}
        FieldDefault::Text(text) => schema["default"] = json!(text),
        FieldDefault::Bool(value) => schema["default"] = json!(value),
    }
    schema
}

/// `null` is the same as a field that is left out.
fn allow_null(schema: &mut Value) {
    if let Some(Value::Array(choices)) = schema.get_mut("enum") {
        choices.push(Value::Null);
    } else if let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind, "null"]);
    }
}
