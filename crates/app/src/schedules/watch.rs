//! Notices that documents change: the folders of the library, and those of documents elsewhere.
//!
//! What a system does not tell of (a network's file system, too many watches) is found when the documents are looked at
//! anew anyway.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use millrace_model::document::{FileTrigger, TriggerSource};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

use millrace_store::Store;

use super::Schedules;
use super::standing::Workflow;
use super::triggers::folder_of;
use crate::settings::Settings;

/// The folders that are watched.
#[derive(Debug, Default)]
pub(super) struct Watch {
    watcher: Option<RecommendedWatcher>,
    folders: BTreeMap<PathBuf, RecursiveMode>,
}

impl Watch {
    /// Watches the folders that have documents and those in which triggers look for files, and nothing else; tells `schedules`.
    /// Blocks on files and the store.
    pub(super) fn over(
        &mut self,
        settings: &Settings,
        store: &Store,
        schedules: &Arc<Schedules>,
        workflows: &[Arc<Workflow>],
    ) {
        let wanted = wanted(settings, store, workflows);
        if self.watcher.is_none() && !wanted.is_empty() {
            let schedules = Arc::downgrade(schedules);
            self.watcher = notify::recommended_watcher(move |event| heard(&schedules, &event))
                .inspect_err(|error| tracing::warn!(%error, "folders cannot be watched"))
                .ok();
        }
        let Some(watcher) = &mut self.watcher else { return };
        self.folders.retain(|folder, mode| {
            let stays = wanted.get(folder) == Some(mode);
            if !stays {
                // A folder that is gone is watched no more anyway.
                let _gone = watcher.unwatch(folder);
            }
            stays
        });
        for (folder, mode) in wanted {
            if self.folders.contains_key(&folder) {
                continue;
            }
            match watcher.watch(&folder, mode) {
                Ok(()) => drop(self.folders.insert(folder, mode)),
                // It may come to be; it is tried again with each look.
                Err(error) => {
                    tracing::debug!(%error, folder = %folder.display(), "not watched");
                }
            }
        }
    }
}

fn wanted(
    settings: &Settings,
    store: &Store,
    workflows: &[Arc<Workflow>],
) -> BTreeMap<PathBuf, RecursiveMode> {
    let library = settings.library.iter().filter_map(|folder| folder.canonicalize().ok());
    let mut wanted: BTreeMap<PathBuf, RecursiveMode> =
        library.map(|folder| (folder, RecursiveMode::Recursive)).collect();
    let known = store.read(super::sources::known_paths).unwrap_or_default();
    for folder in known.iter().filter_map(|path| path.parent()).filter(|folder| folder.is_dir()) {
        let inside = |above: &Path| matches!(wanted.get(above), Some(RecursiveMode::Recursive));
        if !folder.ancestors().any(inside) {
            wanted.insert(folder.to_owned(), RecursiveMode::NonRecursive);
        }
    }
    for (workflow, file) in workflows.iter().flat_map(|it| file_triggers(it)) {
        let folder = folder_of(workflow, file);
        if folder.is_dir() {
            let is_deep = file.glob.contains("**")
                || Path::new(&file.glob)
                    .parent()
                    .is_some_and(|above| above.to_string_lossy().contains(['*', '?', '[']));
            let mode = if is_deep { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            let known = wanted.entry(folder).or_insert(mode);
            if is_deep {
                *known = mode;
            }
        }
    }
    wanted
}

fn file_triggers(workflow: &Workflow) -> impl Iterator<Item = (&Workflow, &FileTrigger)> {
    let rules = workflow.starters.iter().filter_map(|starter| starter.trigger.as_deref());
    rules.filter_map(move |rule| match &rule.source {
        TriggerSource::File(file) => Some((workflow, file)),
        TriggerSource::Workflow(_) | TriggerSource::Http(_) => None,
    })
}

fn heard(schedules: &Weak<Schedules>, event: &notify::Result<Event>) {
    let Some(schedules) = schedules.upgrade() else { return };
    let is_document = match event {
        Ok(event) if event.kind.is_access() => return,
        Ok(event) => {
            let is_json =
                |path: &PathBuf| path.extension().is_none_or(|it| it.eq_ignore_ascii_case("json"));
            event.need_rescan() || event.paths.iter().any(is_json)
        }
        Err(_) => true,
    };
    if is_document {
        schedules.touch();
    }
    schedules.file_changed();
}
