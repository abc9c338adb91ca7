//! What every act needs: a display with a notification service, a home, and windows on both.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::app;
use crate::display::{Display, Owned, Size, poll};
use crate::faults::processes;
use crate::process::{announce, output, run};
use crate::webdriver::{Gesture, Key, Window};
use crate::workspace::Workspace;

/// The windows cover all of it.
const SIZE: Size = Size { width: 1280, height: 800 };

/// A display, a notification service and a home of their own.
pub(super) struct Stage {
    folder: TempDir,
    pictures: Option<PathBuf>,
    window_program: PathBuf,
    millrace: PathBuf,
    _notifications: Owned,
    pub(super) display: Display,
}

impl Stage {
    pub(super) fn set(workspace: &Workspace, pictures: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(pictures) = pictures {
            fs::create_dir_all(pictures).with_context(|| pictures.display().to_string())?;
        }
        let display = Display::start(SIZE)?;
        let stage = Self {
            folder: tempfile::tempdir().context("no folder for the test")?,
            pictures: pictures.map(Path::to_owned),
            window_program: app::window_program(workspace),
            millrace: workspace.programs().join("millrace"),
            _notifications: Owned::start(&mut display.command("dunst"))?,
            display,
        };
        // The acts write their documents beside the window; it would ask whether each may run.
        stage.millrace(&["trust", &stage.folder.path().to_string_lossy()])?;
        Ok(stage)
    }

    /// Plays an act in a window on its document, and leaves a picture of how it ended, well or not.
    pub(super) fn act(
        &self,
        name: &str,
        document: &Path,
        play: impl FnOnce(&Self, &Window, &Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.act_with(name, document, &[], play)
    }

    /// The same with variables in the window's environment.
    pub(super) fn act_with(
        &self,
        name: &str,
        document: &Path,
        environment: &[(&str, &str)],
        play: impl FnOnce(&Self, &Window, &Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        announce(&format!("act {name}"));
        let window = self.window(Some(document), environment)?;
        let result = play(self, &window, document);
        self.picture(&window, name)?;
        if result.is_err() {
            let log = fs::read_to_string(self.home().join("daemon.log")).unwrap_or_default();
            announce(&format!("the daemon's log:\n{log}"));
        }
        drop(window);
        self.end_window()?;
        result.with_context(|| format!("act {name}"))
    }

    /// A picture of the display, where somebody wants some.
    pub(super) fn picture(&self, window: &Window, name: &str) -> anyhow::Result<()> {
        if let Some(pictures) = &self.pictures {
            window.wait_for_paint()?;
            self.display.screenshot(&pictures.join(format!("{name}.png")))?;
        }
        Ok(())
    }

    /// A new window, on a document where one is given.
    pub(super) fn window(
        &self,
        document: Option<&Path>,
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Window> {
        let document = document.map(Path::to_string_lossy);
        let mut arguments = vec!["--theme", "dark", "--fullscreen"];
        arguments.extend(document.as_deref());
        let home = self.home();
        let home = home.to_string_lossy();
        let mut variables = vec![("MILLRACE_HOME", &*home)];
        variables.extend(environment);
        let window = Window::open(&self.display, &self.window_program, &arguments, &variables)?;
        if document.is_some() {
            window.wait("the document on the canvas", "s.document && s.canvas")?;
        }
        Ok(window)
    }

    /// Its driver leaves it; the next act's document would be handed to it.
    pub(super) fn end_window(&self) -> anyhow::Result<()> {
        if let Some(pid) = processes::window_of(&self.home())? {
            processes::kill(pid)?;
        }
        poll("the window to be gone", || {
            let lock = File::open(self.home().join("window.lock"));
            Ok(lock.map_or(true, |lock| lock.try_lock().is_ok()).then_some(()))
        })
    }

    /// Answers the system's file dialog with this title: types a path and presses Return.
    pub(super) fn choose(&self, title: &str, place: &Path) -> anyhow::Result<()> {
        let place = place.to_str().context("the temporary folder's path is not text")?;
        let find = ["search", "--sync", "--onlyvisible", "--name", title];
        run(self.display.command("xdotool").args(find).args(["windowactivate", "--sync"]))?;
        let type_path = ["key", "ctrl+a", "type", "--delay", "15", place];
        run(self.display.command("xdotool").args(type_path))?;
        run(self.display.command("xdotool").args(["key", "Return"]))
    }

    /// Turns the wheel over a widget's column until it stands well within the window.
    pub(super) fn reveal(&self, window: &Window, name: &str) -> anyhow::Result<()> {
        poll(&format!("{name:?} to come into view"), || {
            let (x, y) = window.widget(name)?;
            let middle = i32::try_from(SIZE.height / 2)?;
            if (y - middle).abs() < middle * 2 / 3 {
                return Ok(Some(()));
            }
            let (x, middle) = (x.to_string(), middle.to_string());
            let button = if y > SIZE.height as i32 / 2 { "5" } else { "4" };
            let turn = ["mousemove", &x, &middle, "click", "--repeat", "3", button];
            run(self.display.command("xdotool").args(turn))?;
            Ok(None)
        })
    }

    /// A file of the act.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the window's program once more in this home, and waits until it has ended well.
    pub(super) fn start_again(&self, argument: &str) -> anyhow::Result<()> {
        let mut command = self.display.command(&self.window_program);
        run(command.arg(argument).env("MILLRACE_HOME", self.home()))
    }

    /// What the command line says in this home.
    pub(super) fn millrace(&self, arguments: &[&str]) -> anyhow::Result<String> {
        output(self.command().args(arguments))
    }

    /// The command line in this home.
    pub(super) fn command(&self) -> Command {
        let mut command = self.display.command(&self.millrace);
        command.env("MILLRACE_HOME", self.home());
        command
    }

    /// A picture of the page alone, where it is on no display.
    pub(super) fn keep_picture(&self, page: &Window, name: &str) -> anyhow::Result<()> {
        if let Some(pictures) = &self.pictures {
            page.wait_for_paint()?;
            let file = pictures.join(format!("{name}.png"));
            fs::write(&file, page.picture()?).with_context(|| file.display().to_string())?;
        }
        Ok(())
    }

    /// The home of the windows and the command line.
    pub(super) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }
}

/// Waits until the notification service was given a notification with this title.
pub(super) fn notification(stage: &Stage, title: &str) -> anyhow::Result<()> {
    poll("the notification", || {
        // What is on the screen is not in the history yet.
        if is_shown(stage)? {
            dunstctl(stage, &["close-all"])?;
        }
        Ok(dunstctl(stage, &["history"])?.contains(title).then_some(()))
    })
}

/// Waits until a notification with this title is on the screen, and clicks it.
pub(super) fn click_notification(stage: &Stage, title: &str) -> anyhow::Result<()> {
    poll("the notification on the screen", || Ok(is_shown(stage)?.then_some(())))?;
    dunstctl(stage, &["action", "0"])?;
    notification(stage, title)
}

/// Takes what is on the screen away, so that the next click is on the next one.
pub(super) fn dismiss_notifications(stage: &Stage) -> anyhow::Result<()> {
    dunstctl(stage, &["close-all"]).map(drop)
}

fn is_shown(stage: &Stage) -> anyhow::Result<bool> {
    Ok(dunstctl(stage, &["count", "displayed"])?.trim() != "0")
}

fn dunstctl(stage: &Stage, arguments: &[&str]) -> anyhow::Result<String> {
    output(stage.display.command("dunstctl").args(arguments))
}

impl Drop for Stage {
    /// The windows started a daemon of this home; it must not outlive the test.
    fn drop(&mut self) {
        if let Err(error) = self.millrace(&["daemon", "stop"]) {
            announce(&format!("the daemon of the test was not stopped: {error:#}"));
        }
    }
}

/// Saves the document in view by the keyboard, and waits until that is done.
pub(super) fn save(window: &Window) -> anyhow::Result<()> {
    window.perform(&Gesture::new().chord(&[Key::Control], 's'))?;
    window.wait("the save", "!s.document.dirty && !s.document.saving")
}
