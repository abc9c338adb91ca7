//! Typed calls over the bridge: which request is under way for what.
//!
//! It does not act on replies; it hands each back with the purpose of its request.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use millrace_api::host::HostEvent;
use millrace_api::stream::After;
use millrace_api::{ApiError, Code, Request, StreamItem, Subscribe};
use millrace_model::time::Timestamp;

use crate::bridge::{Bridge, DesktopAsk, Incoming, Pick, PickPath, SystemFont};

/// Seconds until a broken stream is opened again.
const REOPEN_SECS: f64 = 1.0;

/// The bridge with the purposes of the calls under way.
pub(crate) struct Backend<P> {
    bridge: Box<dyn Bridge>,
    next: u64,
    waiting: BTreeMap<u64, P>,
    /// What is asked again and again.
    watched: BTreeMap<u64, (P, String)>,
    stream: Option<u64>,
    position: Option<u64>,
    reopen_at: Option<f64>,
    /// What is to be asked for in the window, because the system has no dialogs here.
    unasked: VecDeque<(Question, P)>,
}

/// What a person is to be asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Question {
    /// A document to open, or a place for one.
    Document(Pick),
    /// A path for a field.
    Path(PickPath),
}

/// What came back.
#[derive(Debug)]
pub(crate) enum Back<P> {
    /// An answer to what was asked for this purpose.
    Reply(P, Result<String, ApiError>),
    /// The path that a person was asked for; none where they changed their mind.
    Picked(P, Result<Option<String>, String>),
    /// Something that the host tells unasked.
    Host(HostEvent),
    /// Fonts that were looked for.
    Fonts(Vec<SystemFont>),
    /// A path is to be asked for, in the window.
    Ask(Question, P),
    /// Events.
    Events(StreamItem),
    /// The stream broke; events may have been missed.
    Disconnected,
}

impl<P: Clone + PartialEq> Backend<P> {
    pub(crate) fn new(bridge: Box<dyn Bridge>) -> Self {
        Self {
            bridge,
            next: 1,
            waiting: BTreeMap::new(),
            watched: BTreeMap::new(),
            stream: None,
            position: None,
            reopen_at: Some(0.0),
            unasked: VecDeque::new(),
        }
    }

    /// Sends a request for a purpose.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "every caller makes the request for this call"
    )]
    pub(crate) fn ask(&mut self, request: Request, purpose: P) {
        let call = self.next;
        self.next += 1;
        match serde_json::to_string(&request) {
            Ok(json) => {
                self.waiting.insert(call, purpose);
                self.bridge.call(call, json);
            }
            // A request is plain data and always encodes; were it not so, nothing could be sent.
            Err(_) => drop(purpose),
        }
    }

    /// Asks this from now on again and again, in place of what was watched for this purpose before. Only news comes back.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "every caller makes the request for this call"
    )]
    pub(crate) fn watch(&mut self, request: Request, purpose: P) {
        let Ok(json) = serde_json::to_string(&request) else { return };
        if self.watched.values().any(|(other, known)| *other == purpose && *known == json) {
            return;
        }
        self.unwatch(&purpose);
        let call = self.next;
        self.next += 1;
        self.watched.insert(call, (purpose, json.clone()));
        self.bridge.watch(call, json);
    }

    /// Asks nothing for this purpose any more.
    pub(crate) fn unwatch(&mut self, purpose: &P) {
        let bridge = &mut self.bridge;
        self.watched.retain(|call, (other, _)| {
            let stays = other != purpose;
            if !stays {
                bridge.unwatch(*call);
            }
            stays
        });
    }

    /// Shows the system's dialog for a file, for a purpose.
    pub(crate) fn pick(&mut self, pick: Pick, purpose: P) {
        if !self.bridge.has_dialogs() {
            return self.unasked.push_back((Question::Document(pick), purpose));
        }
        let call = self.next;
        self.next += 1;
        self.waiting.insert(call, purpose);
        self.bridge.pick(call, pick);
    }

    /// Asks a person for a path, for a purpose.
    pub(crate) fn pick_path(&mut self, pick: PickPath, purpose: P) {
        if !self.bridge.has_dialogs() {
            return self.unasked.push_back((Question::Path(pick), purpose));
        }
        let call = self.next;
        self.next += 1;
        self.waiting.insert(call, purpose);
        self.bridge.pick_path(call, pick);
    }

    /// Opens a link outside of the window, for a purpose.
    pub(crate) fn open_link(&mut self, link: String, purpose: P) {
        let call = self.next;
        self.next += 1;
        self.waiting.insert(call, purpose);
        self.bridge.open_link(call, link);
    }

    /// Shows a place in the system's file manager, for a purpose.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "every caller makes the request for this call"
    )]
    pub(crate) fn open_folder(&mut self, request: Request, purpose: P) {
        let Ok(json) = serde_json::to_string(&request) else { return };
        let call = self.next;
        self.next += 1;
        self.waiting.insert(call, purpose);
        self.bridge.open_folder(call, json);
    }

    /// Whether there is a file manager to show folders in.
    pub(crate) fn has_file_manager(&self) -> bool {
        self.bridge.has_file_manager()
    }

    /// Asks something of the desktop, for a purpose.
    pub(crate) fn desktop(&mut self, ask: DesktopAsk, purpose: P) {
        let call = self.next;
        self.next += 1;
        self.waiting.insert(call, purpose);
        self.bridge.desktop(call, ask);
    }

    /// Looks for the system's fonts with these characters, apart from those that are here.
    pub(crate) fn find_fonts(&mut self, characters: String, have: BTreeSet<usize>) {
        self.bridge.find_fonts(characters, have);
    }

    /// Whether a request is under way for a purpose of this kind.
    pub(crate) fn is_asking(&self, purpose: impl Fn(&P) -> bool) -> bool {
        self.waiting.values().any(purpose)
    }

    /// Opens the stream when it is due; `time` counts seconds of the ui.
    pub(crate) fn keep_stream(&mut self, time: f64) {
        if self.stream.is_some() || self.reopen_at.is_none_or(|due| time < due) {
            return;
        }
        let after = self.position.map_or(After::Now, After::Position);
        if let Ok(json) = serde_json::to_string(&Subscribe { run: None, after }) {
            let stream = self.next;
            self.next += 1;
            self.stream = Some(stream);
            self.reopen_at = None;
            self.bridge.subscribe(stream, json);
        }
    }

    /// Seconds until [`Backend::keep_stream`] has something to do.
    pub(crate) fn reopen_in(&self, time: f64) -> Option<f64> {
        self.reopen_at.map(|due| (due - time).max(0.0))
    }

    /// The next thing that came back.
    pub(crate) fn poll(&mut self, time: f64) -> Option<Back<P>> {
        if let Some((question, purpose)) = self.unasked.pop_front() {
            return Some(Back::Ask(question, purpose));
        }
        loop {
            match self.bridge.poll()? {
                Incoming::Reply { call, result } => {
                    let watched = self.watched.get(&call).map(|(purpose, _)| purpose.clone());
                    if let Some(purpose) = self.waiting.remove(&call).or(watched) {
                        return Some(Back::Reply(
                            purpose,
                            result.map_err(|text| read_error(&text)),
                        ));
                    }
                }
                Incoming::Picked { call, result } => {
                    if let Some(purpose) = self.waiting.remove(&call) {
                        return Some(Back::Picked(purpose, result));
                    }
                }
                Incoming::Host(event) => return Some(Back::Host(event)),
                Incoming::Fonts(fonts) => return Some(Back::Fonts(fonts)),
                Incoming::Item { stream, json } if Some(stream) == self.stream => {
                    match serde_json::from_str::<StreamItem>(&json) {
                        Ok(item) => {
                            self.position = Some(item.position);
                            return Some(Back::Events(item));
                        }
                        Err(_) => {
                            self.stream = None;
                            self.reopen_at = Some(time + REOPEN_SECS);
                            return Some(Back::Disconnected);
                        }
                    }
                }
                Incoming::Broken { stream, .. } if Some(stream) == self.stream => {
                    self.stream = None;
                    self.reopen_at = Some(time + REOPEN_SECS);
                    return Some(Back::Disconnected);
                }
                Incoming::Item { .. } | Incoming::Broken { .. } => {}
            }
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.bridge.now()
    }

    pub(crate) fn local_offset_secs(&self, at: Timestamp) -> i32 {
        self.bridge.local_offset_secs(at)
    }
}

/// The api's error, or one that says that there was no answer.
fn read_error(text: &str) -> ApiError {
    serde_json::from_str(text)
        .unwrap_or_else(|_| ApiError::new(Code::Unreachable, text.trim().to_owned()))
}
