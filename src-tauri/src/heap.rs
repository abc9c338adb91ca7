//! How much garbage the page may have lie about (decision 43).
//!
//! The engine of the page collects garbage when its heap has doubled, and on a machine with much memory that is late: what
//! streams of events leave behind grows to hundreds of megabytes before. Told of a small machine it stays where it is.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// An option of JavaScriptCore that it reads from the environment: how much memory it believes the machine to have, in bytes.
const MEMORY: &str = "JSC_forceRAMSize";
const BYTES: &str = "268435456";

/// Starts this program in its own place with that option, where it was started without; where that fails, all goes on
/// without it. Nothing may be held yet.
pub(crate) fn bound() {
    if std::env::var_os(MEMORY).is_some() {
        return;
    }
    let (Ok(program), mut arguments) = (std::env::current_exe(), std::env::args_os()) else {
        return;
    };
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // It comes back only with an error.
    let _error = command.args(arguments).env(MEMORY, BYTES).exec();
}
