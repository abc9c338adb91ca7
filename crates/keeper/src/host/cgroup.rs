//! A control group (v2) for the run, where one may be made: it lets the daemon kill everything at once should the
//! keeper be killed, and lists strays cheaply. Tried once; without it everything works by other means.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The run's group, with the keeper in it.
#[derive(Debug)]
pub(crate) struct Cgroup {
    path: PathBuf,
    members: File,
    /// Where the out-of-memory killer's count is, when the group has a memory controller.
    events: PathBuf,
}

impl Cgroup {
    /// Makes a group below the keeper's own and moves the keeper into it, so that tasks are born there. `None` where
    /// that is not allowed.
    pub(crate) fn enter(run_id: &str) -> Option<Self> {
        let own = own_cgroup()?;
        let name: String = run_id
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
            .take(64)
            .collect();
        let path = own.join(format!("millrace-{name}-{}", std::process::id()));
        fs::create_dir(&path).ok()?;
        let entered = fs::write(path.join("cgroup.procs"), "0")
            .and_then(|()| File::open(path.join("cgroup.procs")));
        match entered {
            Ok(members) => Some(Self { events: path.join("memory.events"), path, members }),
            Err(_) => {
                let _ = fs::remove_dir(&path);
                None
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The processes in the group, the keeper included.
    pub(crate) fn members(&self) -> Vec<u32> {
        let mut text = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(n) = self.members.read_at(&mut chunk, text.len() as u64) {
            if n == 0 {
                break;
            }
            text.extend_from_slice(&chunk[..n]);
        }
        let text = String::from_utf8_lossy(&text);
        text.lines().filter_map(|l| l.parse().ok()).collect()
    }

    /// How often the out-of-memory killer struck in the group; `None` without a memory controller.
    pub(crate) fn oom_kills(&self) -> Option<u64> {
        let text = fs::read_to_string(&self.events).ok()?;
        text.lines().find_map(|l| l.strip_prefix("oom_kill ")?.trim().parse().ok())
    }

    /// Leaves the group and removes it.
    pub(crate) fn leave(self) {
        if let Some(parent) = self.path.parent()
            && fs::write(parent.join("cgroup.procs"), "0").is_ok()
        {
            // Fails while a zombie is still in it; an empty group left over costs nothing.
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// The folder of the group this process is in, in the unified hierarchy.
fn own_cgroup() -> Option<PathBuf> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let below = text.lines().find_map(|l| l.strip_prefix("0::/"))?.to_owned();
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let mount = mounts.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        (right.split(' ').next()? == "cgroup2").then(|| left.split(' ').nth(4))?
    })?;
    Some(Path::new(mount).join(below))
}
