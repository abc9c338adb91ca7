//! A task that the kernel ends because memory ran out is told apart from one that somebody kills. Memory really runs out,
//! in a control group of the test's own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Host, until};
use millrace_keeper::protocol::Exit;

/// What a task may have; an interpreter fits in.
const LIMIT: &str = "67108864";
/// Takes several times as much.
const GREEDY: &str = "python3 -c 'block = bytearray(400 << 20); print(len(block))'";

/// A control group with a limit on memory, which tasks enter by themselves.
struct Limited(PathBuf);

impl Limited {
    /// Where this machine lets us make one: in the first hierarchy, as root.
    fn new(name: &str) -> Option<Self> {
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let own =
            groups.lines().find_map(|line| line.split_once(":memory:")).map(|(_, own)| own)?;
        let root = Path::new("/sys/fs/cgroup/memory");
        // In a container the path may be one of the host's.
        let parents = [root.join(own.trim_start_matches('/')), root.to_owned()];
        let made = parents
            .iter()
            .map(|parent| parent.join(format!("millrace-test-{name}-{}", std::process::id())));
        let path = made.into_iter().find(|path| fs::create_dir(path).is_ok())?;
        let group = Self(path);
        fs::write(group.0.join("memory.limit_in_bytes"), LIMIT).ok()?;
        // Without swap; where the kernel does not count it, there is none or it helps nobody for long.
        let _uncounted = fs::write(group.0.join("memory.memsw.limit_in_bytes"), LIMIT);
        Some(group)
    }

    /// A script that enters the group first.
    fn script(&self, rest: &str) -> String {
        format!("echo $$ > '{}/cgroup.procs' || exit 3\n{rest}", self.0.display())
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        let path = self.0.clone();
        until("the control group is empty", || fs::remove_dir(&path).is_ok());
    }
}

#[test]
fn a_task_that_ran_out_of_memory_is_named_and_one_that_somebody_killed_is_not() {
    let Some(group) = Limited::new("named") else {
        eprintln!("skipped: no control group with a limit on memory can be made here");
        return;
    };
    let mut host = Host::new(1);
    let ended = host.sh(1, "kill -9 $$");
    assert_eq!(ended.exit, Exit::Signaled { signal: 9, core: false });
    assert!(!ended.oom, "somebody killed it");
    let ended = host.sh(2, &group.script(&format!("exec {GREEDY}")));
    assert_eq!(ended.exit, Exit::Signaled { signal: 9, core: false }, "{ended:?}");
    assert!(ended.oom && !ended.killed, "{ended:?}");
    // A shell says of a child that was killed: 128 and the signal.
    let ended = host.sh(3, &group.script(&format!("{GREEDY}\nexit $?")));
    assert_eq!(ended.exit, Exit::Exited(137), "{ended:?}");
    assert!(ended.oom, "{ended:?}");
    let ended = host.sh(4, "kill -9 $$");
    assert!(!ended.oom, "what happened to others before is no reason");
    assert!(!host.sh(5, "exit 137").oom);
}
