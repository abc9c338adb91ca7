//! `millrace cancel`: stops a run.

use millrace_api::run::CancelRun;

use crate::args::Cancel;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;

pub(crate) fn run(args: &Cancel, out: &mut Out) -> Result<Exit, Failure> {
    block_on(async {
        let link = Link::to_daemon().await?;
        let run = link.find_run(&args.run).await?;
        link.backend().cancel_run(CancelRun { run, kill: args.kill }).await?;
        let how = if args.kill { "killed" } else { "being cancelled" };
        out.note(&format!("run {run:.8} is {how}; `millrace show {run:.8}` says how it ends"))?;
        Ok(Exit::Succeeded)
    })?
}
