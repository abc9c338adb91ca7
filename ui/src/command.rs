//! Everything that a person can tell the app to do: one list, with words and keys.
//!
//! Panels send commands; only `app::apply` carries them out.

mod answer;
mod arrange;
mod artifact;
mod carried;
mod changes;
mod connection;
mod file;
mod grid;
mod inbox;
mod keymap;
mod keys;
mod library;
mod log;
mod notify;
mod piece;
mod queue;
mod run;
mod runs;
mod schedule;
mod secret;
mod setting;
mod shortcut;
mod trust;
mod two_runs;

use std::collections::BTreeMap;

use egui::{Context, Pos2};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};

use crate::app::TabId;
use crate::state::{Change, Spot};

pub(crate) use answer::AnswerCommand;
pub(crate) use arrange::Arrange;
pub(crate) use artifact::ArtifactCommand;
pub(crate) use carried::CarriedOut;
pub(crate) use changes::ChangesCommand;
pub(crate) use connection::ConnectionCommand;
pub(crate) use file::FileCommand;
pub(crate) use grid::{GridCommand, GridTab};
pub(crate) use inbox::InboxCommand;
pub(crate) use keymap::{Binding, Keymap, Row as KeymapRow};
pub(crate) use library::LibraryCommand;
pub(crate) use log::LogCommand;
pub(crate) use notify::NotifyCommand;
pub(crate) use piece::PieceCommand;
pub(crate) use queue::QueueCommand;
pub(crate) use run::{RunCommand, RunTab};
pub(crate) use runs::RunsCommand;
pub(crate) use schedule::ScheduleCommand;
pub(crate) use secret::SecretCommand;
pub(crate) use setting::SettingCommand;
pub(crate) use shortcut::{is_modifier, key_words};
pub(crate) use trust::TrustCommand;
pub(crate) use two_runs::TwoRunsCommand;

/// A thing to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Command {
    /// Show a place.
    Go(Place),
    /// Open the document in this file.
    OpenFile(String),
    /// Open the workflow that a task names so.
    OpenCallee(String),
    /// Show the document of this tab.
    ShowTab(TabId),
    /// Show the document in the tab to the right, or to the left.
    NextTab {
        /// To the right.
        forward: bool,
    },
    /// Close a tab; none = the one in view.
    CloseTab(Option<TabId>),
    /// Do something with a document as a whole.
    File(FileCommand),
    /// Do something with a note or a group.
    Piece(PieceCommand),
    /// Put what is selected, or all, in order.
    Arrange(Arrange),
    /// Do something with stored secrets.
    Secret(SecretCommand),
    /// Do something with what starts workflows by itself.
    Schedule(ScheduleCommand),
    /// Say whether documents from elsewhere may run.
    Trust(TrustCommand),
    /// Do something with a file that a task left.
    Artifact(ArtifactCommand),
    /// Say something in a run.
    Answer(AnswerCommand),
    /// Do something with what a person should look at.
    Inbox(InboxCommand),
    /// Do something with how people are told.
    Notify(NotifyCommand),
    /// Do something in the settings.
    Setting(SettingCommand),
    /// Something to do with connections.
    Connection(ConnectionCommand),
    /// Do something with the differences of two workflows.
    Changes(ChangesCommand),
    /// Do something with two runs beside each other.
    TwoRuns(TwoRunsCommand),
    /// Do something with what runs and what waits.
    Queue(QueueCommand),
    /// Do something in the list of all runs.
    Runs(RunsCommand),
    /// Do something in the place of the workflows.
    Library(LibraryCommand),
    /// Do something where it is shown how a workflow fares.
    Grid(GridCommand),
    /// Show a tab of the run place.
    ShowRun(RunTab),
    /// Put the tries of a task beside each other.
    CompareTries(TaskKey),
    /// Do something with the run that is shown.
    OfRun(RunCommand),
    /// Show a run.
    OpenRun(RunId),
    /// Show the document that a run came from.
    OpenRunsDocument,
    /// Close the run that is shown.
    CloseRun,
    /// Write the document to its file.
    Save,
    /// Write it although the file changed outside.
    SaveOver,
    /// Read the file again and drop what was changed here.
    Reload,
    /// Take back the last step.
    Undo,
    /// Make it again.
    Redo,
    /// Change the document.
    Change(Change),
    /// Add a task of this kind.
    AddTask(&'static str, Spot),
    /// Open the search box for a task: here on the screen, for a task there.
    PickTask(Option<Pos2>, Spot),
    /// Copy the selected tasks as text.
    CopyTasks,
    /// Copy them and delete them.
    CutTasks,
    /// Put in the tasks of a text.
    PasteTasks {
        /// The text.
        text: String,
        /// Also with the edges to tasks that were not copied.
        with_links: bool,
    },
    /// Ask for the name of a workflow of their own for the selected tasks.
    AskExtract,
    /// Move them there.
    Extract,
    /// Put a copy of the selected tasks beside them.
    Duplicate,
    /// Open the box that finds workflows, runs, tasks and commands.
    Find,
    /// Open the menu of all commands.
    ShowMenu,
    /// Show all shortcuts.
    ShowShortcuts,
    /// Put the cursor into the title of what is selected.
    EditTitle,
    /// Open the task: its workflow, its code, its form, its text.
    OpenTask,
    /// The title of this task was typed to its end.
    SettleTitle(Ident),
    /// Give a task another name, everywhere.
    RenameTask {
        /// Its name now.
        from: Ident,
        /// The new one.
        to: Ident,
    },
    /// Show the code of this task's field large.
    ShowLarge((Ident, &'static str)),
    /// Ask for a path with the system's dialog, for the field of this key.
    PickPath {
        /// The field.
        field: String,
        /// A folder rather than a file.
        folder: bool,
        /// The dialog's title.
        title: String,
    },
    /// Show or hide the palette.
    TogglePalette,
    /// What is typed from here on is a step of its own.
    EndStep,
    /// Run the document as shown; asks for parameters where it must.
    Run,
    /// Ask for parameters, then run.
    RunWith,
    /// Run this task alone, with what earlier runs gave for those before it.
    RunOnly(Ident),
    /// Run this task and what it needs.
    RunUntil(Ident),
    /// Run with these parameters, as text.
    RunNow(BTreeMap<String, String>),
    /// Run a library workflow by its file.
    RunFile(String),
    /// Stop the run that is shown; the second time at once.
    Stop,
    /// Run what failed in the shown run again.
    RetryRun,
    /// A new run from this task on, with the document as it is now.
    RerunFrom(Ident),
    /// Run everything again with the document as it is now.
    Rerun,
    /// Show the log of this task.
    OpenLog(TaskKey, Option<u32>),
    /// Do something with the log in view.
    Log(LogCommand),
    /// Show a tab of the drawer.
    Drawer(Drawer),
    /// Select a task and bring it into view.
    Reveal(Ident),
    /// Delete what is selected.
    Delete,
    /// Delete the selected tasks and connect what is left around them.
    DeleteAndReconnect,
    /// Select every task.
    SelectAll,
    /// Select nothing.
    SelectNone,
    /// Move the selected tasks by steps of the grid.
    Nudge(i8, i8),
    /// Go along the graph from the selected task.
    Walk(Walk),
    /// Select also everything that is before, or after, what is selected.
    SelectReach {
        /// What is before.
        upstream: bool,
    },
    /// Switch the selected tasks off or on.
    ToggleDisabled,
    /// Enlarge.
    ZoomIn,
    /// Make smaller.
    ZoomOut,
    /// 100 %.
    Zoom100,
    /// Show everything.
    ZoomFit,
    /// Show what is selected.
    ZoomSelection,
    /// Show or hide the minimap.
    ToggleMinimap,
    /// Ask the daemon for everything that is shown.
    Refresh,
    /// Close the dialog.
    CloseDialog,
    /// Copy a text.
    Copy(String),
}

/// A place of the rail, or what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The library.
    Workflows,
    /// The open document.
    Editor,
    /// All runs.
    Runs,
    /// The open run.
    Run,
    /// How one workflow fares.
    Workflow,
    /// Two workflows that are compared.
    Changes,
    /// Two runs that are compared.
    TwoRuns,
    /// What fires when.
    Schedules,
    /// What a person should look at.
    Inbox,
    /// Appearance.
    Settings,
}

/// A tab of the drawer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drawer {
    /// What is wrong with the document.
    Problems,
    /// The tasks of the last run.
    LastRun,
    /// A log.
    Log,
    /// What the selected task read and gave.
    Values,
    /// The document as text.
    Json,
    /// What the document was before.
    Versions,
}

/// A way along the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walk {
    /// To an upstream task.
    Up,
    /// To a downstream task.
    Down,
    /// To the nearest task above.
    Previous,
    /// To the one below.
    Next,
}

impl Command {
    /// What it does, as a person reads it.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Go(Place::Workflows) => "Workflows",
            Self::Go(Place::Editor) => "Editor",
            Self::Go(Place::Runs) => "Runs",
            Self::Go(Place::Run) => "Run",
            Self::Go(Place::Workflow) => "How it fares",
            Self::Go(Place::Changes) => "Comparison",
            Self::Go(Place::TwoRuns) => "Two runs",
            Self::Go(Place::Schedules) => "Schedules",
            Self::Go(Place::Inbox) => "Inbox",
            Self::Go(Place::Settings) => "Settings",
            Self::OpenFile(_) => "Open",
            Self::OpenCallee(_) => "Open the workflow",
            Self::ShowTab(_) => "Show",
            Self::NextTab { forward: true } => "Next tab",
            Self::NextTab { forward: false } => "Previous tab",
            Self::CloseTab(_) => "Close tab",
            Self::File(command) => command.label(),
            Self::Piece(command) => command.label(),
            Self::Arrange(how) => how.label(),
            Self::Secret(command) => command.label(),
            Self::Schedule(command) => command.label(),
            Self::Trust(command) => command.label(),
            Self::Artifact(command) => command.label(),
            Self::Answer(command) => command.label(),
            Self::Inbox(command) => command.label(),
            Self::Queue(command) => command.label(),
            Self::Runs(command) => command.label(),
            Self::Library(command) => command.label(),
            Self::Grid(command) => command.label(),
            Self::Changes(command) => command.label(),
            Self::TwoRuns(command) => command.label(),
            Self::Notify(command) => command.label(),
            Self::Setting(command) => command.label(),
            Self::Connection(command) => command.label(),
            Self::ShowRun(tab) => tab.label(),
            Self::CompareTries(_) => "Compare tries…",
            Self::OfRun(command) => command.label(),
            Self::OpenRun(_) => "Open run",
            Self::OpenRunsDocument => "Open in editor",
            Self::CloseRun => "Close run",
            Self::Save => "Save",
            Self::SaveOver => "Overwrite the file",
            Self::Reload => "Reload from the file",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::Change(_) => "Edit",
            Self::AddTask(..) => "Add task",
            Self::PickTask(..) => "Add a task…",
            Self::CopyTasks => "Copy",
            Self::CutTasks => "Cut",
            Self::PasteTasks { with_links: false, .. } => "Paste",
            Self::PasteTasks { with_links: true, .. } => "Paste with links",
            Self::Duplicate => "Duplicate",
            Self::AskExtract | Self::Extract => "To sub-workflow…",
            Self::Find => "Find anything",
            Self::ShowMenu => "Menu",
            Self::ShowShortcuts => "Show all shortcuts",
            Self::EditTitle => "Rename",
            Self::OpenTask => "Open the task",
            Self::SettleTitle(_) | Self::RenameTask { .. } => "Rename task",
            Self::ShowLarge(_) => "Open large",
            Self::PickPath { .. } => "Browse",
            Self::TogglePalette => "Show or hide the palette",
            Self::EndStep => "End of step",
            Self::Run | Self::RunNow(_) | Self::RunFile(_) => "Run",
            Self::RunWith => "Run with parameters…",
            Self::RunOnly(_) => "Run this task",
            Self::RunUntil(_) => "Run to here",
            Self::Stop => "Stop",
            Self::RetryRun => "Retry",
            Self::RerunFrom(_) => "Rerun from here",
            Self::Rerun => "Rerun",
            Self::OpenLog(..) => "Open log",
            Self::Log(command) => command.label(),
            Self::Drawer(Drawer::Problems) => "Problems",
            Self::Drawer(Drawer::LastRun) => "Last run",
            Self::Drawer(Drawer::Log) => "Log",
            Self::Drawer(Drawer::Values) => "Values",
            Self::Drawer(Drawer::Json) => "JSON",
            Self::Drawer(Drawer::Versions) => "Versions",
            Self::Reveal(_) => "Show task",
            Self::Delete => "Delete",
            Self::DeleteAndReconnect => "Delete and reconnect",
            Self::SelectAll => "Select all",
            Self::SelectNone => "Select nothing",
            Self::Nudge(-1, _) => "Move left",
            Self::Nudge(1, _) => "Move right",
            Self::Nudge(_, -1) => "Move up",
            Self::Nudge(..) => "Move down",
            Self::SelectReach { upstream: true } => "Select upstream",
            Self::SelectReach { upstream: false } => "Select downstream",
            Self::Walk(Walk::Up) => "To the task before",
            Self::Walk(Walk::Down) => "To the task after",
            Self::Walk(Walk::Previous) => "To the task above",
            Self::Walk(Walk::Next) => "To the task below",
            Self::ToggleDisabled => "Disable or enable",
            Self::ZoomIn => "Zoom in",
            Self::ZoomOut => "Zoom out",
            Self::Zoom100 => "100 %",
            Self::ZoomFit => "Fit",
            Self::ZoomSelection => "Fit selection",
            Self::ToggleMinimap => "Show or hide the minimap",
            Self::Refresh => "Refresh",
            Self::CloseDialog => "Close",
            Self::Copy(_) => "Copy",
        }
    }

    /// What stands in the list of commands and has no key of its own.
    pub(crate) fn without_keys() -> Vec<Self> {
        let mut all = vec![
            Self::RetryRun,
            Self::Rerun,
            Self::Refresh,
            Self::CloseRun,
            Self::OpenRunsDocument,
        ];
        all.extend(FileCommand::without_keys().map(Self::File));
        all.extend(LibraryCommand::without_keys().map(Self::Library));
        all.extend(RunCommand::without_keys().map(Self::OfRun));
        all.extend(GridCommand::without_keys().map(Self::Grid));
        all.extend(TwoRunsCommand::without_keys().map(Self::TwoRuns));
        all.push(Self::Changes(ChangesCommand::Close));
        all.extend(ScheduleCommand::without_keys().map(Self::Schedule));
        all.extend(SettingCommand::without_keys().map(Self::Setting));
        all
    }

    /// The groups of commands, in the order in which lists show them.
    pub(crate) const GROUPS: [&str; 6] = ["File", "Edit", "Select", "View", "Run", "Window"];

    /// The group in the menu and in the sheet of shortcuts.
    pub(crate) fn group(&self) -> &'static str {
        match self {
            Self::Go(_) | Self::Find | Self::ShowMenu | Self::ShowShortcuts => "Window",
            Self::Setting(_) => "Window",
            Self::NextTab { .. } | Self::CloseTab(_) | Self::CloseRun | Self::Refresh => "Window",
            Self::File(FileCommand::Find) => "Select",
            Self::File(_) | Self::Save | Self::Library(_) => "File",
            Self::Run | Self::RunWith | Self::Stop | Self::RetryRun | Self::Rerun => "Run",
            Self::OpenRunsDocument | Self::Schedule(_) | Self::OfRun(_) => "Run",
            Self::ShowRun(_) | Self::Grid(_) | Self::TwoRuns(_) | Self::Changes(_) => "View",
            Self::TogglePalette => "View",
            Self::ZoomIn | Self::ZoomOut | Self::Zoom100 | Self::ZoomFit | Self::ZoomSelection => {
                "View"
            }
            Self::ToggleMinimap => "View",
            Self::SelectAll | Self::SelectNone | Self::SelectReach { .. } | Self::Walk(_) => {
                "Select"
            }
            _ => "Edit",
        }
    }

    /// The label with the keys, for a tooltip.
    pub(crate) fn tip(&self, ctx: &Context) -> String {
        self.tip_as(ctx, self.label())
    }

    /// The same with other words for what it does here.
    pub(crate) fn tip_as(&self, ctx: &Context, words: &str) -> String {
        match Keymap::of(ctx).keys_of(self).as_str() {
            "" => words.to_owned(),
            keys => format!("{words}  ·  {keys}"),
        }
    }

    /// What a sentence calls it by: its key, or its name where it has none.
    pub(crate) fn called(&self, ctx: &Context) -> String {
        match Keymap::of(ctx).keys_of(self) {
            keys if keys.is_empty() => self.label().to_owned(),
            keys => keys,
        }
    }

    /// Whether it only makes sense with the canvas in view.
    pub(crate) fn is_of_canvas(&self) -> bool {
        matches!(
            self,
            Self::Delete
                | Self::DeleteAndReconnect
                | Self::PickTask(..)
                | Self::Duplicate
                | Self::AskExtract
                | Self::Piece(_)
                | Self::File(FileCommand::Find | FileCommand::AskPicture)
                | Self::Arrange(_)
                | Self::EditTitle
                | Self::OpenTask
                | Self::SelectAll
                | Self::SelectNone
                | Self::Nudge(..)
                | Self::SelectReach { .. }
                | Self::Walk(_)
                | Self::ToggleDisabled
                | Self::ZoomIn
                | Self::ZoomOut
                | Self::Zoom100
                | Self::ZoomFit
                | Self::ZoomSelection
                | Self::ToggleMinimap
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tips_name_the_keys() {
        let ctx = Context::default();
        assert_eq!(Command::Redo.tip(&ctx), "Redo  ·  Ctrl+Shift+Z");
        assert_eq!(Command::Zoom100.tip(&ctx), "100 %  ·  0");
        assert_eq!(Command::Refresh.tip(&ctx), "Refresh");
        assert_eq!(Command::Save.tip_as(&ctx, "Not saved"), "Not saved  ·  Ctrl+S");
        assert_eq!(Command::Run.called(&ctx), "Ctrl+Enter");
        assert_eq!(Command::Refresh.called(&ctx), "Refresh");
    }
}
