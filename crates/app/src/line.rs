//! The line in which starts wait for the history: so many at a time, the others after them, in the order in which they came.
//!
//! So a thousand starts at one moment neither fill the history's mailbox nor take all threads that may block.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use millrace_api::{ApiError, Code};
use millrace_engine::EngineHandle;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// So many starts are under way at a time: as many as share a commit.
const AT_A_TIME: usize = 64;
/// Whoever waits gives up when nobody got through for so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The line.
#[derive(Debug)]
pub(crate) struct Line {
    places: Semaphore,
    /// So many got through.
    passed: AtomicU64,
}

/// The right to start a run, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    _permit: SemaphorePermit<'a>,
    line: &'a Line,
}

impl Line {
    /// Nobody waits.
    pub(crate) fn new() -> Self {
        Self { places: Semaphore::new(AT_A_TIME), passed: AtomicU64::new(0) }
    }

    /// Waits for a place, as long as others get through.
    ///
    /// # Errors
    /// `Store` where nobody did for half a minute, with what `engine` says of that.
    pub(crate) async fn enter(&self, engine: &EngineHandle) -> Result<Place<'_>, ApiError> {
        self.enter_else(|| engine.busy().borrow().stalled.clone()).await
    }

    async fn enter_else(&self, reason: impl Fn() -> Option<String>) -> Result<Place<'_>, ApiError> {
        let mut acquire = std::pin::pin!(self.places.acquire());
        loop {
            let before = self.passed.load(Ordering::Relaxed);
            match timeout(PATIENCE, &mut acquire).await {
                Ok(Ok(permit)) => return Ok(Place { _permit: permit, line: self }),
                Err(_over) if self.passed.load(Ordering::Relaxed) != before => {}
                Ok(Err(_)) | Err(_) => {
                    let seconds = PATIENCE.as_secs();
                    let why = reason().map(|why| format!(": {why}")).unwrap_or_default();
                    let message = format!(
                        "the run was not started: the history took no run for {seconds} s{why}"
                    );
                    return Err(ApiError::new(Code::Store, message)
                        .help("try again; `millrace daemon status` says what is wrong"));
                }
            }
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.line.passed.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_let_in_in_turn_and_gives_up_only_where_nobody_gets_through() {
        let line = Line::new();
        let enter = || line.enter_else(|| Some("the disk is full".to_owned()));
        let mut inside = Vec::new();
        for _ in 0..AT_A_TIME {
            inside.push(enter().await.unwrap());
        }
        let (mut first, mut second) = (Box::pin(enter()), Box::pin(enter()));
        tokio::select! {
            biased;
            _ = &mut first => panic!("there is no place"),
            _ = &mut second => panic!("there is no place"),
            () = advance(PATIENCE / 2) => {}
        }
        drop(inside.pop());
        let first = first.await.unwrap();
        // Somebody got through since it came: it waits on, and then no longer.
        let error = second.await.unwrap_err();
        assert_eq!(error.code, Code::Store);
        assert!(error.message.ends_with("for 30 s: the disk is full"), "{}", error.message);
        drop((first, inside));
        drop(enter().await.unwrap());
    }
}
