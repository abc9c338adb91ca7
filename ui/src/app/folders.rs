//! Folders that the system's file manager shows.

use millrace_api::Command as _;
use millrace_api::place::{FindPlace, PlaceOf};

use super::{App, Purpose};
use crate::command::{Command, FileCommand};

impl App {
    /// Shows where something lies. The host asks the engine where that is: no path comes from here.
    pub(super) fn open_folder(&mut self, of: PlaceOf) {
        self.backend.open_folder(FindPlace { of }.into_request(), Purpose::Link);
    }

    /// Says that a file was written, and offers to show it where there is a file manager.
    pub(super) fn say_saved(&mut self, text: String, path: String, time: f64) {
        match self.backend.has_file_manager() {
            true => {
                let open = FileCommand::OpenFolder(PlaceOf::File { path });
                let words = open.label();
                self.toasts.offer(text, (words, Command::File(open)), time);
            }
            false => self.toasts.say(text, time),
        }
    }
}
