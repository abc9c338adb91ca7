//! What starts workflows by itself, as pictures: the calendar, the inbox, backfills, the library with its switches.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::schedule::FireState;
use millrace_model::event::RunState;
use millrace_model::ids::RunId;
use millrace_model::read::Document;
use millrace_model::time::Timestamp;
use millrace_ui::ThemeChoice;

use crate::inbox::inbox;
use crate::pictures::{FULL, SMALL, check, check_as_it_is, themes};
use crate::world::{SALES, SALES_TEXT, START, Window, World, fire, scheduled};

const HOUR: i64 = 3_600_000_000;

/// A home in which much starts by itself: four workflows, two weeks of the past, one of them crowded.
fn busy(world: &mut World) {
    let zone = r#""timezone": "America/New_York""#;
    let all = [
        (
            "daily_sales",
            "Daily sales report",
            r#"[{"name": "nightly", "cron": "0 6 * * *"}]"#.to_owned(),
        ),
        (
            "backup",
            "Nightly backup",
            r#"[{"name": "often", "cron": "0 8-20/2 * * 1-5"}]"#.to_owned(),
        ),
        ("health", "Health check", r#"[{"name": "often", "cron": "*/10 9 * * 1,3"}]"#.to_owned()),
        (
            "closing",
            "Closing of the New York exchange",
            format!(r#"[{{"name": "closing", "cron": "0 16 * * 1-5", {zone}}}]"#),
        ),
    ];
    for (name, title, schedules) in &all {
        let text = SALES_TEXT.replace("daily_sales", name).replace("Daily sales report", title);
        let path = format!("/home/ada/workflows/{name}.json");
        world.files.insert(path.clone(), scheduled(&text, schedules));
    }
    world.starters.off.insert(("/home/ada/workflows/health.json".to_owned(), "often".to_owned()));
    world.starters.untrusted.insert("/home/ada/workflows/closing.json".to_owned());
    let workflow = Document::parse(world.files[SALES].as_bytes()).workflow.unwrap();
    let six = START.0 - 4_000_000;
    for days in 0..14_i64 {
        let at = Timestamp(six - days * 24 * HOUR);
        let run = RunId(100 + days as u64);
        let (run_state, caught_up, backfill) = match days {
            0 => (RunState::Running, false, false),
            3 => (RunState::Failed, false, false),
            5 => (RunState::Succeeded, true, false),
            9.. => (RunState::Succeeded, false, true),
            _ => (RunState::Succeeded, false, false),
        };
        let why = "the machine was asleep".to_owned();
        let what = match days {
            1 | 4 => FireState::Skipped { why, count: 1, first: at },
            _ => FireState::Run { run, run_state, caught_up, backfill },
        };
        world.starters.past.push(fire(SALES, &workflow, "nightly", (at, None), what));
    }
    world.now = Some(START);
}

fn place(theme: ThemeChoice, size: egui::Vec2, scale: f32, key: Key) -> Window {
    let mut window = Window::with(theme, size, scale, None, busy);
    window.press(Modifiers::COMMAND, key);
    window.settle();
    window
}

#[test]
fn calendars() {
    for (theme, word) in themes() {
        let mut window = place(theme, SMALL, 1.0, Key::Num3);
        check(&mut window, &format!("schedules_week_{word}"));
        window.push("Month");
        window.settle();
        check(&mut window, &format!("schedules_month_{word}"));
    }
    let mut window = place(ThemeChoice::Dark, SMALL, 2.0, Key::Num3);
    check(&mut window, "schedules_week_sharp");
    let mut window = place(ThemeChoice::Light, vec2(2560.0, 1440.0), 1.0, Key::Num3);
    check(&mut window, "schedules_week_large");
}

#[test]
fn calendar_in_use() {
    let mut window = place(ThemeChoice::Dark, SMALL, 1.0, Key::Num3);
    let from =
        window.harness.get_by_label("Daily sales report, Tue 24 Nov 06:00, coming").rect().center();
    window.drag_over(from, from + vec2(0.0, 60.0));
    window.harness.run_steps(2);
    check_as_it_is(&mut window, "schedules_drag");
    window.press(Modifiers::NONE, Key::Escape);
    window.harness.drop_at(from);
    window.settle();
    window.push("Daily sales report, Wed 25 Nov 06:00, coming");
    check(&mut window, "schedules_menu");
    window.press(Modifiers::NONE, Key::Escape);
    window.push("2 more, Mon 23 Nov 09:00");
    check(&mut window, "schedules_fold");
    window.press(Modifiers::NONE, Key::Escape);
    window.press(Modifiers::NONE, Key::ArrowLeft);
    let at =
        window.harness.get_by_label("Daily sales report, Sun 22 Nov 06:00, did not start").rect();
    window.harness.hover_at(at.center());
    window.harness.run_steps(30);
    check_as_it_is(&mut window, "schedules_card");
}

#[test]
fn calendar_without_anything() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, SMALL, 1.0, None, |_| {});
        window.press(Modifiers::COMMAND, Key::Num3);
        check(&mut window, &format!("schedules_empty_{word}"));
    }
}

#[test]
fn library_with_switches() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, SMALL, 1.0, None, busy);
        check(&mut window, &format!("workflows_scheduled_{word}"));
    }
    let mut window = Window::with(ThemeChoice::Dark, FULL, 1.0, None, busy);
    check(&mut window, "workflows_scheduled_large");
}

#[test]
fn inboxes() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, SMALL, 1.0, None, inbox);
        window.press(Modifiers::COMMAND, Key::Num4);
        check(&mut window, &format!("inbox_{word}"));
        let mut window = Window::with(theme, SMALL, 2.0, None, |_| {});
        window.press(Modifiers::COMMAND, Key::Num4);
        check(&mut window, &format!("inbox_empty_{word}"));
    }
}

#[test]
fn sheets() {
    for (theme, word) in themes() {
        let mut window = place(theme, SMALL, 1.0, Key::Num3);
        window.push("More about Daily sales report, nightly");
        window.push("Backfill…");
        window.fill("First day", "2026-10-01");
        window.settle();
        check(&mut window, &format!("backfill_{word}"));
        window.push("Cancel");
        window.push("Daily sales report, Wed 25 Nov 06:00, coming");
        window.push("Move it…");
        check(&mut window, &format!("move_tick_{word}"));
    }
}
