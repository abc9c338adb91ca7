//! A keeper for a run that has none: who still has the run's journal is seen off, and one is started.

use std::io;

use millrace_engine::core::StartAttempt;
use millrace_keeper::launch::Launch;
use millrace_keeper::protocol::{KeeperHello, ToKeeper};
use tokio::time::timeout;

use super::RunActor;
use crate::adopt;
use crate::keeper_link::KeeperLink;

impl RunActor {
    /// Sees to it that the run has a keeper that knows what holds for all of the run.
    pub(super) async fn need_keeper(&mut self, start: &StartAttempt) -> Result<(), String> {
        if self.link.is_none() {
            self.see_off().await?;
            // One that was killed before it had anything to do costs no attempt.
            let opened = match self.launch().await {
                Ok(opened) => opened,
                Err(error) => {
                    tracing::warn!(run = %self.run, error, "starting a keeper once more");
                    self.see_off().await?; // What is left of it may have the journal.
                    self.launch().await?
                }
            };
            let (mut link, hello) = opened;
            self.record = hello.last_record;
            self.places = start.places;
            self.slots = self.slots_left();
            self.is_configured = hello.configured;
            self.keeper = Some((hello.pid, hello.start_ticks));
            link.send(&ToKeeper::Resend { after_record: hello.last_record });
            self.link = Some(link);
        }
        self.need_configuration(start).await;
        Ok(())
    }

    /// Whoever does not leave is waited for once, and not by each attempt that is still to begin.
    async fn see_off(&mut self) -> Result<(), String> {
        let is_there = match self.is_taken {
            true => adopt::is_taken(&self.dir),
            false => !adopt::see_off(&self.dir).await,
        };
        self.is_taken = is_there;
        if !is_there {
            return Ok(());
        }
        let journal = self.dir.journal();
        Err(format!(
            "a process that is not this run's keeper has locked {0} and does not leave; \
             `fuser {0}` says which, end it and run the task again",
            journal.display()
        ))
    }

    async fn launch(&self) -> Result<(KeeperLink, KeeperHello), String> {
        let launch = Launch {
            program: self.config.keeper.clone(),
            run_dir: self.dir.root().to_owned(),
            run_id: self.run.to_string(),
            socket: None,
        };
        let done = tokio::task::spawn_blocking(move || launch.start()).await;
        let launched = done.map_err(|error| error.to_string())?.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                format!(
                    "{error}; is Millrace installed completely? its programs must lie side by side"
                )
            }
            _ => error.to_string(),
        })?;
        let greeting = timeout(adopt::LAST_GREETING_LIMIT, KeeperLink::open(&launched.socket));
        match greeting.await {
            Ok(opened) => opened.map_err(|error| format!("the keeper does not answer: {error}")),
            Err(_) => Err("the keeper does not answer".to_owned()),
        }
    }
}
