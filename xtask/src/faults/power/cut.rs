//! One cut: a moment of a recording, the home as a disk kept it, and the daemon that finds it so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::disk::{Disk, Luck};
use super::workload::{LEDGER, Recorded, What, document, text};
use crate::faults::check::{self, Ledger};
use crate::faults::dice::Dice;
use crate::faults::kills::round::{ORPHAN_LIMIT, RUN_LIMIT, end_of, orphans};
use crate::faults::points;
use crate::faults::site::Site;
use crate::faults::watcher::Watcher;

/// The promise of the default: what was told before the last second is there. The disk needs its time, too, and so
/// does a machine that has other things to do.
const FORGOTTEN: Duration = Duration::from_millis(1_500);
/// What lies between the last change of a recording and the cut, at most.
const REST_MS: u64 = 1_500;
/// A machine that starts anew has another one of these.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// Some other boot.
const OTHER_BOOT: &str = "0b007000-0000-4000-8000-000000000000";

/// What a cut came to.
pub(super) struct Cut {
    /// Which moment, for a message.
    pub(super) moment: String,
    pub(super) runs: u32,
    pub(super) told: u32,
    pub(super) lost: u32,
    /// How long before the cut the oldest lost event was told.
    pub(super) lost_for: Option<Duration>,
    /// From the call of the client to the answer of the daemon.
    pub(super) started: Duration,
    pub(super) violations: Vec<String>,
    /// What the disk had, where a promise was broken.
    pub(super) kept: Option<PathBuf>,
}

/// Plays a cut.
///
/// # Errors
/// Where it cannot be judged.
pub(super) fn play(recorded: &Recorded, luck: Luck, dice: &mut Dice) -> anyhow::Result<Cut> {
    let changes = &recorded.recording.changes;
    let count = usize::try_from(1 + dice.below(changes.len() as u64))?;
    let last = changes.get(count - 1).context("a recording without changes")?.at;
    let rest = match changes.get(count) {
        Some(next) => next.at.duration_since(last),
        None => Duration::from_millis(REST_MS),
    };
    let at = last + rest.mul_f64(dice.below(1_000) as f64 / 1_000.0);
    let disk = || Disk::after(&recorded.recording, count, &is_ledger);
    disk().build(luck, &mut dice.clone())?;
    let mut cut = match judge(recorded, at) {
        Ok(cut) => cut,
        Err(error) => Cut { violations: vec![format!("{error:#}")], ..Cut::nothing() },
    };
    points::end_all(&recorded.site)?;
    cut.moment = format!("after change {count} of {}, {}", changes.len(), luck.name());
    if !cut.violations.is_empty() {
        // Once more as the daemon found it, to be looked at.
        let found = keep(&recorded.site, "as-the-daemon-left-it")?;
        disk().build(luck, dice)?;
        keep(&recorded.site, "as-the-disk-kept-it")?;
        cut.kept = found.parent().map(Path::to_owned);
    }
    Ok(cut)
}

/// What tasks really did is remembered.
fn is_ledger(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(LEDGER))
}

/// Copies everything to where the next round leaves it alone.
fn keep(site: &Site, name: &str) -> anyhow::Result<PathBuf> {
    let beside = site.folder().with_extension("kept");
    fs::create_dir_all(&beside)?;
    let to = beside.join(name);
    if to.exists() {
        fs::remove_dir_all(&to)?;
    }
    let mut copy = Command::new("cp");
    crate::process::run(copy.arg("-a").arg(site.folder()).arg(&to))?;
    Ok(to)
}

fn judge(recorded: &Recorded, at: Instant) -> anyhow::Result<Cut> {
    let site = &recorded.site;
    let begun = Instant::now();
    start(site)?;
    let mut cut = Cut { started: begun.elapsed(), ..Cut::nothing() };
    let told: Vec<_> = recorded.told.iter().filter(|(when, _)| *when <= at).collect();
    cut.told = u32::try_from(told.len())?;

    let report = site.call(&json!({ "command": "daemon_state" }))?;
    let aside = fs::read_dir(site.home())?.flatten().map(|entry| entry.file_name());
    let aside: Vec<_> =
        aside.filter(|name| name.to_string_lossy().starts_with("history.damaged")).collect();
    if !aside.is_empty() {
        cut.violations.push(format!("the history was found damaged: {aside:?}, {report}"));
    }

    let mut events = BTreeMap::new();
    let stored = runs(site)?;
    for (run, workflow) in &stored {
        let known = recorded.workflows.iter().find(|(name, ..)| name == workflow);
        let (_, tasks, ledger) = known.with_context(|| format!("a run of {workflow}"))?;
        cut.runs += 1;
        let shown = end_of(site, run, Instant::now() + RUN_LIMIT)?;
        let now = site.events(run)?;
        let ledger = Ledger::read(ledger)?;
        let of_run = |event: &&Value| event.get("run").and_then(Value::as_str) == Some(run);
        let told: Vec<Value> =
            told.iter().map(|(_, event)| event).filter(of_run).cloned().collect();
        let found = if recorded.is_full {
            check::always((&told, &shown, &now), &ledger, *tasks)
        } else {
            // What is lost is measured below.
            check::forgetful((&[], &shown, &now), &ledger, *tasks)
        };
        cut.violations.extend(found.into_iter().map(|said| format!("run {run}: {said}")));
        if recorded.is_full {
            cut.violations.extend(check::logs(site, run, &shown));
        }
        for (task, shown) in check::tasks(&shown) {
            // It may lack what was not on the disk, and has to be readable.
            let has_one =
                shown.get("attempts").and_then(Value::as_array).is_some_and(|it| !it.is_empty());
            if has_one && let Err(error) = site.ask(&["logs", run, &task]) {
                cut.violations
                    .push(format!("the log of {task} of {run} cannot be read: {error:#}"));
            }
        }
        cut.violations.extend(orphans(run, Instant::now() + ORPHAN_LIMIT)?);
        events.insert(run.as_str(), now);
    }
    let is_there = |event: &Value| {
        let run = event.get("run").and_then(Value::as_str).unwrap_or_default();
        events.get(run).is_some_and(|stored| stored.contains(event))
    };
    let lost: Vec<_> = told.iter().filter(|(_, event)| !is_there(event)).collect();
    cut.lost = u32::try_from(lost.len())?;
    cut.lost_for = lost.iter().map(|(when, _)| at.duration_since(*when)).max();
    let allowed = if recorded.is_full { Duration::ZERO } else { FORGOTTEN };
    if let (Some(lost_for), Some((_, first))) = (cut.lost_for, lost.first())
        && lost_for > allowed
    {
        cut.violations.push(format!("lost: told {lost_for:?} before the cut, {first}"));
    }
    cut.violations.extend(unsaved(recorded, at)?);
    cut.violations.extend(next_run(site)?);
    site.stop()?;
    Ok(cut)
}

/// The runs that the history has, with their workflows.
fn runs(site: &Site) -> anyhow::Result<Vec<(String, String)>> {
    let page = site.ask_json(&["runs", "--json"])?;
    let runs = page.get("runs").and_then(Value::as_array).context("no runs in the answer")?;
    let text = |run: &Value, key: &str| Some(run.get(key)?.as_str()?.to_owned());
    let both = runs.iter().map(|run| Some((text(run, "run")?, text(run, "workflow")?)));
    both.collect::<Option<_>>().context("a run without name")
}

/// A client starts the daemon, as the first one after the machine came up does.
fn start(site: &Site) -> anyhow::Result<()> {
    let daemon = site.millrace(&["daemon"]);
    crate::process::output(&mut in_another_boot(site, daemon)?).map(drop)
}

/// The same command on a machine that was started anew.
fn in_another_boot(site: &Site, command: Command) -> anyhow::Result<Command> {
    static MAY_MOUNT: OnceLock<bool> = OnceLock::new();
    let file = site.folder().with_extension("boot");
    fs::write(&file, format!("{OTHER_BOOT}\n"))?;
    let script = format!("mount --bind {} {BOOT_ID} && exec \"$@\"", file.display());
    let unshare = |words: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "sh", "-c", &script, "sh"]).args(words);
        unshare
    };
    let may =
        *MAY_MOUNT.get_or_init(|| unshare(&["true"]).output().is_ok_and(|it| it.status.success()));
    if !may {
        return Ok(command);
    }
    let mut inside = unshare(&[]);
    inside.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => inside.env(name, value),
            None => inside.env_remove(name),
        };
    }
    Ok(inside)
}

/// What was saved and answered is there, or what was saved after it; nothing else is.
fn unsaved(recorded: &Recorded, at: Instant) -> anyhow::Result<Vec<String>> {
    let mut violations = Vec::new();
    for what in What::EACH {
        let of_it: Vec<_> = recorded.saved.iter().filter(|saved| saved.what == what).collect();
        let answered = of_it.iter().rfind(|saved| saved.answered <= at);
        let least = answered.map_or(0, |saved| saved.version);
        let begun = of_it.iter().filter(|saved| saved.begun <= at && saved.version >= least);
        let mut allowed: BTreeSet<Option<u64>> = begun.map(|saved| Some(saved.version)).collect();
        if answered.is_none() {
            allowed.insert(None);
        }
        match found(&recorded.site, what, &of_it.iter().map(|it| it.version).collect::<Vec<_>>()) {
            Ok(version) if allowed.contains(&version) => {}
            Ok(version) => violations
                .push(format!("{what:?}: version {version:?} is there, not one of {allowed:?}")),
            Err(error) => violations.push(format!("{what:?} is damaged: {error:#}")),
        }
    }
    Ok(violations)
}

/// The version that is there.
fn found(site: &Site, what: What, versions: &[u64]) -> anyhow::Result<Option<u64>> {
    let is_text = |found: &str| versions.iter().copied().find(|version| text(*version) == found);
    match what {
        What::Document => match fs::read_to_string(document(site)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Ok(found) => is_text(&found).map(Some).context("no version that was saved"),
            Err(error) => Err(error.into()),
        },
        What::Settings => {
            let now = site.call(&json!({ "command": "read_settings" }))?;
            Ok(now.pointer("/settings/pools/saved").and_then(Value::as_u64))
        }
        What::Secrets => {
            let now = site.call(&json!({ "command": "list_secrets" }))?;
            let variable = now.pointer("/secrets/0/source/variable").and_then(Value::as_str);
            Ok(variable.and_then(|variable| variable.strip_prefix('V')?.parse().ok()))
        }
        What::Draft => {
            let now = site.call(&json!({ "command": "list_drafts" }))?;
            match now.pointer("/drafts/0/text").and_then(Value::as_str) {
                Some(found) => is_text(found).map(Some).context("no version that was kept"),
                None => Ok(None),
            }
        }
    }
}

fn next_run(site: &Site) -> anyhow::Result<Option<String>> {
    let ledger = site.file("ledger-next");
    fs::write(&ledger, "")?;
    let file = site.file("next.json");
    fs::write(&file, points::document("next", &ledger).to_string())?;
    let mut client = Watcher::start(site, &file)?;
    let code = client.finish(Instant::now() + RUN_LIMIT)?;
    if code == Some(0) {
        return Ok(None);
    }
    let said = client.complaint();
    if said.is_empty() {
        bail!("the next run ended with {code:?} and says nothing");
    }
    Ok(Some(format!("the next run ended with {code:?}: {said}")))
}

impl Cut {
    fn nothing() -> Self {
        Self {
            moment: String::new(),
            runs: 0,
            told: 0,
            lost: 0,
            lost_for: None,
            started: Duration::ZERO,
            violations: Vec::new(),
            kept: None,
        }
    }
}
