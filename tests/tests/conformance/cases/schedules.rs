//! What starts by itself: schedules, single ticks, backfills.

use millrace_api::document::Source;
use millrace_api::run::{ListRuns, RunRow};
use millrace_api::schedule::{
    Backfill, FireState, Fires, Held, ListFires, ListSchedules, MoveFire, MoveTo, ScheduleList,
    ScheduleRow, SwitchSchedules,
};
use millrace_api::trust::Trust;
use millrace_api::{ApiError, Code};
use millrace_model::event::{RunState, Trigger};
use millrace_model::time::Timestamp;
use serde_json::{Value, json};

use crate::document::{gated, noop, workflow};
use crate::site::{Site, code, ident, until};

const DAY: i64 = 86_400_000_000;
/// Long ago: 2026-11-01T00:00:00Z, a Sunday.
const NOVEMBER: Timestamp = Timestamp(1_793_491_200_000_000);

/// A workflow of one task that does nothing, with these schedules.
pub(super) fn scheduled(name: &str, schedules: Value) -> Value {
    let mut document = workflow(name, &[noop("a")], &[]);
    document["schedules"] = schedules;
    document
}

fn path(document: &str) -> Source {
    Source::Path(document.to_owned())
}

/// Puts a trusted document into the library.
pub(super) async fn put(site: &Site, file: &str, document: &Value) -> String {
    let path = site.write_to_library(file, document.to_string());
    site.api().trust(Trust { path: path.clone(), on: true }).await.unwrap();
    path
}

async fn schedules(site: &Site, document: &str) -> ScheduleList {
    let request = ListSchedules { source: Some(path(document)) };
    site.api().list_schedules(request).await.unwrap()
}

async fn row(site: &Site, document: &str, name: &str) -> ScheduleRow {
    let listed = schedules(site, document).await;
    listed.schedules.into_iter().find(|row| row.name == name).unwrap()
}

async fn runs(site: &Site) -> Vec<RunRow> {
    let request = ListRuns { limit: 100, ..ListRuns::default() };
    site.api().list_runs(request).await.unwrap().runs
}

async fn fires(site: &Site, document: &str, from: Timestamp, to: Timestamp) -> Fires {
    let request = ListFires { from, to, source: Some(path(document)) };
    site.api().list_fires(request).await.unwrap()
}

async fn switch(site: &Site, document: &str, name: Option<&str>, on: bool) -> Result<(), ApiError> {
    let name = name.map(str::to_owned);
    let request = SwitchSchedules { source: path(document), name, on };
    site.api().switch_schedules(request).await.map(drop)
}

fn later(at: Timestamp, micros: i64) -> Timestamp {
    Timestamp(at.0 + micros)
}

pub(crate) async fn schedules_say_when_they_fire_and_why_not(site: &mut Site) {
    let document = scheduled(
        "daily",
        json!([
            { "name": "morning", "cron": "0 6 * * *", "timezone": "Europe/Berlin" },
            { "name": "past", "at": "2020-01-01T00:00:00Z" },
        ]),
    );
    let file = site.write_to_library("daily.json", document.to_string());
    let listed = schedules(site, &file).await;
    assert_eq!(listed.schedules.len(), 2);
    assert!(listed.schedules.iter().all(|row| row.held == Some(Held::Untrusted)));
    assert!(listed.schedules.iter().all(|row| row.is_on && row.next.is_none()));

    site.api().trust(Trust { path: file.clone(), on: true }).await.unwrap();
    let morning = row(site, &file, "morning").await;
    assert_eq!((&morning.held, morning.is_on), (&None, true));
    assert_eq!(morning.timezone.as_deref(), Some("Europe/Berlin"));
    assert!(morning.words.contains("06:00"), "{}", morning.words);
    let now = listed.now;
    let next = morning.next.unwrap();
    assert!(next > now && next.0 - now.0 <= DAY + DAY / 24);
    assert_eq!(row(site, &file, "past").await.next, None);

    let mut broken = document.clone();
    broken["tasks"][0]["kind"] = "no_such".into();
    let file = site.write_to_library("broken.json", broken.to_string());
    let held = row(site, &file, "morning").await.held;
    assert!(matches!(&held, Some(Held::Broken(why)) if why.contains("no_such")), "{held:?}");
    // All of them, and only those that have some.
    site.write_to_library("by_hand.json", workflow("by_hand", &[noop("a")], &[]).to_string());
    let all = site.api().list_schedules(ListSchedules { source: None }).await.unwrap();
    assert_eq!(all.schedules.len(), 4);
    let missing = ListSchedules { source: Some(Source::Name("nobody".to_owned())) };
    assert_eq!(code(site.api().list_schedules(missing).await), Code::NotFound);
}

pub(crate) async fn a_document_that_changes_is_noticed(site: &mut Site) {
    let names = async |site: &Site| {
        let listed = site.api().list_schedules(ListSchedules { source: None }).await.unwrap();
        listed.schedules.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(names(site).await, Vec::<String>::new());
    let one = scheduled("daily", json!([{ "name": "one", "cron": "@daily" }]));
    let file = site.write_to_library("daily.json", one.to_string());
    until("the new document is noticed", async || (names(site).await == ["one"]).then_some(()))
        .await;
    let two = scheduled("daily", json!([{ "name": "two", "cron": "@hourly" }]));
    site.write_to_library("daily.json", two.to_string());
    until("its change is noticed", async || (names(site).await == ["two"]).then_some(())).await;
    std::fs::remove_file(&file).unwrap();
    until("its end is noticed", async || names(site).await.is_empty().then_some(())).await;
}

pub(crate) async fn a_tick_starts_a_run_with_its_parameters(site: &mut Site) {
    let schedule = json!([{ "name": "often", "every": "1s", "params": { "who": "the clock" } }]);
    let mut document = scheduled("often", schedule);
    document["params"] = json!([{ "name": "who", "type": "string", "default": "nobody" }]);
    let file = put(site, "often.json", &document).await;
    let first = until("a tick fires", async || runs(site).await.pop()).await;
    assert_eq!(
        (first.trigger.as_str(), first.trigger_name.as_deref()),
        ("schedule", Some("often"))
    );
    let run = site.ended(first.run).await;
    assert_eq!(run.state, RunState::Succeeded);
    assert_eq!(run.head.params["who"], json!("the clock"));
    assert_eq!(run.head.logical_time.0 % 1_000_000, 0, "its logical time is the tick");
    let Trigger::Schedule { caught_up, .. } = run.head.trigger else { panic!("{run:?}") };
    assert!(!caught_up);
    let last = row(site, &file, "often").await.last.unwrap();
    assert!(last.tick >= run.head.logical_time);
    // The next host goes on from here, and fires no tick again.
    site.replace_host(false).await;
    until("the next host fires", async || {
        let newest = runs(site).await.into_iter().next()?;
        (newest.queued > last.tick && newest.run != last.run).then_some(())
    })
    .await;
    let listed = fires(site, &file, Timestamp(0), later(run.head.logical_time, DAY)).await;
    let mut ticks: Vec<_> = listed
        .fires
        .iter()
        .filter(|fire| matches!(fire.what, FireState::Run { .. }))
        .map(|fire| fire.at)
        .collect();
    let many = ticks.len();
    ticks.dedup();
    assert_eq!(ticks.len(), many, "no tick has two runs");
}

pub(crate) async fn what_is_off_does_not_fire(site: &mut Site) {
    let document = scheduled(
        "often",
        json!([{ "name": "one", "every": "1s" }, { "name": "two", "every": "1s" }]),
    );
    let file = site.write_to_library("often.json", document.to_string());
    switch(site, &file, None, false).await.unwrap();
    site.api().trust(Trust { path: file.clone(), on: true }).await.unwrap();
    switch(site, &file, Some("two"), true).await.unwrap();
    until("what is on fires twice", async || (runs(site).await.len() >= 2).then_some(())).await;
    let fired = runs(site).await;
    assert!(fired.iter().all(|run| run.trigger_name.as_deref() == Some("two")), "{fired:?}");
    // The switch belongs to the home.
    site.replace_host(false).await;
    assert!(!row(site, &file, "one").await.is_on && row(site, &file, "two").await.is_on);
}

pub(crate) async fn what_is_not_there_cannot_be_switched(site: &mut Site) {
    let plain = site.write("plain.json", workflow("plain", &[noop("a")], &[]).to_string());
    assert_eq!(code(switch(site, &plain, None, true).await), Code::WrongState);
    let file =
        put(site, "a.json", &scheduled("a", json!([{ "name": "x", "cron": "@daily" }]))).await;
    assert_eq!(code(switch(site, &file, Some("y"), true).await), Code::NotFound);
    let missing = site.path("missing.json").display().to_string();
    assert_eq!(code(switch(site, &missing, None, true).await), Code::NotFound);
}

pub(crate) async fn what_comes_and_what_was_is_listed(site: &mut Site) {
    let mut document = workflow("slow", &[gated(site, "gate")], &[]);
    document["schedules"] = json!([{ "name": "often", "every": "1s" }]);
    let file = put(site, "slow.json", &document).await;
    let all = async |site: &Site| {
        let now = schedules(site, &file).await.now;
        fires(site, &file, Timestamp(0), later(now, 10_000_000)).await
    };
    // The first run waits at its gate, so the next tick is skipped.
    let listed = until("a tick is skipped", async || {
        let listed = all(site).await;
        let skipped = |what: &FireState| matches!(what, FireState::Skipped { .. });
        listed.fires.iter().any(|fire| skipped(&fire.what)).then_some(listed)
    })
    .await;
    let [first, second, ..] = listed.fires.as_slice() else { panic!("{listed:?}") };
    let FireState::Run { run, run_state, caught_up: false, backfill: false } = first.what else {
        panic!("{first:?}")
    };
    assert_eq!(run_state, RunState::Running);
    let FireState::Skipped { why, count: 1, .. } = &second.what else { panic!("{second:?}") };
    assert!(why.contains("1 of at most 1 runs are active already"), "{why}");
    assert_eq!(second.at.0 - first.at.0, 1_000_000);
    let coming: Vec<_> =
        listed.fires.iter().filter(|fire| fire.what == FireState::Coming).collect();
    assert!((8..=11).contains(&coming.len()), "{coming:?}");
    switch(site, &file, None, false).await.unwrap();
    let held = all(site).await.fires;
    assert!(held.iter().any(|fire| fire.what == FireState::Held));
    assert!(held.iter().all(|fire| fire.what != FireState::Coming));
    site.open_gates(&["gate"]);
    site.ended(run).await;
}

pub(crate) async fn a_single_tick_is_moved_left_out_and_put_back(site: &mut Site) {
    let document =
        scheduled("daily", json!([{ "name": "noon", "cron": "0 12 * * *", "timezone": "UTC" }]));
    let file = put(site, "daily.json", &document).await;
    let now = schedules(site, &file).await.now;
    let next = row(site, &file, "noon").await.next.unwrap();
    let week = async |site: &Site| fires(site, &file, now, later(now, 7 * DAY)).await.fires;
    let go = async |site: &Site, to| {
        let request = MoveFire { source: path(&file), schedule: ident("noon"), tick: next, to };
        site.api().move_fire(request).await.unwrap();
    };
    let moved = later(next, 3_600_000_000);
    go(site, MoveTo::At(moved)).await;
    let listed = week(site).await;
    assert_eq!(listed.len(), 7);
    assert_eq!((listed[0].at, listed[0].tick, listed[0].is_moved), (moved, Some(next), true));
    assert_eq!(row(site, &file, "noon").await.next, Some(moved));
    go(site, MoveTo::Nowhere).await;
    let listed = week(site).await;
    assert!(matches!(&listed[0].what, FireState::Skipped { why, .. } if why == "left out by hand"));
    assert_eq!(row(site, &file, "noon").await.next, Some(later(next, DAY)));
    go(site, MoveTo::Back).await;
    assert_eq!(row(site, &file, "noon").await.next, Some(next));
    // One that is moved to now fires as the tick that it is.
    let soon = later(schedules(site, &file).await.now, 1_000_000);
    go(site, MoveTo::At(soon)).await;
    let run = until("the moved tick fires", async || runs(site).await.pop()).await;
    assert_eq!(site.ended(run.run).await.head.logical_time, next);
    assert_eq!(row(site, &file, "noon").await.next, Some(later(next, DAY)));
}

pub(crate) async fn only_what_comes_can_be_moved(site: &mut Site) {
    let document =
        scheduled("daily", json!([{ "name": "noon", "cron": "0 12 * * *", "timezone": "UTC" }]));
    let file = put(site, "daily.json", &document).await;
    let next = row(site, &file, "noon").await.next.unwrap();
    let ask = async |site: &Site, schedule, tick, to| {
        let request = MoveFire { source: path(&file), schedule: ident(schedule), tick, to };
        code(site.api().move_fire(request).await)
    };
    let back = later(next, -2 * DAY);
    assert_eq!(ask(site, "noon", later(next, 1), MoveTo::Nowhere).await, Code::NotFound);
    assert_eq!(ask(site, "midnight", next, MoveTo::Nowhere).await, Code::NotFound);
    assert_eq!(ask(site, "noon", back, MoveTo::Nowhere).await, Code::WrongState);
    assert_eq!(ask(site, "noon", next, MoveTo::At(back)).await, Code::WrongState);
}

fn week(document: &str) -> Backfill {
    Backfill {
        source: path(document),
        schedule: None,
        from: NOVEMBER,
        to: later(NOVEMBER, 7 * DAY - 1),
        reverse: false,
        skip_done: false,
        parallel: 1,
        dry_run: false,
    }
}

pub(crate) async fn a_backfill_runs_each_tick_once_and_leaves_out_what_is_done(site: &mut Site) {
    let schedule = json!([{ "name": "night", "cron": "0 2 * * *", "timezone": "UTC" }]);
    let file = put(site, "nightly.json", &scheduled("nightly", schedule)).await;
    let plan = Backfill { dry_run: true, ..week(&file) };
    let plan = site.api().backfill(plan).await.unwrap();
    assert_eq!((plan.ticks.len(), plan.backfill), (7, None));
    assert!(plan.ticks.iter().all(|tick| tick.run.is_none()));
    assert!(runs(site).await.is_empty(), "a plan runs nothing");

    let to = later(NOVEMBER, 2 * DAY - 1);
    let first = Backfill { to, parallel: 2, ..week(&file) };
    let first = site.api().backfill(first).await.unwrap();
    assert!(first.backfill.is_some());
    for tick in &first.ticks {
        let run = site.ended(tick.run.unwrap()).await;
        assert_eq!((run.state, run.head.logical_time), (RunState::Succeeded, tick.tick));
        assert!(matches!(run.head.trigger, Trigger::Backfill { parallel: 2, .. }));
    }
    let rest = Backfill { skip_done: true, reverse: true, ..week(&file) };
    let rest = site.api().backfill(rest).await.unwrap();
    let done: Vec<bool> = rest.ticks.iter().map(|tick| tick.done.is_some()).collect();
    assert_eq!(done, [false, false, false, false, false, true, true]);
    assert!(rest.ticks.is_sorted_by(|a, b| a.tick > b.tick), "the newest first");
    for run in rest.ticks.iter().filter_map(|tick| tick.run) {
        site.ended(run).await;
    }
    assert_eq!(runs(site).await.len(), 7);
    let again = Backfill { skip_done: true, ..week(&file) };
    assert_eq!(site.api().backfill(again).await.unwrap().backfill, None, "nothing is left");
}

pub(crate) async fn a_backfill_that_makes_no_sense_is_refused(site: &mut Site) {
    let two = json!([{ "name": "a", "cron": "@daily" }, { "name": "b", "every": "1s" }]);
    let file = put(site, "two.json", &scheduled("two", two)).await;
    let now = schedules(site, &file).await.now;
    let a = Backfill { schedule: Some(ident("a")), ..week(&file) };
    let plain = site.write("plain.json", workflow("plain", &[noop("a")], &[]).to_string());
    for (what, request, expected) in [
        ("which schedule", week(&file), Code::Ambiguous),
        ("no such schedule", Backfill { schedule: Some(ident("c")), ..a.clone() }, Code::NotFound),
        ("no schedule", week(&plain), Code::WrongState),
        ("turned round", Backfill { to: later(NOVEMBER, -DAY), ..a.clone() }, Code::InvalidRequest),
        ("the future", Backfill { to: later(now, DAY), ..a.clone() }, Code::InvalidRequest),
        (
            "no tick",
            Backfill { to: later(NOVEMBER, 1), from: later(NOVEMBER, 1), ..a.clone() },
            Code::InvalidRequest,
        ),
        ("too many", Backfill { schedule: Some(ident("b")), ..a.clone() }, Code::InvalidRequest),
    ] {
        assert_eq!(code(site.api().backfill(request).await), expected, "{what}");
    }
    assert!(runs(site).await.iter().all(|run| run.trigger == "schedule"), "none started any");
}
