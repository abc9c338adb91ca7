//! Backfills: which past times are to run, what that would start, and the start.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::Request;
use millrace_api::schedule::Backfill;
use millrace_ui::ThemeChoice;

use crate::schedules::starters;
use crate::world::Window;

fn window() -> Window {
    let mut window = Window::with(ThemeChoice::Dark, vec2(1280.0, 800.0), 1.0, None, starters);
    window.press(Modifiers::COMMAND, Key::Num3);
    window.settle();
    window.push("More about Daily sales report, nightly");
    window.push("Backfill…");
    window
}

fn asked(window: &Window) -> Vec<Backfill> {
    let world = window.world.borrow();
    let of_it = world.requests.iter().filter_map(|request| match request {
        Request::Backfill(backfill) => Some(backfill.clone()),
        _ => None,
    });
    of_it.collect()
}

#[test]
fn past_times_are_previewed_and_run() {
    let mut window = window();
    window.harness.get_by_label("Backfill Daily sales report");
    assert_eq!(window.value("First day"), "2026-11-16");
    assert_eq!(window.value("Last day"), "2026-11-22");
    window.harness.get_by_label("7 runs");
    window.harness.get_by_label_contains("Mon 16 Nov 06:00");
    window.fill("First day", "2026-11-20");
    window.push("Newest first");
    window.fill("Runs at a time", "2");
    window.settle();
    window.push("Start 3 runs");
    let last = asked(&window).pop().unwrap();
    assert!(!last.dry_run && last.reverse && last.skip_done);
    assert_eq!(last.parallel, 2);
    assert_eq!((last.to.0 + 1 - last.from.0) / 3_600_000_000, 3 * 24);
    window.harness.get_by_label("Started 3 runs");
    assert!(!window.has("First day"));
    window.push("Show");
    assert_eq!(window.probe()["place"], "runs");
    window.did(&["Schedule::AskBackfill", "Schedule::Backfill"]);
}

#[test]
fn the_librarys_menu_leads_to_it() {
    let mut window = Window::with(ThemeChoice::Dark, vec2(1280.0, 800.0), 1.0, None, starters);
    window.push("More about Backup");
    window.push("Backfill…");
    window.harness.get_by_label("Backfill Backup");
    window.harness.get_by_label("Schedule often");
}

#[test]
fn what_cannot_be_taken_is_said_at_its_field() {
    let mut window = window();
    window.fill("Last day", "2026-11-01");
    window.harness.get_by_label("The last day is before the first");
    window.fill("Last day", "yesterday");
    window.harness.get_by_label_contains("“yesterday” is not a day such as");
    window.fill("Last day", "2026-11-22");
    window.fill("Runs at a time", "0");
    window.harness.get_by_label("A number from 1 to 64 is expected");
    window.fill("Runs at a time", "1");
    window.fill("First day", "2020-01-01");
    window.settle();
    window.harness.get_by_label_contains("a backfill has at most 1000");
    window.push("Start");
    assert!(asked(&window).iter().all(|backfill| backfill.dry_run), "nothing was started");
    window.push("Cancel");
    assert!(!window.has("First day"));
}
