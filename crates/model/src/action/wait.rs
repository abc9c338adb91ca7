//! Waits: for an instant, for a person, or for something outside. None of them takes a place.
//!
//! What a wait is for is settled once, when it begins, and recorded; who counts the time is not known here.

use super::approval::Approval;
use super::condition::Condition;
use crate::event::{WaitFor, Waits};
use crate::expr::{References, Scope};
use crate::template::Template;
use crate::time::{Span, Timestamp};
use crate::time_text;

/// A wait, its values not yet put in.
#[derive(Debug, Clone, PartialEq)]
pub enum Wait {
    /// For an instant.
    Delay(Delay),
    /// For the answer of a person.
    Approval(Approval),
    /// For something outside.
    Condition(Condition),
}

/// Until when a task waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delay {
    /// So long from its start.
    For(Template),
    /// Until this instant.
    Until(Template),
}

impl Wait {
    /// What its templates and expressions read.
    #[must_use]
    pub fn references(&self) -> References {
        let mut all = References::default();
        match self {
            Self::Delay(Delay::For(text) | Delay::Until(text)) => all.merge(text.references(), 0),
            Self::Approval(approval) => all.merge(approval.message.references(), 0),
            Self::Condition(condition) => all.merge(&condition.references(), 0),
        }
        all
    }

    /// What it waits for, beginning at `from`, with its values put in.
    ///
    /// # Errors
    /// A text has no value, or one that is no time.
    pub fn begin(&self, scope: &Scope, from: Timestamp) -> Result<Waits, String> {
        match self {
            Self::Delay(delay) => {
                Ok(Waits { wait: WaitFor::Time, until: Some(delay.end(scope, from)?) })
            }
            Self::Condition(condition) => {
                let what = condition.resolve(scope)?.to_string();
                Ok(Waits { wait: WaitFor::Outside { what }, until: None })
            }
            Self::Approval(approval) => Ok(Waits { wait: approval.begin(scope)?, until: None }),
        }
    }
}

impl Delay {
    /// The instant at which it ends.
    ///
    /// # Errors
    /// The text has no value, or one that is neither a duration nor an instant.
    pub fn end(&self, scope: &Scope, from: Timestamp) -> Result<Timestamp, String> {
        let render = |field: &str, text: &Template| {
            text.render(scope).map_err(|error| format!("`{field}`: {error}"))
        };
        match self {
            Self::For(text) => {
                let value = render("duration", text)?;
                let span: Span =
                    value.trim().parse().map_err(|error| format!("`duration`: {error}"))?;
                Ok(from.plus(span.to_std()))
            }
            Self::Until(text) => {
                let value = render("until", text)?;
                instant(&value).map_err(|message| format!("`until`: {message}"))
            }
        }
    }
}

/// Reads an instant.
///
/// # Errors
/// The text is none.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    let read = time_text::datetime(text.trim());
    read.map(|at| Timestamp(at.timestamp_micros())).ok_or_else(|| {
        format!("`{text:.64}` is not an instant such as 2026-11-23T06:00:00Z or 2026-11-23T07:00:00+01:00")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(delay: fn(Template) -> Delay, text: &str) -> Result<i64, String> {
        let scope = Scope {
            params: std::sync::Arc::new(
                serde_json::json!({"pause": "1m", "at": "1970-01-01T00:01:00Z"})
                    .as_object()
                    .unwrap()
                    .clone(),
            ),
            ..Scope::default()
        };
        delay(Template::parse(text).unwrap()).end(&scope, Timestamp(5)).map(|at| at.0)
    }

    #[test]
    fn durations_count_from_the_start_and_instants_do_not() {
        assert_eq!(end(Delay::For, "${params.pause}"), Ok(60_000_005));
        assert_eq!(end(Delay::For, "0s"), Ok(5));
        assert_eq!(end(Delay::Until, "${params.at}"), Ok(60_000_000));
        assert_eq!(end(Delay::Until, "1970-01-01T01:01:00+01:00"), Ok(60_000_000));
    }

    #[test]
    fn what_is_no_time_is_told() {
        let told = |result: Result<i64, String>| result.unwrap_err();
        assert!(told(end(Delay::For, "soon")).contains("`duration`: `soon` is not a duration"));
        assert!(
            told(end(Delay::Until, "tomorrow")).contains("`until`: `tomorrow` is not an instant")
        );
        assert!(told(end(Delay::Until, "${params.nothing}")).contains("nothing"));
    }
}
