//! A document that gets another place or another name: the file first, then the history, then the old file goes.
//!
//! A crash in between leaves the document twice and never none.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use millrace_api::document::{MoveDocument, SavedDocument};
use millrace_api::{ApiError, Code};
use millrace_model::read::Document;
use millrace_model::write::canonical_text;
use millrace_store::{Mailbox, Store};

use crate::errors::store_error;
use crate::library::shelf::Shelf;
use crate::ports::SystemClock;
use crate::settings::Settings;
use crate::{callers, files, trust, versions};

/// Moves or renames a document, and has its callers follow. Blocks on files and the store.
///
/// # Errors
/// Those of [`relocate`]; that a caller could not follow is no error and stands in the reply.
pub(crate) fn move_with_callers(
    (store, mailbox): (&Store, &Mailbox),
    (settings, shelf): (&Settings, &Shelf),
    known: &[PathBuf],
    args: &MoveDocument,
) -> Result<SavedDocument, ApiError> {
    let callers = callers::find((settings, shelf), known, Path::new(&args.path));
    let is_trusted = trust::is_file_trusted(store, Path::new(&args.path));
    let trusted: BTreeSet<PathBuf> = callers
        .iter()
        .map(|caller| caller.path().to_owned())
        .filter(|path| trust::is_file_trusted(store, path))
        .collect();
    // A document that only moves keeps its bytes, but for paths that start in its folder.
    let own = callers::find_own(Path::new(&args.path));
    let own = own.filter(|_| args.name.is_none() && args.title.is_none());
    let now = SystemClock::read();
    let mut name = String::new();
    let mut saved = relocate(args, |from, to, new_name| {
        name = new_name.to_owned();
        let (from, to, new_name) = (from.to_owned(), to.to_owned(), new_name.to_owned());
        let moved = mailbox.call(move |writer| writer.move_workflow(&from, &to, &new_name));
        moved.map_err(|error| store_error(&error))
    })?;
    if args.name.is_some() || args.title.is_some() {
        let file = files::read(Path::new(&saved.path))?;
        let text = String::from_utf8_lossy(&file.bytes);
        versions::keep_text(mailbox, &saved.path, &text);
        if is_trusted {
            trust::made_here(mailbox, &text, now);
        }
    }
    let mut own_left = Vec::new();
    match own.and_then(|own| callers::follow_own(own, Path::new(&saved.path))) {
        None => {}
        Some(Ok((again, text))) => {
            versions::keep_text(mailbox, &again.path, &text);
            if is_trusted {
                trust::made_here(mailbox, &text, now);
            }
            saved.digest = again.digest;
        }
        Some(Err(why)) => own_left.push(why),
    }
    let (written, left) = callers::follow(callers, &saved, &name);
    for (caller, text) in written {
        versions::keep_text(mailbox, &caller.path, &text);
        if trusted.contains(Path::new(&caller.path)) {
            trust::made_here(mailbox, &text, now);
        }
        saved.callers.push(caller.path);
    }
    saved.left = left;
    saved.left.extend(own_left);
    Ok(saved)
}

/// Moves or renames a document; `rebind` tells the history: from which path, to which, under which name. Blocks on files.
///
/// # Errors
/// `NotFound`; `InvalidRequest` where a path is not absolute; `InvalidDocument` where a name is to be written into what is
/// no workflow; `ReadOnly`; `WrongState` where the new file exists; `File`; those of `rebind`.
fn relocate(
    request: &MoveDocument,
    rebind: impl FnOnce(&str, &str, &str) -> Result<(), ApiError>,
) -> Result<SavedDocument, ApiError> {
    for path in std::iter::once(&request.path).chain(&request.to) {
        if !Path::new(path).is_absolute() {
            let message = format!("{path} is not an absolute path");
            return Err(ApiError::new(Code::InvalidRequest, message));
        }
    }
    let file = files::read(Path::new(&request.path))?;
    if let Some(reason) = &file.read_only {
        let message = format!("{} cannot be moved or renamed: {reason}", file.path.display());
        return Err(ApiError::new(Code::ReadOnly, message));
    }
    let document = Document::parse(&file.bytes);
    let old_name = document.workflow.as_ref().map(|workflow| workflow.name.to_string());
    let stem = file.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let (bytes, name) = match (&request.name, &request.title) {
        (None, None) => {
            let name = old_name.clone().or_else(|| stem.clone()).unwrap_or_default();
            (file.bytes.clone(), name)
        }
        (name, title) => {
            let mut workflow = match (document.workflow, document.read_only) {
                (Some(workflow), None) => workflow,
                _ => {
                    let message = format!("{} cannot be renamed", file.path.display());
                    return Err(ApiError::new(Code::InvalidDocument, message)
                        .help("mend its problems first; it can be moved as it is"));
                }
            };
            workflow.name = name.clone().unwrap_or(workflow.name);
            if let Some(title) = title {
                workflow.title = Some(title.trim().to_owned()).filter(|title| !title.is_empty());
            }
            (canonical_text(&workflow).into_bytes(), workflow.name.to_string())
        }
    };
    let target = match &request.to {
        Some(to) => files::new_target(Path::new(to))?,
        // A file that is named after its workflow stays so.
        None if stem == old_name => file.path.with_file_name(format!("{name}.json")),
        None => file.path.clone(),
    };
    let shown = |path: &PathBuf| path.display().to_string();
    if target == file.path {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let save = millrace_api::document::SaveDocument {
            path: shown(&target),
            text,
            expected_digest: Some(files::digest(&file.bytes)),
            overwrite: false,
            is_trusted: false,
        };
        let saved = files::save(&save)?;
        rebind(&saved.path, &saved.path, &name)?;
        return Ok(saved);
    }
    files::create(&target, &bytes, &file.path)?;
    if let Err(error) = rebind(&shown(&file.path), &shown(&target), &name) {
        // It stays where it was; that the copy could not be taken away either changes nothing about that.
        let _left_over = fs::remove_file(&target);
        return Err(error);
    }
    fs::remove_file(&file.path).map_err(|error| {
        let message = format!("{} was copied but cannot be removed: {error}", file.path.display());
        ApiError::new(Code::File, message)
    })?;
    Ok(SavedDocument::new(shown(&target), files::digest(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::ident::Ident;

    const TEXT: &str = r#"{"millrace": 1, "name": "old", "title": "Old", "tasks": []}"#;

    fn request(path: &Path) -> MoveDocument {
        MoveDocument { path: path.display().to_string(), to: None, name: None, title: None }
    }

    fn name(text: &str) -> Option<Ident> {
        Some(Ident::new(text).unwrap())
    }

    #[test]
    fn a_file_named_after_its_workflow_is_renamed_with_it_and_another_stays() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().canonicalize().unwrap();
        let (old, new) = (folder.join("old.json"), folder.join("new.json"));
        fs::write(&old, TEXT).unwrap();
        let mut told = Vec::new();
        let rename =
            MoveDocument { name: name("new"), title: Some("New".to_owned()), ..request(&old) };
        let saved = relocate(&rename, |from, to, name| {
            told = [from, to, name].map(str::to_owned).to_vec();
            Ok(())
        });
        assert_eq!(saved.unwrap().path, new.display().to_string());
        assert!(!old.exists());
        let text = fs::read_to_string(&new).unwrap();
        assert!(
            text.contains("\"name\": \"new\"") && text.contains("\"title\": \"New\""),
            "{text}"
        );
        assert_eq!(told, [&old.display().to_string(), &new.display().to_string(), "new"]);

        let other = folder.join("other.json");
        fs::rename(&new, &other).unwrap();
        let rename =
            MoveDocument { name: name("third"), title: Some(String::new()), ..request(&other) };
        let saved = relocate(&rename, |_, _, _| Ok(())).unwrap();
        assert_eq!(saved.path, other.display().to_string());
        let text = fs::read_to_string(&other).unwrap();
        assert!(text.contains("third") && !text.contains("title"), "{text}");
        assert_eq!(saved.digest, files::digest(text.as_bytes()));
    }

    #[test]
    fn a_move_changes_no_byte_and_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().canonicalize().unwrap();
        let (path, taken, free) =
            (folder.join("a.json"), folder.join("taken.json"), folder.join("free.json"));
        fs::write(&path, "no workflow").unwrap();
        fs::write(&taken, "mine").unwrap();
        let to = |to: &Path| MoveDocument { to: Some(to.display().to_string()), ..request(&path) };
        let error = relocate(&to(&taken), |_, _, _| Ok(())).unwrap_err();
        assert_eq!(error.code, Code::WrongState);
        assert_eq!(fs::read_to_string(&taken).unwrap(), "mine");
        let broken = ApiError::new(Code::Store, "the history is full");
        relocate(&to(&free), |_, _, _| Err(broken.clone())).unwrap_err();
        assert!(path.exists() && !free.exists(), "what the history does not know did not happen");
        relocate(&to(&free), |_, _, _| Ok(())).unwrap();
        assert_eq!(fs::read_to_string(&free).unwrap(), "no workflow");
        assert!(!path.exists());
        let rename = MoveDocument { name: name("b"), ..request(&free) };
        assert_eq!(relocate(&rename, |_, _, _| Ok(())).unwrap_err().code, Code::InvalidDocument);
    }
}
