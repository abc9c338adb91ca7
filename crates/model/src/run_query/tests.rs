//! Queries are read, printed, completed and changed.

use proptest::prelude::*;

use super::*;
use crate::time::Timestamp;

fn printed(text: &str) -> String {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    parsed.query.to_string()
}

fn problem(text: &str) -> (String, String) {
    let parsed = parse(text);
    let [problem] = parsed.problems.as_slice() else { panic!("{text}: {parsed:?}") };
    (text[problem.at.clone()].to_owned(), problem.message.clone())
}

#[test]
fn reads_what_people_write() {
    for (text, canonical) in [
        ("", ""),
        ("   ", ""),
        ("state:failed,canceled workflow:x since:2d", "state:failed,canceled workflow:x since:2d"),
        ("State:Cancelled", "state:canceled"),
        ("until:2026-11-01 -state:succeeded", "until:2026-11-01 -state:succeeded"),
        ("since:2w until:2026-11-01T06:30", "since:14d until:2026-11-01T06:30:00"),
        ("since:2026-11-01T06:30:00+01:00", "since:2026-11-01T05:30:00Z"),
        (
            "task:y failed:load,\"x y\" trigger:schedule",
            "task:y failed:load,\"x y\" trigger:schedule",
        ),
        ("text:\"no such table\"", "\"no such table\""),
        ("\"no such\" table -\"a:b\"", "\"no such\" table -\"a:b\""),
        ("text:a,b", "text:a,b"),
        ("id:8F2C took:>=5m took:<1h", "id:8f2c took:>=5m took:<1h"),
        ("12:30 a-b -", "\"12:30\" a-b \"-\""),
        ("日報 \"🦀 crab\"", "日報 \"🦀 crab\""),
        (r#""say \"hi\" to C:\\x""#, r#""say \"hi\" to C:\\x""#),
    ] {
        assert_eq!(printed(text), canonical, "{text}");
    }
}

#[test]
fn says_where_and_why_something_is_not_understood() {
    for (text, at, message) in [
        ("since:2d sate:failed", "sate", "`sate:` is not known here; did you mean `state`?"),
        ("state:faild", "faild", "`faild` is no state; did you mean `failed`?"),
        ("state:", "state:", "`state:` has no value"),
        ("state:failed,", "state:failed,", "`state:` has no value"),
        ("x \"no end", "\"no end", "the quotation mark is not closed"),
        ("\"\"", "\"\"", "the quotation marks are empty"),
        ("since:soon", "soon", "`soon` is not a time"),
        ("since:2026-02-30", "2026-02-30", "`2026-02-30` is not a time"),
        ("since:1d,2d", "1d,2d", "`since:` takes one value"),
        ("-since:1d", "-since:1d", "`since:` cannot have a minus"),
        ("took:5m", "5m", "`5m` does not say whether longer or shorter"),
        ("id:xyz", "xyz", "`xyz` is not the start of a run's id"),
        ("trigger:cron", "cron", "`cron` is no trigger"),
        ("KeyError:x", "KeyError", "`KeyError:` is not known here"),
    ] {
        assert_eq!(problem(text), (at.to_owned(), message.to_owned()), "{text}");
    }
    let parsed = parse("state:faild workflow:x");
    assert_eq!(parsed.query.to_string(), "workflow:x", "the rest is read all the same");
    let long = "x".repeat(MAX_QUERY + 1);
    assert!(parse(&long).problems[0].message.starts_with("the query has 4097 bytes"));
}

#[test]
fn a_day_has_a_start_and_an_end() {
    let noon = Timestamp(1_795_435_200_000_000); // 2026-11-23T12:00:00Z
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let utc = |clock: chrono::NaiveDateTime| Some(Timestamp(clock.and_utc().timestamp_micros()));
    let at = |text: &str, end| {
        let when = When::read(text).unwrap();
        When::At(when.instant(end, (noon, today), utc).unwrap()).to_string()
    };
    assert_eq!(at("today", false), "2026-11-23T00:00:00Z");
    assert_eq!(at("today", true), "2026-11-24T00:00:00Z");
    assert_eq!(at("yesterday", true), "2026-11-23T00:00:00Z");
    assert_eq!(at("2026-11-01", true), "2026-11-02T00:00:00Z");
    assert_eq!(at("2h", true), "2026-11-23T10:00:00Z");
    assert_eq!(at("2026-11-01T06:30", true), "2026-11-01T06:30:00Z");
}

#[test]
fn chips_change_their_own_terms() {
    let text = "\"no such\" state:failed nonsense:x since:2d state:queued";
    assert_eq!(
        set_values(text, Key::State, &["failed", "canceled"]),
        "\"no such\" state:failed,canceled nonsense:x since:2d"
    );
    assert_eq!(set_values(text, Key::State, &[]), "\"no such\" nonsense:x since:2d");
    assert_eq!(set_values("", Key::Workflow, &["a b"]), "workflow:\"a b\"");
    assert_eq!(set_values("-state:failed", Key::State, &["queued"]), "-state:failed state:queued");
    assert_eq!(without_key(text, Key::Text), "state:failed nonsense:x since:2d state:queued");
    assert_eq!(without("a b", &(0..1)), "b");
    assert_eq!(add_word("state:failed ", "a:b"), "state:failed \"a:b\"");
}

#[test]
fn what_can_be_written_next_is_offered() {
    let known = Known { workflows: &["daily_sales", "backup"], tasks: &["load", "fetch"] };
    let offered = |text: &str| {
        let found = complete(text, text.len(), known);
        let written = found.into_iter().map(|found| {
            let mut text = text.to_owned();
            text.replace_range(found.replaces, &found.text);
            text
        });
        written.collect::<Vec<_>>()
    };
    assert_eq!(offered("").len(), Key::ALL.len());
    assert_eq!(offered("x st"), ["x state:"]);
    assert_eq!(offered("-wo"), ["-workflow:"]);
    assert_eq!(offered("state:fa"), ["state:failed"]);
    assert_eq!(offered("state:failed,s"), ["state:failed,succeeded", "state:failed,paused"]);
    assert_eq!(offered("workflow:sal"), ["workflow:daily_sales"]);
    assert_eq!(offered("failed:"), ["failed:load", "failed:fetch"]);
    assert_eq!(offered("state:failed"), Vec::<String>::new(), "all is written");
    assert_eq!(offered("\"sta"), Vec::<String>::new());
    assert_eq!(offered("nonsense:x"), Vec::<String>::new());
}

#[test]
fn stars_stand_for_any_letters() {
    for (pattern, name, fits) in [
        ("daily", "daily", true),
        ("daily", "daily_sales", false),
        ("daily_*", "daily_sales", true),
        ("*sales", "daily_sales", true),
        ("d*y*s", "daily_sales", true),
        ("*", "", true),
        ("a*a", "a", false),
        ("*日*", "三日月", true),
    ] {
        assert_eq!(is_like(pattern, name), fits, "{pattern} {name}");
    }
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[^\u{0}]{1,8}", 1..4)
}

fn whens() -> impl Strategy<Value = When> {
    prop_oneof![
        (0..=36_500_u64 * 86_400_000).prop_map(|millis| When::Ago(Span::from_millis(millis))),
        Just(When::Today),
        Just(When::Yesterday),
        (0..20_000_i64).prop_map(|days| {
            let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
            When::Day(epoch + chrono::TimeDelta::days(days))
        }),
        (0..4_000_000_000_i64).prop_map(|secs| {
            When::Clock(chrono::DateTime::from_timestamp(secs, 0).unwrap().naive_utc())
        }),
        (0..4_000_000_000_000_000_i64).prop_map(|micros| When::At(Timestamp(micros))),
    ]
}

fn filters() -> impl Strategy<Value = (bool, Filter)> {
    let lists = prop_oneof![
        prop::sample::subsequence(RunState::ALL.to_vec(), 1..=6).prop_map(Filter::State),
        prop::sample::subsequence(TriggerKind::ALL.to_vec(), 1..=6).prop_map(Filter::Trigger),
        texts().prop_map(Filter::Workflow),
        texts().prop_map(Filter::Task),
        texts().prop_map(Filter::Failed),
        texts().prop_map(Filter::Text),
        prop::collection::vec("[0-9a-f]{1,16}", 1..4).prop_map(Filter::Id),
    ];
    let bounds =
        prop::sample::select(vec![Bound::Longer, Bound::AtLeast, Bound::Shorter, Bound::AtMost]);
    let others = prop_oneof![
        whens().prop_map(Filter::Since),
        whens().prop_map(Filter::Until),
        (bounds, 0..=9_000_000_u64)
            .prop_map(|(bound, millis)| Filter::Took(bound, Span::from_millis(millis))),
    ];
    prop_oneof![(any::<bool>(), lists), (Just(false), others)]
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(terms in prop::collection::vec(filters(), 0..6)) {
        let terms = terms.into_iter().map(|(negated, filter)| Term { negated, filter }).collect();
        let query = RunQuery { terms };
        let text = query.to_string();
        let parsed = parse(&text);
        prop_assert_eq!(&parsed.problems, &[], "{}", text);
        prop_assert_eq!(parsed.query, query, "{}", text);
    }

    #[test]
    fn any_text_is_read_with_places_within_it(text in "\\PC{0,40}", cursor in 0..60_usize) {
        let parsed = parse(&text);
        let places = parsed.problems.iter().map(|problem| &problem.at).chain(&parsed.spans);
        for at in places {
            prop_assert!(text.get(at.clone()).is_some(), "{:?} {:?}", at, text);
        }
        for found in complete(&text, cursor.min(text.len()), Known::default()) {
            prop_assert!(text.get(found.replaces).is_some());
        }
        let set = set_values(&text, Key::State, &["failed"]);
        if parsed.problems.is_empty() {
            prop_assert!(parse(&set).problems.is_empty(), "{:?}", set);
        }
    }
}
