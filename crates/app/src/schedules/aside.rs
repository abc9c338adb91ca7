//! Work on files that may lie on a disk that does not answer: everything else goes on meanwhile.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use millrace_api::{ApiError, Code};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout};

/// So long a look is waited for; one that takes longer is asked for its outcome later.
pub(super) const PATIENCE: Duration = Duration::from_millis(250);
/// What takes longer is on a disk that does not answer.
const LONGEST: Duration = Duration::from_secs(10);

/// A look that blocks on files, of which there is one at a time.
#[derive(Debug)]
pub(super) struct Aside<T> {
    under_way: Option<JoinHandle<T>>,
    /// It has been waited for, from this instant on.
    late: Option<Instant>,
}

impl<T> Default for Aside<T> {
    fn default() -> Self {
        Self { under_way: None, late: None }
    }
}

impl<T: Send + 'static> Aside<T> {
    /// Whether one has begun whose outcome was not told yet.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Whether one has begun that cannot be counted on.
    pub(super) fn is_stuck(&self) -> bool {
        self.late.is_some_and(|since| since.elapsed() >= LONGEST)
    }

    pub(super) fn begin(&mut self, look: impl FnOnce() -> T + Send + 'static) {
        *self = Self { under_way: Some(spawn_blocking(look)), late: None };
    }

    /// What it found; none as long as that is not known.
    ///
    /// # Errors
    /// When it broke off.
    pub(super) async fn outcome(&mut self) -> Result<Option<T>, ApiError> {
        let Some(begun) = &mut self.under_way else { return Ok(None) };
        if self.late.is_some() && !begun.is_finished() {
            return Ok(None);
        }
        let Ok(found) = timeout(PATIENCE, begun).await else {
            self.late.get_or_insert_with(Instant::now);
            return Ok(None);
        };
        *self = Self::default();
        found.map(Some).map_err(|error| ApiError::internal("look at files", &error))
    }
}

/// The documents that were to be read and did not answer yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Unanswered(Arc<Mutex<HashSet<PathBuf>>>);

impl Unanswered {
    /// Reads a document; not where it has not answered before.
    ///
    /// # Errors
    /// `File` where it does not answer in time; when the reading broke off.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        path: &Path,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        if self.paths().contains(path) {
            return Err(no_answer(path));
        }
        let mut begun = spawn_blocking(read);
        match timeout(LONGEST, &mut begun).await {
            Ok(found) => found.map_err(|error| ApiError::internal("read a document", &error)),
            Err(_) => {
                self.paths().insert(path.to_owned());
                let (all, path) = (self.clone(), path.to_owned());
                let error = no_answer(&path);
                tokio::spawn(async move {
                    let _too_late = begun.await;
                    all.paths().remove(&path);
                });
                Err(error)
            }
        }
    }

    fn paths(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_answer(path: &Path) -> ApiError {
    let message = format!("the disk of {} does not answer", path.display());
    ApiError::new(Code::File, message).help("look at the disk, or at the network it is on")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    /// Ends when the other side is dropped, at the latest after a while.
    fn hang(until: &Receiver<()>) -> u32 {
        let _told = until.recv_timeout(Duration::from_secs(20));
        7
    }

    #[tokio::test]
    async fn a_look_that_takes_long_is_not_waited_for_twice_and_its_outcome_is_told_once() {
        let mut look = Aside::default();
        assert_eq!(look.outcome().await, Ok(None));
        look.begin(|| 1);
        assert_eq!(look.outcome().await, Ok(Some(1)));
        assert!(!look.is_under_way());
        let (answer, until) = channel();
        look.begin(move || hang(&until));
        assert_eq!(look.outcome().await, Ok(None));
        assert!(look.is_under_way());
        assert_eq!(timeout(Duration::ZERO, look.outcome()).await, Ok(Ok(None)), "no second wait");
        drop(answer);
        let told = async {
            loop {
                match look.outcome().await {
                    Ok(None) => tokio::time::sleep(Duration::from_millis(1)).await,
                    told => return told,
                }
            }
        };
        assert_eq!(timeout(Duration::from_secs(10), told).await, Ok(Ok(Some(7))));
        assert_eq!(look.outcome().await, Ok(None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_document_that_does_not_answer_is_asked_again_only_when_it_has() {
        let (unanswered, path) = (Unanswered::default(), Path::new("/net/a.json"));
        assert_eq!(unanswered.read(path, || 1).await, Ok(1));
        let (answer, until) = channel();
        let reading = unanswered.read(path, move || hang(&until));
        let (refused, ()) = tokio::join!(reading, tokio::time::advance(LONGEST));
        assert!(refused.is_err_and(|error| error.message.contains("/net/a.json does not answer")));
        let asked_again = unanswered.read(path, || -> u32 { panic!("it was asked again") }).await;
        assert!(asked_again.is_err());
        assert_eq!(unanswered.read(Path::new("/home/b.json"), || 2).await, Ok(2));
        drop(answer);
        while unanswered.read(path, || 3).await != Ok(3) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
