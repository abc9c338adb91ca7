//! The daemon or the command line is killed while a backup is written, while a home goes back to one, and while runs
//! beyond the limits are removed.
//!
//! A backup is whole or not there; a home is the one before or the one of the backup; and what is listed can be read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::campaign::{Campaign, Column, Round, Sums, Told};
use super::dice::Dice;
use super::processes;
use super::site::Site;

/// Runs in the backup, and those that came after it.
const EARLY: usize = 8;
const LATE: usize = 4;
/// What each run leaves in its log.
const LINES: usize = 2_000;
/// Few runs fit: most are beyond the limit.
const LIMIT_BYTES: u64 = 100_000;
/// A killed process is gone by then.
const DEATH_LIMIT: Duration = Duration::from_secs(5);

/// The campaign.
pub(super) struct Store {
    site: Site,
    /// A backup of the early runs.
    backup: PathBuf,
    /// A home with all runs, to be copied for each round.
    home: PathBuf,
    early: BTreeSet<String>,
    all: BTreeSet<String>,
}

impl Store {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "hits", kind: Sums::Total },
        Column { title: "before", kind: Sums::Total },
        Column { title: "after", kind: Sums::Total },
    ];

    /// Makes a home with runs, a backup of some of them, and stops its daemon.
    pub(super) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        let site = Site::new(programs)?;
        let (backup, home) = (site.file("early.tar.gz"), site.file("all"));
        let mut store = Self { site, backup, home, early: BTreeSet::new(), all: BTreeSet::new() };
        store.run(EARLY)?;
        store.early = runs(&store.site, &store.site.home())?;
        let backup = store.backup.display().to_string();
        store.site.ask(&["backup", &backup])?;
        store.run(LATE)?;
        store.all = runs(&store.site, &store.site.home())?;
        store.site.stop()?;
        copy(&store.site.home(), &store.home)?;
        Ok(store)
    }

    fn run(&self, times: usize) -> anyhow::Result<()> {
        let document = self.site.file("kept.json");
        let script = format!("seq 1 {LINES}; millrace-task output n=1");
        let document_text = json!({
            "millrace": 1,
            "name": "kept",
            "tasks": [{ "name": "only", "kind": "shell", "spec": { "script": script } }],
        });
        fs::write(&document, document_text.to_string())?;
        let document = document.display().to_string();
        for _ in 0..times {
            self.site.ask(&["run", &document])?;
        }
        Ok(())
    }

    /// A home of this round's own.
    fn lay(&self, round: Round) -> anyhow::Result<PathBuf> {
        let home = self.site.file(&format!("home-{}", round.number)).join("home");
        fs::create_dir_all(home.parent().context("a home in a folder")?)?;
        copy(&self.home, &home)?;
        Ok(home)
    }

    fn command(&self, home: &Path, arguments: &[&str]) -> Command {
        let mut command = self.site.millrace(arguments);
        command.env("MILLRACE_HOME", home);
        command
    }

    fn ask(&self, home: &Path, arguments: &[&str]) -> anyhow::Result<String> {
        crate::process::output(&mut self.command(home, arguments))
    }

    /// A backup is written over an older one or to a place where nothing was.
    fn back_up(&self, home: &Path, dice: &mut Dice) -> anyhow::Result<Told> {
        let target = home.with_file_name("backup.tar.gz");
        let had_one = dice.chance(1, 2);
        if had_one {
            fs::copy(&self.backup, &target)?;
        }
        self.ask(home, &["daemon"])?;
        let path = target.display().to_string();
        let command = self.command(home, &["backup", &path, "--replace"]);
        let (hit, told) = self.cut(home, command, dice, 250)?;
        let mut violations = Vec::new();
        let scratch = home.with_file_name("scratch");
        let found = match (target.exists(), had_one || told) {
            (false, false) => None,
            (false, true) => {
                violations.push("the backup is gone".to_owned());
                None
            }
            (true, _) => {
                self.ask(&scratch, &["restore", &path]).context("the backup cannot be restored")?;
                let found = runs_of(self, &scratch)?;
                self.stop(&scratch)?;
                Some(found)
            }
        };
        let is_new = found.as_ref() == Some(&self.all);
        if !is_new && (told || found.is_some_and(|found| !had_one || found != self.early)) {
            violations.push(format!("the backup is not the one that was told: {told}, {had_one}"));
        }
        self.same_runs(home, &self.all, &mut violations)?;
        Ok(outcome("backup", hit, is_new, violations))
    }

    /// The home goes back to the early runs.
    fn restore(&self, home: &Path, dice: &mut Dice) -> anyhow::Result<Told> {
        let path = self.backup.display().to_string();
        let command = self.command(home, &["restore", &path, "--replace"]);
        let (hit, told) = self.cut(home, command, dice, 120)?;
        let mut violations = Vec::new();
        ensure!(home.exists(), "there is no home any more");
        let found = runs_of(self, home)?;
        let is_new = found == self.early;
        if !is_new && (told || found != self.all) {
            violations.push(format!(
                "{} runs are neither those before nor those of the backup",
                found.len()
            ));
        }
        self.same_runs(home, &found, &mut violations)?;
        // Once more, and to its end.
        self.ask(home, &["restore", &path, "--replace"])?;
        self.same_runs(home, &self.early, &mut violations)?;
        let beside = home.parent().context("a home without a folder around it")?;
        for entry in fs::read_dir(beside)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.contains(".restoring-") {
                violations.push(format!("{name} was left by the one that was killed"));
            }
        }
        Ok(outcome("restore", hit, is_new, violations))
    }

    /// Most runs are beyond the limit of bytes.
    fn clean(&self, home: &Path, dice: &mut Dice) -> anyhow::Result<Told> {
        self.ask(home, &["daemon"])?;
        let settings = fs::read_to_string(home.join("config.toml"))?;
        let settings = format!("{settings}\n[retention]\nbytes = {LIMIT_BYTES}\n");
        fs::write(home.join("config.toml"), settings)?;
        let command = self.command(home, &["clean"]);
        let (hit, _told) = self.cut(home, command, dice, 80)?;
        let mut violations = Vec::new();
        let found = runs_of(self, home)?;
        if found.is_empty() || !found.is_subset(&self.all) {
            violations.push(format!("of {} runs {} are left", self.all.len(), found.len()));
        }
        self.whole_or_gone(home, &found, &mut violations)?;
        self.ask(home, &["clean"])?;
        let kept = runs_of(self, home)?;
        let folders = fs::read_dir(home.join("runs"))?.flatten();
        let folders: BTreeSet<String> =
            folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        // The newest run always stays.
        if kept.len() != 1 || folders != kept {
            violations.push(format!("{} runs are left, and {} folders", kept.len(), folders.len()));
        }
        self.same_runs(home, &kept, &mut violations)?;
        Ok(outcome("clean", hit, found == self.all, violations))
    }

    /// Kills the daemon of a home or the command at a random moment of it. Says whether anybody was hit, and whether
    /// the command said that it was done.
    fn cut(
        &self,
        home: &Path,
        mut command: Command,
        dice: &mut Dice,
        longest_ms: u64,
    ) -> anyhow::Result<(bool, bool)> {
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let victim = dice.chance(1, 2).then(|| daemon_of(home)).flatten();
        let mut child = command.spawn().context("cannot start the command line")?;
        thread::sleep(dice.shorter_than_ms(longest_ms));
        let hit = match victim {
            Some(daemon) => processes::kill(daemon)?,
            None => child.try_wait()?.is_none() && processes::kill(child.id())?,
        };
        let told = child.wait()?.success();
        if let Some(daemon) = victim {
            wait_for_death(daemon, home)?;
        }
        Ok((hit, told))
    }

    /// The home has these runs, and each is there with its whole log.
    fn same_runs(
        &self,
        home: &Path,
        expected: &BTreeSet<String>,
        violations: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let found = runs_of(self, home)?;
        if found != *expected {
            violations.push(format!("{} runs are there, not {}", found.len(), expected.len()));
        }
        for run in &found {
            let log = self.ask(home, &["logs", run, "only"])?;
            if log.lines().count() != LINES {
                let count = log.lines().count();
                violations.push(format!("the log of {run} has {count} lines, not {LINES}"));
            }
        }
        let left = fs::read_dir(home)?.flatten().map(|entry| entry.file_name());
        let left = left.filter(|name| name.to_string_lossy().starts_with(".backup-"));
        violations.extend(left.map(|name| format!("{} is left", name.display())));
        Ok(())
    }

    /// The same while runs may still be removed: who was killed may have been the client, and the daemon goes on.
    fn whole_or_gone(
        &self,
        home: &Path,
        found: &BTreeSet<String>,
        violations: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        for run in found {
            let log = self.ask(home, &["logs", run, "only"]);
            let is_whole = log.as_ref().is_ok_and(|log| log.lines().count() == LINES);
            if !is_whole && runs_of(self, home)?.contains(run) {
                violations.push(format!("{run} is there, and of its log {log:?}"));
            }
        }
        Ok(())
    }

    fn stop(&self, home: &Path) -> anyhow::Result<()> {
        if daemon_of(home).is_some() {
            self.ask(home, &["daemon", "stop"])?;
        }
        Ok(())
    }
}

impl Campaign for Store {
    fn play(&mut self, round: Round) -> Told {
        let mut dice = round.dice();
        let played = self.lay(round).and_then(|home| {
            let told = match round.number % 3 {
                0 => self.back_up(&home, &mut dice),
                1 => self.restore(&home, &mut dice),
                _ => self.clean(&home, &mut dice),
            };
            self.stop(&home)?;
            if told.as_ref().is_ok_and(|told| told.violations.is_empty()) {
                fs::remove_dir_all(home.parent().context("a home in a folder")?)?;
            }
            told
        });
        let group = ["backup", "restore", "clean"][usize::try_from(round.number % 3).unwrap_or(0)];
        played.unwrap_or_else(|error| Told::unclear(group, &error))
    }

    fn keep(&mut self) -> PathBuf {
        self.site.keep().to_path_buf()
    }
}

fn outcome(group: &str, hit: bool, is_new: bool, violations: Vec<String>) -> Told {
    let state = if is_new { "after" } else { "before" };
    let numbers = vec![("hits", if hit { 1.0 } else { 0.0 }), (state, 1.0)];
    Told { group: group.to_owned(), numbers, violations }
}

fn daemon_of(home: &Path) -> Option<u32> {
    let card: Value = serde_json::from_slice(&fs::read(home.join("daemon.json")).ok()?).ok()?;
    let pid = u32::try_from(card.get("pid")?.as_u64()?).ok()?;
    processes::is_daemon(pid, home).then_some(pid)
}

fn wait_for_death(pid: u32, home: &Path) -> anyhow::Result<()> {
    let deadline = Instant::now() + DEATH_LIMIT;
    while processes::is_daemon(pid, home) {
        ensure!(Instant::now() < deadline, "the killed daemon is there still");
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn runs_of(store: &Store, home: &Path) -> anyhow::Result<BTreeSet<String>> {
    runs(&store.site, home)
}

fn runs(site: &Site, home: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut command = site.millrace(&["runs", "--json", "--limit", "1000"]);
    let listed: Value =
        serde_json::from_str(&crate::process::output(command.env("MILLRACE_HOME", home))?)?;
    let runs = listed.get("runs").and_then(Value::as_array).context("no runs in the answer")?;
    Ok(runs.iter().filter_map(|run| Some(run.get("run")?.as_str()?.to_owned())).collect())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    crate::process::output(Command::new("cp").arg("-a").arg(from).arg(to)).map(|_| ())
}
