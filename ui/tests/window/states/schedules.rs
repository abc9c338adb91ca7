//! The place of schedules: on its way, unreadable, crowded, in other scripts, and while nobody answers.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::{ApiError, Code};
use millrace_ui::ThemeChoice;

use super::{HAN, can, han, in_han};
use crate::pictures::{FULL, SMALL, check, themes};
use crate::schedules::starters;
use crate::world::{Window, World, scheduled};

fn place(theme: ThemeChoice, size: egui::Vec2, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, size, 1.0, None, make);
    window.press(Modifiers::COMMAND, Key::Num3);
    for _ in 0..4 {
        window.settle();
    }
    window
}

#[test]
fn what_is_on_its_way_or_cannot_be_read_says_so() {
    let broken = ApiError::new(Code::Internal, "the history has a hole");
    for (theme, name) in themes() {
        let mut window = place(theme, SMALL, |world| {
            starters(world);
            world.held = Some("list_schedules");
        });
        window.harness.get_by_label("Loading");
        check(&mut window, &format!("schedules_loading_{name}"));
        let mut window = place(theme, SMALL, |world| {
            starters(world);
            world.refuse.insert("list_schedules", broken.clone());
        });
        window.harness.get_by_label("The schedules cannot be read");
        check(&mut window, &format!("schedules_error_{name}"));
    }
    let mut window = place(ThemeChoice::Dark, SMALL, |world| {
        starters(world);
        world.held = Some("list_fires");
    });
    window.harness.get_by_label("Loading");
    check(&mut window, "schedules_fires_loading");
}

#[test]
fn days_that_are_known_stay_when_they_cannot_be_read_again() {
    const TUESDAY: &str = "Daily sales report, Tue 24 Nov 06:00, coming";
    let mut window = place(ThemeChoice::Dark, SMALL, starters);
    let broken = ApiError::new(Code::Internal, "the history has a hole");
    window.world.borrow_mut().refuse.insert("list_fires", broken);
    window.push("Daily sales report, nightly on this machine");
    for _ in 0..6 {
        window.settle();
    }
    assert!(window.has("As it was known before") && window.has(TUESDAY));
    check(&mut window, "schedules_stale");
    // Of other days nothing is known.
    window.push("Later");
    for _ in 0..6 {
        window.settle();
    }
    window.harness.get_by_label("The calendar cannot be read");
    window.world.borrow_mut().refuse.clear();
    window.push("Try again");
    window.push("Today");
    for _ in 0..6 {
        window.settle();
    }
    assert!(!window.has("As it was known before"));
}

#[test]
fn thousands_of_times_in_other_scripts_are_folded() {
    let mut window = place(ThemeChoice::Light, FULL, |world| {
        han(world);
        for number in 0..400 {
            let text = in_han()
                .replace("daily_sales", &format!("sales_{number}"))
                .replace("每日销售报告 🎉", &format!("{number} {HAN} 🎉"));
            let every = format!(r#"[{{"name": "s", "cron": "{} */3 * * *"}}]"#, number % 60);
            let path = format!("/home/ada/workflows/sales_{number}.json");
            world.files.insert(path, scheduled(&text, &every));
        }
    });
    assert!(window.says(" more, "));
    let rows = window.harness.query_all_by_label_contains(", s on this machine").count();
    assert!((3..30).contains(&rows), "{rows} rows of the list are drawn");
    check(&mut window, "schedules_huge_cjk");
    window.push("Month");
    for _ in 0..4 {
        window.settle();
    }
    check(&mut window, "schedules_month_huge_cjk");
}

#[test]
fn while_nobody_answers_nothing_is_switched_and_what_is_known_stays() {
    for (theme, name) in themes() {
        let mut window = place(theme, SMALL, starters);
        let switch = "Daily sales report, nightly on this machine";
        assert!(can(&window, switch));
        window.leave();
        assert!(!can(&window, switch));
        assert!(window.has("Daily sales report, Tue 24 Nov 06:00, coming"));
        check(&mut window, &format!("schedules_disconnected_{name}"));
        window.push("More about Daily sales report, nightly");
        assert!(!can(&window, "Backfill…") && can(&window, "Show only this workflow"));
        window.press(Modifiers::NONE, Key::Escape);
        window.come_back();
        assert!(can(&window, switch));
    }
}
