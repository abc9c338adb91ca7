//! The calendar of a week: a column for each day, with what fires at its time.

use chrono::{NaiveDate, NaiveTime, Timelike};
use egui::scroll_area::ScrollBarVisibility;
use egui::style::ScrollAnimation;
use egui::{Align, CornerRadius, Rangef, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use super::fire::{Shown, fire_ui};
use super::fold::fold_ui;
use super::{Target, put};
use crate::app::App;
use crate::state::slots;
use crate::theme::{self, Palette};
use crate::widgets::{dot, elide, hairline_h, hairline_v};
use crate::words::when;

/// Least height of an hour.
const HOUR: f32 = 48.0;
/// Height of a block.
const BLOCK: f32 = 20.0;
/// Room of a block with what is between it and the next.
const STEP: f32 = BLOCK + 2.0;
/// Left of the days: the hours.
const GUTTER: f32 = 52.0;
const DAYS_HEAD: f32 = 36.0;
/// A narrower block could not be read.
const LEAST_WIDTH: f32 = 64.0;
/// Width of "+12".
const FOLD: f32 = 34.0;
/// Times snap to so many minutes.
const SNAP: f32 = 5.0;

/// Draws it. Gives where what hangs from the pointer would go.
pub(super) fn week_ui(app: &mut App, ui: &mut Ui, shown: &Shown<'_>) -> Target {
    let p = Palette::of(ui);
    let area = ui.available_rect_before_wrap();
    let width = (area.width() - GUTTER - 10.0) / 7.0;
    let column = |day: i64| area.left() + GUTTER + width * day as f32;
    let today = shown.clock().date();
    for day in 0..7 {
        let head = Rect::from_min_size(pos2(column(day), area.top()), vec2(width, DAYS_HEAD));
        day_head(ui, p, head, shown.view.day(day), today);
    }
    let below = area.with_min_y(area.top() + DAYS_HEAD);
    hairline_h(ui.painter(), area.x_range(), below.top() - 0.5, p.line);
    let mut hours = ui.new_child(egui::UiBuilder::new().max_rect(below).id_salt("hours"));
    let scroll = ScrollArea::vertical()
        .id_salt("hours")
        .auto_shrink([false, false])
        .scroll_bar_visibility(ScrollBarVisibility::VisibleWhenNeeded);
    scroll
        .show(&mut hours, |ui| {
            // Where there is room for all hours, they fill it.
            let hour = ((ui.available_height() - 8.0) / 24.0).max(HOUR);
            let size = vec2(ui.available_width(), hour * 24.0 + 8.0);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            let top = rect.top() + 4.0;
            let grid = Grid { top, hour, left: column(0), width };
            grid.paint(ui, p, area.right(), shown);
            grid.bring_into_view(app, ui, shown);
            for day in 0..7 {
                grid.day_ui(app, ui, day, shown);
            }
            grid.target(app, ui, shown)
        })
        .inner
}

fn day_head(ui: &Ui, p: &Palette, head: Rect, day: NaiveDate, today: NaiveDate) {
    let (ink, number) = match (day == today, day < today) {
        (true, _) => (p.accent, p.on_accent),
        (_, true) => (p.faint, p.dim),
        _ => (p.dim, p.text),
    };
    let middle = head.center().y;
    let word = elide(ui.ctx(), &day.format("%a").to_string(), theme::sans(theme::SMALL), ink, 60.0);
    let date = day.format("%-d").to_string();
    let date = elide(ui.ctx(), &date, theme::semibold(14.0), number, 40.0);
    let left = head.left() + 10.0;
    let word_width = word.size().x;
    ui.painter().galley(pos2(left, middle - word.size().y / 2.0), word, ink);
    // The disc around today's number has room before it, too.
    let gap = if day == today { 12.0 } else { 8.0 };
    let at = pos2(left + word_width + gap, middle - date.size().y / 2.0);
    if day == today {
        let around = Rect::from_min_size(at, date.size()).expand2(vec2(6.0, 2.0));
        ui.painter().rect_filled(around, CornerRadius::same(10), p.primary);
    }
    ui.painter().galley(at, date, number);
}

/// Where the hours and days are.
struct Grid {
    top: f32,
    hour: f32,
    left: f32,
    width: f32,
}

impl Grid {
    fn y(&self, time: NaiveTime) -> f32 {
        self.top + time.num_seconds_from_midnight() as f32 / 3_600.0 * self.hour
    }

    fn column(&self, day: i64) -> Rangef {
        let left = self.left + self.width * day as f32;
        Rangef::new(left, left + self.width)
    }

    fn paint(&self, ui: &Ui, p: &Palette, right: f32, shown: &Shown<'_>) {
        let painter = ui.painter();
        let (from, to) = (self.top, self.top + self.hour * 24.0);
        for hour in 0..=24_u8 {
            let y = self.top + self.hour * f32::from(hour);
            hairline_h(painter, Rangef::new(self.left, right), y, p.grid);
            if hour > 0 && hour < 24 {
                let text = format!("{hour:02}:00");
                let galley = elide(ui.ctx(), &text, theme::sans(11.0), p.faint, 44.0);
                let at = pos2(self.left - 10.0 - galley.size().x, y - galley.size().y / 2.0);
                painter.galley(at, galley, p.faint);
            }
        }
        for day in 0..7 {
            hairline_v(painter, self.column(day).min, Rangef::new(from, to), p.line);
        }
        let clock = shown.clock();
        let day = clock.date().signed_duration_since(shown.view.first).num_days();
        if (0..7).contains(&day) {
            let y = self.y(clock.time());
            painter.hline(self.column(day), y, Stroke::new(1.5, p.accent));
            dot(painter, pos2(self.column(day).min, y), 3.5, p.accent);
        }
    }

    /// Scrolls to the first thing of the week, once for each week.
    fn bring_into_view(&self, app: &mut App, ui: &Ui, shown: &Shown<'_>) {
        let is_known = app.fires.calendar.answer.is_some();
        if !is_known || app.fires.calendar.scrolled == Some(shown.view.first) {
            return;
        }
        app.fires.calendar.scrolled = Some(shown.view.first);
        let clock = shown.clock();
        let is_this_week = clock.date().signed_duration_since(shown.view.first).num_days();
        let now = (0..7).contains(&is_this_week).then(|| self.y(clock.time()));
        let first = shown.fires.iter().map(|(at, _)| self.y(at.time())).reduce(f32::min);
        let Some(first) = now.into_iter().chain(first).reduce(f32::min) else { return };
        let y = first - self.hour / 2.0;
        let line = Rect::from_min_size(pos2(self.left, y), vec2(1.0, 1.0));
        ui.scroll_to_rect_animation(line, Some(Align::TOP), ScrollAnimation::none());
    }

    fn day_ui(&self, app: &mut App, ui: &mut Ui, day: i64, shown: &Shown<'_>) {
        let fires = shown.of_day(shown.view.day(day));
        // The last block of a day stays within it.
        let lowest = self.top + self.hour * 24.0 - BLOCK;
        let tops: Vec<f32> = fires.iter().map(|(at, _)| self.y(at.time()).min(lowest)).collect();
        let column = self.column(day);
        let (left, room) = (column.min + 4.0, column.span() - 8.0);
        for slot in slots(&tops, STEP) {
            let of_slot = &fires[slot.first..slot.first + slot.count];
            let top = tops[slot.first];
            let fits = ((room + 2.0) / (LEAST_WIDTH + 2.0)).floor().max(1.0) as usize;
            let (count, for_blocks) = if slot.count <= fits {
                (slot.count, room)
            } else {
                let room = room - FOLD - 2.0;
                (((room + 2.0) / (LEAST_WIDTH + 2.0)).floor().max(1.0) as usize, room)
            };
            let width = (for_blocks + 2.0) / count as f32 - 2.0;
            for (index, fire) in of_slot.iter().take(count).enumerate() {
                let at = pos2(left + (width + 2.0) * index as f32, top);
                fire_ui(app, ui, Rect::from_min_size(at, vec2(width, BLOCK)), *fire, shown);
            }
            if count < slot.count {
                let at = pos2(left + room - FOLD, top);
                let chip = Rect::from_min_size(at, vec2(FOLD, BLOCK));
                fold_ui(app, ui, chip, of_slot, slot.count - count, shown);
            }
        }
    }

    fn target(&self, app: &App, ui: &Ui, shown: &Shown<'_>) -> Target {
        let drag = app.fires.calendar.drag.as_ref()?;
        // Beside the calendar there is nowhere to go.
        let pointer = ui.ctx().pointer_latest_pos().filter(|at| ui.clip_rect().contains(*at))?;
        let day = ((pointer.x - self.left) / self.width).floor().clamp(0.0, 6.0) as i64;
        let minutes = (pointer.y - drag.below - self.top) / self.hour * 60.0;
        let minutes = ((minutes / SNAP).round() * SNAP).clamp(0.0, 1_435.0) as u32;
        let time = NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0)?;
        let column = self.column(day);
        let at = pos2(column.min + 4.0, self.y(time));
        let rect = Rect::from_min_size(at, vec2(column.span() - 8.0, BLOCK));
        put_time(ui, self.left, rect, &when::time(shown.view.day(day).and_time(time)));
        Some((rect, shown.view.day(day).and_time(time)))
    }
}

/// The time of what hangs from the pointer, among the hours.
fn put_time(ui: &Ui, left: f32, rect: Rect, text: &str) {
    let p = Palette::of(ui);
    let at =
        Rect::from_min_max(pos2(left - 48.0, rect.top() - 8.0), pos2(left - 6.0, rect.top() + 8.0));
    // The hour that it stands beside is not read at the same time.
    ui.painter().rect_filled(at.expand2(vec2(0.0, 8.0)), 0, p.bg);
    ui.painter().rect_filled(at, CornerRadius::same(4), p.primary);
    let look = (theme::semibold(11.0), p.on_accent);
    put(ui, at.left() + 6.0, at.center().y, text, look, at.width());
}
