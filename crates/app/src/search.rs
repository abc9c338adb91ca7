//! What people ask for in the words of a query, as the store looks it up: times of this machine's clock, lists of states.

use jiff::tz::TimeZone;

use millrace_api::run::ListRuns;
use millrace_api::{ApiError, Code};
use millrace_model::event::{RunState, TriggerKind};
use millrace_model::run_query::{Filter, RunQuery, When};
use millrace_model::time::Timestamp;
use millrace_store::{Condition, RunSearch};

/// What a list of runs is to have.
///
/// # Errors
/// `BadQuery` where the query is not understood.
pub(crate) fn of_list(request: &ListRuns) -> Result<RunSearch, ApiError> {
    let mut search = of_query(&request.query)?;
    if let Some(name) = &request.workflow {
        let both = search.workflows.get_or_insert_with(|| vec![name.clone()]);
        both.retain(|pattern| millrace_model::run_query::is_like(pattern, name));
        if !both.is_empty() {
            *both = vec![name.clone()];
        }
    }
    if !request.states.is_empty() {
        let both = search.states.get_or_insert_with(|| request.states.clone());
        both.retain(|state| request.states.contains(state));
    }
    search.since = search.since.max(request.since);
    Ok(search)
}

/// What a query asks for.
///
/// # Errors
/// `BadQuery` where it is not understood.
pub(crate) fn of_query(text: &str) -> Result<RunSearch, ApiError> {
    let query = RunQuery::read(text)
        .map_err(|problem| ApiError::new(Code::BadQuery, problem.message).help(problem.help))?;
    looked_up(&query, jiff::Timestamp::now(), &TimeZone::system())
}

fn looked_up(
    query: &RunQuery,
    now: jiff::Timestamp,
    zone: &TimeZone,
) -> Result<RunSearch, ApiError> {
    let mut search = RunSearch::default();
    let mut not_states: Vec<RunState> = Vec::new();
    let mut not_triggers: Vec<TriggerKind> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    for term in &query.terms {
        match (&term.filter, term.negated) {
            (Filter::State(states), false) => {
                search.states.get_or_insert_default().extend(states);
            }
            (Filter::State(states), true) => not_states.extend(states),
            (Filter::Trigger(kinds), false) => {
                search.triggers.get_or_insert_default().extend(kinds);
            }
            (Filter::Trigger(kinds), true) => not_triggers.extend(kinds),
            (Filter::Workflow(names), false) => {
                search.workflows.get_or_insert_default().extend(names.iter().cloned());
            }
            (Filter::Workflow(names), true) => search.not_workflows.extend(names.iter().cloned()),
            (Filter::Id(prefixes), false) => ids.extend(prefixes.iter().cloned()),
            (Filter::Since(when), _) => {
                search.since = search.since.max(Some(instant(*when, false, now, zone)?));
            }
            (Filter::Until(when), _) => {
                let until = instant(*when, true, now, zone)?;
                search.until = Some(search.until.map_or(until, |known| known.min(until)));
            }
            (Filter::Task(names), not) => {
                search.conditions.push((not, Condition::Task(names.clone())));
            }
            (Filter::Failed(names), not) => {
                search.conditions.push((not, Condition::Failed(names.clone())));
            }
            (Filter::Text(texts), not) => {
                search.conditions.push((not, Condition::Text(texts.clone())));
            }
            (Filter::Id(prefixes), true) => {
                search.conditions.push((true, Condition::Id(prefixes.clone())));
            }
            (Filter::Took(bound, span), not) => {
                search.conditions.push((not, Condition::Took(*bound, *span)));
            }
        }
    }
    if !ids.is_empty() {
        search.conditions.push((false, Condition::Id(ids)));
    }
    if !not_states.is_empty() {
        let states = search.states.get_or_insert_with(|| RunState::ALL.to_vec());
        states.retain(|state| !not_states.contains(state));
    }
    if !not_triggers.is_empty() {
        let kinds = search.triggers.get_or_insert_with(|| TriggerKind::ALL.to_vec());
        kinds.retain(|kind| !not_triggers.contains(kind));
    }
    Ok(search)
}

fn instant(
    when: When,
    end: bool,
    now: jiff::Timestamp,
    zone: &TimeZone,
) -> Result<Timestamp, ApiError> {
    let today = now.to_zoned_datetime(zone.clone()).date();
    let today = format!("{today}").parse();
    let here = Timestamp(now.as_microsecond());
    let shown = |clock: &dyn std::fmt::Display| -> Option<Timestamp> {
        let civil: jiff::civil::DateTime = clock.to_string().parse().ok()?;
        let instant = civil.to_zoned_datetime(zone.clone()).ok()?.timestamp();
        Some(Timestamp(instant.as_microsecond()))
    };
    let at = today
        .ok()
        .and_then(|today| when.instant(end, (here, today), |clock| shown(&clock.format("%FT%T"))));
    at.ok_or_else(|| {
        let message = format!("no clock here ever shows `{when}`");
        ApiError::new(Code::BadQuery, message).help("write another time")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(text: &str) -> RunSearch {
        let query = RunQuery::read(text).unwrap();
        let now: jiff::Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        looked_up(&query, now, &TimeZone::fixed(jiff::tz::offset(1))).unwrap()
    }

    fn at(text: &str) -> Option<Timestamp> {
        Some(Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond()))
    }

    #[test]
    fn a_key_of_which_a_run_has_one_value_means_or() {
        let found =
            search("state:failed state:queued,failed -state:queued workflow:a workflow:b_*");
        assert_eq!(found.states, Some(vec![RunState::Failed, RunState::Failed]));
        assert_eq!(found.workflows, Some(vec!["a".to_owned(), "b_*".to_owned()]));
        let found = search("-trigger:manual,parent task:a -task:b x id:8f id:9");
        let kinds =
            [TriggerKind::Schedule, TriggerKind::Event, TriggerKind::Api, TriggerKind::Backfill];
        assert_eq!(found.triggers, Some(kinds.to_vec()));
        let one = |text: &str| vec![text.to_owned()];
        assert_eq!(
            found.conditions,
            [
                (false, Condition::Task(one("a"))),
                (true, Condition::Task(one("b"))),
                (false, Condition::Text(one("x"))),
                (false, Condition::Id(vec!["8f".to_owned(), "9".to_owned()])),
            ]
        );
    }

    #[test]
    fn times_are_those_of_the_clock_here() {
        let found = search("since:yesterday until:yesterday");
        assert_eq!(found.since, at("2026-11-21T23:00:00Z"));
        assert_eq!(found.until, at("2026-11-22T23:00:00Z"));
        let found = search("since:2d since:6h until:1h until:2026-11-23");
        assert_eq!(
            (found.since, found.until),
            (at("2026-11-23T06:00:00Z"), at("2026-11-23T11:00:00Z"))
        );
        let found = search("since:2026-11-20T06:30 until:2026-11-20T06:30:00Z");
        assert_eq!(
            (found.since, found.until),
            (at("2026-11-20T05:30:00Z"), at("2026-11-20T06:30:00Z"))
        );
    }

    #[test]
    fn a_request_narrows_its_query() {
        let of = |query: &str| {
            let request = ListRuns {
                query: query.to_owned(),
                workflow: Some("daily_sales".to_owned()),
                states: vec![RunState::Failed],
                ..ListRuns::default()
            };
            let search = of_list(&request).unwrap();
            (search.workflows.unwrap(), search.states.unwrap())
        };
        let daily = vec!["daily_sales".to_owned()];
        assert_eq!(of(""), (daily.clone(), vec![RunState::Failed]));
        assert_eq!(of("workflow:daily_* state:failed,queued"), (daily, vec![RunState::Failed]));
        assert_eq!(of("workflow:other state:queued"), (vec![], vec![]));
        let error = of_query("state:faild").unwrap_err();
        assert_eq!((error.code, error.help.is_some()), (Code::BadQuery, true));
    }
}
