//! A shortcut in words, and back.

use egui::{Key, KeyboardShortcut, Modifiers};

/// Keys that are not called what egui calls them.
const WORDS: &[(Key, &str)] = &[
    (Key::Num0, "0"),
    (Key::Num1, "1"),
    (Key::Num2, "2"),
    (Key::Num3, "3"),
    (Key::Num4, "4"),
    (Key::Num5, "5"),
    (Key::Num6, "6"),
    (Key::Num7, "7"),
    (Key::Num8, "8"),
    (Key::Num9, "9"),
    (Key::Period, "."),
    (Key::Questionmark, "?"),
    (Key::Comma, ","),
    (Key::Plus, "+"),
    (Key::Equals, "="),
    (Key::Escape, "Esc"),
    (Key::Minus, "−"),
    (Key::ArrowLeft, "←"),
    (Key::ArrowRight, "→"),
    (Key::ArrowUp, "↑"),
    (Key::ArrowDown, "↓"),
    (Key::Delete, "Del"),
];

/// `Ctrl+Shift+Z`
pub(crate) fn key_words(shortcut: &KeyboardShortcut) -> String {
    let mut words = String::new();
    let held = shortcut.modifiers;
    for (is_held, name) in [
        (held.command || held.ctrl, "Ctrl+"),
        (held.alt, "Alt+"),
        // There is no other way to type it.
        (held.shift && shortcut.logical_key != Key::Questionmark, "Shift+"),
    ] {
        if is_held {
            words.push_str(name);
        }
    }
    let known = WORDS.iter().find(|(key, _)| *key == shortcut.logical_key);
    words.push_str(known.map_or(shortcut.logical_key.name(), |(_, word)| word));
    words
}

/// What [`key_words`] wrote; none where it is not that.
pub(crate) fn parse_key(words: &str) -> Option<KeyboardShortcut> {
    let mut rest = words;
    let mut modifiers = Modifiers::NONE;
    for (name, modifier) in
        [("Ctrl+", Modifiers::COMMAND), ("Alt+", Modifiers::ALT), ("Shift+", Modifiers::SHIFT)]
    {
        if let Some(after) = rest.strip_prefix(name) {
            rest = after;
            modifiers = modifiers.plus(modifier);
        }
    }
    let known = WORDS.iter().find(|(_, word)| *word == rest);
    let key = known.map(|(key, _)| *key).or_else(|| Key::from_name(rest))?;
    (!is_modifier(key)).then(|| KeyboardShortcut::new(modifiers, key))
}

/// Whether it is only held while another key is pressed. Browsers tell of it as of any other key.
pub(crate) fn is_modifier(key: Key) -> bool {
    matches!(
        key,
        Key::ShiftLeft
            | Key::ShiftRight
            | Key::ControlLeft
            | Key::ControlRight
            | Key::AltLeft
            | Key::AltRight
            | Key::SuperLeft
            | Key::SuperRight
    )
}

/// The shortcut as it is compared: without what differs between systems and keyboards.
pub(super) fn plain(shortcut: &KeyboardShortcut) -> KeyboardShortcut {
    let held = shortcut.modifiers;
    let is_question = shortcut.logical_key == Key::Questionmark;
    let modifiers = Modifiers {
        alt: held.alt,
        shift: held.shift && !is_question,
        command: held.command || held.ctrl,
        ..Modifiers::NONE
    };
    KeyboardShortcut::new(modifiers, shortcut.logical_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_is_read_as_it_was_written() {
        let (ctrl, alt, shift) = (Modifiers::COMMAND, Modifiers::ALT, Modifiers::SHIFT);
        for modifiers in [Modifiers::NONE, ctrl, alt, shift, ctrl | shift, ctrl | alt | shift] {
            for key in Key::ALL.iter().filter(|key| !is_modifier(**key)) {
                let shortcut = plain(&KeyboardShortcut::new(modifiers, *key));
                assert_eq!(parse_key(&key_words(&shortcut)), Some(shortcut));
            }
        }
        assert_eq!(parse_key("Ctrl+"), None);
        assert_eq!(parse_key("Ctrl+ControlLeft"), None);
        assert_eq!(parse_key("Hyper+X"), None);
    }
}
