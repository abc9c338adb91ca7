//! A document that is open: its typed view, what was changed since it was saved, its problems.
//!
//! It changes only by [`Document::change`]; every change can be undone and redone.

use std::cell::OnceCell;
use std::sync::Arc;

use millrace_api::document::{DocumentText, Problem, Severity};
use millrace_model::document::Workflow;
use millrace_model::edit::Edit;
use millrace_model::read::{self, ReadOnly};
use millrace_model::write::canonical_text;

use super::change::Change;
use super::history::History;

/// A document that is open.
#[derive(Debug)]
pub(crate) struct Document {
    /// Its file; none where it was never saved.
    pub(crate) path: Option<String>,
    /// The typed view; of a text that is no JSON object, an empty one.
    pub(crate) workflow: Arc<Workflow>,
    /// It can only be looked at, and why.
    pub(crate) read_only: Option<String>,
    /// It may run: it was made here, or somebody said so.
    pub(crate) is_trusted: bool,
    /// What is wrong with it.
    pub(crate) problems: Vec<Problem>,
    /// Changes with every edit.
    pub(crate) revision: u64,
    /// Changes with every edit but moves of cards: what is to be checked again.
    pub(crate) meaning: u64,
    /// Changes with every new list of problems.
    pub(crate) problems_revision: u64,
    /// The text of the file where it cannot be shown at all.
    pub(crate) unreadable: bool,
    /// It can only be looked at because its text is broken, which can be mended in the text.
    is_broken: bool,
    /// The text as it was read, byte for byte.
    text: String,
    /// The digest of the text in the file.
    pub(crate) digest: Option<String>,
    /// The workflow that `text` stands for; none where there is no such text.
    saved: Option<Arc<Workflow>>,
    /// That is what is in the file.
    has_file: bool,
    history: History,
    dirty: bool,
    /// The canonical text of what is here, once somebody asked for it.
    written: OnceCell<String>,
}

impl Document {
    /// Opens what was read.
    pub(crate) fn open(read: DocumentText) -> Self {
        let parsed = read::Document::parse(read.text.as_bytes());
        let unreadable = parsed.workflow.is_none();
        let is_broken = is_broken(&read, &parsed);
        let read_only = read.read_only.or_else(|| parsed.read_only.map(|why| why.to_string()));
        let workflow = Arc::new(parsed.workflow.unwrap_or_else(empty));
        Self {
            path: read.path,
            saved: Some(Arc::clone(&workflow)),
            has_file: true,
            workflow,
            read_only,
            is_trusted: read.is_trusted,
            problems: read.problems,
            revision: 1,
            meaning: 1,
            problems_revision: 1,
            unreadable,
            is_broken,
            text: read.text,
            digest: Some(read.digest),
            history: History::default(),
            dirty: false,
            written: OnceCell::new(),
        }
    }

    /// A document that is in no file: a new one, or one whose file is gone.
    pub(crate) fn unsaved(workflow: Workflow, path: Option<String>) -> Self {
        Self {
            path,
            saved: None,
            has_file: false,
            workflow: Arc::new(workflow),
            read_only: None,
            is_trusted: true,
            problems: Vec::new(),
            revision: 1,
            meaning: 1,
            problems_revision: 1,
            unreadable: false,
            is_broken: false,
            text: String::new(),
            digest: None,
            history: History::default(),
            dirty: true,
            written: OnceCell::new(),
        }
    }

    /// Takes in what is in the file now, as one step; it is as saved then.
    pub(crate) fn take_file(&mut self, read: DocumentText) {
        let parsed = read::Document::parse(read.text.as_bytes());
        let is_broken = is_broken(&read, &parsed);
        let (revision, meaning) = (self.revision + 1, self.meaning + 1);
        let (false, Some(workflow)) = (self.unreadable, parsed.workflow) else {
            *self = Self { revision, meaning, ..Self::open(read) };
            return;
        };
        let edit = Box::new(Edit::Replace(Box::new(workflow)));
        let change = Change::Edit { words: "take over the file".to_owned(), edit };
        self.end_step();
        if self.history.make(&mut self.workflow, &change).is_err() {
            // Another workflow can always be put in; were it not so, there would be no step to take back.
            *self = Self { revision, meaning, ..Self::open(read) };
            return;
        }
        self.is_broken = is_broken;
        self.read_only = read.read_only.or_else(|| parsed.read_only.map(|why| why.to_string()));
        self.saved = Some(Arc::clone(&self.workflow));
        self.has_file = true;
        self.is_trusted = read.is_trusted;
        self.path = read.path;
        self.text = read.text;
        self.digest = Some(read.digest);
        self.set_problems(read.problems);
        self.changed(false);
    }

    /// Its file is gone: what is here is all there is.
    pub(crate) fn lose_file(&mut self) {
        self.has_file = false;
        self.digest = None;
        self.changed(false);
    }

    /// Whether there is a file that it can go back to.
    pub(crate) fn has_file(&self) -> bool {
        self.has_file
    }

    /// The revision that a draft of it should hold; none where nothing would be lost.
    pub(crate) fn draft_revision(&self) -> Option<u64> {
        // A new document that nobody touched can be made again by one click.
        let is_touched = self.has_file() || self.revision > 1;
        (self.is_dirty() && is_touched).then_some(self.revision)
    }

    /// It counts as changed by a person from here on.
    pub(crate) fn touch(&mut self) {
        self.revision += 1;
    }

    /// Puts another workflow in its place, as one step with these words.
    ///
    /// # Errors
    /// Why it cannot be changed, in words.
    pub(crate) fn replace(&mut self, words: &str, workflow: Workflow) -> Result<(), String> {
        if workflow == *self.workflow {
            return Ok(());
        }
        let edit = Box::new(Edit::Replace(Box::new(workflow)));
        self.end_step();
        self.change(&Change::Edit { words: words.to_owned(), edit })
    }

    /// Its canonical text; of one that is broken, the text as it was read.
    pub(crate) fn canonical(&self) -> String {
        if self.is_broken || self.unreadable {
            self.text.clone()
        } else {
            self.written().to_owned()
        }
    }

    fn written(&self) -> &str {
        self.written.get_or_init(|| canonical_text(&self.workflow))
    }

    /// Why its text cannot be typed in; none where it can.
    pub(crate) fn why_not_text(&self) -> Option<String> {
        self.read_only.clone().filter(|_| !self.is_broken)
    }

    /// Puts what was typed as text in its place. Typing goes on as one step. A broken document is mended by it.
    ///
    /// # Errors
    /// Why it cannot be changed, in words.
    pub(crate) fn set_text(&mut self, workflow: Workflow) -> Result<(), String> {
        if std::mem::take(&mut self.is_broken) {
            self.read_only = None;
            self.unreadable = false;
            // What is in the file is no workflow that could be gone back to.
            self.saved = None;
            self.workflow = Arc::new(workflow);
            self.end_step();
            self.changed(false);
            return Ok(());
        }
        self.change(&Change::Text(Box::new(workflow)))
    }

    /// Goes back to what is in the file, as one step.
    ///
    /// # Errors
    /// Why it cannot be changed, in words.
    pub(crate) fn discard(&mut self) -> Result<(), String> {
        match self.saved.clone().filter(|_| self.has_file) {
            Some(saved) => self.replace("discard changes", saved.as_ref().clone()),
            None => Err("what is in the file is no workflow to go back to".to_owned()),
        }
    }

    /// What is in its file, where that is a workflow.
    pub(crate) fn in_file(&self) -> Option<&Workflow> {
        self.saved.as_deref().filter(|_| self.has_file)
    }

    /// Whether it differs from its file.
    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Its text: as it was read where nothing changed, else canonical.
    pub(crate) fn text(&self) -> String {
        // What differs from its file is known not to be as it was read.
        let is_changed = self.has_file && self.dirty;
        if self.text.is_empty() || is_changed || !self.is_as_read() {
            self.written().to_owned()
        } else {
            self.text.clone()
        }
    }

    /// Makes a change.
    ///
    /// # Errors
    /// Why it cannot be made, in words.
    pub(crate) fn change(&mut self, change: &Change) -> Result<(), String> {
        if let Some(why) = &self.read_only {
            return Err(why.clone());
        }
        if self.history.make(&mut self.workflow, change)? {
            self.changed(matches!(change, Change::Place(_)));
        }
        Ok(())
    }

    /// Takes back the last step; gives its words.
    pub(crate) fn undo(&mut self) -> Option<String> {
        let step = self.history.undo(&mut self.workflow)?;
        self.changed(step.moves);
        Some(step.words)
    }

    /// Makes the step again that was taken back last; gives its words.
    pub(crate) fn redo(&mut self) -> Option<String> {
        let step = self.history.redo(&mut self.workflow)?;
        self.changed(step.moves);
        Some(step.words)
    }

    /// The words of the step that undo would take back.
    pub(crate) fn undo_words(&self) -> Option<String> {
        self.history.undo_words()
    }

    /// The words of the step that redo would make again.
    pub(crate) fn redo_words(&self) -> Option<String> {
        self.history.redo_words()
    }

    /// What is typed from here on is a step of its own.
    pub(crate) fn end_step(&mut self) {
        self.history.end_step();
    }

    /// The workflow `written` is in the file now.
    pub(crate) fn saved(
        &mut self,
        written: Arc<Workflow>,
        text: String,
        path: String,
        digest: String,
    ) {
        self.saved = Some(written);
        self.has_file = true;
        self.text = text;
        self.path = Some(path);
        self.digest = Some(digest);
        self.dirty = self.differs();
    }

    fn differs(&self) -> bool {
        !self.has_file || !self.is_as_read()
    }

    /// Whether the text that was read or written last stands for what is here.
    fn is_as_read(&self) -> bool {
        let is_same = |saved: &Workflow| {
            // Where cards lie is the quickest to compare, and what differs most often.
            saved.layout == self.workflow.layout && *saved == *self.workflow
        };
        self.unreadable || self.saved.as_deref().is_some_and(is_same)
    }

    /// `moves`: of cards, and nothing else.
    fn changed(&mut self, moves: bool) {
        self.revision += 1;
        self.meaning += u64::from(!moves);
        self.written.take();
        self.dirty = self.differs();
    }

    /// What is wrong with it now.
    pub(crate) fn set_problems(&mut self, problems: Vec<Problem>) {
        if self.problems != problems {
            self.problems = problems;
            self.problems_revision += 1;
        }
    }

    /// How many errors it has as far as is known.
    pub(crate) fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// How many problems keep it from being run by hand.
    pub(crate) fn blocking(&self) -> usize {
        self.problems.iter().filter(|problem| problem.blocks_running()).count()
    }
}

/// Whether the text alone is why it can only be looked at.
fn is_broken(read: &DocumentText, parsed: &read::Document) -> bool {
    read.read_only.is_none() && parsed.read_only == Some(ReadOnly::Partial)
}

fn empty() -> Workflow {
    // The name is a constant that keeps the rule for identifiers; a workflow needs some name.
    match millrace_model::ident::Ident::new("unreadable") {
        Ok(name) => Workflow::new(name),
        Err(_) => unreachable!("the constant is an identifier"),
    }
}
