//! A daemon that has one document, and runs only where a storm of them is asked for.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use anyhow::Context as _;
use millrace_api::Request;
use millrace_api::document::{DocumentStats, DocumentText, ReadDocument, Source, Validated};
use millrace_api::draft::DraftList;
use millrace_api::host::HostEvent;
use millrace_api::run::{DaemonReport, Done, EventPage, ReadEvents};
use millrace_api::stream::StreamItem;
use millrace_model::event::RunEvent;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_ui::bridge::{Bridge, DesktopAsk, Incoming, Pick, PickPath};
use serde::Serialize;

use crate::large_run::LargeRun;
use crate::live_run::LiveRun;
use crate::pair::Pair;
use crate::storm::Storm;

const NOW: Timestamp = Timestamp(1_795_410_004_000_000);

/// What has been asked and not been answered.
#[derive(Default)]
pub(crate) struct Mail {
    text: String,
    asked: Vec<(u64, String)>,
    arrived: VecDeque<Incoming>,
    /// The document was asked for; its text is held back until the measuring begins.
    pub(crate) held_back: Option<Incoming>,
    storm: Storm,
    /// How many workflows the library has.
    library: usize,
    large_run: Option<LargeRun>,
    pair: Option<Pair>,
    live_run: Option<LiveRun>,
    stream: Option<u64>,
    /// The stream's, behind what was told of the run that is under way.
    position: u64,
}

impl Mail {
    /// A daemon with this document.
    pub(crate) fn new(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// Answers what was asked, outside of the time that a frame takes.
    pub(crate) fn answer(&mut self) {
        for (call, request) in std::mem::take(&mut self.asked) {
            let request: Result<Request, _> = serde_json::from_str(&request);
            let of_library = request.as_ref().ok().and_then(|request| self.of_library(request));
            let is_document =
                of_library.is_none() && matches!(request, Ok(Request::ReadDocument(_)));
            let result = match request {
                Ok(request) => {
                    let of_run = self.of_runs(&request).or(of_library);
                    of_run.unwrap_or_else(|| answer(&request, &self.text, &self.storm))
                }
                Err(error) => Err(error.to_string()),
            };
            let reply = Incoming::Reply { call, result };
            if is_document {
                self.held_back = Some(reply);
            } else {
                self.arrived.push_back(reply);
            }
        }
    }

    /// The library has so many workflows.
    pub(crate) fn fill_library(&mut self, workflows: usize) {
        self.library = workflows;
    }

    fn of_library(&self, request: &Request) -> Option<Result<String, String>> {
        match request {
            Request::ListWorkflows(_) => Some(json(&crate::library::list(self.library))),
            Request::ReadGit(_) => Some(json(&millrace_api::git::GitReport::default())),
            Request::ReadDocument(ReadDocument { source: Source::Path(path) }) => {
                Some(json(&crate::library::document(path)?))
            }
            _ => None,
        }
    }

    fn of_runs(&self, request: &Request) -> Option<Result<String, String>> {
        let large = self.large_run.as_ref().and_then(|run| run.answer(request));
        let pair = || self.pair.as_ref()?.answer(request);
        let live = || self.live_run.as_ref()?.answer(request);
        large.or_else(pair).or_else(live)
    }

    /// So many runs have ended before.
    pub(crate) fn remember(&mut self, runs: u64) {
        self.storm.past = runs;
    }

    /// A thousand runs are accepted at once.
    pub(crate) fn begin_storm(&mut self) -> anyhow::Result<()> {
        let item = self.storm.begin(NOW)?;
        self.tell(&item)
    }

    /// The next few of them begin and end.
    pub(crate) fn go_on(&mut self) -> anyhow::Result<()> {
        let item = self.storm.go_on(NOW);
        self.tell(&item)
    }

    /// The run of ten thousand items is asked for from outside.
    pub(crate) fn show_large_run(&mut self) -> anyhow::Result<()> {
        let run = LargeRun::new(NOW)?;
        self.show(run.id());
        self.large_run = Some(run);
        Ok(())
    }

    /// The second of two runs of one workflow is asked for from outside.
    pub(crate) fn show_pair(&mut self) -> anyhow::Result<()> {
        let pair = Pair::new(NOW)?;
        self.show(pair.newer());
        self.pair = Some(pair);
        Ok(())
    }

    /// A run that is under way is asked for from outside.
    pub(crate) fn show_live_run(&mut self) -> anyhow::Result<()> {
        let run = LiveRun::new(NOW)?;
        self.show(run.id());
        self.live_run = Some(run);
        Ok(())
    }

    /// Tells what happens in that run until the next frame; false when it has ended.
    pub(crate) fn go_on_live(&mut self) -> anyhow::Result<bool> {
        let run = self.live_run.as_mut().context("no run is under way")?;
        let events = run.go_on()?;
        if events.is_empty() {
            return Ok(false);
        }
        self.position += events.len() as u64;
        let position = self.position;
        self.tell(&StreamItem { relist: false, position, events })?;
        Ok(true)
    }

    fn show(&mut self, run: RunId) {
        let show = HostEvent::ShowRun { run: run.to_string(), task: None };
        self.arrived.push_back(Incoming::Host(show));
    }

    fn tell(&mut self, item: &StreamItem) -> anyhow::Result<()> {
        let stream = self.stream.context("the ui follows no runs")?;
        self.arrived.push_back(Incoming::Item { stream, json: serde_json::to_string(item)? });
        Ok(())
    }

    /// The document arrives.
    pub(crate) fn deliver(&mut self) {
        self.arrived.extend(self.held_back.take());
    }
}

/// The ui's end.
pub(crate) struct Wire(pub(crate) Rc<RefCell<Mail>>);

impl Bridge for Wire {
    fn call(&mut self, call: u64, request: String) {
        self.0.borrow_mut().asked.push((call, request));
    }

    fn watch(&mut self, call: u64, request: String) {
        // Nothing changes here.
        self.call(call, request);
    }

    fn unwatch(&mut self, _call: u64) {}

    fn pick(&mut self, _call: u64, _pick: Pick) {}

    fn subscribe(&mut self, stream: u64, _request: String) {
        self.0.borrow_mut().stream = Some(stream);
    }

    fn pick_path(&mut self, _call: u64, _pick: PickPath) {}

    fn open_link(&mut self, _call: u64, _link: String) {}

    fn open_folder(&mut self, _call: u64, _request: String) {}

    fn desktop(&mut self, _call: u64, _ask: DesktopAsk) {}

    fn find_fonts(&mut self, _characters: String, _have: BTreeSet<usize>) {}

    fn poll(&mut self) -> Option<Incoming> {
        self.0.borrow_mut().arrived.pop_front()
    }

    fn now(&self) -> Timestamp {
        NOW
    }

    fn local_offset_secs(&self, _at: Timestamp) -> i32 {
        0
    }
}

fn answer(request: &Request, text: &str, storm: &Storm) -> Result<String, String> {
    match request {
        Request::DaemonState(_) => json(&DaemonReport {
            pid: 1,
            version: "0.1.0".to_owned(),
            api_version: millrace_api::API_VERSION,
            home: "/home/ada/.local/share/millrace".to_owned(),
            started: NOW,
            running_runs: 0,
            queued_runs: 0,
            running_tasks: 0,
            parallel_tasks: 8,
            warnings: Vec::new(),
            position: 0,
        }),
        Request::ReadDocument(_) => json(&DocumentText {
            path: Some("/home/ada/large.json".to_owned()),
            text: text.to_owned(),
            digest: "0".repeat(16),
            read_only: None,
            problems: Vec::new(),
            is_trusted: true,
        }),
        Request::StatDocuments(_) => json(&DocumentStats { documents: Vec::new() }),
        Request::Validate(_) => json(&Validated { problems: Vec::new() }),
        Request::ListDrafts(_) => json(&DraftList { drafts: Vec::new() }),
        Request::KeepDraft(_) | Request::DropDraft(_) => json(&Done {}),
        Request::ListRuns(list) => json(&storm.page(list)),
        Request::WorkflowGrid(_) => json(&crate::grid::grid()),
        Request::WorkflowDays(asked) => json(&crate::days::days(asked)),
        Request::ReadQueue(_) => json(&storm.queue()),
        other => Err(format!("{} is not answered here", other.name())),
    }
}

/// The events that are asked for.
pub(crate) fn page(all: &[RunEvent], read: &ReadEvents) -> Result<String, String> {
    let after = all.iter().filter(|event| event.seq > read.after);
    json(&EventPage { events: after.take(read.limit as usize).cloned().collect() })
}

/// What is sent.
pub(crate) fn json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}
