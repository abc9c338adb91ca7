//! Forms: a task's fields made from its kind's declaration, and the parameters of a run.

mod params;
mod spec;
mod values;

pub(crate) use params::{RunForm, params_ui};
pub(crate) use spec::spec_ui;
pub(crate) use values::{retry_words, shown_value};
