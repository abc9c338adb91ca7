//! The `millrace` command.
//!
//! Each subcommand is a file in `commands`. They talk to the daemon through the api's `Backend`, or need none
//! at all; nothing about graphs, runs or stores is decided here.

mod args;
mod commands;
#[cfg(test)]
mod docs_test;
mod failure;
mod link;
mod out;
mod text;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use failure::Failure;
use out::Out;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut out = Out::new(cli.color);
    match commands::run(&cli, &mut out) {
        Ok(exit) => exit.into(),
        Err(Failure::BrokenPipe) => failure::Exit::Succeeded.into(),
        Err(failure) => {
            // Where not even stderr takes it, the exit code must say enough.
            let _unsaid = failure.print(&mut out);
            failure.exit().into()
        }
    }
}

/// Help and version are a success; what cannot be understood is wrong usage.
fn usage(error: &clap::Error) -> ExitCode {
    let _unsaid = error.print();
    let exit = if error.use_stderr() { failure::Exit::Usage } else { failure::Exit::Succeeded };
    exit.into()
}
