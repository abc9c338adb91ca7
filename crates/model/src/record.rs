//! One declaration per type of the document: from it come typed reading, canonical writing and the schema.
//!
//! A [`Record`] is an object with a table of [`Field`]s in the order in which they are written. Whatever of an
//! object cannot be held by its type (unknown keys; known keys with a value of the wrong type) stays as it was
//! written in the record's `extra`, and is written back: unknown keys at the end, known ones in their place.

mod collections;
mod control;
mod declare;
mod reader;
mod scalars;
mod schedules;
mod schema;
mod tasks;
mod workflow;

pub use reader::Reader;
pub(crate) use reader::{Findings, Skipped};
pub use scalars::suggested_name;
pub use schema::Definitions;

use serde_json::Value as SerdeValue;

use crate::document::{Extra, Json};
use crate::problem::{Code, Problem};

/// Something that a document can hold.
pub trait Member: Sized + PartialEq {
    /// Reads it; says what is wrong, and is `None`, where that is impossible.
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self>;

    /// As it is written.
    fn write(&self) -> Json;

    /// Its JSON Schema.
    fn schema(definitions: &mut Definitions) -> SerdeValue;

    /// See [`settle`].
    fn settle(_before: &Self, _after: &mut Self) {}
}

/// A member of a record.
pub struct Field<R: 'static> {
    /// The key.
    pub key: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Whether it has to be there.
    pub is_required: bool,
    /// Whether a record without it would stand for nothing.
    pub(crate) is_named_by: bool,
    /// Puts the value into the record; false where that is impossible.
    pub(crate) read: for<'a> fn(&mut R, &'a Json, &mut Reader<'a>) -> bool,
    /// The value as it is written; none where it is the default and left out.
    pub(crate) write: fn(&R) -> Option<Json>,
    /// Settles what is below the value.
    pub(crate) settle: fn(&R, &mut R),
    /// The value's JSON Schema.
    pub(crate) schema: fn(&mut Definitions) -> SerdeValue,
    /// The default, where there is one to show.
    pub(crate) default: Option<fn() -> Json>,
}

/// An object with a table of fields.
pub trait Record: Sized + 'static {
    /// Its name in the schema.
    const NAME: &'static str;
    /// What it is.
    const DOC: &'static str;
    /// Keys of which exactly one has to be there; empty = no such rule.
    const ONE_OF: &'static [&'static str];

    /// The fields, in the order in which they are written.
    fn fields() -> &'static [Field<Self>];

    /// A record with every default, for reading into.
    fn blank() -> Self;

    /// What its type cannot hold.
    fn extra(&self) -> &Extra;

    /// The same, to change.
    fn extra_mut(&mut self) -> &mut Extra;
}

/// Reads an object into a record. Says everything that is wrong with it; `None` only where a part that names it is
/// missing or unreadable, so that the record would stand for something else.
pub(crate) fn read_record<'a, R: Record>(json: &'a Json, reader: &mut Reader<'a>) -> Option<R> {
    let Json::Object(members) = json else {
        reader.wrong_type(json, "an object");
        return None;
    };
    let (record, is_whole) = read_members::<R>(members, reader);
    is_whole.then_some(record)
}

/// Reads the members of an object. False where a required one is missing or unreadable.
pub(crate) fn read_members<'a, R: Record>(
    members: &'a [(String, Json)],
    reader: &mut Reader<'a>,
) -> (R, bool) {
    let mut record = R::blank();
    let mut is_whole = true;
    let fields = R::fields();
    for field in fields {
        let value = members.iter().find(|(key, _)| key == field.key).map(|(_, value)| value);
        match value {
            None if field.is_required => {
                is_whole &= !field.is_named_by;
                reader.mark_partial();
                reader.report(
                    Code::MissingKey,
                    format!("the key `{}` is missing: {}", field.key, lower_first(field.doc)),
                    Some(format!("add \"{}\"", field.key)),
                );
            }
            None => {}
            Some(value) => {
                let is_read =
                    reader.at_key(field.key, |reader| (field.read)(&mut record, value, reader));
                if !is_read {
                    is_whole &= !field.is_named_by;
                    record.extra_mut().push((field.key.to_owned(), value.clone()));
                }
            }
        }
    }
    is_whole &= check_one_of::<R>(members, reader);
    for (key, value) in members {
        if !fields.iter().any(|field| field.key == key) {
            record.extra_mut().push((key.clone(), value.clone()));
            reader.unknown_key(key, fields.iter().map(|field| field.key));
        }
    }
    (record, is_whole)
}

fn check_one_of<R: Record>(members: &[(String, Json)], reader: &mut Reader<'_>) -> bool {
    if R::ONE_OF.is_empty() {
        return true;
    }
    let found: Vec<&str> = R::ONE_OF
        .iter()
        .copied()
        .filter(|key| members.iter().any(|(name, _)| name == key))
        .collect();
    if found.len() != 1 {
        let wanted = quoted_list(R::ONE_OF, "or");
        let message = if found.is_empty() {
            format!("one of the keys {wanted} is needed")
        } else {
            format!("only one of {wanted} may be there, and {} are", quoted_list(&found, "and"))
        };
        reader.report(Code::OneOf, message, None);
    }
    found.len() == 1
}

/// The record as an object: fields in their order, then what its type cannot hold.
pub(crate) fn write_record<R: Record>(record: &R) -> Json {
    let fields = R::fields();
    let extra = record.extra();
    // Where the one of them that is there could not be read, what stands in for it is not written beside it.
    let is_one_kept = R::ONE_OF.iter().any(|one| extra.iter().any(|(key, _)| key == one));
    let mut members = Vec::with_capacity(fields.len().min(8));
    for field in fields {
        let kept = if extra.is_empty() {
            None
        } else {
            extra.iter().find(|(key, _)| key == field.key).map(|(_, value)| value.clone())
        };
        let stands_in = is_one_kept && R::ONE_OF.contains(&field.key);
        let write = || if stands_in { None } else { (field.write)(record) };
        if let Some(value) = kept.or_else(write) {
            members.push((field.key.to_owned(), value));
        }
    }
    for (key, value) in extra {
        if !fields.iter().any(|field| field.key == key) {
            members.push((key.clone(), value.clone()));
        }
    }
    Json::Object(members)
}

/// After an edit from `before` to `after`, in all that is below, too: a value of the wrong type that was kept for a field
/// gives way where the field has got another value.
pub(crate) fn settle<R: Record>(before: &R, after: &mut R) {
    let fields = R::fields();
    if !after.extra().is_empty() {
        let changed: Vec<&str> = fields
            .iter()
            .filter(|field| (field.write)(before) != (field.write)(after))
            .map(|field| field.key)
            .collect();
        let is_one_changed = R::ONE_OF.iter().any(|one| changed.contains(one));
        let gives_way =
            |key: &str| changed.contains(&key) || (is_one_changed && R::ONE_OF.contains(&key));
        after.extra_mut().retain(|(key, _)| !gives_way(key));
    }
    for field in fields {
        (field.settle)(before, after);
    }
}

/// `cron`, `every` or `at`
pub(crate) fn quoted_list(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [most @ .., end] => {
            let most: Vec<String> = most.iter().map(|word| format!("`{word}`")).collect();
            format!("{} {last} `{end}`", most.join(", "))
        }
    }
}

fn lower_first(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Reports `problem` of a member that was read by a rule of its own.
pub(crate) fn refuse<T>(
    reader: &mut Reader<'_>,
    code: Code,
    message: String,
    help: Option<String>,
) -> Option<T> {
    let problem = Problem::new(code, reader.path(), message);
    reader.push(match help {
        Some(help) => problem.help(help),
        None => problem,
    });
    None
}
