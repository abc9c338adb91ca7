//! Output by the gigabyte: the memory of keeper and daemon stays flat, the log within its limit, and readers get their pages.
//!
//! Round 0 prints 0.2 GB, each further one twice as much: round 6 prints 12.8 GB.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::campaign::{Campaign, Column, Round, Sums, Told};
use super::kills::round::end_of;
use super::processes;
use super::site::Site;

/// What round 0 prints, in bytes.
const FIRST: u64 = 200_000_000;
/// Rounds beyond this print as much as this one.
const LARGEST: u64 = 6;
/// What is printed, again and again.
const LINE: &str = "a line of output that comes again and again, each time the same\n";
/// What is kept of a log: 64 MiB of each end, and headers of a thousandth part.
const FILE_LIMIT: u64 = (128 << 20) + (1 << 20);
/// By so much more than at the first twentieth of the output memory may ever be.
const SLACK_KIB: u64 = 16 << 10;
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Slower is stuck.
const LEAST_BYTES_A_SECOND: u64 = 2_000_000;
const BEGIN_LIMIT: Duration = Duration::from_secs(30);

/// The campaign.
pub(super) struct Output {
    site: Site,
}

/// How a round went.
#[derive(Debug, Default)]
struct Outcome {
    took: Duration,
    pages: u32,
    slowest: Duration,
    keeper_kib: u64,
    daemon_kib: u64,
    violations: Vec<String>,
}

/// The memory of a process: its peak over the first twentieth of the output, and over all of it.
#[derive(Debug)]
struct Memory {
    name: &'static str,
    pid: u32,
    early: u64,
    peak: u64,
}

impl Output {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "MB", kind: Sums::Total },
        Column { title: "seconds", kind: Sums::Total },
        Column { title: "pages read", kind: Sums::Total },
        Column { title: "slowest page ms", kind: Sums::Most },
        Column { title: "keeper KiB", kind: Sums::Most },
        Column { title: "daemon KiB", kind: Sums::Most },
    ];

    pub(super) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        Ok(Self { site: Site::new(programs)? })
    }
}

impl Campaign for Output {
    fn play(&mut self, round: Round) -> Told {
        let bytes = FIRST << round.number.min(LARGEST);
        let group = format!("{} MB", bytes / 1_000_000);
        match play(&self.site, round, bytes) {
            Ok(outcome) => Told {
                group,
                numbers: vec![
                    ("MB", bytes as f64 / 1e6),
                    ("seconds", outcome.took.as_secs_f64()),
                    ("pages read", f64::from(outcome.pages)),
                    ("slowest page ms", outcome.slowest.as_secs_f64() * 1_000.0),
                    ("keeper KiB", outcome.keeper_kib as f64),
                    ("daemon KiB", outcome.daemon_kib as f64),
                ],
                violations: outcome.violations,
            },
            Err(error) => Told::unclear(group, &error),
        }
    }

    fn keep(&mut self) -> PathBuf {
        self.site.keep().to_path_buf()
    }
}

fn play(site: &Site, round: Round, bytes: u64) -> anyhow::Result<Outcome> {
    let script = format!("yes '{}' | head -c {bytes}", LINE.trim_end());
    let document = json!({
        "millrace": 1, "name": format!("output_{}", round.number),
        "tasks": [{ "name": "loud", "kind": "shell", "spec": { "script": script } }],
    });
    site.write("output.json", document.to_string().as_bytes())?;
    let path = site.file("output.json").display().to_string();
    let run = site.ask(&["run", &path, "--detach"])?.trim().to_owned();
    let begun = Instant::now();
    let mut watched = [
        Memory::of("the daemon", site.daemon().context("there is no daemon")?),
        Memory::of("the keeper", keeper_of(&run)?),
    ];
    let limit = BEGIN_LIMIT + Duration::from_secs(bytes / LEAST_BYTES_A_SECOND);
    let mut dice = round.dice();
    let mut outcome = Outcome::default();
    loop {
        let asked = Instant::now();
        // At random, at the end, and at an offset that may be in what is not kept.
        let from = match dice.below(3) {
            0 => json!({ "last_bytes": dice.below(300_000) }),
            1 => json!({ "offset": dice.below(bytes) }),
            _ => json!({ "last_lines": dice.below(1_000) }),
        };
        let slice = read(site, &run, &from)?;
        outcome.pages += 1;
        outcome.slowest = outcome.slowest.max(asked.elapsed());
        if let Err(error) = check(&slice) {
            outcome.violations.push(format!("{error:#}"));
        }
        let printed = number(&slice, "/total").unwrap_or(0);
        for memory in &mut watched {
            memory.look(printed < bytes / 20);
        }
        if slice.get("complete") == Some(&Value::Bool(true)) {
            break;
        }
        if begun.elapsed() > limit {
            bail!("{printed} of {bytes} bytes came in {limit:?}");
        }
        thread::sleep(LOOK_AGAIN);
    }
    let shown = end_of(site, &run, Instant::now() + BEGIN_LIMIT)?;
    outcome.took = begun.elapsed();
    if shown.pointer("/run/state").and_then(Value::as_str) != Some("succeeded") {
        outcome.violations.push(format!("the run did not succeed: {shown}"));
    }
    for memory in &watched {
        outcome.violations.extend(memory.violation());
    }
    let [daemon, keeper] = watched;
    (outcome.daemon_kib, outcome.keeper_kib) = (daemon.peak, keeper.peak);
    if let Err(error) = whole(site, &run, bytes) {
        outcome.violations.push(format!("the log: {error:#}"));
    }
    Ok(outcome)
}

impl Memory {
    fn of(name: &'static str, pid: u32) -> Self {
        Self { name, pid, early: 0, peak: 0 }
    }

    fn look(&mut self, is_early: bool) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let now = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0);
        self.peak = self.peak.max(now);
        if is_early || self.early == 0 {
            self.early = self.early.max(now);
        }
    }

    fn violation(&self) -> Option<String> {
        let Self { name, early, peak, .. } = self;
        if *peak == 0 {
            return Some(format!("the memory of {name} could not be seen"));
        }
        (*peak > early + SLACK_KIB).then(|| format!("{name} grew from {early} KiB to {peak} KiB"))
    }
}

/// At the end: head and tail are there, the cut is stated, and the file keeps its limit.
fn whole(site: &Site, run: &str, bytes: u64) -> anyhow::Result<()> {
    let first = read(site, run, &json!({ "offset": 0 }))?;
    ensure!(number(&first, "/chunks/0/offset") == Some(0), "it does not begin with its beginning");
    ensure!(
        number(&first, "/total") == Some(bytes),
        "{bytes} bytes were printed: {:?}",
        first.get("total")
    );
    let last = read(site, run, &json!({ "last_bytes": 1_000 }))?;
    ensure!(number(&last, "/next") == Some(bytes), "it does not end with its end");
    check(&first)?;
    check(&last)?;
    let (offset, cut) = (number(&first, "/cut/offset"), number(&first, "/cut/bytes").unwrap_or(0));
    let mut kept = 0;
    let mut folders = vec![site.home().join("runs").join(run).join("logs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => folders.push(entry.path()),
                false => kept += entry.metadata()?.len(),
            }
        }
    }
    ensure!(kept <= FILE_LIMIT, "its file has {kept} bytes");
    ensure!(
        bytes <= kept || (cut > 0 && bytes - cut <= kept),
        "{cut} of {bytes} bytes are said to be cut, {kept} are kept"
    );
    if let Some(offset) = offset {
        let gap = read(site, run, &json!({ "offset": offset.saturating_sub(10) }))?;
        let gaps: Vec<u64> =
            chunks(&gap).iter().filter_map(|chunk| number(chunk, "/stream/gap/bytes")).collect();
        ensure!(gaps == [cut], "the cut of {cut} bytes at {offset} is shown as {gaps:?}");
        check(&gap)?;
    }
    Ok(())
}

fn read(site: &Site, run: &str, from: &Value) -> anyhow::Result<Value> {
    site.call(&json!({
        "command": "read_log", "run": run, "task": { "task": "loud" },
        "from": from, "max_bytes": 100_000,
    }))
}

/// Each byte is the one that was printed there.
fn check(slice: &Value) -> anyhow::Result<()> {
    for chunk in chunks(slice) {
        let Some(text) = chunk.pointer("/data/text").and_then(Value::as_str) else { continue };
        let offset = usize::try_from(number(chunk, "/offset").context("no offset")?)?;
        let mut expected = LINE.bytes().cycle().skip(offset % LINE.len());
        ensure!(text.bytes().all(|byte| expected.next() == Some(byte)), "other bytes at {offset}");
    }
    Ok(())
}

fn chunks(slice: &Value) -> &[Value] {
    slice.get("chunks").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn number(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer).and_then(Value::as_u64)
}

fn keeper_of(run: &str) -> anyhow::Result<u32> {
    let deadline = Instant::now() + BEGIN_LIMIT;
    loop {
        // With a task: before that, the process may be the one that starts the keeper and leaves.
        if !processes::of_run(run)?.is_empty()
            && let Some(keeper) = processes::keeper_of(run)?
        {
            return Ok(keeper);
        }
        if Instant::now() > deadline {
            bail!("the run has no keeper");
        }
        thread::sleep(LOOK_AGAIN);
    }
}
