//! The events of a run, without gaps, over the death of daemons.
//!
//! A task of its own listens, so that nothing is lost while the watcher draws or waits for something else.

use futures_util::StreamExt;
use tokio::sync::mpsc;

use millrace_api::run::GetRun;
use millrace_api::stream::{After, EventStream};
use millrace_api::{ApiError, Code, Subscribe};
use millrace_model::event::{Run, RunEvent};
use millrace_model::ids::RunId;

use crate::link::Link;

/// What comes out of a feed.
#[derive(Debug)]
pub(super) enum Update {
    /// The next events, in order and without gaps.
    Events(Vec<RunEvent>),
    /// The events could not be had one by one: this is the state now.
    Reloaded(Box<Run>),
    /// The daemon has gone; another one is being looked for.
    Away,
    /// It was found.
    Back,
    /// There is nothing more to come.
    Failed(ApiError),
}

/// Listens to a run.
pub(super) struct Feed {
    updates: mpsc::Receiver<Update>,
}

impl Feed {
    /// From the event after `after` on. Needs a runtime.
    pub(super) fn open(link: Link, run: RunId, after: u64) -> Self {
        let (sender, updates) = mpsc::channel(16);
        let listener = Listener { link, run, seq: after, gaps: 0, sender };
        tokio::spawn(listener.listen());
        Self { updates }
    }

    /// The next update. May be dropped while waiting.
    pub(super) async fn next(&mut self) -> Update {
        match self.updates.recv().await {
            Some(update) => update,
            // The listener said `Failed` before it went.
            None => std::future::pending().await,
        }
    }
}

struct Listener {
    link: Link,
    run: RunId,
    /// Of the last event that was handed on.
    seq: u64,
    /// Streams in a row that began with a gap.
    gaps: u32,
    sender: mpsc::Sender<Update>,
}

/// Nobody listens to the listener any more.
struct Unheard;

/// Why a stream is over.
enum Over {
    /// An event is missing in it.
    Gap,
    /// Its host let go of it.
    Ended,
    /// It broke, or could not be had.
    Broken(ApiError),
}

impl Listener {
    async fn listen(mut self) {
        // Ends where nobody is left to hear what would follow.
        let _unheard = self.follow().await;
    }

    async fn follow(&mut self) -> Result<(), Unheard> {
        loop {
            let over = match self.subscribe().await {
                Ok(stream) => self.hand_on(stream).await?,
                Err(error) => Over::Broken(error),
            };
            let over = match over {
                Over::Gap if self.gaps > 1 => match self.reload().await? {
                    None => continue,
                    Some(error) => Over::Broken(error),
                },
                Over::Gap => continue,
                other => other,
            };
            let error = match over {
                Over::Broken(error) => error,
                Over::Gap | Over::Ended => {
                    ApiError::new(Code::ShuttingDown, "whoever runs the tasks has ended")
                }
            };
            if !self.link.is_lost(&error) {
                return self.say(Update::Failed(error)).await;
            }
            self.say(Update::Away).await?;
            match self.link.again().await {
                Ok(()) => self.say(Update::Back).await?,
                Err(error) => return self.say(Update::Failed(error)).await,
            }
        }
    }

    async fn subscribe(&self) -> Result<EventStream, ApiError> {
        let after = After::Seq(self.seq);
        self.link.backend().subscribe(Subscribe { run: Some(self.run), after }).await
    }

    /// Hands a stream on until it is over.
    async fn hand_on(&mut self, mut stream: EventStream) -> Result<Over, Unheard> {
        while let Some(item) = stream.next().await {
            let mut events = match item {
                Ok(item) => item.events,
                Err(error) => return Ok(Over::Broken(error)),
            };
            events.retain(|event| event.seq > self.seq);
            let Some(last) = events.last().map(|event| event.seq) else { continue };
            if !events.iter().map(|event| event.seq).eq(self.seq + 1..=last) {
                self.gaps += 1;
                return Ok(Over::Gap);
            }
            self.gaps = 0;
            self.seq = last;
            self.say(Update::Events(events)).await?;
        }
        Ok(Over::Ended)
    }

    /// The state as a whole, where its events cannot be had; or the error that forbids even that.
    async fn reload(&mut self) -> Result<Option<ApiError>, Unheard> {
        match self.link.backend().get_run(GetRun { run: self.run, snapshot: false }).await {
            Ok(detail) => {
                self.gaps = 0;
                self.seq = detail.run.seq;
                self.say(Update::Reloaded(Box::new(detail.run))).await?;
                Ok(None)
            }
            Err(error) => Ok(Some(error)),
        }
    }

    async fn say(&self, update: Update) -> Result<(), Unheard> {
        self.sender.send(update).await.map_err(|_| Unheard)
    }
}
