//! Which branch a wire belongs to that was drawn from a branch task.

use egui::{Area, Id, Order, Pos2, Ui};
use millrace_model::document::AtomSet;
use millrace_model::ident::Ident;

use crate::app::App;
use crate::command::Command;
use crate::state::{Change, labels};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{label, menu_frame, menu_item, menu_line};

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
pub(crate) const ANY: &str = "whichever is chosen";

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
    let p = Palette::of(ui);
    let area = Area::new(Id::new("label_choice")).order(Order::Foreground).fixed_pos(at);
    let shown = area.show(ui.ctx(), |ui| {
        let frame = egui::Frame::new()
            .fill(p.panel)
            .stroke(egui::Stroke::new(1.0, p.line))
            .corner_radius(egui::CornerRadius::same(theme::CARD_RADIUS))
            .inner_margin(egui::Margin::same(6))
            .shadow(p.shadow(24, 8));
        frame
            .show(ui, |ui| {
                menu_frame(ui);
                // In line with the icons below.
                ui.horizontal(|ui| {
                    ui.add_space(7.0);
                    let words = format!("After {}, where it chose", task.shown_name());
                    label(ui, &words, theme::semibold(theme::SMALL), p.dim);
                });
                let mut chosen = None;
                for label in labels(task) {
                    if menu_item(ui, icon::GIT_BRANCH, label, "") {
                        chosen = Some(Some(label.to_owned()));
                    }
                }
                menu_line(ui);
                if menu_item(ui, "", ANY, "") {
                    chosen = Some(None);
                }
                chosen
            })
            .inner
    });
    // The press that drew the wire is over: the next one outside of the choice takes it back.
    let elsewhere = ui.input(|input| {
        input.pointer.any_pressed()
            && input.pointer.interact_pos().is_some_and(|at| !shown.response.rect.contains(at))
    });
    if shown.inner.is_some() || elsewhere {
        app.label_choice = None;
        ui.ctx().request_repaint();
    }
    if let Some(branch) = shown.inner {
        let change = Change::Connect { from, to, on: AtomSet::SUCCEEDED, branch };
        app.send(Command::Change(change));
    }
}
