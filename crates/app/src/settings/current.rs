//! The settings in force. Who needs them asks each time, or waits for others.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::Settings;

/// The settings in force.
#[derive(Debug)]
pub(crate) struct Current {
    now: watch::Sender<Arc<Settings>>,
    /// Those of the start: some keys hold until the next one.
    at_start: Settings,
    /// Why the file says something else than what is in force, where it cannot be read.
    trouble: Mutex<Option<String>>,
}

impl Current {
    /// These, from the start on.
    pub(crate) fn new(settings: Settings) -> Self {
        let now = watch::Sender::new(Arc::new(settings.clone()));
        Self { now, at_start: settings, trouble: Mutex::default() }
    }

    /// The settings in force.
    pub(crate) fn get(&self) -> Arc<Settings> {
        Arc::clone(&self.now.borrow())
    }

    /// The settings from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<Settings>> {
        self.now.subscribe()
    }

    /// Puts others in force.
    pub(crate) fn put(&self, settings: Settings) {
        self.now.send_replace(Arc::new(settings));
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Those in force stay, because the file has this error.
    pub(crate) fn keep(&self, error: &str) {
        let trouble = format!("{error}; the settings from before hold");
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
    }

    /// Why the file is not what is in force.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys of `wanted` that hold only when the daemon starts the next time.
    pub(crate) fn at_next_start(&self, wanted: &Settings) -> Vec<String> {
        let (then, log) = (&self.at_start, &self.at_start.log);
        let differ = [
            ("durability", then.durability != wanted.durability),
            ("log.head", log.head != wanted.log.head),
            ("log.tail", log.tail != wanted.log.tail),
        ];
        let differ = differ.into_iter().filter(|(_, differs)| *differs);
        differ.map(|(key, _)| key.to_owned()).collect()
    }
}
