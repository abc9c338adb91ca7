//! Tasks that run a document which gets another name or place: they are made to name it as it is called then.
//!
//! Found before it moves, while its old name still leads to it, and written after.

use std::path::{Path, PathBuf};

use millrace_api::document::{SaveDocument, SavedDocument};
use millrace_model::action::{Action, Callee};
use millrace_model::document::{Json, Workflow};
use millrace_model::read::Document;
use millrace_model::write::canonical_text;

use crate::library::shelf::Shelf;
use crate::settings::Settings;
use crate::{files, library};

/// A document with tasks that run the one that moves.
pub(crate) struct Caller {
    path: PathBuf,
    digest: String,
    workflow: Workflow,
    /// The places of those tasks in the document.
    tasks: Vec<usize>,
}

impl Caller {
    /// The canonical path of its document.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Those among `known`, and in the library, that run the document at `moved`. Blocks on files.
///
/// What cannot be read is passed over: it is not known to run anything.
pub(crate) fn find(
    (settings, shelf): (&Settings, &Shelf),
    known: &[PathBuf],
    moved: &Path,
) -> Vec<Caller> {
    let Ok(moved) = files::read(moved) else { return Vec::new() };
    let name = Document::parse(&moved.bytes).workflow.map(|workflow| workflow.name);
    // A name that means several, or another one, is none of its.
    let name = name.filter(|name| {
        library::resolve(settings, shelf, name.as_str()).is_ok_and(|path| path == moved.path)
    });
    let paths = everywhere(settings, known);
    let is_meant = |folder: &Path, callee: Callee| match callee {
        Callee::Name(other) => Some(&other) == name.as_ref(),
        Callee::Path(path) => folder.join(path).canonicalize().is_ok_and(|path| path == moved.path),
    };
    let others = paths.into_iter().filter(|path| *path != moved.path);
    others
        .filter_map(|path| {
            let file = files::read(&path).ok()?;
            let document = Document::parse(&file.bytes);
            // One of a later release would lose what this one does not know.
            let workflow = document.workflow.filter(|_| document.read_only.is_none())?;
            let folder = path.parent()?;
            let tasks = workflow.tasks.iter().enumerate().filter_map(|(place, task)| {
                let Ok(Action::SubWorkflow(sub)) = Action::for_task(task) else { return None };
                is_meant(folder, sub.callee).then_some(place)
            });
            let tasks: Vec<usize> = tasks.collect();
            let digest = files::digest(&file.bytes);
            (!tasks.is_empty()).then_some(Caller { path, digest, workflow, tasks })
        })
        .collect()
}

/// Writes the new name or path into the callers of a document that is now `moved`, named `name`. Answers those that were
/// written, with their texts, and why others were not. Blocks on files.
pub(crate) fn follow(
    callers: Vec<Caller>,
    moved: &SavedDocument,
    name: &str,
) -> (Vec<(SavedDocument, String)>, Vec<String>) {
    let (mut written, mut left) = (Vec::new(), Vec::new());
    for mut caller in callers {
        let Some(folder) = caller.path.parent().map(|folder| folder.display().to_string()) else {
            continue;
        };
        let mut changed = false;
        for place in &caller.tasks {
            let Json::Object(members) = &mut caller.workflow.tasks[*place].spec else { continue };
            let Some((_, Json::String(text))) =
                members.iter_mut().find(|(key, _)| key == "workflow")
            else {
                continue;
            };
            let new = match Callee::parse(text) {
                Ok(Callee::Path(path)) if Path::new(&path).is_absolute() => moved.path.clone(),
                Ok(Callee::Path(_)) => Callee::path_from(&folder, &moved.path),
                _ => name.to_owned(),
            };
            changed |= *text != new;
            *text = new;
        }
        if !changed {
            continue;
        }
        match save(&caller) {
            Ok(saved) => written.push(saved),
            Err(why) => left.push(why),
        }
    }
    (written, left)
}

/// A document with tasks that run what lies below a folder.
pub(crate) struct CallerBelow {
    caller: Caller,
    /// What each of the tasks runs, from the folder on.
    callees: Vec<PathBuf>,
}

impl CallerBelow {
    /// The canonical path of its document.
    pub(crate) fn path(&self) -> &Path {
        self.caller.path()
    }
}

/// Those among `known`, and in the library, that name by its path what lies below `folder`. Blocks on files.
///
/// What cannot be read is passed over, as [`find`] does.
pub(crate) fn find_below(
    settings: &Settings,
    known: &[PathBuf],
    folder: &Path,
) -> Vec<CallerBelow> {
    let paths = everywhere(settings, known);
    let below = |base: &Path, callee: Callee| match callee {
        Callee::Name(_) => None,
        Callee::Path(path) => {
            base.join(path).canonicalize().ok()?.strip_prefix(folder).ok().map(Path::to_owned)
        }
    };
    let callers = paths.into_iter().filter_map(|path| {
        let file = files::read(&path).ok()?;
        let document = Document::parse(&file.bytes);
        let workflow = document.workflow.filter(|_| document.read_only.is_none())?;
        let base = path.parent()?;
        let found = workflow.tasks.iter().enumerate().filter_map(|(place, task)| {
            let Ok(Action::SubWorkflow(sub)) = Action::for_task(task) else { return None };
            Some((place, below(base, sub.callee)?))
        });
        let (tasks, callees): (Vec<usize>, Vec<PathBuf>) = found.unzip();
        let digest = files::digest(&file.bytes);
        let caller = Caller { path, digest, workflow, tasks };
        (!callees.is_empty()).then_some(CallerBelow { caller, callees })
    });
    callers.collect()
}

/// Writes the new paths into the callers of what lay below the folder `from` and lies below `to` now; those that lie below
/// it themselves moved along. Answers as [`follow`] does. Blocks on files.
pub(crate) fn follow_below(
    callers: Vec<CallerBelow>,
    (from, to): (&Path, &Path),
) -> (Vec<(SavedDocument, String)>, Vec<String>) {
    let (mut written, mut left) = (Vec::new(), Vec::new());
    for CallerBelow { mut caller, callees } in callers {
        if let Ok(rest) = caller.path.strip_prefix(from) {
            caller.path = to.join(rest);
        }
        if lead_again(&mut caller, &callees, to) {
            match save(&caller) {
                Ok(saved) => written.push(saved),
                Err(why) => left.push(why),
            }
        }
    }
    (written, left)
}

/// The document at `path`, where its own tasks name others by their paths. Blocks on files.
pub(crate) fn find_own(path: &Path) -> Option<CallerBelow> {
    let file = files::read(path).ok()?;
    let document = Document::parse(&file.bytes);
    let workflow = document.workflow.filter(|_| document.read_only.is_none())?;
    let base = file.path.parent()?;
    let found = workflow.tasks.iter().enumerate().filter_map(|(place, task)| {
        let Ok(Action::SubWorkflow(sub)) = Action::for_task(task) else { return None };
        let Callee::Path(path) = sub.callee else { return None };
        Some((place, base.join(path).canonicalize().ok()?))
    });
    let (tasks, callees): (Vec<usize>, Vec<PathBuf>) = found.unzip();
    let digest = files::digest(&file.bytes);
    let caller = Caller { path: file.path, digest, workflow, tasks };
    (!callees.is_empty()).then_some(CallerBelow { caller, callees })
}

/// Writes paths that lead to the same documents as before into one that lies at `to` now; none where they all do. Blocks on
/// files.
pub(crate) fn follow_own(
    own: CallerBelow,
    to: &Path,
) -> Option<Result<(SavedDocument, String), String>> {
    let CallerBelow { mut caller, callees } = own;
    to.clone_into(&mut caller.path);
    lead_again(&mut caller, &callees, Path::new("/")).then(|| save(&caller))
}

/// Has tasks name what they run, which lies below `to`; whether any of them named it otherwise.
fn lead_again(caller: &mut Caller, callees: &[PathBuf], to: &Path) -> bool {
    let Some(base) = caller.path.parent() else { return false };
    let mut changed = false;
    for (place, callee) in caller.tasks.iter().zip(callees) {
        let Json::Object(members) = &mut caller.workflow.tasks[*place].spec else { continue };
        let Some((_, Json::String(text))) = members.iter_mut().find(|(key, _)| key == "workflow")
        else {
            continue;
        };
        let callee = to.join(callee);
        // Within a folder nothing has changed but where both lie.
        if base.join(&*text).canonicalize().is_ok_and(|path| path == callee) {
            continue;
        }
        let callee = callee.display().to_string();
        *text = match Path::new(&*text).is_absolute() {
            true => callee,
            false => Callee::path_from(&base.display().to_string(), &callee),
        };
        changed = true;
    }
    changed
}

/// Where documents lie that may run others, each once. Blocks on files.
fn everywhere(settings: &Settings, known: &[PathBuf]) -> Vec<PathBuf> {
    let mut paths = library::documents(settings);
    paths.extend(known.iter().filter_map(|path| path.canonicalize().ok()));
    paths.sort();
    paths.dedup();
    paths
}

fn save(caller: &Caller) -> Result<(SavedDocument, String), String> {
    let text = canonical_text(&caller.workflow);
    let save = SaveDocument {
        path: caller.path.display().to_string(),
        text: text.clone(),
        expected_digest: Some(caller.digest.clone()),
        overwrite: false,
        is_trusted: false,
    };
    match files::save(&save) {
        Ok(saved) => Ok((saved, text)),
        Err(error) => Err(format!("{} still names it as before: {}", save.path, error.message)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const CALLED: &str = r#"{"millrace": 1, "name": "load", "tasks": []}"#;

    fn caller(name: &str, callee: &str) -> String {
        format!(
            r#"{{"millrace": 1, "name": "{name}", "tasks": [
                {{"name": "a", "kind": "shell", "spec": {{"script": "load"}}}},
                {{"name": "b", "kind": "workflow", "spec": {{"workflow": "{callee}"}}}}]}}"#
        )
    }

    #[test]
    fn those_that_run_it_name_it_as_it_is_called_now_and_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        let library = dir.path().canonicalize().unwrap();
        let settings = Settings { library: vec![library.clone()], ..Settings::default() };
        fs::create_dir(library.join("sub")).unwrap();
        let old = library.join("load.json");
        fs::write(&old, CALLED).unwrap();
        let absolute = old.display().to_string();
        for (file, callee) in [
            ("by_name.json", "load"),
            ("by_path.json", "load.json"),
            ("sub/by_path.json", "../load.json"),
            ("absolute.json", &absolute),
            ("other.json", "unload"),
        ] {
            fs::write(library.join(file), caller("x", callee)).unwrap();
        }
        let stays = fs::read(library.join("other.json")).unwrap();
        let later = caller("later", "load").replace("\"millrace\": 1", "\"millrace\": 99");
        fs::write(library.join("later.json"), &later).unwrap();

        let callers = find((&settings, &Shelf::default()), std::slice::from_ref(&old), &old);
        let new = library.join("fetch.json");
        fs::rename(&old, &new).unwrap();
        let moved = SavedDocument::new(new.display().to_string(), String::new());
        let (written, left) = follow(callers, &moved, "fetch");

        assert_eq!((written.len(), left), (4, Vec::new()));
        for (file, callee) in [
            ("by_name.json", "fetch"),
            ("by_path.json", "fetch.json"),
            ("sub/by_path.json", "../fetch.json"),
            ("absolute.json", &moved.path),
        ] {
            let text = fs::read_to_string(library.join(file)).unwrap();
            let workflow = Document::parse(text.as_bytes()).workflow.unwrap();
            assert_eq!(workflow.tasks[1].spec.get("workflow").unwrap().as_str(), Some(callee));
            assert_eq!(workflow.tasks[0].spec.get("script").unwrap().as_str(), Some("load"));
        }
        assert_eq!(fs::read(library.join("other.json")).unwrap(), stays);
        assert_eq!(fs::read_to_string(library.join("later.json")).unwrap(), later);
    }

    #[test]
    fn a_name_that_two_have_and_a_file_that_changed_meanwhile_are_left() {
        let dir = tempfile::tempdir().unwrap();
        let library = dir.path().canonicalize().unwrap();
        let settings = Settings { library: vec![library.clone()], ..Settings::default() };
        for file in ["load.json", "twin.json"] {
            fs::write(library.join(file), CALLED).unwrap();
        }
        fs::write(library.join("by_name.json"), caller("x", "load")).unwrap();
        let old = library.join("load.json");
        assert!(
            find((&settings, &Shelf::default()), &[], &old).is_empty(),
            "nobody knows which of the two is meant"
        );

        fs::remove_file(library.join("twin.json")).unwrap();
        let callers = find((&settings, &Shelf::default()), &[], &old);
        fs::write(library.join("by_name.json"), caller("y", "load")).unwrap();
        let moved = SavedDocument::new(old.display().to_string(), String::new());
        let (written, left) = follow(callers, &moved, "fetch");
        assert!(written.is_empty());
        assert!(left[0].contains("by_name.json still names it as before"), "{left:?}");
    }

    #[test]
    fn what_lies_below_a_renamed_folder_is_named_as_it_is_called_now() {
        let dir = tempfile::tempdir().unwrap();
        let library = dir.path().canonicalize().unwrap();
        let settings = Settings { library: vec![library.clone()], ..Settings::default() };
        let (old, new) = (library.join("old"), library.join("new"));
        fs::create_dir_all(old.join("deep")).unwrap();
        fs::write(old.join("deep/load.json"), CALLED).unwrap();
        let absolute = old.join("deep/load.json").display().to_string();
        for (file, callee) in [
            ("outside.json", "old/deep/load.json"),
            ("absolute.json", &absolute),
            ("old/inside.json", "deep/load.json"),
            ("old/around.json", "../old/deep/load.json"),
            ("by_name.json", "load"),
        ] {
            fs::write(library.join(file), caller("x", callee)).unwrap();
        }
        let inside = fs::read(old.join("inside.json")).unwrap();
        let callers = find_below(&settings, &[], &old);
        fs::rename(&old, &new).unwrap();
        let (written, left) = follow_below(callers, (&old, &new));
        assert_eq!((written.len(), left), (3, Vec::new()));
        let after = new.join("deep/load.json").display().to_string();
        for (file, callee) in [
            ("outside.json", "new/deep/load.json"),
            ("absolute.json", &after),
            ("new/around.json", "deep/load.json"),
            ("by_name.json", "load"),
        ] {
            let text = fs::read_to_string(library.join(file)).unwrap();
            let workflow = Document::parse(text.as_bytes()).workflow.unwrap();
            assert_eq!(workflow.tasks[1].spec.get("workflow").unwrap().as_str(), Some(callee));
        }
        assert_eq!(fs::read(new.join("inside.json")).unwrap(), inside, "it is right as it is");
    }
}
