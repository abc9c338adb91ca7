//! The check of the file after an unclean exit.
//!
//! Opening waits for it only so long; a large history is checked on in the background, and the writer stops when
//! something is found.

use std::path::Path;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::StoreError;
use crate::aside;
use crate::error::ErrorContext;

/// Virtual-machine steps of SQLite between two looks at the clock.
const STEPS_PER_LOOK: i32 = 10_000;

/// How the check went, or that it goes on.
#[derive(Debug, Default)]
pub(crate) struct Check {
    /// What came out, once it was made to its end.
    outcome: Arc<OnceLock<Result<(), StoreError>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Check {
    /// Of a history that needs none.
    pub(crate) fn sound() -> Self {
        Self::ended(Ok(()))
    }

    /// One that is over, and this came out.
    pub(crate) fn ended(outcome: Result<(), StoreError>) -> Self {
        let check = Self::default();
        drop(check.outcome.set(outcome));
        check
    }

    /// Checks now for at most `budget`, and on in the background if that is not enough.
    pub(crate) fn start(
        conn: &mut Connection,
        context: &ErrorContext,
        budget: Duration,
    ) -> Result<Self, StoreError> {
        let began = Instant::now();
        let out_of_time = move || began.elapsed() >= budget;
        match quick_check(conn, context, out_of_time)? {
            Verdict::Sound => {
                tracing::info!(elapsed = ?began.elapsed(), "the history was not closed properly; it is sound");
                return Ok(Self::sound());
            }
            Verdict::Damaged(error) => return Err(error),
            Verdict::Interrupted => {}
        }
        let mut check = Self::default();
        let (outcome, stop) = (check.outcome.clone(), check.stop.clone());
        let (context, path) = (context.clone(), context.path.clone());
        let thread = std::thread::Builder::new()
            .name("history-check".into())
            .spawn(move || in_background(&context, &outcome, &stop))
            .map_err(|error| StoreError::Io {
                path,
                detail: format!("no thread for the check of the history: {error}"),
            })?;
        check.thread = Some(thread);
        Ok(check)
    }

    /// What a check in the background found.
    pub(crate) fn damage(&self) -> Option<&StoreError> {
        self.outcome.get()?.as_ref().err()
    }

    /// Whether all was checked, and nothing found.
    pub(crate) fn is_sound(&self) -> bool {
        matches!(self.outcome.get(), Some(Ok(())))
    }

    /// Whether it goes on in the background.
    pub(crate) fn is_going_on(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

enum Verdict {
    Sound,
    Damaged(StoreError),
    Interrupted,
}

fn in_background(
    context: &ErrorContext,
    outcome: &OnceLock<Result<(), StoreError>>,
    stop: &Arc<AtomicBool>,
) {
    let stop = stop.clone();
    let verdict = open_to_read(&context.path)
        .map_err(|error| context.convert(error))
        .and_then(|mut conn| quick_check(&mut conn, context, move || stop.load(Ordering::Relaxed)));
    match verdict {
        Ok(Verdict::Sound) => {
            tracing::info!("the check of the history in the background found it sound");
            drop(outcome.set(Ok(())));
        }
        Ok(Verdict::Damaged(error)) => {
            tracing::error!(%error, "the check of the history in the background found damage");
            if let StoreError::Corrupt { path, detail } = &error
                && let Err(error) = aside::note_damage(path, detail)
            {
                tracing::error!(%error, "the damage could not be noted for the next start");
            }
            drop(outcome.set(Err(error)));
        }
        Ok(Verdict::Interrupted) => {}
        Err(error) => {
            tracing::warn!(%error, "the check of the history could not be finished");
        }
    }
}

fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
}

fn quick_check(
    conn: &mut Connection,
    context: &ErrorContext,
    interrupt: impl FnMut() -> bool + Send + 'static,
) -> Result<Verdict, StoreError> {
    let sql = |error| context.convert(error);
    conn.progress_handler(STEPS_PER_LOOK, Some(interrupt)).map_err(sql)?;
    let answer = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    conn.progress_handler(0, None::<fn() -> bool>).map_err(sql)?;
    match answer {
        Ok(text) if text == "ok" => Ok(Verdict::Sound),
        Ok(detail) => {
            Ok(Verdict::Damaged(StoreError::Corrupt { path: context.path.clone(), detail }))
        }
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            Ok(Verdict::Interrupted)
        }
        Err(error) => match sql(error) {
            damage @ StoreError::Corrupt { .. } => Ok(Verdict::Damaged(damage)),
            other => Err(other),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_could_not_be_read_was_not_checked() {
        let home = tempfile::tempdir().unwrap();
        let context = ErrorContext { path: home.path().join("history.db"), waited_ms: 0 };
        let check = Check::default();
        in_background(&context, &check.outcome, &check.stop);
        assert!(!check.is_sound() && check.damage().is_none());
    }
}
