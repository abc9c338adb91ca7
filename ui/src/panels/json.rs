//! The tab of the drawer with the document as text.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};

use super::{from_right, row};
use crate::app::{App, sentence};
use crate::command::{Command, FileCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, Language, code_area, hairline_h, label};

/// The line below the text that says how it stands.
const FOOT: f32 = 32.0;

/// Draws the tab.
pub(super) fn json_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let rect = ui.max_rect();
    let Some(editor) = app.tabs.current_mut() else { return };
    editor.json.follow(&editor.doc);
    let read_only = editor.doc.why_not_text();
    let body = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - FOOT));
    let mut area = ui.new_child(UiBuilder::new().max_rect(body.shrink2(vec2(4.0, 4.0))));
    area.set_clip_rect(body.intersect(ui.clip_rect()));
    let id = egui::Id::new(("json", editor.tab));
    let text = &mut editor.json.text;
    let response =
        code_area(&mut area, id, "Workflow as JSON", text, Language::Json, read_only.is_some());
    let behind = editor.json.is_behind(&editor.doc);
    let pending = editor.json.is_pending();
    let problem = editor.json.problem.clone();
    if response.changed() {
        app.send(Command::File(FileCommand::EditText));
    } else if response.lost_focus() {
        app.send(Command::File(FileCommand::EndText));
    }

    hairline_h(ui.painter(), rect.x_range(), body.bottom() + 0.5, p.line);
    let foot = Rect::from_min_max(body.left_bottom(), rect.max).shrink2(vec2(12.0, 2.0));
    let mut foot_ui = ui.new_child(UiBuilder::new().max_rect(foot).id_salt("json_foot"));
    row(&mut foot_ui, |ui| {
        from_right(ui, |ui| {
            if pending {
                let tip = "Shows the workflow as it is on the canvas; what was typed here goes";
                let button = Button::quiet("Drop this text").tip(tip);
                if button.show(ui).clicked() {
                    app.send(Command::File(FileCommand::DropText));
                }
            }
            let (picture, ink, words) = match (&problem, &read_only) {
                (Some(problem), _) => {
                    let place = match problem.line {
                        0 => String::new(),
                        line => format!("Line {line}, column {}: ", problem.column),
                    };
                    let not = if pending { " Not applied." } else { "" };
                    let message = sentence(&problem.message);
                    let message = if place.is_empty() { message } else { problem.message.clone() };
                    (icon::X_CIRCLE, p.bad, format!("{place}{message}.{not}"))
                }
                (None, Some(why)) => (icon::LOCK, p.dim, sentence(why)),
                (None, None) => {
                    (icon::CHECK, p.dim, "Applied to the canvas as you type".to_owned())
                }
            };
            let words = if behind {
                format!("{words} The workflow was changed elsewhere meanwhile.")
            } else {
                words
            };
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                label(ui, picture, icons::font(14.0), ink);
                label(ui, &words, theme::sans(theme::SMALL), ink);
            });
        });
    });
}
