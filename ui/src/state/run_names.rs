//! What people call the tasks of a run, by their place in it. Made anew only where the run got tasks or its document came.

use std::collections::HashMap;

use millrace_model::document::Workflow;
use millrace_model::event::Run;
use millrace_model::ids::TaskKey;

/// The titles and kinds of a run's tasks.
#[derive(Debug, Default)]
pub(crate) struct RunNames {
    names: Vec<(String, String)>,
    key: Option<(usize, bool)>,
}

impl RunNames {
    /// Brings them up to date.
    pub(crate) fn update(&mut self, run: &Run, workflow: Option<&Workflow>) {
        let key = Some((run.tasks.len(), workflow.is_some()));
        if self.key == key {
            return;
        }
        self.key = key;
        let tasks = workflow.map(|workflow| workflow.tasks.as_slice()).unwrap_or_default();
        let known: HashMap<&str, _> = tasks.iter().map(|task| (task.name.as_str(), task)).collect();
        let names = run.tasks.keys().map(|key| match known.get(key.task.as_str()) {
            Some(task) => (task.shown_name().to_owned(), task.kind.clone()),
            None => (key.task.to_string(), String::new()),
        });
        self.names = names.collect();
    }

    /// The title of the task at this place.
    pub(crate) fn title(&self, place: usize) -> &str {
        self.names.get(place).map_or("", |(title, _)| title)
    }

    /// Its kind; empty where the document does not have it.
    pub(crate) fn kind(&self, place: usize) -> &str {
        self.names.get(place).map_or("", |(_, kind)| kind)
    }

    /// The title of a task or an item: `Shrink one [3]`.
    pub(crate) fn of(&self, run: &Run, key: &TaskKey) -> String {
        let title = match run.tasks.get_index_of(&key.whole()) {
            Some(place) if place < self.names.len() => self.title(place).to_owned(),
            _ => key.task.to_string(),
        };
        match key.item {
            None => title,
            Some(item) => format!("{title} [{item}]"),
        }
    }
}
