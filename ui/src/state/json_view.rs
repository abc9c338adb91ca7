//! The document as text that can be typed in: applied when it can be read, kept as typed when it cannot.

use millrace_model::document::Workflow;
use millrace_model::problem::Severity;
use millrace_model::read;

use super::Document;

/// The text of a document while it is looked at or typed in.
#[derive(Debug, Default)]
pub(crate) struct JsonView {
    /// As it stands in the field.
    pub(crate) text: String,
    /// The first thing that is wrong with it.
    pub(crate) problem: Option<TextProblem>,
    /// The revision of the document that the text stands for; none before it was shown.
    revision: Option<u64>,
    /// The text was typed and could not be applied.
    is_pending: bool,
}

/// Something wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextProblem {
    /// From 1; 0 where it has no place.
    pub(crate) line: u32,
    /// From 1.
    pub(crate) column: u32,
    /// What is wrong.
    pub(crate) message: String,
}

impl JsonView {
    /// Follows the document, unless something is typed that it does not have.
    pub(crate) fn follow(&mut self, doc: &Document) {
        if self.revision == Some(doc.revision) || self.is_pending {
            return;
        }
        self.text = doc.canonical();
        self.revision = Some(doc.revision);
        self.problem = first_problem(&read::Document::parse(self.text.as_bytes()));
    }

    /// The text was typed in: gives the workflow that it stands for, unless reading it would lose something.
    pub(crate) fn typed(&mut self) -> Option<Workflow> {
        let parsed = read::Document::parse(self.text.as_bytes());
        self.problem = first_problem(&parsed);
        self.is_pending = true;
        if let Some(why) = parsed.read_only {
            let reason = TextProblem { line: 0, column: 0, message: why.to_string() };
            self.problem.get_or_insert(reason);
            return None;
        }
        parsed.workflow
    }

    /// What was typed is in the document now, as this revision.
    pub(crate) fn applied(&mut self, revision: u64) {
        self.is_pending = false;
        self.revision = Some(revision);
    }

    /// Whether what was typed is not in the document.
    pub(crate) fn is_pending(&self) -> bool {
        self.is_pending
    }

    /// Whether the document went on while something is typed that it does not have.
    pub(crate) fn is_behind(&self, doc: &Document) -> bool {
        self.is_pending && self.revision.is_some_and(|revision| revision != doc.revision)
    }

    /// The typing is over: what was applied is shown as it is written from here on.
    pub(crate) fn settle(&mut self) {
        if !self.is_pending {
            self.revision = None;
        }
    }

    /// What was typed and could not be applied goes; the document's text comes back.
    pub(crate) fn drop_typed(&mut self) {
        *self = Self::default();
    }
}

fn first_problem(parsed: &read::Document) -> Option<TextProblem> {
    let errors = parsed.problems.iter().filter(|problem| problem.severity == Severity::Error);
    errors.clone().next().map(|problem| {
        let (line, column) = problem.place.map_or((0, 0), |place| (place.line, place.column));
        TextProblem { line, column, message: problem.message.clone() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_api::document::DocumentText;

    const TEXT: &str = r#"{"millrace":1,"name":"w","tasks":[{"name":"a","kind":"noop"}]}"#;

    fn document(text: &str) -> Document {
        Document::open(DocumentText {
            path: None,
            text: text.to_owned(),
            digest: String::new(),
            read_only: None,
            problems: Vec::new(),
            is_trusted: true,
        })
    }

    fn type_in(view: &mut JsonView, doc: &mut Document, text: &str) {
        view.text = text.to_owned();
        if let Some(workflow) = view.typed() {
            doc.set_text(workflow).unwrap();
            view.applied(doc.revision);
        }
    }

    #[test]
    fn typing_is_one_step_and_stays_as_typed_until_it_is_over() {
        let mut doc = document(TEXT);
        let mut view = JsonView::default();
        view.follow(&doc);
        assert_eq!(view.text, doc.canonical());
        for name in ["wo", "wor", "work"] {
            type_in(&mut view, &mut doc, &TEXT.replace("\"w\"", &format!("\"{name}\"")));
        }
        assert_eq!(doc.workflow.name.as_str(), "work");
        view.follow(&doc);
        assert!(view.text.contains("\"name\":\"work\""), "as typed");
        view.settle();
        view.follow(&doc);
        assert_eq!(view.text, doc.canonical());
        assert_eq!(doc.undo().as_deref(), Some("edit as JSON"));
        assert!(!doc.is_dirty());
        assert_eq!(doc.redo().as_deref(), Some("edit as JSON"));
        assert_eq!(doc.workflow.name.as_str(), "work");
        doc.undo();
        view.follow(&doc);
        assert!(view.text.contains("\"name\": \"w\""), "changes elsewhere are followed");
    }

    #[test]
    fn what_cannot_be_read_stays_with_its_first_problem_and_changes_nothing() {
        let mut doc = document(TEXT);
        let mut view = JsonView::default();
        view.follow(&doc);
        let broken = TEXT.replace("noop\"", "noop\",,");
        type_in(&mut view, &mut doc, &broken);
        let problem = view.problem.clone().unwrap();
        assert_eq!((problem.line, problem.column > 40), (1, true), "{problem:?}");
        assert!(!doc.is_dirty() && view.is_pending() && !view.is_behind(&doc));
        let twice = TEXT.replace("\"kind\"", "\"kind\":\"shell\",\"kind\"");
        type_in(&mut view, &mut doc, &twice);
        assert!(view.is_pending(), "one of two equal keys would be lost");
        doc.touch();
        view.follow(&doc);
        assert!(view.text == twice && view.is_behind(&doc));
        view.drop_typed();
        view.follow(&doc);
        assert_eq!(view.text, doc.canonical());
        assert_eq!(view.problem, None);
    }

    #[test]
    fn a_document_that_cannot_be_shown_is_mended_here() {
        let mut doc = document("{\"millrace\":1,");
        let mut view = JsonView::default();
        view.follow(&doc);
        assert_eq!(view.text, "{\"millrace\":1,");
        assert!(view.problem.is_some() && doc.unreadable);
        type_in(&mut view, &mut doc, TEXT);
        assert!(!doc.unreadable && doc.read_only.is_none() && doc.is_dirty());
        assert_eq!(doc.workflow.tasks.len(), 1);
    }

    #[test]
    fn a_file_that_others_mend_or_break_is_followed() {
        let twice = TEXT.replace("\"kind\"", "\"kind\":\"shell\",\"kind\"");
        let read = |text: &str| DocumentText {
            path: None,
            text: text.to_owned(),
            digest: String::new(),
            read_only: None,
            problems: Vec::new(),
            is_trusted: true,
        };
        let mut doc = document(&twice);
        assert!(doc.read_only.is_some() && !doc.unreadable);
        doc.take_file(read(TEXT));
        let mut view = JsonView::default();
        doc.replace("rename", millrace_model::edit::new_document("Other")).unwrap();
        view.follow(&doc);
        assert!(view.text.contains("\"other\""), "what is on the canvas: {}", view.text);
        let typed = view.text.replace("\"other\"", "\"another\"");
        type_in(&mut view, &mut doc, &typed);
        assert_eq!(doc.undo().as_deref(), Some("edit as JSON"));
        assert_eq!(doc.workflow.name.as_str(), "other");
        doc.take_file(read(&twice));
        assert_eq!(doc.why_not_text(), None, "it can be mended here");
        assert_eq!(doc.canonical(), twice);
    }
}
