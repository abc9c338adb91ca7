//! The workflow's tab of schedules: form and cron text in step, the next times, the switch of this machine.

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_model::document::{CatchUp, Json, ScheduleRule};
use millrace_ui::ThemeChoice;

use crate::inspector::{SIZE, TEXT};
use crate::pictures::{check, themes};
use crate::world::{SALES, Window, scheduled};

const NIGHTLY: &str = r#"[{"name": "nightly", "cron": "0 6 * * 1-5"}]"#;

fn with(theme: ThemeChoice, schedules: &str) -> Window {
    let mut window = Window::with(theme, SIZE, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), scheduled(TEXT, schedules));
    });
    window.harness.get_by_label_contains("Schedules of this workflow").click();
    window.settle();
    window
}

fn window(schedules: &str) -> Window {
    with(ThemeChoice::Dark, schedules)
}

fn cron(window: &Window) -> String {
    match &window.workflow().schedules[0].rule {
        ScheduleRule::Cron(text) => text.clone(),
        other => panic!("{other:?} is no cron rule"),
    }
}

#[test]
fn a_schedule_is_added_named_and_removed_and_all_of_it_can_be_undone() {
    let mut window = window("[]");
    window.push("Add schedule");
    assert_eq!(cron(&window), "0 6 * * *");
    window.fill("Name", "every_morning");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(window.workflow().schedules[0].name.as_str(), "every_morning");
    window.fill("Time", "7:30");
    assert_eq!(cron(&window), "30 7 * * *");
    window.push("Remove schedule every_morning");
    assert!(window.workflow().schedules.is_empty());
    for _ in 0..4 {
        window.push("Undo");
    }
    assert_eq!(window.probe()["document"]["dirty"], false);
}

#[test]
fn the_form_and_the_cron_text_are_always_in_step() {
    let mut window = window(NIGHTLY);
    window.push("Schedule nightly");
    window.harness.get_by_label("At 06:00, Monday to Friday");
    assert_eq!(window.value("Cron"), "0 6 * * 1-5");
    assert_eq!(window.value("Starts"), "Every week");
    // By the form.
    window.push("Sat");
    assert_eq!(cron(&window), "0 6 * * 1-6");
    assert_eq!(window.value("Cron"), "0 6 * * 1-6");
    window.fill("Time", "25:00");
    window.harness.get_by_label_contains("is not a time such as");
    assert_eq!(cron(&window), "0 6 * * 1-6", "what is no time changes nothing");
    window.fill("Time", "18:15");
    assert_eq!(cron(&window), "15 18 * * 1-6");
    // By the text.
    window.fill("Cron", "*/10 * * * *");
    assert_eq!(window.value("Starts"), "Every few minutes");
    assert_eq!(window.value("Minutes"), "10");
    window.fill("Cron", "0 0 30 2 *");
    window.harness.get_by_label_contains("February");
    assert_eq!(cron(&window), "*/10 * * * *", "a rule that never fires changes nothing");
    window.fill("Cron", "0 6,18 * * *");
    assert_eq!(window.value("Starts"), "By another rule (cron)");
    window.harness.get_all_by_label_contains("At 06:00 and 18:00").next().unwrap();
}

#[test]
fn every_kind_of_rule_can_be_chosen() {
    let mut window = window(NIGHTLY);
    window.push("Schedule nightly");
    for (kind, wanted) in [
        ("Every few minutes", "*/10 * * * *"),
        ("Every hour", "0 * * * *"),
        ("Every day", "0 6 * * *"),
        ("Every week", "0 6 * * 1-5"),
        ("Every month", "0 6 1 * *"),
    ] {
        window.push("Starts");
        window.push(kind);
        assert_eq!(cron(&window), wanted);
    }
    window.push("On day");
    window.push("the last day");
    assert_eq!(cron(&window), "0 6 L * *");
    window.push("Starts");
    window.push("At a fixed spacing");
    window.fill("Every", "90 m");
    let rule = window.workflow().schedules[0].rule.clone();
    assert_eq!(rule, ScheduleRule::Every("90m".parse().unwrap()));
    assert!(!window.has("Cron"));
    window.push("Starts");
    window.push("Once");
    let rule = window.workflow().schedules[0].rule.clone();
    assert_eq!(rule, ScheduleRule::At("2026-11-24T09:00:00+01:00".to_owned()));
    window.fill("At", "2026-12-24 18:00");
    let rule = window.workflow().schedules[0].rule.clone();
    assert_eq!(rule, ScheduleRule::At("2026-12-24T18:00:00+01:00".to_owned()));
    window.harness.get_by_label("Once, at 2026-12-24 18:00 (Europe/Berlin)");
    window.push("Starts");
    window.push("By another rule (cron)");
    assert_eq!(cron(&window), "0 6 * * *");
}

#[test]
fn the_next_times_say_what_the_change_of_the_clocks_does() {
    let mut window = window(
        r#"[{"name": "nightly", "cron": "30 2 * * *", "start": "2027-03-27T00:00:00+01:00"}]"#,
    );
    window.push("Schedule nightly");
    window.harness.get_by_label_contains("Sat 27 Mar 2027 02:30, in");
    window.harness.get_by_label_contains("02:30 does not exist on 28 Mar: it fires at 03:00");
    window.harness.get_by_label_contains("Mon 5 Apr 2027 02:30, in");
    assert!(window.harness.query_by_label_contains("6 Apr 2027").is_none(), "ten are enough");
    window.fill("Not before", "2027-10-31 00:00");
    window.harness.get_by_label_contains(
        "02:30 comes twice, at 00:30 UTC and 01:30 UTC: first pass, 00:30 UTC",
    );
    window.fill("Not after", "2026-01-01 00:00");
    window.harness.get_by_label_contains("before the start");
}

#[test]
fn what_else_is_said_of_a_schedule_is_written() {
    let mut window = window(NIGHTLY);
    window.push("Schedule nightly");
    window.harness.get_all_by_label("Time zone").last().unwrap().focus();
    window.settle();
    window.harness.get_all_by_label("Time zone").last().unwrap().type_text("new_y");
    window.settle();
    window.press(Modifiers::NONE, Key::Tab);
    window.harness.get_by_label("Next times, America/New_York");
    window.push("Times that were missed");
    window.push("A run for each, at most 100");
    window.fill("Spread", "5 m");
    window.fill("Parameter day", "2026-01-31");
    let workflow = window.workflow();
    let schedule = &workflow.schedules[0];
    assert_eq!(schedule.timezone.as_deref(), Some("America/New_York"));
    assert_eq!(schedule.catch_up, CatchUp::All);
    assert_eq!(schedule.jitter.unwrap().to_string(), "5m");
    let given = schedule.params.as_ref().map(Json::members).unwrap();
    assert_eq!(given, [("day".to_owned(), Json::from("2026-01-31"))]);
    window.fill("Time zone", "Atlantis");
    window.harness.get_by_label_contains("here is no time zone “Atlantis”");
    assert_eq!(window.workflow().schedules[0].timezone.as_deref(), Some("America/New_York"));
}

/// The events of typing a text: for each letter the key goes down, writes, and goes up.
fn typed(text: &str) -> Vec<Vec<Event>> {
    let letters = text.chars().map(|letter| {
        let key = Key::from_name(&letter.to_string());
        let down = key.map(|key| event_of(key, true));
        let up = key.map(|key| event_of(key, false));
        down.into_iter().chain([Event::Text(letter.to_string())]).chain(up).collect()
    });
    letters.collect()
}

fn event_of(key: Key, pressed: bool) -> Event {
    Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE }
}

#[test]
fn what_is_typed_fast_into_the_time_zone_is_what_stands_there() {
    let zone = |window: &Window| window.workflow().schedules[0].timezone.clone();
    let tab = || vec![event_of(Key::Tab, true), event_of(Key::Tab, false)];
    let enter = || vec![event_of(Key::Enter, true), event_of(Key::Enter, false)];
    let cases = [
        ([typed("Europe/Berlin"), vec![tab()], typed("xy")].concat(), "Europe/Berlin", ""),
        ([typed("Europe/Berlin"), vec![enter()]].concat(), "Europe/Berlin", ""),
        ([typed("berlin"), vec![tab()]].concat(), "Europe/Berlin", ""),
        ([typed("Europe/Be"), vec![enter()]].concat(), "Europe/Belfast", ""),
        ([typed("europe/be"), vec![enter()], typed("x")].concat(), "Europe/Belfast", "x"),
    ];
    // So many keys come with each frame; at last all of them with one.
    for at_once in [1, 2, 3, 20] {
        for (keys, wanted, more) in &cases {
            let mut window = window(NIGHTLY);
            window.push("Schedule nightly");
            window.harness.get_all_by_label("Time zone").last().unwrap().focus();
            window.settle();
            for keys in keys.chunks(at_once) {
                window.harness.input_mut().events.extend(keys.concat());
                window.harness.step();
            }
            window.settle();
            assert_eq!(zone(&window).as_deref(), Some(*wanted), "{at_once} keys a frame");
            assert_eq!(window.value("Time zone"), format!("{wanted}{more}"));
        }
    }
}

#[test]
fn the_switch_is_for_what_is_in_the_file() {
    let mut window = window(NIGHTLY);
    window.harness.get_by_label("Schedules of this workflow: tomorrow 06:00");
    window.push("nightly on this machine");
    assert_eq!(window.world.borrow().starters.off.len(), 1);
    window.harness.get_by_label("Schedules of this workflow: off");
    window.push("nightly on this machine");
    assert!(window.world.borrow().starters.off.is_empty());
    window.did(&["Schedule::Switch"]);
    // A schedule that is not saved cannot be switched, and the draft is not what runs.
    window.push("Add schedule");
    window.harness.get_by_label_contains("This draft differs");
    window.push("daily on this machine");
    assert!(window.world.borrow().starters.off.is_empty());
    window.press(Modifiers::COMMAND, Key::S);
    window.settle();
    assert!(window.harness.query_by_label_contains("This draft differs").is_none());
    window.push("daily on this machine");
    assert_eq!(window.world.borrow().starters.off.len(), 1);
}

#[test]
fn the_clock_in_the_bar_leads_to_the_schedules() {
    let mut window = Window::with(ThemeChoice::Dark, SIZE, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), scheduled(TEXT, NIGHTLY));
    });
    window.select("load");
    window.push("Schedules of this workflow: tomorrow 06:00");
    assert!(window.selected().is_empty());
    window.harness.get_by_label("Schedule nightly");
}

#[test]
fn pictures_of_schedules_in_the_form() {
    for (theme, word) in themes() {
        let schedules = r#"[
            {"name": "nightly", "cron": "30 2 * * 1-5", "start": "2027-03-25T00:00:00+01:00",
             "jitter": "5m", "params": {"day": "2027-01-01"}},
            {"name": "month_end", "cron": "0 18 L * *", "timezone": "America/New_York"}
        ]"#;
        let mut window = with(theme, schedules);
        check(&mut window, &format!("workflow_schedules_{word}"));
        window.push("Schedule nightly");
        check(&mut window, &format!("workflow_schedule_{word}"));
    }
    // As the guide shows it.
    let workdays = r#"[{"name": "workdays", "cron": "0 6 * * 1-5", "timezone": "Europe/Berlin"}]"#;
    let mut window = with(ThemeChoice::Dark, workdays);
    window.push("Schedule workdays");
    check(&mut window, "schedule_form");
}

#[test]
fn an_error_in_a_schedule_keeps_nobody_from_running_by_hand() {
    let mut window = window(r#"[{"name": "nightly", "cron": "0 25 * * *"}]"#);
    assert_eq!(window.probe()["document"]["errors"], 1);
    window.press(Modifiers::COMMAND, Key::Enter);
    assert_eq!(window.world.borrow().asked("start_run"), 1);
}
