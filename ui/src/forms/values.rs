//! Between JSON and what stands in a field.

use millrace_model::document::{Json, RetryPolicy};
use millrace_model::time::Span;

use crate::words;

/// A value on one line.
pub(crate) fn shown_value(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => compact(other),
    }
}

/// `up to 3 tries, 10 s apart, doubling`
pub(crate) fn retry_words(retry: &RetryPolicy) -> String {
    if retry.attempts <= 1 {
        return "not run again when it fails".to_owned();
    }
    let mut words = format!("up to {} tries", retry.attempts);
    if retry.delay > Span::ZERO {
        words.push_str(&format!(", {} apart", words::span(retry.delay)));
    }
    if (retry.backoff - 2.0).abs() < 1e-9 {
        words.push_str(", doubling");
    } else if retry.backoff > 1.0 {
        words.push_str(&format!(", {} times as long each time", retry.backoff));
    }
    words
}

/// JSON on one line.
fn compact(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(on) => on.to_string(),
        Json::Number(lexeme) => lexeme.clone(),
        Json::String(text) => serde_json::Value::from(text.as_str()).to_string(),
        Json::Array(items) => {
            format!("[{}]", items.iter().map(compact).collect::<Vec<_>>().join(", "))
        }
        Json::Object(members) => {
            let member = |(key, value): &(String, Json)| {
                format!("{}: {}", serde_json::Value::from(key.as_str()), compact(value))
            };
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
    }
}
