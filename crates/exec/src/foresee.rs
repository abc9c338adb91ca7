//! Whether an attempt would have to run, told before there is a run: for a plan that is only looked at.

use std::path::Path;

use millrace_engine::core::StartAttempt;
use millrace_model::ids::RunId;

use crate::earlier::Earlier;
use crate::ended::now;
use crate::fingerprint::Subject;
use crate::produces::Produced;
use crate::run_dir::RunDir;

/// What would become of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foreseen {
    /// It would run.
    Runs,
    /// All that it produces is there.
    IsThere,
    /// The same was done in this run.
    WasDone(RunId),
    /// That shows when it is its turn: it depends on what tasks before it give, or cannot be told for this reason.
    Open(String),
}

/// What would become of the first attempt of a task, as things are now. `start` has no results of tasks before it; whether it has
/// such tasks at all is given by `has_upstreams`.
pub async fn foresee(
    runs: &Path,
    earlier: &dyn Earlier,
    start: &StartAttempt,
    has_upstreams: bool,
) -> Foreseen {
    let dir = RunDir::of(runs, start.attempt.run);
    match Produced::of(&dir, start) {
        Ok(None) => {}
        Ok(Some(produced)) => match produced.missing().await {
            Ok(missing) if missing.is_empty() => return Foreseen::IsThere,
            Ok(_) => {}
            Err(why) => return Foreseen::Open(why),
        },
        Err(_) => return Foreseen::Open("what it produces depends on tasks before it".to_owned()),
    }
    if start.task().cache.is_none() {
        return Foreseen::Runs;
    }
    if has_upstreams {
        return Foreseen::Open("what it would do depends on tasks before it".to_owned());
    }
    let subject = match Subject::of(&dir, start) {
        Ok(Some(subject)) => subject,
        Ok(None) => return Foreseen::Runs,
        Err(why) => return Foreseen::Open(why),
    };
    let oldest = subject.max_age.map(|age| now().minus(age.to_std()));
    let digest = match tokio::task::spawn_blocking(move || subject.digest()).await {
        Ok(Ok(digest)) => digest,
        Ok(Err(why)) => return Foreseen::Open(why),
        Err(error) => return Foreseen::Open(error.to_string()),
    };
    let Some(workflow) = start.context.head.workflow_id else { return Foreseen::Runs };
    match earlier.same(workflow, &start.key, &digest, oldest).await {
        Ok(Some(given)) => Foreseen::WasDone(given.run),
        Ok(None) => Foreseen::Runs,
        Err(why) => Foreseen::Open(why),
    }
}
