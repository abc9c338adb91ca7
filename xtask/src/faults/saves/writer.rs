//! A client that saves version after version while the daemon is killed.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{Round, Told};
use crate::faults::dice::Dice;
use crate::faults::processes;
use crate::faults::site::Site;

/// By then a few versions are saved.
const LONGEST_MS: u64 = 60;
/// A killed process is gone by then.
const DEATH_LIMIT: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(1);
const DRAFT: &str = "draft-1";

/// The newest versions that the client was told are kept. 0 is there from the beginning.
#[derive(Debug, Default)]
struct Acknowledged {
    saved: u64,
    drafted: u64,
}

/// A document in its versions.
struct Text {
    round: u64,
    size: usize,
}

pub(super) fn play(site: &Site, round: Round) -> anyhow::Result<Told> {
    let mut dice = round.dice();
    let text = Text { round: round.number, size: size(&mut dice) };
    // A folder for each: nobody looks again at what earlier rounds left.
    let folder = site.file(&format!("save-{}", round.number));
    fs::create_dir(&folder)?;
    let path = folder.join("document.json");
    fs::write(&path, text.of(0))?;
    site.ask(&["daemon"])?;
    keep(site, &path, &text.of(0))?;

    let daemon = site.daemon().context("there is no daemon to kill")?;
    let wait = dice.shorter_than_ms(LONGEST_MS);
    let killer = thread::spawn(move || {
        thread::sleep(wait);
        processes::kill(daemon)
    });
    let told = write_until_it_dies(site, &path, &text);
    let hit = killer.join().ok().context("the killer is gone")??;
    ensure!(hit, "the daemon was gone before it was killed");
    wait_for_death(site)?;
    let judged = judge(site, &path, &text, &told)?;
    if judged.violations.is_empty() {
        fs::remove_dir_all(folder)?;
    }
    Ok(judged)
}

/// Between nothing and a few hundred kilobytes: a save is one write, or many.
fn size(dice: &mut Dice) -> usize {
    dice.pick(0, &[1 << 10, 64 << 10, 400 << 10])
}

impl Text {
    fn of(&self, version: u64) -> String {
        // Filled with the version's own digits: bytes of two versions in one file would show.
        let filling = format!("{version:08}").repeat(self.size / 8 + 1);
        let document = json!({
            "millrace": 1,
            "name": format!("save_{}", self.round),
            "description": filling,
            "tasks": [{ "name": "only", "kind": "shell", "spec": { "script": "true" } }],
        });
        format!("{document:#}\n")
    }
}

/// Saves and drafts in turn. The first call that is not answered ends it.
fn write_until_it_dies(site: &Site, path: &Path, text: &Text) -> Acknowledged {
    let mut told = Acknowledged::default();
    loop {
        let version = told.saved + 1;
        if save(site, path, &text.of(version)).is_err() {
            return told;
        }
        told.saved = version;
        if keep(site, path, &text.of(version)).is_err() {
            return told;
        }
        told.drafted = version;
    }
}

fn save(site: &Site, path: &Path, text: &str) -> anyhow::Result<()> {
    let request =
        json!({ "command": "save_document", "path": path, "text": text, "overwrite": true });
    site.call(&request).map(|_| ())
}

fn keep(site: &Site, path: &Path, text: &str) -> anyhow::Result<()> {
    let request = json!({ "command": "keep_draft", "draft": DRAFT, "path": path, "text": text });
    site.call(&request).map(|_| ())
}

fn judge(site: &Site, path: &Path, text: &Text, told: &Acknowledged) -> anyhow::Result<Told> {
    let mut violations = Vec::new();
    let found = fs::read_to_string(path).unwrap_or_default();
    let is_new = found == text.of(told.saved + 1);
    if !is_new && found != text.of(told.saved) {
        let (saved, beginning) = (told.saved, beginning(&found));
        violations.push(format!(
            "{path:?} is neither version {saved}, which was acknowledged, nor the next: {beginning}"
        ));
    }
    // The next daemon has the draft, too. A version is drafted after it was saved.
    site.ask(&["daemon"])?;
    match drafts(site)?.as_slice() {
        [kept] if *kept == text.of(told.drafted) || *kept == text.of(told.drafted + 1) => {}
        [kept] => {
            let (drafted, beginning) = (told.drafted, beginning(kept));
            violations.push(format!("the draft is neither version {drafted}, which was acknowledged, nor the next: {beginning}"));
        }
        several => violations.push(format!("there are {} drafts, not one", several.len())),
    }
    // It works, and what the killed save left is not there for good.
    let next = text.of(told.saved + 2);
    save(site, path, &next)?;
    if fs::read_to_string(path)? != next {
        violations.push("a save after the kill was acknowledged and is not there".to_owned());
    }
    let numbers = vec![
        ("saves told", number(told.saved)),
        ("drafts told", number(told.drafted)),
        ("new bytes", if is_new { 1.0 } else { 0.0 }),
    ];
    Ok(Told { group: "daemon".to_owned(), numbers, violations })
}

fn drafts(site: &Site) -> anyhow::Result<Vec<String>> {
    let listed = site.call(&json!({ "command": "list_drafts" }))?;
    let drafts = listed.get("drafts").and_then(Value::as_array).context("no list of drafts")?;
    let is_it = |draft: &&Value| draft.get("draft").and_then(Value::as_str) == Some(DRAFT);
    let texts = drafts.iter().filter(is_it).filter_map(|draft| draft.get("text")?.as_str());
    Ok(texts.map(str::to_owned).collect())
}

fn wait_for_death(site: &Site) -> anyhow::Result<()> {
    let deadline = Instant::now() + DEATH_LIMIT;
    while site.daemon().is_some() {
        ensure!(Instant::now() < deadline, "the killed daemon is there still");
        thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}

fn beginning(text: &str) -> String {
    format!("{:?} … ({} bytes)", text.chars().take(120).collect::<String>(), text.len())
}

fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
