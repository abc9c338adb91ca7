//! Typing on the canvas: a note's text in the note, a group's name in its frame.
//!
//! What is typed is in the document at once, as one step. Escape or a click elsewhere ends it, and Enter that of a name.

use egui::text::{CCursor, CCursorRange};
use egui::{
    Frame, Id, Key, Modifiers, Rect, TextEdit, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType, vec2,
};
use millrace_model::document::{Group, Note};

use crate::app::App;
use crate::canvas::{NOTE_PAD, Piece, frame, head};
use crate::command::{Command, PieceCommand};
use crate::state::Change;
use crate::theme::{self, Palette};

/// Draws the field over the piece that is typed in, where one is.
pub(super) fn in_place_ui(app: &mut App, ui: &mut Ui, rect: Rect) {
    let Some(editor) = app.tabs.current() else { return };
    let canvas = &editor.watch.canvas;
    let Some(piece) = canvas.pieces.edited else { return };
    let (scene, camera) = (editor.watch.scene(), canvas.camera);
    let layout = &editor.doc.workflow.layout;
    let (place, text, name) = match piece {
        Piece::Note(index) => {
            let Some(note) = layout.notes.get(index).filter(|_| index < scene.notes.len()) else {
                return;
            };
            let place = canvas.pieces.note_rect(scene, index);
            (place, note.text.clone(), "Text of the note")
        }
        Piece::Group(index) => {
            let Some(group) = layout.groups.get(index) else { return };
            // A collapsed group has its name on its card.
            let place = frame(scene, index, |_| Vec2::ZERO).map(head).or_else(|| {
                let card = *scene.groups.get(index)?.cards.first()?;
                Some(Rect::from_min_size(scene.cards.get(card)?.at, vec2(200.0, 32.0)))
            });
            let Some(place) = place else { return };
            (place, group.name.clone(), "Name of the group")
        }
    };
    let seen = camera.rect_to_screen(rect.min, place);
    field_ui(app, ui, (rect, seen), camera.zoom, piece, (text, name));
}

fn field_ui(
    app: &mut App,
    ui: &mut Ui,
    (view, seen): (Rect, Rect),
    zoom: f32,
    piece: Piece,
    (mut text, name): (String, &str),
) {
    let p = Palette::of(ui);
    let id = Id::new(("in place", piece));
    let is_new = ui.memory(|memory| !memory.had_focus_last_frame(id) && !memory.has_focus(id));
    let size = theme::BODY * zoom.clamp(0.7, 2.0);
    let is_note = matches!(piece, Piece::Note(_));
    let inner = match is_note {
        true => seen.shrink2(NOTE_PAD * zoom),
        false => Rect::from_min_max(
            seen.min + vec2(6.0, 2.0),
            egui::pos2(seen.right().max(seen.left() + 160.0), seen.max.y) - vec2(6.0, 2.0),
        ),
    };
    // Taken before the field sees it.
    let done = !is_note && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner).id_salt("in place"));
    child.set_clip_rect(seen.expand(4.0).intersect(view));
    if !is_note {
        child.painter().rect_filled(inner.expand(2.0), 4, p.field);
    }
    let edit = if is_note {
        TextEdit::multiline(&mut text).hint_text("Markdown").desired_rows(1)
    } else {
        TextEdit::singleline(&mut text).hint_text("Group")
    };
    let font = if is_note { theme::sans(size) } else { theme::semibold(theme::SMALL) };
    let edit = edit
        .id(id)
        .font(font)
        .text_color(p.text)
        .frame(Frame::NONE)
        .margin(egui::Margin::ZERO)
        .desired_width(inner.width());
    let response = if is_note {
        egui::ScrollArea::vertical()
            .max_height(inner.height())
            .show(&mut child, |ui| ui.add(edit))
            .inner
    } else {
        child.add(edit)
    };
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::TextEdit, true, name);
        info.current_text_value = Some(text.clone());
        info
    });
    if response.changed() {
        send(app, piece, &text);
    }
    if done || response.lost_focus() {
        ui.memory_mut(|memory| memory.surrender_focus(id));
        app.send(Command::Piece(PieceCommand::EndEdit));
    } else if is_new {
        response.request_focus();
        // A name is replaced by what is typed, a text goes on.
        let end = CCursor::new(text.chars().count());
        let start = if is_note { end } else { CCursor::new(0) };
        let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
        state.cursor.set_char_range(Some(CCursorRange::two(start, end)));
        state.store(ui.ctx(), id);
    }
}

/// Puts what was typed into the document.
fn send(app: &mut App, piece: Piece, text: &str) {
    let Some(editor) = app.tabs.current() else { return };
    let layout = &editor.doc.workflow.layout;
    let change = match piece {
        Piece::Note(index) => layout.notes.get(index).map(|note| {
            let note = Box::new(Note { text: text.to_owned(), ..note.clone() });
            Change::Note { index, note, field: "the text" }
        }),
        Piece::Group(index) => layout.groups.get(index).map(|group| {
            let group = Box::new(Group { name: text.to_owned(), ..group.clone() });
            Change::Group { index, group, field: "the name" }
        }),
    };
    if let Some(change) = change {
        app.send(Command::Change(change));
    }
}
