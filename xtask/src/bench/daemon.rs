//! A daemon of release programs with a home of its own, and what it costs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::display::poll;

/// Clock ticks a second in /proc (USER_HZ, the same on all Linux architectures that we build for).
const TICKS_A_SECOND: f64 = 100.0;

/// A daemon, until it is dropped.
pub(super) struct Daemon {
    child: Child,
    program: PathBuf,
    home: PathBuf,
}

impl Daemon {
    /// Starts one in the foreground and waits until it answers.
    pub(super) fn start(program: &Path, home: &Path) -> anyhow::Result<Self> {
        Self::start_with(program, home, "")
    }

    /// The same with more tables of settings.
    pub(super) fn start_with(program: &Path, home: &Path, more: &str) -> anyhow::Result<Self> {
        fs::create_dir_all(home)?;
        let settings = format!("parallel_tasks = 2\n[notify]\ndesktop = false\n{more}");
        fs::write(home.join("config.toml"), settings)?;
        let child = Command::new(program)
            .args(["daemon", "--foreground"])
            .env("MILLRACE_HOME", home)
            .env("MILLRACE_LOG", "warn")
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut daemon = Self { child, program: program.to_owned(), home: home.to_owned() };
        poll("the daemon to answer", || {
            if let Some(status) = daemon.child.try_wait()? {
                bail!("the daemon ended at once: {status}");
            }
            let mut status = daemon.millrace(&["daemon", "status"]);
            let status = status.stdout(Stdio::null()).status()?;
            Ok(status.success().then_some(()))
        })?;
        Ok(daemon)
    }

    /// The command line, talking to this daemon.
    pub(super) fn millrace(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).env("MILLRACE_HOME", &self.home);
        command
    }

    /// The largest memory that it ever had, in MiB.
    pub(super) fn peak_mib(&self) -> anyhow::Result<f64> {
        memory_mib(self.child.id(), "VmHWM:")
    }

    /// Its memory now, in MiB.
    pub(super) fn memory_mib(&self) -> anyhow::Result<f64> {
        memory_mib(self.child.id(), "VmRSS:")
    }

    /// Its processor time while so much time goes by, in per cent of a core.
    pub(super) fn load_during(&self, time: Duration) -> anyhow::Result<f64> {
        let before = self.cpu_ticks()?;
        // The figure is the processor time of these seconds.
        std::thread::sleep(time);
        let used = (self.cpu_ticks()? - before) as f64 / TICKS_A_SECOND;
        Ok(100.0 * used / time.as_secs_f64())
    }

    /// Its processor time so far, in clock ticks.
    fn cpu_ticks(&self) -> anyhow::Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, rest) = stat.rsplit_once(')').context("an odd /proc/PID/stat")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        // utime and stime are fields 14 and 15 of proc(5); two are before the closing bracket.
        let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<u64>().ok());
        ticks(11).zip(ticks(12)).map(|(user, system)| user + system).context("no times in stat")
    }

    /// Waits until what its start and its first questions left to do is done.
    pub(super) fn wait_for_rest(&self) -> anyhow::Result<()> {
        let mut before = self.cpu_ticks()?;
        poll("the daemon to rest", || {
            std::thread::sleep(Duration::from_secs(2));
            let used = self.cpu_ticks()?;
            Ok((std::mem::replace(&mut before, used) == used).then_some(()))
        })
    }

    /// The largest memory of its keepers that live now, in MiB.
    pub(super) fn keepers_peak_mib(&self) -> f64 {
        let Ok(processes) = fs::read_dir("/proc") else { return 0.0 };
        let home = self.home.display().to_string();
        processes
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
            .filter(|pid| {
                let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                let line = String::from_utf8_lossy(&line);
                line.contains("millrace-keeper") && line.contains(&home)
            })
            .filter_map(|pid| memory_mib(pid, "VmHWM:").ok())
            .fold(0.0, f64::max)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let stopped = self.millrace(&["daemon", "stop"]).stdout(Stdio::null()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            // It does not listen to us any more.
            let _ended = self.child.kill();
        }
        let _reaped = self.child.wait();
    }
}

fn memory_mib(pid: u32, key: &str) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line =
        status.lines().find_map(|line| line.strip_prefix(key)).context("no memory in status")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}
