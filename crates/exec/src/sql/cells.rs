//! PostgreSQL's values as JSON, and JSON as PostgreSQL's values.

use std::error::Error;

use base64::Engine as _;
use bytes::BytesMut;
use bytes_of::{f32_of, f64_of, i16_of, i32_of, i64_of};
use serde_json::{Value, json};
use tokio_postgres::Row;
use tokio_postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type};

type Wrong = Box<dyn Error + Sync + Send>;

/// The days from 1970-01-01 to 2000-01-01, where PostgreSQL counts from.
const EPOCH_DAYS: i64 = 10_957;

/// A value that is bound. It goes as a text, which the server reads as the type that it expects there.
#[derive(Debug)]
pub(super) struct Bound<'v>(pub(super) &'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        if self.0.is_null() {
            return Ok(IsNull::Yes);
        }
        out.extend_from_slice(text_of(self.0, ty).as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        self.to_sql(ty, out)
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }
}

fn text_of(value: &Value, ty: &Type) -> String {
    let is_json = *ty == Type::JSON || *ty == Type::JSONB;
    match value {
        _ if is_json => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(elements) if matches!(ty.kind(), Kind::Array(_)) => array(elements),
        other => other.to_string(),
    }
}

/// `{1,"a b",NULL}`
fn array(elements: &[Value]) -> String {
    let texts: Vec<String> = elements
        .iter()
        .map(|element| match element {
            Value::Null => "NULL".to_owned(),
            Value::Array(inner) => array(inner),
            Value::String(text) => quoted(text),
            Value::Object(_) => quoted(&element.to_string()),
            other => other.to_string(),
        })
        .collect();
    format!("{{{}}}", texts.join(","))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The values of a row.
///
/// # Errors
/// A column of a type that is not known here.
pub(super) fn of_row(row: &Row) -> Result<Vec<Value>, String> {
    let mut cells = Vec::with_capacity(row.len());
    for (at, column) in row.columns().iter().enumerate() {
        let cell: Option<Cell> = row.try_get(at).map_err(|error| {
            let (name, ty) = (column.name(), column.type_());
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            format!("the column {name} has the type {ty}, which cannot be read ({why}); cast it in the query: ({name})::text")
        })?;
        cells.push(cell.map_or(Value::Null, |cell| cell.0));
    }
    Ok(cells)
}

struct Cell(Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Wrong> {
        value(ty, raw).map(Self)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn value(ty: &Type, raw: &[u8]) -> Result<Value, Wrong> {
    match ty.kind() {
        Kind::Domain(inner) => return value(inner, raw),
        Kind::Enum(_) => return Ok(json!(text(raw)?)),
        Kind::Array(inner) => return list(inner, raw),
        _ => {}
    }
    Ok(match *ty {
        Type::BOOL => json!(raw.first() == Some(&1)),
        Type::INT2 => json!(i16_of(raw)?),
        Type::INT4 => json!(i32_of(raw)?),
        Type::INT8 => json!(i64_of(raw)?),
        Type::OID => json!(i32_of(raw)?.cast_unsigned()),
        Type::FLOAT4 => real(f64::from(f32_of(raw)?)),
        Type::FLOAT8 => real(f64_of(raw)?),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::XML => {
            json!(text(raw)?)
        }
        Type::JSON => serde_json::from_slice(raw)?,
        // A number of its version stands before it.
        Type::JSONB => serde_json::from_slice(raw.get(1..).unwrap_or_default())?,
        Type::BYTEA => json!(base64::engine::general_purpose::STANDARD.encode(raw)),
        Type::UUID => json!(uuid(raw)),
        Type::DATE => json!(date(i64::from(i32_of(raw)?))),
        Type::TIME => json!(time(i64_of(raw)?)),
        Type::TIMESTAMP => json!(timestamp(i64_of(raw)?, "")),
        Type::TIMESTAMPTZ => json!(timestamp(i64_of(raw)?, "Z")),
        Type::NUMERIC => json!(numeric(raw)?),
        Type::VOID => Value::Null,
        _ => return Err("it is not known here".into()),
    })
}

/// JSON has no infinity.
fn real(number: f64) -> Value {
    match number.is_finite() {
        true => json!(number),
        false => json!(number.to_string()),
    }
}

fn text(raw: &[u8]) -> Result<&str, Wrong> {
    Ok(std::str::from_utf8(raw)?)
}

fn uuid(raw: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in raw.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// A day by days from 2000-01-01 on.
fn date(days: i64) -> String {
    match days {
        2_147_483_647 => return "infinity".to_owned(),
        -2_147_483_648 => return "-infinity".to_owned(),
        _ => {}
    }
    // Howard Hinnant's days_from_civil, backwards.
    let z = days + EPOCH_DAYS + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn time(micros: i64) -> String {
    let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let text = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match micros {
        0 => text,
        micros => format!("{text}.{}", format!("{micros:06}").trim_end_matches('0')),
    }
}

fn timestamp(micros: i64, zone: &str) -> String {
    match micros {
        i64::MAX => return "infinity".to_owned(),
        i64::MIN => return "-infinity".to_owned(),
        _ => {}
    }
    let day = 86_400 * 1_000_000;
    format!("{}T{}{zone}", date(micros.div_euclid(day)), time(micros.rem_euclid(day)))
}

/// Digits in groups of four: how many, the place of the first, the sign, and how many are shown behind the point.
fn numeric(raw: &[u8]) -> Result<String, Wrong> {
    let part = |at: usize| {
        raw.get(at..at + 2)
            .ok_or("it is too short")
            .and_then(|raw| i16_of(raw).map_err(|_| "it is too short"))
    };
    let (count, weight, sign, scale) = (part(0)?, part(2)?, part(4)?.cast_unsigned(), part(6)?);
    match sign {
        0xC000 => return Ok("NaN".to_owned()),
        0xD000 => return Ok("Infinity".to_owned()),
        0xF000 => return Ok("-Infinity".to_owned()),
        _ => {}
    }
    let group = |place: i16| -> Result<i16, Wrong> {
        match weight.saturating_sub(place) {
            at if at >= 0 && at < count => Ok(part(8 + 2 * usize::try_from(at)?)?),
            _ => Ok(0),
        }
    };
    let mut text = if sign == 0x4000 { "-".to_owned() } else { String::new() };
    text.push_str(&group(weight.max(0))?.to_string());
    for place in (0..weight.max(0)).rev() {
        text.push_str(&format!("{:04}", group(place)?));
    }
    let scale = usize::try_from(scale)?;
    if scale > 0 {
        let mut digits = String::new();
        let mut place = -1;
        while digits.len() < scale {
            digits.push_str(&format!("{:04}", group(place)?));
            place -= 1;
        }
        text.push('.');
        text.push_str(&digits[..scale]);
    }
    Ok(text)
}

/// Dimensions, a flag, the type of the elements; length and lower bound of each dimension; then each element with its
/// length.
fn list(inner: &Type, raw: &[u8]) -> Result<Value, Wrong> {
    let mut at = 0;
    let mut next = || -> Result<i32, Wrong> {
        let number = i32_of(raw.get(at..at + 4).ok_or("it is too short")?)?;
        at += 4;
        Ok(number)
    };
    let dimensions = next()?;
    let (_has_nulls, _of) = (next()?, next()?);
    let mut lengths = Vec::new();
    for _ in 0..dimensions {
        lengths.push(usize::try_from(next()?)?);
        let _lower_bound = next()?;
    }
    let mut rest = &raw[at.min(raw.len())..];
    elements(inner, &lengths, &mut rest)
}

fn elements(inner: &Type, lengths: &[usize], rest: &mut &[u8]) -> Result<Value, Wrong> {
    let Some((length, deeper)) = lengths.split_first() else { return Ok(json!([])) };
    let mut all = Vec::new();
    for _ in 0..*length {
        if !deeper.is_empty() {
            all.push(elements(inner, deeper, rest)?);
            continue;
        }
        let size = i32_of(rest.get(..4).ok_or("it is too short")?)?;
        *rest = &rest[4..];
        let Ok(size) = usize::try_from(size) else {
            all.push(Value::Null);
            continue;
        };
        all.push(value(inner, rest.get(..size).ok_or("it is too short")?)?);
        *rest = &rest[size..];
    }
    Ok(Value::Array(all))
}

/// Numbers as they come over the wire.
mod bytes_of {
    use super::Wrong;

    macro_rules! number {
        ($($name:ident -> $of:ty;)*) => {
            $(pub(super) fn $name(raw: &[u8]) -> Result<$of, Wrong> {
                Ok(<$of>::from_be_bytes(raw.try_into()?))
            })*
        };
    }

    number! {
        i16_of -> i16;
        i32_of -> i32;
        i64_of -> i64;
        f32_of -> f32;
        f64_of -> f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_written_as_iso_8601_has_them() {
        for (days, text) in [
            (0, "2000-01-01"),
            (-1, "1999-12-31"),
            (59, "2000-02-29"),
            (9_831, "2026-12-01"),
            (-10_957, "1970-01-01"),
        ] {
            assert_eq!(date(days), text);
        }
        assert_eq!(timestamp(86_400_000_000 + 3_661_500_000, "Z"), "2000-01-02T01:01:01.5Z");
        assert_eq!(timestamp(-1, ""), "1999-12-31T23:59:59.999999");
        assert_eq!(timestamp(i64::MAX, "Z"), "infinity");
    }

    #[test]
    fn lists_become_arrays_with_their_quotes() {
        let list = json!([1, "a \"b\" \\", null, [true], {"k": 1}]);
        assert_eq!(
            text_of(&list, &Type::TEXT_ARRAY),
            r#"{1,"a \"b\" \\",NULL,{true},"{\"k\":1}"}"#
        );
        assert_eq!(text_of(&list, &Type::JSONB), list.to_string());
        assert_eq!(text_of(&json!("x"), &Type::JSON), "\"x\"");
    }
}
