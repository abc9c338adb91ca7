//! The place where two workflows are compared: which they are, what of them is still to come, and what is shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use millrace_api::version::{ListVersions, ReadVersion, VersionList, VersionReason, VersionText};
use millrace_api::{ApiError, Command as _};
use millrace_model::document::Workflow;
use millrace_model::ident::Ident;
use millrace_model::read;

use super::watch::Watch;
use super::{App, Purpose, TabId};
use crate::command::{ChangesCommand, Command, Drawer, FileCommand, Place};
use crate::state::{Changes, TwoSides};
use crate::words;

/// Two workflows that are compared.
pub(crate) struct ChangesShown {
    /// What the workflow is called.
    pub(crate) title: String,
    /// The document that it is about, where that is open.
    pub(crate) tab: Option<TabId>,
    /// The file whose versions can be chosen.
    path: Option<String>,
    /// The older one and the newer one.
    pub(crate) sides: [Compare; 2],
    /// What there is besides versions, in the order of the menus.
    fixed: Vec<Compare>,
    list: Option<VersionList>,
    /// What versions mean, as far as they were read; or why not.
    texts: BTreeMap<u64, Result<Arc<Workflow>, String>>,
    /// Why the list of versions is not there.
    list_error: Option<String>,
    /// What was compared.
    built: Option<(Arc<Workflow>, Arc<Workflow>)>,
    pub(crate) changes: Changes,
    /// The row that is shown.
    pub(crate) selected: Option<usize>,
    /// Both sides of what is shown.
    pub(crate) sides_of_selected: TwoSides,
    /// What was selected on the canvas when it was looked at last.
    followed: (Option<Ident>, Option<(Ident, Ident)>),
    /// The row is to be brought into view in the list.
    pub(crate) reveals_row: bool,
    pub(crate) watch: Watch,
    /// Where it was opened.
    came_from: Place,
    /// Told apart from others, so that no answer about another one is taken.
    generation: u64,
}

/// A workflow that can be compared.
#[derive(Debug, Clone)]
pub(crate) enum Compare {
    /// A version, by its number in the store.
    Version(u64),
    /// What is on the canvas of the editor.
    Here,
    /// This one: what is in the file, or what a run ran.
    This(String, Arc<Workflow>),
}

impl Compare {
    /// Whether both are the same choice.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Version(a), Self::Version(b)) => a == b,
            (Self::Here, Self::Here) => true,
            (Self::This(a, _), Self::This(b, _)) => a == b,
            _ => false,
        }
    }
}

/// What the place shows.
pub(crate) enum ChangesState {
    /// Something of it is still to come.
    Loading,
    /// Why it cannot be compared.
    Error(String),
    /// The comparison.
    There,
}

impl App {
    /// Opens the place with these two.
    pub(super) fn show_changes(
        &mut self,
        (title, path): (String, Option<String>),
        tab: Option<TabId>,
        sides: [Compare; 2],
    ) {
        let came_from = match (self.place, &self.changes) {
            (Place::Changes, Some(shown)) => shown.came_from,
            (place, _) => place,
        };
        let mut fixed: Vec<Compare> = tab.map(|_| Compare::Here).into_iter().collect();
        for side in &sides {
            if matches!(side, Compare::This(..)) && !fixed.iter().any(|it| it.is(side)) {
                fixed.push(side.clone());
            }
        }
        let generation = self.next_generation();
        self.changes = Some(ChangesShown {
            title,
            tab,
            path,
            sides,
            fixed,
            list: None,
            texts: BTreeMap::new(),
            list_error: None,
            built: None,
            changes: Changes::default(),
            selected: None,
            sides_of_selected: TwoSides::default(),
            followed: (None, None),
            reveals_row: false,
            watch: Watch::new(Drawer::Problems),
            came_from,
            generation,
        });
        self.sheet = None;
        self.place = Place::Changes;
    }

    /// A number that nothing that is compared has had.
    pub(super) fn next_generation(&mut self) -> u64 {
        self.generations += 1;
        self.generations
    }

    /// Compares a version with what is on the canvas.
    pub(super) fn compare_version(&mut self, version: u64) {
        let Some(editor) = self.tabs.current() else { return };
        let about = (editor.title(), editor.doc.path.clone());
        let tab = editor.tab;
        self.show_changes(about, Some(tab), [Compare::Version(version), Compare::Here]);
    }

    pub(super) fn apply_to_changes(&mut self, command: ChangesCommand) {
        let Some(shown) = &mut self.changes else { return };
        match command {
            ChangesCommand::Choose { side, place } => {
                if let Some((_, chosen)) = shown.choices(|_| String::new()).into_iter().nth(place) {
                    shown.sides[side] = chosen;
                    shown.built = None;
                }
            }
            ChangesCommand::Show(row) => shown.show(row),
            ChangesCommand::Step { forward } => {
                let last = shown.changes.rows.len().saturating_sub(1);
                let next = match (shown.selected, forward) {
                    (None, _) => 0,
                    (Some(row), true) => (row + 1).min(last),
                    (Some(row), false) => row.saturating_sub(1),
                };
                shown.show(next);
            }
            ChangesCommand::Restore => {
                let older = shown.sides[0].clone();
                if let (Compare::Version(version), Some(tab)) = (older, shown.tab) {
                    self.send(Command::ShowTab(tab));
                    self.send(Command::File(FileCommand::RestoreVersion(version)));
                }
            }
            ChangesCommand::Close => {
                let to = shown.came_from;
                self.changes = None;
                self.place = Place::Workflows;
                self.go(to);
            }
        }
        if matches!(command, ChangesCommand::Show(_) | ChangesCommand::Step { .. }) {
            self.settings.drawer_closed = false;
        }
    }

    /// Asks for what is compared and not known yet, and compares it when it is there.
    pub(super) fn ask_changes(&mut self) {
        if self.place != Place::Changes {
            return;
        }
        let Some(shown) = &mut self.changes else { return };
        let generation = shown.generation;
        let unknown = shown.list.is_none() && shown.list_error.is_none();
        if let Some(path) = shown.path.clone().filter(|_| unknown)
            && !self.backend.is_asking(|p| matches!(p, Purpose::ChangesList(_)))
        {
            let purpose = Purpose::ChangesList(generation);
            self.backend.ask(ListVersions { path }.into_request(), purpose);
        }
        let wanted = shown.sides.iter().find_map(|side| match side {
            Compare::Version(version) if !shown.texts.contains_key(version) => Some(*version),
            _ => None,
        });
        if let Some(version) = wanted
            && !self.backend.is_asking(|p| matches!(p, Purpose::ChangesText(..)))
        {
            let purpose = Purpose::ChangesText(generation, version);
            self.backend.ask(ReadVersion { version }.into_request(), purpose);
        }
        let here = shown.tab.and_then(|tab| self.tabs.get_mut(tab));
        let here = here.map(|editor| Arc::clone(&editor.doc.workflow));
        shown.build(here.as_ref());
    }

    pub(super) fn take_changes_list(
        &mut self,
        generation: u64,
        answer: Result<VersionList, ApiError>,
    ) {
        let Some(shown) = self.changes.as_mut().filter(|it| it.generation == generation) else {
            return;
        };
        match answer {
            Ok(list) => shown.list = Some(list),
            Err(error) => shown.list_error = Some(error.message),
        }
    }

    pub(super) fn take_changes_text(
        &mut self,
        generation: u64,
        version: u64,
        answer: Result<VersionText, ApiError>,
    ) {
        let Some(shown) = self.changes.as_mut().filter(|it| it.generation == generation) else {
            return;
        };
        let workflow = match answer {
            Ok(text) => read::Document::parse(text.text.as_bytes())
                .workflow
                .map(Arc::new)
                .ok_or_else(|| "this version is no workflow that can be read".to_owned()),
            Err(error) => Err(error.message),
        };
        shown.texts.insert(version, workflow);
    }

    /// The engine answers again: what could not be read is asked for once more.
    pub(super) fn changes_outdated(&mut self) {
        if let Some(shown) = &mut self.changes {
            shown.list_error = None;
            shown.texts.retain(|_, text| text.is_ok());
        }
    }
}

impl ChangesShown {
    /// Whether there is anything to show.
    pub(crate) fn state(&self) -> ChangesState {
        let error = self.sides.iter().find_map(|side| match side {
            Compare::Version(version) => self.texts.get(version)?.as_ref().err(),
            _ => None,
        });
        match (error, &self.built) {
            (Some(error), _) => ChangesState::Error(error.clone()),
            (None, Some(_)) => ChangesState::There,
            (None, None) => ChangesState::Loading,
        }
    }

    /// What can be chosen: its words, and what it is.
    pub(crate) fn choices(
        &self,
        when: impl Fn(millrace_model::time::Timestamp) -> String,
    ) -> Vec<(String, Compare)> {
        let mut all: Vec<(String, Compare)> = self
            .fixed
            .iter()
            .map(|it| match it {
                Compare::This(name, _) => (name.clone(), it.clone()),
                Compare::Here | Compare::Version(_) => ("In the editor".to_owned(), it.clone()),
            })
            .collect();
        let versions = self.list.iter().flat_map(|list| {
            list.versions.iter().enumerate().map(|(row, version)| {
                let reason = match version.reason {
                    VersionReason::Saved => "saved",
                    VersionReason::Run => "run",
                };
                let words = format!("v{} · {reason} {}", list.number(row), when(version.kept));
                (words, Compare::Version(version.version))
            })
        });
        all.extend(versions);
        // Until the list has come, and after a version has gone from it.
        for side in &self.sides {
            if !all.iter().any(|(_, it)| it.is(side)) {
                all.push(("a version".to_owned(), side.clone()));
            }
        }
        all
    }

    /// The place of what is chosen among these.
    pub(crate) fn chosen(&self, side: usize, choices: &[(String, Compare)]) -> Option<usize> {
        choices.iter().position(|(_, it)| it.is(&self.sides[side]))
    }

    /// Why the older one cannot be put on the canvas; none where it can.
    pub(crate) fn why_not_restore(&self) -> Option<String> {
        match (&self.sides[0], self.tab) {
            (_, None) => Some("the workflow is not open in the editor".to_owned()),
            (Compare::Version(_), Some(_)) => None,
            _ => Some("only a version can be restored: choose one at the left".to_owned()),
        }
    }

    /// Whether what is in the file is compared with what is here, which is a decision to be made.
    pub(crate) fn is_conflict(&self) -> bool {
        let [older, newer] = &self.sides;
        matches!((older, newer), (Compare::This(..), Compare::Here))
    }

    /// How many things differ, in words.
    pub(crate) fn count_words(&self) -> String {
        match self.changes.count() {
            0 => "no differences".to_owned(),
            1 => "1 difference".to_owned(),
            count => format!("{} differences", words::grouped(count as u64)),
        }
    }

    fn build(&mut self, here: Option<&Arc<Workflow>>) {
        let of = |side: &Compare| match side {
            Compare::Version(version) => self.texts.get(version)?.as_ref().ok().cloned(),
            Compare::Here => here.cloned(),
            Compare::This(_, workflow) => Some(Arc::clone(workflow)),
        };
        let (Some(before), Some(after)) = (of(&self.sides[0]), of(&self.sides[1])) else { return };
        let is_built = self
            .built
            .as_ref()
            .is_some_and(|(a, b)| Arc::ptr_eq(a, &before) && Arc::ptr_eq(b, &after));
        if is_built {
            return;
        }
        let with_layout = self.tab.is_some();
        let revision = self.watch.scene().revision + 1;
        self.changes = Changes::of(&before, &after, with_layout, revision);
        self.watch.put_scene(std::mem::take(&mut self.changes.scene));
        self.watch.canvas.select_nothing();
        self.watch.canvas.fit_when_shown = true;
        self.built = Some((before, after));
        self.selected = None;
        self.sides_of_selected = TwoSides::default();
        if !self.changes.rows.is_empty() {
            self.mark(0);
        }
    }

    /// Shows a row, on the canvas, too.
    fn show(&mut self, row: usize) {
        self.mark(row);
        use millrace_model::diff::Subject;
        let Some(row) = self.changes.rows.get(row) else { return };
        let ident = |name: &str| Ident::new(name).ok();
        let (canvas, scene) = self.watch.canvas_and_scene();
        match &row.subject {
            Subject::Task(task) => {
                if let Some(name) = ident(&task.name) {
                    canvas.select_and_reveal(scene, &name);
                }
            }
            Subject::Edge(from, to) => {
                let (Some(from), Some(to)) = (ident(&from.name), ident(&to.name)) else { return };
                canvas.select_and_reveal(scene, &to);
                canvas.select_nothing();
                canvas.selected_wire = Some((from, to));
            }
            Subject::Workflow | Subject::Layout => canvas.select_nothing(),
        }
    }

    fn mark(&mut self, row: usize) {
        if row < self.changes.rows.len() {
            self.selected = Some(row);
            self.sides_of_selected = self.changes.sides(row);
            self.reveals_row = true;
        }
    }

    /// What was clicked on the canvas is shown.
    pub(crate) fn follow_canvas(&mut self) -> Option<usize> {
        let canvas = &self.watch.canvas;
        let now = (canvas.only_selected(), canvas.selected_wire.clone());
        if now == self.followed {
            return None;
        }
        self.followed = now;
        let row = match &self.followed {
            (Some(name), _) => self.changes.row_of_task(name),
            (None, Some(ends)) => self.changes.row_of_edge(ends),
            (None, None) => None,
        };
        row.filter(|row| self.selected != Some(*row))
    }
}
