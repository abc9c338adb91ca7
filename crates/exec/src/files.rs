//! Does things with files, all of them within one folder: the root.
//!
//! No name leaves the root, not even by a link that somebody changes meanwhile: every name is opened by the system from
//! the open root on ([`root`]). What the texts of names mean is in [`found`].

mod found;
mod pack;
mod place;
mod root;
mod stage;
mod tally;
mod unpack;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use millrace_model::Values;
use millrace_model::action::{ArchiveFormat, FileOperation, FilesAction, ResolvedFiles};

use crate::deed::{Brake, Fault, Log};
use found::Found;
use root::{Root, cannot, shown};
use stage::Stage;
use tally::Tally;

/// Something that is done with files, ready to be done.
pub(crate) struct Work {
    pub(crate) action: FilesAction,
    pub(crate) resolved: ResolvedFiles,
    /// Where a relative root begins.
    pub(crate) workdir: PathBuf,
    /// Part of the name of the folder in which things lie until they are whole; the same for all tries.
    pub(crate) mark: String,
}

/// What is being done, for all who take part in it.
struct Doing<'a> {
    action: &'a FilesAction,
    root: &'a Root,
    stage: Stage<'a>,
    tally: Tally<'a>,
    log: &'a Log,
    brake: &'a Brake,
}

/// A file, or a folder with all that is in it, and where it goes.
struct Pair {
    source: PathBuf,
    target: PathBuf,
}

impl Work {
    /// Does it. Blocks its thread, and ends soon after the brake was pulled.
    pub(crate) fn carry_out(self, log: &Log, brake: &Brake) -> Result<Values, Fault> {
        let Self { action, resolved, workdir, mark } = self;
        let path = workdir.join(resolved.root.as_deref().unwrap_or_default());
        let root = Root::open(&path)?;
        let stage = Stage::new(&root, &mark)?;
        let tally = Tally::new(log, brake);
        let mut doing = Doing { action: &action, root: &root, stage, tally, log, brake };
        log.line(&format!("{} within {}", action.operation.word(), path.display()));
        doing.run(&resolved)?;
        Ok(doing.tally.outputs())
    }
}

impl Doing<'_> {
    fn run(&mut self, resolved: &ResolvedFiles) -> Result<(), Fault> {
        if self.action.operation == FileOperation::MakeFolder {
            return self.make_folder(&resolved.to);
        }
        let found = found::find(self.root, &resolved.from, self.stage.name(), self.brake)?;
        for text in &found.missing {
            let message =
                format!("nothing of the name {} is in {}", shown(text), self.root.shown());
            if !self.action.allow_missing {
                return Err(Fault::NotBegun(format!(
                    "{message}; with `allow_missing` that is no error"
                )));
            }
            self.log.line(&message);
        }
        match self.action.operation {
            FileOperation::Copy | FileOperation::Move => {
                let pairs = self.pairs(&found, &resolved.to)?;
                pairs.iter().try_for_each(|pair| self.put(pair))
            }
            FileOperation::Delete => {
                for path in &found.paths {
                    self.no_root(path)?;
                }
                found.paths.iter().try_for_each(|path| self.delete(path))
            }
            FileOperation::Archive => {
                let to = self.name(&resolved.to)?;
                let format = ArchiveFormat::of_name(&resolved.to).ok_or_else(|| {
                    let (to, ends) = (shown(&to), ArchiveFormat::ENDS);
                    Fault::NotBegun(format!(
                        "{to} says no format: the archive's name must end with {ends}"
                    ))
                })?;
                self.pack(&found.paths, &to, format)
            }
            FileOperation::Unpack => {
                let to = found::name(&resolved.to).map_err(Fault::NotBegun)?;
                found.paths.iter().try_for_each(|archive| self.unpack(archive, &to))
            }
            FileOperation::MakeFolder => Ok(()),
        }
    }

    fn make_folder(&mut self, to: &str) -> Result<(), Fault> {
        let to = self.name(to)?;
        self.root.make_folders(&to)?;
        self.log.line(&format!("{} is there", shown(&to)));
        self.tally.add(&to, 0);
        Ok(())
    }

    /// Where each goes. Nothing is done where two would go to one place, or one into itself.
    fn pairs(&self, found: &Found, to: &str) -> Result<Vec<Pair>, Fault> {
        let target = found::name(to).map_err(Fault::NotBegun)?;
        let into = found.is_many || to.ends_with('/') || self.root.is_folder(&target);
        let mut pairs: Vec<Pair> = Vec::with_capacity(found.paths.len());
        for source in &found.paths {
            self.no_root(source)?;
            let target = match source.file_name() {
                Some(name) if into => target.join(name),
                _ => target.clone(),
            };
            self.no_root(&target)?;
            if target == *source {
                return Err(Fault::NotBegun(format!("{} would go to itself", shown(source))));
            }
            if target.starts_with(source) || source.starts_with(&target) {
                let (source, target) = (shown(source), shown(&target));
                return Err(Fault::NotBegun(format!(
                    "{source} cannot go to {target}: one lies within the other"
                )));
            }
            pairs.push(Pair { source: source.clone(), target });
        }
        pairs.sort_by(|a, b| a.target.cmp(&b.target));
        if let Some([one, other]) = pairs.array_windows().find(|[a, b]| a.target == b.target) {
            let (one, other, to) = (shown(&one.source), shown(&other.source), shown(&one.target));
            return Err(Fault::NotBegun(format!(
                "{one} and {other} would both become {to}; nothing was done"
            )));
        }
        Ok(pairs)
    }

    /// A name of something within the root.
    fn name(&self, text: &str) -> Result<PathBuf, Fault> {
        let path = found::name(text).map_err(Fault::NotBegun)?;
        self.no_root(&path)?;
        Ok(path)
    }

    fn no_root(&self, path: &Path) -> Result<(), Fault> {
        if path.as_os_str().is_empty() {
            let word = self.action.operation.word();
            return Err(Fault::NotBegun(format!(
                "`{word}` cannot be done with the root itself ({}); name something in it",
                self.root.shown()
            )));
        }
        Ok(())
    }

    /// Deletes a file, a link, or a folder with all that is in it.
    fn delete(&mut self, path: &Path) -> Result<(), Fault> {
        self.go_on(path)?;
        let of = self.root.look(path)?;
        if of.is_dir() {
            for name in self.root.names(path)? {
                self.delete(&path.join(name))?;
            }
            return self.root.dir().remove_dir(path).map_err(|e| cannot("delete", path, &e));
        }
        self.root.dir().remove_file(path).map_err(|error| cannot("delete", path, &error))?;
        self.log.line(&format!("deleted {}", shown(path)));
        self.tally.add(path, of.len());
        Ok(())
    }

    /// Ends it where it was told to stop, or where it has come too deep.
    fn go_on(&self, path: &Path) -> Result<(), Fault> {
        root::check_depth(path)?;
        match self.brake.is_pulled() {
            true => Err(Fault::Stopped),
            false => Ok(()),
        }
    }
}
