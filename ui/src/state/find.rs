//! Finding tasks by what is in them: words, and what a task is (`is:invalid`, `is:disabled`, `kind:shell`); notes and
//! groups by their words.

use std::collections::HashSet;

use millrace_api::document::{Problem, Severity};
use millrace_model::document::Workflow;
use millrace_model::find::{Query, texts_of};
use millrace_model::ident::Ident;

use crate::canvas::Piece;

/// Something that was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    /// A task.
    Task(Ident),
    /// A note or a group.
    Piece(Piece),
}

/// The texts of a workflow's tasks, as they are searched.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// What they were made of.
    revision: Option<(u64, usize)>,
    /// In lower case, by the task's place in the workflow.
    texts: Vec<String>,
}

impl Texts {
    /// Brings them up to date with a workflow; `of` tells its revisions apart.
    pub(crate) fn update(&mut self, workflow: &Workflow, of: (u64, usize)) {
        if self.revision == Some(of) {
            return;
        }
        self.revision = Some(of);
        let (_, tasks) = texts_of(workflow);
        self.texts = tasks
            .iter()
            .map(|texts| {
                let texts: Vec<&str> = texts.iter().map(|it| it.text.as_str()).collect();
                texts.join("\n").to_lowercase()
            })
            .collect();
    }

    /// What fits, in the workflow's order, tasks before groups and notes; nothing for an empty query.
    pub(crate) fn find(
        &self,
        workflow: &Workflow,
        problems: &[Problem],
        query: &str,
    ) -> Vec<Found> {
        let words = Query::read(query);
        if words.words.is_empty() {
            return Vec::new();
        }
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
        let invalid: HashSet<&str> = errors.filter_map(|it| it.task.as_deref()).collect();
        let is_invalid = |name: &Ident| invalid.contains(name.as_str());
        let tasks = workflow.tasks.iter().zip(&self.texts);
        let found = tasks.filter(|(task, text)| {
            words.admits(&task.kind, || is_invalid(&task.name), task.disabled)
                && words.texts().all(|word| text.contains(word))
        });
        let layout = &workflow.layout;
        let fits = |text: &str| {
            let text = text.to_lowercase();
            !words.is_of_tasks() && words.texts().all(|word| text.contains(word))
        };
        let groups = layout.groups.iter().enumerate().filter(|(_, group)| fits(&group.name));
        let notes = layout.notes.iter().enumerate().filter(|(_, note)| fits(&note.text));
        let pieces = groups
            .map(|(group, _)| Piece::Group(group))
            .chain(notes.map(|(note, _)| Piece::Note(note)));
        found
            .map(|(task, _)| Found::Task(task.name.clone()))
            .chain(pieces.map(Found::Piece))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::read::Document;

    #[test]
    fn tasks_are_found_by_words_values_and_what_they_are() {
        let text = br#"{"millrace": 1, "name": "w", "tasks": [
            {"name": "fetch", "title": "Get it", "kind": "shell", "spec": {"script": "curl $URL\n"}},
            {"name": "load", "kind": "command", "disabled": true, "env": {"URL": "https://x.example/A"}},
            {"name": "tell", "kind": "shell", "timeout": "15m"}],
            "layout": {"notes": [{"at": [0, 0], "text": "Mind the **gap**"}],
                "groups": [{"name": "The gap years", "tasks": ["tell"]}]}}"#;
        let workflow = Document::parse(text).workflow.unwrap();
        let problem = Problem {
            severity: Severity::Error,
            code: "MR1405".to_owned(),
            message: String::new(),
            help: None,
            line: 0,
            column: 0,
            field: String::new(),
            task: Some("tell".to_owned()),
        };
        let mut texts = Texts::default();
        texts.update(&workflow, (1, 0));
        for (query, expected) in [
            ("", vec![]),
            ("get IT", vec!["fetch"]),
            ("curl", vec!["fetch"]),
            ("x.example/a", vec!["load"]),
            ("15m", vec!["tell"]),
            ("kind:shell", vec!["fetch", "tell"]),
            ("kind:shell is:invalid", vec!["tell"]),
            ("is:disabled", vec!["load"]),
            ("script", vec![]),
        ] {
            let found = texts.find(&workflow, std::slice::from_ref(&problem), query);
            let expected: Vec<Found> =
                expected.into_iter().map(|name| Found::Task(Ident::new(name).unwrap())).collect();
            assert_eq!(found, expected, "{query}");
        }
        let found = texts.find(&workflow, &[], "GAP");
        assert_eq!(found, [Found::Piece(Piece::Group(0)), Found::Piece(Piece::Note(0))]);
    }
}
