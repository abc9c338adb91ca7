//! The folder of one run: where its keeper, its logs and its tasks' files are.
//!
//! Only paths and the folder itself; formats belong to those who write the files.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use millrace_keeper::connect::socket_path;
use millrace_keeper::journal::{JournalReader, journal_path};
use millrace_keeper::protocol::Event;
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};

/// Logs lie in folders of so many: making a file in a huge folder is several times slower.
const LOGS_A_FOLDER: u32 = 512;

/// How the folders end into which attempts put artifacts.
const ARTIFACTS: &str = ".artifacts";

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    root: PathBuf,
}

impl RunDir {
    /// The folder of `run` below the folder of all runs. It need not exist.
    #[must_use]
    pub fn of(runs: &Path, run: RunId) -> Self {
        Self { root: runs.join(run.to_string()) }
    }

    /// Makes the folder and those that tasks write to, for this user alone.
    ///
    /// # Errors
    /// What the system reports.
    pub fn create(&self) -> io::Result<()> {
        let mut private = fs::DirBuilder::new();
        private.recursive(true).mode(0o700);
        for folder in [&self.root, &self.scratch(), &self.given(), &self.published_dir()] {
            private.create(folder)?;
        }
        Ok(())
    }

    /// Removes the folder with all that is in it, also what tasks made read-only. That it is not there is fine.
    ///
    /// # Errors
    /// What the system reports.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                make_writable(&self.root)?;
                fs::remove_dir_all(&self.root)
            }
            done => done,
        }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The keeper's journal.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        journal_path(&self.root)
    }

    /// The largest serial that an attempt of the run ever had, by what attempts and their keeper left; 0 where there was
    /// none. After a power cut the history may know of fewer. Blocks on files.
    #[must_use]
    pub fn last_serial(&self) -> u32 {
        let logs = names(&self.logs()).into_iter().flat_map(|name| names(&self.logs().join(name)));
        let files = names(&self.given()).into_iter().chain(logs);
        let serials = files.filter_map(|name| name.split('.').next()?.parse().ok());
        // What cannot be read names nobody.
        let entries = JournalReader::open(&self.journal()).ok().into_iter().flatten();
        let journal = entries.map_while(Result::ok).filter_map(|entry| match entry.event {
            Event::Started(started) => u32::try_from(started.attempt_id).ok(),
            Event::Ended(ended) => u32::try_from(ended.attempt_id).ok(),
            _ => None,
        });
        serials.chain(journal).max().unwrap_or(0)
    }

    /// The keeper's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        socket_path(&self.root)
    }

    /// Where relative log paths start.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The log of an attempt, relative to [`RunDir::logs`].
    #[must_use]
    pub fn log_name(serial: u32) -> PathBuf {
        PathBuf::from(format!("{:04}/{serial}.log", serial / LOGS_A_FOLDER))
    }

    /// The log of an attempt.
    #[must_use]
    pub fn log(&self, serial: u32) -> PathBuf {
        self.logs().join(Self::log_name(serial))
    }

    /// `$MILLRACE_RUN_DIR`: scratch space that the run's tasks share.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.root.join("scratch")
    }

    /// `$MILLRACE_OUTPUTS` of an attempt.
    #[must_use]
    pub fn outputs(&self, serial: u32) -> PathBuf {
        self.given().join(format!("{serial}.outputs"))
    }

    /// `$MILLRACE_INPUTS` of an attempt with inputs of its own; without a serial, that of all others.
    #[must_use]
    pub fn inputs(&self, serial: Option<u32>) -> PathBuf {
        match serial {
            Some(serial) => self.given().join(format!("{serial}.inputs.json")),
            None => self.given().join("inputs.json"),
        }
    }

    /// `$MILLRACE_ARTIFACTS` of an attempt.
    #[must_use]
    pub fn artifacts(&self, serial: u32) -> PathBuf {
        self.given().join(format!("{serial}{ARTIFACTS}"))
    }

    /// `$MILLRACE_PROGRESS` of an attempt.
    #[must_use]
    pub fn progress(&self, serial: u32) -> PathBuf {
        self.said(serial, "progress")
    }

    /// `$MILLRACE_METRICS` of an attempt.
    #[must_use]
    pub fn metrics(&self, serial: u32) -> PathBuf {
        self.said(serial, "metrics")
    }

    /// `$MILLRACE_SKIP` of an attempt.
    #[must_use]
    pub fn skip(&self, serial: u32) -> PathBuf {
        self.said(serial, "skip")
    }

    /// What the result of an attempt is known by, where later runs may take it over.
    #[must_use]
    pub fn fingerprint(&self, serial: u32) -> PathBuf {
        self.given().join(format!("{serial}.fingerprint"))
    }

    /// Removes the folders into which attempts put artifacts: these have been taken in.
    pub fn clear_artifacts(&self) {
        let Ok(entries) = fs::read_dir(self.given()) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| name.ends_with(ARTIFACTS)) {
                // It goes with the run's folder at the latest.
                let _gone = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Removes an artifact of a task that succeeded from where later tasks find it; its content is another matter.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn clear_artifact(&self, task: &TaskKey, name: &str) -> io::Result<()> {
        let folder = self.artifacts_of(task);
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error)
                if !matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Err(error);
            }
            _ => {}
        }
        // Folders that are empty now; the first that is not ends it.
        let above = path.ancestors().skip(1);
        for folder in above.take_while(|above| above.starts_with(&folder)) {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// What is known of an attempt without a process.
    #[must_use]
    pub fn begun(&self, serial: u32) -> PathBuf {
        self.given().join(format!("{serial}.begun"))
    }

    /// What an attempt was answered, where that is too large for an output.
    #[must_use]
    pub fn answer(&self, serial: u32) -> PathBuf {
        self.given().join(format!("{serial}.answer"))
    }

    /// A script that is too long for an argument.
    #[must_use]
    pub fn script(&self, serial: u32, suffix: &str) -> PathBuf {
        self.given().join(format!("{serial}.script{suffix}"))
    }

    /// `$MILLRACE_RUN_OUTPUTS`: a file for each task that succeeded with outputs.
    #[must_use]
    pub fn published_dir(&self) -> PathBuf {
        self.root.join("outputs")
    }

    /// `$MILLRACE_RUN_ARTIFACTS`: a folder for each task that succeeded with artifacts.
    #[must_use]
    pub fn published_artifacts(&self) -> PathBuf {
        self.root.join("artifacts")
    }

    /// The artifacts of a task, or of one of its items, that succeeded.
    #[must_use]
    pub fn artifacts_of(&self, task: &TaskKey) -> PathBuf {
        let folder = self.published_artifacts().join(task.task.as_str());
        match task.item {
            Some(item) => folder.join(item.to_string()),
            None => folder,
        }
    }

    /// The list of them.
    #[must_use]
    pub fn artifact_list(&self, task: &TaskKey) -> PathBuf {
        let item = task.item.map_or_else(String::new, |item| format!(".{item}"));
        self.published_dir().join(format!("{}{item}.artifacts.json", task.task))
    }

    /// The outputs of a task that succeeded.
    #[must_use]
    pub fn published(&self, task: &Ident) -> PathBuf {
        self.published_dir().join(format!("{task}.json"))
    }

    /// The folder for what an attempt says of itself, where it needs one: a container is given a folder, in which files can
    /// be replaced. It has to be made before the attempt begins.
    #[must_use]
    pub fn said_folder(&self, serial: u32) -> PathBuf {
        self.given().join(format!("{serial}.said"))
    }

    fn said(&self, serial: u32, what: &str) -> PathBuf {
        let folder = self.said_folder(serial);
        match folder.is_dir() {
            true => folder.join(what),
            false => self.given().join(format!("{serial}.{what}")),
        }
    }

    fn given(&self) -> PathBuf {
        self.root.join("io")
    }
}

/// The names in a folder that are text.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Has this user be able to empty a folder and all within it. Links are left alone.
fn make_writable(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            make_writable(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use millrace_keeper::journal::JournalWriter;
    use millrace_keeper::protocol::Started;

    use super::*;

    #[test]
    fn the_folder_goes_with_what_tasks_made_read_only_and_leaves_what_links_lead_to() {
        let runs = tempfile::tempdir().unwrap();
        let elsewhere = runs.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("kept"), "x").unwrap();
        let dir = RunDir::of(runs.path(), RunId(0xab));
        dir.create().unwrap();
        let deep = dir.scratch().join("deep");
        fs::create_dir(&deep).unwrap();
        fs::write(deep.join("file"), "x").unwrap();
        std::os::unix::fs::symlink(&elsewhere, deep.join("link")).unwrap();
        fs::set_permissions(&deep, fs::Permissions::from_mode(0o500)).unwrap();
        dir.remove().unwrap();
        assert!(!dir.root().exists() && elsewhere.join("kept").exists());
        dir.remove().unwrap();
    }

    #[test]
    fn files_logs_and_the_journal_tell_which_serials_were_given() {
        let runs = tempfile::tempdir().unwrap();
        let dir = RunDir::of(runs.path(), RunId(0xab));
        assert_eq!(dir.last_serial(), 0, "there is no folder yet");
        dir.create().unwrap();
        fs::write(dir.inputs(None), "{}").unwrap();
        assert_eq!(dir.last_serial(), 0);
        fs::write(dir.outputs(3), "").unwrap();
        assert_eq!(dir.last_serial(), 3);
        fs::create_dir_all(dir.log(515).parent().unwrap()).unwrap();
        fs::write(dir.log(515), "").unwrap();
        assert_eq!(dir.last_serial(), 515);
        let mut journal = JournalWriter::open(&dir.journal()).unwrap();
        journal.append(Event::Started(Started { attempt_id: 600, ..Started::default() }));
        journal.flush(false).unwrap();
        assert_eq!(dir.last_serial(), 600);
    }

    #[test]
    fn the_folder_is_private_and_made_once() {
        let runs = tempfile::tempdir().unwrap();
        let dir = RunDir::of(runs.path(), RunId(0xab));
        dir.create().unwrap();
        dir.create().unwrap();
        assert_eq!(dir.root().file_name().unwrap(), "00000000000000ab");
        for folder in [dir.root(), &dir.scratch(), &dir.published_dir()] {
            assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
        assert_eq!(dir.log(513), dir.root().join("logs/0001/513.log"));
    }
}
