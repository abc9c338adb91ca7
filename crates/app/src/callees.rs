//! The workflows that tasks run: which files they are, and whether they lead back to where they are run from.
//!
//! Read anew each time; nothing is kept here.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use millrace_api::{ApiError, Code};
use millrace_model::action::{Action, Callee, MAX_DEPTH};
use millrace_model::document::Workflow;
use millrace_model::read::Document;
use millrace_model::validate::Called;

use crate::files;
use crate::library::{self, shelf::Shelf};
use crate::settings::Settings;

/// The file of a workflow that a document in `folder` names. Blocks on files.
///
/// # Errors
/// `NotFound`, `Ambiguous`; `InvalidRequest` where a path is relative and there is no folder.
pub(crate) fn locate(
    settings: &Settings,
    shelf: &Shelf,
    folder: Option<&Path>,
    callee: &Callee,
) -> Result<PathBuf, ApiError> {
    let path = match (callee, folder) {
        (Callee::Name(name), _) => return library::resolve(settings, shelf, name.as_str()),
        (Callee::Path(path), _) if Path::new(path).is_absolute() => PathBuf::from(path),
        (Callee::Path(path), Some(folder)) => folder.join(path),
        (Callee::Path(path), None) => {
            let message =
                format!("{path} is relative to the document's folder, and the document has none");
            return Err(ApiError::new(Code::InvalidRequest, message).help("save it first"));
        }
    };
    path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            ApiError::new(Code::NotFound, format!("there is no file {}", path.display()))
        }
        _ => ApiError::new(Code::File, format!("cannot read {}: {error}", path.display())),
    })
}

/// What is known of each workflow that the tasks of this document run. Blocks on files.
pub(crate) fn look(
    settings: &Settings,
    shelf: &Shelf,
    workflow: &Workflow,
    path: Option<&Path>,
) -> BTreeMap<Callee, Called> {
    let mut search = Search {
        settings,
        shelf,
        located: HashMap::new(),
        read: HashMap::new(),
        heights: HashMap::new(),
    };
    let folder = path.and_then(Path::parent);
    let mut way = vec![(path.map(Path::to_owned), workflow.name.to_string())];
    callees(workflow)
        .into_iter()
        .map(|callee| {
            let called = search.called(folder, &callee, &mut way);
            // What led to a circle, or too deep, is on the way to nothing else.
            way.truncate(1);
            (callee, called)
        })
        .collect()
}

/// The workflows that a document's tasks run, each once.
fn callees(workflow: &Workflow) -> Vec<Callee> {
    let mut found: Vec<Callee> = workflow
        .tasks
        .iter()
        .filter_map(|task| match Action::for_task(task) {
            Ok(Action::SubWorkflow(sub)) => Some(sub.callee),
            _ => None,
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The documents on the way to one, from the outermost: where each is, and its name.
type Way = Vec<(Option<PathBuf>, String)>;

struct Search<'s> {
    settings: &'s Settings,
    shelf: &'s Shelf,
    /// By the folder of whoever names it: a name is the same from everywhere.
    located: HashMap<(Option<PathBuf>, Callee), Result<PathBuf, ApiError>>,
    read: HashMap<PathBuf, Result<Arc<Workflow>, ApiError>>,
    /// How many levels of runs a document makes, itself counted, where nothing leads back.
    heights: HashMap<PathBuf, usize>,
}

impl Search<'_> {
    fn called(&mut self, folder: Option<&Path>, callee: &Callee, way: &mut Way) -> Called {
        let found = self.locate(folder, callee).and_then(|path| Ok((self.read(&path)?, path)));
        match found {
            Err(error) => Called::Unusable { message: error.message, help: error.help },
            Ok((workflow, path)) => match self.height(&path, &workflow, way) {
                Err(called) => called,
                Ok(_) => Called::Usable { params: workflow.params.clone() },
            },
        }
    }

    /// How many levels of runs a document makes below those on the way.
    fn height(&mut self, path: &Path, workflow: &Workflow, way: &mut Way) -> Result<usize, Called> {
        let names = |way: &Way, last: &[&str]| {
            way.iter()
                .map(|(_, name)| name.as_str())
                .chain(last.iter().copied())
                .map(str::to_owned)
                .collect()
        };
        let name = workflow.name.as_str();
        if way.iter().any(|(on_way, _)| on_way.as_deref() == Some(path)) {
            return Err(Called::Circle(names(way, &[name])));
        }
        if way.len() >= MAX_DEPTH {
            return Err(Called::TooDeep(names(way, &[name])));
        }
        if let Some(height) = self.heights.get(path) {
            return match way.len() + height > MAX_DEPTH {
                true => Err(Called::TooDeep(names(way, &[name, "…"]))),
                false => Ok(*height),
            };
        }
        way.push((Some(path.to_owned()), name.to_owned()));
        let mut height = 1;
        for callee in callees(workflow) {
            // What cannot be found from there is the business of whoever opens that document.
            let next = self.locate(path.parent(), &callee);
            if let Ok(next) = next
                && let Ok(workflow) = self.read(&next)
            {
                height = height.max(1 + self.height(&next, &workflow, way)?);
            }
        }
        way.pop();
        self.heights.insert(path.to_owned(), height);
        Ok(height)
    }

    fn locate(&mut self, folder: Option<&Path>, callee: &Callee) -> Result<PathBuf, ApiError> {
        let folder = folder.filter(|_| matches!(callee, Callee::Path(_)));
        let key = (folder.map(Path::to_owned), callee.clone());
        let (settings, shelf) = (self.settings, self.shelf);
        let locate = || locate(settings, shelf, folder, callee);
        self.located.entry(key).or_insert_with(locate).clone()
    }

    fn read(&mut self, path: &Path) -> Result<Arc<Workflow>, ApiError> {
        let read = || {
            let file = files::read(path)?;
            Document::parse(&file.bytes).workflow.map(Arc::new).ok_or_else(|| {
                let message = format!("{} is not a workflow document", path.display());
                ApiError::new(Code::InvalidDocument, message)
            })
        };
        self.read.entry(path.to_owned()).or_insert_with(read).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Documents in one folder, each named as its file, each with the callees given.
    fn folder(documents: &[(&str, &[&str])]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, callees) in documents {
            let tasks: Vec<_> = callees
                .iter()
                .enumerate()
                .map(|(at, callee)| {
                    serde_json::json!({"name": format!("t{at}"), "kind": "workflow", "spec": {"workflow": callee}})
                })
                .collect();
            let document = serde_json::json!({"millrace": 1, "name": name, "tasks": tasks});
            fs::write(dir.path().join(format!("{name}.json")), document.to_string()).unwrap();
        }
        dir
    }

    /// What is known of the callees of `top`, in order.
    fn all_known(dir: &Path) -> Vec<Called> {
        let settings = Settings { library: vec![dir.to_owned()], ..Settings::default() };
        let path = dir.join("top.json").canonicalize().unwrap();
        let workflow = Document::parse(&fs::read(&path).unwrap()).workflow.unwrap();
        look(&settings, &Shelf::default(), &workflow, Some(&path)).into_values().collect()
    }

    /// What is known of its only callee.
    fn known(dir: &Path) -> Called {
        let mut known = all_known(dir);
        assert_eq!(known.len(), 1);
        known.remove(0)
    }

    fn circle(names: &[&str]) -> Called {
        Called::Circle(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn circles_are_found_however_long() {
        for (documents, names) in [
            (vec![("top", &["top"][..])], &["top", "top"][..]),
            (vec![("top", &["./top.json"])], &["top", "top"]),
            (vec![("top", &["a"]), ("a", &["b.json"]), ("b", &["top"])], &["top", "a", "b", "top"]),
            // Not back to where it begins, and never ending all the same.
            (vec![("top", &["a"]), ("a", &["b"]), ("b", &["a"])], &["top", "a", "b", "a"]),
        ] {
            assert_eq!(known(folder(&documents).path()), circle(names));
        }
    }

    #[test]
    fn one_that_is_run_twice_is_no_circle() {
        let dir =
            folder(&[("top", &["a"]), ("a", &["b", "./b.json", "c"]), ("b", &["c"]), ("c", &[])]);
        assert_eq!(known(dir.path()), Called::Usable { params: Vec::new() });
    }

    #[test]
    fn sixteen_deep_is_deep_enough() {
        let names: Vec<String> = (0..17).map(|at| format!("d{at}")).collect();
        let chain = |depth: usize| {
            let next: Vec<[&str; 1]> = names.iter().skip(1).map(|name| [name.as_str()]).collect();
            let mut documents: Vec<(&str, &[&str])> = vec![("top", &["d0"])];
            for at in 0..depth - 1 {
                let below: &[&str] = if at + 2 < depth { &next[at] } else { &[] };
                documents.push((&names[at], below));
            }
            known(folder(&documents).path())
        };
        assert_eq!(chain(MAX_DEPTH), Called::Usable { params: Vec::new() });
        assert!(
            matches!(chain(MAX_DEPTH + 1), Called::TooDeep(names) if names.len() == MAX_DEPTH + 1)
        );
    }

    #[test]
    fn what_is_wrong_with_one_callee_is_not_said_of_the_next() {
        let usable = Called::Usable { params: Vec::new() };
        let names: Vec<String> = (10..30).map(|at| format!("d{at}")).collect();
        let mut documents: Vec<(&str, &[&str])> = vec![("top", &["d10", "leaf"]), ("leaf", &[])];
        let next: Vec<[&str; 1]> = names.iter().skip(1).map(|name| [name.as_str()]).collect();
        documents.extend(names.iter().zip(&next).map(|(name, next)| (name.as_str(), &next[..])));
        documents.push(("d29", &[]));
        let known = all_known(folder(&documents).path());
        assert!(matches!(known[0], Called::TooDeep(_)), "{known:?}");
        assert_eq!(known[1], usable);
        // Its way to the circle is its own.
        let known = all_known(
            folder(&[
                ("top", &["a", "b", "c"]),
                ("a", &["d"]),
                ("d", &["a"]),
                ("b", &["a"]),
                ("c", &[]),
            ])
            .path(),
        );
        assert_eq!(
            known,
            [circle(&["top", "a", "d", "a"]), circle(&["top", "b", "a", "d", "a"]), usable]
        );
    }

    #[test]
    fn what_is_not_there_is_said() {
        for callee in ["nobody", "nobody.json"] {
            let Called::Unusable { message, .. } = known(folder(&[("top", &[callee])]).path())
            else {
                panic!("found {callee}");
            };
            assert!(message.contains("nobody"), "{message}");
        }
    }
}
