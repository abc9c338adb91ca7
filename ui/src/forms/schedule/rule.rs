//! The rule of a schedule: as a form for what most people want, as cron text beside it, always in step.

use egui::Ui;
use millrace_model::document::{Schedule, ScheduleRule};
use millrace_model::schedule::{Shape, Ticks};
use millrace_model::time::{Span, Timestamp};

use super::super::controls::read_duration;
use super::super::form::{Form, Row};
use super::{Surroundings, instant_ui, written};
use crate::state::days;
use crate::widgets::{Field, chip_as_wide, chips, dropdown};

/// What the list of kinds offers, in the order of [`kind`].
const KINDS: [&str; 8] = [
    "Every few minutes",
    "Every hour",
    "Every day",
    "Every week",
    "Every month",
    "At a fixed spacing",
    "Once",
    "By another rule (cron)",
];
/// What cannot be said by a form.
const OTHER: usize = 7;
/// From Monday on; cron counts from Sunday.
const WEEK: [(u8, &str); 7] =
    [(1, "Mon"), (2, "Tue"), (3, "Wed"), (4, "Thu"), (5, "Fri"), (6, "Sat"), (0, "Sun")];
const LAST_DAY: &str = "the last day";

/// Draws it.
pub(super) fn rule_ui(
    form: &mut Form,
    ui: &mut Ui,
    schedule: &mut Schedule,
    around: &Surroundings,
) {
    let before = Shape::of(&schedule.rule);
    let mut shape = before.clone();
    let cron = form.id(&around.path("cron"));
    form.row(ui, &Row::new(&around.path("kind"), "Starts", "").fixed(), |form, ui| {
        let kinds = KINDS.map(str::to_owned);
        let Some(chosen) = dropdown(ui, "Starts", &kinds, Some(kind(&before))) else { return };
        if form.read_only {
            return;
        }
        if chosen == OTHER && matches!(schedule.rule, ScheduleRule::Cron(_)) {
            ui.memory_mut(|memory| memory.request_focus(cron));
        }
        shape = turned(&before, chosen, around, schedule);
    });
    match &mut shape {
        Shape::Minutes { every } => {
            ui.columns(2, |columns| {
                let help = "Counted from the start of each hour.";
                let range = (1, 59, 10);
                number_ui(form, &mut columns[0], ("Minutes", help), every, range, around);
                cron_ui(form, &mut columns[1], schedule, around);
            });
        }
        Shape::Hourly { minute } => {
            ui.columns(2, |columns| {
                let help = "So many minutes after the full hour.";
                number_ui(form, &mut columns[0], ("Minute", help), minute, (0, 59, 0), around);
                cron_ui(form, &mut columns[1], schedule, around);
            });
        }
        Shape::Daily { hour, minute } => {
            ui.columns(2, |columns| {
                time_ui(form, &mut columns[0], (hour, minute), around);
                cron_ui(form, &mut columns[1], schedule, around);
            });
        }
        Shape::Weekly { days, hour, minute } => {
            week_ui(form, ui, days, around);
            ui.columns(2, |columns| {
                time_ui(form, &mut columns[0], (hour, minute), around);
                cron_ui(form, &mut columns[1], schedule, around);
            });
        }
        Shape::Monthly { day, hour, minute } => {
            ui.columns(2, |columns| {
                month_ui(form, &mut columns[0], day, around);
                time_ui(form, &mut columns[1], (hour, minute), around);
            });
            cron_ui(form, ui, schedule, around);
        }
        Shape::Interval(span) => spacing_ui(form, ui, span, around),
        Shape::Once(at) => {
            let path = around.path("at");
            let help = "What is written without an offset is read by the schedule's clock.";
            form.row(ui, &Row::new(&path, "At", help).fixed(), |form, ui| {
                let mut value = Some(at.clone());
                let names = (path.as_str(), "At", "e.g. 2026-12-24 18:00");
                instant_ui(form, ui, names, &mut value, around.zone(schedule));
                // Once is at some time: an emptied field keeps what it was.
                *at = value.unwrap_or_else(|| at.clone());
            });
        }
        Shape::Cron(_) => cron_ui(form, ui, schedule, around),
    }
    if shape != before {
        schedule.rule = shape.rule();
        form.drop_draft(&around.path("cron"));
    }
}

fn kind(shape: &Shape) -> usize {
    match shape {
        Shape::Minutes { .. } => 0,
        Shape::Hourly { .. } => 1,
        Shape::Daily { .. } => 2,
        Shape::Weekly { .. } => 3,
        Shape::Monthly { .. } => 4,
        Shape::Interval(_) => 5,
        Shape::Once(_) => 6,
        Shape::Cron(_) => OTHER,
    }
}

/// The shape as one of another kind; what both kinds have is kept.
fn turned(shape: &Shape, kind: usize, around: &Surroundings, schedule: &Schedule) -> Shape {
    let (hour, minute) = match *shape {
        Shape::Daily { hour, minute }
        | Shape::Weekly { hour, minute, .. }
        | Shape::Monthly { hour, minute, .. } => (hour, minute),
        Shape::Hourly { minute } => (6, minute),
        _ => (6, 0),
    };
    match kind {
        0 => Shape::Minutes { every: 10 },
        1 => Shape::Hourly { minute },
        2 => Shape::Daily { hour, minute },
        3 => Shape::Weekly { days: vec![1, 2, 3, 4, 5], hour, minute },
        4 => Shape::Monthly { day: Some(1), hour, minute },
        5 => Shape::Interval(Span::from_secs(3_600)),
        6 => {
            let zone = around.zone(schedule);
            let tomorrow = days::plus(days::local(around.now, zone).date(), 1);
            let morning = days::start_of(tomorrow, zone).0 + 9 * 3_600_000_000;
            Shape::Once(written(Timestamp(morning), zone))
        }
        // A cron rule is one already; its text is beside the form.
        _ => match shape {
            Shape::Interval(_) | Shape::Once(_) => Shape::Daily { hour, minute },
            of_cron => of_cron.clone(),
        },
    }
}

fn number_ui(
    form: &mut Form,
    ui: &mut Ui,
    (title, help): (&str, &str),
    value: &mut u8,
    (least, most, from): (u8, u8, u8),
    around: &Surroundings,
) {
    let path = around.path(title);
    form.row(ui, &Row::new(&path, title, help).fixed(), |form, ui| {
        let mut number = Some(i64::from(*value));
        let range = i64::from(least)..=i64::from(most);
        form.whole(ui, (&path, title), &mut number, range, (i64::from(from), ""));
        *value = number.and_then(|number| u8::try_from(number).ok()).unwrap_or(*value);
    });
}

fn time_ui(
    form: &mut Form,
    ui: &mut Ui,
    (hour, minute): (&mut u8, &mut u8),
    around: &Surroundings,
) {
    let path = around.path("time");
    form.row(ui, &Row::new(&path, "Time", "By the clock of its time zone.").fixed(), |form, ui| {
        let read_only = form.read_only;
        let show = |(hour, minute): &(u8, u8)| format!("{hour:02}:{minute:02}");
        let next =
            form.typed(ui, &path, &(*hour, *minute), (show, read_time), |ui, id, text, bad| {
                let field = Field::new(text, "Time").hint("06:00").bad(bad).id(id);
                field.read_only(read_only).show(ui)
            });
        if let Some(next) = next {
            (*hour, *minute) = next;
        }
    });
}

fn read_time(text: &str) -> Result<(u8, u8), String> {
    let wrong = || format!("“{}” is not a time such as 06:30", text.trim());
    let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
    match (hour.parse(), minute.parse()) {
        (Ok(hour @ 0..=23), Ok(minute @ 0..=59)) => Ok((hour, minute)),
        _ => Err(wrong()),
    }
}

fn week_ui(form: &mut Form, ui: &mut Ui, days: &mut Vec<u8>, around: &Surroundings) {
    form.row(ui, &Row::new(&around.path("days"), "On", "").fixed(), |form, ui| {
        chips(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let width = Some(((ui.available_width() - 6.0 * 4.0) / 7.0).clamp(34.0, 48.0).floor());
            for (day, name) in WEEK {
                let on = days.contains(&day);
                // The last day stays: a week without days would never start it.
                let enabled = !form.read_only && (!on || days.len() > 1);
                if chip_as_wide(ui, name, on, enabled, width).clicked() {
                    days.retain(|other| *other != day);
                    if !on {
                        days.push(day);
                    }
                    days.sort_unstable();
                }
            }
        });
    });
}

fn month_ui(form: &mut Form, ui: &mut Ui, day: &mut Option<u8>, around: &Surroundings) {
    let help = "Months that do not have this day are left out.";
    form.row(ui, &Row::new(&around.path("day"), "On day", help).fixed(), |form, ui| {
        let names: Vec<String> =
            (1..=31).map(|day: u8| day.to_string()).chain([LAST_DAY.to_owned()]).collect();
        let now = day.map_or(31, |day| usize::from(day.saturating_sub(1)));
        if let Some(chosen) = dropdown(ui, "On day", &names, Some(now))
            && !form.read_only
        {
            *day = u8::try_from(chosen + 1).ok().filter(|day| *day <= 31);
        }
    });
}

fn spacing_ui(form: &mut Form, ui: &mut Ui, span: &mut Span, around: &Surroundings) {
    let path = around.path("every");
    let help =
        "Counted from its first instant where it has one (Not before), whatever the clocks do.";
    form.row(ui, &Row::new(&path, "Every", help).fixed(), |form, ui| {
        let read_only = form.read_only;
        let now = *span;
        let read = |text: &str| {
            let read = read_duration(text)?.ok_or("a time is required")?;
            if read < Ticks::SHORTEST && read != now {
                return Err(format!("{} is the shortest", crate::words::span(Ticks::SHORTEST)));
            }
            Ok(read)
        };
        let show = |span: &Span| crate::words::span(*span);
        let next = form.typed(ui, &path, span, (show, read), |ui, id, text, bad| {
            let field = Field::new(text, "Every").hint("e.g. 90 min").bad(bad).id(id);
            field.read_only(read_only).show(ui)
        });
        if let Some(next) = next {
            *span = next;
        }
    });
}

fn cron_ui(form: &mut Form, ui: &mut Ui, schedule: &mut Schedule, around: &Surroundings) {
    let path = around.path("cron");
    let help = "Minute, hour, day, month and weekday; with six fields the first is the second. Or \
                @daily and the like.";
    let ScheduleRule::Cron(text) = &schedule.rule else { return };
    let now = text.clone();
    form.row(ui, &Row::new(&path, "Cron", help).fixed(), |form, ui| {
        let read_only = form.read_only;
        let read = |text: &str| {
            let text = text.trim();
            let rule = ScheduleRule::Cron(text.to_owned());
            let faults = Ticks::faults(&Schedule { rule, ..schedule.clone() });
            match faults.into_iter().find(|fault| fault.key == "cron" && text != now) {
                Some(fault) => Err(fault.message),
                None => Ok(text.to_owned()),
            }
        };
        let next = form.typed(ui, &path, &now, (String::clone, read), |ui, id, text, bad| {
            let field = Field::new(text, "Cron").hint("0 6 * * 1-5").mono(true).bad(bad).id(id);
            field.read_only(read_only).show(ui)
        });
        if let Some(next) = next {
            schedule.rule = ScheduleRule::Cron(next);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(read_time("06:30"), Ok((6, 30)));
        assert_eq!(read_time(" 7 "), Ok((7, 0)));
        for text in ["24:00", "6:60", "noon", ""] {
            assert!(read_time(text).is_err(), "{text}");
        }
    }
}
