//! Clock changes of many places, compared with an oracle; `cargo xtask clock` compares all of them.

use chrono_tz::Tz;

use crate::oracle::{Figures, compare};

/// Usual changes, half hours, two and three hours, a whole day, changes at midnight, changes of the law.
const PLACES: [&str; 30] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Windhoek",
    "America/Caracas",
    "America/Havana",
    "America/Nuuk",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Antarctica/Vostok",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Istanbul",
    "Europe/Moscow",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Fakaofo",
    "UTC",
];

/// Where something out of the ordinary happened.
const ODD: [(&str, i32); 8] = [
    ("Pacific/Apia", 2011),
    ("Pacific/Fakaofo", 2011),
    ("America/Caracas", 2007),
    ("America/Caracas", 2016),
    ("Asia/Pyongyang", 2015),
    ("Asia/Pyongyang", 2018),
    ("Antarctica/Casey", 2020),
    ("Africa/Casablanca", 2019),
];

fn assert_same(figures: &Figures) {
    assert_eq!(figures.differences, 0, "{:#?}", figures.shown);
    assert!(figures.ticks > 1000, "{figures:?}");
}

#[test]
fn a_year_of_many_places_fires_as_the_oracle_says() {
    let zones: Vec<Tz> = PLACES.iter().map(|name| name.parse().unwrap()).collect();
    let figures = compare(&zones, (2025, 2026), 1);
    assert_eq!((figures.zones, figures.windows, figures.rules), (30, 42, 31), "{figures:?}");
    assert_same(&figures);
}

#[test]
fn odd_changes_fire_as_the_oracle_says() {
    for (zone, year) in ODD {
        let figures = compare(&[zone.parse().unwrap()], (year, year + 1), 2);
        assert!(figures.changes > 0, "{zone} {year}");
        assert_same(&figures);
    }
}
