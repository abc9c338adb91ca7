//! What fires, fired and did not fire, as clients see it.

use std::collections::HashMap;
use std::sync::Arc;

use millrace_api::ApiError;
use millrace_api::inbox::{InboxSkip, Untrusted};
use millrace_api::schedule::{
    FireRow, FireState, Fires, Held, LastFire, ListFires, ListSchedules, ScheduleList, ScheduleRow,
    StarterKind,
};
use millrace_engine::planner::{self, MovedTick};
use millrace_model::event::TriggerKind;
use millrace_model::ids::WorkflowId;
use millrace_model::time::Timestamp;
use millrace_store::{MoveRow, Reader, RunRow, SkipReason, SkipRow, StarterKey, StoreError};

use super::sources::system_zone;
use super::standing::{Clock, Starter, Workflow, seed};
use super::turn::moved;
use crate::app::App;
use crate::errors::store_error;
use crate::hub::on_store;

/// The most that one reply lists.
const MOST: usize = 5_000;
/// The most ticks of one schedule in it.
const MOST_OF_ONE: usize = 1_000;

impl App {
    /// The schedules and triggers of this home, or of one document.
    ///
    /// # Errors
    /// Where the document is not there; those of the store.
    pub(crate) async fn starters(&self, args: ListSchedules) -> Result<ScheduleList, ApiError> {
        let workflows = self.of_source(args.source.as_ref()).await?;
        let now = self.clock.now();
        let read = move |reader: &Reader| {
            let known = Known::read(reader)?;
            let mut rows = Vec::new();
            for workflow in &workflows {
                for starter in &workflow.starters {
                    rows.push(row(reader, workflow, starter, &known, now)?);
                }
            }
            Ok(rows)
        };
        let mut schedules =
            on_store(&self.store, read).await.map_err(|error| store_error(&error))?;
        schedules
            .sort_by(|a, b| (&a.workflow, &a.path, &a.name).cmp(&(&b.workflow, &b.path, &b.name)));
        Ok(ScheduleList { schedules, timezone: system_zone().name().to_owned(), now })
    }

    /// What fires, fired and did not fire between two instants.
    ///
    /// # Errors
    /// As [`App::starters`].
    pub(crate) async fn fires(&self, args: ListFires) -> Result<Fires, ApiError> {
        let only = args.source.is_some();
        let workflows = self.of_source(args.source.as_ref()).await?;
        let now = self.clock.now();
        let read = move |reader: &Reader| {
            let known = Known::read(reader)?;
            let mut fires = Vec::new();
            let mut is_cut = false;
            let ids = by_id(&workflows);
            let wanted =
                |id: Option<WorkflowId>| !only || id.is_some_and(|id| ids.contains_key(&id));
            let runs = reader.fired(args.from, args.to, MOST)?;
            is_cut |= runs.len() == MOST;
            let runs = runs.into_iter().filter(|run| wanted(run.workflow_id));
            fires.extend(runs.filter_map(|run| of_run(run, &ids)));
            let skips = reader.skips(args.from, args.to, MOST)?;
            is_cut |= skips.len() == MOST;
            let skips = skips.into_iter().filter(|it| wanted(Some(it.workflow_id)));
            fires.extend(skips.map(|skip| of_skip(skip, &ids)));
            for workflow in &workflows {
                for starter in &workflow.starters {
                    let Some(clock) = &starter.clock else { continue };
                    let moved = known.moved(workflow, starter);
                    let standing = known.standing(workflow, starter, clock, &moved);
                    let span = (args.from.max(now), args.to);
                    let before = fires.len();
                    coming(workflow, starter, standing, (now, span), &mut fires);
                    is_cut |= fires.len() - before >= MOST_OF_ONE;
                }
            }
            fires.sort_by(|a, b| (a.at, &a.workflow, &a.name).cmp(&(b.at, &b.workflow, &b.name)));
            is_cut |= fires.len() > MOST;
            fires.truncate(MOST);
            Ok(Fires { fires, is_cut })
        };
        on_store(&self.store, read).await.map_err(|error| store_error(&error))
    }

    async fn of_source(
        &self,
        source: Option<&millrace_api::document::Source>,
    ) -> Result<Vec<Arc<Workflow>>, ApiError> {
        let path = match source {
            Some(source) => {
                let path = self.place_of(source).await?;
                // It may have been written a moment ago.
                self.schedules.touch();
                Some(path)
            }
            None => None,
        };
        self.schedules.known().await;
        let standing = self.schedules.standing();
        Ok(match path {
            Some(path) => standing.at(&path).cloned().into_iter().collect(),
            None => standing.all().cloned().collect(),
        })
    }
}

impl super::Schedules {
    /// The documents that would start runs were they trusted.
    pub(crate) async fn untrusted(&self) -> Vec<Untrusted> {
        self.known().await;
        let standing = self.standing();
        let held = standing.all().filter(|it| it.held == Some(Held::Untrusted));
        let untrusted = held.map(|workflow| Untrusted {
            workflow: workflow.name.clone(),
            title: workflow.title.clone(),
            path: workflow.path.display().to_string(),
            starters: workflow.starters.iter().map(|it| it.words.clone()).collect(),
        });
        untrusted.collect()
    }

    /// What did not start, as the inbox has it.
    pub(crate) fn not_started(&self, skips: Vec<SkipRow>) -> Vec<InboxSkip> {
        let known = by_id(self.standing().all());
        let shown = skips.into_iter().map(|skip| InboxSkip {
            skip: skip.skip,
            decided: skip.what.decided,
            fire: of_skip(skip, &known),
        });
        shown.collect()
    }
}

fn row(
    reader: &Reader,
    workflow: &Workflow,
    starter: &Starter,
    known: &Known,
    now: Timestamp,
) -> Result<ScheduleRow, StoreError> {
    let is_awake = starter.is_on && workflow.held.is_none();
    let moved = known.moved(workflow, starter);
    let next = starter.clock.as_ref().filter(|_| is_awake);
    let next =
        next.and_then(|clock| next_of(known.standing(workflow, starter, clock, &moved), now));
    let last = reader.last_fired(workflow.id, &starter.key)?;
    Ok(ScheduleRow {
        workflow_id: workflow.id,
        workflow: workflow.name.clone(),
        title: workflow.title.clone(),
        path: workflow.path.display().to_string(),
        kind: match starter.key.kind {
            millrace_store::StarterKind::Schedule => StarterKind::Schedule,
            millrace_store::StarterKind::Trigger => StarterKind::Trigger,
        },
        name: starter.key.name.clone(),
        words: starter.words.clone(),
        timezone: starter.clock.as_ref().map(|clock| clock.ticks.zone().name().to_owned()),
        is_on: starter.is_on,
        held: workflow.held.clone(),
        next,
        last: last.map(|run| LastFire { tick: run.logical_time, run: run.run, state: run.state }),
    })
}

/// What the store has of all schedules.
struct Known {
    watermarks: HashMap<(WorkflowId, StarterKey), Timestamp>,
    moves: Vec<MoveRow>,
}

impl Known {
    fn read(reader: &Reader) -> Result<Self, StoreError> {
        let rows = reader.starters()?.into_iter();
        let watermarks = rows.map(|row| ((row.workflow_id, row.key), row.watermark)).collect();
        Ok(Self { watermarks, moves: reader.moves()? })
    }

    fn moved(&self, workflow: &Workflow, starter: &Starter) -> Vec<MovedTick> {
        moved(&self.moves, workflow.id, &starter.key.name)
    }

    /// The schedule as the planner sees it.
    fn standing<'a>(
        &self,
        workflow: &Workflow,
        starter: &Starter,
        clock: &'a Clock,
        moved: &'a [MovedTick],
    ) -> planner::Standing<'a> {
        let watermark = self.watermarks.get(&(workflow.id, starter.key.clone()));
        planner::Standing {
            schedule: &clock.schedule,
            ticks: &clock.ticks,
            seed: seed(workflow.id),
            watermark: watermark.copied().unwrap_or(Timestamp(i64::MIN)),
            moved,
        }
    }
}

/// When the schedule starts its next run.
fn next_of(standing: planner::Standing<'_>, now: Timestamp) -> Option<Timestamp> {
    let by_rule = planner::coming(now, now, standing).next().map(|it| it.at);
    let by_hand = standing.moved.iter().filter(|it| !it.is_done).filter_map(|it| it.to);
    by_rule.into_iter().chain(by_hand.filter(|to| *to > now)).min()
}

/// What a schedule will do after `from`, up to `to`.
fn coming(
    workflow: &Workflow,
    starter: &Starter,
    standing: planner::Standing<'_>,
    (now, (from, to)): (Timestamp, (Timestamp, Timestamp)),
    fires: &mut Vec<FireRow>,
) {
    let state = match starter.is_on && workflow.held.is_none() {
        true => FireState::Coming,
        false => FireState::Held,
    };
    let fire = |at: Timestamp, tick: Timestamp, what: FireState| FireRow {
        at,
        tick: (tick != at).then_some(tick),
        is_moved: false,
        workflow_id: workflow.id,
        workflow: workflow.name.clone(),
        title: workflow.title.clone(),
        path: Some(workflow.path.display().to_string()),
        name: starter.key.name.clone(),
        what,
    };
    let by_rule = planner::coming(now, from, standing).take_while(|it| it.at <= to);
    for it in by_rule.take(MOST_OF_ONE) {
        fires.push(fire(it.at, it.tick, state.clone()));
    }
    for it in standing.moved.iter().filter(|it| !it.is_done) {
        match it.to {
            Some(at) if from < at && at <= to => {
                fires.push(FireRow { is_moved: true, ..fire(at, it.tick, state.clone()) });
            }
            None if from < it.tick && it.tick <= to => {
                let why = words(SkipReason::LeftOut, None);
                let skipped = FireState::Skipped { why, count: 1, first: it.tick };
                fires.push(fire(it.tick, it.tick, skipped));
            }
            _ => {}
        }
    }
}

/// Documents by the identities of their workflows.
type ById = HashMap<WorkflowId, Arc<Workflow>>;

fn by_id<'a>(workflows: impl IntoIterator<Item = &'a Arc<Workflow>>) -> ById {
    workflows.into_iter().map(|workflow| (workflow.id, Arc::clone(workflow))).collect()
}

fn of_run(run: RunRow, known: &ById) -> Option<FireRow> {
    let workflow_id = run.workflow_id?;
    Some(FireRow {
        at: run.logical_time,
        tick: None,
        is_moved: false,
        workflow_id,
        workflow: run.workflow,
        title: run.title,
        path: known.get(&workflow_id).map(|known| known.path.display().to_string()),
        name: run.trigger_name.unwrap_or_default(),
        what: FireState::Run {
            run: run.run,
            run_state: run.state,
            caught_up: run.caught_up,
            backfill: run.trigger == TriggerKind::Backfill,
        },
    })
}

fn of_skip(skip: SkipRow, known: &ById) -> FireRow {
    let what = skip.what;
    FireRow {
        at: what.last,
        tick: None,
        is_moved: false,
        workflow_id: skip.workflow_id,
        workflow: skip.workflow,
        title: known.get(&skip.workflow_id).and_then(|known| known.title.clone()),
        path: skip.path,
        name: what.key.name,
        what: FireState::Skipped {
            why: words(what.reason, what.detail.as_deref()),
            count: what.count,
            first: what.first,
        },
    }
}

/// Why something did not start, in words.
pub(super) fn words(reason: SkipReason, detail: Option<&str>) -> String {
    let reason = match reason {
        SkipReason::Overlap => "skipped",
        SkipReason::Missed => "missed while Millrace did not run or the machine slept",
        SkipReason::Capped => "missed, and more than are made up for",
        SkipReason::Broken => "could not start",
        SkipReason::LeftOut => "left out by hand",
    };
    match detail {
        Some(detail) => format!("{reason}: {detail}"),
        None => reason.to_owned(),
    }
}
