//! The next times at which a schedule fires, worked out here while it is edited, with what a change of the clocks does.

use chrono_tz::Tz;
use egui::{Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use millrace_model::schedule::{Moved, Tick, Ticks};
use millrace_model::time::Timestamp;

use crate::state::days;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{elide, glyph, label, wrapped};
use crate::words::when;

/// So many are shown.
const SHOWN: usize = 10;
const ROW: f32 = 18.0;
/// Distances grow and shrink while they are looked at.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(60);

/// Draws them.
pub(super) fn next_ui(ui: &mut Ui, ticks: &Ticks, now: Timestamp) {
    let p = Palette::of(ui);
    let next: Vec<Tick> =
        std::iter::successors(ticks.next(now), |tick| ticks.next(tick.at)).take(SHOWN).collect();
    if next.is_empty() {
        wrapped(ui, "It does not start any more.", theme::sans(theme::SMALL), p.retry);
        return;
    }
    ui.ctx().request_repaint_after(AGAIN);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let head = format!("Next times, {}", ticks.zone().name());
        label(ui, &head, theme::sans(theme::SMALL), p.dim);
        ui.add_space(2.0);
        for tick in &next {
            tick_ui(ui, p, ticks, tick, now);
        }
    });
    ui.add_space(6.0);
}

fn tick_ui(ui: &mut Ui, p: &Palette, ticks: &Ticks, tick: &Tick, now: Timestamp) {
    let zone = ticks.zone();
    let (shown, today) = (days::local(tick.at, zone), days::local(now, zone).date());
    let (day, time) = (when::day(shown.date(), today), when::time(shown));
    let away = when::away(tick.at, now);
    let change = change_words(ticks, tick, zone);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let name = format!("{day} {time}, {away}");
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &name));
    let put = |x: f32, text: &str, ink, is_right: bool| {
        let galley = elide(ui.ctx(), text, theme::sans(theme::SMALL), ink, 130.0);
        let left = if is_right { x - galley.size().x } else { x };
        let at = pos2(left, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
    };
    put(rect.left(), &day, p.dim, false);
    put(rect.left() + 112.0, &time, p.text, false);
    put(rect.right(), &away, p.faint, true);
    if let Some(change) = change {
        let at = pos2(rect.left() + 104.0, rect.center().y);
        glyph(ui.painter(), at, icon::WARNING, icons::font(12.0), p.retry);
        wrapped(ui, &change, theme::sans(theme::SMALL), p.retry);
    }
}

/// What a change of the clocks has to do with a tick, and both ways to read its time.
fn change_words(ticks: &Ticks, tick: &Tick, zone: Tz) -> Option<String> {
    let moved = tick.moved?;
    let fires = days::local(tick.at, zone);
    let [first, second] = ticks.readings(tick)?.map(|at| days::local(at, Tz::UTC));
    let utc = |at| format!("{} UTC", when::time(at));
    Some(match moved {
        Moved::Gap { wanted } => format!(
            "{} does not exist on {}: it fires at {}, right after the clocks were set",
            when::time(wanted),
            wanted.format("%-d %b"),
            when::time(fires),
        ),
        Moved::FirstPass => format!(
            "{} comes twice, at {} and {}: first pass, {}",
            when::time(fires),
            utc(first),
            utc(second),
            utc(first),
        ),
        Moved::SecondPass => format!(
            "{} comes twice, at {} and {}: second pass, {}",
            when::time(fires),
            utc(first),
            utc(second),
            utc(second),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use millrace_model::document::{CatchUp, Schedule, ScheduleRule};
    use millrace_model::ident::Ident;

    fn words(day: (i32, u32, u32)) -> String {
        let zone = Tz::Europe__Berlin;
        let schedule = Schedule {
            name: Ident::new("nightly").unwrap(),
            rule: ScheduleRule::Cron("30 2 * * *".to_owned()),
            timezone: None,
            start: None,
            end: None,
            catch_up: CatchUp::default(),
            jitter: None,
            params: None,
            extra: Vec::new(),
        };
        let ticks = Ticks::of(&schedule, zone).unwrap();
        let day = NaiveDate::from_ymd_opt(day.0, day.1, day.2).unwrap();
        let tick = ticks.next(days::start_of(day, zone)).unwrap();
        change_words(&ticks, &tick, zone).unwrap_or_default()
    }

    #[test]
    fn what_a_change_of_the_clocks_does_is_said() {
        assert_eq!(
            words((2026, 3, 29)),
            "02:30 does not exist on 29 Mar: it fires at 03:00, right after the clocks were set"
        );
        assert_eq!(
            words((2026, 10, 25)),
            "02:30 comes twice, at 00:30 UTC and 01:30 UTC: first pass, 00:30 UTC"
        );
        assert_eq!(words((2026, 11, 1)), "");
    }
}
