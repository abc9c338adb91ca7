//! Trust: which documents may start by themselves, and by a click in the window.
//!
//! A document is trusted by what it means, wherever it lies and however it is laid out, or by a folder above it. What is
//! saved in the window is trusted unless it came from a document that is not. A draft is judged in the same way, by its own
//! text, and by what its window said of it when it was kept.

use std::path::Path;

use millrace_api::trust::Trust;
use millrace_api::{ApiError, Code};
use millrace_model::document::Workflow;
use millrace_model::read::Document;
use millrace_model::time::Timestamp;
use millrace_model::write::canonical_text;
use millrace_store::{Mailbox, Reader, Store, StoreError, Trusted, snapshot_hash};

use crate::errors::store_error;
use crate::files;

/// What a document means, as trust knows it.
pub(crate) fn meaning(workflow: &Workflow) -> Trusted {
    Trusted::Meaning(snapshot_hash(&canonical_text(&workflow.meaning())))
}

/// Whether this document at this path is trusted. Blocks on the store.
pub(crate) fn is_trusted(
    reader: &Reader,
    workflow: &Workflow,
    path: Option<&Path>,
) -> Result<bool, StoreError> {
    let folders = reader.trusted_folders()?;
    is_meaning_trusted(reader, &meaning(workflow), path.map(|path| (path, folders.as_slice())))
}

/// Whether what means this is trusted, at this path among these trusted folders. Blocks on the store.
pub(crate) fn is_meaning_trusted(
    reader: &Reader,
    meaning: &Trusted,
    path: Option<(&Path, &[String])>,
) -> Result<bool, StoreError> {
    if reader.is_trusted(meaning)? {
        return Ok(true);
    }
    let Some((path, folders)) = path else { return Ok(false) };
    Ok(path.ancestors().skip(1).any(|above| folders.iter().any(|it| Path::new(it) == above)))
}

/// Whether the document in this file is trusted; not, where it cannot be read. Blocks on files and the store.
pub(crate) fn is_file_trusted(store: &Store, path: &Path) -> bool {
    let Ok(file) = files::read(path) else { return false };
    let workflow = Document::parse(&file.bytes).workflow;
    workflow.is_some_and(|workflow| {
        store.read(|reader| is_trusted(reader, &workflow, Some(&file.path))).unwrap_or(false)
    })
}

/// Whether what this text means is trusted; not, where it means nothing. Blocks on the store.
///
/// # Errors
/// Those of the store.
pub(crate) fn is_text_trusted(reader: &Reader, text: &str) -> Result<bool, StoreError> {
    match Document::parse(text.as_bytes()).workflow {
        Some(workflow) => is_trusted(reader, &workflow, None),
        None => Ok(false),
    }
}

/// Demands that this document at this path is trusted; `why` it has to be. Blocks on the store.
///
/// # Errors
/// `Denied` where it is not; those of the store.
pub(crate) fn demand(
    store: &Store,
    workflow: &Workflow,
    path: Option<&Path>,
    why: &str,
) -> Result<(), ApiError> {
    let trusted = store.read(|reader| is_trusted(reader, workflow, path));
    if trusted.map_err(|error| store_error(&error))? {
        return Ok(());
    }
    let what = path.map_or_else(|| workflow.name.to_string(), |path| path.display().to_string());
    Err(ApiError::new(Code::Denied, format!("{what} is not trusted, and {why}")).help(
        "look at what its tasks do; then trust it with `millrace trust`, or name it in `millrace run`",
    ))
}

/// Trusts what this text means: it was made here. A text that is no workflow means nothing. Blocks on the store.
pub(crate) fn made_here(mailbox: &Mailbox, text: &str, now: Timestamp) {
    let Some(workflow) = Document::parse(text.as_bytes()).workflow else { return };
    let what = meaning(&workflow);
    if let Err(error) = mailbox.call(move |writer| writer.trust(&what, now)) {
        tracing::warn!(%error, "what was saved could not be marked as trusted");
    }
}

/// Trusts a document or a folder, or no more. Blocks on files and the store.
///
/// # Errors
/// `InvalidRequest` where the path is not absolute; `NotFound`; `InvalidDocument` where the file is no workflow;
/// `NotFound` where what is to be trusted no more was not.
pub(crate) fn set(mailbox: &Mailbox, args: &Trust, now: Timestamp) -> Result<(), ApiError> {
    let path = Path::new(&args.path);
    if !path.is_absolute() {
        let message = format!("{} is not an absolute path", args.path);
        return Err(ApiError::new(Code::InvalidRequest, message));
    }
    let found = path.canonicalize();
    let what = match found {
        Ok(folder) if folder.is_dir() => Trusted::Folder(folder.display().to_string()),
        // A folder that is gone can be trusted no more all the same.
        Err(_) if !args.on => Trusted::Folder(args.path.clone()),
        _ => {
            let file = files::read(path)?;
            let workflow = Document::parse(&file.bytes).workflow.ok_or_else(|| {
                let message = format!("{} is no workflow", file.path.display());
                ApiError::new(Code::InvalidDocument, message).help("mend its errors first")
            })?;
            meaning(&workflow)
        }
    };
    let on = args.on;
    let changed = mailbox.call(move |writer| match on {
        true => writer.trust(&what, now).map(|()| true),
        false => writer.untrust(&what),
    });
    match changed.map_err(|error| store_error(&error))? {
        true => Ok(()),
        false => {
            let message = format!("{} was not trusted by itself", args.path);
            let help = "a folder above it may be; `millrace trust --list` shows folders";
            Err(ApiError::new(Code::NotFound, message).help(help))
        }
    }
}
