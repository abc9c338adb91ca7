//! `millrace-keeper`: the parent of one run's task processes.
//!
//! Single-threaded and small. It starts what it is told, pumps output into logs, enforces deadlines, journals every
//! start and exit and tells the daemon after that. It knows nothing of graphs, databases or HTTP: it has hardly a
//! reason to die, and when the daemon does, tasks go on.

mod args;
mod host;

use std::io::Write;
use std::process::ExitCode;

use args::{Args, Parsed};

fn main() -> ExitCode {
    let done = match args::parse(std::env::args_os().skip(1)) {
        Ok(Parsed::Run(args)) => run(&args),
        Ok(Parsed::Guard(guard)) => {
            host::close_inherited(None);
            host::guard::watch(&guard)
        }
        Ok(Parsed::Print(text)) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            let _ = writeln!(std::io::stderr(), "millrace-keeper: {problem}; see --help");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(std::io::stderr(), "millrace-keeper: {problem}");
            ExitCode::from(4)
        }
    }
}

fn run(args: &Args) -> Result<(), host::KeeperError> {
    host::close_inherited(args.fd);
    host::prepare_dir(&args.dir)?;
    let ready = if args.foreground {
        host::Ready::Stdout
    } else {
        match host::into_background(args)? {
            host::Background::Parent => return Ok(()),
            host::Background::Child(ready) => ready,
        }
    };
    host::serve(args, ready)
}
