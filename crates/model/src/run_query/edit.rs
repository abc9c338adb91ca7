//! Changes a query as text: a chip changes its own term, and what else was typed stays as it was, also where it is not
//! understood.

use std::ops::Range;

use super::Key;
use super::print::{value, word};
use super::scan::{Raw, scan};

/// The text with these values for `key` in place of those that it had without a minus; none takes the key out.
#[must_use]
pub fn set_values(text: &str, key: Key, values: &[&str]) -> String {
    let list: Vec<String> = values.iter().map(|text| value(text)).collect();
    let term = (!list.is_empty()).then(|| format!("{}:{}", key.word(), list.join(",")));
    let mut spans: Vec<Range<usize>> = Vec::new();
    spans.extend(of_key(text, key).filter(|raw| !raw.negated).map(|raw| raw.span));
    let mut new = text.to_owned();
    let Some((first, others)) = spans.split_first() else {
        return match term {
            Some(term) => joined(&new, &term),
            None => new,
        };
    };
    for span in others.iter().rev() {
        new = without(&new, span);
    }
    match term {
        Some(term) => {
            new.replace_range(first.clone(), &term);
            new
        }
        None => without(&new, first),
    }
}

/// The text without the term at `span`.
#[must_use]
pub fn without(text: &str, span: &Range<usize>) -> String {
    let (Some(before), Some(after)) = (text.get(..span.start), text.get(span.end..)) else {
        return text.to_owned();
    };
    match (before.trim_end(), after.trim_start()) {
        ("", after) => after.to_owned(),
        (before, "") => before.to_owned(),
        (before, after) => format!("{before} {after}"),
    }
}

/// The text without any term of this key.
#[must_use]
pub fn without_key(text: &str, key: Key) -> String {
    let spans: Vec<Range<usize>> = of_key(text, key).map(|raw| raw.span).collect();
    spans.iter().rev().fold(text.to_owned(), |text, span| without(&text, span))
}

/// The text with one more text to look for.
#[must_use]
pub fn add_word(text: &str, looked_for: &str) -> String {
    joined(text, &word(looked_for))
}

fn joined(text: &str, term: &str) -> String {
    match text.trim_end() {
        "" => term.to_owned(),
        text => format!("{text} {term}"),
    }
}

fn of_key(text: &str, key: Key) -> impl Iterator<Item = Raw> {
    scan(text).into_iter().filter(move |raw| match &raw.key {
        Some(span) => Key::from_word(&text[span.clone()]) == Some(key),
        None => key == Key::Text,
    })
}
