//! Paths that a person chooses with the system's dialog.

use super::{App, Purpose};
use crate::bridge::PickPath;

impl App {
    /// Asks for a path, for the field of this key.
    pub(super) fn pick_path(&mut self, field: String, folder: bool, title: String) {
        let path = self.tabs.current().and_then(|editor| editor.doc.path.as_deref());
        let start = path.and_then(|path| path.rsplit_once('/')).map(|(start, _)| start.to_owned());
        self.backend.pick_path(PickPath { folder, title, start }, Purpose::Path(field));
    }

    /// What they chose goes into the field when it is drawn next, or is imported.
    pub(super) fn take_path(&mut self, purpose: Purpose, result: Result<Option<String>, String>) {
        let picked = match result {
            Ok(picked) => picked,
            Err(why) => return self.toasts.fail(why, None),
        };
        match (purpose, picked) {
            (Purpose::Path(field), picked) => {
                self.forms.picked = picked.map(|path| (field, path));
            }
            (Purpose::PickedImport, Some(path)) => self.import_file(path),
            _ => {}
        }
    }
}
