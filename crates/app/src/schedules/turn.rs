//! The loop of the scheduler: looks at documents that changed, asks the planner what is due, has it done, sleeps.
//!
//! The wall clock is read at least every 30 s: timers do not run while the machine sleeps, and the clock can be set.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use millrace_engine::planner::{self, Decision, Dropped, MovedTick, Why};
use millrace_model::document::TriggerSource;
use millrace_model::ids::WorkflowId;
use millrace_model::time::Timestamp;
use millrace_store::{MoveRow, NewSkip, SkipReason, StarterKey};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::aside::{Aside, PATIENCE};
use super::sources::{self, Cache};
use super::standing::{Clock, Workflow, seed};
use super::triggers::{Triggers, after_tick};
use super::watch::Watch;
use crate::app::App;
use crate::errors::store_error;
use crate::hub::on_store;
use millrace_api::ApiError;

/// The longest sleep.
const LOOK: Duration = Duration::from_secs(30);
/// After a failure that may pass.
const AGAIN: Duration = Duration::from_secs(5);
/// Files that change one after the other are looked at once.
const SETTLE: Duration = Duration::from_millis(150);
/// Documents are looked at anew at least so often, for file systems that tell of no changes.
const RESCAN: Duration = Duration::from_secs(600);
/// So many schedules start runs at a time.
const AT_A_TIME: usize = 32;
/// A difference between the wall clock and the time that passed from which on the clock was set.
const CLOCK_STEP: Duration = Duration::from_secs(1);

/// Serves as long as the app lives.
pub(crate) async fn serve(app: Weak<App>) {
    let mut scheduler = Scheduler::default();
    loop {
        let Some(app) = app.upgrade() else { return };
        let wait = match scheduler.turn(&app).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "schedules could not be looked at");
                AGAIN
            }
        };
        let schedules = Arc::clone(&app.schedules);
        drop(app);
        let woken = timeout(wait, schedules.wake.notified()).await.is_ok();
        if woken && schedules.standing().is_stale() {
            tokio::time::sleep(SETTLE).await;
        }
    }
}

#[derive(Default)]
pub(super) struct Scheduler {
    cache: Cache,
    watch: Watch,
    scan: Aside<Scanned>,
    scanned: Option<Instant>,
    clock: Option<(Timestamp, Instant)>,
    triggers: Triggers,
}

/// What a look at all documents gave.
struct Scanned {
    found: Result<Vec<Arc<Workflow>>, ApiError>,
    cache: Cache,
    watch: Watch,
    /// What it knows of, as `Standing` counts it.
    changes: u64,
}

/// A schedule that has to be asked, with what the store knows of it.
struct Asked {
    workflow: Arc<Workflow>,
    key: StarterKey,
    clock: Arc<Clock>,
    watermark: Timestamp,
    moved: Vec<MovedTick>,
}

impl Scheduler {
    /// Does what is due; gives how long to sleep.
    pub(super) async fn turn(&mut self, app: &Arc<App>) -> Result<Duration, ApiError> {
        self.refresh(app).await?;
        let now = app.clock.now();
        if self.clock_was_set(now) {
            app.schedules.standing().ask_all();
        }
        let due = app.schedules.standing().take_due(now);
        if !due.is_empty()
            && let Err(error) = self.ask(app, due, now).await
        {
            app.schedules.standing().ask_all();
            return Err(error);
        }
        let after_triggers = self.triggers.turn(app).await?;
        let next = app.schedules.standing().next();
        let wait = next.map_or(LOOK, |next| next.since(app.clock.now()));
        let wait = if self.scan.is_under_way() { wait.min(PATIENCE) } else { wait };
        Ok(wait.min(LOOK).min(after_triggers.unwrap_or(LOOK)))
    }

    /// Looks at the documents again where they may have changed.
    async fn refresh(&mut self, app: &Arc<App>) -> Result<(), ApiError> {
        if !self.scan.is_under_way() {
            let is_due = self.scanned.is_none_or(|at| at.elapsed() >= RESCAN);
            let (before, changes) = {
                let standing = app.schedules.standing();
                if !standing.is_stale() && !is_due {
                    return Ok(());
                }
                (standing.all().cloned().collect::<Vec<_>>(), standing.changes)
            };
            let (cache, watch) = (std::mem::take(&mut self.cache), std::mem::take(&mut self.watch));
            let of = Arc::clone(app);
            self.scan.begin(move || Scanned::now(&of, (cache, watch), &before, changes));
        }
        // What is known goes on firing meanwhile.
        let scanned = self.scan.outcome().await;
        app.schedules.set_stuck(self.scan.is_stuck());
        let Some(scanned) = scanned? else { return Ok(()) };
        let Scanned { found, cache, watch, changes } = scanned;
        (self.cache, self.watch) = (cache, watch);
        let found = found?;
        self.scanned = Some(Instant::now());
        let has = |is: fn(&TriggerSource) -> bool| {
            let awake = found.iter().filter(|workflow| workflow.is_awake());
            let mut on = awake.flat_map(|workflow| &workflow.starters).filter(|it| it.is_on);
            on.any(|it| it.trigger.as_ref().is_some_and(|rule| is(&rule.source)))
        };
        let by_end = has(|source| matches!(source, TriggerSource::Workflow(_)));
        let by_file = has(|source| matches!(source, TriggerSource::File(_)));
        app.schedules.hears_ends.store(by_end, Ordering::Relaxed);
        app.schedules.hears_files.store(by_file, Ordering::Relaxed);
        if by_file {
            // Whoever is told that these triggers are on may write a file at once.
            after_tick().await;
        }
        app.schedules.standing().put(found, changes);
        app.schedules.seen.send_replace(());
        Ok(())
    }

    /// Whether the wall clock has moved by another time than passed.
    fn clock_was_set(&mut self, now: Timestamp) -> bool {
        let here = Instant::now();
        let Some((before, then)) = self.clock.replace((now, here)) else { return false };
        let passed = here.duration_since(then);
        let expected = before.plus(passed);
        let off = now.since(expected).max(expected.since(now));
        if off >= CLOCK_STEP {
            tracing::info!(seconds = off.as_secs(), "the clock was set, or the machine slept");
        }
        off >= CLOCK_STEP
    }

    async fn ask(
        &mut self,
        app: &Arc<App>,
        due: Vec<(Arc<Workflow>, usize)>,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let read = |reader: &millrace_store::Reader| Ok((reader.starters()?, reader.moves()?));
        let (rows, moves) =
            on_store(&app.store, read).await.map_err(|error| store_error(&error))?;
        let known: HashMap<_, _> =
            rows.iter().map(|row| ((row.workflow_id, &row.key), row)).collect();
        let places = Arc::new(Semaphore::new(AT_A_TIME));
        let mut under_way = tokio::task::JoinSet::new();
        for (workflow, nth) in due {
            let starter = &workflow.starters[nth];
            let (key, clock) = (starter.key.clone(), starter.clock.clone());
            // One that was switched off, or is gone, a moment ago is not asked.
            let row = known.get(&(workflow.id, &key)).filter(|row| row.is_on);
            let (Some(clock), Some(row)) = (clock, row) else { continue };
            let watermark = row.watermark;
            let moved = moved(&moves, workflow.id, &key.name);
            let asked = Asked { workflow, key, clock, watermark, moved };
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
            let app = Arc::clone(app);
            under_way.spawn(async move {
                let done = asked.carry_out(&app, now).await;
                drop(place);
                (asked, done)
            });
        }
        while let Some(done) = under_way.join_next().await {
            let Ok((asked, done)) = done else { continue };
            let Asked { workflow, key, .. } = asked;
            let path = &workflow.path;
            let next = match done {
                Ok(next) => next,
                Err(error) => {
                    let schedule = &key.name;
                    tracing::warn!(%error, path = %path.display(), schedule, "a schedule has to be asked again");
                    Some(app.clock.now().plus(AGAIN))
                }
            };
            app.schedules.standing().set_next(path, &key, next);
        }
        Ok(())
    }
}

impl Scanned {
    /// Looks at all documents. Blocks on files and the store.
    fn now(
        app: &App,
        (mut cache, mut watch): (Cache, Watch),
        before: &[Arc<Workflow>],
        changes: u64,
    ) -> Self {
        // Watched first: what changes from here on is noticed.
        let settings = app.settings.get();
        watch.over(&settings, &app.store, &app.schedules, before);
        let found =
            sources::find(&settings, &app.store, &app.mailbox, &mut cache, before, &app.clock);
        if let Ok(found) = &found {
            // And what their triggers look for.
            watch.over(&settings, &app.store, &app.schedules, found);
        }
        Self { found, cache, watch, changes }
    }
}

impl Asked {
    /// Asks the planner and does what it says, in an order in which a crash loses nothing; gives when to ask again.
    async fn carry_out(
        &self,
        app: &Arc<App>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, ApiError> {
        let Decision { rewind, dropped, fires, next } = planner::plan(
            now,
            planner::Standing {
                schedule: &self.clock.schedule,
                ticks: &self.clock.ticks,
                seed: seed(self.workflow.id),
                watermark: self.watermark,
                moved: &self.moved,
            },
        );
        let (id, key) = (self.workflow.id, self.key.clone());
        if let Some(to) = rewind {
            let name = &self.workflow.name;
            tracing::warn!(workflow = name, schedule = key.name, "the clock had been far ahead");
            app.write(move |writer| writer.rewind(id, &key, to)).await?;
        }
        if !dropped.is_empty() {
            let skips = dropped.iter().map(|it| skip(&self.key, it, now)).collect();
            app.skip(&self.workflow, skips).await?;
        }
        for fire in fires {
            if !app.fire(&self.workflow, &self.clock.schedule, fire).await? {
                // What comes after it must not pass it.
                break;
            }
        }
        Ok(next)
    }
}

/// The moved ticks of a schedule, in order.
pub(super) fn moved(moves: &[MoveRow], id: WorkflowId, schedule: &str) -> Vec<MovedTick> {
    let of_it = moves.iter().filter(|it| it.workflow_id == id && it.schedule == schedule);
    of_it.map(|it| MovedTick { tick: it.tick, to: it.to, is_done: it.is_done }).collect()
}

fn skip(key: &StarterKey, dropped: &Dropped, now: Timestamp) -> NewSkip {
    NewSkip {
        key: key.clone(),
        first: dropped.first,
        last: dropped.last,
        count: dropped.count as u64,
        reason: match dropped.why {
            Why::Missed => SkipReason::Missed,
            Why::Capped => SkipReason::Capped,
            Why::LeftOut => SkipReason::LeftOut,
        },
        detail: None,
        decided: now,
    }
}
