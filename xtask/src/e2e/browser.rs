//! The same page in a browser: `millrace serve` gives its address, Chromium opens it, and the journey is made there too.
//!
//! What a browser adds: paths are typed, an address is good once, and the daemon and the browser are killed under the page.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ChildStdout, Stdio};

use anyhow::{Context as _, ensure};

use super::journey;
use super::stage::Stage;
use super::watching::daemon;
use crate::display::{Owned, poll};
use crate::faults::processes;
use crate::process::announce;
use crate::webdriver::{Gesture, Key, WebDriver, Window};

/// `millrace serve`, and the addresses that it prints.
struct Served {
    _process: Owned,
    links: BufReader<ChildStdout>,
}

impl Served {
    fn start(stage: &Stage) -> anyhow::Result<Self> {
        let mut command = stage.command();
        command.args(["serve", "--port", "0"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Owned::start(&mut command)?;
        let output = process.take_output().context("millrace serve has no output")?;
        Ok(Self { _process: process, links: BufReader::new(output) })
    }

    fn next_link(&mut self) -> anyhow::Result<String> {
        let mut link = String::new();
        self.links.read_line(&mut link)?;
        let link = link.trim();
        ensure!(link.starts_with("http://127.0.0.1:"), "millrace serve printed {link:?}");
        Ok(link.to_owned())
    }
}

pub(super) fn act(stage: &Stage) -> anyhow::Result<()> {
    announce("act browser");
    let mut served = Served::start(stage)?;
    let link = served.next_link()?;
    let window = Window::browse(browser(stage)?, &link)?;
    let result = play(stage, &window);
    stage.keep_picture(&window, "browser")?;
    result.context("act browser")?;
    survive_the_daemon(stage, &window).context("act browser")?;
    reopen(stage, window, &link, &mut served).context("act browser")
}

/// Always with the same profile, as a person's browser has one.
fn browser(stage: &Stage) -> anyhow::Result<WebDriver> {
    WebDriver::chromium(&stage.file("profile"))
}

fn play(stage: &Stage, window: &Window) -> anyhow::Result<()> {
    let address = window.execute("return location.href + document.cookie;")?;
    let address = address.as_str().unwrap_or_default();
    ensure!(
        address.ends_with('/') && !address.contains(['?', '#']),
        "the page shows its code or its session: {address}"
    );
    let choose = |place: &Path| {
        let place = place.to_str().context("the temporary folder's path is not text")?;
        window.type_into("Path", place)?;
        window.perform(&Gesture::new().key(Key::Enter))
    };
    journey::play(stage, window, &choose)
}

/// The daemon is killed: whoever serves the page starts the next one, and the page goes on with it.
fn survive_the_daemon(stage: &Stage, window: &Window) -> anyhow::Result<()> {
    announce("the daemon is killed; the page finds the next one");
    let before = daemon(stage)?.context("no daemon serves the page")?;
    let run = journey::run_in(window)?;
    processes::kill(before)?;
    poll("the next daemon, unasked", || Ok(daemon(stage)?.filter(|pid| *pid != before)))?;
    window.click("Run")?;
    let again = format!("s.run && s.run.run !== '{run}' && s.run.state === 'succeeded'");
    window.wait("a run with the next daemon", &again)
}

/// The browser is killed: in the next one, by the next address, everything is there.
fn reopen(stage: &Stage, killed: Window, used: &str, served: &mut Served) -> anyhow::Result<()> {
    announce("the browser is killed; the next one has it all, by an address of its own");
    let run = journey::run_in(&killed)?;
    processes::kill(killed.process().context("Chromium's driver names no process")?)?;
    drop(killed);
    let driver = browser(stage)?;
    driver.go(used)?;
    driver.wait_for(
        "the used address to be refused",
        "document.body.innerText.includes('used already')",
    )?;
    let window = Window::browse(driver, &served.next_link()?)?;
    journey::look_for_everything(stage, &window, &run)?;
    stage.keep_picture(&window, "browser-reopen")
}
