//! The engine goes and comes back, in every place: the strip says so, and nothing is asked for that was not wanted.

use egui::{Key, Modifiers};
use millrace_ui::ThemeChoice;

use super::can;
use crate::inbox::inbox;
use crate::pictures::SMALL;
use crate::world::Window;

#[test]
fn in_every_place_it_is_said_that_nobody_answers() {
    let mut window = Window::with(ThemeChoice::Dark, SMALL, 1.0, None, inbox);
    window.leave();
    for place in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Comma] {
        window.press(Modifiers::COMMAND, place);
        assert!(window.says("The engine does not answer: nobody listens at"), "{place:?}");
    }
    assert!(window.has("Engine not reachable"));
    window.push("Copy what happened");
    window.come_back();
    assert!(!window.says("The engine does not answer"));
    assert!(window.has("Engine running"));
}

#[test]
fn what_waits_for_a_person_stays_in_view_and_is_not_marked() {
    let mut window = Window::with(ThemeChoice::Dark, SMALL, 1.0, None, inbox);
    window.press(Modifiers::COMMAND, Key::Num4);
    window.leave();
    for words in ["Mark all as seen", "Trust Backup", "Retry Daily sales report"] {
        assert!(!can(&window, words), "{words}");
    }
    assert!(can(&window, "Open the run of Daily sales report"));
    assert!(window.has("Inbox, 5 new"));
    window.come_back();
    assert!(can(&window, "Mark all as seen"));
}

#[test]
fn while_nobody_answers_little_is_asked() {
    let mut window = Window::with(ThemeChoice::Dark, SMALL, 1.0, None, inbox);
    window.leave();
    let before = window.world.borrow().requests.len();
    for _ in 0..20 {
        window.settle();
    }
    let asked = window.world.borrow().requests.len() - before;
    assert!(asked < 100, "{asked} questions in eight seconds");
}
