//! Triggers by files: each version of a file that matches starts one run, once it has been stable for long enough.
//!
//! A file is new where it was made, moved here or changed after the trigger was switched on, also while Millrace did not run.
//! Which versions were acted upon stands in the store, written together with their runs.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use millrace_api::ApiError;
use millrace_model::document::{FileTrigger, TriggerRule, TriggerSource};
use millrace_model::event::EventCause;
use millrace_model::time::Timestamp;
use millrace_store::{Reader, StarterKey};
use tokio::time::Instant;

use super::{Fired, Kept, Of};
use crate::app::{App, blocking};
use crate::errors::store_error;
use crate::hub::on_store;
use crate::schedules::standing::Workflow;

/// Two looks at the same folder lie at least so far apart.
const APART: Duration = Duration::from_millis(500);
/// Without news from the system it is looked at so often all the same.
const LOOK: Duration = Duration::from_secs(30);
/// Linux stamps files with the time of its clock's last tick, which lies at most so far back (`CONFIG_HZ=100`).
const TICK: Duration = Duration::from_millis(10);
/// So many files of one trigger are looked at.
const MOST: usize = 10_000;

/// The triggers by files, each with what it waits for.
#[derive(Debug, Default)]
pub(super) struct Files(Kept<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    looked: Option<Instant>,
    /// Files that are new and not stable yet: how they looked, and since when.
    unstable: HashMap<PathBuf, (String, Instant)>,
}

/// A file that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    path: PathBuf,
    /// Tells its versions apart.
    version: String,
    /// When its inode changed last: by writing, moving, linking.
    changed: Timestamp,
}

impl Files {
    pub(super) async fn turn(
        &mut self,
        app: &Arc<App>,
        triggers: &[Of],
    ) -> Result<Option<Duration>, ApiError> {
        self.0.keep_only(triggers);
        let mut next: Option<Duration> = None;
        for trigger @ (workflow, rule) in triggers {
            let TriggerSource::File(file) = &rule.source else { continue };
            let mut waiting = self.0.take(trigger).unwrap_or_default();
            let wait = match waiting.looked.map(|at| at.elapsed()) {
                Some(elapsed) if elapsed < APART => Ok(APART - elapsed),
                _ => {
                    waiting.looked = Some(Instant::now());
                    waiting.look(app, workflow, rule, file).await
                }
            };
            // How long files have been stable is known after an error, too.
            self.0.put(trigger, waiting);
            next = next.into_iter().chain([wait?]).min();
        }
        Ok(next)
    }
}

impl Waiting {
    /// Fires what is new and stable; gives when to look again.
    async fn look(
        &mut self,
        app: &Arc<App>,
        workflow: &Workflow,
        rule: &TriggerRule,
        file: &FileTrigger,
    ) -> Result<Duration, ApiError> {
        let (pattern, folder) = (pattern(&workflow.path, &file.glob), folder_of(workflow, file));
        let (found, is_there) = blocking(move || Ok((matching(&pattern), folder.is_dir()))).await?;
        let (id, name) = (workflow.id, rule.name.to_string());
        let read = move |reader: &Reader| {
            let known = reader.trigger_files(id, &name)?;
            let key = StarterKey::trigger(name);
            let row = reader.starters()?.into_iter();
            let row = row.into_iter().find(|row| row.workflow_id == id && row.key == key);
            Ok((known, row.map(|row| row.watermark)))
        };
        let (known, since) =
            on_store(&app.store, read).await.map_err(|error| store_error(&error))?;
        let Some(since) = since else { return Ok(LOOK) };
        // A folder that is not there may be a disk that is not mounted: its files are not gone.
        if is_there && found.len() < MOST {
            self.forget_gone(app, workflow, rule, &found, &known).await?;
        }
        let is_new = |it: &&Found| {
            let path = it.path.display().to_string();
            it.changed > since && known.get(&path) != Some(&it.version)
        };
        let fresh: Vec<&Found> = found.iter().filter(is_new).collect();
        self.unstable.retain(|path, _| fresh.iter().any(|it| it.path == *path));
        let mut wait = LOOK;
        let (stable, now) = (file.stable.to_std(), Instant::now());
        for it in fresh {
            // One that has not changed for long enough by its own time need not be watched for as long again.
            let quiet = app.clock.now().since(it.changed);
            let (look, seen) = self
                .unstable
                .entry(it.path.clone())
                .or_insert_with(|| (it.version.clone(), now.checked_sub(quiet).unwrap_or(now)));
            if *look != it.version {
                (*look, *seen) = (it.version.clone(), now);
            }
            let left = stable.saturating_sub(seen.elapsed());
            if !left.is_zero() {
                wait = wait.min(left);
                continue;
            }
            let path = it.path.display().to_string();
            let named = format!("{} {path}", it.version);
            let cause = EventCause::File { path, version: it.version.clone() };
            match app.fire_event(workflow, rule, (&named, cause), app.clock.now()).await? {
                Fired::Done => drop(self.unstable.remove(&it.path)),
                Fired::Wait(left) => wait = wait.min(left),
                Fired::Changed => break,
            }
        }
        Ok(wait.max(Duration::from_millis(10)))
    }

    async fn forget_gone(
        &self,
        app: &Arc<App>,
        workflow: &Workflow,
        rule: &TriggerRule,
        found: &[Found],
        known: &HashMap<String, String>,
    ) -> Result<(), ApiError> {
        let there: std::collections::HashSet<String> =
            found.iter().map(|it| it.path.display().to_string()).collect();
        let gone: Vec<String> =
            known.keys().filter(|path| !there.contains(*path)).cloned().collect();
        if gone.is_empty() {
            return Ok(());
        }
        let (id, name) = (workflow.id, rule.name.to_string());
        app.write(move |writer| writer.forget_files(id, &name, &gone)).await
    }
}

/// Waits until a file that is written from here on bears a later time than what was switched on before this was called.
pub(in crate::schedules) async fn after_tick() {
    tokio::time::sleep(TICK).await;
}

/// The folder that has to be watched, and everything below it where the pattern reaches deeper.
pub(in crate::schedules) fn folder_of(workflow: &Workflow, file: &FileTrigger) -> PathBuf {
    let pattern = PathBuf::from(pattern(&workflow.path, &file.glob));
    let is_fixed = |part: &&std::path::Component<'_>| {
        !part.as_os_str().to_string_lossy().contains(['*', '?', '['])
    };
    let parts: Vec<_> = pattern.components().collect();
    // The last part names files, also where it is fixed.
    let (_, folders) =
        parts.split_last().map_or((None, &parts[..]), |(last, rest)| (Some(last), rest));
    folders.iter().take_while(is_fixed).collect()
}

/// The pattern, from the folder of the document where it is relative.
fn pattern(document: &Path, glob: &str) -> String {
    let folder = document.parent().unwrap_or(Path::new("/")).display().to_string();
    match Path::new(glob).is_absolute() {
        true => glob.to_owned(),
        false => format!("{}/{glob}", glob::Pattern::escape(&folder)),
    }
}

/// The files that match, at most [`MOST`]. Blocks on files.
fn matching(pattern: &str) -> Vec<Found> {
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let Ok(paths) = glob::glob_with(pattern, options) else { return Vec::new() };
    let mut found: Vec<Found> = paths.flatten().take(MOST).filter_map(look).collect();
    found.sort_by(|a, b| (a.changed, &a.path).cmp(&(b.changed, &b.path)));
    found
}

fn look(path: PathBuf) -> Option<Found> {
    let meta = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
    let version =
        format!("{}-{}-{}.{:09}", meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec());
    let changed = Timestamp(meta.ctime() * 1_000_000 + meta.ctime_nsec() / 1_000);
    Some(Found { path, version, changed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_starts_at_the_document_and_hidden_files_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a [b]");
        std::fs::create_dir_all(folder.join("in/deep")).unwrap();
        for name in ["in/1.csv", "in/.2.csv", "in/deep/3.csv", "in/4.txt"] {
            std::fs::write(folder.join(name), name).unwrap();
        }
        let document = folder.join("w.json");
        let names = |glob: &str| {
            let found = matching(&pattern(&document, glob));
            let mut names: Vec<String> = found
                .iter()
                .map(|it| it.path.strip_prefix(&folder).unwrap().display().to_string())
                .collect();
            names.sort();
            names
        };
        assert_eq!(names("in/*.csv"), ["in/1.csv"]);
        assert_eq!(names("in/**/*.csv"), ["in/1.csv", "in/deep/3.csv"]);
        assert_eq!(names("in/deep"), Vec::<String>::new(), "a folder is no file");
        assert_eq!(names("in/[0-9].txt"), ["in/4.txt"]);
        assert_eq!(names("in/["), Vec::<String>::new());
    }

    #[test]
    fn a_version_changes_with_what_is_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        std::fs::write(&path, "one").unwrap();
        let first = look(path.clone()).unwrap();
        assert_eq!(look(path.clone()), Some(first.clone()));
        std::fs::write(&path, "more").unwrap();
        assert_ne!(look(path).unwrap().version, first.version);
    }
}
