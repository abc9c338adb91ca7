//! The panel at the right of the editor: a task's tabs, what they write into the document, what they refuse.

use egui::{Event, Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_model::document::{Join, RetryOn, Workflow};
use millrace_model::read::Document;
use millrace_ui::ThemeChoice;

use crate::pictures::{check, themes};
use crate::world::{SALES, Window};

/// The document of these tests.
pub const TEXT: &str = include_str!("inspector.json");
/// The size of their window.
pub const SIZE: Vec2 = Vec2::new(1180.0, 960.0);

fn window() -> Window {
    of(TEXT)
}

fn of(text: &str) -> Window {
    Window::with(ThemeChoice::Dark, SIZE, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), text.to_owned());
    })
}

impl Window {
    /// Selects a task.
    pub fn select(&mut self, task: &str) {
        let at = self.spot(task, None);
        self.click(at);
    }

    /// Presses what has this name, the last where there are several.
    pub fn push(&mut self, name: &str) {
        self.harness.get_all_by_label(name).last().unwrap().click_accesskit();
        self.settle();
    }

    /// Writes into a field in place of what was there.
    pub fn fill(&mut self, name: &str, text: &str) {
        self.harness.get_all_by_label(name).last().unwrap().focus();
        self.settle();
        self.press(Modifiers::COMMAND, Key::A);
        self.harness.get_all_by_label(name).last().unwrap().type_text(text);
        self.settle();
    }

    /// What stands in a field.
    pub fn value(&self, name: &str) -> String {
        self.harness.get_all_by_label(name).last().unwrap().value().unwrap_or_default()
    }

    /// Whether something of this name is there.
    pub fn has(&self, name: &str) -> bool {
        self.harness.query_all_by_label(name).next().is_some()
    }

    /// Whether something that is shown has these words in its name.
    pub fn says(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
    }

    /// The text of the document as it would be saved.
    pub fn text(&self) -> String {
        self.probe()["document"]["text"].as_str().unwrap().to_owned()
    }

    /// What the messages say.
    pub fn toasts(&self) -> String {
        self.probe()["toasts"].to_string()
    }

    /// The document as it would be saved.
    pub fn workflow(&self) -> Workflow {
        let probe = self.probe();
        let text = probe["document"]["text"].as_str().unwrap();
        Document::parse(text.as_bytes()).workflow.unwrap()
    }

    /// The names of the selected tasks.
    pub fn selected(&self) -> Vec<String> {
        serde_json::from_value(self.probe()["canvas"]["selected"].clone()).unwrap()
    }
}

#[test]
fn the_chosen_tab_survives_another_selection() {
    let mut window = window();
    window.select("load");
    assert!(window.has("File"));
    window.push("Control");
    assert!(window.has("Only when") && !window.has("File"));
    window.select("extract");
    assert!(window.has("Only when") && !window.has("Script"));
    assert_eq!(window.probe()["form"]["task"], "Control");
    window.push("Environment");
    assert!(window.has("Variables"));
    window.push("Notes");
    assert!(window.has("Description"));
}

#[test]
fn control_is_written_field_by_field_and_taken_back_step_by_step() {
    let mut window = window();
    window.select("extract");
    window.push("Control");
    assert!(window.has("From the workflow: up to 3 tries, 10 s apart, doubling"));
    window.push("More: Tries");
    window.fill("Delay", "1h 30m");
    assert_eq!(window.value("Delay"), "1h 30m");
    window.push("lost");
    window.fill("Only when", "params.mode == 'full'");
    window.fill("Time-out", "90s");
    window.push("Failure allowed");
    window.fill("Lock", "warehouse");
    window.fill("Pool", "gpu");
    window.push("More: Slots");
    window.push("More: Priority");
    let workflow = window.workflow();
    let task = workflow.task("extract").unwrap();
    let retry = task.retry.as_ref().unwrap();
    assert_eq!((retry.attempts, retry.delay.to_string().as_str()), (4, "1h30m"));
    assert_eq!(retry.on, [RetryOn::Failed, RetryOn::Timeout, RetryOn::Lost]);
    assert_eq!(task.when.as_deref(), Some("params.mode == 'full'"));
    assert_eq!(task.timeout.unwrap().to_string(), "1m30s");
    assert!(task.allow_failure);
    assert_eq!(task.lock.as_deref(), Some("warehouse"));
    let pool = task.pool.as_ref().unwrap();
    assert_eq!((pool.name.as_str(), pool.slots, task.priority), ("gpu", 2, 1));

    window.push("Reset Tries");
    assert_eq!(window.workflow().task("extract").unwrap().retry, None);
    for _ in 0..12 {
        window.push("Undo");
    }
    assert_eq!(window.probe()["document"]["dirty"], false);
    window.did(&["EndStep"]);
}

#[test]
fn a_join_is_chosen_and_its_expression_checked() {
    let mut window = window();
    window.select("load");
    window.push("Control");
    window.push("Any");
    assert_eq!(window.workflow().task("load").unwrap().join, Join::Any);
    window.push("Expression");
    window.fill("Join expression", "extract.skipped");
    let join = Join::Expr("extract.skipped".to_owned());
    assert_eq!(window.workflow().task("load").unwrap().join, join);
    window.fill("Join expression", "extract.skipped &&");
    window.harness.get_by_label_contains("Column 19");
    window.push("Reset Starts when");
    assert_eq!(window.workflow().task("load").unwrap().join, Join::All);
}

#[test]
fn a_duration_that_is_none_stays_with_the_reason() {
    let mut window = window();
    window.select("extract");
    window.push("Control");
    window.fill("Time-out", "soon");
    window.harness.get_by_label_contains("is not a duration");
    assert_eq!(window.value("Time-out"), "soon");
    assert_eq!(window.probe()["document"]["dirty"], false);
    window.select("load");
    window.select("extract");
    assert_eq!(window.value("Time-out"), "soon");
    window.fill("Time-out", "2h");
    assert_eq!(window.workflow().task("extract").unwrap().timeout.unwrap().to_string(), "2h");
}

#[test]
fn problems_stand_at_the_field_that_they_name_and_on_its_tab() {
    let text = TEXT.replace("\"delay\": \"30s\", ", "\"delay\": \"30m\", ");
    let mut window = of(&text);
    window.select("load");
    window.push("Control");
    window.harness.get_by_label_contains("longest delay 10m is shorter");
    window.push("Notes");
    assert!(window.harness.query_by_label_contains("longest delay 10m").is_none());
}

#[test]
fn files_that_a_task_makes_are_rows() {
    let mut window = window();
    window.select("load");
    window.push("Control");
    window.push("Add file");
    window.fill("Makes files 1", "out/${run.logical_time}.csv");
    window.push("Add file");
    window.fill("Makes files 2", "../up.csv");
    let made = |window: &Window| window.workflow().task("load").unwrap().produces.clone();
    assert_eq!(made(&window), ["out/${run.logical_time}.csv", "../up.csv"]);
    window.harness.get_by_label_contains("out of the task");
    window.push("Reset Makes files");
    assert_eq!(made(&window), Vec::<String>::new());
}

#[test]
fn variables_are_added_made_secret_and_removed() {
    let mut window = window();
    window.select("load");
    window.push("Environment");
    assert!(window.has("REGION"));
    window.push("Add variable");
    window.fill("Variables 3 value", "sales_api");
    window.harness.get_by_label_contains("Row 3 has no name");
    window.fill("Variables 3 name", "KEY");
    window.push("Secret: Variables 3");
    window.push("Remove variable 1");
    let workflow = window.workflow();
    let env = &workflow.task("load").unwrap().env;
    let names: Vec<&str> = env.keys().map(String::as_str).collect();
    assert_eq!(names, ["TOKEN", "KEY"]);
    let secret = millrace_model::document::EnvValue::Secret("sales_api".to_owned());
    assert_eq!(env["KEY"], secret);
    window.fill("Variables 1 name", "KEY");
    window.harness.get_by_label_contains("stands twice");
    assert_eq!(window.workflow(), workflow);
}

#[test]
fn escape_leaves_a_field_and_only_the_next_one_the_task() {
    let mut window = window();
    window.select("load");
    window.push("Environment");
    window.fill("Variables 1 name", "KEY");
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(window.value("Variables 1 name"), "KEY");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.has("Control"), "nothing is selected");
}

#[test]
fn a_folder_is_chosen_with_the_systems_dialog() {
    let mut window = window();
    window.select("load");
    window.push("Environment");
    window.world.borrow_mut().path_picked = Some("/srv/data".to_owned());
    window.push("Browse: Working folder");
    let pick = window.world.borrow().path_picks[0].clone();
    assert!(pick.folder);
    assert_eq!(pick.start.as_deref(), Some("/home/ada/workflows"));
    assert_eq!(window.workflow().task("load").unwrap().workdir.as_deref(), Some("/srv/data"));
    window.world.borrow_mut().path_picked = None;
    window.push("Browse: Working folder");
    assert_eq!(window.workflow().task("load").unwrap().workdir.as_deref(), Some("/srv/data"));
    window.did(&["PickPath"]);
}

#[test]
fn arguments_are_rows_that_keys_add_move_and_remove() {
    let mut window = window();
    window.select("load");
    window.push("More");
    let args = |window: &Window| {
        let workflow = window.workflow();
        let args = workflow.task("load").unwrap().spec.get("args").cloned();
        args.map(|args| args.to_value().to_string()).unwrap_or_default()
    };
    window.fill("Arguments 1", "--date");
    window.press(Modifiers::ALT, Key::ArrowDown);
    assert_eq!(args(&window), r#"["${params.day}","--date"]"#);
    window.press(Modifiers::NONE, Key::Enter);
    window.harness.get_all_by_label("Arguments 3").last().unwrap().type_text("-v");
    window.settle();
    assert_eq!(args(&window), r#"["${params.day}","--date","-v"]"#);
    window.push("Remove argument 1");
    assert_eq!(args(&window), r#"["--date","-v"]"#);
}

#[test]
fn a_new_name_is_taken_everywhere_when_the_field_is_left() {
    let mut window = window();
    window.select("extract");
    window.fill("Name", "load");
    window.harness.get_by_label_contains("“load” is taken");
    window.press(Modifiers::NONE, Key::Enter);
    assert!(window.workflow().task("extract").is_some());
    window.fill("Name", "fetch all");
    window.harness.get_by_label_contains("is not a name");
    window.fill("Name", "fetch");
    assert!(window.workflow().task("extract").is_some());
    window.press(Modifiers::NONE, Key::Enter);
    let workflow = window.workflow();
    assert_eq!(
        workflow.task("load").unwrap().when.as_deref(),
        Some("tasks.fetch.outputs.rows > 0")
    );
    assert_eq!(workflow.dependencies[0].from.as_str(), "fetch");
    assert_eq!(window.selected(), ["fetch"]);
    window.push("Undo");
    assert_eq!(window.selected(), ["extract"]);
    assert_eq!(window.probe()["document"]["dirty"], false);
    window.did(&["RenameTask"]);
}

#[test]
fn a_task_that_was_never_named_takes_the_name_of_its_title_in_one_step() {
    let mut window = window();
    window.select("shell");
    window.press(Modifiers::NONE, Key::F2);
    window.harness.get_all_by_label("Title").last().unwrap().type_text("Tell the team");
    window.settle();
    assert!(window.workflow().task("shell").is_some());
    window.press(Modifiers::NONE, Key::Enter);
    let workflow = window.workflow();
    let task = workflow.task("tell_the_team").unwrap();
    assert_eq!(task.title.as_deref(), Some("Tell the team"));
    assert_eq!(window.selected(), ["tell_the_team"]);
    window.push("Undo");
    assert_eq!(window.probe()["document"]["dirty"], false);
    // One that has a name keeps it.
    window.select("extract");
    window.fill("Title", "Fetch");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.workflow().task("extract").unwrap().title.as_deref(), Some("Fetch"));
    window.did(&["SettleTitle"]);
}

#[test]
fn a_help_mark_says_what_its_field_means() {
    let mut window = window();
    window.select("load");
    window.push("Control");
    window.harness.get_by_label("About Lock").focus();
    window.settle();
    window.harness.get_by_label_contains("one runs at a time");
}

#[test]
fn pictures_of_a_tasks_tabs() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, SIZE, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), TEXT.to_owned());
        });
        window.select("load");
        for tab in ["Spec", "Control", "Environment", "Notes"] {
            window.push(tab);
            check(&mut window, &format!("task_{}_{word}", tab.to_lowercase()));
        }
    }
}

#[test]
fn keys_shape_code_and_a_button_shows_it_large() {
    let mut window = window();
    window.select("extract");
    let script = |window: &Window| {
        let workflow = window.workflow();
        workflow.task("extract").unwrap().spec.get("script").unwrap().as_str().unwrap().to_owned()
    };
    window.fill("Script", "for x in 1 2; do");
    window.press(Modifiers::NONE, Key::Enter);
    window.press(Modifiers::NONE, Key::Tab);
    window.harness.get_all_by_label("Script").last().unwrap().type_text("echo $x");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    window.press(Modifiers::SHIFT, Key::Tab);
    window.harness.get_all_by_label("Script").last().unwrap().type_text("done");
    window.settle();
    assert_eq!(script(&window), "for x in 1 2; do\n  echo $x\ndone");
    window.push("Open Script large");
    window.fill("Large code", "true");
    assert_eq!(script(&window), "true");
    // The canvas behind does not hear the keys.
    window.harness.get_by_label("Done").focus();
    window.settle();
    window.press(Modifiers::NONE, Key::Delete);
    assert!(window.workflow().task("extract").is_some());
    window.push("Done");
    assert!(!window.has("Large code"));
    window.did(&["ShowLarge"]);
}

#[test]
fn picture_of_large_code() {
    let code = r#"#!/bin/sh\n# Loads the day.\nset -eu\nday=${1:-$(date +%F)}\nfor file in exports/*.csv; do\n  if [ ! -s \"$file\" ]; then\n    echo \"empty: $file\" >&2\n    exit 75\n  fi\n  psql warehouse -c \"copy sales from '$file'\"\ndone"#;
    let text = TEXT.replace("./fetch.sh", code);
    for (theme, word) in themes() {
        let mut window = Window::with(theme, SIZE, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), text.clone());
        });
        window.select("extract");
        check(&mut window, &format!("task_code_{word}"));
        window.push("Open Script large");
        check(&mut window, &format!("task_large_{word}"));
    }
}

#[test]
fn a_key_in_the_frame_in_which_its_task_gets_a_name_is_not_lost() {
    let mut window = window();
    window.select("shell");
    window.press(Modifiers::NONE, Key::F2);
    window.harness.get_all_by_label("Title").last().unwrap().type_text("Fetch");
    window.settle();
    let script = window.harness.get_all_by_label("Script").last().unwrap().rect().center();
    let button = |pressed| Event::PointerButton {
        pos: script,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    // The click takes the cursor along; the key comes in the frame that sees that the title was left.
    let frames = [
        vec![Event::PointerMoved(script)],
        vec![button(true)],
        vec![Event::Text("!".to_owned()), button(false)],
    ];
    for events in frames {
        window.harness.input_mut().events.extend(events);
        window.harness.step();
    }
    window.settle();
    let workflow = window.workflow();
    let script = workflow.task("fetch").unwrap().spec.get("script").unwrap().as_str().unwrap();
    assert!(script.contains('!'), "{script}");
    assert_eq!(window.probe()["toasts"], serde_json::json!([]));
}

#[test]
fn what_is_saved_is_what_was_typed_before_in_the_same_frame() {
    let mut window = window();
    window.select("shell");
    window.harness.get_all_by_label("Script").last().unwrap().click();
    window.settle();
    let key = |pressed| Event::Key {
        key: Key::S,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::COMMAND,
    };
    // A slow page sees the last letter and the shortcut at once.
    window.harness.input_mut().events.extend([Event::Text("!".to_owned()), key(true), key(false)]);
    window.harness.step();
    window.settle();
    let document = &window.probe()["document"];
    assert_eq!(document["dirty"], false);
    let requests = window.world.borrow().requests.clone();
    let saved = requests.iter().find_map(|request| match request {
        millrace_api::Request::SaveDocument(save) => Some(save.text.clone()),
        _ => None,
    });
    assert!(saved.unwrap().contains('!'));
}
