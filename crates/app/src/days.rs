//! How a workflow fared from day to day, by the calendar of this machine.

use jiff::tz::TimeZone;

use millrace_api::days::{DayFared, DaysFared, MAX_DAYS, WorkflowDays};
use millrace_api::{ApiError, Code};
use millrace_model::time::{Day, Timestamp};
use millrace_store::{DayTally, Reader, RunFilter, StoreError, WorkflowKey};

/// The days that were asked for. Blocks on the store.
pub(crate) fn read(
    reader: &Reader,
    asked: &WorkflowDays,
    now: jiff::Timestamp,
    zone: &TimeZone,
) -> Result<Result<DaysFared, ApiError>, StoreError> {
    if let Err(error) = check(asked) {
        return Ok(Err(error));
    }
    let key = match asked.workflow_id {
        Some(id) => WorkflowKey::Id(id),
        None => WorkflowKey::Name(asked.workflow.clone()),
    };
    if reader.workflow(&key)?.is_empty() {
        let message = format!("the history has no workflow `{}`", asked.workflow);
        let help = "the names of those that have run stand in `millrace runs`";
        return Ok(Err(ApiError::new(Code::NotFound, message).help(help)));
    }
    let filter = RunFilter { workflow: Some(key.clone()), ..RunFilter::default() };
    let newest = reader.list_runs(&filter, None, 1)?;
    let days = days(asked.from, asked.until);
    let tallies = reader.workflow_days(&key, &bounds(&days, zone))?;
    let fared = tallies.into_iter().filter_map(|(at, tally)| Some(fared(*days.get(at)?, &tally)));
    Ok(Ok(DaysFared {
        title: newest.into_iter().next().and_then(|row| row.title),
        today: day_of(now, zone).unwrap_or_default(),
        oldest: reader
            .oldest_run(&key)?
            .and_then(|at| day_of(jiff::Timestamp::from_microsecond(at.0).ok()?, zone)),
        days: fared.collect(),
    }))
}

fn check(asked: &WorkflowDays) -> Result<(), ApiError> {
    let count = asked.until.days_since(asked.from) + 1;
    if count < 1 {
        let message = format!("{} comes before {}", asked.until, asked.from);
        let help = "give the earlier day first";
        return Err(ApiError::new(Code::InvalidRequest, message).help(help));
    }
    if count > MAX_DAYS {
        let message = format!("{count} days from {} on are too many", asked.from);
        let help = format!("ask for at most {MAX_DAYS} days at a time");
        return Err(ApiError::new(Code::InvalidRequest, message).help(help));
    }
    Ok(())
}

/// From the first to the last.
fn days(from: Day, until: Day) -> Vec<Day> {
    std::iter::successors(Some(from), |day| day.next()).take_while(|day| *day <= until).collect()
}

/// Where the days begin, and where the last one ends. A day that the clocks make longer or shorter is as long as it is.
fn bounds(days: &[Day], zone: &TimeZone) -> Vec<Timestamp> {
    let begin = |day: Day| {
        let date: jiff::civil::Date = day.to_string().parse().ok()?;
        let at = date.to_datetime(jiff::civil::Time::midnight()).to_zoned_datetime(zone.clone());
        Some(Timestamp(at.ok()?.timestamp().as_microsecond()))
    };
    let end = days.last().and_then(|last| last.next());
    let mut bounds: Vec<Timestamp> = Vec::with_capacity(days.len() + 1);
    for day in days.iter().copied().chain(end) {
        // What no clock can show is not later than the day before it.
        let before = bounds.last().copied().unwrap_or(Timestamp(i64::MIN));
        bounds.push(begin(day).unwrap_or(before).max(before));
    }
    if end.is_none() {
        bounds.push(Timestamp(i64::MAX));
    }
    bounds
}

fn day_of(at: jiff::Timestamp, zone: &TimeZone) -> Option<Day> {
    Day::read(&at.to_zoned_datetime(zone.clone()).date().to_string())
}

fn fared(day: Day, tally: &DayTally) -> DayFared {
    DayFared {
        day,
        succeeded: tally.succeeded,
        failed: tally.failed,
        canceled: tally.canceled,
        under_way: tally.under_way,
        median_us: tally.median.map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
        first_failed: tally.first_failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::read(text).unwrap()
    }

    #[test]
    fn a_day_is_as_long_as_its_clock_says() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let hours = |from, until| {
            let days = days(day(from), day(until));
            let bounds = bounds(&days, &zone);
            bounds
                .windows(2)
                .map(|pair| (pair[1].0 - pair[0].0) / 3_600_000_000)
                .collect::<Vec<_>>()
        };
        assert_eq!(hours("2026-03-28", "2026-03-30"), [24, 23, 24]);
        assert_eq!(hours("2026-10-24", "2026-10-26"), [24, 25, 24]);
        // Samoa left out 30 December 2011.
        let zone = TimeZone::get("Pacific/Apia").unwrap();
        let bounds = bounds(&days(day("2011-12-29"), day("2011-12-31")), &zone);
        let lengths: Vec<i64> = bounds.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert_eq!(lengths.iter().sum::<i64>(), 48 * 3_600_000_000, "{lengths:?}");
        assert!(lengths.iter().all(|length| *length >= 0));
    }

    #[test]
    fn the_last_day_of_all_has_an_end() {
        let zone = TimeZone::UTC;
        let bounds = bounds(&days(day("9999-12-30"), day("9999-12-31")), &zone);
        assert_eq!((bounds.len(), bounds[2]), (3, Timestamp(i64::MAX)));
        assert!(bounds.is_sorted());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let asked = |from, until| WorkflowDays {
            workflow: "w".to_owned(),
            workflow_id: None,
            from: day(from),
            until: day(until),
        };
        assert_eq!(check(&asked("2026-01-01", "2026-01-01")), Ok(()));
        assert_eq!(check(&asked("2020-01-01", "2029-12-31")), Ok(()));
        let error = check(&asked("2026-01-02", "2026-01-01")).unwrap_err();
        assert_eq!(error.message, "2026-01-01 comes before 2026-01-02");
        let error = check(&asked("1970-01-01", "9999-12-31")).unwrap_err();
        assert_eq!(error.code, Code::InvalidRequest);
    }
}
