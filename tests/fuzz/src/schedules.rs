//! Rules of the clock: which texts are some, what they say in words and in forms, and that looking on and back agree.

use chrono_tz::Tz;
use millrace_model::document::{CatchUp, Schedule, ScheduleRule};
use millrace_model::ident::Ident;
use millrace_model::schedule::{Shape, Tick, Ticks};
use millrace_model::time::Timestamp;

use crate::reading::Draw;

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Tehran",
    "Antarctica/Troll",
    "no/zone",
];
const DAY: i64 = 86_400_000_000;
/// Around the ends of time, the epoch and a change of the clocks.
const INSTANTS: [i64; 8] = [
    0,
    1_774_746_000_000_000,
    1_793_000_000_000_000,
    i64::MAX,
    i64::MIN,
    -1,
    253_402_300_799_999_999,
    -62_135_596_800_000_000,
];
/// So many ticks are looked at.
const TICKS: usize = 12;

/// A rule at random, its zone and bounds drawn from the first bytes, its text the rest.
pub fn schedule(data: &[u8]) {
    let mut draw = Draw::new(data);
    let zone = *draw.one(&ZONES);
    let from = Timestamp(draw.one(&INSTANTS).saturating_add(i64::from(draw.byte()) * DAY));
    let what = draw.below(8);
    let bound = |draw: &mut Draw<'_>| draw.coin().then(|| draw.text());
    let (start, end) = (bound(&mut draw), bound(&mut draw));
    let text = String::from_utf8_lossy(draw.rest()).into_owned();
    let rule = match what {
        0 => ScheduleRule::At(text),
        1 => match text.parse() {
            Ok(span) => ScheduleRule::Every(span),
            Err(_) => return,
        },
        _ => ScheduleRule::Cron(text),
    };
    let shape = Shape::of(&rule);
    assert_eq!(Shape::of(&shape.rule()), shape, "a form that is opened again shows something else");
    let schedule = Schedule {
        name: Ident::new("s").unwrap(),
        rule,
        timezone: Some(zone.to_owned()),
        start,
        end,
        catch_up: CatchUp::default(),
        jitter: None,
        params: None,
        extra: Vec::new(),
    };
    let faults = Ticks::faults(&schedule);
    let Ok(ticks) = Ticks::of(&schedule, Tz::UTC) else {
        assert!(faults.iter().all(|fault| !fault.to_string().is_empty()) && !faults.is_empty());
        return;
    };
    assert!(faults.is_empty(), "{faults:?}");
    assert!(!ticks.words().is_empty());
    let found = look(&ticks, from);
    let formed = Schedule { rule: shape.rule(), ..schedule };
    let formed = Ticks::of(&formed, Tz::UTC).expect("what a form makes of a rule is a rule");
    assert_eq!(formed.words(), ticks.words());
    let again: Vec<Tick> = look(&formed, from);
    assert_eq!(found, again, "the form's rule fires at other times");
}

/// The next ticks, each found from both sides.
fn look(ticks: &Ticks, from: Timestamp) -> Vec<Tick> {
    let mut found: Vec<Tick> = Vec::new();
    let mut at = from;
    while found.len() < TICKS {
        let Some(next) = ticks.next(at) else { break };
        assert!(next.at > at, "the next tick is {:?}, seen from {at:?}", next.at);
        let last = ticks.last(at, next.at);
        assert_eq!(last.as_ref(), Some(&next), "seen from behind it is another one");
        let before = Timestamp(next.at.0 - 1);
        assert_eq!(ticks.last(at, before), None, "there is one between {at:?} and {:?}", next.at);
        let _readings = ticks.readings(&next);
        at = next.at;
        found.push(next);
    }
    let _spacing = ticks.spacing();
    found
}
