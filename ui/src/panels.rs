//! The parts of the window. They read the app and send commands; they change nothing themselves but what only
//! concerns their own looks.

mod about;
mod answer;
mod artifacts;
mod asked;
mod backfill;
mod banner;
mod canvas;
mod cells;
mod changes;
mod channel_sheet;
mod channels;
mod choice_menu;
mod clock;
mod connection_sheet;
mod connections;
mod desktop;
mod diagnostics;
mod dialog;
mod drawer;
mod drop_choice;
mod durations;
mod edge;
mod extract;
mod fares;
mod find_bar;
mod finder;
mod first_steps;
mod folders;
mod gallery;
mod git_mark;
mod grid;
mod heat;
mod in_place;
mod inbox;
mod inspector;
mod items;
mod json;
mod keys;
mod label_choice;
mod large_code;
mod leave;
mod licences;
mod log;
mod main_menu;
mod menu;
mod minimap;
mod move_tick;
mod next_start;
mod notify;
mod open_folder;
mod outputs;
mod palette;
mod picker;
mod picture;
mod piece;
mod pools;
mod provenance;
mod queue;
mod rail;
mod retention;
mod row_menu;
mod run_events;
mod run_head;
mod run_tabs;
mod runs;
mod schedules;
mod secret_sheet;
mod secrets;
mod settings;
mod sheet;
mod shortcuts;
mod status;
mod storage;
mod task;
mod task_rows;
mod task_table;
mod timeline;
mod toasts;
mod topbar;
mod tries;
mod trouble;
mod two_runs;
mod two_sides;
mod values;
mod versions;
mod workflows;

pub(crate) use asked::dragged_ui;
pub(crate) use canvas::{editor_canvas_ui, opening_ui, run_canvas_ui};
pub(crate) use changes::{
    changes_are_there, changes_canvas_ui, changes_drawer_ui, changes_head_ui, changes_list_ui,
    no_changes_ui,
};
pub(crate) use dialog::dialog_ui;
pub(crate) use drawer::drawer_ui;
pub(crate) use drop_choice::{DropChoice, drop_choice_ui};
pub(crate) use fares::fares_ui;
pub(crate) use find_bar::FindBar;
pub(crate) use finder::finder_ui;
pub(crate) use inbox::inbox_ui;
pub(crate) use inspector::inspector_ui;
pub(crate) use keys::KeysPage;
pub(crate) use label_choice::{LabelChoice, label_choice_ui};
pub(crate) use large_code::large_code_ui;
pub(crate) use log::view_id as log_view_id;
pub(crate) use main_menu::open_main_menu;
pub(crate) use palette::{DraggedKind, palette_ui};
pub(crate) use picker::{Picker, picker_ui};
pub(crate) use rail::rail_ui;
pub(crate) use run_head::run_head_ui;
pub(crate) use run_tabs::{missing_run_ui, run_tab_ui, run_tabs_ui};
pub(crate) use runs::runs_ui;
pub(crate) use schedules::schedules_ui;
pub(crate) use settings::settings_ui;
pub(crate) use sheet::sheet_ui;
pub(crate) use shortcuts::shortcuts_ui;
pub(crate) use status::status_ui;
pub(crate) use task::callee;
pub(crate) use toasts::toasts_ui;
pub(crate) use topbar::topbar_ui;
pub(crate) use trouble::trouble_ui;
pub(crate) use two_runs::{
    no_two_runs_ui, two_runs_are_there, two_runs_drawer_ui, two_runs_facts_ui, two_runs_head_ui,
    two_runs_tasks_ui,
};
pub(crate) use workflows::workflows_ui;

use egui::{Align, Layout, Margin, Ui};

/// A column with the panel's inner margin.
fn padded<R>(ui: &mut Ui, x: i8, y: i8, add: impl FnOnce(&mut Ui) -> R) -> R {
    egui::Frame::new().inner_margin(Margin::symmetric(x, y)).show(ui, add).inner
}

/// A row of the whole height, filled from the left.
fn row<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.with_layout(Layout::left_to_right(Align::Center), add).inner
}

/// What is left of a row, filled from the right.
fn from_right<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.with_layout(Layout::right_to_left(Align::Center), add).inner
}

/// Whether keys that are pressed are meant for what is in the middle of the place: nothing has the keyboard, and nothing
/// lies over the place.
fn has_keys(app: &crate::app::App, ui: &Ui) -> bool {
    let is_free =
        ui.memory(|memory| memory.focused().is_none() && memory.top_modal_layer().is_none());
    let is_covered =
        app.sheet.is_some() || app.dialog.is_some() || app.finder.is_some() || app.shows_shortcuts;
    is_free && !is_covered && !egui::Popup::is_any_open(ui.ctx())
}

/// The middle of an empty place: an icon, what is empty, what to do.
fn empty_ui(ui: &mut Ui, icon: &str, title: &str, text: &str) {
    empty_with(ui, icon, title, text, None);
}

/// Why a place cannot be shown, and a button that asks for all that is in view once more.
fn unread_ui(app: &mut crate::app::App, ui: &mut Ui, title: &str, error: &str) {
    let text = crate::app::full_sentence(error) + by_itself(app);
    let again = crate::widgets::Button::secondary("Try again").asks();
    if empty_with(ui, crate::theme::icons::icon::WARNING, title, &text, Some(again)) {
        app.send(crate::command::Command::Refresh);
    }
}

/// What follows the reason why something could not be read.
fn by_itself(app: &crate::app::App) -> &'static str {
    match app.why_away() {
        Some(_) => " It is asked for again when the engine answers.",
        None => "",
    }
}

/// The same with a button that does it; whether it was clicked.
fn empty_with(
    ui: &mut Ui,
    icon: &str,
    title: &str,
    text: &str,
    button: Option<crate::widgets::Button<'_>>,
) -> bool {
    use crate::theme::{self, Palette, icons};
    let p = Palette::of(ui);
    let rect = ui.available_rect_before_wrap();
    let center = rect.center() - egui::vec2(0.0, 24.0);
    let id = ui.id().with("empty");
    ui.interact(rect, id, egui::Sense::hover())
        .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, title));
    let painter = ui.painter();
    crate::widgets::glyph(
        painter,
        center - egui::vec2(0.0, 28.0),
        icon,
        icons::font(32.0),
        p.faint,
    );
    let width = (rect.width() - 48.0).clamp(80.0, 420.0);
    let title = crate::widgets::elide(ui.ctx(), title, theme::semibold(14.0), p.text, width);
    painter.galley(center - egui::vec2(title.size().x / 2.0, 0.0), title, p.text);
    let mut job =
        egui::text::LayoutJob::simple(text.to_owned(), theme::sans(theme::BODY), p.dim, width);
    job.halign = Align::Center;
    let galley = ui.ctx().fonts_mut(|fonts| fonts.layout_job(job));
    let top = center + egui::vec2(0.0, 26.0);
    let below = if text.is_empty() { 4.0 } else { galley.size().y + 14.0 };
    painter.galley(top, galley, p.dim);
    if !text.is_empty() {
        let place =
            egui::Rect::from_center_size(top + egui::vec2(0.0, 9.0), egui::vec2(width, 18.0));
        ui.interact(place, id.with("text"), egui::Sense::hover())
            .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, text));
    }
    let Some(button) = button else { return false };
    let size = egui::vec2(width, theme::CONTROL);
    let place = egui::Rect::from_center_size(top + egui::vec2(0.0, below + size.y / 2.0), size);
    let layout = Layout::top_down(Align::Center);
    let mut at = ui.new_child(egui::UiBuilder::new().max_rect(place).layout(layout));
    button.show(&mut at).clicked()
}
