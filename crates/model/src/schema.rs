//! The JSON Schema of documents, from the declarations of the types and the registry of kinds.
//!
//! It describes the shape only; names that must exist, circles and ranges are checked by `validate`.

use serde_json::{Value, json};

use crate::document::{Task, Workflow};
use crate::kinds;
use crate::record::{Definitions, Record};

/// The JSON Schema (2020-12) of a workflow document.
#[must_use]
pub fn schema() -> Value {
    let mut definitions = Definitions::default();
    let mut root = definitions.object::<Workflow>();
    let mut definitions = definitions.finish();
    if let Some(Value::Object(task)) = definitions.get_mut(Task::NAME) {
        let ids: Vec<&str> = kinds::all().iter().map(|kind| kind.id).collect();
        let rules: Vec<Value> = kinds::all().iter().map(|kind| of_kind(kind)).collect();
        task.insert("allOf".to_owned(), rules.into());
        // Kinds of other versions are allowed; the list is there for completion in editors.
        if let Some(kind) = task.get_mut("properties").and_then(|all| all.get_mut("kind")) {
            kind["examples"] = ids.into();
        }
        if let Some(spec) = task.get_mut("properties").and_then(|all| all.get_mut("spec")) {
            spec["type"] = "object".into();
        }
    }
    if let Value::Object(members) = &mut root {
        if let Some(version) = members.get_mut("properties").and_then(|all| all.get_mut("millrace"))
        {
            *version = json!({
                "const": Workflow::FORMAT_VERSION,
                "description": "The version of the format.",
            });
        }
        members.insert("$defs".to_owned(), definitions.into());
        let head = [
            ("$schema", "https://json-schema.org/draft/2020-12/schema"),
            ("title", "Millrace workflow"),
        ];
        for (key, value) in head {
            members.insert(key.to_owned(), value.into());
        }
    }
    root
}

/// The rule for the spec of one kind.
fn of_kind(kind: &kinds::Kind) -> Value {
    let mut rule = json!({ "properties": { "spec": kinds::spec_schema(kind) } });
    // A kind whose spec has required fields needs the spec itself.
    if kind.fields.iter().any(|field| field.required) {
        rule["required"] = json!(["spec"]);
    }
    json!({
        "if": { "properties": { "kind": { "const": kind.id } }, "required": ["kind"] },
        "then": rule,
    })
}
