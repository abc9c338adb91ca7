//! What is left of a keeper: the living one of an earlier daemon, or the journal of a dead one.

use std::io;
use std::time::{Duration, Instant};

use millrace_keeper::journal::{JournalReader, keeper_is_alive, unfinished};
use millrace_keeper::orphans::kill_run;
use millrace_keeper::protocol::{Entry, KeeperHello, ToKeeper};

use crate::keeper_link::KeeperLink;
use crate::run_dir::RunDir;

/// How long a keeper with nothing to do may take to leave: it clears away what is below it for two seconds.
const LEAVE_LIMIT: Duration = Duration::from_secs(10);
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

/// Connects to the keeper of a run, if one lives.
pub(crate) async fn find_keeper(dir: &RunDir) -> io::Result<Option<(KeeperLink, KeeperHello)>> {
    match keeper_is_alive(&dir.journal()) {
        Ok(true) => KeeperLink::open(&dir.socket()).await.map(Some),
        Ok(false) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sees to it that no keeper works on the run when the next one is started. One that still does has nothing to do: it is
/// on its way out after the end of the run, which is tried again already, or no daemon came to tell it that the run ended.
pub(crate) async fn see_off(dir: &RunDir) {
    let is_there = || keeper_is_alive(&dir.journal()).unwrap_or(false);
    if !is_there() {
        return;
    }
    // One that does not listen any more needs not be told.
    if let Ok(Some((mut link, _))) = find_keeper(dir).await {
        link.send(&ToKeeper::Quit);
        let _told = link.flush().await;
    }
    let deadline = Instant::now() + LEAVE_LIMIT;
    while is_there() && Instant::now() < deadline {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Reads what a dead keeper left after record number `record`, and kills what outlived it. Blocks.
pub(crate) fn read_remains(dir: &RunDir, run: &str, record: u64) -> io::Result<Remains> {
    let journal = dir.journal();
    let reader = match JournalReader::open(&journal) {
        // No keeper ever came so far as to start something.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Remains::default()),
        other => other?,
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
