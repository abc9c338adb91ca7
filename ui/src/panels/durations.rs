//! How long the runs of a workflow took: a point for each run, or a bar of what its tasks took, the newest at the right.
//!
//! The axes, and how a hand moves along them, are those of egui_plot.

use chrono_tz::Tz;
use egui::{
    Color32, Key, Modifiers, Pos2, Rect, Response, Sense, Stroke, Ui, WidgetInfo, WidgetType, pos2,
    vec2,
};
use egui_plot::{
    AxisHints, GridInput, GridMark, HLine, HPlacement, LineStyle, MarkerShape, Plot, PlotPoint,
    PlotTransform, Points,
};
use millrace_model::event::RunState;
use millrace_model::time::Timestamp;

use super::grid::cells::Cells;
use super::padded;
use crate::app::App;
use crate::command::{Command, GridCommand};
use crate::state::{Bar, Durations, DurationsBy, days};
use crate::theme::{self, Palette, run_look, series};
use crate::widgets::{chips, hairline_v, label, wrapped};
use crate::words;

/// Of a point.
const POINT: f32 = 3.5;
/// Of the numbers at the left.
const NUMBERS: f32 = 72.0;
/// What is beyond the upper end stands there, as a part of the height.
const BEYOND: f64 = 0.985;
const DAY_US: i64 = 86_400_000_000;

/// Draws the tab.
pub(super) fn durations_ui(app: &mut App, ui: &mut Ui, p: &Palette) {
    app.grid.durations.update(&app.grid.view);
    if app.grid.durations.bars.is_empty() {
        return super::grid::nothing_ui(app, ui);
    }
    keys_ui(app, ui);
    padded(ui, 24, 6, |ui| match app.grid.durations.by {
        DurationsBy::Run => run_legend_ui(&app.grid.durations, ui, p),
        DurationsBy::Task => task_legend_ui(app, ui, p),
    });
    let all = ui.available_rect_before_wrap();
    let room = Rect::from_min_max(all.min + vec2(12.0, 4.0), all.max - vec2(24.0, 12.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(room).id_salt("durations"));
    let (response, transform) = plot_ui(app, &mut child, p, room);
    app.grid.fits_durations = false;
    app.grid.durations_shown = transform.bounds().width();
    let durations = &app.grid.durations;
    let painter = child.painter().with_clip_rect(transform.frame().intersect(child.clip_rect()));
    if durations.by == DurationsBy::Task {
        painter.add(stacks(durations, &transform, p));
    }
    let point = response.hover_pos().filter(|point| transform.frame().contains(*point));
    let hovered = point.and_then(|point| at(durations, &transform, point));
    let cursor = durations.cursor.and_then(|run| durations.place(run));
    for (place, ink) in [(cursor, p.accent), (hovered, p.text)] {
        if let Some(place) = place {
            mark(&painter, durations, &transform, place, (ink, p));
        }
    }
    let told = hovered.or(cursor).and_then(|place| durations.bars.get(place));
    let words = told
        .map_or_else(|| "Durations of the runs".to_owned(), |bar| describe(app, bar).join(", "));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
    let Some(bar) = hovered.and_then(|place| durations.bars.get(place)) else { return };
    let run = bar.run;
    let is_clicked = response.clicked();
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_ui_at_pointer(|ui| {
        let mut font = theme::semibold(theme::BODY);
        for line in describe(app, bar) {
            wrapped(ui, &line, font, p.text);
            font = theme::sans(theme::BODY);
        }
    });
    if is_clicked {
        app.grid.durations.cursor = Some(run);
        app.send(Command::OpenRun(run));
    }
}

/// What the points and lines are, and how many stand out.
fn run_legend_ui(durations: &Durations, ui: &mut Ui, p: &Palette) {
    ui.set_height(24.0);
    super::row(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let word = |ui: &mut Ui, text: &str| {
            label(ui, text, theme::sans(theme::SMALL), p.dim);
            ui.add_space(10.0);
        };
        let sign = |ui: &mut Ui, draw: &dyn Fn(&egui::Painter, Rect)| {
            let (rect, _) = ui.allocate_exact_size(vec2(16.0, 12.0), Sense::hover());
            draw(ui.painter(), rect);
        };
        for state in [RunState::Succeeded, RunState::Failed, RunState::Canceled] {
            let look = run_look(p, state);
            if durations.bars.iter().any(|bar| bar.state == state && bar.took_us.is_some()) {
                sign(ui, &|painter, rect| legend_mark(painter, rect.center(), state, look.color));
                word(ui, look.word);
            }
        }
        let Some(usual) = durations.usual else { return };
        sign(ui, &|painter, rect| {
            painter.hline(rect.x_range(), rect.center().y, Stroke::new(1.5, p.text));
        });
        word(ui, &format!("median {}", words::duration_us(usual.median_us)));
        sign(ui, &|painter, rect| {
            let line = [rect.left_center(), rect.right_center()];
            painter.extend(egui::Shape::dashed_line(&line, Stroke::new(1.5, p.dim), 4.0, 3.0));
        });
        word(ui, &format!("nine of ten within {}", words::duration_us(usual.p90_us)));
        if let Some(fence) = usual.fence_us {
            sign(ui, &|painter, rect| {
                painter.circle_stroke(rect.center(), POINT + 2.0, Stroke::new(1.5, p.retry));
            });
            let text = match durations.outliers() {
                0 => format!("none beyond {}", words::duration_us(fence)),
                count => format!(
                    "{} beyond {}",
                    words::count(count, "run", "runs"),
                    words::duration_us(fence)
                ),
            };
            word(ui, &text);
        }
    });
}

/// The tasks with their colours: each can be left out.
fn task_legend_ui(app: &mut App, ui: &mut Ui, p: &Palette) {
    let mut toggled = None;
    chips(ui, |ui| {
        for (place, part) in app.grid.durations.parts.iter().enumerate() {
            let is_on = !app.grid.durations.is_hidden(part);
            let name = egui::RichText::new(&part.name).font(theme::sans(theme::SMALL));
            let ink = if is_on { p.text } else { p.faint };
            let swatch = if is_on { color_of(app, p, place) } else { p.line };
            let room = (ui.available_width() - 36.0).clamp(40.0, 200.0);
            let galley =
                crate::widgets::elide(ui.ctx(), name.text(), theme::sans(theme::SMALL), ink, room);
            let size = vec2(galley.size().x + 34.0, 24.0);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            response.widget_info(|| {
                WidgetInfo::selected(WidgetType::Checkbox, true, is_on, &part.name)
            });
            let fill = if response.hovered() { p.hover } else { p.field };
            let edge = Stroke::new(1.0, if response.has_focus() { p.accent } else { p.line });
            ui.painter().rect(rect, 12, fill, edge, egui::StrokeKind::Inside);
            let mark =
                Rect::from_center_size(rect.left_center() + vec2(14.0, 0.0), vec2(10.0, 10.0));
            ui.painter().rect_filled(mark, 2, swatch);
            ui.painter().galley(
                pos2(rect.left() + 24.0, rect.center().y - galley.size().y / 2.0),
                galley,
                ink,
            );
            if response
                .on_hover_text(if is_on { "Leave it out" } else { "Take it in again" })
                .clicked()
            {
                toggled = Some(part.task.clone());
            }
        }
    });
    if let Some(task) = toggled {
        app.send(Command::Grid(GridCommand::Hide(task)));
    }
}

/// The last of nine parts is of many tasks.
fn color_of(app: &App, p: &Palette, place: usize) -> Color32 {
    match app.grid.durations.parts.get(place).map(|part| &part.task) {
        Some(None) => p.canceled,
        _ => series(p, place),
    }
}

/// Axes, grid and the points. Gives what the hand does there, and where things lie.
fn plot_ui(app: &App, ui: &mut Ui, p: &Palette, room: Rect) -> (Response, PlotTransform) {
    let durations = &app.grid.durations;
    let count = durations.bars.len();
    let top = secs(durations.top_us());
    let zone = app.schedules.zone();
    let number = |axis: AxisHints<'static>| {
        axis.tick_label_color(p.faint).tick_label_font(theme::sans(theme::SMALL))
    };
    let x_axis = number(AxisHints::new_x())
        .label_spacing(egui::Rangef::new(70.0, 90.0))
        .formatter(day_words(durations, zone));
    let y_axis = number(AxisHints::new_y())
        .placement(HPlacement::Left)
        .min_thickness(NUMBERS)
        .label_spacing(egui::Rangef::new(14.0, 20.0))
        .formatter(|mark, _| match (mark.value * 1e6).round() {
            us if us > 0.0 => words::duration_us(us as u64),
            // Where the axes meet nothing has to be said.
            _ => String::new(),
        });
    let plot = Plot::new(("durations of", &app.grid.view.workflow, durations.by as u8))
        .width(room.width())
        .height(room.height())
        .show_background(false)
        .show_x(false)
        .show_y(false)
        .show_crosshair(false)
        .grid_color(p.grid)
        .grid_fade(0.0)
        .show_grid([false, true])
        .set_margin_fraction(vec2(0.0, 0.0))
        .allow_drag([true, false])
        .allow_zoom([true, false])
        .allow_axis_zoom_drag([true, false])
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .include_x(-0.7)
        .include_x(count as f64 - 0.3)
        .include_y(0.0)
        .include_y(top)
        .x_grid_spacer(|input| run_marks(&input))
        .y_grid_spacer(|input| time_marks(&input))
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis]);
    let plot = if app.grid.fits_durations { plot.reset() } else { plot };
    let shown = plot.show(ui, |plot| {
        if durations.by == DurationsBy::Task {
            return;
        }
        if let Some(usual) = durations.usual {
            let line = |name, us, ink, style| {
                HLine::new(name, secs(us)).color(ink).width(1.5).style(style).allow_hover(false)
            };
            plot.hline(line("median", usual.median_us, p.text, LineStyle::Solid));
            let dashes = LineStyle::dashed_dense();
            plot.hline(line("p90", usual.p90_us, p.dim, dashes));
        }
        for state in [RunState::Canceled, RunState::Succeeded, RunState::Failed] {
            let look = run_look(p, state);
            let points = |beyond: bool| -> Vec<[f64; 2]> {
                let bars = durations.bars.iter().enumerate().filter(|(_, bar)| bar.state == state);
                let points =
                    bars.filter_map(|(place, bar)| Some([place as f64, secs(bar.took_us?)]));
                let points = points.filter(|[_, took]| (*took > top) == beyond);
                points.map(|[place, took]| [place, took.min(top * BEYOND)]).collect()
            };
            let draw = |points, shape, radius| {
                let points = Points::new(look.word, points).shape(shape).radius(radius);
                points.color(look.color).allow_hover(false)
            };
            let (shape, radius) = marker(state);
            plot.points(draw(points(false), shape, radius));
            plot.points(draw(points(true), MarkerShape::Up, POINT + 1.0));
        }
        let outliers =
            durations.bars.iter().enumerate().filter(|(_, bar)| durations.is_outlier(bar));
        let outliers: Vec<[f64; 2]> = outliers
            .filter_map(|(place, bar)| Some([place as f64, secs(bar.took_us?).min(top * BEYOND)]))
            .collect();
        plot.points(
            Points::new("outliers", outliers)
                .filled(false)
                .radius(POINT + 3.0)
                .color(p.retry)
                .allow_hover(false),
        );
    });
    (shown.response, shown.transform)
}

/// A shape for each end, so that they are told apart without colours.
fn marker(state: RunState) -> (MarkerShape, f32) {
    match state {
        RunState::Failed => (MarkerShape::Diamond, POINT + 2.0),
        RunState::Canceled => (MarkerShape::Square, POINT - 0.5),
        _ => (MarkerShape::Circle, POINT),
    }
}

/// The same in the legend.
fn legend_mark(painter: &egui::Painter, center: Pos2, state: RunState, ink: Color32) {
    let (shape, radius) = marker(state);
    match shape {
        MarkerShape::Diamond => {
            let (side, up) = (vec2(radius, 0.0), vec2(0.0, radius));
            let corners = vec![center - side, center - up, center + side, center + up];
            painter.add(egui::Shape::convex_polygon(corners, ink, Stroke::NONE));
        }
        MarkerShape::Square => {
            painter.rect_filled(
                Rect::from_center_size(center, egui::Vec2::splat(radius * 1.6)),
                0,
                ink,
            );
        }
        _ => {
            painter.circle_filled(center, radius, ink);
        }
    }
}

/// What the tasks of each run took, one upon the other.
fn stacks(durations: &Durations, transform: &PlotTransform, p: &Palette) -> egui::Shape {
    let mut cells = Cells::new(p);
    let (first, last) = transform.bounds().range_x().into_inner();
    let top = secs(durations.top_us());
    for (place, bar) in durations.bars.iter().enumerate() {
        let x = place as f64;
        if x + 1.0 < first || x - 1.0 > last {
            continue;
        }
        let mut below = 0.0;
        for (part, us) in durations.seen(bar).filter(|(_, us)| *us > 0) {
            let above = below + secs(us);
            let rect = transform.rect_from_values(
                &PlotPoint::new(x - 0.42, below),
                &PlotPoint::new(x + 0.42, above.min(top)),
            );
            let is_others = durations.parts.get(part).is_some_and(|part| part.task.is_none());
            cells.part(rect, if is_others { p.canceled } else { series(p, part) });
            below = above;
            if below >= top {
                break;
            }
        }
    }
    cells.mesh()
}

/// The run below a point.
fn at(durations: &Durations, transform: &PlotTransform, point: Pos2) -> Option<usize> {
    let place = transform.value_from_position(point).x.round();
    (place >= 0.0 && place < durations.bars.len() as f64).then_some(place as usize)
}

/// A line through the run, and a ring around its point or a frame around its bar.
fn mark(
    painter: &egui::Painter,
    durations: &Durations,
    transform: &PlotTransform,
    place: usize,
    (ink, p): (Color32, &Palette),
) {
    let Some(bar) = durations.bars.get(place) else { return };
    let top = secs(durations.top_us());
    let height = secs(durations.height_us(bar)).min(top * BEYOND);
    let at = transform.position_from_point(&PlotPoint::new(place as f64, height));
    match durations.by {
        DurationsBy::Run => {
            hairline_v(painter, at.x, transform.frame().y_range(), p.line);
            painter.circle_stroke(at, POINT + 2.5, Stroke::new(1.5, ink));
        }
        DurationsBy::Task => {
            let low = PlotPoint::new(place as f64 - 0.5, 0.0);
            let high = PlotPoint::new(place as f64 + 0.5, height);
            let rect = transform.rect_from_values(&low, &high).expand(1.5);
            painter.rect_stroke(rect, 2, Stroke::new(1.5, ink), egui::StrokeKind::Outside);
        }
    }
}

/// A run in words: when it was, how it ended, what it took, and by how much that is another thing than usual.
fn describe(app: &App, bar: &Bar) -> Vec<String> {
    let durations = &app.grid.durations;
    let now = app.backend.now();
    let when = words::day_and_clock(bar.queued, now, app.backend.local_offset_secs(bar.queued));
    let mut lines = vec![format!("Run {:.8} · {when}", bar.run)];
    lines.push(match bar.took_us {
        Some(us) => format!("{}, took {}", bar.state, words::duration_us(us)),
        None => bar.state.to_string(),
    });
    if let Some((us, usual)) = bar.took_us.zip(durations.usual) {
        let (apart, word) = match us >= usual.median_us {
            true => (us - usual.median_us, "longer"),
            false => (usual.median_us - us, "shorter"),
        };
        let median = words::duration_us(usual.median_us);
        lines.push(match apart {
            0 => format!("as long as the median of {median}"),
            apart => format!("{} {word} than the median of {median}", words::duration_us(apart)),
        });
    }
    if durations.by == DurationsBy::Task {
        let parts = durations.seen(bar).filter(|(_, us)| *us > 0);
        let name = |part: usize| durations.parts.get(part).map(|part| part.name.clone());
        lines.extend(
            parts.filter_map(|(part, us)| {
                Some(format!("{} {}", name(part)?, words::duration_us(us)))
            }),
        );
    }
    lines
}

/// The keys, while nothing else has the keyboard.
fn keys_ui(app: &mut App, ui: &Ui) {
    if !super::has_keys(app, ui) {
        return;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let far = i64::from(u32::MAX);
    for (key, newer) in [
        (Key::ArrowLeft, -1),
        (Key::ArrowRight, 1),
        (Key::PageUp, -20),
        (Key::PageDown, 20),
        (Key::Home, -far),
        (Key::End, far),
    ] {
        if pressed(key) {
            if newer.abs() == far {
                app.grid.durations.begin();
            }
            app.grid.durations.step(newer);
        }
    }
    if let Some(run) = app.grid.durations.cursor
        && pressed(Key::Enter)
    {
        app.send(Command::OpenRun(run));
    }
}

/// The days below the picture; the times, where a day goes on.
fn day_words(
    durations: &Durations,
    zone: Tz,
) -> impl Fn(GridMark, &std::ops::RangeInclusive<f64>) -> String + use<> {
    let queued: Vec<Timestamp> = durations.bars.iter().map(|bar| bar.queued).collect();
    let length_us = queued.last().zip(queued.first()).map_or(0, |(last, first)| last.0 - first.0);
    let local = move |value: f64| {
        let is_whole = (value - value.round()).abs() < 0.01 && value > -0.5;
        let at = queued.get(value.round().max(0.0) as usize).filter(|_| is_whole);
        at.map(|at| days::local(*at, zone))
    };
    move |mark, _| {
        let Some(at) = local(mark.value) else { return String::new() };
        let before = local(mark.value - mark.step_size);
        let is_same_day = before.is_some_and(|before| before.date() == at.date());
        let form = if is_same_day || length_us < DAY_US { "%H:%M" } else { "%-d %b" };
        at.format(form).to_string()
    }
}

/// At most fourteen runs with words below them, each as far from the next.
fn run_marks(input: &GridInput) -> Vec<GridMark> {
    let (low, high) = (input.bounds.0.max(0.0), input.bounds.1);
    if !(high - low).is_finite() {
        return Vec::new();
    }
    let steps = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
    let step = steps.into_iter().find(|step| (high - low) / step <= 13.0).unwrap_or(200.0);
    let first = (low / step).ceil() as i64;
    let marks = (first..first + 15).map(|number| number as f64 * step);
    marks
        .take_while(|value| *value <= high)
        .map(|value| GridMark { value, step_size: step })
        .collect()
}

/// Steps in which clocks count, in seconds.
const STEPS: [f64; 28] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0,
    120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0, 86_400.0, 172_800.0,
    604_800.0,
];

/// At most seven lines, where clocks count.
fn time_marks(input: &GridInput) -> Vec<GridMark> {
    let (low, high) = (input.bounds.0.max(0.0), input.bounds.1);
    let length = high - low;
    let step = STEPS.into_iter().find(|step| length / step <= 7.0).unwrap_or(length / 7.0);
    if !(step > 0.0 && length.is_finite()) {
        return Vec::new();
    }
    let first = (low / step).ceil() as i64;
    let marks = (first..first + 9).map(|number| number as f64 * step);
    marks
        .take_while(|value| *value <= high)
        .map(|value| GridMark { value, step_size: step })
        .collect()
}

fn secs(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lie_where_clocks_count() {
        let marks = |high: f64| {
            let input = GridInput { bounds: (0.0, high), base_step_size: 1.0 };
            time_marks(&input)
                .iter()
                .map(|mark| words::duration_us(secs_to_us(mark.value)))
                .collect::<Vec<_>>()
        };
        assert_eq!(marks(12.0).len(), 7);
        assert_eq!(marks(100.0)[1], words::duration_us(15_000_000));
        assert_eq!(marks(20_000.0)[1], words::duration_us(3_600_000_000));
        for high in [0.0, f64::NAN, f64::INFINITY, 1e12] {
            assert!(marks(high).len() <= 9, "{high}");
        }
    }

    fn secs_to_us(secs: f64) -> u64 {
        (secs * 1e6).round() as u64
    }
}
