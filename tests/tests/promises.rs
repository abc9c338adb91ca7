//! The pages of promises and of security say where each is tested; this compares them with the files, so that no test goes
//! unnoticed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

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

/// The rows of all tables of a page, without their heads and the lines below these.
fn rows<const CELLS: usize>(page: &str) -> Vec<[&str; CELLS]> {
    let mut found = Vec::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        let is_head = lines.peek().is_some_and(|next| next.starts_with("|---"));
        if !line.starts_with("| ") || is_head {
            continue;
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        found.push(cells.try_into().unwrap_or_else(|_| panic!("{line}")));
    }
    found
}

#[test]
fn every_test_that_the_page_of_promises_names_is_there() {
    let docs = top().join("docs");
    let page = fs::read_to_string(docs.join("promises.md")).unwrap();
    let (tested, _later) = page.split_once("\n## Later").unwrap();
    let mut numbers = BTreeSet::new();
    for [number, _promise, tests, figure] in rows(tested) {
        assert!(numbers.insert(number.parse::<u32>().unwrap()), "{number} stands twice");
        assert_tested(&format!("no. {number}"), &docs, tests);
        let names_its_command = figure == "held" || figure.contains("`cargo ");
        assert!(names_its_command, "no. {number}: which command gives the figure {figure:?}?");
    }
    assert!(numbers.len() >= 30, "the page was not understood: {numbers:?}");
}

#[test]
fn every_campaign_that_the_page_of_promises_names_is_there() {
    let page = fs::read_to_string(top().join("docs/promises.md")).unwrap();
    let campaigns = fs::read_to_string(top().join("xtask/src/faults/campaign.rs")).unwrap();
    let mut named = BTreeSet::new();
    for after in page.split("cargo xtask faults ").skip(1) {
        let name = after.split([' ', '`']).next().unwrap();
        assert!(campaigns.contains(&format!("=> \"{name}\"")), "there is no campaign {name}");
        named.insert(name);
    }
    assert!(named.contains("kills"), "the page was not understood: {named:?}");
}

#[test]
fn every_test_that_the_page_of_security_names_is_there() {
    let page = fs::read_to_string(top().join("SECURITY.md")).unwrap();
    let mut count = 0;
    for [attack, defence, tests] in rows(&page) {
        assert!(!defence.is_empty(), "{attack}: nothing stands against it");
        assert_tested(attack, &top(), tests);
        count += 1;
    }
    assert!(count >= 20, "the page was not understood: {count} rows");
}
