//! A run over time: a row for each task, a bar for each try, paler ones for what it waited.

use egui::{
    Color32, CornerRadius, Rect, Sense, Stroke, Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2,
};
use millrace_model::event::{Cause, Run, TaskRun, TaskState};
use millrace_model::ids::TaskKey;
use millrace_model::time::Timestamp;
use millrace_model::timeline::{Bar, BarKind};

use super::cells::{items_caret, kind_tile};
use super::items::{Click, shown_of};
use super::task_rows::length;
use crate::app::App;
use crate::state::time_window::{tick_words, ticks};
use crate::state::timeline::Row;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, task_look};
use crate::widgets::{elide, glyph, hairline_h, hairline_v, virtual_rows};
use crate::words;

/// Of the axis.
const AXIS: f32 = 28.0;
/// Of the column at the left, and the one at the right.
const LEFT: f32 = 248.0;
const RIGHT: f32 = 148.0;
/// Of a bar.
const BAR: f32 = 14.0;
/// Between two ticks at least.
const TICK_ROOM: f32 = 76.0;
/// No bar is narrower.
const NARROWEST: f32 = 2.0;

/// Where things lie, and which part of the time is in view.
struct Frame {
    all: Rect,
    plot: Rect,
    /// When the run began.
    origin: Timestamp,
    from: f64,
    to: f64,
    now: Timestamp,
    offset: i32,
    ticks: Vec<f64>,
}

impl Frame {
    fn x(&self, at: Timestamp) -> f32 {
        self.x_of((at.0 - self.origin.0) as f64)
    }

    fn x_of(&self, micros: f64) -> f32 {
        let part = (micros - self.from) / (self.to - self.from);
        // Far outside of the picture floats of this size would wrap around.
        self.plot.left() + part.clamp(-2.0, 3.0) as f32 * self.plot.width()
    }

    fn part(&self, x: f32) -> f64 {
        f64::from(((x - self.plot.left()) / self.plot.width().max(1.0)).clamp(0.0, 1.0))
    }

    fn at(&self, x: f32) -> Timestamp {
        let micros = self.from + self.part(x) * (self.to - self.from);
        Timestamp(self.origin.0.saturating_add(micros as i64))
    }
}

/// Draws the tab.
pub(super) fn timeline_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let now = app.backend.now();
    let Some(shown) = &mut app.run else { return };
    let Some(live) = &shown.watch.live else { return };
    let Some(run) = live.run.clone() else { return };
    let place = &mut shown.place;
    place.timeline.update(&run, live.snapshot.as_deref(), live.revision, &shown.watch.items);
    if place.timeline.rows.is_empty() {
        return super::empty_ui(ui, icon::CLOCK, "No tasks", "This run has none.");
    }
    let rect = ui.max_rect();
    let right = if rect.width() < 640.0 { 0.0 } else { RIGHT };
    let left = LEFT.min(rect.width() * 0.4);
    let plot = Rect::from_min_max(
        pos2(rect.left() + left + 6.0, rect.top() + AXIS),
        pos2((rect.right() - right - 6.0).max(rect.left() + left + 16.0), rect.bottom()),
    );
    let (origin, end) = (place.timeline.from, place.timeline.end(now));
    let whole = (end.0 - origin.0) as f64;
    take_hands(ui, plot, whole, &mut place.window);
    let (from, to) = place.window.shown(whole);
    let (ticks, step) = ticks((from, to), plot.width(), TICK_ROOM);
    let offset = app.backend.local_offset_secs(origin);
    let frame = Frame { all: rect, plot, origin, from, to, now, offset, ticks };
    ground_ui(ui, p, &frame, step, &run, right > 0.0);

    let reveal = shown.place.reveal.take();
    let rows = &shown.place.timeline.rows;
    let has_items = run.tasks.values().any(|task| task.mapped.is_some());
    let is_it = |row: &Row| {
        let key = run.tasks.get_index(row.task).map(|(key, _)| &key.task);
        reveal.as_ref().is_some_and(|it| Some(&it.task) == key && it.item == row.item)
    };
    let reveal = reveal.as_ref().and_then(|_| rows.iter().position(is_it));
    let body = Rect::from_min_max(pos2(rect.left(), plot.top()), rect.max);
    let mut clicked = None;
    let mut panned = 0.0;
    let mut list = ui.new_child(UiBuilder::new().max_rect(body).id_salt("timeline"));
    list.set_clip_rect(body.intersect(ui.clip_rect()));
    let shown = &*shown;
    virtual_rows(&mut list, "timeline", theme::ROW, rows.len(), reveal, |ui, range| {
        for row in &rows[range] {
            let Some((whole, task)) = run.tasks.get_index(row.task) else { continue };
            let key = TaskKey { task: whole.task.clone(), item: row.item };
            let Some(of) = run.task(&key) else { continue };
            let usual = shown.place.usual.as_ref().and_then(|it| it.task(key.task.as_str()));
            let drawn = Drawn {
                row,
                key: &key,
                run: &run,
                of,
                title: shown.place.names.of(&run, &key),
                kind: shown.place.names.kind(row.task),
                value: row.item.and_then(|item| Some(shown_of(task.mapped.as_ref()?, item))),
                why: shown.watch.live.as_ref().and_then(|live| live.why(&key)),
                usual_us: usual.filter(|_| row.item.is_none()).map(|usual| usual.median_us),
                is_selected: match row.item {
                    None => shown.watch.canvas.selected.contains(&key.task),
                    Some(_) => shown.watch.items.chosen.as_ref() == Some(&key),
                },
                is_critical: row.is_critical && !shown.place.hides_critical,
                indent: if has_items { 18.0 } else { 0.0 },
                is_open: shown.watch.items.open.contains(&key.task),
                blamed: |key: &TaskKey| shown.place.names.of(&run, key),
            };
            let (click, pan) = drawn.show(ui, p, &frame);
            panned += pan;
            if let Some(click) = click {
                clicked = Some((key, click));
            }
        }
    });
    now_ui(ui, p, &frame, &run);
    if panned != 0.0
        && let Some(shown) = &mut app.run
    {
        shown.place.window.pan(whole, -f64::from(panned / plot.width().max(1.0)));
    }
    if let Some((key, click)) = clicked {
        click.follow(app, key);
    }
}

/// Zooms with Ctrl and the wheel or two fingers at the pointer, and pans with Shift and the wheel.
fn take_hands(ui: &Ui, plot: Rect, whole: f64, window: &mut crate::state::time_window::TimeWindow) {
    let pointer = ui.input(|input| input.pointer.hover_pos());
    let Some(pointer) = pointer.filter(|at| plot.contains(*at) && ui.rect_contains_pointer(plot))
    else {
        return;
    };
    let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta, input.zoom_delta()));
    if (zoom - 1.0).abs() > 1e-4 {
        let at = f64::from((pointer.x - plot.left()) / plot.width().max(1.0));
        window.zoom(whole, f64::from(zoom), at);
    } else if scroll.x != 0.0 {
        window.pan(whole, -f64::from(scroll.x / plot.width().max(1.0)));
    }
}

/// The axis, and the lines of its ticks down all rows.
fn ground_ui(ui: &Ui, p: &Palette, frame: &Frame, step: f64, run: &Run, has_right: bool) {
    let painter = ui.painter();
    painter.rect_filled(frame.all, 0, p.bg);
    let axis = Rect::from_min_max(frame.all.min, pos2(frame.all.right(), frame.plot.top()));
    painter.rect_filled(axis, 0, p.panel);
    let inside =
        painter.with_clip_rect(frame.plot.expand2(vec2(0.0, AXIS)).intersect(ui.clip_rect()));
    let middle = axis.center().y;
    let first = elide(
        ui.ctx(),
        &words::day_and_clock(frame.origin, frame.now, frame.offset),
        theme::sans(theme::SMALL),
        p.faint,
        LEFT - 28.0,
    );
    let at = pos2(frame.all.left() + 14.0, middle - first.size().y / 2.0);
    painter.galley(at, first, p.faint);
    for tick in &frame.ticks {
        let x = frame.x_of(*tick);
        hairline_v(&inside, x, frame.plot.y_range(), p.grid);
        let words = elide(
            ui.ctx(),
            &tick_words(*tick, step),
            theme::sans(theme::SMALL),
            p.faint,
            TICK_ROOM,
        );
        let room = words.size().x;
        let x = (x - room / 2.0).max(frame.plot.left());
        if x + room <= frame.plot.right() + 4.0 {
            painter.galley(pos2(x, middle - words.size().y / 2.0), words, p.faint);
        }
    }
    for x in [frame.plot.left() - 6.0, frame.plot.right() + 6.0] {
        hairline_v(painter, x, frame.all.y_range(), p.line);
    }
    if has_right {
        let text = if run.state.is_final() { "usual" } else { "usual, so far" };
        let text = elide(ui.ctx(), text, theme::sans(theme::SMALL), p.faint, RIGHT - 24.0);
        let at = pos2(frame.plot.right() + 18.0, middle - text.size().y / 2.0);
        painter.galley(at, text, p.faint);
    }
    hairline_h(painter, frame.all.x_range(), frame.plot.top() - 0.5, p.line);
}

/// The line at what is now, while the run goes on.
fn now_ui(ui: &Ui, p: &Palette, frame: &Frame, run: &Run) {
    if run.state.is_final() {
        return;
    }
    let x = frame.x(frame.now);
    if frame.plot.x_range().contains(x) {
        let stroke = Stroke::new(1.0, p.accent);
        ui.painter().vline(x, frame.plot.y_range(), stroke);
    }
}

/// A row with all that is drawn of it.
struct Drawn<'a, F: Fn(&TaskKey) -> String> {
    row: &'a Row,
    key: &'a TaskKey,
    run: &'a Run,
    of: &'a TaskRun,
    title: String,
    kind: &'a str,
    value: Option<String>,
    why: Option<&'a str>,
    usual_us: Option<u64>,
    is_selected: bool,
    is_critical: bool,
    indent: f32,
    is_open: bool,
    /// What people call another task.
    blamed: F,
}

impl<F: Fn(&TaskKey) -> String> Drawn<'_, F> {
    /// What was done to it, and how far it was dragged.
    fn show(&self, ui: &mut Ui, p: &Palette, frame: &Frame) -> (Option<Click>, f32) {
        let look = task_look(p, self.of.state);
        let (_, rect) = ui.allocate_space(vec2(ui.available_width(), theme::ROW));
        let id = ui.id().with(("timeline", self.row.task, self.row.item));
        let response = ui.interact(rect, id, Sense::click_and_drag());
        let took = length(self.of, frame.now);
        let name = format!("{}, {}, {took}", self.title, look.word);
        response.widget_info(|| {
            WidgetInfo::selected(WidgetType::SelectableLabel, true, self.is_selected, &name)
        });
        let painter = ui.painter();
        if self.is_selected {
            painter.rect_filled(rect, 0, p.selected);
        } else if response.hovered() {
            painter.rect_filled(rect, 0, p.hover.gamma_multiply(0.6));
        }
        if response.has_focus() {
            let stroke = Stroke::new(1.5, p.accent);
            painter.rect_stroke(rect, 0, stroke, egui::StrokeKind::Inside);
        }
        hairline_h(painter, rect.x_range(), rect.bottom() - 0.5, p.line.gamma_multiply(0.6));
        let unfold = self.name_ui(ui, p, frame, rect, &took);
        let bars = self.bars_ui(ui, p, frame, rect);
        self.usual_ui(ui, p, frame, rect);
        let pointer = response.hover_pos();
        let panned = if response.dragged() { response.drag_delta().x } else { 0.0 };
        let click = Click::of(&response, unfold, self.of);
        if let Some(pointer) = pointer {
            let under =
                bars.iter().rev().find(|(room, _)| room.expand2(vec2(2.0, 8.0)).contains(pointer));
            response.on_hover_ui_at_pointer(|ui| self.tip_ui(ui, p, frame, under.map(|it| &it.1)));
        }
        (click, panned)
    }

    /// Caret, tile, title and how long it took. Whether the caret was clicked.
    fn name_ui(&self, ui: &Ui, p: &Palette, frame: &Frame, rect: Rect, took: &str) -> bool {
        let middle = rect.center().y;
        let right = frame.plot.left() - 16.0;
        let mut unfold = false;
        let mut left = rect.left() + 12.0 + self.indent;
        if self.of.mapped.is_some() {
            let id = ui.id().with(("caret", self.row.task));
            let at = pos2(rect.left() + 14.0, middle);
            unfold = items_caret(ui, id, at, &self.title, self.is_open);
        }
        match self.key.item {
            None => {
                kind_tile(ui, pos2(left + 10.0, middle), self.kind);
                left += 28.0;
            }
            Some(_) => left += 20.0,
        }
        let took = elide(ui.ctx(), took, theme::sans(theme::SMALL), p.dim, 80.0);
        let took_left = right - took.size().x;
        ui.painter().galley(pos2(took_left, middle - took.size().y / 2.0), took, p.dim);
        let words = match (&self.value, self.key.item) {
            (Some(value), Some(item)) => format!("{item}  {value}"),
            _ => self.title.clone(),
        };
        let font = theme::sans(theme::BODY);
        let ink = if self.key.item.is_some() { p.dim } else { p.text };
        let title = elide(ui.ctx(), &words, font, ink, (took_left - 8.0 - left).max(8.0));
        ui.painter().galley(pos2(left, middle - title.size().y / 2.0), title, ink);
        unfold
    }

    /// The bars, or why there are none. Where each of them lies.
    fn bars_ui(&self, ui: &Ui, p: &Palette, frame: &Frame, rect: Rect) -> Vec<(Rect, Bar)> {
        let inside = Rect::from_x_y_ranges(frame.plot.x_range(), rect.y_range());
        let painter = ui.painter().with_clip_rect(inside.intersect(ui.clip_rect()));
        let middle = rect.center().y;
        let mut drawn: Vec<(Rect, Bar)> = Vec::new();
        let mut last = f32::NEG_INFINITY;
        for bar in &self.row.bars {
            let (left, right) = (frame.x(bar.from), frame.x(bar.until.unwrap_or(frame.now)));
            let is_try = matches!(bar.kind, BarKind::Try(_));
            let right = if is_try { right.max(left + NARROWEST) } else { right };
            let is_seen = right >= frame.plot.left() && left <= frame.plot.right();
            // Of thousands of tries within a point one is as good as all.
            if !is_seen || right - last < 0.5 {
                continue;
            }
            last = right;
            let room =
                Rect::from_min_max(pos2(left, middle - BAR / 2.0), pos2(right, middle + BAR / 2.0));
            let radius = CornerRadius::same(if room.width() < 8.0 { 1 } else { 3 });
            painter.rect_filled(room, radius, ink_of(p, bar.kind));
            drawn.push((room, *bar));
        }
        if self.is_critical
            && let (Some((first, _)), Some((end, _))) = (drawn.first(), drawn.last())
        {
            let y = middle + BAR / 2.0 + 3.0;
            painter.hline(first.left()..=end.right(), y, Stroke::new(2.0, p.text));
        }
        if self.row.bars.is_empty()
            && let Some(words) = self.reason()
        {
            let look = task_look(p, self.of.state);
            let words = elide(
                ui.ctx(),
                &words,
                theme::sans(theme::SMALL),
                look.color,
                (frame.plot.width() - 28.0).max(8.0),
            );
            let ended = self.of.ended.map_or(frame.plot.left(), |at| frame.x(at));
            let most = (frame.plot.right() - words.size().x - 8.0).max(frame.plot.left() + 20.0);
            let x = (ended + 20.0).clamp(frame.plot.left() + 20.0, most);
            let at = pos2(x - 9.0, middle);
            glyph(&painter, at, look.icon, icons::fill_font(13.0), look.color);
            painter.galley(pos2(x, middle - words.size().y / 2.0), words, look.color);
        }
        drawn
    }

    /// Why it never ran, or has not yet.
    fn reason(&self) -> Option<String> {
        let word = self.of.state.label();
        match (&self.of.cause, self.why) {
            (Some(Cause::UpstreamFailed { task }), _) => {
                Some(format!("{word}: {}", (self.blamed)(&TaskKey::plain(task.clone()))))
            }
            (Some(cause), _) => Some(format!("{word}: {cause}")),
            (None, Some(why)) => Some(why.to_owned()),
            (None, None) => (self.of.state != TaskState::Pending || self.run.state.is_final())
                .then(|| word.to_owned()),
        }
    }

    /// `1.1 s · 3 tries`, below the word for it
    fn usual_ui(&self, ui: &Ui, p: &Palette, frame: &Frame, rect: Rect) {
        let left = frame.plot.right() + 18.0;
        if rect.right() - left < 60.0 {
            return;
        }
        let mut parts = Vec::new();
        if self.of.state == TaskState::Running {
            parts.push("running".to_owned());
        }
        if let Some(us) = self.usual_us {
            let usual = words::duration_us(us);
            parts.push(usual);
        }
        if let Some(mapped) = &self.of.mapped {
            parts.push(words::items(mapped));
        } else if self.of.attempts.len() > 1 {
            parts.push(format!("{} tries", self.of.attempts.len()));
        }
        let text = parts.join(" · ");
        let room = rect.right() - 8.0 - left;
        let text = elide(ui.ctx(), &text, theme::sans(theme::SMALL), p.faint, room);
        ui.painter().galley(pos2(left, rect.center().y - text.size().y / 2.0), text, p.faint);
    }

    fn tip_ui(&self, ui: &mut Ui, p: &Palette, frame: &Frame, bar: Option<&Bar>) {
        let line = |ui: &mut Ui, text: &str, ink: Color32| {
            crate::widgets::wrapped(ui, text, theme::sans(theme::BODY), ink);
        };
        line(ui, &self.title, p.text);
        let Some(bar) = bar else {
            let pointer = ui.input(|input| input.pointer.hover_pos());
            if let Some(at) = pointer.filter(|at| frame.plot.x_range().contains(at.x)) {
                line(ui, &words::clock_ms(frame.at(at.x), frame.offset), p.dim);
            }
            return;
        };
        line(ui, &words_of(bar, self.of), p.text);
        let clock = |at| words::clock_ms(at, frame.offset);
        let span = match bar.until {
            Some(until) => {
                let length = words::duration(until.since(bar.from));
                format!("{} – {} · {length}", clock(bar.from), clock(until))
            }
            None => {
                let length = words::running_for(frame.now.since(bar.from));
                format!("since {} · {length}", clock(bar.from))
            }
        };
        line(ui, &span, p.dim);
        if let Some(us) = self.usual_us {
            let usual = words::duration_us(us);
            line(ui, &format!("usually {usual}"), p.dim);
        }
    }
}

fn ink_of(p: &Palette, kind: BarKind) -> Color32 {
    match kind {
        BarKind::Try(state) => task_look(p, state).color,
        BarKind::Queue => p.idle.gamma_multiply(0.3),
        BarKind::Delay => p.retry.gamma_multiply(0.28),
        BarKind::Wait => p.waiting.gamma_multiply(0.5),
    }
}

/// What a bar stands for.
fn words_of(bar: &Bar, of: &TaskRun) -> String {
    let attempt = bar.number.and_then(|number| of.attempts.iter().find(|it| it.number == number));
    let outcome = attempt.and_then(|attempt| attempt.end.as_ref()).map(|end| &end.outcome);
    match (bar.kind, bar.number, outcome) {
        (BarKind::Queue, ..) => "waited for a place".to_owned(),
        (BarKind::Delay, ..) => "waited for the next try".to_owned(),
        (BarKind::Wait, _, None) => "waits".to_owned(),
        (BarKind::Wait, _, Some(outcome)) => format!("waited: {outcome}"),
        (BarKind::Try(_), Some(number), Some(outcome)) => format!("try {number}: {outcome}"),
        (BarKind::Try(state), Some(number), None) => format!("try {number}: {}", state.label()),
        (BarKind::Try(state), None, _) => match &of.mapped {
            Some(mapped) => words::items(mapped),
            None => state.label().to_owned(),
        },
    }
}
