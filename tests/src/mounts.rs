//! Shells with mounts of their own: real file systems that are full or read-only, which nobody else sees.

use std::process::{Command, Stdio};

/// A shell in a mount namespace of its own that runs `script`; or why there can be none here.
///
/// # Errors
/// What the system says: this user may not, or the kernel does not.
pub fn with_own_mounts(script: &str) -> Result<Command, String> {
    let shell = |script: &str| {
        let mut command = Command::new("unshare");
        command.arg("--mount");
        if !rustix::process::geteuid().is_root() {
            command.arg("--map-root-user");
        }
        command.args(["sh", "-euc", script]).stdin(Stdio::null());
        command
    };
    match shell("mount -t tmpfs tmpfs /mnt").output() {
        Ok(output) if output.status.success() => Ok(shell(script)),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(format!("unshare: {error}")),
    }
}
