//! Another time for a single tick, as it is typed.

use chrono::{NaiveDateTime, Timelike};
use chrono_tz::Tz;
use millrace_model::time::Timestamp;

use crate::state::{Moving, days};

const FORMAT: &str = "%Y-%m-%d %H:%M";

/// The sheet that asks for another time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MoveForm {
    /// Which tick.
    pub(crate) tick: Moving,
    /// What stands in the field.
    pub(crate) text: String,
    /// The zone by whose clock that is read.
    pub(crate) zone: Tz,
    /// It was drawn once: the field has the keyboard.
    pub(crate) was_shown: bool,
}

impl MoveForm {
    pub(super) fn new(tick: Moving, zone: Tz) -> Self {
        let at = days::local(tick.at, zone);
        let text = at.with_second(0).unwrap_or(at).format(FORMAT).to_string();
        Self { tick, text, zone, was_shown: false }
    }

    /// The time that was typed.
    ///
    /// # Errors
    /// Why it is none, or cannot be taken.
    pub(crate) fn to(&self, now: Timestamp) -> Result<Timestamp, String> {
        let text = self.text.trim();
        let Ok(shown) = NaiveDateTime::parse_from_str(text, FORMAT) else {
            return Err(format!("“{text}” is not a time such as 2026-11-23 06:00"));
        };
        let at = days::instant(shown, self.zone);
        if at <= now {
            return Err("this time is past; choose one that is to come".to_owned());
        }
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::ident::Ident;

    #[test]
    fn a_time_is_read_by_the_clock_and_must_be_to_come() {
        // 2026-11-23T05:00:04Z
        let now = Timestamp(1_795_410_004_000_000);
        let tick = Moving {
            path: "/a.json".to_owned(),
            schedule: Ident::new("nightly").unwrap(),
            title: "A".to_owned(),
            tick: now,
            at: now,
            was: millrace_api::schedule::MoveTo::Back,
        };
        let mut form = MoveForm::new(tick, Tz::Europe__Berlin);
        assert_eq!(form.text, "2026-11-23 06:00");
        assert!(form.to(now).unwrap_err().contains("past"));
        form.text = " 2026-11-24 07:30".to_owned();
        assert_eq!(form.to(now).unwrap().0, now.0 + (25 * 3_600 + 30 * 60 - 4) * 1_000_000);
        form.text = "tomorrow".to_owned();
        assert!(form.to(now).unwrap_err().contains("such as"));
    }
}
