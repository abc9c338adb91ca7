//! What comes back from the daemon, and when it is asked.

use std::collections::BTreeMap;

use millrace_api::artifact::ArtifactName;
use millrace_api::document::{
    DocumentText, ListWorkflows, ReadDocument, SavedDocument, Source, Validate, Validated,
};
use millrace_api::draft::Draft;
use millrace_api::inbox::MarkSeen;
use millrace_api::report::SaveReport;
use millrace_api::run::{
    DaemonState, Done, GetRun, ListRuns, RunDetail, RunPage, StartedRun, Waits,
};
use millrace_api::schedule::MoveTo;
use millrace_api::secret::StoredSecret;
use millrace_api::{ApiError, Code, Command as _};

use millrace_model::ids::{RunId, TaskKey};
use serde::de::DeserializeOwned;

use super::pictures::Drawn;
use super::run_place::RunPlace;
use super::watch::Watch;
use super::{After, App, CalleeKey, ExtractForm, RunShown, TabId};
use crate::bridge::DesktopAsk;
use crate::command::{Drawer, Place};
use crate::state::log::{Log, LogKey};
use crate::state::{Back, Document, Link as MillraceLink, LiveRun, Moving, RunQuestion};

/// What a request is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Purpose {
    /// How the daemon fares.
    Daemon,
    /// The library.
    Library,
    /// Where these words stand in its documents.
    LibraryFound(String),
    /// How its documents stand in git.
    Git,
    /// How the open documents do.
    GitOfTabs,
    /// The document of this digest, to draw it small.
    Thumbnail(String),
    /// To make a folder.
    FolderMade,
    /// To give this folder another name.
    FolderRenamed(String),
    /// To remove the folder of this name.
    FolderRemoved(String),
    /// To open a document: the one in this file, or one of the library.
    Open(Option<String>),
    /// To write the workflow that tasks were taken out into.
    Extract(ExtractForm),
    /// Which parameters a workflow takes that a task runs.
    Callee(CalleeKey),
    /// The drafts of earlier windows.
    Drafts,
    /// To open the file of this draft.
    OpenDraft(Box<Draft>),
    /// To keep this revision of a tab's document as its draft; none: to drop its draft.
    Draft(TabId, Option<u64>),
    /// To drop a draft that its file has all of.
    SpentDraft,
    /// To read the document of this tab again.
    Reload(TabId),
    /// What is in the files of the open documents.
    Stats,
    /// To take in the file of this tab's document, which changed outside.
    Follow(TabId),
    /// To compare the document of this tab with its file.
    Compare(TabId),
    /// To move or rename the document in this file.
    Moved(String),
    /// To move this file where the person chooses.
    PickedNewPlace(String),
    /// To make a new document of what is in a file.
    DuplicateFile,
    /// To put the document in this file into the trash.
    Trashed(String),
    /// To put a document back.
    Restored,
    /// The versions of the document of this tab.
    Versions(TabId),
    /// The text of a version, to say what changed with it.
    VersionText(TabId, u64),
    /// To put a version on the canvas of this tab.
    RestoreVersion(TabId),
    /// The run before this one, or the last before it that succeeded.
    EarlierRun(RunId, bool),
    /// A side of two runs that are compared.
    TwoRuns(u64, usize),
    /// A part of what a task printed in one of them.
    TwoLogs(u64, TaskKey, usize),
    /// The versions that can be compared.
    ChangesList(u64),
    /// A version that is compared.
    ChangesText(u64, u64),
    /// To open a file that the person chooses.
    PickedOpen,
    /// To make workflows of a file that the person chooses.
    PickedImport,
    /// To make workflows of what is in this file.
    Import(String),
    /// To save a tab's document where the person chooses.
    PickedPlace(TabId),
    /// To write this picture where the person chooses.
    PickedPicture(Box<Drawn>),
    /// To write a picture.
    Picture,
    /// The part of an artifact from here on.
    Artifact(ArtifactName, usize),
    /// To write a copy of this artifact where the person chooses.
    PickedArtifact(ArtifactName),
    /// To write a copy of an artifact.
    ArtifactSaved,
    /// To save this revision of a tab's document there.
    SaveThere(TabId, u64, String),
    /// To save this revision of a tab's document.
    Save(TabId, u64),
    /// The problems of this revision of a tab's document.
    Validate(TabId, u64),
    /// To run the document of this tab.
    Start(TabId),
    /// Whether this file may run, to run it.
    LookAndRun(String, BTreeMap<String, String>),
    /// To run a file that is not open.
    StartFile,
    /// To retry a run.
    Retry(RunId),
    /// To say something in a run: what is said when it is done.
    Answered(&'static str),
    /// To stop a run.
    Cancel(RunId),
    /// A run.
    Run(RunId),
    /// Why its tasks wait.
    Why(RunId),
    /// How long such runs usually take.
    Usual(RunId),
    /// A page of its events.
    RunEvents(RunId),
    /// The versions of its workflow.
    RunVersions(RunId),
    /// What the version before that of a run meant.
    VersionBefore(RunId),
    /// The end of what a try printed, to compare it.
    TryLog(RunId, TaskKey, u32),
    /// To pause or resume a run.
    Paused,
    /// To write this report where the person chooses.
    PickedReport(Box<SaveReport>),
    /// To write a report.
    Report,
    /// The newest runs.
    Runs,
    /// A part of the list of the place Runs, of this query.
    RunList(RunQuestion, u64),
    /// The runs of the workflow of this generation that come after this one; none: the newest.
    Grid(u64, Option<RunId>),
    /// The days of the workflow of this generation, of this year.
    Days(u64, i32),
    /// The ids of runs that are selected in it.
    RunsSelected(u64),
    /// To retry or cancel a part of many runs.
    RunsSteered,
    /// To delete these.
    RunsDeleted(Vec<RunId>),
    /// To put so many deleted ones back.
    RunsRestored(usize),
    /// A part of a log.
    Log(LogKey),
    /// Lines of a log; by the number of the search.
    LogSearch(LogKey, u64),
    /// The part of a log from here on, to be copied.
    LogCopy(LogKey, u64),
    /// Where to write a log.
    PickedLog(LogKey),
    /// To write a log.
    LogSaved,
    /// A path for the field of this key.
    Path(String),
    /// To open a link or a folder outside of the window.
    Link,
    /// What is chosen about the desktop.
    Desktop,
    /// To end the daemon, and the window after it.
    Stopped,
    /// The library, for what a link of Millrace's own asks for.
    Linked(MillraceLink),
    /// The stored secrets.
    Secrets,
    /// To store the secret of this name, for the field of this key.
    SecretStored(String, Option<String>),
    /// To forget a secret.
    SecretRemoved(StoredSecret),
    /// Whether the secret of this name can be read.
    SecretChecked(String),
    /// What starts workflows by itself.
    Schedules,
    /// To switch some of it.
    Switched,
    /// What fires in the days that the calendar shows.
    Fires,
    /// To move a single tick; whether that can be taken back.
    TickMoved(Box<Moving>, MoveTo, bool),
    /// What a backfill would start.
    PlanBackfill,
    /// To start one.
    Backfill,
    /// To trust this place, or no more.
    Trusted(String, bool),
    /// What a person should look at.
    Inbox,
    /// To mark some of it as seen, and what of that can be taken back.
    Seen(Option<MarkSeen>),
    /// The settings of the home.
    Settings,
    /// To change some of them, and what comes after that.
    SettingsChanged(After),
    /// To send a test by this channel.
    Notified(String),
    /// To try this connection.
    Tried(String),
    /// To try the connection in the sheet.
    TriedOut,
    /// What takes space.
    Storage,
    /// What could be given up.
    WouldGo,
    /// To give it up.
    Cleaned,
    /// To write a backup where the person chooses.
    PickedBackup,
    /// To write a backup.
    BackedUp,
    /// How far the backup is.
    BackupProgress,
    /// To give the backup up.
    BackupCanceled,
    /// How everything stands.
    Diagnostics,
    /// To write a file of that where the person chooses.
    PickedDiagnostics,
    /// To write it.
    DiagnosticsSaved,
    /// What runs and what waits.
    Queue,
    /// To put a run before or after others.
    Moving,
}

impl App {
    pub(super) fn ask_at_start(&mut self) {
        self.backend.desktop(DesktopAsk::Read, Purpose::Desktop);
        self.backend.watch(DaemonState {}.into_request(), Purpose::Daemon);
        self.backend.ask(ListWorkflows {}.into_request(), Purpose::Library);
        self.ask_runs();
        self.ask_drafts();
        if let Some(path) = self.opening.clone() {
            self.open_file(path);
        }
    }

    pub(crate) fn open_file(&mut self, path: String) {
        self.opening = Some(path.clone());
        let request = ReadDocument { source: Source::Path(path.clone()) };
        self.backend.ask(request.into_request(), Purpose::Open(Some(path)));
    }

    /// A document was read to be shown, or could not be.
    fn take_opened(&mut self, asked: Option<&str>, answer: Result<DocumentText, ApiError>) {
        let is_awaited = asked.is_some() && self.opening.as_deref() == asked;
        let has_nothing = self.tabs.is_empty() && self.place == Place::Editor;
        match answer {
            // Nothing else is there to be shown: it comes when the engine does.
            Err(error) if error.code == Code::Unreachable && is_awaited && has_nothing => return,
            Err(error) => {
                if let (Code::NotFound, Some(path)) = (error.code, asked) {
                    self.settings.forget_document(path);
                }
                self.fail(error);
                if has_nothing && (is_awaited || self.opening.is_none()) {
                    self.place = Place::Workflows;
                }
            }
            Ok(text) => {
                // It may have been asked for by two names.
                let open = text.path.as_deref().and_then(|path| self.tabs.of_path(path));
                let path = text.path.clone().unwrap_or_default();
                self.settings.remember_document(&path);
                match open.or_else(|| self.tabs.reopen_path(&path)) {
                    Some(tab) => {
                        self.tabs.select(tab);
                        self.mark_restored(tab);
                    }
                    None => drop(self.tabs.open(Document::open(text))),
                }
                self.place = Place::Editor;
            }
        }
        if is_awaited {
            self.opening = None;
        }
    }

    fn ask_runs(&mut self) {
        self.runs.asked();
        let request = ListRuns { limit: super::runs::PAGE, count: true, ..ListRuns::default() };
        self.backend.ask(request.into_request(), Purpose::Runs);
    }

    pub(crate) fn ask_run(&mut self, run: RunId, snapshot: bool) {
        self.backend.ask(GetRun { run, snapshot }.into_request(), Purpose::Run(run));
    }

    /// Takes in everything that has arrived.
    pub(super) fn take_replies(&mut self, ctx: &egui::Context) {
        let time = ctx.input(|input| input.time);
        self.toasts.expire(time);
        self.backend.keep_stream(time);
        while let Some(back) = self.backend.poll(time) {
            match back {
                Back::Reply(purpose, result) => self.take_reply(purpose, result, time),
                Back::Picked(purpose, result) => self.take_path(purpose, result),
                Back::Host(event) => self.take_host_event(event, ctx),
                Back::Fonts(fonts) => self.glyphs.take(ctx, fonts),
                Back::Ask(question, purpose) => self.ask_for_path(question, purpose),
                Back::Events(item) => self.take_events(&item),
                Back::Disconnected => self.refresh_watched(),
            }
        }
        for live in self.watches().filter_map(|watch| watch.live.as_mut()) {
            live.settle(time);
        }
    }

    /// Asks what is due, and tells egui when the next frame is.
    pub(super) fn plan_next_frame(&mut self, ctx: &egui::Context) {
        let time = ctx.input(|input| input.time);
        self.watch_files();
        self.watch_git();
        if self.runs.stale && !self.backend.is_asking(|p| *p == Purpose::Runs) {
            self.ask_runs();
        }
        if self.library.stale
            && self.place == Place::Workflows
            && !self.backend.is_asking(|p| *p == Purpose::Library)
        {
            self.library.stale = false;
            self.backend.ask(ListWorkflows {}.into_request(), Purpose::Library);
        }
        self.ask_library();
        self.ask_thumbnails();
        self.arrive();
        self.validate_when_changed();
        self.ask_versions();
        self.ask_changes();
        self.ask_two_runs();
        self.ask_secrets();
        self.ask_settings();
        let fires_due = self.ask_fires(time);
        let schedules_due = self.ask_schedules();
        let queue_due = self.ask_queue(time);
        let storage_due = self.ask_storage(time);
        let list_due = self.ask_run_list(time);
        let grid_due = self.ask_grid(time).into_iter().chain(self.ask_days(time)).reduce(f64::min);
        self.ask_inbox();
        self.ask_run_place();
        self.ask_tries();
        self.plan_backfill();
        let focused = ctx.input(|input| input.focused);
        let had_focus = std::mem::replace(&mut self.had_focus, focused);
        let leaves = had_focus && !focused;
        if focused && !had_focus {
            // Whoever comes back may have changed a file elsewhere.
            self.look_outside();
            self.notify.outdated();
            self.starters_changed();
        }
        self.leave_when_kept(time);
        let closed = self.tabs.take_closed();
        let draft_due = self.keep_drafts(time, leaves || closed);
        let mut next = f64::INFINITY;
        if let Some(due) = self.follow_log(time) {
            next = next.min(due);
        }
        if let Some(due) = draft_due {
            next = next.min(due);
        }
        let due_lists = [fires_due, schedules_due, queue_due, storage_due, list_due, grid_due];
        for due in due_lists.into_iter().flatten() {
            next = next.min(due);
        }
        if let Some(due) = self.backend.reopen_in(time) {
            next = next.min(due);
        }
        if let Some(due) = self.toasts.next_goes_in(time) {
            next = next.min(due);
        }
        let live = self.shown_watch().and_then(|watch| watch.live.as_ref());
        if let Some(due) = live.and_then(|live| live.settles_in(time)) {
            next = next.min(due);
        }
        if self.run_place_counts_up() {
            next = next.min(super::watch::TICK_SECS);
        }
        if self.shown_watch().is_some_and(Watch::counts_up) {
            let motion = !self.settings.reduced_motion;
            next = next.min(if motion { 0.08 } else { super::watch::TICK_SECS });
        }
        if !focused {
            next = next.max(0.25);
        }
        if next.is_finite() {
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(next.max(0.02)));
        }
    }

    /// The canvas, run and log that are in view.
    pub(crate) fn shown_watch(&self) -> Option<&Watch> {
        match self.place {
            Place::Editor => self.tabs.current().map(|editor| &editor.watch),
            Place::Run => self.run.as_ref().map(|run| &run.watch),
            Place::Changes => self.changes.as_ref().map(|shown| &shown.watch),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(crate) fn shown_watch_mut(&mut self) -> Option<&mut Watch> {
        match self.place {
            Place::Editor => self.tabs.current_mut().map(|editor| &mut editor.watch),
            Place::Run => self.run.as_mut().map(|run| &mut run.watch),
            Place::Changes => self.changes.as_mut().map(|shown| &mut shown.watch),
            _ => None,
        }
    }

    pub(super) fn watches(&mut self) -> impl Iterator<Item = &mut Watch> {
        let editors = self.tabs.iter_mut().map(|editor| &mut editor.watch);
        editors.chain(self.run.as_mut().map(|run| &mut run.watch))
    }

    /// Every edit is checked, one question at a time.
    fn validate_when_changed(&mut self) {
        let Some(editor) = self.tabs.current_mut() else { return };
        if editor.doc.unreadable || editor.checked == editor.doc.meaning {
            return;
        }
        if self.backend.is_asking(|p| matches!(p, Purpose::Validate(..))) {
            return;
        }
        let (tab, meaning) = (editor.tab, editor.doc.meaning);
        editor.checked = meaning;
        let source = Source::Text { text: editor.doc.text(), path: editor.doc.path.clone() };
        self.backend.ask(Validate { source }.into_request(), Purpose::Validate(tab, meaning));
    }

    pub(super) fn take_reply(
        &mut self,
        purpose: Purpose,
        result: Result<String, ApiError>,
        time: f64,
    ) {
        match purpose {
            Purpose::Daemon => self.take_daemon(read(result)),
            Purpose::Library => self.take_library(read(result)),
            Purpose::LibraryFound(text) => self.take_found(text, read(result)),
            Purpose::Git => self.take_git(read(result)),
            Purpose::GitOfTabs => self.take_git_of_tabs(read(result)),
            Purpose::Thumbnail(digest) => self.take_thumbnail(digest, read(result)),
            Purpose::FolderMade => self.take_folder(read(result), time),
            Purpose::FolderRenamed(path) => self.take_renamed_folder(&path, read(result), time),
            Purpose::FolderRemoved(name) => self.take_removed_folder(&name, read(result), time),
            Purpose::Open(path) => self.take_opened(path.as_deref(), read(result)),
            Purpose::Desktop => self.take_desktop(read(result)),
            Purpose::Stopped => self.take_stopped(read(result)),
            Purpose::Linked(link) => self.take_linked(link, read(result)),
            Purpose::Extract(form) => self.take_extracted(form, read(result), time),
            Purpose::Callee(key) => self.take_callee(key, read(result)),
            Purpose::Drafts => self.take_drafts(read(result)),
            Purpose::OpenDraft(draft) => self.take_draft(*draft, read(result)),
            Purpose::Draft(tab, revision) => {
                self.take_kept(tab, revision, read::<Done>(result).map(drop));
            }
            // Where it could not be dropped it is met again at the next start.
            Purpose::SpentDraft => {}
            Purpose::Reload(tab) => self.take_theirs(tab, read(result)),
            Purpose::Moved(path) => self.take_moved(&path, read(result), time),
            Purpose::PickedNewPlace(path) => self.take_new_place(path, read(result)),
            Purpose::DuplicateFile => self.take_duplicate(read(result)),
            Purpose::Trashed(path) => self.take_trashed(&path, read(result), time),
            Purpose::Restored => self.take_restored(read(result), time),
            Purpose::Versions(tab) => self.take_versions(tab, read(result)),
            Purpose::VersionText(tab, version) => {
                self.take_version_text(tab, version, read(result));
            }
            Purpose::RestoreVersion(tab) => self.restore_version(tab, read(result), time),
            Purpose::EarlierRun(run, succeeded) => {
                self.take_earlier_run(run, succeeded, read(result));
            }
            Purpose::TwoRuns(of, side) => self.take_two_runs(of, side, read(result)),
            Purpose::TwoLogs(of, task, side) => {
                self.take_two_logs(of, &task, side, read(result));
            }
            Purpose::ChangesList(of) => self.take_changes_list(of, read(result)),
            Purpose::ChangesText(of, version) => {
                self.take_changes_text(of, version, read(result));
            }
            Purpose::Stats => self.take_stats(read(result)),
            Purpose::Follow(tab) => self.follow(tab, read(result), time),
            Purpose::Compare(tab) => self.show_differences(tab, read(result)),
            Purpose::PickedOpen => self.take_picked_open(read(result)),
            Purpose::Import(path) => self.take_import(&path, read(result), time),
            Purpose::PickedPlace(tab) => self.take_picked_place(tab, read(result)),
            Purpose::PickedPicture(drawn) => self.take_picked_picture(*drawn, read(result)),
            Purpose::Artifact(name, offset) => self.take_artifact(&name, offset, read(result)),
            Purpose::PickedBackup => self.take_picked_backup(read(result)),
            Purpose::PickedArtifact(name) => self.take_picked_artifact(name, read(result)),
            Purpose::ArtifactSaved => self.take_saved_artifact(read(result), time),
            Purpose::Picture => self.take_picture(read(result), time),
            Purpose::SaveThere(tab, revision, path) => {
                self.take_saved_there(tab, revision, path, read(result), time);
            }
            Purpose::Save(tab, revision) => self.take_saved(tab, revision, read(result), time),
            Purpose::Validate(tab, meaning) => match read::<Validated>(result) {
                Ok(answer) => {
                    if let Some(editor) = self.tabs.get_mut(tab)
                        && editor.checked == meaning
                    {
                        editor.doc.set_problems(answer.problems);
                    }
                }
                Err(error) => self.unreachable_or_fail(error),
            },
            Purpose::Start(tab) => match read::<StartedRun>(result) {
                Ok(started) => self.follow_in_editor(tab, started.run),
                Err(error) => self.refuse_start(tab, error),
            },
            Purpose::LookAndRun(path, params) => self.take_look(path, params, read(result)),
            Purpose::StartFile => match read::<StartedRun>(result) {
                Ok(started) => self.show_run(started.run),
                Err(error) => self.fail(error),
            },
            Purpose::Retry(run) => match read::<Done>(result) {
                Ok(_) => {
                    for watch in self.watches() {
                        watch.jumped = false;
                    }
                    self.ask_run(run, false);
                }
                Err(error) => self.fail(error),
            },
            Purpose::Cancel(run) => {
                if let Err(error) = read::<Done>(result) {
                    self.queue_shown.stopping.remove(&run);
                    self.fail(error);
                }
            }
            Purpose::Run(run) => self.take_run(run, &read(result)),
            Purpose::Why(run) => {
                if let Ok(answer) = read::<Waits>(result) {
                    for watch in self.watches() {
                        if let Some(live) = watch.live.as_mut().filter(|live| live.id == run) {
                            live.take_waits(&answer.waits);
                        }
                    }
                }
            }
            Purpose::Usual(run) => self.take_usual(run, read(result)),
            Purpose::RunEvents(run) => self.take_run_events(run, read(result)),
            Purpose::RunVersions(run) => self.take_run_versions(run, read(result)),
            Purpose::VersionBefore(run) => self.take_version_before(run, read(result)),
            Purpose::TryLog(run, key, number) => {
                self.take_try_log(run, &key, number, read(result));
            }
            Purpose::Paused => {
                if let Err(error) = read::<Done>(result) {
                    self.fail(error);
                }
            }
            Purpose::PickedReport(report) => self.take_picked_report(*report, read(result)),
            Purpose::Report => self.take_report(read(result), time),
            Purpose::Runs => match read::<RunPage>(result) {
                Ok(page) => self.runs.take_first(page),
                Err(error) => self.runs.fail(error.message),
            },
            Purpose::RunList(question, of) => self.take_run_list(question, of, read(result)),
            Purpose::RunsSelected(of) => self.take_selected(of, read(result)),
            Purpose::RunsSteered => self.take_steered(read(result), time),
            Purpose::RunsDeleted(runs) => self.take_deleted(runs, read(result), time),
            Purpose::RunsRestored(count) => self.take_restored_runs(count, read(result), time),
            Purpose::Secrets => self.take_secrets(read(result)),
            Purpose::SecretStored(name, field) => {
                self.take_stored(name, field, read(result), time);
            }
            Purpose::SecretRemoved(secret) => self.take_removed(secret, read(result), time),
            Purpose::SecretChecked(name) => self.take_checked(name, read(result)),
            Purpose::Schedules => self.take_schedules(read(result)),
            Purpose::Switched => self.take_switched(read(result)),
            Purpose::Fires => self.take_fires(read(result)),
            Purpose::TickMoved(tick, to, offers_undo) => {
                self.take_tick_moved((tick, to), offers_undo, read(result), time);
            }
            Purpose::PlanBackfill => self.take_backfill_plan(read(result)),
            Purpose::Backfill => self.take_backfill(read(result), time),
            Purpose::Trusted(path, on) => self.take_trusted(path, on, read(result), time),
            Purpose::Answered(said) => self.take_answered(said, read(result), time),
            Purpose::Inbox => self.take_inbox(read(result)),
            Purpose::Seen(offer) => self.take_seen(offer, read(result), time),
            Purpose::Settings => self.take_settings(read(result)),
            Purpose::SettingsChanged(after) => {
                self.take_settings_changed(after, read(result), time);
            }
            Purpose::Notified(channel) => self.take_notified(channel, read(result)),
            Purpose::Tried(name) => self.take_tried(Some(name), read(result)),
            Purpose::TriedOut => self.take_tried(None, read(result)),
            Purpose::Storage => self.take_storage(read(result)),
            Purpose::WouldGo => self.take_would_go(read(result)),
            Purpose::Cleaned => self.take_cleaned(read(result), time),
            Purpose::BackedUp => self.take_backed_up(read(result), time),
            Purpose::BackupProgress => self.take_backup_progress(read(result)),
            Purpose::BackupCanceled => self.take_backup_canceled(read(result)),
            Purpose::Diagnostics => self.take_diagnostics(read(result)),
            Purpose::PickedDiagnostics => self.take_picked_diagnostics(read(result)),
            Purpose::DiagnosticsSaved => self.take_saved_diagnostics(read(result), time),
            Purpose::Grid(generation, before) => {
                self.take_grid(generation, before, read(result));
            }
            Purpose::Days(generation, year) => self.take_days(generation, year, read(result)),
            Purpose::Queue => self.take_queue(read(result)),
            Purpose::Moving => self.take_moving(read(result)),
            // Answered by a person, not by the daemon.
            Purpose::Path(_) | Purpose::PickedImport => {}
            Purpose::Link => {
                if let Err(error) = result {
                    self.fail(error);
                }
            }
            Purpose::Log(key) => self.take_log(&key, &read(result)),
            Purpose::LogSearch(key, turn) => self.take_log_search(&key, turn, &read(result)),
            Purpose::LogCopy(log, from) => self.take_log_copy(&log, from, read(result), time),
            Purpose::PickedLog(key) => self.take_picked_log(key, read(result)),
            Purpose::LogSaved => self.take_saved_log(read(result), time),
        }
    }

    pub(super) fn take_saved(
        &mut self,
        tab: TabId,
        revision: u64,
        answer: Result<SavedDocument, ApiError>,
        time: f64,
    ) {
        let Some(editor) = self.tabs.get_mut(tab) else { return };
        if editor.saving.take() != Some(revision) {
            return;
        }
        let Some(written) = editor.saving_text.take() else { return };
        match answer {
            Ok(saved) => {
                editor.conflict = false;
                editor.restored = false;
                editor.versions.stale = true;
                editor.discarded = false;
                self.settings.remember_document(&saved.path);
                editor.doc.saved(written.0, written.1, saved.path, saved.digest);
                self.library.stale = true;
                self.callees.outdated();
                self.starters_changed();
                self.toasts.say("Saved", time);
            }
            Err(error) if error.code == Code::ChangedOutside => editor.conflict = true,
            Err(error) => self.fail(error),
        }
    }

    fn take_run(&mut self, run: RunId, answer: &Result<RunDetail, ApiError>) {
        let mut again = false;
        for watch in self.watches() {
            let Some(live) = watch.live.as_mut().filter(|live| live.id == run) else { continue };
            match answer {
                Ok(detail) => {
                    let had_snapshot = live.snapshot.is_some();
                    again |= live.take(detail.clone());
                    if !had_snapshot && live.snapshot.is_some() {
                        watch.canvas.fit_when_shown = true;
                    }
                    jump_to_failure(watch);
                }
                Err(error) => live.error = Some(error.clone()),
            }
        }
        if again {
            self.ask_run(run, false);
        }
    }

    pub(crate) fn follow_in_editor(&mut self, tab: TabId, run: RunId) {
        if let Some(editor) = self.tabs.get_mut(tab) {
            editor.starting = false;
            editor.watch.live = Some(LiveRun::new(run));
            editor.watch.log = None;
            editor.watch.jumped = false;
            editor.watch.drawer = Drawer::LastRun;
            editor.versions.stale = true;
        }
        self.ask_run(run, false);
    }

    pub(crate) fn show_run(&mut self, run: RunId) {
        if self.run.as_ref().is_none_or(|shown| shown.run != run) {
            let place = RunPlace::after(self.run.as_ref().map(|shown| &shown.place));
            self.run = Some(RunShown { place, ..RunShown::new(run) });
            self.ask_usual(run);
        }
        self.place = Place::Run;
        self.saw_run(run);
        self.ask_run(run, true);
    }

    /// A start that was refused shows the problems that are the reason.
    fn refuse_start(&mut self, tab: TabId, error: ApiError) {
        let mut editor = self.tabs.get_mut(tab);
        if let Some(editor) = &mut editor {
            editor.starting = false;
        }
        match editor {
            Some(editor) if !error.problems.is_empty() => {
                editor.doc.set_problems(error.problems.clone());
                editor.watch.drawer = Drawer::Problems;
                self.settings.drawer_closed = false;
                self.fail(error);
            }
            _ => self.fail(error),
        }
    }

    pub(super) fn unreachable_or_fail(&mut self, error: ApiError) {
        // The status bar says already that the daemon cannot be reached.
        if error.code != Code::Unreachable {
            self.fail(error);
        }
    }

    pub(crate) fn fail(&mut self, error: ApiError) {
        self.toasts.fail(error.message, error.help);
    }
}

/// Brings the first failure of a run into view, once.
pub(super) fn jump_to_failure(watch: &mut Watch) {
    if watch.jumped {
        return;
    }
    let failed = watch.live.as_ref().and_then(LiveRun::first_failed).cloned();
    if let Some(key) = failed {
        watch.jumped = true;
        watch.reveal_next = Some(key.task.clone());
        watch.log = watch.live.as_ref().map(|live| Log::new(LogKey::last(live.id, key)));
        watch.drawer = Drawer::Log;
    }
}

fn read<T: DeserializeOwned>(result: Result<String, ApiError>) -> Result<T, ApiError> {
    let text = result?;
    serde_json::from_str(&text)
        .map_err(|error| ApiError::internal("read the daemon's answer", &error))
}
