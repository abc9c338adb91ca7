//! What is done with many runs at once: run by run, each as if it were asked for alone, and told in groups.
//!
//! Each is recorded by itself: whoever is killed halfway has done half of it, and asking again does the rest.

use std::collections::HashSet;

use millrace_api::bulk::{
    CancelRuns, Left, RetryRuns, RunsOfState, SelectRuns, SelectedRuns, Steered,
};
use millrace_api::run::Done;
use millrace_api::{ApiError, Code};
use millrace_model::event::{Actor, RunState};
use millrace_model::ids::RunId;
use millrace_store::{Part, StoreError};

use crate::app::App;
use crate::errors::store_error;
use crate::hub::on_store;
use crate::search;

impl App {
    /// The ids of the runs that a query finds.
    ///
    /// # Errors
    /// The query is not understood, or those of the store.
    pub(crate) async fn select(&self, args: SelectRuns) -> Result<SelectedRuns, ApiError> {
        let search = search::of_query(&args.query)?;
        let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let part = Part {
            mark: args.mark,
            skip: size(args.skip),
            limit: args.limit.map_or(usize::MAX - 1, size),
            ..Part::default()
        };
        let found = on_store(&self.store, move |reader| reader.search_ids(&search, &part)).await;
        let found = found.map_err(|error| store_error(&error))?;
        let of_state = |state: RunState| {
            let runs = found.iter().filter(|(_, other)| *other == state).map(|(run, _)| *run);
            RunsOfState { state, runs: runs.collect() }
        };
        let states = RunState::ALL.into_iter().map(of_state);
        Ok(SelectedRuns { states: states.filter(|of| !of.runs.is_empty()).collect() })
    }

    /// Reopens runs.
    ///
    /// # Errors
    /// Only where nothing more can be done at all.
    pub(crate) async fn retry_all(&self, args: RetryRuns) -> Result<Steered, ApiError> {
        let mut steered = Steered::default();
        for run in each_once(args.runs) {
            let refused = match self.state_of(run).await? {
                None => Some(GONE.to_owned()),
                Some(state) if !state.is_final() => Some("still under way".to_owned()),
                Some(RunState::Succeeded) => Some("with nothing to retry".to_owned()),
                Some(_) => why_not(run, self.reopen(run).await)?,
            };
            put(&mut steered, run, refused);
        }
        Ok(steered)
    }

    /// Stops runs.
    ///
    /// # Errors
    /// Only where nothing more can be done at all.
    pub(crate) async fn cancel_all(&self, args: CancelRuns) -> Result<Steered, ApiError> {
        let mut steered = Steered::default();
        for run in each_once(args.runs) {
            let refused = match self.state_of(run).await? {
                None => Some(GONE.to_owned()),
                Some(state) if state.is_final() => Some("over already".to_owned()),
                Some(_) => {
                    let asked = self.engine.cancel(run, Actor::Person, args.kill);
                    match self.steer(run, asked).await {
                        // It ended in between.
                        Err(error) if error.code == Code::WrongState => {
                            Some("over already".to_owned())
                        }
                        answer => why_not(run, answer)?,
                    }
                }
            };
            put(&mut steered, run, refused);
        }
        Ok(steered)
    }

    async fn state_of(&self, run: RunId) -> Result<Option<RunState>, ApiError> {
        match on_store(&self.store, move |reader| reader.run_row(run)).await {
            Ok(row) => Ok(Some(row.state)),
            Err(StoreError::NoRun { .. }) => Ok(None),
            Err(error) => Err(store_error(&error)),
        }
    }
}

const GONE: &str = "not in the history any more";

fn each_once(runs: Vec<RunId>) -> impl Iterator<Item = RunId> {
    let mut seen = HashSet::with_capacity(runs.len());
    runs.into_iter().filter(move |run| seen.insert(*run))
}

/// Why one run was left; an error where it is not about this run alone.
fn why_not(run: RunId, answer: Result<Done, ApiError>) -> Result<Option<String>, ApiError> {
    match answer {
        Ok(_) => Ok(None),
        Err(error) => match error.code {
            Code::Store | Code::ShuttingDown | Code::Internal | Code::Environment => Err(error),
            Code::NotFound => Ok(Some(GONE.to_owned())),
            Code::WrongState => Ok(Some("in a state that does not allow it".to_owned())),
            // The same reason of several runs is told once.
            _ => Ok(Some(format!("left: {}", error.message.replace(&format!("{run}"), "it")))),
        },
    }
}

fn put(steered: &mut Steered, run: RunId, refused: Option<String>) {
    match refused {
        None => steered.done.push(run),
        Some(why) => {
            let left = vec![Left { why, runs: vec![run] }];
            steered.add(Steered { done: Vec::new(), left });
        }
    }
}
