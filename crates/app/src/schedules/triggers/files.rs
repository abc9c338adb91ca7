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
use millrace_exec::find;
use millrace_model::document::{FileTrigger, TriggerRule, TriggerSource};
use millrace_model::event::EventCause;
use millrace_model::time::Timestamp;
use millrace_store::{Reader, StarterKey};
use tokio::time::Instant;

use super::{Fired, Kept, Of};
use crate::app::App;
use crate::errors::store_error;
use crate::hub::on_store;
use crate::schedules::aside::Aside;
use crate::schedules::standing::Workflow;

/// Two looks at the same folder lie at least so far apart.
const APART: Duration = Duration::from_millis(500);
/// Without news from the system it is looked at so often all the same.
const LOOK: Duration = Duration::from_secs(30);
/// A look that takes longer has found nothing.
const LIMIT: Duration = Duration::from_secs(60);
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
    look: Aside<Seen>,
    /// Files that are new and not stable yet: how they looked, and since when.
    unstable: HashMap<PathBuf, (String, Instant)>,
}

/// The folder from which a pattern is seen, and the pattern.
type At = (PathBuf, String);

/// What a look found.
#[derive(Debug)]
struct Seen {
    at: At,
    files: Vec<Found>,
    /// Whether these are all that match.
    is_all: bool,
    /// Whether the folder is there.
    is_there: bool,
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
        let (mut next, mut failed): (Option<Duration>, _) = (None, None);
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
            match wait {
                Ok(wait) => next = next.into_iter().chain([wait]).min(),
                // The others are looked at all the same.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(next), Err)
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
        let at = (base(&workflow.path), file.glob.clone());
        if !self.look.is_under_way() {
            let (at, folder) = (at.clone(), folder_of(workflow, file));
            self.look.begin(move || {
                let (files, is_all) = matching(&at.0, &at.1);
                Seen { at, files, is_all, is_there: folder.is_dir() }
            });
        }
        let Some(seen) = self.look.outcome().await? else { return Ok(APART) };
        if seen.at != at {
            // The pattern was changed meanwhile.
            return Ok(Duration::ZERO);
        }
        let Seen { files: found, is_all, is_there, .. } = seen;
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
        // A folder that is not there may be a disk that is not mounted: its files are not gone. Nor are those in one that may
        // not be read just now.
        if is_there && is_all {
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
    fixed(&base(&workflow.path), &file.glob)
}

/// The folder of the document, from which relative patterns are seen.
fn base(document: &Path) -> PathBuf {
    document.parent().unwrap_or(Path::new("/")).to_owned()
}

/// The folder up to which a pattern is fixed.
fn fixed(base: &Path, glob: &str) -> PathBuf {
    let from = if glob.starts_with('/') { Path::new("/") } else { base };
    // The last part names files, also where it is fixed.
    let folders = glob.rsplit_once('/').map(|(folders, _)| folders).unwrap_or_default();
    let parts = folders.split('/').filter(|part| !part.is_empty());
    parts
        .take_while(|part| !part.contains(['*', '?', '[']))
        .fold(from.to_owned(), |folder, part| folder.join(part))
}

/// The files that match, at most [`MOST`], and whether these are all of them. Blocks on files.
///
/// One whose name is not UTF-8 is none: nobody could be told which it is.
fn matching(base: &Path, glob: &str) -> (Vec<Found>, bool) {
    let matches = match find::matches(base, glob, std::time::Instant::now() + LIMIT, MOST) {
        Ok(matches) => matches,
        Err(error) => {
            tracing::warn!(%error, glob, "files that start a workflow cannot be looked for");
            return (Vec::new(), false);
        }
    };
    if let Some(error) = &matches.unreadable {
        tracing::debug!(%error, glob, "not all files that start a workflow can be looked for");
    }
    let is_all = matches.unreadable.is_none() && matches.paths.len() < MOST;
    let named = matches.paths.into_iter().filter(|path| path.to_str().is_some());
    let mut found: Vec<Found> = named.filter_map(look).collect();
    found.sort_by(|a, b| (a.changed, &a.path).cmp(&(b.changed, &b.path)));
    (found, is_all)
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
        let names = |glob: &str| {
            let (found, is_all) = matching(&folder, glob);
            let mut names: Vec<String> = found
                .iter()
                .map(|it| it.path.strip_prefix(&folder).unwrap().display().to_string())
                .collect();
            names.sort();
            assert!(is_all || glob == "in/[", "{glob}");
            names
        };
        assert_eq!(names("in/*.csv"), ["in/1.csv"]);
        assert_eq!(names("in/**/*.csv"), ["in/1.csv", "in/deep/3.csv"]);
        assert_eq!(names("in/deep"), Vec::<String>::new(), "a folder is no file");
        assert_eq!(names("in/[0-9].txt"), ["in/4.txt"]);
        assert_eq!(names("in/["), Vec::<String>::new());
        // Its own name is no pattern, whatever is in it.
        for (glob, watched) in
            [("in/*.csv", "in"), ("x.csv", ""), ("in/**/a/*", "in"), ("in/deep/x", "in/deep")]
        {
            assert_eq!(fixed(&folder, glob), folder.join(watched), "{glob}");
        }
        assert_eq!(fixed(&folder, "/data/2*/x"), Path::new("/data"));
    }

    #[test]
    fn strange_names_links_and_what_cannot_be_read_stop_nobody() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        std::fs::create_dir_all(folder.join("in/shut")).unwrap();
        for name in [&b"in/\xff.csv"[..], b"in/good.csv", b"in/shut/hidden.csv"] {
            std::fs::write(folder.join(OsStr::from_bytes(name)), name).unwrap();
        }
        symlink("..", folder.join("in/circle")).unwrap();
        symlink("loop.csv", folder.join("in/loop.csv")).unwrap();
        let names = |glob: &str| {
            let (found, is_all) = matching(folder, glob);
            let name = |it: &Found| it.path.strip_prefix(folder).unwrap().display().to_string();
            (found.iter().map(name).collect::<Vec<_>>(), is_all)
        };
        let (mut names_of_all, is_all) = names("in/**/*.csv");
        names_of_all.sort();
        assert_eq!(names_of_all, ["in/good.csv", "in/shut/hidden.csv"], "each once, and no circle");
        assert!(is_all);
        // Of what cannot be looked into nobody knows what is gone.
        let long = "x".repeat(300);
        assert_eq!(names(&format!("in/*/{long}")), (Vec::new(), false));
        if rustix::process::geteuid().is_root() {
            return eprintln!("SKIPPED: whoever may read everything has no unreadable folder");
        }
        let mode = |mode| std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.join("in/shut"), mode(0o000)).unwrap();
        let shut = names("in/**/*.csv");
        std::fs::set_permissions(folder.join("in/shut"), mode(0o700)).unwrap();
        assert_eq!(shut, (vec!["in/good.csv".to_owned()], false));
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
