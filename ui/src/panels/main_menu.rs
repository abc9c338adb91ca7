//! The menu behind the app's name: every command that can be given now, by group, with its keys.

use egui::containers::menu::SubMenu;
use egui::{
    CornerRadius, Id, Popup, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType, pos2,
};

use super::finder::commands_now;
use crate::app::App;
use crate::command::{Command, Keymap};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{elide, glyph, menu_frame, menu_item, sub_menu_item};

/// Opens it by its keys.
pub(crate) fn open_main_menu(ctx: &egui::Context) {
    Popup::open_id(ctx, id());
}

/// The name, which opens the menu.
pub(super) fn main_menu_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let name = elide(ui.ctx(), "Millrace", theme::semibold(14.0), p.text, 120.0);
    let size = Vec2::new(name.size().x + 34.0, theme::CONTROL);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, "Menu"));
    let radius = CornerRadius::same(theme::RADIUS);
    if response.hovered() || Popup::is_id_open(ui.ctx(), id()) {
        ui.painter().rect_filled(rect, radius, p.hover);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, radius, Stroke::new(1.5, p.accent), StrokeKind::Inside);
    }
    let middle = rect.center().y;
    ui.painter().galley(pos2(rect.left() + 8.0, middle - name.size().y / 2.0), name, p.text);
    let caret = pos2(rect.right() - 14.0, middle);
    glyph(ui.painter(), caret, icon::CARET_DOWN, icons::font(12.0), p.dim);
    Popup::menu(&response).id(id()).gap(4.0).show(|ui| groups_ui(app, ui));
    response.on_hover_text(Command::ShowMenu.tip(ui.ctx()));
}

fn groups_ui(app: &mut App, ui: &mut Ui) {
    menu_frame(ui);
    let commands = commands_now(app, &Keymap::of(ui.ctx()));
    for group in Command::GROUPS {
        let of_group: Vec<_> = commands
            .iter()
            .filter(|(command, _)| command.group() == group && in_menu(command))
            .collect();
        if of_group.is_empty() {
            continue;
        }
        let response = sub_menu_item(ui, group, &format!("{group} menu"));
        SubMenu::new().show(ui, &response, |ui| {
            menu_frame(ui);
            egui::ScrollArea::vertical().max_height(ui.ctx().content_rect().height() - 80.0).show(
                ui,
                |ui| {
                    for (command, keys) in of_group {
                        if menu_item(ui, "", command.label(), keys) {
                            app.send(command.clone());
                        }
                    }
                },
            );
        });
    }
}

/// Steps of the arrow keys are for the hand on the keys.
fn in_menu(command: &Command) -> bool {
    !matches!(command, Command::Nudge(..) | Command::Walk(_) | Command::ShowMenu)
}

fn id() -> Id {
    Id::new("main_menu")
}
