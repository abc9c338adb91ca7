//! The library: folders of documents that people edit with any editor.
//!
//! Every folder is looked into anew each time; nothing is watched. What is in a document is kept on the `shelf` until its
//! file looks different.

pub(crate) mod folders;
pub(crate) mod git;
pub(crate) mod search;
pub(crate) mod shelf;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use millrace_api::document::{RecentRun, WorkflowList, WorkflowRow};
use millrace_api::library::FolderRow;
use millrace_api::{ApiError, Code};
use millrace_store::{Reader, StoreError, WorkflowKey};

use crate::files;
use crate::settings::Settings;
use shelf::Shelf;

/// Folders within folders are looked into so far.
const MAX_DEPTH: usize = 8;
/// So many documents are listed at most.
const MAX_DOCUMENTS: usize = 10_000;
/// So many folders.
const MAX_FOLDERS: usize = 5_000;
/// How many bars a workflow's strip has.
const RECENT: usize = 20;

/// The file of the workflow with this name. Blocks on files.
///
/// # Errors
/// `NotFound`, naming where it was looked for; `Ambiguous`, naming all.
pub(crate) fn resolve(settings: &Settings, shelf: &Shelf, name: &str) -> Result<PathBuf, ApiError> {
    let mut found: Vec<PathBuf> = documents(settings)
        .into_iter()
        .filter(|path| shelf.name(settings, path).as_deref() == Some(name))
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
    shelf: &Shelf,
    reader: &Reader,
    trashed: &BTreeSet<String>,
) -> Result<WorkflowList, StoreError> {
    let Found { documents, folders } = look_into(settings);
    let mut rows = BTreeMap::new();
    for (path, folder) in &documents {
        if let Some(mut row) = describe(settings, shelf, path) {
            row.folder = Some(folder.display().to_string());
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
            describe(settings, shelf, Path::new(path)).unwrap_or_else(|| gone(known.name))
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
    shelf.keep(&rows.keys().map(PathBuf::from).collect());
    let mut workflows: Vec<_> = rows.into_values().collect();
    workflows.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    let library = settings.library.iter().map(|folder| folder.display().to_string()).collect();
    Ok(WorkflowList { workflows, library, folders })
}

/// All documents: those of the library, and those of these paths, each once, in order. Blocks on files.
pub(crate) fn everywhere(settings: &Settings, known: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut all: BTreeSet<PathBuf> = look_into(settings).documents.into_keys().collect();
    all.extend(known.into_iter().filter(|path| path.is_file()));
    all.into_iter().collect()
}

fn describe(settings: &Settings, shelf: &Shelf, path: &Path) -> Option<WorkflowRow> {
    let found = shelf.look(settings, path)?;
    Some(WorkflowRow {
        path: Some(path.display().to_string()),
        title: found.title.clone(),
        description: found.description.clone(),
        tasks: found.tasks,
        errors: found.errors,
        digest: found.digest.clone(),
        ..gone(found.name.clone())
    })
}

fn gone(name: String) -> WorkflowRow {
    WorkflowRow {
        workflow_id: None,
        name,
        title: None,
        description: None,
        path: None,
        folder: None,
        digest: None,
        tasks: 0,
        errors: 0,
        recent: Vec::new(),
    }
}

/// The documents of the library, by canonical path, each once, in order.
pub(crate) fn documents(settings: &Settings) -> Vec<PathBuf> {
    look_into(settings).documents.into_keys().collect()
}

/// What is in the library.
#[derive(Debug, Default)]
struct Found {
    /// The documents by canonical path, each with the folder in which it was found.
    documents: BTreeMap<PathBuf, PathBuf>,
    /// All folders, each after the one that it lies in.
    folders: Vec<FolderRow>,
}

fn look_into(settings: &Settings) -> Found {
    let mut found = Found::default();
    // One that lies in another one of them is among its folders.
    let roots: BTreeSet<PathBuf> = settings
        .library
        .iter()
        .map(|folder| folder.canonicalize().unwrap_or_else(|_| folder.clone()))
        .collect();
    let file_name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    for root in &roots {
        if found.folders.iter().any(|known| Path::new(&known.path) == root) {
            continue;
        }
        let is_alone = roots.iter().filter(|it| it.file_name() == root.file_name()).count() == 1;
        let path = root.display().to_string();
        let name = file_name(root).filter(|_| is_alone).unwrap_or_else(|| path.clone());
        found.folders.push(FolderRow { path, name, parent: None });
        collect(root, 0, &mut found);
    }
    found
}

fn collect(folder: &Path, depth: usize, found: &mut Found) {
    // A folder that cannot be read has no documents for us; the list says which folders it looked into.
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || found.documents.len() >= MAX_DOCUMENTS {
            continue;
        }
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if depth < MAX_DEPTH && found.folders.len() < MAX_FOLDERS {
                let parent = Some(folder.display().to_string());
                let row = FolderRow { path: path.display().to_string(), name, parent };
                found.folders.push(row);
                collect(&path, depth + 1, found);
            }
        } else if is_document(&path)
            && let Ok(path) = path.canonicalize()
        {
            found.documents.entry(path).or_insert_with(|| folder.to_owned());
        }
    }
}

/// A JSON file that says near its start that it is ours: a library may hold other JSON files too.
fn is_document(path: &Path) -> bool {
    use std::io::Read;
    let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    let mut start = Vec::new();
    is_json
        && files::open(path)
            .and_then(|(file, found)| match found.is_file() {
                true => file.take(4096).read_to_end(&mut start),
                false => Ok(0),
            })
            .is_ok_and(|_| start.windows(10).any(|text| text == b"\"millrace\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(folder: &Path) -> Settings {
        Settings { library: vec![folder.to_owned()], ..Settings::default() }
    }

    #[test]
    fn folders_come_with_those_they_lie_in_and_documents_with_theirs() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in ["one/team/daily", "one/.git/x", "two/one", "one/empty"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let document = r#"{"millrace": 1, "name": "daily", "tasks": []}"#;
        fs::write(root.join("one/team/daily/a.json"), document).unwrap();
        fs::write(root.join("one/.git/x/hidden.json"), document).unwrap();
        std::os::unix::fs::symlink(root.join("two/one"), root.join("one/team/link")).unwrap();
        fs::write(root.join("away.json"), document).unwrap();
        std::os::unix::fs::symlink(root.join("away.json"), root.join("one/empty/l.json")).unwrap();
        let library = ["one/team", "one", "two/one", "missing"].map(|folder| root.join(folder));
        let settings = Settings { library: library.to_vec(), ..Settings::default() };
        let Found { documents, folders } = look_into(&settings);
        let shown = |folder: &FolderRow| {
            let path = folder.path.replace(&root.display().to_string(), "");
            format!("{path} {}", folder.parent.is_none())
        };
        let shown: Vec<String> = folders.iter().map(shown).collect();
        let expected = [
            "/missing true",
            "/one true",
            "/one/empty false",
            "/one/team false",
            "/one/team/daily false",
            "/two/one true",
        ];
        assert_eq!(shown, expected);
        assert_eq!(folders[0].name, "missing");
        assert_eq!(folders[1].name, folders[1].path, "two have the name");
        let documents: Vec<_> = documents.into_iter().collect();
        let expected = [
            (root.join("away.json"), root.join("one/empty")),
            (root.join("one/team/daily/a.json"), root.join("one/team/daily")),
        ];
        assert_eq!(documents, expected);
    }

    #[test]
    fn a_name_is_found_in_any_folder_and_two_of_one_name_are_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        let document = r#"{"millrace": 1, "name": "daily", "tasks": []}"#;
        fs::write(dir.path().join("sub/a.json"), document).unwrap();
        fs::write(dir.path().join("package.json"), r#"{"name": "daily"}"#).unwrap();
        // Nobody writes to it, and nobody waits for that.
        let pipe = dir.path().join("pipe.json");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
        let settings = settings(dir.path());
        let found = resolve(&settings, &Shelf::default(), "daily").unwrap();
        assert_eq!(found.file_name().unwrap(), "a.json");
        assert_eq!(
            resolve(&settings, &Shelf::default(), "weekly").unwrap_err().code,
            Code::NotFound
        );
        fs::write(dir.path().join("b.json"), document).unwrap();
        assert_eq!(
            resolve(&settings, &Shelf::default(), "daily").unwrap_err().code,
            Code::Ambiguous
        );
    }
}
