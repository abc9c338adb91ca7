//! Notes and groups for assistive technology, for the keyboard and for tests.

use egui::{Rect, Ui, Vec2};

use super::name_wires::named_spot;
use super::piece::{self, Piece};
use super::scene::Scene;
use super::view::Canvas;

/// Names are given to so many at most.
const MOST: usize = 200;

/// Names the visible pieces; gives the one that was activated.
pub(super) fn name_pieces(ui: &Ui, rect: Rect, canvas: &Canvas, scene: &Scene) -> Option<Piece> {
    let mut activated = None;
    for (piece, words, place) in all(canvas, scene).take(MOST) {
        let seen = canvas.camera.rect_to_screen(rect.min, place).intersect(rect);
        if !seen.is_positive() {
            continue;
        }
        let id = ui.id().with(("piece", piece));
        let selected = canvas.pieces.selected.contains(&piece);
        if named_spot(ui, seen, id, &words, selected, rect) {
            activated = Some(piece);
        }
    }
    activated
}

fn all<'a>(
    canvas: &'a Canvas,
    scene: &'a Scene,
) -> impl Iterator<Item = (Piece, String, Rect)> + 'a {
    let notes = scene.notes.iter().enumerate().map(|(index, note)| {
        let words = format!("Note {}", note.text.first_line());
        (Piece::Note(index), words.trim_end().to_owned(), canvas.pieces.note_rect(scene, index))
    });
    let groups = scene.groups.iter().enumerate().filter_map(|(index, group)| {
        let frame = piece::frame(scene, index, |_| Vec2::ZERO)?;
        let count = crate::words::count(group.tasks, "task", "tasks");
        let words = format!("Group {}, {count}", group.title);
        Some((Piece::Group(index), words, piece::head(frame)))
    });
    notes.chain(groups)
}
