//! Which test shows a place in which state, and in which picture, compared with the sources: a new place, tab or page is not
//! forgotten, and no test or picture that is named here goes unnoticed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const TABLE: &str = include_str!("table.txt");

const STATES: [&str; 6] = ["empty", "loading", "error", "huge", "cjk", "disconnected"];

/// Where the places are declared: the file, the enum, and those of them that others stand for.
const DECLARED: [(&str, &str, &[&str]); 5] = [
    ("command.rs", "Place", &["Run", "Workflow", "Settings"]),
    ("command.rs", "Drawer", &[]),
    ("command/run.rs", "RunTab", &[]),
    ("command/grid.rs", "GridTab", &[]),
    ("app/setting.rs", "SettingsPage", &[]),
];

/// The table: by place and state, what stands there.
fn table() -> BTreeMap<&'static str, BTreeMap<&'static str, &'static str>> {
    let mut table: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    let mut place = "";
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("  ") {
            None => {
                place = line;
                assert!(table.insert(place, BTreeMap::new()).is_none(), "{place} stands twice");
            }
            Some(cell) => {
                let (state, what) = cell.split_once(' ').unwrap();
                let before = table.get_mut(place).unwrap().insert(state, what.trim());
                assert!(before.is_none(), "{place} has {state} twice");
            }
        }
    }
    table
}

/// The variants of an enum of the window's sources.
fn variants(file: &str, name: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
    let source = fs::read_to_string(path).unwrap();
    let (_, rest) = source.split_once(&format!("pub(crate) enum {name} {{")).unwrap();
    let (body, _) = rest.split_once("\n}").unwrap();
    let lines = body.lines().map(str::trim);
    let names = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    names.map(|line| line.trim_end_matches(',').to_owned()).collect()
}

#[test]
fn every_place_is_shown_in_every_state() {
    let table = table();
    for (file, name, others_stand_for) in DECLARED {
        let variants = variants(file, name);
        assert!(variants.len() > 2, "{name} was not understood: {variants:?}");
        for variant in variants.iter().filter(|it| !others_stand_for.contains(&it.as_str())) {
            let place = format!("{name}::{variant}");
            assert!(table.contains_key(place.as_str()), "{place} is missing in states/table.txt");
        }
        let known = table.keys().filter_map(|place| place.split_once("::"));
        for (_, variant) in known.filter(|(of, _)| *of == name) {
            assert!(variants.contains(variant), "{name} has no {variant} any more");
        }
    }
    for (place, states) in &table {
        let named: BTreeSet<&str> = states.keys().copied().collect();
        assert_eq!(named, BTreeSet::from(STATES), "{place}");
    }
}

#[test]
fn every_test_and_picture_that_the_table_names_is_there() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for (place, states) in table() {
        for (state, what) in states {
            if let Some(why) = what.strip_prefix("- ") {
                assert!(!why.trim().is_empty(), "{place}, {state}: no reason");
                continue;
            }
            let parts: Vec<&str> = what.split_whitespace().collect();
            let [file, test, picture] = parts.as_slice() else {
                panic!("{place}, {state}: {what}")
            };
            let source = fs::read_to_string(tests.join("window").join(file));
            let source = source.unwrap_or_else(|error| panic!("{place}: {file}: {error}"));
            let is_there = source.contains(&format!("fn {test}()"));
            assert!(is_there, "{place}, {state}: {file} has no test {test}");
            let drawn = ["", "_dark"].iter().any(|theme| {
                tests.join("snapshots").join(format!("{picture}{theme}.png")).exists()
            });
            assert!(drawn, "{place}, {state}: there is no picture {picture}");
        }
    }
}
