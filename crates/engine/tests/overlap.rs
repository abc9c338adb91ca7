//! What becomes of a run that a schedule or trigger starts while others of its workflow are active.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::sync::Arc;

use millrace_engine::Refusal;
use millrace_engine::core::Input;
use millrace_model::document::{Overlap, Workflow};
use millrace_model::event::{RunHead, RunState, Trigger};
use millrace_model::ident::Ident;
use millrace_model::ids::{BackfillId, RunId};

use support::{Home, head, seal};

fn workflow(overlap: Overlap) -> Workflow {
    let mut flow = support::workflow("a", "");
    flow.limits.overlap = overlap;
    flow
}

fn tick(caught_up: bool) -> Trigger {
    Trigger::Schedule { schedule: Ident::new("nightly").unwrap(), caught_up }
}

fn fire(home: &mut Home, number: u64, flow: &Workflow, trigger: Trigger) -> Result<RunId, Refusal> {
    let run = RunId(number);
    let head = Box::new(RunHead { trigger, ..head(flow) });
    home.give(Input::Submit { run, plan: seal(flow), head }).map(|()| run)
}

#[test]
fn skip_refuses_a_live_tick_and_changes_nothing() {
    let (mut home, flow) = (Home::new(4), workflow(Overlap::Skip));
    let first = fire(&mut home, 1, &flow, tick(false)).unwrap();
    let refused = fire(&mut home, 2, &flow, tick(false)).unwrap_err();
    assert_eq!(refused, Refusal::Overlap { active: 1, limit: 1 });
    assert_eq!(home.core.active_runs(), [first]);
    home.end(first, "a", 'S');
    fire(&mut home, 3, &flow, tick(false)).unwrap();
}

#[test]
fn what_is_made_up_for_and_what_people_start_always_waits_for_its_turn() {
    let (mut home, flow) = (Home::new(4), workflow(Overlap::Skip));
    let first = fire(&mut home, 1, &flow, tick(false)).unwrap();
    let late = fire(&mut home, 2, &flow, tick(true)).unwrap();
    let by_hand = home.submit(3, &flow);
    for run in [late, by_hand] {
        assert_eq!(home.folds[&run].state, RunState::Queued);
    }
    home.end(first, "a", 'S');
    assert_eq!(home.folds[&late].state, RunState::Running);
    assert_eq!(home.folds[&by_hand].state, RunState::Queued);
}

#[test]
fn queue_lets_a_live_tick_wait() {
    let (mut home, flow) = (Home::new(4), workflow(Overlap::Queue));
    fire(&mut home, 1, &flow, tick(false)).unwrap();
    let second = fire(&mut home, 2, &flow, tick(false)).unwrap();
    assert_eq!(home.folds[&second].state, RunState::Queued);
}

#[test]
fn replace_cancels_the_oldest_and_never_twice() {
    let (mut home, flow) = (Home::new(4), workflow(Overlap::Replace));
    let first = fire(&mut home, 1, &flow, tick(false)).unwrap();
    let second = fire(&mut home, 2, &flow, tick(false)).unwrap();
    assert_eq!(home.stops.len(), 1);
    assert!(!home.stops[0].1, "the first cancel grants its grace");
    // The first one is still ending; the one that waits behind it makes room.
    let third = fire(&mut home, 3, &flow, tick(false)).unwrap();
    assert_eq!(home.stops.len(), 1);
    assert_eq!(home.folds[&second].state, RunState::Canceled);
    home.end(first, "a", 'C');
    assert_eq!(home.folds[&first].state, RunState::Canceled);
    assert_eq!(home.folds[&third].state, RunState::Running);
}

#[test]
fn replace_keeps_what_a_person_queued() {
    let (mut home, flow) = (Home::new(4), workflow(Overlap::Replace));
    let first = fire(&mut home, 1, &flow, tick(false)).unwrap();
    let by_hand = home.submit(2, &flow);
    fire(&mut home, 3, &flow, tick(false)).unwrap();
    home.end(first, "a", 'C');
    assert_eq!(home.folds[&by_hand].state, RunState::Running);
}

#[test]
fn a_backfill_has_a_line_of_its_own() {
    let (mut home, flow) = (Home::new(8), workflow(Overlap::Skip));
    let schedule = Ident::new("nightly").unwrap();
    let trigger = Trigger::Backfill { schedule, backfill: BackfillId(7), parallel: 2 };
    let runs: Vec<RunId> =
        (1..=3).map(|n| fire(&mut home, n, &flow, trigger.clone()).unwrap()).collect();
    let states = |home: &Home| runs.iter().map(|run| home.folds[run].state).collect::<Vec<_>>();
    assert_eq!(states(&home), [RunState::Running, RunState::Running, RunState::Queued]);
    // The workflow's own runs go on beside it.
    let live = fire(&mut home, 9, &flow, tick(false)).unwrap();
    assert_eq!(home.folds[&live].state, RunState::Running);
    home.end(runs[1], "a", 'S');
    assert_eq!(home.folds[&runs[2]].state, RunState::Running);
    // And it keeps its order and its limit after a crash.
    let plans = seal(&flow);
    let next = home.after_crash(|_| Arc::clone(&plans));
    assert_eq!(next.core.active_runs(), [runs[0], runs[2], live]);
}
