//! What the forms remember beyond a frame: the chosen tabs, who wants the focus, what a dialog answered.

use millrace_model::ident::Ident;

/// What the forms remember. It lives as long as the window.
#[derive(Debug, Default)]
pub(crate) struct FormsState {
    /// The tab of whatever task is selected.
    pub(crate) task_tab: TaskTab,
    /// The title of what is selected gets the focus in the next frame.
    pub(crate) focus_title: bool,
    /// The task whose title is being typed.
    pub(crate) title_typed: Option<Ident>,
    /// The task and the field whose code is shown large.
    pub(crate) large: Option<(Ident, &'static str)>,
    /// The path that a person chose for the field of this key.
    pub(crate) picked: Option<(String, String)>,
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
