//! What cron rules may say, and what is said where they may not.

use super::Cron;

/// The message and the help, as one line.
fn refusal(text: &str) -> String {
    match Cron::parse(text) {
        Ok(cron) => format!("accepted: {cron:?}"),
        Err(error) => format!("{} ({})", error, error.help.as_deref().unwrap_or_default()),
    }
}

#[test]
fn what_is_sane_is_accepted() {
    for text in [
        "* * * * *",
        "  0   6 * * *  ",
        "0 0 6 * * *",
        "*/15 8-18/2 1,15,L JAN-mar,12 Mon-FRI,0",
        "0 0 ? * 7",
        "0 0 LW * ?",
        "0 0 15W * 5L,5#2,fri#3,sunL",
        "0 0 29 2 *",
        "0 0 31 2 1",
        "@midnight",
    ] {
        assert!(Cron::parse(text).is_ok(), "{text}: {}", refusal(text));
    }
}

#[test]
fn what_is_not_says_which_field_and_what_is_allowed() {
    let rules = [
        "",
        "0 6 * *",
        "0 0 6 * * * 2026",
        "@dayly",
        "@reboot",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "mon * * * *",
        "* * * mon *",
        "* * * january *",
        "1,,2 * * * *",
        "-1 * * * *",
        "1- * * * *",
        "1-2-3 * * * *",
        "1.5 * * * *",
        "30-10 * * * *",
        "0 22-2 * * *",
        "0 0 * * sat-mon",
        "*/0 * * * *",
        "*/x * * * *",
        "*/90 * * * *",
        "0 */48 * * *",
        "5/15 * * * *",
        "*/99999999999 * * * *",
        "L * * * *",
        "* * 5L * *",
        "* * * * L",
        "* * * * 5#6",
        "* * 40W * *",
        "* * * * +1",
        "* * * * 1?",
        "0 0 30 2 *",
        "0 0 31 4,6 *",
        "0 0 30W 2 *",
        "\u{661} * * * *",
    ];
    let lines = rules.map(|rule| format!("{rule:?}\n  {}", refusal(rule)));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn the_shortest_distance_between_two_times_is_found() {
    let spacing = |text: &str| Cron::parse(text).unwrap().spacing();
    assert_eq!(spacing("* * * * * *"), 1);
    assert_eq!(spacing("*/7 * * * *"), 4 * 60);
    assert_eq!(spacing("0 9,17 * * *"), 8 * 3600);
    assert_eq!(spacing("0 6 * * 1-5"), 24 * 3600);
    assert_eq!(spacing("@monthly"), 28 * 24 * 3600);
    assert_eq!(spacing("0 0 29 2 *"), 4 * 366 * 24 * 3600 - 3 * 24 * 3600);
}
