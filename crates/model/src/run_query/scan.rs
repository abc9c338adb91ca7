//! Cuts a query into terms: a minus, a key, values. Quotation marks keep spaces, commas and colons together.

use std::ops::Range;

/// A term as it stands in the text.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) span: Range<usize>,
    pub(super) negated: bool,
    /// What stands before the colon.
    pub(super) key: Option<Range<usize>>,
    pub(super) values: Vec<Value>,
}

/// A value of a term.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) span: Range<usize>,
    /// Without quotation marks.
    pub(super) text: String,
    /// The quotation mark that is not closed.
    pub(super) unclosed: Option<usize>,
}

/// All terms of the text.
pub(super) fn scan(text: &str) -> Vec<Raw> {
    let mut raws = Vec::new();
    let mut at = 0;
    loop {
        at += blank(&text[at..]);
        if at == text.len() {
            return raws;
        }
        let raw = term(text, at);
        at = raw.span.end;
        raws.push(raw);
    }
}

fn blank(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

fn term(text: &str, start: usize) -> Raw {
    let mut at = start;
    let after = text[at..].strip_prefix('-');
    let negated = after.is_some_and(|rest| rest.chars().next().is_some_and(|c| !c.is_whitespace()));
    if negated {
        at += 1;
    }
    let letters = text[at..].bytes().take_while(|b| b.is_ascii_alphabetic() || *b == b'_').count();
    let has_key = letters > 0 && text[at + letters..].starts_with(':');
    let key = has_key.then(|| at..at + letters);
    if has_key {
        at += letters + 1;
    }
    let mut values = Vec::new();
    loop {
        let value = value(text, at, has_key);
        at = value.span.end;
        values.push(value);
        if !(has_key && text[at..].starts_with(',')) {
            return Raw { span: start..at, negated, key, values };
        }
        at += 1;
    }
}

/// A value from here to the next space, or comma where several may stand.
fn value(text: &str, start: usize, ends_at_comma: bool) -> Value {
    let mut value = Value { span: start..start, text: String::new(), unclosed: None };
    let mut letters = text[start..].char_indices().map(|(at, letter)| (start + at, letter));
    let mut opened: Option<usize> = None;
    while let Some((at, letter)) = letters.next() {
        match (opened, letter) {
            (Some(_), '\\') => {
                // A stroke before anything but these two stands for itself, as in a path.
                let rest = &text[at + 1..];
                match rest.chars().next() {
                    Some(next @ ('"' | '\\')) => {
                        value.text.push(next);
                        letters.next();
                    }
                    _ => value.text.push('\\'),
                }
            }
            (Some(_), '"') => opened = None,
            (None, '"') => opened = Some(at),
            (None, letter) if letter.is_whitespace() || (letter == ',' && ends_at_comma) => {
                value.span.end = at;
                return value;
            }
            (_, letter) => value.text.push(letter),
        }
    }
    value.span.end = text.len();
    value.unclosed = opened;
    value
}
