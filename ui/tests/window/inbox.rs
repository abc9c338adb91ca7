//! The inbox: what a person should look at, marked as seen by looking at it.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::inbox::InboxSkip;
use millrace_api::schedule::FireState;
use millrace_model::event::RunState;
use millrace_model::read::Document;
use millrace_model::time::Timestamp;
use millrace_ui::ThemeChoice;

use crate::schedules::{BACKUP, starters};
use crate::world::{SALES, START, Window, World, fire};

/// A failure more, times that were missed, and a workflow from elsewhere.
pub fn inbox(world: &mut World) {
    starters(world);
    let text = world.files[SALES].clone();
    let run = world.begin(&text);
    world.succeed(run, "fetch_exports", 800);
    world.fail(run, "clean_rows", 300, 3, "boom");
    world.finish(run, RunState::Failed, Some("clean_rows"));
    let workflow = Document::parse(text.as_bytes()).workflow.unwrap();
    for (skip, count, why) in
        [(7, 3, "the machine was asleep"), (4, 1, "a run was active, and overlap is skip")]
    {
        let first = Timestamp(START.0 - 3_604_000_000 * 10);
        let at = Timestamp(START.0 - 3_604_000_000);
        let what = FireState::Skipped { why: why.to_owned(), count, first };
        let fire = fire(SALES, &workflow, "nightly", (at, None), what);
        world.starters.skips.push(InboxSkip { skip, decided: START, fire });
    }
    world.starters.untrusted.insert(BACKUP.to_owned());
    world.now = Some(START);
}

fn window() -> Window {
    let mut window = Window::with(ThemeChoice::Dark, vec2(1280.0, 720.0), 1.0, None, inbox);
    window.press(Modifiers::COMMAND, Key::Num4);
    window
}

#[test]
fn the_rail_counts_and_the_place_lists() {
    let window = window();
    assert_eq!(window.probe()["place"], "inbox");
    assert!(window.has("Inbox, 5 new"));
    assert!(window.has("FAILURES · 2") || window.has("Failures · 2"));
    window.harness.get_by_label_contains("3 times from");
    window.harness.get_by_label_contains("a run was active, and overlap is skip");
    window.harness.get_by_label_contains("It would start by itself: ");
}

#[test]
fn a_failure_is_seen_when_it_is_opened_or_tried_again() {
    let mut window = window();
    window.push("Open the run of Daily sales report");
    window.settle();
    assert_eq!(window.probe()["place"], "run");
    assert_eq!(window.probe()["run"]["state"], "failed");
    assert!(window.has("Inbox, 4 new"));
    window.press(Modifiers::COMMAND, Key::Num4);
    window.push("Retry Daily sales report");
    window.settle();
    assert_eq!(window.world.borrow().asked("retry_run"), 1);
    assert!(window.has("Inbox, 3 new"));
    assert_eq!(window.world.borrow().starters.seen.len(), 2);
    window.did(&["Inbox::Open", "Inbox::Retry"]);
}

#[test]
fn a_failure_is_seen_wherever_it_is_looked_at() {
    let mut window = window();
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_all_by_label_contains("Daily sales report, failed").next().unwrap().click();
    window.settle();
    assert!(window.has("Inbox, 4 new"));
}

#[test]
fn one_thing_and_all_things_are_marked_as_seen() {
    let mut window = window();
    window.push("Mark Daily sales report as seen");
    assert!(window.has("Inbox, 4 new"));
    window.push("Mark all as seen");
    // The question of trust stays until it is answered.
    assert!(window.has("Inbox, 1 new"));
    // Both can be taken back; the newest message is drawn first.
    window.harness.get_all_by_label("Undo").next().unwrap().click_accesskit();
    window.settle();
    assert!(window.has("Inbox, 4 new"), "what was marked with one click is there again");
    window.push("Mark all as seen");
    assert!(window.has("Inbox, 1 new"));
    window.push("Trust Backup");
    assert!(window.has("Nothing waits for you"));
    window.did(&["Inbox::Seen", "Inbox::AllSeen", "Inbox::Unseen", "Trust::Document"]);
}

#[test]
fn a_workflow_from_elsewhere_is_looked_at_first() {
    let mut window = window();
    window.push("Look at Backup");
    window.settle();
    assert_eq!(window.probe()["place"], "editor");
    assert_eq!(window.probe()["document"]["path"], BACKUP);
    window.harness.get_by_label_contains("This workflow came from elsewhere");
}

#[test]
fn a_run_that_fails_is_in_the_inbox_at_once() {
    let mut window = Window::with(ThemeChoice::Dark, vec2(1280.0, 720.0), 1.0, None, starters);
    assert!(window.has("Inbox, 1 new"));
    {
        let mut world = window.world.borrow_mut();
        let text = world.files[SALES].clone();
        let run = world.begin(&text);
        world.finish(run, RunState::Failed, None);
    }
    window.settle();
    window.settle();
    assert!(window.has("Inbox, 2 new"));
}
