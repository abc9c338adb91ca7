//! The library: folders of documents that people edit with any editor.
//!
//! Read anew each time; nothing is watched or kept here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use millrace_api::document::{RecentRun, Severity, WorkflowList, WorkflowRow};
use millrace_api::{ApiError, Code};
use millrace_store::{Reader, StoreError, WorkflowKey};

use crate::files;
use crate::load;
use crate::settings::Settings;

/// Folders within folders are looked into so far.
const MAX_DEPTH: usize = 8;
/// So many documents are listed at most.
const MAX_DOCUMENTS: usize = 10_000;
/// Documents that are larger are listed by their file's name alone, so that a list stays fast.
const MAX_LISTED: u64 = 4 << 20;
/// How many bars a workflow's strip has.
const RECENT: usize = 20;

/// The file of the workflow with this name. Blocks on files.
///
/// # Errors
/// `NotFound`, naming where it was looked for; `Ambiguous`, naming all.
pub(crate) fn resolve(settings: &Settings, name: &str) -> Result<PathBuf, ApiError> {
    let mut found: Vec<PathBuf> = documents(settings)
        .into_iter()
        .filter(|path| name_of(path).as_deref() == Some(name))
        .collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => {
            let folders: Vec<_> =
                settings.library.iter().map(|folder| folder.display().to_string()).collect();
            let message = format!("no workflow of the library is named `{name}`");
            Err(ApiError::new(Code::NotFound, message)
                .help(format!("name its file, or put it into {}", folders.join(" or "))))
        }
        _ => {
            let paths: Vec<_> = found.iter().map(|path| path.display().to_string()).collect();
            let message =
                format!("`{name}` is the name of several workflows: {}", paths.join(", "));
            Err(ApiError::new(Code::Ambiguous, message).help("name the file instead"))
        }
    }
}

/// All workflows: those of the library, and those that ran from elsewhere. Blocks on files and the store.
///
/// `trashed`: where documents lay that are in the trash. What ran there is not listed as a workflow any more.
pub(crate) fn list(
    settings: &Settings,
    reader: &Reader,
    trashed: &BTreeSet<String>,
) -> Result<WorkflowList, StoreError> {
    let mut rows = BTreeMap::new();
    for path in documents(settings) {
        if let Some(row) = describe(settings, &path) {
            rows.insert(path.display().to_string(), row);
        }
    }
    for known in reader.workflows()? {
        let (Some(path), Some(workflow_id)) = (known.path, known.workflow_id) else { continue };
        let is_gone = !rows.contains_key(&path) && !Path::new(&path).exists();
        let stats = reader.workflow_stats(&WorkflowKey::Id(workflow_id), RECENT)?;
        // One that only was saved once, or was deleted here, is no workflow any more.
        if is_gone && (trashed.contains(&path) || stats.recent.is_empty()) {
            continue;
        }
        let row = rows.entry(path).or_insert_with_key(|path| {
            describe(settings, Path::new(path)).unwrap_or_else(|| gone(known.name))
        });
        row.workflow_id = Some(workflow_id);
        row.recent = stats
            .recent
            .into_iter()
            .map(|mark| RecentRun {
                run: mark.run,
                state: mark.state,
                queued: mark.queued,
                duration_us: mark.duration.and_then(|time| u64::try_from(time.as_micros()).ok()),
            })
            .collect();
    }
    let mut workflows: Vec<_> = rows.into_values().collect();
    workflows.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    let library = settings.library.iter().map(|folder| folder.display().to_string()).collect();
    Ok(WorkflowList { workflows, library })
}

fn describe(settings: &Settings, path: &Path) -> Option<WorkflowRow> {
    let size = fs::metadata(path).ok()?.len();
    let file_name = path.file_stem()?.to_string_lossy().into_owned();
    let mut row = WorkflowRow { path: Some(path.display().to_string()), ..gone(file_name) };
    if size > MAX_LISTED {
        return Some(row);
    }
    let file = files::read(path).ok()?;
    let load::Checked { workflow, problems, .. } = load::check_alone(settings, &file.bytes);
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    row.errors = u32::try_from(errors).unwrap_or(u32::MAX);
    if let Some(workflow) = workflow {
        row.name = workflow.name.to_string();
        row.title = workflow.title;
        row.description = workflow.description;
        row.tasks = u32::try_from(workflow.tasks.len()).unwrap_or(u32::MAX);
    }
    Some(row)
}

fn gone(name: String) -> WorkflowRow {
    WorkflowRow {
        workflow_id: None,
        name,
        title: None,
        description: None,
        path: None,
        tasks: 0,
        errors: 0,
        recent: Vec::new(),
    }
}

fn name_of(path: &Path) -> Option<String> {
    let file = files::read(path).ok()?;
    let workflow = millrace_model::read::Document::parse(&file.bytes).workflow?;
    Some(workflow.name.to_string())
}

/// The documents of the library, by canonical path, each once, in order.
pub(crate) fn documents(settings: &Settings) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in &settings.library {
        collect(folder, 0, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    // A folder that cannot be read has no documents for us; the list says which folders it looked into.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') || found.len() >= MAX_DOCUMENTS {
            continue;
        }
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if depth < MAX_DEPTH {
                collect(&path, depth + 1, found);
            }
        } else if is_document(&path)
            && let Ok(path) = path.canonicalize()
        {
            found.push(path);
        }
    }
}

/// A JSON file that says near its start that it is ours: a library may hold other JSON files too.
fn is_document(path: &Path) -> bool {
    use std::io::Read;
    let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    let mut start = Vec::new();
    is_json
        && fs::File::open(path)
            .and_then(|file| file.take(4096).read_to_end(&mut start))
            .is_ok_and(|_| start.windows(10).any(|text| text == b"\"millrace\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(folder: &Path) -> Settings {
        Settings { library: vec![folder.to_owned()], ..Settings::default() }
    }

    #[test]
    fn a_name_is_found_in_any_folder_and_two_of_one_name_are_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        let document = r#"{"millrace": 1, "name": "daily", "tasks": []}"#;
        fs::write(dir.path().join("sub/a.json"), document).unwrap();
        fs::write(dir.path().join("package.json"), r#"{"name": "daily"}"#).unwrap();
        let settings = settings(dir.path());
        let found = resolve(&settings, "daily").unwrap();
        assert_eq!(found.file_name().unwrap(), "a.json");
        assert_eq!(resolve(&settings, "weekly").unwrap_err().code, Code::NotFound);
        fs::write(dir.path().join("b.json"), document).unwrap();
        assert_eq!(resolve(&settings, "daily").unwrap_err().code, Code::Ambiguous);
    }
}
