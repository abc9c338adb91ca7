//! To sub-workflow: the selected tasks become a workflow of their own beside this one, and a task that runs it takes their
//! place.
//!
//! Whether that keeps the meaning, the model says. The new file is written first: what is taken out is never only here.

use millrace_api::document::{SaveDocument, SavedDocument};
use millrace_api::{ApiError, Code, Command as _};
use millrace_model::document::Workflow;
use millrace_model::edit::{Edit, Extraction, NewWorkflow, extract};
use millrace_model::ident::Ident;
use millrace_model::write::canonical_text;

use super::{App, Purpose, Sheet, TabId};
use crate::canvas::place_all;
use crate::command::Command;
use crate::state::{Change, pinned};

/// The form for the new workflow.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExtractForm {
    tab: TabId,
    /// The document as it was.
    revision: u64,
    tasks: Vec<Ident>,
    /// Its folder.
    folder: String,
    /// What stands in the field.
    pub(crate) name: String,
    /// Why it cannot be done; nothing where it can.
    pub(crate) refusals: Vec<String>,
    /// What became of writing the file.
    pub(crate) error: Option<String>,
    /// The file is being written.
    pub(crate) is_writing: bool,
    /// It was drawn once: the field has the keyboard.
    pub(crate) was_shown: bool,
}

impl ExtractForm {
    /// How many tasks there are.
    pub(crate) fn count(&self) -> usize {
        self.tasks.len()
    }

    /// What is wrong with the name.
    pub(crate) fn problem(&self) -> Option<String> {
        Ident::new(self.name.trim()).err().map(|error| super::sentence(&error.to_string()))
    }

    /// The new file.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}.json", self.folder, self.name.trim())
    }

    fn new_workflow(&self) -> Option<NewWorkflow> {
        let name = Ident::new(self.name.trim()).ok()?;
        Some(NewWorkflow { callee: format!("{name}.json"), name })
    }

    /// The change to the document, and what is in the new one. Cards that lie where the layout has them keep their places.
    fn taken(&self, workflow: &Workflow) -> Result<Extraction, Vec<String>> {
        let Some(new) = self.new_workflow() else { return Err(Vec::new()) };
        let mut edits = pinned(workflow, &place_all(workflow));
        let mut placed = workflow.clone();
        for edit in edits.clone() {
            edit.apply(&mut placed).map_err(|error| vec![error.to_string()])?;
        }
        let taken = extract(&placed, &self.tasks, &new)?;
        edits.push(taken.edit);
        Ok(Extraction { edit: Edit::All(edits), ..taken })
    }
}

impl App {
    /// Opens the form, or says why there can be none.
    pub(super) fn ask_extract(&mut self) {
        if let Some(why) = self.why_not_edit() {
            return self.toasts.fail(why, None);
        }
        let Some(editor) = self.tabs.current() else { return };
        let tasks: Vec<Ident> = editor.watch.canvas.selected.iter().cloned().collect();
        if tasks.is_empty() {
            let help =
                Some("select the tasks that are to become a workflow of their own".to_owned());
            return self.toasts.fail("no task is selected", help);
        }
        let Some((folder, _)) = editor.doc.path.as_deref().and_then(|path| path.rsplit_once('/'))
        else {
            let help = Some("save this workflow first".to_owned());
            return self
                .toasts
                .fail("the new workflow goes beside this one, which has no place yet", help);
        };
        let name = match (tasks.as_slice(), &editor.doc.workflow.name) {
            ([task], _) => task.to_string(),
            (_, workflow) => format!("{workflow}_part"),
        };
        let mut form = ExtractForm {
            tab: editor.tab,
            revision: editor.doc.revision,
            tasks,
            folder: folder.to_owned(),
            name,
            refusals: Vec::new(),
            error: None,
            is_writing: false,
            was_shown: false,
        };
        form.refusals = form.taken(&editor.doc.workflow).err().unwrap_or_default();
        self.sheet = Some(Sheet::Extract(form));
    }

    /// Writes the new workflow; the document changes when it is there.
    pub(super) fn extract(&mut self) {
        let Some(Sheet::Extract(form)) = &mut self.sheet else { return };
        let tab = form.tab;
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        if form.is_writing || form.problem().is_some() {
            return;
        }
        match form.taken(&editor.doc.workflow) {
            Err(refusals) => form.refusals = refusals,
            Ok(taken) => {
                form.is_writing = true;
                form.error = None;
                let request = SaveDocument {
                    path: form.path(),
                    text: canonical_text(&taken.child),
                    expected_digest: None,
                    overwrite: false,
                    is_trusted: editor.doc.is_trusted,
                };
                let purpose = Purpose::Extract(form.clone());
                self.backend.ask(request.into_request(), purpose);
            }
        }
    }

    pub(super) fn take_extracted(
        &mut self,
        mut form: ExtractForm,
        answer: Result<SavedDocument, ApiError>,
        time: f64,
    ) {
        let saved = match answer {
            Ok(saved) => saved,
            Err(error) => {
                form.is_writing = false;
                form.error = Some(match error.code {
                    Code::ChangedOutside => {
                        format!("{} exists already; choose another name", form.path())
                    }
                    _ => super::sentence(&error.message),
                });
                self.sheet = Some(Sheet::Extract(form));
                return;
            }
        };
        self.sheet = None;
        self.library.stale = true;
        let Some(editor) = self.tabs.get_mut(form.tab) else { return };
        if editor.doc.revision != form.revision {
            let help = Some(format!("{} was written; take the tasks out once more", saved.path));
            return self.toasts.fail("the workflow changed meanwhile", help);
        }
        let done = form.taken(&editor.doc.workflow).map_err(|why| why.join("; "));
        let done = done.and_then(|taken| {
            let words = format!("to sub-workflow {}", form.name.trim());
            editor.doc.end_step();
            editor.doc.change(&Change::Edit { words, edit: Box::new(taken.edit) })?;
            editor.doc.end_step();
            editor.watch.select_next = Some((vec![taken.task], Vec::new()));
            Ok(())
        });
        match done {
            Ok(()) => {
                let tasks = crate::words::count(form.tasks.len(), "task is", "tasks are");
                let file = saved.path.rsplit('/').next().unwrap_or(&saved.path);
                let text =
                    format!("{tasks} in {file} now; undo puts them back here and leaves the file");
                self.toasts.offer(text, ("Open", Command::OpenFile(saved.path)), time);
            }
            Err(why) => self.toasts.fail(why, None),
        }
    }
}
