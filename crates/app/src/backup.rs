//! Backups of a home: one at a time, written while runs go on.
//!
//! What the file looks like is in [`archive`], what is in it in [`pick`], the way back in [`restore`].

mod archive;
mod pick;
mod restore;
#[cfg(test)]
mod tests;
mod unpack;

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use millrace_api::backup::{
    BackUp, BackedUp, BackupProgress, CancelBackup, ReadBackup, RunningBackup,
};
use millrace_api::home::Home;
use millrace_api::run::Done;
use millrace_api::secret::SecretSource;
use millrace_api::{ApiError, Code};

use crate::app::{App, blocking};
use crate::damage;
use crate::errors::store_error;
use crate::files;
use archive::{Manifest, Writer};
pub use restore::{Restored, restore};

/// Reads a backup and unpacks it, for the fuzz targets: what [`restore`] does with bytes that it does not know yet.
pub(crate) fn read_and_unpack(from: &Path, to: &Path) -> Result<(), String> {
    let manifest = unpack::manifest(from).map_err(|bad| bad.to_string())?;
    unpack::unpack(from, to, &manifest).map_err(|bad| bad.to_string())
}

/// The backup that is being written.
#[derive(Debug, Default)]
pub(crate) struct Backups {
    running: Mutex<Option<Arc<Running>>>,
}

/// How far a backup is.
#[derive(Debug)]
pub(crate) struct Running {
    path: String,
    done: AtomicU64,
    total: AtomicU64,
    is_canceled: AtomicBool,
}

impl Running {
    fn new(path: &Path) -> Self {
        Self {
            path: path.display().to_string(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            is_canceled: AtomicBool::new(false),
        }
    }

    /// So many bytes more.
    ///
    /// # Errors
    /// `Canceled` where nobody wants the backup any more.
    pub(crate) fn advance(&self, bytes: u64) -> io::Result<()> {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        match self.is_canceled.load(Ordering::Relaxed) {
            true => Err(io::Error::other(CANCELED)),
            false => Ok(()),
        }
    }
}

/// How the folder is called in which the history is copied; then come letters that nobody chose.
const SCRATCH: &str = ".backup-";
const CANCELED: &str = "the backup was cancelled";

impl Backups {
    fn begin(&self, path: &Path) -> Result<Arc<Running>, ApiError> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = running.as_ref() {
            let message = format!("the backup {} is being written", other.path);
            return Err(ApiError::new(Code::WrongState, message)
                .help("wait for its end, or cancel it: one is written at a time"));
        }
        let fresh = Arc::new(Running::new(path));
        *running = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    fn end(&self) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn now(&self) -> Option<Arc<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Removes copies of the history that a backup of a killed daemon has left in a home. Blocks.
pub(crate) fn sweep(home: &Home) {
    for entry in fs::read_dir(home.root()).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(SCRATCH.as_bytes()) {
            let _stays = fs::remove_dir_all(entry.path());
        }
    }
}

impl App {
    /// Writes a backup.
    ///
    /// # Errors
    /// `File` where it cannot be written or is there already, `WrongState` where another one is being written.
    pub(crate) async fn back_up_now(&self, args: BackUp) -> Result<BackedUp, ApiError> {
        let path = target(&args)?;
        let running = self.backups.begin(&path)?;
        // Nothing that is in the history is removed meanwhile, also where nobody waits for the answer any more.
        let alone = Arc::clone(&self.cleaning).lock_owned().await;
        let (home, store, secrets) =
            (self.home.clone(), Arc::clone(&self.store), Arc::clone(&self.secrets));
        let (backups, now) = (Arc::clone(&self.backups), self.clock.now());
        blocking(move || {
            let written = (|| {
                let secrets = secrets.list()?.into_iter();
                let secrets = secrets.filter(|it| matches!(it.source, SecretSource::Keyring {}));
                let secrets: Vec<String> = secrets.map(|it| it.name).collect();
                let scratch = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(home.root());
                let scratch = scratch.map_err(|error| files::cannot_write(home.root(), &error))?;
                let history = scratch.path().join(millrace_store::DATABASE_FILE);
                let copied = store.copy_to(&history).map_err(|error| store_error(&error))?;
                let open = copied.unfinished;
                let mut picked = pick::pick(&home, &history, &args, &open, &path);
                let manifest = Manifest {
                    millrace_backup: archive::FORMAT,
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    made: now,
                    home: home.root().to_owned(),
                    files: picked.files.len() as u64,
                    bytes: picked.files.iter().map(|file| file.bytes).sum(),
                    runs: copied.runs,
                    with_logs: !args.without_logs,
                    with_artifacts: !args.without_artifacts,
                    under_way: open,
                    secrets: secrets.clone(),
                };
                running.total.store(manifest.bytes, Ordering::Relaxed);
                let bytes = write(&path, &args, &manifest, &mut picked, &running)
                    .map_err(|error| refused(&path, &error))?;
                damage::remember_backup(&home, &path, now);
                Ok(BackedUp {
                    path: path.display().to_string(),
                    bytes,
                    files: manifest.files,
                    runs: manifest.runs,
                    left_out: picked.left_out,
                    secrets,
                })
            })();
            backups.end();
            drop(alone);
            written
        })
        .await
    }

    /// How far the backup is.
    pub(crate) fn backup_progress(&self, _: ReadBackup) -> BackupProgress {
        let running = self.backups.now().map(|running| RunningBackup {
            path: running.path.clone(),
            done: running.done.load(Ordering::Relaxed),
            total: running.total.load(Ordering::Relaxed),
        });
        BackupProgress { running }
    }

    /// Gives it up.
    pub(crate) fn cancel_backup_now(&self, _: CancelBackup) -> Done {
        if let Some(running) = self.backups.now() {
            running.is_canceled.store(true, Ordering::Relaxed);
        }
        Done {}
    }
}

fn target(args: &BackUp) -> Result<PathBuf, ApiError> {
    let path = Path::new(&args.path);
    if !path.is_absolute() {
        let message = format!("{} is not an absolute path", args.path);
        return Err(ApiError::new(Code::InvalidRequest, message));
    }
    let target = match path.canonicalize() {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => files::new_target(path)?,
        Err(error) => return Err(files::cannot_write(path, &error)),
    };
    if target.exists() && !args.replace {
        let message = format!("{} is there already", target.display());
        return Err(ApiError::new(Code::File, message).help("choose another name, or replace it"));
    }
    Ok(target)
}

/// Beside its place first, so that a backup that broke off looks like none.
fn write(
    path: &Path,
    args: &BackUp,
    manifest: &Manifest,
    picked: &mut pick::Picked,
    running: &Running,
) -> io::Result<u64> {
    let mut name = path.to_owned().into_os_string();
    name.push(format!(".part-{}", std::process::id()));
    let part = PathBuf::from(name);
    let written = (|| {
        let file =
            File::options().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        let mut writer = Writer::begin(BufWriter::new(file), manifest)?;
        for file in &picked.files {
            if !writer.file(file, |bytes| running.advance(bytes))? {
                picked.left_out += 1;
            }
        }
        let file = writer.finish(&picked.links)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        match args.replace {
            true => fs::rename(&part, path)?,
            // Nobody else's file is replaced that came meanwhile.
            false => fs::hard_link(&part, path).and_then(|()| fs::remove_file(&part))?,
        }
        Ok(bytes)
    })();
    if written.is_err() {
        let _gone = fs::remove_file(&part);
    }
    written
}

fn refused(path: &Path, error: &io::Error) -> ApiError {
    if error.to_string() == CANCELED {
        return ApiError::new(Code::Canceled, CANCELED).help("nothing of it is left");
    }
    files::cannot_write(path, error)
}
