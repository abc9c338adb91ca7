//! `millrace restore`: the home as it was in a backup. A daemon that has nothing to do makes room.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use millrace_api::home::Home;
use millrace_api::run::{DaemonState, StopDaemon};
use millrace_api::{ApiError, Backend, Code};
use millrace_app::Restored;

use crate::args::Restore;
use crate::failure::{Exit, Failure};
use crate::link::block_on;
use crate::out::Out;
use crate::text::{escape, human};

/// How long a daemon that has nothing to do may take to be gone.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

pub(crate) fn run(args: &Restore, out: &mut Out) -> Result<Exit, Failure> {
    let home = Home::of_user()?;
    block_on(make_room(&home))??;
    let restored = millrace_app::restore(&home, &args.file, args.replace)?;
    if args.json {
        out.json(&restored)?;
        return Ok(Exit::Succeeded);
    }
    out.note(&said(&restored))?;
    Ok(Exit::Succeeded)
}

/// Ends the daemon where it has nothing to do.
async fn make_room(home: &Home) -> Result<(), ApiError> {
    let Some(client) = millrace_client::connect_running(home).await? else { return Ok(()) };
    let report = client.daemon_state(DaemonState {}).await?;
    let under_way = report.running_runs + report.queued_runs;
    if under_way > 0 {
        let message = format!("the daemon (process {}) has {under_way} runs under way", report.pid);
        return Err(ApiError::new(Code::HomeTaken, message)
            .help("wait for their end, or `millrace daemon stop --cancel-runs`; then restore"));
    }
    client.stop_daemon(StopDaemon { cancel_runs: false }).await?;
    let asked = Instant::now();
    while millrace_app::home_holder(home).is_some() {
        if asked.elapsed() > STOP_LIMIT {
            let message = format!("the daemon (process {}) does not end", report.pid);
            return Err(ApiError::new(Code::Unreachable, message)
                .help(format!("look into {}", home.daemon_log().display())));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

fn said(restored: &Restored) -> String {
    let mut lines = vec![format!(
        "{} is as it was on {}, with {} runs",
        escape::one_line(&restored.home.display().to_string()),
        human::date_time(restored.made, &TimeZone::system()),
        restored.runs
    )];
    if let Some(moved) = &restored.moved {
        let moved = escape::one_line(&moved.display().to_string());
        lines.push(format!("what was there is in {moved}: delete it when you do not need it"));
    }
    match restored.lost.as_slice() {
        [] => {}
        [run] => lines.push(format!("run {run:.8} was under way: it ends as lost")),
        runs => lines.push(format!("{} runs were under way: they end as lost", runs.len())),
    }
    if !restored.with_logs {
        lines.push("logs are not in the backup".to_owned());
    }
    if !restored.with_artifacts {
        lines.push("artifacts are not in the backup".to_owned());
    }
    if !restored.secrets.is_empty() {
        lines.push(format!(
            "store these secrets anew, if this is another machine (`millrace secret set`): {}",
            restored.secrets.join(", ")
        ));
    }
    lines.join("\n")
}
