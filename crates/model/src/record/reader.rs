//! Where a reading is and what it has found wrong so far.

use std::collections::BTreeMap;

use crate::document::Json;
use crate::problem::{Code, Path, Problem, Problems, Step};
use crate::suggest::nearest;

/// The state of a reading.
#[derive(Debug, Default)]
pub struct Reader<'a> {
    steps: Vec<Here<'a>>,
    problems: Problems,
    skipped: Skipped,
    is_partial: bool,
}

/// Elements of lists that could not be read and are not in the typed view: for each list, how many elements that could be
/// read stand before each, ascending.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    lists: BTreeMap<Path, Vec<usize>>,
}

#[derive(Debug, Clone, Copy)]
enum Here<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Reader<'a> {
    /// Runs `read` one member down.
    pub(crate) fn at_key<T>(&mut self, key: &'a str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.steps.push(Here::Key(key));
        let result = read(self);
        self.steps.pop();
        result
    }

    /// Runs `read` one element down.
    pub(crate) fn at_index<T>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        self.steps.push(Here::Index(index));
        let result = read(self);
        self.steps.pop();
        result
    }

    /// Where the reading is.
    pub(crate) fn path(&self) -> Path {
        let steps = self.steps.iter().map(|step| match step {
            Here::Key(key) => Step::Key((*key).into()),
            Here::Index(index) => Step::Index(*index),
        });
        Path::from(steps.collect::<Vec<_>>())
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn report(&mut self, code: Code, message: String, help: Option<String>) {
        let problem = Problem::new(code, self.path(), message);
        self.problems.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    /// The value here is not what is expected.
    pub(crate) fn wrong_type(&mut self, found: &Json, expected: &str) {
        self.report(
            Code::WrongType,
            format!("{expected} is expected, and {} is here", found.described()),
            None,
        );
    }

    /// The object here has a key that is not among `known`.
    pub(crate) fn unknown_key(&mut self, key: &str, known: impl Iterator<Item = &'static str>) {
        let problem = Problem::new(
            Code::UnknownKey,
            self.path().key(key),
            format!("the key `{key}` is not known to this version; it is kept as it is"),
        )
        .at_key();
        self.problems.push(match nearest(key, known) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }

    /// An element of the list here could not be read; `readable_before` it could.
    pub(crate) fn skip(&mut self, readable_before: usize) {
        self.is_partial = true;
        let list = self.path();
        self.skipped.lists.entry(list).or_default().push(readable_before);
    }

    /// The list or map here could not be read at all.
    pub(crate) fn mark_partial(&mut self) {
        self.is_partial = true;
    }

    pub(crate) fn finish(self) -> Findings {
        let (skipped, is_partial) = (self.skipped, self.is_partial);
        Findings { problems: self.problems.finish(), skipped, is_partial }
    }
}

impl Skipped {
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// The index in the text of the element that has `index` in the typed view of `list`.
    pub(crate) fn index_in_text(&self, list: &Path, index: usize) -> usize {
        let before = self.lists.get(list).map_or(0, |skipped| {
            skipped.partition_point(|readable_before| *readable_before <= index)
        });
        index + before
    }
}

/// What a reading has found.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) problems: Vec<Problem>,
    pub(crate) skipped: Skipped,
    /// The typed view lacks something that only the text has: it must not be saved over the text.
    pub(crate) is_partial: bool,
}
