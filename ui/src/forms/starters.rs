//! The list of what starts the workflow by itself, of one kind: a row each, the open one with its fields below.

use egui::Ui;
use millrace_api::schedule::StarterKind;
use millrace_model::document::Workflow;
use millrace_model::ident::Ident;

use super::form::Form;
use super::starter_row::{RowAct, StarterRow, starter_row_ui};
use super::state::FormsState;
use crate::app::App;
use crate::command::Command;
use crate::theme::icons::icon;
use crate::widgets::Button;

/// A schedule or a trigger.
pub(super) trait Starter: Sized {
    /// Which of both.
    const KIND: StarterKind;
    /// Its list in the document.
    const KEY: &'static str;
    /// What the button is called that adds one.
    const ADD: &'static str;
    /// The name of the first one, and how those after it begin.
    const NAMES: (&'static str, &'static str);

    /// All of the document.
    fn all(fields: &mut Workflow) -> &mut Vec<Self>;
    /// The one whose fields are shown.
    fn open(forms: &mut FormsState) -> &mut Option<Ident>;
    /// A new one.
    fn fresh(name: Ident) -> Self;
    /// Its name.
    fn name(&self) -> &Ident;
    /// When it starts the workflow.
    fn words(&self, app: &App) -> String;
    /// Draws the fields of the one of this index. Gives its new name, where it got one.
    fn fields_ui(
        app: &App,
        form: &mut Form,
        ui: &mut Ui,
        fields: &mut Workflow,
        index: usize,
    ) -> Option<Ident>;
}

/// Draws them.
pub(super) fn starters_ui<S: Starter>(
    app: &mut App,
    form: &mut Form,
    ui: &mut Ui,
    fields: &mut Workflow,
) {
    let mut act = None;
    for index in 0..S::all(fields).len() {
        let starter = &S::all(fields)[index];
        let name = starter.name().clone();
        let is_open = S::open(&mut app.forms).as_ref() == Some(&name);
        let row = StarterRow {
            kind: S::KIND,
            name: &name,
            words: starter.words(app),
            path: format!("{}[{index}]", S::KEY),
            is_open,
        };
        match starter_row_ui(app, form, ui, &row) {
            Some(RowAct::Open) => act = Some(Act::Open(name)),
            Some(RowAct::Remove) => act = Some(Act::Remove(index)),
            None => {}
        }
        if is_open {
            let inset = egui::Margin { left: 14, ..Default::default() };
            egui::Frame::new().inner_margin(inset).show(ui, |ui| {
                let renamed = S::fields_ui(app, form, ui, fields, index);
                if renamed.is_some() {
                    *S::open(&mut app.forms) = renamed;
                }
                ui.add_space(8.0);
            });
        }
    }
    if !form.read_only && Button::quiet(S::ADD).icon(icon::PLUS).flush().show(ui).clicked() {
        act = Some(Act::Add);
    }
    if let Some(act) = act {
        carry_out::<S>(act, app, form, S::all(fields));
    }
    form.own_problems_ui(ui, S::KEY);
}

enum Act {
    Open(Ident),
    Add,
    Remove(usize),
}

fn carry_out<S: Starter>(act: Act, app: &mut App, form: &mut Form, all: &mut Vec<S>) {
    let open = S::open(&mut app.forms);
    match act {
        Act::Open(name) => {
            let is_open = open.as_ref() == Some(&name);
            *open = (!is_open).then_some(name);
            return;
        }
        Act::Add => {
            let Some(name) = free_name(all) else { return };
            *open = Some(name.clone());
            all.push(S::fresh(name));
        }
        Act::Remove(index) => drop(all.remove(index)),
    }
    // What stands in the fields belongs to rows by their number.
    form.drop_drafts(S::KEY);
    form.edited(S::KEY);
    form.send(Command::EndStep);
}

fn free_name<S: Starter>(all: &[S]) -> Option<Ident> {
    let (first, others) = S::NAMES;
    let names = (1..).map(|n| if n == 1 { first.to_owned() } else { format!("{others}_{n}") });
    let is_free = |name: &Ident| all.iter().all(|other| other.name() != name);
    names.filter_map(|name| Ident::new(&name).ok()).find(is_free)
}
