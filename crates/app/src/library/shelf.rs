//! What is known of the documents: each is read again only where its file looks different than before.
//!
//! Nothing is watched: whoever asks has every file looked at, so nothing can be out of date unnoticed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use millrace_api::document::Severity;
use millrace_model::find::{FoundText, texts_of};
use millrace_model::ident::Ident;
use millrace_model::read::Document;

use crate::settings::Settings;
use crate::stat::Look;
use crate::{files, load};

/// Documents that are larger are listed by their file's name alone, so that a list stays fast.
const MAX_LISTED: u64 = 4 << 20;
/// Of the texts of documents so many bytes are kept; those of others are read again when they are looked through.
const MAX_KEPT: usize = 64 << 20;

/// The documents as they were read last.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// What problems depend on beside the document.
    pools: BTreeMap<String, u32>,
    documents: HashMap<PathBuf, (Look, Arc<Shelved>)>,
    /// Of all texts that are kept.
    bytes: usize,
}

/// A document as it was read.
#[derive(Debug)]
pub(crate) struct Shelved {
    /// Its name; of one that cannot be read, the file's.
    pub(crate) name: String,
    /// Whether that is the name of a workflow; not known of a document that is too large.
    is_workflow: bool,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) tasks: u32,
    pub(crate) errors: u32,
    /// The SHA-256 of its text; none of one that is too large.
    pub(crate) digest: Option<String>,
    /// Its texts, while there is room for them.
    texts: Option<Arc<Texts>>,
}

/// The texts of a document, ready to be looked through.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// Those of the workflow itself; of a document that cannot be read, all of it.
    pub(crate) own: Vec<FoundText>,
    /// These in lower case, a line each.
    pub(crate) own_lower: String,
    /// Its tasks.
    pub(crate) tasks: Vec<TaskTexts>,
}

/// The texts of a task.
#[derive(Debug)]
pub(crate) struct TaskTexts {
    pub(crate) name: Ident,
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) is_disabled: bool,
    pub(crate) is_invalid: bool,
    pub(crate) texts: Vec<FoundText>,
    /// These in lower case, a line each.
    pub(crate) lower: String,
}

impl Shelf {
    /// The document in this file; none where it cannot be read. Blocks on files.
    pub(crate) fn look(&self, settings: &Settings, path: &Path) -> Option<Arc<Shelved>> {
        self.look_whole(settings, path).map(|(shelved, _)| shelved)
    }

    /// The same with its texts. Blocks on files.
    pub(crate) fn texts(
        &self,
        settings: &Settings,
        path: &Path,
    ) -> Option<(Arc<Shelved>, Arc<Texts>)> {
        let (shelved, fresh) = self.look_whole(settings, path)?;
        let texts = shelved.texts.clone().or(fresh);
        let texts = texts.or_else(|| read(settings, path).and_then(|(_, texts)| texts));
        Some((shelved, texts.unwrap_or_default()))
    }

    /// The name of the workflow in this file; none where it is no workflow. Blocks on files.
    pub(crate) fn name(&self, settings: &Settings, path: &Path) -> Option<String> {
        let found = self.look(settings, path)?;
        if found.digest.is_some() {
            return found.is_workflow.then(|| found.name.clone());
        }
        let file = files::read(path).ok()?;
        let workflow = Document::parse(&file.bytes).workflow?;
        Some(workflow.name.to_string())
    }

    /// Forgets all but these.
    pub(crate) fn keep(&self, paths: &BTreeSet<PathBuf>) {
        let mut known = self.known();
        known.documents.retain(|path, _| paths.contains(path));
        known.bytes = known.documents.values().map(|(_, shelved)| shelved.bytes()).sum();
    }

    fn look_whole(
        &self,
        settings: &Settings,
        path: &Path,
    ) -> Option<(Arc<Shelved>, Option<Arc<Texts>>)> {
        let found = fs::metadata(path).ok()?;
        let look = Look::of(&found);
        {
            let mut known = self.known();
            if known.pools != settings.pools {
                *known = Known { pools: settings.pools.clone(), ..Known::default() };
            }
            if let Some((old, shelved)) = known.documents.get(path)
                && *old == look
            {
                return Some((Arc::clone(shelved), None));
            }
        }
        let (mut shelved, texts) = match found.len() > MAX_LISTED {
            true => (by_file_name(path)?, None),
            false => read(settings, path)?,
        };
        let mut known = self.known();
        let before = known.documents.remove(path).map_or(0, |(_, old)| old.bytes());
        known.bytes -= before.min(known.bytes);
        let bytes = texts.as_ref().map_or(0, |texts| texts.bytes());
        if known.bytes + bytes <= MAX_KEPT {
            shelved.texts.clone_from(&texts);
        }
        let shelved = Arc::new(shelved);
        // What was written a moment ago may be written again without looking different.
        if look.is_settled() && known.pools == settings.pools {
            known.bytes += shelved.bytes();
            known.documents.insert(path.to_owned(), (look, Arc::clone(&shelved)));
        }
        Some((shelved, texts))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelved {
    fn bytes(&self) -> usize {
        self.texts.as_ref().map_or(0, |texts| texts.bytes())
    }
}

impl Texts {
    fn bytes(&self) -> usize {
        // Each text is there twice, and its path.
        let of = |texts: &[FoundText], lower: &str| {
            texts.iter().map(|it| it.field.len() + it.text.len() + 64).sum::<usize>() + lower.len()
        };
        of(&self.own, &self.own_lower)
            + self.tasks.iter().map(|task| of(&task.texts, &task.lower)).sum::<usize>()
    }
}

fn by_file_name(path: &Path) -> Option<Shelved> {
    Some(Shelved {
        name: path.file_stem()?.to_string_lossy().into_owned(),
        is_workflow: false,
        title: None,
        description: None,
        tasks: 0,
        errors: 0,
        digest: None,
        texts: None,
    })
}

fn read(settings: &Settings, path: &Path) -> Option<(Shelved, Option<Arc<Texts>>)> {
    let file = files::read(path).ok()?;
    let load::Checked { workflow, problems, .. } = load::check_alone(settings, &file.bytes);
    let is_error = |severity| severity == Severity::Error;
    let errors = problems.iter().filter(|problem| is_error(problem.severity)).count();
    let mut shelved = Shelved {
        errors: u32::try_from(errors).unwrap_or(u32::MAX),
        digest: Some(files::digest(&file.bytes)),
        ..by_file_name(path)?
    };
    let Some(workflow) = workflow else {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        let own_lower = text.to_lowercase();
        let own = vec![FoundText { field: String::new(), text }];
        let texts = Texts { own, own_lower, tasks: Vec::new() };
        return Some((shelved, Some(Arc::new(texts))));
    };
    let invalid: BTreeSet<&str> = problems
        .iter()
        .filter(|problem| is_error(problem.severity))
        .filter_map(|problem| problem.task.as_deref())
        .collect();
    let (own, of_tasks) = texts_of(&workflow);
    let tasks = workflow.tasks.iter().zip(of_tasks).map(|(task, texts)| TaskTexts {
        name: task.name.clone(),
        title: task.shown_name().to_owned(),
        kind: task.kind.clone(),
        is_disabled: task.disabled,
        is_invalid: invalid.contains(task.name.as_str()),
        lower: lower(&texts),
        texts,
    });
    let texts = Texts { own_lower: lower(&own), own, tasks: tasks.collect() };
    shelved.name = workflow.name.to_string();
    shelved.is_workflow = true;
    shelved.title = workflow.title;
    shelved.description = workflow.description;
    shelved.tasks = u32::try_from(workflow.tasks.len()).unwrap_or(u32::MAX);
    Some((shelved, Some(Arc::new(texts))))
}

fn lower(texts: &[FoundText]) -> String {
    let mut all = String::new();
    for text in texts {
        all.push_str(&text.text.to_lowercase());
        all.push('\n');
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_again_where_its_file_looks_different_and_only_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let write = |title: &str| {
            let text = format!(
                r#"{{"millrace": 1, "name": "a", "title": "{title}", "tasks": [{{"name": "t", "kind": "shell", "pool": {{ "name": "db" }}, "spec": {{"script": "x"}}}}]}}"#
            );
            fs::write(&path, text).unwrap();
        };
        let (shelf, mut settings) = (Shelf::default(), Settings::default());
        write("one");
        assert_eq!(shelf.look(&settings, &path).unwrap().title.as_deref(), Some("one"));
        // To the same length, within the same moment.
        write("two");
        let (shelved, texts) = shelf.texts(&settings, &path).unwrap();
        assert_eq!((shelved.title.as_deref(), shelved.errors), (Some("two"), 1), "no pool db");
        assert!(texts.tasks[0].is_invalid && texts.own_lower.contains("two"));
        settings.pools.insert("db".to_owned(), 1);
        assert_eq!(shelf.look(&settings, &path).unwrap().errors, 0);
        fs::remove_file(&path).unwrap();
        assert!(shelf.look(&settings, &path).is_none());
        shelf.keep(&BTreeSet::new());
        let known = shelf.known();
        assert_eq!((known.documents.len(), known.bytes), (0, 0));
    }

    #[test]
    fn what_was_not_written_lately_is_kept_and_not_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        fs::write(&path, r#"{"millrace": 1, "name": "a", "tasks": []}"#).unwrap();
        let (shelf, settings) = (Shelf::default(), Settings::default());
        let look = Look::of(&fs::metadata(&path).unwrap());
        let shelved = shelf.look(&settings, &path).unwrap();
        assert!(shelf.known().documents.is_empty(), "it was written a moment ago");
        shelf.known().documents.insert(path.clone(), (look, Arc::clone(&shelved)));
        assert!(Arc::ptr_eq(&shelf.look(&settings, &path).unwrap(), &shelved));
    }

    #[test]
    fn what_is_no_workflow_is_listed_by_its_file_and_found_by_its_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("half.json");
        fs::write(&path, "{\"millrace\": 1,\n \"name\": \"Half").unwrap();
        let (shelved, texts) = Shelf::default().texts(&Settings::default(), &path).unwrap();
        assert_eq!(shelved.name, "half");
        assert_eq!(Shelf::default().name(&Settings::default(), &path), None);
        assert!(shelved.errors > 0 && texts.own_lower.contains("half"));
    }
}
