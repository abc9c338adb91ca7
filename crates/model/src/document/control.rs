//! Edges and joins: what has to have happened before a task starts.

use std::fmt;

use super::Extra;
use crate::ident::Ident;

/// An edge with its condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependency {
    /// The upstream task.
    pub from: Ident,
    /// The downstream task.
    pub to: Ident,
    /// The endings of the upstream for which the edge holds.
    pub on: AtomSet,
    /// The label that a `branch` task must have chosen.
    pub branch: Option<String>,
    /// Unknown keys.
    pub extra: Extra,
}

impl Dependency {
    /// An edge that holds when `from` succeeded.
    #[must_use]
    pub fn new(from: Ident, to: Ident) -> Self {
        Self { from, to, on: AtomSet::SUCCEEDED, branch: None, extra: Extra::new() }
    }
}

/// How a task ended, as edges see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Atom {
    /// S
    Succeeded = 1,
    /// F: Failed or Error
    Failed = 2,
    /// K
    Skipped = 4,
    /// U
    UpstreamFailed = 8,
    /// C
    Canceled = 16,
}

impl Atom {
    /// All five, in the order in which documents list them.
    pub const ALL: [Self; 5] =
        [Self::Succeeded, Self::Failed, Self::Skipped, Self::UpstreamFailed, Self::Canceled];

    /// The word in a document.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::UpstreamFailed => "upstream_failed",
            Self::Canceled => "canceled",
        }
    }

    /// The atom of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|atom| atom.word() == word)
    }
}

/// A set of [`Atom`]s: an edge's `on`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AtomSet(u8);

impl AtomSet {
    /// The empty set. No edge of a valid document has it.
    pub const EMPTY: Self = Self(0);
    /// {S}: port ✓, and the default.
    pub const SUCCEEDED: Self = Self(Atom::Succeeded as u8);
    /// {F, U}: port ✗.
    pub const FAILED: Self = Self(Atom::Failed as u8 | Atom::UpstreamFailed as u8);
    /// All five (`finished`): port ●.
    pub const FINISHED: Self = Self(31);

    /// The set of these atoms.
    #[must_use]
    pub fn of(atoms: impl IntoIterator<Item = Atom>) -> Self {
        Self(atoms.into_iter().fold(0, |bits, atom| bits | atom as u8))
    }

    /// Whether `atom` is in the set.
    #[must_use]
    pub const fn has(self, atom: Atom) -> bool {
        self.0 & atom as u8 != 0
    }

    /// The set with `atom`.
    #[must_use]
    pub const fn with(self, atom: Atom) -> Self {
        Self(self.0 | atom as u8)
    }

    /// The set without `atom`.
    #[must_use]
    pub const fn without(self, atom: Atom) -> Self {
        Self(self.0 & !(atom as u8))
    }

    /// Whether no atom is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The atoms, in the order in which documents list them.
    pub fn iter(self) -> impl Iterator<Item = Atom> {
        Atom::ALL.into_iter().filter(move |atom| self.has(*atom))
    }
}

impl fmt::Debug for AtomSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// When a task starts, given its edges.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Join {
    /// Every edge holds.
    #[default]
    All,
    /// One edge holds.
    Any,
    /// Waits for nothing.
    None,
    /// A boolean expression over upstreams, such as `a.succeeded && (b.failed || c.skipped)`,
    /// evaluated when all of them have ended.
    Expr(String),
}
