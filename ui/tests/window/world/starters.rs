//! What the scripted daemon knows of schedules, trust and the inbox.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use millrace_api::answer::Question;
use millrace_api::document::Source;
use millrace_api::inbox::{Inbox, InboxSkip, MarkSeen, Untrusted};
use millrace_api::run::{Done, RunRow};
use millrace_api::schedule::{
    Backfill, BackfillPlan, BackfillTick, FireRow, FireState, Fires, Held, LastFire, ListFires,
    MoveFire, MoveTo, ScheduleList, ScheduleRow, StarterKind, SwitchSchedules,
};
use millrace_api::trust::Trust;
use millrace_api::{ApiError, Code};
use millrace_model::document::{Schedule, Workflow};
use millrace_model::event::RunState;
use millrace_model::ids::{BackfillId, RunId, WorkflowId};
use millrace_model::read::Document;
use millrace_model::schedule::Ticks;
use millrace_model::time::Timestamp;

use super::{World, json, row_of};

/// The zone of the scripted daemon's machine.
const ZONE: Tz = Tz::Europe__Berlin;

/// What the scripted daemon knows of what starts by itself.
#[derive(Default)]
pub struct Starters {
    /// Path and name of what is switched off.
    pub off: BTreeSet<(String, String)>,
    /// Paths of documents that are not trusted.
    pub untrusted: BTreeSet<String>,
    /// What became of single ticks: path, schedule and tick.
    pub moves: BTreeMap<(String, String, Timestamp), MoveTo>,
    /// What is past.
    pub past: Vec<FireRow>,
    /// What did not start, with its number.
    pub skips: Vec<InboxSkip>,
    /// Failed runs of before, newest first.
    pub failures: Vec<RunRow>,
    /// What is asked.
    pub questions: Vec<Question>,
    /// Failed runs that were seen.
    pub seen: BTreeSet<RunId>,
    /// What did not start and was seen.
    pub seen_skips: BTreeSet<u64>,
}

fn path_of(source: &Source) -> String {
    match source {
        Source::Path(path) => path.clone(),
        other => panic!("the ui named a workflow by {other:?}"),
    }
}

impl World {
    fn workflows(&self) -> Vec<(String, Workflow)> {
        let read = |text: &str| Document::parse(text.as_bytes()).workflow;
        self.files.iter().filter_map(|(path, text)| Some((path.clone(), read(text)?))).collect()
    }

    fn held(&self, path: &str) -> Option<Held> {
        self.starters.untrusted.contains(path).then_some(Held::Untrusted)
    }

    pub(super) fn list_schedules(&self) -> Result<String, String> {
        let mut schedules = Vec::new();
        for (path, workflow) in self.workflows() {
            for schedule in &workflow.schedules {
                let Ok(ticks) = Ticks::of(schedule, ZONE) else { continue };
                let is_on = !self.starters.off.contains(&(path.clone(), schedule.name.to_string()));
                let held = self.held(&path).filter(|_| is_on);
                let coming = self.coming(&path, &workflow, schedule, self.time());
                let next = coming.into_iter().map(|fire| fire.at).min();
                schedules.push(ScheduleRow {
                    workflow_id: WorkflowId(1),
                    workflow: workflow.name.to_string(),
                    title: workflow.title.clone(),
                    path: path.clone(),
                    kind: StarterKind::Schedule,
                    name: schedule.name.to_string(),
                    words: ticks.words(),
                    timezone: Some(ticks.zone().name().to_owned()),
                    is_on,
                    next: next.filter(|_| is_on && held.is_none()),
                    held,
                    last: self.last(&path, schedule.name.as_str()),
                });
            }
        }
        for (path, workflow) in self.workflows() {
            for trigger in &workflow.triggers {
                let is_on = !self.starters.off.contains(&(path.clone(), trigger.name.to_string()));
                schedules.push(ScheduleRow {
                    workflow_id: WorkflowId(1),
                    workflow: workflow.name.to_string(),
                    title: workflow.title.clone(),
                    path: path.clone(),
                    kind: StarterKind::Trigger,
                    name: trigger.name.to_string(),
                    words: "New or changed files: inbox/*.csv".to_owned(),
                    timezone: None,
                    is_on,
                    next: None,
                    held: self.held(&path).filter(|_| is_on),
                    last: None,
                });
            }
        }
        let (timezone, now) = (ZONE.name().to_owned(), self.time());
        json(&ScheduleList { schedules, timezone, now })
    }

    fn last(&self, path: &str, name: &str) -> Option<LastFire> {
        let past = self.starters.past.iter().rev();
        let mut of_it = past.filter(|fire| fire.path.as_deref() == Some(path) && fire.name == name);
        of_it.find_map(|fire| match fire.what {
            FireState::Run { run, run_state, .. } => {
                Some(LastFire { tick: fire.at, run, state: run_state })
            }
            _ => None,
        })
    }

    /// Of a schedule, for two months.
    fn coming(
        &self,
        path: &str,
        workflow: &Workflow,
        schedule: &Schedule,
        from: Timestamp,
    ) -> Vec<FireRow> {
        let Ok(ticks) = Ticks::of(schedule, ZONE) else { return Vec::new() };
        let to = Timestamp(from.0 + 62 * 86_400_000_000);
        let mut fires = Vec::new();
        for tick in ticks.between(from, to).take(2_000) {
            let key = (path.to_owned(), schedule.name.to_string(), tick.at);
            let (at, moved, what) = match self.starters.moves.get(&key) {
                Some(MoveTo::At(at)) => (*at, Some(tick.at), FireState::Coming),
                Some(MoveTo::Nowhere) => {
                    let why = "left out by hand".to_owned();
                    (tick.at, None, FireState::Skipped { why, count: 1, first: tick.at })
                }
                _ => (tick.at, None, FireState::Coming),
            };
            let is_off = self.starters.off.contains(&(path.to_owned(), schedule.name.to_string()));
            let is_held = is_off || self.held(path).is_some();
            let what = if is_held { FireState::Held } else { what };
            fires.push(fire(path, workflow, schedule.name.as_str(), (at, moved), what));
        }
        fires
    }

    pub(super) fn switch_schedules(&mut self, args: &SwitchSchedules) -> Result<String, String> {
        let path = path_of(&args.source);
        let text = self.files[&path].clone();
        let workflow = Document::parse(text.as_bytes()).workflow.unwrap();
        let schedules = workflow.schedules.iter().map(|schedule| &schedule.name);
        for starter in schedules.chain(workflow.triggers.iter().map(|trigger| &trigger.name)) {
            if args.name.as_ref().is_none_or(|name| starter.as_str() == name) {
                let key = (path.clone(), starter.to_string());
                if args.on {
                    self.starters.off.remove(&key)
                } else {
                    self.starters.off.insert(key)
                };
            }
        }
        json(&Done {})
    }

    pub(super) fn list_fires(&self, args: &ListFires) -> Result<String, String> {
        let only = args.source.as_ref().map(path_of);
        let mut fires = self.starters.past.clone();
        for (path, workflow) in self.workflows() {
            for schedule in &workflow.schedules {
                fires.extend(self.coming(&path, &workflow, schedule, self.time()));
            }
        }
        fires.retain(|fire| {
            (args.from..=args.to).contains(&fire.at) && (only.is_none() || fire.path == only)
        });
        fires.sort_by_key(|fire| fire.at);
        json(&Fires { fires, is_cut: false })
    }

    pub(super) fn move_fire(&mut self, args: &MoveFire) -> Result<String, String> {
        let key = (path_of(&args.source), args.schedule.to_string(), args.tick);
        self.starters.moves.insert(key, args.to);
        json(&Done {})
    }

    pub(super) fn backfill(&mut self, args: &Backfill) -> Result<String, String> {
        let text = self.files[&path_of(&args.source)].clone();
        let workflow = Document::parse(text.as_bytes()).workflow.unwrap();
        let wanted =
            |schedule: &&Schedule| args.schedule.as_ref().is_none_or(|name| *name == schedule.name);
        let schedule = workflow.schedules.iter().find(wanted).unwrap();
        let ticks = Ticks::of(schedule, ZONE).unwrap();
        let mut found: Vec<Timestamp> =
            ticks.between(args.from, args.to).map(|tick| tick.at).collect();
        if found.len() > millrace_api::schedule::MOST_BACKFILLED {
            let message =
                format!("these are {} times, and a backfill has at most 1000", found.len());
            let error = ApiError::new(Code::InvalidRequest, message).help("choose fewer days");
            return Err(serde_json::to_string(&error).unwrap());
        }
        if args.reverse {
            found.reverse();
        }
        let ticks = found
            .into_iter()
            .map(|tick| BackfillTick {
                tick,
                run: (!args.dry_run).then(|| self.begin(&text)),
                done: None,
            })
            .collect();
        json(&BackfillPlan {
            backfill: (!args.dry_run).then_some(BackfillId(7)),
            schedule: schedule.name.clone(),
            timezone: ZONE.name().to_owned(),
            ticks,
        })
    }

    pub(super) fn trust(&mut self, args: &Trust) -> Result<String, String> {
        if args.on {
            let below = format!("{}/", args.path);
            let untrusted = &mut self.starters.untrusted;
            untrusted.retain(|path| *path != args.path && !path.starts_with(&below));
        } else {
            self.starters.untrusted.insert(args.path.clone());
        }
        json(&Done {})
    }

    pub(super) fn read_inbox(&self) -> Result<String, String> {
        let failed =
            self.runs.iter().rev().filter(|run| {
                run.state == RunState::Failed && !self.starters.seen.contains(&run.run)
            });
        let before = &self.starters.failures;
        let before = before.iter().filter(|row| !self.starters.seen.contains(&row.run));
        let workflows = self.workflows();
        let untrusted = self.starters.untrusted.iter().filter_map(|path| {
            let (_, workflow) = workflows.iter().find(|(other, _)| other == path)?;
            let words = |schedule: &Schedule| Some(Ticks::of(schedule, ZONE).ok()?.words());
            let starters: Vec<String> = workflow.schedules.iter().filter_map(words).collect();
            (!starters.is_empty()).then(|| Untrusted {
                workflow: workflow.name.to_string(),
                title: workflow.title.clone(),
                path: path.clone(),
                starters,
            })
        });
        let skips = self.starters.skips.iter();
        let skips = skips.filter(|skip| !self.starters.seen_skips.contains(&skip.skip));
        json(&Inbox {
            questions: self.starters.questions.clone(),
            failures: failed.map(row_of).chain(before.cloned()).take(200).collect(),
            skips: skips.cloned().collect(),
            untrusted: untrusted.collect(),
        })
    }

    pub(super) fn mark_seen(&mut self, args: &MarkSeen) -> Result<String, String> {
        let starters = &mut self.starters;
        if args.unseen {
            starters.seen.retain(|run| !args.runs.contains(run));
            starters.seen_skips.retain(|skip| !args.skips.contains(skip));
        } else {
            starters.seen.extend(&args.runs);
            starters.seen_skips.extend(&args.skips);
        }
        json(&Done {})
    }
}

/// A fire of a workflow.
pub fn fire(
    path: &str,
    workflow: &Workflow,
    name: &str,
    (at, tick): (Timestamp, Option<Timestamp>),
    what: FireState,
) -> FireRow {
    FireRow {
        at,
        tick,
        is_moved: tick.is_some(),
        workflow_id: WorkflowId(1),
        workflow: workflow.name.to_string(),
        title: workflow.title.clone(),
        path: Some(path.to_owned()),
        name: name.to_owned(),
        what,
    }
}

/// The text of a workflow with these schedules, as JSON.
pub fn scheduled(text: &str, schedules: &str) -> String {
    let mut document: serde_json::Value = serde_json::from_str(text).unwrap();
    document["schedules"] = serde_json::from_str(schedules).unwrap();
    serde_json::to_string_pretty(&document).unwrap()
}
