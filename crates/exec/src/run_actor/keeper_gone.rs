//! A keeper that was stopped, and what becomes of attempts whose keeper is gone: what it left in its journal is taken in, what outlived it is ended, and the
//! rest is lost.

use std::io;

use millrace_engine::core::AttemptReport;
use millrace_engine::ports::EngineGone;
use millrace_keeper::identity::signal_process;
use rustix::process::Signal;

use super::RunActor;
use crate::adopt;
use crate::containers::Removed;

impl RunActor {
    /// Tasks that do not want to be stopped may have stopped (SIGSTOP) who is to do it.
    pub(super) fn wake_keeper(&self) {
        if let Some((pid, start_ticks)) = self.keeper.filter(|_| self.link.is_some()) {
            let _gone = signal_process(pid, start_ticks, Signal::CONT);
        }
    }

    /// The keeper is gone: takes in what it left in its journal, ends what outlived it, and reports the rest lost.
    pub(super) async fn keeper_gone(&mut self, how: &str) -> Result<(), EngineGone> {
        self.link = None;
        let places = self.places.max(1) as usize;
        let (dir, run, record) = (self.dir.clone(), self.run.to_string(), self.record);
        let read = move || adopt::read_remains(&dir, &run, record);
        let remains = match tokio::task::spawn_blocking(read).await {
            Ok(remains) => remains,
            Err(error) => Err(io::Error::other(error)),
        };
        let remains = remains.unwrap_or_else(|error| {
            tracing::error!(run = %self.run, %error, "the keeper's journal cannot be read");
            adopt::Remains { may_have_started: true, ..adopt::Remains::default() }
        });
        for entry in remains.entries {
            self.take_entry(entry, true).await?;
        }
        if self.in_flight.is_empty() {
            return Ok(());
        }
        tracing::warn!(run = %self.run, how, killed = remains.killed, "the keeper is gone");
        let running = self.in_flight.values().filter(|attempt| attempt.started).count();
        // A keeper starts in order and journals a start right after it: only as many as it had free places for can
        // have begun without a record.
        let mut doubtful = match remains.may_have_started {
            true => places.saturating_sub(running),
            false => 0,
        };
        for (serial, attempt) in std::mem::take(&mut self.in_flight) {
            self.listening.end(serial);
            let is_lost = attempt.started || doubtful > 0;
            if !attempt.started {
                doubtful = doubtful.saturating_sub(1);
            }
            let report = match is_lost {
                true => AttemptReport::Unknown { message: format!("its keeper is gone ({how})") },
                false => AttemptReport::Recalled,
            };
            if let Some(container) = attempt.container.filter(|_| is_lost) {
                let then = Removed::Lost(report);
                self.removals.start(serial, container, then, &self.config.runtime);
                continue;
            }
            self.report(serial, report).await?;
        }
        Ok(())
    }
}
