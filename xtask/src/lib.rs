//! The project's own commands: `cargo xtask --help` lists them.
//!
//! One module a command; [`display`] and [`webdriver`] are what end-to-end tests are made of. Nothing here is part of the product; it is compiled before every command, so its
//! dependencies are few.

mod app;
mod bench;
mod cargo;
mod clock;
mod deny;
pub mod display;
mod dist;
mod e2e;
mod faults;
mod fuzz;
mod process;
mod screenshots;
mod seed_history;
mod setup;
mod shot;
mod soak;
mod test;
mod tidy;
mod ui;
pub mod webdriver;
mod workspace;

use clap::{Parser, Subcommand};

/// Sets Millrace up, builds, starts and tests it.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Two commands are all a newcomer needs:
  cargo xtask app     installs what is missing, builds, and opens the window
  cargo xtask test    installs what is missing and runs every check that CI runs

Environment:
  CARGO_TARGET_DIR          where everything is built (default: target in the checkout)
  MILLRACE_WASM_TARGET_DIR  where the ui's wasm is built (default: wasm in the target folder)
  CI=true                   never ask before installing";

#[derive(Debug, Subcommand)]
enum Command {
    Setup(setup::Arguments),
    App(app::Arguments),
    Test(test::Arguments),
    Tidy(tidy::Arguments),
    Ui(ui::Arguments),
    Dist(dist::Arguments),
    Shot(shot::Arguments),
    Screenshots(screenshots::Arguments),
    Bench(bench::Arguments),
    Clock(clock::Arguments),
    Deny(deny::Arguments),
    E2e(e2e::Arguments),
    Faults(faults::Arguments),
    Fuzz(fuzz::Arguments),
    Soak(soak::Arguments),
    SeedHistory(seed_history::Arguments),
}

/// Reads the command line and does what it says.
///
/// # Errors
/// Whatever went wrong, as a sentence for the terminal.
pub fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let workspace = workspace::Workspace::find()?;
    match arguments.command {
        Command::Setup(arguments) => setup::run(&workspace, &arguments),
        Command::App(arguments) => app::run(&workspace, &arguments),
        Command::Test(arguments) => test::run(&workspace, &arguments),
        Command::Tidy(arguments) => tidy::run(&workspace, &arguments),
        Command::Ui(arguments) => ui::run(&workspace, &arguments),
        Command::Dist(arguments) => dist::run(&workspace, &arguments),
        Command::Shot(arguments) => shot::run(&workspace, &arguments),
        Command::Screenshots(arguments) => screenshots::run(&workspace, &arguments),
        Command::Bench(arguments) => bench::run(&workspace, &arguments),
        Command::Clock(arguments) => clock::run(&workspace, &arguments),
        Command::Deny(arguments) => deny::run(&workspace, &arguments),
        Command::E2e(arguments) => e2e::run(&workspace, &arguments),
        Command::Faults(arguments) => faults::run(&workspace, &arguments),
        Command::Fuzz(arguments) => fuzz::run(&workspace, &arguments),
        Command::Soak(arguments) => soak::run(&workspace, &arguments),
        Command::SeedHistory(arguments) => seed_history::run(&workspace, &arguments),
    }
}
