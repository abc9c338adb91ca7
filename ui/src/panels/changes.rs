//! Two workflows compared: both on one canvas, what differs as a list beside it, and both sides of it below.

use egui::{Key, Modifiers, Rect, ScrollArea, Ui, pos2, vec2};
use millrace_model::diff::Subject;

use super::two_sides::{comparison_head_ui, two_sides_ui};
use super::{from_right, padded, row};
use crate::app::{App, ChangesState, sentence};
use crate::canvas::fate_sign;
use crate::command::{ChangesCommand, Command};
use crate::state::ChangeRow;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, choice_button, elide, glyph, hairline_h, label, list_row, menu_choice, virtual_rows,
};
use crate::words;

/// Of a row of the list.
const ROW: f32 = 44.0;
/// Of the heads of the list and the drawer.
const HEAD: f32 = 36.0;
/// Of the menus.
const MENU: f32 = 210.0;

/// Whether there is something to draw.
pub(crate) fn changes_are_there(app: &App) -> bool {
    app.changes.as_ref().is_some_and(|shown| matches!(shown.state(), ChangesState::There))
}

/// What stands there else.
pub(crate) fn no_changes_ui(app: &mut App, ui: &mut Ui) {
    keys_ui(app, ui);
    match app.changes.as_ref().map(|shown| shown.state()) {
        Some(ChangesState::Error(error)) => {
            let text = format!("{}. Choose another one above.", sentence(&error));
            super::empty_ui(ui, icon::WARNING, "These cannot be compared", &text);
        }
        _ => super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading", ""),
    }
}

/// Which two are compared, and what can be done with them.
pub(crate) fn changes_head_ui(app: &mut App, ui: &mut Ui) {
    let Some(shown) = &app.changes else { return };
    let title = shown.title.clone();
    let close = Command::Changes(ChangesCommand::Close);
    let room = |left: f32| (left - 2.0 * MENU - 60.0).min(420.0);
    comparison_head_ui(app, ui, (&title, close), room, acts_ui, |app, ui| {
        choice_ui(app, ui, 0, "Older");
        label(ui, "→", theme::sans(theme::BODY), Palette::of(ui).faint);
        choice_ui(app, ui, 1, "Newer");
    });
}

/// What can be done with the two, from the right.
fn acts_ui(app: &mut App, ui: &mut Ui) {
    let Some(shown) = &app.changes else { return };
    let refused = shown.why_not_restore();
    let is_conflict = shown.is_conflict();
    let (tab, is_there) = (shown.tab, changes_are_there(app));
    match tab {
        Some(tab) if is_conflict => {
            let mut decide = |ui: &mut Ui, button: Button<'_>, command: Command| {
                if button.show(ui).clicked() {
                    app.send(Command::ShowTab(tab));
                    app.send(command);
                }
            };
            // In the order of the sign above the canvas.
            let mine = Button::secondary("Keep mine");
            decide(ui, mine.tip("Overwrites the file with what is here"), Command::SaveOver);
            let tip = "Shows what is in the file; what was changed here becomes a copy in a tab of its own";
            decide(ui, Button::secondary("Use the file").tip(tip), Command::Reload);
        }
        _ => {
            let restore = Button::secondary("Restore")
                .name("Restore the older version")
                .tip("Puts the older one on the canvas, as a step that can be taken back")
                .refused(refused);
            if restore.show(ui).clicked() {
                app.send(Command::Changes(ChangesCommand::Restore));
            }
        }
    }
    let none = app.changes.as_ref().is_none_or(|it| it.changes.rows.is_empty());
    let none = (none || !is_there).then(|| "Nothing differs".to_owned());
    for (picture, name, forward, keys) in [
        (icon::CARET_DOWN, "Next difference", true, "N"),
        (icon::CARET_UP, "Previous difference", false, "P"),
    ] {
        let button = Button::icon_only(picture, name).tip(format!("{name} ({keys})"));
        if button.refused(none.clone()).show(ui).clicked() {
            app.send(Command::Changes(ChangesCommand::Step { forward }));
        }
    }
}

/// The menu of one side.
fn choice_ui(app: &mut App, ui: &mut Ui, side: usize, name: &str) {
    let now = app.backend.now();
    let Some(shown) = &app.changes else { return };
    let choices = shown.choices(|at| {
        let offset = app.backend.local_offset_secs(at);
        words::day_and_clock(at, now, offset)
    });
    let chosen = shown.chosen(side, &choices);
    let words = chosen.map_or("", |at| choices[at].0.as_str());
    let width = MENU.min(ui.available_width() - 8.0).max(80.0);
    let button = choice_button(ui, &format!("{name}: {words}"), words, width);
    let mut picked = None;
    egui::Popup::menu(&button).show(|ui| {
        crate::widgets::menu_frame(ui);
        ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
            for (place, (words, _)) in choices.iter().enumerate() {
                if menu_choice(ui, Some(place) == chosen, words) {
                    picked = Some(place);
                }
            }
        });
    });
    if let Some(place) = picked {
        app.send(Command::Changes(ChangesCommand::Choose { side, place }));
    }
}

/// Both on one canvas.
pub(crate) fn changes_canvas_ui(app: &mut App, ui: &mut Ui, rect: Rect) {
    keys_ui(app, ui);
    let Some(shown) = &mut app.changes else { return };
    let (canvas, scene) = shown.watch.canvas_and_scene();
    canvas.show(ui, rect, scene, None);
    let is_empty = scene.cards.is_empty();
    if let Some(row) = shown.follow_canvas() {
        app.send(Command::Changes(ChangesCommand::Show(row)));
    }
    if is_empty {
        super::empty_ui(ui, icon::TREE_STRUCTURE, "No tasks", "Neither of the two has any.");
    }
    super::canvas::zoom_control(app, ui, rect);
    super::minimap::minimap_ui(app, ui, rect);
}

/// What differs, one thing a row.
pub(crate) fn changes_list_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let Some(shown) = &mut app.changes else { return };
    let words = sentence(&shown.count_words());
    head_ui(ui, p, &words, None);
    let selected = shown.selected;
    let reveal = std::mem::take(&mut shown.reveals_row).then_some(selected).flatten();
    if shown.changes.rows.is_empty() {
        let text = "Both mean the same, and are drawn the same.";
        return super::empty_ui(ui, icon::CHECK, "Nothing differs", text);
    }
    let mut clicked = None;
    padded(ui, 8, 4, |ui| {
        let rows = &shown.changes.rows;
        virtual_rows(ui, "differences", ROW, rows.len(), reveal, |ui, range| {
            for at in range {
                if row_ui(ui, p, at, &rows[at], selected == Some(at)) {
                    clicked = Some(at);
                }
            }
        });
    });
    if let Some(at) = clicked {
        app.send(Command::Changes(ChangesCommand::Show(at)));
    }
}

/// Whether it was clicked.
fn row_ui(ui: &mut Ui, p: &Palette, at: usize, change: &ChangeRow, active: bool) -> bool {
    let subject = change.subject.to_string();
    let name = format!("{} {subject}: {}", change.fate.sign(), change.about);
    let (rect, response) = list_row(ui, ("difference", at), &name, ROW, active);
    let middle = rect.center().y;
    let at = pos2(rect.left() + 16.0, middle);
    ui.painter().extend(fate_sign(ui.ctx(), at, change.fate, 0.75, p));
    let picture = match change.subject {
        Subject::Workflow => icon::TREE_STRUCTURE,
        Subject::Task(_) => icon::SQUARE,
        Subject::Edge(..) => icon::ARROW_RIGHT,
        Subject::Layout => icon::CORNERS_OUT,
    };
    glyph(ui.painter(), pos2(rect.left() + 36.0, middle), picture, icons::font(14.0), p.faint);
    let room = rect.right() - rect.left() - 60.0;
    for (y, text, font, ink) in [
        (-9.0, &subject, theme::sans(theme::BODY), p.text),
        (9.0, &change.about, theme::sans(theme::SMALL), p.dim),
    ] {
        let galley = elide(ui.ctx(), text, font, ink, room);
        let at = pos2(rect.left() + 52.0, middle + y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
    }
    response.clicked()
}

/// Both sides of what is selected.
pub(crate) fn changes_drawer_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let closed = app.settings.drawer_closed;
    let Some(shown) = &app.changes else { return };
    let change = shown.selected.and_then(|row| shown.changes.rows.get(row));
    let title = change.map_or_else(String::new, |it| it.subject.to_string());
    if head_ui(ui, p, &title, Some(closed)) {
        app.settings.drawer_closed = !closed;
    }
    if closed {
        return;
    }
    padded(ui, 16, 4, |ui| {
        if change.is_none() {
            label(ui, "Nothing is selected.", theme::sans(theme::BODY), p.faint);
            return;
        }
        two_sides_ui(ui, "both sides", &shown.sides_of_selected);
    });
}

/// A head with its words; whether its button that closes and opens what is below was clicked.
fn head_ui(ui: &mut Ui, p: &Palette, words: &str, closed: Option<bool>) -> bool {
    let mut clicked = false;
    let rect = Rect::from_min_size(ui.max_rect().min, vec2(ui.max_rect().width(), HEAD));
    padded(ui, 16, 0, |ui| {
        ui.set_height(HEAD);
        row(ui, |ui| {
            from_right(ui, |ui| {
                if let Some(closed) = closed {
                    let (picture, name) = match closed {
                        true => (icon::CARET_UP, "Show the drawer"),
                        false => (icon::CARET_DOWN, "Hide the drawer"),
                    };
                    clicked = Button::quiet_icon(picture, name).tip(name).show(ui).clicked();
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    label(ui, words, theme::semibold(theme::BODY), p.text);
                });
            });
        });
    });
    hairline_h(ui.painter(), rect.x_range(), rect.bottom() - 0.5, p.line);
    clicked
}

/// The keys, while nothing else has the keyboard.
fn keys_ui(app: &mut App, ui: &Ui) {
    if !super::has_keys(app, ui) {
        return;
    }
    let step = |forward| Command::Changes(ChangesCommand::Step { forward });
    for (key, command) in [
        (Key::N, step(true)),
        (Key::ArrowDown, step(true)),
        (Key::P, step(false)),
        (Key::ArrowUp, step(false)),
        (Key::Escape, Command::Changes(ChangesCommand::Close)),
        (Key::Num1, Command::ZoomFit),
        (Key::Num0, Command::Zoom100),
        (Key::Plus, Command::ZoomIn),
        (Key::Minus, Command::ZoomOut),
    ] {
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            app.send(command);
        }
    }
}
