//! What comes from outside: documents of a later start, links, files that are dropped on the window.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::Request;
use millrace_api::document::Source;
use millrace_api::host::HostEvent;
use serde_json::json;

use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

const OTHER: &str = "/home/ada/elsewhere/other.json";

impl Window {
    /// The host tells something.
    pub fn host(&mut self, event: HostEvent) {
        self.world.borrow_mut().tell(event);
        self.settle();
    }

    fn link(&mut self, link: &str) {
        self.host(HostEvent::Link { link: link.to_owned() });
    }

    fn drop_files(&mut self, paths: &[&str], at: [f64; 2]) {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        self.host(HostEvent::Dropped { paths, at });
    }
}

fn window() -> Window {
    let window = Window::sales();
    let text =
        SALES_TEXT.replace("\"daily_sales\"", "\"other\"").replace("Daily sales report", "Other");
    window.world.borrow_mut().files.insert(OTHER.to_owned(), text);
    window
}

#[test]
fn documents_of_a_later_start_are_opened_and_an_open_one_is_shown() {
    let mut window = window();
    window.host(HostEvent::Open { documents: vec![OTHER.to_owned()] });
    assert_eq!(window.probe()["document"]["path"], OTHER);
    window.host(HostEvent::Open { documents: vec![SALES.to_owned()] });
    assert_eq!(window.probe()["document"]["path"], SALES);
    assert_eq!(window.probe()["tabs"].as_array().unwrap().len(), 2);
}

#[test]
fn a_link_runs_nothing_before_somebody_says_so() {
    let mut window = window();
    window.link("millrace://run/daily_sales?day=2026-11-01");
    window.harness.get_by_label("Run Daily sales report?");
    window.harness.get_by_label("2026-11-01");
    window.harness.get_all_by_label(SALES).next().unwrap();
    // Whoever is typing at this moment says nothing by it.
    for key in [Key::Enter, Key::Space, Key::Y] {
        window.press(Modifiers::NONE, key);
    }
    window.press(Modifiers::COMMAND, Key::Enter);
    assert_eq!(window.world.borrow().asked("start_run"), 0);
    window.harness.get_by_label("Don’t run").click();
    window.settle();
    assert_eq!(window.world.borrow().asked("start_run"), 0);
    assert_eq!(window.probe()["dialog"], false);
}

#[test]
fn what_a_link_asks_for_runs_with_its_parameters_after_a_click() {
    let mut window = window();
    window.link("millrace://run/daily_sales?day=2026-11-01");
    window.harness.get_all_by_label("Run").last().unwrap().click();
    window.settle();
    let world = window.world.borrow();
    let started = world.requests.iter().find_map(|request| match request {
        Request::StartRun(start) => Some(start.clone()),
        _ => None,
    });
    let started = started.unwrap();
    assert_eq!(started.source, Source::Path(SALES.to_owned()));
    assert_eq!(json!(started.param_texts), json!({ "day": "2026-11-01" }));
    drop(world);
    assert_eq!(window.probe()["place"], "run");
    window.did(&["File::FollowLink", "File::RunAsked"]);
}

#[test]
fn a_link_can_show_a_workflow() {
    let mut window = window();
    window.link("millrace://open/other");
    assert_eq!(window.probe()["document"]["path"], OTHER);
}

#[test]
fn links_that_lead_nowhere_say_why() {
    let mut window = window();
    window.link("millrace://run/nobody");
    assert!(window.toasts().contains("nobody, which is not there"), "{}", window.toasts());
    window.link("millrace://run/../etc/passwd");
    assert!(window.toasts().contains("no workflow can have the name"), "{}", window.toasts());
    assert_eq!(window.probe()["dialog"], false);
}

#[test]
fn a_dropped_document_is_opened_and_a_dropped_script_becomes_a_task_in_its_place() {
    let mut window = window();
    window.drop_files(&[OTHER], [20.0, 300.0]);
    assert_eq!(window.probe()["document"]["path"], OTHER);
    window.drop_files(&["/home/ada/bin/Clean up.py"], [700.0, 200.0]);
    let text = window.probe()["document"]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("\"file\": \"/home/ada/bin/Clean up.py\""), "{text}");
    let card = window.rect_of(&window.probe()["canvas"]["tasks"]["clean_up"]["rect"]);
    assert!(card.expand(16.0).contains(egui::pos2(700.0, 200.0)), "{card:?}");
    assert_eq!(window.probe()["canvas"]["selected"], json!(["clean_up"]));
    window.press(Modifiers::COMMAND, Key::Z);
    assert!(!window.probe()["document"]["text"].as_str().unwrap().contains("Clean up.py"));
    window.did(&["File::Drop"]);
}

#[test]
fn a_document_that_is_dropped_on_another_is_opened_or_becomes_a_task_that_runs_it() {
    let mut window = window();
    let before = window.workflow();
    let at = egui::pos2(700.0, 200.0);
    let drop = |window: &mut Window| {
        window.drop_files(&[OTHER], [at.x.into(), at.y.into()]);
        assert_eq!(window.probe()["document"]["path"], SALES, "nothing is done yet");
    };
    drop(&mut window);
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.has("Add a task that runs it"));
    drop(&mut window);
    let choice = window.harness.get_by_label("Add a task that runs it").rect();
    assert!(choice.distance_to_pos(at) < 40.0, "{choice} is not at {at}");
    window.push("Add a task that runs it");
    let workflow = window.workflow();
    let task = workflow.task("other").unwrap();
    assert_eq!((task.kind.as_str(), window.selected()), ("workflow", vec!["other".to_owned()]));
    assert_eq!(task.spec.to_value(), json!({ "workflow": "../elsewhere/other.json" }));
    assert!(window.spot("other", None).distance(at) < 24.0);
    window.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.workflow(), before, "one step");
    window.did(&["File::CallFile"]);

    // No document runs itself.
    window.drop_files(&[SALES], [at.x.into(), at.y.into()]);
    assert!(!window.has("Add a task that runs it"));
    drop(&mut window);
    window.push("Open other.json");
    assert_eq!(window.probe()["document"]["path"], OTHER);
}

#[test]
fn what_cannot_be_taken_says_what_can() {
    let mut window = window();
    window.drop_files(&["/home/ada/notes.txt"], [700.0, 300.0]);
    assert!(window.toasts().contains("notes.txt was not taken"), "{}", window.toasts());
    window.drop_files(&["/home/ada/a.sh"], [10.0, 10.0]);
    assert!(window.toasts().contains("a.sh was not taken"), "{}", window.toasts());
}

#[test]
fn pictures() {
    for (theme, word) in themes() {
        let mut window =
            Window::with(theme, egui::vec2(1180.0, 700.0), 1.0, Some(SALES), |world| {
                world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
            });
        window.link("millrace://run/daily_sales?day=2026-11-01&region=north");
        check(&mut window, &format!("link_{word}"));
        window.press(Modifiers::NONE, Key::Escape);
        window.host(HostEvent::Dragged { at: [600.0, 300.0] });
        check(&mut window, &format!("dragged_{word}"));
    }
}

#[test]
fn pictures_of_a_document_that_was_dropped_on_another() {
    for (theme, word) in themes() {
        let mut window =
            Window::with(theme, egui::vec2(1180.0, 700.0), 1.0, Some(SALES), |world| {
                world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
            });
        window.drop_files(&[OTHER], [520.0, 120.0]);
        check(&mut window, &format!("drop_choice_{word}"));
    }
}
