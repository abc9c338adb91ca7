//! What takes space in a home, measured on the disk.
//!
//! Folders of runs that have ended do not change: each is measured once, for so long as there is patience in one request.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use millrace_api::ApiError;
use millrace_api::home::Home;
use millrace_api::storage::{Storage, WorkflowStorage};
use millrace_exec::{ArtifactStore, RunDir};
use millrace_model::ids::RunId;
use millrace_store::{DATABASE_FILE, KeptRow, Reader};

use crate::app::{App, blocking};
use crate::errors::store_error;
use crate::hub::on_store;

/// So long one request measures folders of runs.
const PATIENCE: Duration = Duration::from_millis(600);
/// So many workflows are listed.
const LISTED: usize = 20;
/// So many deleted runs are counted.
const MOST_DELETED: usize = 100_000;

/// What is known of the folders of runs.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    known: Mutex<HashMap<RunId, u64>>,
}

impl Meter {
    /// What was measured may be gone.
    pub(crate) fn forget(&self) {
        self.known().clear();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, u64>> {
        // A poisoned lock only means that a thread ended while it held it: the map is whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folders of these runs, and how many of them were not looked at: those of `open` runs are measured each time.
    fn measure(
        &self,
        runs: &Path,
        open: &HashSet<RunId>,
        until: Instant,
    ) -> (HashMap<RunId, u64>, u64) {
        let mut known = self.known().clone();
        let Ok(entries) = fs::read_dir(runs) else { return (HashMap::new(), 0) };
        let mut found = HashMap::new();
        let mut unmeasured = 0;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(run) = name.to_str().and_then(|name| name.parse::<RunId>().ok()) else {
                continue;
            };
            let size = match known.get(&run) {
                Some(size) if !open.contains(&run) => *size,
                _ if Instant::now() < until => {
                    let size = run_folder(&RunDir::of(runs, run));
                    match open.contains(&run) {
                        // It grows still, and is measured anew when it has ended.
                        true => known.remove(&run),
                        false => known.insert(run, size),
                    };
                    size
                }
                _ => {
                    unmeasured += 1;
                    continue;
                }
            };
            found.insert(run, size);
        }
        known.retain(|run, _| found.contains_key(run));
        *self.known() = known;
        (found, unmeasured)
    }
}

impl App {
    /// What takes space.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn measure(&self) -> Result<Storage, ApiError> {
        let read = |reader: &Reader| {
            let open = reader.unfinished_ids()?;
            let deleted = reader.deleted_runs(MOST_DELETED)?.len() as u64;
            Ok((reader.run_names()?, reader.kept_artifacts()?, open, deleted))
        };
        let found = on_store(&self.store, read).await.map_err(|error| store_error(&error))?;
        let (names, kept, open, deleted_count) = found;
        let (home, meter) = (self.home.clone(), Arc::clone(&self.meter));
        blocking(move || {
            let until = Instant::now() + PATIENCE;
            let open: HashSet<RunId> = open.into_iter().collect();
            let mut storage = parts(&home);
            let (folders, unmeasured) = meter.measure(&home.runs(), &open, until);
            storage.runs = folders.values().sum();
            storage.unmeasured = unmeasured;
            storage.run_count = names.len() as u64;
            storage.deleted_count = deleted_count;
            storage.by_workflow = by_workflow(&names, &kept, &folders);
            Ok(storage)
        })
        .await
    }
}

/// All bytes of a home, those of its runs too.
pub(crate) fn home_bytes(home: &Home) -> u64 {
    let Ok(entries) = fs::read_dir(home.runs()) else { return parts(home).total() };
    let runs = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let runs: u64 = runs.map(|run| run_folder(&RunDir::of(&home.runs(), run))).sum();
    parts(home).total().saturating_add(runs)
}

/// A run's folder. What lies in it for later tasks is another name of an artifact, and counts there.
pub(crate) fn run_folder(folder: &RunDir) -> u64 {
    tree(folder.root(), &[&folder.published_artifacts()])
}

/// The content of an artifact; nothing where it is not there.
pub(crate) fn content(contents: &ArtifactStore, sha256: &str) -> u64 {
    let path = contents.path(sha256);
    path.and_then(|path| fs::symlink_metadata(path).ok()).map_or(0, |found| on_disk(&found))
}

/// All but the folders of runs.
fn parts(home: &Home) -> Storage {
    let root = home.root();
    let file = |name: &str| fs::symlink_metadata(root.join(name)).map_or(0, |it| on_disk(&it));
    let (free, disk) = match rustix::fs::statvfs(root) {
        Ok(found) => (
            found.f_bavail.saturating_mul(found.f_frsize),
            found.f_blocks.saturating_mul(found.f_frsize),
        ),
        Err(_) => (0, 0),
    };
    let (artifacts, cache) = (home.artifacts(), home.cache());
    let (workflows, trash, drafts) = (home.workflows(), home.trash(), home.drafts());
    let history: u64 =
        ["", "-wal", "-shm"].iter().map(|end| file(&format!("{DATABASE_FILE}{end}"))).sum();
    let named = [&*artifacts, &*cache, &*workflows, &*trash, &*drafts, &*home.runs()];
    let all_else = tree(root, &named).saturating_sub(history);
    Storage {
        home: root.display().to_string(),
        history,
        artifacts: tree(&artifacts, &[]),
        cache: tree(&cache, &[]),
        workflows: tree(&workflows, &[]),
        trash: tree(&trash, &[]),
        drafts: tree(&drafts, &[]),
        other: all_else,
        free,
        disk,
        ..Storage::default()
    }
}

/// What a folder takes without those in `but`; links are not followed.
fn tree(folder: &Path, but: &[&Path]) -> u64 {
    let mut open = vec![folder.to_owned()];
    let mut bytes: u64 = 0;
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let Ok(found) = entry.metadata() else { continue };
            let path = entry.path();
            if but.contains(&path.as_path()) {
                continue;
            }
            bytes = bytes.saturating_add(on_disk(&found));
            if found.is_dir() {
                open.push(path);
            }
        }
    }
    bytes
}

fn on_disk(found: &fs::Metadata) -> u64 {
    found.blocks().saturating_mul(512)
}

fn by_workflow(
    names: &[(RunId, String)],
    kept: &[KeptRow],
    folders: &HashMap<RunId, u64>,
) -> Vec<WorkflowStorage> {
    let of: HashMap<RunId, &str> = names.iter().map(|(run, name)| (*run, name.as_str())).collect();
    let mut found: HashMap<&str, (u64, u64, u64)> = HashMap::new();
    for (run, name) in names {
        let (runs, bytes, _) = found.entry(name).or_default();
        *runs += 1;
        *bytes += folders.get(run).copied().unwrap_or(0);
    }
    let mut counted: HashSet<(&str, &str)> = HashSet::new();
    for row in kept {
        let Some(name) = of.get(&row.run) else { continue };
        if counted.insert((name, &row.sha256)) {
            found.entry(name).or_default().2 += row.bytes;
        }
    }
    let mut all: Vec<WorkflowStorage> = found
        .into_iter()
        .map(|(workflow, (runs, run_bytes, artifact_bytes))| {
            let workflow = workflow.to_owned();
            WorkflowStorage { workflow, runs, run_bytes, artifact_bytes }
        })
        .collect();
    all.sort_by(|a, b| b.total().cmp(&a.total()).then_with(|| a.workflow.cmp(&b.workflow)));
    all.truncate(LISTED);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_for_later_tasks_counts_as_the_artifact_that_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let dir = RunDir::of(folder.path(), RunId(1));
        dir.create().unwrap();
        let empty = run_folder(&dir);
        fs::create_dir_all(dir.published_artifacts()).unwrap();
        fs::write(dir.published_artifacts().join("big"), vec![1; 100_000]).unwrap();
        assert_eq!(run_folder(&dir), empty);
        fs::write(dir.scratch().join("big"), vec![1; 100_000]).unwrap();
        let grown = run_folder(&dir) - empty;
        assert!((100_000..120_000).contains(&grown), "{grown}");
    }

    #[test]
    fn a_run_is_measured_anew_when_it_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let dir = RunDir::of(folder.path(), RunId(1));
        dir.create().unwrap();
        let (meter, until) = (Meter::default(), Instant::now() + Duration::from_secs(60));
        let size = |open: &[RunId]| {
            let open = open.iter().copied().collect();
            meter.measure(folder.path(), &open, until).0[&RunId(1)]
        };
        let under_way = size(&[RunId(1)]);
        fs::write(dir.scratch().join("big"), vec![1; 100_000]).unwrap();
        assert!(size(&[]) >= under_way + 100_000);
    }

    #[test]
    fn what_is_known_is_not_measured_again_and_what_is_left_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for run in 1..=3 {
            RunDir::of(folder.path(), RunId(run)).create().unwrap();
        }
        let meter = Meter::default();
        let now = Instant::now();
        assert_eq!(meter.measure(folder.path(), &HashSet::new(), now).1, 3);
        let later = now + Duration::from_secs(60);
        assert_eq!(meter.measure(folder.path(), &HashSet::new(), later).1, 0);
        let (known, unmeasured) = meter.measure(folder.path(), &HashSet::new(), now);
        assert_eq!((known.len(), unmeasured), (3, 0));
        assert_eq!(meter.measure(folder.path(), &HashSet::from([RunId(2)]), now).1, 1);
        meter.forget();
        assert_eq!(meter.measure(folder.path(), &HashSet::new(), now).1, 3);
    }
}
