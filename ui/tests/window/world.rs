//! A scripted daemon behind the ui, and the harness around both.

mod bridge;
mod days;
mod grid;
mod library;
mod logs;
mod queue;
mod search;
mod settings;
mod starters;
mod window;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use millrace_api::answer::{AnswerTask, MarkTask};
use millrace_api::artifact::{ArtifactPart, SavedArtifact};
use millrace_api::backup::RunningBackup;
use millrace_api::diagnostics::Diagnostics;
use millrace_api::document::{
    DocumentStat, DocumentStats, DocumentText, FileState, Problem, RecentRun, SavedDocument,
    Severity, Source, TrashedDocument, Validated, WorkflowList, WorkflowRow,
};
use millrace_api::draft::{DraftList, KeptDraft};
use millrace_api::host::HostEvent;
use millrace_api::log::{LogChunk, LogData, LogStream, SavedLog};
use millrace_api::picture::SavedPicture;
use millrace_api::place::PlaceOf;
use millrace_api::report::SavedReport;
use millrace_api::run::{
    DaemonReport, Done, EventPage, RunDetail, RunRow, StartedRun, Wait, Waits,
};
use millrace_api::secret::{SecretList, SecretSource, StoredSecret};
use millrace_api::settings::HomeSettings;
use millrace_api::storage::{Cleaned, Storage};
use millrace_api::usual::Usual;
use millrace_api::version::{Version, VersionList, VersionReason, VersionText};
use millrace_api::{ApiError, Code, Request, StreamItem};
use millrace_model::event::{
    Actor, Artifact, AttemptEnd, Cause, Exit, InGit, LogSummary, Origin, Outcome, Run, RunEvent,
    RunEventKind, RunHead, RunState, TaskState, Then, Trigger,
};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::problem;
use millrace_model::read::Document;
use millrace_model::time::Timestamp;
use millrace_model::validate::Surroundings;
use millrace_model::write::canonical_text;
use millrace_ui::bridge::{DesktopAsk, DesktopState, Incoming, Pick, PickPath};
use serde::Serialize;

pub use starters::{Starters, fire, scheduled};
pub use window::Window;

/// Where the clock stands at first: 2026-11-23T05:00:04Z.
pub const START: Timestamp = Timestamp(1_795_410_004_000_000);
/// The file of the document that most tests open.
pub const SALES: &str = "/home/ada/workflows/daily_sales.json";

/// The daily sales of the design's pictures.
pub const SALES_TEXT: &str = include_str!("daily_sales.json");

/// Everything that the scripted daemon knows.
#[derive(Default)]
pub struct World {
    pub files: BTreeMap<String, String>,
    pub runs: Vec<Run>,
    /// Runs of before, which have only rows, newest first.
    pub past: Vec<RunRow>,
    /// Who the workflows in these files are.
    pub workflow_ids: BTreeMap<String, millrace_model::ids::WorkflowId>,
    /// The tasks of runs of before, with their titles.
    pub past_tasks: Vec<(String, String)>,
    /// Runs that were deleted.
    pub deleted: BTreeSet<RunId>,
    pub snapshots: BTreeMap<RunId, String>,
    pub logs: BTreeMap<(RunId, TaskKey), Vec<LogChunk>>,
    /// All that happened to runs.
    pub events: BTreeMap<RunId, Vec<RunEvent>>,
    /// How long runs usually take.
    pub usual: Usual,
    /// What is in the artifacts of these names.
    pub artifacts: BTreeMap<String, Vec<u8>>,
    /// What is said of others.
    pub gone: Option<ApiError>,
    /// Why runs wait that have not ended.
    pub queue_whys: BTreeMap<RunId, Wait>,
    pub trash: BTreeMap<String, (String, String)>,
    /// Folders of the library in which no document is.
    pub empty_folders: BTreeSet<String>,
    pub commits: Vec<Option<Box<InGit>>>,
    /// How documents stand in git.
    pub git: millrace_api::git::GitReport,
    /// What runs a document that is moved, and what of it cannot follow.
    pub callers: (Vec<String>, Vec<String>),
    pub versions: Vec<(Timestamp, VersionReason, String)>,
    pub drafts: BTreeMap<String, KeptDraft>,
    /// Stored secrets, without their values.
    pub secrets: BTreeMap<String, SecretSource>,
    /// The settings of the home.
    pub settings: Option<HomeSettings>,
    /// What the daemon warns of.
    pub warnings: Vec<String>,
    /// How much of each pool is taken; one of a name of its own where none is given.
    pub pools: Vec<millrace_api::queue::PoolUse>,
    /// What takes space in it.
    pub storage: Storage,
    pub diagnostics: Diagnostics,
    /// What was shown in the file manager.
    pub shown_places: Vec<PlaceOf>,
    /// What could be given up.
    pub expendable: Cleaned,
    /// The backup that is being written.
    pub backup: Option<RunningBackup>,
    /// What starts workflows by itself.
    pub starters: Starters,
    /// Answers that were given.
    pub answers: Vec<AnswerTask>,
    /// Marks that were set.
    pub marks: Vec<MarkTask>,
    pub requests: Vec<Request>,
    pub refuse: BTreeMap<&'static str, ApiError>,
    /// What is watched is not looked at.
    pub held_watch: bool,
    /// Nobody answers: why.
    pub away: Option<ApiError>,
    pub page: Option<usize>,
    pub now: Option<Timestamp>,
    /// What the person chooses in the system's dialogs, in turn; then they change their mind.
    pub picks: VecDeque<String>,
    /// What the system's dialogs were asked for.
    pub picked: Vec<Pick>,
    /// What was asked for with the system's dialog.
    pub path_picks: Vec<PickPath>,
    /// What a person chooses in it.
    pub path_picked: Option<String>,
    /// What is chosen about the desktop; none: a page without one.
    pub desktop: Option<DesktopState>,
    /// What was asked of the desktop, apart from what is chosen.
    pub desktop_asks: Vec<DesktopAsk>,
    /// The system has no dialogs, as in a browser.
    pub has_no_dialogs: bool,
    /// Links that were opened outside of the window.
    pub opened: Vec<String>,
    /// Fonts of the system: the characters that each has, and its file.
    pub fonts: Vec<(&'static str, &'static [u8])>,
    /// Characters that fonts were looked for.
    pub asked_fonts: Vec<String>,
    /// No answer to this command arrives.
    pub held: Option<&'static str>,
    /// Nothing arrives while this is set.
    pub is_silent: bool,
    incoming: VecDeque<Incoming>,
    watched: Vec<Watched>,
    stream: Option<u64>,
    position: u64,
}

/// What is asked again and again.
struct Watched {
    call: u64,
    request: Request,
    last: Option<Result<String, String>>,
}

fn digest(text: &str) -> String {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn json(value: &impl Serialize) -> Result<String, String> {
    Ok(serde_json::to_string(value).unwrap())
}

impl World {
    fn answer_or_refuse(&mut self, request: &Request) -> Result<String, String> {
        match self.away.as_ref().or_else(|| self.refuse.get(request.name())) {
            Some(error) => Err(serde_json::to_string(error).unwrap()),
            None => self.answer(request),
        }
    }

    /// The problems of a document, checked against the channels where the home's settings are known.
    fn problems_here(&self, text: &str) -> Vec<Problem> {
        let notify = self.settings.as_ref().map(|home| &home.settings.notify);
        let named = notify.map(|notify| notify.channels().into_iter().map(str::to_owned).collect());
        problems_in(text, &Surroundings { channels: named.as_ref(), ..Surroundings::default() })
    }

    fn look_at_watched(&mut self) {
        if self.held_watch {
            return;
        }
        let mut watched = std::mem::take(&mut self.watched);
        for this in &mut watched {
            let result = self.answer_or_refuse(&this.request);
            if this.last.as_ref() != Some(&result) {
                this.last = Some(result.clone());
                self.incoming.push_back(Incoming::Reply { call: this.call, result });
            }
        }
        self.watched = watched;
    }

    fn answer(&mut self, request: &Request) -> Result<String, String> {
        match request {
            Request::DaemonState(_) => json(&DaemonReport {
                pid: 4_711,
                version: "0.1.0".to_owned(),
                api_version: millrace_api::API_VERSION,
                home: "/home/ada/.local/share/millrace".to_owned(),
                started: START,
                running_runs: self.active(),
                queued_runs: 0,
                running_tasks: self.active(),
                parallel_tasks: 8,
                warnings: self.warnings.clone(),
                position: self.position,
            }),
            Request::ReadArtifact(read) => {
                let name = &read.artifact.name;
                if let Some(gone) =
                    self.gone.as_ref().filter(|_| !self.artifacts.contains_key(name))
                {
                    return Err(serde_json::to_string(gone).unwrap());
                }
                let Some(bytes) = self.artifacts.get(name) else { return self.not_found(name) };
                let from = usize::try_from(read.offset).unwrap().min(bytes.len());
                let to = (from + read.max_bytes as usize).min(bytes.len());
                let artifact = artifact(name, bytes);
                let data = LogData::from_bytes(bytes[from..to].to_vec());
                json(&ArtifactPart { artifact, data })
            }
            Request::SaveArtifact(save) => {
                let bytes = self.artifacts[&save.artifact.name].len() as u64;
                json(&SavedArtifact { path: save.path.clone(), bytes })
            }
            Request::SavePicture(save) => {
                let (path, bytes) = (save.path.clone(), save.svg.len() as u64);
                json(&SavedPicture { path, bytes })
            }
            Request::SaveReport(save) => {
                json(&SavedReport { path: save.path.clone(), bytes: 9_000 })
            }
            Request::StopDaemon(_) => json(&Done {}),
            Request::ListWorkflows(_) => json(&WorkflowList {
                workflows: self
                    .files
                    .iter()
                    .map(|(path, text)| self.library_row(path, text))
                    .collect(),
                library: vec![library::ROOT.to_owned()],
                folders: self.folders(),
            }),
            Request::SearchWorkflows(search) => self.search_workflows(search),
            Request::ReadGit(_) => json(&self.git),
            Request::MakeFolder(make) => self.make_folder(make),
            Request::RenameFolder(rename) => self.rename_folder(rename),
            Request::RemoveFolder(remove) => self.remove_folder(remove),
            Request::ReadDocument(read) => {
                let path = match &read.source {
                    Source::Path(path) => path.clone(),
                    Source::Name(name) => {
                        let mut rows = self.files.iter().map(|(p, t)| self.library_row(p, t));
                        let row = rows.find(|row| row.name == *name);
                        row.and_then(|row| row.path).unwrap_or_default()
                    }
                    Source::Text { .. } => return self.not_found("document"),
                };
                let path = &path;
                match self.files.get(path) {
                    Some(text) => json(&DocumentText {
                        path: Some(path.clone()),
                        text: text.clone(),
                        digest: digest(text),
                        read_only: None,
                        problems: self.problems_here(text),
                        is_trusted: !self.starters.untrusted.contains(path),
                    }),
                    None => self.not_found(path),
                }
            }
            Request::SaveDocument(save) => {
                let there = self.files.get(&save.path).map(|text| digest(text));
                if !save.overwrite && there != save.expected_digest {
                    let message = format!("{} exists already", save.path);
                    let error = ApiError::new(Code::ChangedOutside, message);
                    return Err(serde_json::to_string(&error).unwrap());
                }
                self.files.insert(save.path.clone(), save.text.clone());
                let digest = digest(&save.text);
                self.versions.push((self.time(), VersionReason::Saved, save.text.clone()));
                json(&SavedDocument::new(save.path.clone(), digest))
            }
            Request::ListVersions(_) => {
                let all = self.versions.iter().enumerate().rev();
                let versions = all.map(|(number, (kept, reason, _))| Version {
                    version: number as u64,
                    kept: *kept,
                    reason: *reason,
                });
                json(&VersionList { versions: versions.collect() })
            }
            Request::ReadVersion(read) => {
                json(&VersionText { text: self.versions[read.version as usize].2.clone() })
            }
            Request::MoveDocument(args) => {
                let Some(text) = self.files.remove(&args.path) else {
                    return self.not_found(&args.path);
                };
                let mut workflow = Document::parse(text.as_bytes()).workflow.unwrap();
                let old = workflow.name.clone();
                workflow.name = args.name.clone().unwrap_or(workflow.name);
                workflow.title = args.title.clone().or(workflow.title);
                let follows = args.path.ends_with(&format!("/{old}.json"));
                let path = match &args.to {
                    Some(to) => to.clone(),
                    None if follows => args.path.replace(old.as_str(), workflow.name.as_str()),
                    None => args.path.clone(),
                };
                let text = if args.name.is_some() { canonical_text(&workflow) } else { text };
                let digest = digest(&text);
                self.files.insert(path.clone(), text);
                let (callers, left) = self.callers.clone();
                json(&SavedDocument { callers, left, ..SavedDocument::new(path, digest) })
            }
            Request::TrashDocument(args) => {
                let Some(text) = self.files.remove(&args.path) else {
                    return self.not_found(&args.path);
                };
                let trashed = format!("{:x}", self.trash.len());
                self.trash.insert(trashed.clone(), (args.path.clone(), text));
                json(&TrashedDocument { trashed })
            }
            Request::RestoreDocument(args) => {
                let Some((path, text)) = self.trash.remove(&args.trashed) else {
                    return self.not_found("document in the trash");
                };
                let digest = digest(&text);
                self.files.insert(path.clone(), text);
                json(&SavedDocument::new(path, digest))
            }
            Request::StatDocuments(stat) => {
                let state = |path: &String| match self.files.get(path) {
                    Some(text) => FileState::Digest(digest(text)),
                    None => FileState::Gone,
                };
                let stats = stat
                    .paths
                    .iter()
                    .map(|path| DocumentStat { path: path.clone(), state: state(path) });
                json(&DocumentStats { documents: stats.collect() })
            }
            Request::Validate(validate) => {
                let problems = match &validate.source {
                    Source::Text { text, .. } => self.problems_here(text),
                    _ => Vec::new(),
                };
                json(&Validated { problems })
            }
            Request::KeepDraft(keep) => {
                let draft = keep.draft.clone();
                let kept = self.time();
                self.drafts.insert(draft.draft.clone(), KeptDraft { draft, kept });
                json(&Done {})
            }
            Request::ListDrafts(_) => {
                json(&DraftList { drafts: self.drafts.values().cloned().collect() })
            }
            Request::DropDraft(drop) => {
                self.drafts.remove(&drop.draft);
                json(&Done {})
            }
            Request::ListSecrets(_) => {
                let secret = |(name, source): (&String, &SecretSource)| StoredSecret {
                    name: name.clone(),
                    source: source.clone(),
                };
                json(&SecretList { secrets: self.secrets.iter().map(secret).collect() })
            }
            Request::SetSecret(set) => {
                self.secrets.insert(set.secret.name.clone(), set.secret.source.clone());
                json(&Done {})
            }
            Request::RemoveSecret(remove) => {
                self.secrets.remove(&remove.name);
                json(&Done {})
            }
            Request::CheckSecret(_) => json(&Done {}),
            Request::ReadSettings(_) => json(&self.home_settings()),
            Request::ChangeSettings(args) => self.change_settings(args),
            Request::TestNotifier(_) => json(&Done {}),
            Request::StartRun(start) => {
                let text = match &start.source {
                    Source::Text { text, .. } => text.clone(),
                    Source::Path(path) => self.files[path].clone(),
                    Source::Name(name) => name.clone(),
                };
                let run = self.begin(&text);
                json(&StartedRun { run, problems: Vec::new() })
            }
            Request::Rerun(rerun) => {
                let text = match &rerun.source {
                    Some(Source::Text { text, .. }) => text.clone(),
                    Some(Source::Path(path)) => self.files[path].clone(),
                    _ => self.snapshots[&rerun.run].clone(),
                };
                let run = self.begin(&text);
                json(&StartedRun { run, problems: Vec::new() })
            }
            Request::RetryRun(_) | Request::PauseRun(_) | Request::ResumeRun(_) => json(&Done {}),
            Request::AnswerTask(answer) => {
                self.answers.push(answer.clone());
                self.starters.questions.retain(|it| it.run != answer.run || it.task != answer.task);
                let run = self.runs.iter().find(|known| known.run == answer.run).unwrap();
                let serial = run.tasks[&answer.task].attempts.last().unwrap().serial;
                self.give(answer.run, serial, millrace_model::Values::new());
                json(&Done {})
            }
            Request::MarkTask(mark) => {
                self.marks.push(mark.clone());
                json(&Done {})
            }
            Request::CancelRun(cancel) => {
                let kind = RunEventKind::CancelRequested { by: Actor::Person, kill: cancel.kill };
                self.happen(cancel.run, kind);
                json(&Done {})
            }
            Request::ListRuns(list) => json(&self.list_runs(list)?),
            Request::SelectRuns(select) => json(&self.select_runs(select)?),
            Request::RetryRuns(retry) => json(&self.retry_runs(retry.runs.clone())),
            Request::DeleteRuns(delete) => json(&self.delete_runs(&delete.runs)),
            Request::RestoreRuns(restore) => json(&self.restore_runs(&restore.runs)),
            Request::CancelRuns(cancel) => json(&self.cancel_runs(cancel.runs.clone())),
            Request::GetRun(get) => match self.runs.iter().find(|run| run.run == get.run) {
                Some(run) => json(&RunDetail {
                    run: run.clone(),
                    snapshot: get.snapshot.then(|| self.snapshots[&get.run].clone()),
                    waits: Vec::new(),
                }),
                None => self.not_found("run"),
            },
            Request::WorkflowGrid(asked) => self.workflow_grid(asked),
            Request::WorkflowDays(asked) => self.workflow_days(asked),
            Request::UsualRun(_) => json(&self.usual),
            Request::ReadEvents(read) => {
                let all = self.events.get(&read.run).map(Vec::as_slice).unwrap_or_default();
                let after = all.iter().filter(|event| event.seq > read.after);
                let size = self.page.unwrap_or(read.limit as usize);
                json(&EventPage { events: after.take(size).cloned().collect() })
            }
            Request::WhyRun(_) => json(&Waits { waits: Vec::new() }),
            Request::ReadLog(read) => self.read_log(read),
            Request::SearchLog(search) => self.search_log(search),
            Request::SaveLog(save) => json(&SavedLog { path: save.path.clone(), bytes: 0 }),
            Request::ListSchedules(_) => self.list_schedules(),
            Request::SwitchSchedules(args) => self.switch_schedules(args),
            Request::ListFires(args) => self.list_fires(args),
            Request::MoveFire(args) => self.move_fire(args),
            Request::Backfill(args) => self.backfill(args),
            Request::Trust(args) => self.trust(args),
            Request::ReadInbox(_) => self.read_inbox(),
            Request::ReadQueue(_) => self.read_queue(),
            Request::MoveRun(args) => self.move_run(args),
            Request::MarkSeen(args) => self.mark_seen(args),
            other => self.answer_about_home(other),
        }
    }

    fn not_found(&self, what: &str) -> Result<String, String> {
        Err(serde_json::to_string(&ApiError::new(Code::NotFound, format!("there is no {what}")))
            .unwrap())
    }

    fn active(&self) -> u32 {
        self.runs.iter().filter(|run| !run.state.is_final()).count() as u32
    }

    fn library_row(&self, path: &str, text: &str) -> WorkflowRow {
        let workflow = Document::parse(text.as_bytes()).workflow;
        let stem = path.rsplit('/').next().unwrap().trim_end_matches(".json").to_owned();
        let name = workflow.as_ref().map_or(stem, |w| w.name.to_string());
        let recent = self.runs.iter().rev().filter(|run| run.head.workflow.as_str() == name);
        let errors = problems_of(text).iter().filter(|p| p.severity == Severity::Error).count();
        WorkflowRow {
            workflow_id: self.workflow_ids.get(path).copied(),
            title: workflow.as_ref().and_then(|w| w.title.clone()),
            description: workflow.as_ref().and_then(|w| w.description.clone()),
            path: Some(path.to_owned()),
            folder: library::folder_of(path),
            digest: Some(digest(text)),
            tasks: workflow.as_ref().map_or(0, |w| w.tasks.len() as u32),
            errors: errors as u32,
            recent: recent
                .take(20)
                .map(|run| RecentRun {
                    run: run.run,
                    state: run.state,
                    queued: run.queued,
                    duration_us: run.ended.map(|end| end.since(run.queued).as_micros() as u64),
                })
                .collect(),
            name,
        }
    }

    /// Accepts a run of a document and starts it.
    pub fn begin(&mut self, text: &str) -> RunId {
        let serial = self.runs.len() as u64 + 1;
        let run =
            RunId(0x8f2c_41d9_0000_0000_u64.wrapping_add(serial.wrapping_mul(0x1357_0000_0001)));
        self.begin_as(run, text)
    }

    /// The same with a given id.
    pub fn begin_as(&mut self, run: RunId, text: &str) -> RunId {
        self.enqueue_as(run, text);
        self.happen(run, RunEventKind::RunStarted);
        run
    }

    /// Accepts a run of a document that waits for its turn.
    pub fn enqueue_as(&mut self, run: RunId, text: &str) {
        let workflow = Document::parse(text.as_bytes()).workflow.unwrap();
        let head = RunHead {
            workflow: workflow.name.clone(),
            title: workflow.title.clone(),
            workflow_id: None,
            path: Some(SALES.to_owned()),
            snapshot: "0".repeat(64),
            trigger: Trigger::Manual,
            logical_time: self.time(),
            params: millrace_model::Values::new(),
            tasks: workflow
                .tasks
                .iter()
                .filter(|task| workflow.hooks_that_run(task.name.as_str()).next().is_none())
                .map(|task| task.name.clone())
                .collect(),
            only: None,
            rerun_of: None,
            failed_before: None,
            origin: Some(Box::new(Origin {
                version: "0.1.0".to_owned(),
                machine: "workshop".to_owned(),
                system: "Linux 6.1.0 x86_64".to_owned(),
                user: "ada".to_owned(),
                environment: ["HOME", "LANG", "PATH"].map(str::to_owned).to_vec(),
                git: self.commits.get(self.runs.len()).cloned().flatten(),
            })),
            carried: Vec::new(),
        };
        let kind = RunEventKind::RunQueued(Box::new(head));
        let event = RunEvent { run, seq: 1, at: self.time(), kind };
        self.runs.push(Run::begin(&event).unwrap());
        self.events.insert(run, vec![event.clone()]);
        self.snapshots.insert(run, text.to_owned());
        self.send(vec![event]);
    }

    /// The host tells something unasked.
    pub fn tell(&mut self, event: HostEvent) {
        self.incoming.push_back(Incoming::Host(event));
    }

    pub fn time(&self) -> Timestamp {
        self.now.unwrap_or(START)
    }

    /// Lets the clock go on.
    pub fn pass(&mut self, ms: u64) {
        self.now = Some(self.time().plus(Duration::from_millis(ms)));
    }

    /// Something happens to a run: it is folded and sent.
    pub fn happen(&mut self, run: RunId, kind: RunEventKind) {
        let event = self.fold(run, kind);
        self.send(vec![event]);
    }

    /// The same without the ui hearing of it.
    pub fn happen_unheard(&mut self, run: RunId, kind: RunEventKind) {
        self.fold(run, kind);
    }

    fn fold(&mut self, run: RunId, kind: RunEventKind) -> RunEvent {
        let at = self.time();
        let run = self.runs.iter_mut().find(|known| known.run == run).unwrap();
        let event = RunEvent { run: run.run, seq: run.seq + 1, at, kind };
        run.apply(&event).unwrap();
        self.events.entry(event.run).or_default().push(event.clone());
        event
    }

    fn send(&mut self, events: Vec<RunEvent>) {
        self.stream(events, false);
    }

    /// Lists of runs are other ones by now.
    pub fn relist(&mut self) {
        self.stream(Vec::new(), true);
    }

    fn stream(&mut self, events: Vec<RunEvent>, relist: bool) {
        self.position += 1;
        let item = StreamItem { position: self.position, events, relist };
        if let Some(stream) = self.stream {
            let json = serde_json::to_string(&item).unwrap();
            self.incoming.push_back(Incoming::Item { stream, json });
        }
    }

    /// Starts an attempt of a task.
    pub fn start(&mut self, run: RunId, task: &str) -> u32 {
        let known = self.runs.iter().find(|known| known.run == run).unwrap();
        let serial = known.serials.len() as u32 + 1;
        let number = known.task(&key(task)).unwrap().attempts.len() as u32 + 1;
        self.happen(run, RunEventKind::AttemptDispatched { task: key(task), serial, number });
        self.happen(
            run,
            RunEventKind::AttemptStarted { serial, pid: Some(100 + serial), child: None },
        );
        serial
    }

    /// A task begins to wait.
    pub fn wait(&mut self, run: RunId, task: &str, waits: millrace_model::event::Waits) {
        let known = self.runs.iter().find(|known| known.run == run).unwrap();
        let serial = known.serials.len() as u32 + 1;
        self.happen(run, RunEventKind::AttemptDispatched { task: key(task), serial, number: 1 });
        self.happen(run, RunEventKind::AttemptWaits { serial, waits: Box::new(waits) });
    }

    /// Ends an attempt after `ms` milliseconds.
    pub fn end(&mut self, run: RunId, serial: u32, ms: u64, outcome: Outcome, last_line: &str) {
        self.pass(ms);
        let (state, cause) = match &outcome {
            Outcome::Succeeded => (TaskState::Succeeded, None),
            Outcome::Failed { exit } => (TaskState::Failed, Some(Cause::Exit { exit: *exit })),
            Outcome::Error { message } => {
                (TaskState::Error, Some(Cause::Error { message: message.clone() }))
            }
            other => panic!("not scripted: {other:?}"),
        };
        self.end_with(run, serial, ms, outcome, last_line, Then::End { state, cause });
    }

    /// Ends an attempt well, with outputs.
    pub fn give(&mut self, run: RunId, serial: u32, outputs: millrace_model::Values) {
        self.pass(100);
        let mut end = AttemptEnd::unmeasured(Outcome::Succeeded, self.time());
        (end.outputs, end.duration_us) = (outputs, 900_000);
        let then = Then::End { state: TaskState::Succeeded, cause: None };
        self.happen(run, RunEventKind::AttemptEnded { serial, end: Box::new(end), then });
    }

    /// Ends an attempt, with what becomes of its task.
    pub fn end_with(
        &mut self,
        run: RunId,
        serial: u32,
        ms: u64,
        outcome: Outcome,
        last_line: &str,
        then: Then,
    ) {
        let mut end = AttemptEnd::unmeasured(outcome, self.time());
        end.duration_us = ms * 1_000;
        let known = self.runs.iter().find(|it| it.run == run);
        let printed = known
            .and_then(|known| known.attempt(serial))
            .is_some_and(|(task, _)| self.logs.contains_key(&(run, task.clone())));
        let log = LogSummary { bytes: 80, cut: 0, last_line: last_line.to_owned() };
        end.log = (printed || !last_line.is_empty()).then_some(log);
        self.happen(run, RunEventKind::AttemptEnded { serial, end: Box::new(end), then });
    }

    /// Runs a task to its good end.
    pub fn succeed(&mut self, run: RunId, task: &str, ms: u64) {
        let serial = self.start(run, task);
        self.end(run, serial, ms, Outcome::Succeeded, "");
    }

    /// Runs a task to exit code `code`.
    pub fn fail(&mut self, run: RunId, task: &str, ms: u64, code: i32, last_line: &str) {
        let serial = self.start(run, task);
        self.end(run, serial, ms, Outcome::Failed { exit: Exit::Code(code) }, last_line);
    }

    /// Ends a task without an attempt.
    pub fn skip(&mut self, run: RunId, task: &str, state: TaskState, cause: Cause) {
        self.happen(run, RunEventKind::TaskEnded { task: key(task), state, cause });
    }

    /// Ends a run.
    pub fn finish(&mut self, run: RunId, state: RunState, first: Option<&str>) {
        let cause = first.map(|task| Cause::TasksFailed { first: key(task), count: 1 });
        self.happen(run, RunEventKind::RunEnded { state, cause });
    }

    /// Ends the newest run well.
    pub fn finish_last(&mut self) {
        let run = self.runs.last().unwrap().run;
        self.finish(run, RunState::Succeeded, None);
    }

    /// Adds lines to a task's log: text, and whether it went to stderr.
    pub fn print(&mut self, run: RunId, task: &str, lines: &[(&str, bool)]) {
        let at = self.time();
        let chunks = self.logs.entry((run, key(task))).or_default();
        for (index, (text, is_error)) in lines.iter().enumerate() {
            let last = chunks.last();
            let offset = last.map_or(0, |chunk| chunk.offset + chunk.data.as_bytes().len() as u64);
            chunks.push(LogChunk {
                offset,
                at: at.plus(Duration::from_millis(index as u64 * 13)),
                stream: if *is_error { LogStream::Stderr } else { LogStream::Stdout },
                data: LogData::Text(format!("{text}\n")),
            });
        }
    }

    /// Whether a command is asked again and again.
    pub fn watches(&self, name: &str) -> bool {
        self.watched.iter().any(|this| this.request.name() == name)
    }

    /// How often a command was asked.
    pub fn asked(&self, name: &str) -> usize {
        self.requests.iter().filter(|request| request.name() == name).count()
    }
}

/// An artifact with this content.
pub fn artifact(name: &str, bytes: &[u8]) -> Artifact {
    let media_type = millrace_model::artifact::media_type(name, bytes).to_owned();
    let sha256 = "0".repeat(64);
    Artifact { name: name.to_owned(), bytes: bytes.len() as u64, sha256, media_type }
}

/// The key of `name`, or of `name[3]`.
pub fn key(task: &str) -> TaskKey {
    let (name, item) = task.trim_end_matches(']').split_once('[').unwrap_or((task, ""));
    TaskKey { task: Ident::new(name).unwrap(), item: item.parse().ok() }
}

fn problems_of(text: &str) -> Vec<Problem> {
    problems_in(text, &Surroundings::default())
}

fn problems_in(text: &str, surroundings: &Surroundings<'_>) -> Vec<Problem> {
    let found = Document::parse(text.as_bytes()).check(surroundings);
    found
        .into_iter()
        .map(|found| Problem {
            severity: match found.severity {
                problem::Severity::Error => Severity::Error,
                problem::Severity::Warning => Severity::Warning,
                problem::Severity::Notice => Severity::Notice,
            },
            code: found.code.to_string(),
            field: found.field().unwrap_or_default(),
            message: found.message,
            help: found.help,
            line: found.place.map_or(0, |place| place.line),
            column: found.place.map_or(0, |place| place.column),
            task: found.task,
        })
        .collect()
}

fn row_of(run: &Run) -> RunRow {
    let count = |wanted: &[TaskState]| {
        run.tasks.values().filter(|task| wanted.contains(&task.state)).count() as u32
    };
    RunRow {
        run: run.run,
        workflow: run.head.workflow.clone(),
        title: run.head.title.clone(),
        workflow_id: None,
        state: run.state,
        trigger: "manual".to_owned(),
        trigger_name: None,
        queued: run.queued,
        started: run.started,
        ended: run.ended,
        cause: run.cause.as_ref().map(ToString::to_string).unwrap_or_default(),
        failed_task: None,
        last_line: String::new(),
        tasks: run.tasks.len() as u32,
        succeeded: count(&[TaskState::Succeeded]),
        failed: count(&[TaskState::Failed, TaskState::Error]),
    }
}
