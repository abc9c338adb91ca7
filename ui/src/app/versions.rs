//! Versions of the document in view: asked for while they are looked at, and put back as a step.

use millrace_api::version::{ListVersions, ReadVersion, VersionList, VersionText};
use millrace_api::{ApiError, Command as _};
use millrace_model::read;

use super::{App, Purpose, TabId};
use crate::command::{Drawer, Place};

impl App {
    /// Asks for what the tab of versions shows and is not known.
    pub(super) fn ask_versions(&mut self) {
        if self.place != Place::Editor || self.settings.drawer_closed {
            return;
        }
        let Some(editor) = self.tabs.current_mut() else { return };
        if editor.watch.drawer != Drawer::Versions {
            return;
        }
        let tab = editor.tab;
        let Some(path) = editor.doc.path.clone() else { return };
        let versions = &mut editor.versions;
        let needs_list = versions.stale || (versions.list.is_none() && versions.error.is_none());
        if needs_list {
            if !self.backend.is_asking(|p| *p == Purpose::Versions(tab)) {
                versions.stale = false;
                let request = ListVersions { path }.into_request();
                self.backend.ask(request, Purpose::Versions(tab));
            }
        } else if let Some(version) = versions.wanted()
            && !self.backend.is_asking(|p| matches!(p, Purpose::VersionText(..)))
        {
            let request = ReadVersion { version }.into_request();
            self.backend.ask(request, Purpose::VersionText(tab, version));
        }
    }

    pub(super) fn take_versions(&mut self, tab: TabId, answer: Result<VersionList, ApiError>) {
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        match answer {
            Ok(list) => editor.versions.take_list(list),
            Err(error) => editor.versions.error = Some(error.message),
        }
    }

    pub(super) fn take_version_text(
        &mut self,
        tab: TabId,
        version: u64,
        answer: Result<VersionText, ApiError>,
    ) {
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        // One that is gone by now, because there are too many, is shown as one that cannot be compared.
        let text = answer.unwrap_or(VersionText { text: String::new() });
        editor.versions.take_text(version, &text);
    }

    pub(super) fn read_version(&mut self, version: u64, purpose: impl FnOnce(TabId) -> Purpose) {
        let Some(tab) = self.tabs.current().map(|editor| editor.tab) else { return };
        self.backend.ask(ReadVersion { version }.into_request(), purpose(tab));
    }

    /// Puts a version on the canvas, as one step.
    pub(super) fn restore_version(
        &mut self,
        tab: TabId,
        answer: Result<VersionText, ApiError>,
        time: f64,
    ) {
        let text = match answer {
            Ok(text) => text,
            Err(error) => return self.fail(error),
        };
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        let Some(workflow) = read::Document::parse(text.text.as_bytes()).workflow else {
            return self.toasts.fail("this version cannot be read", None);
        };
        match editor.doc.replace("restore a version", workflow) {
            Ok(()) => {
                editor.drafts.clear();
                let workflow = &editor.doc.workflow;
                let canvas = &mut editor.watch.canvas;
                canvas.selected.retain(|name| workflow.task(name.as_str()).is_some());
                self.toasts.say("The version is on the canvas; undo takes it back", time);
            }
            Err(why) => self.toasts.fail(why, None),
        }
    }
}
