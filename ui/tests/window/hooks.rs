//! Hooks: who is told of what beside what the settings say, and which tasks run on what.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_model::document::{Hook, HookAction, HookOn, Json};
use millrace_model::event::{Cause, Firing, RunEventKind, RunState, TaskState};
use millrace_ui::ThemeChoice;

use crate::inspector::{SIZE, TEXT};
use crate::notify::settings_of_a_team;
use crate::pictures::{check, themes};
use crate::world::{SALES, Window, World, key};

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
    assert!(window.has("Add mail"), "where they are set up");
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

const NIGHTLY: &str = "/home/ada/workflows/nightly.json";

const NIGHTLY_TEXT: &str = r#"{
  "millrace": 1, "name": "nightly", "title": "Nightly copy",
  "hooks": [{ "on": "finish", "task": "tidy" }, { "on": "failure", "task": "report" }],
  "tasks": [
    { "name": "fetch", "title": "Fetch", "kind": "shell", "spec": { "script": "./fetch.sh" },
      "retry": { "attempts": 2 },
      "hooks": [{ "on": "retry", "task": "report" }, { "on": "recovery", "notify": "team" }] },
    { "name": "store", "title": "Store", "kind": "shell", "spec": { "script": "./store.sh" } },
    { "name": "report", "title": "Report", "kind": "shell", "spec": { "script": "./report.sh" },
      "env": { "WHY": "${hook.reason}" } },
    { "name": "tidy", "title": "Tidy up", "kind": "shell", "spec": { "script": "./tidy.sh" } }
  ],
  "dependencies": [{ "from": "fetch", "to": "store" }],
  "layout": { "tasks": { "fetch": [0, 0], "store": [300, 0], "report": [0, 160], "tidy": [300, 160] } }
}"#;

fn nightly(theme: ThemeChoice) -> Window {
    Window::with(theme, egui::vec2(1440.0, 900.0), 1.0, Some(NIGHTLY), |world| {
        world.files.insert(NIGHTLY.to_owned(), NIGHTLY_TEXT.to_owned());
        world.settings = Some(settings_of_a_team());
    })
}

/// The hooks of a task that run one, as `on task`.
fn runs(hooks: &[Hook]) -> Vec<String> {
    let task = |hook: &Hook| match &hook.action {
        HookAction::Task(task) => Some(format!("{} {task}", hook.on)),
        HookAction::Notify(_) => None,
    };
    hooks.iter().filter_map(task).collect()
}

/// A run in which the first try of `fetch` fails, and the second one as well.
fn failed_run(window: &mut Window) {
    window.press(Modifiers::COMMAND, Key::Enter);
    let run = window.world.borrow().runs.last().unwrap().run;
    {
        let mut world = window.world.borrow_mut();
        let fire = |world: &mut World, on: HookOn, of: Option<&str>, task: &str| {
            let state = if on == HookOn::Retry { "up_for_retry" } else { "failed" };
            let firing = Firing {
                on,
                hook_of: of.map(|of| key(of).task),
                task: of.map(key),
                state: state.to_owned(),
                reason: "exit code 3".to_owned(),
                attempt: of.map(|_| 1),
                round: 1,
            };
            let task = key(task).task;
            world.happen(run, RunEventKind::HookFired { task, firing: Box::new(firing) });
        };
        let ended =
            |task: &str, state| RunEventKind::ItemsEnded { task: key(task), state, cause: None };
        fire(&mut world, HookOn::Retry, Some("fetch"), "report");
        world.succeed(run, "report[0]", 40);
        world.happen(run, ended("report", TaskState::Succeeded));
        world.fail(run, "fetch", 300, 3, "no such host");
        let cause = Cause::UpstreamFailed { task: key("fetch").task };
        world.skip(run, "store", TaskState::UpstreamFailed, cause);
        let cause = Some(Cause::TasksFailed { first: key("fetch"), count: 1 });
        world.happen(run, RunEventKind::OutcomeDecided { state: RunState::Failed, cause });
        fire(&mut world, HookOn::Finish, None, "tidy");
        fire(&mut world, HookOn::Failure, None, "report");
        world.succeed(run, "report[1]", 60);
        world.happen(run, ended("report", TaskState::Succeeded));
        world.start(run, "tidy[0]");
    }
    window.settle();
}

#[test]
fn a_hook_runs_a_task_that_is_chosen_by_its_title() {
    let mut window = nightly(ThemeChoice::Dark);
    assert_eq!(window.value("Channel 1"), "Run Tidy up");
    window.push("Channel 1");
    window.push("Run Report");
    assert_eq!(runs(&window.workflow().hooks), ["finish report", "failure report"]);
    window.push("Channel 1");
    assert!(!window.has("Run Store"), "it depends on another");
    window.push("team");
    let first = window.workflow().hooks[0].action.clone();
    assert_eq!(first, HookAction::Notify(name("team")));
    window.push("Run a task");
    window.push("Occasion 3");
    window.push("When a task is retried");
    assert_eq!(runs(&window.workflow().hooks), ["failure report", "retry report"]);
    for _ in 0..8 {
        window.push("Undo");
    }
    assert_eq!(window.probe()["document"]["dirty"], false);
}

#[test]
fn a_task_has_hooks_of_its_own() {
    let mut window = nightly(ThemeChoice::Dark);
    window.select("store");
    window.push("Control");
    window.push("Run a task");
    window.push("Occasion 1");
    assert!(!window.has("When it takes long"), "that is for workflows");
    window.push("When it ends");
    let hooks = window.workflow().task("store").unwrap().hooks.clone();
    assert_eq!(runs(&hooks), ["finish report"]);
    window.push("Remove hook 1");
    assert!(window.workflow().task("store").unwrap().hooks.is_empty());
    window.select("report");
    assert!(!window.has("Run a task"), "what a hook runs runs no other");
}

#[test]
fn what_hooks_run_is_told_apart_and_each_time_has_its_log() {
    let mut window = nightly(ThemeChoice::Dark);
    assert!(window.says("Run by hooks: on failure, on retry of Fetch"));
    failed_run(&mut window);
    window.select("report");
    window.settle();
    assert!(window.says("2 times"));
    window.push("Item 1, succeeded");
    assert!(window.says("on failure: exit code 3"));
}

#[test]
fn pictures_of_hooks_that_run_tasks() {
    for (theme, word) in themes() {
        let mut window = nightly(theme);
        check(&mut window, &format!("hook_tasks_{word}"));
        window.select("fetch");
        window.push("Control");
        window.harness.get_all_by_label("Run a task").last().unwrap().scroll_to_me();
        window.settle();
        check(&mut window, &format!("hook_tasks_form_{word}"));
        failed_run(&mut window);
        window.select("report");
        window.push("Spec");
        check(&mut window, &format!("hook_tasks_run_{word}"));
    }
}
