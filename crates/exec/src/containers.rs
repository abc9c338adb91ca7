//! Containers: how podman and docker are called, which of them there is, and the removal of what is left of one.
//!
//! A container's process is `podman run` in the foreground, which the keeper watches like any other. With docker, and where
//! podman itself was killed, the container is nobody's child: it is found by its name and removed before its attempt ends.

mod arguments;
mod engine;
mod removal;

pub(crate) use arguments::{Given, arguments};
pub(crate) use engine::{Engines, find};
pub(crate) use removal::{Removals, Removed};

use std::path::PathBuf;
use std::sync::Arc;

use millrace_keeper::protocol::{Ended, EndedBy, Exit};
use millrace_model::event::{AttemptEnd, Outcome};
use millrace_model::ids::AttemptId;

use crate::environment::BaseEnv;

/// The exit code with which podman and docker say that they could not do it.
const NOT_STARTED: i32 = 125;

/// A container of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    /// The program that starts and removes it.
    pub(crate) program: PathBuf,
    /// Its name.
    pub(crate) name: String,
    base_env: Arc<BaseEnv>,
}

/// The name of an attempt's container. Ids of runs are random, so no other home has it.
pub(crate) fn name_of(attempt: AttemptId) -> String {
    format!("millrace-{}-{}", attempt.run, attempt.serial)
}

impl Container {
    /// Whether something can be left of it: it did not end by itself.
    pub(crate) fn may_be_left(ended: &Ended) -> bool {
        ended.killed
            || ended.ended_by != EndedBy::Itself
            || !matches!(ended.exit, Exit::Exited(_) | Exit::SpawnFailed(_))
    }

    /// Tells a program that could not start the container from a command that failed in it.
    pub(crate) fn explain(&self, ended: &Ended, end: &mut AttemptEnd) {
        if end.outcome != (Outcome::Failed { exit: millrace_model::event::Exit::Code(NOT_STARTED) })
        {
            return;
        }
        let engine = self.program.file_name().unwrap_or_default().to_string_lossy();
        let said = String::from_utf8_lossy(&ended.last_output);
        let why = said.lines().rev().map(str::trim).find(|line| {
            // docker ends with a line that says nothing.
            !line.is_empty() && !line.starts_with("See '")
        });
        let why: String = why.unwrap_or("it does not say why").chars().take(400).collect();
        let help = if why.contains("init binary") || why.contains("docker-init") {
            "; set `init` to false, or install catatonit (podman) or tini (docker)"
        } else {
            ""
        };
        let message = format!("{engine} could not run the container: {why}{help}");
        end.outcome = Outcome::Error { message };
    }
}

#[cfg(test)]
mod tests;
