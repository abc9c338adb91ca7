//! `millrace rerun`: runs the current document again, taking over results of an old run.

use millrace_api::run::Rerun as Request;

use super::run::{detached, param_texts, params};
use crate::args::Rerun;
use crate::failure::{Exit, Failure};
use crate::link::block_on;
use crate::out::Out;
use crate::watch::{self, Interrupts, Watch};

pub(crate) fn run(args: &Rerun, out: &mut Out) -> Result<Exit, Failure> {
    let (params, param_texts) = (params(&args.params)?, param_texts(&args.params)?);
    block_on(async {
        let mut interrupts = Interrupts::listen()?;
        let Some(mut link) = watch::connect(&mut interrupts).await? else {
            return Ok(Exit::Canceled);
        };
        let run = link.find_run(&args.run).await?;
        let from = args.from.clone();
        let request = Request {
            run,
            from,
            source: None,
            params,
            param_texts,
            pinned: args.pinned,
            // Who types it has chosen it.
            vouched: true,
        };
        let started = link.backend().rerun(request).await?;
        if args.detach {
            return detached(started.run, args.json, out);
        }
        watch::watch(&mut link, Watch::whole(started.run, args.json), interrupts, out).await
    })?
}
