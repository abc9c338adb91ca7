//! What people do to schedules on this machine: switch them, move single ticks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use millrace_api::document::Source;
use millrace_api::run::Done;
use millrace_api::schedule::{MoveFire, MoveTo, SwitchSchedules};
use millrace_api::{ApiError, Code};
use millrace_engine::planner::due_at;
use millrace_model::time::Timestamp;
use millrace_store::StarterKey;

use super::sources::known_paths;
use super::standing::{Workflow, seed};
use super::triggers::after_tick;
use super::turn::moved;
use crate::app::{App, blocking};
use crate::errors::store_error;
use crate::hub::on_store;
use crate::{library, load};

impl App {
    /// Switches schedules and triggers.
    ///
    /// # Errors
    /// `NotFound` where there are none, or not this one.
    pub(crate) async fn switch_starters(&self, args: SwitchSchedules) -> Result<Done, ApiError> {
        let workflow = self.starting(&args.source).await?;
        let keys: Vec<StarterKey> = match &args.name {
            None => workflow.starters.iter().map(|starter| starter.key.clone()).collect(),
            Some(name) => {
                let named = workflow.starters.iter().filter(|it| it.key.name == *name);
                named.map(|starter| starter.key.clone()).collect()
            }
        };
        if keys.is_empty() {
            return Err(no_such(&workflow, args.name.as_deref().unwrap_or_default()));
        }
        let (id, on, now) = (workflow.id, args.on, self.clock.now());
        self.write(move |writer| {
            for key in &keys {
                writer.switch_starters(id, Some(key), on, now)?;
            }
            Ok(())
        })
        .await?;
        after_tick().await;
        let name = args.name;
        self.schedules.switched(&workflow.path, name.as_deref(), on);
        Ok(Done {})
    }

    /// Has a single tick fire at another instant, or not at all, or as its rule says.
    ///
    /// # Errors
    /// `NotFound` where the schedule has no such tick; `WrongState` where it lies in the past, or would.
    pub(crate) async fn move_tick(&self, args: MoveFire) -> Result<Done, ApiError> {
        let workflow = self.starting(&args.source).await?;
        let name = args.schedule.as_str();
        let clock = workflow.schedule(name).and_then(|starter| starter.clock.as_ref());
        let clock = clock.ok_or_else(|| no_such(&workflow, name))?;
        let (tick, now) = (args.tick, self.clock.now());
        let before = Timestamp(tick.0.saturating_sub(1));
        if clock.ticks.next(before).is_none_or(|found| found.at != tick) {
            let message = format!("the schedule `{name}` does not fire at that instant");
            return Err(ApiError::new(Code::NotFound, message)
                .help("its rule was changed; look at its times again"));
        }
        // One that waits for its jitter is still to come.
        let is_over = due_at(&clock.schedule, seed(workflow.id), tick) <= now;
        let past = match args.to {
            MoveTo::At(to) => is_over || to <= now,
            MoveTo::Nowhere | MoveTo::Back => is_over,
        };
        if past {
            let message =
                "only what is still to come can be moved, to a time that is still to come";
            return Err(ApiError::new(Code::WrongState, message)
                .help("run it now, or run past ones with `millrace backfill`"));
        }
        let (id, name) = (workflow.id, name.to_owned());
        let moves = on_store(&self.store, |reader| reader.moves()).await;
        let moves = moves.map_err(|error| store_error(&error))?;
        if moved(&moves, id, &name).iter().any(|it| it.tick == tick && it.is_done) {
            let message = "that tick was moved to an earlier time, and is over";
            return Err(ApiError::new(Code::WrongState, message)
                .help("run the workflow now, or move the next one"));
        }
        let to = match args.to {
            MoveTo::At(to) if to == tick => None,
            MoveTo::At(to) => Some(Some(to)),
            MoveTo::Nowhere => Some(None),
            MoveTo::Back => None,
        };
        self.write(move |writer| writer.move_tick(id, &name, tick, to)).await?;
        self.schedules.asked_anew(&workflow.path);
        Ok(Done {})
    }

    /// The document of this source, as the scheduler knows it.
    ///
    /// # Errors
    /// `NotFound`, `Ambiguous`; `WrongState` where it has no schedules and no triggers.
    pub(super) async fn starting(&self, source: &Source) -> Result<Arc<Workflow>, ApiError> {
        let path = self.place_of(source).await?;
        // It may have been written a moment ago.
        self.schedules.touch();
        self.schedules.known().await;
        if let Some(found) = self.schedules.standing().at(&path).cloned() {
            return Ok(found);
        }
        let known =
            on_store(&self.store, known_paths).await.map_err(|error| store_error(&error))?;
        let settings = self.settings.get();
        let place = path.clone();
        let is_known =
            blocking(move || Ok(library::everywhere(&settings, known).contains(&place))).await?;
        let path = path.display();
        Err(match is_known {
            true => ApiError::new(
                Code::WrongState,
                format!("{path} has no schedules and no triggers"),
            )
            .help("add one in the window, under Schedules of the workflow, or to `schedules` in the file"),
            false => ApiError::new(
                Code::WrongState,
                format!("{path} starts nothing by itself: it is outside of the library and never ran here"),
            )
            .help("run it once, or put it into the library"),
        })
    }

    /// The canonical path of the document of this source.
    ///
    /// # Errors
    /// `NotFound`, `Ambiguous`, `InvalidRequest` where it is in no file.
    pub(super) async fn place_of(&self, source: &Source) -> Result<PathBuf, ApiError> {
        let (ground, source) = (self.ground(), source.clone());
        let found = blocking(move || load::find(&ground, &source)).await?;
        found.path.ok_or_else(|| {
            let message = "what is in no file has no schedules that fire";
            ApiError::new(Code::InvalidRequest, message).help("save it first")
        })
    }
}

impl super::Schedules {
    /// Waits until the documents were looked at, and looked at again after the last change; where a disk does not answer, what
    /// was known before is all there is.
    pub(super) async fn known(&self) {
        let mut seen = self.seen.subscribe();
        let changes = self.standing().changes;
        // Without the scheduler's loop nobody would look; then what is known is all there is.
        let is_known = || self.standing().looked.is_some_and(|it| it >= changes);
        let _looked = seen.wait_for(|_| is_known() || self.is_stuck.load(Ordering::Relaxed)).await;
    }

    fn switched(&self, path: &Path, name: Option<&str>, on: bool) {
        let mut standing = self.standing();
        standing.switch(path, name, on);
        // A look at the documents that is under way knows the old state.
        standing.changes += 1;
        drop(standing);
        self.wake.notify_one();
    }

    /// The schedules of this document have to be asked again.
    fn asked_anew(&self, path: &Path) {
        self.standing().ask(path);
        self.wake.notify_one();
    }
}

fn no_such(workflow: &Workflow, name: &str) -> ApiError {
    let names: Vec<&str> = workflow.starters.iter().map(|it| it.key.name.as_str()).collect();
    let message = format!("{} has no schedule `{name}`", workflow.name);
    ApiError::new(Code::NotFound, message).help(format!("it has {}", names.join(", ")))
}
