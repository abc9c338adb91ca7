//! `millrace completions`: what a shell needs to complete the command line.

use clap::CommandFactory;

use crate::args::{Cli, Completions};
use crate::failure::{Exit, Failure};
use crate::out::Out;

pub(crate) fn run(args: &Completions, out: &mut Out) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "millrace", &mut script);
    out.write_bytes(&script)?;
    Ok(Exit::Succeeded)
}
