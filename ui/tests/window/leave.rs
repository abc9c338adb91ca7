//! How the window ends, and what of the settings the desktop carries out.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::Request;
use millrace_api::host::HostEvent;
use millrace_ui::bridge::{DesktopAsk, DesktopChoice, DesktopState};
use millrace_ui::{Settings, ThemeChoice};

use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

/// A window on a desktop.
fn window(theme: ThemeChoice, runs: bool) -> Window {
    let settings = Settings {
        theme,
        reduced_motion: true,
        greeted: true,
        first_steps_closed: true,
        ..Settings::default()
    };
    Window::with_settings(settings, vec2(1180.0, 760.0), 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        world.desktop = Some(DesktopState::default());
        if runs {
            world.begin(SALES_TEXT);
        }
    })
}

fn asks(window: &Window) -> Vec<DesktopAsk> {
    window.world.borrow().desktop_asks.clone()
}

fn stops(window: &Window) -> Vec<bool> {
    let world = window.world.borrow();
    let stops = world.requests.iter().filter_map(|request| match request {
        Request::StopDaemon(stop) => Some(stop.cancel_runs),
        _ => None,
    });
    stops.collect()
}

#[test]
fn without_runs_the_window_closes_at_once() {
    let mut window = window(ThemeChoice::Dark, false);
    window.host(HostEvent::Leave { quit: false });
    assert_eq!(asks(&window), [DesktopAsk::Close]);
}

#[test]
fn what_was_typed_is_kept_before_the_window_ends() {
    let mut window = window(ThemeChoice::Dark, false);
    let at = window.spot("build_report", None);
    window.drag(at, at + vec2(64.0, 64.0));
    window.world.borrow_mut().is_silent = true;
    let at = window.spot("build_report", None);
    window.drag(at, at + vec2(32.0, 0.0));
    window.world.borrow_mut().is_silent = false;
    window.host(HostEvent::Leave { quit: true });
    assert_eq!(asks(&window), [DesktopAsk::Quit]);
    let text = window.probe()["document"]["text"].clone();
    let world = window.world.borrow();
    let kept: Vec<_> = world.drafts.values().map(|kept| kept.draft.text.clone()).collect();
    assert_eq!(kept, [text.as_str().unwrap()]);
}

#[test]
fn what_cannot_be_kept_is_not_lost_without_a_question() {
    for (theme, name) in themes() {
        let mut window = window(theme, false);
        window.leave();
        let at = window.spot("build_report", None);
        window.drag(at, at + vec2(64.0, 64.0));
        window.host(HostEvent::Leave { quit: false });
        window.harness.get_by_label("Changes are not kept yet");
        assert_eq!(asks(&window), [DesktopAsk::Wait]);
        check(&mut window, &format!("leave_unkept_{name}"));
        window.push("Stay");
        assert_eq!(asks(&window), [DesktopAsk::Wait], "the window stays");
        window.host(HostEvent::Leave { quit: false });
        // As soon as they are kept it goes by itself.
        window.come_back();
        assert_eq!(asks(&window).last(), Some(&DesktopAsk::Close));
        assert_eq!(window.world.borrow().drafts.len(), 1);
    }
    let mut window = window(ThemeChoice::Dark, false);
    window.leave();
    let at = window.spot("build_report", None);
    window.drag(at, at + vec2(64.0, 64.0));
    window.host(HostEvent::Leave { quit: true });
    window.push("Close without them");
    assert_eq!(asks(&window).last(), Some(&DesktopAsk::Quit));
    window.did(&["File::LeaveUnkept"]);
}

#[test]
fn while_runs_go_on_a_person_is_asked_and_closing_stops_nothing() {
    let mut window = window(ThemeChoice::Dark, true);
    window.host(HostEvent::Leave { quit: false });
    window.harness.get_by_label("1 run is still running");
    assert_eq!(asks(&window), [DesktopAsk::Wait]);
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(asks(&window), [DesktopAsk::Wait], "the window stays");
    window.host(HostEvent::Leave { quit: false });
    window.push("Close the window");
    assert_eq!(asks(&window).last(), Some(&DesktopAsk::Close));
    assert!(stops(&window).is_empty());
    window.did(&["File::Leave"]);
}

#[test]
fn millrace_can_be_stopped_and_the_window_ends_after_it() {
    for (button, cancel_runs) in [("Let tasks finish", false), ("Cancel the runs", true)] {
        let mut window = window(ThemeChoice::Dark, true);
        window.host(HostEvent::Leave { quit: false });
        window.push(button);
        window.settle();
        assert_eq!(stops(&window), [cancel_runs]);
        assert_eq!(asks(&window).last(), Some(&DesktopAsk::Quit));
    }
}

#[test]
fn who_does_not_want_to_be_asked_is_not_asked_again() {
    let mut window = window(ThemeChoice::Dark, true);
    window.host(HostEvent::Leave { quit: false });
    window.push("Close without asking from now on");
    window.push("Close the window");
    window.host(HostEvent::Leave { quit: false });
    assert_eq!(asks(&window), [DesktopAsk::Wait, DesktopAsk::Close, DesktopAsk::Close]);
}

#[test]
fn a_window_that_stays_in_the_tray_is_hidden_without_a_question() {
    let mut window = window(ThemeChoice::Dark, true);
    window.world.borrow_mut().desktop =
        Some(DesktopState { tray: true, ..DesktopState::default() });
    window.push("Settings");
    window.host(HostEvent::Leave { quit: false });
    assert_eq!(asks(&window), [DesktopAsk::Close]);
    window.host(HostEvent::Leave { quit: true });
    assert_eq!(asks(&window).last(), Some(&DesktopAsk::Wait), "ending it all is asked");
}

#[test]
fn choices_go_to_the_desktop_and_what_stands_in_their_way_is_told() {
    let mut window = window(ThemeChoice::Dark, false);
    window.push("Settings");
    window.push("Start");
    window.push("Start at login");
    let choice = DesktopAsk::Choose { choice: DesktopChoice::Login, on: true };
    assert_eq!(asks(&window), [choice]);
    window.world.borrow_mut().desktop.as_mut().unwrap().awake_problem =
        Some("nobody answers".to_owned());
    window.push("Keep awake while tasks run");
    window.harness.get_by_label("Not now: nobody answers.");
    window.did(&["File::Choose"]);
}

#[test]
fn a_run_that_the_tray_names_is_shown() {
    let mut window = window(ThemeChoice::Dark, true);
    let run = window.world.borrow().runs[0].run;
    window.host(HostEvent::ShowRun { run: run.to_string(), task: None });
    assert_eq!(window.probe()["place"], "run");
    assert_eq!(window.probe()["run"]["run"], run.to_string());
}

#[test]
fn a_run_that_a_notification_names_is_shown_with_its_task() {
    let mut window = window(ThemeChoice::Dark, true);
    let (run, task) = {
        let world = window.world.borrow();
        let run = &world.runs[0];
        (run.run.to_string(), run.tasks.keys().last().unwrap().to_string())
    };
    window.host(HostEvent::ShowRun { run: run.clone(), task: Some(task.clone()) });
    window.settle();
    assert_eq!(window.probe()["run"]["run"], run);
    assert_eq!(window.probe()["canvas"]["selected"], serde_json::json!([task]));
}

#[test]
fn pictures_of_the_question_and_of_the_desktops_settings() {
    for (theme, name) in themes() {
        let mut asked = window(theme, true);
        asked.host(HostEvent::Leave { quit: false });
        check(&mut asked, &format!("leave_{name}"));
        let mut settings = window(theme, false);
        settings.press(Modifiers::COMMAND, Key::Comma);
        settings.push("Start");
        settings.harness.get_by_label("Keep awake while tasks run").scroll_to_me();
        check(&mut settings, &format!("settings_desktop_{name}"));
    }
}
