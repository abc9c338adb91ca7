//! What a person does with a notification on the desktop, and what follows.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use millrace_api::Backend as _;
use millrace_api::home::Home;
use millrace_api::run::RetryRun;
use millrace_model::ids::{RunId, TaskKey};
use tokio::process::Command;

use crate::app::App;

/// What a person does with a notification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Click {
    /// Wants to see this run, and the task that it is about.
    Run { run: RunId, task: Option<TaskKey> },
    /// Wants to see what is about no single run: it is in the inbox.
    Inbox,
    /// Wants to see the window, whatever it shows.
    #[default]
    Window,
    /// Wants the run to go on from what failed.
    Retry { run: RunId },
}

/// Does it. What goes wrong is in the daemon's log: whoever clicked sees that nothing happens.
pub(super) async fn act(app: &Arc<App>, click: Click) {
    match click {
        Click::Run { run, task } => {
            let mut shown = vec!["--run".to_owned(), run.to_string()];
            if let Some(task) = task {
                shown.extend(["--task".to_owned(), task.to_string()]);
            }
            open(&app.home, &shown);
        }
        Click::Inbox => open(&app.home, &["--inbox".to_owned()]),
        Click::Window => open(&app.home, &[]),
        Click::Retry { run } => {
            if let Err(error) = app.retry_run(RetryRun { run }).await {
                tracing::warn!(%run, %error, "the run could not be retried");
            }
        }
    }
}

/// Starts the window; one that is open takes over what this one was given.
fn open(home: &Home, shown: &[String]) {
    if let Err(error) = start(home, shown) {
        tracing::warn!(%error, "the window could not be opened");
    }
}

fn start(home: &Home, shown: &[String]) -> std::io::Result<()> {
    let mut command = Command::new(window_program()?);
    command.args(shown).env("MILLRACE_HOME", home.root()).current_dir(home.root());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // What ends the daemon's group does not end the window.
    let mut window = command.process_group(0).spawn()?;
    tokio::spawn(async move { window.wait().await });
    Ok(())
}

/// The window beside this program; tests and packagers name another with `MILLRACE_DESKTOP`.
fn window_program() -> std::io::Result<PathBuf> {
    if let Some(program) = std::env::var_os("MILLRACE_DESKTOP").filter(|path| !path.is_empty()) {
        return Ok(program.into());
    }
    let beside = std::env::current_exe()?.with_file_name("millrace-desktop");
    Ok(if beside.is_file() { beside } else { Path::new("millrace-desktop").to_owned() })
}
