//! A place in a workflow that was found: the task, the field, the line with the words.

use egui::text::{LayoutJob, TextFormat};
use egui::{Ui, pos2};
use millrace_api::library::SearchHit;

use crate::app::{App, Carry, CarryWith};
use crate::command::{Command, LibraryCommand};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, kind_look};
use crate::widgets::{elide, glyph, list_row};
use crate::words;

/// Draws it over the whole of `ui`; a click opens the workflow there.
pub(super) fn hit_ui(app: &mut App, ui: &mut Ui, p: &Palette, workflow: usize, place: usize) {
    let found = app.library.found.workflows.get(workflow);
    let Some((path, hit)) =
        found.and_then(|it| Some((it.path.clone(), it.hits.get(place)?.clone())))
    else {
        return;
    };
    let height = ui.max_rect().height();
    let name = words_of(&hit);
    let (rect, response) = list_row(ui, ("hit", workflow, place), &name, height, false);
    let middle = rect.center().y;
    let mut left = rect.left() + 46.0;
    let (picture, ink) = match hit.task.is_some() {
        true => {
            let look = kind_look(&hit.kind);
            (look.icon, look.tile)
        }
        false => (icon::TREE_STRUCTURE, p.dim),
    };
    glyph(ui.painter(), pos2(left + 7.0, middle), picture, icons::font(13.0), ink);
    left += 22.0;
    let title = if hit.title.is_empty() { field_words(&hit.field) } else { hit.title.clone() };
    let mut put = |text: &str, font, ink, room: f32| {
        let galley = elide(ui.ctx(), text, font, ink, room);
        let width = galley.size().x;
        ui.painter().galley(pos2(left, middle - galley.size().y / 2.0), galley, ink);
        left += width + 10.0;
    };
    put(&title, theme::sans(theme::BODY), p.text, rect.width() * 0.25);
    if hit.task.is_some() && !hit.field.is_empty() {
        put(&field_words(&hit.field), theme::sans(theme::SMALL), p.faint, rect.width() * 0.15);
    }
    let room = rect.right() - 12.0 - left;
    if room > 24.0 && !hit.line.is_empty() {
        let galley = line(ui, p, &hit, room);
        ui.painter().galley(pos2(left, middle - galley.size().y / 2.0), galley, p.dim);
    }
    if response.clicked() {
        let words = app.library.search.trim().to_owned();
        let carry = Carry { path, task: hit.task, with: CarryWith::Words(words) };
        app.send(Command::Library(LibraryCommand::OpenHit(carry)));
    }
    response.on_hover_text(name);
}

/// Draws how many more there are; a click opens the workflow, with all of them in its search.
pub(super) fn more_ui(app: &mut App, ui: &mut Ui, p: &Palette, workflow: usize, more: u32) {
    let Some(path) = app.library.found.workflows.get(workflow).map(|it| it.path.clone()) else {
        return;
    };
    let height = ui.max_rect().height();
    let text = format!("and {} more", words::grouped(more.into()));
    let (rect, response) = list_row(ui, ("more", workflow), &text, height, false);
    let galley = elide(ui.ctx(), &text, theme::sans(theme::SMALL), p.faint, rect.width());
    let at = pos2(rect.left() + 68.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, p.faint);
    if response.clicked() {
        let words = app.library.search.trim().to_owned();
        let carry = Carry { path, task: None, with: CarryWith::Words(words) };
        app.send(Command::Library(LibraryCommand::OpenHit(carry)));
    }
}

/// The line, with the words in it standing out.
fn line(ui: &Ui, p: &Palette, hit: &SearchHit, room: f32) -> std::sync::Arc<egui::Galley> {
    let format = |ink| TextFormat {
        font_id: theme::mono(theme::SMALL),
        color: ink,
        ..TextFormat::default()
    };
    let letters: Vec<char> = hit.line.chars().collect();
    let from = (hit.from as usize).min(letters.len());
    let to = (hit.to as usize).clamp(from, letters.len());
    let text = |part: &[char]| part.iter().collect::<String>();
    let mut job = LayoutJob::default();
    job.wrap.max_width = room;
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    // The words are in view also where the line is cut.
    let before = &letters[..from];
    let before = if before.len() > 24 && room < 360.0 {
        format!("…{}", text(&before[before.len() - 20..]))
    } else {
        text(before)
    };
    job.append(&before, 0.0, format(p.dim));
    let mut marked = format(p.text);
    marked.background = p.accent_soft;
    job.append(&text(&letters[from..to]), 0.0, marked);
    job.append(&text(&letters[to..]), 0.0, format(p.dim));
    ui.ctx().fonts_mut(|fonts| fonts.layout_job(job))
}

/// `spec.script` as people call it.
fn field_words(field: &str) -> String {
    let field = field.strip_prefix("spec.").unwrap_or(field);
    match field {
        "" => "text".to_owned(),
        "layout.notes" => "note".to_owned(),
        "layout.groups" => "group".to_owned(),
        other => other.to_owned(),
    }
}

fn words_of(hit: &SearchHit) -> String {
    let place = match (&hit.task, hit.field.as_str()) {
        (Some(_), "") => hit.title.clone(),
        (Some(_), field) => format!("{}, {}", hit.title, field_words(field)),
        (None, field) => field_words(field),
    };
    match hit.line.as_str() {
        "" => place,
        line => format!("{place}: {line}"),
    }
}
