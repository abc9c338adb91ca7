//! The client of a round: `millrace run --json`, and what it has been told.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::processes;
use super::site::Site;

/// So many lines wait for us at most; then the client waits.
const BACKLOG: usize = 256;

/// A client that watches its run.
pub(super) struct Watcher {
    child: Child,
    lines: Receiver<String>,
    /// Every event that it was told, as it printed it.
    pub(super) events: Vec<Value>,
    is_over: bool,
    was_killed: bool,
}

impl Watcher {
    /// Starts the run of a document.
    pub(super) fn start(site: &Site, document: &Path) -> anyhow::Result<Self> {
        let document = document.to_str().context("the temporary folder's path is not text")?;
        let mut child = site
            .millrace(&["run", document, "--json"])
            .spawn()
            .context("cannot start the command line")?;
        let stdout = child.stdout.take().context("the client has no output")?;
        let (sender, lines) = sync_channel(BACKLOG);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, lines, events: Vec::new(), is_over: false, was_killed: false })
    }

    /// The run, once the client was told of it.
    pub(super) fn run(&self) -> Option<String> {
        Some(self.events.first()?.get("run")?.as_str()?.to_owned())
    }

    /// Whether the run ended before its eyes, or the client itself did.
    pub(super) fn saw_the_end(&self) -> bool {
        let last = self.events.last().and_then(|event| event.pointer("/kind/event"));
        self.is_over || last.is_some_and(|event| event == "run_ended")
    }

    /// Listens until the client was told so many events, has ended, or the deadline comes.
    pub(super) fn listen(&mut self, events: u64, deadline: Instant) -> anyhow::Result<()> {
        while !self.is_over && (self.events.len() as u64) < events && self.hear(deadline)? {}
        Ok(())
    }

    /// Listens until the client ends, and answers its exit code; none where it was killed.
    pub(super) fn finish(&mut self, deadline: Instant) -> anyhow::Result<Option<i32>> {
        while !self.is_over {
            if !self.hear(deadline)? {
                bail!("the client did not end in time");
            }
        }
        let status = self.child.wait()?;
        Ok(if self.was_killed { None } else { status.code() })
    }

    /// What it complained of. It must have ended.
    pub(super) fn complaint(&mut self) -> String {
        let mut text = String::new();
        if let Some(stderr) = self.child.stderr.take() {
            let _cut = stderr.take(4_096).read_to_string(&mut text);
        }
        text.trim().to_owned()
    }

    /// Kills it.
    pub(super) fn kill(&mut self) -> anyhow::Result<bool> {
        if self.child.try_wait()?.is_some() {
            return Ok(false);
        }
        self.was_killed = true;
        processes::kill(self.child.id())
    }

    /// Takes in one line. False where the deadline came first.
    fn hear(&mut self, deadline: Instant) -> anyhow::Result<bool> {
        match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                match serde_json::from_str::<Value>(&line) {
                    Ok(value) if value.get("seq").is_some() => self.events.push(value),
                    // The summary at the end.
                    Ok(_) => {}
                    // It was killed within a line.
                    Err(_) if self.was_killed => {}
                    Err(error) => bail!("the client printed {line:?}: {error}"),
                }
                Ok(true)
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.is_over = true;
                Ok(true)
            }
            Err(RecvTimeoutError::Timeout) => Ok(false),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}
