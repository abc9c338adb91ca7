//! The one text form of every value.

use serde_json::Value;

/// A value as text, as templates and environment variables get it.
///
/// | value | text |
/// |---|---|
/// | a text | itself |
/// | a whole number | `42` |
/// | another number | `1.5`, `3.0`, `1e+30`: the shortest that reads back as the same |
/// | true, false | `true`, `false` |
/// | null | nothing |
/// | a list, an object | JSON on one line: `[1,"a"]`, `{"a":1}` |
///
/// Dates, instants and durations are texts already: `2026-11-23`, `2026-11-23T06:00:00Z`, `90s`.
#[must_use]
pub fn to_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_value_has_one_text() {
        for (value, text) in [
            (json!("a \"b\""), "a \"b\""),
            (json!(42), "42"),
            (json!(18_446_744_073_709_551_615_u64), "18446744073709551615"),
            (json!(1.5), "1.5"),
            (json!(3.0), "3.0"),
            (json!(1e30), "1e+30"),
            (json!(true), "true"),
            (json!(null), ""),
            (json!([1, "a", null]), "[1,\"a\",null]"),
            (json!({"a": [2]}), "{\"a\":[2]}"),
        ] {
            assert_eq!(to_text(&value), text);
        }
    }
}
