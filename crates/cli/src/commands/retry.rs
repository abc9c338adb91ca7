//! `millrace retry`: reopens runs that ended; a single one is watched.

use millrace_api::bulk::RetryRuns;
use millrace_api::run::{GetRun, RetryRun};

use super::chosen;
use super::run::detached;
use crate::args::Retry;
use crate::failure::{Exit, Failure};
use crate::link::block_on;
use crate::out::Out;
use crate::watch::{self, Interrupts, Watch};

pub(crate) fn run(args: &Retry, out: &mut Out) -> Result<Exit, Failure> {
    block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let Some(mut link) = watch::connect(&mut interrupts).await? else {
            return Ok(Exit::Canceled);
        };
        let runs = chosen::runs(&link, &args.chosen, "Retry", out).await?;
        let ([run], None) = (runs.as_slice(), &args.chosen.query) else {
            let steered = link.backend().retry_runs(RetryRuns { runs }).await?;
            return chosen::report(&steered, "run again", args.json, out);
        };
        let run = *run;
        // Watched from here on: what came before is another round.
        let before = link.backend().get_run(GetRun { run, snapshot: false }).await?.run;
        link.backend().retry_run(RetryRun { run }).await?;
        if args.detach {
            return detached(run, args.json, out);
        }
        watch::watch(&mut link, Watch::from(before, args.json), interrupts, out).await
    })?
}
