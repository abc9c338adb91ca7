//! What the rows of one form share: texts that are no values yet, problems, what was changed.
//!
//! A control works on a copy of what is edited and says whether it changed it; the form as a whole makes one change
//! of the document from that. What a person typed stays in its field as they typed it until they leave it.

use std::collections::BTreeMap;
use std::rc::Rc;

use egui::{Id, Response, Ui};
use millrace_api::document::{Problem, Severity};
use millrace_model::connection::ConnectionKind;
use millrace_model::ident::Ident;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::scope::Names;
use super::state::NamesKey;
use crate::app::{App, connection_names, sentence};
use crate::command::{Command, Place};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Done, help_mark, keep_readable, label_words, mark, problem_line, wrapped};

/// A form while it is drawn.
pub(crate) struct Form {
    /// What its fields belong to.
    subject: String,
    /// Its fields' ids begin with it.
    id: Id,
    /// It can be looked at only; fields without a value are left out.
    pub(crate) read_only: bool,
    names: Rc<Names>,
    problems: Vec<Problem>,
    drafts: BTreeMap<String, String>,
    /// The path that a person chose for the field of this key.
    picked: Option<(String, String)>,
    /// The names of the stored secrets.
    pub(super) secrets: Rc<Vec<String>>,
    /// The names of connections, and what each leads to.
    pub(super) connections: Vec<(String, ConnectionKind)>,
    /// Something was drawn.
    pub(super) has_rows: bool,
    edited: Option<&'static str>,
    commands: Vec<Command>,
}

/// The head of a row: what the field is and whether it was set.
pub(crate) struct Row<'a> {
    /// Where it is in the document, within the form's subject.
    pub(crate) path: &'a str,
    /// The label.
    pub(crate) title: &'a str,
    /// What it means.
    pub(crate) help: &'a str,
    /// The document has a value for it.
    pub(crate) is_set: bool,
    required: bool,
    aside: &'a str,
    resettable: bool,
    /// The task and the field whose code can be shown large.
    large: Option<(Ident, &'static str)>,
    /// What is within has rows of its own.
    is_head: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn new(path: &'a str, title: &'a str, help: &'a str) -> Self {
        Self {
            path,
            title,
            help,
            is_set: false,
            required: false,
            aside: "",
            resettable: true,
            large: None,
            is_head: false,
        }
    }

    /// Its value differs from the default, so that it can be put back.
    pub(crate) fn set(mut self, is_set: bool) -> Self {
        self.is_set = is_set;
        self
    }

    /// It has no default to go back to.
    pub(crate) fn without_default(mut self, is_so: bool) -> Self {
        self.resettable &= !is_so;
        self
    }

    /// There is no value to put it back to.
    pub(crate) fn fixed(mut self) -> Self {
        (self.is_set, self.resettable) = (true, false);
        self
    }

    /// A button shows the code of this field large.
    pub(crate) fn large(mut self, task: &Ident, key: &'static str) -> Self {
        self.large = Some((task.clone(), key));
        self
    }

    /// What is within has rows of its own, with problems of their own.
    pub(crate) fn head(mut self) -> Self {
        self.is_head = true;
        self
    }

    pub(crate) fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// Faint, at the right.
    pub(crate) fn aside(mut self, aside: &'a str) -> Self {
        self.aside = aside;
        self
    }
}

impl Form {
    /// The form of a task that is in view.
    pub(crate) fn of_task(app: &mut App, task: &Ident) -> Self {
        Self::open(app, task.as_str(), Some(task), |problem| {
            problem.task.as_deref() == Some(task.as_str())
        })
    }

    /// The form of the workflow that is in view.
    pub(crate) fn of_workflow(app: &mut App) -> Self {
        // No task can have this name.
        Self::open(app, "(workflow)", None, |problem| problem.task.is_none())
    }

    fn open(
        app: &mut App,
        subject: &str,
        task: Option<&Ident>,
        is_of_it: impl Fn(&Problem) -> bool,
    ) -> Self {
        let in_editor = app.place == Place::Editor;
        let mut form = Self {
            subject: subject.to_owned(),
            id: Id::new(("form", subject)),
            read_only: true,
            names: names_of(app, subject, task),
            problems: Vec::new(),
            drafts: BTreeMap::new(),
            picked: app.forms.picked.take(),
            secrets: app.secrets.names(),
            connections: app.home_settings().map(connection_names).unwrap_or_default(),
            has_rows: false,
            edited: None,
            commands: Vec::new(),
        };
        if let Some(editor) = app.tabs.current_mut().filter(|_| in_editor) {
            form.read_only = editor.doc.read_only.is_some();
            form.problems = editor.doc.problems.iter().filter(|p| is_of_it(p)).cloned().collect();
            form.drafts = std::mem::take(&mut editor.drafts);
            if let Some(task) = task {
                // Who types a title and goes on to the next field gets there, although the task is called after its title now.
                form.id = Id::new(("form of task", editor.tab, editor.task_numbers.of(task)));
            }
        }
        form
    }

    /// Says that nothing is there, where a form that is only looked at has no field with a value.
    pub(crate) fn empty_ui(&self, ui: &mut Ui) {
        if self.read_only && !self.has_rows {
            let ink = Palette::of(ui).faint;
            wrapped(ui, "Nothing is set here.", theme::sans(theme::SMALL), ink);
        }
    }

    /// Ends it. Gives the words for what was changed of its subject.
    pub(crate) fn close(self, app: &mut App) -> Option<&'static str> {
        if app.place == Place::Editor
            && let Some(editor) = app.tabs.current_mut()
        {
            editor.drafts = self.drafts;
        }
        self.commands.into_iter().for_each(|command| app.send(command));
        self.edited
    }

    /// Something of the subject was changed: in a person's words, what.
    pub(crate) fn edited(&mut self, what: &'static str) {
        self.edited = Some(what);
    }

    /// Sends a command when the form is done.
    pub(crate) fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// What expressions can name here.
    pub(crate) fn names(&self) -> Rc<Names> {
        Rc::clone(&self.names)
    }

    /// The id of a field.
    pub(crate) fn id(&self, path: &str) -> Id {
        self.id.with(path)
    }

    /// The key of a field among all forms.
    pub(crate) fn key(&self, path: &str) -> String {
        format!("{}.{path}", self.subject)
    }

    /// Forgets what stands in a field and is no value.
    pub(crate) fn drop_draft(&mut self, path: &str) {
        let key = self.key(path);
        self.drafts.remove(&key);
    }

    /// Forgets what stands in the fields within a path.
    pub(crate) fn drop_drafts(&mut self, path: &str) {
        let key = self.key(path);
        self.drafts.retain(|draft, _| !is_within(draft, &key));
    }

    /// What stands in a field and is not taken yet.
    pub(crate) fn draft(&self, path: &str) -> Option<String> {
        self.drafts.get(&self.key(path)).cloned()
    }

    /// Keeps what stands in a field and is not taken yet.
    pub(crate) fn set_draft(&mut self, path: &str, text: &str) {
        let key = self.key(path);
        self.drafts.insert(key, text.to_owned());
    }

    /// The path that a person just chose for a field.
    pub(crate) fn take_picked(&mut self, path: &str) -> Option<String> {
        let key = self.key(path);
        self.picked.take_if(|(field, _)| *field == key).map(|(_, picked)| picked)
    }

    /// The same for a row of a field with several, with its index.
    pub(crate) fn take_picked_row(&mut self, path: &str) -> Option<(usize, String)> {
        let head = format!("{}[", self.key(path));
        let (field, _) = self.picked.as_ref()?;
        let row = field.strip_prefix(&head)?.strip_suffix(']')?.parse().ok()?;
        self.picked.take().map(|(_, picked)| (row, picked))
    }

    /// A row: its head, its controls, what is wrong with it. Says whether it is to be put back to its default.
    pub(crate) fn row(
        &mut self,
        ui: &mut Ui,
        row: &Row<'_>,
        add: impl FnOnce(&mut Self, &mut Ui),
    ) -> bool {
        if self.read_only && !row.is_set {
            return false;
        }
        self.has_rows = true;
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            let reset = self.head_ui(ui, row);
            add(self, ui);
            if row.is_head {
                self.own_problems_ui(ui, row.path);
            } else {
                self.problems_ui(ui, row.path);
            }
            keep_readable(ui, self.id(row.path), ui.min_rect().bottom());
            reset
        })
        .inner
    }

    fn head_ui(&mut self, ui: &mut Ui, row: &Row<'_>) -> bool {
        let p = Palette::of(ui);
        ui.horizontal(|ui| {
            ui.set_height(18.0);
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.spacing_mut().interact_size.y = 18.0;
            label_words(ui, row.title, row.required);
            help_mark(ui, row.title, row.help);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let reset = self.reset_ui(ui, row);
                if let Some(large) = &row.large {
                    let name = format!("Open {} large", row.title);
                    if mark(ui, icon::CORNERS_OUT, &name, "Open it large").clicked() {
                        self.send(Command::ShowLarge(large.clone()));
                    }
                }
                if !row.aside.is_empty() {
                    crate::widgets::label(ui, row.aside, theme::sans(theme::SMALL), p.faint);
                }
                reset
            })
            .inner
        })
        .inner
    }

    /// The icon that puts a value back. Says whether it was clicked.
    pub(crate) fn reset_ui(&mut self, ui: &mut Ui, row: &Row<'_>) -> bool {
        let shown = row.is_set && row.resettable && !self.read_only;
        let name = format!("Reset {}", row.title);
        let clicked = shown
            && mark(ui, icon::ARROW_COUNTER_CLOCKWISE, &name, "Back to the default").clicked();
        if clicked {
            self.drop_drafts(row.path);
            self.send(Command::EndStep);
        }
        clicked
    }

    /// What the document's check says of a field or of something within it.
    pub(crate) fn problems_ui(&self, ui: &mut Ui, path: &str) {
        for problem in self.problems.iter().filter(|problem| is_within(&problem.field, path)) {
            self.problem_ui(ui, problem);
        }
    }

    /// Only that of the field itself.
    pub(crate) fn own_problems_ui(&self, ui: &mut Ui, path: &str) {
        for problem in self.problems.iter().filter(|problem| problem.field == path) {
            self.problem_ui(ui, problem);
        }
    }

    fn problem_ui(&self, ui: &mut Ui, problem: &Problem) {
        let p = Palette::of(ui);
        let text = sentence(&problem.message);
        match problem.severity {
            Severity::Error => problem_line(ui, &text),
            Severity::Warning => _ = wrapped(ui, &text, theme::sans(theme::SMALL), p.retry),
            Severity::Notice => _ = wrapped(ui, &text, theme::sans(theme::SMALL), p.dim),
        }
        if let Some(help) = &problem.help {
            wrapped(ui, &sentence(help), theme::sans(theme::SMALL), p.dim);
        }
    }

    /// Whether the check says something of a field.
    pub(crate) fn has_problem(&self, path: &str) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.severity == Severity::Error && is_within(&problem.field, path))
    }

    /// The worst that is wrong with the fields that `belongs` knows.
    pub(crate) fn worst(&self, belongs: impl Fn(&str) -> bool) -> Option<Severity> {
        let rank = |severity: &Severity| match severity {
            Severity::Error => 2,
            Severity::Warning => 1,
            Severity::Notice => 0,
        };
        let found = self.problems.iter().filter(|problem| belongs(&problem.field));
        found.map(|problem| problem.severity).max_by_key(rank)
    }

    /// A control over something that a person types: `show` makes it of the value, `read` the value of it. What is no
    /// value stays, with the reason below, and changes nothing.
    pub(crate) fn typed<V: PartialEq>(
        &mut self,
        ui: &mut Ui,
        path: &str,
        value: &V,
        (show, read): (impl Fn(&V) -> String, impl Fn(&str) -> Result<V, String>),
        draw: impl FnOnce(&mut Ui, Id, &mut String, bool) -> Response,
    ) -> Option<V> {
        let ways = (show, |text: &String| read(text));
        self.drafted(ui, path, value, ways, |ui, id, text, bad| {
            let response = draw(ui, id, text, bad);
            // A field that is left shows its value as it is written in documents.
            let left = response.lost_focus();
            (Done { changed: response.changed(), left }, left)
        })
    }

    /// The same over rows. A row that is empty yet stays where it is.
    pub(crate) fn rows<V: PartialEq, R: Serialize + DeserializeOwned + PartialEq>(
        &mut self,
        ui: &mut Ui,
        path: &str,
        value: &V,
        ways: (impl Fn(&V) -> Vec<R>, impl Fn(&Vec<R>) -> Result<V, String>),
        draw: impl FnOnce(&mut Ui, Id, &mut Vec<R>) -> Done,
    ) -> Option<V> {
        self.drafted(ui, path, value, ways, |ui, id, rows, _| (draw(ui, id, rows), false))
    }

    /// `draw` also says whether what is a value may be written anew.
    fn drafted<V: PartialEq, D: Serialize + DeserializeOwned + PartialEq>(
        &mut self,
        ui: &mut Ui,
        path: &str,
        value: &V,
        (show, read): (impl Fn(&V) -> D, impl Fn(&D) -> Result<V, String>),
        draw: impl FnOnce(&mut Ui, Id, &mut D, bool) -> (Done, bool),
    ) -> Option<V> {
        let key = self.key(path);
        let draft: Option<D> =
            self.drafts.get(&key).and_then(|draft| serde_json::from_str(draft).ok());
        // A draft that reads as another value is of a time before an undo or another edit.
        let is_current = |draft: &D| read(draft).as_ref().map_or(true, |read| read == value);
        let mut shown = draft.filter(is_current).unwrap_or_else(|| show(value));
        let refused = read(&shown).err();
        let bad = refused.is_some() || self.has_problem(path);
        let (done, settles) = draw(ui, self.id(path), &mut shown, bad);
        let mut next = None;
        if done.changed && !self.read_only {
            let read = read(&shown).ok();
            if read.as_ref().is_some_and(|read| show(read) == shown) {
                self.drafts.remove(&key);
            } else if let Ok(draft) = serde_json::to_string(&shown) {
                self.drafts.insert(key.clone(), draft);
            }
            next = read.filter(|read| read != value);
        }
        if settles && refused.is_none() {
            self.drafts.remove(&key);
        }
        if done.left {
            self.send(Command::EndStep);
        }
        if let Some(refused) = refused {
            problem_line(ui, &sentence(&refused));
        }
        next
    }
}

/// What expressions of the subject can name; kept while nothing of it changes.
fn names_of(app: &mut App, subject: &str, task: Option<&Ident>) -> Rc<Names> {
    let key = names_key(app, subject);
    let live = app.shown_watch().and_then(|watch| watch.live.as_ref());
    if let Some((_, names)) = app.forms.names.as_ref().filter(|(known, _)| *known == key) {
        return Rc::clone(names);
    }
    let names = match super::shown_workflow(app) {
        Some(workflow) => {
            let task = task.and_then(|name| workflow.task(name.as_str()));
            Names::of(&workflow, task, live.and_then(|live| live.run.as_deref()))
        }
        None => Names::default(),
    };
    let names = Rc::new(names);
    app.forms.names = Some((key, Rc::clone(&names)));
    names
}

/// What the texts can name that are told when the workflow in view has ended.
pub(super) fn names_at_end(app: &mut App) -> Rc<Names> {
    let key = names_key(app, "(end)");
    if let Some((_, names)) = app.forms.end_names.as_ref().filter(|(known, _)| *known == key) {
        return Rc::clone(names);
    }
    let live = app.shown_watch().and_then(|watch| watch.live.as_ref());
    let run = live.and_then(|live| live.run.as_deref());
    let names = super::shown_workflow(app).map(|workflow| Names::at_end(&workflow, run));
    let names = Rc::new(names.unwrap_or_default());
    app.forms.end_names = Some((key, Rc::clone(&names)));
    names
}

/// What the names of a subject of the workflow in view are made of: as long as it stays the same they do.
pub(super) fn names_key(app: &App, subject: &str) -> NamesKey {
    let editor = app.tabs.current().filter(|_| app.place == Place::Editor);
    let live = app.shown_watch().and_then(|watch| watch.live.as_ref());
    (
        editor.map(|editor| editor.tab),
        editor.map_or(0, |editor| editor.doc.revision),
        live.map(|live| (live.id, live.revision)),
        subject.to_owned(),
    )
}

/// Whether the path `inner` is `outer` or leads into it.
fn is_within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with('['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_within_those_that_lead_to_it() {
        assert!(is_within("retry.delay", "retry"));
        assert!(is_within("spec.args[2]", "spec.args"));
        assert!(is_within("env[\"a b\"]", "env"));
        assert!(!is_within("retry_count", "retry"));
        assert!(!is_within("retry", "retry.delay"));
    }
}
