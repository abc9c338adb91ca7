//! The tab of the drawer with the versions of the workflow.

use egui::{Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};
use millrace_api::version::{Version, VersionReason};

use super::padded;
use crate::app::{App, sentence};
use crate::command::{Command, FileCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, elide, glyph, list_row, touching_rows};
use crate::words;

const ROW: f32 = 36.0;
/// The buttons at the right of a row.
const BUTTONS: f32 = 176.0;

/// Draws the tab.
pub(super) fn versions_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let Some(editor) = app.tabs.current() else { return };
    let has_file = editor.doc.path.is_some();
    let versions = &editor.versions;
    let (list, error) = (versions.list.clone(), versions.error.clone());
    let (title, text) = match (has_file, &error, &list) {
        (false, ..) => {
            ("No versions yet", "A workflow has versions from the first time that it is saved.")
        }
        (true, Some(error), None) => {
            return super::unread_ui(app, ui, "The versions cannot be read", error);
        }
        (true, None, None) => {
            return super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading the versions", "");
        }
        (true, _, Some(list)) if list.is_empty() => {
            let text =
                "Whenever the workflow is saved or run and means something else, it is kept here.";
            ("No versions yet", text)
        }
        (true, _, Some(list)) => return list_ui(app, ui, p, list),
    };
    super::empty_ui(ui, icon::CLOCK_COUNTER_CLOCKWISE, title, text);
}

fn list_ui(app: &mut App, ui: &mut Ui, p: &Palette, list: &[Version]) {
    let area = ScrollArea::vertical().auto_shrink([false, false]);
    touching_rows(ui, area, ROW, list.len(), |ui, range| {
        padded(ui, 8, 0, |ui| {
            if let Some(editor) = app.tabs.current_mut() {
                editor.versions.seen = range.clone();
            }
            for index in range {
                row_ui(app, ui, p, &list[index], index);
            }
        });
    });
}

fn row_ui(app: &mut App, ui: &mut Ui, p: &Palette, version: &Version, index: usize) {
    let now = app.backend.now();
    let offset = app.backend.local_offset_secs(version.kept);
    let when = words::day_and_clock(version.kept, now, offset);
    let (picture, reason) = match version.reason {
        VersionReason::Saved => (icon::FLOPPY_DISK, "Saved"),
        VersionReason::Run => (icon::PLAY, "Run"),
    };
    let editor = app.tabs.current_mut();
    let change = editor.and_then(|editor| editor.versions.change(index));
    let change = change.map_or_else(|| "…".to_owned(), |change| sentence(&change));
    let name = format!("{reason} {when}: {change}");
    let (rect, response) = list_row(ui, ("version", version.version), &name, ROW, false);
    let middle = rect.center().y;
    let at = pos2(rect.left() + 16.0, middle);
    glyph(ui.painter(), at, picture, icons::font(15.0), p.dim);
    let put = |ui: &Ui, x: f32, text: &str, ink, room: f32| {
        let galley = elide(ui.ctx(), text, theme::sans(theme::BODY), ink, room);
        ui.painter().galley(pos2(x, middle - galley.size().y / 2.0), galley, ink);
    };
    put(ui, rect.left() + 34.0, reason, p.text, 56.0);
    put(ui, rect.left() + 86.0, &when, p.dim, 140.0);
    let left = rect.left() + 236.0;
    put(ui, left, &change, p.text, rect.right() - BUTTONS - 12.0 - left);
    let place = Rect::from_min_size(
        pos2(rect.right() - BUTTONS, middle - theme::CONTROL / 2.0),
        vec2(BUTTONS - 4.0, theme::CONTROL),
    );
    let mut end = ui.new_child(
        UiBuilder::new()
            .max_rect(place)
            .id_salt(("version_buttons", version.version))
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
    );
    end.spacing_mut().item_spacing.x = 6.0;
    let restore = format!("Restore the version of {when}");
    let tip = "Puts it on the canvas, as a step that can be taken back";
    if Button::secondary("Restore").name(&restore).tip(tip).asks().show(&mut end).clicked() {
        app.send(Command::File(FileCommand::RestoreVersion(version.version)));
    }
    let compare = format!("Compare with the version of {when}");
    if Button::quiet("Compare").name(&compare).asks().show(&mut end).clicked() || response.clicked()
    {
        app.send(Command::File(FileCommand::CompareVersion(version.version)));
    }
}
