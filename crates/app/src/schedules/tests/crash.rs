//! The process dies, or the disk fails, at each commit on the way from a tick to its run. What becomes of each tick is the same
//! as if nothing had happened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use millrace_engine::ports::Clock;
use millrace_model::event::RunState;
use millrace_model::time::Timestamp;
use millrace_store::FaultPoint::{AfterCommit, BeforeCommit};
use millrace_store::SkipReason;
use serde_json::json;

use super::ledger::{Fate, Ledger};
use super::site::{Fault, Life, Site};

/// 2026-01-01T00:00:00Z.
const MIDNIGHT: Timestamp = Timestamp(1_767_225_600_000_000);
const MINUTE: Duration = Duration::from_secs(60);

fn at(minutes: u32) -> Timestamp {
    MIDNIGHT.plus(MINUTE * minutes)
}

/// What a day came to: each tick's fate, why ticks were skipped, how many runs ended well, and how many versions of what
/// they ran are kept.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    fates: BTreeMap<Timestamp, Fate>,
    reasons: Vec<(Timestamp, u64, SkipReason)>,
    succeeded: usize,
    versions: usize,
}

/// Goes on until nothing is due, with as many processes as that takes.
async fn live(site: &Site, mut life: Life) -> Life {
    while life.settle(site).await {
        life = next(site, life).await;
    }
    life
}

async fn next(site: &Site, life: Life) -> Life {
    life.end().await;
    site.faults.heal();
    site.open().await
}

/// Ends the tasks that run, and waits until their runs are over.
async fn finish(site: &Site, mut life: Life) -> Life {
    while !life.finish(site, "work").await {
        life = next(site, life).await;
    }
    life
}

/// Half a day with a live tick, one that overlaps, one that is moved, one that is left out, and a long sleep. Gives nothing
/// where the fault did not come.
async fn day(catch_up: &str, fault: Option<(usize, Fault)>) -> Option<Outcome> {
    let site = Site::new(MIDNIGHT);
    site.tasks.hold("work");
    let path = site.put(
        "work",
        json!({
            "schedules": [{ "name": "hourly", "cron": "0 * * * *", "timezone": "UTC", "catch_up": catch_up }],
        }),
    );
    let mut life = live(&site, site.open().await).await;
    life.shift(&path, at(180), Some(at(200))).await;
    life.shift(&path, at(240), None).await;
    if let Some((after, fault)) = fault {
        site.faults.plan(after, fault);
    }
    for _ in 0..2 {
        site.pass(MINUTE * 60).await;
        life = live(&site, life).await;
    }
    life = finish(&site, life).await;
    // Asleep: the machine's own time stands still.
    site.clock.set(at(450));
    life = live(&site, life).await;
    while !life.app.engine.active_runs().await.unwrap_or_default().is_empty() {
        life = finish(&site, life).await;
        life = live(&site, life).await;
    }
    site.pass(at(480).since(site.clock.now())).await;
    life = live(&site, life).await;
    life = finish(&site, life).await;
    // Who has just taken over looks at the documents.
    life = live(&site, life).await;
    if fault.is_some() && !site.faults.heal() {
        life.end().await;
        return None;
    }
    let ledger = Ledger::of(&life, &path, "hourly");
    let mut reasons: Vec<_> = ledger
        .skips
        .iter()
        .map(|skip| (skip.what.last, skip.what.count, skip.what.reason))
        .collect();
    reasons.sort_by_key(|(last, ..)| *last);
    let good = ledger.runs.iter().filter(|run| run.state == RunState::Succeeded);
    let versions = life.app.store.read(|reader| reader.versions(&path)).unwrap();
    let outcome = Outcome {
        fates: ledger.fates(&BTreeSet::from([at(180), at(240)])),
        reasons,
        succeeded: good.count(),
        versions: versions.len(),
    };
    life.end().await;
    Some(outcome)
}

async fn every_commit(catch_up: &str, fates: [&str; 8]) {
    let whole = day(catch_up, None).await.unwrap();
    let expected: BTreeMap<_, _> = (1..)
        .zip(fates)
        .map(|(hour, fate)| {
            let is_run = fate == "run";
            (at(60 * hour), Fate { runs: usize::from(is_run), skips: usize::from(!is_run) })
        })
        .collect();
    assert_eq!(whole.fates, expected, "{:?}", whole.reasons);
    assert_eq!(whole.versions, 1);
    let faults = [BeforeCommit, AfterCommit].map(|at| [Fault::Death(at), Fault::Error(at)]);
    for fault in faults.into_iter().flatten() {
        let mut after = 0;
        while let Some(outcome) = day(catch_up, Some((after, fault))).await {
            assert_eq!(outcome, whole, "{fault:?} at commit {after}");
            after += 1;
        }
        assert!(after >= 10, "only {after} commits");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_or_an_error_at_any_commit_neither_loses_nor_doubles_a_tick() {
    let skip = "skip";
    every_commit("latest", ["run", skip, "run", skip, skip, skip, "run", "run"]).await;
}

#[tokio::test(start_paused = true)]
async fn nor_does_it_where_all_are_made_up_for() {
    let skip = "skip";
    every_commit("all", ["run", skip, "run", skip, "run", "run", "run", "run"]).await;
}
