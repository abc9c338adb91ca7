//! Tasks that hide what they started, run from the kill, or put traps where their files are taken. Real processes.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::{Host, is_gone, pid_in, until};
use millrace_keeper::identity::{ProcStat, is_same_process, signal_process};
use millrace_keeper::journal::{journal_path, unfinished};
use millrace_keeper::mark::attempt_of;
use millrace_keeper::orphans::kill_run;
use millrace_keeper::protocol::{Exit, ToKeeper};
use rustix::process::Signal;

/// Makes the next process of itself and exits, for a minute, and writes down where it began.
const CHAIN: &str = "
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open('chain', 'w') as file:
    print(os.getpid(), file=file)
end = time.monotonic() + 60
while time.monotonic() < end:
    if os.fork():
        os._exit(0)
";

/// A program that goes on without its first thread.
const HEADLESS: &str = "
import ctypes, os, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
with open('headless', 'w') as file:
    print(os.getpid(), file=file)
ctypes.CDLL(None).pthread_exit(None)
";

/// Starts a program beside the task, in a session of its own, without environment and streams.
fn beside(program: &str) -> String {
    format!("env -i PATH=\"$PATH\" setsid --fork {program} </dev/null >/dev/null 2>&1")
}

fn other_task(host: &mut Host) {
    let other = host.start(1, &["sleep", "1000"]);
    host.send(&ToKeeper::Start(Box::new(other)));
    host.started(1);
}

#[test]
fn outputs_that_are_no_plain_file_are_refused_and_hold_nobody() {
    let mut host = Host::new(1);
    let traps = ["mkfifo 1.out", "ln -s /dev/zero 2.out", "mkdir 3.out", "ln -s secret 4.out"];
    fs::write(host.path("secret"), "value=1").unwrap();
    for (attempt_id, trap) in (1..).zip(traps) {
        let ended = host.sh(attempt_id, trap);
        assert!(ended.outputs_too_large && ended.outputs.is_empty(), "{trap}: {ended:?}");
    }
    assert_eq!(host.sh(9, "echo value=1 > 9.out").outputs, b"value=1\n");
}

#[test]
fn a_script_that_is_a_pipe_holds_nobody() {
    let mut host = Host::new(1);
    host.sh(1, "mkfifo script; chmod +x script");
    let path = host.path("script").display().to_string();
    let start = host.start(2, &[&path]);
    assert!(matches!(host.run(start).exit, Exit::SpawnFailed(_)));
    assert_eq!(host.sh(3, "exit 0").exit, Exit::Exited(0));
}

#[test]
fn what_has_no_environment_any_more_ends_with_its_task_while_another_one_runs() {
    let mut host = Host::new(2);
    other_task(&mut host);
    let hidden = beside("sh -c 'trap \"\" TERM; echo $$ > hidden; while :; do sleep 0.1; done'");
    let ended = host.sh(2, &format!("{hidden}\nwhile [ ! -s hidden ]; do sleep 0.01; done"));
    assert_eq!((ended.exit, ended.left_processes), (Exit::Exited(0), true));
    let pid = fs::read_to_string(host.path("hidden")).unwrap().trim().parse().unwrap();
    assert!(ProcStat::read(pid).is_err(), "it is gone, and reaped");
}

#[test]
fn what_has_no_environment_any_more_is_found_after_the_keepers_death() {
    let mut host = Host::new(1);
    let hidden = beside("sh -c 'echo $$ > hidden; exec sleep 1000'");
    let start = host.start(7, &["sh", "-c", &format!("{hidden}\necho $$ > main; exec sleep 1000")]);
    host.send(&ToKeeper::Start(Box::new(start)));
    let (hidden, _main) = (pid_in(&host.path("hidden")), pid_in(&host.path("main")));
    assert_eq!(attempt_of(hidden.pid, &host.hello.run_id), Some(7));
    assert_eq!(attempt_of(hidden.pid, "another-run"), None);
    // Without the guard, who would be faster.
    let guard = host.guard();
    assert!(signal_process(guard.pid, guard.start_ticks, Signal::KILL).unwrap());
    host.kill_keeper(Signal::KILL);
    host.keeper_is_gone();
    let left = unfinished(&journal_path(&host.run_dir())).unwrap();
    assert!(kill_run(&host.hello.run_id, &left).unwrap() >= 1);
    until("the hidden one is gone", || is_gone(&hidden));
}

#[test]
fn who_lies_about_its_attempt_ends_with_its_own() {
    let mut host = Host::new(2);
    other_task(&mut host);
    let lie = "env MILLRACE_MARK=\"${MILLRACE_MARK%:*}:1\" setsid --fork sh -c 'trap \"\" TERM; echo $$ > liar; while :; do sleep 0.1; done' </dev/null >/dev/null 2>&1";
    let ended = host.sh(2, &format!("{lie}\nwhile [ ! -s liar ]; do sleep 0.01; done"));
    assert!(ended.left_processes);
    let pid = fs::read_to_string(host.path("liar")).unwrap().trim().parse().unwrap();
    assert!(ProcStat::read(pid).is_err());
}

#[test]
fn who_goes_on_without_its_first_thread_is_alive_and_ends_with_its_task() {
    let mut host = Host::new(2);
    other_task(&mut host);
    fs::write(host.path("headless.py"), HEADLESS).unwrap();
    let start = beside("python3 headless.py");
    let script = format!(
        "{start}\nwhile [ ! -s headless ]; do sleep 0.01; done
        until grep -q 'State:.Z' /proc/$(cat headless)/status; do sleep 0.01; done"
    );
    let ended = host.sh(2, &script);
    assert_eq!((ended.exit, ended.left_processes), (Exit::Exited(0), true));
    let pid = fs::read_to_string(host.path("headless")).unwrap().trim().parse().unwrap();
    assert!(ProcStat::read(pid).is_err());
}

#[test]
fn a_chain_of_processes_ends_with_its_task() {
    let mut host = Host::new(2);
    other_task(&mut host);
    fs::write(host.path("chain.py"), CHAIN).unwrap();
    let start = beside("python3 chain.py");
    let begun = Instant::now();
    let ended = host.sh(2, &format!("{start}\nwhile [ ! -s chain ]; do sleep 0.01; done"));
    assert!(ended.left_processes);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let is_left = |pid: u32| {
        fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.ends_with(b"chain.py\0"))
            && fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == host.dir.path())
    };
    let pids = millrace_keeper::identity::process_ids().unwrap();
    assert_eq!(pids.into_iter().filter(|pid| is_left(*pid)).count(), 0);
}

#[test]
fn a_log_that_was_replaced_by_a_pipe_holds_nobody() {
    let mut host = Host::with(|c| {
        c.slots = 1;
        (c.log_head_bytes, c.log_tail_bytes) = (1 << 16, 1 << 17);
    });
    let script = "echo first; until [ -e ../logs/1.log ] || [ -e logs/1.log ]; do sleep 0.01; done
        rm -f logs/1.log; mkfifo logs/1.log; head -c 1000000 /dev/zero";
    let ended = host.sh(1, script);
    assert_eq!(ended.exit, Exit::Exited(0));
    assert!(ended.log_dropped_bytes > 0, "{ended:?}");
    assert!(is_same_process(host.keeper.pid, host.keeper.start_ticks));
}
