//! What is open: a document in the editor, a run of the history.

use std::sync::Arc;

use millrace_model::document::Workflow;
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;

use super::drafts::EditorDraft;
use super::run_place::RunPlace;
use super::tabs::TabId;
use super::watch::Watch;
use crate::command::Drawer;
use crate::state::{Document, JsonView, LiveRun, TaskNumbers, Versions};

/// The open document.
pub(crate) struct Editor {
    pub(crate) tab: TabId,
    pub(crate) doc: Document,
    pub(crate) watch: Watch,
    /// What of it the next run is to do.
    pub(crate) part: Part,
    /// A start of it is on its way.
    pub(crate) starting: bool,
    /// The revision that is being saved.
    pub(crate) saving: Option<u64>,
    /// What is being saved: the workflow and its text.
    pub(crate) saving_text: Option<(Arc<Workflow>, String)>,
    /// The meaning that was checked last.
    pub(crate) checked: u64,
    /// The file changed outside; what to do with the changes made here is open.
    pub(crate) conflict: bool,
    /// Its text, as far as it was looked at.
    pub(crate) json: JsonView,
    /// Its versions, as far as they were looked at.
    pub(crate) versions: Versions,
    /// Changes of an earlier time were put back in; the person has not said that this is known.
    pub(crate) restored: bool,
    /// The line about a document from elsewhere was closed.
    pub(crate) saw_restriction: bool,
    /// It was never saved and is not to be: its draft is dropped, though the tab can be opened again.
    pub(crate) discarded: bool,
    /// What the daemon keeps of its changes.
    pub(crate) draft: EditorDraft,
    /// Its tasks, whatever they are called.
    pub(crate) task_numbers: TaskNumbers,
    /// Texts of the form that are not valid values, by field.
    pub(crate) drafts: std::collections::BTreeMap<String, String>,
}

impl Editor {
    pub(crate) fn new(tab: TabId, doc: Document) -> Self {
        let drawer = if doc.unreadable { Drawer::Problems } else { Drawer::LastRun };
        Self {
            tab,
            checked: doc.meaning,
            doc,
            watch: Watch::new(drawer),
            part: Part::default(),
            starting: false,
            saving: None,
            saving_text: None,
            conflict: false,
            json: JsonView::default(),
            versions: Versions::default(),
            restored: false,
            saw_restriction: false,
            discarded: false,
            draft: EditorDraft::default(),
            task_numbers: TaskNumbers::default(),
            drafts: std::collections::BTreeMap::new(),
        }
    }

    /// The words of its tab.
    pub(crate) fn title(&self) -> String {
        if self.doc.unreadable {
            let path = self.doc.path.as_deref().unwrap_or("document");
            return path.rsplit('/').next().unwrap_or(path).to_owned();
        }
        self.doc.workflow.shown_name().to_owned()
    }
}

/// A part of a workflow to run; all of it where neither is given.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// These tasks alone.
    pub(crate) only: Option<Vec<Ident>>,
    /// These and what they need.
    pub(crate) until: Option<Vec<Ident>>,
}

/// The open run.
pub(crate) struct RunShown {
    pub(crate) run: RunId,
    pub(crate) watch: Watch,
    /// What the tabs of the place know of it.
    pub(crate) place: RunPlace,
}

impl RunShown {
    pub(crate) fn new(run: RunId) -> Self {
        let mut watch = Watch::new(Drawer::Log);
        watch.live = Some(LiveRun::new(run));
        Self { run, watch, place: RunPlace::default() }
    }

    /// Its pinned document, as soon as it has come.
    pub(crate) fn workflow(&self) -> Option<&Workflow> {
        self.watch.live.as_ref()?.snapshot.as_deref()
    }

    /// The words of its tab.
    pub(crate) fn title(&self) -> String {
        let run = self.watch.live.as_ref().and_then(|live| live.run.as_ref());
        let name =
            run.map(|run| run.head.title.clone().unwrap_or_else(|| run.head.workflow.to_string()));
        let id = self.run.to_string();
        match name {
            Some(name) => format!("Run {} · {name}", &id[..4]),
            None => format!("Run {}", &id[..4]),
        }
    }
}
