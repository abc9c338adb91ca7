//! A line over the canvas about the document as a whole: what must be decided before going on, and what is good to know.

use egui::{Color32, Context, CornerRadius, Rect, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

use crate::app::{App, Editor};
use crate::command::{Command, FileCommand, TrustCommand};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, label};

/// What a line says, and its buttons from right to left.
struct Banner {
    color: Color32,
    picture: &'static str,
    text: String,
    buttons: Vec<(Button<'static>, Command)>,
    /// Those of a row of their own, from left to right.
    below: Vec<(Button<'static>, Command)>,
}

/// Height of a line with its buttons, and what a row of buttons below it adds.
const LINE: f32 = 40.0;
const BELOW: f32 = 34.0;

/// Draws the line where there is something to say. Gives how much of `rect` it takes from the top.
pub(super) fn banner_ui(app: &mut App, ui: &mut Ui, rect: Rect) -> f32 {
    let p = Palette::of(ui);
    let Some(banner) = app.tabs.current().and_then(|editor| banner_of(ui.ctx(), p, editor)) else {
        return 0.0;
    };
    let width = (rect.width() - 32.0).min(680.0);
    let height = if banner.below.is_empty() { LINE } else { LINE + BELOW };
    let place = Rect::from_min_size(
        pos2(rect.center().x - width / 2.0, rect.top() + 12.0),
        vec2(width, height),
    );
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    ui.painter().add(p.shadow(12, 4).as_shape(place, radius));
    ui.painter().rect(place, radius, p.panel, Stroke::new(1.0, p.line), StrokeKind::Inside);
    let (line, below) =
        place.shrink2(vec2(12.0, 6.0)).split_top_bottom_at_y(place.top() + LINE - 6.0);
    let mut bar = ui.new_child(
        UiBuilder::new()
            .max_rect(line)
            .id_salt("banner")
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
    );
    for (button, command) in banner.buttons {
        if button.show(&mut bar).clicked() {
            app.send(command);
        }
    }
    bar.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
        label(ui, banner.picture, crate::theme::icons::font(16.0), banner.color);
        label(ui, &banner.text, theme::sans(theme::BODY), p.text);
    });
    // In line with the text above, behind its icon.
    let below = below.with_min_x(below.left() + 24.0);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let mut row = ui.new_child(UiBuilder::new().max_rect(below).id_salt("below").layout(layout));
    row.spacing_mut().item_spacing.x = 8.0;
    for (button, command) in banner.below {
        if button.show(&mut row).clicked() {
            app.send(command);
        }
    }
    place.bottom() - rect.top()
}

fn file_name(editor: &Editor) -> &str {
    let path = editor.doc.path.as_deref().unwrap_or_default();
    path.rsplit('/').next().unwrap_or(path)
}

fn banner_of(ctx: &Context, p: &Palette, editor: &Editor) -> Option<Banner> {
    if editor.conflict {
        let keep =
            Button::secondary("Keep mine").tip("Overwrites the file with what is here").asks();
        let theirs =
            "Shows what is in the file; what was changed here becomes a copy in a tab of its own";
        return Some(Banner {
            color: p.retry,
            picture: icon::WARNING,
            text: format!("{} changed on disk", file_name(editor)),
            buttons: vec![
                (keep, Command::SaveOver),
                (Button::secondary("Use the file").tip(theirs).asks(), Command::Reload),
                (Button::secondary("Compare").asks(), Command::File(FileCommand::Compare)),
            ],
            below: Vec::new(),
        });
    }
    let reopen = Command::File(FileCommand::ReopenTab).called(ctx);
    let close = format!("Closes it; {reopen} brings it back");
    if editor.doc.path.is_some() && !editor.doc.has_file() && !editor.restored {
        let save = Button::secondary("Save again").tip("Writes the file anew where it was").asks();
        let discard = Button::secondary("Close").tip(close);
        return Some(Banner {
            color: p.retry,
            picture: icon::WARNING,
            text: "The file is gone: deleted or moved elsewhere".to_owned(),
            buttons: vec![(save, Command::Save), (discard, Command::File(FileCommand::Discard))],
            below: Vec::new(),
        });
    }
    // Above what was restored: nothing runs before it is decided.
    if !editor.doc.is_trusted && !editor.saw_restriction {
        return Some(restricted(p, editor));
    }
    if editor.restored {
        let (text, tip) = match (editor.doc.has_file(), &editor.doc.path) {
            (true, _) => {
                ("Unsaved changes were restored", "Goes back to what is in the file".to_owned())
            }
            (false, Some(_)) => ("The file is gone; unsaved changes were restored", close),
            (false, None) => ("This workflow was never saved", close),
        };
        let discard = Button::secondary("Discard changes").tip(tip);
        let close = Button::quiet_icon(icon::X, "Dismiss");
        return Some(Banner {
            color: p.run,
            picture: icon::CLOCK_COUNTER_CLOCKWISE,
            text: text.to_owned(),
            buttons: vec![
                (close, Command::File(FileCommand::Restored)),
                (discard, Command::File(FileCommand::Discard)),
            ],
            below: Vec::new(),
        });
    }
    let why = editor.doc.read_only.as_ref().filter(|_| !editor.doc.unreadable)?;
    let text = crate::app::sentence(why);
    Some(Banner { color: p.dim, picture: icon::LOCK, text, buttons: Vec::new(), below: Vec::new() })
}

/// A document that came from elsewhere.
fn restricted(p: &Palette, editor: &Editor) -> Banner {
    let close = Button::quiet_icon(icon::X, "Dismiss").tip("It stays restricted");
    let mut below = Vec::new();
    if let Some(path) = editor.doc.path.as_ref().filter(|_| editor.doc.has_file()) {
        let command = Command::Trust(TrustCommand::Document(path.clone()));
        let tip = "It may run as it is now; when somebody else changes it, you are asked again";
        let trust = Button::secondary(command.label()).icon(icon::SHIELD_CHECK).tip(tip);
        below.push((trust.asks(), command));
        if let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
            let command = Command::Trust(TrustCommand::Folder(folder.to_owned()));
            let tip = format!("Whatever is in {folder}, now and later, may run");
            below.push((Button::secondary(command.label()).tip(tip).asks(), command));
        }
    }
    let text = match below.is_empty() {
        false => "This workflow came from elsewhere. Look at it before you let it run.",
        true => {
            "This workflow came from elsewhere. Look at it; once it is saved, you can let it run."
        }
    };
    Banner {
        color: p.retry,
        picture: icon::SHIELD_WARNING,
        text: text.to_owned(),
        buttons: vec![(close, Command::Trust(TrustCommand::Dismiss))],
        below,
    }
}
