//! Puts files and folders where they go: copied or moved, each file in one step.

use std::ffi::OsStr;
use std::path::Path;

use cap_std::fs::{Dir, Metadata, OpenOptions, OpenOptionsExt, Permissions, PermissionsExt};
use millrace_model::action::{FileOperation, IfExists};
use rustix::fs::{RenameFlags, renameat, renameat_with};
use rustix::io::Errno;

use super::root::{self, cannot, shown};
use super::{Doing, Pair};
use crate::deed::Fault;

/// Whether something was put in its place, or what is there stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Put {
    Done,
    Kept,
    /// It lies on another disk, and has to be copied.
    Elsewhere,
}

impl Doing<'_> {
    /// Copies or moves one thing that was named.
    pub(super) fn put(&mut self, pair: &Pair) -> Result<(), Fault> {
        let root = self.root;
        let mut of = root.look(&pair.source)?;
        let copies = self.action.operation == FileOperation::Copy;
        if of.is_symlink() && copies {
            // What is named is meant, and not the link by which it is called.
            let followed = root.dir().metadata(&pair.source);
            of = followed.map_err(|error| cannot("follow", &pair.source, &error))?;
        }
        self.put_thing(root.dir(), &pair.source, &pair.target, &of, !copies)
    }

    /// Moves all that is in a folder of `from` into a folder of the root.
    pub(super) fn put_content(
        &mut self,
        from: &Dir,
        folder: &Path,
        to: &Path,
    ) -> Result<(), Fault> {
        self.root.make_folders(to)?;
        let names = root::names(from, folder);
        for name in names.map_err(|error| cannot("read the folder", folder, &error))? {
            let source = folder.join(&name);
            let of = from.symlink_metadata(&source);
            let of = of.map_err(|error| cannot("look at", &source, &error))?;
            self.put_thing(from, &source, &to.join(&name), &of, true)?;
        }
        Ok(())
    }

    fn put_thing(
        &mut self,
        from: &Dir,
        source: &Path,
        target: &Path,
        of: &Metadata,
        moves: bool,
    ) -> Result<(), Fault> {
        self.go_on(source)?;
        match () {
            () if of.is_dir() => self.put_folder(from, source, target, of, moves),
            () if of.is_symlink() => self.put_link(from, source, target, moves),
            () if of.is_file() => self.put_file(from, source, target, of, moves),
            () => Err(Fault::Unusable(format!(
                "{} is neither a file nor a folder nor a link",
                shown(source)
            ))),
        }
    }

    fn put_folder(
        &mut self,
        from: &Dir,
        source: &Path,
        target: &Path,
        of: &Metadata,
        moves: bool,
    ) -> Result<(), Fault> {
        let there = self.root.dir().symlink_metadata(target);
        if there.as_ref().is_ok_and(|there| !there.is_dir()) && !self.root.is_folder(target) {
            return Err(Fault::Unusable(format!(
                "{} is there and is no folder, so the folder {} cannot go there",
                shown(target),
                shown(source)
            )));
        }
        let is_new = there.is_err();
        self.root.make_folders(target)?;
        let names = root::names(from, source);
        for name in names.map_err(|error| cannot("read the folder", source, &error))? {
            if source.as_os_str().is_empty() && name == self.stage.name() {
                continue;
            }
            let (source, target) = (source.join(&name), target.join(&name));
            let of = from.symlink_metadata(&source);
            let of = of.map_err(|error| cannot("look at", &source, &error))?;
            self.put_thing(from, &source, &target, &of, moves)?;
        }
        if is_new {
            let mode = Permissions::from_mode(of.permissions().mode() & 0o777);
            let set = self.root.dir().set_permissions(target, mode);
            set.map_err(|error| cannot("set the rights of", target, &error))?;
        }
        if moves {
            // What was kept because something is there already stays where it is, and its folder with it.
            match from.remove_dir(source) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {}
                Err(error) => return Err(cannot("remove", source, &error)),
            }
        }
        Ok(())
    }

    /// Moves in one step; false where that cannot be, and it is to be copied.
    fn moved(
        &mut self,
        from: &Dir,
        source: &Path,
        target: &Path,
        bytes: u64,
    ) -> Result<bool, Fault> {
        let put = self.rename(from, source, target)?;
        if put == Put::Done {
            self.told(put, source, target, bytes);
        }
        Ok(put != Put::Elsewhere)
    }

    fn put_link(
        &mut self,
        from: &Dir,
        source: &Path,
        target: &Path,
        moves: bool,
    ) -> Result<(), Fault> {
        if moves && self.moved(from, source, target, 0)? {
            return Ok(());
        }
        let leads = from.read_link_contents(source);
        let leads = leads.map_err(|error| cannot("read the link", source, &error))?;
        let (stage, name) = self.stage.fresh()?;
        let made = stage.symlink_contents(leads, &name);
        made.map_err(|error| cannot("make the link", target, &error))?;
        let put = self.settle(&stage, name.as_ref(), target, true)?;
        self.told(put, source, target, 0);
        if moves && put == Put::Done {
            from.remove_file(source).map_err(|error| cannot("remove", source, &error))?;
        }
        Ok(())
    }

    fn put_file(
        &mut self,
        from: &Dir,
        source: &Path,
        target: &Path,
        of: &Metadata,
        moves: bool,
    ) -> Result<(), Fault> {
        if moves && self.moved(from, source, target, of.len())? {
            return Ok(());
        }
        if self.is_settled(target)? {
            return Ok(());
        }
        let opened = root::open_file(from, source);
        let (mut file, of) = opened.map_err(|error| cannot("read", source, &error))?;
        let (stage, name) = self.stage.fresh()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let made = stage.open_with(&name, &options);
        let mut made = made.map_err(|error| cannot("write", target, &error))?;
        let copied = self.tally.copy(source, &mut file, &mut made, u64::MAX);
        let bytes = copied.map_err(|uncopied| uncopied.fault(source, target))?;
        let mode = Permissions::from_mode(of.permissions().mode() & 0o777);
        let set = made.set_permissions(mode);
        set.map_err(|error| cannot("set the rights of", target, &error))?;
        drop(made);
        let put = self.settle(&stage, name.as_ref(), target, true)?;
        self.told(put, source, target, bytes);
        if moves && put == Put::Done {
            from.remove_file(source).map_err(|error| cannot("remove", source, &error))?;
        }
        Ok(())
    }

    /// Moves by one step, where both lie on one disk.
    fn rename(&mut self, from: &Dir, source: &Path, target: &Path) -> Result<Put, Fault> {
        let folder = source.parent().unwrap_or(Path::new(""));
        let opened = from.open_dir(root::at(folder));
        let folder = opened.map_err(|error| cannot("open", folder, &error))?;
        let name = source.file_name().unwrap_or_default();
        let put = self.settle(&folder, name, target, false)?;
        if put == Put::Kept {
            self.told(put, source, target, 0);
        }
        Ok(put)
    }

    /// Puts what lies in `from` in its place, in one step. `is_staged`: nobody else sees it where it lies.
    fn settle(
        &mut self,
        from: &Dir,
        name: &OsStr,
        target: &Path,
        is_staged: bool,
    ) -> Result<Put, Fault> {
        let (folder, to) = self.root.parent(target)?;
        let renamed = match self.action.if_exists {
            IfExists::Replace => {
                if folder.symlink_metadata(to).is_ok_and(|of| of.is_dir()) {
                    let target = shown(target);
                    return Err(Fault::Unusable(format!(
                        "{target} is a folder, which a file does not replace"
                    )));
                }
                renameat(from, name, &folder, to)
            }
            IfExists::Fail | IfExists::Skip => {
                match renameat_with(from, name, &folder, to, RenameFlags::NOREPLACE) {
                    // A file system that cannot promise it; looking first is the next best.
                    Err(Errno::INVAL | Errno::NOSYS) => match folder.symlink_metadata(to) {
                        Ok(_) => Err(Errno::EXIST),
                        Err(_) => renameat(from, name, &folder, to),
                    },
                    renamed => renamed,
                }
            }
        };
        match renamed {
            Ok(()) => Ok(Put::Done),
            Err(Errno::EXIST) => self.there(target),
            Err(Errno::XDEV) if is_staged => self.settle_elsewhere(from, name, &folder, target),
            Err(Errno::XDEV) => Ok(Put::Elsewhere),
            Err(error) => Err(cannot("write", target, &error.into())),
        }
    }

    /// What is staged for a folder on another disk than the root is written anew beside its place.
    fn settle_elsewhere(
        &mut self,
        from: &Dir,
        name: &OsStr,
        folder: &Dir,
        target: &Path,
    ) -> Result<Put, Fault> {
        let beside = self.stage.name().to_owned();
        let written = self.copy_beside(from, name.as_ref(), folder, &beside, target);
        let put = written.and_then(|()| self.settle(folder, beside.as_ref(), target, true));
        if !matches!(put, Ok(Put::Done)) {
            let _nothing_more_can_be_done = folder.remove_file(&beside);
        }
        put
    }

    fn copy_beside(
        &mut self,
        from: &Dir,
        name: &Path,
        folder: &Dir,
        beside: &str,
        target: &Path,
    ) -> Result<(), Fault> {
        let write = |error: std::io::Error| cannot("write", target, &error);
        if from.symlink_metadata(name).map_err(write)?.is_symlink() {
            let leads = from.read_link_contents(name).map_err(write)?;
            return folder.symlink_contents(leads, beside).map_err(write);
        }
        let (mut file, of) = root::open_file(from, name).map_err(write)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut made = folder.open_with(beside, &options).map_err(write)?;
        let copied = self.tally.copy(target, &mut file, &mut made, u64::MAX);
        copied.map_err(|uncopied| uncopied.fault(target, target))?;
        made.set_permissions(of.permissions()).map_err(write)
    }

    /// Whether there is nothing to do because of what is there already.
    pub(super) fn is_settled(&mut self, target: &Path) -> Result<bool, Fault> {
        if self.action.if_exists == IfExists::Replace
            || self.root.dir().symlink_metadata(target).is_err()
        {
            return Ok(false);
        }
        self.there(target)?;
        self.log.line(&format!("kept {}, which is there already", shown(target)));
        Ok(true)
    }

    /// Puts a whole archive in its place.
    pub(super) fn put_archive(
        &mut self,
        stage: &Dir,
        name: &OsStr,
        to: &Path,
    ) -> Result<(), Fault> {
        if self.settle(stage, name, to, true)? == Put::Done {
            self.log.line(&format!("wrote {}", shown(to)));
            self.tally.name(to);
        }
        Ok(())
    }

    /// Something is there already.
    fn there(&self, target: &Path) -> Result<Put, Fault> {
        match self.action.if_exists {
            IfExists::Skip => Ok(Put::Kept),
            IfExists::Fail | IfExists::Replace => Err(Fault::Unusable(format!(
                "{} is there already; set `if_exists` to `replace` or `skip`, or move it away",
                shown(target)
            ))),
        }
    }

    fn told(&mut self, put: Put, source: &Path, target: &Path, bytes: u64) {
        let (from, to) = (shown(source), shown(target));
        if put == Put::Kept {
            self.log.line(&format!("kept {to}, which is there already"));
            return;
        }
        match self.action.operation {
            FileOperation::Copy => self.log.line(&format!("copied {from} to {to}")),
            FileOperation::Move => self.log.line(&format!("moved {from} to {to}")),
            _ => self.log.line(&format!("wrote {to}")),
        }
        self.tally.add(target, bytes);
    }
}
