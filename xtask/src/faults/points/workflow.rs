//! The workflow of each round: outputs, an artifact, an attempt that fails and is tried again, a process in the
//! background.

use std::path::Path;

use serde_json::{Value, json};

/// How many tasks it has.
pub(in crate::faults) const TASKS: usize = 4;
/// How many attempts they take, where nothing happens to any.
pub(super) const ATTEMPTS: usize = 5;

/// The workflow. Each task writes `TASK ATTEMPT` to `ledger` as the last thing it does.
pub(in crate::faults) fn document(name: &str, ledger: &Path) -> Value {
    let ledger = ledger.display().to_string();
    let task = |name: &str, script: &str| {
        let script = format!(
            "set -eu\necho {name} begins\n{script}\nmillrace-task output value={name}\n\
             millrace-task output of_{name}=yes\necho {name} ends\n\
             echo \"{name} ${{MILLRACE_MARK##*:}}\" >> \"$LEDGER\"\n"
        );
        json!({
            "name": name,
            "kind": "shell",
            "spec": { "script": script },
            "env": { "LEDGER": ledger },
            "retry": { "attempts": 3, "on": ["failed", "lost"] },
        })
    };
    let once = "if [ ! -e \"$LEDGER.tried\" ]; then : > \"$LEDGER.tried\"; exit 3; fi";
    let tasks = [
        task("t0", "sleep 0.01"),
        task("t1", "echo made > \"$MILLRACE_ARTIFACTS/made.txt\""),
        task("t2", once),
        task("t3", "sleep 600 >/dev/null 2>&1 &\nchild=$!\nsleep 0.02\nkill \"$child\""),
    ];
    let dependency = |from: &str, to: &str| json!({ "from": from, "to": to });
    let dependencies = [
        dependency("t0", "t1"),
        dependency("t0", "t2"),
        dependency("t1", "t3"),
        dependency("t2", "t3"),
    ];
    json!({ "millrace": 1, "name": name, "tasks": tasks, "dependencies": dependencies })
}
