//! The app as the api's `Backend`: each command, in the order of its declaration.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use millrace_api::answer::{AnswerTask, MarkTask};
use millrace_api::artifact::{
    ArtifactList, ArtifactName, ArtifactPart, ArtifactRow, ListArtifacts, ReadArtifact,
    SaveArtifact, SavedArtifact,
};
use millrace_api::backup::{BackUp, BackedUp, BackupProgress, CancelBackup, ReadBackup};
use millrace_api::bulk::{CancelRuns, RetryRuns, SelectRuns, SelectedRuns, Steered};
use millrace_api::days::{DaysFared, WorkflowDays};
use millrace_api::deletion::{DeleteRuns, DeletedList, DeletedRuns, ListDeleted, RestoreRuns};
use millrace_api::diagnostics::{Diagnostics, ReadDiagnostics, SaveDiagnostics, SavedDiagnostics};
use millrace_api::document::{
    DocumentStats, DocumentText, ListWorkflows, MoveDocument, ReadDocument, RestoreDocument,
    SaveDocument, SavedDocument, Source, StatDocuments, TrashDocument, TrashedDocument, Validate,
    Validated, WorkflowList,
};
use millrace_api::draft::{DraftList, DropDraft, KeepDraft, KeptDraft, ListDrafts};
use millrace_api::git::{GitReport, ReadGit};
use millrace_api::grid::{Grid, WorkflowGrid};
use millrace_api::inbox::{Inbox, MarkSeen, ReadInbox};
use millrace_api::library::{
    ChangedFolder, FoundWorkflows, MakeFolder, RemoveFolder, RenameFolder, SearchWorkflows,
};
use millrace_api::log::{FoundLines, LogSlice, ReadLog, SaveLog, SavedLog, SearchLog};
use millrace_api::picture::{SavePicture, SavedPicture};
use millrace_api::place::{FindPlace, FoundPlace};
use millrace_api::queue::{MoveRun, Queue, ReadQueue};
use millrace_api::report::{SaveReport, SavedReport};
use millrace_api::run::{
    CancelRun, DaemonReport, DaemonState, Done, EventPage, FindRun, FoundRun, GetRun, ListRuns,
    PauseRun, PlanRun, ReadEvents, Rerun, ResumeRun, RetryRun, RunDetail, RunPage, RunPlan,
    StartRun, StartedRun, StopDaemon, Wait, Waits, WhyRun,
};
use millrace_api::schedule::{
    Backfill, BackfillPlan, Fires, ListFires, ListSchedules, MoveFire, ScheduleList,
    SwitchSchedules,
};
use millrace_api::secret::{CheckSecret, ListSecrets, RemoveSecret, SecretList, SetSecret};
use millrace_api::settings::{
    ChangeSettings, HomeSettings, ReadSettings, TestConnection, TestNotifier, TestedConnection,
};
use millrace_api::storage::{Clean, Cleaned, ReadStorage, Storage};
use millrace_api::trigger::{CallTrigger, MakeToken, TriggerToken};
use millrace_api::trust::{ListTrust, Trust, TrustList};
use millrace_api::usual::{Usual, UsualRun};
use millrace_api::version::{ListVersions, ReadVersion, VersionList, VersionText};
use millrace_api::{API_VERSION, Backend, EventStream, Pending, Subscribe};
use millrace_model::event::Actor;
use millrace_model::ids::RunId;

use crate::app::{App, blocking, plan_of};
use crate::errors::{engine_error, store_error};
use crate::hub::on_store;
use crate::library::folders;
use crate::library::search::search as search_documents;
use crate::ports::SystemClock;
use crate::trash::Trash;
use crate::{
    artifacts, damage, days, files, grid, library, load, logs, picture, place, query, queue,
    report, search, trust, versions,
};

/// The largest page of events.
const MAX_EVENTS: u32 = 10_000;

impl Backend for App {
    fn daemon_state(&self, _: DaemonState) -> Pending<'_, DaemonReport> {
        Box::pin(async move {
            let busy = self.engine.busy();
            let busy = busy.borrow().clone();
            let mut warnings: Vec<String> = busy.stalled.into_iter().collect();
            warnings.extend(damage::warnings(&self.home));
            warnings.extend(self.settings.trouble());
            warnings.extend(self.notifier.warnings());
            Ok(DaemonReport {
                pid: std::process::id(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                api_version: API_VERSION,
                home: self.home.root().display().to_string(),
                started: self.started,
                running_runs: busy.load.active_runs,
                queued_runs: busy.load.queued_runs,
                running_tasks: busy.load.placed,
                parallel_tasks: self.settings.get().parallel_tasks.get(),
                warnings,
                position: self.hub.position(),
            })
        })
    }

    fn stop_daemon(&self, args: StopDaemon) -> Pending<'_, Done> {
        Box::pin(async move {
            self.cancel_on_stop.store(args.cancel_runs, Ordering::Release);
            self.stop.notify_one();
            Ok(Done {})
        })
    }

    fn read_document(&self, args: ReadDocument) -> Pending<'_, DocumentText> {
        let (ground, store) = (self.ground(), Arc::clone(&self.store));
        Box::pin(blocking(move || {
            let found = load::find(&ground, &args.source)?;
            let path = found.path.as_deref();
            let checked = load::check(&ground, &found.bytes, path);
            // A text lies in no folder, also where it is a draft of a file that does.
            let is_text = matches!(args.source, Source::Text { .. });
            let path = path.filter(|_| !is_text);
            let is_trusted = match &checked.workflow {
                None => false,
                Some(workflow) => {
                    let trusted = store.read(|reader| trust::is_trusted(reader, workflow, path));
                    trusted.map_err(|error| store_error(&error))?
                }
            };
            Ok(DocumentText {
                path: found.path.map(|path| path.display().to_string()),
                digest: files::digest(&found.bytes),
                text: String::from_utf8_lossy(&found.bytes).into_owned(),
                read_only: found.read_only.or(checked.newer),
                problems: checked.problems,
                is_trusted,
            })
        }))
    }

    fn save_document(&self, args: SaveDocument) -> Pending<'_, SavedDocument> {
        let (mailbox, schedules) = (self.mailbox.clone(), Arc::clone(&self.schedules));
        Box::pin(blocking(move || {
            let saved = load::save(&args)?;
            versions::keep_text(&mailbox, &saved.path, &args.text);
            if args.is_trusted {
                trust::made_here(&mailbox, &args.text, SystemClock::read());
            }
            schedules.touch();
            Ok(saved)
        }))
    }

    fn move_document(&self, args: MoveDocument) -> Pending<'_, SavedDocument> {
        let (mailbox, settings) = (self.mailbox.clone(), self.settings.get());
        let shelf = Arc::clone(&self.shelf);
        Box::pin(async move {
            let known = self.known_documents().await?;
            let store = Arc::clone(&self.store);
            let moved = blocking(move || {
                place::move_with_callers((&store, &mailbox), (&settings, &shelf), &known, &args)
            });
            let moved = moved.await;
            self.schedules.touch();
            moved
        })
    }

    fn trash_document(&self, args: TrashDocument) -> Pending<'_, TrashedDocument> {
        let (trash, schedules) = (Trash::new(self.home.trash()), Arc::clone(&self.schedules));
        let now = SystemClock::read();
        Box::pin(blocking(move || {
            let put = trash.put(&args.path, now)?;
            schedules.touch();
            Ok(put)
        }))
    }

    fn restore_document(&self, args: RestoreDocument) -> Pending<'_, SavedDocument> {
        let (trash, schedules) = (Trash::new(self.home.trash()), Arc::clone(&self.schedules));
        Box::pin(blocking(move || {
            let back = trash.restore(&args.trashed)?;
            schedules.touch();
            Ok(back)
        }))
    }

    fn stat_documents(&self, args: StatDocuments) -> Pending<'_, DocumentStats> {
        let digests = Arc::clone(&self.digests);
        Box::pin(blocking(move || digests.stat(args.paths)))
    }

    fn validate(&self, args: Validate) -> Pending<'_, Validated> {
        let ground = self.ground();
        Box::pin(blocking(move || {
            let found = load::find(&ground, &args.source)?;
            let path = found.path.as_deref();
            let checked = load::check(&ground, &found.bytes, path);
            Ok(Validated { problems: checked.problems })
        }))
    }

    fn list_workflows(&self, _: ListWorkflows) -> Pending<'_, WorkflowList> {
        let (settings, shelf) = (self.settings.get(), Arc::clone(&self.shelf));
        let trash = Trash::new(self.home.trash());
        Box::pin(async move {
            let list = move |reader: &millrace_store::Reader| {
                library::list(&settings, &shelf, reader, &trash.places())
            };
            let listed = on_store(&self.store, list).await;
            listed.map_err(|error| store_error(&error))
        })
    }

    fn search_workflows(&self, args: SearchWorkflows) -> Pending<'_, FoundWorkflows> {
        let (settings, shelf) = (self.settings.get(), Arc::clone(&self.shelf));
        Box::pin(async move {
            let known = self.known_documents().await?;
            blocking(move || {
                let paths = library::everywhere(&settings, known);
                search_documents(&settings, &shelf, &paths, &args)
            })
            .await
        })
    }

    fn read_git(&self, args: ReadGit) -> Pending<'_, GitReport> {
        let settings = self.settings.get();
        Box::pin(async move {
            if let Some(documents) = args.documents {
                return self.git.read_these(documents).await;
            }
            let known = self.known_documents().await?;
            let paths = blocking(move || Ok(library::everywhere(&settings, known))).await?;
            Ok(self.git.read(paths).await)
        })
    }

    fn make_folder(&self, args: MakeFolder) -> Pending<'_, ChangedFolder> {
        let settings = self.settings.get();
        Box::pin(blocking(move || folders::make(&settings, &args)))
    }

    fn rename_folder(&self, args: RenameFolder) -> Pending<'_, ChangedFolder> {
        Box::pin(async move {
            let known = self.known_documents().await?;
            // One at a time: there is one note of it.
            let _one = self.changing.lock().await;
            let (home, settings) = (self.home.clone(), self.settings.get());
            let (store, mailbox) = (Arc::clone(&self.store), self.mailbox.clone());
            let renamed = blocking(move || {
                folders::rename((&home, &settings), (&store, &mailbox), &known, &args)
            });
            let renamed = renamed.await;
            self.schedules.touch();
            renamed
        })
    }

    fn remove_folder(&self, args: RemoveFolder) -> Pending<'_, Done> {
        let settings = self.settings.get();
        Box::pin(blocking(move || folders::remove(&settings, &args).map(|()| Done {})))
    }

    fn list_versions(&self, args: ListVersions) -> Pending<'_, VersionList> {
        Box::pin(async move {
            let list = move |reader: &millrace_store::Reader| versions::list(reader, &args);
            on_store(&self.store, list).await.map_err(|error| store_error(&error))
        })
    }

    fn read_version(&self, args: ReadVersion) -> Pending<'_, VersionText> {
        Box::pin(async move {
            let version = args.version;
            let read = move |reader: &millrace_store::Reader| reader.version_text(version);
            let found = on_store(&self.store, read).await.map_err(|error| store_error(&error))?;
            versions::text(version, found)
        })
    }

    fn keep_draft(&self, args: KeepDraft) -> Pending<'_, Done> {
        Box::pin(async move {
            let drafts = self.drafts.clone();
            let now = SystemClock::read();
            blocking(move || drafts.keep(args.draft, now)).await?;
            Ok(Done {})
        })
    }

    fn list_drafts(&self, _: ListDrafts) -> Pending<'_, DraftList> {
        let (drafts, store) = (self.drafts.clone(), Arc::clone(&self.store));
        Box::pin(blocking(move || {
            let mut drafts = drafts.list()?;
            for KeptDraft { draft, .. } in drafts.iter_mut().filter(|it| !it.draft.is_trusted) {
                let trusted = store.read(|reader| trust::is_text_trusted(reader, &draft.text));
                draft.is_trusted = trusted.map_err(|error| store_error(&error))?;
            }
            Ok(DraftList { drafts })
        }))
    }

    fn drop_draft(&self, args: DropDraft) -> Pending<'_, Done> {
        let drafts = self.drafts.clone();
        Box::pin(blocking(move || drafts.drop(&args.draft).map(|()| Done {})))
    }

    fn save_picture(&self, args: SavePicture) -> Pending<'_, SavedPicture> {
        Box::pin(blocking(move || picture::save(&args)))
    }

    fn list_secrets(&self, _: ListSecrets) -> Pending<'_, SecretList> {
        let secrets = Arc::clone(&self.secrets);
        Box::pin(blocking(move || Ok(SecretList { secrets: secrets.list()? })))
    }

    fn set_secret(&self, args: SetSecret) -> Pending<'_, Done> {
        Box::pin(async move { self.secrets.set(args.secret, args.value).await.map(|()| Done {}) })
    }

    fn remove_secret(&self, args: RemoveSecret) -> Pending<'_, Done> {
        Box::pin(async move { self.secrets.remove(&args.name).await.map(|()| Done {}) })
    }

    fn check_secret(&self, args: CheckSecret) -> Pending<'_, Done> {
        Box::pin(async move { self.secrets.check(&args.name).await.map(|()| Done {}) })
    }

    fn read_settings(&self, _: ReadSettings) -> Pending<'_, HomeSettings> {
        Box::pin(self.read_settings_now())
    }

    fn change_settings(&self, args: ChangeSettings) -> Pending<'_, HomeSettings> {
        Box::pin(self.change_settings_now(args))
    }

    fn test_notifier(&self, args: TestNotifier) -> Pending<'_, Done> {
        Box::pin(async move {
            self.notifier.test(&args.channel, SystemClock::read()).await.map(|()| Done {})
        })
    }

    fn test_connection(&self, args: TestConnection) -> Pending<'_, TestedConnection> {
        Box::pin(self.try_connection(args))
    }

    fn plan_run(&self, args: PlanRun) -> Pending<'_, RunPlan> {
        Box::pin(self.plan(args))
    }

    fn start_run(&self, args: StartRun) -> Pending<'_, StartedRun> {
        Box::pin(self.start(args))
    }

    fn rerun(&self, args: Rerun) -> Pending<'_, StartedRun> {
        Box::pin(self.again(args))
    }

    fn retry_run(&self, args: RetryRun) -> Pending<'_, Done> {
        Box::pin(self.reopen(args.run))
    }

    fn cancel_run(&self, args: CancelRun) -> Pending<'_, Done> {
        Box::pin(self.steer(args.run, self.engine.cancel(args.run, Actor::Person, args.kill)))
    }

    fn retry_runs(&self, args: RetryRuns) -> Pending<'_, Steered> {
        Box::pin(self.retry_all(args))
    }

    fn cancel_runs(&self, args: CancelRuns) -> Pending<'_, Steered> {
        Box::pin(self.cancel_all(args))
    }

    fn pause_run(&self, args: PauseRun) -> Pending<'_, Done> {
        Box::pin(self.steer(args.run, self.engine.pause(args.run, Actor::Person)))
    }

    fn resume_run(&self, args: ResumeRun) -> Pending<'_, Done> {
        Box::pin(self.steer(args.run, self.engine.resume(args.run, Actor::Person)))
    }

    fn answer_task(&self, args: AnswerTask) -> Pending<'_, Done> {
        Box::pin(self.answer(args))
    }

    fn mark_task(&self, args: MarkTask) -> Pending<'_, Done> {
        Box::pin(self.mark(args))
    }

    fn read_queue(&self, _: ReadQueue) -> Pending<'_, Queue> {
        Box::pin(self.queue())
    }

    fn move_run(&self, args: MoveRun) -> Pending<'_, Done> {
        let to = queue::place(args.to);
        Box::pin(self.steer(args.run, self.engine.move_run(args.run, to, Actor::Person)))
    }

    fn delete_runs(&self, args: DeleteRuns) -> Pending<'_, DeletedRuns> {
        Box::pin(self.delete_runs_now(args))
    }

    fn restore_runs(&self, args: RestoreRuns) -> Pending<'_, Done> {
        Box::pin(self.restore_runs_now(args))
    }

    fn list_deleted(&self, args: ListDeleted) -> Pending<'_, DeletedList> {
        Box::pin(self.deleted(args))
    }

    fn read_storage(&self, _: ReadStorage) -> Pending<'_, Storage> {
        Box::pin(self.measure())
    }

    fn clean(&self, args: Clean) -> Pending<'_, Cleaned> {
        Box::pin(self.clean_now(args))
    }

    fn read_diagnostics(&self, args: ReadDiagnostics) -> Pending<'_, Diagnostics> {
        Box::pin(self.diagnose(args))
    }

    fn save_diagnostics(&self, args: SaveDiagnostics) -> Pending<'_, SavedDiagnostics> {
        Box::pin(self.save_diagnosis(args))
    }

    fn find_place(&self, args: FindPlace) -> Pending<'_, FoundPlace> {
        Box::pin(self.locate(args))
    }

    fn back_up(&self, args: BackUp) -> Pending<'_, BackedUp> {
        Box::pin(self.back_up_now(args))
    }

    fn read_backup(&self, args: ReadBackup) -> Pending<'_, BackupProgress> {
        Box::pin(async move { Ok(self.backup_progress(args)) })
    }

    fn cancel_backup(&self, args: CancelBackup) -> Pending<'_, Done> {
        Box::pin(async move { Ok(self.cancel_backup_now(args)) })
    }

    fn list_runs(&self, args: ListRuns) -> Pending<'_, RunPage> {
        Box::pin(async move {
            let search = search::of_list(&args)?;
            let list =
                move |reader: &millrace_store::Reader| query::list_runs(reader, &search, &args);
            on_store(&self.store, list).await.map_err(|error| store_error(&error))
        })
    }

    fn select_runs(&self, args: SelectRuns) -> Pending<'_, SelectedRuns> {
        Box::pin(self.select(args))
    }

    fn find_run(&self, args: FindRun) -> Pending<'_, FoundRun> {
        Box::pin(async move {
            let resolve =
                move |reader: &millrace_store::Reader| Ok(reader.resolve(&args.name, None));
            let found =
                on_store(&self.store, resolve).await.map_err(|error| store_error(&error))?;
            Ok(FoundRun { run: found.map_err(query::resolve_error)? })
        })
    }

    fn get_run(&self, args: GetRun) -> Pending<'_, RunDetail> {
        Box::pin(async move {
            let (mut run, snapshot) = self.run_with_snapshot(args.run).await?;
            run.head.path = self.path_now(&run).await?;
            let waits = match run.state.is_final() {
                true => Vec::new(),
                false => self.waits(args.run).await?,
            };
            Ok(RunDetail { run, snapshot: args.snapshot.then_some(snapshot), waits })
        })
    }

    fn why_run(&self, args: WhyRun) -> Pending<'_, Waits> {
        Box::pin(async move {
            let waits = self.waits(args.run).await?;
            if waits.is_empty() {
                self.known(args.run).await?;
            }
            Ok(Waits { waits })
        })
    }

    fn workflow_grid(&self, args: WorkflowGrid) -> Pending<'_, Grid> {
        Box::pin(async move {
            let read = move |reader: &millrace_store::Reader| grid::read(reader, &args);
            on_store(&self.store, read).await.map_err(|error| store_error(&error))?
        })
    }

    fn workflow_days(&self, args: WorkflowDays) -> Pending<'_, DaysFared> {
        Box::pin(async move {
            let read = move |reader: &millrace_store::Reader| {
                days::read(reader, &args, jiff::Timestamp::now(), &jiff::tz::TimeZone::system())
            };
            on_store(&self.store, read).await.map_err(|error| store_error(&error))?
        })
    }

    fn usual_run(&self, args: UsualRun) -> Pending<'_, Usual> {
        Box::pin(async move {
            let read = move |reader: &millrace_store::Reader| query::usual(reader, args.run);
            on_store(&self.store, read).await.map_err(|error| store_error(&error))
        })
    }

    fn read_events(&self, args: ReadEvents) -> Pending<'_, EventPage> {
        Box::pin(async move {
            let limit = args.limit.clamp(1, MAX_EVENTS) as usize;
            let read = move |reader: &millrace_store::Reader| {
                reader.events_page(args.run, args.after, limit)
            };
            let page = on_store(&self.store, read).await.map_err(|error| store_error(&error))?;
            Ok(EventPage { events: page.events })
        })
    }

    fn save_report(&self, args: SaveReport) -> Pending<'_, SavedReport> {
        Box::pin(async move {
            let (mut run, snapshot) = self.run_with_snapshot(args.run).await?;
            run.head.path = self.path_now(&run).await?;
            let usual = self.usual_run(UsualRun { run: args.run }).await?;
            let artifacts = self.artifacts(ListArtifacts { run: args.run, task: None }).await?;
            let dir = self.run_dir(args.run);
            let artifacts = artifacts.artifacts;
            let known = report::Known { run, snapshot, usual, artifacts, now: SystemClock::read() };
            blocking(move || report::save(&dir, known, args)).await
        })
    }

    fn read_log(&self, args: ReadLog) -> Pending<'_, LogSlice> {
        Box::pin(async move {
            let (run, dir) = self.run_of_log(args.log.run).await?;
            blocking(move || logs::read(&dir, &run, &args)).await
        })
    }

    fn search_log(&self, args: SearchLog) -> Pending<'_, FoundLines> {
        Box::pin(async move {
            let (run, dir) = self.run_of_log(args.log.run).await?;
            blocking(move || logs::search(&dir, &run, &args)).await
        })
    }

    fn save_log(&self, args: SaveLog) -> Pending<'_, SavedLog> {
        Box::pin(async move {
            let (run, dir) = self.run_of_log(args.log.run).await?;
            blocking(move || logs::save(&dir, &run, &args)).await
        })
    }

    fn list_artifacts(&self, args: ListArtifacts) -> Pending<'_, ArtifactList> {
        Box::pin(self.artifacts(args))
    }

    fn read_artifact(&self, args: ReadArtifact) -> Pending<'_, ArtifactPart> {
        Box::pin(async move {
            let row = self.artifact(&args.artifact).await?;
            blocking(move || artifacts::read(row, &args)).await
        })
    }

    fn save_artifact(&self, args: SaveArtifact) -> Pending<'_, SavedArtifact> {
        Box::pin(async move {
            let row = self.artifact(&args.artifact).await?;
            blocking(move || artifacts::save(&row, &args)).await
        })
    }

    fn list_schedules(&self, args: ListSchedules) -> Pending<'_, ScheduleList> {
        Box::pin(self.starters(args))
    }

    fn switch_schedules(&self, args: SwitchSchedules) -> Pending<'_, Done> {
        Box::pin(self.switch_starters(args))
    }

    fn list_fires(&self, args: ListFires) -> Pending<'_, Fires> {
        Box::pin(self.fires(args))
    }

    fn move_fire(&self, args: MoveFire) -> Pending<'_, Done> {
        Box::pin(self.move_tick(args))
    }

    fn backfill(&self, args: Backfill) -> Pending<'_, BackfillPlan> {
        Box::pin(self.run_backfill(args))
    }

    fn make_token(&self, args: MakeToken) -> Pending<'_, TriggerToken> {
        Box::pin(self.new_token(args))
    }

    fn call_trigger(&self, args: CallTrigger) -> Pending<'_, StartedRun> {
        Box::pin(self.called(args))
    }

    fn trust(&self, args: Trust) -> Pending<'_, Done> {
        let mailbox = self.mailbox.clone();
        Box::pin(async move {
            blocking(move || trust::set(&mailbox, &args, SystemClock::read())).await?;
            self.schedules.touch();
            Ok(Done {})
        })
    }

    fn list_trust(&self, _: ListTrust) -> Pending<'_, TrustList> {
        Box::pin(async move {
            let folders = on_store(&self.store, millrace_store::Reader::trusted_folders).await;
            Ok(TrustList { folders: folders.map_err(|error| store_error(&error))? })
        })
    }

    fn read_inbox(&self, _: ReadInbox) -> Pending<'_, Inbox> {
        Box::pin(self.inbox())
    }

    fn mark_seen(&self, args: MarkSeen) -> Pending<'_, Done> {
        Box::pin(self.seen(args))
    }

    fn subscribe(&self, args: Subscribe) -> Pending<'_, EventStream> {
        Box::pin(self.hub.subscribe(Arc::clone(&self.store), args))
    }
}

impl App {
    /// Where documents lie or lay that the history knows.
    async fn known_documents(&self) -> Result<Vec<std::path::PathBuf>, millrace_api::ApiError> {
        let known = on_store(&self.store, millrace_store::Reader::workflows).await;
        let known = known.map_err(|error| store_error(&error))?;
        Ok(known.into_iter().filter_map(|row| row.path).map(Into::into).collect())
    }

    /// Reopens a run that ended.
    pub(crate) async fn reopen(&self, run: RunId) -> Result<Done, millrace_api::ApiError> {
        let _none_is_deleted = self.reopening.lock().await;
        let (mut fold, snapshot) = self.run_with_snapshot(run).await?;
        let plan = plan_of(&fold, &snapshot)?;
        self.check_retry(&fold).await?;
        self.pass_over_forgotten(&mut fold).await;
        self.steer(run, self.engine.retry(fold, plan, Actor::Person)).await
    }

    /// Asks the engine for something to be done to a run.
    pub(crate) async fn steer(
        &self,
        run: RunId,
        asked: impl Future<Output = Result<(), millrace_engine::EngineError>>,
    ) -> Result<Done, millrace_api::ApiError> {
        let Err(error) = asked.await else { return Ok(Done {}) };
        // The engine knows only runs under way: one that never was is another mistake than one that is over.
        self.known(run).await?;
        Err(engine_error(&error))
    }

    async fn artifacts(&self, args: ListArtifacts) -> Result<ArtifactList, millrace_api::ApiError> {
        let contents = self.artifacts.clone();
        let list = move |reader: &millrace_store::Reader| artifacts::list(reader, &contents, &args);
        on_store(&self.store, list).await.map_err(|error| store_error(&error))
    }

    async fn artifact(&self, name: &ArtifactName) -> Result<ArtifactRow, millrace_api::ApiError> {
        let args = ListArtifacts { run: name.run, task: Some(name.task.clone()) };
        artifacts::find(self.artifacts(args).await?, name)
    }

    /// That there is, or was, such a run.
    async fn known(&self, run: RunId) -> Result<(), millrace_api::ApiError> {
        let found = on_store(&self.store, move |reader| reader.run_row(run).map(drop)).await;
        found.map_err(|error| store_error(&error))
    }

    async fn waits(&self, run: RunId) -> Result<Vec<Wait>, millrace_api::ApiError> {
        let waits = self.engine.why(run).await.map_err(|error| engine_error(&error))?;
        Ok(waits.into_iter().map(|(task, why)| Wait { task, why }).collect())
    }
}
