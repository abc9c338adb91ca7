//! The canvas in its place: gestures become commands, the zoom control floats at the bottom.

use egui::{CornerRadius, Rect, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::{DraggedKind, LabelChoice};
use millrace_model::document::AtomSet;

use crate::app::App;
use crate::canvas::Gesture;
use crate::command::{Command, PieceCommand};
use crate::state::{Change, Spot, around, labels, move_all, place_note, regroup, rewire, splice};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, hairline_v};

/// The canvas of the open document.
pub(crate) fn editor_canvas_ui(app: &mut App, ui: &mut Ui, rect: Rect) {
    let now = app.backend.now();
    let pulse = pulse(app, ui);
    let Some(editor) = app.tabs.current_mut() else { return };
    let doc = &editor.doc;
    let read_only = doc.read_only.is_some();
    let revision = (doc.revision, doc.problems_revision);
    editor.watch.update_scene(&doc.workflow, &doc.problems, revision, now, read_only);
    let layout = &doc.workflow.layout;
    let is_empty = doc.workflow.tasks.is_empty() && layout.notes.is_empty();
    let unreadable = doc.unreadable;
    let gestures = show(app, ui, rect, pulse);
    if is_empty {
        let (picture, title, text) = if unreadable {
            (
                icon::WARNING,
                "This document cannot be shown",
                "It is not a workflow that can be read. Problems below says where; mend it in JSON beside it, or in a text editor.",
            )
        } else {
            (
                icon::TREE_STRUCTURE,
                "No tasks yet",
                "Drag one from the palette, double-click here, or press N.",
            )
        };
        super::empty_ui(ui, picture, title, text);
    }
    for gesture in gestures {
        take(app, gesture);
    }
    super::in_place::in_place_ui(app, ui, rect);
    zoom_control(app, ui, rect);
    super::minimap::minimap_ui(app, ui, rect);
    super::first_steps::first_steps_ui(app, ui, rect);
    let banner = super::banner::banner_ui(app, ui, rect);
    super::find_bar::find_bar_ui(app, ui, rect, banner);
}

/// A document that was asked for and has not come yet.
pub(crate) fn opening_ui(app: &mut App, ui: &mut Ui) {
    let path = app.opening.as_deref().unwrap_or_default();
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    // The first window of a home starts its engine; that takes longer than reading a file.
    let text = match app.daemon.reachable {
        None => "The engine is being started.",
        Some(false) => "The engine does not answer. It is opened as soon as it does.",
        Some(true) => "",
    };
    super::empty_ui(ui, icon::HOURGLASS_MEDIUM, &format!("Opening {name}"), text);
}

/// The canvas of the open run: its snapshot with its states.
pub(crate) fn run_canvas_ui(app: &mut App, ui: &mut Ui, rect: Rect) {
    let now = app.backend.now();
    let pulse = pulse(app, ui);
    let Some(shown) = &mut app.run else { return };
    let live = shown.watch.live.as_ref();
    let workflow = live.and_then(|live| live.snapshot.clone());
    match workflow {
        Some(workflow) => {
            shown.watch.update_scene(&workflow, &[], (1, 1), now, true);
            let is_empty = workflow.tasks.is_empty();
            show(app, ui, rect, pulse);
            if is_empty {
                super::empty_ui(ui, icon::TREE_STRUCTURE, "No tasks", "This run has none.");
            }
            zoom_control(app, ui, rect);
            super::minimap::minimap_ui(app, ui, rect);
            super::find_bar::find_bar_ui(app, ui, rect, 0.0);
        }
        None => {
            let text = "The document that it ran cannot be read. Its tasks are in the other tabs.";
            super::empty_ui(ui, icon::WARNING, "This graph cannot be shown", text);
        }
    }
}

fn show(app: &mut App, ui: &mut Ui, rect: Rect, pulse: Option<f32>) -> Vec<Gesture> {
    let Some(watch) = app.shown_watch_mut() else { return Vec::new() };
    let reveal = watch.reveal_next.take();
    let reveal_piece = watch.reveal_piece.take();
    let edit = watch.edit_next.take();
    let select = watch.select_next.take();
    let (canvas, scene) = watch.canvas_and_scene();
    canvas.rect = Some(rect);
    if let Some(name) = reveal {
        canvas.select_and_reveal(scene, &name);
    }
    if let Some(piece) = reveal_piece {
        canvas.reveal_piece(scene, piece);
    }
    if let Some((names, pieces)) = select {
        canvas.select_nothing();
        canvas.selected = names.into_iter().collect();
        canvas.pieces.selected = pieces.into_iter().collect();
    }
    canvas.pieces.edited = edit.or(canvas.pieces.edited);
    let (gestures, response) = canvas.show(ui, rect, scene, pulse);
    let menu = canvas.menu_of.clone();
    super::menu::canvas_menu(app, &response, &menu);
    if app.why_not_edit().is_none() {
        take_drag(app, ui, rect, &response);
    }
    gestures
}

fn take(app: &mut App, gesture: Gesture) {
    match gesture {
        Gesture::Move { tasks, notes, regrouped, by } => {
            let Some(editor) = app.tabs.current() else { return };
            let workflow = &editor.doc.workflow;
            let change = move_all(workflow, &tasks, &notes, by);
            app.send(Command::Change(regroup(workflow, change, &regrouped)));
        }
        Gesture::Resize { note, rect } => {
            let Some(editor) = app.tabs.current() else { return };
            if let Some(change) = place_note(&editor.doc.workflow, note, rect) {
                app.send(Command::EndStep);
                app.send(Command::Change(change));
            }
        }
        Gesture::Edit(piece) => app.send(Command::Piece(PieceCommand::Edit(piece))),
        Gesture::Fold(group) => app.send(Command::Piece(PieceCommand::Fold(group))),
        Gesture::Open => app.send(Command::OpenTask),
        Gesture::OpenLink(link) => app.send(Command::Piece(PieceCommand::OpenLink(link))),
        Gesture::Connect { from, to, on } => {
            let Some(editor) = app.tabs.current() else { return };
            let task = editor.doc.workflow.task(from.as_str());
            let asks =
                on == AtomSet::SUCCEEDED && task.is_some_and(|task| !labels(task).is_empty());
            if asks {
                app.label_choice = Some(LabelChoice { from, to, at: None });
            } else {
                app.send(Command::Change(Change::Connect { from, to, on, branch: None }));
            }
        }
        Gesture::Rewire { ends: (from, to), new_ends, on } => {
            let Some(editor) = app.tabs.current_mut() else { return };
            let workflow = &editor.doc.workflow;
            if let Some(change) = rewire(workflow, (&from, &to), new_ends.clone(), on) {
                editor.watch.canvas.select_nothing();
                editor.watch.canvas.selected_wire = Some(new_ends);
                app.send(Command::Change(change));
            }
        }
        Gesture::Cut { from, to } => app.send(Command::Change(Change::Disconnect { from, to })),
        Gesture::Splice { task, ends: (from, to) } => {
            let Some(editor) = app.tabs.current() else { return };
            if let Some(change) = splice(&editor.doc.workflow, &task, &from, &to) {
                app.send(Command::Change(change));
            }
        }
        Gesture::Insert { ends, at } => {
            let Some(watch) = app.shown_watch() else { return };
            let screen = watch.canvas.rect.map(|rect| watch.canvas.camera.to_screen(rect.min, at));
            let spot = Spot { at: Some(around(at)), after: Vec::new(), split: Some(ends) };
            app.send(Command::PickTask(screen, spot));
        }
        Gesture::Refused(reason) => app.toasts.fail(reason, None),
        Gesture::Pick { at, after } => {
            let Some(watch) = app.shown_watch() else { return };
            let screen = watch.canvas.rect.map(|rect| watch.canvas.camera.to_screen(rect.min, at));
            // A wire ends at the left side of what it leads to.
            let corner = match after {
                Some(_) => at - vec2(0.0, crate::canvas::CARD.y / 2.0),
                None => around(at),
            };
            let spot = Spot { at: Some(corner), after: after.into_iter().collect(), split: None };
            app.send(Command::PickTask(screen, spot));
        }
    }
}

/// Takes in what is dragged over the canvas from the palette: an edge under it is split, else the task goes there.
fn take_drag(app: &mut App, ui: &Ui, rect: Rect, response: &egui::Response) {
    let p = Palette::of(ui);
    let Some(kind) = response.dnd_hover_payload::<DraggedKind>().map(|dragged| dragged.0) else {
        return;
    };
    let Some(pointer) = ui.input(|input| input.pointer.latest_pos()) else { return };
    let Some(watch) = app.shown_watch() else { return };
    let camera = watch.canvas.camera;
    let at = camera.to_canvas(rect.min, pointer);
    let split = watch.canvas.wire_at(watch.scene(), at);
    let size = crate::canvas::CARD * camera.zoom;
    let ghost = Rect::from_center_size(pointer, size);
    let painter = ui.painter().with_clip_rect(rect);
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    let line = if split.is_some() { p.accent } else { p.faint };
    painter.rect_filled(ghost, radius, p.raised.gamma_multiply(0.8));
    painter.rect_stroke(ghost, radius, Stroke::new(1.5, line), StrokeKind::Inside);
    let words =
        if split.is_some() { format!("insert {}", kind.title) } else { kind.title.to_owned() };
    let text =
        crate::widgets::elide(ui.ctx(), &words, theme::sans(theme::BODY), p.text, size.x - 16.0);
    painter.galley(ghost.center() - text.size() / 2.0, text, p.text);
    if response.dnd_release_payload::<DraggedKind>().is_some() {
        let spot = Spot { at: Some(around(at)), after: Vec::new(), split };
        app.send(Command::AddTask(kind.id, spot));
    }
}

/// How bright what runs is now; none where nothing moves.
fn pulse(app: &App, ui: &Ui) -> Option<f32> {
    let moves = app.shown_watch().is_some_and(|watch| watch.counts_up());
    if !moves || app.settings.reduced_motion {
        return None;
    }
    let time = ui.input(|input| input.time);
    let wave = ((time * std::f64::consts::TAU / 1.6).cos() * 0.5 + 0.5) as f32;
    Some(0.55 + 0.45 * wave)
}

/// − 100 % + Fit, at the bottom left.
pub(super) fn zoom_control(app: &mut App, ui: &mut Ui, rect: Rect) {
    let p = Palette::of(ui);
    let Some(watch) = app.shown_watch() else { return };
    let percent = format!("{:.0} %", watch.canvas.camera.zoom * 100.0);
    let size = vec2(178.0, 30.0);
    let place = Rect::from_min_size(pos2(rect.left() + 14.0, rect.bottom() - 14.0 - size.y), size);
    if !rect.contains_rect(place) {
        return;
    }
    let radius = CornerRadius::same(theme::RADIUS);
    ui.painter().add(p.shadow(10, 3).as_shape(place, radius));
    ui.painter().rect(place, radius, p.panel, Stroke::new(1.0, p.line), StrokeKind::Inside);
    let inside = place.shrink(1.0);
    let mut bar = ui.new_child(
        UiBuilder::new()
            .max_rect(inside)
            .id_salt("zoom")
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    bar.spacing_mut().item_spacing.x = 0.0;
    let buttons = [
        (Button::quiet_icon(icon::MINUS, "Zoom out"), Command::ZoomOut),
        (Button::quiet(&percent).width(60.0).name("Zoom to 100 %"), Command::Zoom100),
        (Button::quiet_icon(icon::PLUS, "Zoom in"), Command::ZoomIn),
        (Button::quiet("Fit").icon(icon::CORNERS_OUT).width(59.0), Command::ZoomFit),
    ];
    for (index, (button, command)) in buttons.into_iter().enumerate() {
        if index == 3 {
            let x = bar.next_widget_position().x;
            hairline_v(bar.painter(), x + 0.5, inside.y_range().shrink(7.0), p.line);
            bar.add_space(1.0);
        }
        if button.tip(command.tip(bar.ctx())).show(&mut bar).clicked() {
            app.send(command);
        }
    }
}
