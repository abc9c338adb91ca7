//! What a disk may have kept of recorded changes, when power failed at some moment.
//!
//! What was synced is there. Of a file's later writes each block has what it had at some moment since, or at the sync:
//! several writes into a block reach the disk as one or not at all, and no block waits for another. The size is of some
//! moment as well, so that there may be zeros where nothing arrived. Names within a folder are changed in order, and
//! a disk may have stopped anywhere in that order; a rename from one folder to another is whole or not done. The sync of a
//! file keeps a name of it, the sync of a folder the names in it, and both the way there: no file system in use does less.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::super::dice::Dice;
use super::recorder::{Change, Node, Recording, Sort};

/// What a disk writes whole.
const BLOCK: usize = 512;
/// What the kernel hands it.
const PAGE: usize = 4_096;

/// How a disk dealt with what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Luck {
    /// Everything is there, as after a crash of the programs alone.
    All,
    /// Nothing is.
    Nothing,
    /// Each file has its writes up to one of them, which is torn.
    Torn,
    /// Each page of four kilobytes is of another moment.
    Pages,
    /// Each block of 512 bytes is.
    Blocks,
}

impl Luck {
    pub(super) const EACH: [Self; 5] =
        [Self::All, Self::Nothing, Self::Torn, Self::Pages, Self::Blocks];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::All => "all kept",
            Self::Nothing => "only what was synced",
            Self::Torn => "torn",
            Self::Pages => "pages at random",
            Self::Blocks => "blocks at random",
        }
    }
}

/// A disk with everything up to some change of a recording.
pub(super) struct Disk {
    root: PathBuf,
    nodes: BTreeMap<Node, Content>,
    /// Where each name leads, as programs see it.
    seen: BTreeMap<PathBuf, Node>,
    folders: BTreeMap<Node, Folder>,
    /// Renames from one folder to another, by their place in the recording.
    moves: BTreeMap<usize, [Node; 2]>,
}

struct Content {
    sort: Sort,
    synced: Vec<u8>,
    /// Since the sync, with the place in the recording.
    since: Vec<(usize, Change)>,
}

#[derive(Default)]
struct Folder {
    synced: BTreeMap<OsString, Node>,
    since: Vec<Renaming>,
}

/// A change of the names in a folder.
#[derive(Clone)]
struct Renaming {
    at: usize,
    name: OsString,
    /// None: the name goes.
    node: Option<Node>,
}

impl Disk {
    /// The disk when the first `count` changes had been made. Some files are always on it at once.
    pub(super) fn after(
        recording: &Recording,
        count: usize,
        is_kept: &dyn Fn(&Path) -> bool,
    ) -> Self {
        let mut disk = Self {
            root: recording.root.clone(),
            nodes: BTreeMap::new(),
            seen: BTreeMap::new(),
            folders: BTreeMap::new(),
            moves: BTreeMap::new(),
        };
        for (node, sort, name, bytes) in &recording.before {
            disk.make(*node, sort.clone(), bytes.clone());
            disk.seen.insert(name.clone(), *node);
            if let Some((folder, name)) = disk.place(name) {
                folder.synced.insert(name, *node);
            }
        }
        for (at, noted) in recording.changes.iter().take(count).enumerate() {
            disk.apply(at, &noted.change);
            if let Change::Write { node, .. } = &noted.change
                && disk.seen.iter().any(|(path, named)| named == node && is_kept(path))
            {
                disk.sync(*node, at + 1);
            }
        }
        disk
    }

    /// Decides by dice what was kept, and makes the root so.
    ///
    /// # Errors
    /// When the files cannot be made.
    pub(super) fn build(mut self, luck: Luck, dice: &mut Dice) -> anyhow::Result<()> {
        self.decide_names(luck, dice);
        let root = self.root.clone();
        if root.exists() {
            fs::remove_dir_all(&root)
                .with_context(|| format!("cannot clear {}", root.display()))?;
        }
        let node = self.seen.get(&root).copied().context("nothing was recorded of the root")?;
        self.lay_out(node, &root, (luck, dice), &mut BTreeMap::new())
            .with_context(|| format!("cannot build {} anew", root.display()))
    }

    fn make(&mut self, node: Node, sort: Sort, synced: Vec<u8>) {
        if sort == Sort::Folder {
            self.folders.insert(node, Folder::default());
        }
        self.nodes.insert(node, Content { sort, synced, since: Vec::new() });
    }

    /// The folder of a name.
    fn place(&mut self, path: &Path) -> Option<(&mut Folder, OsString)> {
        let folder = self.seen.get(path.parent()?)?;
        Some((self.folders.get_mut(folder)?, path.file_name()?.to_owned()))
    }

    fn rename(&mut self, at: usize, path: &Path, node: Option<Node>) {
        if let Some((folder, name)) = self.place(path) {
            folder.since.push(Renaming { at, name, node });
        }
        match node {
            Some(node) => self.seen.insert(path.to_owned(), node),
            None => self.seen.remove(path),
        };
    }

    fn apply(&mut self, at: usize, change: &Change) {
        match change {
            Change::Make { node, sort, name } => {
                self.make(*node, sort.clone(), Vec::new());
                self.rename(at, name, Some(*node));
            }
            Change::Name { node, name } => self.rename(at, name, Some(*node)),
            Change::Unname { name } => self.rename(at, name, None),
            Change::Rename { from, to } => {
                let Some(node) = self.seen.get(from).copied() else { return };
                let folder = |path: &Path| self.seen.get(path.parent()?).copied();
                if let (Some(old), Some(new)) = (folder(from), folder(to))
                    && old != new
                {
                    self.moves.insert(at, [old, new]);
                }
                // What lies below a folder goes along.
                let below: Vec<(PathBuf, Node)> = self
                    .seen
                    .iter()
                    .filter(|(path, _)| path.starts_with(from) && *path != from)
                    .map(|(path, node)| (path.clone(), *node))
                    .collect();
                self.rename(at, from, None);
                self.rename(at, to, Some(node));
                for (path, node) in below {
                    self.seen.remove(&path);
                    if let Ok(rest) = path.strip_prefix(from) {
                        self.seen.insert(to.join(rest), node);
                    }
                }
            }
            Change::Write { node, .. } | Change::Resize { node, .. } => {
                if let Some(content) = self.nodes.get_mut(node) {
                    content.since.push((at, change.clone()));
                }
            }
            Change::Sync { node, covers } => self.sync(*node, *covers),
        }
    }

    fn sync(&mut self, node: Node, covers: usize) {
        if let Some(content) = self.nodes.get_mut(&node) {
            let (covered, since) =
                content.since.drain(..).partition::<Vec<_>, _>(|(at, _)| *at < covers);
            for (_, change) in &covered {
                alter(&mut content.synced, change);
            }
            content.since = since;
        }
        let kept = self.folders.get_mut(&node).map(|folder| folder.keep(covers));
        self.keep_moves(kept.unwrap_or_default());
        self.keep_name(node, covers);
    }

    /// Keeps the newest name of a node that was given before `covers`, and the way to it.
    fn keep_name(&mut self, node: Node, covers: usize) {
        let (mut above, mut kept) = (None, Vec::new());
        for (at_folder, folder) in &mut self.folders {
            let given = |change: &&Renaming| change.at < covers && change.node == Some(node);
            let last = folder.since.iter().filter(given).map(|change| change.at).next_back();
            if let Some(last) = last {
                kept.extend(folder.keep(last + 1));
            }
            if folder.synced.values().any(|named| *named == node) {
                above = Some(*at_folder);
            }
        }
        self.keep_moves(kept);
        if let Some(above) = above {
            self.keep_name(above, covers);
        }
    }

    /// Where a rename is kept in one folder, it is kept in the other one, with all before it and the way to both.
    fn keep_moves(&mut self, mut kept: Vec<usize>) {
        while let Some(at) = kept.pop() {
            for folder in self.moves.remove(&at).into_iter().flatten() {
                kept.extend(
                    self.folders.get_mut(&folder).map(|it| it.keep(at + 1)).unwrap_or_default(),
                );
                self.keep_name(folder, at);
            }
        }
    }

    fn decide_names(&mut self, luck: Luck, dice: &mut Dice) {
        let mut kept = Vec::new();
        for folder in self.folders.values_mut() {
            let keeps_all = match luck {
                Luck::All => true,
                Luck::Nothing => continue,
                _ => dice.chance(1, 2),
            };
            let count = folder.since.len() as u64;
            let count = if keeps_all { count } else { dice.below(count + 1) };
            let last = usize::try_from(count).unwrap_or(0).checked_sub(1);
            if let Some(last) = last.and_then(|last| folder.since.get(last)).map(|last| last.at) {
                kept.extend(folder.keep(last + 1));
            }
        }
        self.keep_moves(kept);
    }

    fn lay_out(
        &self,
        node: Node,
        path: &Path,
        (luck, dice): (Luck, &mut Dice),
        laid: &mut BTreeMap<Node, PathBuf>,
    ) -> io::Result<()> {
        let Some(content) = self.nodes.get(&node) else { return Ok(()) };
        if let Some(first) = laid.insert(node, path.to_owned()) {
            return fs::hard_link(first, path);
        }
        match &content.sort {
            Sort::File => {
                let mut file =
                    File::options().write(true).create_new(true).mode(0o600).open(path)?;
                file.write_all(&content.kept(luck, dice))
            }
            Sort::Folder => {
                fs::DirBuilder::new().mode(0o700).create(path)?;
                let names = self.folders.get(&node).into_iter().flat_map(|folder| &folder.synced);
                for (name, node) in names {
                    self.lay_out(*node, &path.join(name), (luck, dice), laid)?;
                }
                Ok(())
            }
            Sort::Link(to) => std::os::unix::fs::symlink(to, path),
            // Nobody listens any more.
            Sort::Socket => UnixListener::bind(path).map(drop),
        }
    }
}

impl Folder {
    /// What was changed before `covers` is on the disk; gives where that was.
    fn keep(&mut self, covers: usize) -> Vec<usize> {
        let kept = self.since.iter().take_while(|change| change.at < covers).count();
        let changes = self.since.drain(..kept);
        let mut places = Vec::new();
        for Renaming { at, name, node } in changes {
            places.push(at);
            match node {
                Some(node) => self.synced.insert(name, node),
                None => self.synced.remove(&name),
            };
        }
        places
    }
}

impl Content {
    /// What is there after the cut.
    fn kept(&self, luck: Luck, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        match luck {
            Luck::Nothing => {}
            Luck::All => self.since.iter().for_each(|(_, change)| {
                alter(&mut bytes, change);
            }),
            Luck::Torn => self.torn(&mut bytes, dice),
            Luck::Pages => bytes = self.mixed(PAGE, dice),
            Luck::Blocks => bytes = self.mixed(BLOCK, dice),
        }
        bytes
    }

    /// Changes up to one of them, and of that the blocks up to one of them.
    fn torn(&self, bytes: &mut Vec<u8>, dice: &mut Dice) {
        let whole = usize::try_from(dice.below(self.since.len() as u64 + 1)).unwrap_or(0);
        self.since.iter().take(whole).for_each(|(_, change)| {
            alter(bytes, change);
        });
        if let Some((_, Change::Write { node, offset, bytes: written })) = self.since.get(whole) {
            let end = offset + dice.below(written.len() as u64 + 1);
            let end = end - end % BLOCK as u64;
            let length = usize::try_from(end.saturating_sub(*offset)).unwrap_or(0);
            let written = written.get(..length).unwrap_or_default().to_vec();
            alter(bytes, &Change::Write { node: *node, offset: *offset, bytes: written });
        }
        // The size may have gone to the disk before what belongs there.
        if dice.chance(1, 4) {
            let size = self.sizes().last().copied().unwrap_or(0);
            if size > bytes.len() {
                bytes.resize(size, 0);
            }
        }
    }

    /// Each part of so many bytes as it was at some moment since the sync, and a size of some moment.
    fn mixed(&self, part: usize, dice: &mut Dice) -> Vec<u8> {
        let moments = self.since.len() as u64 + 1;
        let sizes = self.sizes();
        let longest = sizes.iter().copied().max().unwrap_or(0);
        let until: Vec<u64> = (0..longest.div_ceil(part)).map(|_| dice.below(moments)).collect();
        let mut mixed = self.synced.clone();
        mixed.resize(longest, 0);
        let mut now = self.synced.clone();
        for (moment, (_, change)) in (1..).zip(&self.since) {
            let touched = alter(&mut now, change);
            for at in touched.start / part..touched.end.div_ceil(part) {
                let range = at * part..((at + 1) * part).min(longest);
                let Some(to) = mixed.get_mut(range.clone()) else { continue };
                if until.get(at).is_some_and(|until| *until >= moment) {
                    // Beyond the end of the file are zeros.
                    let from = now.iter().skip(range.start).chain(std::iter::repeat(&0));
                    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                }
            }
        }
        let size = usize::try_from(dice.below(moments)).ok().and_then(|at| sizes.get(at));
        mixed.truncate(size.copied().unwrap_or(longest));
        mixed
    }

    /// The size at the sync and after each change since.
    fn sizes(&self) -> Vec<usize> {
        let mut size = self.synced.len();
        let mut sizes = vec![size];
        for (_, change) in &self.since {
            size = match change {
                Change::Write { offset, bytes, .. } => size.max(index(*offset) + bytes.len()),
                Change::Resize { size, .. } => index(*size),
                _ => size,
            };
            sizes.push(size);
        }
        sizes
    }
}

/// Makes a change of a file's content; gives the bytes that it touched.
fn alter(content: &mut Vec<u8>, change: &Change) -> Range<usize> {
    match change {
        Change::Write { offset, bytes, .. } => {
            let begin = index(*offset);
            let touched = begin.min(content.len())..begin + bytes.len();
            if content.len() < touched.end && !bytes.is_empty() {
                content.resize(touched.end, 0);
            }
            if let Some(place) = content.get_mut(begin..touched.end) {
                place.copy_from_slice(bytes);
            }
            touched
        }
        Change::Resize { size, .. } => {
            let (before, size) = (content.len(), index(*size));
            content.resize(size, 0);
            before.min(size)..before.max(size)
        }
        _ => 0..0,
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
