//! The workflows of a soak. Each task that ends well says so in a ledger outside of the home: the second opinion that
//! the history is held against.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::faults::site::Site;

/// The workflows by their names.
pub(super) const NAMES: [&str; 3] = ["pulse", "chain", "long"];

/// The workflows at work.
pub(super) struct Load {
    pub(super) ledger: PathBuf,
}

impl Load {
    /// Puts the workflows into the home's library, where their schedules begin to fire.
    pub(super) fn lay(site: &Site) -> anyhow::Result<Self> {
        let ledger = site.file("ledger");
        fs::write(&ledger, "")?;
        let library = site.home().join("workflows");
        fs::create_dir_all(&library)?;
        // What nobody vouches for starts nothing by itself.
        site.ask(&["trust", &library.display().to_string()])?;
        let load = Self { ledger };
        for (name, document) in NAMES.iter().zip([load.pulse(), load.chain(), load.long()]) {
            let text = serde_json::to_vec_pretty(&document)?;
            fs::write(library.join(format!("{name}.json")), text)?;
        }
        Ok(load)
    }

    /// Many small tasks, of which one fails now and then.
    fn pulse(&self) -> Value {
        let tasks = [
            self.task("begin", "echo begun"),
            self.task("left", "seq 1 20"),
            self.task("middle", "millrace-task output half=1"),
            self.task("right", "echo '{\"level\":\"warn\"}' >&2"),
            self.task("now_and_then", "test $(( $(date +%s) % 11 )) -ne 0"),
            self.task("end", "echo ended"),
        ];
        let edge = |from: &str, to: &str| json!({ "from": from, "to": to });
        let between = ["left", "middle", "right", "now_and_then"];
        let edges = between.iter().flat_map(|name| [edge("begin", name), edge(name, "end")]);
        self.workflow("pulse", "1s", &tasks, &edges.collect::<Vec<_>>())
    }

    /// One after the other, with values handed on and tries again after a loss.
    fn chain(&self) -> Value {
        let mut tasks = vec![self.task("a", "millrace-task output n=1; sleep 0.3")];
        for name in ["b", "c"] {
            tasks.push(self.task(name, "sleep 0.3"));
        }
        let edges = [("a", "b"), ("b", "c")].map(|(from, to)| json!({ "from": from, "to": to }));
        self.workflow("chain", "3s", &tasks, &edges)
    }

    /// A task that outlives most daemons of the first half, with a process that nobody waits for.
    fn long(&self) -> Value {
        let script = "sleep 600 >/dev/null 2>&1 &\nchild=$!\nseq 1 2000\nsleep 12\nkill $child";
        self.workflow("long", "20s", &[self.task("wait", script)], &[])
    }

    fn workflow(&self, name: &str, every: &str, tasks: &[Value], dependencies: &[Value]) -> Value {
        json!({
            "millrace": 1,
            "name": name,
            "schedules": [{ "name": "beat", "every": every, "catch_up": "latest" }],
            "tasks": tasks,
            "dependencies": dependencies,
        })
    }

    fn task(&self, name: &str, script: &str) -> Value {
        // The last thing that it does, in one write: who was killed before has not ended well.
        let script =
            format!("set -eu\n{script}\necho \"$MILLRACE_MARK {name} $TICK\" >> \"$LEDGER\"\n");
        json!({
            "name": name,
            "kind": "shell",
            "spec": { "script": script },
            "env": { "LEDGER": self.ledger, "TICK": "${ run.logical_time }" },
            "retry": { "attempts": 2, "on": ["lost"] },
        })
    }
}
