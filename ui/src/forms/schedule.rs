//! The fields of one schedule: its rule as a form and as text, and what else is said of it.

mod next;
mod rule;
mod zone;

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use egui::Ui;
use millrace_model::document::{CatchUp, Param, Schedule, Workflow};
use millrace_model::ident::Ident;
use millrace_model::schedule::Ticks;
use millrace_model::time::Timestamp;

use self::next::next_ui;
use self::rule::rule_ui;
use self::zone::zone_ui;
use super::form::{Form, Row};
use super::given::run_params_ui;
use crate::app::App;
use crate::state::days;
use crate::theme::{self, Palette};
use crate::widgets::{Field, dropdown, wrapped};

/// What the fields need to know of the rest.
pub(super) struct Surroundings {
    index: usize,
    /// The names of all schedules.
    names: Vec<Ident>,
    params: Vec<Param>,
    now: Timestamp,
    /// The zone of this system.
    system: Tz,
}

impl Surroundings {
    /// Of the schedule of this index.
    pub(super) fn of(app: &App, workflow: &Workflow, index: usize) -> Self {
        Self {
            index,
            names: workflow.schedules.iter().map(|schedule| schedule.name.clone()).collect(),
            params: workflow.params.clone(),
            now: app.backend.now(),
            system: app.schedules.zone(),
        }
    }

    /// Where a key of the schedule stands in the document.
    fn path(&self, key: &str) -> String {
        format!("schedules[{}].{key}", self.index)
    }

    /// The zone by whose clock the schedule goes.
    fn zone(&self, schedule: &Schedule) -> Tz {
        let named = schedule.timezone.as_deref().and_then(|name| name.parse().ok());
        named.unwrap_or(self.system)
    }
}

/// Draws them. Gives the schedule's new name, where it got one.
pub(super) fn fields_ui(
    form: &mut Form,
    ui: &mut Ui,
    schedule: &mut Schedule,
    around: &Surroundings,
) -> Option<Ident> {
    let before = schedule.clone();
    rule_ui(form, ui, schedule, around);
    if let Ok(ticks) = Ticks::of(schedule, around.system) {
        wrapped(ui, &ticks.words(), theme::sans(theme::BODY), Palette::of(ui).text);
        next_ui(ui, &ticks, around.now);
    }
    let renamed = name_ui(form, ui, schedule, around);
    zone_ui(form, ui, schedule, around);
    missed_ui(form, ui, schedule, around);
    bounds_ui(form, ui, schedule, around);
    run_params_ui(form, ui, &around.path("params"), &around.params, &mut schedule.params);
    if *schedule != before {
        form.edited("schedules");
    }
    renamed
}

fn name_ui(
    form: &mut Form,
    ui: &mut Ui,
    schedule: &mut Schedule,
    around: &Surroundings,
) -> Option<Ident> {
    let key = around.path("name");
    let help = "Its runs are listed under this name. What was missed or moved stays with the name.";
    let mut renamed = None;
    form.row(ui, &Row::new(&key, "Name", help).fixed(), |form, ui| {
        let is_taken = |name: &Ident| around.names.contains(name);
        renamed = form.renamed(ui, &key, &schedule.name, is_taken);
    });
    if let Some(name) = &renamed {
        schedule.name = name.clone();
    }
    renamed
}

const CATCH_UPS: [(CatchUp, &str); 3] = [
    (CatchUp::Latest, "One run for the newest"),
    (CatchUp::All, "A run for each, at most 100"),
    (CatchUp::None, "No run"),
];

fn missed_ui(form: &mut Form, ui: &mut Ui, schedule: &mut Schedule, around: &Surroundings) {
    let key = around.path("catch_up");
    let help = "What becomes of times that passed while the machine was off or asleep.";
    let row = Row::new(&key, "Times that were missed", help);
    let is_set = schedule.catch_up != CatchUp::default();
    let reset = form.row(ui, &row.set(is_set), |form, ui| {
        let words = CATCH_UPS.map(|(_, words)| words.to_owned());
        let now = CATCH_UPS.iter().position(|(catch_up, _)| *catch_up == schedule.catch_up);
        if let Some(index) = dropdown(ui, "Times that were missed", &words, now)
            && !form.read_only
        {
            schedule.catch_up = CATCH_UPS[index].0;
        }
    });
    if reset {
        schedule.catch_up = CatchUp::default();
    }
    let key = around.path("jitter");
    let help =
        "Each run starts late by a random time up to this, so that many do not start at once.";
    let row = Row::new(&key, "Spread", help).set(schedule.jitter.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        form.duration(ui, &key, "Spread", &mut schedule.jitter, "none");
    });
    if reset {
        schedule.jitter = None;
    }
}

fn bounds_ui(form: &mut Form, ui: &mut Ui, schedule: &mut Schedule, around: &Surroundings) {
    let zone = around.zone(schedule);
    ui.columns(2, |columns| {
        let (first, second) = columns.split_at_mut(1);
        let ends = [
            (&mut first[0], "start", "Not before", &mut schedule.start),
            (&mut second[0], "end", "Not after", &mut schedule.end),
        ];
        for (ui, key, title, value) in ends {
            let path = around.path(key);
            let help =
                "An instant. What is written without an offset is read by the schedule's clock.";
            let row = Row::new(&path, title, help).set(value.is_some());
            let reset = form.row(ui, &row, |form, ui| {
                instant_ui(form, ui, (&path, title, "no limit"), value, zone);
            });
            if reset {
                *value = None;
            }
        }
    });
}

/// An instant as documents write it; what has no offset is read by the clock of `zone`. An empty field is none.
fn instant_ui(
    form: &mut Form,
    ui: &mut Ui,
    (path, name, hint): (&str, &str, &str),
    value: &mut Option<String>,
    zone: Tz,
) {
    let read_only = form.read_only;
    let now = value.clone();
    let show = |value: &Option<String>| {
        value.as_deref().map(|text| shown_instant(text, zone)).unwrap_or_default()
    };
    let read = |text: &str| match text.trim() {
        "" => Ok(None),
        // What is wrong with what the document has is said by its check.
        same if now.as_deref() == Some(same) => Ok(now.clone()),
        text => read_instant(text, zone).map(Some),
    };
    let next = form.typed(ui, path, value, (show, read), |ui, id, text, bad| {
        let field = Field::new(text, name).hint(hint).bad(bad).id(id);
        field.read_only(read_only).show(ui)
    });
    if let Some(next) = next {
        *value = next;
    }
}

fn read_instant(text: &str, zone: Tz) -> Result<String, String> {
    if chrono::DateTime::parse_from_rfc3339(text).is_ok() {
        return Ok(text.to_owned());
    }
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M"];
    let mut shown = forms.iter().filter_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    match shown.next() {
        Some(shown) => Ok(written(days::instant(shown, zone), zone)),
        None => Err(format!("“{text}” is not a time such as 2026-12-24 18:00")),
    }
}

/// An instant as a clock shows it, where it was written by that clock; else as it is written.
fn shown_instant(text: &str, zone: Tz) -> String {
    let at = chrono::DateTime::parse_from_rfc3339(text).ok();
    let short = at.map(|at| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string());
    let is_same = |short: &String| read_instant(short, zone).as_deref() == Ok(text);
    short.filter(is_same).unwrap_or_else(|| text.to_owned())
}

/// An instant as documents write it, by the clock of `zone`.
fn written(at: Timestamp, zone: Tz) -> String {
    let utc = chrono::DateTime::from_timestamp_micros(at.0).unwrap_or_default();
    utc.with_timezone(&zone).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_by_the_clock_of_the_schedule() {
        let zone = Tz::Europe__Berlin;
        let read = |text: &str| read_instant(text, zone);
        assert_eq!(read("2026-12-24 18:00").unwrap(), "2026-12-24T18:00:00+01:00");
        assert_eq!(read("2026-07-24T18:00").unwrap(), "2026-07-24T18:00:00+02:00");
        assert_eq!(read("2026-12-24T18:00:00Z").unwrap(), "2026-12-24T18:00:00Z");
        assert!(read("tonight").unwrap_err().contains("such as"));
        let shown = |text: &str| shown_instant(text, zone);
        assert_eq!(shown("2026-12-24T18:00:00+01:00"), "2026-12-24 18:00");
        for kept in ["2026-12-24T18:00:00Z", "2026-12-24T18:00:01+01:00", "soon"] {
            assert_eq!(shown(kept), kept);
        }
    }
}
