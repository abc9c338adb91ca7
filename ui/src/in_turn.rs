//! What is typed and the keys that act on it, each in its turn.
//!
//! egui moves the focus by Tab, lists take Enter, and shortcuts are heard before the fields of a frame are drawn. Where a
//! slow page, a fast hand or a program brings letters and such a key within one frame, the key would act on the text
//! without these letters, and the letters would end where they were not meant. So a frame ends before a key that acts on
//! what was typed in it, and before what is typed after such a key. Of two shortcuts the second acts on what the first
//! has made of the document: it has a frame of its own.

use egui::{Context, Event, ImeEvent, Key, Plugin, RawInput};

/// Spreads input over frames. Add it to a context with [`InTurn::install`].
#[derive(Debug, Default)]
pub(crate) struct InTurn {
    /// What comes with the next frames.
    held: Vec<Event>,
}

impl InTurn {
    /// Begins to watch what comes in. Call it once.
    pub(crate) fn install(ctx: &Context) {
        ctx.add_plugin(Self::default());
    }

    /// What one frame gets; the rest is kept.
    fn take(&mut self, events: Vec<Event>) -> Vec<Event> {
        let mut all = std::mem::take(&mut self.held);
        all.extend(events);
        if let Some(end) = end_of_frame(&all) {
            self.held = all.split_off(end);
        }
        all
    }
}

impl Plugin for InTurn {
    fn debug_name(&self) -> &'static str {
        "in turn"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        input.events = self.take(std::mem::take(&mut input.events));
        if !self.held.is_empty() {
            ctx.request_repaint();
        }
    }
}

/// The first event that belongs to the next frame.
fn end_of_frame(events: &[Event]) -> Option<usize> {
    let (mut has_typed, mut has_acted, mut has_shortcut) = (false, false, false);
    events.iter().position(|event| {
        let (types, acts, shortcut) = (types(event), acts(event), is_shortcut(event));
        let is_next = (types && has_acted) || (acts && has_typed) || (shortcut && has_shortcut);
        has_typed |= types;
        has_acted |= acts;
        has_shortcut |= shortcut;
        is_next
    })
}

/// Whether it changes the text of a field.
fn types(event: &Event) -> bool {
    match event {
        Event::Text(_) | Event::Paste(_) | Event::Cut | Event::Ime(ImeEvent::Commit(_)) => true,
        Event::Key { key, pressed, .. } => *pressed && matches!(key, Key::Backspace | Key::Delete),
        _ => false,
    }
}

/// Whether it acts on what was typed: takes it, leaves the field, or is a shortcut.
fn acts(event: &Event) -> bool {
    let Event::Key { key, pressed: true, .. } = event else { return false };
    let is_own = matches!(key, Key::Enter | Key::Tab | Key::Escape | Key::ArrowUp | Key::ArrowDown);
    is_own || is_shortcut(event)
}

fn is_shortcut(event: &Event) -> bool {
    let Event::Key { pressed: true, modifiers, .. } = event else { return false };
    // Both together are how some keyboards write a letter.
    modifiers.command && !modifiers.alt && !types(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::Modifiers;

    fn text(letter: &str) -> Event {
        Event::Text(letter.to_owned())
    }

    fn key(key: Key, modifiers: Modifiers) -> Event {
        Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
    }

    #[test]
    fn a_key_that_acts_has_a_frame_of_its_own_among_letters() {
        let mut turns = InTurn::default();
        let tab = key(Key::Tab, Modifiers::NONE);
        let all = vec![text("a"), text("b"), tab.clone(), tab.clone(), text("c")];
        assert_eq!(turns.take(all), [text("a"), text("b")]);
        assert_eq!(turns.take(vec![text("d")]), [tab.clone(), tab]);
        assert_eq!(turns.take(Vec::new()), [text("c"), text("d")]);
        assert!(turns.take(Vec::new()).is_empty());
    }

    #[test]
    fn letters_alone_and_keys_alone_come_at_once() {
        let mut turns = InTurn::default();
        let letters = vec![key(Key::A, Modifiers::NONE), text("a"), text("b")];
        assert_eq!(turns.take(letters.clone()), letters);
        let keys = vec![key(Key::ArrowDown, Modifiers::NONE), key(Key::Enter, Modifiers::NONE)];
        assert_eq!(turns.take(keys.clone()), keys);
        let at = vec![text("a"), key(Key::Q, Modifiers::CTRL | Modifiers::ALT), text("@")];
        assert_eq!(turns.take(at.clone()), at, "a letter that is written with two keys");
    }

    #[test]
    fn a_shortcut_comes_after_the_letters_before_it() {
        let mut turns = InTurn::default();
        let save = key(Key::S, Modifiers::COMMAND);
        assert_eq!(turns.take(vec![text("a"), save.clone()]), [text("a")]);
        assert_eq!(turns.take(Vec::new()), [save]);
    }

    #[test]
    fn each_shortcut_has_a_frame_of_its_own() {
        let mut turns = InTurn::default();
        let (all, double) = (key(Key::A, Modifiers::COMMAND), key(Key::D, Modifiers::COMMAND));
        let both = vec![all.clone(), double.clone(), double.clone()];
        assert_eq!(turns.take(both), [all]);
        for _ in 0..2 {
            assert_eq!(turns.take(Vec::new()), std::slice::from_ref(&double));
        }
    }
}
