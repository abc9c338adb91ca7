//! What a keeper promises when things go wrong: stops and time-outs, processes left behind, its own death, the
//! daemon's death, shutdown. Real processes; scripts say when they are ready by writing files.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::{Host, is_gone, launch, pid_in, until};
use millrace_keeper::identity::signal_process;
use millrace_keeper::journal::{journal_path, keeper_is_alive, unfinished};
use millrace_keeper::orphans::kill_run;
use millrace_keeper::protocol::{EndedBy, Event, Exit, FromKeeper, ToKeeper};
use rustix::process::Signal;

#[test]
fn sigterm_then_after_the_grace_sigkill() {
    let mut host = Host::new(1);
    let mut start =
        host.start(1, &["sh", "-c", "trap '' TERM; echo $$ > pid; while :; do sleep 1; done"]);
    start.grace_ms = 200;
    host.send(&ToKeeper::Start(Box::new(start)));
    pid_in(&host.path("pid"));
    let asked = Instant::now();
    host.send(&ToKeeper::Stop { attempt_id: 1, kill: false });
    let ended = host.ended(1);
    assert!(asked.elapsed() >= Duration::from_millis(200), "the grace was given");
    assert_eq!(ended.exit, Exit::Signaled { signal: 9, core: false });
    assert_eq!(ended.ended_by, EndedBy::Stop);
    assert!(ended.killed && !ended.oom);
}

#[test]
fn a_stop_said_again_changes_nothing_and_a_kill_is_at_once() {
    let mut host = Host::new(2);
    let script = "trap 'echo asked >> asked' TERM; echo $$ > pid; while :; do sleep 0.02; done";
    let mut start = host.start(1, &["sh", "-c", script]);
    start.grace_ms = 3_600_000;
    host.send(&ToKeeper::Start(Box::new(start)));
    pid_in(&host.path("pid"));
    host.send(&ToKeeper::Stop { attempt_id: 1, kill: false });
    let asked = host.path("asked");
    let times = || fs::read_to_string(&asked).unwrap_or_default().lines().count();
    until("it was asked to end", || times() == 1);
    // A daemon that took the run over cannot know what the one before it said.
    host.send(&ToKeeper::Stop { attempt_id: 1, kill: false });
    // What comes next is answered: the stop has been dealt with by then.
    let next = host.start(2, &["true"]);
    host.send(&ToKeeper::Start(Box::new(next)));
    host.ended(2);
    assert_eq!(times(), 1);
    host.send(&ToKeeper::Stop { attempt_id: 1, kill: true });
    let ended = host.ended(1);
    assert_eq!((ended.ended_by, ended.killed), (EndedBy::Stop, true));
}

#[test]
fn a_stop_reaches_the_whole_tree_and_lets_it_clean_up() {
    let mut host = Host::new(1);
    let script = "
        setsid sh -c 'trap \"echo bye > other; exit\" TERM; echo $$ > inner; while :; do sleep 0.02; done' &
        while [ ! -s inner ]; do sleep 0.01; done; echo $$ > pid; wait";
    let start = host.start(1, &["sh", "-c", script]);
    host.send(&ToKeeper::Start(Box::new(start)));
    pid_in(&host.path("pid"));
    let inner = pid_in(&host.path("inner"));
    host.send(&ToKeeper::Stop { attempt_id: 1, kill: false });
    let ended = host.ended(1);
    assert_eq!(ended.exit, Exit::Signaled { signal: 15, core: false });
    assert!(is_gone(&inner));
    assert_eq!(fs::read_to_string(host.path("other")).unwrap(), "bye\n");
    assert!(!ended.killed);
}

#[test]
fn a_time_out_is_told_apart_even_when_the_task_exits_well() {
    let mut host = Host::new(1);
    let mut start =
        host.start(1, &["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.01; done"]);
    start.timeout_ms = 300;
    let ended = host.run(start);
    assert_eq!((ended.exit, ended.ended_by), (Exit::Exited(0), EndedBy::TimeOut));
    assert!(ended.duration_us >= 300_000);
}

#[test]
fn grandchildren_left_by_a_good_exit_are_killed_and_flagged() {
    let mut host = Host::new(2);
    let ended = host.sh(1, "sleep 1000 >/dev/null 2>&1 & echo $! > left");
    assert_eq!(ended.exit, Exit::Exited(0));
    assert!(ended.left_processes);
    let pid: u32 = fs::read_to_string(host.path("left")).unwrap().trim().parse().unwrap();
    assert!(millrace_keeper::identity::ProcStat::read(pid).is_err());
    assert!(!host.sh(2, "sleep 0.02 & wait").left_processes);
}

#[test]
fn the_end_of_a_shells_pipe_may_take_a_moment_and_is_no_stray() {
    let mut host = Host::new(1);
    let start = host.start(1, &["bash", "-c", "exec > >(sleep 0.05; cat); echo through"]);
    let ended = host.run(start);
    assert!(!ended.left_processes, "{ended:?}");
    assert_eq!(host.log(1), b"through\n");
}

#[test]
fn a_daemonised_grandchild_that_holds_the_pipe_does_not_hold_the_task() {
    let mut host = Host::new(2);
    // Out of session and group, deaf to SIGTERM, without the mark in its environment; while another task runs.
    let other = host.start(1, &["sleep", "1000"]);
    host.send(&ToKeeper::Start(Box::new(other)));
    let script = "env -i PATH=\"$PATH\" setsid --fork sh -c 'trap \"\" TERM; echo $$ > stray; while :; do sleep 0.1; done'
        while [ ! -s stray ]; do sleep 0.01; done";
    let begun = Instant::now();
    let ended = host.sh(2, script);
    assert_eq!(ended.exit, Exit::Exited(0));
    assert!(ended.left_processes);
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
    let stray = fs::read_to_string(host.path("stray")).unwrap();
    until("the stray is gone", || {
        millrace_keeper::identity::ProcStat::read(stray.trim().parse().unwrap()).is_err()
    });
    host.send(&ToKeeper::StopAll { kill: true });
    assert_eq!(host.ended(1).exit, Exit::Signaled { signal: 9, core: false });
}

#[test]
fn a_silent_daemonised_grandchild_is_found_while_other_tasks_run() {
    let mut host = Host::new(2);
    let other = host.start(1, &["sleep", "1000"]);
    host.send(&ToKeeper::Start(Box::new(other)));
    let stray_of = |host: &mut Host, id: u64| {
        let script = format!(
            "setsid --fork sh -c 'echo $$ > stray{id}; exec sleep 1000' >/dev/null 2>&1
             while [ ! -s stray{id} ]; do sleep 0.01; done"
        );
        host.sh(id, &script);
        host.path(&format!("stray{id}"))
    };
    for id in 2..6 {
        let path = stray_of(&mut host, id);
        let pid: u32 = fs::read_to_string(path).unwrap().trim().parse().unwrap();
        until("the stray is gone", || millrace_keeper::identity::ProcStat::read(pid).is_err());
    }
}

#[test]
fn a_fork_bomb_ends_with_its_task() {
    let mut host = Host::new(1);
    let script = "ulimit -u 400 2>/dev/null; n=0; echo $$ > pid
        bomb() { n=$((n+1)); [ $n -gt 6 ] && exec sleep 1000; bomb & bomb & wait; }; bomb";
    let mut start = host.start(1, &["bash", "-c", script]);
    start.grace_ms = 0;
    host.send(&ToKeeper::Start(Box::new(start)));
    let started = host.started(1);
    pid_in(&host.path("pid"));
    host.send(&ToKeeper::Stop { attempt_id: 1, kill: true });
    assert_eq!(host.ended(1).exit, Exit::Signaled { signal: 9, core: false });
    let left = millrace_keeper::identity::all_processes().unwrap();
    assert!(!left.iter().any(|p| p.sid == started.pid && !p.is_dead()));
}

#[test]
fn a_killed_keeper_takes_its_tasks_along_and_the_rest_is_cleaned_up() {
    let mut host = Host::new(1);
    let script = "setsid sh -c 'echo $$ > far; exec sleep 1000' &
        sleep 1000 & echo $! > near; while [ ! -s far ]; do sleep 0.01; done; echo $$ > pid; wait";
    let start = host.start(1, &["sh", "-c", script]);
    host.send(&ToKeeper::Start(Box::new(start)));
    let (pid, near, far) =
        (pid_in(&host.path("pid")), pid_in(&host.path("near")), pid_in(&host.path("far")));
    let journal = journal_path(&host.run_dir());
    assert!(keeper_is_alive(&journal).unwrap());
    host.kill_keeper(Signal::KILL);
    host.keeper_is_gone();
    until("the task dies with its keeper", || is_gone(&pid));
    assert!(!keeper_is_alive(&journal).unwrap());
    let left = unfinished(&journal).unwrap();
    assert_eq!(left.started.len(), 1);
    assert_eq!(left.started[0].attempt_id, 1);
    assert_eq!(left.keeper.as_ref().unwrap().pid, host.keeper.pid);
    kill_run(&host.hello.run_id, &left).unwrap();
    until("near is gone", || is_gone(&near));
    until("far is gone", || is_gone(&far));
    // A second keeper takes up the run and continues the numbering.
    let again = launch(&host.run_dir()).start().unwrap();
    host.keeper = again;
    host.reconnect(0);
    assert_eq!(host.hello.last_record, left.last_record + 1);
}

#[test]
fn what_a_killed_keeper_leaves_dies_without_a_daemon() {
    let mut host = Host::new(1);
    let script = "setsid sh -c 'echo $$ > far; exec sleep 1000' &
        sleep 1000 & echo $! > near; while [ ! -s far ]; do sleep 0.01; done; echo $$ > pid; wait";
    let start = host.start(1, &["sh", "-c", script]);
    host.send(&ToKeeper::Start(Box::new(start)));
    pid_in(&host.path("pid"));
    let (near, far) = (pid_in(&host.path("near")), pid_in(&host.path("far")));
    let guard = host.guard();
    host.kill_keeper(Signal::KILL);
    until("near is gone", || is_gone(&near));
    until("far is gone", || is_gone(&far));
    until("the guard is gone", || is_gone(&guard));
}

#[test]
fn a_guard_leaves_with_its_keeper_and_touches_nobody_of_the_next() {
    let mut host = Host::new(1);
    let guard = host.guard();
    // It stands still until the next keeper of the run works already.
    signal_process(guard.pid, guard.start_ticks, Signal::STOP).unwrap();
    host.kill_keeper(Signal::KILL);
    host.keeper_is_gone();
    host.keeper = launch(&host.run_dir()).start().unwrap();
    host.reconnect(0);
    host.configure(|_| {});
    let start = host.start(1, &["sh", "-c", "echo $$ > pid; exec sleep 1000"]);
    host.send(&ToKeeper::Start(Box::new(start)));
    let task = pid_in(&host.path("pid"));
    signal_process(guard.pid, guard.start_ticks, Signal::CONT).unwrap();
    until("the first guard is gone", || is_gone(&guard));
    assert!(!is_gone(&task));

    let guard = host.guard();
    host.send(&ToKeeper::Quit);
    until("the second guard is gone", || is_gone(&guard));
}

#[test]
fn when_the_daemon_dies_tasks_go_on_and_the_next_one_gets_every_result() {
    let mut host = Host::new(2);
    for id in 1..=2 {
        let script =
            format!("echo ready > r{id}; while [ ! -e go ]; do sleep 0.01; done; echo {id}");
        let start = host.start(id, &["sh", "-c", &script]);
        host.send(&ToKeeper::Start(Box::new(start)));
    }
    let third = host.start(3, &["sh", "-c", "echo three > third"]);
    host.send(&ToKeeper::Start(Box::new(third)));
    let first = host.started(1);
    host.started(2);
    host.hang_up();
    fs::write(host.path("go"), "").unwrap();
    until("the queue was worked off without a daemon", || host.path("third").exists());
    host.reconnect(2);
    for id in 1..=3 {
        assert_eq!(host.ended(id).exit, Exit::Exited(0));
    }
    assert_eq!(host.log(1), b"1\n");
    // From the beginning again, as a daemon with an empty store would.
    host.reconnect(0);
    assert_eq!(host.hello.running, Vec::<u64>::new());
    let again = host.started(1);
    assert_eq!(again, first);
    let last = host.wait(|m| match m {
        FromKeeper::CaughtUp { record } => Some(*record),
        _ => None,
    });
    assert_eq!(last, host.hello.last_record);
}

#[test]
fn a_new_daemon_replaces_one_that_hangs() {
    let mut host = Host::new(1);
    let start = host.start(1, &["touch", "started"]);
    host.send(&ToKeeper::Start(Box::new(start)));
    // An order that is still on its way goes with its connection, and the next daemon gives it again.
    until("it was started", || host.path("started").exists());
    // The old connection is never read again.
    host.reconnect(0);
    assert_eq!(host.ended(1).exit, Exit::Exited(0));
    assert!(host.hello.configured);
}

#[test]
fn a_shutdown_stops_the_tasks_and_calls_them_lost() {
    let mut host = Host::new(1);
    let start = host
        .start(1, &["sh", "-c", "trap 'exit 0' TERM; echo $$ > pid; while :; do sleep 0.01; done"]);
    let queued = host.start(2, &["true"]);
    host.send(&ToKeeper::Start(Box::new(start)));
    host.send(&ToKeeper::Start(Box::new(queued)));
    let task = pid_in(&host.path("pid"));
    host.kill_keeper(Signal::TERM);
    let ended = host.ended(1);
    assert_eq!(ended.exit, Exit::Lost { reason: "shutdown".to_owned() });
    assert_eq!(ended.ended_by, EndedBy::Shutdown);
    host.keeper_is_gone();
    assert!(is_gone(&task));
    assert!(!host.keeper.socket.exists());
    let journal = host.journal();
    assert!(matches!(journal.last(), Some(Event::Leaving(l)) if l.reason == "shutdown"));
    assert!(!journal.iter().any(|e| matches!(e, Event::Started(s) if s.attempt_id == 2)));
}

#[test]
fn quit_ends_everything_and_removes_the_socket() {
    let mut host = Host::new(1);
    let ended = host.sh(1, "true");
    assert_eq!(ended.exit, Exit::Exited(0));
    host.send(&ToKeeper::Quit);
    host.keeper_is_gone();
    assert!(!host.keeper.socket.exists());
    assert!(matches!(host.journal().last(), Some(Event::Leaving(l)) if l.reason == "quit"));
}

#[test]
fn terminal_signals_do_not_reach_the_keeper() {
    let mut host = Host::new(1);
    for signal in [Signal::INT, Signal::HUP, Signal::PIPE] {
        host.kill_keeper(signal);
    }
    assert_eq!(host.sh(1, "true").exit, Exit::Exited(0));
}

#[test]
fn a_second_keeper_for_the_same_run_is_refused() {
    let host = Host::new(1);
    let error = launch(&host.run_dir()).start().unwrap_err();
    assert!(error.to_string().contains("already works"), "{error}");
}

#[test]
fn a_socket_path_beyond_107_bytes_works() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("d".repeat(90)).join("e".repeat(60));
    fs::create_dir_all(&deep).unwrap();
    let mut launch = launch(&dir.path().join("run"));
    launch.socket = Some(deep.join("keeper.sock"));
    let keeper = launch.start().unwrap();
    let mut host = Host::connected(dir, keeper, Some(|_: &mut _| ()));
    assert_eq!(host.sh(1, "true").exit, Exit::Exited(0));
}

#[test]
fn nonsense_on_the_socket_costs_the_connection_and_nothing_else() {
    use std::io::{Read, Write};
    let mut host = Host::new(1);
    let mut stranger = millrace_keeper::connect::connect(&host.keeper.socket).unwrap();
    stranger.write_all(&[0xff; 64]).unwrap();
    let mut rest = Vec::new();
    stranger.read_to_end(&mut rest).unwrap();
    host.reconnect(0);
    // An unknown kind is skipped.
    host.send(&ToKeeper::SetSlots { slots: 1 });
    assert_eq!(host.sh(1, "true").exit, Exit::Exited(0));
}

#[test]
fn a_full_disk_under_a_log_stops_nothing_and_is_told() {
    let mut host = Host::new(1);
    fs::create_dir(host.logs()).unwrap();
    std::os::unix::fs::symlink("/dev/full", host.logs().join("1.log")).unwrap();
    let ended = host.sh(1, "echo out; { head -c 300000 /dev/zero; echo; echo done; } >&2");
    assert_eq!(ended.exit, Exit::Exited(0));
    assert_eq!((ended.stdout_bytes, ended.stderr_bytes), (4, 300_006));
    assert_eq!(ended.log_dropped_bytes, 300_010);
    assert_eq!(ended.last_line().unwrap(), "done");
}

#[test]
fn an_inherited_socket_is_the_first_connection() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    rustix::io::fcntl_setfd(&theirs, rustix::io::FdFlags::empty()).unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&theirs).to_string();
    let launch = launch(&dir.path().join("run"));
    let output = launch.command().args(["--fd", &number]).output().unwrap();
    drop(theirs);
    let keeper = launch.parse_ready(&output.stdout).unwrap();
    let mut host = Host::over(dir, keeper, ours, Some(|_: &mut _| ()));
    assert_eq!(host.hello.pid, host.keeper.pid);
    assert_eq!(host.sh(1, "true").exit, Exit::Exited(0));
    host.reconnect(0);
    assert_eq!(host.ended(1).exit, Exit::Exited(0));
}

#[test]
fn a_keeper_that_nobody_needs_leaves_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let launch = launch(&dir.path().join("run"));
    let output = launch.command().args(["--idle-exit-secs", "1"]).output().unwrap();
    let keeper = launch.parse_ready(&output.stdout).unwrap();
    let mut host = Host::connected(dir, keeper, Some(|_: &mut _| ()));
    assert_eq!(host.sh(1, "true").exit, Exit::Exited(0));
    host.hang_up();
    host.keeper_is_gone();
    assert!(matches!(host.journal().last(), Some(Event::Leaving(l)) if l.reason == "idle"));
}
