//! The canonical text of a tree.
//!
//! Two spaces a level, a final newline. A list of scalars, and an object of scalars and such lists, stands on one line
//! where that line has at most 100 characters, so that `[260, 140]` and `{ "from": "a", "to": "b" }` read well and
//! a change of one edge is a change of one line.

use crate::document::Json;

/// The longest line that holds more than one value, in characters.
const WIDTH: usize = 100;

/// The canonical text. The tree's members keep their order, numbers their digits.
#[must_use]
pub fn to_text(tree: &Json) -> String {
    let mut text = String::new();
    write_value(&mut text, tree, 0, 0, true);
    text.push('\n');
    text
}

/// Writes a value at a nesting of `level`, with `before` characters on its line already.
fn write_value(text: &mut String, value: &Json, level: usize, before: usize, is_root: bool) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(true) => text.push_str("true"),
        Json::Bool(false) => text.push_str("false"),
        Json::Number(lexeme) => text.push_str(lexeme),
        Json::String(string) => write_string(text, string),
        Json::Array(elements) if elements.is_empty() => text.push_str("[]"),
        Json::Object(members) if members.is_empty() => text.push_str("{}"),
        Json::Array(elements) => {
            if !is_root && elements.iter().all(is_scalar) && on_one_line(text, value, before) {
                return;
            }
            text.push('[');
            for (at, element) in elements.iter().enumerate() {
                new_line(text, at, level + 1);
                write_value(text, element, level + 1, 2 * (level + 1), false);
            }
            text.push('\n');
            indent(text, level);
            text.push(']');
        }
        Json::Object(members) => {
            if !is_root
                && members.iter().all(|(_, value)| is_short(value))
                && on_one_line(text, value, before)
            {
                return;
            }
            text.push('{');
            for (at, (key, value)) in members.iter().enumerate() {
                new_line(text, at, level + 1);
                let start = text.len();
                write_string(text, key);
                text.push_str(": ");
                let width = text[start..].chars().count();
                write_value(text, value, level + 1, 2 * (level + 1) + width, false);
            }
            text.push('\n');
            indent(text, level);
            text.push('}');
        }
    }
}

/// Whether it may stand on its object's line.
fn is_short(value: &Json) -> bool {
    match value {
        Json::Array(elements) => elements.iter().all(is_scalar),
        other => is_scalar(other),
    }
}

/// Whether nothing stands in it.
fn is_scalar(value: &Json) -> bool {
    match value {
        Json::Array(elements) => elements.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => true,
    }
}

/// Writes a container of scalars on the rest of the line, or nothing where it does not fit.
fn on_one_line(text: &mut String, value: &Json, before: usize) -> bool {
    let start = text.len();
    // One column is kept for the comma that may follow.
    let room = WIDTH.saturating_sub(before + 1);
    let (open, close) = if matches!(value, Json::Array(_)) { ("[", "]") } else { ("{ ", " }") };
    text.push_str(open);
    let mut fits = true;
    for (at, element) in value.elements().iter().enumerate() {
        text.push_str(if at == 0 { "" } else { ", " });
        write_value(text, element, 0, 0, false);
        fits &= text.len() - start <= 4 * WIDTH;
        if !fits {
            break;
        }
    }
    for (at, (key, value)) in value.members().iter().enumerate() {
        text.push_str(if at == 0 { "" } else { ", " });
        write_string(text, key);
        text.push_str(": ");
        write_value(text, value, 0, 0, false);
        fits &= text.len() - start <= 4 * WIDTH;
        if !fits {
            break;
        }
    }
    text.push_str(close);
    fits = fits && text[start..].chars().count() <= room;
    if !fits {
        text.truncate(start);
    }
    fits
}

fn new_line(text: &mut String, at: usize, level: usize) {
    text.push_str(if at == 0 { "\n" } else { ",\n" });
    indent(text, level);
}

fn indent(text: &mut String, level: usize) {
    for _ in 0..level {
        text.push_str("  ");
    }
}

fn write_string(text: &mut String, string: &str) {
    text.push('"');
    let mut clean = 0;
    for (at, byte) in string.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..=0x1f => "",
            _ => continue,
        };
        text.push_str(&string[clean..at]);
        if escape.is_empty() {
            text.push_str(&format!("\\u{byte:04x}"));
        } else {
            text.push_str(escape);
        }
        clean = at + 1;
    }
    text.push_str(&string[clean..]);
    text.push('"');
}
