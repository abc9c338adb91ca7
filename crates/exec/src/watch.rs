//! Watches: looks again and again whether something outside is there that a task waits for.
//!
//! A watch has no process and no place, and nothing of it is kept: the engine has recorded that it waits, and has the next
//! daemon look again. It decides nothing but whether what is waited for is there.

mod ask;
mod look;

use std::collections::HashMap;
use std::sync::Arc;

use millrace_engine::core::{AttemptReport, StartAttempt};
use millrace_engine::ports::Reports;
use millrace_model::Values;
use millrace_model::action::{Action, Condition, Wait};
use millrace_model::event::{AttemptEnd, Outcome};
use millrace_model::ids::AttemptId;
use millrace_model::report::short;
use tokio::task::AbortHandle;

use crate::ended::now;
use crate::http::Web;
use crate::prepare::workdir;
use crate::processes::ExecConfig;
use crate::run_dir::RunDir;
use look::{Around, Looked, Looker};

/// The watches of a home. They end with this.
#[derive(Debug, Default)]
pub(crate) struct Watches(HashMap<AttemptId, AbortHandle>);

impl Watches {
    /// Begins to look for what the attempt waits for.
    pub(crate) fn start(
        &mut self,
        config: &Arc<ExecConfig>,
        web: &Arc<Web>,
        start: Box<StartAttempt>,
        reports: Reports,
    ) {
        self.0.retain(|_, watch| !watch.is_finished());
        let attempt = start.attempt;
        let (config, web) = (Arc::clone(config), Arc::clone(web));
        let runtime = config.runtime.clone();
        let watch = runtime.spawn(async move {
            let (outcome, outputs) = match look_on(&config, &web, &start, &reports).await {
                Ok(outputs) => (Outcome::Succeeded, outputs),
                Err(message) => (Outcome::Error { message }, Values::new()),
            };
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

/// Looks until it is there, and tells what was found instead whenever that is something else.
async fn look_on(
    config: &Arc<ExecConfig>,
    web: &Arc<Web>,
    start: &StartAttempt,
    reports: &Reports,
) -> Result<Values, String> {
    let attempt = start.attempt;
    let (mut looker, condition) = looker_of(config, web, start)?;
    let mut told = String::new();
    loop {
        let found = match looker.look().await? {
            Looked::There(outputs) => return Ok(outputs),
            Looked::NotYet(found) => found,
            Looked::Unreachable(why) if condition.fail_unreachable => return Err(why),
            Looked::Unreachable(why) => why,
        };
        let found = short(&found);
        if found != told {
            told.clone_from(&found);
            let _told = reports.send(attempt, AttemptReport::Looked { found }).await;
        }
        tokio::time::sleep(condition.poll.to_std()).await;
    }
}

fn looker_of(
    config: &Arc<ExecConfig>,
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
    let around = Around {
        web: Arc::clone(web),
        connections: Arc::clone(&config.connections),
        secrets: Arc::clone(&config.secrets),
        scope,
        folder,
    };
    Ok((Looker::new(outside, around), condition))
}
