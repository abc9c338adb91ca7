//! What a keeper promises of a task's start and end, with real processes: exits, signals, starts that fail, output,
//! environment, standard input.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Host, is_gone, pid_in, until};
use millrace_keeper::identity::ProcStat;
use millrace_keeper::log::{LogReader, Stream};
use millrace_keeper::protocol::{EndedBy, Event, Exit, FromKeeper, SpawnFailed, ToKeeper};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

fn spawn_failure(exit: &Exit) -> &SpawnFailed {
    match exit {
        Exit::SpawnFailed(f) => f,
        other => panic!("ran: {other:?}"),
    }
}

#[test]
fn a_task_runs_and_everything_about_it_is_told() {
    let mut host = Host::new(2);
    let ended = host.sh(7, "echo out; echo err >&2; echo '{\"rows\": 3}' > 7.out");
    assert_eq!(ended.exit, Exit::Exited(0));
    assert_eq!(ended.ended_by, EndedBy::Itself);
    assert!(!ended.left_processes && !ended.killed && !ended.oom);
    assert_eq!((ended.stdout_bytes, ended.stderr_bytes), (4, 4));
    assert_eq!(ended.outputs, b"{\"rows\": 3}\n");
    assert!(ended.started_us > 0 && ended.ended_us >= ended.started_us);
    assert!(ended.max_rss_bytes > 100_000);
    let reader = LogReader::open(&host.logs().join("7.log")).unwrap();
    let chunks = reader.read_range(0, 1000).unwrap();
    let of = |s| chunks.iter().filter(|c| c.stream == s).flat_map(|c| c.bytes.clone()).collect();
    let (out, err): (Vec<u8>, Vec<u8>) = (of(Stream::Stdout), of(Stream::Stderr));
    assert_eq!((out.as_slice(), err.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
    assert!(chunks.iter().all(|c| c.at_us >= ended.started_us));
}

#[test]
fn a_silent_task_leaves_no_log_file() {
    let mut host = Host::new(1);
    let start = host.start(1, &["true"]);
    assert_eq!(host.run(start).exit, Exit::Exited(0));
    assert!(!host.logs().exists());
}

#[test]
fn signal_9_is_told_apart_from_exit_code_137() {
    let mut host = Host::new(2);
    assert_eq!(host.sh(1, "exit 137").exit, Exit::Exited(137));
    let killed = host.sh(2, "kill -9 $$");
    assert_eq!(killed.exit, Exit::Signaled { signal: 9, core: false });
    assert!(!killed.oom, "nobody ran out of memory");
    assert_eq!(host.sh(3, "kill -15 $$").exit, Exit::Signaled { signal: 15, core: false });
}

#[test]
fn starts_that_cannot_succeed_name_the_path() {
    let mut host = Host::new(1);
    let here = host.dir.path().to_owned();

    let mut start = host.start(1, &["true"]);
    start.cwd = here.join("no-such-folder");
    let ended = host.run(start);
    let failed = spawn_failure(&ended.exit);
    assert_eq!((failed.errno, failed.path.clone()), (libc_enoent(), here.join("no-such-folder")));
    assert!(failed.what.contains("working folder"), "{failed}");

    let start = host.start(2, &["no-such-program"]);
    let ended = host.run(start);
    let failed = spawn_failure(&ended.exit);
    assert!(failed.path.ends_with("no-such-program") && failed.what.contains("PATH"), "{failed}");

    fs::write(here.join("plain.sh"), "echo hi\n").unwrap();
    let start = host.start(3, &["./plain.sh"]);
    let ended = host.run(start);
    let failed = spawn_failure(&ended.exit);
    assert!(failed.what.contains("not executable"), "{failed}");
    assert!(failed.path.ends_with("plain.sh"), "{failed}");

    script(&here.join("bad.sh"), "#!/no/such/interpreter -x\n");
    let start = host.start(4, &["./bad.sh"]);
    let ended = host.run(start);
    let failed = spawn_failure(&ended.exit);
    assert!(failed.what.contains("/no/such/interpreter"), "{failed}");

    script(&here.join("noexec"), "just text\n");
    let start = host.start(5, &["./noexec"]);
    let ended = host.run(start);
    assert!(spawn_failure(&ended.exit).what.contains("#!"));

    let long = "x".repeat(4 << 20);
    let start = host.start(6, &["true", &long]);
    let ended = host.run(start);
    let failed = spawn_failure(&ended.exit);
    assert!(failed.what.contains("too long") && failed.path.ends_with("true"), "{failed}");

    let start = host.start(7, &["/tmp"]);
    let ended = host.run(start);
    assert!(spawn_failure(&ended.exit).what.contains("folder"));

    let mut start = host.start(8, &["true"]);
    start.argv.clear();
    let ended = host.run(start);
    assert!(spawn_failure(&ended.exit).what.contains("empty"));

    assert!(!host.journal().iter().any(|e| matches!(e, Event::Started(_))));
}

fn libc_enoent() -> i32 {
    rustix::io::Errno::NOENT.raw_os_error()
}

fn script(path: &std::path::Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_program_that_is_being_written_is_started_when_it_is_done() {
    let mut host = Host::new(1);
    let program = host.path("tool");
    fs::copy("/bin/true", &program).unwrap();
    let writer = fs::OpenOptions::new().write(true).open(&program).unwrap();
    let start = host.start(1, &["./tool"]);
    host.send(&ToKeeper::Start(Box::new(start)));
    let delayed = host.wait(|m| match m {
        FromKeeper::Delayed(d) => Some(d.clone()),
        _ => None,
    });
    assert!(delayed.attempt_id == 1 && delayed.what.contains("written"), "{delayed:?}");
    drop(writer);
    assert_eq!(host.ended(1).exit, Exit::Exited(0));
}

#[test]
fn too_few_file_descriptors_delay_a_start_and_use_up_no_attempt() {
    let dir = tempfile::tempdir().unwrap();
    let launch = crate::support::launch(&dir.path().join("run"));
    let keeper = format!("{:?}", launch.program);
    let (run_dir, run_id) = (&launch.run_dir, &launch.run_id);
    let script = format!("ulimit -n 20; exec {keeper} --dir {run_dir:?} --run {run_id}");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    let ready = launch.parse_ready(&output.stdout).unwrap();
    let mut host = Host::connected(dir, ready, Some(|c: &mut _| slots(c, 8)));
    // Each holds its pipes until the file is there; together they need more descriptors than there are.
    for id in 1..=6 {
        let script = "while [ ! -e go ]; do read -t 0.01 x < /dev/zero || :; done 2>/dev/null";
        let start = host.start(id, &["bash", "-c", script]);
        host.send(&ToKeeper::Start(Box::new(start)));
    }
    let delayed = host.wait(|m| match m {
        FromKeeper::Delayed(d) => Some(d.clone()),
        _ => None,
    });
    assert_eq!(delayed.errno, rustix::io::Errno::MFILE.raw_os_error());
    fs::write(host.path("go"), "").unwrap();
    for id in 1..=6 {
        assert_eq!(host.ended(id).exit, Exit::Exited(0), "{id}");
    }
    let starts = host.journal().iter().filter(|e| matches!(e, Event::Started(_))).count();
    assert_eq!(starts, 6);
}

fn slots(c: &mut millrace_keeper::protocol::Configure, n: u32) {
    c.slots = n;
}

#[test]
fn standard_input_is_at_its_end_and_output_keeps_every_byte() {
    let mut host = Host::new(1);
    assert_eq!(host.sh(1, "cat; echo $?").stdout_bytes, 2);
    let start = host.start(
        2,
        &["python3", "-c", "import os; os.write(1, bytes(range(256)) + b'\\x1b[31m\\xff\\xfe')"],
    );
    assert_eq!(host.run(start).exit, Exit::Exited(0));
    let mut expected: Vec<u8> = (0..=255).collect();
    expected.extend_from_slice(b"\x1b[31m\xff\xfe");
    assert_eq!(host.log(2), expected);
}

#[test]
fn the_environment_is_the_base_with_the_tasks_own_on_top_and_nothing_of_the_keepers() {
    let mut host = Host::with(|c| {
        c.base_env.push(("A".into(), "base".into()));
        c.base_env.push(("B".into(), "base".into()));
    });
    let mut start = host.start(1, &["env"]);
    start.env = vec![("A".into(), "own".into()), ("C".into(), OsString::from("x=y z"))];
    host.run(start);
    let text = String::from_utf8(host.log(1)).unwrap();
    let mut vars: Vec<_> = text.lines().filter(|l| !l.starts_with("PATH=")).collect();
    vars.sort_unstable();
    let mark = format!("MILLRACE_MARK={}:1", host.hello.run_id);
    assert_eq!(vars, ["A=own", "B=base", "C=x=y z", &mark]);
}

#[test]
fn a_task_gets_default_signals_no_foreign_descriptors_and_its_own_session() {
    let mut host = Host::new(1);
    // The fourth is the folder that `ls` reads.
    host.sh(2, "exec ls /proc/self/fd");
    assert_eq!(host.log(2), b"0\n1\n2\n3\n");
    let start = host.start(
        1,
        &[
            "python3",
            "-c",
            "
import os
print(os.getsid(0) == os.getpid() == os.getpgid(0))
status = open('/proc/self/status').read()
print([l for l in status.splitlines() if l.startswith(('SigBlk', 'SigIgn'))])
",
        ],
    );
    host.run(start);
    let text = String::from_utf8(host.log(1)).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "True");
    // Python itself ignores SIGPIPE (13) and SIGXFSZ (25).
    assert_eq!(lines[1], r"['SigBlk:\t0000000000000000', 'SigIgn:\t0000000001001000']");
}

#[test]
fn slots_bound_what_runs_at_once_and_the_queue_keeps_its_order() {
    let mut host = Host::new(1);
    for id in 1..=20 {
        let start = host.start(id, &["true"]);
        host.send(&ToKeeper::Start(Box::new(start.clone())));
        host.send(&ToKeeper::Start(Box::new(start)));
    }
    host.ended(20);
    let mut order = Vec::new();
    for event in host.journal() {
        match event {
            Event::Started(s) => order.push((s.attempt_id, true)),
            Event::Ended(e) => order.push((e.attempt_id, false)),
            _ => {}
        }
    }
    let expected: Vec<_> = (1..=20).flat_map(|id| [(id, true), (id, false)]).collect();
    assert_eq!(order, expected, "a repeated start counts once");
}

#[test]
fn what_has_not_started_can_be_recalled_and_sent_again() {
    let mut host = Host::new(0);
    for id in 1..=3 {
        let start = host.start(id, &["true"]);
        host.send(&ToKeeper::Start(Box::new(start)));
    }
    host.send(&ToKeeper::Recall { attempt_ids: vec![2, 3, 99] });
    let recalled = host.wait(|m| match m {
        FromKeeper::Recalled { attempt_ids } => Some(attempt_ids.clone()),
        _ => None,
    });
    assert_eq!(recalled, [2, 3]);
    let again = host.start(3, &["true"]);
    host.send(&ToKeeper::Start(Box::new(again)));
    host.send(&ToKeeper::SetSlots { slots: 1 });
    host.ended(1);
    host.ended(3);
    assert!(!host.journal().iter().any(|e| matches!(e, Event::Started(s) if s.attempt_id == 2)));
}

#[test]
fn there_are_no_zombies() {
    let mut host = Host::new(4);
    for id in 1..=50 {
        let start = host.start(id, &["sh", "-c", "(true &) ; exit 0"]);
        host.send(&ToKeeper::Start(Box::new(start)));
    }
    for id in 1..=50 {
        host.ended(id);
    }
    let keeper = host.keeper.pid;
    until("all children are reaped", || {
        let all = millrace_keeper::identity::all_processes().unwrap();
        !all.iter().any(|p: &ProcStat| p.ppid == keeper)
    });
}

#[test]
fn outputs_that_are_no_file_are_not_waited_for() {
    let mut host = Host::new(1);
    for (id, make) in [(1, "mkfifo 1.out"), (2, "mkdir 2.out")] {
        let ended = host.sh(id, make);
        assert!(ended.outputs_too_large && ended.outputs.is_empty(), "{make}");
    }
    assert_eq!(host.sh(3, "echo '{}' > 3.out").outputs, b"{}\n");
}

#[test]
fn outputs_wait_until_the_keeper_has_descriptors_again() {
    let mut host = Host::new(1);
    assert_eq!(host.sh(7, "true").exit, Exit::Exited(0));
    let open = format!("/proc/{}/fd", host.keeper.pid);
    let free = (0..).find(|fd| !Path::new(&open).join(fd.to_string()).is_symlink()).unwrap();
    let script =
        "echo '{\"rows\": 3}' > 1.out; echo $$ > pid; until [ -e gate ]; do sleep 0.01; done";
    host.send(&ToKeeper::Start(Box::new(host.start(1, &["sh", "-c", script]))));
    host.started(1);
    let task = pid_in(&host.path("pid"));
    let keeper = Pid::from_raw(host.keeper.pid.cast_signed());
    // Those that it has for this task, and no other, are beyond the limit: once given back they are of no use.
    let none_left = Rlimit { current: Some(free), ..getrlimit(Resource::Nofile) };
    let plenty = prlimit(keeper, Resource::Nofile, none_left).unwrap();
    fs::write(host.path("gate"), "").unwrap();
    until("it is reaped", || is_gone(&task));
    // Its slot stays taken. What is answered now was asked after the keeper knew of the exit.
    for queued in [8, 9] {
        host.send(&ToKeeper::Start(Box::new(host.start(queued, &["true"]))));
        host.send(&ToKeeper::Recall { attempt_ids: vec![queued] });
        let answer = host.next();
        let is_recalled =
            matches!(&answer, FromKeeper::Recalled { attempt_ids } if *attempt_ids == [queued]);
        assert!(is_recalled, "{answer:?}");
    }
    prlimit(keeper, Resource::Nofile, plenty).unwrap();
    let ended = host.ended(1);
    assert!(!ended.outputs_too_large, "{ended:?}");
    assert_eq!(ended.outputs, b"{\"rows\": 3}\n");
}

#[test]
fn large_outputs_are_refused_as_such_and_artifacts_noticed() {
    let mut host = Host::new(1);
    let ended = host.sh(1, "head -c 1048577 /dev/zero > 1.out");
    assert!(ended.outputs_too_large && ended.outputs.is_empty());
    let ended = host.sh(2, "head -c 1048576 /dev/zero > 2.out");
    assert!(!ended.outputs_too_large);
    assert_eq!(ended.outputs.len(), 1 << 20);
    let mut start = host.start(3, &["true"]);
    start.artifacts_dir = Some(host.path("artifacts/3"));
    assert!(!host.run(start).has_artifacts);
    assert!(!host.path("artifacts/3").exists());
    let mut start = host.start(4, &["touch", "artifacts/4/report.html"]);
    start.artifacts_dir = Some(host.path("artifacts/4"));
    assert!(host.run(start).has_artifacts);
    assert!(host.path("artifacts/4/report.html").exists());
}
