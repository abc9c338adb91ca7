//! The triggers of the workflow: a row each, with its switch for this machine; the open one with its fields.

use egui::Ui;
use millrace_api::schedule::StarterKind;
use millrace_model::document::{TriggerRule, Workflow};
use millrace_model::ident::Ident;

use super::form::Form;
use super::starters::Starter;
use super::state::FormsState;
use super::trigger::{fields_ui, fresh_file, words_of};
use crate::app::App;

impl Starter for TriggerRule {
    const KIND: StarterKind = StarterKind::Trigger;
    const KEY: &'static str = "triggers";
    const ADD: &'static str = "Add trigger";
    const NAMES: (&'static str, &'static str) = ("arrived", "trigger");

    fn all(fields: &mut Workflow) -> &mut Vec<Self> {
        &mut fields.triggers
    }

    fn open(forms: &mut FormsState) -> &mut Option<Ident> {
        &mut forms.open_trigger
    }

    fn fresh(name: Ident) -> Self {
        Self { name, source: fresh_file(), rate: None, params: None, extra: Vec::new() }
    }

    fn name(&self) -> &Ident {
        &self.name
    }

    fn words(&self, _: &App) -> String {
        words_of(self)
    }

    fn fields_ui(
        _: &App,
        form: &mut Form,
        ui: &mut Ui,
        fields: &mut Workflow,
        index: usize,
    ) -> Option<Ident> {
        fields_ui(form, ui, fields, index)
    }
}
