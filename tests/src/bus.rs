//! A session bus of a test's own, which nobody else sees.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::until;

/// A bus. It ends with this.
pub struct Bus {
    folder: PathBuf,
    process: Child,
}

impl Bus {
    /// Starts one whose socket lies in `folder`, which it makes.
    ///
    /// # Panics
    /// Where dbus-daemon is missing (`cargo xtask setup` brings it) or does not start.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        fs::DirBuilder::new().mode(0o700).create(folder).unwrap();
        let config = folder.join("bus.xml");
        // Without folders of services: nothing of this machine is started on it.
        let text = format!(
            "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\
             <busconfig><type>session</type><listen>unix:path={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
             <allow own=\"*\"/></policy></busconfig>",
            folder.join("bus").display()
        );
        fs::write(&config, text).unwrap();
        let mut bus = Command::new("dbus-daemon");
        bus.arg("--nofork").arg("--config-file").arg(&config);
        bus.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = bus.spawn().unwrap_or_else(|error| panic!("dbus-daemon: {error}"));
        // The socket is there a moment before anybody listens on it.
        until("the bus listens", || UnixStream::connect(folder.join("bus")).ok());
        Self { folder: folder.to_owned(), process }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:path={}/bus", self.folder.display())
    }

    /// The variables that lead a program into this session.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let folder = self.folder.display();
        vec![
            ("DBUS_SESSION_BUS_ADDRESS", self.address()),
            ("XDG_RUNTIME_DIR", folder.to_string()),
            ("XDG_DATA_HOME", format!("{folder}/data")),
        ]
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        // Ours by handle; of one that has ended already nothing is left to kill.
        let _killed = self.process.kill();
        let _reaped = self.process.wait();
    }
}
