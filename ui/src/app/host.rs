//! What the host tells unasked: documents that a later start handed over, links, files that are dropped on the window.

use std::collections::BTreeMap;

use egui::{Context, Pos2};
use millrace_api::document::{ListWorkflows, WorkflowList, WorkflowRow};
use millrace_api::host::HostEvent;
use millrace_api::{ApiError, Command as _};
use millrace_model::action::Callee;
use millrace_model::ident::Ident;

use super::{App, Purpose, Sheet};
use crate::command::{Command, FileCommand, Place};
use crate::panels::DropChoice;
use crate::state::{Dropped, Link, Paste, around, dropped, task_that_runs};

/// A workflow that a link asks to run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// What people call it.
    pub(crate) title: String,
    /// Its file.
    pub(crate) path: String,
    /// The parameters that the link gives.
    pub(crate) params: BTreeMap<String, String>,
}

impl App {
    pub(super) fn take_host_event(&mut self, event: HostEvent, ctx: &Context) {
        // Points of the window are pixels of the page, but for the size that was chosen.
        let point = |[x, y]: [f64; 2]| Pos2::new(x as f32, y as f32) / ctx.zoom_factor();
        self.dragged = None;
        match event {
            HostEvent::Open { documents } => {
                documents.into_iter().for_each(|path| self.send(Command::OpenFile(path)));
            }
            HostEvent::Link { link } => self.send(Command::File(FileCommand::FollowLink(link))),
            HostEvent::ShowRun { run, task } => {
                if let Ok(run) = run.parse() {
                    self.show_run(run);
                    // An item of a mapped task is shown as its task.
                    let task = task.as_deref().and_then(|task| task.split('[').next());
                    if let (Some(shown), Some(Ok(task))) = (&mut self.run, task.map(Ident::new)) {
                        shown.watch.reveal_next = Some(task);
                    }
                    self.has_acted = true;
                }
            }
            HostEvent::ShowInbox => self.send(Command::Go(Place::Inbox)),
            HostEvent::Leave { quit } => self.ask_to_leave(quit),
            HostEvent::Dragged { at } => self.dragged = Some(point(at)),
            HostEvent::DragLeft => {}
            HostEvent::Dropped { paths, at } => {
                let at = point(at);
                self.send(Command::File(FileCommand::Drop { paths, at }));
            }
        }
    }

    /// Opens dropped documents; a script becomes a task where it was let go, and so does one document on the canvas of
    /// another, where the person says so.
    pub(super) fn drop_files(&mut self, paths: Vec<String>, at: Pos2) {
        let is_one = paths.len() == 1;
        for path in paths {
            match dropped(&path) {
                Dropped::Document if is_one && self.takes_task(&path, at) => {
                    self.drop_choice = Some(DropChoice { path, at });
                }
                Dropped::Document => self.send(Command::OpenFile(path)),
                Dropped::Import => self.import_file(path),
                Dropped::Script(text) => self.drop_script(&path, &text, at),
                Dropped::Other => {
                    let help = "a workflow (.json) is opened; a script or notebook (.py, .sh, .bash, .ipynb) becomes a task; a Makefile and a crontab become workflows";
                    self.toasts.fail(format!("{path} was not taken"), Some(help.to_owned()));
                }
            }
        }
    }

    fn drop_script(&mut self, path: &str, text: &str, at: Pos2) {
        match self.spot_of_drop(at) {
            Some(at) => self.put_in(text, Paste { at: Some(at), with_links: false }),
            None => {
                let help = "drop it on the canvas of an open workflow".to_owned();
                self.toasts.fail(format!("{path} was not taken"), Some(help));
            }
        }
    }

    /// The corner of the card of a task that is let go here; none where that is not on a document's canvas.
    fn spot_of_drop(&self, at: Pos2) -> Option<Pos2> {
        let canvas = &self.tabs.current().filter(|_| self.place == Place::Editor)?.watch.canvas;
        let rect = canvas.rect.filter(|rect| rect.contains(at))?;
        Some(around(canvas.camera.to_canvas(rect.min, at)))
    }

    /// Whether the document in view can have a task here that runs the workflow in this file. No document runs itself.
    fn takes_task(&self, path: &str, at: Pos2) -> bool {
        let own = self.tabs.current().and_then(|editor| editor.doc.path.as_deref());
        self.spot_of_drop(at).is_some() && self.why_not_edit().is_none() && own != Some(path)
    }

    /// Adds a task that runs the workflow in this file.
    pub(super) fn call_file(&mut self, path: &str, at: Pos2) {
        let own = self.tabs.current().and_then(|editor| editor.doc.path.as_deref());
        let named = match own.and_then(|own| own.rsplit_once('/')) {
            Some((folder, _)) => Callee::path_from(folder, path),
            None => path.to_owned(),
        };
        let text = task_that_runs(path, &named);
        let at = self.spot_of_drop(at);
        self.put_in(&text, Paste { at, with_links: false });
    }

    /// Looks for the workflow of a link; what is asked for comes with the answer.
    pub(super) fn follow_link(&mut self, link: &str) {
        match Link::read(link) {
            Ok(link) => self.backend.ask(ListWorkflows {}.into_request(), Purpose::Linked(link)),
            Err(why) => self.toasts.fail(format!("a link was not followed: {why}"), None),
        }
    }

    /// Shows what a link asks for. Nothing runs before the person says so.
    pub(super) fn take_linked(&mut self, link: Link, answer: Result<WorkflowList, ApiError>) {
        let rows = match answer {
            Ok(list) => list.workflows,
            Err(error) => return self.fail(error),
        };
        let is_it = |row: &&WorkflowRow| row.name == link.name().as_str() && row.path.is_some();
        let found = rows.iter().find(is_it).map(|row| (row.title.clone(), row.path.clone()));
        let Some((title, Some(path))) = found else {
            let help = "links name workflows of the library".to_owned();
            let text = format!("a link asks for {}, which is not there", link.name());
            return self.toasts.fail(text, Some(help));
        };
        match link {
            Link::Open(_) => self.send(Command::OpenFile(path)),
            Link::Run(name, params) => {
                let title = title.unwrap_or_else(|| name.to_string());
                self.sheet = Some(Sheet::Asked(Asked { title, path, params }));
            }
        }
    }

    /// The person said that what a link asked for is to run.
    pub(super) fn run_asked(&mut self, asked: Asked) {
        self.sheet = None;
        self.look_and_run(asked.path, asked.params);
    }
}
