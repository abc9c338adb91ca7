//! The lines of a log that are in view: nothing else of it is looked at.

use egui::{Id, Key, Modifiers, Rect, Sense, Ui, pos2, vec2};

use super::line::{base, galley};
use super::scroll::{LINE, SIDE, asked, move_by, side_ui, to_end};
use crate::app::App;
use crate::command::{Command, LogCommand};
use crate::state::log::{Cursor, Log, LogLine};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::words;

/// From the left side to the first column.
const LEFT: f32 = 16.0;
/// Width of the times.
const TIME: f32 = 104.0;

/// What has the keyboard while the lines have it.
pub(crate) fn view_id() -> Id {
    Id::new("log_view")
}

/// Draws the lines.
pub(super) fn lines_ui(app: &mut App, ui: &mut Ui) {
    let all = ui.max_rect();
    let (rect, side) = all.split_left_right_at_x(all.right() - SIDE);
    let (wraps, times) = (app.settings.log_wraps, app.settings.log_times);
    let text_left = LEFT + if times { TIME } else { 0.0 };
    let offset = {
        let Some(log) = app.shown_watch().and_then(|watch| watch.log.as_ref()) else { return };
        log.line(log.view.top).map_or(0, |line| app.backend.local_offset_secs(line.at))
    };
    let Some(log) = app.shown_watch_mut().and_then(|watch| watch.log.as_mut()) else { return };
    let response = ui.interact(rect, view_id(), Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::WidgetType::Other, true, "Lines of the log")
    });
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if response.has_focus() {
        let keys = egui::EventFilter {
            vertical_arrows: true,
            horizontal_arrows: true,
            ..Default::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(view_id(), keys));
    }
    let wrap = wraps.then(|| (rect.width() - text_left - 8.0).max(80.0));
    let height = |log: &Log, at: Cursor| match (wrap, log.line(at)) {
        (Some(_), Some(line)) => {
            let rows = galley(ui, line, None, wrap).rows.len().max(1);
            LINE * rows as f32
        }
        _ => LINE,
    };
    let by = asked(ui, rect, log, response.has_focus());
    if by.y != 0.0 {
        move_by(log, by.y, &height);
    }
    log.view.left = if wraps { 0.0 } else { (log.view.left + by.x).max(0.0) };
    let at_top = log.view.goal.is_some_and(|goal| goal.at_top);
    if log.approach() && !at_top {
        move_by(log, -rect.height() / 3.0, &height);
        log.view.follows = false;
    }
    // What is gone to may have to be loaded; until then everything stays as it is.
    let is_going = log.view.goal.is_some() || log.view.line.is_some();
    if log.view.follows && !is_going {
        to_end(log, rect.height(), &height);
    }
    let shown = Shown { rect, text_left, wrap, times, offset };
    let drawn = shown.draw(ui, log);
    // What is scrolled beyond the end comes back, and the end stays in view from then on.
    let ends = drawn.last.is_some() && drawn.last == log.last();
    if ends && drawn.bottom < rect.bottom() - 0.5 && !log.view.follows && !is_going {
        log.view.follows = true;
        ui.ctx().request_repaint();
    }
    if !wraps {
        let widest = (drawn.widest + text_left + LEFT - rect.width()).max(0.0);
        log.view.left = log.view.left.min(widest);
    }
    if !is_going {
        let first = log.view.top.page;
        log.want(first, drawn.last.map_or(first, |last| last.page));
    }
    mark(ui, log, &response, &drawn);
    if ui.input(|input| input.pointer.secondary_clicked()) && response.hovered() {
        let at = ui.input(|input| input.pointer.interact_pos());
        let end = at.and_then(|at| drawn.line_at(at.y));
        let is_marked = |end: u64, (a, b): (u64, u64)| (a.min(b)..=a.max(b)).contains(&end);
        if let Some(end) = end.filter(|end| !log.marked.is_some_and(|it| is_marked(*end, it))) {
            log.marked = Some((end, end));
        }
    }
    side_ui(ui, side, log, drawn.last);
    let several = log.marked.is_some_and(|(one, other)| one != other);
    let has_marked = log.marked.is_some();
    let mut copy = response.has_focus()
        && has_marked
        && ui.input_mut(|input| {
            let asked = input.events.iter().any(|event| matches!(event, egui::Event::Copy));
            asked || input.consume_key(Modifiers::COMMAND, Key::C)
        });
    response.context_menu(|ui| {
        let name = if several { "Copy lines" } else { "Copy line" };
        if ui.button(format!("{}  {name}", icon::COPY)).clicked() {
            copy = true;
            ui.close();
        }
    });
    if copy {
        app.send(Command::Log(LogCommand::CopyMarked));
    }
}

/// Marks lines: by a click, on with Shift, or by dragging over them.
fn mark(ui: &Ui, log: &mut Log, response: &egui::Response, drawn: &Drawn) {
    let Some(at) = response.interact_pointer_pos() else { return };
    let begins = response.clicked() || response.drag_started();
    if !begins && !response.dragged() || ui.input(|input| input.pointer.secondary_down()) {
        return;
    }
    let Some(end) = drawn.line_at(at.y) else { return };
    let goes_on = !begins || ui.input(|input| input.modifiers.shift);
    log.marked = match log.marked {
        Some((from, _)) if goes_on => Some((from, end)),
        // A click on what alone is marked takes the mark away.
        Some(marked) if marked == (end, end) && response.clicked() => None,
        _ => Some((end, end)),
    };
}

struct Shown {
    rect: Rect,
    text_left: f32,
    wrap: Option<f32>,
    times: bool,
    offset: i32,
}

/// What was drawn.
struct Drawn {
    /// Top, bottom and end of each line.
    lines: Vec<(f32, f32, u64)>,
    last: Option<Cursor>,
    bottom: f32,
    widest: f32,
}

impl Drawn {
    fn line_at(&self, y: f32) -> Option<u64> {
        let line = self.lines.iter().find(|(top, bottom, _)| (*top..*bottom).contains(&y));
        line.or(self.lines.last().filter(|(top, ..)| y >= *top)).map(|(_, _, end)| *end)
    }
}

impl Shown {
    fn draw(&self, ui: &mut Ui, log: &Log) -> Drawn {
        let mut y = self.rect.top() - log.view.shift;
        let mut drawn = Drawn { lines: Vec::new(), last: None, bottom: y, widest: 0.0 };
        if log.line(log.view.top).is_none() {
            self.loading(ui, log);
            return drawn;
        }
        let mut at = Some(log.view.top);
        while let Some(cursor) = at.filter(|_| y < self.rect.bottom()) {
            let Some(line) = log.line(cursor) else { break };
            let text = galley(ui, line, log.search.hits(), self.wrap);
            let rows = if self.wrap.is_some() { text.rows.len().max(1) } else { 1 };
            let tall = LINE * rows as f32;
            drawn.widest = drawn.widest.max(text.size().x);
            self.line(
                ui,
                log,
                line,
                text,
                Rect::from_min_size(pos2(self.rect.left(), y), vec2(self.rect.width(), tall)),
            );
            drawn.lines.push((y, y + tall, line.end));
            drawn.last = Some(cursor);
            y += tall;
            at = log.after(cursor);
        }
        drawn.bottom = y;
        drawn
    }

    fn line(
        &self,
        ui: &mut Ui,
        log: &Log,
        line: &LogLine,
        text: std::sync::Arc<egui::Galley>,
        rect: Rect,
    ) {
        let p = Palette::of(ui);
        let is_marked = log.marked.is_some_and(|(a, b)| (a.min(b)..=a.max(b)).contains(&line.end));
        let pointed = ui.rect_contains_pointer(rect.intersect(self.rect));
        if is_marked {
            ui.painter().rect_filled(rect, 0, p.accent_soft.gamma_multiply(0.55));
        } else if pointed {
            ui.painter().rect_filled(rect, 0, p.hover);
        }
        if log.view.aim == Some(line.end) {
            let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
            ui.painter().rect_filled(bar, 0, p.accent);
        }
        let words = line.text();
        let id = view_id().with(("line", line.end, line.start));
        ui.interact(rect.intersect(self.rect), id, Sense::hover())
            .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &words));
        let ink = base(p, line.source);
        let row_middle = rect.top() + LINE / 2.0;
        let row = text.rows.first().map_or(text.size().y, |row| row.rect().height());
        let at = pos2(rect.left() + self.text_left - log.view.left, row_middle - row / 2.0);
        let inner = Rect::from_min_max(
            pos2(self.rect.left() + self.text_left - 4.0, self.rect.top()),
            self.rect.max,
        );
        ui.painter().with_clip_rect(inner.intersect(ui.clip_rect())).galley(at, text, ink);
        if self.times {
            let time = words::clock_ms(line.at, self.offset);
            let font = theme::mono(theme::SMALL);
            let time = ui.ctx().fonts_mut(|fonts| fonts.layout_no_wrap(time, font, p.faint));
            let at = pos2(rect.left() + LEFT, row_middle - time.size().y / 2.0);
            ui.painter().galley(at, time, p.faint);
        }
    }

    fn loading(&self, ui: &Ui, log: &Log) {
        let p = Palette::of(ui);
        let words = match (log.total, log.unanswered) {
            (0, _) => "Nothing of this stream",
            (_, true) => "The engine does not answer",
            (_, false) => "Loading…",
        };
        let at = self.rect.left_top() + vec2(LEFT, LINE / 2.0);
        ui.painter().text(at, egui::Align2::LEFT_CENTER, words, theme::sans(theme::BODY), p.faint);
    }
}
