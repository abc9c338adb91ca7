//! One run's attempts: talks to the run's keeper, has deeds done, and tells the engine what became of them.
//!
//! One task per run on the engine's own thread. It starts a keeper with the first process, and finds out what happened
//! when a keeper dies.

mod configuration;
mod ends;
mod keeper_gone;
mod launching;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Instant;

use millrace_engine::core::{AdoptAttempt, AttemptReport, StartAttempt};
use millrace_engine::ports::{EngineGone, Reports};
use millrace_keeper::protocol::{Entry, Event, FromKeeper, ToKeeper};
use millrace_model::Values;
use millrace_model::action::{Action, Doer};
use millrace_model::event::{AttemptEnd, Outcome};
use millrace_model::ident::Ident;
use millrace_model::ids::{AttemptId, RunId, TaskKey};
use rustix::process::Signal;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use crate::adopt;
use crate::artifacts;
use crate::awaited::{Awaited, Cached, Next, Ready, Wanted};
use crate::begun::{self, Progress};
use crate::containers::{self, Container, Engines, Removals, Removed};
use crate::deed::{self, Deed};
use crate::deeds::Deeds;
use crate::earlier::Given;
use crate::ended::{attempt_end, now};
use crate::fingerprint::Subject;
use crate::http::Web;
use crate::inputs;
use crate::keeper_link::KeeperLink;
use crate::prepare::{Prepared, prepare, reading};
use crate::processes::ExecConfig;
use crate::produces::{Made, Produced, check_made};
use crate::run_dir::RunDir;
use crate::said::Listening;
use crate::secrets::{self, SecretValues};
use ends::{Left, next_left, until};

/// What the engine asks of a run's processes.
pub(crate) enum Order {
    /// Start an attempt.
    Start(Box<StartAttempt>),
    /// Stop one.
    Stop { serial: u32, kill: bool },
    /// Take back what has not started.
    Recall(Vec<u32>),
    /// So many at a time.
    Places(u32),
    /// Find out what became of attempts of an earlier daemon.
    Adopt { places: u32, attempts: Vec<AdoptAttempt> },
    /// Leave what a task gave that had no process for later tasks.
    KeepOutputs { task: Ident, outputs: Values },
    /// The run is over.
    End,
}

/// An attempt that a keeper has.
pub(crate) struct InFlight {
    pub(crate) key: TaskKey,
    pub(crate) skip_exit_code: Option<i32>,
    /// What its process stands for.
    pub(crate) container: Option<Container>,
    /// What has to be there when it has ended well, or why nobody can tell.
    pub(crate) produced: Made,
    pub(crate) started: bool,
    /// What becomes of it where an adopted keeper turns out not to have it.
    pub(crate) unless_known: Option<UnlessKnown>,
}

/// What becomes of an attempt that did not reach the keeper before the last daemon died.
pub(crate) enum UnlessKnown {
    /// It is handed over now.
    Start(Box<StartAttempt>),
    /// Nobody wants it any more.
    Recall,
}

/// One run's processes.
pub(crate) struct RunActor {
    pub(crate) run: RunId,
    pub(crate) dir: RunDir,
    config: Arc<ExecConfig>,
    web: Arc<Web>,
    reports: Reports,
    orders: UnboundedReceiver<Order>,
    pub(crate) link: Option<KeeperLink>,
    /// The process at its other end, by pid and start time.
    keeper: Option<(u32, u64)>,
    /// Somebody who is no keeper of this run has the journal, and did not leave when told to.
    is_taken: bool,
    /// So many attempts may run at a time; the keeper has those that deeds leave.
    pub(crate) places: u32,
    /// What the keeper was told of them.
    slots: u32,
    pub(crate) in_flight: BTreeMap<u32, InFlight>,
    /// Attempts without a process, the tasks that they are of, and what these make.
    deeds: Deeds,
    doing: BTreeMap<u32, (TaskKey, Made)>,
    /// Attempts that have ended and whose artifacts are being taken in.
    collecting: JoinSet<Left>,
    /// Those that run and may say how far they are.
    listening: Listening,
    /// Secrets that tasks of this run know may not be known here: an earlier daemon read them.
    knows_not_all: bool,
    /// Containers that are being removed before their attempts end.
    removals: Removals,
    engines: Arc<Engines>,
    /// What no keeper has yet, because files are being looked for or secrets read.
    awaited: Awaited,
    /// Byte strings of this run's secrets, for a keeper that comes in place of a dead one.
    masks: BTreeSet<Vec<u8>>,
    /// The number of the newest journal record that was taken in.
    pub(crate) record: u64,
    is_ready: bool,
    /// The keeper knows what holds for the whole run.
    is_configured: bool,
}

enum Heard {
    Left(Left),
    Look,
    Order(Option<Order>),
    Keeper(io::Result<Option<FromKeeper>>),
    Ready(Ready),
    Done((u32, AttemptEnd)),
    Removed((u32, Removed)),
}

impl RunActor {
    pub(crate) fn new(
        run: RunId,
        config: Arc<ExecConfig>,
        (web, engines): (Arc<Web>, Arc<Engines>),
        reports: Reports,
        orders: UnboundedReceiver<Order>,
    ) -> Self {
        Self {
            run,
            dir: RunDir::of(&config.runs, run),
            config,
            web,
            reports,
            orders,
            link: None,
            keeper: None,
            is_taken: false,
            places: 0,
            slots: 0,
            in_flight: BTreeMap::new(),
            deeds: Deeds::default(),
            doing: BTreeMap::new(),
            collecting: JoinSet::new(),
            listening: Listening::default(),
            knows_not_all: false,
            removals: Removals::default(),
            engines,
            awaited: Awaited::default(),
            masks: BTreeSet::new(),
            record: 0,
            is_ready: false,
            is_configured: false,
        }
    }

    /// Serves until the run ends, or the engine does; then the keeper carries on and the next daemon adopts it.
    pub(crate) async fn run(mut self) {
        // Only the engine's end ends it early, and then there is nobody to tell.
        let _engine_gone = self.serve().await;
    }

    async fn serve(&mut self) -> Result<(), EngineGone> {
        loop {
            let heard = tokio::select! {
                order = self.orders.recv() => Heard::Order(order),
                message = receive(&mut self.link) => Heard::Keeper(message),
                ready = self.awaited.next() => Heard::Ready(ready),
                done = self.deeds.next() => Heard::Done(done),
                left = next_left(&mut self.collecting) => Heard::Left(left),
                () = until(self.listening.due()) => Heard::Look,
                removed = self.removals.next() => Heard::Removed(removed),
            };
            match heard {
                Heard::Order(None) => return Ok(()),
                Heard::Order(Some(order)) => {
                    let mut next = Some(order);
                    while let Some(order) = next {
                        if matches!(order, Order::End) {
                            self.end().await;
                            return Ok(());
                        }
                        self.obey(order).await?;
                        next = self.orders.try_recv().ok();
                    }
                    self.write_out().await?;
                }
                Heard::Ready((start, next)) => {
                    self.go_on(start, next).await?;
                    self.write_out().await?;
                }
                Heard::Left(left) => self.finish(left).await?,
                Heard::Look => self.look().await?,
                Heard::Done((serial, end)) => {
                    self.done(serial, Box::new(end)).await?;
                    self.write_out().await?;
                }
                Heard::Removed((serial, removed)) => self.removed(serial, removed).await?,
                Heard::Keeper(Ok(Some(message))) => self.take_in(message).await?,
                Heard::Keeper(Ok(None)) => self.keeper_gone("it was killed or crashed").await?,
                Heard::Keeper(Err(error)) => self.keeper_gone(&error.to_string()).await?,
            }
        }
    }

    async fn obey(&mut self, order: Order) -> Result<(), EngineGone> {
        match order {
            Order::Start(start) => self.start(start).await?,
            Order::Stop { serial, kill } => {
                self.recall_awaited(&[serial]).await?;
                self.recall_unless_known(&[serial]);
                self.deeds.stop(serial);
                self.tell(&ToKeeper::Stop { attempt_id: u64::from(serial), kill });
                self.wake_keeper();
            }
            Order::Recall(serials) => {
                self.recall_awaited(&serials).await?;
                self.recall_unless_known(&serials);
                let attempt_ids = serials.into_iter().map(u64::from).collect();
                self.tell(&ToKeeper::Recall { attempt_ids });
            }
            Order::Places(places) => self.set_places(places),
            Order::KeepOutputs { task, outputs } => {
                let task = TaskKey::plain(task);
                let kept =
                    self.dir.create().and_then(|()| inputs::publish(&self.dir, &task, &outputs));
                if let Err(error) = kept {
                    tracing::error!(run = %self.run, %task, %error, "its outputs could not be kept for later tasks");
                }
            }
            Order::Adopt { places, attempts } => self.adopt(places, attempts).await?,
            Order::End => {}
        }
        Ok(())
    }

    /// Begins an attempt, or first the look for what it produces and the reading of its secrets.
    async fn start(&mut self, start: Box<StartAttempt>) -> Result<(), EngineGone> {
        match self.wanted(&start) {
            Err(message) => self.report_end(start.attempt.serial, Outcome::Error { message }).await,
            Ok(wanted) if wanted.is_nothing() && self.awaited.is_empty() => {
                self.begin(start, SecretValues::new(), None).await
            }
            Ok(wanted) => {
                self.awaited.push(start, wanted, &self.config.secrets, &self.config.earlier);
                Ok(())
            }
        }
    }

    fn wanted(&self, start: &StartAttempt) -> Result<Wanted, String> {
        let produced = match start.is_again() {
            true => None,
            false => Produced::of(&self.dir, start)?,
        };
        let cached = Subject::of(&self.dir, start)?
            .map(|subject| Cached { subject, only_note: start.is_again() });
        Ok(Wanted { secrets: secrets::needed(start, &*self.config.connections)?, produced, cached })
    }

    async fn go_on(
        &mut self,
        start: Box<StartAttempt>,
        next: Result<Next, String>,
    ) -> Result<(), EngineGone> {
        match next {
            Ok(Next::Begin { secrets, fingerprint }) => {
                self.begin(start, secrets, fingerprint).await
            }
            Ok(Next::Reuse(given)) => {
                let is_worth =
                    |given: &Given| !given.outputs.is_empty() || !given.artifacts.is_empty();
                self.reuse(&start, given.filter(is_worth), false).await
            }
            Ok(Next::TakeOver(given)) => self.reuse(&start, Some(given), true).await,
            Err(message) => self.report_end(start.attempt.serial, Outcome::Error { message }).await,
        }
    }

    /// Ends an attempt that need not run.
    async fn reuse(
        &mut self,
        start: &StartAttempt,
        given: Option<Given>,
        cached: bool,
    ) -> Result<(), EngineGone> {
        let serial = start.attempt.serial;
        let from = given.as_ref().map(|given| given.run);
        let (outputs, artifacts) =
            given.map(|given| (given.outputs, given.artifacts)).unwrap_or_default();
        if let Err(error) = self.make_ready(start) {
            let message = format!("its outputs could not be kept: {error}");
            return self.report_end(serial, Outcome::Error { message }).await;
        }
        let end = AttemptEnd::unmeasured(Outcome::Reused { from, cached }, now());
        let mut end = Box::new(AttemptEnd { outputs, artifacts, ..end });
        self.publish(&start.key, &mut end);
        self.report(serial, AttemptReport::Ended(end)).await
    }

    async fn recall_awaited(&mut self, serials: &[u32]) -> Result<(), EngineGone> {
        for serial in self.awaited.recall(serials) {
            self.report(serial, AttemptReport::Recalled).await?;
        }
        Ok(())
    }

    /// The keeper that does not know them answers nothing.
    fn recall_unless_known(&mut self, serials: &[u32]) {
        for serial in serials {
            let unknown = self.in_flight.get_mut(serial).and_then(|of| of.unless_known.as_mut());
            if let Some(unknown) = unknown {
                *unknown = UnlessKnown::Recall;
            }
        }
    }

    async fn begin(
        &mut self,
        start: Box<StartAttempt>,
        values: SecretValues,
        fingerprint: Option<String>,
    ) -> Result<(), EngineGone> {
        let serial = start.attempt.serial;
        let ready = self.make_ready(&start).and_then(|()| match &fingerprint {
            // Whoever hears of its end reads it, also where that is the next daemon.
            Some(text) => inputs::write_whole(&self.dir.fingerprint(serial), text.as_bytes()),
            None => Ok(()),
        });
        let prepared = match ready {
            Ok(()) => {
                let secrets = (&values, &self.masks);
                prepare(&self.config, &self.dir, &start, secrets, &self.web)
            }
            Err(error) => Err(format!("cannot make {}: {error}", self.dir.root().display())),
        };
        let produced = match Produced::of(&self.dir, &start) {
            Ok(produced) => Ok(produced),
            Err(message) => return self.report_end(serial, Outcome::Error { message }).await,
        };
        let (process, skip_exit_code, container) = match prepared {
            Ok(Prepared::Nothing) => return self.report_end(serial, Outcome::Succeeded).await,
            Ok(Prepared::Process { start, skip_exit_code }) => (start, skip_exit_code, None),
            Ok(Prepared::Container { start: mut process, engine, skip_exit_code }) => {
                let name = containers::name_of(start.attempt);
                let (base_env, runtime) = (&self.config.base_env, &self.config.runtime);
                match self.engines.container(engine.as_deref(), name, base_env, runtime).await {
                    Ok(container) => {
                        process.argv.insert(0, container.program.clone().into());
                        (process, skip_exit_code, Some(container))
                    }
                    Err(message) => {
                        return self.report_end(serial, Outcome::Error { message }).await;
                    }
                }
            }
            Ok(Prepared::Deed(deed)) => {
                self.mask(&values);
                return self.do_it(&start, *deed, produced).await;
            }
            Err(message) => return self.report_end(serial, Outcome::Error { message }).await,
        };
        if let Err(message) = self.need_keeper(&start).await {
            return self.report_end(serial, Outcome::Error { message }).await;
        }
        self.mask(&values);
        self.set_places(start.places);
        let key = start.key.clone();
        let in_flight = InFlight {
            key,
            skip_exit_code,
            container,
            produced,
            started: false,
            unless_known: None,
        };
        self.in_flight.insert(serial, in_flight);
        self.tell(&ToKeeper::Start(process));
        Ok(())
    }

    /// Has a deed done. That it begins is in a file before anything is.
    async fn do_it(
        &mut self,
        start: &StartAttempt,
        deed: Deed,
        produced: Made,
    ) -> Result<(), EngineGone> {
        let serial = start.attempt.serial;
        let note = self.dir.begun(serial);
        if let Err(error) = begun::note(&note, self.config.sync_journal) {
            let message = format!("cannot write {}: {error}", note.display());
            return self.report_end(serial, Outcome::Error { message }).await;
        }
        self.deeds.start(serial, deed, note, &self.config.runtime);
        self.doing.insert(serial, (start.key.clone(), produced));
        self.set_places(start.places);
        self.report(serial, AttemptReport::Started { pid: None }).await
    }

    /// A deed is over.
    async fn done(&mut self, serial: u32, mut end: Box<AttemptEnd>) -> Result<(), EngineGone> {
        self.share_places();
        if let Some((key, produced)) = self.doing.remove(&serial) {
            check_made(&produced, &mut end).await;
            return self.finish(Left { serial, key, end }).await;
        }
        self.report(serial, AttemptReport::Ended(end)).await
    }

    /// Tells the keeper what must reach no log, before the process that knows it begins.
    fn mask(&mut self, values: &SecretValues) {
        let unknown = secrets::forms(values).filter(|form| !self.masks.contains(form));
        let masks: Vec<Vec<u8>> = unknown.collect();
        if !masks.is_empty() {
            self.masks.extend(masks.iter().cloned());
            self.tell(&ToKeeper::AddMasks { masks });
        }
    }

    /// Once for each run: its folder, and what tasks of earlier runs left for it.
    fn make_ready(&mut self, start: &StartAttempt) -> io::Result<()> {
        if self.is_ready {
            return Ok(());
        }
        self.dir.create()?;
        for carried in &start.context.head.carried {
            inputs::publish(&self.dir, &carried.task, &carried.outputs)?;
            let store = &self.config.artifacts;
            artifacts::publish(&self.dir, store, &carried.task, &carried.artifacts)?;
        }
        self.is_ready = true;
        Ok(())
    }

    /// Tells the keeper what holds for the whole run, unless it knows: a daemon may have died between starting it and
    /// telling it.
    async fn need_configuration(&mut self, start: &StartAttempt) {
        if !self.is_configured {
            self.is_configured = true;
            let configuration = Box::new(self.configuration(start).await);
            self.tell(&ToKeeper::Configure(configuration));
        }
    }

    fn set_places(&mut self, places: u32) {
        self.places = places;
        self.share_places();
    }

    /// Tells the keeper how many places it has, where that is not what it was told.
    fn share_places(&mut self) {
        let slots = self.slots_left();
        if self.slots != slots {
            self.slots = slots;
            self.tell(&ToKeeper::SetSlots { slots });
        }
    }

    fn slots_left(&self) -> u32 {
        self.places.saturating_sub(self.deeds.len())
    }

    fn tell(&mut self, message: &ToKeeper) {
        if let Some(link) = &mut self.link {
            link.send(message);
        }
    }

    async fn write_out(&mut self) -> Result<(), EngineGone> {
        let written = self.link.as_mut().map_or(Ok(()), KeeperLink::try_write);
        match written {
            Ok(()) => Ok(()),
            Err(error) => self.keeper_gone(&error.to_string()).await,
        }
    }

    /// Takes in a message and all that were read with it.
    async fn take_in(&mut self, first: FromKeeper) -> Result<(), EngineGone> {
        let mut batch = vec![first];
        let rest = loop {
            match self.link.as_mut().map(KeeperLink::next_read) {
                Some(Ok(Some(message))) => batch.push(message),
                Some(Err(error)) => break Err(error),
                Some(Ok(None)) | None => break Ok(()),
            }
        };
        // The engine need not hear of a start whose end comes with it.
        let ended: BTreeSet<u64> = batch.iter().filter_map(ended_id).collect();
        for message in batch {
            match message {
                FromKeeper::Entry(entry) => {
                    let is_over = started_id(&entry).is_some_and(|id| ended.contains(&id));
                    self.take_entry(*entry, is_over).await?;
                }
                FromKeeper::Recalled { attempt_ids } => self.recalled(&attempt_ids).await?,
                FromKeeper::CaughtUp { .. } => self.hand_over_again().await?,
                FromKeeper::Delayed(delayed) => {
                    let (attempt, tries) = (delayed.attempt_id, delayed.tries);
                    tracing::warn!(run = %self.run, attempt, tries, what = delayed.what, "a start waits");
                }
                FromKeeper::JournalStuck { errno } => {
                    tracing::error!(run = %self.run, errno, "the keeper cannot write its journal");
                }
                FromKeeper::Hello(_) => {}
            }
        }
        match rest {
            Ok(()) => self.write_out().await,
            Err(error) => self.keeper_gone(&error.to_string()).await,
        }
    }

    /// What a journal record means for the engine. `is_over`: a start whose end is known too.
    pub(crate) async fn take_entry(
        &mut self,
        entry: Entry,
        is_over: bool,
    ) -> Result<(), EngineGone> {
        self.record = self.record.max(entry.record);
        match entry.event {
            Event::Started(started) => {
                let Ok(serial) = u32::try_from(started.attempt_id) else { return Ok(()) };
                let Some(attempt) = self.in_flight.get_mut(&serial) else { return Ok(()) };
                attempt.started = true;
                attempt.unless_known = None;
                if is_over {
                    return Ok(());
                }
                self.listening.begin(serial, Instant::now());
                self.report(serial, AttemptReport::Started { pid: Some(started.pid) }).await
            }
            Event::Ended(ended) => {
                let Ok(serial) = u32::try_from(ended.attempt_id) else { return Ok(()) };
                let Some(attempt) = self.in_flight.remove(&serial) else { return Ok(()) };
                let mut end = Box::new(attempt_end(&ended, attempt.skip_exit_code));
                if let Some(container) = attempt.container.clone() {
                    container.explain(&ended, &mut end);
                    if Container::may_be_left(&ended) {
                        let then = Removed::Ended(Box::new(attempt), end);
                        self.removals.start(serial, container, then, &self.config.runtime);
                        return Ok(());
                    }
                }
                self.ended(serial, attempt, end).await
            }
            Event::LeftBehind(left) => {
                let attempt = left.attempt_id;
                tracing::warn!(run = %self.run, attempt, killed = left.killed, "processes were left behind");
                Ok(())
            }
            Event::Identity(_) | Event::Leaving(_) | Event::Unknown { .. } => Ok(()),
        }
    }

    async fn removed(&mut self, serial: u32, removed: Removed) -> Result<(), EngineGone> {
        match removed {
            Removed::Ended(attempt, end) => self.ended(serial, *attempt, end).await,
            Removed::Lost(report) => self.report(serial, report).await,
        }
    }

    async fn recalled(&mut self, attempt_ids: &[u64]) -> Result<(), EngineGone> {
        for serial in attempt_ids.iter().filter_map(|id| u32::try_from(*id).ok()) {
            if self.in_flight.remove(&serial).is_some() {
                self.report(serial, AttemptReport::Recalled).await?;
            }
        }
        Ok(())
    }

    /// Attempts that a living keeper turned out not to have: the last daemon died before they reached it. A keeper
    /// passes over a start that it knows, so nothing can run twice.
    async fn hand_over_again(&mut self) -> Result<(), EngineGone> {
        let unknown: Vec<(u32, UnlessKnown)> = self
            .in_flight
            .iter_mut()
            .filter_map(|(serial, attempt)| Some((*serial, attempt.unless_known.take()?)))
            .collect();
        for (serial, what) in unknown {
            self.in_flight.remove(&serial);
            match what {
                UnlessKnown::Start(start) => self.start(start).await?,
                UnlessKnown::Recall => self.report(serial, AttemptReport::Recalled).await?,
            }
        }
        Ok(())
    }

    async fn adopt(&mut self, places: u32, attempts: Vec<AdoptAttempt>) -> Result<(), EngineGone> {
        for attempt in attempts {
            let serial = attempt.start.attempt.serial;
            if let Ok(action) = Action::for_task(attempt.start.task())
                && action.doer() == Doer::Daemon
            {
                self.adopt_deed(&attempt.start, action.is_repeatable()).await?;
                continue;
            }
            self.knows_not_all |= secrets::needed(&attempt.start, &*self.config.connections)
                .map_or(true, |needed| !needed.is_empty());
            let (skip_exit_code, engine) = reading(&attempt.start);
            let container = match engine {
                None => None,
                Some(engine) => {
                    let name = containers::name_of(attempt.start.attempt);
                    // Where there is no such program any more, nobody can do anything about its container.
                    containers::find(engine.as_deref(), name, &self.config.base_env).await.ok()
                }
            };
            let in_flight = InFlight {
                key: attempt.start.key.clone(),
                skip_exit_code,
                container,
                produced: Produced::of(&self.dir, &attempt.start),
                started: attempt.started,
                unless_known: Some(UnlessKnown::Start(attempt.start)),
            };
            self.in_flight.insert(serial, in_flight);
        }
        match adopt::find_keeper(&self.dir).await {
            Ok(Some((mut link, hello))) => {
                for serial in hello.running.iter().chain(&hello.queued) {
                    let serial = u32::try_from(*serial).unwrap_or(u32::MAX);
                    if let Some(attempt) = self.in_flight.get_mut(&serial) {
                        attempt.unless_known = None;
                    }
                }
                link.send(&ToKeeper::SetSlots { slots: places });
                link.send(&ToKeeper::Resend { after_record: 0 });
                self.places = places;
                self.slots = places;
                self.is_configured = hello.configured;
                self.keeper = Some((hello.pid, hello.start_ticks));
                self.link = Some(link);
                tracing::info!(run = %self.run, attempts = self.in_flight.len(), "adopted");
                Ok(())
            }
            Ok(None) => self.keeper_gone("it died while no daemon ran").await,
            Err(error) => {
                // What it keeps is taken for lost: it must not go on with it.
                let _killed = adopt::signal_keeper(&self.dir, Signal::KILL).await;
                self.keeper_gone(&error.to_string()).await
            }
        }
    }

    /// What became of a deed of an earlier daemon, with which it broke off.
    async fn adopt_deed(
        &mut self,
        start: &StartAttempt,
        is_repeatable: bool,
    ) -> Result<(), EngineGone> {
        let serial = start.attempt.serial;
        let why = "Millrace was ended while it was under way";
        let report = match begun::read(&self.dir.begun(serial)) {
            Progress::Not => AttemptReport::Recalled,
            Progress::Begun if is_repeatable => {
                AttemptReport::Unknown { message: format!("{why}; how far it came is lost") }
            }
            Progress::Begun => {
                let outcome = Outcome::Unknown { message: deed::unknown(why) };
                AttemptReport::Ended(Box::new(AttemptEnd::unmeasured(outcome, now())))
            }
            Progress::Ended(mut end) => {
                check_made(&Produced::of(&self.dir, start), &mut end).await;
                return self.finish(Left { serial, key: start.key.clone(), end }).await;
            }
        };
        self.report(serial, report).await
    }

    async fn end(&mut self) {
        // All that happened is stored.
        self.dir.clear_artifacts();
        if self.link.is_none() {
            // One of an earlier daemon may still be there, with nothing to do.
            self.link = adopt::find_keeper(&self.dir).await.ok().flatten().map(|(link, _)| link);
        }
        if let Some(mut link) = self.link.take() {
            link.send(&ToKeeper::Quit);
            // A keeper that cannot be told leaves by itself once nobody talks to it.
            let _told = link.flush().await;
        }
    }

    async fn report_end(&self, serial: u32, outcome: Outcome) -> Result<(), EngineGone> {
        let end = AttemptEnd::unmeasured(outcome, now());
        self.report(serial, AttemptReport::Ended(Box::new(end))).await
    }

    async fn report(&self, serial: u32, report: AttemptReport) -> Result<(), EngineGone> {
        self.reports.send(AttemptId { run: self.run, serial }, report).await
    }
}

/// What the keeper says next; waits for ever where there is none.
async fn receive(link: &mut Option<KeeperLink>) -> io::Result<Option<FromKeeper>> {
    match link {
        Some(link) => link.receive().await,
        None => std::future::pending().await,
    }
}

fn ended_id(message: &FromKeeper) -> Option<u64> {
    match message {
        FromKeeper::Entry(entry) => match &entry.event {
            Event::Ended(ended) => Some(ended.attempt_id),
            _ => None,
        },
        _ => None,
    }
}

fn started_id(entry: &Entry) -> Option<u64> {
    match &entry.event {
        Event::Started(started) => Some(started.attempt_id),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
