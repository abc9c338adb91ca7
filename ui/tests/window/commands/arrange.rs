//! Commands that put cards elsewhere.

use egui::{Key, Modifiers, vec2};
use millrace_model::document::Workflow;

use super::Way;
use crate::arrange::select;
use crate::world::Window;

fn place(workflow: &Workflow, task: &str) -> [f64; 2] {
    let mut places = workflow.layout.tasks.iter();
    places.find(|(name, _)| name.as_str() == task).map(|(_, at)| *at).unwrap()
}

pub(super) fn tidy(way: &Way) {
    let mut window = Window::sales();
    let at = window.spot("build_report", None);
    window.drag(at, at - vec2(320.0, 0.0));
    way.go(&mut window);
    let workflow = window.workflow();
    for edge in &workflow.dependencies {
        let left = |task: &str| place(&workflow, task)[0];
        assert!(left(edge.from.as_str()) + 200.0 < left(edge.to.as_str()), "{edge:?}");
    }
}

/// Two cards, whose corners are at (288, 0) and (576, 256), are in line.
fn aligns(way: &Way, axis: usize, line: f64) {
    let mut window = Window::sales();
    select(&mut window, &["clean_rows", "tell_the_team"]);
    way.go(&mut window);
    let workflow = window.workflow();
    for task in ["clean_rows", "tell_the_team"] {
        assert!((place(&workflow, task)[axis] - line).abs() < 1e-6, "{task}");
    }
}

pub(super) fn align_left(way: &Way) {
    aligns(way, 0, 288.0);
}

pub(super) fn align_centres(way: &Way) {
    aligns(way, 0, 432.0);
}

pub(super) fn align_right(way: &Way) {
    aligns(way, 0, 576.0);
}

pub(super) fn align_top(way: &Way) {
    aligns(way, 1, 0.0);
}

pub(super) fn align_middles(way: &Way) {
    aligns(way, 1, 128.0);
}

pub(super) fn align_bottom(way: &Way) {
    aligns(way, 1, 256.0);
}

/// Three cards, of which the one in the middle is not yet halfway between the others.
fn spreads(way: &Way, middle: &str, axis: usize, halfway: f64) {
    let mut window = Window::sales();
    window.select("clean_rows");
    window.press(Modifiers::NONE, Key::ArrowRight);
    select(&mut window, &["fetch_exports", "clean_rows", "tell_the_team"]);
    assert!((place(&window.workflow(), middle)[axis] - halfway).abs() > 1.0);
    way.go(&mut window);
    assert!((place(&window.workflow(), middle)[axis] - halfway).abs() < 1e-6);
}

pub(super) fn distribute_horizontally(way: &Way) {
    spreads(way, "clean_rows", 0, 288.0);
}

pub(super) fn distribute_vertically(way: &Way) {
    spreads(way, "fetch_exports", 1, 128.0);
}

fn moves(way: &Way, by: [f64; 2]) {
    let mut window = Window::sales();
    window.select("clean_rows");
    let before = place(&window.workflow(), "clean_rows");
    way.go(&mut window);
    let after = place(&window.workflow(), "clean_rows");
    let moved = [after[0] - before[0], after[1] - before[1]];
    assert_eq!(moved, by);
}

pub(super) fn move_left(way: &Way) {
    moves(way, [-16.0, 0.0]);
}

pub(super) fn move_right(way: &Way) {
    moves(way, [16.0, 0.0]);
}

pub(super) fn move_up(way: &Way) {
    moves(way, [0.0, -16.0]);
}

pub(super) fn move_down(way: &Way) {
    moves(way, [0.0, 16.0]);
}
