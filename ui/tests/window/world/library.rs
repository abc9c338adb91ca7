//! The library of the scripted daemon: folders, and what is in documents.

use std::collections::BTreeSet;

use millrace_api::library::{
    ChangedFolder, FolderRow, FoundWorkflow, FoundWorkflows, MakeFolder, RemoveFolder,
    RenameFolder, SearchHit, SearchWorkflows,
};
use millrace_api::run::Done;
use millrace_model::find::{Query, place_of, texts_of};
use millrace_model::read::Document;

use super::{World, json};

/// The folder that the settings name.
pub const ROOT: &str = "/home/ada/workflows";

/// The folder of the library in which a document lies.
pub fn folder_of(path: &str) -> Option<String> {
    let (folder, _) = path.rsplit_once('/')?;
    let is_in = folder == ROOT || folder.starts_with(&format!("{ROOT}/"));
    is_in.then(|| folder.to_owned())
}

impl World {
    pub(super) fn folders(&self) -> Vec<FolderRow> {
        let mut all: BTreeSet<String> = self.empty_folders.clone();
        all.insert(ROOT.to_owned());
        for path in self.files.keys() {
            let mut folder = folder_of(path);
            while let Some(path) = folder {
                folder = path.rsplit_once('/').map(|(above, _)| above.to_owned());
                folder = folder.filter(|above| above.starts_with(ROOT));
                all.insert(path);
            }
        }
        let row = |path: String| FolderRow {
            name: path.rsplit('/').next().unwrap().to_owned(),
            parent: (path != ROOT).then(|| path.rsplit_once('/').unwrap().0.to_owned()),
            path,
        };
        all.into_iter().map(row).collect()
    }

    pub(super) fn make_folder(&mut self, make: &MakeFolder) -> Result<String, String> {
        self.empty_folders.insert(make.path.clone());
        json(&ChangedFolder { path: make.path.clone(), callers: Vec::new(), left: Vec::new() })
    }

    pub(super) fn rename_folder(&mut self, rename: &RenameFolder) -> Result<String, String> {
        let (above, _) = rename.path.rsplit_once('/').unwrap();
        let to = format!("{above}/{}", rename.name);
        let follow = |path: String| match path.strip_prefix(&rename.path) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{to}{rest}"),
            _ => path,
        };
        let files = std::mem::take(&mut self.files);
        self.files = files.into_iter().map(|(path, text)| (follow(path), text)).collect();
        let empty = std::mem::take(&mut self.empty_folders);
        self.empty_folders = empty.into_iter().map(follow).collect();
        json(&ChangedFolder { path: to, callers: Vec::new(), left: Vec::new() })
    }

    pub(super) fn remove_folder(&mut self, remove: &RemoveFolder) -> Result<String, String> {
        self.empty_folders.remove(&remove.path);
        json(&Done {})
    }

    /// Where the first word stands in each task and in the workflow itself.
    pub(super) fn search_workflows(&self, search: &SearchWorkflows) -> Result<String, String> {
        let query = Query::read(&search.text);
        let word = query.texts().next().unwrap_or_default().to_owned();
        let hit = |text: &millrace_model::find::FoundText| {
            let place = place_of(&text.text, &word)?;
            Some(SearchHit {
                task: None,
                title: String::new(),
                kind: String::new(),
                field: text.field.clone(),
                line_number: place.line_number,
                line: place.line,
                from: place.from,
                to: place.to,
            })
        };
        let mut workflows = Vec::new();
        for (path, text) in &self.files {
            let Some(workflow) = Document::parse(text.as_bytes()).workflow else { continue };
            let (own, tasks) = texts_of(&workflow);
            let mut hits: Vec<SearchHit> = own.iter().find_map(hit).into_iter().collect();
            for (task, texts) in workflow.tasks.iter().zip(&tasks) {
                if !query.admits(&task.kind, || false, task.disabled) {
                    continue;
                }
                hits.extend(texts.iter().find_map(hit).map(|hit| SearchHit {
                    task: Some(task.name.clone()),
                    title: task.shown_name().to_owned(),
                    kind: task.kind.clone(),
                    ..hit
                }));
            }
            if !hits.is_empty() {
                workflows.push(FoundWorkflow {
                    path: path.clone(),
                    name: workflow.name.to_string(),
                    title: workflow.title.clone(),
                    hits,
                    more_hits: 0,
                });
            }
        }
        let (found, searched) = (workflows.len() as u32, self.files.len() as u32);
        json(&FoundWorkflows { workflows, found, searched })
    }
}
