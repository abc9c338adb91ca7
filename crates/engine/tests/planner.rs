//! What becomes of a tick. The tests are named after the sentences of semantics.md; the one at random carries decisions out on
//! a store in memory, dies in between, and looks whether each tick was decided exactly once.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use chrono_tz::Tz;
use millrace_engine::planner::{
    self, Coming, Decision, Dropped, Fire, LATE, MOST_CAUGHT_UP, MOST_COUNTED, MovedTick, Standing,
    Why,
};
use millrace_model::document::{CatchUp, Schedule, ScheduleRule};
use millrace_model::ident::Ident;
use millrace_model::schedule::Ticks;
use millrace_model::time::{Span, Timestamp};
use proptest::prelude::*;

const SEED: u64 = 11;
/// Midnight in UTC.
const MIDNIGHT: i64 = 1_767_225_600;

fn secs(seconds: i64) -> Timestamp {
    Timestamp((MIDNIGHT + seconds) * 1_000_000)
}

fn mins(minutes: i64) -> Timestamp {
    secs(minutes * 60)
}

fn cron(text: &str) -> ScheduleRule {
    ScheduleRule::Cron(text.to_owned())
}

/// A schedule and what the store has of it.
#[derive(Debug, Clone)]
struct Home {
    schedule: Schedule,
    ticks: Ticks,
    watermark: Timestamp,
    moved: Vec<MovedTick>,
    /// Each tick that fired or was dropped, in that order.
    decided: Vec<Timestamp>,
}

impl Home {
    fn new(rule: ScheduleRule, catch_up: CatchUp) -> Self {
        Self::of(Schedule {
            name: Ident::new("clock").unwrap(),
            rule,
            timezone: Some("UTC".to_owned()),
            start: None,
            end: None,
            catch_up,
            jitter: None,
            params: None,
            extra: Default::default(),
        })
    }

    fn of(schedule: Schedule) -> Self {
        let ticks = Ticks::of(&schedule, Tz::UTC).unwrap();
        Self { schedule, ticks, watermark: mins(0), moved: Vec::new(), decided: Vec::new() }
    }

    fn minutely(catch_up: CatchUp) -> Self {
        Self::new(cron("* * * * *"), catch_up)
    }

    fn with_jitter(mut self, jitter: Span) -> Self {
        self.schedule.jitter = Some(jitter);
        self
    }

    /// Has `tick` fire at `to`, or not at all.
    fn shift(&mut self, tick: Timestamp, to: Option<Timestamp>) {
        self.moved.retain(|it| it.tick != tick);
        self.moved.push(MovedTick { tick, to, is_done: false });
        self.moved.sort_by_key(|it| it.tick);
    }

    fn plan(&self, now: Timestamp) -> Decision {
        let Self { schedule, ticks, watermark, moved, .. } = self;
        planner::plan(now, Standing { schedule, ticks, seed: SEED, watermark: *watermark, moved })
    }

    fn coming(&self, now: Timestamp, from: Timestamp) -> impl Iterator<Item = Coming> + '_ {
        let Self { schedule, ticks, watermark, moved, .. } = self;
        let watermark = *watermark;
        let standing = Standing { schedule, ticks, seed: SEED, watermark, moved };
        planner::coming(now, from, standing)
    }

    /// Plans and does it; a second look finds nothing.
    fn turn(&mut self, now: Timestamp) -> Decision {
        let decision = self.plan(now);
        self.carry_out(&decision, usize::MAX);
        let again = self.plan(now);
        assert_eq!((again.dropped.len(), again.fires.len()), (0, 0), "at {now:?}: {again:?}");
        assert_eq!(again.next, decision.next);
        assert!(again.next.is_none_or(|next| next > now));
        decision
    }

    /// As the store does it; dies after so many steps.
    fn carry_out(&mut self, decision: &Decision, steps: usize) {
        self.watermark = decision.rewind.unwrap_or(self.watermark);
        for dropped in decision.dropped.iter().take(steps) {
            self.decided.extend(self.within(dropped));
            match dropped.count {
                1 => self.decide(dropped.last),
                _ => self.advance(dropped.last),
            }
        }
        for fire in decision.fires.iter().take(steps.saturating_sub(decision.dropped.len())) {
            self.decided.push(fire.tick);
            self.decide(fire.tick);
        }
    }

    /// The ticks of a range that is dropped: one that was moved is dropped alone.
    fn within(&self, dropped: &Dropped) -> Vec<Timestamp> {
        let is_moved = |at: &Timestamp| self.moved.iter().any(|it| it.tick == *at);
        if dropped.count == 1 && is_moved(&dropped.last) {
            return vec![dropped.last];
        }
        let before = Timestamp(dropped.first.0 - 1);
        let all = self.ticks.between(before, dropped.last).map(|tick| tick.at);
        let ticks: Vec<_> = all.filter(|at| !is_moved(at)).collect();
        assert_eq!((ticks.first(), ticks.last()), (Some(&dropped.first), Some(&dropped.last)));
        assert_eq!(ticks.len().min(MOST_COUNTED), dropped.count);
        ticks
    }

    fn decide(&mut self, tick: Timestamp) {
        match self.moved.iter_mut().find(|it| it.tick == tick) {
            Some(moved) => moved.is_done = true,
            None => self.advance(tick),
        }
    }

    fn advance(&mut self, to: Timestamp) {
        self.watermark = self.watermark.max(to);
        self.moved.retain(|it| !it.is_done || it.tick > self.watermark);
    }
}

fn live(tick: Timestamp) -> Fire {
    Fire { tick, caught_up: false }
}

fn late(tick: Timestamp) -> Fire {
    Fire { tick, caught_up: true }
}

fn dropped(first: Timestamp, last: Timestamp, count: usize, why: Why) -> Dropped {
    Dropped { first, last, count, why }
}

#[test]
fn a_tick_fires_when_it_is_due_and_once() {
    let mut home = Home::minutely(CatchUp::Latest);
    assert_eq!(home.turn(secs(59)), Decision { next: Some(mins(1)), ..Decision::default() });
    let decision = home.turn(mins(1));
    assert_eq!((decision.fires, decision.next), (vec![live(mins(1))], Some(mins(2))));
    assert_eq!(home.turn(secs(61)).fires, []);
}

#[test]
fn a_tick_that_should_have_fired_more_than_a_minute_ago_was_missed() {
    let mut home = Home::new(cron("0 * * * *"), CatchUp::None);
    assert_eq!(home.turn(mins(61)).fires, [live(mins(60))]);
    let decision = home.turn(mins(121).plus(Span::from_millis(1).to_std()));
    assert_eq!(decision.fires, []);
    assert_eq!(decision.dropped, [dropped(mins(120), mins(120), 1, Why::Missed)]);
}

#[test]
fn none_drops_what_was_missed() {
    let mut home = Home::minutely(CatchUp::None);
    let decision = home.turn(secs(3_630));
    // The tick of 1:00 is half a minute old, that of 0:59 one and a half.
    assert_eq!(decision.dropped, [dropped(mins(1), mins(59), 59, Why::Missed)]);
    assert_eq!(decision.fires, [live(mins(60))]);
    assert_eq!(decision.next, Some(mins(61)));
}

#[test]
fn latest_runs_the_newest() {
    let mut home = Home::new(cron("0 * * * *"), CatchUp::Latest);
    let decision = home.turn(mins(330));
    assert_eq!(decision.dropped, [dropped(mins(60), mins(240), 4, Why::Missed)]);
    assert_eq!(decision.fires, [late(mins(300))]);
    assert_eq!(home.turn(mins(360)).fires, [live(mins(360))]);
}

#[test]
fn where_a_tick_is_due_just_now_that_is_the_newest() {
    let mut home = Home::new(cron("0 * * * *"), CatchUp::Latest);
    let decision = home.turn(mins(300));
    assert_eq!(decision.dropped, [dropped(mins(60), mins(240), 4, Why::Missed)]);
    assert_eq!(decision.fires, [live(mins(300))]);
}

#[test]
fn all_runs_each_in_order() {
    let mut home = Home::new(cron("0 * * * *"), CatchUp::All);
    let decision = home.turn(mins(240));
    assert_eq!(decision.dropped, []);
    let before = [mins(60), mins(120), mins(180)].map(late);
    assert_eq!(decision.fires, [&before[..], &[live(mins(240))]].concat());
}

#[test]
fn all_runs_the_newest_100_at_most_and_says_what_it_cut() {
    let mut home = Home::minutely(CatchUp::All);
    let decision = home.turn(secs(30 + 60 * 1_000));
    assert_eq!(decision.dropped, [dropped(mins(1), mins(899), 899, Why::Capped)]);
    let (last, before) = decision.fires.split_last().unwrap();
    assert_eq!(*last, live(mins(1_000)));
    assert_eq!(before, (900..1_000).map(|minute| late(mins(minute))).collect::<Vec<_>>());
}

#[test]
fn what_is_dropped_is_counted_only_so_far() {
    let mut home = Home::new(ScheduleRule::Every(Span::from_secs(1)), CatchUp::None);
    let decision = home.turn(secs(86_400));
    let [only] = decision.dropped[..] else { unreachable!("{decision:?}") };
    assert_eq!(only, dropped(secs(1), secs(86_339), MOST_COUNTED, Why::Missed));
    assert_eq!(decision.fires.len(), 61);
}

#[test]
fn with_jitter_each_tick_is_late_by_the_same_time_below_it_also_after_a_restart() {
    let jitter = Span::from_secs(300);
    let home = Home::new(cron("0 * * * *"), CatchUp::Latest).with_jitter(jitter);
    for hour in 1..50 {
        let tick = mins(60 * hour);
        let due = planner::due_at(&home.schedule, SEED, tick);
        assert!(tick <= due && due < tick.plus(jitter.to_std()));
        let mut home = Home { watermark: mins(60 * hour - 60), ..home.clone() };
        assert_eq!(home.plan(Timestamp(due.0 - 1)).fires, []);
        assert_eq!(home.plan(Timestamp(due.0 - 1)).next, Some(due));
        assert_eq!(home.turn(due).fires, [live(tick)]);
    }
}

#[test]
fn jitter_that_is_longer_than_the_spacing_keeps_the_order() {
    let mut home = Home::minutely(CatchUp::None).with_jitter(Span::from_secs(1_800));
    let (mut now, mut fired) = (mins(0), Vec::new());
    while now < mins(600) {
        let decision = home.turn(now);
        assert_eq!(decision.dropped, [], "who is asked in time misses nothing");
        fired.extend(decision.fires.iter().map(|fire| fire.tick));
        now = decision.next.unwrap();
    }
    assert!(fired.is_sorted());
    assert_eq!(fired, (1..).map(mins).take(fired.len()).collect::<Vec<_>>());
    assert!(fired.len() >= 570);
}

#[test]
fn a_tick_that_is_behind_a_later_one_is_not_late_by_itself() {
    // The ticks wait for each other; a dropped one never lies behind one that fires, or a crash between both loses one.
    for start in 0..200 {
        let mut home = Home::minutely(CatchUp::None).with_jitter(Span::from_secs(600));
        home.watermark = mins(start);
        let decision = home.turn(secs(60 * start + 400));
        let cut = decision.dropped.last().map(|it| it.last);
        assert!(decision.fires.iter().all(|fire| cut.is_none_or(|cut| cut < fire.tick)));
    }
}

#[test]
fn a_tick_moved_to_a_later_time_fires_then_and_keeps_its_name() {
    let mut home = Home::new(cron("0 * * * *"), CatchUp::Latest);
    home.shift(mins(60), Some(mins(130)));
    assert_eq!(home.turn(mins(60)), Decision { next: Some(mins(120)), ..Decision::default() });
    let decision = home.turn(mins(120));
    assert_eq!((decision.fires, decision.next), (vec![live(mins(120))], Some(mins(130))));
    // Its own time is behind the watermark by now.
    assert_eq!(home.turn(mins(130)).fires, [live(mins(60))]);
    assert_eq!(home.turn(mins(180)).fires, [live(mins(180))]);
}

#[test]
fn a_tick_moved_to_an_earlier_time_does_not_fire_again_at_its_own() {
    let mut home = Home::new(cron("0 * * * *"), CatchUp::Latest);
    home.shift(mins(120), Some(mins(30)));
    assert_eq!(home.turn(mins(0)).next, Some(mins(30)));
    assert_eq!(home.turn(mins(30)).fires, [live(mins(120))]);
    assert_eq!(home.turn(mins(60)).fires, [live(mins(60))]);
    assert_eq!(home.turn(mins(120)).fires, []);
    assert_eq!(home.turn(mins(180)).fires, [live(mins(180))]);
    assert_eq!(home.moved, [], "and is forgotten when it is over");
}

#[test]
fn a_tick_that_is_left_out_does_not_fire_and_that_is_recorded() {
    let mut home = Home::new(cron("0 * * * *"), CatchUp::All);
    home.shift(mins(60), None);
    assert_eq!(home.turn(mins(59)).dropped, []);
    let decision = home.turn(mins(60));
    assert_eq!(decision.dropped, [dropped(mins(60), mins(60), 1, Why::LeftOut)]);
    assert_eq!((decision.fires, decision.next), (vec![], Some(mins(120))));
}

#[test]
fn a_moved_tick_that_was_missed_follows_catch_up() {
    for (policy, fires) in [(CatchUp::None, 0), (CatchUp::Latest, 1), (CatchUp::All, 1)] {
        let mut home = Home::new(cron("0 0 * * *"), policy);
        home.shift(mins(1_440), Some(mins(60)));
        let decision = home.turn(mins(90));
        assert_eq!(decision.fires, vec![late(mins(1_440)); fires], "{policy:?}");
        assert_eq!(decision.dropped.len(), 1 - fires);
    }
}

#[test]
fn a_moved_tick_is_neither_counted_nor_dropped_with_those_around_it() {
    for moved in [1, 2, 50, 101, 102] {
        let mut home = Home::minutely(CatchUp::All);
        home.shift(mins(moved), Some(mins(500)));
        // 102 missed ones besides the moved one; two are too many.
        let decision = home.turn(secs(60 * 103 + 90));
        assert_eq!(decision.dropped.iter().map(|it| it.count).sum::<usize>(), 2);
        assert_eq!(home.turn(secs(60 * 499 + 59)).fires.len(), 101);
        let waits = home.moved.iter().find(|it| it.tick == mins(moved)).unwrap();
        assert!(!waits.is_done);
        let fires = home.turn(mins(500)).fires;
        assert!(fires.contains(&live(mins(moved))), "{moved}: {fires:?}");
    }
}

#[test]
fn a_single_missed_tick_between_moved_ones_is_dropped_and_they_stay() {
    let mut home = Home::minutely(CatchUp::All);
    home.shift(mins(1), Some(mins(300)));
    home.shift(mins(3), Some(mins(300)));
    let decision = home.turn(secs(60 * 103 + 90));
    assert_eq!(decision.dropped, [dropped(mins(2), mins(2), 1, Why::Capped)]);
    assert!(home.moved.iter().all(|it| !it.is_done));
}

#[test]
fn a_moved_tick_with_jitter_holds_up_nobody() {
    let mut home = Home::minutely(CatchUp::None).with_jitter(Span::from_secs(600));
    // One whose own delay is long, before one whose delay is short.
    let due = |home: &Home, minute| planner::due_at(&home.schedule, SEED, mins(minute));
    let long = (1..).find(|it| due(&home, *it) > due(&home, *it + 1)).unwrap();
    home.watermark = mins(long - 1);
    home.shift(mins(long), Some(mins(long + 600)));
    let now = due(&home, long + 1);
    let decision = home.turn(now);
    assert_eq!(decision.fires.first(), Some(&live(mins(long + 1))));
}

#[test]
fn a_clock_that_is_set_back_fires_nothing_twice() {
    let mut home = Home::minutely(CatchUp::All);
    for minute in 1..=120 {
        home.turn(mins(minute));
    }
    for minute in 60..=120 {
        let decision = home.turn(mins(minute));
        assert_eq!((decision.rewind, decision.fires.len()), (None, 0));
        assert_eq!(decision.next, Some(mins(121)));
    }
    assert_eq!(home.turn(mins(121)).fires, [live(mins(121))]);
    assert_eq!(home.decided.len(), 121);
}

#[test]
fn a_clock_that_was_more_than_a_day_ahead_goes_on_from_the_right_time() {
    let mut home = Home::minutely(CatchUp::Latest);
    home.watermark = mins(10 + 1_440);
    assert_eq!(home.plan(mins(10)).rewind, None);
    home.watermark = mins(11 + 1_440);
    let decision = home.turn(mins(10));
    assert_eq!(decision.rewind, Some(mins(10)));
    assert_eq!((decision.fires.len(), decision.next), (0, Some(mins(11))));
    assert_eq!(home.turn(mins(11)).fires, [live(mins(11))]);
}

#[test]
fn one_that_jumps_ahead_is_a_machine_that_slept() {
    // Ten years, each second a tick: no flood, and at once.
    let ahead = mins(60 * 24 * 3_650);
    for (policy, most) in [(CatchUp::None, 61), (CatchUp::Latest, 61), (CatchUp::All, 161)] {
        let home = Home::new(ScheduleRule::Every(Span::from_secs(1)), policy);
        let decision = home.plan(ahead);
        assert_eq!(decision.fires.len(), most);
        assert_eq!(decision.dropped.len(), 1);
    }
}

#[test]
fn at_fires_once() {
    let rule = || ScheduleRule::At("2026-01-01T02:00:00Z".to_owned());
    let mut home = Home::new(rule(), CatchUp::Latest);
    assert_eq!(home.turn(mins(10)).next, Some(mins(120)));
    let decision = home.turn(mins(120));
    assert_eq!((decision.fires, decision.next), (vec![live(mins(120))], None));
    assert_eq!(home.turn(mins(100)), Decision::default());
    let mut home = Home::new(rule(), CatchUp::Latest);
    assert_eq!(home.turn(mins(600)).fires, [late(mins(120))]);
    let mut home = Home::new(rule(), CatchUp::None);
    let missed = [dropped(mins(120), mins(120), 1, Why::Missed)];
    assert_eq!(home.turn(mins(600)).dropped, missed);
}

#[test]
fn a_tick_before_start_or_after_end_does_not_fire_and_one_at_either_does() {
    let mut schedule = Home::new(cron("0 * * * *"), CatchUp::All).schedule;
    schedule.start = Some("2026-01-01T02:00:00Z".to_owned());
    schedule.end = Some("2026-01-01T04:00:00Z".to_owned());
    let mut home = Home::of(schedule);
    assert_eq!(home.turn(mins(60)).next, Some(mins(120)));
    let decision = home.turn(mins(600));
    assert_eq!(decision.fires, [120, 180, 240].map(|minute| late(mins(minute))));
    assert_eq!(decision.next, None);
}

/// What happens to a machine's clock, and what people do.
#[derive(Debug, Clone)]
enum Step {
    /// So many seconds pass, the scheduler awake.
    Pass(i64),
    /// The scheduler wakes exactly when it asked to.
    Next,
    /// Hours of sleep.
    Sleep(i64),
    /// The clock is set back by so many seconds.
    Back(i64),
    /// The tick after so many others is moved by so many seconds from now, or left out.
    Shift(usize, Option<i64>),
    /// The scheduler is asked and dies after so many steps.
    Crash(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..600_i64).prop_map(Step::Pass),
        4 => Just(Step::Next),
        2 => (1..40_i64).prop_map(Step::Sleep),
        1 => (1..7_200_i64).prop_map(Step::Back),
        2 => (0..4_usize, prop::option::of(1..30_000_i64)).prop_map(|(nth, to)| Step::Shift(nth, to)),
        3 => (0..8_usize).prop_map(Step::Crash),
    ]
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let crons = ["* * * * *", "*/7 * * * *", "0 * * * *", "30 2 * * *", "15,45 8-18 * * 1-5"];
    let rule = prop_oneof![
        3 => prop::sample::select(crons.to_vec()).prop_map(cron),
        2 => (5_000..7_200_000_u64).prop_map(|it| ScheduleRule::Every(Span::from_millis(it))),
        1 => (1..28_u8).prop_map(|day| ScheduleRule::At(format!("2026-01-{day:02}T12:00:00Z"))),
    ];
    let policy = prop::sample::select(vec![CatchUp::None, CatchUp::Latest, CatchUp::All]);
    let jitter = prop::option::of((1..1_200_u64).prop_map(Span::from_secs));
    (rule, policy, jitter).prop_map(|(rule, catch_up, jitter)| Schedule {
        jitter,
        ..Home::new(rule, catch_up).schedule
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn each_tick_is_decided_exactly_once(
        schedule in schedule(),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut home = Home::of(schedule);
        let began = home.watermark;
        let mut now = began;
        for step in steps {
            match step {
                Step::Pass(by) => now = now.plus(Span::from_secs(by as u64).to_std()),
                Step::Next => now = home.plan(now).next.unwrap_or(now).max(now),
                Step::Sleep(hours) => now = Timestamp(now.0 + hours * 3_600_000_000),
                Step::Back(by) => now = now.minus(Span::from_secs(by as u64).to_std()),
                Step::Shift(nth, to) => {
                    // Only what is still to come can be moved.
                    let ticks = home.ticks.between(now.max(home.watermark), Timestamp(i64::MAX));
                    let tick = ticks.map(|tick| tick.at).nth(nth);
                    if let Some(tick) = tick
                        && !home.moved.iter().any(|it| it.tick == tick && it.is_done)
                    {
                        home.shift(tick, to.map(|by| Timestamp(now.0 + by * 1_000_000)));
                    }
                }
                Step::Crash(after) => {
                    let decision = home.plan(now);
                    check(&home, &decision, now);
                    home.carry_out(&decision, after);
                }
            }
            check(&home, &home.plan(now), now);
            home.turn(now);
        }
        // When everything is due that is known of.
        let last = home.moved.iter().filter_map(|it| it.to).max().unwrap_or(now).max(now);
        let end = last.plus(Span::from_secs(7_200).to_std());
        home.turn(end);
        let all = home.ticks.between(began, end.minus(Span::from_secs(1_200).to_std()));
        let all: BTreeSet<_> = all.map(|tick| tick.at).collect();
        let decided: BTreeSet<_> = home.decided.iter().copied().collect();
        prop_assert_eq!(decided.len(), home.decided.len(), "decided twice");
        prop_assert!(all.is_subset(&decided), "lost: {:?}", all.difference(&decided).next());
    }
}

/// What holds for each decision.
fn check(home: &Home, decision: &Decision, now: Timestamp) {
    assert_eq!(decision.rewind, None);
    let moved = |tick: Timestamp| home.moved.iter().find(|it| it.tick == tick);
    for fire in &decision.fires {
        let due = match moved(fire.tick) {
            Some(moved) => moved.to.unwrap(),
            None => planner::due_at(&home.schedule, SEED, fire.tick),
        };
        assert!(due <= now, "before its time");
        assert!(!fire.caught_up || due < now.minus(LATE.to_std()));
    }
    assert!(decision.fires.is_sorted_by_key(|fire| fire.tick));
    let by_rule = |fire: &&Fire| fire.caught_up && moved(fire.tick).is_none();
    let most = match home.schedule.catch_up {
        CatchUp::None => 0,
        CatchUp::Latest => 1,
        CatchUp::All => MOST_CAUGHT_UP,
    };
    assert!(decision.fires.iter().filter(by_rule).count() <= most);
    assert!(decision.next.is_none_or(|next| next > now));
    // Nobody has to be asked later than the next tick is due.
    let mut stays = home.ticks.between(home.watermark, Timestamp(i64::MAX)).map(|tick| tick.at);
    if decision.fires.is_empty()
        && decision.dropped.is_empty()
        && let Some(first) = stays.find(|at| moved(*at).is_none())
    {
        let due = planner::due_at(&home.schedule, SEED, first);
        assert!(decision.next.is_some_and(|next| next <= due));
    }
}

#[test]
fn what_is_to_come_starts_when_it_is_said_to() {
    let mut home = Home::minutely(CatchUp::None).with_jitter(Span::from_secs(200));
    home.shift(mins(20), Some(mins(70)));
    home.turn(mins(5));
    let now = mins(10);
    home.turn(now);
    let coming: Vec<Coming> = home.coming(now, now).take(60).collect();
    assert!(coming.iter().any(|it| it.tick <= now), "some are over and wait for their jitter");
    assert!(coming.iter().all(|it| it.at > now && it.tick != mins(20)));
    let later: Vec<Coming> = home.coming(now, mins(30)).take(20).collect();
    let after: Vec<Coming> = coming.iter().filter(|it| it.at > mins(30)).copied().collect();
    assert_eq!(later, after[..20], "asked for later it is the same");
    for together in coming.chunk_by(|a, b| a.at == b.at) {
        let at = together[0].at;
        home.turn(Timestamp(at.0 - 1));
        let starts: Vec<Fire> = together.iter().map(|it| live(it.tick)).collect();
        assert_eq!(home.turn(at).fires, starts);
    }
    // What a clock ran that is put right by less than a day is over, and what one ran that was far ahead is not.
    let first = |home: &Home| home.coming(mins(90), mins(90)).next().unwrap().tick;
    home.watermark = mins(100);
    assert_eq!(first(&home), mins(101));
    home.watermark = mins(90 + 2 * 24 * 60);
    assert_eq!(first(&home), mins(91));
}
