//! What a hand does with mouse and keyboard, in order, as WebDriver wants to hear it.
//!
//! Coordinates are the page's, in CSS pixels from its top left corner.

use serde_json::{Value, json};

/// How long one movement takes, so that the ui sees it as several frames would show it.
const MOVE_MS: u64 = 60;
/// Long enough for several frames, also where graphics are drawn by software on a busy machine.
const FRAMES_MS: u64 = 300;

/// A mouse button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// The main button.
    Left,
    /// The wheel's button.
    Middle,
    /// The menu's button.
    Right,
}

/// A key that is not a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Control.
    Control,
    /// Shift.
    Shift,
    /// Alt.
    Alt,
    /// Return.
    Enter,
    /// Escape.
    Escape,
    /// Tabulator.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
}

impl Key {
    /// The protocol names keys by characters of a private range.
    fn code(self) -> char {
        match self {
            Self::Control => '\u{e009}',
            Self::Shift => '\u{e008}',
            Self::Alt => '\u{e00a}',
            Self::Enter => '\u{e007}',
            Self::Escape => '\u{e00c}',
            Self::Tab => '\u{e004}',
            Self::Backspace => '\u{e003}',
            Self::Delete => '\u{e017}',
            Self::Up => '\u{e013}',
            Self::Down => '\u{e015}',
            Self::Left => '\u{e012}',
            Self::Right => '\u{e014}',
        }
    }
}

/// A sequence of movements, clicks and keys, built in the order in which it happens.
#[derive(Debug, Clone, Default)]
pub struct Gesture {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Pointer(Value),
    Key(Value),
}

impl Gesture {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the pointer.
    #[must_use]
    pub fn move_to(self, x: i32, y: i32) -> Self {
        self.pointer(json!({
            "type": "pointerMove", "duration": MOVE_MS, "origin": "viewport", "x": x, "y": y
        }))
    }

    /// Presses a button where the pointer is.
    #[must_use]
    pub fn press(self, button: Button) -> Self {
        self.pointer(json!({"type": "pointerDown", "button": number(button)}))
    }

    /// Releases a button.
    #[must_use]
    pub fn release(self, button: Button) -> Self {
        self.pointer(json!({"type": "pointerUp", "button": number(button)}))
    }

    /// Waits with the hand still, for what the ui shows only after a while.
    #[must_use]
    pub fn pause(self, duration_ms: u64) -> Self {
        self.pointer(json!({"type": "pause", "duration": duration_ms}))
    }

    /// Moves to a place and clicks there.
    #[must_use]
    pub fn click(self, x: i32, y: i32) -> Self {
        self.move_to(x, y).press(Button::Left).release(Button::Left)
    }

    /// Two clicks in quick succession.
    #[must_use]
    pub fn double_click(self, x: i32, y: i32) -> Self {
        self.click(x, y).press(Button::Left).release(Button::Left)
    }

    /// Opens the menu of what is at a place.
    #[must_use]
    pub fn right_click(self, x: i32, y: i32) -> Self {
        self.move_to(x, y).press(Button::Right).release(Button::Right)
    }

    /// Drags with the left button, on a straight line in several movements.
    #[must_use]
    pub fn drag(self, from: (i32, i32), to: (i32, i32)) -> Self {
        const MOVEMENTS: i32 = 6;
        let along = |part: i32, from: i32, to: i32| from + (to - from) * part / MOVEMENTS;
        // With rests, so that the ui draws in between: all of it within one frame is no drag to it.
        (1..=MOVEMENTS)
            .fold(
                self.move_to(from.0, from.1).press(Button::Left).pause(FRAMES_MS),
                |gesture, part| {
                    gesture
                        .move_to(along(part, from.0, to.0), along(part, from.1, to.1))
                        .pause(MOVE_MS)
                },
            )
            .pause(FRAMES_MS)
            .release(Button::Left)
    }

    /// Types a text, key by key.
    #[must_use]
    pub fn type_text(self, text: &str) -> Self {
        text.chars().fold(self, |gesture, character| gesture.stroke(character))
    }

    /// Presses and releases a key.
    #[must_use]
    pub fn key(self, key: Key) -> Self {
        self.stroke(key.code())
    }

    /// A letter while other keys are held: `chord(&[Key::Control], 's')`.
    #[must_use]
    pub fn chord(self, held: &[Key], letter: char) -> Self {
        let down = held.iter().fold(self, |gesture, key| gesture.key_step("keyDown", key.code()));
        held.iter()
            .rev()
            .fold(down.stroke(letter), |gesture, key| gesture.key_step("keyUp", key.code()))
    }

    /// A special key while other keys are held: `chord_key(&[Key::Control], Key::Enter)`.
    #[must_use]
    pub fn chord_key(self, held: &[Key], key: Key) -> Self {
        self.chord(held, key.code())
    }

    fn stroke(self, character: char) -> Self {
        self.key_step("keyDown", character).key_step("keyUp", character)
    }

    fn key_step(mut self, kind: &str, character: char) -> Self {
        self.steps.push(Step::Key(json!({"type": kind, "value": character.to_string()})));
        self
    }

    fn pointer(mut self, action: Value) -> Self {
        self.steps.push(Step::Pointer(action));
        self
    }

    /// The protocol runs its devices side by side, one action of each per tick; so while one device acts, the
    /// others pause, and everything happens in the order in which it was written down.
    pub(super) fn to_json(&self) -> Value {
        let pause = || json!({"type": "pause", "duration": 0});
        let (mut pointer, mut keys) = (Vec::new(), Vec::new());
        for step in &self.steps {
            let (at_pointer, at_keys) = match step {
                Step::Pointer(action) => (action.clone(), pause()),
                Step::Key(action) => (pause(), action.clone()),
            };
            pointer.push(at_pointer);
            keys.push(at_keys);
        }
        json!({ "actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": pointer},
            {"type": "key", "id": "keyboard", "actions": keys},
        ] })
    }
}

fn number(button: Button) -> u8 {
    match button {
        Button::Left => 0,
        Button::Middle => 1,
        Button::Right => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(device: &Value) -> Vec<&str> {
        device["actions"].as_array().unwrap().iter().filter_map(|a| a["type"].as_str()).collect()
    }

    #[test]
    fn devices_take_turns() {
        let body = Gesture::new().click(10, 20).chord(&[Key::Control], 's').to_json();
        let devices = body["actions"].as_array().unwrap();
        let pointer = kinds(&devices[0]);
        let keys = kinds(&devices[1]);
        assert_eq!(pointer[..3], ["pointerMove", "pointerDown", "pointerUp"]);
        assert_eq!(keys[3..], ["keyDown", "keyDown", "keyUp", "keyUp"]);
        assert!(pointer[3..].iter().chain(&keys[..3]).all(|kind| *kind == "pause"));
    }

    #[test]
    fn a_drag_ends_exactly_where_it_should() {
        let body = Gesture::new().drag((0, 0), (100, 50)).to_json();
        let actions = body["actions"][0]["actions"].as_array().unwrap().clone();
        let last_move = actions.iter().rev().find(|a| a["type"] == "pointerMove").unwrap();
        assert_eq!((&last_move["x"], &last_move["y"]), (&json!(100), &json!(50)));
        assert_eq!(actions.last().unwrap()["type"], "pointerUp");
    }
}
