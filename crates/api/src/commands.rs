//! The list of commands, declared once.
//!
//! A host that lacks one does not compile. The wire form is JSON: `{"command": "cancel_run", "run": …}`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Pending;
use crate::answer::{AnswerTask, MarkTask};
use crate::artifact::{
    ArtifactList, ArtifactPart, ListArtifacts, ReadArtifact, SaveArtifact, SavedArtifact,
};
use crate::backup::{BackUp, BackedUp, BackupProgress, CancelBackup, ReadBackup};
use crate::bulk::{CancelRuns, RetryRuns, SelectRuns, SelectedRuns, Steered};
use crate::days::{DaysFared, WorkflowDays};
use crate::deletion::{DeleteRuns, DeletedList, DeletedRuns, ListDeleted, RestoreRuns};
use crate::diagnostics::{Diagnostics, ReadDiagnostics, SaveDiagnostics, SavedDiagnostics};
use crate::document::{
    DocumentStats, DocumentText, ListWorkflows, MoveDocument, ReadDocument, RestoreDocument,
    SaveDocument, SavedDocument, StatDocuments, TrashDocument, TrashedDocument, Validate,
    Validated, WorkflowList,
};
use crate::draft::{DraftList, DropDraft, KeepDraft, ListDrafts};
use crate::error::ApiError;
use crate::git::{GitReport, ReadGit};
use crate::grid::{Grid, WorkflowGrid};
use crate::inbox::{Inbox, MarkSeen, ReadInbox};
use crate::library::{
    ChangedFolder, FoundWorkflows, MakeFolder, RemoveFolder, RenameFolder, SearchWorkflows,
};
use crate::log::{FoundLines, LogSlice, ReadLog, SaveLog, SavedLog, SearchLog};
use crate::picture::{SavePicture, SavedPicture};
use crate::place::{FindPlace, FoundPlace};
use crate::queue::{MoveRun, Queue, ReadQueue};
use crate::report::{SaveReport, SavedReport};
use crate::run::{
    CancelRun, DaemonReport, DaemonState, Done, EventPage, FindRun, FoundRun, GetRun, ListRuns,
    PauseRun, PlanRun, ReadEvents, Rerun, ResumeRun, RetryRun, RunDetail, RunPage, RunPlan,
    StartRun, StartedRun, StopDaemon, Waits, WhyRun,
};
use crate::schedule::{
    Backfill, BackfillPlan, Fires, ListFires, ListSchedules, MoveFire, ScheduleList,
    SwitchSchedules,
};
use crate::secret::{CheckSecret, ListSecrets, RemoveSecret, SecretList, SetSecret};
use crate::settings::{
    ChangeSettings, HomeSettings, ReadSettings, TestConnection, TestNotifier, TestedConnection,
};
use crate::storage::{Clean, Cleaned, ReadStorage, Storage};
use crate::stream::{EventStream, Subscribe};
use crate::trigger::{CallTrigger, MakeToken, TriggerToken};
use crate::trust::{ListTrust, Trust, TrustList};
use crate::usual::{Usual, UsualRun};
use crate::version::{ListVersions, ReadVersion, VersionList, VersionText};

/// A command: its name on the wire and what it answers.
pub trait Command: Serialize + DeserializeOwned + Send {
    /// The name on the wire.
    const NAME: &'static str;
    /// What it answers.
    type Reply: Serialize + DeserializeOwned + Send;
    /// The command as one of all requests.
    fn into_request(self) -> Request;
}

/// The largest request that a transport takes, in bytes: a document of the largest size, escaped.
pub const MAX_REQUEST: usize = 160 << 20;

/// Carries requests to a [`Backend`] elsewhere.
pub trait Transport: Send + Sync {
    /// Sends a request and waits for the reply's JSON.
    fn send<'a>(&'a self, request: &'a Request) -> Pending<'a, Vec<u8>>;
    /// Opens the event stream.
    fn subscribe<'a>(&'a self, subscribe: &'a Subscribe) -> Pending<'a, EventStream>;
}

/// A [`Backend`] at the other end of a [`Transport`].
#[derive(Debug, Clone)]
pub struct Remote<T>(pub T);

macro_rules! commands {
    ($($(#[$doc:meta])* $method:ident: $request:ident -> $reply:ty;)+) => {
        /// Any command.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "command", rename_all = "snake_case")]
        pub enum Request {
            $($(#[$doc])* $request($request),)+
        }

        /// The names of all commands, as on the wire.
        pub const COMMAND_NAMES: &[&str] = &[$(stringify!($method)),+];

        /// Whoever answers the commands: the app itself, or a client of it.
        pub trait Backend: Send + Sync {
            $($(#[$doc])* fn $method(&self, args: $request) -> Pending<'_, $reply>;)+

            /// Events from a place in the journal on, first the kept ones, then live.
            fn subscribe(&self, args: Subscribe) -> Pending<'_, EventStream>;
        }

        $(impl Command for $request {
            const NAME: &'static str = stringify!($method);
            type Reply = $reply;
            fn into_request(self) -> Request {
                Request::$request(self)
            }
        })+

        impl Request {
            /// The command's name on the wire.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$request(_) => stringify!($method),)+
                }
            }
        }

        /// Lets `backend` answer a request; gives the reply's JSON.
        ///
        /// # Errors
        /// Those of the command.
        pub async fn answer(backend: &dyn Backend, request: Request) -> Result<Vec<u8>, ApiError> {
            match request {
                $(Request::$request(args) => encode(&backend.$method(args).await?),)+
            }
        }

        impl<T: Transport> Backend for Remote<T> {
            $(fn $method(&self, args: $request) -> Pending<'_, $reply> {
                Box::pin(async move { decode(&self.0.send(&Request::$request(args)).await?) })
            })+

            fn subscribe(&self, args: Subscribe) -> Pending<'_, EventStream> {
                Box::pin(async move { self.0.subscribe(&args).await })
            }
        }
    };
}

commands! {
    /// What the daemon is and how it fares.
    daemon_state: DaemonState -> DaemonReport;
    /// Ends the daemon; tasks go on unless they are to be cancelled.
    stop_daemon: StopDaemon -> Done;
    /// A document's text and problems.
    read_document: ReadDocument -> DocumentText;
    /// Writes a document, unless the file changed since it was read.
    save_document: SaveDocument -> SavedDocument;
    /// Gives a document another place or name; its history goes along.
    move_document: MoveDocument -> SavedDocument;
    /// Puts a document into the trash of the home.
    trash_document: TrashDocument -> TrashedDocument;
    /// Puts a document back from the trash.
    restore_document: RestoreDocument -> SavedDocument;
    /// What is in files: asked again and again to see what changed outside.
    stat_documents: StatDocuments -> DocumentStats;
    /// Every problem of a document, checked against this home (pools, library).
    validate: Validate -> Validated;
    /// The workflows of the library and those that ran from elsewhere.
    list_workflows: ListWorkflows -> WorkflowList;
    /// Where words stand in the documents.
    search_workflows: SearchWorkflows -> FoundWorkflows;
    /// How the documents stand in their git repositories.
    read_git: ReadGit -> GitReport;
    /// Makes a folder in the library.
    make_folder: MakeFolder -> ChangedFolder;
    /// Gives a folder of the library another name; what lies below it keeps its history.
    rename_folder: RenameFolder -> ChangedFolder;
    /// Removes an empty folder of the library.
    remove_folder: RemoveFolder -> Done;
    /// What the document of a workflow meant before.
    list_versions: ListVersions -> VersionList;
    /// The text of a version.
    read_version: ReadVersion -> VersionText;
    /// Keeps what was changed in a window and not saved.
    keep_draft: KeepDraft -> Done;
    /// What was changed in windows and not saved.
    list_drafts: ListDrafts -> DraftList;
    /// Drops a draft.
    drop_draft: DropDraft -> Done;
    /// Writes a picture of a workflow, as SVG or PNG.
    save_picture: SavePicture -> SavedPicture;
    /// The stored secrets: names and where each is kept, never values.
    list_secrets: ListSecrets -> SecretList;
    /// Stores a secret.
    set_secret: SetSecret -> Done;
    /// Forgets a secret.
    remove_secret: RemoveSecret -> Done;
    /// Whether a secret can be read now.
    check_secret: CheckSecret -> Done;
    /// The settings of the home, as its file has them now.
    read_settings: ReadSettings -> HomeSettings;
    /// Changes settings, unless their file changed since it was read.
    change_settings: ChangeSettings -> HomeSettings;
    /// Sends a test by a channel of the settings.
    test_notifier: TestNotifier -> Done;
    /// Tries a connection of the settings.
    test_connection: TestConnection -> TestedConnection;
    /// What a run would do, in which order, with which values.
    plan_run: PlanRun -> RunPlan;
    /// Starts a run.
    start_run: StartRun -> StartedRun;
    /// Starts a run of the current document with results taken over from an old one.
    rerun: Rerun -> StartedRun;
    /// Reopens a run that ended: what failed and what came after it runs again.
    retry_run: RetryRun -> Done;
    /// Stops a run; the second time at once.
    cancel_run: CancelRun -> Done;
    /// Reopens many runs, each as a single one.
    retry_runs: RetryRuns -> Steered;
    /// Stops many runs, each as a single one.
    cancel_runs: CancelRuns -> Steered;
    /// Starts no new attempts of a run.
    pause_run: PauseRun -> Done;
    /// Starts new attempts again.
    resume_run: ResumeRun -> Done;
    /// Answers the question of a task.
    answer_task: AnswerTask -> Done;
    /// Says how a task ends, whatever becomes of its attempt.
    mark_task: MarkTask -> Done;
    /// What runs and what waits, in which order.
    read_queue: ReadQueue -> Queue;
    /// Puts a run before or after others.
    move_run: MoveRun -> Done;
    /// Deletes runs that have ended; for an hour they can be put back.
    delete_runs: DeleteRuns -> DeletedRuns;
    /// Puts deleted runs back.
    restore_runs: RestoreRuns -> Done;
    /// The deleted runs that can be put back.
    list_deleted: ListDeleted -> DeletedList;
    /// What takes space in the home.
    read_storage: ReadStorage -> Storage;
    /// Gives up what is beyond the limits of the settings, and all deleted runs.
    clean: Clean -> Cleaned;
    /// What is well and what is not, and what a file of that for a report of a problem would have in it.
    read_diagnostics: ReadDiagnostics -> Diagnostics;
    /// Writes that file.
    save_diagnostics: SaveDiagnostics -> SavedDiagnostics;
    /// Where something lies on the daemon's machine.
    find_place: FindPlace -> FoundPlace;
    /// Writes a backup of the home, while runs go on.
    back_up: BackUp -> BackedUp;
    /// How far the backup is that is being written.
    read_backup: ReadBackup -> BackupProgress;
    /// Gives up the backup that is being written.
    cancel_backup: CancelBackup -> Done;
    /// A page of runs, newest first.
    list_runs: ListRuns -> RunPage;
    /// The ids of all runs that a query finds, to do something with them.
    select_runs: SelectRuns -> SelectedRuns;
    /// The run that a text names: a unique prefix of its id, `last`, `last-failed`.
    find_run: FindRun -> FoundRun;
    /// A run with all its tasks.
    get_run: GetRun -> RunDetail;
    /// Why the tasks of a run wait.
    why_run: WhyRun -> Waits;
    /// The newest runs of a workflow beside each other, task by task.
    workflow_grid: WorkflowGrid -> Grid;
    /// How the runs of a workflow ended, day by day.
    workflow_days: WorkflowDays -> DaysFared;
    /// How long runs like this one usually take, and their tasks.
    usual_run: UsualRun -> Usual;
    /// A page of a run's events.
    read_events: ReadEvents -> EventPage;
    /// Writes a run as a page that can be read without Millrace.
    save_report: SaveReport -> SavedReport;
    /// A part of an attempt's log.
    read_log: ReadLog -> LogSlice;
    /// Lines of an attempt's log that match a regular expression.
    search_log: SearchLog -> FoundLines;
    /// Writes an attempt's log as text.
    save_log: SaveLog -> SavedLog;
    /// The files that tasks left on purpose in a run.
    list_artifacts: ListArtifacts -> ArtifactList;
    /// A part of such a file.
    read_artifact: ReadArtifact -> ArtifactPart;
    /// Writes a copy of such a file.
    save_artifact: SaveArtifact -> SavedArtifact;
    /// The schedules and triggers of this home.
    list_schedules: ListSchedules -> ScheduleList;
    /// Switches schedules and triggers on this machine.
    switch_schedules: SwitchSchedules -> Done;
    /// What fires, fired and did not fire in a span of time.
    list_fires: ListFires -> Fires;
    /// Has a single coming tick fire at another instant, or not at all.
    move_fire: MoveFire -> Done;
    /// Runs a workflow once for each tick of a past span of time.
    backfill: Backfill -> BackfillPlan;
    /// Makes the token by which a trigger is called.
    make_token: MakeToken -> TriggerToken;
    /// Starts a run for whoever has the trigger's token.
    call_trigger: CallTrigger -> StartedRun;
    /// Trusts a document or a folder, or no more.
    trust: Trust -> Done;
    /// What is trusted.
    list_trust: ListTrust -> TrustList;
    /// What a person should look at.
    read_inbox: ReadInbox -> Inbox;
    /// Notes that a person has seen things of the inbox, or has not after all.
    mark_seen: MarkSeen -> Done;
}

fn encode<T: Serialize>(reply: &T) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(reply).map_err(|error| ApiError::internal("encode a reply", &error))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| ApiError::internal("read a reply", &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::ids::RunId;

    #[test]
    fn a_request_says_its_name_on_the_wire() {
        let request = CancelRun { run: RunId(1), kill: true }.into_request();
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"command":"cancel_run","run":"0000000000000001","kill":true}"#);
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
        assert_eq!(request.name(), CancelRun::NAME);
    }

    #[test]
    fn no_name_stands_twice() {
        let mut names = COMMAND_NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMAND_NAMES.len());
    }
}
