//! Notes and groups by command.

use egui::Context;
use millrace_model::document::{Group, Note};
use millrace_model::ident::Ident;

use super::{App, Purpose};
use crate::canvas::Piece;
use crate::command::PieceCommand;
use crate::state::{self, Change};
use crate::theme::Hue;

impl App {
    pub(super) fn apply_to_piece(&mut self, ctx: &Context, command: PieceCommand) {
        match command {
            PieceCommand::OpenLink(link) => return self.open_link(link),
            PieceCommand::Reveal(piece) => {
                if let Some(watch) = self.shown_watch_mut() {
                    watch.reveal_piece = Some(piece);
                }
                return;
            }
            PieceCommand::EndEdit => {
                if let Some(editor) = self.tabs.current_mut() {
                    editor.watch.canvas.pieces.edited = None;
                    editor.doc.end_step();
                }
                return;
            }
            _ => {}
        }
        if let Some(why) = self.why_not_edit() {
            return self.toasts.fail(why, None);
        }
        match command {
            PieceCommand::AddNote(screen) => self.add_note(ctx, screen),
            PieceCommand::Group => self.group(),
            PieceCommand::Ungroup => self.ungroup(),
            PieceCommand::Edit(piece) => {
                if let Some(editor) = self.tabs.current_mut() {
                    editor.doc.end_step();
                    editor.watch.canvas.pieces.edited = Some(piece);
                }
            }
            PieceCommand::Fold(index) => self.change_group(index, "collapsed", |group| {
                group.collapsed = !group.collapsed;
            }),
            PieceCommand::Colour(Piece::Note(index), hue) => {
                let colour = (hue != Hue::Yellow).then(|| hue.name().to_owned());
                self.change_note(index, "colour", |note| note.colour = colour);
            }
            PieceCommand::Colour(Piece::Group(index), hue) => {
                let colour = (hue != Hue::Grey).then(|| hue.name().to_owned());
                self.change_group(index, "colour", |group| group.colour = colour);
            }
            PieceCommand::FitNote(index) => {
                self.change_note(index, "size", |note| note.size = [0.0, 0.0]);
            }
            PieceCommand::OpenLink(_) | PieceCommand::Reveal(_) | PieceCommand::EndEdit => {}
        }
    }

    /// In the middle of the view where the pointer is elsewhere; it can be typed in at once.
    fn add_note(&mut self, ctx: &Context, screen: Option<egui::Pos2>) {
        let Some(editor) = self.tabs.current_mut() else { return };
        let canvas = &mut editor.watch.canvas;
        let Some(rect) = canvas.rect else { return };
        let pointer = ctx.input(|input| input.pointer.latest_pos());
        let at = screen.or(pointer).filter(|at| rect.contains(*at)).unwrap_or(rect.center());
        let middle = canvas.camera.to_canvas(rect.min, at);
        let (index, change) = state::add_note(&editor.doc.workflow, middle);
        if let Err(why) = editor.doc.change(&change) {
            return self.toasts.fail(why, None);
        }
        editor.doc.end_step();
        editor.watch.select_next = Some((Vec::new(), vec![Piece::Note(index)]));
        editor.watch.edit_next = Some(Piece::Note(index));
    }

    fn group(&mut self) {
        let Some(editor) = self.tabs.current_mut() else { return };
        let tasks: Vec<Ident> = editor.watch.canvas.selected.iter().cloned().collect();
        let Some((index, change)) = state::group(&editor.doc.workflow, &tasks) else {
            let help = Some("select tasks that are no group of their own yet".to_owned());
            return self.toasts.fail("there is nothing to group", help);
        };
        if let Err(why) = editor.doc.change(&change) {
            return self.toasts.fail(why, None);
        }
        editor.doc.end_step();
        editor.watch.select_next = Some((tasks, vec![Piece::Group(index)]));
        editor.watch.edit_next = Some(Piece::Group(index));
    }

    fn ungroup(&mut self) {
        let Some(editor) = self.tabs.current_mut() else { return };
        let canvas = &mut editor.watch.canvas;
        let tasks: Vec<Ident> = canvas.selected.iter().cloned().collect();
        let Some(change) = state::ungroup(&editor.doc.workflow, &tasks) else {
            let help = Some("select a group, or a task in it".to_owned());
            return self.toasts.fail("nothing that is selected is in a group", help);
        };
        canvas.pieces.selected.retain(|piece| matches!(piece, Piece::Note(_)));
        self.change(&change);
    }

    /// Changes a note, as a step of its own.
    fn change_note(&mut self, index: usize, field: &'static str, make: impl FnOnce(&mut Note)) {
        let Some(editor) = self.tabs.current_mut() else { return };
        let Some(mut note) = editor.doc.workflow.layout.notes.get(index).cloned() else { return };
        make(&mut note);
        editor.doc.end_step();
        self.change(&Change::Note { index, note: Box::new(note), field });
    }

    /// Changes a group, as a step of its own.
    fn change_group(&mut self, index: usize, field: &'static str, make: impl FnOnce(&mut Group)) {
        let Some(editor) = self.tabs.current_mut() else { return };
        let Some(mut group) = editor.doc.workflow.layout.groups.get(index).cloned() else { return };
        make(&mut group);
        editor.doc.end_step();
        self.change(&Change::Group { index, group: Box::new(group), field });
    }

    /// Only what a browser or a mail program opens; a note may come from anywhere. The host looks again, because it
    /// trusts no page; here the refusal says what would be opened.
    fn open_link(&mut self, link: String) {
        let is_known = ["https://", "http://", "mailto:"].iter().any(|it| link.starts_with(it));
        if is_known {
            self.backend.open_link(link, Purpose::Link);
        } else {
            let help = Some("links of notes start with https://, http:// or mailto:".to_owned());
            self.toasts.fail(format!("{link} was not opened"), help);
        }
    }
}
