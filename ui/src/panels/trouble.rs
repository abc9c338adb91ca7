//! A strip at the top of every place while the engine does not answer or the history cannot be used: what happened, and what to
//! do.
//!
//! What else the engine warns of is in the bar at the bottom.

use egui::{Rect, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};

use crate::app::{App, full_sentence};
use crate::command::Command;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{Button, glyph, hairline_h};

/// Beside the text, for the icon and the button.
const LEFT: f32 = 40.0;
const RIGHT: f32 = 48.0;

/// Draws the strip where there is something to say; gives what is left of `rect`.
pub(crate) fn trouble_ui(app: &mut App, ui: &mut Ui, rect: Rect) -> Rect {
    let Some((what, help)) = trouble(app) else { return rect };
    let p = Palette::of(ui);
    let width = (rect.width() - LEFT - RIGHT).max(120.0);
    let lay = |text: String, font, ink| {
        let job = egui::text::LayoutJob::simple(text, font, ink, width);
        ui.ctx().fonts_mut(|fonts| fonts.layout_job(job))
    };
    let all = match &help {
        Some(help) => format!("{what} {help}"),
        None => what.clone(),
    };
    let what = lay(what, theme::semibold(theme::BODY), p.text);
    let help = help.map(|help| lay(help, theme::sans(theme::SMALL), p.dim));
    let below = help.as_ref().map_or(0.0, |help| help.size().y + 2.0);
    let height = (what.size().y + below + 14.0).max(40.0).round();
    let (strip, rest) = rect.split_top_bottom_at_y((rect.top() + height).min(rect.bottom()));
    ui.painter().rect_filled(strip, 0, p.panel);
    hairline_h(ui.painter(), strip.x_range(), strip.bottom() - 0.5, p.line);
    let response = ui.interact(strip, ui.id().with("trouble"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &all));
    let at = pos2(strip.left() + 20.0, strip.top() + 20.0);
    glyph(ui.painter(), at, icon::WARNING, icons::font(18.0), p.bad);
    let top = pos2(strip.left() + LEFT, strip.top() + 7.0);
    let down = what.size().y + 2.0;
    ui.painter().galley(top, what, p.text);
    if let Some(help) = help {
        ui.painter().galley(top + vec2(0.0, down), help, p.dim);
    }
    let button = Rect::from_min_size(
        pos2(strip.right() - RIGHT + 8.0, strip.top() + 6.0),
        vec2(theme::CONTROL, theme::CONTROL),
    );
    let name = "Copy what happened";
    let copy = Button::quiet_icon(icon::COPY, name).tip(name);
    let within = egui::UiBuilder::new().max_rect(button).id_salt("trouble_button");
    if ui.scope_builder(within, |ui| copy.show(ui).clicked()).inner {
        app.send(Command::Copy(all));
    }
    rest
}

/// What is wrong with the engine or its history, and what to do, as sentences.
fn trouble(app: &App) -> Option<(String, Option<String>)> {
    let is_of_history = |text: &&String| text.contains("the history ");
    let found = match (app.daemon.reachable, &app.daemon.report, &app.daemon.error) {
        (Some(true), Some(report), _) => report.warnings.iter().find(is_of_history)?,
        (Some(false), _, Some(error)) if is_of_history(&error) => error,
        (Some(false), _, error) => return Some(away(error.as_deref().unwrap_or_default())),
        _ => return None,
    };
    let (what, help) = parted(found);
    Some((full_sentence(what), help.map(full_sentence)))
}

/// Why nobody answers, and what can be done meanwhile.
fn away(error: &str) -> (String, Option<String>) {
    let (why, help) = parted(error);
    let what = match why {
        "" => "The engine does not answer.".to_owned(),
        why => full_sentence(&format!("the engine does not answer: {why}")),
    };
    let meanwhile = "Millrace keeps trying. What is shown is as it was last known; an open workflow can be drawn on, and \
                     all else waits until the engine answers.";
    let help = help.map(|help| full_sentence(help) + " ").unwrap_or_default();
    (what, Some(help + meanwhile))
}

/// What happened, and behind the first `;` that stands in no brackets what to do.
fn parted(text: &str) -> (&str, Option<&str>) {
    let mut depth = 0_i32;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ';' if depth <= 0 => return (&text[..at], Some(text[at + 1..].trim_start())),
            _ => {}
        }
    }
    (text, None)
}
