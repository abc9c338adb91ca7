//! The inbox: what a person should look at, marked as seen by looking at it.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::answer::Question;
use millrace_api::host::HostEvent;
use millrace_api::inbox::InboxSkip;
use millrace_api::schedule::FireState;
use millrace_api::{ApiError, Code};
use millrace_model::event::RunState;
use millrace_model::ids::RunId;
use millrace_model::read::Document;
use millrace_model::time::Timestamp;
use millrace_ui::ThemeChoice;

use crate::pictures::{SMALL, check, themes};
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
    assert!(window.has("FAILURES · 2"));
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

/// Hundreds of failures of three workflows, in three scripts, hundreds of questions, and times that were missed.
fn huge(world: &mut World) {
    inbox(world);
    world.remember(3_600);
    let failed = world.past.iter().filter(|row| row.state == RunState::Failed);
    world.starters.failures = failed.take(198).cloned().collect();
    world.fonts.push(("运行报告", include_bytes!("../fonts/han.otf")));
    world.starters.questions = (0..200)
        .map(|at| Question {
            run: RunId(0x9000_0000 + at),
            task: crate::world::key("ask"),
            workflow: "daily_sales".to_owned(),
            title: Some("Daily sales 报告 🚀".to_owned()),
            since: START,
            until: None,
            message: format!("**运行** batch {at}? \n\nIt takes an hour."),
            form: Default::default(),
            params: serde_json::Value::Null,
        })
        .collect();
}

fn open(theme: ThemeChoice, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, SMALL, 1.0, None, make);
    window.press(Modifiers::COMMAND, Key::Num4);
    window.settle();
    window
}

#[test]
fn failures_of_one_workflow_stand_together() {
    let mut window = open(ThemeChoice::Dark, |world| {
        starters(world);
        world.remember(200);
        let failed = world.past.iter().filter(|row| row.state == RunState::Failed);
        world.starters.failures = failed.take(9).cloned().collect();
    });
    assert!(window.has("Inbox, 10 new"));
    let sales =
        |window: &Window| window.harness.query_all_by_label_contains("Daily sales, ").count();
    window.harness.get_by_label_contains("Daily sales report · 4 failures, Last: ");
    assert_eq!(sales(&window), 0);
    window.harness.get_by_label_contains("Daily sales report · 4 failures, Last: ").click();
    window.settle();
    assert_eq!(sales(&window), 3);
    window.push("Mark Daily sales report · 4 failures as seen");
    assert!(window.has("Inbox, 6 new"));
    assert_eq!(sales(&window), 0);
}

#[test]
fn it_is_gone_through_by_the_keyboard() {
    let mut window = window();
    let key = |window: &mut Window, key| window.press(Modifiers::NONE, key);
    // Trust first, then the newest failure.
    key(&mut window, Key::ArrowDown);
    key(&mut window, Key::E);
    assert!(window.has("Inbox, 5 new"), "trust is no thing that is seen");
    key(&mut window, Key::ArrowDown);
    key(&mut window, Key::E);
    assert!(window.has("Inbox, 4 new"));
    key(&mut window, Key::End);
    key(&mut window, Key::E);
    assert!(window.has("Inbox, 3 new"));
    key(&mut window, Key::Home);
    key(&mut window, Key::ArrowDown);
    key(&mut window, Key::Enter);
    window.settle();
    assert_eq!(window.probe()["place"], "run");
}

#[test]
fn times_that_were_missed_are_caught_up() {
    let mut window = window();
    window.harness.get_all_by_label("Catch up Daily sales report").next().unwrap().click();
    window.settle();
    window.harness.get_by_label("Backfill Daily sales report");
    let day = |window: &Window, name: &str| {
        window
            .harness
            .get_by_role_and_label(egui::accesskit::Role::TextInput, name)
            .value()
            .unwrap()
    };
    let days = (day(&window, "First day"), day(&window, "Last day"));
    let asked = format!("{days:?}");
    assert!(days.0 <= days.1 && asked.contains("2026-11-2"), "{asked}");
    window.did(&["Inbox::CatchUp"]);
}

#[test]
fn a_notification_of_no_single_run_leads_here() {
    let mut window = Window::with(ThemeChoice::Dark, SMALL, 1.0, None, inbox);
    window.host(HostEvent::ShowInbox);
    assert_eq!(window.probe()["place"], "inbox");
}

#[test]
fn hundreds_of_things_are_laid_out_only_where_they_are_in_view() {
    let mut window = open(ThemeChoice::Dark, huge);
    let rows =
        window.harness.query_all_by_label_contains("Daily sales 报告 🚀, 运行 batch").count();
    assert!((5..30).contains(&rows), "{rows} rows were drawn");
    window.press(Modifiers::NONE, Key::End);
    window.settle();
    window.harness.get_by_label_contains("a run was active, and overlap is skip");
    assert_eq!(window.harness.query_all_by_label_contains("运行 batch 0?").count(), 0);
    window.push("Failures · 200");
    assert!(window.harness.query_all_by_label_contains("清理数据 · ").next().is_some());
    window.harness.get_by_label_contains("The newest are shown. Older ones come when");
    assert!(!window.has("Waiting for an answer · 200"));
    window.push("All · 403");
    window.harness.get_by_label_contains("运行 batch 0");
}

#[test]
fn where_nothing_can_be_shown_it_says_why() {
    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    for (theme, name) in themes() {
        let mut window = open(theme, |world| drop(world.refuse.insert("read_inbox", gone.clone())));
        window.harness.get_by_label("The inbox cannot be read");
        check(&mut window, &format!("inbox_error_{name}"));
        window.world.borrow_mut().refuse.clear();
        window.push("Try again");
        window.settle();
        assert!(window.has("Nothing waits for you"));
        let mut window = open(theme, |world| world.held = Some("read_inbox"));
        window.harness.get_by_label("Loading");
        check(&mut window, &format!("inbox_loading_{name}"));
        let mut window = open(theme, huge);
        window.press(Modifiers::NONE, Key::ArrowDown);
        check(&mut window, &format!("inbox_huge_{name}"));
    }
    let mut window = open(ThemeChoice::Dark, |world| {
        inbox(world);
        world.now = Some(START);
    });
    window.world.borrow_mut().refuse.insert("read_inbox", gone);
    window.push("Mark Daily sales report as seen");
    window.settle();
    window.harness.get_by_label_contains("This is the inbox as it was known before");
    check(&mut window, "inbox_disconnected_dark");
}
