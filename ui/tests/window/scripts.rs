//! Texts in scripts that the window's own fonts lack, and texts that an input method composes.

use egui::{Event, ImeEvent, Vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_ui::ThemeChoice;

use crate::pictures::{check, themes};
use crate::world::{Window, World};

const PATH: &str = "/home/ada/workflows/daily.json";
const HAN: &str = "每日销售报告中文清理数据运行";
const ARABIC: &str = "تقريرالمبيعاتمرحبا";
const DEVANAGARI: &str = "दैनिकरिपोर्टहिन्दी";

/// A workflow with titles in three scripts, and the fonts for them.
fn document(world: &mut World) {
    world.fonts = vec![
        (HAN, include_bytes!("../fonts/han.otf")),
        (ARABIC, include_bytes!("../fonts/arabic.ttf")),
        (DEVANAGARI, include_bytes!("../fonts/devanagari.ttf")),
    ];
    let text = r#"{
  "millrace": 1,
  "name": "daily",
  "title": "每日销售报告",
  "tasks": [
    { "name": "clean", "title": "清理数据", "kind": "shell", "spec": { "script": "echo 中文 # مرحبا" } },
    { "name": "report", "title": "تقرير المبيعات", "kind": "shell", "spec": { "script": "true" } },
    { "name": "send", "title": "दैनिक रिपोर्ट", "kind": "shell", "spec": { "script": "true" } }
  ],
  "dependencies": [{ "from": "clean", "to": "report" }, { "from": "clean", "to": "send" }],
  "layout": { "tasks": { "clean": [0, 0], "report": [288, -48], "send": [288, 48] } }
}
"#;
    world.files.insert(PATH.to_owned(), text.to_owned());
}

fn window(make: impl FnOnce(&mut World)) -> Window {
    of(ThemeChoice::Dark, make)
}

fn of(theme: ThemeChoice, make: impl FnOnce(&mut World)) -> Window {
    Window::with(theme, Vec2::new(1180.0, 700.0), 1.0, Some(PATH), make)
}

/// Puts the cursor into the title of a task.
fn edit_title(window: &mut Window, task: &str) {
    window.select(task);
    window.harness.get_all_by_label("Title").last().unwrap().focus();
    window.settle();
}

#[test]
fn characters_are_asked_for_once_and_drawn_with_the_systems_fonts() {
    let mut window = window(document);
    window.settle();
    assert_eq!(window.probe()["fonts"], 3);
    let asked = window.world.borrow().asked_fonts.concat();
    assert!(asked.contains('每') && asked.contains('ق') && asked.contains('द'), "{asked}");
    let mut once: Vec<char> = asked.chars().collect();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), asked.chars().count(), "each is asked for once: {asked}");
}

#[test]
fn pictures() {
    for (theme, word) in themes() {
        let mut window = of(theme, document);
        window.select("clean");
        check(&mut window, &format!("scripts_{word}"));
    }
}

#[test]
fn what_the_windows_own_fonts_have_is_asked_of_nobody() {
    let mut window = Window::sales();
    window.settle();
    assert_eq!(window.world.borrow().asked_fonts, Vec::<String>::new());
}

#[test]
fn a_character_that_no_font_has_is_asked_for_once() {
    let mut window = window(|world| {
        document(world);
        world.fonts.clear();
    });
    for _ in 0..4 {
        window.settle();
    }
    let asked = window.world.borrow().asked_fonts.concat();
    assert_eq!(asked.matches('每').count(), 1);
    assert_eq!(window.probe()["fonts"], 0);
}

#[test]
fn composed_text_arrives_in_a_field() {
    let mut window = window(document);
    edit_title(&mut window, "report");
    window.press(egui::Modifiers::COMMAND, egui::Key::A);
    for text in ["zhong", "中"] {
        let range = Some(0..text.chars().count());
        window.harness.event(Event::Ime(ImeEvent::Preedit {
            text: text.to_owned(),
            active_range_chars: range,
        }));
        window.settle();
    }
    window.harness.event(Event::Ime(ImeEvent::Commit("中文".to_owned())));
    window.settle();
    let text = window.text();
    assert!(text.contains(r#""title": "中文""#), "{text}");
}

#[test]
fn right_to_left_text_can_be_typed_at_both_ends() {
    let mut window = window(document);
    edit_title(&mut window, "report");
    for key in [egui::Key::Home, egui::Key::End] {
        window.press(egui::Modifiers::NONE, key);
        window.harness.event(Event::Text("م".to_owned()));
        window.settle();
    }
    let text = window.text();
    assert!(text.contains("\"متقرير المبيعاتم\""), "{text}");
}
