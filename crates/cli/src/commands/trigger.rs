//! `millrace trigger`: the token by which a program starts a workflow.

use millrace_api::trigger::MakeToken;
use millrace_server::web::DEFAULT_PORT;

use crate::args::{Trigger, TriggerCommand};
use crate::failure::{Exit, Failure};
use crate::link::{self, Link, block_on};
use crate::out::Out;

pub(crate) fn run(args: &Trigger, out: &mut Out) -> Result<Exit, Failure> {
    let TriggerCommand::Token { workflow, trigger } = &args.command;
    let source = link::source(workflow)?;
    block_on(async {
        let link = Link::to_daemon().await?;
        let request = MakeToken { source, trigger: trigger.clone() };
        let made = link.backend().make_token(request).await?;
        out.write(&format!("{}\n", made.token.reveal()))?;
        out.note(&format!(
            "Kept nowhere else. While `millrace serve` runs: POST http://127.0.0.1:{DEFAULT_PORT}{}",
            made.path
        ))?;
        Ok(Exit::Succeeded)
    })?
}
