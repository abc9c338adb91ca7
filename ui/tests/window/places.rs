//! The library, the list of runs, settings, the engine's absence.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code};
use millrace_model::event::RunState;
use millrace_ui::{Settings, ThemeChoice};

use crate::world::{SALES, SALES_TEXT, Window, World};

fn library(world: &mut World) {
    world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
    let other = SALES_TEXT.replace("daily_sales", "backup").replace("Daily sales report", "Backup");
    world.files.insert("/home/ada/workflows/backup.json".to_owned(), other);
}

fn window(make: impl FnOnce(&mut World)) -> Window {
    Window::with(ThemeChoice::Light, vec2(1280.0, 720.0), 1.0, None, make)
}

#[test]
fn a_workflow_is_found_opened_and_run_from_the_library() {
    let mut window = window(library);
    assert_eq!(window.probe()["place"], "workflows");
    window.harness.get_by_label("Search workflows").focus();
    window.settle();
    window.harness.get_by_label("Search workflows").type_text("daily");
    window.settle();
    assert!(window.harness.query_by_label("Backup").is_none());
    window.harness.get_by_label("Run Daily sales report").click();
    window.settle();
    assert_eq!(window.probe()["place"], "run");
    window.press(Modifiers::COMMAND, Key::Num1);
    window.harness.get_by_label("Daily sales report").click();
    window.settle();
    assert_eq!(window.probe()["place"], "editor");
    assert_eq!(window.probe()["document"]["path"], SALES);
    window.did(&["RunFile"]);
}

#[test]
fn a_run_of_the_history_shows_its_own_document() {
    let mut window = window(|world| {
        world.files.insert(SALES.to_owned(), "{}".to_owned());
        let run = world.begin(SALES_TEXT);
        world.succeed(run, "fetch_exports", 700);
        world.fail(run, "clean_rows", 90, 1, "boom");
        world.print(run, "clean_rows", &[("boom", true)]);
        world.finish(run, RunState::Failed, Some("clean_rows"));
    });
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_by_label_contains("Daily sales report, failed").click();
    window.settle();
    window.settle();
    let probe = window.probe();
    assert_eq!(probe["place"], "run");
    assert_eq!(probe["run"]["tasks"]["clean_rows"], "failed");
    assert_eq!(probe["log"]["lines"], serde_json::json!(["boom"]));
    window.harness.get_by_label("Failed in Clean rows");
    window.press(Modifiers::NONE, Key::Delete);
    assert_eq!(window.probe()["canvas"]["tasks"].as_object().unwrap().len(), 5);
    window.harness.get_by_label("Retry failed").click();
    window.settle();
    assert_eq!(window.world.borrow().asked("retry_run"), 1);
}

#[test]
fn an_engine_that_cannot_be_reached_is_said_and_found_again() {
    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    let mut window = window(|world| {
        library(world);
        for name in ["daemon_state", "list_workflows", "list_runs"] {
            world.refuse.insert(name, gone.clone());
        }
    });
    assert_eq!(window.probe()["engine"], "unreachable");
    window.harness.get_by_label("The library cannot be read");
    window.world.borrow_mut().refuse.clear();
    for _ in 0..12 {
        window.settle();
    }
    assert_eq!(window.probe()["engine"], "running");
    window.harness.get_by_label("Daily sales report");
}

#[test]
fn settings_change_the_theme_and_the_size() {
    let mut window = window(library);
    window.press(Modifiers::COMMAND, Key::Comma);
    window.harness.get_by_label("Dark").click();
    window.settle();
    assert_eq!(window.harness.state().settings().theme, ThemeChoice::Dark);
    assert!(window.harness.ctx.global_style().visuals.dark_mode);
    window.harness.get_by_label("125 %").click();
    window.settle();
    assert!((window.harness.ctx.zoom_factor() - 1.25).abs() < 1e-3);
}

#[test]
fn a_document_that_was_asked_for_is_shown_before_the_engine_answers() {
    let size = vec2(1280.0, 720.0);
    let mut window = Window::with(ThemeChoice::Dark, size, 1.0, Some(SALES), |world| {
        library(world);
        world.is_silent = true;
    });
    assert_eq!(window.probe()["place"], "editor");
    window.harness.get_by_label("Opening daily_sales.json");
    window.world.borrow_mut().is_silent = false;
    window.settle();
    assert_eq!(window.probe()["document"]["path"], SALES);
}

#[test]
fn a_document_that_cannot_be_opened_leaves_the_library_and_the_reason() {
    let size = vec2(1280.0, 720.0);
    let window = Window::with(ThemeChoice::Dark, size, 1.0, Some("/gone.json"), library);
    assert_eq!(window.probe()["place"], "workflows");
    assert_eq!(window.probe()["toasts"].as_array().unwrap().len(), 1);
}

#[test]
fn at_the_very_first_start_a_small_workflow_is_open_and_runs_by_one_key() {
    let settings = Settings { reduced_motion: true, ..Settings::default() };
    let mut window = Window::with_settings(settings, vec2(1280.0, 800.0), 1.0, None, library);
    let probe = window.probe();
    assert_eq!((&probe["place"], &probe["tabs"][0]["title"]), (&"editor".into(), &"Hello".into()));
    window.press(Modifiers::COMMAND, Key::Enter);
    window.settle();
    assert_eq!(window.probe()["run"]["tasks"].as_object().unwrap().len(), 4);
    // Nobody changed it, so it is not there again.
    let window = window.again(None);
    assert_eq!(window.probe()["tabs"], serde_json::json!([]));
    assert_eq!(window.probe()["place"], "workflows");
    assert!(window.world.borrow().drafts.is_empty());
}

#[test]
fn the_first_steps_are_there_in_the_window_as_it_opens() {
    let settings = Settings { reduced_motion: true, greeted: true, ..Settings::default() };
    let size = vec2(1280.0, 800.0);
    let window = Window::with_settings(settings, size, 1.0, Some(SALES), library);
    let line = window.harness.get_by_label("Run it with Ctrl+Enter").rect();
    let zoom = window.harness.get_by_label("Zoom out").rect();
    assert!(line.bottom() < zoom.top(), "{line:?} lies above {zoom:?}");
}

#[test]
fn the_first_steps_are_ticked_off_and_can_be_closed() {
    let settings = Settings {
        theme: ThemeChoice::Dark,
        reduced_motion: true,
        greeted: true,
        ..Settings::default()
    };
    let mut window =
        Window::with_settings(settings, vec2(1600.0, 900.0), 1.0, Some(SALES), library);
    window.harness.get_by_label("Run it with Ctrl+Enter");
    assert_eq!(window.harness.state().settings().first_steps, [false; 3]);
    window.press(Modifiers::COMMAND, Key::Enter);
    let at = window.spot("clean_rows", None);
    window.click(at);
    assert_eq!(window.harness.state().settings().first_steps, [true, true, false]);
    window.harness.get_by_label("Close the first steps").click();
    window.settle();
    assert!(window.harness.query_by_label("Run it with Ctrl+Enter").is_none());
    assert!(window.harness.state().settings().first_steps_closed);
}

#[test]
fn an_open_run_has_a_tab_that_leads_to_it_and_closes_it() {
    let mut window = window(|world| {
        library(world);
        let run = world.begin(SALES_TEXT);
        world.finish(run, RunState::Succeeded, None);
    });
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_by_label_contains("Daily sales report, succeeded").click();
    window.settle();
    let run = window.probe()["run"]["run"].as_str().unwrap().to_owned();
    let title = format!("Run {} · Daily sales report", &run[..4]);
    window.press(Modifiers::COMMAND, Key::Num1);
    assert_eq!(window.probe()["place"], "workflows");
    window.push(&title);
    assert_eq!(window.probe()["place"], "run");
    window.push(&format!("Close {title}"));
    assert_eq!(window.probe()["place"], "runs");
    assert!(!window.has(&title));
    window.did(&["Go::Run", "CloseRun"]);
}

#[test]
fn while_nothing_happens_no_frame_is_asked_for() {
    let delay = |window: &Window| {
        window.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay
    };
    let mut window = Window::sales();
    for place in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Comma] {
        window.settle();
        assert_eq!(delay(&window), std::time::Duration::MAX, "before {place:?}");
        window.press(Modifiers::COMMAND, place);
    }
    // What happens elsewhere wakes it.
    window.world.borrow_mut().files.remove(SALES);
    window.settle();
    assert_eq!(delay(&window), std::time::Duration::MAX);
}

#[test]
fn the_library_says_what_starts_next_and_switches_it() {
    let mut window = window(crate::schedules::starters);
    window.push("Schedules of Daily sales report");
    assert_eq!(window.world.borrow().starters.off.len(), 1);
    window.push("Schedules of Daily sales report");
    assert!(window.world.borrow().starters.off.is_empty());
    window.did(&["Schedule::Switch"]);
}
