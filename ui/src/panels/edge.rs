//! A dependency in the panel at the right: its ports, and the endings behind them.

use egui::Ui;
use millrace_model::document::{Atom, AtomSet, Dependency};
use millrace_model::ident::Ident;

use super::label_choice::ANY;
use crate::app::App;
use crate::canvas::Port;
use crate::command::Command;
use crate::forms;
use crate::state::{Change, labels};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, chip, chips, dropdown, field_label, label, segmented, wrapped};

/// A dependency and its condition.
pub(super) fn edge_ui(app: &mut App, ui: &mut Ui, from: &Ident, to: &Ident) {
    let p = Palette::of(ui);
    let editable = app.why_not_edit().is_none();
    let Some(workflow) = forms::shown_workflow(app) else { return };
    let is_it = |edge: &Dependency| edge.from == *from && edge.to == *to;
    let Some(index) = workflow.dependencies.iter().position(is_it) else { return };
    let edge = &workflow.dependencies[index];
    let title = |name: &Ident| {
        workflow.task(name.as_str()).map_or(name.as_str(), |task| task.shown_name()).to_owned()
    };
    let (from_title, to_title) = (title(from), title(to));
    let on = edge.on;
    let port = Port::of(on);
    label(ui, "Dependency", theme::semibold(14.0), p.text);
    wrapped(ui, &format!("{from_title} → {to_title}"), theme::sans(theme::BODY), p.dim);
    ui.add_space(6.0);
    field_label(ui, &format!("{to_title} may start"), false);
    let names = ["on success", "on failure", "when finished"];
    let active = Port::ALL.into_iter().position(|other| other == port && other.condition() == on);
    if editable {
        if let Some(index) = segmented(ui, &names, active.unwrap_or(usize::MAX)) {
            let change = Change::Condition {
                from: from.clone(),
                to: to.clone(),
                on: Port::ALL[index].condition(),
            };
            app.send(Command::Change(change));
        }
    } else {
        label(ui, port.words(), theme::sans(theme::BODY), p.text);
    }
    ui.add_space(2.0);
    field_label(ui, &format!("It holds when {from_title} ended as"), false);
    if let Some(on) = endings_ui(ui, on, editable) {
        let change = Change::Condition { from: from.clone(), to: to.clone(), on };
        app.send(Command::Change(change));
    }
    let known = workflow.task(from.as_str()).map(labels).unwrap_or_default();
    if !known.is_empty() || edge.branch.is_some() {
        ui.add_space(2.0);
        field_label(ui, &format!("It is for the branch of {from_title}"), false);
        if let Some(branch) = label_ui(ui, &known, edge.branch.as_deref(), editable) {
            let change = Change::Label { from: from.clone(), to: to.clone(), branch };
            app.send(Command::Change(change));
        }
    }
    forms::edge_problems_ui(app, ui, index);
    if editable {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let pick = Command::PickTask(None, crate::state::Spot::default());
            let tip = pick.tip_as(ui.ctx(), "Puts a task between the two");
            if Button::secondary("Insert a task").icon(icon::PLUS).tip(tip).show(ui).clicked() {
                app.send(pick);
            }
            let tip = Command::Delete.tip_as(ui.ctx(), "Removes the dependency");
            if Button::secondary("Delete").icon(icon::TRASH).tip(tip).show(ui).clicked() {
                app.send(Command::Delete);
            }
        });
    }
}

/// The label as a drop-down; gives the one that was chosen just now.
fn label_ui(
    ui: &mut Ui,
    known: &[&str],
    now: Option<&str>,
    editable: bool,
) -> Option<Option<String>> {
    if !editable {
        label(ui, now.unwrap_or(ANY), theme::sans(theme::BODY), Palette::of(ui).text);
        return None;
    }
    // One that its task does not have any more is shown all the same.
    let lost = now.filter(|now| !known.contains(now));
    let all: Vec<&str> = known.iter().copied().chain(lost).collect();
    let names: Vec<String> =
        std::iter::once(ANY).chain(all.iter().copied()).map(str::to_owned).collect();
    let index =
        now.and_then(|now| all.iter().position(|label| *label == now)).map_or(0, |at| at + 1);
    let picked = dropdown(ui, "Branch", &names, Some(index))?;
    Some(picked.checked_sub(1).map(|at| all[at].to_owned()))
}

/// The endings as chips; gives the new set.
fn endings_ui(ui: &mut Ui, on: AtomSet, editable: bool) -> Option<AtomSet> {
    let mut next = None;
    chips(ui, |ui| {
        for atom in Atom::ALL {
            let is_on = on.has(atom);
            // An edge that never holds would be none.
            let is_last = is_on && on.without(atom).is_empty();
            let response = chip(ui, word(atom), is_on, editable && !is_last);
            if response.clicked() {
                next = Some(if is_on { on.without(atom) } else { on.with(atom) });
            }
            if is_last && editable {
                response.on_hover_text("One ending stays; delete the dependency to have none");
            }
        }
    });
    next
}

fn word(atom: Atom) -> &'static str {
    match atom {
        Atom::Succeeded => "succeeded",
        Atom::Failed => "failed",
        Atom::Skipped => "skipped",
        Atom::UpstreamFailed => "upstream failed",
        Atom::Canceled => "cancelled",
    }
}
