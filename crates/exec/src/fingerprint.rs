//! What the result of an attempt is known by, so that a later attempt that would do the same can take it over.
//!
//! The SHA-256 of all that decides what it does, as far as Millrace can see: its kind and fields with values put in, its
//! variables, its folder, its inputs, the content of the files that its command line names, and the key that its document
//! gives. What its programs read beside that has to be in the key.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use millrace_engine::core::StartAttempt;
use millrace_model::action::Action;
use millrace_model::document::EnvValue;
use millrace_model::ident::Ident;
use millrace_model::template::Template;
use millrace_model::texts::resolved;
use millrace_model::time::Span;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::artifacts::hex;
use crate::prepare::workdir;
use crate::run_dir::RunDir;
use crate::secrets;

/// Changes when something else is looked at: what was known by the old way is not found any more.
const VERSION: u32 = 1;
/// A file of the command line counts with its content up to this size, and with its size and age beyond.
const MAX_FILE: u64 = 64 << 20;

/// What is looked at for a fingerprint. To read the files is left to whoever may block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Subject {
    text: String,
    /// Where the words of its command line would lie if they are files.
    words: Vec<PathBuf>,
    /// How old a result may be.
    pub(crate) max_age: Option<Span>,
}

impl Subject {
    /// What an attempt would do, where its task has a `cache`.
    ///
    /// # Errors
    /// What values cannot be put into.
    pub(crate) fn of(dir: &RunDir, start: &StartAttempt) -> Result<Option<Self>, String> {
        let Some(cache) = &start.task().cache else { return Ok(None) };
        let scope = start.scope();
        let task = resolved(start.task(), &scope).map_err(|error| format!("`cache`: {error}"))?;
        let folder = workdir(dir, start, &scope)?;
        let mut env = Map::new();
        for (name, value) in secrets::effective(start) {
            let value = match value {
                EnvValue::Secret(secret) => json!({ "secret": secret }),
                EnvValue::Template(text) => Template::parse(text)
                    .and_then(|template| template.render(&scope))
                    .map_err(|error| format!("`cache`: its variable {name}: {error}"))?
                    .into(),
            };
            env.insert(name.to_owned(), value);
        }
        let upstreams: Map<String, Value> = start
            .upstreams
            .iter()
            .map(|(name, of)| {
                let artifacts = artifacts_of(dir, name);
                let seen =
                    json!({ "state": of.state, "outputs": of.outputs, "artifacts": artifacts });
                (name.to_string(), seen)
            })
            .collect();
        let mut known = json!({
            "version": VERSION,
            "kind": task.kind,
            "spec": task.spec.to_value(),
            "env": env,
            "folder": folder.to_string_lossy(),
            "params": *start.context.params,
            "upstreams": upstreams,
            "item": start.key.item.map(|_| &scope.item),
            "key": task.cache.as_ref().and_then(|cache| cache.key.as_ref()),
        });
        if let Some(hook) = &scope.hook {
            known["hook"] = Value::Object(hook.as_ref().clone());
        }
        let words = match Action::for_task(start.task()) {
            Ok(Action::Process(process)) => {
                let process =
                    process.resolve(&scope).map_err(|error| format!("`cache`: {error}"))?;
                let words = process.argv.iter().filter(|word| !word.is_empty());
                words.map(|word| folder.join(word)).collect()
            }
            _ => Vec::new(),
        };
        Ok(Some(Self { text: known.to_string(), words, max_age: cache.max_age }))
    }

    /// The fingerprint. Blocks on the files.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn digest(&self) -> Result<String, String> {
        let mut hash = Sha256::new();
        hash.update(self.text.as_bytes());
        let mut seen = HashSet::new();
        for path in self.words.iter().filter(|path| seen.insert(*path) && path.is_file()) {
            hash.update([0]);
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update([0]);
            add_file(&mut hash, path).map_err(|error| {
                format!("`cache`: {}, which it runs, cannot be read: {error}", path.display())
            })?;
        }
        Ok(hex(&hash.finalize()))
    }
}

/// The lists of what a task left, or each of its items.
fn artifacts_of(dir: &RunDir, task: &Ident) -> Vec<Value> {
    let Ok(entries) = std::fs::read_dir(dir.published_dir()) else { return Vec::new() };
    let begin = format!("{task}.");
    let mut lists: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(&begin) && name.ends_with(".artifacts.json")
        })
        .map(|entry| entry.path())
        .collect();
    lists.sort();
    let read = |path: &PathBuf| serde_json::from_slice(&std::fs::read(path).ok()?).ok();
    lists.iter().filter_map(read).collect()
}

fn add_file(hash: &mut Sha256, path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.len() > MAX_FILE {
        let changed = metadata.modified()?.duration_since(std::time::UNIX_EPOCH);
        hash.update(format!("{} {:?}", metadata.len(), changed.unwrap_or_default()));
        return Ok(());
    }
    let mut file = file.take(MAX_FILE);
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(()),
            read => hash.update(&block[..read]),
        }
    }
}
