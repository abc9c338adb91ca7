//! How people ask for runs: `state:failed,canceled workflow:load_* since:2d -task:notify "no such table"`.
//!
//! One language for the window, the command line and the api. Pure: it has no clock and does not know which workflows
//! there are; whoever looks runs up resolves times and names. Within a term a comma means *or*; terms all have to hold,
//! but a key of which a run has only one value may stand several times and means *or*, too.

mod complete;
mod edit;
mod print;
mod read;
mod scan;
#[cfg(test)]
mod tests;
mod when;

use std::ops::Range;

use crate::event::{RunState, TriggerKind};
use crate::time::Span;

pub use complete::{Completion, Known, complete};
pub use edit::{add_word, set_values, without, without_key};
pub use read::parse;
pub use when::When;

/// The longest query, in bytes.
pub const MAX_QUERY: usize = 4_096;

/// A query: every term has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunQuery {
    /// In the order in which they were written.
    pub terms: Vec<Term>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// It must not hold.
    pub negated: bool,
    /// What it asks of a run.
    pub filter: Filter,
}

/// What a term asks of a run. Lists are never empty and mean *one of these*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Its state.
    State(Vec<RunState>),
    /// The name of its workflow; `*` stands for any letters.
    Workflow(Vec<String>),
    /// What kind of thing started it.
    Trigger(Vec<TriggerKind>),
    /// Accepted then or later.
    Since(When),
    /// Accepted before the end of then.
    Until(When),
    /// A task of this name has ended in it.
    Task(Vec<String>),
    /// A task of this name has failed in it.
    Failed(Vec<String>),
    /// One of its texts has this in it, in upper or lower case.
    Text(Vec<String>),
    /// Its id begins so.
    Id(Vec<String>),
    /// How long it took from its start to its end.
    Took(Bound, Span),
}

/// How a length is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// `>`
    Longer,
    /// `>=`
    AtLeast,
    /// `<`
    Shorter,
    /// `<=`
    AtMost,
}

/// What of a query is of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `state:`
    State,
    /// `workflow:`
    Workflow,
    /// `trigger:`
    Trigger,
    /// `since:`
    Since,
    /// `until:`
    Until,
    /// `task:`
    Task,
    /// `failed:`
    Failed,
    /// `text:`, or words without a key.
    Text,
    /// `id:`
    Id,
    /// `took:`
    Took,
}

/// A query as it was read: what of it can be understood, and what not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// What was understood.
    pub query: RunQuery,
    /// Where each of its terms stands in the text, in bytes.
    pub spans: Vec<Range<usize>>,
    /// What was not, in the order of the text.
    pub problems: Vec<QueryProblem>,
}

/// Why a part of a query is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryProblem {
    /// Where, in bytes of the text.
    pub at: Range<usize>,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Key {
    /// All keys, in the order in which lists show them.
    pub const ALL: [Self; 10] = [
        Self::State,
        Self::Workflow,
        Self::Since,
        Self::Until,
        Self::Task,
        Self::Failed,
        Self::Trigger,
        Self::Took,
        Self::Text,
        Self::Id,
    ];

    /// The word before the colon.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Workflow => "workflow",
            Self::Trigger => "trigger",
            Self::Since => "since",
            Self::Until => "until",
            Self::Task => "task",
            Self::Failed => "failed",
            Self::Text => "text",
            Self::Id => "id",
            Self::Took => "took",
        }
    }

    /// What it asks, in a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::State => "how the run stands",
            Self::Workflow => "the name of its workflow; * stands for any letters",
            Self::Trigger => "what started it",
            Self::Since => "accepted then or later: 2d, today, 2026-11-01",
            Self::Until => "accepted then or earlier",
            Self::Task => "a task that ended in it",
            Self::Failed => "a task that failed in it",
            Self::Text => "words in its title, reason or last line",
            Self::Id => "the start of its id",
            Self::Took => "how long it took: >5m, <10s",
        }
    }

    /// The key of this word, in upper or lower case.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.word().eq_ignore_ascii_case(word))
    }
}

impl Filter {
    /// The key that it is written with.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::State(_) => Key::State,
            Self::Workflow(_) => Key::Workflow,
            Self::Trigger(_) => Key::Trigger,
            Self::Since(_) => Key::Since,
            Self::Until(_) => Key::Until,
            Self::Task(_) => Key::Task,
            Self::Failed(_) => Key::Failed,
            Self::Text(_) => Key::Text,
            Self::Id(_) => Key::Id,
            Self::Took(..) => Key::Took,
        }
    }
}

impl RunQuery {
    /// The query of this text.
    ///
    /// # Errors
    /// The first thing in it that is not understood.
    pub fn read(text: &str) -> Result<Self, QueryProblem> {
        let parsed = parse(text);
        match parsed.problems.into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(parsed.query),
        }
    }

    /// Whether it asks for all runs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Its terms of this key.
    pub fn of(&self, key: Key) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(move |term| term.filter.key() == key)
    }
}

/// Whether `name` is like `pattern`, in which each `*` stands for any letters.
#[must_use]
pub fn is_like(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
