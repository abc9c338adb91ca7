//! What the forms remember beyond a frame: the chosen tabs, who wants the focus, what a dialog answered.

use std::rc::Rc;

use millrace_model::ident::Ident;
use millrace_model::ids::RunId;

use super::scope::Names;
use crate::app::TabId;

/// Of which document, run and subject names are: the tab, the revision of its document, the run and its revision, the subject.
pub(crate) type NamesKey = (Option<TabId>, u64, Option<(RunId, u64)>, String);

/// A task that a hook can run, with its title.
pub(crate) type Hookable = (Ident, String);

/// What the forms remember. It lives as long as the window.
#[derive(Debug, Default)]
pub(crate) struct FormsState {
    /// The tab of whatever task is selected.
    pub(crate) task_tab: TaskTab,
    /// The tab of the workflow itself.
    pub(crate) workflow_tab: WorkflowTab,
    /// The parameter whose fields are shown.
    pub(crate) open_param: Option<Ident>,
    /// The schedule whose fields are shown.
    pub(crate) open_schedule: Option<Ident>,
    /// The trigger whose fields are shown.
    pub(crate) open_trigger: Option<Ident>,
    /// The title of what is selected gets the focus in the next frame.
    pub(crate) focus_title: bool,
    /// The task whose title is being typed.
    pub(crate) title_typed: Option<Ident>,
    /// The task and the field whose code is shown large.
    pub(crate) large: Option<(Ident, &'static str)>,
    /// The names of the form that was drawn last, and what they were made of.
    pub(crate) names: Option<(NamesKey, Rc<Names>)>,
    /// The same for what is told when the workflow has ended.
    pub(crate) end_names: Option<(NamesKey, Rc<Names>)>,
    /// The tasks that a hook of the form that was drawn last can run, with their titles, and what that was made of.
    pub(crate) hookable: Option<(NamesKey, Rc<[Hookable]>)>,
    /// The path that a person chose for the field of this key.
    pub(crate) picked: Option<(String, String)>,
}

impl FormsState {
    /// Shows the tab with a field, of a task or of the workflow.
    pub(crate) fn show_field(&mut self, is_of_task: bool, field: &str) {
        if is_of_task {
            self.task_tab = TaskTab::of_field(field);
        } else if let Some(tab) = WorkflowTab::of_field(field) {
            self.workflow_tab = tab;
        }
    }
}

/// A tab of a task's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TaskTab {
    /// Title, name, and the fields of its kind.
    #[default]
    Spec,
    /// When it starts, what happens when it fails, what it shares.
    Control,
    /// Working folder and variables.
    Environment,
    /// What it is for.
    Notes,
}

impl TaskTab {
    /// All tabs, from left to right.
    pub(crate) const ALL: [Self; 4] = [Self::Spec, Self::Control, Self::Environment, Self::Notes];

    /// Its word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Spec => "Spec",
            Self::Control => "Control",
            Self::Environment => "Environment",
            Self::Notes => "Notes",
        }
    }

    /// The tab with the field of this path within the task.
    pub(crate) fn of_field(field: &str) -> Self {
        let key = field.split(['.', '[']).next().unwrap_or_default();
        match key {
            "" | "name" | "title" | "kind" | "spec" => Self::Spec,
            "env" | "workdir" => Self::Environment,
            "description" => Self::Notes,
            _ => Self::Control,
        }
    }
}

/// A tab of the workflow's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum WorkflowTab {
    /// Title, name, where it runs, limits.
    #[default]
    Workflow,
    /// What a run can be given.
    Parameters,
    /// When it starts by itself.
    Schedules,
    /// What is used by tasks that set nothing of their own.
    Defaults,
    /// What it is for.
    Notes,
}

impl WorkflowTab {
    /// All tabs, from left to right.
    pub(crate) const ALL: [Self; 5] =
        [Self::Workflow, Self::Parameters, Self::Schedules, Self::Defaults, Self::Notes];

    /// Its word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Workflow => "Workflow",
            Self::Parameters => "Parameters",
            Self::Schedules => "Schedules",
            Self::Defaults => "Defaults",
            Self::Notes => "Notes",
        }
    }

    /// The tab with the field of this path; none for edges, which are no field of it.
    pub(crate) fn of_field(field: &str) -> Option<Self> {
        let key = field.split(['.', '[']).next().unwrap_or_default();
        match key {
            "tasks" | "dependencies" | "layout" => None,
            "params" => Some(Self::Parameters),
            "schedules" | "triggers" => Some(Self::Schedules),
            "defaults" => Some(Self::Defaults),
            "description" => Some(Self::Notes),
            _ => Some(Self::Workflow),
        }
    }
}
