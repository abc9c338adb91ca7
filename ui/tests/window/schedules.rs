//! The place of schedules: what fires, fired and did not fire, and what hands do to it.

use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use millrace_api::schedule::{FireState, ListFires, MoveTo};
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::RunState;
use millrace_model::read::Document;
use millrace_model::time::Timestamp;
use millrace_ui::ThemeChoice;

use crate::world::{SALES, SALES_TEXT, START, Window, World, fire, scheduled};

pub const BACKUP: &str = "/home/ada/workflows/backup.json";
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Monday 06:00 by the clock of the daemon's machine.
fn monday_at_six() -> Timestamp {
    Timestamp(START.0 - 4_000_000)
}

/// Two workflows that start by themselves, and what became of some earlier times.
pub fn starters(world: &mut World) {
    let sales = scheduled(SALES_TEXT, r#"[{"name": "nightly", "cron": "0 6 * * *"}]"#);
    let backup =
        SALES_TEXT.replace("daily_sales", "backup").replace("Daily sales report", "Backup");
    let backup = scheduled(&backup, r#"[{"name": "often", "cron": "0 8-20/2 * * 1-5"}]"#);
    world.files.insert(SALES.to_owned(), sales.clone());
    world.files.insert(BACKUP.to_owned(), backup);
    let workflow = Document::parse(sales.as_bytes()).workflow.unwrap();
    for (days, state) in [(3, RunState::Succeeded), (2, RunState::Failed), (0, RunState::Running)] {
        let at = Timestamp(monday_at_six().0 - days * DAY);
        world.now = Some(at);
        let run = world.begin(&sales);
        if state.is_final() {
            world.finish(run, state, None);
        }
        let what = FireState::Run { run, run_state: state, caught_up: false, backfill: false };
        world.starters.past.push(fire(SALES, &workflow, "nightly", (at, None), what));
    }
    let missed = Timestamp(monday_at_six().0 - DAY);
    let why = "the machine was asleep".to_owned();
    let what = FireState::Skipped { why, count: 1, first: missed };
    world.starters.past.push(fire(SALES, &workflow, "nightly", (missed, None), what));
    world.now = Some(START);
}

fn window() -> Window {
    with(starters)
}

fn with(make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(ThemeChoice::Dark, vec2(1280.0, 800.0), 1.0, None, make);
    window.press(Modifiers::COMMAND, Key::Num3);
    window.settle();
    window
}

/// What the calendar asked for last.
fn asked(window: &Window) -> ListFires {
    let world = window.world.borrow();
    let fires = world.requests.iter().rev().filter_map(|request| match request {
        Request::ListFires(fires) => Some(fires.clone()),
        _ => None,
    });
    fires.into_iter().next().unwrap()
}

fn spot(window: &Window, name: &str) -> Pos2 {
    window.harness.get_by_label(name).rect().center()
}

const TUESDAY: &str = "Daily sales report, Tue 24 Nov 06:00, coming";

#[test]
fn a_week_shows_what_fires_and_fired_and_only_that_is_asked_for() {
    let mut window = window();
    assert_eq!(window.probe()["place"], "schedules");
    assert!(window.has("23 – 29 Nov 2026"));
    assert!(window.has("Daily sales report, Mon 23 Nov 06:00, running"));
    assert!(window.has(TUESDAY));
    assert!(window.has("Backup, Mon 23 Nov 08:00, coming"));
    let fires = asked(&window);
    assert_eq!(fires.from, Timestamp(monday_at_six().0 - 6 * HOUR));
    assert_eq!(fires.to.0 + 1, fires.from.0 + 7 * DAY);
    // The week before, by the keyboard; and the same by the buttons.
    window.press(Modifiers::NONE, Key::ArrowLeft);
    assert!(window.has("16 – 22 Nov 2026"));
    assert!(window.has("Daily sales report, Sat 21 Nov 06:00, failed"));
    assert!(window.has("Daily sales report, Sun 22 Nov 06:00, did not start"));
    window.push("Later");
    window.push("Later");
    assert!(window.has("30 Nov – 6 Dec 2026"));
    window.push("Today");
    assert!(window.has("23 – 29 Nov 2026"));
    window.push("Earlier");
    window.press(Modifiers::NONE, Key::Home);
    assert!(window.has("23 – 29 Nov 2026"));
    window.push("Month");
    assert!(window.has("November 2026"));
    assert!(window.has("Daily sales report, Fri 20 Nov 06:00, succeeded"));
    assert!(window.has("Daily sales report, Sat 5 Dec 06:00, coming"));
    window.press(Modifiers::NONE, Key::ArrowRight);
    assert!(window.has("December 2026"));
    window.did(&["Schedule::Earlier", "Schedule::Later", "Schedule::Today", "Schedule::Look"]);
}

#[test]
fn keys_of_the_calendar_wait_while_a_menu_is_open() {
    let mut window = window();
    window.push("More about Daily sales report, nightly");
    window.press(Modifiers::NONE, Key::ArrowLeft);
    assert!(window.has("23 – 29 Nov 2026"));
    window.press(Modifiers::NONE, Key::Escape);
    window.press(Modifiers::NONE, Key::ArrowLeft);
    assert!(window.has("16 – 22 Nov 2026"));
}

#[test]
fn what_is_past_opens_its_run_and_says_why_it_has_none() {
    let mut window = window();
    window.press(Modifiers::NONE, Key::ArrowLeft);
    let at = spot(&window, "Daily sales report, Sun 22 Nov 06:00, did not start");
    window.harness.hover_at(at);
    window.harness.run_steps(30);
    window.harness.get_by_label_contains("The machine was asleep.");
    window.harness.get_by_label_contains("nightly: At 06:00");
    window.push("Daily sales report, Sat 21 Nov 06:00, failed");
    assert_eq!(window.probe()["place"], "run");
    assert_eq!(window.probe()["run"]["state"], "failed");
}

#[test]
fn a_coming_time_is_dragged_to_another_and_back_again() {
    let mut window = window();
    let from = spot(&window, TUESDAY);
    // An hour and a bit later; the bit is less than half a step.
    window.drag(from, from + vec2(0.0, 48.0 + 1.5));
    let (tick, seven) = (monday_at_six().0 + DAY, monday_at_six().0 + DAY + HOUR);
    let moves = |window: &Window| {
        let world = window.world.borrow();
        let all = world.starters.moves.iter();
        all.map(|((_, name, tick), to)| (name.clone(), tick.0, *to)).collect::<Vec<_>>()
    };
    assert_eq!(moves(&window), [("nightly".to_owned(), tick, MoveTo::At(Timestamp(seven)))]);
    window.harness.get_by_label("Daily sales report fires tomorrow 07:00");
    for _ in 0..4 {
        window.settle();
    }
    window.harness.get_by_label("Daily sales report, Tue 24 Nov 07:00, coming, moved");
    window.push("Undo");
    assert_eq!(moves(&window), [("nightly".to_owned(), tick, MoveTo::Back)]);
    window.did(&["Schedule::Move", "Schedule::PutBack"]);
}

#[test]
fn a_drag_is_given_up_with_escape_and_does_not_lead_into_the_past() {
    let mut window = window();
    let from = spot(&window, TUESDAY);
    let to = from + vec2(0.0, 96.0);
    window.drag_over(from, to);
    window.press(Modifiers::NONE, Key::Escape);
    window.harness.drop_at(to);
    window.settle();
    assert!(window.world.borrow().starters.moves.is_empty());
    let beside = spot(&window, "Daily sales report, nightly");
    window.drag(from, beside);
    assert!(window.world.borrow().starters.moves.is_empty(), "beside the calendar");
    let monday = spot(&window, "Daily sales report, Mon 23 Nov 06:00, running");
    window.drag(from, monday + vec2(0.0, -12.0));
    assert!(window.world.borrow().starters.moves.is_empty());
    window.harness.get_by_label_contains("this time is past");
}

#[test]
fn a_coming_time_is_left_out_moved_by_its_menu_and_put_back_to_the_rule() {
    let mut window = window();
    window.push(TUESDAY);
    window.push("Leave this one out");
    window.harness.get_by_label_contains("Daily sales report is left out tomorrow 06:00");
    for _ in 0..4 {
        window.settle();
    }
    window.push("Daily sales report, Tue 24 Nov 06:00, did not start");
    window.push("Back to the rule");
    // What was left out before is left out again.
    window.push("Undo");
    let moves = window.world.borrow().starters.moves.values().copied().collect::<Vec<_>>();
    assert_eq!(moves, [MoveTo::Nowhere]);
    for _ in 0..4 {
        window.settle();
    }
    window.push("Daily sales report, Tue 24 Nov 06:00, did not start");
    window.push("Back to the rule");
    for _ in 0..4 {
        window.settle();
    }
    window.push(TUESDAY);
    window.push("Move it…");
    window.fill("New time", "2026-11-23 05:00");
    window.harness.get_by_label_contains("This time is past");
    window.fill("New time", "2026-11-25 07:10");
    window.push("Move");
    let at = Timestamp(monday_at_six().0 + 2 * DAY + 70 * 60_000_000);
    let moves = window.world.borrow().starters.moves.values().copied().collect::<Vec<_>>();
    assert_eq!(moves, [MoveTo::At(at)]);
    window.did(&["Schedule::AskMove", "Schedule::Move"]);
}

#[test]
fn a_month_moves_a_time_to_another_day() {
    let mut window = window();
    window.push("Month");
    let (from, to) =
        (spot(&window, TUESDAY), spot(&window, "Daily sales report, Fri 27 Nov 06:00, coming"));
    window.drag(from, to);
    let moves = window.world.borrow().starters.moves.values().copied().collect::<Vec<_>>();
    assert_eq!(moves, [MoveTo::At(Timestamp(monday_at_six().0 + 4 * DAY))]);
}

#[test]
fn many_at_one_time_fold_and_unfold() {
    let mut window = with(|world| {
        starters(world);
        let many: Vec<String> =
            (0..12).map(|n| format!(r#"{{"name": "s{n}", "cron": "{n} 9 * * *"}}"#)).collect();
        let text = scheduled(SALES_TEXT, &format!("[{}]", many.join(",")));
        world.files.insert(SALES.to_owned(), text);
    });
    window.push("11 more, Tue 24 Nov 09:00");
    assert!(window.has("Daily sales report, 09:11, coming"));
}

#[test]
fn one_workflow_alone_is_shown() {
    let mut window = window();
    window.push("Which workflow");
    window.push("Backup");
    assert!(!window.has(TUESDAY));
    assert!(window.has("Backup, Mon 23 Nov 08:00, coming"));
    let source = asked(&window).source;
    assert_eq!(source, Some(millrace_api::document::Source::Path(BACKUP.to_owned())));
    window.did(&["Schedule::Only"]);
}

#[test]
fn all_that_starts_by_itself_is_listed_with_its_switch() {
    let mut window = with(|world| {
        starters(world);
        world.starters.untrusted.insert(BACKUP.to_owned());
    });
    let row = window.harness.get_by_label("Daily sales report, nightly");
    assert!(row.rect().left() > 900.0);
    window.push("Daily sales report, nightly on this machine");
    assert_eq!(window.world.borrow().starters.off.len(), 1);
    for _ in 0..4 {
        window.settle();
    }
    window.harness.get_by_label("Daily sales report, Tue 24 Nov 06:00, would fire");
    let at = spot(&window, "Backup, often");
    window.harness.hover_at(at);
    window.harness.run_steps(30);
    window.harness.get_by_label_contains("the workflow came from elsewhere");
    window.push("Daily sales report, nightly");
    window.settle();
    assert_eq!(window.probe()["place"], "editor");
    assert!(window.has("Starts"), "the schedule is open");
    window.did(&["Schedule::ShowOf"]);
}

#[test]
fn an_empty_calendar_teaches_and_leads_to_the_form() {
    let mut window =
        Window::with(ThemeChoice::Light, vec2(1280.0, 800.0), 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        });
    window.press(Modifiers::COMMAND, Key::Num3);
    window.harness.get_by_label("Nothing starts by itself yet");
    window.push("Add a schedule to Daily sales report");
    window.settle();
    assert_eq!(window.probe()["place"], "editor");
    assert!(window.has("Add schedule"));
}

#[test]
fn an_engine_that_does_not_answer_is_said_and_asked_again() {
    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    let mut window = with(|world| {
        starters(world);
        for name in ["daemon_state", "list_schedules", "list_fires"] {
            world.refuse.insert(name, gone.clone());
        }
    });
    window.harness.get_by_label("The schedules cannot be read");
    window.world.borrow_mut().refuse.clear();
    for _ in 0..8 {
        window.settle();
    }
    window.harness.get_by_label(TUESDAY);
}

#[test]
fn nothing_is_asked_again_until_something_fires() {
    let mut window = window();
    for _ in 0..6 {
        window.settle();
    }
    let before = window.world.borrow().asked("list_fires");
    for _ in 0..6 {
        window.settle();
    }
    assert_eq!(window.world.borrow().asked("list_fires"), before);
    // At 08:00 something fires: the clock passes it.
    window.world.borrow_mut().pass(2 * 3_600_000);
    for _ in 0..6 {
        window.settle();
    }
    assert_eq!(window.world.borrow().asked("list_fires"), before + 1);
    let at =
        window.harness.get_by_label_contains("Backup, Mon 23 Nov 10:00").accesskit_node().label();
    assert_eq!(at.as_deref(), Some("Backup, Mon 23 Nov 10:00, coming"));
}
