//! What the window remembers between starts about itself: its place, and what a person chose that the host carries out.
//!
//! One small file in the home. What cannot be read counts as nothing remembered: no window stays closed for it.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::place::Place;

/// What is remembered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Remembered {
    /// Where the window lay.
    pub(crate) place: Option<Place>,
    /// Closing the window leaves an icon in the tray.
    pub(crate) tray: bool,
    /// The machine stays awake while tasks run.
    pub(crate) awake: bool,
}

/// The file and what is in it.
#[derive(Debug)]
pub(crate) struct Memory {
    /// None where there is no home.
    file: Option<PathBuf>,
    now: Mutex<Remembered>,
}

impl Memory {
    /// Reads the file.
    pub(crate) fn open(file: Option<PathBuf>) -> Self {
        let text = file.as_ref().and_then(|file| std::fs::read(file).ok());
        let now = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { file, now: Mutex::new(now) }
    }

    /// What is remembered now.
    pub(crate) fn get(&self) -> Remembered {
        *self.locked()
    }

    /// Changes it, and the file with it.
    ///
    /// # Errors
    /// When the file cannot be written; until the window is closed it is remembered all the same.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Remembered)) -> Result<(), String> {
        let mut now = self.locked();
        let before = *now;
        change(&mut now);
        match &self.file {
            Some(file) if *now != before => write(file, &now)
                .map_err(|error| format!("{} cannot be written: {error}", file.display())),
            _ => Ok(()),
        }
    }

    fn locked(&self) -> MutexGuard<'_, Remembered> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The old file or the new one, nothing between.
fn write(file: &PathBuf, remembered: &Remembered) -> std::io::Result<()> {
    let new = file.with_extension("json.new");
    let mut writer = std::fs::File::create(&new)?;
    serde_json::to_writer(&writer, remembered)?;
    writer.flush()?;
    std::fs::rename(new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_there_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("window.json");
        let memory = Memory::open(Some(file.clone()));
        assert_eq!(memory.get(), Remembered::default());
        memory.change(|now| now.tray = true).unwrap();
        assert!(Memory::open(Some(file.clone())).get().tray);
        std::fs::write(&file, "{ half").unwrap();
        assert_eq!(Memory::open(Some(file)).get(), Remembered::default());
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named_and_the_choice_holds_until_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::open(Some(folder.path().join("no/window.json")));
        assert!(memory.change(|now| now.awake = true).unwrap_err().contains("window.json"));
        assert!(memory.get().awake);
    }
}
