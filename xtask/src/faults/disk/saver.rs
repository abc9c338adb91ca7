//! Somebody who saves a document again and again, and looks each time at what is in the file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::json;

use crate::faults::site::call;

/// So large is a document: several pages, so that half of it may find room.
const SIZE: usize = 200 << 10;
/// Between two saves.
const PAUSE: Duration = Duration::from_millis(5);

/// The one who saves.
pub(super) struct Saver {
    enough: Arc<AtomicBool>,
    thread: JoinHandle<Saved>,
}

/// What it came to.
#[derive(Debug, Default)]
pub(super) struct Saved {
    pub(super) acknowledged: u32,
    pub(super) refused: u32,
    pub(super) violations: Vec<String>,
}

impl Saver {
    /// Begins: the daemon listens at `socket`, which has the document by the path `document`, and we by `seen`.
    pub(super) fn start(socket: PathBuf, document: PathBuf, seen: PathBuf) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&enough);
        let thread = thread::spawn(move || {
            let mut saved = Saved::default();
            // What may be in the file: nothing at first.
            let mut known = None;
            let mut version = 0;
            while !until.load(Ordering::Relaxed) {
                version += 1;
                known = saved.one(&socket, &document, &seen, version, known);
                thread::sleep(PAUSE);
            }
            // There is room again: this one has to be taken.
            let refused = saved.refused;
            saved.one(&socket, &document, &seen, version + 1, known);
            if saved.refused > refused {
                saved.violations.push("a document cannot be saved although there is room".into());
            }
            saved
        });
        Self { enough, thread }
    }

    /// Saves once more, and tells.
    pub(super) fn finish(self) -> Saved {
        self.enough.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|_| Saved {
            violations: vec!["whoever saves has crashed".into()],
            ..Saved::default()
        })
    }
}

impl Saved {
    /// Saves a version where another one is known to be, and says which one is known to be there after that.
    fn one(
        &mut self,
        socket: &Path,
        document: &Path,
        seen: &Path,
        version: u32,
        known: Option<u32>,
    ) -> Option<u32> {
        let request = json!({
            "command": "save_document",
            "path": document.display().to_string(),
            "text": text(version),
            "overwrite": true,
        });
        let is_taken = call(socket, &request).is_ok();
        let there = fs::read_to_string(seen).ok();
        let is = |version: u32| there.as_deref() == Some(text(version).as_str());
        if is_taken {
            self.acknowledged += 1;
            if is(version) {
                return Some(version);
            }
            self.violations.push(format!("save {version} was acknowledged and is not there"));
            return known;
        }
        self.refused += 1;
        // It may have come so far and not to its answer.
        if is(version) {
            return Some(version);
        }
        if !known.map_or(there.is_none(), is) {
            let length = there.map_or(0, |text| text.len());
            self.violations.push(format!(
                "after save {version}, which was refused, the file has neither it nor {known:?}: {length} bytes"
            ));
        }
        known
    }
}

fn text(version: u32) -> String {
    let padding = format!("{version:08} ").repeat(SIZE / 9);
    let document = json!({
        "millrace": 1, "name": "saved", "description": padding,
        "tasks": [{ "name": "t", "kind": "shell", "spec": { "script": "true" } }],
    });
    document.to_string()
}
