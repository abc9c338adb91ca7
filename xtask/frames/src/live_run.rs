//! A run of ten thousand tasks that is under way: five hundred of them begin and end a second.

use millrace_api::Request;
use millrace_api::run::RunDetail;
use millrace_model::event::{Run, RunEvent};
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;

use crate::daemon::{json, page};
use crate::plain_run::PlainRun;
use crate::workflow;

const TASKS: usize = 10_000;
const A_SECOND: u64 = 500;
/// A run is told of so often a second: with every frame of a screen.
pub(crate) const FRAMES_A_SECOND: u64 = 60;
const RUN: RunId = RunId(0x3000_0000_0000_0000);

pub(crate) struct LiveRun {
    plain: PlainRun,
    run: Run,
    events: Vec<RunEvent>,
    text: String,
    /// Frames so far.
    frames: u64,
    /// Tasks so far.
    ended: u64,
}

impl LiveRun {
    pub(crate) fn new(begun: Timestamp) -> anyhow::Result<Self> {
        let mut plain = PlainRun::new(RUN, TASKS, begun)?;
        let events = plain.begin('0')?;
        let mut run = Run::begin(&events[0])?;
        events[1..].iter().try_for_each(|event| run.apply(event))?;
        Ok(Self { plain, run, events, text: workflow::text(TASKS), frames: 0, ended: 0 })
    }

    /// Names it.
    pub(crate) fn id(&self) -> RunId {
        self.run.run
    }

    /// What happens until the next frame; nothing when the run has ended.
    pub(crate) fn go_on(&mut self) -> anyhow::Result<Vec<RunEvent>> {
        self.frames += 1;
        let mut events = Vec::new();
        while self.ended * FRAMES_A_SECOND < self.frames * A_SECOND {
            self.ended += 1;
            events.extend(self.plain.go_on(1_000_000 / A_SECOND));
        }
        events.iter().try_for_each(|event| self.run.apply(event))?;
        self.events.extend_from_slice(&events);
        Ok(events)
    }

    /// The answer to what is asked of it; none where it is about something else.
    pub(crate) fn answer(&self, request: &Request) -> Option<Result<String, String>> {
        match request {
            Request::GetRun(get) if get.run == RUN => Some(json(&RunDetail {
                run: self.run.clone(),
                snapshot: get.snapshot.then(|| self.text.clone()),
                waits: Vec::new(),
            })),
            Request::ReadEvents(read) => Some(page(&self.events, read)),
            _ => None,
        }
    }
}
