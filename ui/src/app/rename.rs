//! New names: of a task, and the name that a task gets from its title.

use std::collections::HashSet;

use millrace_model::document::Task;
use millrace_model::edit::{fresh_name, suggested_name};
use millrace_model::ident::Ident;

use super::{App, Editor};
use crate::forms::{TaskTab, WorkflowTab};
use crate::state::Change;

impl App {
    /// Puts the cursor into the title of what is selected.
    pub(super) fn edit_title(&mut self) {
        if self.why_not_edit().is_some() {
            return;
        }
        if let Some(watch) = self.shown_watch_mut()
            && let Some(piece) = watch.only_piece()
        {
            watch.edit_next = Some(piece);
            return;
        }
        self.forms.task_tab = TaskTab::Spec;
        self.forms.workflow_tab = WorkflowTab::Workflow;
        self.forms.focus_title = true;
    }

    /// The title of a task was typed. Where the task was never named, its name follows, in the same step.
    pub(super) fn settle_title(&mut self, name: &Ident) {
        let Some(editor) = self.tabs.current() else { return };
        let workflow = &editor.doc.workflow;
        let Some(task) = workflow.task(name.as_str()).filter(|task| has_default_name(task)) else {
            return;
        };
        let wanted = task.title.as_deref().and_then(suggested_name);
        let Some(wanted) = wanted.filter(|wanted| wanted != name) else { return };
        let to = fresh_name(workflow, &wanted);
        self.rename(&Change::Rename { from: name.clone(), to, by_title: true });
    }

    /// Gives a task another name, everywhere.
    pub(super) fn rename_task(&mut self, from: Ident, to: Ident) {
        self.rename(&Change::Rename { from, to, by_title: false });
    }

    fn rename(&mut self, change: &Change) {
        let held = self.tabs.current().map(Held::of);
        self.change(change);
        if let Some(held) = held {
            self.follow_names(&held);
        }
    }

    /// What was selected under a name stays selected under the new one.
    pub(super) fn follow_names(&mut self, held: &Held) {
        let Some(editor) = self.tabs.current_mut() else { return };
        let after = &editor.doc.workflow;
        if held.tasks != after.tasks.len() {
            return;
        }
        let renamed = |name: &Ident| {
            let (_, index) = held.places.iter().find(|(known, _)| known == name)?;
            let now = &after.tasks[*index].name;
            (after.task(name.as_str()).is_none()).then(|| now.clone())
        };
        for (old, _) in &held.places {
            if let Some(new) = renamed(old) {
                editor.task_numbers.rename(old, &new);
            }
        }
        let canvas = &mut editor.watch.canvas;
        let selected = canvas.selected.iter();
        canvas.selected =
            selected.map(|name| renamed(name).unwrap_or_else(|| name.clone())).collect();
        if let Some((from, to)) = &mut canvas.selected_wire {
            for end in [from, to] {
                *end = renamed(end).unwrap_or_else(|| end.clone());
            }
        }
    }
}

/// Where in the document the selected tasks stand. Kept in place of the document before a step, which would have to be
/// copied for the step to be made.
pub(super) struct Held {
    tasks: usize,
    places: Vec<(Ident, usize)>,
}

impl Held {
    pub(super) fn of(editor: &Editor) -> Self {
        let canvas = &editor.watch.canvas;
        let ends = canvas.selected_wire.iter().flat_map(|(from, to)| [from, to]);
        let names: HashSet<&Ident> = canvas.selected.iter().chain(ends).collect();
        let all = editor.doc.workflow.tasks.iter().enumerate();
        let places = all
            .filter(|(_, task)| !names.is_empty() && names.contains(&task.name))
            .map(|(index, task)| (task.name.clone(), index));
        Self { tasks: editor.doc.workflow.tasks.len(), places: places.collect() }
    }
}

/// `shell`, `shell_2`: the name that a task gets when it is added.
fn has_default_name(task: &Task) -> bool {
    task.name.as_str().strip_prefix(task.kind.as_str()).is_some_and(|rest| {
        rest.is_empty()
            || rest.strip_prefix('_').is_some_and(|number| number.parse::<u32>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_names_are_the_kind_with_a_number() {
        let named = |name: &str| has_default_name(&Task::new(Ident::new(name).unwrap(), "shell"));
        assert!(named("shell") && named("shell_2"));
        assert!(!named("shell_script") && !named("shells") && !named("extract"));
    }
}
