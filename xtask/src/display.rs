//! A virtual display of our own: X server, session bus and window manager, gone when dropped.
//!
//! Every display gets a number the X server picks itself, and every bus an address of its own, so that several
//! can run at once and none of them is the user's. Only processes started here are ever stopped.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::process::run;

/// How long a helper process may take until it answers.
const DEADLINE: Duration = Duration::from_secs(20);

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a size; write it like 1280x800");
        let (width, height) = text.split_once('x').ok_or_else(wrong)?;
        let number = |word: &str| match word.parse() {
            Ok(number) if (200..=8192).contains(&number) => Ok(number),
            _ => Err(wrong()),
        };
        Ok(Self { width: number(width)?, height: number(height)? })
    }
}

/// A running virtual display with its session bus and window manager.
#[derive(Debug)]
pub struct Display {
    name: String,
    bus: String,
    // Stopped in this order: clients before the server.
    _window_manager: Owned,
    _bus: Owned,
    _server: Owned,
}

impl Display {
    /// Starts a display of this size and waits until windows can be opened on it.
    ///
    /// # Errors
    /// When one of the programs is missing or does not come up.
    pub fn start(size: Size) -> anyhow::Result<Self> {
        let (server, name) = start_server(size)?;
        let (bus_process, bus) = start_bus()?;
        let mut openbox = Command::new("openbox");
        openbox.env("DISPLAY", &name).stdin(Stdio::null()).stderr(Stdio::null());
        let window_manager = Owned::start(&mut openbox)?;
        let display =
            Self { name, bus, _window_manager: window_manager, _bus: bus_process, _server: server };
        display.await_window_manager()?;
        Ok(display)
    }

    /// A command whose windows open here and whose notifications go to this display's own bus.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env("DISPLAY", &self.name)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("GDK_BACKEND", "x11")
            .env_remove("WAYLAND_DISPLAY")
            // No accessibility bus: GTK would wait for one to be started.
            .env("NO_AT_BRIDGE", "1");
        command
    }

    /// Writes what the whole display shows into a PNG file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn screenshot(&self, file: &Path) -> anyhow::Result<()> {
        run(self.command("import").args(["-window", "root"]).arg(file))
    }

    /// A window manager announces itself by a property of the root window.
    fn await_window_manager(&self) -> anyhow::Result<()> {
        poll("openbox to manage the display", || {
            let answer = self
                .command("xprop")
                .args(["-root", "_NET_SUPPORTING_WM_CHECK"])
                .stderr(Stdio::null())
                .output()
                .context("could not start xprop")?;
            Ok(String::from_utf8_lossy(&answer.stdout).contains("window id").then_some(()))
        })
    }
}

/// Asks again and again until there is an answer.
///
/// # Errors
/// The question's own error at once; a time-out, naming `what`, after twenty seconds.
pub fn poll<T>(
    what: &str,
    mut ask: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    bail!("waited {} s in vain for {what}", DEADLINE.as_secs())
}

/// The server picks a free number and writes it to a pipe once it accepts connections.
fn start_server(size: Size) -> anyhow::Result<(Owned, String)> {
    let (mut reader, writer) = std::io::pipe().context("could not make a pipe")?;
    // Inherited by the server alone: everything else is started after the writer is closed here.
    rustix::io::fcntl_setfd(&writer, rustix::io::FdFlags::empty())?;
    let mut command = Command::new("Xvfb");
    command
        .arg("-displayfd")
        .arg(writer.as_raw_fd().to_string())
        .args(["-screen", "0", &format!("{}x{}x24", size.width, size.height)])
        .args(["+extension", "GLX", "-nolisten", "tcp", "-noreset"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let server = Owned::start(&mut command)?;
    drop(writer);
    let mut number = String::new();
    reader.read_to_string(&mut number).context("Xvfb did not say its display's number")?;
    if number.trim().is_empty() {
        bail!("Xvfb ended without giving a display");
    }
    Ok((server, format!(":{}", number.trim())))
}

/// A session bus prints its address once it listens.
fn start_bus() -> anyhow::Result<(Owned, String)> {
    let mut command = Command::new("dbus-daemon");
    command
        .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut bus = Owned::start(&mut command)?;
    let output = bus.0.stdout.take().context("dbus-daemon has no output")?;
    let mut address = String::new();
    BufReader::new(output).read_line(&mut address)?;
    if address.trim().is_empty() {
        bail!("dbus-daemon ended without giving an address");
    }
    Ok((bus, address.trim().to_owned()))
}

/// A process that ends with its owner.
#[derive(Debug)]
pub struct Owned(Child);

impl Owned {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot be started; the message names it.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let line = crate::process::line_of(command);
        Ok(Self(command.spawn().with_context(|| format!("could not start {line}"))?))
    }

    /// Whether it has ended by itself.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(self.0.try_wait()?.is_some())
    }

    /// What it prints, where that is a pipe that nobody took yet.
    pub fn take_output(&mut self) -> Option<std::process::ChildStdout> {
        self.0.stdout.take()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Owned {
    /// Asks politely, and insists after two seconds.
    fn drop(&mut self) {
        let asked =
            i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw).is_some_and(
                |pid| rustix::process::kill_process(pid, rustix::process::Signal::TERM).is_ok(),
            );
        let start = Instant::now();
        while asked && start.elapsed() < Duration::from_secs(2) {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_two_sensible_numbers() {
        assert_eq!("1280x800".parse(), Ok(Size { width: 1280, height: 800 }));
        for wrong in ["1280", "1280x", "x800", "0x0", "1280x800x24", "99999x99999"] {
            assert!(wrong.parse::<Size>().unwrap_err().contains("1280x800"), "{wrong}");
        }
    }
}
