//! Names in statements, `:day`, and the values that they stand for.
//!
//! PostgreSQL knows only numbers, `$1`; here names become numbers, wherever they are no part of a text, a comment or a
//! cast. A value never becomes a part of the text.

use std::collections::BTreeSet;

use serde_json::Value;

/// A statement with numbers in place of names, and the values by these numbers.
#[derive(Debug, PartialEq)]
pub(super) struct Numbered {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

/// Puts numbers in place of names.
///
/// # Errors
/// A name without a value, or a value without a name.
pub(super) fn numbered(text: &str, params: &[(String, Value)]) -> Result<Numbered, String> {
    let mut out = String::with_capacity(text.len());
    let mut values = Vec::new();
    let mut numbers: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped(rest);
        if skipped > 0 {
            out.push_str(&rest[..skipped]);
            rest = &rest[skipped..];
            continue;
        }
        let name = match first {
            ':' => name_of(&rest[1..]),
            _ => "",
        };
        if name.is_empty() {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (known, value) =
            params.iter().find(|(known, _)| known == name).ok_or_else(|| no_value(name))?;
        let number = match numbers.iter().position(|number| number == known) {
            Some(at) => at + 1,
            None => {
                numbers.push(known);
                values.push(value.clone());
                numbers.len()
            }
        };
        out.push_str(&format!("${number}"));
        rest = &rest[1 + name.len()..];
    }
    all_used(params, &numbers.into_iter().collect())?;
    Ok(Numbered { text: out, values })
}

/// Every value must be asked for.
pub(super) fn all_used(params: &[(String, Value)], used: &BTreeSet<&str>) -> Result<(), String> {
    match params.iter().find(|(name, _)| !used.contains(name.as_str())) {
        Some((name, _)) => Err(format!("params: no `:{name}` is in the query; take the value out")),
        None => Ok(()),
    }
}

pub(super) fn no_value(name: &str) -> String {
    format!("params: the query asks for `:{name}`, which has no value; add it")
}

/// How much there is at the beginning in which no name can be: a text, a quoted identifier, a comment, a cast.
fn skipped(text: &str) -> usize {
    let end = |from: usize, mark: &str| match text[from..].find(mark) {
        Some(at) => from + at + mark.len(),
        None => text.len(),
    };
    let bytes = text.as_bytes();
    match bytes {
        [b'\'', ..] => quoted(bytes, 1, b'\'', false),
        // What stands before the quote is a letter of an identifier otherwise.
        [b'e' | b'E', b'\'', ..] => quoted(bytes, 2, b'\'', true),
        [b'"', ..] => quoted(bytes, 1, b'"', false),
        [b'-', b'-', ..] => end(2, "\n"),
        [b'/', b'*', ..] => comment(bytes),
        [b':', b':', ..] => 2,
        // `a[1:2]`, and `:=`.
        [b'$', ..] => dollars(text),
        // An identifier with all its letters, so that `e'` within one is no text with escapes.
        [first, ..] if first.is_ascii_alphabetic() || *first == b'_' || *first >= 0x80 => {
            let is_more = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
            text.find(|c: char| !is_more(c)).unwrap_or(text.len())
        }
        _ => 0,
    }
}

fn quoted(bytes: &[u8], from: usize, quote: u8, escapes: bool) -> usize {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            byte if byte == quote => match bytes.get(at + 1) {
                Some(next) if *next == quote => at += 2,
                _ => return at + 1,
            },
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Comments can lie within each other.
fn comment(bytes: &[u8]) -> usize {
    let (mut at, mut depth) = (2, 1);
    while at < bytes.len() && depth > 0 {
        match &bytes[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}

/// `$$ … $$` and `$tag$ … $tag$`; of `$1` nothing.
fn dollars(text: &str) -> usize {
    let Some(end) = text[1..].find('$').map(|at| at + 2) else { return 0 };
    let tag = &text[..end];
    let inner = &tag[1..end - 1];
    let is_tag = inner.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !inner.starts_with(|c: char| c.is_ascii_digit());
    match is_tag {
        true => text[end..].find(tag).map_or(text.len(), |at| end + at + end),
        false => 0,
    }
}

fn name_of(text: &str) -> &str {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return "";
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn made(text: &str) -> Result<(String, Vec<Value>), String> {
        let params = [("day".to_owned(), json!("d")), ("n".to_owned(), json!(7))];
        numbered(text, &params).map(|it| (it.text, it.values))
    }

    #[test]
    fn names_become_numbers() {
        assert_eq!(
            made("select :day, :n::int, :day||'x'").unwrap(),
            ("select $1, $2::int, $1||'x'".to_owned(), vec![json!("d"), json!(7)])
        );
    }

    #[test]
    fn what_is_no_name_stays() {
        for text in [
            "':x'",
            "'it''s :x'",
            "e'\\':x'",
            "E'\\\\'",
            "\":x\"",
            "-- :x\n",
            "/* :x /* :x */ :x */",
            "$$ :x $$",
            "$a$ :x $$ :x $a$",
            "1::x",
            "a[1:2]",
            "price'",
            "'unended :x",
            "/* unended :x",
            "$a$ unended :x",
            "ü:",
            "'ü :x'",
            "a$b$ c",
        ] {
            let (given, _) = made(&format!(":n :day {text}")).unwrap();
            assert_eq!(given, format!("$1 $2 {text}"));
        }
    }

    #[test]
    fn names_and_values_belong_together() {
        assert!(
            made("select :day, :n, :other").unwrap_err().contains("`:other`, which has no value")
        );
        assert!(made("select :day").unwrap_err().contains("no `:n` is in the query"));
        assert!(made("select :day, ':n'").unwrap_err().contains("no `:n`"));
    }
}
