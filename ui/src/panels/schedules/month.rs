//! The calendar of a month: a cell for each day, with what fires as lines.

use chrono::NaiveDate;
use egui::{CornerRadius, Rect, Ui, pos2, vec2};

use super::Target;
use super::fire::{Shown, fire_ui};
use super::fold::fold_ui;
use crate::app::App;
use crate::state::days;
use crate::theme::{self, Palette};
use crate::widgets::{elide, hairline_h, hairline_v};

const DAYS_HEAD: f32 = 28.0;
/// Room of a line with what is between it and the next.
const LINE: f32 = 21.0;
/// The day's number.
const NUMBER: f32 = 26.0;

/// Draws it. Gives where what hangs from the pointer would go: another day, at the same time.
pub(super) fn month_ui(app: &mut App, ui: &mut Ui, shown: &Shown<'_>) -> Target {
    let p = Palette::of(ui);
    let area = ui.available_rect_before_wrap().with_min_x(ui.max_rect().left() + 12.0);
    let area = area.with_max_x(area.right() - 10.0);
    let weeks = shown.view.days / 7;
    let size = vec2(area.width() / 7.0, (area.height() - DAYS_HEAD - 8.0) / weeks.max(1) as f32);
    let top = area.top() + DAYS_HEAD;
    let cell = |number: i64| {
        let (week, day) = (number / 7, number % 7);
        let at = pos2(area.left() + size.x * day as f32, top + size.y * week as f32);
        Rect::from_min_size(at, size)
    };
    for day in 0..7 {
        let word = shown.view.day(day).format("%a").to_string();
        let look = (theme::sans(theme::SMALL), p.dim);
        super::put(ui, cell(day).left() + 8.0, area.top() + DAYS_HEAD / 2.0, &word, look, 60.0);
    }
    for week in 0..=weeks {
        hairline_h(ui.painter(), area.x_range(), top + size.y * week as f32, p.line);
    }
    let below = egui::Rangef::new(top, top + size.y * weeks as f32);
    for day in 1..7 {
        hairline_v(ui.painter(), cell(day).left(), below, p.grid);
    }
    for number in 0..shown.view.days {
        cell_ui(app, ui, cell(number), shown.view.day(number), shown);
    }
    let drag = app.fires.calendar.drag.as_ref()?;
    let pointer = ui.ctx().pointer_latest_pos()?;
    let number = (0..shown.view.days).find(|number| cell(*number).contains(pointer))?;
    let time = days::local(drag.tick.at, shown.zone).time();
    let place = cell(number);
    let rect = Rect::from_min_size(
        pos2(place.left() + 4.0, (pointer.y - drag.below).clamp(place.top() + 2.0, place.bottom())),
        vec2(size.x - 8.0, LINE - 1.0),
    );
    Some((rect, shown.view.day(number).and_time(time)))
}

fn cell_ui(app: &mut App, ui: &mut Ui, cell: Rect, day: NaiveDate, shown: &Shown<'_>) {
    let p = Palette::of(ui);
    let today = shown.clock().date();
    let is_of_month = shown.view.month.is_none_or(|month| days::first_of_month(day) == month);
    let ink = match (day == today, is_of_month) {
        (true, _) => p.on_accent,
        (_, true) => p.text,
        _ => p.faint,
    };
    let text = match is_of_month {
        true => day.format("%-d").to_string(),
        false => day.format("%-d %b").to_string(),
    };
    let number = elide(ui.ctx(), &text, theme::semibold(theme::SMALL), ink, 60.0);
    let at = pos2(cell.left() + 8.0, cell.top() + NUMBER / 2.0 - number.size().y / 2.0);
    if day == today {
        let around = Rect::from_min_size(at, number.size()).expand2(vec2(6.0, 2.0));
        ui.painter().rect_filled(around, CornerRadius::same(9), p.primary);
    }
    ui.painter().galley(at, number, ink);

    let fires = shown.of_day(day);
    let fits = ((cell.height() - NUMBER - 2.0) / LINE).floor().max(0.0) as usize;
    let count = if fires.len() <= fits { fires.len() } else { fits.saturating_sub(1) };
    let line = |index: usize| {
        let at = pos2(cell.left() + 4.0, cell.top() + NUMBER + LINE * index as f32);
        Rect::from_min_size(at, vec2(cell.width() - 8.0, LINE - 1.0))
    };
    for (index, fire) in fires.iter().take(count).enumerate() {
        fire_ui(app, ui, line(index), *fire, shown);
    }
    if count < fires.len() {
        // Where there is no room for a line, it stands beside the number.
        let beside =
            Rect::from_min_size(cell.right_top() + vec2(-42.0, 3.0), vec2(38.0, LINE - 1.0));
        let place = if fits == 0 { beside } else { line(count) };
        fold_ui(app, ui, place, fires, fires.len() - count, shown);
    }
}
