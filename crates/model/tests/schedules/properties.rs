//! Ticks of random schedules at random instants.

use chrono::{DateTime, NaiveDateTime, Timelike};
use chrono_tz::{TZ_VARIANTS, Tz};
use millrace_model::document::ScheduleRule;
use millrace_model::schedule::{Moved, Shape, Tick, Ticks};
use millrace_model::time::{Span, Timestamp};
use proptest::prelude::*;

use crate::oracle::schedule;

/// 2005 to 2036, in microseconds.
fn instant() -> impl Strategy<Value = Timestamp> {
    (1_104_537_600_000_000..2_082_758_400_000_000_i64).prop_map(Timestamp)
}

fn zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(TZ_VARIANTS.to_vec())
}

/// A field of numbers from `low` to `high`.
fn field(low: u8, high: u8) -> impl Strategy<Value = String> {
    let number = move || low..=high;
    let range = (number(), number()).prop_map(|(one, other)| (one.min(other), one.max(other)));
    let list = prop::collection::vec(number(), 1..4);
    prop_oneof![
        3 => Just("*".to_owned()),
        3 => number().prop_map(|it| it.to_string()),
        1 => (1..=high - low).prop_map(|step| format!("*/{step}")),
        1 => range.prop_map(|(from, to)| format!("{from}-{to}")),
        1 => list.prop_map(|it| it.iter().map(u8::to_string).collect::<Vec<_>>().join(",")),
    ]
}

fn cron() -> impl Strategy<Value = String> {
    let seconds = prop_oneof![5 => Just(String::new()), 1 => field(0, 59).prop_map(|it| it + " ")];
    let days =
        prop_oneof![4 => field(1, 28), 1 => Just("L".to_owned()), 1 => Just("15W".to_owned())];
    let weekdays =
        prop_oneof![4 => field(0, 6), 1 => Just("5L".to_owned()), 1 => Just("2#2".to_owned())];
    (seconds, field(0, 59), field(0, 23), days, field(1, 12), weekdays).prop_map(
        |(second, minute, hour, day, month, weekday)| {
            format!("{second}{minute} {hour} {day} {month} {weekday}")
        },
    )
}

fn rule() -> impl Strategy<Value = ScheduleRule> {
    prop_oneof![
        8 => cron().prop_map(ScheduleRule::Cron),
        1 => (1_000..200_000_000_u64).prop_map(|millis| ScheduleRule::Every(Span::from_millis(millis))),
        1 => (2005..2036).prop_map(|year| ScheduleRule::At(format!("{year}-06-01T12:00:00Z"))),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    let time = || (0..=23_u8, 0..=59_u8);
    let days = prop::collection::btree_set(0..=6_u8, 1..=7);
    prop_oneof![
        (1..=59_u8).prop_map(|every| Shape::Minutes { every }),
        (0..=59_u8).prop_map(|minute| Shape::Hourly { minute }),
        time().prop_map(|(hour, minute)| Shape::Daily { hour, minute }),
        (days, time()).prop_map(|(days, (hour, minute))| Shape::Weekly {
            days: days.into_iter().collect(),
            hour,
            minute
        }),
        (prop::option::of(1..=31_u8), time()).prop_map(|(day, (hour, minute))| Shape::Monthly {
            day,
            hour,
            minute
        }),
        rule().prop_map(|rule| Shape::of(&rule)),
    ]
}

fn ticks(rule: ScheduleRule, zone: Tz) -> Ticks {
    Ticks::of(&schedule(rule, None), zone).unwrap()
}

/// What the zone's clock shows.
fn wall(tick: Tick, zone: Tz) -> NaiveDateTime {
    DateTime::from_timestamp_micros(tick.at.0).unwrap().with_timezone(&zone).naive_local()
}

proptest! {
    #[test]
    fn ticks_come_after_each_other(rule in rule(), zone in zone(), from in instant()) {
        let ticks = ticks(rule, zone);
        let mut newest = from;
        for _ in 0..20 {
            let Some(tick) = ticks.next(newest) else { break };
            prop_assert!(newest < tick.at);
            // Nothing lies between a tick and the instant that it was found from.
            prop_assert_eq!(ticks.next(Timestamp(tick.at.0 - 1)), Some(tick));
            newest = tick.at;
        }
    }

    #[test]
    fn between_is_next_again_and_again_and_last_its_end(
        rule in rule(), zone in zone(), from in instant(), days in 0..40_i64
    ) {
        let ticks = ticks(rule, zone);
        let to = Timestamp(from.0 + days * 86_400_000_000);
        let mut one_by_one = Vec::new();
        let mut newest = from;
        while let Some(tick) = ticks.next(newest).filter(|tick| tick.at <= to) {
            if one_by_one.len() == 2000 {
                return Ok(());
            }
            one_by_one.push(tick);
            newest = tick.at;
        }
        prop_assert_eq!(&ticks.between(from, to).collect::<Vec<_>>(), &one_by_one);
        prop_assert_eq!(ticks.last(from, to), one_by_one.last().copied());
        prop_assert_eq!(ticks.count(from, to, 5), one_by_one.len().min(5));
    }

    #[test]
    fn a_clock_shows_what_was_asked_for_unless_it_is_said_to_be_moved(
        minute in 0..60_u32, hour in 0..24_u32, zone in zone(), from in instant()
    ) {
        let ticks = ticks(ScheduleRule::Cron(format!("{minute} {hour} * * *")), zone);
        for tick in ticks.between(from, Timestamp(i64::MAX)).take(400) {
            let clock = match tick.moved {
                Some(Moved::Gap { wanted }) => {
                    prop_assert!(wanted < wall(tick, zone));
                    prop_assert!(ticks.readings(&tick).is_some());
                    wanted
                }
                Some(Moved::FirstPass) => {
                    let [first, second] = ticks.readings(&tick).unwrap();
                    prop_assert!(first == tick.at && first < second);
                    wall(tick, zone)
                }
                Some(Moved::SecondPass) => return Err(TestCaseError::fail("a fixed time, twice")),
                None => wall(tick, zone),
            };
            prop_assert_eq!((clock.hour(), clock.minute(), clock.second()), (hour, minute, 0));
        }
    }

    #[test]
    fn start_and_end_belong_to_a_schedule(rule in rule(), zone in zone(), from in instant()) {
        let free = ticks(rule.clone(), zone);
        let Some(first) = free.next(from) else { return Ok(()) };
        if matches!(rule, ScheduleRule::Every(_)) {
            return Ok(());
        }
        let text = DateTime::from_timestamp_micros(first.at.0).unwrap().to_rfc3339();
        let mut bounded = schedule(rule, Some(text.clone()));
        bounded.end = Some(text);
        let bounded = Ticks::of(&bounded, zone).unwrap();
        prop_assert_eq!(bounded.next(Timestamp(0)), Some(first));
        prop_assert_eq!(bounded.next(first.at), None);
        prop_assert_eq!(bounded.last(Timestamp(0), Timestamp(i64::MAX)), Some(first));
    }

    #[test]
    fn the_shape_of_the_rule_of_a_shape_is_the_shape(shape in shape(), zone in zone()) {
        prop_assert_eq!(&Shape::of(&shape.rule()), &shape);
        prop_assert!(Ticks::of(&schedule(shape.rule(), None), zone).is_ok());
    }

    #[test]
    fn the_shape_of_a_rule_has_its_ticks(rule in rule(), zone in zone(), from in instant()) {
        let (before, after) = (ticks(rule.clone(), zone), ticks(Shape::of(&rule).rule(), zone));
        prop_assert!(before.between(from, Timestamp(i64::MAX)).take(50)
            .eq(after.between(from, Timestamp(i64::MAX)).take(50)));
    }

    /// Whatever is written, there is an answer, and a rule that is accepted has words.
    #[test]
    fn any_text_is_a_rule_or_refused(text in "[-0-9*/,?LW#@a-z ]{0,24}", zone in zone()) {
        if let Ok(ticks) = Ticks::of(&schedule(ScheduleRule::Cron(text), None), zone) {
            prop_assert!(ticks.next(Timestamp(0)).is_some());
            prop_assert!(!ticks.words().is_empty());
        }
    }
}

#[test]
fn the_ends_of_time_have_no_ticks_and_no_panic() {
    for rule in ["* * * * *", "0 0 * * *", "0 0 29 2 *"] {
        let ticks = ticks(ScheduleRule::Cron(rule.to_owned()), Tz::UTC);
        let (least, most) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
        assert!(ticks.next(most).is_none() && ticks.next(least).is_some());
        assert!(ticks.last(least, least).is_none() && ticks.last(least, most).is_some());
    }
    let every = ticks(ScheduleRule::Every(Span::from_secs(1)), Tz::UTC);
    for at in [i64::MIN, i64::MAX] {
        let _ = (every.next(Timestamp(at)), every.last(Timestamp(i64::MIN), Timestamp(at)));
    }
}
