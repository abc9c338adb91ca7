//! Thirty days of a machine that sleeps, whose clock is set and whose daemon dies, at random. A seed makes a month
//! again: `MILLRACE_SEED` names another one than those of the suite.

use std::collections::BTreeSet;
use std::time::Duration;

use millrace_engine::planner::{LATE, MOST_CAUGHT_UP, due_at};
use millrace_engine::ports::Clock;
use millrace_model::document::CatchUp;
use millrace_model::time::Timestamp;
use millrace_store::FaultPoint::{AfterCommit, BeforeCommit};
use serde_json::{Value, json};

use super::ledger::Ledger;
use super::site::{Fault, Life, Site};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// 2026-03-15T00:00:00Z and 2026-10-11T00:00:00Z: two weeks before clocks are set.
const BEGINNINGS: [Timestamp; 2] =
    [Timestamp(1_773_532_800_000_000), Timestamp(1_791_676_800_000_000)];
/// The longest jitter of the schedules.
const JITTER: Duration = Duration::from_secs(600);

/// Name, schedule, overlap; and whether its tasks take their time.
fn workflows() -> [(&'static str, Value, &'static str, bool); 6] {
    let zone = "Europe/Berlin";
    [
        ("every", json!({ "every": "3h", "jitter": "10m", "catch_up": "none" }), "skip", false),
        ("often", json!({ "cron": "0 */2 * * *", "timezone": zone }), "skip", true),
        (
            "night",
            json!({ "cron": "30 2 * * *", "timezone": zone, "catch_up": "all" }),
            "skip",
            false,
        ),
        (
            "hours",
            json!({ "cron": "45 * * * *", "catch_up": "all", "timezone": "UTC" }),
            "queue",
            false,
        ),
        ("queue", json!({ "cron": "15 8-18/2 * * 1-5", "timezone": zone }), "queue", true),
        ("replace", json!({ "every": "5h" }), "replace", true),
    ]
}

/// What is told of one workflow while the month goes by.
struct Followed {
    name: &'static str,
    path: String,
    watermark: Timestamp,
    moved: BTreeSet<Timestamp>,
}

struct Month {
    site: Site,
    /// None while the next process has not taken over.
    life: Option<Life>,
    dice: u64,
    followed: Vec<Followed>,
    /// Spans that came twice, because the clock had been far ahead.
    twice: Vec<(Timestamp, Timestamp)>,
    deaths: u32,
}

impl Month {
    async fn begin(seed: u64) -> Self {
        let site = Site::new(BEGINNINGS[usize::from(seed % 2 == 1)]);
        let mut followed = Vec::new();
        for (name, mut schedule, overlap, is_long) in workflows() {
            schedule["name"] = name.into();
            let more = json!({ "limits": { "overlap": overlap }, "schedules": [schedule] });
            let path = site.put(name, more);
            if is_long {
                site.tasks.hold(name);
            }
            let watermark = site.clock.now();
            followed.push(Followed { name, path, watermark, moved: BTreeSet::new() });
        }
        let mut life = site.open().await;
        assert!(!life.settle(&site).await);
        Self { site, life: Some(life), dice: seed, followed, twice: Vec::new(), deaths: 0 }
    }

    /// A number below `end`.
    fn roll(&mut self, end: u64) -> u64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn life(&self) -> &Life {
        self.life.as_ref().unwrap()
    }

    /// Does what is due, with as many processes as that takes.
    async fn live(&mut self) {
        while self.life.as_mut().unwrap().settle(&self.site).await {
            self.deaths += 1;
            self.life.take().unwrap().end().await;
            self.site.faults.heal();
            self.life = Some(self.site.open().await);
        }
    }

    /// Time passes, and the scheduler wakes whenever it asked to.
    async fn wake_for(&mut self, time: Duration) {
        let end = self.site.clock.now().plus(time);
        while self.site.clock.now() < end {
            let now = self.site.clock.now();
            let next = self.life().app.schedules.standing().next().unwrap_or(end);
            self.site.pass(next.min(end).since(now).max(Duration::from_millis(1))).await;
            self.live().await;
        }
    }

    /// Something happens.
    async fn step(&mut self) {
        let now = self.site.clock.now();
        match self.roll(16) {
            0..=6 => {
                let minutes = 1 + self.roll(240) as u32;
                self.wake_for(MINUTE * minutes).await;
            }
            7 | 8 => {
                let minutes = 60 + self.roll(1_800) as u32;
                self.site.clock.set(now.plus(MINUTE * minutes));
            }
            9 => {
                let minutes = 1 + self.roll(120) as u32;
                self.site.clock.set(now.minus(MINUTE * minutes));
            }
            10 => self.shift().await,
            11 | 12 => {
                let point = if self.roll(2) == 0 { BeforeCommit } else { AfterCommit };
                let fault =
                    if self.roll(3) == 0 { Fault::Error(point) } else { Fault::Death(point) };
                let after = self.roll(12) as usize;
                self.site.faults.plan(after, fault);
            }
            13 if self.roll(4) == 0 => {
                // Days ahead, and put right.
                self.site.clock.set(now.plus(DAY * 3));
                self.live().await;
                self.twice.push((now, self.site.clock.now()));
                self.site.clock.set(now);
                for followed in &mut self.followed {
                    followed.watermark = followed.watermark.min(now);
                }
            }
            _ => {
                let name = ["often", "queue", "replace"][self.roll(3) as usize];
                self.life().finish(&self.site, name).await;
            }
        }
        self.live().await;
        self.check();
    }

    /// A person moves a tick that is still to come, or leaves it out.
    async fn shift(&mut self) {
        let at = self.roll(self.followed.len() as u64) as usize;
        let (nth, by) = (self.roll(4) as usize, self.roll(1_500) as u32);
        let now = self.site.clock.now();
        let ledger = Ledger::of(self.life(), &self.followed[at].path, self.followed[at].name);
        let ticks = ledger.clock.ticks.between(now.max(ledger.watermark), now.plus(DAY * 7));
        let Some(tick) = ticks.map(|tick| tick.at).nth(nth) else { return };
        let fates = ledger.fates(&self.followed[at].moved);
        // One that was far ahead may have been decided.
        if self.site.faults.is_planned() || fates.contains_key(&tick) {
            return;
        }
        let to = (by % 5 > 0).then(|| now.plus(MINUTE * (1 + by)));
        self.followed[at].moved.insert(tick);
        let path = self.followed[at].path.clone();
        self.life().shift(&path, tick, to).await;
    }

    /// What holds at any time.
    fn check(&mut self) {
        let life = self.life.as_ref().unwrap();
        for followed in &mut self.followed {
            let ledger = Ledger::of(life, &followed.path, followed.name);
            assert!(ledger.watermark >= followed.watermark, "{} went back", followed.name);
            followed.watermark = ledger.watermark;
            let moved = &followed.moved;
            // A moved tick may be decided by a clock that is far ahead of its own time.
            let is_twice = |at: &Timestamp| {
                let mut spans = self.twice.iter();
                spans
                    .any(|(from, to)| (from.minus(JITTER) <= *at && at <= to) || moved.contains(at))
            };
            for (tick, fate) in ledger.fates(&followed.moved) {
                let name = followed.name;
                assert!(fate.runs <= 1, "{name} ran {tick:?} twice");
                assert!(
                    fate.runs + fate.skips == 1 || is_twice(&tick),
                    "{name} {tick:?}: {fate:?}"
                );
            }
            check_policy(&ledger, followed);
        }
    }

    /// Everything that was due was decided.
    fn check_whole(&self, began: Timestamp) {
        let now = self.site.clock.now().minus(JITTER);
        for followed in &self.followed {
            let ledger = Ledger::of(self.life(), &followed.path, followed.name);
            let fates = ledger.fates(&followed.moved);
            let ticks: Vec<_> =
                ledger.clock.ticks.between(began, now).map(|tick| tick.at).collect();
            assert!(ticks.len() >= 60 || followed.name == "night" && ticks.len() >= 25);
            let lost: Vec<_> = ticks
                .iter()
                .filter(|at| !fates.contains_key(at) && !followed.moved.contains(at))
                .collect();
            assert_eq!(lost, Vec::<&Timestamp>::new(), "{} lost ticks", followed.name);
        }
    }
}

/// How many late ticks may start at one instant is for the schedule's `catch_up` to say.
fn check_policy(ledger: &Ledger, followed: &Followed) {
    let most = match ledger.clock.schedule.catch_up {
        CatchUp::None => 0,
        CatchUp::Latest => 1,
        CatchUp::All => MOST_CAUGHT_UP,
    };
    let mut late: Vec<Timestamp> = Vec::new();
    for run in ledger.runs.iter().filter(|run| !followed.moved.contains(&run.logical_time)) {
        let due = due_at(&ledger.clock.schedule, ledger.seed, run.logical_time);
        assert!(run.queued >= due, "{} fired before its time", followed.name);
        // Seconds go by where a write fails.
        if run.queued.since(due) > LATE.to_std() + Duration::from_secs(20) {
            late.push(run.queued);
        }
    }
    late.sort();
    let at_once = late.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or(0);
    assert!(at_once <= most, "{} made up for {at_once} at once", followed.name);
}

async fn month(seed: u64) {
    println!("seed {seed}");
    let mut month = Month::begin(seed).await;
    let began = month.site.clock.now();
    while month.site.clock.now() < began.plus(DAY * 30) {
        month.step().await;
    }
    month.site.faults.heal();
    month.wake_for(MINUTE * 60).await;
    month.check();
    month.check_whole(began);
    let runs: usize = month
        .followed
        .iter()
        .map(|it| Ledger::of(month.life(), &it.path, it.name).runs.len())
        .sum();
    println!("{runs} runs, {} deaths", month.deaths);
    month.life.take().unwrap().end().await;
}

#[tokio::test(start_paused = true)]
async fn thirty_days_of_sleep_set_clocks_and_crashes_neither_lose_nor_double_a_tick() {
    let seeds = match std::env::var("MILLRACE_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        // One in which clocks go forward, one in which they go back.
        Err(_) => vec![3, 4],
    };
    for seed in seeds {
        month(seed).await;
    }
}
