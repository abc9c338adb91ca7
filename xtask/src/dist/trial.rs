//! The package on a bare Debian in a folder: installed, used, upgraded while a run goes on, removed.
//!
//! The system is made by debootstrap and kept below the target folder, so that the next trial is quick; each trial works
//! on a layer above it, in namespaces of its own, and leaves nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::process::{announce, find_program, run as run_command};
use crate::workspace::Workspace;

/// The oldest Debian that the package is for.
const SUITE: &str = "bookworm";
const SCRIPT: &str = include_str!("try.sh");

/// Tries a package and the one after it; a picture of the window goes into `out`.
///
/// # Errors
/// What did not work.
pub(super) fn run(
    workspace: &Workspace,
    package: &Path,
    next: &Path,
    out: &Path,
) -> anyhow::Result<()> {
    if !rustix::process::geteuid().is_root() {
        bail!("--try makes a system in a folder, which needs root");
    }
    for program in ["debootstrap", "unshare", "chroot"] {
        if find_program(program).is_none() {
            bail!("{program} is not installed; on Debian: apt-get install debootstrap util-linux");
        }
    }
    let base = workspace.target().join("dist-base").join(SUITE);
    if !base.join("made").is_file() {
        announce(&format!("making a bare {SUITE}"));
        fs::create_dir_all(&base)?;
        let system = base.join("system");
        run_command(Command::new("debootstrap").args(["--variant=minbase", SUITE]).arg(&system))?;
        fs::write(base.join("made"), "")?;
    }
    announce("trying the package");
    let work = tempfile::tempdir_in(&base)?;
    for folder in ["above", "work", "system", "shared"] {
        fs::create_dir(work.path().join(folder))?;
    }
    let shared = work.path().join("shared");
    fs::copy(package, shared.join("millrace.deb")).context("the package is missing")?;
    fs::copy(next, shared.join("next.deb")).context("the next package is missing")?;
    fs::write(shared.join("try.sh"), SCRIPT)?;
    // What is mounted and started within goes with the namespaces.
    let within = "set -e\n\
        mount --make-rprivate /\n\
        mount -t overlay overlay -o lowerdir=\"$1/system\",upperdir=\"$2/above\",workdir=\"$2/work\" \"$2/system\"\n\
        mount -t proc proc \"$2/system/proc\"\n\
        mount --rbind /dev \"$2/system/dev\"\n\
        mkdir -p \"$2/system/shared\"\n\
        mount --bind \"$2/shared\" \"$2/system/shared\"\n\
        cp -L /etc/resolv.conf \"$2/system/etc/resolv.conf\"\n\
        if [ -d /etc/apt/apt.conf.d ]; then cp -r /etc/apt/apt.conf.d/. \"$2/system/etc/apt/apt.conf.d/\"; fi\n\
        exec chroot \"$2/system\" sh /shared/try.sh\n";
    run_command(
        Command::new("unshare")
            .args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", within, "sh"])
            .arg(&base)
            .arg(work.path()),
    )?;
    let picture = out.join("try.png");
    fs::copy(shared.join("window.png"), &picture).context("the trial left no picture")?;
    announce(&format!("the package works; its window is in {}", picture.display()));
    Ok(())
}
