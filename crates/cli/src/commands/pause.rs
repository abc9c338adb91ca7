//! `millrace pause`: starts no new tasks of a run.

use millrace_api::run::PauseRun;

use crate::args::RunName;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;

pub(crate) fn run(args: &RunName, out: &mut Out) -> Result<Exit, Failure> {
    block_on(async {
        let link = Link::to_daemon().await?;
        let run = link.find_run(&args.run).await?;
        link.backend().pause_run(PauseRun { run }).await?;
        out.note(&format!(
            "run {run:.8} is paused: what runs goes on, nothing new starts until \
             `millrace resume {run:.8}`"
        ))?;
        Ok(Exit::Succeeded)
    })?
}
