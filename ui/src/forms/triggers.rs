//! The triggers of the workflow: a row each, with its switch for this machine; the open one with its fields.

use egui::Ui;
use millrace_api::schedule::StarterKind;
use millrace_model::document::{FileTrigger, TriggerRule, TriggerSource, Workflow};
use millrace_model::ident::Ident;

use super::form::Form;
use super::starter_row::{RowAct, StarterRow, starter_row_ui};
use super::trigger::{fields_ui, words_of};
use crate::app::App;
use crate::command::Command;
use crate::theme::icons::icon;
use crate::widgets::Button;

/// Draws them.
pub(super) fn triggers_ui(app: &mut App, form: &mut Form, ui: &mut Ui, fields: &mut Workflow) {
    let mut act = None;
    for index in 0..fields.triggers.len() {
        let trigger = &fields.triggers[index];
        let is_open = app.forms.open_trigger.as_ref() == Some(&trigger.name);
        let row = StarterRow {
            kind: StarterKind::Trigger,
            name: &trigger.name,
            words: words_of(trigger),
            path: format!("triggers[{index}]"),
            is_open,
        };
        match starter_row_ui(app, form, ui, &row) {
            Some(RowAct::Open) => act = Some(Act::Open(index)),
            Some(RowAct::Remove) => act = Some(Act::Remove(index)),
            None => {}
        }
        if is_open {
            let inset = egui::Margin { left: 14, ..Default::default() };
            egui::Frame::new().inner_margin(inset).show(ui, |ui| {
                let renamed = fields_ui(form, ui, fields, index);
                if renamed.is_some() {
                    app.forms.open_trigger = renamed;
                }
                ui.add_space(8.0);
            });
        }
    }
    if !form.read_only && Button::quiet("Add trigger").icon(icon::PLUS).flush().show(ui).clicked() {
        act = Some(Act::Add);
    }
    if let Some(act) = act {
        carry_out(act, app, form, &mut fields.triggers);
    }
    form.own_problems_ui(ui, "triggers");
}

#[derive(Clone, Copy)]
enum Act {
    Open(usize),
    Add,
    Remove(usize),
}

fn carry_out(act: Act, app: &mut App, form: &mut Form, triggers: &mut Vec<TriggerRule>) {
    match act {
        Act::Open(index) => {
            let name = triggers[index].name.clone();
            let is_open = app.forms.open_trigger.as_ref() == Some(&name);
            app.forms.open_trigger = (!is_open).then_some(name);
            return;
        }
        Act::Add => {
            let Some(trigger) = fresh(triggers) else { return };
            app.forms.open_trigger = Some(trigger.name.clone());
            triggers.push(trigger);
        }
        Act::Remove(index) => drop(triggers.remove(index)),
    }
    // What stands in the fields belongs to rows by their number.
    form.drop_drafts("triggers");
    form.edited("triggers");
    form.send(Command::EndStep);
}

fn fresh(triggers: &[TriggerRule]) -> Option<TriggerRule> {
    let is_free = |name: &Ident| triggers.iter().all(|trigger| trigger.name != *name);
    let names = (1..).map(|n| if n == 1 { "arrived".to_owned() } else { format!("trigger_{n}") });
    Some(TriggerRule {
        name: names.filter_map(|name| Ident::new(&name).ok()).find(is_free)?,
        source: TriggerSource::File(FileTrigger {
            glob: "inbox/*".to_owned(),
            stable: FileTrigger::DEFAULT_STABLE,
            extra: Vec::new(),
        }),
        rate: None,
        params: None,
        extra: Vec::new(),
    })
}
