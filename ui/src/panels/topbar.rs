//! The bar at the top: the name, what is open, undo and redo, run and stop.

use egui::scroll_area::ScrollBarVisibility;
use egui::{
    CornerRadius, Popup, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType,
};
use millrace_api::place::PlaceOf;
use millrace_model::event::RunState;

use super::git_mark::GitMark;
use super::open_folder::open_folder_item;
use super::{from_right, padded, row};
use crate::app::{App, sentence};
use crate::command::{Command, FileCommand, Keymap, Place, RunCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, run_look};
use crate::widgets::{Button, dot, elide, glyph, menu_frame, menu_line};

/// Draws the bar.
pub(crate) fn topbar_ui(app: &mut App, ui: &mut Ui) {
    padded(ui, 12, 0, |ui| {
        ui.set_height(ui.max_rect().height());
        row(ui, |ui| {
            super::main_menu::main_menu_ui(app, ui);
            ui.add_space(4.0);
            // The buttons come after the tabs for who goes through them by keys, and yet before them for room.
            let id = ui.id().with("room of buttons");
            let buttons: f32 = ui.data(|data| data.get_temp(id).unwrap_or_default());
            tabs(app, ui, ui.available_width() - buttons);
            let used = from_right(ui, |ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                let right = ui.cursor().right();
                match app.place {
                    Place::Editor => editor_buttons(app, ui),
                    Place::Run => run_buttons(app, ui),
                    _ => {}
                }
                let used = right - ui.cursor().right();
                finder_button(app, ui);
                used
            });
            if (used - buttons).abs() > 0.5 {
                ui.data_mut(|data| data.insert_temp(id, used));
                ui.request_repaint();
            }
        });
    });
}

/// The tabs and the button for one more, in `room` points; what does not fit is scrolled.
fn tabs(app: &mut App, ui: &mut Ui, room: f32) {
    ui.style_mut().always_scroll_the_only_direction = true;
    ScrollArea::horizontal()
        .max_width((room - 2.0 * theme::CONTROL).max(theme::CONTROL))
        .scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden)
        .show(ui, |ui| {
            document_tabs(app, ui);
            run_tab(app, ui);
        });
    let tip = Command::File(FileCommand::New).tip(ui.ctx());
    if Button::quiet_icon(icon::PLUS, "New workflow").tip(tip).show(ui).clicked() {
        app.send(Command::File(FileCommand::New));
    }
}

fn document_tabs(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let current = app.tabs.current().map(|editor| editor.tab);
    let documents: Vec<_> = app
        .tabs
        .iter()
        .map(|editor| {
            let live = editor.watch.live.as_ref().and_then(|live| live.run.as_ref());
            let color = live.map(|run| run_look(p, run.state).color);
            let found = editor.doc.path.as_deref().and_then(|path| app.tabs.git.of(path));
            let git = found.and_then(|(state, repository)| GitMark::of(p, state, repository));
            let dirty = editor.doc.is_dirty();
            (editor.tab, Face { title: editor.title(), color, dirty, git })
        })
        .collect();
    for (number, face) in documents {
        let active = app.place == Place::Editor && current == Some(number);
        let (clicked, closed) = tab(ui, number, &face, active);
        if closed {
            app.send(Command::CloseTab(Some(number)));
        } else if clicked {
            app.send(Command::ShowTab(number));
        }
    }
}

fn run_tab(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let run = app.run.as_ref().map(|shown| {
        let live = shown.watch.live.as_ref().and_then(|live| live.run.as_ref());
        let color = live.map(|run| run_look(p, run.state).color);
        Face { title: shown.title(), color, dirty: false, git: None }
    });
    if let Some(face) = run {
        let active = app.place == Place::Run;
        let (clicked, closed) = tab(ui, "run", &face, active);
        if closed {
            app.send(Command::CloseRun);
        } else if clicked {
            app.send(Command::Go(Place::Run));
        }
    }
}

/// What stands on a tab.
struct Face {
    title: String,
    color: Option<egui::Color32>,
    /// It has changes that are not saved.
    dirty: bool,
    git: Option<GitMark>,
}

/// A tab: a dot in the run's colour, the title, how its file stands in git, and a cross, which is a dot while changes are not saved and the
/// pointer is elsewhere. Says whether it was clicked and whether its cross was.
fn tab(
    ui: &mut Ui,
    salt: impl std::hash::Hash + std::fmt::Debug,
    Face { title, color, dirty, git }: &Face,
    active: bool,
) -> (bool, bool) {
    let (p, dirty) = (Palette::of(ui), *dirty);
    let text = elide(ui.ctx(), title, theme::sans(theme::BODY), egui::Color32::PLACEHOLDER, 200.0);
    let mark_room = git.as_ref().map_or(0.0, |_| GitMark::ROOM);
    let size = Vec2::new(56.0 + text.size().x + mark_room, theme::CONTROL);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let shown = ui.id().with("active tab");
    let this = ui.id().with(&salt);
    if active && ui.data(|data| data.get_temp(shown)) != Some(this) {
        ui.data_mut(|data| data.insert_temp(shown, this));
        response.scroll_to_me(None);
    }
    let words = if dirty { format!("{title}, not saved") } else { title.clone() };
    response
        .widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, active, &words));
    let mark = egui::pos2(rect.right() - 15.0, rect.center().y);
    let spot = egui::Rect::from_center_size(mark, Vec2::splat(20.0));
    let cross = ui.interact(spot, ui.id().with((salt, "close")), Sense::click());
    let name = format!("Close {title}");
    cross.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &name));
    let hovered = response.hovered() || cross.hovered();
    let radius = CornerRadius::same(theme::RADIUS);
    if active {
        let line = Stroke::new(1.0, p.line);
        ui.painter().rect(rect, radius, p.raised, line, StrokeKind::Inside);
    } else if hovered {
        ui.painter().rect_filled(rect, radius, p.hover);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, radius, Stroke::new(1.5, p.accent), StrokeKind::Inside);
    }
    let middle = rect.center().y;
    dot(ui.painter(), egui::pos2(rect.left() + 16.0, middle), 4.0, color.unwrap_or(p.idle));
    let ink = if active || hovered { p.text } else { p.dim };
    let at = egui::pos2(rect.left() + 28.0, middle - text.size().y / 2.0);
    let (cut, end) = (text.elided, at.x + text.size().x);
    ui.painter().galley(at, text, ink);
    if let Some(git) = git {
        git.show(ui, egui::pos2(end + 13.0, middle), this.with("git"));
    }
    if dirty && !hovered && !cross.has_focus() {
        dot(ui.painter(), mark, 3.5, p.dim);
    } else if active || hovered || cross.has_focus() {
        let ink = if cross.hovered() || cross.has_focus() { p.text } else { p.faint };
        if cross.hovered() || cross.has_focus() {
            ui.painter().rect_filled(spot, 4, p.line);
        }
        glyph(ui.painter(), mark, icon::X, icons::font(12.0), ink);
    }
    let closed = cross.clicked() || response.middle_clicked();
    cross.on_hover_text(name);
    let clicked = response.clicked();
    if cut {
        response.on_hover_text(title);
    } else if dirty {
        let tip = Command::Save.tip_as(ui.ctx(), "Changes are not saved");
        response.on_hover_text(tip);
    }
    (clicked, closed)
}

/// Looks like a field; opens the box that finds everything. Left out where the tabs need the room.
fn finder_button(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let width = (ui.available_width() - 12.0).min(240.0);
    if width < 150.0 {
        return;
    }
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, theme::CONTROL), Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, "Search or run a command"));
    let radius = CornerRadius::same(theme::RADIUS);
    let border = match (response.has_focus(), response.hovered()) {
        (true, _) => p.accent,
        (_, true) => p.faint,
        _ => p.line,
    };
    let painter = ui.painter();
    painter.rect(rect, radius, p.field, Stroke::new(1.0, border), StrokeKind::Inside);
    let keys = Keymap::of(ui.ctx()).short_keys_of(&Command::Find);
    let keys = elide(ui.ctx(), &keys, theme::sans(theme::SMALL), p.faint, 100.0);
    let room = width - keys.size().x - 32.0;
    let words = elide(ui.ctx(), "Search or run a command", theme::sans(theme::BODY), p.faint, room);
    let middle = rect.center().y;
    let at = egui::pos2(rect.left() + 10.0, middle - words.size().y / 2.0);
    painter.galley(at, words, p.faint);
    let at = egui::pos2(rect.right() - 10.0 - keys.size().x, middle - keys.size().y / 2.0);
    painter.galley(at, keys, p.faint);
    if response.clicked() {
        app.send(Command::Find);
    }
}

fn editor_buttons(app: &mut App, ui: &mut Ui) {
    let Some(editor) = app.tabs.current() else { return };
    let (undo, redo) = (editor.doc.undo_words(), editor.doc.redo_words());
    let dirty = editor.doc.is_dirty();
    let read_only = editor.doc.read_only.clone();
    let has_params = !editor.doc.workflow.params.is_empty();
    let live = editor.watch.live.as_ref();
    let running = live.is_some_and(crate::state::LiveRun::is_active);
    let stopping = live.and_then(|live| live.run.as_ref()).is_some_and(|run| run.stopping);
    let refused = app.why_not_run().map(|why| sentence(&why));
    let held = app.why_held();

    let right = CornerRadius { nw: 0, sw: 0, ne: theme::RADIUS, se: theme::RADIUS };
    let left = CornerRadius { ne: 0, se: 0, nw: theme::RADIUS, sw: theme::RADIUS };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 1.0;
        if has_params {
            let more = Button::primary("")
                .icon(icon::CARET_DOWN)
                .name("Run with parameters…")
                .width(26.0)
                .corners(right)
                .tip(Command::RunWith.tip(ui.ctx()))
                .held(held.clone())
                .refused(refused.clone());
            if more.show(ui).clicked() {
                app.send(Command::RunWith);
            }
        }
        let corners = if has_params { left } else { CornerRadius::same(theme::RADIUS) };
        let run = Button::primary("Run")
            .icon(icon::PLAY)
            .corners(corners)
            .tip(Command::Run.tip(ui.ctx()))
            .held(held)
            .refused(refused);
        if run.show(ui).clicked() {
            app.send(Command::Run);
        }
    });
    if running {
        let (word, tip) = if stopping {
            ("Stop now", "Ends the tasks at once")
        } else {
            ("Stop", "Stops the run; tasks may end in order")
        };
        let button = Button::danger(word).icon(icon::STOP).tip(Command::Stop.tip_as(ui.ctx(), tip));
        if button.asks().show(ui).clicked() {
            app.send(Command::Stop);
        }
    }
    let why =
        read_only.or_else(|| (!dirty).then(|| "Nothing has changed since it was saved".to_owned()));
    let save =
        Button::icon_only(icon::FLOPPY_DISK, "Save").tip(Command::Save.tip(ui.ctx())).refused(why);
    if save.asks().show(ui).clicked() {
        app.send(Command::Save);
    }
    let ctx = ui.ctx().clone();
    let step = |words: Option<String>, command: &Command| match words {
        Some(words) => (format!("{}: {words}", command.tip(&ctx)), None),
        None => (String::new(), Some(format!("Nothing to {}", command.label().to_lowercase()))),
    };
    let (tip, why) = step(redo, &Command::Redo);
    if Button::icon_only(icon::ARROW_U_UP_RIGHT, "Redo").tip(tip).refused(why).show(ui).clicked() {
        app.send(Command::Redo);
    }
    let (tip, why) = step(undo, &Command::Undo);
    if Button::icon_only(icon::ARROW_U_UP_LEFT, "Undo").tip(tip).refused(why).show(ui).clicked() {
        app.send(Command::Undo);
    }
    super::clock::clock_ui(app, ui);
}

fn run_buttons(app: &mut App, ui: &mut Ui) {
    let run = app.run.as_ref().and_then(|shown| shown.watch.live.as_ref()?.run.as_ref());
    let Some(run) = run else { return };
    let state = run.state;
    let has_file = run.head.path.is_some();
    let stopping = run.stopping;
    if state.is_final() {
        if Button::primary("Rerun")
            .icon(icon::ARROW_CLOCKWISE)
            .tip("A new run of the document as it is now")
            .asks()
            .show(ui)
            .clicked()
        {
            app.send(Command::Rerun);
        }
        if state != RunState::Succeeded
            && Button::secondary("Retry failed")
                .tip("Runs what did not succeed again, in this run")
                .asks()
                .show(ui)
                .clicked()
        {
            app.send(Command::RetryRun);
        }
    } else {
        let word = if stopping { "Stop now" } else { "Stop" };
        let stop = Button::danger(word).icon(icon::STOP).tip(Command::Stop.tip(ui.ctx()));
        if stop.asks().show(ui).clicked() {
            app.send(Command::Stop);
        }
    }
    if has_file && Button::secondary("Open in editor").show(ui).clicked() {
        app.send(Command::OpenRunsDocument);
    }
    let more = Button::icon_only(icon::DOTS_THREE, "More to do with this run").show(ui);
    Popup::menu(&more).show(|ui| run_menu_ui(app, ui, state, has_file));
}

/// What can be done with the task that is selected, under its name.
fn selected_task_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let Some(watch) = app.shown_watch() else { return };
    let Some(task) = watch.canvas.only_selected() else { return };
    let Some(live) = watch.live.as_ref().filter(|live| live.task(&task).is_some()) else { return };
    let known = live.snapshot.as_ref().and_then(|workflow| workflow.task(task.as_str()));
    let title = known.map_or_else(|| task.to_string(), |task| task.shown_name().to_owned());
    let title = elide(ui.ctx(), &title, theme::semibold(theme::SMALL), p.faint, 230.0);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(title.size().x + 20.0, 22.0), Sense::hover());
    let text = title.text().to_owned();
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &text));
    let at = egui::pos2(rect.left() + 10.0, rect.center().y - title.size().y / 2.0);
    ui.painter().galley(at, title, p.faint);
    super::menu::task_run_items(app, ui, &task);
    menu_line(ui);
}

/// What else can be done with the run. What cannot be now says why.
fn run_menu_ui(app: &mut App, ui: &mut Ui, state: RunState, has_file: bool) {
    menu_frame(ui);
    selected_task_ui(app, ui);
    let steer = match state {
        RunState::Paused => (icon::PLAY, RunCommand::Resume),
        _ => (icon::PAUSE, RunCommand::Pause),
    };
    for (picture, command) in [
        steer,
        (icon::ARROW_CLOCKWISE, RunCommand::AskRerun),
        (icon::TERMINAL, RunCommand::CopyLine),
        (icon::FILE_TEXT, RunCommand::SaveReport),
        (icon::TRASH, RunCommand::Delete),
        (icon::GRID_FOUR, RunCommand::ShowGrid),
        (icon::INFO, RunCommand::ShowOrigin),
        (icon::CLOCK_COUNTER_CLOCKWISE, RunCommand::ShowChanges),
        (icon::COPY_SIMPLE, RunCommand::CompareBefore),
        (icon::CHECK_CIRCLE, RunCommand::CompareSucceeded),
    ] {
        let why = app.why_not_run_command(command).map(|why| sentence(&why));
        let width = ui.available_width();
        let command = Command::OfRun(command);
        let button = Button::quiet(command.label()).icon(picture).width(width).refused(why);
        if button.show(ui).clicked() {
            app.send(command);
            ui.close();
        }
    }
    let Some(run) = app.run.as_ref().map(|shown| shown.run) else { return };
    open_folder_item(app, ui, "Open the run's folder", PlaceOf::Run { run });
    if has_file {
        open_folder_item(app, ui, "Open its workflow's folder", PlaceOf::DocumentOfRun { run });
    }
}
