//! Whom the cleaning up after a dead keeper may touch: a pid alone names nobody, because pids are used again. Real
//! processes, and journals' contents that a reused pid would leave behind.

use std::process::{Child, Command, Stdio};

use millrace_keeper::identity::{ProcStat, boot_id, is_same_process};
use millrace_keeper::journal::Unfinished;
use millrace_keeper::orphans::kill_run;
use millrace_keeper::protocol::{Identity, Started};

use crate::support::until;

/// Far more than start times are compared with.
const ANOTHER_TIME: u64 = 100;

/// A process without any mark of Millrace, which lives until it is killed.
struct Stranger(Child);

impl Stranger {
    fn start() -> Self {
        let mut command = Command::new("sleep");
        Self(command.arg("1000").stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }

    fn stat(&self) -> ProcStat {
        ProcStat::read(self.0.id()).unwrap()
    }

    fn is_alive(&self) -> bool {
        let now = self.stat();
        is_same_process(now.pid, now.start_ticks)
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// What a journal says of a run with one attempt of this pid and start time, in this boot.
fn left(boot_id: String, pid: u32, start_ticks: u64) -> Unfinished {
    let started = Started { attempt_id: 1, pid, start_ticks, ..Started::default() };
    let keeper = Identity { boot_id, ..Identity::default() };
    Unfinished { keeper: Some(keeper), started: vec![started], last_record: 2 }
}

#[test]
fn a_process_with_the_pid_of_an_attempt_and_another_start_time_is_not_signalled() {
    let stranger = Stranger::start();
    let found = stranger.stat();
    for start_ticks in [found.start_ticks - ANOTHER_TIME, found.start_ticks + ANOTHER_TIME, 0] {
        let left = left(boot_id(), found.pid, start_ticks);
        assert_eq!(kill_run("no-such-run", &left).unwrap(), 0);
        assert!(stranger.is_alive());
    }
}

#[test]
fn a_journal_of_another_boot_names_nobody() {
    let stranger = Stranger::start();
    let found = stranger.stat();
    // After a restart of the machine the same pid can even have the same start time.
    let left = left("another-boot".to_owned(), found.pid, found.start_ticks);
    assert_eq!(kill_run("no-such-run", &left).unwrap(), 0);
    assert!(stranger.is_alive());
}

#[test]
fn the_process_that_is_meant_is_killed() {
    let stranger = Stranger::start();
    let found = stranger.stat();
    let left = left(boot_id(), found.pid, found.start_ticks);
    assert!(kill_run("no-such-run", &left).unwrap() >= 1);
    until("it is dead", || !stranger.is_alive());
}
