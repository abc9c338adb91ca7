//! What differs between two JSON values, path by path.

use serde::Serialize;
use serde_json::Value;

use crate::Values;

/// So many are told; of what differs more, the rest is counted.
pub const MOST: usize = 200;

/// A place where two values differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueDifference {
    /// Where: `rows[3].name`.
    pub path: String,
    /// As it was; none where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// As it is; none where it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Where values differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ValueDifferences {
    /// In the order of the newer side, at most [`MOST`].
    pub found: Vec<ValueDifference>,
    /// So many more there are.
    pub more: usize,
}

impl ValueDifferences {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// Where the values of two objects differ. Objects and lists on both sides are gone into.
#[must_use]
pub fn compare(before: &Values, after: &Values) -> ValueDifferences {
    let mut all = ValueDifferences::default();
    members(&mut all, "", before, after);
    all
}

fn members(all: &mut ValueDifferences, path: &str, before: &Values, after: &Values) {
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    for key in after.keys().chain(gone) {
        let path = match (path.is_empty(), is_plain(key)) {
            (true, _) => key.clone(),
            (false, true) => format!("{path}.{key}"),
            (false, false) => format!("{path}[{}]", Value::from(key.as_str())),
        };
        value(all, path, before.get(key), after.get(key));
    }
}

fn value(all: &mut ValueDifferences, path: String, before: Option<&Value>, after: Option<&Value>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            members(all, &path, before, after);
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for at in 0..before.len().max(after.len()) {
                value(all, format!("{path}[{at}]"), before.get(at), after.get(at));
            }
        }
        _ if all.found.len() >= MOST => all.more += 1,
        (before, after) => {
            let (before, after) = (before.cloned(), after.cloned());
            all.found.push(ValueDifference { path, before, after });
        }
    }
}

/// Whether an expression could name it without quotes.
fn is_plain(key: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !key.is_empty() && key.chars().all(is_letter) && !key.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: &Value, after: &Value) -> Vec<String> {
        let of = |value: &Value| value.as_object().unwrap().clone();
        let all = compare(&of(before), &of(after));
        let side = |it: &Option<Value>| it.as_ref().map_or("-".to_owned(), Value::to_string);
        let word =
            |it: &ValueDifference| format!("{}: {} {}", it.path, side(&it.before), side(&it.after));
        all.found.iter().map(word).collect()
    }

    #[test]
    fn differences_have_paths() {
        let before = json!({"rows": [{"id": 1, "a b": 2}, 7], "same": {"x": [1]}, "gone": null});
        let after = json!({"rows": [{"id": 2, "a b": 3}], "same": {"x": [1]}, "new": "n"});
        assert_eq!(
            told(&before, &after),
            [
                "new: - \"n\"",
                "rows[0][\"a b\"]: 2 3",
                "rows[0].id: 1 2",
                "rows[1]: 7 -",
                "gone: null -",
            ]
        );
        assert_eq!(told(&json!({"a": 1}), &json!({"a": 1})), [""; 0]);
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let list = |of: i64| json!({ "all": (0..1000).map(|i| i * of).collect::<Vec<_>>() });
        let (before, after) = (list(1), list(2));
        let all = compare(before.as_object().unwrap(), after.as_object().unwrap());
        assert_eq!((all.found.len(), all.more), (MOST, 999 - MOST));
    }
}
