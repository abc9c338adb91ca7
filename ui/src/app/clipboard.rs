//! Copy, cut, paste and duplicate on the canvas.

use std::collections::HashSet;

use egui::{Context, Event};
use millrace_model::ident::Ident;

use super::App;
use crate::canvas::Piece;
use crate::command::{Command, Place};
use crate::state::{self, Paste};

impl App {
    /// The system's clipboard comes as events of its own, not as keys.
    pub(super) fn read_clipboard(&mut self, ctx: &Context) {
        let with_links = ctx.input(|input| input.modifiers.shift);
        let mut commands = Vec::new();
        ctx.input_mut(|input| {
            input.events.retain(|event| {
                match event {
                    Event::Copy => commands.push(Command::CopyTasks),
                    Event::Cut => commands.push(Command::CutTasks),
                    Event::Paste(text) => {
                        let text = text.clone();
                        commands.push(Command::PasteTasks { text, with_links });
                    }
                    _ => return true,
                }
                false
            });
        });
        for command in commands {
            self.send(command);
        }
    }

    pub(super) fn copy_tasks(&mut self, ctx: &Context, cut: bool) {
        let Some((text, (names, notes))) = self.selected_as_text() else { return };
        ctx.copy_text(text);
        let count = match names.len() {
            0 => crate::words::count(notes.len(), "note", "notes"),
            tasks => crate::words::count(tasks, "task", "tasks"),
        };
        let verb = if cut { "Cut" } else { "Copied" };
        self.toasts.say(format!("{verb} {count}"), ctx.input(|input| input.time));
        if cut && self.place == Place::Editor {
            self.delete_selected();
        }
    }

    pub(super) fn duplicate(&mut self) {
        if let Some((text, _)) = self.selected_as_text() {
            self.put_in(&text, Paste { at: None, with_links: false });
        }
    }

    /// At the pointer where that is on the canvas.
    pub(super) fn paste_tasks(&mut self, ctx: &Context, text: &str, with_links: bool) {
        let Some(watch) = self.shown_watch() else { return };
        let canvas = &watch.canvas;
        let pointer = ctx.input(|input| input.pointer.latest_pos());
        let at = canvas.rect.zip(pointer).filter(|(rect, at)| rect.contains(*at));
        let at = at.map(|(rect, at)| canvas.camera.to_canvas(rect.min, at));
        self.put_in(text, Paste { at, with_links });
    }

    pub(super) fn put_in(&mut self, text: &str, how: Paste) {
        if let Some(why) = self.why_not_edit() {
            return self.toasts.fail(why, None);
        }
        let Some(editor) = self.tabs.current_mut() else { return };
        let pasted = state::paste(&editor.doc.workflow, text, how)
            .and_then(|(names, change)| editor.doc.change(&change).map(|()| names));
        match pasted {
            Ok((names, notes)) => {
                let notes = notes.into_iter().map(Piece::Note).collect();
                editor.watch.select_next = Some((names, notes));
            }
            Err(why) => {
                let help = "copy tasks on a canvas, or the JSON text of a workflow".to_owned();
                self.toasts.fail(why, Some(help));
            }
        }
    }

    /// The selected tasks and notes as text, and what they are; none where nothing is selected.
    fn selected_as_text(&self) -> Option<(String, state::Pasted)> {
        let canvas = &self.shown_watch()?.canvas;
        let (selected, notes) = (&canvas.selected, canvas.selected_notes());
        let workflow = match self.place {
            Place::Editor => self.tabs.current().map(|editor| editor.doc.workflow.as_ref()),
            _ => self.run.as_ref().and_then(|run| run.workflow()),
        }?;
        let names: HashSet<Ident> = selected.iter().cloned().collect();
        let is_any = !names.is_empty() || !notes.is_empty();
        let text = is_any.then(|| state::copy(workflow, &names, &notes))?;
        Some((text, (selected.iter().cloned().collect(), notes)))
    }
}
