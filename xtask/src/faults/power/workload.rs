//! What is recorded: a home from its first start on, with runs, documents that are saved, settings, secrets and drafts, and
//! when clients were told what.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::recorder::{Recorder, Recording};
use crate::faults::campaign::Round;
use crate::faults::dice::Dice;
use crate::faults::kills::plan::Plan;
use crate::faults::kills::round::RUN_LIMIT;
use crate::faults::points;
use crate::faults::site::{API_VERSION, Site};
use crate::faults::watcher::Watcher;

/// How many runs each of the two daemons of a recording has.
const RUNS: u64 = 2;
/// Files that are no part of the world: what tasks really did is not forgotten by a cut.
pub(super) const LEDGER: &str = "ledger-";

/// A recording, and what clients know of it.
pub(super) struct Recorded {
    pub(super) site: Site,
    pub(super) is_full: bool,
    pub(super) recording: Recording,
    /// Events with the moments at which a client had them.
    pub(super) told: Vec<(Instant, Value)>,
    /// What was saved.
    pub(super) saved: Vec<Saved>,
    /// Of each workflow its name, its number of tasks and its ledger.
    pub(super) workflows: Vec<(String, usize, PathBuf)>,
}

/// Something that a client had saved.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    pub(super) what: What,
    /// Grows with each.
    pub(super) version: u64,
    pub(super) begun: Instant,
    pub(super) answered: Instant,
}

/// What can be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Document,
    Settings,
    Secrets,
    Draft,
}

impl What {
    pub(super) const EACH: [Self; 4] = [Self::Document, Self::Settings, Self::Secrets, Self::Draft];
}

/// The document that is saved again and again.
pub(super) fn document(site: &Site) -> PathBuf {
    site.file("saved.json")
}

/// A version of it: long enough for several blocks of a disk.
pub(super) fn text(version: u64) -> String {
    format!("{{\"version\": {version}, \"filling\": \"{}\"}}\n", version.to_string().repeat(900))
}

/// Records.
///
/// # Errors
/// When something does not work as it should, although nothing was done to it.
pub(super) fn record(programs: &Path, mut dice: Dice, is_full: bool) -> anyhow::Result<Recorded> {
    let site = Site::new(programs.to_path_buf())?;
    if is_full {
        let file = site.home().join("config.toml");
        let settings = fs::read_to_string(&file)?;
        fs::write(&file, format!("durability = \"full\"\n{settings}"))?;
    }
    let mut workflows = Vec::new();
    for number in 0..2 * RUNS {
        workflows.push(workflow(&site, number, &mut dice)?);
    }
    let recorder = Recorder::of(&site.folder().canonicalize()?)?;
    let (mut told, mut saved) = (Vec::new(), Vec::new());
    for half in [0..RUNS, RUNS..2 * RUNS] {
        let traced = points::begin(&site, recorder.clone())?;
        let listener = Listener::start(&site)?;
        for number in half.clone() {
            let (name, ..) =
                workflows.get(usize::try_from(number)?).context("a workflow for each run")?;
            work(&site, name, &mut saved, &mut dice)?;
        }
        // The first one is stopped, which is a time of its own; the second is as a power cut finds it.
        if half.start == 0 {
            site.stop()?;
        }
        points::end_all(&site)?;
        traced.finish()?;
        told.extend(listener.finish()?);
    }
    let recording = recorder.finish()?;
    let mapped: Vec<_> = recording.mapped.iter().filter(|file| !is_shared_memory(file)).collect();
    if !mapped.is_empty() {
        bail!("written by memory, which no recording shows: {mapped:?}");
    }
    if !recording.unknown.is_empty() {
        bail!("calls that the recorder does not know: {:?}", recording.unknown);
    }
    Ok(Recorded { site, is_full, recording, told, saved, workflows })
}

/// SQLite's index of the write-ahead log, which is made anew after a cut.
fn is_shared_memory(file: &Path) -> bool {
    file.to_string_lossy().ends_with("-shm")
}

fn workflow(site: &Site, number: u64, dice: &mut Dice) -> anyhow::Result<(String, usize, PathBuf)> {
    let name = format!("recorded_{number}");
    let ledger = site.file(&format!("{LEDGER}{number}"));
    fs::write(&ledger, "")?;
    let (mut document, tasks) = if dice.chance(1, 2) {
        (points::document(&name, &ledger), points::TASKS)
    } else {
        let plan = Plan::of(Round { seed: dice.below(u64::MAX), number });
        (plan.document(&ledger), plan.tasks.len())
    };
    if let Some(fields) = document.as_object_mut() {
        fields.insert("name".into(), json!(name));
    }
    fs::write(site.file(&format!("{name}.json")), serde_json::to_vec_pretty(&document)?)?;
    Ok((name, tasks, ledger))
}

/// A run, and something that is saved whenever something happens in it.
fn work(site: &Site, name: &str, saved: &mut Vec<Saved>, dice: &mut Dice) -> anyhow::Result<()> {
    let mut client = Watcher::start(site, &site.file(&format!("{name}.json")))?;
    let deadline = Instant::now() + RUN_LIMIT;
    while !client.saw_the_end() {
        let known = client.events.len() as u64;
        client.listen(known + 1, deadline)?;
        if Instant::now() > deadline {
            bail!("{name} did not end in time");
        }
        let what = dice.pick(What::Document, &What::EACH);
        save(site, what, saved)?;
    }
    match client.finish(deadline)? {
        Some(0) => Ok(()),
        other => bail!("{name} ended with {other:?}: {}", client.complaint()),
    }
}

fn save(site: &Site, what: What, saved: &mut Vec<Saved>) -> anyhow::Result<()> {
    let version = saved.len() as u64 + 1;
    let request = match what {
        What::Document => json!({
            "command": "save_document",
            "path": document(site).display().to_string(),
            "text": text(version),
            "overwrite": true,
        }),
        What::Settings => {
            let now = site.call(&json!({ "command": "read_settings" }))?;
            json!({
                "command": "change_settings",
                "expected_digest": now.get("digest"),
                "changes": [{ "setting": "pool", "name": "saved", "value": version }],
            })
        }
        What::Secrets => json!({
            "command": "set_secret",
            "name": "SAVED",
            "source": { "from": "environment", "variable": format!("V{version}") },
        }),
        What::Draft => json!({
            "command": "keep_draft",
            "draft": "saved",
            "text": text(version),
            "is_trusted": true,
        }),
    };
    let begun = Instant::now();
    site.call(&request)?;
    saved.push(Saved { what, version, begun, answered: Instant::now() });
    Ok(())
}

/// Reads the stream of all events, as a window does.
struct Listener {
    told: Arc<Mutex<Vec<(Instant, Value)>>>,
    thread: thread::JoinHandle<anyhow::Result<()>>,
}

impl Listener {
    fn start(site: &Site) -> anyhow::Result<Self> {
        let mut stream =
            UnixStream::connect(site.socket()?).context("the daemon does not listen")?;
        let body = json!({ "after": "now" }).to_string();
        write!(
            stream,
            "POST /v1/events HTTP/1.0\r\nhost: millrace\r\nmillrace-api: {API_VERSION}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut lines = BufReader::new(stream).lines();
        // The stream is open when the head of the answer is there: nothing that is asked for later is missed.
        let status = lines.next().context("the daemon opens no stream")??;
        if !status.contains(" 200") {
            bail!("the daemon opens no stream: {status}");
        }
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let thread = thread::spawn(move || {
            // It ends with the daemon, perhaps within a line.
            for line in lines.map_while(Result::ok) {
                let at = Instant::now();
                let item: Option<Value> = serde_json::from_str(&line).ok();
                let events = item.as_ref().and_then(|item| item.get("events")?.as_array());
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.extend(events.into_iter().flatten().map(|event| (at, event.clone())));
            }
            Ok(())
        });
        Ok(Self { told, thread })
    }

    fn finish(self) -> anyhow::Result<Vec<(Instant, Value)>> {
        self.thread.join().map_err(|_| anyhow::anyhow!("the listener panicked"))??;
        Ok(std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
