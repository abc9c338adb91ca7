//! The page of promises says where each is tested; this compares it with the files, so that no test goes unnoticed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_test_that_the_page_of_promises_names_is_there() {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"));
    let page = fs::read_to_string(docs.join("promises.md")).unwrap();
    let (tested, _later) = page.split_once("\n## Later").unwrap();
    let mut numbers = BTreeSet::new();
    for row in tested.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [number, _promise, tests, figure] = cells.as_slice() else { panic!("{row}") };
        if *number == "number" {
            continue;
        }
        assert!(numbers.insert(number.parse::<u32>().unwrap()), "{number} stands twice");
        let names_its_command = *figure == "held" || figure.contains("`cargo ");
        assert!(names_its_command, "no. {number}: which command gives the figure {figure:?}?");
        for place in tests.split("; ") {
            let (names, link) = place.split_once(" in [").unwrap_or_else(|| panic!("{place}"));
            let (_, path) = link.trim_end_matches(')').split_once("](").unwrap();
            let source = fs::read_to_string(docs.join(path));
            let source = source.unwrap_or_else(|error| panic!("no. {number}: {path}: {error}"));
            for name in names.split(", ").map(|name| name.trim_matches('`')) {
                let is_there = source.contains(&format!("fn {name}("));
                assert!(is_there, "no. {number}: {path} has no test {name}");
            }
        }
    }
    assert!(numbers.len() >= 30, "the page was not understood: {numbers:?}");
}

#[test]
fn every_campaign_that_the_page_of_promises_names_is_there() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let page = fs::read_to_string(root.join("docs/promises.md")).unwrap();
    let campaigns = fs::read_to_string(root.join("xtask/src/faults/campaign.rs")).unwrap();
    let mut named = BTreeSet::new();
    for (_, after) in
        page.match_indices("cargo xtask faults ").map(|(at, it)| (at, &page[at + it.len()..]))
    {
        let name = after.split([' ', '`']).next().unwrap();
        assert!(campaigns.contains(&format!("=> \"{name}\"")), "there is no campaign {name}");
        named.insert(name);
    }
    assert!(named.contains("kills"), "the page was not understood: {named:?}");
}
