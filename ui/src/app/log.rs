//! The log in view: opened, followed, searched, copied, saved.

use millrace_api::log::{FoundLines, LogFrom, LogSlice, Output, ReadLog, SaveLog, SavedLog};
use millrace_api::{ApiError, Command as _};
use millrace_model::ids::TaskKey;

use super::{App, Purpose};
use crate::bridge::{FileKind, Pick};
use crate::command::{Drawer, LogCommand};
use crate::state::ansi;
use crate::state::log::{Log, LogKey};

/// Between two looks at a log that grows, in seconds.
const LOG_SECS: f64 = 0.25;
/// More is not put on the clipboard, in bytes.
const MOST_COPIED: u64 = 8 << 20;
/// Read at a time, in bytes.
const PART: u32 = 1 << 20;
/// What lines say that speak of an error.
const ERRORS: &str = r"\b(error|fatal|failed|failure|panic|exception|traceback)\b";

/// A log on its way to the clipboard.
#[derive(Debug)]
pub(crate) struct LogCopy {
    key: LogKey,
    /// From here on it is asked for.
    from: u64,
    bytes: Vec<u8>,
}

impl App {
    pub(super) fn apply_to_log(&mut self, command: LogCommand) {
        match command {
            LogCommand::Wrap => self.settings.log_wraps = !self.settings.log_wraps,
            LogCommand::Times => self.settings.log_times = !self.settings.log_times,
            LogCommand::Save => self.ask_where_to_save_log(),
            LogCommand::CopyAll => self.copy_log(),
            _ => {}
        }
        let Some(log) = self.shown_watch_mut().and_then(|watch| watch.log.as_mut()) else { return };
        match command {
            LogCommand::Only(only) => log.only(only),
            LogCommand::Find => log.search.wants_focus = true,
            LogCommand::Search => log.look(),
            LogCommand::Step { forward } => {
                let found = log.search.step(forward);
                log.view.goal = found.map(|found| found.goal()).or(log.view.goal);
            }
            LogCommand::NextError => {
                log.search.is_pattern = true;
                if log.search.text == ERRORS {
                    return self.send(super::Command::Log(LogCommand::Step { forward: true }));
                }
                ERRORS.clone_into(&mut log.search.text);
                log.search.start(0, log.total);
            }
            LogCommand::Follow => {
                log.view.goal = None;
                log.view.follows = true;
            }
            LogCommand::CopyMarked => match log.marked_text() {
                Some(text) => self.send(super::Command::Copy(text)),
                None if log.marked.is_some() => self.toasts.fail(
                    "Not all of the marked lines are loaded".to_owned(),
                    Some("Mark fewer lines, or save the log as a file".to_owned()),
                ),
                None => {}
            },
            _ => {}
        }
    }

    pub(crate) fn open_log(&mut self, task: TaskKey, number: Option<u32>) {
        self.settings.drawer_closed = false;
        let Some(watch) = self.shown_watch_mut() else { return };
        let Some(run) = watch.live.as_ref().map(|live| live.id) else { return };
        watch.drawer = Drawer::Log;
        let shows =
            |log: &Log| log.key.run == run && log.key.task == task && log.key.number == number;
        if !watch.log.as_ref().is_some_and(shows) {
            watch.log = Some(Log::new(LogKey { number, ..LogKey::last(run, task) }));
            watch.log_asked_at = f64::NEG_INFINITY;
        }
    }

    /// The log of the selected task, where it has one and no other was asked for.
    pub(crate) fn open_selected_log(&mut self) {
        let Some(watch) = self.shown_watch_mut() else { return };
        let Some(name) = watch.canvas.selected.first().cloned() else { return };
        let has_log = watch
            .live
            .as_ref()
            .and_then(|live| live.task(&name))
            .is_some_and(|(_, task)| !task.attempts.is_empty());
        if has_log && watch.canvas.selected.len() == 1 {
            self.open_log(TaskKey::plain(name), None);
        }
    }

    /// Asks for more of the log in view; gives the seconds until it should be asked again.
    pub(super) fn follow_log(&mut self, time: f64) -> Option<f64> {
        let watch = self.shown_watch_mut()?;
        if watch.drawer != Drawer::Log {
            return None;
        }
        let log = watch.log.as_mut()?;
        let search = log.search.request(&log.key, log.number);
        let key = log.key.clone();
        if let Some((request, turn)) = search
            && !self.backend.is_asking(|p| matches!(p, Purpose::LogSearch(..)))
        {
            self.backend.ask(request.into_request(), Purpose::LogSearch(key.clone(), turn));
        }
        let watch = self.shown_watch_mut()?;
        let log = watch.log.as_mut()?;
        if log.is_done() {
            return None;
        }
        let pause = if log.is_behind() && !log.unanswered { 0.0 } else { LOG_SECS };
        let due = watch.log_asked_at + pause - time;
        if due > 0.0 {
            return Some(due);
        }
        if !self.backend.is_asking(|p| matches!(p, Purpose::Log(asked) if *asked == key)) {
            let watch = self.shown_watch_mut()?;
            watch.log_asked_at = time;
            let request = watch.log.as_mut()?.request();
            self.backend.ask(request.into_request(), Purpose::Log(key));
        }
        Some(LOG_SECS)
    }

    pub(super) fn take_log(&mut self, key: &LogKey, answer: &Result<LogSlice, ApiError>) {
        for log in self.watches().filter_map(|watch| watch.log.as_mut()) {
            if log.key == *key {
                match answer {
                    Ok(slice) => log.take(slice),
                    Err(error) => log.fail(error),
                }
            }
        }
    }

    pub(super) fn take_log_search(
        &mut self,
        key: &LogKey,
        turn: u64,
        answer: &Result<FoundLines, ApiError>,
    ) {
        for log in self.watches().filter_map(|watch| watch.log.as_mut()) {
            if log.key == *key {
                match answer {
                    Ok(found) => {
                        let first = log.search.take(turn, found);
                        log.view.goal = first.map(|found| found.goal()).or(log.view.goal);
                    }
                    Err(error) => log.search.fail(turn, &error.message),
                }
            }
        }
    }

    fn copy_log(&mut self) {
        let log = self.shown_watch().and_then(|watch| watch.log.as_ref());
        let Some((key, number, total)) = log.map(|log| (log.key.clone(), log.number, log.total))
        else {
            return;
        };
        if total > MOST_COPIED {
            let message = format!("The log has {}, too much to copy", crate::words::bytes(total));
            return self.toasts.fail(message, Some("Save it as a file instead".to_owned()));
        }
        let key = LogKey { number: number.or(key.number), ..key };
        if self.log_copy.as_ref().is_some_and(|copy| copy.key == key) {
            return;
        }
        self.log_copy = Some(LogCopy { key, from: 0, bytes: Vec::new() });
        self.copy_more();
    }

    fn copy_more(&mut self) {
        let Some(LogCopy { key, from, .. }) = &self.log_copy else { return };
        let request = ReadLog { log: key.clone(), from: LogFrom::Offset(*from), max_bytes: PART };
        self.backend.ask(request.into_request(), Purpose::LogCopy(key.clone(), *from));
    }

    pub(super) fn take_log_copy(
        &mut self,
        key: &LogKey,
        from: u64,
        answer: Result<LogSlice, ApiError>,
        time: f64,
    ) {
        // Of a log that is copied no more, since another is, nothing belongs into that one.
        let wanted = self.log_copy.as_mut().filter(|copy| copy.key == *key && copy.from == from);
        let Some(copy) = wanted else { return };
        let slice = match answer {
            Ok(slice) => slice,
            Err(error) => {
                self.log_copy = None;
                return self.fail(error);
            }
        };
        for chunk in &slice.chunks {
            copy.bytes.extend_from_slice(chunk.data.as_bytes());
        }
        if !slice.chunks.is_empty() && slice.next < slice.total {
            copy.from = slice.next;
            return self.copy_more();
        }
        let text = String::from_utf8_lossy(&copy.bytes);
        let lines: Vec<String> = text.lines().map(ansi::plain).collect();
        self.toasts
            .say(format!("Copied {}", crate::words::count(lines.len(), "line", "lines")), time);
        self.log_copy = None;
        self.send(super::Command::Copy(lines.join("\n")));
    }

    fn ask_where_to_save_log(&mut self) {
        let log = self.shown_watch().and_then(|watch| watch.log.as_ref());
        let Some(key) = log.map(|log| LogKey { number: log.number, ..log.key.clone() }) else {
            return;
        };
        let stream = match key.only {
            None => "",
            Some(Output::Stdout) => "-stdout",
            Some(Output::Stderr) => "-stderr",
        };
        let item = key.task.item.map(|item| format!("-{item}")).unwrap_or_default();
        let file_name = format!("{}{item}-{:.8}{stream}.log", key.task.task, key.run);
        let pick = Pick::Save { folder: self.folder(), file_name, kind: FileKind::Any };
        self.backend.pick(pick, Purpose::PickedLog(key));
    }

    pub(super) fn take_picked_log(
        &mut self,
        key: LogKey,
        picked: Result<Option<String>, ApiError>,
    ) {
        match picked {
            Ok(Some(path)) => {
                // The dialog of the system has asked whether what is there may go.
                let request = SaveLog { log: key, path, replace: true };
                self.backend.ask(request.into_request(), Purpose::LogSaved);
            }
            Ok(None) => {}
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_saved_log(&mut self, answer: Result<SavedLog, ApiError>, time: f64) {
        match answer {
            Ok(saved) => self.say_saved(format!("Saved: {}", saved.path), saved.path, time),
            Err(error) => self.fail(error),
        }
    }
}
