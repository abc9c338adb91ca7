//! The notifications of a workflow: who is told of what beside what the settings say.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_model::document::{HookAction, HookOn, Json};
use millrace_ui::ThemeChoice;

use crate::inspector::{SIZE, TEXT};
use crate::notify::settings_of_a_team;
use crate::pictures::{check, themes};
use crate::world::{SALES, Window};

fn with(theme: ThemeChoice, hooks: &str) -> Window {
    let mut document: serde_json::Value = serde_json::from_str(TEXT).unwrap();
    document["hooks"] = serde_json::from_str(hooks).unwrap();
    let text = serde_json::to_string_pretty(&document).unwrap();
    let size = SIZE + egui::vec2(0.0, 340.0);
    Window::with(theme, size, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), text);
        world.settings = Some(settings_of_a_team());
    })
}

fn window(hooks: &str) -> Window {
    with(ThemeChoice::Dark, hooks)
}

fn told(window: &Window) -> Vec<(HookOn, Json)> {
    let hooks = window.workflow().hooks;
    let notify = |action: HookAction| match action {
        HookAction::Notify(value) => value,
        HookAction::Task(task) => panic!("{task} is no channel"),
    };
    hooks.into_iter().map(|hook| (hook.on, notify(hook.action))).collect()
}

fn name(channel: &str) -> Json {
    Json::String(channel.to_owned())
}

#[test]
fn a_notification_is_added_chosen_and_removed_and_all_of_it_can_be_undone() {
    let mut window = window("[]");
    window.push("Add notification");
    assert_eq!(told(&window), [(HookOn::Failure, name("pager"))], "the first that is not told");
    window.push("Occasion 1");
    window.push("When it succeeds");
    window.push("Channel 1");
    window.push("team");
    assert_eq!(told(&window), [(HookOn::Success, name("team"))]);
    window.fill("Text 1", "it is done");
    let with_text = Json::Object(vec![
        ("channel".to_owned(), name("team")),
        ("text".to_owned(), Json::String("it is done".to_owned())),
    ]);
    assert_eq!(told(&window), [(HookOn::Success, with_text)]);
    window.push("Channel 1");
    window.push("nobody");
    window.fill("Text 1", "");
    window.press(Modifiers::NONE, Key::Backspace);
    assert_eq!(told(&window), [(HookOn::Success, name("none"))], "in its shortest form");
    window.push("Remove hook 1");
    assert!(told(&window).is_empty());
    for _ in 0..8 {
        window.push("Undo");
    }
    assert_eq!(window.probe()["document"]["dirty"], false);
}

#[test]
fn its_text_can_name_what_all_tasks_gave() {
    let mut window = window(r#"[{"on": "success", "notify": {"channel": "team", "text": "x"}}]"#);
    window.fill("Text 1", "${tasks.");
    window.harness.get_all_by_label_contains("tasks.load.").next().unwrap();
    window.fill("Text 1", "${tasks.lo");
    window.press(Modifiers::NONE, Key::Tab);
    assert!(window.value("Text 1").starts_with("${tasks.load."), "{}", window.value("Text 1"));
}

#[test]
fn a_channel_that_this_machine_lacks_is_a_warning_beside_it() {
    let mut window = window(r#"[{"on": "failure", "notify": "opps"}]"#);
    window.harness.get_all_by_label_contains("have no channel “opps”").next().unwrap();
    assert_eq!(window.value("Channel 1"), "opps", "it is not lost");
    window.push("Channel 1");
    window.push("ops");
    assert!(window.harness.query_by_label_contains("have no channel").is_none());
    window.push("Channels…");
    assert_eq!(window.probe()["place"], "settings");
}

#[test]
fn pictures_of_hooks() {
    for (theme, word) in themes() {
        let mut window = with(
            theme,
            r#"[{"on": "failure", "notify": "opps"},
                {"on": "success", "notify": {"channel": "team", "text": "${params.day}: done"}},
                {"on": "slow", "notify": "none"}]"#,
        );
        check(&mut window, &format!("workflow_hooks_{word}"));
    }
}
