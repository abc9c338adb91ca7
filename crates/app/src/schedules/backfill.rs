//! Backfills: a run for each tick of a past span of time.

use millrace_api::schedule::{Backfill, BackfillPlan, BackfillTick, MOST_BACKFILLED};
use millrace_api::{ApiError, Code};
use millrace_model::event::{RunState, Trigger};
use millrace_model::ids::{BackfillId, RunId};
use millrace_model::time::Timestamp;
use millrace_store::{Reader, StarterKind};

use super::fire::{Rule, Unfit};
use super::standing::{Starter, Workflow};
use crate::app::App;
use crate::errors::store_error;
use crate::hub::on_store;
use crate::ports::random_u64;

impl App {
    /// Runs the workflow once for each tick from `from` up to `to`, or says what that would be.
    ///
    /// # Errors
    /// `NotFound`, `InvalidRequest` where the span makes no sense or has too many ticks, `InvalidDocument`.
    pub(crate) async fn run_backfill(&self, args: Backfill) -> Result<BackfillPlan, ApiError> {
        let workflow = self.starting(&args.source).await?;
        let starter = chosen(&workflow, args.schedule.as_ref().map(|it| it.as_str()))?;
        let Some(clock) = starter.clock.clone() else {
            let message = format!("the schedule `{}` has errors", starter.key.name);
            return Err(ApiError::new(Code::InvalidDocument, message));
        };
        let ticks = span(&clock.ticks, &args, self.clock.now())?;
        let mut ticks = match args.skip_done {
            true => self.without_done(&workflow, &starter.key.name, ticks).await?,
            false => ticks.into_iter().map(fresh).collect(),
        };
        if args.reverse {
            ticks.reverse();
        }
        let mut plan = BackfillPlan {
            backfill: None,
            schedule: clock.schedule.name.clone(),
            timezone: clock.ticks.zone().name().to_owned(),
            ticks,
        };
        if args.dry_run || plan.ticks.iter().all(|tick| tick.done.is_some()) {
            return Ok(plan);
        }
        let backfill = BackfillId(random_u64());
        plan.backfill = Some(backfill);
        let trigger = Trigger::Backfill {
            schedule: clock.schedule.name.clone(),
            backfill,
            parallel: args.parallel.max(1),
        };
        let rule = Rule::Schedule(clock.schedule.clone());
        for tick in plan.ticks.iter_mut().filter(|tick| tick.done.is_none()) {
            let run = RunId::of_backfill(backfill, tick.tick);
            let named = (run, tick.tick);
            let prepared = self.prepare_fire(&workflow, rule.clone(), named, trigger.clone()).await;
            let prepared = prepared.map_err(unfit)?;
            self.submit_fire(run, prepared).await?;
            tick.run = Some(run);
        }
        Ok(plan)
    }

    async fn without_done(
        &self,
        workflow: &Workflow,
        schedule: &str,
        ticks: Vec<Timestamp>,
    ) -> Result<Vec<BackfillTick>, ApiError> {
        let (id, schedule) = (workflow.id, schedule.to_owned());
        let read = move |reader: &Reader| {
            ticks
                .into_iter()
                .map(|tick| {
                    let run = reader.run_of_tick(id, &schedule, tick)?;
                    let done = run.filter(|run| run.state == RunState::Succeeded);
                    Ok(BackfillTick { done: done.map(|run| run.run), ..fresh(tick) })
                })
                .collect()
        };
        on_store(&self.store, read).await.map_err(|error| store_error(&error))
    }
}

fn fresh(tick: Timestamp) -> BackfillTick {
    BackfillTick { tick, run: None, done: None }
}

/// The schedule that is meant.
fn chosen<'a>(workflow: &'a Workflow, name: Option<&str>) -> Result<&'a Starter, ApiError> {
    let schedules = || workflow.starters.iter().filter(|it| it.key.kind == StarterKind::Schedule);
    let names: Vec<&str> = schedules().map(|it| it.key.name.as_str()).collect();
    let found = match name {
        Some(name) => schedules().find(|it| it.key.name == name),
        None if names.len() == 1 => schedules().next(),
        None => None,
    };
    found.ok_or_else(|| {
        let message = match (name, names.is_empty()) {
            (Some(name), _) => format!("{} has no schedule `{name}`", workflow.name),
            (None, true) => format!("{} has no schedule", workflow.name),
            (None, false) => format!("{} has several schedules", workflow.name),
        };
        let code =
            if name.is_none() && !names.is_empty() { Code::Ambiguous } else { Code::NotFound };
        let error = ApiError::new(code, message);
        match names.is_empty() {
            true => error.help("a backfill follows the ticks of a schedule; add one first"),
            false => error.help(format!("name one of {}", names.join(", "))),
        }
    })
}

/// The ticks from `from` up to `to`, both of them belonging to it.
fn span(
    ticks: &millrace_model::schedule::Ticks,
    args: &Backfill,
    now: Timestamp,
) -> Result<Vec<Timestamp>, ApiError> {
    let wrong = |message: String| ApiError::new(Code::InvalidRequest, message);
    if args.to < args.from {
        return Err(wrong("the span ends before it begins".to_owned()));
    }
    if args.to > now {
        return Err(wrong("the span ends in the future".to_owned())
            .help("a backfill is for the past; what is to come fires by itself"));
    }
    let before = Timestamp(args.from.0.saturating_sub(1));
    let found: Vec<Timestamp> =
        ticks.between(before, args.to).take(MOST_BACKFILLED + 1).map(|tick| tick.at).collect();
    match found.len() {
        0 => Err(wrong("the schedule has no tick in that span".to_owned())),
        many if many > MOST_BACKFILLED => {
            let message =
                format!("the schedule has more than {MOST_BACKFILLED} ticks in that span");
            Err(wrong(message).help("take a shorter span, and the rest after it"))
        }
        _ => Ok(found),
    }
}

fn unfit(unfit: Unfit) -> ApiError {
    match unfit {
        Unfit::Changed => {
            let message = "the document was changed just now, or is not trusted";
            ApiError::new(Code::WrongState, message)
                .help("look at it again; `millrace trust FILE` trusts it")
        }
        Unfit::Broken(why) => ApiError::new(Code::InvalidDocument, why),
        Unfit::NotNow(error) => error,
    }
}
