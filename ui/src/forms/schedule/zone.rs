//! The time zone by whose clock a schedule goes, with completion from all that there are.

use std::ops::Range;

use chrono_tz::Tz;
use egui::Ui;
use millrace_model::document::Schedule;
use millrace_model::schedule::Ticks;
use millrace_model::time::Timestamp;

use super::super::form::{Form, Row};
use super::Surroundings;
use crate::state::days;
use crate::widgets::{Completion, ExprHelp, Field, Preview, Suggestion};

/// More are found by typing more.
const MOST: usize = 40;

/// Draws the field.
pub(super) fn zone_ui(
    form: &mut Form,
    ui: &mut Ui,
    schedule: &mut Schedule,
    around: &Surroundings,
) {
    let path = around.path("timezone");
    let help = "The clock that its times are read by. Without one it is the clock of the machine \
                that runs it.";
    let row = Row::new(&path, "Time zone", help).set(schedule.timezone.is_some());
    let hint = format!("the system's ({})", around.system.name());
    let reset = form.row(ui, &row, |form, ui| {
        let read_only = form.read_only;
        let now = schedule.timezone.clone();
        let show = |zone: &Option<String>| zone.clone().unwrap_or_default();
        let read = |text: &str| {
            let zone = Some(text.trim().to_owned()).filter(|zone| !zone.is_empty());
            let faults = Ticks::faults(&Schedule { timezone: zone.clone(), ..schedule.clone() });
            match faults.into_iter().find(|fault| fault.key == "timezone" && zone != now) {
                Some(fault) => Err(fault.message),
                None => Ok(zone),
            }
        };
        let zones = Zones { now: around.now };
        let next = form.typed(ui, &path, &now, (show, read), |ui, id, text, bad| {
            let field = Field::new(text, "Time zone").hint(&hint).bad(bad).id(id);
            field.help(Some(&zones)).read_only(read_only).show(ui)
        });
        if let Some(next) = next {
            schedule.timezone = next;
        }
    });
    if reset {
        schedule.timezone = None;
    }
}

/// Completes names of zones.
struct Zones {
    now: Timestamp,
}

impl ExprHelp for Zones {
    fn complete(&self, text: &str, _cursor: usize, asked: bool) -> Option<Completion> {
        let wanted = text.trim().to_lowercase().replace(' ', "_");
        if wanted.is_empty() && !asked {
            return None;
        }
        let mut found: Vec<(bool, Tz)> = chrono_tz::TZ_VARIANTS
            .iter()
            .filter_map(|zone| {
                let name = zone.name().to_lowercase();
                let at = name.find(&wanted)?;
                // The beginning of a continent or of a city says more than the middle of a word.
                let is_start = at == 0 || name.as_bytes().get(at - 1) == Some(&b'/');
                Some((!is_start, *zone))
            })
            .collect();
        found.sort_by_key(|(is_middle, zone)| (*is_middle, zone.name()));
        if found.iter().any(|(_, zone)| zone.name() == text) {
            return None;
        }
        found.truncate(MOST);
        let names = found.into_iter().map(|(_, zone)| {
            let clock = days::local(self.now, zone).format("%H:%M").to_string();
            Suggestion { text: zone.name().to_owned(), aside: clock }
        });
        Some(Completion { range: 0..text.chars().count(), names: names.collect() })
    }

    fn preview(&self, _text: &str) -> Preview {
        Preview::Plain
    }

    fn expressions(&self, _text: &str) -> Vec<Range<usize>> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_by_their_city() {
        let zones = Zones { now: Timestamp(1_795_410_004_000_000) };
        let found = |text: &str| {
            let names = zones.complete(text, 0, false).map(|found| found.names);
            names.unwrap_or_default().into_iter().map(|it| it.text).collect::<Vec<_>>()
        };
        assert_eq!(found("berlin"), ["Europe/Berlin"]);
        assert_eq!(found("new y"), ["America/New_York"]);
        assert!(found("").is_empty());
        assert!(found("Europe/Berlin").is_empty(), "it is there already");
        assert_eq!(found("e").len(), MOST);
    }
}
