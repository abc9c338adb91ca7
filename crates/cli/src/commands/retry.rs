//! `millrace retry`: reopens a run that ended and watches it.

use millrace_api::run::{GetRun, RetryRun};

use super::run::detached;
use crate::args::Watched;
use crate::failure::{Exit, Failure};
use crate::link::block_on;
use crate::out::Out;
use crate::watch::{self, Interrupts, Watch};

pub(crate) fn run(args: &Watched, out: &mut Out) -> Result<Exit, Failure> {
    block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let Some(mut link) = watch::connect(&mut interrupts).await? else {
            return Ok(Exit::Canceled);
        };
        let run = link.find_run(&args.run).await?;
        // Watched from here on: what came before is another round.
        let before = link.backend().get_run(GetRun { run, snapshot: false }).await?.run;
        link.backend().retry_run(RetryRun { run }).await?;
        if args.detach {
            return detached(run, args.json, out);
        }
        watch::watch(&mut link, Watch::from(before, args.json), interrupts, out).await
    })?
}
