//! Forms: a task's fields made from its kind's declaration, its control, the workflow itself, the parameters of a run.

mod cache;
mod callee;
mod control;
mod controls;
mod environment;
mod for_each;
mod form;
mod given;
mod hooks;
mod name;
mod notes;
mod params;
mod params_edit;
mod pinned;
mod repeat;
mod retry;
mod schedule;
mod schedules;
mod scope;
mod spec;
mod starter_row;
mod starters;
mod state;
mod task;
mod trigger;
mod triggers;
mod values;
mod workflow;

pub(crate) use params::{RunForm, params_ui};
pub(crate) use starter_row::held_words;
pub(crate) use state::{FormsState, TaskTab, WorkflowTab};
pub(crate) use task::{shown_workflow, task_form_ui};
pub(crate) use workflow::{edge_problems_ui, workflow_form_ui};
