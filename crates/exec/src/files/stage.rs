//! The folder in which things lie until they are whole. It is made in the root when it is first needed, on the same disk as
//! where they go, and removed at the end.

use std::io::ErrorKind;
use std::path::Path;

use cap_std::fs::{Dir, DirBuilder, DirBuilderExt};

use super::root::{Root, cannot};
use crate::deed::Fault;

pub(super) struct Stage<'a> {
    root: &'a Root,
    name: String,
    dir: Option<Dir>,
    next: u32,
}

impl<'a> Stage<'a> {
    /// One of this mark. What an earlier try left is removed.
    pub(super) fn new(root: &'a Root, mark: &str) -> Result<Self, Fault> {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let mark: String = mark.chars().map(plain).take(120).collect();
        let stage = Self { root, name: format!(".millrace-{mark}.part"), dir: None, next: 0 };
        stage.remove()?;
        Ok(stage)
    }

    /// Its name in the root.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The folder, and a name in it that nothing has.
    pub(super) fn fresh(&mut self) -> Result<(Dir, String), Fault> {
        let dir = match &self.dir {
            Some(dir) => dir.try_clone(),
            None => self.make(),
        };
        let dir = dir.map_err(|error| cannot("make", Path::new(&self.name), &error))?;
        self.next += 1;
        Ok((dir, self.next.to_string()))
    }

    fn make(&mut self) -> std::io::Result<Dir> {
        let mut private = DirBuilder::new();
        private.mode(0o700);
        self.root.dir().create_dir_with(&self.name, &private)?;
        let dir = self.root.dir().open_dir(&self.name)?;
        self.dir = Some(dir.try_clone()?);
        Ok(dir)
    }

    fn remove(&self) -> Result<(), Fault> {
        let (dir, name) = (self.root.dir(), Path::new(&self.name));
        let removed = match dir.symlink_metadata(name) {
            Ok(of) if of.is_dir() => dir.remove_dir_all(name),
            Ok(_) => dir.remove_file(name),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        removed.map_err(|error| cannot("remove", name, &error))
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        if self.dir.is_some()
            && let Err(fault) = self.remove()
        {
            tracing::warn!(?fault, "what was not finished could not be removed");
        }
    }
}
