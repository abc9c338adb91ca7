//! From bytes to a workflow, with everything that is wrong on the way.
//!
//! Reading is total: whatever can be shown is shown. What it finds wrong here is about text and shape; what a
//! workflow means is checked by the room `validate`.

use crate::document::{Json, Workflow};
use crate::json::{self, Source};
use crate::migrate::migrate;
use crate::problem::{Code, Path, Problem, Step};
use crate::record::{Findings, Reader, Skipped, read_members};

/// A document that has been read.
#[derive(Debug)]
pub struct Document {
    /// The typed view; none where the bytes are no JSON object.
    pub workflow: Option<Workflow>,
    /// What is wrong with the text and its shape, each with its place.
    pub problems: Vec<Problem>,
    /// Why it must not be edited and saved from its typed view; none where it may.
    pub read_only: Option<ReadOnly>,
    source: Option<Source>,
    skipped: Skipped,
}

/// Why a document can only be looked at. Saving its typed view would lose something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadOnly {
    /// It was made by a newer version.
    #[error("the document has format version {version}, and this version of Millrace writes {supported}; update Millrace to edit it", supported = Workflow::FORMAT_VERSION)]
    Newer {
        /// The document's version of the format.
        version: u32,
    },
    /// Parts of it cannot be shown.
    #[error("parts of the document can't be read; mend them in a text editor first")]
    Partial,
}

impl Document {
    /// Reads a document.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let parsed = match json::parse(bytes) {
            Ok(parsed) => parsed,
            Err(problem) => {
                return Self {
                    workflow: None,
                    problems: vec![*problem],
                    read_only: Some(ReadOnly::Partial),
                    source: None,
                    skipped: Skipped::default(),
                };
            }
        };
        let version = version_of(parsed.source.tree());
        let mut migrated = None;
        if let Some(version) = version.filter(|version| *version < Workflow::FORMAT_VERSION) {
            let mut tree = parsed.source.tree().clone();
            migrated = migrate(&mut tree, version).then_some(tree);
        }
        let tree = migrated.as_ref().unwrap_or(parsed.source.tree());
        let (workflow, mut findings) = read_workflow(tree);
        findings.is_partial |= parsed.is_partial;
        let mut problems = parsed.problems;
        let newer = version.filter(|version| *version > Workflow::FORMAT_VERSION);
        if newer.is_some() {
            // Its keys and values follow rules that this version does not know.
            findings.problems.retain(|problem| problem.code == Code::NewerVersion);
        }
        problems.append(&mut findings.problems);
        name_tasks(&mut problems, |index| task_name(tree, index));
        parsed.source.locate(&mut problems);
        sort(&mut problems);
        let read_only = match newer {
            Some(version) => Some(ReadOnly::Newer { version }),
            None => (findings.is_partial || workflow.is_none()).then_some(ReadOnly::Partial),
        };
        let (source, skipped) = (Some(parsed.source), findings.skipped);
        Self { workflow, problems, read_only, source, skipped }
    }

    /// Text, tree and places; none where the bytes are not JSON.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// Gives problems that were found in the typed view their places in the text. Valid until the view is edited.
    pub fn locate(&self, problems: &mut [Problem]) {
        let Some(source) = &self.source else { return };
        for problem in problems.iter_mut() {
            self.shift(&mut problem.path);
            for related in &mut problem.related {
                self.shift(&mut related.path);
            }
        }
        source.locate(problems);
    }

    /// Turns the index of an element of the typed view into its index in the text, where elements before it could not
    /// be read.
    fn shift(&self, path: &mut Path) {
        if self.skipped.is_empty() {
            return;
        }
        let mut list = Path::root();
        for step in path.steps_mut() {
            if let Step::Index(index) = step {
                *index = self.skipped.index_in_text(&list, *index);
            }
            list = match step {
                Step::Key(key) => list.key(key),
                Step::Index(index) => list.index(*index),
            };
        }
    }
}

/// Reads a tree of this version.
pub(crate) fn read_workflow(tree: &Json) -> (Option<Workflow>, Findings) {
    let mut reader = Reader::default();
    let Json::Object(members) = tree else {
        let message = format!("a workflow is an object, and {} is here", tree.described());
        reader.report(Code::NotAnObject, message, None);
        reader.mark_partial();
        return (None, reader.finish());
    };
    // First, so that no number of other problems hides it.
    check_version(tree, &mut reader);
    let (workflow, _) = read_members::<Workflow>(members, &mut reader);
    (Some(workflow), reader.finish())
}

fn check_version(tree: &Json, reader: &mut Reader<'_>) {
    let Some(version) = version_of(tree) else { return };
    let path = Path::root().key("millrace");
    if version == 0 {
        let message = "there is no format version 0; the first is 1";
        reader.push(Problem::new(Code::BadVersion, path, message));
        reader.mark_partial();
    } else if version > Workflow::FORMAT_VERSION {
        let message = format!(
            "the document has format version {version}, and this version of Millrace knows {}",
            Workflow::FORMAT_VERSION
        );
        reader.push(Problem::new(Code::NewerVersion, path, message).help(
            "update Millrace; until then the document can be looked at, but not run or changed",
        ));
    }
}

fn version_of(tree: &Json) -> Option<u32> {
    match tree.get("millrace") {
        Some(Json::Number(lexeme)) => lexeme.parse().ok(),
        _ => None,
    }
}

fn task_name(tree: &Json, index: usize) -> Option<&str> {
    tree.get("tasks")?.elements().get(index)?.get("name")?.as_str()
}

/// Names the task that each problem is in.
pub(crate) fn name_tasks<'t>(problems: &mut [Problem], name: impl Fn(usize) -> Option<&'t str>) {
    for problem in problems {
        if problem.task.is_none() {
            problem.task = problem.path.task_index().and_then(&name).map(str::to_owned);
        }
    }
}

/// Orders problems as they stand in the text; without text by severity and path.
pub(crate) fn sort(problems: &mut [Problem]) {
    problems.sort_by(|a, b| {
        let key = |problem: &Problem| {
            (problem.place.map(|place| place.offset), problem.severity, problem.code)
        };
        key(a).cmp(&key(b)).then_with(|| a.path.cmp(&b.path))
    });
}
