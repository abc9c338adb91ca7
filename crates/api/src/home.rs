//! The home directory: where one daemon keeps everything, and where its clients find it.
//!
//! Only places and the daemon's address card; what is in the files is the business of those who write them.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{ApiError, Code};

/// A home directory. It exists and only its owner can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

/// How to reach the daemon of a home; written by the daemon, under the home's lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonCard {
    /// Its process.
    pub pid: u32,
    /// Its socket.
    pub socket: PathBuf,
    /// The version of the program.
    pub version: String,
    /// The version of the interface.
    pub api_version: u32,
}

impl Home {
    /// Names the home in the environment.
    pub const VARIABLE: &'static str = "MILLRACE_HOME";

    /// The home of this user: `$MILLRACE_HOME`, or the platform's data directory. Development builds have one
    /// of their own, so that they never touch real work.
    ///
    /// # Errors
    /// See [`Home::at`]; also where the platform names no data directory.
    pub fn of_user() -> Result<Self, ApiError> {
        if let Some(root) = std::env::var_os(Self::VARIABLE).filter(|value| !value.is_empty()) {
            return Self::at(Path::new(&root));
        }
        let usual = Self::usual().ok_or_else(|| {
            ApiError::new(Code::Environment, "this user has no data directory")
                .help(format!("set {} to a folder for Millrace's data", Self::VARIABLE))
        })?;
        Self::at(&usual)
    }

    /// Where this user's home is while nothing names another one; none where the platform names no data directory.
    #[must_use]
    pub fn usual() -> Option<PathBuf> {
        let name = if cfg!(debug_assertions) { "millrace-dev" } else { "millrace" };
        Some(dirs::data_dir()?.join(name))
    }

    /// The home in this folder, made where it does not exist.
    ///
    /// # Errors
    /// When it cannot be made, or belongs to another user.
    pub fn at(root: &Path) -> Result<Self, ApiError> {
        private_dir(root).map_err(|error| {
            ApiError::new(
                Code::Environment,
                format!("cannot use {} as home: {error}", root.display()),
            )
            .help(format!("set {} to a folder that you own", Self::VARIABLE))
        })?;
        let root = root.canonicalize().map_err(|error| {
            ApiError::new(Code::Environment, format!("cannot find {}: {error}", root.display()))
        })?;
        Ok(Self { root })
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The settings, edited by hand or by the app.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// Which secrets there are, and where each is kept; no values.
    #[must_use]
    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets.json")
    }

    /// Locked by the one process that has this home.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// The daemon's log.
    #[must_use]
    pub fn daemon_log(&self) -> PathBuf {
        self.root.join("daemon.log")
    }

    /// Runs: a folder for each, with journal, logs and scratch space.
    #[must_use]
    pub fn runs(&self) -> PathBuf {
        self.root.join("runs")
    }

    /// What tasks left behind on purpose, by content.
    #[must_use]
    pub fn artifacts(&self) -> PathBuf {
        self.root.join("artifacts")
    }

    /// The library's folder where the settings name none.
    #[must_use]
    pub fn workflows(&self) -> PathBuf {
        self.root.join("workflows")
    }

    /// Documents that were deleted, with their places.
    #[must_use]
    pub fn trash(&self) -> PathBuf {
        self.root.join("trash")
    }

    /// What was changed in windows and not saved.
    #[must_use]
    pub fn drafts(&self) -> PathBuf {
        self.root.join("drafts")
    }

    /// Things that can be made again, such as Python environments.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// A private folder for sockets: in `$XDG_RUNTIME_DIR`, else in the system's temporary folder.
    /// Short, because a socket's path holds only about 100 bytes.
    ///
    /// # Errors
    /// When it cannot be made, or somebody else made it.
    pub fn socket_dir(&self) -> io::Result<PathBuf> {
        let base =
            std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| dir.is_dir());
        let owner = fs::metadata(&self.root)?.uid();
        let name = match base {
            Some(_) => format!("millrace-{:08x}", self.short_hash()),
            None => format!("millrace-{owner}-{:08x}", self.short_hash()),
        };
        let dir = base.unwrap_or_else(std::env::temp_dir).join(name);
        own_dir(&dir, owner)?;
        Ok(dir)
    }

    /// Leaves the address of the daemon for clients. Only the holder of the lock may.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_card(&self, card: &DaemonCard) -> io::Result<()> {
        let temporary = self.root.join("daemon.json.new");
        let mut file = fs::OpenOptions::new();
        let file = file.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        serde_json::to_writer(&file, card)?;
        fs::rename(temporary, self.card_path())
    }

    /// The address of the daemon, if one was left. Whether it still lives is another question.
    #[must_use]
    pub fn read_card(&self) -> Option<DaemonCard> {
        serde_json::from_slice(&fs::read(self.card_path()).ok()?).ok()
    }

    /// Takes the address away. Only the holder of the lock may.
    pub fn remove_card(&self) {
        // Nothing is lost when it stays: clients find out that nobody answers there.
        let _gone = fs::remove_file(self.card_path());
    }

    fn card_path(&self) -> PathBuf {
        self.root.join("daemon.json")
    }

    /// Tells homes apart in a socket's name. FNV-1a, 32 bits (Fowler, Noll, Vo); clients read the path from
    /// the card, so a collision only means that two homes share a folder.
    fn short_hash(&self) -> u32 {
        let bytes = self.root.as_os_str().as_encoded_bytes();
        bytes
            .iter()
            .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
    }
}

/// Makes a folder that only its owner can enter, or checks that it is one and ours.
fn private_dir(path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
    }
    let found = fs::metadata(path)?;
    if found.mode() & 0o077 != 0 {
        // Fails where it is not ours, which is the answer that we want.
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    // A folder of another user that is closed to us shows itself here.
    fs::read_dir(path).map(drop)
}

/// The same in a folder that everybody can write to. What somebody else has put in its place, such as a link, is not
/// followed: closing the folder that it leads to would be the harm.
fn own_dir(path: &Path, owner: u32) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_dir() || found.uid() != owner => {
            Err(io::Error::other(format!("{} was put there by somebody else", path.display())))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => private_dir(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_private_and_its_card_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        let home = Home::at(&open).unwrap();
        assert_eq!(fs::metadata(&open).unwrap().mode() & 0o777, 0o700);
        assert_eq!(home.read_card(), None);
        let card =
            DaemonCard { pid: 7, socket: "/s".into(), version: "0.1.0".into(), api_version: 1 };
        home.write_card(&card).unwrap();
        assert_eq!(home.read_card(), Some(card));
        home.remove_card();
        assert_eq!(home.read_card(), None);
    }

    #[test]
    fn a_link_in_the_place_of_the_folder_for_sockets_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let owner = fs::metadata(dir.path()).unwrap().uid();
        let elsewhere = dir.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o755)).unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        let error = own_dir(&link, owner).unwrap_err();
        assert!(error.to_string().contains("somebody else"), "{error}");
        assert_eq!(fs::metadata(&elsewhere).unwrap().mode() & 0o777, 0o755);

        own_dir(&elsewhere, owner + 1).unwrap_err();
        assert_eq!(fs::metadata(&elsewhere).unwrap().mode() & 0o777, 0o755);
        for _ in 0..2 {
            own_dir(&dir.path().join("ours"), owner).unwrap();
        }
        assert_eq!(fs::metadata(dir.path().join("ours")).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_file_in_the_way_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Home::at(&file.join("home")).unwrap_err();
        assert_eq!(error.code, Code::Environment);
        assert!(error.message.contains("file/home"), "{error}");
    }
}
