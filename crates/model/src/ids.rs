//! Numbers that name runs, workflows and attempts in the store.
//!
//! They are made elsewhere (randomness is passed in); here is only how they look.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ident::Ident;
use crate::time::Timestamp;

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!("{:016x}", self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:016x})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let bad = || BadId(text.to_owned());
                if text.len() != 16 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                    return Err(bad());
                }
                u64::from_str_radix(text, 16).map(Self).map_err(|_| bad())
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

hex_id! {
    /// Names a run. Random, so that a short prefix is enough to name it by hand.
    /// Written as 16 hexadecimal digits.
    RunId
}

hex_id! {
    /// Names a workflow in the store, bound to its document's canonical path.
    /// Written as 16 hexadecimal digits.
    WorkflowId
}

hex_id! {
    /// Names what was asked for by one backfill. Written as 16 hexadecimal digits.
    BackfillId
}

impl RunId {
    /// The run of a schedule's tick. It follows from the tick, so that there cannot be two.
    #[must_use]
    pub fn of_tick(workflow: WorkflowId, schedule: &str, tick: Timestamp) -> Self {
        let parts = [&workflow.0.to_be_bytes()[..], &tick.0.to_be_bytes(), schedule.as_bytes()];
        Self(derived(b"millrace tick", &parts))
    }

    /// The run that this event starts through this trigger; `event` names it, and another version of it otherwise.
    #[must_use]
    pub fn of_event(workflow: WorkflowId, trigger: &Ident, event: &str) -> Self {
        // No identifier has a space.
        let named = format!("{trigger} {event}");
        Self(derived(b"millrace event", &[&workflow.0.to_be_bytes(), named.as_bytes()]))
    }

    /// The run of a tick within a backfill.
    #[must_use]
    pub fn of_backfill(backfill: BackfillId, tick: Timestamp) -> Self {
        Self(derived(b"millrace backfill", &[&backfill.0.to_be_bytes(), &tick.0.to_be_bytes()]))
    }
}

/// A number that follows from what it is for. Parts before the last have a fixed length.
fn derived(what: &[u8], parts: &[&[u8]]) -> u64 {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(what);
    for part in parts {
        hash.update(part);
    }
    hash.finalize().iter().take(8).fold(0, |id, byte| id << 8 | u64::from(*byte))
}

/// The text is not 16 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: 16 hexadecimal digits are expected")]
pub struct BadId(pub String);

/// A task within a run, or one item of a mapped task.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskKey {
    /// The task's name in the run's snapshot.
    pub task: Ident,
    /// The item's index where the task is mapped (`for_each`), else none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
}

impl TaskKey {
    /// The key of a task that is not mapped.
    #[must_use]
    pub fn plain(task: Ident) -> Self {
        Self { task, item: None }
    }

    /// The key of the whole task: of the mapped one, where this is an item of it.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self::plain(self.task.clone())
    }
}

impl fmt::Display for TaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.item {
            None => write!(f, "{}", self.task),
            Some(item) => write!(f, "{}[{item}]", self.task),
        }
    }
}

/// One attempt of one task run, unique in the home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// The run it belongs to.
    pub run: RunId,
    /// Counts the attempts of the whole run from 1, in the order in which they were dispatched.
    pub serial: u32,
}

impl AttemptId {
    /// The run that this attempt starts where its task runs another workflow.
    ///
    /// It follows from the attempt: whoever starts it again after a crash names the same run, so that there cannot be two,
    /// and whoever has the attempt can find the run.
    #[must_use]
    pub fn child(self) -> RunId {
        let parts = [&self.run.0.to_be_bytes()[..], &self.serial.to_be_bytes()];
        RunId(derived(b"millrace child run", &parts))
    }
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.run, self.serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attempt_has_a_child_of_its_own_and_keeps_it() {
        let child = |run, serial| AttemptId { run: RunId(run), serial }.child();
        // Kept in histories: it must never become another one.
        assert_eq!(child(1, 1).to_string(), "c30561f8662d2d95");
        let mut all: Vec<RunId> =
            (0..50).flat_map(|run| (1..50).map(move |serial| child(run, serial))).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 50 * 49);
    }

    #[test]
    fn ids_read_what_they_write() {
        let id = RunId(0x8f2c_41d9_0000_0001);
        assert_eq!(id.to_string(), "8f2c41d900000001");
        assert_eq!("8f2c41d900000001".parse(), Ok(id));
        for bad in ["", "8f2c", "8F2C41D900000001", "+f2c41d900000001", "8f2c41d9000000011"] {
            assert!(bad.parse::<RunId>().is_err(), "{bad}");
        }
    }
}
