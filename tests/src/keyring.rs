//! A session of its own with a keyring: a private D-Bus and GNOME Keyring on it, which nobody else sees.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::bus::Bus;
use crate::until;

/// The password of the keyring.
const PASSWORD: &[u8] = b"correct horse";
const BUS_NAME: &str = "org.freedesktop.secrets";

/// A bus and, on it, a keyring. Both end with it.
pub struct Session {
    folder: PathBuf,
    bus: Bus,
    keyring: Child,
}

impl Session {
    /// Starts one with an unlocked, empty keyring that keeps its files in `folder`.
    ///
    /// # Panics
    /// Where dbus-daemon or gnome-keyring-daemon is missing (`cargo xtask setup` brings both) or does not start.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let bus = Bus::start(folder);
        let keyring = start_keyring(folder, &bus);
        let session = Self { folder: folder.to_owned(), bus, keyring };
        session.until_there(true);
        session
    }

    /// The variables that lead into this session.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        self.bus.variables()
    }

    /// Locks the keyring, as a logout does.
    ///
    /// # Panics
    /// When it does not let itself be locked.
    pub fn lock(&self) {
        let collection = "array:objpath:/org/freedesktop/secrets/collection/login";
        let said = self.say(&[
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            collection,
        ]);
        assert!(said.contains("collection/login"), "{said}");
    }

    /// Logs in again: the keyring starts anew and gets its password.
    ///
    /// # Panics
    /// When it does not come back.
    pub fn unlock(&mut self) {
        end(&mut self.keyring);
        self.until_there(false);
        self.keyring = start_keyring(&self.folder, &self.bus);
        self.until_there(true);
    }

    fn until_there(&self, there: bool) {
        let owner = format!("string:{BUS_NAME}");
        let ask = ["--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", &owner];
        let expected = format!("boolean {there}");
        until("the keyring comes or goes", || self.say(&ask).contains(&expected).then_some(()));
    }

    fn say(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("dbus-send");
        command.args(["--session", "--print-reply", "--type=method_call"]).args(arguments);
        let output = command.envs(self.variables()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        end(&mut self.keyring);
    }
}

fn start_keyring(folder: &Path, bus: &Bus) -> Child {
    let mut command = quiet("gnome-keyring-daemon");
    command.args(["--foreground", "--unlock", "--components=secrets"]).stdin(Stdio::piped());
    command.envs(bus.variables()).env("HOME", folder);
    let mut keyring =
        command.spawn().unwrap_or_else(|error| panic!("gnome-keyring-daemon: {error}"));
    // The end of its input is the end of the password.
    keyring.stdin.take().unwrap().write_all(PASSWORD).unwrap();
    keyring
}

fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn end(child: &mut Child) {
    // Ours by handle; of one that has ended already nothing is left to kill.
    let _killed = child.kill();
    let _reaped = child.wait();
}
