//! The workflow itself: the root of the document.

use indexmap::IndexMap;

use super::{
    Dependency, Extra, Hook, HookAction, Overlap, Param, RetryPolicy, Schedule, Task, TriggerRule,
};
use crate::ident::Ident;
use crate::time::Span;

/// One document: a DAG of tasks, and when and how it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// `$schema`: where an editor finds the JSON Schema. No meaning to us.
    pub schema: Option<String>,
    /// `millrace`: the version of the format.
    pub format_version: u32,
    /// Unique in a library.
    pub name: Ident,
    /// Shown instead of the name.
    pub title: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    /// What a run can be given.
    pub params: Vec<Param>,
    /// Environment of every task.
    pub env: EnvMap,
    /// Where tasks run; relative to the document's folder, which is also the default.
    pub workdir: Option<String>,
    /// What tasks have when they do not say otherwise.
    pub defaults: Defaults,
    /// How much at once, how long.
    pub limits: Limits,
    /// When it starts by the clock.
    pub schedules: Vec<Schedule>,
    /// What else starts it.
    pub triggers: Vec<TriggerRule>,
    /// Who is told of its runs, and which tasks they call.
    pub hooks: Vec<Hook>,
    /// The tasks, in order of creation.
    pub tasks: Vec<Task>,
    /// The edges.
    pub dependencies: Vec<Dependency>,
    /// Free labels for finding it.
    pub tags: Vec<String>,
    /// Where things lie on the canvas. No meaning for a run.
    pub layout: Layout,
    /// Unknown keys.
    pub extra: Extra,
}

/// Environment variables: name to value, in the order of the document.
pub type EnvMap = IndexMap<String, EnvValue>;

/// The value of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// Text with `${ … }` expressions.
    Template(String),
    /// The stored secret of this name (`{"secret": "name"}`; itself a template, for secret params).
    Secret(String),
}

/// What tasks have when they do not say otherwise.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Defaults {
    /// See [`Task::retry`].
    pub retry: Option<RetryPolicy>,
    /// See [`Task::timeout`].
    pub timeout: Option<Span>,
    /// See [`Task::env`].
    pub env: EnvMap,
    /// See [`Task::pool`].
    pub pool: Option<super::PoolUse>,
    /// Unknown keys.
    pub extra: Extra,
}

/// Limits of a workflow's runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Tasks of one run at a time; none = the home's setting.
    pub parallel_tasks: Option<u32>,
    /// Runs at a time (1).
    pub active_runs: u32,
    /// What a tick does when `active_runs` are active already.
    pub overlap: Overlap,
    /// A run that takes longer is cancelled and Failed.
    pub timeout: Option<Span>,
    /// The first failure without `allow_failure` cancels the rest.
    pub fail_fast: bool,
    /// Unknown keys.
    pub extra: Extra,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            parallel_tasks: None,
            active_runs: 1,
            overlap: Overlap::default(),
            timeout: None,
            fail_fast: false,
            extra: Extra::new(),
        }
    }
}

/// Where things lie on the canvas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// Left upper corner of each task's card, in canvas points.
    pub tasks: IndexMap<Ident, [f64; 2]>,
    /// Notes on the canvas.
    pub notes: Vec<Note>,
    /// Frames around tasks.
    pub groups: Vec<Group>,
    /// Unknown keys.
    pub extra: Extra,
}

/// A note on the canvas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Note {
    /// Left upper corner.
    pub at: [f64; 2],
    /// Width and height.
    pub size: [f64; 2],
    /// Markdown.
    pub text: String,
    /// A colour name of the theme; none = yellow.
    pub colour: Option<String>,
    /// Unknown keys.
    pub extra: Extra,
}

/// A frame around tasks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// Free text.
    pub name: String,
    /// The tasks within.
    pub tasks: Vec<Ident>,
    /// Shown as one card.
    pub collapsed: bool,
    /// A colour name of the theme.
    pub colour: Option<String>,
    /// Unknown keys.
    pub extra: Extra,
}

impl Workflow {
    /// The version of the format that this release writes.
    pub const FORMAT_VERSION: u32 = 1;

    /// An empty workflow of this name.
    #[must_use]
    pub fn new(name: Ident) -> Self {
        Self {
            schema: None,
            format_version: Self::FORMAT_VERSION,
            name,
            title: None,
            description: None,
            params: Vec::new(),
            env: EnvMap::new(),
            workdir: None,
            defaults: Defaults::default(),
            limits: Limits::default(),
            schedules: Vec::new(),
            triggers: Vec::new(),
            hooks: Vec::new(),
            tasks: Vec::new(),
            dependencies: Vec::new(),
            tags: Vec::new(),
            layout: Layout::default(),
            extra: Extra::new(),
        }
    }

    /// The title, or the name where there is none.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.title.as_deref().unwrap_or(self.name.as_str())
    }

    /// The task of this name.
    #[must_use]
    pub fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name.as_str() == name)
    }

    /// All hooks, each with the task that it is of; none for those of the workflow itself.
    pub fn all_hooks(&self) -> impl Iterator<Item = (Option<&Task>, &Hook)> {
        let own = self.hooks.iter().map(|hook| (None, hook));
        own.chain(
            self.tasks
                .iter()
                .flat_map(|task| task.hooks.iter().map(move |hook| (Some(task), hook))),
        )
    }

    /// The hooks that run this task, each with the task that it is of.
    pub fn hooks_that_run(&self, name: &str) -> impl Iterator<Item = (Option<&Task>, &Hook)> {
        self.all_hooks().filter(
            move |(_, hook)| matches!(&hook.action, HookAction::Task(task) if task.as_str() == name),
        )
    }

    /// The same workflow without its layout and schema: what a version of its meaning is made of.
    #[must_use]
    pub fn meaning(&self) -> Self {
        Self { schema: None, layout: Layout::default(), ..self.clone() }
    }
}
