//! What goes into a backup: everything of a home but what can be made again and what belongs to this machine.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use millrace_api::backup::BackUp;
use millrace_api::home::Home;
use millrace_exec::RunDir;
use millrace_model::ids::RunId;
use millrace_store::DATABASE_FILE;

/// The folders of a home that are in a backup, by name.
pub(super) const FOLDERS: [&str; 5] = ["artifacts", "drafts", "runs", "trash", "workflows"];
/// The files.
pub(super) const FILES: [&str; 3] = ["config.toml", DATABASE_FILE, "secrets.json"];

/// A file that goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PickedFile {
    /// Its name in the backup: below the home, with `/`.
    pub(super) name: String,
    /// Where it is.
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) mode: u32,
    pub(super) modified: u64,
}

/// What goes in.
#[derive(Debug, Default)]
pub(super) struct Picked {
    pub(super) files: Vec<PickedFile>,
    /// Further names of artifacts, by which later tasks of a run find them: name → artifact.
    pub(super) links: BTreeMap<String, String>,
    pub(super) left_out: u64,
}

/// Everything of the home that the backup is to have, the history as it was copied.
pub(super) fn pick(
    home: &Home,
    history: &Path,
    args: &BackUp,
    open: &[RunId],
    target: &Path,
) -> Picked {
    let mut picked = Picked::default();
    picked.add(DATABASE_FILE.to_owned(), history, target);
    picked.add("config.toml".to_owned(), &home.config(), target);
    picked.add("secrets.json".to_owned(), &home.secrets(), target);
    let folders = [home.workflows(), home.drafts(), home.trash()];
    for (name, folder) in ["workflows", "drafts", "trash"].into_iter().zip(folders) {
        picked.tree(name, &folder, target, &|_| true);
    }
    let mut artifacts = HashMap::new();
    if !args.without_artifacts {
        let before = picked.files.len();
        picked.tree("artifacts", &home.artifacts(), target, &|_| true);
        for file in &picked.files[before..] {
            if let Ok(found) = fs::symlink_metadata(&file.path) {
                artifacts.insert((found.dev(), found.ino()), file.name.clone());
            }
        }
    }
    picked.runs(home, args, open, &artifacts, target);
    picked
}

impl Picked {
    /// The folders of runs. Of one that has not ended there is always what the next daemon needs to know that it was begun.
    fn runs(
        &mut self,
        home: &Home,
        args: &BackUp,
        open: &[RunId],
        artifacts: &HashMap<(u64, u64), String>,
        target: &Path,
    ) {
        let open: HashSet<&RunId> = open.iter().collect();
        let Ok(entries) = fs::read_dir(home.runs()) else { return };
        for entry in entries.flatten() {
            let Some(run) = entry.file_name().to_str().and_then(|name| name.parse::<RunId>().ok())
            else {
                continue;
            };
            if args.without_logs && !open.contains(&run) {
                continue;
            }
            let folder = RunDir::of(&home.runs(), run);
            let published = folder.published_artifacts();
            let (logs, scratch) = (folder.logs(), folder.scratch());
            let wanted = |path: &Path| {
                let is_heavy = args.without_logs && (path == logs || path == scratch);
                !is_heavy && path != published
            };
            let name = format!("runs/{run}");
            self.tree(&name, folder.root(), target, &wanted);
            if !args.without_artifacts {
                self.published(&name, folder.root(), &published, artifacts);
            }
        }
    }

    /// Where later tasks of a run find artifacts: names of what is in the backup already.
    fn published(
        &mut self,
        name: &str,
        root: &Path,
        folder: &Path,
        artifacts: &HashMap<(u64, u64), String>,
    ) {
        let mut found = Self::default();
        found.tree("", folder, Path::new(""), &|_| true);
        for file in found.files {
            let Ok(meta) = fs::symlink_metadata(&file.path) else { continue };
            let below = file.path.strip_prefix(root).ok().and_then(Path::to_str);
            let artifact = artifacts.get(&(meta.dev(), meta.ino()));
            match (below, artifact) {
                (Some(below), Some(artifact)) => {
                    self.links.insert(format!("{name}/{below}"), artifact.clone());
                }
                (Some(below), None) => self.add(format!("{name}/{below}"), &file.path, folder),
                (None, _) => self.left_out += 1,
            }
        }
    }

    fn tree(&mut self, name: &str, folder: &Path, target: &Path, wanted: &dyn Fn(&Path) -> bool) {
        let mut open = vec![(name.to_owned(), folder.to_owned())];
        while let Some((name, folder)) = open.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            let mut entries: Vec<_> = entries.flatten().collect();
            entries.sort_by_key(fs::DirEntry::file_name);
            for entry in entries {
                let path = entry.path();
                let file_name = entry.file_name();
                let (Some(last), Ok(kind)) = (file_name.to_str(), entry.file_type()) else {
                    self.left_out += 1;
                    continue;
                };
                if !wanted(&path) {
                    continue;
                }
                let name = format!("{name}/{last}");
                match kind {
                    kind if kind.is_dir() => open.push((name, path)),
                    kind if kind.is_file() => self.add(name, &path, target),
                    // The socket of a keeper is nothing that could be kept.
                    _ => self.left_out += u64::from(kind.is_symlink()),
                }
            }
        }
    }

    fn add(&mut self, name: String, path: &Path, target: &Path) {
        match fs::metadata(path) {
            Ok(found) if found.is_file() && path != target => self.files.push(PickedFile {
                name,
                path: path.to_owned(),
                bytes: found.len(),
                mode: found.permissions().mode() & 0o777,
                modified: u64::try_from(found.mtime()).unwrap_or(0),
            }),
            _ => {}
        }
    }
}
