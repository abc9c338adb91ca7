//! Was it the out-of-memory killer? The kernel does not tell a parent, so this is best knowledge, from the surest
//! source to the least: the run's control group counts kills (it says that one of the run's processes was hit); the
//! kernel's log names the pid (readable with privilege, or where `kernel.dmesg_restrict` is off); the machine-wide
//! count in `/proc/vmstat` rose since this keeper last looked. Asked only when a task died of a SIGKILL that the keeper did not
//! send, or exited 137 as a shell does whose child was killed. With the last source, a task that someone else killed
//! while the killer struck elsewhere is named wrongly.

use std::fs;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;

use super::cgroup::Cgroup;

/// Counts seen so far.
#[derive(Debug, Default)]
pub(crate) struct OomWatch {
    machine: u64,
    group: u64,
}

impl OomWatch {
    /// Remembers the counts at the keeper's start.
    pub(crate) fn new(cgroup: Option<&Cgroup>) -> Self {
        Self {
            machine: machine_kills().unwrap_or(0),
            group: cgroup.and_then(Cgroup::oom_kills).unwrap_or(0),
        }
    }

    /// Whether a task that ended in a suspicious way was ended for want of memory. `victim` is its main process when
    /// that died of a SIGKILL of unknown origin; without it, one of its children may have been hit.
    pub(crate) fn hit(&mut self, victim: Option<u32>, cgroup: Option<&Cgroup>) -> bool {
        let machine = machine_kills();
        let machine_rose = machine.is_some_and(|n| n > self.machine);
        self.machine = machine.unwrap_or(self.machine);
        let group = cgroup.and_then(Cgroup::oom_kills);
        let group_rose = group.is_some_and(|n| n > self.group);
        self.group = group.unwrap_or(self.group);
        if group_rose || !machine_rose {
            return group_rose;
        }
        // A task may have gone into a group of its own (`systemd-run --scope`), whose kills ours does not count.
        victim.and_then(kernel_log_names).unwrap_or(group.is_none())
    }
}

fn machine_kills() -> Option<u64> {
    let text = fs::read_to_string("/proc/vmstat").ok()?;
    text.lines().find_map(|l| l.strip_prefix("oom_kill ")?.trim().parse().ok())
}

/// Whether the kernel's log tells of killing this pid for want of memory. `None` when it can't be read.
fn kernel_log_names(pid: u32) -> Option<bool> {
    let mut log =
        fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open("/dev/kmsg").ok()?;
    let wanted = format!("Killed process {pid} ");
    let mut record = [0; 8192];
    loop {
        match log.read(&mut record) {
            Ok(n) if n > 0 => {
                let text = String::from_utf8_lossy(&record[..n]);
                if text.contains(&wanted) {
                    return Some(true);
                }
            }
            // Overwritten while we read: go on with the next record.
            Err(e) if e.raw_os_error() == Some(libc::EPIPE) => {}
            _ => return Some(false),
        }
    }
}
