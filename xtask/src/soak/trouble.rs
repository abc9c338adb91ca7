//! What goes on around the runs: programs that are killed, and people who look, come and go.

use std::fmt;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::process::Child;

use anyhow::Context as _;

use crate::faults::dice::Dice;
use crate::faults::processes;
use crate::faults::site::Site;
use crate::webdriver::Window;

/// So many clients are there at once at most; the oldest is killed for the next.
const CLIENTS: usize = 6;

/// A client that asks for every event and never reads one.
const WATCHER: &str = "POST /v1/events HTTP/1.1\r\nhost: millrace\r\nmillrace-api: 1\r\n\
    content-type: application/json\r\ncontent-length: 26\r\n\r\n{\"after\":{\"position\":0}}  ";

/// What was done so far.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    daemons: u32,
    keepers: u32,
    tasks: u32,
    windows: u32,
    looks: u32,
    clients: Vec<Client>,
}

/// Somebody who is still there.
#[derive(Debug)]
enum Client {
    Program(Child),
    /// A connection in the middle of a request, or one that never reads its answer.
    Connection(#[expect(dead_code, reason = "held open")] UnixStream),
}

impl Trouble {
    /// Kills something now and then.
    pub(super) fn strike(
        &mut self,
        site: &Site,
        dice: &mut Dice,
        window: &mut Option<Window>,
    ) -> anyhow::Result<()> {
        match dice.below(60) {
            0..=2 => {
                if let Some(pid) = site.daemon() {
                    self.daemons += u32::from(processes::kill(pid)?);
                }
            }
            3..=5 => {
                let keepers = processes::keepers_of(&site.home())?;
                if let Some(pid) = one_of(dice, &keepers) {
                    self.keepers += u32::from(processes::kill(pid)?);
                }
            }
            6..=9 => {
                let keepers = processes::keepers_of(&site.home())?;
                let tasks = processes::children_of(&keepers)?;
                if let Some(pid) = one_of(dice, &tasks) {
                    self.tasks += u32::from(processes::kill(pid)?);
                }
            }
            10 if window.is_some() => {
                let pid = processes::window_of(&site.home())?.context("the window is gone")?;
                self.windows += u32::from(processes::kill(pid)?);
                *window = None;
            }
            _ => {}
        }
        Ok(())
    }

    /// Somebody looks, watches, starts a run and goes away, or breaks off in the middle of a word.
    pub(super) fn look(&mut self, site: &Site, dice: &mut Dice) -> anyhow::Result<()> {
        self.looks += 1;
        match dice.below(8) {
            0 => self.stay(site, &["run", "pulse", "--json"])?,
            1 => self.stay(site, &["logs", "last", "--follow"])?,
            2 => self.stay(site, &["grid", "pulse"])?,
            3 => self.stay(site, &["runs", "state:failed", "--json"])?,
            4 => self.stay(site, &["show", "last", "--json"])?,
            5 => self.connect(site, "POST /v1/call HTTP/1.1\r\nhost: mill")?,
            6 => self.connect(site, WATCHER)?,
            // Whoever comes first after a kill starts the daemon.
            _ => drop(site.ask_json(&["runs", "--json"])?),
        }
        Ok(())
    }

    /// Everybody goes.
    pub(super) fn end(&mut self) {
        self.clients.drain(..).for_each(Client::leave);
    }

    fn stay(&mut self, site: &Site, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = site.millrace(arguments);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let child = command.spawn().context("cannot start the command line")?;
        self.join(Client::Program(child));
        Ok(())
    }

    fn connect(&mut self, site: &Site, beginning: &str) -> anyhow::Result<()> {
        // There may be no daemon at the moment.
        if let Some(mut stream) = site.connection() {
            let _broken = stream.write_all(beginning.as_bytes());
            self.join(Client::Connection(stream));
        }
        Ok(())
    }

    fn join(&mut self, client: Client) {
        if self.clients.len() == CLIENTS {
            self.clients.remove(0).leave();
        }
        self.clients.push(client);
    }
}

impl Client {
    fn leave(self) {
        if let Self::Program(mut child) = self {
            let _killed = child.kill();
            let _reaped = child.wait();
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { daemons, keepers, tasks, windows, looks, .. } = self;
        write!(
            f,
            "killed: {daemons} daemons, {keepers} keepers, {tasks} tasks, {windows} windows; {looks} clients"
        )
    }
}

fn one_of(dice: &mut Dice, pids: &[u32]) -> Option<u32> {
    let at = usize::try_from(dice.below(pids.len() as u64)).ok()?;
    pids.get(at).copied()
}
