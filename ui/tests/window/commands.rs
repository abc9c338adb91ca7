//! Every command has a test. Those that the palette offers are given here: from it by their name, and by each of their
//! keys. All others are part of what other tests do, which say so by `Window::did`.
//!
//! A new command fails `every_command_is_played_by_a_test`, a new key `every_key_is_pressed_by_a_test`.

mod arrange;
mod edit;
mod files;
mod run;
mod select;
mod view;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::world::Window;

/// A way to give a command.
pub struct Way {
    /// The command's name in the code.
    command: &'static str,
    /// What the palette calls it, or a key.
    by: By,
}

enum By {
    Palette(&'static str),
    Key(&'static str),
}

impl Way {
    /// Gives the command, and makes sure that it was this one.
    pub fn go(&self, window: &mut Window) {
        match self.by {
            By::Palette(label) => choose(window, label),
            By::Key(words) => {
                let (modifiers, key) = parse(words);
                window.press(modifiers, key);
            }
        }
        window.settle();
        window.did(&[self.command]);
    }
}

/// Types a command's name into the box that finds everything and clicks its row.
pub fn choose(window: &mut Window, label: &str) {
    window.press(Modifiers::COMMAND, Key::K);
    let field = window.harness.get_by_label("Find anything");
    let place = field.rect();
    field.type_text(label);
    window.settle();
    let rows = window.harness.get_all_by_label(label).map(|node| node.rect());
    let is_row = |rect: &egui::Rect| {
        rect.top() >= place.bottom() && (rect.center().x - place.center().x).abs() < 40.0
    };
    let at = rows.filter(is_row).map(|rect| rect.center()).next();
    window.click(at.unwrap_or_else(|| panic!("the palette does not offer {label}")));
}

/// `Ctrl+Shift+Z`, as the window writes it.
fn parse(words: &str) -> (Modifiers, Key) {
    let (mut rest, mut modifiers) = (words, Modifiers::NONE);
    for (word, modifier) in
        [("Ctrl+", Modifiers::COMMAND), ("Alt+", Modifiers::ALT), ("Shift+", Modifiers::SHIFT)]
    {
        if let Some(after) = rest.strip_prefix(word) {
            (rest, modifiers) = (after, modifiers | modifier);
        }
    }
    let key = match rest {
        "←" => Key::ArrowLeft,
        "→" => Key::ArrowRight,
        "↑" => Key::ArrowUp,
        "↓" => Key::ArrowDown,
        "Del" => Key::Delete,
        name => Key::from_name(name).unwrap(),
    };
    (modifiers, key)
}

/// Makes a test of each command: what the function of the same name looks at happens by every way.
macro_rules! commands {
    ($($place:ident::$name:ident: $label:literal is $command:literal by $keys:expr;)+) => {
        /// Label, name in the code, keys.
        const PLAYED: &[(&str, &str, &[&str])] = &[$(($label, $command, &$keys)),+];

        $(#[test]
        fn $name() {
            // The palette does not offer to open itself.
            if $command != "Find" {
                $place::$name(&Way { command: $command, by: By::Palette($label) });
            }
            let keys: &[&'static str] = &$keys;
            for key in keys {
                $place::$name(&Way { command: $command, by: By::Key(key) });
            }
        })+
    };
}

commands! {
    run::run: "Run" is "Run" by ["Ctrl+Enter"];
    run::run_with: "Run with parameters…" is "RunWith" by ["Ctrl+Shift+Enter"];
    run::stop: "Stop" is "Stop" by ["Ctrl+Alt+Enter"];
    run::retry: "Retry" is "RetryRun" by [];
    run::rerun: "Rerun" is "Rerun" by [];
    run::show_canvas: "Canvas of the run" is "ShowRun::Canvas" by ["Alt+1"];
    run::show_timeline: "Timeline of the run" is "ShowRun::Timeline" by ["Alt+2"];
    run::show_tasks: "Tasks of the run" is "ShowRun::Tasks" by ["Alt+3"];
    run::show_events: "Events of the run" is "ShowRun::Events" by ["Alt+4"];
    run::pause_run: "Pause the run" is "OfRun::Pause" by [];
    run::resume_run: "Resume the run" is "OfRun::Resume" by [];
    run::rerun_with_changes: "Rerun with changes…" is "OfRun::AskRerun" by [];
    run::copy_command_line: "Copy as a command line" is "OfRun::CopyLine" by [];
    run::save_report: "Save report…" is "OfRun::SaveReport" by [];
    run::delete_run: "Delete the run" is "OfRun::Delete" by [];
    run::how_it_fares: "How the workflow fares" is "OfRun::ShowGrid" by [];
    run::grid_of_workflow: "Grid of the workflow" is "Grid::Show::Grid" by [];
    run::calendar_of_workflow: "Calendar of the workflow" is "Grid::Show::Calendar" by [];
    run::durations_of_workflow: "Durations of the workflow" is "Grid::Show::Durations" by [];
    run::durations_of_runs: "Durations of runs" is "Grid::Measure" by [];
    run::durations_by_task: "Durations by task" is "Grid::Measure" by [];
    run::where_from: "Where the run came from" is "OfRun::ShowOrigin" by [];
    run::what_had_changed: "What had changed before the run" is "OfRun::ShowChanges" by [];
    run::compare_before: "Compare with the run before" is "OfRun::CompareBefore" by [];
    run::compare_succeeded: "Compare with the last success" is "OfRun::CompareSucceeded" by [];
    run::critical_path: "Mark the critical path" is "OfRun::ToggleCritical" by [];
    run::close_run: "Close run" is "CloseRun" by [];
    run::open_in_editor: "Open in editor" is "OpenRunsDocument" by [];
    run::refresh: "Refresh" is "Refresh" by [];
    run::show_schedules: "Schedules of this workflow" is "Schedule::Show" by [];
    run::backfill: "Backfill…" is "Schedule::AskBackfill" by [];
    files::new_workflow: "New workflow" is "File::New" by ["Ctrl+N"];
    files::new_folder: "New folder…" is "Library::AskFolder" by [];
    files::open: "Open…" is "File::Open" by ["Ctrl+O"];
    files::import: "Import…" is "File::Import" by [];
    files::save: "Save" is "Save" by ["Ctrl+S"];
    files::save_as: "Save as…" is "File::SaveAs" by ["Ctrl+Shift+S"];
    files::duplicate_workflow: "Duplicate workflow" is "File::Duplicate" by [];
    files::compare: "Compare with the file" is "File::Compare" by [];
    files::discard: "Discard changes" is "File::Discard" by [];
    files::export: "Export as picture…" is "File::AskPicture" by [];
    files::next_tab: "Next tab" is "NextTab" by ["Ctrl+Tab"];
    files::previous_tab: "Previous tab" is "NextTab" by ["Ctrl+Shift+Tab"];
    files::close_tab: "Close tab" is "CloseTab" by ["Ctrl+W"];
    files::reopen_tab: "Reopen closed tab" is "File::ReopenTab" by ["Ctrl+Shift+T"];
    view::find_in_workflow: "Find in workflow" is "File::Find" by ["Ctrl+F"];
    view::find_anything: "Find anything" is "Find" by ["Ctrl+Shift+P", "Ctrl+K"];
    view::menu: "Menu" is "ShowMenu" by ["F10"];
    view::shortcuts: "Show all shortcuts" is "ShowShortcuts" by ["?"];
    view::workflows: "Workflows" is "Go::Workflows" by ["Ctrl+1"];
    view::runs: "Runs" is "Go::Runs" by ["Ctrl+2"];
    view::schedules: "Schedules" is "Go::Schedules" by ["Ctrl+3"];
    view::inbox: "Inbox" is "Go::Inbox" by ["Ctrl+4"];
    view::settings: "Settings" is "Go::Settings" by ["Ctrl+,"];
    view::settings_appearance: "Settings: Appearance" is "Setting::Show" by [];
    view::settings_notifications: "Settings: Notifications" is "Setting::Show" by [];
    view::settings_secrets: "Settings: Secrets" is "Setting::Show" by [];
    view::settings_connections: "Settings: Connections" is "Setting::Show" by [];
    view::settings_pools: "Settings: Pools" is "Setting::Show" by [];
    view::settings_storage: "Settings: Storage" is "Setting::Show" by [];
    view::settings_keys: "Settings: Keys" is "Setting::Show" by [];
    view::settings_start: "Settings: Start" is "Setting::Show" by [];
    view::settings_about: "Settings: About" is "Setting::Show" by [];
    view::back_up: "Back up…" is "Setting::BackUp" by [];
    view::save_diagnostics: "Save diagnostics…" is "Setting::AskDiagnostics" by [];
    view::palette: "Show or hide the palette" is "TogglePalette" by ["Ctrl+B"];
    view::minimap: "Show or hide the minimap" is "ToggleMinimap" by ["Alt+M"];
    view::zoom_in: "Zoom in" is "ZoomIn" by ["+", "="];
    view::zoom_out: "Zoom out" is "ZoomOut" by ["−"];
    view::zoom_100: "100 %" is "Zoom100" by ["0"];
    view::zoom_fit: "Fit" is "ZoomFit" by ["1"];
    view::zoom_selection: "Fit selection" is "ZoomSelection" by ["."];
    edit::undo: "Undo" is "Undo" by ["Ctrl+Z"];
    edit::redo: "Redo" is "Redo" by ["Ctrl+Shift+Z", "Ctrl+Y"];
    edit::add_task: "Add a task…" is "PickTask" by ["N"];
    edit::rename: "Rename" is "EditTitle" by ["F2"];
    edit::open_task: "Open the task" is "OpenTask" by ["Enter"];
    edit::duplicate: "Duplicate" is "Duplicate" by ["Ctrl+D"];
    edit::disable: "Disable or enable" is "ToggleDisabled" by ["D"];
    edit::delete: "Delete" is "Delete" by ["Del", "Backspace"];
    edit::delete_and_reconnect: "Delete and reconnect" is "DeleteAndReconnect"
        by ["Ctrl+Del", "Ctrl+Backspace"];
    edit::note: "Add a note" is "Piece::AddNote" by ["Shift+S"];
    edit::group: "Group" is "Piece::Group" by ["Ctrl+G"];
    edit::ungroup: "Ungroup" is "Piece::Ungroup" by ["Ctrl+Shift+G"];
    edit::to_sub_workflow: "To sub-workflow…" is "AskExtract" by ["Alt+X"];
    arrange::tidy: "Tidy up" is "Arrange::Tidy" by ["Alt+Shift+T"];
    arrange::align_left: "Align left" is "Arrange::Align" by ["Alt+A"];
    arrange::align_centres: "Align centres" is "Arrange::Align" by ["Alt+H"];
    arrange::align_right: "Align right" is "Arrange::Align" by ["Alt+D"];
    arrange::align_top: "Align top" is "Arrange::Align" by ["Alt+W"];
    arrange::align_middles: "Align middles" is "Arrange::Align" by ["Alt+V"];
    arrange::align_bottom: "Align bottom" is "Arrange::Align" by ["Alt+S"];
    arrange::distribute_horizontally: "Distribute horizontally" is "Arrange::Spread" by ["Alt+Shift+H"];
    arrange::distribute_vertically: "Distribute vertically" is "Arrange::Spread" by ["Alt+Shift+V"];
    arrange::move_left: "Move left" is "Nudge" by ["←"];
    arrange::move_right: "Move right" is "Nudge" by ["→"];
    arrange::move_up: "Move up" is "Nudge" by ["↑"];
    arrange::move_down: "Move down" is "Nudge" by ["↓"];
    select::select_all: "Select all" is "SelectAll" by ["Ctrl+A"];
    select::select_none: "Select nothing" is "SelectNone" by ["Escape"];
    select::select_before: "Select upstream" is "SelectReach" by ["Shift+←"];
    select::select_after: "Select downstream" is "SelectReach" by ["Shift+→"];
    select::walk_before: "To the task before" is "Walk::Up" by ["Alt+←"];
    select::walk_after: "To the task after" is "Walk::Down" by ["Alt+→"];
    select::walk_above: "To the task above" is "Walk::Previous" by ["Alt+↑"];
    select::walk_below: "To the task below" is "Walk::Next" by ["Alt+↓"];
}

/// The settings list every command that can have keys, with those it has.
#[test]
fn every_key_is_pressed_by_a_test() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Comma);
    window.push("Keys");
    let mut shown: BTreeSet<(String, String)> = BTreeSet::new();
    for node in window.harness.get_all_by_label_contains("Take ") {
        let label = node.accesskit_node().label().unwrap();
        let (key, command) = label.strip_prefix("Take ").unwrap().split_once(" from ").unwrap();
        shown.insert((command.to_owned(), key.to_owned()));
    }
    let keys = PLAYED.iter().flat_map(|(label, _, keys)| keys.iter().map(move |key| (label, key)));
    let keys = keys.map(|(label, key)| {
        let key = if *key == "Escape" { "Esc" } else { key };
        ((*label).to_owned(), key.to_owned())
    });
    assert_eq!(shown, keys.collect::<BTreeSet<_>>());
}

/// Where commands are declared: what stands before their names, the enum, its file.
const DECLARED: [(&str, &str, &str); 26] = [
    ("", "Command", "command.rs"),
    ("Go::", "Place", "command.rs"),
    ("Drawer::", "Drawer", "command.rs"),
    ("Walk::", "Walk", "command.rs"),
    ("File::", "FileCommand", "command/file.rs"),
    ("Piece::", "PieceCommand", "command/piece.rs"),
    ("Arrange::", "Arrange", "command/arrange.rs"),
    ("Secret::", "SecretCommand", "command/secret.rs"),
    ("Schedule::", "ScheduleCommand", "command/schedule.rs"),
    ("Trust::", "TrustCommand", "command/trust.rs"),
    ("Log::", "LogCommand", "command/log.rs"),
    ("Artifact::", "ArtifactCommand", "command/artifact.rs"),
    ("Answer::", "AnswerCommand", "command/answer.rs"),
    ("Inbox::", "InboxCommand", "command/inbox.rs"),
    ("Queue::", "QueueCommand", "command/queue.rs"),
    ("Runs::", "RunsCommand", "command/runs.rs"),
    ("Library::", "LibraryCommand", "command/library.rs"),
    ("Grid::", "GridCommand", "command/grid.rs"),
    ("Grid::Show::", "GridTab", "command/grid.rs"),
    ("Changes::", "ChangesCommand", "command/changes.rs"),
    ("TwoRuns::", "TwoRunsCommand", "command/two_runs.rs"),
    ("ShowRun::", "RunTab", "command/run.rs"),
    ("OfRun::", "RunCommand", "command/run.rs"),
    ("Notify::", "NotifyCommand", "command/notify.rs"),
    ("Setting::", "SettingCommand", "command/setting.rs"),
    ("Connection::", "ConnectionCommand", "command/connection.rs"),
];

#[test]
fn every_command_is_played_by_a_test() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut enums = BTreeSet::new();
    for file in [vec![source.join("command.rs")], files_in(&source.join("command"))].concat() {
        let text = fs::read_to_string(file).unwrap();
        let found = text.lines().filter_map(|line| line.strip_prefix("pub(crate) enum "));
        enums.extend(found.map(|rest| rest.trim_end_matches(" {").to_owned()));
    }
    let known: BTreeSet<String> = DECLARED.iter().map(|(_, name, _)| (*name).to_owned()).collect();
    assert_eq!(enums, known, "which of them are commands");

    let mut all = BTreeSet::new();
    for (prefix, name, file) in DECLARED {
        let text = fs::read_to_string(source.join(file)).unwrap();
        all.extend(variants(&text, name).into_iter().map(|variant| format!("{prefix}{variant}")));
    }
    // These hold commands of their own.
    all.retain(|name| !DECLARED.iter().any(|(prefix, ..)| prefix.strip_suffix("::") == Some(name)));
    // A place that no command leads to: it is where documents and their tabs are.
    assert!(all.remove("Go::Editor"));
    // The same of one that shows a workflow, which the command names.
    assert!(all.remove("Go::Workflow"));
    // And of one that compares two.
    assert!(all.remove("Go::Changes"));
    assert!(all.remove("Go::TwoRuns"));
    assert!(all.len() > 100, "{all:?}");

    let mut played: BTreeSet<String> =
        PLAYED.iter().map(|(_, command, _)| (*command).to_owned()).collect();
    for file in files_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/window")) {
        let text = fs::read_to_string(file).unwrap();
        for rest in text.split(concat!("window", ".did(&[")).skip(1) {
            let list = rest.split(']').next().unwrap_or_default();
            played.extend(list.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
    let missing: Vec<&String> = all.difference(&played).collect();
    assert!(missing.is_empty(), "no test plays {missing:?}");
    let unknown: Vec<&String> = played.difference(&all).collect();
    assert!(unknown.is_empty(), "there are no commands {unknown:?}");
}

/// The sources in a folder and those below it.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(files_in(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}

/// The names of an enum's variants.
fn variants(text: &str, name: &str) -> Vec<String> {
    let (_, rest) = text.split_once(&format!("pub(crate) enum {name} {{\n")).unwrap();
    let (body, _) = rest.split_once("\n}").unwrap();
    let heads = body.lines().filter_map(|line| line.strip_prefix("    "));
    let heads = heads.filter(|head| head.starts_with(|first: char| first.is_ascii_uppercase()));
    heads.map(|head| head.chars().take_while(|c| c.is_alphanumeric()).collect()).collect()
}
