//! `millrace cancel`: stops runs.

use millrace_api::bulk::CancelRuns;
use millrace_api::run::CancelRun;

use super::chosen;
use crate::args::Cancel;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;

pub(crate) fn run(args: &Cancel, out: &mut Out) -> Result<Exit, Failure> {
    block_on(async {
        let link = Link::to_daemon().await?;
        let runs = chosen::runs(&link, &args.chosen, "Cancel", out).await?;
        let (kill, json) = (args.kill, args.json);
        let how = if kill { "killed" } else { "being cancelled" };
        if let ([run], None, false) = (runs.as_slice(), &args.chosen.query, json) {
            let run = *run;
            link.backend().cancel_run(CancelRun { run, kill }).await?;
            out.note(&format!("run {run:.8} is {how}; `millrace show {run:.8}` says how it ends"))?;
            return Ok(Exit::Succeeded);
        }
        let steered = link.backend().cancel_runs(CancelRuns { runs, kill }).await?;
        chosen::report(&steered, how, json, out)
    })?
}
