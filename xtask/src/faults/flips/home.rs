//! The home that every round begins with, and what is true of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::faults::check;
use crate::faults::processes;
use crate::faults::site::Site;

/// By then the run that goes on has begun.
const BEGIN_LIMIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A home as a kill left it.
pub(super) struct Template {
    folder: PathBuf,
    /// Its files within, by what they are.
    pub(super) files: BTreeMap<String, Vec<PathBuf>>,
    /// Every run, as it is shown by a daemon that opens the home undamaged.
    pub(super) runs: BTreeMap<String, Value>,
    /// The run that had not ended.
    pub(super) unfinished: String,
    /// What tasks printed: by run and task.
    pub(super) logs: BTreeMap<(String, String), String>,
    /// Tasks that truly succeeded: by run and task.
    pub(super) succeeded: BTreeSet<(String, String)>,
}

impl Template {
    /// Works for a while in the site's home, kills everything and keeps a copy.
    pub(super) fn make(site: &Site) -> anyhow::Result<Self> {
        let task = |name: &str, script: String| json!({ "name": name, "kind": "shell", "spec": { "script": script } });
        let says =
            |name: &str| format!("seq -f '{name} %05.0f' 1 400\nmillrace-task output value={name}");
        let goes_on = site.file("goes-on");
        let documents = [
            ("good", json!([task("a", says("a")), task("b", says("b")), task("c", says("c"))])),
            ("bad", json!([task("a", says("a")), task("b", "echo b\nexit 3".into())])),
            ("slow", json!([task("a", "sleep 600".into())])),
            (
                "endless",
                json!([
                    task("a", says("a")),
                    task("b", format!("echo b\n: > '{}'\nsleep 600", goes_on.display())),
                ]),
            ),
        ];
        for (name, tasks) in &documents {
            let document = json!({ "millrace": 1, "name": name, "tasks": tasks });
            site.write(&format!("{name}.json"), document.to_string().as_bytes())?;
        }
        site.write("next.json", crate::faults::cancel::NEXT.as_bytes())?;
        let path = |name: &str| site.file(&format!("{name}.json")).display().to_string();
        let start = |name: &str| -> anyhow::Result<String> {
            Ok(site.ask(&["run", &path(name), "--detach"])?.trim().to_owned())
        };
        for name in ["good", "bad", "good"] {
            let run = start(name)?;
            crate::faults::kills::round::end_of(site, &run, Instant::now() + BEGIN_LIMIT)?;
        }
        let canceled = start("slow")?;
        site.ask(&["cancel", &canceled, "--kill"])?;
        crate::faults::kills::round::end_of(site, &canceled, Instant::now() + BEGIN_LIMIT)?;
        let unfinished = start("endless")?;
        let deadline = Instant::now() + BEGIN_LIMIT;
        while !goes_on.exists() {
            if Instant::now() > deadline {
                bail!("the run that goes on did not begin");
            }
            thread::sleep(LOOK_AGAIN);
        }
        let daemon = site.daemon().context("there is no daemon")?;
        let keeper = processes::keeper_of(&unfinished)?.context("there is no keeper")?;
        processes::kill(daemon)?;
        processes::kill(keeper)?;
        while site.daemon().is_some() || processes::keeper_of(&unfinished)?.is_some() {
            thread::sleep(LOOK_AGAIN);
        }
        let folder = site.file("template");
        copy(&site.home(), &folder)?;
        let mut template = Self {
            files: files(&folder)?,
            folder,
            runs: BTreeMap::new(),
            unfinished,
            logs: BTreeMap::new(),
            succeeded: BTreeSet::new(),
        };
        template.look(site)?;
        Ok(template)
    }

    /// Puts the home back as it was.
    pub(super) fn lay_out(&self, site: &Site) -> anyhow::Result<()> {
        site.kill_daemon()?;
        match fs::remove_dir_all(site.home()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        copy(&self.folder, &site.home())
    }

    /// What an undamaged home shows.
    fn look(&mut self, site: &Site) -> anyhow::Result<()> {
        self.lay_out(site)?;
        for run in runs(site)? {
            let shown =
                crate::faults::kills::round::end_of(site, &run, Instant::now() + BEGIN_LIMIT)?;
            for (task, shown) in check::tasks(&shown) {
                let key = (run.clone(), task.clone());
                if shown.get("state").and_then(Value::as_str) == Some("succeeded") {
                    self.succeeded.insert(key.clone());
                }
                if shown.pointer("/attempts/0").is_some() {
                    self.logs.insert(key, site.ask(&["logs", &run, &task])?);
                }
            }
            self.runs.insert(run, shown);
        }
        anyhow::ensure!(self.runs.len() == 5, "there are {} runs, not 5", self.runs.len());
        Ok(())
    }
}

/// The runs of a home, by their ids.
pub(super) fn runs(site: &Site) -> anyhow::Result<Vec<String>> {
    let page = site.ask_json(&["runs", "--json"])?;
    let runs = page.get("runs").and_then(Value::as_array).context("no runs in the answer")?;
    let ids = runs.iter().filter_map(|run| run.get("run")?.as_str().map(str::to_owned));
    Ok(ids.collect())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    // Sockets are nobody's any more.
    let mut command = Command::new("cp");
    crate::process::output(command.arg("-a").arg(from).arg(to)).map(drop)
}

fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let within = path.strip_prefix(folder)?.to_owned();
                files.entry(group(&within)).or_default().push(within);
            }
        }
    }
    files.values_mut().for_each(|paths| paths.sort());
    Ok(files)
}

/// What a file is: its name, without what counts files of the same kind.
fn group(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_counted = name.starts_with(|first: char| first.is_ascii_digit());
    match path.extension() {
        Some(kind) if is_counted => format!("*.{}", kind.to_string_lossy()),
        _ => name.into_owned(),
    }
}
