//! A task: one node of the graph.

use super::{EnvMap, Extra, Hook, Join, Json, RetryPolicy};
use crate::ident::Ident;
use crate::time::Span;

/// A task's definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Referred to in expressions and dependencies.
    pub name: Ident,
    /// Free text, shown instead of the name.
    pub title: Option<String>,
    /// The kind's id, such as `shell`. May be one that this version does not know.
    pub kind: String,
    /// The kind's own fields: an object.
    pub spec: Json,
    /// Markdown.
    pub description: Option<String>,
    /// Environment on top of the workflow's.
    pub env: EnvMap,
    /// Where it runs; relative to the workflow's.
    pub workdir: Option<String>,
    /// When it starts, given its dependencies.
    pub join: Join,
    /// At least so many upstreams must have succeeded.
    pub min_succeeded: Option<u32>,
    /// An expression; false = Skipped.
    pub when: Option<String>,
    /// One task run for each item of a list.
    pub for_each: Option<ForEach>,
    /// Again until a condition holds.
    pub repeat: Option<Repeat>,
    /// How often it is tried; none = the workflow's default.
    pub retry: Option<RetryPolicy>,
    /// An attempt that takes longer is stopped and Failed; none = the workflow's default.
    pub timeout: Option<Span>,
    /// Time between SIGTERM and SIGKILL (10s).
    pub grace: Span,
    /// Slots of a named pool that it holds while it runs.
    pub pool: Option<PoolUse>,
    /// A lock that it holds while it runs: a template, one holder at a time in the home.
    pub lock: Option<String>,
    /// Higher starts first (0).
    pub priority: i32,
    /// Globs of files that it makes.
    pub produces: Vec<String>,
    /// When an earlier result may be taken instead.
    pub cache: Option<Cache>,
    /// Its failure does not make the run Failed.
    pub allow_failure: bool,
    /// The setups that it cleans up after; makes it a teardown.
    pub teardown_for: Vec<Ident>,
    /// Who is told of it, and which tasks it calls.
    pub hooks: Vec<Hook>,
    /// It never runs.
    pub disabled: bool,
    /// Outputs that stand in for a run of it while editing: an object.
    pub pinned_outputs: Option<Json>,
    /// Unknown keys.
    pub extra: Extra,
}

impl Task {
    /// The time between SIGTERM and SIGKILL where a task does not say.
    pub const DEFAULT_GRACE: Span = Span::from_secs(10);

    /// A task of this name and kind with an empty spec and every default.
    #[must_use]
    pub fn new(name: Ident, kind: &str) -> Self {
        Self {
            name,
            title: None,
            kind: kind.to_owned(),
            spec: Json::Object(Vec::new()),
            description: None,
            env: EnvMap::new(),
            workdir: None,
            join: Join::All,
            min_succeeded: None,
            when: None,
            for_each: None,
            repeat: None,
            retry: None,
            timeout: None,
            grace: Self::DEFAULT_GRACE,
            pool: None,
            lock: None,
            priority: 0,
            produces: Vec::new(),
            cache: None,
            allow_failure: false,
            teardown_for: Vec::new(),
            hooks: Vec::new(),
            disabled: false,
            pinned_outputs: None,
            extra: Extra::new(),
        }
    }

    /// The title, or the name where there is none.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.title.as_deref().unwrap_or(self.name.as_str())
    }
}

/// One task run for each item.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ForEach {
    /// An expression that gives a list.
    pub items: String,
    /// Items at a time; none = no limit of its own.
    pub max_parallel: Option<u32>,
    /// The first failed item cancels the rest.
    pub fail_fast: bool,
    /// Unknown keys.
    pub extra: Extra,
}

/// Again until a condition holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    /// An expression over the task's own `outputs`.
    pub until: String,
    /// Time between iterations.
    pub delay: Span,
    /// At most so many iterations.
    pub limit: u32,
    /// Unknown keys.
    pub extra: Extra,
}

impl Repeat {
    /// The number of iterations where a task does not say.
    pub const DEFAULT_LIMIT: u32 = 100;
}

/// Slots of a named pool.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolUse {
    /// The pool's name in the home's settings.
    pub name: String,
    /// How many slots (1).
    pub slots: u32,
    /// Unknown keys.
    pub extra: Extra,
}

/// When an earlier result may be taken instead of running.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cache {
    /// A template; same key, spec and inputs = same result.
    pub key: Option<String>,
    /// Not older than this; none = however old.
    pub max_age: Option<Span>,
    /// Unknown keys.
    pub extra: Extra,
}
