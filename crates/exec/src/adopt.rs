//! What is left of a keeper: the living one of an earlier daemon, or the journal of a dead one.

use std::io;
use std::time::Duration;

use millrace_keeper::identity::{boot_id, signal_process};
use millrace_keeper::journal::{JournalReader, Unfinished, keeper_is_alive, unfinished};
use millrace_keeper::orphans::kill_run;
use millrace_keeper::protocol::{Entry, KeeperHello, ToKeeper};
use millrace_model::ids::RunId;
use rustix::process::Signal;
use tokio::time::{Instant, timeout};

use crate::keeper_link::KeeperLink;
use crate::run_dir::RunDir;

/// How long a keeper with nothing to do may take to leave: it clears away what is below it for two seconds.
const LEAVE_LIMIT: Duration = Duration::from_secs(10);
/// By then a keeper that is there has said who it is.
const GREETING_LIMIT: Duration = Duration::from_secs(1);
/// The same of one that may have been stopped, or has much to do.
pub(crate) const LAST_GREETING_LIMIT: Duration = Duration::from_secs(10);
/// Between two looks whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// What a dead keeper left.
#[derive(Default)]
pub(crate) struct Remains {
    /// Journal records that were not taken in yet.
    pub(crate) entries: Vec<Entry>,
    /// Processes that outlived it and were killed.
    pub(crate) killed: usize,
    /// There was a keeper, so attempts without a record may have begun.
    pub(crate) may_have_started: bool,
}

/// Connects to the keeper of a run, if one lives. One that was stopped (SIGSTOP) is continued.
pub(crate) async fn find_keeper(dir: &RunDir) -> io::Result<Option<(KeeperLink, KeeperHello)>> {
    match keeper_is_alive(&dir.journal()) {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let socket = dir.socket();
    if let Ok(opened) = timeout(GREETING_LIMIT, KeeperLink::open(&socket)).await {
        return opened.map(Some);
    }
    let _continued = signal_keeper(dir, Signal::CONT).await;
    match timeout(LAST_GREETING_LIMIT, KeeperLink::open(&socket)).await {
        Ok(opened) => opened.map(Some),
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the keeper does not answer")),
    }
}

/// Sends a signal to the keeper that the run's journal names, if that lives. What belongs to a killed one is looked for by
/// [`read_remains`].
pub(crate) async fn signal_keeper(dir: &RunDir, signal: Signal) -> io::Result<bool> {
    let journal = dir.journal();
    let send = move || match unfinished(&journal)?.keeper {
        Some(keeper) if keeper.boot_id == boot_id() => {
            signal_process(keeper.pid, keeper.start_ticks, signal)
        }
        _ => Ok(false),
    };
    tokio::task::spawn_blocking(send).await.map_err(io::Error::other)?
}

/// Sees to it that no keeper works on the run when the next one is started, and says whether none does. One that still did
/// had nothing to do: it was on its way out after the end of the run, which is tried again already, or no daemon came to
/// tell it that the run ended.
pub(crate) async fn see_off(dir: &RunDir) -> bool {
    if !is_taken(dir) {
        return true;
    }
    // One that does not listen any more needs not be told.
    if let Ok(Some((mut link, _))) = find_keeper(dir).await {
        link.send(&ToKeeper::Quit);
        let _told = link.flush().await;
    }
    if left(dir).await {
        return true;
    }
    tracing::warn!(dir = %dir.root().display(), "a keeper that does not leave is killed");
    let _killed = signal_keeper(dir, Signal::KILL).await;
    left(dir).await
}

/// Whether somebody works on the run's journal.
pub(crate) fn is_taken(dir: &RunDir) -> bool {
    keeper_is_alive(&dir.journal()).unwrap_or(false)
}

/// Waits until nobody does; not for ever.
async fn left(dir: &RunDir) -> bool {
    let deadline = Instant::now() + LEAVE_LIMIT;
    while is_taken(dir) {
        if Instant::now() > deadline {
            return false;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    true
}

/// Ends the keeper of a run that nobody goes on with, and what ran under it; gives how many processes outlived it. What
/// docker runs is none of them.
///
/// # Errors
/// What cannot be read, of the journal or of `/proc`.
pub async fn end_leftovers(dir: &RunDir, run: RunId) -> io::Result<usize> {
    let _killed = signal_keeper(dir, Signal::KILL).await;
    let _left = left(dir).await;
    let (dir, run) = (dir.clone(), run.to_string());
    let read = move || read_remains(&dir, &run, u64::MAX).map(|remains| remains.killed);
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

/// Reads what a dead keeper left after record number `record`, and kills what outlived it. Blocks.
pub(crate) fn read_remains(dir: &RunDir, run: &str, record: u64) -> io::Result<Remains> {
    let journal = dir.journal();
    let reader = match JournalReader::open(&journal) {
        // No keeper ever came so far as to start something; or a task took the journal away.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let killed = kill_run(run, &Unfinished::default())?;
            return Ok(Remains { killed, may_have_started: killed > 0, ..Remains::default() });
        }
        Err(error) => {
            let killed = kill_run(run, &Unfinished::default())?;
            tracing::warn!(
                run,
                killed,
                "without the journal, processes are found by their marks alone"
            );
            return Err(error);
        }
        Ok(reader) => reader,
    };
    let mut entries = Vec::new();
    for entry in reader {
        let entry = entry?;
        if entry.record > record {
            entries.push(entry);
        }
    }
    let killed = kill_run(run, &unfinished(&journal)?)?;
    Ok(Remains { entries, killed, may_have_started: true })
}
