//! CEL values as JSON.

use base64::Engine as _;
use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelDuration, CelInt, CelList, CelMap, CelMapKey, CelNull,
    CelOptional, CelString, CelTimestamp, CelUInt,
};
use cel::common::value::Val;
use chrono::SecondsFormat;
use serde_json::Value;

use super::limits::MAX_RESULT;
use crate::Values;

/// The JSON of a CEL value.
///
/// # Errors
/// A type, a number that is not finite, and what is larger than [`MAX_RESULT`] have none.
pub(super) fn from_cel(value: &dyn Val) -> Result<Value, String> {
    let mut left = MAX_RESULT;
    convert(value, &mut left)
}

fn convert(value: &dyn Val, left: &mut usize) -> Result<Value, String> {
    take(left, 8)?;
    if let Some(value) = value.downcast_ref::<CelBool>() {
        return Ok(Value::Bool(*value.inner()));
    }
    if let Some(value) = value.downcast_ref::<CelInt>() {
        return Ok(Value::from(*value.inner()));
    }
    if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        take(left, text.inner().len())?;
        return Ok(Value::from(text.inner()));
    }
    if let Some(value) = value.downcast_ref::<CelDouble>() {
        return serde_json::Number::from_f64(*value.inner())
            .map(Value::Number)
            .ok_or_else(|| format!("the result is {}, which is not a number", value.inner()));
    }
    if let Some(value) = value.downcast_ref::<CelUInt>() {
        return Ok(Value::from(*value.inner()));
    }
    if value.downcast_ref::<CelNull>().is_some() {
        return Ok(Value::Null);
    }
    if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        return list.inner().iter().map(|item| convert(item.as_ref(), left)).collect();
    }
    if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        let mut entries: Vec<(String, &dyn Val)> =
            map.inner().iter().map(|(key, value)| (key_text(key), value.as_ref())).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let mut object = Values::new();
        for (key, value) in entries {
            take(left, key.len())?;
            object.insert(key, convert(value, left)?);
        }
        return Ok(Value::Object(object));
    }
    if let Some(at) = value.downcast_ref::<CelTimestamp>() {
        return Ok(Value::from(timestamp_text(at.inner())));
    }
    if let Some(length) = value.downcast_ref::<CelDuration>() {
        return Ok(Value::from(duration_text(*length.inner())));
    }
    if let Some(bytes) = value.downcast_ref::<CelBytes<'_>>() {
        take(left, bytes.inner().len() * 4 / 3)?;
        return Ok(Value::from(base64::engine::general_purpose::STANDARD.encode(bytes.inner())));
    }
    if let Some(optional) = value.downcast_ref::<CelOptional<'_>>() {
        return optional.inner().map_or(Ok(Value::Null), |value| convert(value, left));
    }
    Err(format!("the result is {}, which is not a value that a task can get", type_word(value)))
}

fn take(left: &mut usize, bytes: usize) -> Result<(), String> {
    *left = left.checked_sub(bytes).ok_or_else(|| {
        format!(
            "the result is larger than {} MiB; pass it on as a file",
            MAX_RESULT / (1024 * 1024)
        )
    })?;
    Ok(())
}

pub(super) fn key_text(key: &CelMapKey<'_>) -> String {
    match key {
        CelMapKey::Bool(key) => key.inner().to_string(),
        CelMapKey::Int(key) => key.inner().to_string(),
        CelMapKey::String(key) => key.inner().to_owned(),
        CelMapKey::UInt(key) => key.inner().to_string(),
    }
}

/// RFC 3339, with as many digits of a second as it needs, `Z` for UTC.
pub(super) fn timestamp_text(at: &chrono::DateTime<chrono::FixedOffset>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Seconds with a unit, as CEL's `string(duration)` writes them.
fn duration_text(length: chrono::Duration) -> String {
    let (secs, nanos) = (length.num_seconds(), length.subsec_nanos());
    if nanos == 0 {
        return format!("{secs}s");
    }
    let sign = if secs < 0 || nanos < 0 { "-" } else { "" };
    let fraction = format!("{:09}", nanos.unsigned_abs());
    format!("{sign}{}.{}s", secs.unsigned_abs(), fraction.trim_end_matches('0'))
}

/// What a value is, with its article, for messages.
pub(super) fn type_word(value: &dyn Val) -> String {
    with_article(value.get_type().name())
}

/// A CEL type's name with its article: `a text`, `an int`.
pub(super) fn with_article(name: &str) -> String {
    match name {
        "string" => "a text".to_owned(),
        "int" | "uint" => format!("an {name}").replace("an uint", "a uint"),
        "float" => "a double".to_owned(),
        "null_type" => "null".to_owned(),
        "google.protobuf.Timestamp" => "a timestamp".to_owned(),
        "google.protobuf.Duration" => "a duration".to_owned(),
        "optional_type" => "an optional".to_owned(),
        _ => format!("a {name}"),
    }
}
