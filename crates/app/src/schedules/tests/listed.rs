//! What lists say of what comes and of what was.

use std::time::Duration;

use millrace_api::Backend;
use millrace_api::schedule::{FireRow, FireState, ListFires, ListSchedules};
use millrace_engine::planner::{LATE, due_at};
use millrace_engine::ports::Clock;
use millrace_model::time::Timestamp;
use serde_json::json;

use super::ledger::Ledger;
use super::site::{Life, Site};

/// 2026-01-01T00:00:00Z.
const MIDNIGHT: Timestamp = Timestamp(1_767_225_600_000_000);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn at(hours: u32) -> Timestamp {
    MIDNIGHT.plus(HOUR * hours)
}

/// A home with one workflow, which is called Nightly work, that fires each hour.
async fn hourly(more: &serde_json::Value) -> (Site, Life, String) {
    let site = Site::new(MIDNIGHT);
    let mut schedule = json!({ "name": "hourly", "cron": "0 * * * *", "timezone": "UTC" });
    schedule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let path = site.put("work", json!({ "title": "Nightly work", "schedules": [schedule] }));
    let mut life = site.open().await;
    assert!(!life.settle(&site).await);
    (site, life, path)
}

async fn fires(life: &Life, from: Timestamp, to: Timestamp) -> Vec<FireRow> {
    life.app.list_fires(ListFires { from, to, source: None }).await.unwrap().fires
}

async fn next(life: &Life) -> Option<Timestamp> {
    life.app.list_schedules(ListSchedules { source: None }).await.unwrap().schedules[0].next
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_waits_for_its_jitter_is_to_come_and_not_caught_up() {
    let (site, mut life, path) = hourly(&json!({ "jitter": "50m" })).await;
    let Ledger { clock, seed, .. } = Ledger::of(&life, &path, "hourly");
    let delay = |hour| due_at(&clock.schedule, seed, at(hour)).since(at(hour));
    let hour = (1..24).find(|hour| delay(*hour) > 3 * LATE.to_std()).unwrap();
    let starts = at(hour).plus(delay(hour));
    // Its own instant is over, and the one at which it starts is not.
    site.pass(starts.since(MIDNIGHT).saturating_sub(Duration::from_secs(5))).await;
    assert!(!life.turn(&site).await);
    assert_eq!(next(&life).await, Some(starts));
    let listed = fires(&life, at(hour), at(hour + 1)).await;
    let waits = listed.iter().find(|fire| fire.at == starts).unwrap();
    assert_eq!((&waits.what, waits.tick), (&FireState::Coming, Some(at(hour))));
    assert!(!waits.is_moved);

    site.pass(starts.since(site.clock.now())).await;
    assert!(!life.settle(&site).await);
    let listed = fires(&life, at(hour), at(hour)).await;
    let ran = listed.iter().find(|fire| fire.at == at(hour)).unwrap();
    assert!(matches!(ran.what, FireState::Run { caught_up: false, .. }), "{ran:?}");
    assert!(next(&life).await.unwrap() > starts);
    life.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_is_said_to_be_caught_up_or_left_by_the_title_of_its_workflow() {
    let (site, mut life, path) = hourly(&json!({})).await;
    life.shift(&path, at(1), Some(at(1).plus(HOUR / 2))).await;
    site.pass(HOUR + HOUR / 2).await;
    assert!(!life.settle(&site).await);
    // Asleep for three ticks: the last one is made up for.
    site.clock.set(at(5).plus(HOUR / 2));
    assert!(!life.settle(&site).await);
    let listed = fires(&life, MIDNIGHT, at(5)).await;
    let caught_up: Vec<_> = listed
        .iter()
        .filter_map(|fire| match fire.what {
            FireState::Run { caught_up, .. } => Some((fire.at, caught_up)),
            _ => None,
        })
        .collect();
    assert_eq!(caught_up, [(at(1), false), (at(5), true)], "a moved one is not late");
    let skipped: Vec<_> =
        listed.iter().filter(|fire| matches!(fire.what, FireState::Skipped { .. })).collect();
    assert_eq!(skipped.len(), 1);
    let inbox = life.app.inbox().await.unwrap();
    for fire in [skipped[0], &inbox.skips[0].fire] {
        assert_eq!(fire.title.as_deref(), Some("Nightly work"));
    }
    life.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_person_left_out_stays_so_after_a_clock_that_was_far_ahead() {
    let (site, mut life, path) = hourly(&json!({})).await;
    life.shift(&path, at(30), None).await;
    life.shift(&path, at(32), Some(at(33).plus(HOUR / 2))).await;
    site.clock.set(MIDNIGHT.plus(DAY * 400));
    assert!(!life.settle(&site).await);
    site.clock.set(at(29).plus(HOUR / 2));
    assert!(!life.settle(&site).await);
    assert_eq!(next(&life).await, Some(at(31)), "not at 30, which is left out");
    for _ in 0..5 {
        site.pass(HOUR).await;
        assert!(!life.settle(&site).await);
    }
    let now = site.clock.now();
    let ran = fires(&life, at(30), now).await.into_iter().filter_map(|fire| match fire.what {
        FireState::Run { .. } => Some(fire.at),
        _ => None,
    });
    assert_eq!(ran.collect::<Vec<_>>(), [at(31), at(32), at(33), at(34)]);
    life.end().await;
}
