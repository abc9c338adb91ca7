//! Attempts before they can begin: the files that they produce and earlier results are looked for, and their secrets are read. They begin in
//! the order in which they came, as the engine was promised, so what comes behind one waits with it.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;

use millrace_engine::core::StartAttempt;
use tokio::task::JoinHandle;

use crate::earlier::{Earlier, Given};
use crate::ended::now;
use crate::fingerprint::Subject;
use crate::produces::Produced;
use crate::secrets::{self, Needed, SecretValues, Secrets};

/// An attempt, and how it goes on or why it cannot.
pub(crate) type Ready = (Box<StartAttempt>, Result<Next, String>);

/// How an attempt goes on.
pub(crate) enum Next {
    /// It begins, with the secrets that it needs.
    Begin {
        secrets: SecretValues,
        /// What its result is known by, where later attempts may take it over.
        fingerprint: Option<String>,
    },
    /// It need not run: what it produces is there. With what its task gave before, where it succeeded before.
    Reuse(Option<Given>),
    /// It need not run: this was done before.
    TakeOver(Given),
}

/// What has to be found out before an attempt can begin.
pub(crate) struct Wanted {
    /// The secrets that it needs.
    pub(crate) secrets: Vec<Needed>,
    /// Where all of this is there, it need not run.
    pub(crate) produced: Option<Produced>,
    /// Where an earlier attempt did the same, it need not run.
    pub(crate) cached: Option<Cached>,
}

/// What an earlier attempt would have to have done.
pub(crate) struct Cached {
    pub(crate) subject: Subject,
    /// It runs all the same, for later attempts.
    pub(crate) only_note: bool,
}

/// Attempts in their order, each with what is being found out for it.
#[derive(Default)]
pub(crate) struct Awaited(VecDeque<Reading>);

struct Reading {
    start: Box<StartAttempt>,
    next: Aborting,
}

impl Wanted {
    /// Whether there is nothing to find out.
    pub(crate) fn is_nothing(&self) -> bool {
        self.secrets.is_empty() && self.produced.is_none() && self.cached.is_none()
    }
}

/// A task that ends with whoever waits for it.
struct Aborting(JoinHandle<Result<Next, String>>);

impl Awaited {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Begins to find out what an attempt wants to know.
    pub(crate) fn push(
        &mut self,
        start: Box<StartAttempt>,
        wanted: Wanted,
        secrets: &Arc<dyn Secrets>,
        earlier: &Arc<dyn Earlier>,
    ) {
        let (secrets, earlier) = (Arc::clone(secrets), Arc::clone(earlier));
        let workflow = start.context.head.workflow_id;
        let task = start.key.clone();
        let item = start.item.as_ref().map(|(_, item)| item.clone());
        let next = tokio::spawn(async move {
            if let Some(produced) = wanted.produced
                && produced.missing().await?.is_empty()
            {
                let Some(workflow) = workflow else { return Ok(Next::Reuse(None)) };
                return earlier.newest(workflow, &task, item.as_ref()).await.map(Next::Reuse);
            }
            let mut fingerprint = None;
            if let Some(Cached { subject, only_note }) = wanted.cached {
                let max_age = subject.max_age;
                let digest = tokio::task::spawn_blocking(move || subject.digest()).await;
                let digest = digest.map_err(|error| format!("`cache`: {error}"))??;
                if let Some(workflow) = workflow.filter(|_| !only_note) {
                    let oldest = max_age.map(|age| now().minus(age.to_std()));
                    if let Some(given) = earlier.same(workflow, &task, &digest, oldest).await? {
                        return Ok(Next::TakeOver(given));
                    }
                }
                fingerprint = Some(digest);
            }
            let secrets = secrets::read(&*secrets, wanted.secrets).await?;
            Ok(Next::Begin { secrets, fingerprint })
        });
        self.0.push_back(Reading { start, next: Aborting(next) });
    }

    /// The next attempt in order, as soon as all is found out. Waits for ever where there is none; gives up
    /// nothing when it is dropped.
    pub(crate) async fn next(&mut self) -> Ready {
        let found = match self.0.front_mut() {
            Some(first) => (&mut first.next.0).await,
            None => pending().await,
        };
        let next = found.unwrap_or_else(|error| Err(format!("what it needs to begin: {error}")));
        match self.0.pop_front() {
            Some(first) => (first.start, next),
            None => pending().await,
        }
    }

    /// Takes attempts out; gives back the serials of those that were there.
    pub(crate) fn recall(&mut self, serials: &[u32]) -> Vec<u32> {
        let mut recalled = Vec::new();
        self.0.retain(|reading| {
            let serial = reading.start.attempt.serial;
            let goes = serials.contains(&serial);
            if goes {
                recalled.push(serial);
            }
            !goes
        });
        recalled
    }
}

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}
