//! How rules read.

use crate::document::ScheduleRule;
use crate::schedule::Ticks;
use crate::schedule::tests::schedule;

fn words(rule: ScheduleRule) -> String {
    Ticks::of(&schedule(rule), chrono_tz::Europe::Berlin).unwrap().words()
}

#[test]
fn cron_rules_read_as_english() {
    let rules = [
        "* * * * *",
        "*/15 * * * *",
        "*/7 * * * *",
        "*/45 * * * *",
        "@hourly",
        "5 * * * *",
        "0,20,40 * * * *",
        "0 */2 * * *",
        "5 */2 * * *",
        "30 */5 * * *",
        "0,30 */2 * * *",
        "*/10 */2 * * *",
        "@daily",
        "0 6 * * *",
        "30 9,18 * * *",
        "0,30 6-8 * * *",
        "0 9-17 * * *",
        "5 8-18/2 * * *",
        "*/15 9-17 * * 1-5",
        "* 9 * * *",
        "10-50/20 1,3,5 * * *",
        "0 6 * * 1-5",
        "0 6 * * 0,6",
        "0 6 * * mon",
        "0 6 * * 1,3,5",
        "0 6 * * fri-sun",
        "@weekly",
        "0 6 * * 5L",
        "0 6 * * 2#2",
        "0 6 * * 1,5L",
        "30 9 1 * *",
        "30 9 1,15 * *",
        "30 9 1-7 * *",
        "30 9 L * *",
        "30 9 LW * *",
        "30 9 15W * *",
        "30 9 1,L * *",
        "30 9 */2 * *",
        "30 9 1 * 1",
        "@monthly",
        "@yearly",
        "0 18 24 12 *",
        "0 6 1 1,4,7,10 *",
        "0 6 * 6-8 *",
        "0 6 * 12 1-5",
        "0 * * 1 *",
        "* * * * * *",
        "*/10 * * * * *",
        "30 * * * * *",
        "30 */5 * * * *",
        "30 0 6 * * *",
        "0,30 0 6 * * *",
        "*/10 0-5 9 * * 1",
    ];
    let lines = rules.map(|rule| format!("{rule:22} {}", words(ScheduleRule::Cron(rule.into()))));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn spacings_and_instants_read_as_english() {
    for (every, expected) in [
        ("90m", "Every 1 h 30 min"),
        ("15m", "Every 15 minutes"),
        ("1h", "Every hour"),
        ("1d", "Every day"),
        ("36h", "Every 1 d 12 h"),
        ("1s500ms", "Every 1 s 500 ms"),
    ] {
        assert_eq!(words(ScheduleRule::Every(every.parse().unwrap())), expected);
    }
    let at = |text: &str| words(ScheduleRule::At(text.to_owned()));
    assert_eq!(at("2026-12-24T17:00:00Z"), "Once, at 2026-12-24 18:00 (Europe/Berlin)");
    assert_eq!(at("2026-12-24T17:00:05Z"), "Once, at 2026-12-24 18:00:05 (Europe/Berlin)");
}
