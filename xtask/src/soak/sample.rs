//! How large everything is at a moment, and whether it grew.

use std::fmt;
use std::fs;
use std::time::Duration;

use anyhow::Context as _;

use crate::faults::processes;
use crate::faults::site::Site;

/// Memory is flat where the last third is at most so much larger than the first one.
const FLAT: f64 = 1.10;
/// And by at least so much: a small process may take a few pages more.
const SLACK_MIB: f64 = 8.0;
/// What SQLite may keep of the history in the daemon, which fills as that grows: 8 MB for the writer and 2 MB for each of four
/// readers. Measured: 12,000 runs through one daemon, of which the last 3,000 added 0.1.
const CACHES_MIB: f64 = 16.0;
/// Clients come and go while it is counted.
const SLACK_HANDLES: f64 = 24.0;
/// SQLite begins the log anew at 4 MiB; a reader can make it wait for a while.
const WAL_LIMIT_MIB: f64 = 64.0;

/// How large everything is at a moment.
pub(super) struct Sample {
    at: Duration,
    /// Of the daemon, in MiB.
    daemon: f64,
    handles: usize,
    threads: usize,
    /// The write-ahead log of the history, in MiB.
    wal: f64,
    /// The history, in MiB.
    history: f64,
    keepers: usize,
    /// Of the page's processes and of the program around it, in MiB.
    window: Option<(f64, f64)>,
}

/// What the samples of the calm half say.
pub(super) struct Growth<'a>(&'a [Sample]);

impl Sample {
    pub(super) const TITLES: &'static str = " minute  daemon MiB  handles  threads  keepers  log MiB  history MiB  page MiB  window MiB";

    pub(super) fn take(site: &Site, at: Duration, with_window: bool) -> anyhow::Result<Self> {
        // It may have been killed a moment ago.
        site.ask(&["daemon"])?;
        let pid = site.daemon().context("there is no daemon")?;
        let home = site.home();
        let mib = |name: &str| {
            fs::metadata(home.join(name))
                .map_or(0.0, |found| found.len() as f64 / f64::from(1 << 20))
        };
        let window = if with_window {
            let window = processes::window_of(&home)?.context("the window is gone")?;
            let mut pages = 0.0;
            for page in processes::helpers_of(&home)? {
                pages += memory(page)?;
            }
            Some((pages, memory(window)?))
        } else {
            None
        };
        Ok(Self {
            at,
            daemon: memory(pid)?,
            handles: count(pid, "fd")?,
            threads: count(pid, "task")?,
            wal: mib("history.db-wal"),
            history: mib("history.db"),
            keepers: processes::keepers_of(&home)?.len(),
            window,
        })
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minute = self.at.as_secs_f64() / 60.0;
        let Self { daemon, handles, threads, wal, history, keepers, .. } = self;
        write!(
            f,
            "{minute:7.1}  {daemon:10.1}  {handles:7}  {threads:7}  {keepers:7}  {wal:7.1}  {history:11.1}"
        )?;
        match self.window {
            Some((page, window)) => write!(f, "  {page:8.1}  {window:10.1}"),
            None => Ok(()),
        }
    }
}

impl<'a> Growth<'a> {
    pub(super) fn of(samples: &'a [Sample]) -> Self {
        Self(samples)
    }

    pub(super) fn violations(&self) -> Vec<String> {
        let handles = |sample: &Sample| Some(sample.handles as f64);
        let threads = |sample: &Sample| Some(sample.threads as f64);
        let page = |sample: &Sample| sample.window.map(|(page, _)| page);
        let around = |sample: &Sample| sample.window.map(|(_, window)| window);
        let mut violations: Vec<String> = [
            self.grown("the daemon's memory (MiB)", |sample| Some(sample.daemon), CACHES_MIB),
            self.grown("the daemon's handles", handles, SLACK_HANDLES),
            self.grown("the daemon's threads", threads, SLACK_HANDLES),
            self.grown("the page's memory (MiB)", page, SLACK_MIB),
            self.grown("the window's memory (MiB)", around, SLACK_MIB),
        ]
        .into_iter()
        .flatten()
        .collect();
        let wal = self.0.iter().map(|sample| sample.wal).fold(0.0, f64::max);
        if wal > WAL_LIMIT_MIB {
            violations.push(format!("the write-ahead log of the history came to {wal:.0} MiB"));
        }
        violations
    }

    /// The medians of the first and the last third, where the last one is larger than it may be.
    fn grown(&self, what: &str, of: impl Fn(&Sample) -> Option<f64>, slack: f64) -> Option<String> {
        let numbers: Vec<f64> = self.0.iter().filter_map(of).collect();
        let third = numbers.len() / 3;
        let early = median(numbers.get(..third)?)?;
        let late = median(numbers.get(numbers.len() - third..)?)?;
        (late > early * FLAT && late > early + slack)
            .then(|| format!("{what} grew in the calm half from {early:.1} to {late:.1}"))
    }
}

/// What a process has for itself, in MiB: pages of programs are shared with others that come and go.
fn memory(pid: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let line =
        text.lines().find_map(|line| line.strip_prefix("Anonymous:")).with_context(|| path)?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}

fn count(pid: u32, folder: &str) -> anyhow::Result<usize> {
    let path = format!("/proc/{pid}/{folder}");
    Ok(fs::read_dir(&path).with_context(|| path)?.count())
}

fn median(numbers: &[f64]) -> Option<f64> {
    let mut numbers = numbers.to_vec();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(daemon: f64, handles: usize, wal: f64) -> Sample {
        Sample {
            at: Duration::ZERO,
            daemon,
            handles,
            threads: 9,
            wal,
            history: 1.0,
            keepers: 0,
            window: None,
        }
    }

    #[test]
    fn what_grows_is_named() {
        let flat: Vec<Sample> = (0..12).map(|_| sample(30.0, 20, 4.0)).collect();
        assert!(Growth::of(&flat).violations().is_empty());
        let grown: Vec<Sample> =
            (0..12).map(|at| sample(30.0 + 4.0 * f64::from(at), 20 * at as usize, 65.0)).collect();
        assert_eq!(
            Growth::of(&grown).violations(),
            [
                "the daemon's memory (MiB) grew in the calm half from 38.0 to 70.0",
                "the daemon's handles grew in the calm half from 40.0 to 200.0",
                "the write-ahead log of the history came to 65 MiB",
            ]
        );
    }
}
