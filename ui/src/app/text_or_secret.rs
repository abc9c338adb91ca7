//! Values of the settings that a sheet asks for, each written out or the name of a secret.

use std::collections::BTreeMap;

use millrace_api::settings::{SecretName, TextOrSecret};

use crate::widgets::Pair;

/// What stands in the field, and whether that names a secret.
pub(super) fn parts(value: &TextOrSecret) -> (String, bool) {
    match value {
        TextOrSecret::Text(text) => (text.clone(), false),
        TextOrSecret::Secret(name) => (name.secret.clone(), true),
    }
}

/// The value that a field stands for.
pub(super) fn text_or_secret(text: &str, is_secret: bool) -> TextOrSecret {
    let text = text.trim().to_owned();
    match is_secret {
        true => TextOrSecret::Secret(SecretName { secret: text }),
        false => TextOrSecret::Text(text),
    }
}

/// The rows of headers.
pub(super) fn rows(headers: &BTreeMap<String, TextOrSecret>) -> Vec<Pair> {
    let row = |(name, value): (&String, &TextOrSecret)| {
        let (value, is_secret) = parts(value);
        Pair { name: name.clone(), value, is_secret }
    };
    headers.iter().map(row).collect()
}

/// The headers of the rows that have a name.
pub(super) fn headers(rows: &[Pair]) -> BTreeMap<String, TextOrSecret> {
    let named = rows.iter().filter(|row| !row.name.trim().is_empty());
    named
        .map(|row| (row.name.trim().to_owned(), text_or_secret(&row.value, row.is_secret)))
        .collect()
}

/// What stands in a field; none where that is nothing.
pub(super) fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
