//! The program behind `cargo xtask`; all of it is in the library.

use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "where a command's error belongs")]
fn main() -> ExitCode {
    match xtask::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
