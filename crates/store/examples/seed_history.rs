//! Fills the history of a home with plausible runs: `seed_history --runs N --tasks M --home DIR [--seed S]`.
//!
//! Behind `cargo xtask seed-history`; for measuring how lists behave with a long history.

#![expect(clippy::print_stderr, reason = "a command-line tool")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use millrace_model::time::Timestamp;
use millrace_store::seed::{Fill, fill};
use millrace_store::{Options, Store};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
    let mut wanted =
        Fill { runs: 1_000, tasks: 10, seed: 1, until: Timestamp(i64::try_from(now)?) };
    let mut home = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} needs a value"))?;
        match name.as_str() {
            "--runs" => wanted.runs = value.parse()?,
            "--tasks" => wanted.tasks = value.parse()?,
            "--seed" => wanted.seed = value.parse()?,
            "--home" => home = Some(PathBuf::from(value)),
            other => return Err(format!("{other} is not an option").into()),
        }
    }
    let home = home.ok_or("say which home with --home DIR")?;
    let store = Store::open(&home, Options::default())?;
    let mut told = 0;
    fill(&mut store.writer()?, &wanted, |stored| {
        if stored >= told + 10_000 {
            told = stored;
            eprintln!("{stored} runs");
        }
    })?;
    eprintln!("{} runs of {} tasks in {}", wanted.runs, wanted.tasks, home.display());
    Ok(())
}
