//! Versions: what a document meant, kept whenever it is saved or run.

use millrace_api::version::{ListVersions, Version, VersionList, VersionReason, VersionText};
use millrace_api::{ApiError, Code};
use millrace_model::document::Workflow;
use millrace_model::ids::WorkflowId;
use millrace_model::read::Document;
use millrace_model::write::canonical_text;
use millrace_store::{Mailbox, NewVersion, Reader, StoreError, snapshot_hash};

use crate::errors::store_error;
use crate::ports::{SystemClock, random_u64};

/// Keeps what the text that was saved at `path` means. A text that is no workflow has no version. Blocks on the store.
pub(crate) fn keep_text(mailbox: &Mailbox, path: &str, text: &str) {
    let document = Document::parse(text.as_bytes());
    if let (Some(workflow), None) = (document.workflow, document.read_only) {
        let reason = millrace_store::VersionReason::Saved;
        // The file is written: that its version is not kept takes nothing of it away.
        if let Err(error) = keep(mailbox, path, &workflow, reason) {
            tracing::warn!(%error, path, "a version could not be kept");
        }
    }
}

/// Keeps what a workflow means whose document is at `path`. Blocks on the store.
///
/// # Errors
/// When it cannot be written: then a run of it is not started either.
pub(crate) fn keep(
    mailbox: &Mailbox,
    path: &str,
    workflow: &Workflow,
    reason: millrace_store::VersionReason,
) -> Result<(), ApiError> {
    let version = NewVersion {
        path: path.to_owned(),
        name: workflow.name.to_string(),
        text: canonical_text(workflow),
        meaning: snapshot_hash(&canonical_text(&workflow.meaning())),
        kept: SystemClock::read(),
        reason,
    };
    let fresh = WorkflowId(random_u64());
    let kept = mailbox.call(move |writer| writer.keep_version(&version, fresh));
    kept.map(drop).map_err(|error| store_error(&error))
}

/// The versions of a workflow. Blocks on the store.
pub(crate) fn list(reader: &Reader, request: &ListVersions) -> Result<VersionList, StoreError> {
    let rows = reader.versions(&request.path)?;
    let versions = rows.into_iter().map(|row| Version {
        version: row.version,
        kept: row.kept,
        reason: match row.reason {
            millrace_store::VersionReason::Saved => VersionReason::Saved,
            millrace_store::VersionReason::Run => VersionReason::Run,
        },
    });
    Ok(VersionList { versions: versions.collect() })
}

/// The text of a version, where there is one.
pub(crate) fn text(version: u64, found: Option<String>) -> Result<VersionText, ApiError> {
    found.map(|text| VersionText { text }).ok_or_else(|| {
        ApiError::new(Code::NotFound, format!("there is no version {version}"))
            .help("the newest 200 versions of a workflow are kept")
    })
}
