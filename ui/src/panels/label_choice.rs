//! Which branch a wire belongs to that was drawn from a branch task.

use egui::{Pos2, Ui};
use millrace_model::document::AtomSet;
use millrace_model::ident::Ident;

use super::choice_menu::{Choice, choice_menu_ui};
use crate::app::App;
use crate::command::Command;
use crate::state::{Change, labels};
use crate::theme::icons::icon;
use crate::widgets::{menu_item, menu_line};

/// A wire that has no label yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LabelChoice {
    /// From this branch task.
    pub(crate) from: Ident,
    /// To that task.
    pub(crate) to: Ident,
    /// Where it was let go, in points of the window; none until it is drawn first.
    pub(crate) at: Option<Pos2>,
}

/// What any label will do is called, as against one of them.
pub(crate) const ANY: &str = "Whichever is chosen";

/// Draws the choice where there is one to make. A click elsewhere draws no wire.
pub(crate) fn label_choice_ui(app: &mut App, ui: &mut Ui) {
    let Some(LabelChoice { from, to, at }) = app.label_choice.clone() else { return };
    let pointer = ui.input(|input| input.pointer.latest_pos());
    let Some(at) = at.or(pointer) else { return };
    app.label_choice = Some(LabelChoice { from: from.clone(), to: to.clone(), at: Some(at) });
    let workflow = app.tabs.current().map(|editor| editor.doc.workflow.clone());
    let Some(task) = workflow.as_ref().and_then(|workflow| workflow.task(from.as_str())) else {
        app.label_choice = None;
        return;
    };
    let head = format!("After {}, where it chose", task.shown_name());
    let choice = choice_menu_ui(ui, ("label_choice", at), &head, |ui| {
        let mut chosen = None;
        for label in labels(task) {
            if menu_item(ui, icon::GIT_BRANCH, label, "") {
                chosen = Some(Some(label.to_owned()));
            }
        }
        menu_line(ui);
        if menu_item(ui, icon::DOTS_THREE, ANY, "") {
            chosen = Some(None);
        }
        chosen
    });
    match choice {
        Choice::Open => {}
        Choice::Left => app.label_choice = None,
        Choice::Made(branch) => {
            app.label_choice = None;
            let change = Change::Connect { from, to, on: AtomSet::SUCCEEDED, branch };
            app.send(Command::Change(change));
        }
    }
}
