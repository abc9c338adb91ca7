//! The bar over the canvas that finds tasks in the workflow in view: type, go through them with Enter.

use egui::{CornerRadius, Id, Key, Modifiers, Rect, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

use crate::app::App;
use crate::command::{Command, PieceCommand, Place};
use crate::state::{Found, Texts};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, Field, label};

const SIZE: egui::Vec2 = vec2(404.0, 40.0);
/// From the sides of the canvas, as other lines over it.
const INSET: f32 = 16.0;

/// An open bar.
#[derive(Debug, Default)]
pub(crate) struct FindBar {
    query: String,
    texts: Texts,
    /// What was gone to last.
    at: Option<Found>,
    /// The field gets the keyboard with the next frame.
    pub(crate) wants_focus: bool,
}

impl FindBar {
    /// A bar in which this is looked for.
    pub(crate) fn of(query: &str) -> Self {
        Self { query: query.to_owned(), ..Self::default() }
    }
}

/// Draws the bar where it is open; below what takes `banner` points from the top already.
pub(super) fn find_bar_ui(app: &mut App, ui: &mut Ui, rect: Rect, banner: f32) {
    let Some(mut bar) = app.find_bar.take() else { return };
    let p = Palette::of(ui);
    let found = found(app, &mut bar);
    let top = rect.top() + (banner + 8.0).max(12.0);
    let width = SIZE.x.min(rect.width() - 2.0 * INSET);
    let place = Rect::from_min_size(pos2(rect.right() - INSET - width, top), vec2(width, SIZE.y));
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    ui.painter().add(p.shadow(12, 4).as_shape(place, radius));
    ui.painter().rect(place, radius, p.panel, Stroke::new(1.0, p.line), StrokeKind::Inside);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let inner = place.shrink2(vec2(6.0, 5.0));
    let mut row = ui.new_child(UiBuilder::new().max_rect(inner).id_salt("find").layout(layout));
    row.spacing_mut().item_spacing.x = 2.0;

    let id = Id::new("find_in_workflow");
    // Taken before the field sees them, for whom Enter is the end of typing.
    let has_keys = row.memory(|memory| memory.has_focus(id));
    let (back, on) = row.input_mut(|input| {
        let mut pressed = |held| has_keys && input.consume_key(held, Key::Enter);
        (pressed(Modifiers::SHIFT), pressed(Modifiers::NONE))
    });
    let close = Button::quiet_icon(icon::X, "Close the search").tip("Close  ·  Esc").show(&mut row);
    let none = found.is_empty().then(|| "Nothing fits".to_owned());
    let button = Button::quiet_icon(icon::CARET_DOWN, "Next task found").tip("Next  ·  Enter");
    let next = button.refused(none.clone()).show(&mut row).clicked() || on;
    let button = Button::quiet_icon(icon::CARET_UP, "Previous task found");
    let button = button.tip("Previous  ·  Shift+Enter").refused(none);
    let previous = button.show(&mut row).clicked() || back;
    let place = bar.at.as_ref().and_then(|at| found.iter().position(|name| name == at));
    let count = match (place, found.len()) {
        _ if bar.query.trim().is_empty() => String::new(),
        (_, 0) => "none".to_owned(),
        (Some(place), all) => format!("{} of {all}", place + 1),
        (None, all) => format!("{all} found"),
    };
    row.add_space(4.0);
    label(&mut row, &count, theme::sans(theme::SMALL), p.dim);
    row.add_space(6.0);
    row.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
        let hint = "Find: words, is:invalid, kind:shell";
        let field = Field::new(&mut bar.query, "Find in workflow").hint(hint).id(id).show(ui);
        if std::mem::take(&mut bar.wants_focus) {
            field.request_focus();
        }
        if field.changed() {
            bar.at = None;
        }
    });
    if close.clicked() {
        return ui.ctx().request_repaint();
    }
    if (next || previous) && !found.is_empty() {
        let last = found.len() - 1;
        let to = match (place, next) {
            (None, true) => 0,
            (None, false) => last,
            (Some(at), true) => {
                if at == last {
                    0
                } else {
                    at + 1
                }
            }
            (Some(at), false) => {
                if at == 0 {
                    last
                } else {
                    at - 1
                }
            }
        };
        bar.at = Some(found[to].clone());
        app.send(match found[to].clone() {
            Found::Task(name) => Command::Reveal(name),
            Found::Piece(piece) => Command::Piece(PieceCommand::Reveal(piece)),
        });
    }
    app.find_bar = Some(bar);
}

/// What is in view and fits.
fn found(app: &App, bar: &mut FindBar) -> Vec<Found> {
    match app.place {
        Place::Editor => {
            let Some(editor) = app.tabs.current() else { return Vec::new() };
            let of = (editor.doc.revision, editor.tab as usize);
            bar.texts.update(&editor.doc.workflow, of);
            bar.texts.find(&editor.doc.workflow, &editor.doc.problems, &bar.query)
        }
        _ => {
            let run = app.run.as_ref();
            let Some((shown, workflow)) = run.and_then(|run| Some((run, run.workflow()?))) else {
                return Vec::new();
            };
            bar.texts.update(workflow, (shown.run.0, usize::MAX));
            bar.texts.find(workflow, &[], &bar.query)
        }
    }
}
