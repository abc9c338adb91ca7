//! Commands that select.

use super::Way;
use crate::world::Window;

/// What is selected after the command, with this task selected before.
fn from(way: &Way, task: &str) -> Vec<String> {
    let mut window = Window::sales();
    window.select(task);
    way.go(&mut window);
    window.selected()
}

pub(super) fn select_all(way: &Way) {
    assert_eq!(from(way, "clean_rows").len(), 5);
}

pub(super) fn select_none(way: &Way) {
    assert!(from(way, "clean_rows").is_empty());
}

pub(super) fn select_before(way: &Way) {
    assert_eq!(from(way, "load_warehouse"), ["fetch_exports", "load_warehouse"]);
}

pub(super) fn select_after(way: &Way) {
    assert_eq!(from(way, "load_warehouse"), ["build_report", "load_warehouse", "tell_the_team"]);
}

pub(super) fn walk_before(way: &Way) {
    assert_eq!(from(way, "clean_rows"), ["fetch_exports"]);
}

pub(super) fn walk_after(way: &Way) {
    assert_eq!(from(way, "clean_rows"), ["build_report"]);
}

pub(super) fn walk_above(way: &Way) {
    assert_eq!(from(way, "load_warehouse"), ["clean_rows"]);
}

pub(super) fn walk_below(way: &Way) {
    assert_eq!(from(way, "clean_rows"), ["load_warehouse"]);
}
