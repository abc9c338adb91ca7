//! A row of the lists of what starts a workflow by itself: name and words, when it starts it next, its switch for this
//! machine, and what removes it.

use egui::{Rect, Ui, pos2, vec2};
use millrace_api::schedule::{Held, ScheduleRow, StarterKind};
use millrace_model::ident::Ident;

use super::form::Form;
use crate::app::{App, sentence};
use crate::command::{Command, Place, ScheduleCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{asking_switch, elide, glyph, list_row, mark, switch, wrapped};
use crate::words;

/// Height of a row, and of one whose words stand among its fields.
const ROW: f32 = 46.0;
const OPEN_ROW: f32 = 30.0;
/// Room for the switch and the cross.
const MARKS: f32 = 60.0;

/// A schedule or trigger of the document in view.
pub(super) struct StarterRow<'a> {
    /// Which of both.
    pub(super) kind: StarterKind,
    pub(super) name: &'a Ident,
    /// When it starts it.
    pub(super) words: String,
    /// Where it stands in the document.
    pub(super) path: String,
    /// Its fields are shown below.
    pub(super) is_open: bool,
}

/// What a person wants with it.
#[derive(Clone, Copy)]
pub(super) enum RowAct {
    /// Open or close its fields.
    Open,
    /// Take it out.
    Remove,
}

/// Draws the row.
pub(super) fn starter_row_ui(
    app: &App,
    form: &mut Form,
    ui: &mut Ui,
    row: &StarterRow<'_>,
) -> Option<RowAct> {
    let known = known(app, row);
    let word = match row.kind {
        StarterKind::Schedule => "schedule",
        StarterKind::Trigger => "trigger",
    };
    let mut act = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let width = ui.available_width() - if form.read_only { 0.0 } else { MARKS };
        let name = sentence(&format!("{word} {}", row.name));
        let height = if row.is_open { OPEN_ROW } else { ROW };
        let (rect, response) = ui
            .allocate_ui(vec2(width, height), |ui| {
                ui.set_width(width);
                list_row(ui, (word, &row.path), &name, height, false)
            })
            .inner;
        paint(app, form, ui, rect, row, known.as_ref());
        if response.clicked() {
            act = Some(RowAct::Open);
        }
        response.on_hover_text(&row.words);
        if form.read_only {
            return;
        }
        switch_ui(app, form, ui, row.name, known.as_ref());
        let remove = format!("Remove {word} {}", row.name);
        if mark(ui, icon::X, &remove, &remove).clicked() {
            act = Some(RowAct::Remove);
        }
    });
    if let Some(held) = known.and_then(|row| row.held).filter(|_| !form.read_only) {
        let text = format!("It does not fire: {}", held_words(&held));
        let inset = egui::Margin { left: 20, ..Default::default() };
        egui::Frame::new().inner_margin(inset).show(ui, |ui| {
            wrapped(ui, &text, theme::sans(theme::SMALL), Palette::of(ui).retry);
        });
    }
    act
}

fn paint(
    app: &App,
    form: &Form,
    ui: &Ui,
    rect: Rect,
    row: &StarterRow<'_>,
    known: Option<&ScheduleRow>,
) {
    let p = Palette::of(ui);
    let caret = if row.is_open { icon::CARET_DOWN } else { icon::CARET_RIGHT };
    let (left, right) = (rect.left() + 20.0, rect.right() - 6.0);
    let (upper, lower) = (rect.top() + 15.0, rect.top() + 32.0);
    glyph(ui.painter(), pos2(rect.left() + 8.0, upper), caret, icons::font(12.0), p.dim);
    let ink = if form.has_problem(&row.path) { p.bad } else { p.text };
    let room = right - left;
    let name = elide(ui.ctx(), row.name.as_str(), theme::mono(theme::SMALL), ink, room);
    let room_beside = room - name.size().x - 12.0;
    ui.painter().galley(pos2(left, upper - name.size().y / 2.0), name, ink);
    let next = known.and_then(|row| row.next).filter(|_| room_beside > 40.0);
    if let Some(next) = next {
        let words = words::when::next(next, app.backend.now(), app.schedules.zone());
        let words = elide(ui.ctx(), &words, theme::sans(theme::SMALL), p.faint, room_beside);
        let at = pos2(right - words.size().x, upper - words.size().y / 2.0);
        ui.painter().galley(at, words, p.faint);
    }
    if !row.is_open {
        let words = elide(ui.ctx(), &row.words, theme::sans(theme::SMALL), p.dim, room);
        ui.painter().galley(pos2(left, lower - words.size().y / 2.0), words, p.dim);
    }
}

fn switch_ui(app: &App, form: &mut Form, ui: &mut Ui, name: &Ident, known: Option<&ScheduleRow>) {
    let label = format!("{name} on this machine");
    let Some(row) = known else {
        let save = Command::Save.called(ui.ctx());
        let why = match app.schedules.list {
            Some(_) => format!("It can be switched on when it is saved ({save})"),
            None => "The engine has not said yet what is on".to_owned(),
        };
        switch(ui, false, &label, Some(&why));
        return;
    };
    let tip = if row.is_on { "It starts runs on this machine" } else { "It starts no runs" };
    if asking_switch(ui, row.is_on, &label, tip) {
        form.send(Command::Schedule(ScheduleCommand::Switch {
            path: row.path.clone(),
            name: Some(row.name.clone()),
            on: !row.is_on,
        }));
    }
}

/// What the engine knows of it.
fn known(app: &App, row: &StarterRow<'_>) -> Option<ScheduleRow> {
    let editor = app.tabs.current().filter(|_| app.place == Place::Editor)?;
    let mut of_path = app.schedules.of_path(editor.doc.path.as_deref()?);
    of_path.find(|it| it.kind == row.kind && it.name == row.name.as_str()).cloned()
}

/// Why something that is on does not start runs.
pub(crate) fn held_words(held: &Held) -> String {
    match held {
        Held::Untrusted => "the workflow came from elsewhere and is not trusted yet".to_owned(),
        Held::Broken(first) => format!("the file has errors. {}", sentence(first)),
    }
}
