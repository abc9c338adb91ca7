//! What a task costs through the keeper, against a bare loop of `posix_spawn` in the same run.
//!
//! `cargo run --release -p millrace-keeper --example spawn_bench -- [TASKS] [SLOTS]` (build the binary in release first)
//! prints microseconds a task for both, their ratio, and the keeper's memory. Then the rate at which one task's output
//! goes into its log. Measures only; asserts nothing.

#![expect(clippy::print_stdout, reason = "a command-line tool")]

use std::error::Error;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use millrace_keeper::connect::connect;
use millrace_keeper::launch::Launch;
use millrace_keeper::protocol::{Configure, Event, Exit, FrameReader, FromKeeper, Start, ToKeeper};

type Fallible<T> = Result<T, Box<dyn Error>>;

fn main() -> Fallible<()> {
    let mut args = std::env::args().skip(1);
    let tasks: u64 = args.next().map_or(Ok(2000), |a| a.parse())?;
    let slots: u32 = args.next().map_or(Ok(1), |a| a.parse())?;
    let no_cgroup = std::env::var_os("NO_CGROUP").is_some();
    let dir = tempfile::tempdir()?;
    let program = std::env::current_exe()?
        .parent()
        .and_then(|p| p.parent())
        .ok_or("no target folder")?
        .join("millrace-keeper");
    let launch =
        Launch { program, run_dir: dir.path().join("run"), run_id: "bench".into(), socket: None };
    let keeper = if no_cgroup {
        let output = launch.command().arg("--no-cgroup").output()?;
        launch.parse_ready(&output.stdout).ok_or("the keeper did not start")?
    } else {
        launch.start()?
    };
    let mut stream = connect(&keeper.socket)?;
    let mut bytes = Vec::new();
    let configure = Configure {
        slots,
        log_dir: dir.path().join("logs"),
        log_head_bytes: 64 << 20,
        log_tail_bytes: 64 << 20,
        ..Configure::default()
    };
    ToKeeper::Configure(Box::new(configure)).encode(&mut bytes);
    ToKeeper::Resend { after_record: 0 }.encode(&mut bytes);
    stream.write_all(&bytes)?;
    let mut frames = FrameReader::default();
    let (mut bare, mut kept) = (Vec::new(), Vec::new());
    let mut next_id = 1;
    // In turns, so that a change of the machine's pace meets both.
    for _ in 0..5 {
        bare.push(bare_loop(tasks, slots)?);
        let begun = Instant::now();
        let mut bytes = Vec::new();
        for id in next_id..next_id + tasks {
            let start = Start {
                attempt_id: id,
                argv: vec!["/bin/true".into()],
                cwd: "/".into(),
                log_path: format!("{id}.log").into(),
                outputs_path: Some(dir.path().join("none")),
                ..Start::default()
            };
            ToKeeper::Start(Box::new(start)).encode(&mut bytes);
        }
        stream.write_all(&bytes)?;
        next_id += tasks;
        for _ in 0..tasks {
            ended(&mut stream, &mut frames)?;
        }
        kept.push(begun.elapsed());
    }
    let per_task = |mut all: Vec<Duration>| {
        all.sort_unstable();
        all[all.len() / 2].as_secs_f64() * 1e6 / tasks as f64
    };
    let (bare, kept) = (per_task(bare), per_task(kept));
    println!("{tasks} x /bin/true, {slots} at a time");
    println!("bare posix_spawn {bare:.0} us a task, keeper {kept:.0} us, ratio {:.3}", kept / bare);
    print_memory(keeper.pid)?;
    let mebibytes = 1024_u64;
    let script = format!("exec head -c {} /dev/zero", mebibytes << 20);
    let start = Start {
        attempt_id: next_id,
        argv: vec!["/bin/sh".into(), "-c".into(), script.into()],
        cwd: "/".into(),
        log_path: "big.log".into(),
        ..Start::default()
    };
    let mut bytes = Vec::new();
    ToKeeper::Start(Box::new(start)).encode(&mut bytes);
    let begun = Instant::now();
    stream.write_all(&bytes)?;
    ended(&mut stream, &mut frames)?;
    let rate = mebibytes as f64 * 1.048_576 / begun.elapsed().as_secs_f64();
    println!("one task printing 1 GiB: {rate:.0} MB/s");
    print_memory(keeper.pid)?;
    let mut bytes = Vec::new();
    ToKeeper::Quit.encode(&mut bytes);
    stream.write_all(&bytes)?;
    Ok(())
}

fn bare_loop(tasks: u64, slots: u32) -> Fallible<Duration> {
    let begun = Instant::now();
    let mut running: Vec<Child> = Vec::new();
    for _ in 0..tasks {
        if running.len() as u32 == slots {
            running.remove(0).wait()?;
        }
        // Without `pre_exec` std goes through posix_spawn.
        let mut command = Command::new("/bin/true");
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::null());
        running.push(command.spawn()?);
    }
    for mut child in running {
        child.wait()?;
    }
    Ok(begun.elapsed())
}

fn ended(stream: &mut impl std::io::Read, frames: &mut FrameReader) -> Fallible<()> {
    loop {
        let frame = frames.read_frame(stream)?.ok_or("the keeper hung up")?;
        if let Some(FromKeeper::Entry(entry)) = FromKeeper::decode(&frame)?
            && let Event::Ended(ended) = entry.event
        {
            return if ended.exit == Exit::Exited(0) {
                Ok(())
            } else {
                Err(format!("a task failed: {:?}", ended.exit).into())
            };
        }
    }
}

fn print_memory(pid: u32) -> Fallible<()> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    for line in status.lines().filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM")) {
        println!("keeper {}", line.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
    }
    Ok(())
}
