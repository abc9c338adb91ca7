//! The pages of promises and of security say where each is tested; this compares them with the files, so that no test goes
//! unnoticed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Looks for each test that a cell names, as in `` `a`, `b` in [x.rs](x.rs); `c` in … ``, from the folder of the page on.
fn assert_tested(what: &str, folder: &Path, cell: &str) {
    for place in cell.split("; ") {
        let (names, link) = place.split_once(" in [").unwrap_or_else(|| panic!("{what}: {place}"));
        let (_, path) = link.trim_end_matches(')').split_once("](").unwrap();
        let source = fs::read_to_string(folder.join(path));
        let source = source.unwrap_or_else(|error| panic!("{what}: {path}: {error}"));
        for name in names.split(", ").map(|name| name.trim_matches('`')) {
            let is_there = source.contains(&format!("fn {name}("));
            assert!(is_there, "{what}: {path} has no test {name}");
        }
    }
}

#[test]
fn every_test_that_the_page_of_security_names_is_there() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let page = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut count = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [attack, defence, tests] = cells.as_slice() else { panic!("{row}") };
        if *tests != "tests" {
            assert!(!defence.is_empty(), "{attack}: nothing stands against it");
            assert_tested(attack, root, tests);
            count += 1;
        }
    }
    assert!(count >= 20, "the page was not understood: {count} rows");
}

#[test]
fn every_test_that_the_page_of_promises_names_is_there() {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).to_owned();
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
        assert_tested(&format!("no. {number}"), &docs, tests);
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
