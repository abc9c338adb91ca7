//! Over a real history and real files, by a clock that the test sets.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt as _;
use millrace_api::Backend;
use millrace_api::artifact::{ArtifactName, ListArtifacts, ReadArtifact};
use millrace_api::backup::BackUp;
use millrace_api::deletion::{DeleteRuns, RestoreRuns};
use millrace_api::home::Home;
use millrace_api::run::{ListRuns, RetryRun};
use millrace_api::storage::{Clean, ReadStorage};
use millrace_engine::core::{AdoptAttempt, StartAttempt};
use millrace_engine::ports::{Clock, Executor};
use millrace_exec::environment::BaseEnv;
use millrace_model::Values;
use millrace_model::event::{
    Artifact, AttemptEnd, Outcome, RunEvent, RunEventKind, RunHead, RunState, Then, Trigger,
};
use millrace_model::ids::AttemptId;
use millrace_store::{Options, Persist, Store, sha256_hex, snapshot_hash};

use super::*;
use crate::app::Parts;
use crate::lock::HomeLock;
use crate::ports::WallClock;
use crate::secrets;
use crate::settings::Settings;

const DAY: Duration = Duration::from_hours(24);
/// 2026-01-31T12:00:00Z
const NOON: Timestamp = Timestamp(1_769_860_800_000_000);
const DOCUMENT: &str = r#"{"millrace": 1, "name": "w", "tasks": [
    {"name": "a", "kind": "command", "spec": {"argv": ["true"]}},
    {"name": "b", "kind": "command", "spec": {"argv": ["true"]}}]}"#;

/// Starts nothing and ends nothing.
struct Idle;

impl Executor for Idle {
    fn start(&mut self, _: Box<StartAttempt>) {}
    fn stop(&mut self, _: AttemptId, _: bool) {}
    fn recall(&mut self, _: RunId, _: &[AttemptId]) {}
    fn places(&mut self, _: RunId, _: u32) {}
    fn adopt(&mut self, _: RunId, _: u32, _: Vec<AdoptAttempt>) {}
    fn watch(&mut self, _: Box<StartAttempt>) {}
    fn unwatch(&mut self, _: AttemptId) {}
    fn run_ended(&mut self, _: RunId) {}
    fn keep_outputs(&mut self, _: RunId, _: &Ident, _: &Values) {}
}

#[derive(Clone)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

struct Site {
    _folder: tempfile::TempDir,
    home: Home,
    clock: Hand,
}

fn task(name: &str) -> TaskKey {
    TaskKey::plain(Ident::new(name).unwrap())
}

fn days_ago(days: u32) -> Timestamp {
    NOON.minus(DAY * days)
}

impl Site {
    fn new(retention: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(&folder.path().canonicalize().unwrap().join("home")).unwrap();
        let settings = format!("[notify]\ndesktop = false\n[retention]\n{retention}\n");
        fs::write(home.config(), settings).unwrap();
        let clock = Hand(Arc::new(AtomicI64::new(NOON.0)));
        let site = Self { _folder: folder, home, clock };
        let store = Store::open(site.home.root(), Options::default()).unwrap();
        let mut writer = store.writer().unwrap();
        writer.put_snapshot(DOCUMENT).unwrap();
        // Run 1 and 3 left the same; run 4 is older than all and has not ended.
        for (run, days, is_over, files) in [
            (1, 40, true, &[("one", "shared"), ("deep/two", "old")][..]),
            (2, 20, true, &[("one", "middle")]),
            (3, 2, true, &[("one", "shared"), ("two", "young")]),
            (4, 60, false, &[("one", "unfinished")]),
        ] {
            writer.commit(&site.events(run, days, is_over, files), Persist::Now).unwrap();
        }
        site
    }

    /// The events of a run, whose files are put where they belong.
    fn events(&self, run: u64, days: u32, is_over: bool, files: &[(&str, &str)]) -> Vec<RunEvent> {
        let run = RunId(run);
        let artifacts = files.iter().map(|(name, text)| {
            let sha256 = sha256_hex(text.as_bytes());
            let content = self.content(text);
            fs::create_dir_all(content.parent().unwrap()).unwrap();
            fs::write(&content, text).unwrap();
            let laid_out = self.laid_out(run, name);
            fs::create_dir_all(laid_out.parent().unwrap()).unwrap();
            fs::hard_link(&content, laid_out).unwrap();
            let (bytes, media_type) = (text.len() as u64, "text/plain".to_owned());
            Artifact { name: (*name).to_owned(), bytes, sha256, media_type }
        });
        let end = |artifacts| {
            let end = AttemptEnd::unmeasured(Outcome::Succeeded, days_ago(days));
            Box::new(AttemptEnd { artifacts, ..end })
        };
        let then = || Then::End { state: TaskState::Succeeded, cause: None };
        let dispatched =
            |name, serial| RunEventKind::AttemptDispatched { task: task(name), serial, number: 1 };
        let head = RunHead {
            workflow: Ident::new("w").unwrap(),
            title: None,
            workflow_id: None,
            path: None,
            snapshot: snapshot_hash(DOCUMENT),
            trigger: Trigger::Manual,
            logical_time: days_ago(days),
            params: Values::new(),
            tasks: ["a", "b"].map(|name| Ident::new(name).unwrap()).to_vec(),
            only: None,
            rerun_of: None,
            carried: Vec::new(),
            failed_before: None,
            origin: None,
        };
        let left = end(artifacts.collect());
        let mut kinds = vec![
            RunEventKind::RunQueued(Box::new(head)),
            RunEventKind::RunStarted,
            RunEventKind::TasksQueued { tasks: vec![task("a"), task("b")] },
            dispatched("a", 1),
            RunEventKind::AttemptEnded { serial: 1, end: left, then: then() },
            dispatched("b", 2),
        ];
        if is_over {
            kinds.extend([
                RunEventKind::AttemptEnded { serial: 2, end: end(Vec::new()), then: then() },
                RunEventKind::RunEnded { state: RunState::Succeeded, cause: None },
            ]);
        }
        let at = days_ago(days);
        let event = |(kind, seq)| RunEvent { run, seq, at, kind };
        kinds.into_iter().zip(1..).map(event).collect()
    }

    fn content(&self, text: &str) -> PathBuf {
        ArtifactStore::new(self.home.artifacts()).path(&sha256_hex(text.as_bytes())).unwrap()
    }

    fn laid_out(&self, run: RunId, name: &str) -> PathBuf {
        RunDir::of(&self.home.runs(), run).artifacts_of(&task("a")).join(name)
    }

    async fn open(&self) -> Arc<App> {
        self.open_with(Settings::load(&self.home).unwrap()).await
    }

    /// With what was read of the settings at first.
    async fn open_with(&self, settings: Settings) -> Arc<App> {
        let parts = Parts {
            lock: HomeLock::take(&self.home).unwrap(),
            settings,
            secrets: Arc::new(secrets::Store::new(&self.home, Arc::new(BaseEnv::new(None)))),
            store: Arc::new(Store::open(self.home.root(), Options::default()).unwrap()),
            artifacts: ArtifactStore::new(self.home.artifacts()),
            clock: WallClock::new(self.clock.clone()),
        };
        let executor = |_, _| Box::new(Idle) as Box<dyn Executor>;
        App::assemble(self.home.clone(), parts, executor).await.unwrap()
    }

    /// Which contents are there.
    fn there(&self) -> Vec<&'static str> {
        let all = ["shared", "old", "middle", "young", "unfinished"];
        all.into_iter().filter(|text| self.content(text).is_file()).collect()
    }
}

/// Ends the app as the end of its process would.
async fn end(app: Arc<App>) {
    let weak = Arc::downgrade(&app);
    app.shutdown().await;
    drop(app);
    while weak.strong_count() > 0 {
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
}

async fn removed(app: &App, run: u64) -> Vec<Option<String>> {
    let list = app.list_artifacts(ListArtifacts { run: RunId(run), task: None }).await.unwrap();
    list.artifacts.iter().map(|row| row.removed.map(Timestamp::date)).collect()
}

#[tokio::test]
async fn what_is_too_old_is_given_up_and_says_so() {
    let site = Site::new("artifacts_for = \"30d\"");
    let app = site.open().await;
    app.keep_to_retention().await.unwrap();
    // The content that run 3 names too stays, and so does all of a run that has not ended.
    assert_eq!(site.there(), ["shared", "middle", "young", "unfinished"]);
    let gone = || Some("2026-01-31".to_owned());
    assert_eq!(removed(&app, 1).await, [gone(), gone()]);
    for kept in [2, 3, 4] {
        assert!(removed(&app, kept).await.iter().all(Option::is_none), "{kept}");
    }
    // Nothing of it is left in the run's folder either, also no empty folder.
    assert!(!site.laid_out(RunId(1), "one").exists() && !site.laid_out(RunId(1), "deep").exists());
    assert!(site.laid_out(RunId(3), "one").exists());
    let name = "one".to_owned();
    let artifact = ArtifactName { run: RunId(1), task: task("a"), number: None, name };
    let asked = ReadArtifact { artifact, offset: 0, max_bytes: 10 };
    let error = app.read_artifact(asked).await.unwrap_err();
    assert_eq!(error.code, Code::ContentGone);
    assert_eq!(error.message, "one was removed on 2026-01-31 by retention");
    let error = app.retry_run(RetryRun { run: RunId(1) }).await.unwrap_err();
    assert_eq!(error.code, Code::CannotCarry);
    assert!(error.message.starts_with("a has succeeded, and the artifacts"), "{error}");
    // Later, and with a clock that was set back, each goes at its time.
    site.clock.0.store(days_ago(1).0, Ordering::SeqCst);
    app.keep_to_retention().await.unwrap();
    site.clock.0.store(NOON.plus(DAY * 29).0, Ordering::SeqCst);
    app.keep_to_retention().await.unwrap();
    assert_eq!(site.there(), ["unfinished"]);
    assert_eq!(removed(&app, 3).await, vec![Some("2026-03-01".to_owned()); 2]);
    end(app).await;
}

#[tokio::test]
async fn what_is_too_much_goes_with_the_runs_that_ended_first() {
    // 6 + 3 + 6 + 5 + 10 bytes are there.
    let site = Site::new("artifacts_bytes = 27");
    let app = site.open().await;
    app.keep_to_retention().await.unwrap();
    assert_eq!(site.there(), ["shared", "middle", "young", "unfinished"]);
    end(app).await;
    let site = Site::new("artifacts_bytes = 0");
    let app = site.open().await;
    app.keep_to_retention().await.unwrap();
    assert_eq!(site.there(), ["unfinished"], "what a run needs is not given up");
    end(app).await;
}

#[tokio::test]
async fn a_crash_between_the_history_and_the_files_leaves_nothing_for_ever() {
    let site = Site::new("artifacts_for = \"30d\"");
    let app = site.open().await;
    // The history says so, and then the process dies.
    app.write(|writer| writer.remove_artifacts(&[RunId(1)], NOON)).await.unwrap();
    end(app).await;
    assert!(site.content("old").is_file() && site.laid_out(RunId(1), "one").exists());
    fs::write(site.home.config(), "[notify]\ndesktop = false\n").unwrap();
    let app = site.open().await;
    app.keep_to_retention().await.unwrap();
    assert_eq!(site.there(), ["shared", "middle", "young", "unfinished"]);
    assert!(!site.laid_out(RunId(1), "one").exists());
    // Once all of it is gone nothing is looked at again.
    let left = on_store(&app.store, Reader::removed_artifacts).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    end(app).await;
}

#[tokio::test]
async fn what_is_about_to_be_named_again_stays() {
    let site = Site::new("artifacts_for = \"30d\"");
    let app = site.open().await;
    // Somebody takes over what run 1 left, and has not told yet.
    assert!(app.artifacts.hold(&sha256_hex(b"old")));
    app.keep_to_retention().await.unwrap();
    assert!(site.content("old").is_file());
    let left = on_store(&app.store, Reader::removed_artifacts).await.unwrap();
    assert_eq!(left.len(), 2, "it is looked at again");
    end(app).await;
    let app = site.open().await;
    app.keep_to_retention().await.unwrap();
    assert!(!site.content("old").exists());
    end(app).await;
}

#[test]
fn a_content_counts_until_its_last_name_goes() {
    let row = |run, ended: Option<i64>, sha256: &str, bytes| KeptRow {
        run: RunId(run),
        ended: ended.map(Timestamp),
        sha256: sha256.to_owned(),
        bytes,
    };
    let kept = [
        row(1, Some(1), "x", 10),
        row(2, Some(2), "x", 10),
        row(2, Some(2), "y", 5),
        row(3, Some(3), "z", 1),
        row(4, None, "w", 100),
    ];
    let gone = |most, old: &[u64]| {
        let old = old.iter().copied().map(RunId).collect();
        too_much(&kept, most, old).into_iter().map(|run| run.0).collect::<Vec<_>>()
    };
    assert_eq!(gone(116, &[]), Vec::<u64>::new());
    // Without run 1 there is as much as before.
    assert_eq!(gone(115, &[]), [1, 2]);
    assert_eq!(gone(101, &[]), [1, 2]);
    assert_eq!(gone(0, &[]), [1, 2, 3]);
    assert_eq!(gone(116, &[2]), [2]);
}

#[tokio::test]
async fn what_is_set_during_the_start_holds() {
    let site = Site::new("");
    let read_before = Settings::load(&site.home).unwrap();
    fs::write(site.home.config(), "[retention]\nartifacts_for = \"30d\"\n").unwrap();
    let app = site.open_with(read_before).await;
    let mut settings = app.settings.watch();
    let set = settings.wait_for(|settings| settings.retention.artifacts_for.is_some());
    tokio::time::timeout(Duration::from_secs(60), set).await.unwrap().unwrap();
    end(app).await;
}

#[tokio::test]
async fn a_deleted_run_goes_for_good_an_hour_later_with_all_that_nobody_else_names() {
    let site = Site::new("");
    let app = site.open().await;
    let folder = |run| RunDir::of(&site.home.runs(), RunId(run)).root().is_dir();
    let runs = vec![RunId(1), RunId(2)];
    app.delete_runs(DeleteRuns { runs: runs.clone() }).await.unwrap();
    app.restore_runs(RestoreRuns { runs: vec![RunId(2)] }).await.unwrap();
    assert_eq!(app.purge(app.clock.now()).await.unwrap().runs, 0, "it was deleted at that instant");
    assert!(folder(1) && site.content("old").is_file());
    site.clock.0.store(NOON.plus(Duration::from_secs(3_601)).0, Ordering::SeqCst);
    let hour = Duration::from_hours(1);
    // The daemon dies after the history and before the files.
    app.write(|writer| writer.purge_run(RunId(1))).await.unwrap();
    end(app).await;
    let app = site.open().await;
    assert_eq!(app.purge(app.clock.now().minus(hour)).await.unwrap().runs, 1);
    assert!(!folder(1) && folder(2) && folder(3));
    let there = site.there();
    assert!(there.contains(&"shared") && there.contains(&"middle"), "{there:?}");
    let error = app.restore_runs(RestoreRuns { runs }).await.unwrap_err();
    assert_eq!(error.code, Code::NotFound);
    assert_eq!(error.help.as_deref(), Some("deleted runs can be put back for an hour"));
    assert_eq!(app.purge(app.clock.now()).await.unwrap().runs, 0);
    end(app).await;
}

#[tokio::test]
async fn a_folder_that_cannot_go_is_tried_again_and_keeps_no_other() {
    let site = Site::new("");
    let app = site.open().await;
    app.delete_runs(DeleteRuns { runs: vec![RunId(1), RunId(2)] }).await.unwrap();
    let runs = site.home.runs();
    let folder = RunDir::of(&runs, RunId(1)).root().to_owned();
    let aside = runs.join("aside");
    // Where the folder should be there is a file: no folder can be removed.
    fs::rename(&folder, &aside).unwrap();
    fs::write(&folder, "x").unwrap();
    let later = NOON.plus(Duration::from_secs(1));
    assert_eq!(app.purge(later).await.unwrap().runs, 1, "run 2");
    fs::remove_file(&folder).unwrap();
    fs::rename(&aside, &folder).unwrap();
    assert_eq!(app.purge(later).await.unwrap().runs, 1);
    assert!(!folder.exists());
    end(app).await;
}

#[tokio::test]
async fn runs_go_by_age_and_number_but_for_the_newest_good_one() {
    let site = Site::new("runs_for = \"30d\"");
    let app = site.open().await;
    let dry = app.clean(Clean { dry_run: true }).await.unwrap();
    assert_eq!((dry.runs, dry.deleted, dry.artifacts), (1, 0, 0));
    assert!(dry.bytes > 0 && site.content("old").is_file());
    let cleaned = app.keep_to_retention().await.unwrap();
    assert_eq!((cleaned.runs, cleaned.deleted, cleaned.artifacts), (1, 0, 0));
    assert_eq!(site.there(), ["shared", "middle", "young", "unfinished"]);
    let rows = app.list_runs(ListRuns { limit: 9, ..ListRuns::default() }).await.unwrap().runs;
    assert_eq!(rows.iter().map(|row| row.run.0).collect::<Vec<_>>(), [3, 2, 4]);
    let back = app.restore_runs(RestoreRuns { runs: vec![RunId(1)] }).await.unwrap_err();
    assert_eq!(back.code, Code::NotFound);
    assert!(app.keep_to_retention().await.unwrap().is_nothing());
    end(app).await;
    let site = Site::new("runs_count = 1");
    let app = site.open().await;
    assert_eq!(app.keep_to_retention().await.unwrap().runs, 2, "3 is the newest, 4 goes on");
    assert_eq!(site.there(), ["shared", "young", "unfinished"]);
    end(app).await;
}

#[tokio::test]
async fn runs_go_until_the_home_keeps_to_its_bytes() {
    let site = Site::new("");
    let app = site.open().await;
    let before = app.read_storage(ReadStorage {}).await.unwrap();
    assert_eq!((before.run_count, before.unmeasured), (4, 0));
    assert_eq!(before.by_workflow.len(), 1);
    assert_eq!((before.by_workflow[0].runs, before.by_workflow[0].artifact_bytes), (4, 30));
    // A byte less than there is: the run that ended first is enough.
    let limit = |bytes| {
        let mut settings = Settings::clone(&app.settings.get());
        settings.retention.bytes = Some(bytes);
        app.settings.put(settings);
    };
    limit(storage::home_bytes(&site.home) - 1);
    assert_eq!(app.keep_to_retention().await.unwrap().runs, 1);
    assert!(!RunDir::of(&site.home.runs(), RunId(1)).root().exists());
    limit(0);
    assert_eq!(app.keep_to_retention().await.unwrap().runs, 1, "3 is the newest good one");
    end(app).await;
}

#[tokio::test]
async fn to_clean_is_not_to_wait_an_hour() {
    let site = Site::new("artifacts_for = \"30d\"");
    let app = site.open().await;
    app.delete_runs(DeleteRuns { runs: vec![RunId(2)] }).await.unwrap();
    let dry = app.clean(Clean { dry_run: true }).await.unwrap();
    assert_eq!((dry.runs, dry.deleted, dry.artifacts), (0, 1, 2));
    let cleaned = app.clean(Clean { dry_run: false }).await.unwrap();
    assert_eq!((cleaned.runs, cleaned.deleted, cleaned.artifacts), (0, 1, 2));
    assert!(cleaned.bytes > 0);
    assert_eq!(site.there(), ["shared", "young", "unfinished"]);
    assert!(app.clean(Clean { dry_run: false }).await.unwrap().is_nothing());
    end(app).await;
}

#[tokio::test]
async fn a_backup_that_nobody_waits_for_any_more_is_in_nobodys_way() {
    let site = Site::new("");
    let app = site.open().await;
    let path = site.home.root().with_file_name("b.tar.gz").display().to_string();
    let (without_logs, without_artifacts) = (false, false);
    let back_up = || {
        app.back_up(BackUp { path: path.clone(), replace: false, without_logs, without_artifacts })
    };
    let alone = app.cleaning.lock().await;
    let mut given_up = back_up();
    assert!(given_up.as_mut().now_or_never().is_none(), "something is being removed");
    drop((given_up, alone));
    back_up().await.unwrap();
    end(app).await;
}
