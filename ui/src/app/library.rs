//! The known workflows: what is asked for, what was found, and what is done with folders.

use std::collections::{BTreeSet, HashMap};

use millrace_api::document::{MoveDocument, WorkflowList, WorkflowRow};
use millrace_api::git::{DocumentGit, GitReport, GitState, MAX_GIT_DOCUMENTS, ReadGit, Repository};
use millrace_api::library::{
    ChangedFolder, FolderRow, FoundWorkflow, FoundWorkflows, MakeFolder, RemoveFolder,
    RenameFolder, SearchWorkflows,
};
use millrace_api::run::Done;
use millrace_api::{ApiError, Command as _};
use millrace_model::time::Timestamp;

use super::{App, Purpose, Sheet};
use crate::command::{Command, LibraryCommand, Place};
use crate::state::shelf::{Ground, Heights, Shelf, ShelfOrder};

/// The known workflows as last answered.
#[derive(Debug, Default)]
pub(crate) struct Library {
    /// By name; none until the first answer.
    pub(crate) rows: Option<Vec<WorkflowRow>>,
    /// The folders that were looked into.
    pub(crate) folders: Vec<String>,
    /// These and all below them.
    pub(crate) tree: Vec<FolderRow>,
    /// Why they could not be read.
    pub(crate) error: Option<String>,
    /// What is looked for.
    pub(crate) search: String,
    /// What was found of it.
    pub(crate) found: Found,
    /// How the documents stand in git.
    pub(crate) git: GitShown,
    /// Something happened since it was asked for.
    pub(crate) stale: bool,
    /// Counts answers.
    revision: u64,
    shelf: Shelf,
    made_of: Option<MadeOf>,
}

/// What the engine found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) workflows: Vec<FoundWorkflow>,
    /// How many documents have it, and how many were looked through.
    pub(crate) counts: (u32, u32),
    /// Why nothing was found.
    pub(crate) error: Option<String>,
    /// For which text it was asked.
    asked: Option<String>,
    /// Of which text this is.
    pub(crate) of: String,
    revision: u64,
}

/// How documents stand in git.
#[derive(Debug, Default)]
pub(crate) struct GitShown {
    repositories: Vec<Repository>,
    states: HashMap<String, (usize, GitState)>,
    stale: bool,
}

impl GitShown {
    fn of_report(report: GitReport) -> Self {
        let of = |it: DocumentGit| (it.path, (it.repository as usize, it.state));
        let states = report.documents.into_iter().map(of).collect();
        Self { repositories: report.repositories, states, stale: false }
    }

    /// How the document of this path stands, and in which repository.
    pub(crate) fn of(&self, path: &str) -> Option<(GitState, &Repository)> {
        let (repository, state) = self.states.get(path)?;
        Some((*state, self.repositories.get(*repository)?))
    }

    /// The repository of this folder, where the folder above it is not in the same.
    pub(crate) fn begins_at(&self, path: &str, above: Option<&str>) -> Option<&Repository> {
        let of = |path: &str| {
            let lies_in = |it: &&Repository| {
                path.strip_prefix(&it.path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            self.repositories.iter().filter(lies_in).max_by_key(|it| it.path.len())
        };
        let own = of(path)?;
        let is_new = above.and_then(of).is_none_or(|above| above.path != own.path);
        is_new.then_some(own)
    }
}

/// All that lines depend on.
#[derive(Debug, PartialEq)]
struct MadeOf {
    revision: u64,
    found: u64,
    schedules: Option<Timestamp>,
    search: String,
    order: ShelfOrder,
    folded: BTreeSet<String>,
    columns: usize,
    heights: Heights,
}

/// The form for the name of a folder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FolderForm {
    /// The folder above it.
    pub(crate) above: String,
    /// Its path; none: it is to be made.
    pub(crate) path: Option<String>,
    /// What stands in the field.
    pub(crate) name: String,
    /// It was drawn once: the field has the keyboard.
    pub(crate) was_shown: bool,
}

impl FolderForm {
    /// What is wrong with the name.
    pub(crate) fn problem(&self) -> Option<String> {
        let name = self.name.trim();
        let why = match name {
            "" => "A folder needs a name",
            _ if name.starts_with('.') => {
                "A folder whose name begins with a dot is not looked into"
            }
            _ if name.contains('/') => "The name of a folder has no / in it",
            _ if name.len() > 255 => "The name of a folder has at most 255 bytes",
            _ => return None,
        };
        Some(why.to_owned())
    }

    /// What makes it so.
    pub(crate) fn command(&self) -> LibraryCommand {
        let name = self.name.trim().to_owned();
        match &self.path {
            Some(path) => LibraryCommand::RenameFolder { path: path.clone(), name },
            None => LibraryCommand::MakeFolder(format!("{}/{name}", self.above)),
        }
    }
}

/// The form that asks for a folder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MoveToForm {
    /// The document that is moved.
    pub(crate) path: String,
    /// What it is called.
    pub(crate) title: String,
    /// What folders are looked for by.
    pub(crate) search: String,
    /// It was drawn once: the field has the keyboard.
    pub(crate) was_shown: bool,
}

impl App {
    /// The lines of the place, so many cards beside each other; 0: a table. Made anew where something has changed.
    pub(crate) fn shelf(&mut self, columns: usize, heights: Heights) -> &Shelf {
        let library = &mut self.library;
        let search = library.search.trim().to_lowercase();
        let made_of = MadeOf {
            revision: library.revision,
            found: library.found.revision,
            schedules: self.schedules.list.as_ref().map(|_| self.schedules.asked()),
            search,
            order: self.settings.library_order,
            folded: self.settings.folded_folders.clone(),
            columns,
            heights,
        };
        if library.made_of.as_ref() != Some(&made_of) {
            let mut next: HashMap<&str, Timestamp> = HashMap::new();
            for row in self.schedules.list.iter().flat_map(|list| &list.schedules) {
                if let Some(at) = row.next {
                    let known = next.entry(row.path.as_str()).or_insert(at);
                    *known = at.min(*known);
                }
            }
            let ground = Ground {
                rows: library.rows.as_deref().unwrap_or_default(),
                folders: &library.tree,
                words: &made_of.search,
                found: &library.found.workflows,
                order: made_of.order,
                folded: &made_of.folded,
                next: &next,
                columns,
            };
            library.shelf = Shelf::of(&ground, heights);
            library.made_of = Some(made_of);
        }
        &library.shelf
    }

    pub(super) fn apply_to_library(&mut self, command: LibraryCommand) {
        match command {
            LibraryCommand::Order(order) => self.settings.library_order = order,
            LibraryCommand::ShowCards(cards) => self.settings.library_cards = cards,
            LibraryCommand::Fold(path) => {
                if !self.settings.folded_folders.remove(&path) {
                    self.settings.folded_folders.insert(path);
                }
            }
            LibraryCommand::AskFolder(above) => {
                let above = above.or_else(|| self.library.tree.first().map(|it| it.path.clone()));
                let Some(above) = above.or_else(|| self.library.folders.first().cloned()) else {
                    return self.toasts.fail("the library has no folder yet", None);
                };
                let form = FolderForm { above, path: None, name: String::new(), was_shown: false };
                self.sheet = Some(Sheet::Folder(form));
            }
            LibraryCommand::AskFolderName(path) => {
                let (above, name) = path.rsplit_once('/').unwrap_or_default();
                let (above, name) = (above.to_owned(), name.to_owned());
                self.sheet = Some(Sheet::Folder(FolderForm {
                    above,
                    path: Some(path),
                    name,
                    was_shown: false,
                }));
            }
            LibraryCommand::MakeFolder(path) => {
                self.sheet = None;
                self.backend.ask(MakeFolder { path }.into_request(), Purpose::FolderMade);
            }
            LibraryCommand::RenameFolder { path, name } => self.rename_folder(path, name),
            LibraryCommand::RemoveFolder(path) => {
                let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
                let request = RemoveFolder { path }.into_request();
                self.backend.ask(request, Purpose::FolderRemoved(name));
            }
            LibraryCommand::AskMove(path) => {
                let mut rows = self.library.rows.iter().flatten();
                let row = rows.find(|row| row.path.as_deref() == Some(&path));
                let Some(row) = row else { return };
                let title = row.title.clone().unwrap_or_else(|| row.name.clone());
                let search = String::new();
                self.sheet =
                    Some(Sheet::MoveTo(MoveToForm { path, title, search, was_shown: false }));
            }
            LibraryCommand::MoveInto { path, folder } => self.move_into(path, &folder),
            LibraryCommand::SearchFor(words) => {
                self.library.search = words;
                self.send(Command::Go(Place::Workflows));
            }
            LibraryCommand::OpenHit(carry) => self.carry_to(carry),
        }
    }

    fn rename_folder(&mut self, path: String, name: String) {
        let below = format!("{path}/");
        let mut editors = self.tabs.all_mut();
        let is_changed = editors.any(|editor| {
            editor.doc.is_dirty()
                && editor.doc.path.as_deref().is_some_and(|path| path.starts_with(&below))
        });
        drop(editors);
        if is_changed {
            let help = "save them first, or discard their changes".to_owned();
            let text = "workflows of this folder have changes that are not saved";
            return self.toasts.fail(text, Some(help));
        }
        self.sheet = None;
        let request = RenameFolder { path: path.clone(), name }.into_request();
        self.backend.ask(request, Purpose::FolderRenamed(path));
    }

    fn move_into(&mut self, path: String, folder: &str) {
        self.sheet = None;
        let Some((above, name)) = path.rsplit_once('/') else { return };
        if above == folder || self.has_open_changes(&path) {
            return;
        }
        let to = Some(format!("{folder}/{name}"));
        let request = MoveDocument { path: path.clone(), to, name: None, title: None };
        self.backend.ask(request.into_request(), Purpose::Moved(path));
    }

    pub(super) fn take_library(&mut self, answer: Result<WorkflowList, ApiError>) {
        let library = &mut self.library;
        match answer {
            Ok(list) => {
                library.error = None;
                library.rows = Some(list.workflows);
                library.folders = list.library;
                library.tree = list.folders;
                library.revision += 1;
                // What they hold may be another thing now.
                library.found.asked = None;
                library.git.stale = true;
                self.callees.outdated();
            }
            Err(error) => library.error = Some(error.message),
        }
    }

    /// Watches how the documents of the tabs stand in git, while they are in view.
    pub(super) fn watch_git(&mut self) {
        let paths = self.tabs.iter().filter_map(|editor| editor.doc.path.clone());
        let paths: Vec<String> = match self.place {
            Place::Editor => paths.take(MAX_GIT_DOCUMENTS).collect(),
            _ => Vec::new(),
        };
        match paths.is_empty() {
            true => self.backend.unwatch(&Purpose::GitOfTabs),
            false => {
                let request = ReadGit { documents: Some(paths) };
                self.backend.watch(request.into_request(), Purpose::GitOfTabs);
            }
        }
    }

    pub(super) fn take_git_of_tabs(&mut self, answer: Result<GitReport, ApiError>) {
        // Without an answer the tabs say nothing of git.
        self.tabs.git = GitShown::of_report(answer.unwrap_or_default());
    }

    /// Asks what of the search and of git is not known.
    pub(super) fn ask_library(&mut self) {
        if self.place != Place::Workflows || self.library.rows.is_none() {
            return;
        }
        let text = self.library.search.trim().to_owned();
        if text.is_empty() {
            if !self.library.found.of.is_empty() {
                let revision = self.library.found.revision + 1;
                self.library.found = Found { revision, ..Found::default() };
            }
        } else if self.library.found.asked.as_ref() != Some(&text)
            && !self.backend.is_asking(|p| matches!(p, Purpose::LibraryFound(_)))
        {
            self.library.found.asked = Some(text.clone());
            let request = SearchWorkflows { text: text.clone(), limit: 200 };
            self.backend.ask(request.into_request(), Purpose::LibraryFound(text));
        }
        if self.library.git.stale && !self.backend.is_asking(|p| *p == Purpose::Git) {
            self.library.git.stale = false;
            self.backend.ask(ReadGit::default().into_request(), Purpose::Git);
        }
    }

    pub(super) fn take_found(&mut self, text: String, answer: Result<FoundWorkflows, ApiError>) {
        let found = &mut self.library.found;
        found.revision += 1;
        match answer {
            Ok(answer) => {
                found.workflows = answer.workflows;
                found.counts = (answer.found, answer.searched);
                found.error = None;
            }
            Err(error) => {
                found.workflows.clear();
                found.error = Some(error.message);
            }
        }
        found.of = text;
    }

    pub(super) fn take_git(&mut self, answer: Result<GitReport, ApiError>) {
        // Without an answer the list says nothing of git.
        let stale = self.library.git.stale;
        self.library.git = GitShown { stale, ..GitShown::of_report(answer.unwrap_or_default()) };
    }

    pub(super) fn take_folder(&mut self, answer: Result<ChangedFolder, ApiError>, time: f64) {
        match answer {
            Ok(made) => {
                let name = made.path.rsplit('/').next().unwrap_or(&made.path);
                self.toasts.say(format!("Made the folder {name}"), time);
                self.library.stale = true;
            }
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_removed_folder(
        &mut self,
        name: &str,
        answer: Result<Done, ApiError>,
        time: f64,
    ) {
        match answer {
            Ok(_) => {
                self.toasts.say(format!("Removed the folder {name}"), time);
                self.library.stale = true;
            }
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_renamed_folder(
        &mut self,
        old: &str,
        answer: Result<ChangedFolder, ApiError>,
        time: f64,
    ) {
        let renamed = match answer {
            Ok(renamed) => renamed,
            Err(error) => return self.fail(error),
        };
        let follow = |path: &str| {
            let rest = path.strip_prefix(old)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", renamed.path))
        };
        for editor in self.tabs.all_mut() {
            if let Some(path) = editor.doc.path.as_deref().and_then(follow) {
                editor.doc.path = Some(path);
            }
        }
        for path in &mut self.settings.recent_documents {
            if let Some(new) = follow(path) {
                *path = new;
            }
        }
        let folded = std::mem::take(&mut self.settings.folded_folders);
        self.settings.folded_folders =
            folded.into_iter().map(|path| follow(&path).unwrap_or(path)).collect();
        self.library.stale = true;
        self.starters_changed();
        let name = renamed.path.rsplit('/').next().unwrap_or(&renamed.path);
        self.toasts
            .say(format!("The folder is called {name}; what is in it keeps its history"), time);
        for why in renamed.left {
            self.toasts.fail(why, None);
        }
    }
}
