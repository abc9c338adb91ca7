//! From keys to commands.
//!
//! No shortcut without Ctrl or Alt fires while a text field is typed in. The arrow keys move cards, and Enter opens what is
//! selected, only while nothing has the keyboard's focus: what has it takes them otherwise.

use egui::Context;

use super::App;
use crate::command::{Binding, Command, FileCommand, Keymap, LogCommand, Place};

impl App {
    pub(super) fn read_keys(&mut self, ctx: &Context) {
        if self.keys_page.is_recording() {
            self.keys_page.record(ctx);
            return;
        }
        if self.dialog.is_some() {
            if ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
                self.send(Command::CloseDialog);
            }
            return;
        }
        if self.sheet.is_some() {
            if ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
                self.sheet = None;
                self.back_to_channel();
                self.back_to_connection();
            }
            return;
        }
        if self.forms.large.is_some() {
            // What is behind it must not hear the keys; saving is always right.
            let keymap = Keymap::of(ctx);
            let mut save = keymap.bindings().iter().filter(|key| key.command == Command::Save);
            if save.any(|save| ctx.input_mut(|input| input.consume_shortcut(&save.key))) {
                self.send(Command::Save);
            }
            return;
        }
        let asks_of_drop = self.drop_choice.is_some() || self.label_choice.is_some();
        if self.picker.is_some() || self.finder.is_some() || self.shows_shortcuts || asks_of_drop {
            // These take their own keys; Escape would take the focus from a field and nothing else.
            if ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
                self.picker = None;
                self.finder = None;
                self.shows_shortcuts = false;
                self.drop_choice = None;
                self.label_choice = None;
            }
            return;
        }
        // Escape takes the focus from the bar's field before the bar is drawn, so it is looked at here.
        if self.find_bar.is_some()
            && self.shown_watch().is_some()
            && ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape))
        {
            self.find_bar = None;
            return;
        }
        let focused = ctx.memory(|memory| memory.focused());
        let typing = is_typing(ctx);
        // Escape takes the focus from a field before the frame begins, and then does nothing else.
        let left_field = self.was_typing && !typing;
        let on_canvas = matches!(self.place, Place::Editor | Place::Run);
        // A text that is marked in a label or a log is copied as it is; the canvas has its turn where none is.
        if on_canvas && focused.is_none() && !has_marked_text(ctx) {
            self.read_clipboard(ctx);
        }
        for Binding { key, command, .. } in Keymap::of(ctx).bindings() {
            let plain = !key.modifiers.command && !key.modifiers.alt;
            let is_canvas = command.is_of_canvas();
            let is_of_focus = focused.is_some() && key_of_focus(command);
            if left_field && key.logical_key == egui::Key::Escape {
                continue;
            }
            if (plain && typing) || is_of_focus || (is_canvas && (!on_canvas || typing)) {
                continue;
            }
            // A text field has its own undo while it is typed in.
            if typing && matches!(command, Command::Undo | Command::Redo) {
                continue;
            }
            // Arrow keys may repeat; the others act once a press.
            let pressed = ctx.input_mut(|input| input.consume_shortcut(key));
            if pressed {
                // In a log, what is to be found is a line of it.
                let of_log = focused == Some(crate::panels::log_view_id())
                    && *command == Command::File(FileCommand::Find);
                let find = Command::Log(LogCommand::Find);
                self.send(if of_log { find } else { command.clone() });
            }
        }
    }
}

/// Whether a text field has the keyboard's focus.
pub(super) fn is_typing(ctx: &Context) -> bool {
    let focused = ctx.memory(|memory| memory.focused());
    focused.is_some_and(|id| egui::TextEdit::load_state(ctx, id).is_some())
}

/// Whether what has the focus has another use for the key that this command has from the start.
fn key_of_focus(command: &Command) -> bool {
    matches!(command, Command::Nudge(..) | Command::OpenTask)
}

fn has_marked_text(ctx: &Context) -> bool {
    use egui::text_selection::LabelSelectionState;
    ctx.with_plugin(|labels: &mut LabelSelectionState| labels.has_selection()).unwrap_or(false)
}
