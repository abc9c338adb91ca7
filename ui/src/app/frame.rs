//! The frame of the window: where bars, rail, places and floating things lie.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};

use super::App;
use crate::command::Place;
use crate::panels;
use crate::theme::Palette;
use crate::widgets::{Edge, hairline_h, hairline_v, set_away, splitter};

const TOP: f32 = 44.0;
const RAIL: f32 = 52.0;
const STATUS: f32 = 28.0;
/// Of the tabs of the run place.
const RUN_TABS: f32 = 44.0;
/// Of the head of a comparison.
const CHANGES_HEAD: f32 = 56.0;
/// Of the drawer when only its tabs are shown.
const DRAWER_CLOSED: f32 = 36.0;

/// Draws the whole window.
pub(super) fn show(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    set_away(ui.ctx(), app.why_away());
    let all = ui.ctx().content_rect();
    ui.set_clip_rect(all);
    ui.painter().rect_filled(all, 0, p.bg);
    let top = Rect::from_min_max(all.min, pos2(all.right(), all.top() + TOP));
    let status = Rect::from_min_max(pos2(all.left(), all.bottom() - STATUS), all.max);
    let rail =
        Rect::from_min_max(pos2(all.left(), top.bottom()), pos2(all.left() + RAIL, status.top()));
    let main = Rect::from_min_max(rail.right_top(), status.right_top());

    for bar in [top, status, rail] {
        ui.painter().rect_filled(bar, 0, p.panel);
    }
    let main = panels::trouble_ui(app, ui, main);
    match app.place {
        Place::Editor if app.tabs.is_empty() => {
            within(ui, main, "opening", |ui| panels::opening_ui(app, ui));
        }
        Place::Editor => editor_ui(app, ui, main),
        Place::Run => run_ui(app, ui, main),
        Place::Changes => changes_ui(app, ui, main),
        Place::TwoRuns => two_runs_ui(app, ui, main),
        Place::Runs => within(ui, main, "runs", |ui| panels::runs_ui(app, ui)),
        Place::Workflow => within(ui, main, "grid", |ui| panels::fares_ui(app, ui)),
        Place::Schedules => within(ui, main, "schedules", |ui| panels::schedules_ui(app, ui)),
        Place::Inbox => within(ui, main, "inbox", |ui| panels::inbox_ui(app, ui)),
        Place::Workflows => within(ui, main, "workflows", |ui| panels::workflows_ui(app, ui)),
        Place::Settings => within(ui, main, "settings", |ui| panels::settings_ui(app, ui)),
    }
    within(ui, top, "top", |ui| panels::topbar_ui(app, ui));
    within(ui, rail, "rail", |ui| panels::rail_ui(app, ui));
    within(ui, status, "status", |ui| panels::status_ui(app, ui));
    hairline_h(ui.painter(), all.x_range(), top.bottom() - 0.5, p.line);
    hairline_h(ui.painter(), all.x_range(), status.top() + 0.5, p.line);
    hairline_v(ui.painter(), rail.right() - 0.5, rail.y_range(), p.line);
    panels::toasts_ui(app, ui, main);
    panels::dialog_ui(app, ui);
    panels::sheet_ui(app, ui);
    panels::large_code_ui(app, ui);
    panels::finder_ui(app, ui);
    panels::shortcuts_ui(app, ui);
    panels::dragged_ui(app, ui);
}

/// Palette, canvas, drawer and the panel at the right.
fn editor_ui(app: &mut App, ui: &mut Ui, main: Rect) {
    let main = match app.settings.palette_closed {
        true => main,
        false => {
            let (palette, rest) = cut_palette(app, ui, main);
            within(ui, palette, "palette", |ui| panels::palette_ui(app, ui));
            rest
        }
    };
    let (canvas, drawer, side) = cut(app, ui, main);
    within(ui, canvas, "canvas", |ui| panels::editor_canvas_ui(app, ui, canvas));
    within(ui, drawer, "drawer", |ui| panels::drawer_ui(app, ui));
    within(ui, side, "side", |ui| panels::inspector_ui(app, ui));
    panels::picker_ui(app, ui, canvas);
    panels::drop_choice_ui(app, ui);
    panels::label_choice_ui(app, ui);
}

/// Cuts the palette off at the left, with an edge that can be dragged.
fn cut_palette(app: &mut App, ui: &mut Ui, main: Rect) -> (Rect, Rect) {
    let p = Palette::of(ui);
    let widths = 168.0..=320.0;
    let width = app.settings.palette_width.clamp(*widths.start(), *widths.end());
    let palette = Rect::from_min_size(main.min, vec2(width, main.height()));
    ui.painter().rect_filled(palette, 0, p.panel);
    splitter(
        ui,
        ui.id().with("palette_edge"),
        "Width of the palette",
        palette,
        Edge::Right,
        &mut app.settings.palette_width,
        widths,
    );
    hairline_v(ui.painter(), palette.right() - 0.5, palette.y_range(), p.line);
    (palette, Rect::from_min_max(palette.right_top(), main.max))
}

/// The same with the run's head above.
fn run_ui(app: &mut App, ui: &mut Ui, main: Rect) {
    let p = Palette::of(ui);
    let head = Rect::from_min_size(main.min, vec2(main.width(), 66.0));
    ui.painter().rect_filled(head, 0, p.panel);
    within(ui, head, "run_head", |ui| panels::run_head_ui(app, ui));
    hairline_h(ui.painter(), head.x_range(), head.bottom() - 0.5, p.line);
    let rest = Rect::from_min_max(head.left_bottom(), main.max);
    if within(ui, rest, "run_missing", |ui| panels::missing_run_ui(app, ui)) {
        return;
    }
    let (canvas, drawer, side) = cut(app, ui, rest);
    let tabs = Rect::from_min_size(canvas.min, vec2(canvas.width(), RUN_TABS));
    let body = Rect::from_min_max(tabs.left_bottom(), canvas.max);
    within(ui, tabs, "run_tabs", |ui| panels::run_tabs_ui(app, ui));
    within(ui, body, "run_canvas", |ui| panels::run_tab_ui(app, ui, body));
    within(ui, drawer, "run_drawer", |ui| panels::drawer_ui(app, ui));
    within(ui, side, "run_side", |ui| panels::inspector_ui(app, ui));
}

/// Two workflows laid over each other: what differs at the right, and both sides of it below.
fn changes_ui(app: &mut App, ui: &mut Ui, main: Rect) {
    let p = Palette::of(ui);
    let head = Rect::from_min_size(main.min, vec2(main.width(), CHANGES_HEAD));
    ui.painter().rect_filled(head, 0, p.panel);
    within(ui, head, "changes_head", |ui| panels::changes_head_ui(app, ui));
    hairline_h(ui.painter(), head.x_range(), head.bottom() - 0.5, p.line);
    let rest = Rect::from_min_max(head.left_bottom(), main.max);
    if !panels::changes_are_there(app) {
        return within(ui, rest, "changes_none", |ui| panels::no_changes_ui(app, ui));
    }
    let (canvas, drawer, side) = cut(app, ui, rest);
    within(ui, canvas, "changes_canvas", |ui| panels::changes_canvas_ui(app, ui, canvas));
    within(ui, drawer, "changes_drawer", |ui| panels::changes_drawer_ui(app, ui));
    within(ui, side, "changes_side", |ui| panels::changes_list_ui(app, ui));
}

/// Two runs: their tasks, what is known of both at the right, and a task of them below.
fn two_runs_ui(app: &mut App, ui: &mut Ui, main: Rect) {
    let p = Palette::of(ui);
    let head = Rect::from_min_size(main.min, vec2(main.width(), CHANGES_HEAD));
    ui.painter().rect_filled(head, 0, p.panel);
    within(ui, head, "two_runs_head", |ui| panels::two_runs_head_ui(app, ui));
    hairline_h(ui.painter(), head.x_range(), head.bottom() - 0.5, p.line);
    let rest = Rect::from_min_max(head.left_bottom(), main.max);
    if !panels::two_runs_are_there(app) {
        return within(ui, rest, "two_runs_none", |ui| panels::no_two_runs_ui(app, ui));
    }
    let (tasks, drawer, side) = cut(app, ui, rest);
    within(ui, tasks, "two_runs_tasks", |ui| panels::two_runs_tasks_ui(app, ui));
    within(ui, drawer, "two_runs_drawer", |ui| panels::two_runs_drawer_ui(app, ui));
    within(ui, side, "two_runs_side", |ui| panels::two_runs_facts_ui(app, ui));
}

/// Cuts the main area into canvas, drawer and side panel, with edges that can be dragged.
fn cut(app: &mut App, ui: &mut Ui, main: Rect) -> (Rect, Rect, Rect) {
    let p = Palette::of(ui);
    let settings = &mut app.settings;
    let widest = (main.width() - 320.0).max(240.0);
    let highest = (main.height() - 160.0).max(96.0);
    let side_width = settings.inspector_width.clamp(240.0, widest.min(640.0));
    let drawer_height = if settings.drawer_closed {
        DRAWER_CLOSED
    } else {
        settings.drawer_height.clamp(96.0, highest)
    };
    let side = Rect::from_min_max(pos2(main.right() - side_width, main.top()), main.max);
    let left = Rect::from_min_max(main.min, pos2(side.left(), main.bottom()));
    let drawer = Rect::from_min_max(pos2(left.left(), left.bottom() - drawer_height), left.max);
    let canvas = Rect::from_min_max(left.min, pos2(left.right(), drawer.top()));
    for panel in [side, drawer] {
        ui.painter().rect_filled(panel, 0, p.panel);
    }
    let id = ui.id();
    splitter(
        ui,
        id.with("side_edge"),
        "Width of the panel",
        side,
        Edge::Left,
        &mut settings.inspector_width,
        240.0..=widest.min(640.0),
    );
    if !settings.drawer_closed {
        splitter(
            ui,
            id.with("drawer_edge"),
            "Height of the drawer",
            drawer,
            Edge::Top,
            &mut settings.drawer_height,
            96.0..=highest,
        );
    }
    hairline_v(ui.painter(), side.left() + 0.5, side.y_range(), p.line);
    hairline_h(ui.painter(), drawer.x_range(), drawer.top() + 0.5, p.line);
    (canvas, drawer, side)
}

fn within<R>(ui: &mut Ui, rect: Rect, salt: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(salt));
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    add(&mut child)
}
