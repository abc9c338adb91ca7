//! Changes of `config.toml` that leave everything else in it as it was written: comments, order, spacing.

use millrace_api::home::Home;
use millrace_api::settings::{ChangeSettings, SettingChange};
use millrace_api::{ApiError, Code};
use serde::Serialize;
use toml_edit::{DocumentMut, Item, Table, Value};

use super::file::{ConfigFile, parse};
use crate::files;

/// Changes the file of `home`, by temporary file, fsync and rename. Blocks on it.
///
/// # Errors
/// `ChangedOutside` where the file is not the one that was read; `InvalidRequest` where the settings would make no sense
/// any more; `Environment` where it has an error already; `File`.
pub(crate) fn change(home: &Home, args: &ChangeSettings) -> Result<ConfigFile, ApiError> {
    let before = ConfigFile::read(home)?;
    let path = before.path.clone();
    if before.digest() != args.expected_digest {
        let message = format!("{} was changed since it was read", path.display());
        return Err(ApiError::new(Code::ChangedOutside, message)
            .help("look at the settings again, then change them"));
    }
    let old = before.text.unwrap_or_default();
    let mut document: DocumentMut =
        old.parse().map_err(|error| ApiError::internal("read the settings", &error))?;
    for change in &args.changes {
        apply(document.as_table_mut(), change)?;
    }
    let text = document.to_string();
    let settings = parse(&text, &path).map_err(|error| {
        // Its line is one of a file that will never be.
        let what = error.message.split_once(": ").map_or(&*error.message, |(_, what)| what);
        ApiError::new(Code::InvalidRequest, format!("the settings make no sense so: {what}"))
            .help("nothing was changed")
    })?;
    // A link stays a link.
    let target = path.canonicalize().unwrap_or_else(|_| path.clone());
    files::replace(&target, text.as_bytes(), args.expected_digest.is_some())
        .map_err(|error| files::cannot_write(&target, &error))?;
    Ok(ConfigFile { path, text: Some(text), settings })
}

fn apply(root: &mut Table, change: &SettingChange) -> Result<(), ApiError> {
    use SettingChange as Change;
    match change {
        Change::ParallelTasks { value } => put(root, &[], "parallel_tasks", value),
        Change::Durability { value } => put(root, &[], "durability", value),
        Change::Library { value } => put(root, &[], "library", value),
        Change::Pool { name, value } => put(root, &["pools"], name, value),
        Change::LogHead { value } => put(root, &["log"], "head", value),
        Change::LogTail { value } => put(root, &["log"], "tail", value),
        Change::KeepArtifactsFor { value } => put(root, &["retention"], "artifacts_for", value),
        Change::KeepArtifactsBytes { value } => put(root, &["retention"], "artifacts_bytes", value),
        Change::KeepRunsFor { value } => put(root, &["retention"], "runs_for", value),
        Change::KeepRunsCount { value } => put(root, &["retention"], "runs_count", value),
        Change::KeepBytes { value } => put(root, &["retention"], "bytes", value),
        Change::NotifyDesktop { value } => put(root, &["notify"], "desktop", value),
        Change::NotifyOn { value } => put(root, &["notify"], "on", value),
        Change::NotifySend { value } => put(root, &["notify"], "send", value),
        Change::NotifyPerHour { value } => put(root, &["notify"], "per_hour", value),
        Change::Mail { name, value } => put_table(root, &["notify", "mail"], name, value.as_ref()),
        Change::Webhook { name, value } => {
            put_table(root, &["notify", "webhook"], name, value.as_ref())
        }
        Change::Connection { name, value } => {
            put_table(root, &["connections"], name, value.as_ref())
        }
    }
}

/// Sets one key below these tables, or takes it out.
fn put(
    root: &mut Table,
    tables: &[&str],
    key: &str,
    value: &Option<impl Serialize>,
) -> Result<(), ApiError> {
    let Some(value) = value else {
        if let Some(table) = find(root, tables) {
            table.remove(key);
        }
        return Ok(());
    };
    let value = written(value)?;
    set(make(root, tables)?, key, value);
    Ok(())
}

/// Sets a table of its own below these tables, key by key, or takes it out.
fn put_table(
    root: &mut Table,
    tables: &[&str],
    name: &str,
    value: Option<&impl Serialize>,
) -> Result<(), ApiError> {
    let Some(value) = value else {
        if let Some(table) = find(root, tables) {
            table.remove(name);
        }
        return Ok(());
    };
    let Value::InlineTable(wanted) = written(value)? else {
        return Err(ApiError::internal("write a channel", &"it is no table"));
    };
    let place: Vec<&str> = tables.iter().copied().chain([name]).collect();
    let table = make(root, &place)?;
    let gone: Vec<String> = table
        .iter()
        .map(|(key, _)| key.to_owned())
        .filter(|key| !wanted.contains_key(key))
        .collect();
    for key in gone {
        table.remove(&key);
    }
    for (key, value) in wanted {
        set(table, &key, value);
    }
    Ok(())
}

/// A value keeps what stood around the one before it: a comment at the end of its line.
fn set(table: &mut dyn toml_edit::TableLike, key: &str, mut value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        _ => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn find<'t>(root: &'t mut Table, tables: &[&str]) -> Option<&'t mut dyn toml_edit::TableLike> {
    let mut table: &mut dyn toml_edit::TableLike = root;
    for name in tables {
        table = table.get_mut(name)?.as_table_like_mut()?;
    }
    Some(table)
}

fn make<'t>(
    root: &'t mut Table,
    tables: &[&str],
) -> Result<&'t mut dyn toml_edit::TableLike, ApiError> {
    let mut table: &mut dyn toml_edit::TableLike = root;
    for (depth, name) in tables.iter().enumerate() {
        if table.get(name).is_none() {
            let mut new = Table::new();
            // `[notify.mail.ops]` needs no `[notify.mail]` before it.
            new.set_implicit(depth + 1 < tables.len());
            table.insert(name, Item::Table(new));
        }
        table = table.get_mut(name).and_then(Item::as_table_like_mut).ok_or_else(|| {
            ApiError::internal("change the settings", &format!("no table {name}"))
        })?;
    }
    Ok(table)
}

fn written(value: &impl Serialize) -> Result<Value, ApiError> {
    value
        .serialize(toml_edit::ser::ValueSerializer::new())
        .map_err(|error| ApiError::internal("write a setting", &error))
}

#[cfg(test)]
mod tests;
