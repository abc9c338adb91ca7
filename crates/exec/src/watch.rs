//! Watches: looks again and again whether something outside is there that a task waits for.
//!
//! A watch has no process and no place, and nothing of it is kept: the engine has recorded that it waits, and has the next
//! daemon look again. It decides nothing but whether what is waited for is there.

mod look;

use std::collections::HashMap;
use std::sync::Arc;

use millrace_engine::core::{AttemptReport, StartAttempt};
use millrace_engine::ports::Reports;
use millrace_model::Values;
use millrace_model::action::{Action, Condition, Wait};
use millrace_model::event::{AttemptEnd, Outcome};
use millrace_model::ids::AttemptId;
use tokio::task::AbortHandle;

use crate::ended::now;
use crate::http::Web;
use crate::prepare::workdir;
use crate::processes::ExecConfig;
use crate::run_dir::RunDir;
use look::Looker;

/// The watches of a home. They end with this.
#[derive(Debug, Default)]
pub(crate) struct Watches(HashMap<AttemptId, AbortHandle>);

impl Watches {
    /// Begins to look for what the attempt waits for.
    pub(crate) fn start(
        &mut self,
        config: &ExecConfig,
        web: &Arc<Web>,
        start: &StartAttempt,
        reports: Reports,
    ) {
        self.0.retain(|_, watch| !watch.is_finished());
        let attempt = start.attempt;
        let looker = looker_of(config, web, start);
        let watch = config.runtime.spawn(async move {
            let outcome = match looker {
                Ok((mut looker, condition)) => loop {
                    match looker.look().await {
                        Ok(Some(outputs)) => break (Outcome::Succeeded, outputs),
                        Ok(None) => tokio::time::sleep(condition.poll.to_std()).await,
                        Err(message) => break (Outcome::Error { message }, Values::new()),
                    }
                },
                Err(message) => (Outcome::Error { message }, Values::new()),
            };
            let (outcome, outputs) = outcome;
            let end = AttemptEnd { outputs, ..AttemptEnd::unmeasured(outcome, now()) };
            // The engine may have gone: the next one has it looked for again.
            let _told = reports.send(attempt, AttemptReport::Ended(Box::new(end))).await;
        });
        if let Some(before) = self.0.insert(attempt, watch.abort_handle()) {
            before.abort();
        }
    }

    /// Looks no more.
    pub(crate) fn stop(&mut self, attempt: AttemptId) {
        if let Some(watch) = self.0.remove(&attempt) {
            watch.abort();
        }
    }
}

impl Drop for Watches {
    fn drop(&mut self) {
        self.0.values().for_each(AbortHandle::abort);
    }
}

fn looker_of(
    config: &ExecConfig,
    web: &Arc<Web>,
    start: &StartAttempt,
) -> Result<(Looker, Condition), String> {
    let condition = match Action::for_task(start.task()) {
        Ok(Action::Wait(wait)) => match *wait {
            Wait::Condition(condition) => condition,
            _ => return Err(format!("{} waits for nothing outside", start.key)),
        },
        _ => return Err(format!("{} waits for nothing outside", start.key)),
    };
    let scope = start.scope();
    let outside = condition.resolve(&scope)?;
    let dir = RunDir::of(&config.runs, start.attempt.run);
    let folder = workdir(&dir, start, &scope)?;
    Ok((Looker::new(outside, folder, Arc::clone(web)), condition))
}
