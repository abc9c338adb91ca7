//! A small file system that nobody else sees: a mount namespace of its own, in which commands can be run, and whose files
//! can be seen from outside.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};

/// A file system in memory, mounted at a folder, as long as this lives.
pub(super) struct SmallDisk {
    /// Holds the namespace; ends with its standard input.
    holder: Child,
    is_root: bool,
}

impl SmallDisk {
    /// Mounts `bytes` at an empty folder.
    ///
    /// # Errors
    /// Where this user may not, or the kernel does not.
    pub(super) fn mount(folder: &Path, bytes: u64) -> anyhow::Result<Self> {
        let is_root = rustix::process::geteuid().is_root();
        let mut command = Command::new("unshare");
        command.arg("--mount");
        if !is_root {
            command.arg("--map-root-user");
        }
        let script = "mount -t tmpfs -o size=$1,mode=755 tmpfs \"$2\"\necho .\nexec cat";
        command.args(["sh", "-euc", script, "sh"]).arg(bytes.to_string()).arg(folder);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut holder = pipes.spawn().context("unshare cannot be started")?;
        let mut told = [0];
        let stdout = holder.stdout.as_mut().context("unshare has no output")?;
        if stdout.read_exact(&mut told).is_err() {
            let mut said = String::new();
            if let Some(mut stderr) = holder.stderr.take() {
                let _cut = stderr.read_to_string(&mut said);
            }
            let _reaped = holder.wait();
            bail!("there can be no small file system here: {}", said.trim());
        }
        Ok(Self { holder, is_root })
    }

    /// A command that sees it.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--target={}", self.holder.id())).arg("--mount");
        if !self.is_root {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg("--");
        command
    }

    /// Where a path of it is found from outside.
    pub(super) fn seen(&self, path: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ended = self.holder.wait();
    }
}
