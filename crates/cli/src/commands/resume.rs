//! `millrace resume`: lets a paused run go on.

use millrace_api::run::ResumeRun;

use crate::args::RunName;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;

pub(crate) fn run(args: &RunName, out: &mut Out) -> Result<Exit, Failure> {
    block_on(async {
        let link = Link::to_daemon().await?;
        let run = link.find_run(&args.run).await?;
        link.backend().resume_run(ResumeRun { run }).await?;
        out.note(&format!("run {run:.8} goes on"))?;
        Ok(Exit::Succeeded)
    })?
}
