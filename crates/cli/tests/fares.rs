//! How a workflow fares: its runs beside each other, and day by day.

#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "this file needs a part of it")]
mod support;

use support::Home;

#[test]
fn runs_stand_beside_each_other_and_are_counted_by_days() {
    let home = Home::new();
    let broken = home.write(
        "broken.json",
        r#"{"millrace": 1, "name": "broken", "tasks": [{"name": "load", "kind": "shell",
            "spec": {"script": "echo 'no such table: x'; exit 3"}}]}"#,
    );
    for _ in 0..2 {
        assert_eq!(home.call(&["run", &broken]).code, Some(1));
    }
    let grid = home.call(&["grid", "broken"]);
    assert_eq!(grid.code, Some(0), "{}", grid.stderr);
    for part in ["broken  all 2 runs, 0 % succeeded, the newest ", "\nload  "] {
        assert!(grid.stdout.contains(part), "{part}: {}", grid.stdout);
    }
    let grid = home.json(&["grid", "broken", "--limit", "1", "--json"]);
    assert_eq!(grid["runs"].as_array().map(Vec::len), Some(1));
    assert_eq!(grid["runs"][0]["states"], "f");
    assert_eq!(grid["tasks"][0]["task"], "load");
    assert_eq!(grid["next"], grid["runs"][0]["run"], "there are more");
    let calendar = home.call(&["calendar", "broken"]);
    assert_eq!(calendar.code, Some(0), "{}", calendar.stderr);
    let today =
        ["broken  the last twelve months: 2 runs on ", "0 % succeeded", "\nMon  ", "\nSun  "];
    for part in today {
        assert!(calendar.stdout.contains(part), "{part}: {}", calendar.stdout);
    }
    let long_ago = home.call(&["calendar", "broken", "--year", "1999"]);
    assert!(long_ago.stdout.starts_with("broken  1999: no runs\n"), "{}", long_ago.stdout);
    let days = home.json(&["calendar", "broken", "--json"]);
    let failed =
        days["days"].as_array().into_iter().flatten().filter_map(|day| day["failed"].as_u64());
    assert_eq!(failed.sum::<u64>(), 2);
    let unknown = home.call(&["calendar", "brocken"]);
    assert!(unknown.stderr.contains("the history has no workflow `brocken`"), "{}", unknown.stderr);
    let unknown = home.call(&["grid", "brocken"]);
    assert!(unknown.stderr.contains("the history has no workflow `brocken`"), "{}", unknown.stderr);
    assert_ne!(unknown.code, Some(0));
}
