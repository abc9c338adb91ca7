//! A daemon for tests: starts a real keeper, talks the real protocol, waits for what it says and never for time.
//! Not a client library: it panics where a daemon would recover.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use millrace_keeper::connect::connect;
use millrace_keeper::identity::{ProcStat, all_processes, is_same_process, signal_process};
use millrace_keeper::journal::{JournalReader, journal_path};
use millrace_keeper::launch::{Launch, Launched};
use millrace_keeper::log::LogReader;
use millrace_keeper::protocol::{
    Configure, Ended, Event, FrameReader, FromKeeper, KeeperHello, Start, Started, ToKeeper,
};
use rustix::process::Signal;

pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Host {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) keeper: Launched,
    pub(crate) hello: KeeperHello,
    stream: UnixStream,
    frames: FrameReader,
    /// Messages seen while looking for another one.
    pub(crate) seen: Vec<FromKeeper>,
}

impl Host {
    pub(crate) fn new(slots: u32) -> Self {
        Self::with(|c| c.slots = slots)
    }

    pub(crate) fn with(change: impl FnOnce(&mut Configure)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let launch = launch(&dir.path().join("run"));
        Self::connected(dir, launch.start().unwrap(), Some(change))
    }

    pub(crate) fn connected(
        dir: tempfile::TempDir,
        keeper: Launched,
        change: Option<impl FnOnce(&mut Configure)>,
    ) -> Self {
        let stream = connect(&keeper.socket).unwrap();
        Self::over(dir, keeper, stream, change)
    }

    pub(crate) fn over(
        dir: tempfile::TempDir,
        keeper: Launched,
        stream: UnixStream,
        change: Option<impl FnOnce(&mut Configure)>,
    ) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut host = Self {
            dir,
            keeper,
            hello: KeeperHello::default(),
            stream,
            frames: FrameReader::default(),
            seen: Vec::new(),
        };
        let FromKeeper::Hello(hello) = host.next() else { panic!("no hello first") };
        host.hello = *hello;
        if let Some(change) = change {
            host.configure(change);
            host.send(&ToKeeper::Resend { after_record: 0 });
        }
        host
    }

    pub(crate) fn configure(&mut self, change: impl FnOnce(&mut Configure)) {
        let mut configure = Configure {
            slots: 2,
            base_env: vec![(OsString::from("PATH"), std::env::var_os("PATH").unwrap())],
            log_dir: self.logs(),
            log_head_bytes: 64 << 20,
            log_tail_bytes: 64 << 20,
            ..Configure::default()
        };
        change(&mut configure);
        self.send(&ToKeeper::Configure(Box::new(configure)));
    }

    /// The process that waits for the keeper's death.
    pub(crate) fn guard(&self) -> ProcStat {
        let whose = format!("--guard\0{}:{}\0", self.keeper.pid, self.keeper.start_ticks);
        let is_it = |p: &ProcStat| {
            let line = std::fs::read(format!("/proc/{}/cmdline", p.pid)).unwrap_or_default();
            line.ends_with(whose.as_bytes())
        };
        let mut found = None;
        until("the keeper has its guard", || {
            found = all_processes().unwrap().into_iter().find(is_it);
            found.is_some()
        });
        found.unwrap()
    }

    /// The daemon dies; a new one connects to the same keeper.
    pub(crate) fn reconnect(&mut self, after_record: u64) {
        self.stream = connect(&self.keeper.socket).unwrap();
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        self.frames = FrameReader::default();
        self.seen.clear();
        let FromKeeper::Hello(hello) = self.next() else { panic!("no hello first") };
        self.hello = *hello;
        self.send(&ToKeeper::Resend { after_record });
    }

    /// The daemon dies.
    pub(crate) fn hang_up(&mut self) {
        self.stream.shutdown(std::net::Shutdown::Both).unwrap();
    }

    pub(crate) fn run_dir(&self) -> PathBuf {
        self.dir.path().join("run")
    }
    pub(crate) fn logs(&self) -> PathBuf {
        self.dir.path().join("logs")
    }
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn send(&mut self, message: &ToKeeper) {
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        self.stream.write_all(&bytes).unwrap();
    }

    pub(crate) fn next(&mut self) -> FromKeeper {
        loop {
            let frame = self.frames.read_frame(&mut self.stream).unwrap().expect("keeper hung up");
            if let Some(message) = FromKeeper::decode(&frame).unwrap() {
                return message;
            }
        }
    }

    /// The next message that `pick` takes; others are put aside.
    pub(crate) fn wait<T>(&mut self, mut pick: impl FnMut(&FromKeeper) -> Option<T>) -> T {
        loop {
            let message = self.next();
            if let Some(found) = pick(&message) {
                return found;
            }
            self.seen.push(message);
        }
    }

    pub(crate) fn started(&mut self, attempt_id: u64) -> Started {
        self.wait(|m| match m {
            FromKeeper::Entry(e) => match &e.event {
                Event::Started(s) if s.attempt_id == attempt_id => Some(*s),
                Event::Ended(e) if e.attempt_id == attempt_id => panic!("not started: {e:?}"),
                _ => None,
            },
            _ => None,
        })
    }

    pub(crate) fn ended(&mut self, attempt_id: u64) -> Ended {
        let earlier = self.seen.iter().position(|m| ended_of(m, attempt_id).is_some());
        if let Some(at) = earlier {
            return ended_of(&self.seen.remove(at), attempt_id).unwrap();
        }
        self.wait(|m| ended_of(m, attempt_id))
    }

    pub(crate) fn start(&self, attempt_id: u64, argv: &[&str]) -> Start {
        Start {
            attempt_id,
            argv: argv.iter().map(OsString::from).collect(),
            cwd: self.dir.path().to_owned(),
            log_path: format!("{attempt_id}.log").into(),
            outputs_path: Some(self.path(&format!("{attempt_id}.out"))),
            grace_ms: 10_000,
            ..Start::default()
        }
    }

    pub(crate) fn run(&mut self, start: Start) -> Ended {
        let attempt_id = start.attempt_id;
        self.send(&ToKeeper::Start(Box::new(start)));
        self.ended(attempt_id)
    }

    pub(crate) fn sh(&mut self, attempt_id: u64, script: &str) -> Ended {
        let start = self.start(attempt_id, &["sh", "-c", script]);
        self.run(start)
    }

    pub(crate) fn log(&self, attempt_id: u64) -> Vec<u8> {
        let reader = LogReader::open(&self.logs().join(format!("{attempt_id}.log"))).unwrap();
        let chunks = reader.read_range(0, usize::MAX).unwrap();
        chunks.into_iter().flat_map(|c| c.bytes).collect()
    }

    pub(crate) fn journal(&self) -> Vec<Event> {
        let reader = JournalReader::open(&journal_path(&self.run_dir())).unwrap();
        reader.map(|e| e.unwrap().event).collect()
    }

    pub(crate) fn kill_keeper(&self, signal: Signal) {
        assert!(signal_process(self.keeper.pid, self.keeper.start_ticks, signal).unwrap());
    }

    pub(crate) fn keeper_is_gone(&self) {
        until("the keeper is gone", || !is_same_process(self.keeper.pid, self.keeper.start_ticks));
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Whatever a failed test left: the keeper is ours, named by pid and start time.
        let _ = signal_process(self.keeper.pid, self.keeper.start_ticks, Signal::TERM);
        let give_up = Instant::now() + Duration::from_secs(12);
        while is_same_process(self.keeper.pid, self.keeper.start_ticks) && Instant::now() < give_up
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = signal_process(self.keeper.pid, self.keeper.start_ticks, Signal::KILL);
    }
}

pub(crate) fn launch(run_dir: &Path) -> Launch {
    Launch {
        program: env!("CARGO_BIN_EXE_millrace-keeper").into(),
        run_dir: run_dir.to_owned(),
        run_id: format!("test-{}", run_dir.parent().unwrap().file_name().unwrap().display()),
        socket: None,
    }
}

fn ended_of(message: &FromKeeper, attempt_id: u64) -> Option<Ended> {
    match message {
        FromKeeper::Entry(e) => match &e.event {
            Event::Ended(e) if e.attempt_id == attempt_id => Some((**e).clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Waits for a state of the outside world that nothing announces.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < give_up, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A pid that a script wrote into a file, once the line is complete.
pub(crate) fn pid_in(path: &Path) -> ProcStat {
    let mut found = None;
    until(&format!("{} names a process", path.display()), || {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        found = text.strip_suffix('\n').and_then(|t| t.trim().parse::<u32>().ok());
        found.is_some()
    });
    ProcStat::read(found.unwrap()).unwrap()
}

pub(crate) fn is_gone(p: &ProcStat) -> bool {
    !is_same_process(p.pid, p.start_ticks)
}
