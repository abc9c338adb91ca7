//! The inbox: questions that wait for an answer, failures that nobody has seen, what did not start, documents that wait for trust.
//!
//! Only the rows in view are laid out: there may be hundreds of each.

mod rows;

use std::rc::Rc;

use egui::{Key, Modifiers, Rect, ScrollArea, Ui, UiBuilder, vec2};
use millrace_api::inbox::Inbox;

use super::{empty_ui, from_right, padded, row};
use crate::app::{App, sentence};
use crate::command::{Command, InboxCommand};
use crate::state::{InboxPart, InboxRow};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, chip, label};

/// Heights of what is not a thing.
const HEAD: f32 = 36.0;
const MORE: f32 = 32.0;

/// Draws the place.
pub(crate) fn inbox_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    padded(ui, 24, 0, |ui| {
        ui.set_height(56.0);
        row(ui, |ui| {
            label(ui, "Inbox", theme::semibold(18.0), p.text);
            ui.add_space(12.0);
            sections_ui(app, ui);
            from_right(ui, |ui| all_seen_ui(app, ui));
        });
    });
    let Some(inbox) = app.inbox.inbox.clone() else {
        return match app.inbox.error.clone() {
            Some(error) => super::unread_ui(app, ui, "The inbox cannot be read", &error),
            None => empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading", ""),
        };
    };
    if app.inbox.count() == 0 {
        let text = "Questions of runs, runs that failed, times that were missed, and workflows from elsewhere that wait \
                    for your word show here.";
        return empty_ui(ui, icon::TRAY, "Nothing waits for you", text);
    }
    // What is said at the top of every place need not be said twice.
    if let Some(error) = app.inbox.error.as_ref().filter(|_| app.why_away().is_none()) {
        padded(ui, 24, 2, |ui| {
            let text = format!("{}. This is the inbox as it was known before.", sentence(error));
            label(ui, &text, theme::sans(theme::SMALL), p.retry);
        });
    }
    list_ui(app, ui, &inbox);
}

/// Chips that show one section alone, where there is more than one.
fn sections_ui(app: &mut App, ui: &mut Ui) {
    let Some(inbox) = app.inbox.inbox.clone() else { return };
    let full: Vec<InboxPart> =
        InboxPart::ALL.into_iter().filter(|section| section.count(&inbox) > 0).collect();
    if full.len() < 2 {
        return;
    }
    let only = app.inbox.rows.only();
    let mut chosen = None;
    ui.spacing_mut().item_spacing.x = 6.0;
    if chip(ui, &format!("All · {}", app.inbox.count()), only.is_none(), true).clicked() {
        chosen = Some(None);
    }
    for section in full {
        let words = format!("{} · {}", section.word(), section.count(&inbox));
        if chip(ui, &words, only == Some(section), true).clicked() {
            chosen = Some(Some(section).filter(|_| only != Some(section)));
        }
    }
    if let Some(only) = chosen {
        app.inbox.rows.show_only(only, &inbox);
    }
}

fn all_seen_ui(app: &mut App, ui: &mut Ui) {
    let inbox = app.inbox.inbox.as_ref();
    let can = inbox.is_some_and(|inbox| !inbox.failures.is_empty() || !inbox.skips.is_empty());
    let refused = (!can).then(|| "There is nothing to mark".to_owned());
    let tip = "Takes failures and what did not start out of the inbox; the runs stay under Runs, and \
               the calendar keeps the rest";
    let command = Command::Inbox(InboxCommand::AllSeen);
    let button = Button::secondary(command.label()).icon(icon::CHECK).tip(tip).refused(refused);
    if button.asks().show(ui).clicked() {
        app.send(command);
    }
}

fn list_ui(app: &mut App, ui: &mut Ui, inbox: &Rc<Inbox>) {
    keys_ui(app, ui, inbox);
    let mut tops = Vec::with_capacity(app.inbox.rows.all().len() + 1);
    let mut bottom = 0.0;
    for row in app.inbox.rows.all() {
        tops.push(bottom);
        bottom += height(*row);
    }
    tops.push(bottom);
    let view = ui.available_height();
    let mut area = ScrollArea::vertical().id_salt("inbox").auto_shrink([false, false]);
    let follows = std::mem::take(&mut app.inbox.follow_cursor);
    let offset_id = ui.id().with("inbox offset");
    if let (true, Some((at, _))) = (follows, app.inbox.rows.at_cursor()) {
        let now: f32 = ui.data(|data| data.get_temp(offset_id)).unwrap_or_default();
        // With the head above a first row, and a little air below the last one.
        let (top, end) = (tops[at] - HEAD, tops[at + 1] + 16.0);
        if top < now || end > now + view {
            area = area.vertical_scroll_offset(if top < now { top.max(0.0) } else { end - view });
        }
    }
    let mut sent = None;
    let output = area.show_viewport(ui, |ui, seen| {
        ui.set_width(ui.available_width());
        ui.set_height(bottom + 16.0);
        let origin = ui.max_rect();
        let first = tops.partition_point(|top| *top < seen.top()).saturating_sub(1);
        for (at, row) in app.inbox.rows.all().to_vec().into_iter().enumerate().skip(first) {
            if tops[at] > seen.bottom() {
                break;
            }
            let place = Rect::from_min_size(
                origin.min + vec2(16.0, tops[at]),
                vec2(origin.width() - 32.0, height(row)),
            );
            let mut ui = ui.new_child(UiBuilder::new().max_rect(place).id_salt("rows"));
            sent = rows::row_ui(app, &mut ui, inbox, (at, row)).or(sent.take());
        }
    });
    ui.data_mut(|data| data.insert_temp(offset_id, output.state.offset.y));
    if let Some(sent) = sent {
        app.send(sent);
    }
}

fn height(row: InboxRow) -> f32 {
    match row {
        InboxRow::Head(..) => HEAD,
        InboxRow::More(_) => MORE,
        _ => rows::ROW,
    }
}

/// The keys of the list, while nothing else has the keyboard.
fn keys_ui(app: &mut App, ui: &Ui, inbox: &Rc<Inbox>) {
    if !super::has_keys(app, ui) {
        return;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let all = isize::try_from(app.inbox.rows.all().len()).unwrap_or(isize::MAX);
    for (key, by) in [
        (Key::ArrowDown, 1),
        (Key::ArrowUp, -1),
        (Key::PageDown, 8),
        (Key::PageUp, -8),
        (Key::End, all),
        (Key::Home, -all),
    ] {
        if pressed(key) {
            app.inbox.rows.step(by);
            app.inbox.follow_cursor = true;
        }
    }
    if pressed(Key::Escape) {
        app.inbox.rows.forget_cursor();
    }
    let Some((_, row)) = app.inbox.rows.at_cursor() else { return };
    let folds = |wanted: bool| match row {
        InboxRow::Failures(first, _, is_open) if is_open != wanted => Some(first),
        _ => None,
    };
    for (key, wanted) in [(Key::ArrowRight, true), (Key::ArrowLeft, false)] {
        if let (Some(first), true) = (folds(wanted), pressed(key)) {
            app.inbox.rows.fold(first, inbox);
        }
    }
    if pressed(Key::Enter)
        && let Some(command) = rows::opens(inbox, row)
    {
        app.send(command);
    }
    if pressed(Key::E)
        && let Some(seen) = rows::seen_by(inbox, row)
    {
        app.send(Command::Inbox(InboxCommand::Seen(seen)));
    }
}
