//! Commands about what is seen.

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::Way;
use crate::world::Window;

fn zoom(window: &Window) -> f64 {
    window.probe()["canvas"]["zoom"].as_f64().unwrap()
}

fn canvas(window: &Window) -> egui::Rect {
    window.rect_of(&window.probe()["canvas"]["rect"])
}

/// After this command something of this name is there that was not before.
fn shows(way: &Way, name: &str) {
    let mut window = Window::sales();
    assert!(!window.has(name));
    way.go(&mut window);
    window.harness.get_by_label(name);
}

pub(super) fn find_in_workflow(way: &Way) {
    let mut window = Window::sales();
    assert!(!window.has("Find in workflow"));
    way.go(&mut window);
    window.harness.event(Event::Text("rows".to_owned()));
    window.settle();
    assert_eq!(window.value("Find in workflow"), "rows");
}

pub(super) fn find_anything(way: &Way) {
    shows(way, "Find anything");
}

pub(super) fn menu(way: &Way) {
    shows(way, "File menu");
}

pub(super) fn shortcuts(way: &Way) {
    shows(way, "Keyboard shortcuts");
}

pub(super) fn minimap(way: &Way) {
    shows(way, "Minimap");
}

fn leads_to(way: &Way, place: &str) {
    let mut window = Window::sales();
    way.go(&mut window);
    assert_eq!(window.probe()["place"], place);
}

pub(super) fn workflows(way: &Way) {
    leads_to(way, "workflows");
}

pub(super) fn runs(way: &Way) {
    leads_to(way, "runs");
}

pub(super) fn schedules(way: &Way) {
    leads_to(way, "schedules");
}

pub(super) fn inbox(way: &Way) {
    leads_to(way, "inbox");
}

pub(super) fn settings(way: &Way) {
    leads_to(way, "settings");
}

pub(super) fn palette(way: &Way) {
    let mut window = Window::sales();
    assert!(window.has("Add Python"));
    way.go(&mut window);
    assert!(!window.has("Add Python"));
    way.go(&mut window);
    assert!(window.has("Add Python"));
}

/// The middle of the view stays where it is.
fn zooms(way: &Way, factor: f64) {
    let mut window = Window::sales();
    let middle = canvas(&window).center();
    let (before, from) = (zoom(&window), window.spot("clean_rows", None) - middle);
    way.go(&mut window);
    assert!((zoom(&window) / before - factor).abs() < 1e-3, "{}", zoom(&window));
    let to = window.spot("clean_rows", None) - middle;
    assert!((to - from * factor as f32).length() < 1.0, "{from} {to}");
}

pub(super) fn zoom_in(way: &Way) {
    zooms(way, 1.25);
}

pub(super) fn zoom_out(way: &Way) {
    zooms(way, 0.8);
}

pub(super) fn zoom_100(way: &Way) {
    let mut window = Window::sales();
    window.press(Modifiers::NONE, Key::Minus);
    assert!((zoom(&window) - 1.0).abs() > 0.01);
    way.go(&mut window);
    assert!((zoom(&window) - 1.0).abs() < 1e-3);
}

pub(super) fn zoom_fit(way: &Way) {
    let mut window = Window::sales();
    for _ in 0..4 {
        window.press(Modifiers::NONE, Key::Plus);
    }
    let seen = |window: &Window| {
        ["fetch_exports", "tell_the_team"].map(|t| canvas(window).contains(window.spot(t, None)))
    };
    assert_ne!(seen(&window), [true; 2]);
    way.go(&mut window);
    assert_eq!(seen(&window), [true; 2]);
}

pub(super) fn zoom_selection(way: &Way) {
    let mut window = Window::sales();
    window.select("tell_the_team");
    assert!(window.spot("tell_the_team", None).distance(canvas(&window).center()) > 100.0);
    way.go(&mut window);
    assert!(window.spot("tell_the_team", None).distance(canvas(&window).center()) < 2.0);
}

/// The command leads to the page of the settings that has this.
fn shows_page(way: &Way, what: &str) {
    let mut window = Window::sales();
    window.world.borrow_mut().desktop = Some(millrace_ui::bridge::DesktopState::default());
    way.go(&mut window);
    assert_eq!(window.probe()["place"], "settings");
    window.harness.get_by_label(what);
}

pub(super) fn settings_appearance(way: &Way) {
    shows_page(way, "Reduce motion");
}

pub(super) fn settings_notifications(way: &Way) {
    shows_page(way, "Show notifications on the desktop");
}

pub(super) fn settings_secrets(way: &Way) {
    shows_page(way, "Add secret");
}

pub(super) fn settings_connections(way: &Way) {
    shows_page(way, "There are no connections yet.");
}

pub(super) fn settings_pools(way: &Way) {
    shows_page(way, "Add pool");
}

pub(super) fn settings_storage(way: &Way) {
    shows_page(way, "Clean now");
}

pub(super) fn settings_keys(way: &Way) {
    shows_page(way, "Search keys");
}

pub(super) fn settings_start(way: &Way) {
    shows_page(way, "Start at login");
}

pub(super) fn settings_about(way: &Way) {
    shows_page(way, "Copy: Data");
}

pub(super) fn back_up(way: &Way) {
    let mut window = Window::sales();
    window.world.borrow_mut().picks.push_back("/tmp/b.tar.gz".to_owned());
    way.go(&mut window);
    window.harness.get_by_label_contains("Backed up: /");
}

pub(super) fn save_diagnostics(way: &Way) {
    let mut window = Window::sales();
    way.go(&mut window);
    window.harness.get_by_label("WHAT IS IN IT");
}
