//! From what a client names to a workflow that can run: found, read, checked, its parameters complete.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use millrace_api::document::{Problem, SaveDocument, SavedDocument, Source};
use millrace_api::{ApiError, Code};
use millrace_model::Values;
use millrace_model::document::Workflow;
use millrace_model::expr::Scope;
use millrace_model::params;
use millrace_model::read::{Document, ReadOnly};
use millrace_model::validate::Surroundings;
use millrace_model::write::canonical_text;

use crate::app::App;
use crate::library::shelf::Shelf;
use crate::secrets::Store;
use crate::settings::Settings;
use crate::{callees, files, library};

/// What documents are found in and checked against.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    pub(crate) settings: Arc<Settings>,
    pub(crate) secrets: Arc<Store>,
    /// What is known of the library's documents.
    pub(crate) shelf: Arc<Shelf>,
}

/// A document as it was found.
pub(crate) struct Found {
    /// The canonical path of its file, or of the file that it is a draft of.
    pub(crate) path: Option<PathBuf>,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Why its file cannot be written.
    pub(crate) read_only: Option<String>,
}

/// A workflow that can run.
pub(crate) struct Loaded {
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) path: Option<PathBuf>,
    /// The canonical text, which is what a run pins.
    pub(crate) text: String,
    /// What is wrong with it without keeping it from running.
    pub(crate) problems: Vec<Problem>,
}

impl App {
    /// The ground as it is now.
    pub(crate) fn ground(&self) -> Ground {
        Ground {
            settings: self.settings.get(),
            secrets: Arc::clone(&self.secrets),
            shelf: Arc::clone(&self.shelf),
        }
    }
}

/// Finds a document. Blocks on files.
///
/// # Errors
/// `NotFound`, `Ambiguous`, `File`, `InvalidRequest`.
pub(crate) fn find(ground: &Ground, source: &Source) -> Result<Found, ApiError> {
    match source {
        Source::Text { text, path } => {
            let path = path.as_deref().map(absolute).transpose()?;
            // A draft of a file that does not exist yet keeps the path as it is.
            let path = path.map(|path| path.canonicalize().unwrap_or(path));
            Ok(Found { path, bytes: text.clone().into_bytes(), read_only: None })
        }
        Source::Path(path) => read(&absolute(path)?),
        Source::Name(name) => read(&library::resolve(&ground.settings, &ground.shelf, name)?),
    }
}

/// A document that was read and checked.
pub(crate) struct Checked {
    /// The workflow, if there is one.
    pub(crate) workflow: Option<Workflow>,
    /// Every problem.
    pub(crate) problems: Vec<Problem>,
    /// Why it must not be written over: a newer version made it, and this one would lose what it does not know.
    pub(crate) newer: Option<String>,
}

/// Reads and checks a document, the workflows that its tasks run, and whether the secrets that it names are stored. Blocks
/// on files.
pub(crate) fn check(ground: &Ground, bytes: &[u8], path: Option<&Path>) -> Checked {
    let Ground { settings, secrets, shelf } = ground;
    let document = Document::parse(bytes);
    let callees = document.workflow.as_ref();
    let callees = callees.map(|own| callees::look(settings, shelf, own, path));
    let secrets = secrets.names();
    let channels = settings.notify.channels().into_iter().map(str::to_owned).collect();
    let connections = crate::connections::kinds(settings);
    let surroundings = Surroundings {
        pools: Some(&settings.pools),
        callees: callees.as_ref(),
        secrets: secrets.as_ref(),
        channels: Some(&channels),
        connections: Some(&connections),
    };
    checked(document, &surroundings)
}

/// Reads and checks a document by itself.
pub(crate) fn check_alone(settings: &Settings, bytes: &[u8]) -> Checked {
    let surroundings = Surroundings { pools: Some(&settings.pools), ..Surroundings::default() };
    checked(Document::parse(bytes), &surroundings)
}

fn checked(document: Document, surroundings: &Surroundings<'_>) -> Checked {
    let problems = document.check(surroundings);
    let newer = newer(&document);
    let problems = problems.iter().map(Problem::from).collect();
    Checked { workflow: document.workflow, problems, newer }
}

/// Writes a document, as [`files::save`] does, unless a newer version made what is there. Blocks on files.
///
/// # Errors
/// Those of [`files::save`]; `ReadOnly`.
pub(crate) fn save(request: &SaveDocument) -> Result<SavedDocument, ApiError> {
    // What cannot be read is the business of whoever writes it.
    if let Ok(found) = files::read(Path::new(&request.path))
        && let Some(reason) = newer(&Document::parse(&found.bytes))
    {
        let message = format!("{} cannot be written: {reason}", found.path.display());
        let help = "save it under another name";
        return Err(ApiError::new(Code::ReadOnly, message).help(help));
    }
    files::save(request)
}

fn newer(document: &Document) -> Option<String> {
    let reason = document.read_only.as_ref();
    reason.filter(|reason| matches!(reason, ReadOnly::Newer { .. })).map(ToString::to_string)
}

/// Finds a workflow that can run. Blocks on files.
///
/// # Errors
/// As [`find`]; `InvalidDocument` with all problems.
pub(crate) fn load(ground: &Ground, source: &Source) -> Result<Loaded, ApiError> {
    let found = find(ground, source)?;
    let path = found.path.as_deref();
    let Checked { workflow, problems, .. } = check(ground, &found.bytes, path);
    let errors = problems.iter().filter(|problem| problem.blocks_running()).count();
    match workflow {
        Some(workflow) if errors == 0 => Ok(Loaded {
            text: canonical_text(&workflow),
            workflow: Arc::new(workflow),
            path: found.path,
            problems,
        }),
        _ => {
            let what = found
                .path
                .as_ref()
                .map_or("the document".to_owned(), |path| path.display().to_string());
            let errors = match errors {
                1 => "an error".to_owned(),
                many => format!("{many} errors"),
            };
            Err(ApiError::new(Code::InvalidDocument, format!("{what} has {errors} and cannot run"))
                .problems(problems))
        }
    }
}

/// The parameters of a run: texts are read by their declared types, defaults filled in.
///
/// # Errors
/// `InvalidParams`, naming all that is wrong.
pub(crate) fn parameters(
    workflow: &Workflow,
    values: &Values,
    texts: &BTreeMap<String, String>,
    scope: &Scope,
) -> Result<Values, ApiError> {
    let mut given = values.clone();
    let mut problems = Vec::new();
    for (name, text) in texts {
        match workflow.params.iter().find(|param| param.name.as_str() == name) {
            None => problems.push(params::unknown_name(&workflow.params, name)),
            Some(param) => match params::parse_text(param, text) {
                Ok(value) => drop(given.insert(name.clone(), value)),
                Err(problem) => problems.push(problem),
            },
        }
    }
    if problems.is_empty() {
        match params::resolve(&workflow.params, &given, scope) {
            Ok(values) => return Ok(values),
            Err(found) => problems = found,
        }
    }
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Err(ApiError::new(Code::InvalidParams, texts.join("; ")))
}

fn read(path: &Path) -> Result<Found, ApiError> {
    let file = files::read(path)?;
    Ok(Found { path: Some(file.path), bytes: file.bytes, read_only: file.read_only })
}

fn absolute(path: &str) -> Result<PathBuf, ApiError> {
    let path = PathBuf::from(path);
    if path.is_absolute() {
        return Ok(path);
    }
    let message = format!("{} is not an absolute path", path.display());
    Err(ApiError::new(Code::InvalidRequest, message))
}
