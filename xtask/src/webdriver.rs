//! Drives the real window as a user would: pointer, keys, pictures, and questions to its page.
//!
//! A small client of the W3C WebDriver protocol, talking to WebKitGTK's own `WebKitWebDriver`, which starts the
//! window's program itself, or to Chromium's. The page is one canvas, so there are no elements to find: gestures go to
//! coordinates, and what the ui shows is asked by script.

mod gesture;
mod window;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use base64::Engine as _;
use serde_json::{Value, json};

pub use gesture::{Button, Gesture, Key};
pub use window::{Point, Window};

use crate::display::{Display, Owned, poll};

/// A browser without a display, which talks to nobody but the page under test. Mesa draws for it: Chromium's own
/// software takes ten times as long.
const CHROMIUM: &[&str] = &[
    "--headless",
    // In containers, where everybody is root, it cannot have one.
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=gl-egl",
    "--ignore-gpu-blocklist",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,800",
];

/// A window under control. Dropping it ends the window and the driver.
#[derive(Debug)]
pub struct WebDriver {
    agent: ureq::Agent,
    session: String,
    /// Of the browser, where its driver says it.
    process: Option<u32>,
    _driver: Owned,
}

impl WebDriver {
    /// Starts `program` with `arguments` on a display, with extra variables in its environment.
    ///
    /// # Errors
    /// When the driver is not installed or the window does not come up.
    pub fn open(
        display: &Display,
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let mut command = display.command("WebKitWebDriver");
        command
            .arg("--host=127.0.0.1")
            // What makes a Tauri window accept being driven.
            .envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")])
            .envs(environment.iter().copied());
        let wanted = json!({
            "webkitgtk:browserOptions": {"binary": program, "args": arguments},
        });
        Self::start(command, &wanted)
            .with_context(|| format!("could not open {} under the driver", program.display()))
    }

    /// Starts Chromium without a window, with a profile of its own in `folder`.
    ///
    /// # Errors
    /// When Chromium or its driver is not installed or does not come up.
    pub fn chromium(folder: &Path) -> anyhow::Result<Self> {
        let profile = format!("--user-data-dir={}", folder.display());
        let mut arguments: Vec<&str> = CHROMIUM.to_vec();
        arguments.push(&profile);
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
        });
        Self::start(Command::new("chromedriver"), &wanted)
            .context("could not open Chromium under its driver")
    }

    /// Goes to an address.
    ///
    /// # Errors
    /// When the page cannot be loaded.
    pub fn go(&self, address: &str) -> anyhow::Result<()> {
        self.post("url", &json!({"url": address}))?;
        Ok(())
    }

    fn start(mut command: Command, wanted: &Value) -> anyhow::Result<Self> {
        let port = free_port()?;
        let name = Path::new(command.get_program()).display().to_string();
        command.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null());
        let mut driver = Owned::start(&mut command)?;
        let base = format!("http://127.0.0.1:{port}");
        let agent = agent();
        poll(&format!("{name} to listen"), || {
            if driver.has_ended()? {
                bail!("{name} ended at once");
            }
            Ok(agent.get(format!("{base}/status")).call().ok().map(drop))
        })?;
        let capabilities = json!({"capabilities": {"alwaysMatch": wanted}});
        let created = send(agent.post(format!("{base}/session")), &capabilities)?;
        let id = created["sessionId"].as_str().context("the driver gave no session")?;
        let process = &created["capabilities"]["goog:processID"];
        let process = process.as_u64().map(u32::try_from).transpose()?;
        Ok(Self { session: format!("{base}/session/{id}"), agent, process, _driver: driver })
    }

    /// Runs the body of a JavaScript function in the page and answers what it returns.
    ///
    /// # Errors
    /// When the script throws or the window is gone.
    pub fn execute(&self, script: &str, arguments: &[Value]) -> anyhow::Result<Value> {
        self.post("execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Like [`Self::execute`], for a body that answers by calling its last argument.
    ///
    /// # Errors
    /// When the script throws, does not answer, or the window is gone.
    pub fn execute_async(&self, script: &str, arguments: &[Value]) -> anyhow::Result<Value> {
        self.post("execute/async", &json!({"script": script, "args": arguments}))
    }

    /// Waits until a JavaScript expression is true in the page.
    ///
    /// # Errors
    /// When it is not within twenty seconds; the message names `what`.
    pub fn wait_for(&self, what: &str, expression: &str) -> anyhow::Result<()> {
        let script = format!("return Boolean({expression});");
        poll(what, || Ok((self.execute(&script, &[])? == Value::Bool(true)).then_some(())))
    }

    /// A PNG of the page as it is shown.
    ///
    /// # Errors
    /// When the window is gone.
    pub fn screenshot(&self) -> anyhow::Result<Vec<u8>> {
        let answer = value(self.agent.get(format!("{}/screenshot", self.session)).call()?)?;
        let text = answer.as_str().context("the driver's screenshot is not text")?;
        base64::engine::general_purpose::STANDARD
            .decode(text)
            .map_err(|error| anyhow!("the driver's screenshot is not base64: {error}"))
    }

    /// Does what a hand would do, and returns when the page has received all of it.
    ///
    /// # Errors
    /// When a coordinate is outside the window or the window is gone.
    pub fn perform(&self, gesture: &Gesture) -> anyhow::Result<()> {
        self.post("actions", &gesture.to_json())?;
        Ok(())
    }

    fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        send(self.agent.post(format!("{}/{path}", self.session)), body)
            .with_context(|| format!("the window's driver refused {path}"))
    }
}

impl Drop for WebDriver {
    /// Ends the session, which ends the window.
    fn drop(&mut self) {
        drop(self.agent.delete(&self.session).call());
    }
}

/// Errors of the protocol come with a body that says more than their number.
fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .proxy(None)
        .build()
        .into()
}

fn send(
    request: ureq::RequestBuilder<ureq::typestate::WithBody>,
    body: &Value,
) -> anyhow::Result<Value> {
    value(request.send_json(body)?)
}

fn value(mut response: ureq::http::Response<ureq::Body>) -> anyhow::Result<Value> {
    let succeeded = response.status().is_success();
    let mut answer: Value =
        response.body_mut().with_config().limit(64 * 1024 * 1024).read_json()?;
    let value = answer["value"].take();
    if succeeded {
        return Ok(value);
    }
    let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Err(anyhow!("{}: {}", word("error"), word("message")))
}

/// A port that was free a moment ago.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on loopback")?;
    Ok(listener.local_addr()?.port())
}
