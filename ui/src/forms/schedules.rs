//! The schedules of the workflow: a row each, with its switch for this machine; the open one with its fields.

use egui::Ui;
use millrace_api::schedule::StarterKind;
use millrace_model::document::{CatchUp, Schedule, ScheduleRule, Workflow};
use millrace_model::ident::Ident;
use millrace_model::schedule::{Shape, Ticks};

use super::form::Form;
use super::schedule::{Surroundings, fields_ui};
use super::starters::{Starter, starters_ui};
use super::state::FormsState;
use crate::app::App;
use crate::command::{Command, Place};
use crate::theme::{self, Palette};
use crate::widgets::wrapped;

/// Draws them.
pub(super) fn schedules_ui(app: &mut App, form: &mut Form, ui: &mut Ui, fields: &mut Workflow) {
    let p = Palette::of(ui);
    if fields.schedules.is_empty() {
        let text = "It starts when somebody starts it. A schedule starts it by the clock: every \
                    morning, on the last day of a month, every ten minutes.";
        wrapped(ui, text, theme::sans(theme::BODY), p.dim);
    }
    draft_hint_ui(app, ui, fields);
    starters_ui::<Schedule>(app, form, ui, fields);
}

/// What runs is in the file; a draft may say something else.
fn draft_hint_ui(app: &App, ui: &mut Ui, draft: &Workflow) {
    let Some(editor) = app.tabs.current().filter(|_| app.place == Place::Editor) else { return };
    let differs =
        |file: &Workflow| file.schedules != draft.schedules || file.triggers != draft.triggers;
    if editor.doc.in_file().is_some_and(differs) {
        let save = Command::Save.called(ui.ctx());
        let text = format!("What the saved file says counts. This draft differs: {save} saves.");
        wrapped(ui, &text, theme::sans(theme::SMALL), Palette::of(ui).retry);
    }
}

impl Starter for Schedule {
    const KIND: StarterKind = StarterKind::Schedule;
    const KEY: &'static str = "schedules";
    const ADD: &'static str = "Add schedule";
    const NAMES: (&'static str, &'static str) = ("daily", "schedule");

    fn all(fields: &mut Workflow) -> &mut Vec<Self> {
        &mut fields.schedules
    }

    fn open(forms: &mut FormsState) -> &mut Option<Ident> {
        &mut forms.open_schedule
    }

    fn fresh(name: Ident) -> Self {
        Self {
            name,
            rule: Shape::Daily { hour: 6, minute: 0 }.rule(),
            timezone: None,
            start: None,
            end: None,
            catch_up: CatchUp::default(),
            jitter: None,
            params: None,
            extra: Vec::new(),
        }
    }

    fn name(&self) -> &Ident {
        &self.name
    }

    /// The rule itself where it is none.
    fn words(&self, app: &App) -> String {
        match Ticks::of(self, app.schedules.zone()) {
            Ok(ticks) => ticks.words(),
            Err(_) => match &self.rule {
                ScheduleRule::Cron(text) | ScheduleRule::At(text) => text.clone(),
                ScheduleRule::Every(span) => format!("every {span}"),
            },
        }
    }

    fn fields_ui(
        app: &App,
        form: &mut Form,
        ui: &mut Ui,
        fields: &mut Workflow,
        index: usize,
    ) -> Option<Ident> {
        let around = Surroundings::of(app, fields, index);
        fields_ui(form, ui, &mut fields.schedules[index], &around)
    }
}
