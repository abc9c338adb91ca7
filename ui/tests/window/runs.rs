//! The place Runs: a long history, the query with its chips, what is live, and what is said where nothing can be shown.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::RunState;
use millrace_model::run_query::MAX_QUERY;
use millrace_ui::ThemeChoice;

use crate::pictures::{FULL, SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, Window, World};

/// The place Runs over a world.
pub fn runs(make: impl FnOnce(&mut World)) -> Window {
    of_size(ThemeChoice::Dark, FULL, make)
}

fn of_size(theme: ThemeChoice, size: egui::Vec2, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, size, 1.0, None, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        make(world);
    });
    window.press(Modifiers::COMMAND, Key::Num2);
    window
}

/// How often pages of the list were asked for, and the last of the questions.
fn asked(window: &Window) -> (usize, Option<u64>) {
    let world = window.world.borrow();
    let mut pages = world.requests.iter().filter_map(|request| match request {
        Request::ListRuns(list) if list.limit == 200 => Some(list.skip),
        _ => None,
    });
    (pages.clone().count(), pages.next_back())
}

/// Lets time go by until the list asks again.
pub fn wait(window: &mut Window) {
    window.settle();
    window.settle();
}

#[test]
fn a_long_history_is_looked_at_anywhere_with_few_questions() {
    let mut window = runs(|world| world.remember(100_000));
    window.harness.get_by_label("100,000");
    assert_eq!(window.probe()["run_list"]["found"], 100_000);
    let (before, _) = asked(&window);
    window.press(Modifiers::NONE, Key::End);
    wait(&mut window);
    let probe = window.probe();
    assert!(probe["run_list"]["from"].as_u64().unwrap() > 99_900, "{}", probe["run_list"]);
    assert_eq!(asked(&window).1, Some(99_800));
    assert!(asked(&window).0 <= before + 2, "{:?}", asked(&window));
    assert!(window.harness.query_all_by_label_contains("succeeded").count() > 10);
    window.press(Modifiers::NONE, Key::Home);
    wait(&mut window);
    assert_eq!(window.probe()["run_list"]["from"], 0);
    let (after, _) = asked(&window);
    window.press(Modifiers::NONE, Key::End);
    wait(&mut window);
    assert_eq!(asked(&window).0, after, "what was loaded is not asked for again");
    window.press(Modifiers::NONE, Key::ArrowUp);
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.probe()["place"], "run");
    window.did(&["OpenRun"]);
}

#[test]
fn chips_and_field_are_two_views_of_one_query() {
    let mut window = runs(|world| world.remember(1_600));
    window.harness.get_by_label("Find runs").focus();
    window.settle();
    window.harness.get_by_label("Find runs").type_text("load");
    wait(&mut window);
    window.harness.get_by_label("100 of 1,600");
    window.press(Modifiers::NONE, Key::Escape);
    window.push("Filter by state");
    window.push("Cancelled");
    wait(&mut window);
    assert_eq!(window.probe()["run_list"]["typed"], "load state:canceled");
    window.harness.get_by_label("0 of 1,600");
    window.push("Failed");
    wait(&mut window);
    assert_eq!(window.probe()["run_list"]["query"], "load state:canceled,failed");
    window.harness.get_by_label("100 of 1,600");
    window.press(Modifiers::NONE, Key::Escape);
    window.push("Clear: State");
    wait(&mut window);
    assert_eq!(window.probe()["run_list"]["typed"], "load");
    window.push("Filter by workflow");
    window.push("site_health");
    window.press(Modifiers::NONE, Key::Escape);
    window.push("Filter by when");
    window.push("The last two days");
    wait(&mut window);
    let query = window.probe()["run_list"]["query"].clone();
    assert_eq!(query, "load workflow:site_health since:2d");
    window.press(Modifiers::NONE, Key::Escape);
    window.push("Show all runs");
    wait(&mut window);
    assert_eq!(window.probe()["run_list"]["found"], 1_600);
    window.did(&["Runs::Filter"]);
}

#[test]
fn what_is_not_understood_is_said_and_the_list_stays() {
    let mut window = runs(|world| world.remember(320));
    window.fill("Find runs", "sate:failed");
    wait(&mut window);
    window.harness.get_by_label_contains("did you mean “state”?");
    assert_eq!(window.probe()["run_list"]["found"], 320, "the list is the one of before");
    window.fill("Find runs", "state:failed");
    wait(&mut window);
    assert!(window.harness.query_by_label_contains("did you mean").is_none());
    window.harness.get_by_label("20 of 320");
    window.fill("Find runs", &"x".repeat(MAX_QUERY + 9));
    wait(&mut window);
    window.harness.get_by_label_contains("The query has 4105 bytes");
}

#[test]
fn keys_and_values_are_completed() {
    let mut window = runs(|world| world.remember(40));
    window.harness.get_by_label("Find runs").focus();
    window.settle();
    window.harness.get_by_label("Find runs").type_text("wor");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.value("Find runs"), "workflow:");
    window.harness.get_by_label("Find runs").type_text("back");
    window.settle();
    window.press(Modifiers::NONE, Key::Enter);
    wait(&mut window);
    assert_eq!(window.probe()["run_list"]["query"], "workflow:backup_photos");
    window.harness.get_by_label("13 of 40");
}

#[test]
fn a_filter_that_hides_everything_is_named_and_cleared_with_one_click() {
    let mut window = runs(|world| world.remember(50));
    window.fill("Find runs", "workflow:nothing");
    wait(&mut window);
    window.harness.get_by_label("Nothing fits the filter");
    window.harness.get_by_label("No run of 50 is like “workflow:nothing”.");
    window.press(Modifiers::NONE, Key::Escape);
    window.push("Clear the filter");
    wait(&mut window);
    assert_eq!(window.probe()["run_list"]["found"], 50);
}

#[test]
fn nothing_moves_under_the_pointer_while_runs_come() {
    let mut window = runs(|world| world.remember(1_000));
    let at = egui::pos2(640.0, 500.0);
    window.harness.hover_at(at);
    window.harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Page,
        delta: vec2(0.0, -1.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    wait(&mut window);
    let from = window.probe()["run_list"]["from"].as_u64().unwrap();
    assert!(from > 3, "{from}");
    let run = window.world.borrow_mut().begin(SALES_TEXT);
    for _ in 0..3 {
        wait(&mut window);
    }
    assert_eq!(window.probe()["run_list"]["from"], from);
    assert_eq!(window.probe()["run_list"]["found"], 1_000);
    window.push("1 new run");
    for _ in 0..3 {
        wait(&mut window);
    }
    assert_eq!(window.probe()["run_list"]["found"], 1_001);
    assert_eq!(window.probe()["run_list"]["from"], 0);
    window.harness.get_by_label_contains("Daily sales report, running");
    window.world.borrow_mut().finish(run, RunState::Succeeded, None);
    wait(&mut window);
    window.harness.get_by_label_contains("Daily sales report, succeeded");
    window.did(&["Runs::Top"]);
}

#[test]
fn new_runs_are_at_the_top_at_once_where_it_is_seen() {
    let mut window = runs(|world| world.remember(10));
    window.world.borrow_mut().begin(SALES_TEXT);
    for _ in 0..3 {
        wait(&mut window);
    }
    window.harness.get_by_label_contains("Daily sales report, running");
    assert_eq!(window.probe()["run_list"]["found"], 11);
}

#[test]
fn without_an_engine_the_rows_stay_and_that_is_said() {
    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    let mut window = runs(|world| world.remember(600));
    window.world.borrow_mut().refuse.insert("list_runs", gone.clone());
    window.push("Refresh");
    wait(&mut window);
    wait(&mut window);
    window.harness.get_by_label_contains("These are the runs as they were known before");
    assert!(window.harness.query_all_by_label_contains("succeeded").count() > 10);
    window.world.borrow_mut().refuse.clear();
    window.push("Refresh");
    wait(&mut window);
    wait(&mut window);
    assert!(window.harness.query_by_label_contains("known before").is_none());

    let mut window = runs(|world| {
        world.refuse.insert("list_runs", gone);
    });
    window.harness.get_by_label("The runs cannot be read");
    window.world.borrow_mut().refuse.clear();
    window.push("Refresh");
    wait(&mut window);
    window.harness.get_by_label("No runs yet");
}

#[test]
fn rows_have_no_words_until_they_come() {
    let mut window = runs(|world| world.remember(5_000));
    window.world.borrow_mut().is_silent = true;
    window.press(Modifiers::NONE, Key::End);
    wait(&mut window);
    let from = window.probe()["run_list"]["from"].as_u64().unwrap();
    assert!(from > 4_900, "{from}");
    assert_eq!(window.harness.query_all_by_label_contains("succeeded").count(), 0);
    window.world.borrow_mut().is_silent = false;
    wait(&mut window);
    assert!(window.harness.query_all_by_label_contains("succeeded").count() > 10);
}

#[test]
fn filters_are_kept_renamed_and_forgotten() {
    let mut window = runs(|world| world.remember(320));
    window.fill("Find runs", "state:failed");
    wait(&mut window);
    window.press(Modifiers::NONE, Key::Escape);
    window.push("Kept filters");
    window.push("Keep this filter…");
    window.harness.get_by_label("Name of the filter").type_text("坏的 🦀");
    window.settle();
    window.push("Keep");
    window.push("Show all runs");
    wait(&mut window);
    window.push("Kept filters");
    window.push("坏的 🦀");
    wait(&mut window);
    assert_eq!(window.probe()["run_list"]["query"], "state:failed");
    window.push("Kept filters");
    window.push("Rename 坏的 🦀");
    window.fill("Name of the filter", "Failures");
    window.push("Keep");
    assert_eq!(window.harness.state().settings().filters[0].name, "Failures");
    window.push("Kept filters");
    window.push("Forget Failures");
    assert!(window.harness.state().settings().filters.is_empty());
    window.did(&["Runs::KeepFilter", "Runs::RenameFilter", "Runs::ForgetFilter"]);
}

#[test]
fn a_workflow_leads_to_its_runs() {
    let mut window = runs(|world| {
        world.remember(30);
        let run = world.begin(SALES_TEXT);
        world.finish(run, RunState::Succeeded, None);
    });
    window.press(Modifiers::COMMAND, Key::Num1);
    window.push("More about Daily sales report");
    window.push("Show its runs");
    wait(&mut window);
    assert_eq!(window.probe()["place"], "runs");
    assert_eq!(window.probe()["run_list"]["query"], "workflow:daily_sales");
    assert_eq!(window.probe()["run_list"]["found"], 11);
}

#[test]
fn pictures_of_runs() {
    for (theme, name) in themes() {
        let mut window = of_size(theme, FULL, |world| {
            world.remember(100_000);
            world.begin(SALES_TEXT);
        });
        check(&mut window, &format!("runs_all_{name}"));
        window.fill("Find runs", "state:failed,canceled workflow:* sate:x");
        wait(&mut window);
        check(&mut window, &format!("runs_query_{name}"));
    }
    let mut window = of_size(ThemeChoice::Light, SMALL, |world| world.remember(3_000));
    window.fill("Find runs", "workflow:nothing");
    wait(&mut window);
    window.press(Modifiers::NONE, Key::Escape);
    check(&mut window, "runs_nothing_fits");
}
