//! Logs: opened from a task's menu and from the list of a run, read from further up; the tabs they lie in.

use egui::{Event, Key, Modifiers, MouseWheelUnit, TouchPhase, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::RunState;

use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

/// A run is over in which one task printed more than is loaded at once, and another a line.
fn window() -> Window {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Enter);
    {
        let mut world = window.world.borrow_mut();
        let run = world.runs[0].run;
        let long = "x".repeat(1_000);
        let many: Vec<(&str, bool)> = (0..400).map(|_| (long.as_str(), false)).collect();
        world.print(run, "fetch_exports", &many);
        world.succeed(run, "fetch_exports", 900);
        world.print(run, "clean_rows", &[("1204 rows", false)]);
        world.succeed(run, "clean_rows", 100);
        world.finish(run, RunState::Succeeded, None);
    }
    window.settle();
    window
}

#[test]
fn a_tasks_menu_opens_its_log() {
    let mut window = window();
    let at = window.spot("clean_rows", None);
    window.right_click(at);
    window.push("Open log");
    window.settle();
    let probe = window.probe();
    assert_eq!((&probe["drawer"], &probe["log"]["task"]), (&"log".into(), &"clean_rows".into()));
    assert_eq!(probe["log"]["lines"], serde_json::json!(["1204 rows"]));
    window.did(&["OpenLog"]);
}

#[test]
fn the_list_of_the_last_run_shows_a_task_by_a_click_and_its_log_by_two() {
    let mut window = window();
    window.push("Last run");
    assert_eq!(window.probe()["drawer"], "last_run");
    let row = window.harness.get_by_label("Clean rows, succeeded").rect().center();
    window.click(row);
    assert_eq!(window.selected(), ["clean_rows"]);
    for _ in 0..12 {
        window.settle();
    }
    window.double_click(row);
    assert_eq!(window.probe()["log"]["lines"], serde_json::json!(["1204 rows"]));
    window.did(&["Drawer::LastRun", "Reveal", "OpenLog"]);
}

#[test]
fn the_tab_shows_the_log_of_the_selected_task() {
    let mut window = window();
    window.select("clean_rows");
    window.push("Log");
    assert_eq!(window.probe()["log"]["task"], "clean_rows");
    assert_eq!(window.probe()["log"]["lines"], serde_json::json!(["1204 rows"]));
    window.did(&["Drawer::Log"]);
}

/// So many lines, some of which are errors' stream's.
fn rows(count: usize) -> Vec<(String, bool)> {
    (0..count).map(|n| (format!("row {n} of the export"), n % 1_000 == 500)).collect()
}

/// A log of so many lines is in view.
fn long(lines: usize) -> Window {
    printed(&rows(lines))
}

/// A log of these lines is in view.
fn printed(lines: &[(String, bool)]) -> Window {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Enter);
    {
        let mut world = window.world.borrow_mut();
        let run = world.runs[0].run;
        let many: Vec<(&str, bool)> =
            lines.iter().map(|(text, is_error)| (text.as_str(), *is_error)).collect();
        world.print(run, "fetch_exports", &many);
        world.succeed(run, "fetch_exports", 900);
        world.finish(run, RunState::Succeeded, None);
    }
    window.settle();
    window.select("fetch_exports");
    window.push("Log");
    settle(&mut window);
    window
}

fn settle(window: &mut Window) {
    for _ in 0..6 {
        window.settle();
    }
}

fn top(window: &Window) -> String {
    window.probe()["log"]["top"][0].as_str().unwrap_or_default().to_owned()
}

fn focus_log(window: &mut Window) {
    let rect = window.harness.get_by_label("Lines of the log").rect();
    window.click(rect.center());
    settle(window);
}

#[test]
fn any_place_of_a_long_log_is_gone_to_and_little_of_it_is_loaded() {
    let mut window = long(120_000);
    assert!(top(&window).starts_with("row 11999"), "its end is shown: {}", top(&window));
    focus_log(&mut window);
    window.press(Modifiers::NONE, Key::Home);
    settle(&mut window);
    assert_eq!(top(&window), "row 0 of the export");
    window.press(Modifiers::NONE, Key::PageDown);
    window.press(Modifiers::NONE, Key::ArrowDown);
    settle(&mut window);
    assert!(top(&window) != "row 0 of the export");
    window.press(Modifiers::COMMAND, Key::F);
    settle(&mut window);
    window.harness.event(Event::Text(":20001".to_owned()));
    settle(&mut window);
    window.press(Modifiers::NONE, Key::Enter);
    settle(&mut window);
    window.harness.get_by_label("row 20000 of the export");
    let read: u64 = window.world.borrow().requests.iter().fold(0, |sum, request| match request {
        Request::ReadLog(read) => sum + u64::from(read.max_bytes),
        _ => sum,
    });
    let total = window.probe()["log"]["total"].as_u64().unwrap();
    assert!(read < total / 2, "{read} of {total}");
    focus_log(&mut window);
    window.press(Modifiers::NONE, Key::End);
    settle(&mut window);
    window.harness.get_by_label("row 119999 of the export");
    window.did(&["Log::Find", "Log::Search"]);
}

#[test]
fn the_wheel_and_the_bar_at_the_side_move_the_view() {
    let mut window = long(40_000);
    let lines = window.harness.get_by_label("Lines of the log").rect();
    window.harness.hover_at(lines.center());
    window.harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, 20_000.0),
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    settle(&mut window);
    let up = top(&window);
    assert!(!up.starts_with("row 3999"), "{up}");
    let side = window.harness.get_by_label("Place in the log").rect();
    window.click(side.center());
    settle(&mut window);
    let number: u32 = top(&window).split(' ').nth(1).unwrap().parse().unwrap();
    assert!((19_000..21_000).contains(&number), "{number}");
    window.push("Go to the end");
    settle(&mut window);
    window.harness.get_by_label("row 39999 of the export");
    window.did(&["Log::Follow"]);
}

#[test]
fn a_search_goes_from_hit_to_hit_and_says_where_it_is() {
    let mut window = long(3_000);
    window.fill("Search the log", "row 12");
    settle(&mut window);
    assert_eq!(window.probe()["log"]["search"], "1 of 111");
    window.push("Next hit");
    settle(&mut window);
    assert_eq!(window.probe()["log"]["search"], "2 of 111");
    window.push("Previous hit");
    window.push("Previous hit");
    settle(&mut window);
    assert_eq!(window.probe()["log"]["search"], "111 of 111", "round and round");
    window.fill("Search the log", "row (1|2)$");
    settle(&mut window);
    assert_eq!(window.probe()["log"]["search"], "none");
    window.push("Regular expression");
    window.fill("Search the log", "ROW (1|2) ");
    settle(&mut window);
    assert_eq!(window.probe()["log"]["search"], "1 of 2");
    window.push("Match case");
    settle(&mut window);
    assert_eq!(window.probe()["log"]["search"], "none");
    window.fill("Search the log", "row (");
    settle(&mut window);
    window.harness.get_by_label("not a pattern");
    window.did(&["Log::Step", "Log::Search"]);
}

#[test]
fn one_stream_is_shown_alone() {
    let mut window = long(3_000);
    window.push("Err");
    settle(&mut window);
    let lines = window.probe()["log"]["lines"].clone();
    let expected = ["row 500 of the export", "row 1500 of the export", "row 2500 of the export"];
    assert_eq!(lines, serde_json::json!(expected));
    window.push("Both");
    settle(&mut window);
    window.push("Next error");
    settle(&mut window);
    assert_eq!(window.probe()["log"]["search"], "none");
    window.did(&["Log::Only", "Log::NextError"]);
}

#[test]
fn lines_that_speak_of_errors_are_gone_to() {
    let mut window = printed(&{
        let mut lines: Vec<(String, bool)> = rows(3_000);
        lines[7] = ("Fatal: no disk".to_owned(), true);
        lines[2_400] = ("panic: no memory".to_owned(), false);
        lines
    });
    for (place, text) in
        [("1 of 2", "Fatal: no disk"), ("2 of 2", "panic: no memory"), ("1 of 2", "Fatal: no disk")]
    {
        window.push("Next error");
        settle(&mut window);
        assert_eq!(window.probe()["log"]["search"], place);
        window.harness.get_by_label(text);
    }
}

#[test]
fn times_and_wrapping_are_chosen_and_kept() {
    let mut window = window();
    window.select("fetch_exports");
    window.push("Log");
    settle(&mut window);
    let height = |window: &Window| {
        let rects = window.harness.get_all_by_label_contains("xxxxxxxx");
        rects.map(|node| node.rect().height()).fold(0.0, f32::max)
    };
    let before = height(&window);
    window.push("Wrap long lines");
    settle(&mut window);
    assert!(height(&window) > before, "a long line has several rows");
    window.push("Show times");
    settle(&mut window);
    let settings = window.harness.state().settings();
    assert!(settings.log_wraps && !settings.log_times);
    window.did(&["Log::Wrap", "Log::Times"]);
}

#[test]
fn a_log_is_saved_where_the_person_says() {
    let mut window = long(100);
    window.world.borrow_mut().picks.push_back("/tmp/rows.log".to_owned());
    window.push("Save log");
    settle(&mut window);
    let saved = window.world.borrow().requests.iter().find_map(|request| match request {
        Request::SaveLog(save) => Some((save.path.clone(), save.replace, save.log.number)),
        _ => None,
    });
    assert_eq!(saved, Some(("/tmp/rows.log".to_owned(), true, Some(1))));
    window.harness.get_by_label("Saved: /tmp/rows.log");
    window.did(&["Log::Save"]);
}

#[test]
fn marked_lines_are_copied_and_all_of_it_by_the_button() {
    let mut window = long(50);
    let at = |window: &Window, text: &str| {
        window.harness.get_by_label(text).rect().left_center() + vec2(130.0, 0.0)
    };
    let first = at(&window, "row 47 of the export");
    window.click(first);
    let last = at(&window, "row 49 of the export");
    window.click_with(last, Modifiers::SHIFT);
    window.harness.event(Event::Copy);
    let lines: Vec<String> = (47..50).map(|n| format!("row {n} of the export")).collect();
    assert_eq!(window.copied().unwrap(), lines.join("\n"));
    window.settle();
    window.right_click(first);
    window.harness.get_by_label_contains("Copy lines").click();
    assert_eq!(window.copied().unwrap(), lines.join("\n"));
    window.settle();
    window.harness.get_by_label("Copy log").click();
    let all = window.copied().unwrap();
    assert_eq!((all.lines().count(), all.lines().next()), (50, Some("row 0 of the export")));
    window.did(&["Log::CopyMarked", "Log::CopyAll"]);
}

#[test]
fn a_log_that_is_asked_for_twice_is_copied_once_and_whole() {
    let mut window = long(120_000);
    window.world.borrow_mut().is_silent = true;
    window.push("Copy log");
    window.push("Copy log");
    window.world.borrow_mut().is_silent = false;
    let mut copied = Vec::new();
    for _ in 0..40 {
        window.harness.step();
        for command in &window.harness.output().platform_output.commands {
            if let egui::OutputCommand::CopyText(text) = command {
                copied.push(text.clone());
            }
        }
    }
    let lines: Vec<String> = (0..120_000).map(|n| format!("row {n} of the export")).collect();
    assert!(copied == [lines.join("\n")], "{} copies", copied.len());
}

#[test]
fn a_log_stays_while_nobody_answers_and_goes_on_afterwards() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Enter);
    let run = window.world.borrow().runs[0].run;
    window.world.borrow_mut().start(run, "fetch_exports");
    window.world.borrow_mut().print(run, "fetch_exports", &[("begin", false)]);
    window.settle();
    window.select("fetch_exports");
    window.push("Log");
    settle(&mut window);
    let silent = ApiError::new(Code::WrongState, "process 7 has the home");
    window.world.borrow_mut().refuse.insert("read_log", silent);
    settle(&mut window);
    assert_eq!(window.probe()["log"]["lines"], serde_json::json!(["begin"]));
    window.world.borrow_mut().print(run, "fetch_exports", &[("漢字 🎉 end", false)]);
    window.world.borrow_mut().refuse.clear();
    for _ in 0..10 {
        settle(&mut window);
    }
    assert_eq!(window.probe()["log"]["lines"], serde_json::json!(["begin", "漢字 🎉 end"]));
}

#[test]
fn pictures_of_the_log() {
    for (theme, word) in themes() {
        let size = vec2(1440.0, 900.0);
        let mut window = Window::with(theme, size, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
            world.fonts.push(("销售报告", include_bytes!("../fonts/han.otf")));
        });
        window.press(Modifiers::COMMAND, Key::Enter);
        {
            let mut world = window.world.borrow_mut();
            let run = world.runs[0].run;
            let rows: Vec<String> = (0..4_000)
                .map(|n| match n % 7 {
                    3 => format!("\u{1b}[33mwarning\u{1b}[0m row {n} has no customer"),
                    5 => format!("row {n}: 销售报告 was read as text, 12 columns 🎉"),
                    _ => format!("row {n}: 14 columns, 3 of them empty"),
                })
                .collect();
            let many: Vec<(&str, bool)> =
                rows.iter().enumerate().map(|(n, row)| (row.as_str(), n % 41 == 3)).collect();
            world.print(run, "fetch_exports", &many);
            world.succeed(run, "fetch_exports", 900);
        }
        window.settle();
        window.select("fetch_exports");
        window.push("Log");
        settle(&mut window);
        window.fill("Search the log", "columns");
        settle(&mut window);
        window.push("Next hit");
        settle(&mut window);
        check(&mut window, &format!("log_{word}"));
    }
}
