//! Looks at what happens, tells what is worth it, and notes how far it came.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use millrace_model::document::{Hook, HookAction, HookOn, Workflow};
use millrace_model::event::{RunEvent, RunEventKind, RunHead, RunState};
use millrace_model::expr::Scope;
use millrace_model::ids::RunId;
use millrace_model::read::Document;
use millrace_model::time::Timestamp;
use millrace_store::{Reader, RunFilter, StoreError};
use tokio::time::Instant;

use super::channels::Channels;
use super::feed::{Batch, Feed, is_question};
use super::message::{Kind, Message, Missed};
use super::occasion::Glance;
use super::post::Post;
use super::route;
use super::slow::Slow;
use super::tasks::{Followed, TaskHooks, TaskNews};
use super::told::Told;
use crate::app::{App, blocking};
use crate::errors::store_error;
use crate::hub::on_store;
use crate::ports::SystemClock;

/// The position is written down so often at most.
const NOTED: Duration = Duration::from_secs(1);
/// At the end, so long is waited for what is on its way.
const GRACE: Duration = Duration::from_secs(3);
/// Between two looks at that.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// What is older when it is told was not told in time: such messages go together.
const OLD: Duration = Duration::from_secs(24 * 3600);
/// So many runs under way are watched for being unusually long.
const WATCHED: usize = 1_000;

/// Looks at what happens and tells it.
pub(super) struct Teller {
    channels: Arc<Channels>,
    post: Post<Channels>,
    told: Told,
    slow: Slow,
    followed: Followed,
    /// Everything up to here was looked at.
    seen: u64,
    /// What the store has of that.
    noted: u64,
    note_by: Option<Instant>,
}

impl Teller {
    pub(super) fn new(channels: Arc<Channels>, feed: &mut Feed) -> Self {
        let seen = feed.position();
        Self {
            post: Post::new(Arc::clone(&channels)),
            channels,
            told: Told::default(),
            slow: Slow::default(),
            followed: Followed::default(),
            seen,
            noted: seen,
            note_by: None,
        }
    }

    /// When it is to look at the clock again.
    pub(super) fn due(&self) -> Option<Instant> {
        [self.note_by, self.slow.next()].into_iter().flatten().min()
    }

    /// Sends what has happened until now, if that is quickly done, and notes how far it came: the app ends.
    pub(super) async fn finish(&mut self, app: &App, feed: &mut Feed) {
        while let Some(Some(batch)) = feed.hear().now_or_never()
            && !feed.is_behind()
        {
            self.look_at(app, batch).await;
        }
        let by = Instant::now() + GRACE;
        while self.told.position(self.seen) < self.seen && Instant::now() < by {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let position = self.told.position(self.seen);
        if position > self.noted {
            let mailbox = app.mailbox.clone();
            let noted = move || {
                let noted = mailbox.call(move |writer| writer.set_told(position));
                noted.map_err(|error| store_error(&error))
            };
            if let Err(error) = blocking(noted).await {
                tracing::info!(%error, "what was told could not be noted");
            }
        }
    }

    pub(super) async fn look_at(&mut self, app: &App, batch: Batch) {
        for (position, event) in batch.events() {
            self.look_at_event(app, position, event).await;
        }
        self.seen = batch.position.max(self.seen);
        if self.seen > self.noted {
            self.note_by.get_or_insert_with(|| Instant::now() + NOTED);
        }
    }

    async fn look_at_event(&mut self, app: &App, position: u64, event: &RunEvent) {
        match event.kind {
            RunEventKind::RunStarted | RunEventKind::RunResumed { .. } => {
                self.watch(app, event.run, event.at).await;
            }
            RunEventKind::RunEnded { .. } => {
                self.slow.forget(event.run);
                self.followed.forget(event.run);
                self.tell_end(app, position, event).await;
            }
            RunEventKind::AttemptWaits { serial, .. } if is_question(&event.kind) => {
                self.tell_question(app, position, event, serial).await;
            }
            // It takes as long as somebody likes.
            RunEventKind::RunPaused { .. } => self.slow.forget(event.run),
            RunEventKind::AttemptDispatched { .. }
            | RunEventKind::AttemptEnded { .. }
            | RunEventKind::TaskEnded { .. }
            | RunEventKind::ItemsEnded { .. } => self.look_at_task(app, position, event).await,
            _ => {}
        }
    }

    /// Tells what happened to a task, where hooks ask for it.
    async fn look_at_task(&mut self, app: &App, position: u64, event: &RunEvent) {
        let id = event.run;
        if !self.followed.knows(id) {
            match on_store(&app.store, move |reader| TaskHooks::read(reader, id)).await {
                Ok(hooks) => self.followed.keep(id, hooks),
                Err(error) => {
                    tracing::warn!(run = %id, %error, "the hooks of its tasks cannot be read");
                    self.followed.keep(id, None);
                }
            }
        }
        let Some(hooks) = self.followed.of(id) else { return };
        let Some(news) = hooks.take(&event.kind) else { return };
        let head = hooks.head.clone();
        let at = event.at;
        let read = move |reader: &Reader| {
            let run = reader.run(id)?;
            let TaskNews { key, mut on, state, reason, attempt, hooks } = news;
            let is_first = run.round == 1;
            let before = head.failed_before.as_ref().filter(|_| is_first);
            let had_failed = before.is_some_and(|before| before.tasks.contains(&key.task))
                || run.task(&key).is_some_and(millrace_model::event::TaskRun::failed_before);
            if on == HookOn::Success && had_failed {
                on = HookOn::Recovery;
            }
            let message = Message::of_task_news(on, &run, &key, state, &reason, at);
            let scope = route::scope_about(&run, Some((&key, attempt)), state.word(), &reason);
            Ok((message, hooks, scope))
        };
        match on_store(&app.store, read).await {
            Ok((message, hooks, scope)) => self.tell(&message, position, &hooks, &scope, false),
            Err(error) => tracing::warn!(run = %id, %error, "what happened to a task was not told"),
        }
    }

    async fn tell_end(&mut self, app: &App, position: u64, event: &RunEvent) {
        let (id, at) = (event.run, event.at);
        let read = move |reader: &Reader| {
            let glance = Glance::at(reader, id)?;
            let before = match glance.row.state {
                RunState::Succeeded => glance.ended_before(reader)?,
                _ => None,
            };
            let Some(mut message) = glance.end(before, at) else { return Ok(None) };
            let hooks = hooks_of(reader, &glance.head)?;
            let mut scope = Scope::default();
            // Only then is all of it needed, which may be much.
            if message.kind == Kind::Failure || !hooks.is_empty() {
                let run = reader.run(id)?;
                scope = route::scope_of(&run);
                if message.kind == Kind::Failure {
                    message = Message::of_failure(&run, at);
                }
            }
            Ok(Some((message, hooks, scope, !glance.is_told_by_parent())))
        };
        match on_store(&app.store, read).await {
            Ok(None) => {}
            Ok(Some((message, hooks, scope, is_default))) => {
                self.tell(&message, position, &hooks, &scope, is_default);
            }
            Err(error) => tracing::warn!(run = %id, %error, "the end of a run was not told"),
        }
    }

    /// Tells that a person is asked something, unless it has been answered by now.
    async fn tell_question(&mut self, app: &App, position: u64, event: &RunEvent, serial: u32) {
        let (id, at) = (event.run, event.at);
        let read = move |reader: &Reader| {
            let run = reader.run(id)?;
            let Some(message) = Message::of_question(&run, serial, at) else { return Ok(None) };
            let workflow = workflow_of(reader, &run.head)?;
            let name = message.task.as_ref().map_or("", |key| key.task.as_str());
            let of_task = workflow.as_ref().and_then(|workflow| workflow.task(name));
            let of_task = of_task.map(|task| task.hooks.clone()).unwrap_or_default();
            let mut hooks = workflow.map(|workflow| workflow.hooks).unwrap_or_default();
            hooks.extend(of_task);
            let state = millrace_model::event::TaskState::Waiting.word();
            let number = run.attempt(serial).map(|(_, attempt)| attempt.number);
            let about = message.task.as_ref().map(|key| (key, number));
            let scope = route::scope_about(&run, about, state, &message.reason);
            Ok(Some((message, hooks, scope)))
        };
        match on_store(&app.store, read).await {
            Ok(None) => {}
            // Also of a child run: the run that started it asks nothing.
            Ok(Some((message, hooks, scope))) => {
                self.tell(&message, position, &hooks, &scope, true);
            }
            Err(error) => tracing::warn!(run = %id, %error, "a question was not told"),
        }
    }

    fn tell(
        &mut self,
        message: &Message,
        position: u64,
        hooks: &[Hook],
        scope: &Scope,
        is_default: bool,
    ) {
        let is_old = SystemClock::read().since(message.at) > OLD;
        let notify = self.channels.settings();
        for (channel, message) in route::deliveries(message, &notify, hooks, scope, is_default) {
            self.post.send(&channel, message, is_old, self.told.ticket(position));
        }
    }

    pub(super) async fn tell_missed(&mut self, app: &App, missed: &Missed) {
        let message = Message::of_missed(missed);
        let name = missed.workflow.clone();
        let read = move |reader: &Reader| {
            let filter = RunFilter {
                workflow: Some(millrace_store::WorkflowKey::Name(name)),
                ..RunFilter::default()
            };
            let last = reader.list_runs(&filter, None, 1)?;
            let Some(last) = last.first() else { return Ok(Vec::new()) };
            hooks_of(reader, &Glance::at(reader, last.run)?.head)
        };
        // Without a run there is no pinned document; then the settings alone say who is told.
        let hooks = on_store(&app.store, read).await.unwrap_or_default();
        let scope = route::scope_of_missed(&message.reason);
        self.tell(&message, self.seen, &hooks, &scope, true);
    }

    /// The runs that are under way already.
    pub(super) async fn watch_running(&mut self, app: &App) {
        let read = |reader: &Reader| {
            let states = vec![RunState::Running];
            reader.list_runs(&RunFilter { states, ..RunFilter::default() }, None, WATCHED)
        };
        for row in on_store(&app.store, read).await.unwrap_or_default() {
            if let Some(started) = row.started {
                self.watch(app, row.run, started).await;
            }
        }
    }

    /// From when on this run is unusually long. A child run makes its parent long.
    async fn watch(&mut self, app: &App, id: RunId, since: Timestamp) {
        let read = move |reader: &Reader| {
            let glance = Glance::at(reader, id)?;
            let is_watched = !glance.is_told_by_parent() && !glance.row.state.is_final();
            if is_watched { glance.usual(reader) } else { Ok(None) }
        };
        if let Ok(Some(limit)) = on_store(&app.store, read).await {
            let over = SystemClock::read().since(since);
            self.slow.expect(id, Instant::now() + limit.saturating_sub(over), limit);
        }
    }

    pub(super) async fn on_time(&mut self, app: &App) {
        let now = Instant::now();
        if self.note_by.is_some_and(|by| by <= now) {
            let position = self.told.position(self.seen);
            if position > self.noted {
                note(app, position);
                self.noted = position;
            }
            // What is on its way may take its time.
            self.note_by = (self.noted < self.seen).then(|| now + 10 * NOTED);
        }
        while let Some((id, limit)) = self.slow.take(now) {
            let read = move |reader: &Reader| {
                let glance = Glance::at(reader, id)?;
                let hooks = hooks_of(reader, &glance.head)?;
                let scope = match hooks.is_empty() {
                    true => Scope::default(),
                    false => route::scope_of(&reader.run(id)?),
                };
                Ok((glance, hooks, scope))
            };
            if let Ok((glance, hooks, scope)) = on_store(&app.store, read).await
                && glance.row.state == RunState::Running
            {
                let message = glance.slow(limit, SystemClock::read());
                self.tell(&message, self.seen, &hooks, &scope, true);
                let runs_a_task = |hook: &Hook| {
                    hook.on == HookOn::Slow && matches!(hook.action, HookAction::Task(_))
                };
                if hooks.iter().any(runs_a_task)
                    && let Err(error) = app.engine.slow(id, message.reason.clone()).await
                {
                    tracing::info!(run = %id, %error, "hooks on a slow run were not run");
                }
            }
        }
    }
}

/// Notes up to which position everything was told, soon.
pub(super) fn note(app: &App, position: u64) {
    let noted = app.mailbox.post(move |writer| {
        if let Err(error) = writer.set_told(position) {
            tracing::warn!(%error, "what was told cannot be noted");
        }
    });
    if let Err(error) = noted {
        tracing::info!(%error, "what was told is noted later");
    }
}

/// The hooks of the document that a run pinned: those of the workflow.
fn hooks_of(reader: &Reader, head: &RunHead) -> Result<Vec<Hook>, StoreError> {
    Ok(workflow_of(reader, head)?.map(|workflow| workflow.hooks).unwrap_or_default())
}

/// The document that a run pinned, where it has hooks.
pub(super) fn workflow_of(reader: &Reader, head: &RunHead) -> Result<Option<Workflow>, StoreError> {
    let text = reader.snapshot(&head.snapshot)?.unwrap_or_default();
    // Few documents have any, and large ones take long to read.
    if !text.contains("\"hooks\"") {
        return Ok(None);
    }
    Ok(Document::parse(text.as_bytes()).workflow)
}
