//! One round: a few jumps, and at the end the right time again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::wall::Wall;
use crate::faults::dice::Dice;
use crate::faults::site::Site;

const SECOND_US: i64 = 1_000_000;
/// In seconds: a clock that was further ahead than this and is put right goes on from the right time.
const FAR_AHEAD: i64 = 24 * 3_600;
/// As many missed ticks are made up for, where all are to be.
const MADE_UP_FOR: usize = 100;
/// A schedule that is due has fired by then.
const FIRE_LIMIT: Duration = Duration::from_secs(15);
/// A daemon that lives on reads the clock every thirty seconds.
const LOOK_LIMIT: Duration = Duration::from_secs(45);
/// All that was started has ended by then.
const END_LIMIT: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Sizes of jumps in seconds, none of them near a day: what happens there depends on the moment.
const SIZES: [Range<u64>; 4] = [3..50, 120..3_600, 3_600..20 * 3_600, 28 * 3_600..20 * 86_400];
/// What the daemon writes when it notices.
const NOTICED: &str = "the clock was set, or the machine slept";

/// How a round went.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) jumps: u32,
    pub(super) ticks: u32,
    pub(super) gaps: u32,
    pub(super) slowest: Duration,
    pub(super) violations: Vec<String>,
}

/// Plays a round.
///
/// # Errors
/// Where the round cannot be judged.
pub(super) fn play(
    site: &Site,
    wall: Wall,
    dice: &mut Dice,
    with_kills: bool,
) -> anyhow::Result<Outcome> {
    lay(site)?;
    let decided_until = wall.now_us();
    let mut player =
        Player { site, wall, decided_until, lived: Vec::new(), outcome: Outcome::default() };
    site.ask(&["daemon"])?;
    player.live()?;
    for _ in 0..2 + dice.below(3) {
        // The smallest are no jumps for who lives on: it does not notice them.
        let first = usize::from(!with_kills);
        let sizes = SIZES.get(first..).unwrap_or(&SIZES);
        let at = usize::try_from(dice.below(sizes.len() as u64))?;
        let size = sizes.get(at).cloned().context("no size")?;
        let seconds = i64::try_from(size.start + dice.below(size.end - size.start))?;
        player.jump(if dice.chance(3, 5) { seconds } else { -seconds }, with_kills)?;
    }
    player.jump(-player.wall.offset(), with_kills)?;
    player.judge()
}

/// The workflows: each run leaves the name of its tick.
fn lay(site: &Site) -> anyhow::Result<()> {
    let library = site.home().join("workflows");
    fs::create_dir_all(&library)?;
    site.write("ledger", b"")?;
    let ledger = site.file("ledger");
    for (name, schedule) in [
        ("beat", json!({ "name": "beat", "every": "1s", "catch_up": "latest" })),
        ("minute", json!({ "name": "minute", "cron": "* * * * *", "catch_up": "all" })),
    ] {
        let script = format!("echo {name} $(date -ud \"$TICK\" +%s%6N) >> \"$LEDGER\"");
        let task = json!({
            "name": "note", "kind": "shell", "spec": { "script": script },
            "env": { "LEDGER": ledger, "TICK": "${ run.logical_time }" },
        });
        let document =
            json!({ "millrace": 1, "name": name, "schedules": [schedule], "tasks": [task] });
        fs::write(library.join(format!("{name}.json")), document.to_string())?;
    }
    // What nobody vouches for starts nothing by itself.
    site.ask(&["trust", &library.display().to_string()]).map(drop)
}

struct Player<'a> {
    site: &'a Site,
    wall: Wall,
    /// Ticks up to here were decided: they have run, or were passed over.
    decided_until: i64,
    /// What the clock showed while the daemon lived.
    lived: Vec<Range<i64>>,
    outcome: Outcome,
}

impl Player<'_> {
    fn jump(&mut self, seconds: i64, with_kill: bool) -> anyhow::Result<()> {
        let noticed = self.noticed();
        if with_kill {
            self.site.kill_daemon()?;
        }
        let before = self.wall.now_us();
        self.wall.jump(seconds)?;
        if with_kill {
            self.site.ask(&["daemon"])?;
        } else if seconds.unsigned_abs() >= SIZES[1].start {
            self.wait_until(LOOK_LIMIT, "the daemon notices", |it| Ok(it.noticed() > noticed))?;
        }
        if let Some(last) = self.lived.last_mut() {
            last.end = before;
        }
        self.outcome.jumps += 1;
        if self.decided_until - self.wall.now_us() > FAR_AHEAD * SECOND_US {
            self.decided_until = self.wall.now_us();
        }
        self.live()
    }

    /// Waits for a tick that is due now.
    fn live(&mut self) -> anyhow::Result<()> {
        let from = self.wall.now_us();
        let soon = from + 2 * SECOND_US..from + 10 * SECOND_US;
        let is_known = |lived: &Range<i64>| {
            lived.start - 5 * SECOND_US < soon.end && soon.start < lived.end + 5 * SECOND_US
        };
        let is_due = from >= self.decided_until && !self.lived.iter().any(is_known);
        self.lived.push(from..i64::MAX);
        if !is_due {
            return Ok(());
        }
        let begun = Instant::now();
        let fires = |it: &Self| {
            let ticks = it.ledger()?;
            Ok(ticks.iter().any(|(name, tick, _)| name == "beat" && *tick >= from - SECOND_US))
        };
        if self.wait_until(FIRE_LIMIT, "a schedule that is due fires", fires).is_err() {
            let ahead = self.wall.offset();
            let told = format!("nothing fired for {FIRE_LIMIT:?}, {ahead} s from the right time");
            self.outcome.violations.push(told);
        }
        self.outcome.slowest = self.outcome.slowest.max(begun.elapsed());
        self.decided_until = self.wall.now_us();
        Ok(())
    }

    fn judge(mut self) -> anyhow::Result<Outcome> {
        let list = ["runs", "--json", "--limit", "1000"];
        // Nothing new begins while it is counted.
        for name in ["beat", "minute"] {
            fs::remove_file(self.site.home().join("workflows").join(format!("{name}.json")))?;
        }
        let is_over = |run: &Value| state(run) != "queued" && state(run) != "running";
        self.wait_until(END_LIMIT, "all runs end", |it| {
            let runs = it.site.ask_json(&list)?;
            let quiet = runs_of(&runs).iter().all(is_over);
            Ok(quiet && runs_of(&runs).len() == it.ledger()?.len())
        })
        .or_else(|error| {
            self.outcome.violations.push(format!("{error:#}"));
            anyhow::Ok(())
        })?;
        let runs = self.site.ask_json(&list)?;
        let ledger = self.ledger()?;
        for run in runs_of(&runs).iter().filter(|run| state(run) != "succeeded") {
            self.outcome.violations.push(format!("a run ended otherwise: {run}"));
        }
        let mut seen = BTreeSet::new();
        for (name, tick, line) in &ledger {
            if !seen.insert((name, tick)) {
                self.outcome.violations.push(format!("a tick ran twice: {line}"));
            }
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, ..) in &ledger {
            *counts.entry(name).or_default() += 1;
        }
        // Some are due by themselves while a round lasts.
        let most = (MADE_UP_FOR + 5) * (self.outcome.jumps as usize + 1);
        let made_up_for = counts.get("minute").copied().unwrap_or_default();
        if made_up_for > most {
            self.outcome.violations.push(format!("{made_up_for} runs were made up for"));
        }
        let inbox = self.site.call(&json!({ "command": "read_inbox" }))?;
        let gaps = inbox.get("skips").and_then(Value::as_array).map_or(0, Vec::len);
        self.outcome.gaps = u32::try_from(gaps)?;
        self.outcome.ticks = u32::try_from(ledger.len())?;
        Ok(self.outcome)
    }

    /// Name and instant of each tick that ran, with the line that says so.
    fn ledger(&self) -> anyhow::Result<Vec<(String, i64, String)>> {
        let text = fs::read_to_string(self.site.file("ledger"))?;
        let parse = |line: &str| {
            let (name, tick) = line.split_once(' ')?;
            Some((name.to_owned(), tick.parse().ok()?, line.to_owned()))
        };
        let lines = text.lines();
        lines.map(|line| parse(line).with_context(|| format!("no tick: {line:?}"))).collect()
    }

    /// How often the daemons have said that the clock was set.
    fn noticed(&self) -> usize {
        let log = self.site.home().join("daemon.log");
        fs::read_to_string(log).unwrap_or_default().matches(NOTICED).count()
    }

    fn wait_until(
        &self,
        limit: Duration,
        what: &str,
        holds: impl Fn(&Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let deadline = Instant::now() + limit;
        while !holds(self)? {
            if Instant::now() > deadline {
                bail!("waited {limit:?} in vain until {what}");
            }
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }
}

fn runs_of(list: &Value) -> &[Value] {
    list.get("runs").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn state(run: &Value) -> &str {
    run.get("state").and_then(Value::as_str).unwrap_or_default()
}
