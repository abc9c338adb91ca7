//! How the window ends: what was typed is kept first, and where runs go on the person is asked once.

use millrace_api::run::{Done, StopDaemon};
use millrace_api::{ApiError, Command as _};

use super::{App, Editor, Purpose, Sheet};
use crate::bridge::{DesktopAsk, DesktopState};

/// How the window is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// It is closed; where it stays in the tray, hidden.
    Close,
    /// It ends, tray or not.
    Quit,
    /// It ends, and the daemon before it.
    Stop {
        /// The runs are cancelled; else their tasks finish.
        cancel_runs: bool,
    },
}

impl App {
    /// Somebody wants the window closed. Where runs go on and the window would be gone, the person is asked.
    pub(super) fn ask_to_leave(&mut self, quit: bool) {
        let stays = !quit && self.desktop.as_ref().is_some_and(DesktopState::stays);
        let leaving = if quit { Leaving::Quit } else { Leaving::Close };
        if stays || self.running_runs() == 0 || self.settings.leaves_unasked {
            return self.leave(leaving);
        }
        self.backend.desktop(DesktopAsk::Wait, Purpose::Desktop);
        self.sheet = Some(Sheet::Leave(leaving));
    }

    /// Runs that go on or wait for their turn.
    pub(crate) fn running_runs(&self) -> u32 {
        let (running, queued) = self.daemon.runs();
        running + queued
    }

    /// Ends the window as soon as nothing is left to keep.
    pub(super) fn leave(&mut self, leaving: Leaving) {
        self.sheet = None;
        self.leaving = Some(leaving);
    }

    /// The daemon is gone: the window must not start another one.
    pub(super) fn take_stopped(&mut self, answer: Result<Done, ApiError>) {
        match answer {
            Ok(_) => self.backend.desktop(DesktopAsk::Quit, Purpose::Desktop),
            Err(error) => self.fail(error),
        }
    }

    /// Ends the window where that was asked for and the drafts are kept.
    pub(super) fn leave_when_kept(&mut self, time: f64) {
        let Some(leaving) = self.leaving else { return };
        self.keep_drafts(time, true);
        if self.backend.is_asking(|purpose| matches!(purpose, Purpose::Draft(..))) {
            return;
        }
        self.leaving = None;
        let stays =
            leaving == Leaving::Close && self.desktop.as_ref().is_some_and(DesktopState::stays);
        if !stays && !self.unkept().is_empty() {
            self.backend.desktop(DesktopAsk::Wait, Purpose::Desktop);
            self.sheet = Some(Sheet::Unkept(leaving));
            return;
        }
        self.end(leaving);
    }

    /// The titles of the documents of which something is only in this window.
    pub(crate) fn unkept(&self) -> Vec<String> {
        self.tabs.all().filter(|editor| editor.is_unkept()).map(Editor::title).collect()
    }

    /// Ends the window, whatever is kept.
    pub(super) fn end(&mut self, leaving: Leaving) {
        self.sheet = None;
        match leaving {
            Leaving::Close => self.backend.desktop(DesktopAsk::Close, Purpose::Desktop),
            Leaving::Quit => self.backend.desktop(DesktopAsk::Quit, Purpose::Desktop),
            Leaving::Stop { cancel_runs } => {
                self.backend.ask(StopDaemon { cancel_runs }.into_request(), Purpose::Stopped);
            }
        }
    }

    pub(super) fn take_desktop(&mut self, answer: Result<DesktopState, ApiError>) {
        match answer {
            Ok(state) => self.desktop = Some(state),
            // A browser has no desktop; its settings do not show any.
            Err(_) if self.desktop.is_none() => {}
            Err(error) => self.fail(error),
        }
    }
}
