//! The code of a task over most of the window, for long scripts.

use egui::{CornerRadius, Frame, Id, Margin, Modal, Stroke, Ui, vec2};
use millrace_model::document::Json;
use millrace_model::kinds::{self, FieldShape};

use crate::app::App;
use crate::command::{Command, Place};
use crate::state::Change;
use crate::theme::{self, Palette};
use crate::widgets::{Button, CodeField, Language, label};

/// Draws it where it is open.
pub(crate) fn large_code_ui(app: &mut App, ui: &mut Ui) {
    let Some((name, key)) = app.forms.large.clone() else { return };
    let shown = shown_text(app, &name, key);
    let Some((title, language, mut text, read_only)) = shown else {
        // The task is gone, or another document is in view.
        app.forms.large = None;
        return;
    };
    let p = Palette::of(ui);
    let size = ui.ctx().content_rect().size() * 0.8;
    let frame = Frame::new()
        .fill(p.panel)
        .stroke(Stroke::new(1.0, p.line))
        .corner_radius(CornerRadius::same(10))
        .inner_margin(Margin::same(16))
        .shadow(p.shadow(32, 12));
    let id = Id::new("large_code");
    let mut close = false;
    let modal = Modal::new(id).frame(frame).show(ui.ctx(), |ui| {
        ui.set_min_size(size - vec2(32.0, 32.0));
        ui.set_max_size(size - vec2(32.0, 32.0));
        ui.horizontal(|ui| {
            label(ui, &title, theme::semibold(theme::TITLE), p.text);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                close = Button::secondary("Done").tip("Closes this  ·  Esc").show(ui).clicked();
                label(ui, language.unwrap_or_default(), theme::sans(theme::SMALL), p.faint);
            });
        });
        let code_id = id.with("code");
        let response = CodeField::new(code_id, "Large code")
            .language(language.and_then(Language::of_word))
            .height(size.y - 32.0 - theme::CONTROL - 8.0)
            .read_only(read_only)
            .show(ui, &mut text);
        if ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        if response.changed() && !read_only {
            let value = (!text.is_empty()).then(|| Json::String(text.clone()));
            let change = Change::Spec { task: name.clone(), key: key.to_owned(), value };
            app.send(Command::Change(change));
        }
    });
    if close || modal.should_close() {
        app.forms.large = None;
        app.send(Command::EndStep);
    }
}

/// Its title, its language, its text, and whether it can only be read.
fn shown_text(
    app: &App,
    name: &millrace_model::ident::Ident,
    key: &str,
) -> Option<(String, Option<&'static str>, String, bool)> {
    let workflow = crate::forms::shown_workflow(app)?;
    let task = workflow.task(name.as_str())?;
    let field = kinds::kind(&task.kind)?.field(key)?;
    let FieldShape::Text { language, .. } = field.shape else { return None };
    let text = task.spec.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let read_only = match app.place {
        Place::Editor => app.tabs.current()?.doc.read_only.is_some(),
        _ => true,
    };
    Some((format!("{} of {}", field.title, task.shown_name()), language, text, read_only))
}
