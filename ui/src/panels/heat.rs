//! The calendar of a workflow: a column for each week, a cell for each day, the newest year first. Below each year bars for
//! how many runs its weeks had, and how many of them failed.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};
use egui::{
    Color32, CornerRadius, Key, Modifiers, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, WidgetType, lerp, pos2, vec2,
};
use millrace_api::days::DayFared;
use millrace_model::time::Timestamp;

use super::grid::cells::Cells;
use crate::app::App;
use crate::command::{Command, GridCommand};
use crate::state::{HeatBy, HeatView, HeatYear, Total, WEEKS, day_at, days, week_of};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{elide, hairline_h, label, wrapped};
use crate::words::{self, when};

/// At the left side, and at the right one.
const MARGIN: f32 = 24.0;
/// Of the names of the weekdays.
const NAMES: f32 = 36.0;
/// Of the year's name.
const TITLE: f32 = 34.0;
/// Of the months' names.
const MONTHS: f32 = 20.0;
/// Of the highest bar of a week.
const BAR: f32 = 32.0;
/// Above the bars.
const ABOVE_BARS: f32 = 12.0;
/// Below a year.
const BELOW: f32 = 28.0;
/// Between two cells.
const GAP: f32 = 3.0;

/// Draws the tab.
pub(super) fn heat_ui(app: &mut App, ui: &mut Ui, p: &Palette) {
    let view = &app.grid.heat.view;
    if !view.loaded || view.oldest.is_none() {
        return nothing_ui(app, ui);
    }
    let today = view.today.unwrap_or_else(|| app.today());
    keys_ui(app, ui, today);
    let planned = planned(app);
    let sheet = Sheet::of(ui.available_width(), app.grid.heat.view.years(today).collect());
    let follow = std::mem::take(&mut app.grid.heat.follow_cursor);
    let cursor = app.grid.heat.view.cursor;
    let output = ScrollArea::vertical().id_salt("heat").auto_shrink([false, false]).show_viewport(
        ui,
        |ui, viewport| {
            let size = vec2(ui.available_width(), sheet.height * sheet.years.len() as f32);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            if let Some(place) = cursor.filter(|_| follow).and_then(|day| sheet.place(day)) {
                let year = sheet.top(place.0);
                let around =
                    Rect::from_min_size(rect.min + vec2(0.0, year), vec2(1.0, sheet.height));
                ui.scroll_to_rect(around, None);
            }
            let seen = sheet.seen(viewport.y_range());
            let hovered =
                response.hover_pos().and_then(|point| sheet.at(point - rect.min.to_vec2()));
            let drawing =
                Drawing { p, view: &app.grid.heat.view, sheet: &sheet, today, planned: &planned };
            for at in seen.clone() {
                drawing.year(ui, rect.min + vec2(0.0, sheet.top(at)), sheet.years[at]);
            }
            for (day, ink) in [(Some(today), p.dim), (cursor, p.accent), (hovered, p.text)] {
                drawing.frame(ui, rect.min, day, ink);
            }
            (seen, response, hovered)
        },
    );
    let (seen, response, hovered) = output.inner;
    let year = |at: usize| sheet.years.get(at).copied();
    app.grid.heat.seen = year(seen.end.saturating_sub(1))
        .zip(year(seen.start))
        .map(|(oldest, newest)| oldest..=newest);
    let told = hovered.or(cursor).map(|day| describe(app, day, today, &planned));
    let words = told.map_or_else(|| "Days of the workflow".to_owned(), |lines| lines.join(", "));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
    let Some(day) = hovered else { return };
    let has_runs = app.grid.heat.view.day(day).is_some();
    if response.clicked() && has_runs {
        app.grid.heat.view.cursor = Some(day);
        app.send(Command::Grid(GridCommand::OpenDay(day)));
    }
    let response = match has_runs {
        true => response.on_hover_cursor(egui::CursorIcon::PointingHand),
        false => response,
    };
    response.on_hover_ui_at_pointer(|ui| {
        let mut font = theme::semibold(theme::BODY);
        for line in describe(app, day, today, &planned) {
            wrapped(ui, &line, font, p.text);
            font = theme::sans(theme::BODY);
        }
    });
}

/// `1,204 runs since 3 May 2024`
pub(super) fn summary(app: &App) -> String {
    let view = &app.grid.heat.view;
    let Some(oldest) = view.oldest else { return String::new() };
    let years: Option<Vec<&HeatYear>> = view.years(oldest).map(|year| view.year(year)).collect();
    let since = format!("since {}", oldest.format("%-d %b %Y"));
    match years {
        Some(years) => {
            let runs: usize = years.iter().map(|year| year.total.runs as usize).sum();
            format!("{} {since}", words::count(runs, "run", "runs"))
        }
        None => format!("Runs {since}"),
    }
}

/// What the colours say.
pub(super) fn legend_ui(app: &App, ui: &mut Ui) {
    let view = &app.grid.heat.view;
    if view.oldest.is_none() {
        return;
    }
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.add_space(12.0);
    let word = |ui: &mut Ui, text: &str| label(ui, text, theme::sans(theme::SMALL), p.dim);
    let cells = |ui: &mut Ui, draw: &dyn Fn(&mut Cells<'_>, Rect, usize), count: usize| {
        let size = vec2(count as f32 * 16.0 - GAP, 13.0);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let mut mesh = Cells::new(p);
        for at in 0..count {
            let min = rect.min + vec2(at as f32 * 16.0, 0.0);
            draw(&mut mesh, Rect::from_min_size(min, vec2(13.0, 13.0)), at);
        }
        ui.painter().add(mesh.mesh());
    };
    // From the right to the left.
    match view.by {
        HeatBy::Success => {
            word(ui, "many runs");
            cells(ui, &|mesh, rect, at| mesh.day(rect, faded(p, p.ok, [0.0, 0.3, 1.0][at])), 3);
            word(ui, "few");
            ui.add_space(8.0);
            word(ui, "all failed");
            let one = |mesh: &mut Cells<'_>, rect, share: f32| {
                mesh.day(rect, mixed(p, share));
                match share {
                    0.0 => mesh.cross(rect, p.bg),
                    _ => mesh.notch(rect, p.bg),
                }
            };
            cells(ui, &|mesh, rect, _| one(mesh, rect, 0.0), 1);
            word(ui, "some failed");
            cells(ui, &|mesh, rect, at| one(mesh, rect, [0.8, 0.4][at]), 2);
        }
        HeatBy::Duration => {
            let Some((shortest, longest)) = view.medians_us else { return };
            word(ui, &words::duration_us(longest));
            let shade = |at: usize| faded(p, p.run, at as f32 / 4.0);
            cells(ui, &|mesh, rect, at| mesh.day(rect, shade(at)), 5);
            word(ui, &words::duration_us(shortest));
        }
    }
}

/// What stands there where there is nothing to draw.
fn nothing_ui(app: &mut App, ui: &mut Ui) {
    let view = &app.grid.heat.view;
    match (view.error.clone(), view.loaded) {
        (Some(error), _) => super::unread_ui(app, ui, "The days cannot be read", &error),
        (None, false) => super::empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading the days", ""),
        (None, true) => {
            let text = "Here each day will have a cell: how many runs it had, how they ended, and how long they took.";
            super::empty_ui(ui, icon::CALENDAR_DOTS, "It has not run yet", text);
        }
    }
}

/// The keys, while nothing else has the keyboard.
fn keys_ui(app: &mut App, ui: &Ui, today: NaiveDate) {
    if !super::has_keys(app, ui) {
        return;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let heat = &mut app.grid.heat;
    // More days than there are from the first year to the last.
    let far = 4_000_000;
    for (key, step) in [
        (Key::ArrowLeft, -7),
        (Key::ArrowRight, 7),
        (Key::ArrowUp, -1),
        (Key::ArrowDown, 1),
        (Key::Home, far),
        (Key::End, -far),
    ] {
        if pressed(key) {
            if i64::abs(step) == far {
                heat.view.begin(today);
            }
            heat.view.step(step, today);
            heat.follow_cursor = true;
        }
    }
    for (key, years) in [(Key::PageDown, -1), (Key::PageUp, 1)] {
        if pressed(key) {
            heat.view.step_years(years, today);
            heat.follow_cursor = true;
        }
    }
    if let Some(day) = heat.view.cursor.filter(|day| heat.view.day(*day).is_some())
        && pressed(Key::Enter)
    {
        app.send(Command::Grid(GridCommand::OpenDay(day)));
    }
}

/// The days on which schedules of the workflow fire next, and when.
fn planned(app: &App) -> Vec<(NaiveDate, Timestamp)> {
    let view = &app.grid.heat.view;
    let zone = app.schedules.zone();
    let is_it = |row: &&millrace_api::schedule::ScheduleRow| match view.workflow_id {
        Some(id) => row.workflow_id == id,
        None => row.workflow == view.workflow,
    };
    let rows = app.schedules.list.iter().flat_map(|list| &list.schedules).filter(is_it);
    rows.filter_map(|row| row.next).map(|at| (days::local(at, zone).date(), at)).collect()
}

/// A day in words: which, how many runs, how they ended, how long they took.
fn describe(
    app: &App,
    day: NaiveDate,
    today: NaiveDate,
    planned: &[(NaiveDate, Timestamp)],
) -> Vec<String> {
    let mut lines = vec![day.format("%a %-d %b %Y").to_string()];
    match app.grid.heat.view.day(day) {
        Some(fared) => {
            lines.push(counts(fared));
            lines.extend(fared.median_us.map(|us| format!("median {}", words::duration_us(us))));
        }
        None if day <= today => lines.push("no runs".to_owned()),
        None => {}
    }
    let zone = app.schedules.zone();
    let next = planned.iter().filter(|(on, _)| *on == day).map(|(_, at)| *at).min();
    lines.extend(next.map(|at| format!("starts {}", when::next(at, app.backend.now(), zone))));
    lines
}

/// `12 runs: 10 succeeded, 2 failed`
fn counts(fared: &DayFared) -> String {
    let parts: Vec<String> = [
        (fared.succeeded, "succeeded"),
        (fared.failed, "failed"),
        (fared.canceled, "cancelled"),
        (fared.under_way, "under way"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{} {word}", words::grouped(u64::from(count))))
    .collect();
    let runs = words::count(fared.runs() as usize, "run", "runs");
    format!("{runs}: {}", parts.join(", "))
}

/// Where things lie, from the upper left corner of all years on.
struct Sheet {
    /// From the newest to the oldest.
    years: Vec<i32>,
    /// From one cell to the next.
    pitch: f32,
    /// Of a year.
    height: f32,
}

impl Sheet {
    fn of(width: f32, years: Vec<i32>) -> Self {
        let room = width - 2.0 * MARGIN - NAMES;
        let pitch = (room / WEEKS as f32).floor().clamp(10.0, 34.0);
        let height = TITLE + MONTHS + 7.0 * pitch + ABOVE_BARS + BAR + BELOW;
        Self { years, pitch, height }
    }

    fn top(&self, at: usize) -> f32 {
        at as f32 * self.height
    }

    /// The years that lie between two heights.
    fn seen(&self, y: egui::Rangef) -> Range<usize> {
        let first = (y.min / self.height).floor().max(0.0) as usize;
        let end = (y.max / self.height).ceil().max(0.0) as usize;
        first.min(self.years.len())..end.min(self.years.len())
    }

    /// The cell of a week and a weekday, from the upper left corner of its year on.
    fn cell(&self, week: usize, of_week: usize) -> Rect {
        let min = pos2(
            MARGIN + NAMES + week as f32 * self.pitch,
            TITLE + MONTHS + of_week as f32 * self.pitch,
        );
        Rect::from_min_size(min, vec2(self.pitch - GAP, self.pitch - GAP))
    }

    /// The room of a week's bar.
    fn bar(&self, week: usize) -> Rect {
        let cell = self.cell(week, 6);
        let top = cell.bottom() + GAP + ABOVE_BARS;
        Rect::from_min_max(pos2(cell.left(), top), pos2(cell.right(), top + BAR))
    }

    /// Which of the years a day is in, and its cell there.
    fn place(&self, day: NaiveDate) -> Option<(usize, Rect)> {
        let at = self.years.iter().position(|year| *year == day.year())?;
        Some((at, self.cell(week_of(day), day.weekday().num_days_from_monday() as usize)))
    }

    /// The day at a point.
    fn at(&self, point: egui::Pos2) -> Option<NaiveDate> {
        let year = self.years.get((point.y / self.height).floor().max(0.0) as usize)?;
        let inside =
            point - self.cell(0, 0).min - vec2(0.0, (point.y / self.height).floor() * self.height);
        if inside.x < 0.0 || inside.y < 0.0 || inside.y >= 7.0 * self.pitch {
            return None;
        }
        day_at(*year, (inside.x / self.pitch) as usize, (inside.y / self.pitch) as usize)
    }
}

/// What is drawn from.
struct Drawing<'a> {
    p: &'a Palette,
    view: &'a HeatView,
    sheet: &'a Sheet,
    today: NaiveDate,
    planned: &'a [(NaiveDate, Timestamp)],
}

impl Drawing<'_> {
    /// A year, from this corner on.
    fn year(&self, ui: &Ui, corner: egui::Pos2, year: i32) {
        let p = self.p;
        let known = self.view.year(year);
        let put = |at: egui::Pos2, text: &str, font, ink, room| {
            let galley = elide(ui.ctx(), text, font, ink, room);
            ui.painter().galley(corner + at.to_vec2() - vec2(0.0, galley.size().y), galley, ink);
        };
        let small = || theme::sans(theme::SMALL);
        put(pos2(MARGIN, TITLE - 8.0), &year.to_string(), theme::semibold(14.0), p.text, 60.0);
        let said = known.map_or_else(|| "Loading".to_owned(), |known| year_words(&known.total));
        put(
            pos2(MARGIN + NAMES + 10.0, TITLE - 9.0),
            &said,
            theme::sans(theme::BODY),
            p.dim,
            500.0,
        );
        for (row, name) in [(0, "Mon"), (2, "Wed"), (4, "Fri"), (6, "Sun")] {
            let cell = self.sheet.cell(0, row);
            put(pos2(MARGIN, cell.center().y + 7.5), name, small(), p.faint, NAMES);
        }
        for month in 1..=12 {
            let Some(first) = NaiveDate::from_ymd_opt(year, month, 1) else { continue };
            // Over the first week that begins in it.
            let week = week_of(first)
                + usize::from(first.weekday().num_days_from_monday() > 0 && month > 1);
            let left = self.sheet.cell(week, 0).left();
            let name = first.format("%b").to_string();
            put(pos2(left, TITLE + MONTHS - 4.0), &name, small(), p.faint, 40.0);
        }
        let mut cells = Cells::new(p);
        for week in 0..WEEKS {
            for of_week in 0..7 {
                let Some(day) = day_at(year, week, of_week) else { continue };
                let rect = self.sheet.cell(week, of_week).translate(corner.to_vec2());
                self.day(&mut cells, rect, day);
            }
        }
        if let Some(known) = known {
            self.weeks(&mut cells, corner, known);
        }
        ui.painter().add(cells.mesh());
        let (first, last) = (self.sheet.bar(0), self.sheet.bar(WEEKS - 1));
        let base = corner.y + first.bottom() + 0.5;
        let across = egui::Rangef::new(corner.x + first.left(), corner.x + last.right());
        hairline_h(ui.painter(), across, base, p.line);
        put(pos2(MARGIN, first.bottom() + 2.0), "runs", small(), p.faint, NAMES);
    }

    fn day(&self, cells: &mut Cells<'_>, rect: Rect, day: NaiveDate) {
        let p = self.p;
        let Some(fared) = self.view.day(day).filter(|fared| fared.runs() > 0) else {
            let is_planned = day >= self.today && self.planned.iter().any(|(on, _)| *on == day);
            return match (is_planned, day <= self.today) {
                (true, _) => cells.hollow(rect, p.accent),
                (false, true) => cells.day(rect, p.grid),
                (false, false) => cells.day(rect, p.grid.gamma_multiply(0.4)),
            };
        };
        if self.view.by == HeatBy::Duration {
            return match fared.median_us {
                Some(us) => cells.day(rect, faded(p, p.run, self.length(us))),
                None => cells.hollow(rect, p.idle.gamma_multiply(0.6)),
            };
        }
        let many = (fared.runs() as f32 / self.view.most.max(1) as f32).sqrt();
        let ink = match (fared.ended(), fared.under_way) {
            (0, 0) => p.canceled,
            (0, _) => p.run,
            (ended, _) => mixed(p, fared.succeeded as f32 / ended as f32),
        };
        cells.day(rect, faded(p, ink, many));
        match (fared.succeeded, fared.failed) {
            (_, 0) => {}
            (0, _) => cells.cross(rect, p.bg),
            _ => cells.notch(rect, p.bg),
        }
    }

    /// Where a median lies between the shortest and the longest: by ratio, as durations differ by factors.
    fn length(&self, us: u64) -> f32 {
        let Some((shortest, longest)) = self.view.medians_us else { return 1.0 };
        let log = |us: u64| (us.max(1) as f32).ln();
        let whole = log(longest) - log(shortest);
        if whole <= 0.0 { 1.0 } else { (log(us) - log(shortest)) / whole }
    }

    /// How many runs each week had: below those that succeeded, above them those that failed, then all others.
    fn weeks(&self, cells: &mut Cells<'_>, corner: egui::Pos2, known: &HeatYear) {
        let p = self.p;
        for (at, week) in known.weeks.iter().enumerate().filter(|(_, week)| week.runs > 0) {
            let room = self.sheet.bar(at).translate(corner.to_vec2());
            let unit = (BAR - 2.0) / self.view.most_a_week.max(1) as f32;
            let others = week.runs - week.succeeded - week.failed;
            let parts = [(week.succeeded, p.ok), (week.failed, p.bad), (others, p.canceled)];
            let mut bottom = room.bottom();
            for (count, ink) in parts.into_iter().filter(|(count, _)| *count > 0) {
                // What is there at all is seen.
                let top = (bottom - (count as f32 * unit).max(2.0)).max(room.top());
                cells.part(
                    Rect::from_min_max(pos2(room.left(), top), pos2(room.right(), bottom)),
                    ink,
                );
                bottom = top;
            }
        }
    }

    /// A frame around the cell of a day.
    fn frame(&self, ui: &Ui, corner: egui::Pos2, day: Option<NaiveDate>, ink: Color32) {
        let Some((at, cell)) = day.and_then(|day| self.sheet.place(day)) else { return };
        let cell = cell.translate(corner.to_vec2() + vec2(0.0, self.sheet.top(at))).expand(2.5);
        ui.painter().rect_stroke(
            cell,
            CornerRadius::same(5),
            Stroke::new(1.5, ink),
            StrokeKind::Inside,
        );
    }
}

/// `240 runs on 180 days · 92 % succeeded`
fn year_words(total: &Total) -> String {
    if total.runs == 0 {
        return "no runs".to_owned();
    }
    let runs = words::count(total.runs as usize, "run", "runs");
    let on = words::count(total.days as usize, "day", "days");
    match total.succeeded + total.failed {
        0 => format!("{runs} on {on}"),
        ended => {
            let rate = u64::from(total.succeeded) * 100 / u64::from(ended);
            format!("{runs} on {on} · {rate} % succeeded")
        }
    }
}

/// From all failed over mixed to all succeeded.
fn mixed(p: &Palette, share: f32) -> Color32 {
    let share = share.clamp(0.0, 1.0);
    if share < 0.5 {
        blend(p.bad, p.retry, share * 2.0)
    } else {
        blend(p.retry, p.ok, share * 2.0 - 1.0)
    }
}

/// Paler where there is little.
fn faded(p: &Palette, ink: Color32, much: f32) -> Color32 {
    blend(p.bg, ink, lerp(0.32..=1.0, much.clamp(0.0, 1.0)))
}

fn blend(from: Color32, to: Color32, part: f32) -> Color32 {
    from.lerp_to_gamma(to, part)
}
