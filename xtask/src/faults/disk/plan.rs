//! What happens in a round, from its seed.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::campaign::Round;

/// The bytes of a line that a task prints.
pub(super) const LINE: usize = 128;

/// What happens in a round.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) number: u64,
    pub(super) disk_bytes: u64,
    /// Each: so long there is room, so long there is none.
    pub(super) fills: Vec<(Duration, Duration)>,
    /// The first comes before the run is asked for.
    pub(super) is_full_first: bool,
    pub(super) tasks: Vec<Task>,
}

/// A task, after the one before it or beside it.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) name: String,
    is_after: bool,
    lines: u64,
    takes: Duration,
}

impl Plan {
    pub(super) fn of(round: Round) -> Self {
        let mut dice = round.dice();
        let tasks = (0..3 + dice.below(4)).map(|at| Task {
            name: format!("t{at}"),
            is_after: at > 0 && dice.chance(1, 2),
            lines: dice.pick(10, &[100, 2_000, 10_000]),
            takes: dice.shorter_than_ms(400),
        });
        let tasks = tasks.collect();
        let fills = (0..1 + dice.below(4))
            .map(|_| (dice.shorter_than_ms(500), dice.shorter_than_ms(1_500)))
            .collect();
        Self {
            number: round.number,
            disk_bytes: (16 + dice.below(24)) << 20,
            fills,
            is_full_first: dice.chance(1, 6),
            tasks,
        }
    }

    /// Its line of the table.
    pub(super) fn group(&self) -> &'static str {
        if self.is_full_first { "full before the run" } else { "full meanwhile" }
    }

    pub(super) fn workflow(&self) -> String {
        format!("disk_{}", self.number)
    }

    /// Each task writes `TASK ATTEMPT` to `ledger` as the last thing it does.
    pub(super) fn document(&self, ledger: &Path) -> Value {
        let tasks = self.tasks.iter().map(|task| {
            let Task { name, lines, .. } = task;
            let script = format!(
                "set -eu\nseq -f '{name} %0{width}.0f' 1 {lines}\nsleep {takes}\n\
                 millrace-task output value={name}\n\
                 echo \"{name} ${{MILLRACE_MARK##*:}}\" >> \"$LEDGER\"\n",
                width = LINE - name.len() - 2,
                takes = task.takes.as_secs_f64(),
            );
            json!({
                "name": name,
                "kind": "shell",
                "spec": { "script": script },
                "env": { "LEDGER": ledger.display().to_string() },
            })
        });
        let dependencies = self.tasks.windows(2).filter_map(|pair| match pair {
            [from, to] if to.is_after => Some(json!({ "from": from.name, "to": to.name })),
            _ => None,
        });
        json!({
            "millrace": 1,
            "name": self.workflow(),
            "tasks": tasks.collect::<Vec<_>>(),
            "dependencies": dependencies.collect::<Vec<_>>(),
        })
    }
}

impl Task {
    /// The byte at an offset of what it prints.
    pub(super) fn printed(&self) -> Vec<u8> {
        let width = LINE - self.name.len() - 2;
        let lines = (1..=self.lines).map(|line| format!("{} {line:0width$}\n", self.name));
        lines.collect::<String>().into_bytes()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mebibytes = self.disk_bytes >> 20;
        write!(f, "{mebibytes} MiB, {}, room and none for {:?}", self.group(), self.fills)
    }
}
