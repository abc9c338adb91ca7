//! What happens in a round: which workflow runs, who is killed, and when. All of it comes from the seed.
//!
//! The moment is told in events and microseconds after them; where exactly it falls is still up to the machine.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::campaign::Round;
use crate::faults::dice::Dice;

/// Who gets SIGKILL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Victim {
    /// The daemon; the client that watches starts the next one.
    Daemon,
    /// The daemon and the client; somebody else starts the next daemon, later.
    DaemonAndClient,
    /// The keeper, the parent of all the run's processes.
    Keeper,
    /// The keeper and the daemon at once.
    KeeperAndDaemon,
    /// The leading process of a task.
    Task,
    /// The command line that started the run and watches it.
    Client,
    /// The window that started the run and shows it.
    Window,
}

/// What happens in a round.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) round: u64,
    pub(crate) victim: Victim,
    /// The fault comes after so many events of the run; 0: counted from the start of the client.
    pub(crate) after_events: u64,
    /// And so much later.
    pub(crate) after_that: Duration,
    /// How long nobody starts the next daemon, where the client is dead too.
    pub(crate) dark: Duration,
    /// Which of the running tasks, where a task is the victim.
    pub(crate) which: u64,
    pub(crate) tasks: Vec<PlannedTask>,
}

/// A task of the round's workflow.
#[derive(Debug, Clone)]
pub(crate) struct PlannedTask {
    pub(crate) name: String,
    /// Which earlier ones it comes after.
    after: Vec<usize>,
    takes_ms: u64,
    /// Leaves a process in the background while it runs.
    has_child: bool,
    is_retried: bool,
}

impl Victim {
    pub(crate) const ALL: [Self; 7] = [
        Self::Daemon,
        Self::DaemonAndClient,
        Self::Keeper,
        Self::KeeperAndDaemon,
        Self::Task,
        Self::Client,
        Self::Window,
    ];

    pub(crate) fn has_daemon(self) -> bool {
        matches!(self, Self::Daemon | Self::DaemonAndClient | Self::KeeperAndDaemon)
    }

    pub(crate) fn has_keeper(self) -> bool {
        matches!(self, Self::Keeper | Self::KeeperAndDaemon)
    }

    pub(crate) fn has_client(self) -> bool {
        matches!(self, Self::Client | Self::DaemonAndClient)
    }

    /// A run must not notice: same attempts, all succeed.
    pub(crate) fn is_harmless(self) -> bool {
        !self.has_keeper() && self != Self::Task
    }
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Daemon => "daemon",
            Self::DaemonAndClient => "daemon + client",
            Self::Keeper => "keeper",
            Self::KeeperAndDaemon => "keeper + daemon",
            Self::Task => "task",
            Self::Client => "client",
            Self::Window => "window",
        })
    }
}

impl Plan {
    /// What happens in a round.
    pub(crate) fn of(round: Round) -> Self {
        let mut dice = round.dice();
        let round = round.number;
        // In turn, so that even a short series has each of them.
        let at = usize::try_from(round % Victim::ALL.len() as u64).unwrap_or(0);
        let victim = Victim::ALL.get(at).copied().unwrap_or(Victim::Daemon);
        let count = 3 + dice.below(4);
        let tasks: Vec<PlannedTask> = (0..count).map(|at| task(at, &mut dice)).collect();
        // Accepted, started, queued; then about three for each task.
        let events = 3 * count + 4;
        let first = u64::from(!victim.is_harmless());
        Self {
            round,
            victim,
            after_events: first + dice.below(events - first),
            after_that: dice.shorter_than_ms(40),
            dark: dice.shorter_than_ms(300),
            which: dice.below(1_000),
            tasks,
        }
    }

    /// The workflow's name, which no other round of the series has.
    pub(crate) fn workflow(&self) -> String {
        format!("fault_{}", self.round)
    }

    /// The workflow. Each task writes `TASK ATTEMPT` to `ledger` as the last thing it does.
    pub(crate) fn document(&self, ledger: &Path) -> Value {
        let tasks: Vec<Value> = self.tasks.iter().map(|task| document_of(task, ledger)).collect();
        let dependencies: Vec<Value> = self
            .tasks
            .iter()
            .flat_map(|to| {
                to.after.iter().filter_map(move |from| Some((self.tasks.get(*from)?, to)))
            })
            .map(|(from, to)| json!({ "from": from.name, "to": to.name }))
            .collect();
        json!({ "millrace": 1, "name": self.workflow(), "tasks": tasks, "dependencies": dependencies })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (events, later) = (self.after_events, self.after_that);
        write!(f, "{} killed {later:?} after event {events}", self.victim)
    }
}

fn task(at: u64, dice: &mut Dice) -> PlannedTask {
    let mut after = Vec::new();
    if at > 0 {
        for _ in 0..dice.below(3) {
            after.push(usize::try_from(dice.below(at)).unwrap_or(0));
        }
        after.sort_unstable();
        after.dedup();
    }
    PlannedTask {
        name: format!("t{at}"),
        after,
        takes_ms: dice.pick(20, &[60, 150, 250]),
        has_child: dice.chance(1, 3),
        is_retried: dice.chance(1, 2),
    }
}

fn document_of(task: &PlannedTask, ledger: &Path) -> Value {
    let PlannedTask { name, takes_ms, .. } = task;
    let mut script = format!("set -eu\necho {name} begins\n");
    if task.has_child {
        // Nobody waits for it: whoever kills the task's tree has to find it.
        script.push_str("sleep 600 >/dev/null 2>&1 &\nchild=$!\n");
    }
    script.push_str(&format!("sleep {}\n", fraction(*takes_ms)));
    script.push_str(&format!("millrace-task output value={name}\necho {name} ends\n"));
    if task.has_child {
        script.push_str("kill \"$child\"\n");
    }
    script.push_str(&format!("echo \"{name} ${{MILLRACE_MARK##*:}}\" >> \"$LEDGER\"\n"));
    let mut value = json!({
        "name": name,
        "kind": "shell",
        "spec": { "script": script },
        "env": { "LEDGER": ledger.display().to_string() },
    });
    if task.is_retried
        && let Some(fields) = value.as_object_mut()
    {
        fields.insert("retry".into(), json!({ "attempts": 3, "on": ["failed", "lost"] }));
    }
    value
}

fn fraction(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000)
}
