//! The one place where commands are carried out.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, Pos2, Vec2};
use millrace_api::Command as _;
use millrace_api::document::{SaveDocument, Source};
use millrace_api::run::{CancelRun, Rerun, RetryRun, StartRun};
use millrace_model::ident::Ident;

use super::editor::Part;
use super::rename::Held;
use super::{App, Purpose, TabId};
use crate::bridge::DesktopAsk;
use crate::canvas::{Piece, Scene};
use crate::command::{ChangesCommand, Command, Drawer, Place, RunTab, TwoRunsCommand, Walk};
use crate::forms::RunForm;
use crate::panels;
use crate::state::Change;
use crate::widgets::SearchList;

/// One step of the arrow keys, in canvas points.
const STEP: f32 = 16.0;

impl App {
    pub(super) fn apply_all(&mut self, ctx: &Context) {
        let commands = names_last(std::mem::take(&mut self.queue));
        if !commands.is_empty() {
            // What a command changed is drawn in the next frame.
            ctx.request_repaint();
            self.has_acted = true;
        }
        for command in commands {
            self.apply(ctx, command);
        }
    }

    fn apply(&mut self, ctx: &Context, command: Command) {
        self.carried_out.note(&command);
        match command {
            Command::Go(place) => self.go(place),
            Command::OpenFile(path) => match self.tabs.of_path(&path) {
                Some(tab) => self.apply(ctx, Command::ShowTab(tab)),
                None => match self.tabs.reopen_path(&path) {
                    Some(tab) => {
                        self.show_reopened(tab);
                        self.mark_restored(tab);
                    }
                    None => self.open_file(path),
                },
            },
            Command::OpenCallee(callee) => self.open_callee(&callee),
            Command::File(command) => self.apply_to_file(ctx, command),
            Command::Piece(command) => self.apply_to_piece(ctx, command),
            Command::Arrange(how) => self.arrange(how),
            Command::Secret(command) => self.apply_to_secret(command),
            Command::Schedule(command) => self.apply_to_schedule(ctx, command),
            Command::Trust(command) => self.apply_to_trust(command),
            Command::Artifact(command) => self.apply_to_artifact(command),
            Command::Answer(command) => self.apply_to_answer(command),
            Command::Inbox(command) => self.apply_to_inbox(command),
            Command::Queue(command) => self.apply_to_queue(command),
            Command::Library(command) => self.apply_to_library(command),
            Command::Grid(command) => self.apply_to_grid(command),
            Command::Changes(command) => self.apply_to_changes(command),
            Command::TwoRuns(command) => self.apply_to_two_runs(command),
            Command::Runs(command) => {
                self.apply_to_runs(command, ctx.input(|input| input.time));
            }
            Command::Notify(command) => self.apply_to_notify(command),
            Command::Connection(command) => self.apply_to_connection(command),
            Command::Setting(command) => self.apply_to_setting(command),
            Command::ShowTab(tab) => {
                if self.tabs.select(tab) {
                    self.place = Place::Editor;
                }
            }
            Command::NextTab { forward } => {
                if self.place == Place::Editor {
                    self.tabs.step(forward);
                }
                self.go(Place::Editor);
            }
            Command::CloseTab(tab) => self.close_tab(tab),
            Command::ShowRun(tab) => self.show_run_tab(tab),
            Command::CompareTries(key) => self.compare_tries(&key),
            Command::OfRun(command) => self.apply_to_run(ctx, command),
            Command::OpenRun(run) => self.show_run(run),
            Command::OpenRunsDocument => self.open_runs_document(),
            Command::CloseRun => self.close_run(),
            Command::Save => self.save(false),
            Command::SaveOver => self.save(true),
            Command::Reload => {
                if let Some(tab) = self.tabs.current().map(|editor| editor.tab) {
                    self.read_again(tab, Purpose::Reload(tab));
                }
            }
            Command::Undo => self.step(ctx, "Undone", |doc| doc.undo()),
            Command::Redo => self.step(ctx, "Done again", |doc| doc.redo()),
            Command::Change(change) => self.change(&change),
            Command::AddTask(kind, spot) => self.add_task(kind, &spot),
            Command::PickTask(screen, spot) => self.pick_task(ctx, screen, spot),
            Command::Find => self.finder = Some(SearchList::default()),
            Command::ShowMenu => panels::open_main_menu(ctx),
            Command::ShowShortcuts => self.shows_shortcuts = true,
            Command::CopyTasks => self.copy_tasks(ctx, false),
            Command::CutTasks => self.copy_tasks(ctx, true),
            Command::PasteTasks { text, with_links } => self.paste_tasks(ctx, &text, with_links),
            Command::Duplicate => self.duplicate(),
            Command::AskExtract => self.ask_extract(),
            Command::Extract => self.extract(),
            Command::EditTitle => self.edit_title(),
            Command::OpenTask => self.open_selected(),
            Command::SettleTitle(task) => self.settle_title(&task),
            Command::RenameTask { from, to } => self.rename_task(from, to),
            Command::ShowLarge(field) => self.forms.large = Some(field),
            Command::PickPath { field, folder, title } => self.pick_path(field, folder, title),
            Command::TogglePalette => {
                self.settings.palette_closed = !self.settings.palette_closed;
            }
            Command::ToggleMinimap => self.settings.minimap = !self.settings.minimap,
            Command::EndStep => {
                if let Some(editor) = self.tabs.current_mut() {
                    editor.doc.end_step();
                }
            }
            Command::Run => self.run(false),
            Command::RunWith => self.run(true),
            Command::RunOnly(task) => self.run_part(Part { only: Some(vec![task]), until: None }),
            Command::RunUntil(task) => self.run_part(Part { only: None, until: Some(vec![task]) }),
            Command::RunNow(params) => match self.dialog.as_ref().and_then(|form| form.rerun) {
                Some(run) => self.rerun_with(run, params),
                None => self.start(params),
            },
            Command::RunFile(path) => self.look_and_run(path, BTreeMap::new()),
            Command::Stop => {
                let live = self.shown_watch().and_then(|watch| watch.live.as_ref());
                if let Some(live) = live.filter(|live| live.is_active()) {
                    let kill = live.run.as_ref().is_some_and(|run| run.stopping);
                    let run = live.id;
                    self.backend.ask(CancelRun { run, kill }.into_request(), Purpose::Cancel(run));
                }
            }
            Command::RetryRun => {
                let live = self.shown_watch().and_then(|watch| watch.live.as_ref());
                if let Some(run) = live.map(|live| live.id) {
                    self.backend.ask(RetryRun { run }.into_request(), Purpose::Retry(run));
                }
            }
            Command::RerunFrom(task) => self.rerun(Some(task)),
            Command::Rerun => self.rerun(None),
            Command::OpenLog(task, number) => self.open_log(task, number),
            Command::Log(command) => self.apply_to_log(command),
            // The run place has its tasks in the middle.
            Command::Drawer(Drawer::LastRun) if self.place == Place::Run => {
                self.show_run_tab(RunTab::Tasks);
            }
            Command::Drawer(tab) => {
                self.settings.drawer_closed = false;
                if tab == Drawer::Log {
                    self.open_selected_log();
                }
                if let Some(editor) = self.tabs.current_mut().filter(|_| tab == Drawer::Versions) {
                    // Whoever looks again wants to know whether they can be read now.
                    editor.versions.stale |= editor.versions.error.take().is_some();
                }
                if let Some(watch) = self.shown_watch_mut() {
                    watch.drawer = tab;
                }
            }
            Command::Reveal(task) => {
                if let Some(watch) = self.shown_watch_mut() {
                    watch.reveal_next = Some(task);
                }
            }
            Command::Refresh => {
                self.ask_shown_again();
                self.refresh_watched();
            }
            Command::CloseDialog => self.dialog = None,
            Command::Copy(text) => {
                ctx.copy_text(text);
                self.toasts.say("Copied", ctx.input(|input| input.time));
            }
            of_canvas => self.apply_to_canvas(&of_canvas),
        }
    }

    /// Closes a tab, or what is in view.
    pub(super) fn close_tab(&mut self, tab: Option<TabId>) {
        let tab = match (tab, self.place) {
            (Some(tab), _) => tab,
            (None, Place::Editor) => match self.tabs.current() {
                Some(editor) => editor.tab,
                None => return,
            },
            (None, Place::Run) => return self.close_run(),
            (None, Place::Changes) => return self.apply_to_changes(ChangesCommand::Close),
            (None, Place::TwoRuns) => return self.apply_to_two_runs(TwoRunsCommand::Close),
            (None, _) => return,
        };
        self.tabs.close(tab);
        if self.tabs.is_empty() && self.place == Place::Editor {
            self.place = Place::Workflows;
        }
    }

    fn close_run(&mut self) {
        self.run = None;
        if self.place == Place::Run {
            self.place = Place::Runs;
        }
    }

    pub(super) fn go(&mut self, place: Place) {
        let can = match place {
            Place::Editor => !self.tabs.is_empty() || self.opening.is_some(),
            Place::Run => self.run.is_some(),
            Place::Workflow => !self.grid.view.workflow.is_empty(),
            Place::Changes => self.changes.is_some(),
            Place::TwoRuns => self.two_runs.is_some(),
            Place::Workflows | Place::Runs | Place::Schedules | Place::Inbox | Place::Settings => {
                true
            }
        };
        if can {
            self.place = place;
        }
        if matches!(place, Place::Schedules | Place::Inbox) {
            // A file may have changed elsewhere.
            self.starters_changed();
        }
        if place == Place::Settings {
            // A file may have changed what is chosen about the desktop, and how people are told.
            self.backend.desktop(DesktopAsk::Read, Purpose::Desktop);
            self.notify.outdated();
            self.setting.outdated();
        }
    }

    pub(super) fn change(&mut self, change: &Change) {
        let Some(editor) = self.tabs.current_mut() else { return };
        if let Err(why) = editor.doc.change(change) {
            self.toasts.fail(why, None);
        }
    }

    fn step(
        &mut self,
        ctx: &Context,
        verb: &str,
        make: impl FnOnce(&mut crate::state::Document) -> Option<String>,
    ) {
        if self.place != Place::Editor {
            return;
        }
        let Some(editor) = self.tabs.current_mut() else { return };
        let held = Held::of(editor);
        if let Some(words) = make(&mut editor.doc) {
            editor.drafts.clear();
            self.follow_names(&held);
            self.toasts.say(format!("{verb}: {words}"), ctx.input(|input| input.time));
        }
    }

    fn save(&mut self, overwrite: bool) {
        let Some(editor) = self.tabs.current_mut() else { return };
        if editor.saving.is_some() {
            return;
        }
        if let Some(why) = &editor.doc.read_only {
            let why = why.clone();
            self.toasts.fail(format!("not saved: {why}"), None);
            return;
        }
        if !editor.doc.is_dirty() && !overwrite {
            return;
        }
        let Some(path) = editor.doc.path.clone() else {
            return self.pick_place();
        };
        let text = editor.doc.text();
        editor.saving = Some(editor.doc.revision);
        editor.saving_text = Some((Arc::clone(&editor.doc.workflow), text.clone()));
        let request = SaveDocument {
            path,
            text,
            expected_digest: editor.doc.digest.clone(),
            overwrite,
            is_trusted: editor.doc.is_trusted,
        };
        let purpose = Purpose::Save(editor.tab, editor.doc.revision);
        self.backend.ask(request.into_request(), purpose);
    }

    fn run_part(&mut self, part: Part) {
        if let Some(editor) = self.tabs.current_mut() {
            editor.part = part;
        }
        self.run_or_ask(false);
    }

    fn run(&mut self, ask: bool) {
        if let Some(editor) = self.tabs.current_mut() {
            editor.part = Part::default();
        }
        self.run_or_ask(ask);
    }

    /// Runs the part of the document that was asked for; asks for parameters first where it must.
    fn run_or_ask(&mut self, ask: bool) {
        if self.place != Place::Editor || self.refuse_restricted() {
            return;
        }
        if let Some(why) = self.why_not_run() {
            if let Some(editor) = self.tabs.current_mut().filter(|editor| editor.doc.blocking() > 0)
            {
                editor.watch.drawer = Drawer::Problems;
                self.settings.drawer_closed = false;
            }
            self.toasts.fail(why, None);
            return;
        }
        let Some(editor) = self.tabs.current() else { return };
        let workflow = &editor.doc.workflow;
        let must_ask =
            workflow.params.iter().any(|param| param.required && param.default.is_none());
        if must_ask || (ask && !workflow.params.is_empty()) {
            self.dialog = Some(RunForm::new(workflow, self.secrets.names()));
        } else {
            self.start(BTreeMap::new());
        }
    }

    /// Why the document cannot be run now; none where it can.
    pub(crate) fn why_not_run(&self) -> Option<String> {
        let editor = self.tabs.current()?;
        if editor.doc.unreadable {
            return Some("the document cannot be read; see Problems".to_owned());
        }
        if editor.doc.workflow.tasks.is_empty() {
            return Some("the workflow has no tasks yet".to_owned());
        }
        if editor.starting {
            return Some("a run is being started".to_owned());
        }
        if editor.doc.blocking() > 0 {
            let count = crate::words::count(editor.doc.blocking(), "error", "errors");
            return Some(format!("the document has {count}; see Problems"));
        }
        self.why_away().map(str::to_owned)
    }

    fn start(&mut self, param_texts: BTreeMap<String, String>) {
        self.dialog = None;
        let Some(editor) = self.tabs.current_mut() else { return };
        editor.starting = true;
        let Part { only, until } = std::mem::take(&mut editor.part);
        let request = StartRun {
            param_texts,
            only,
            until,
            pinned: true,
            vouched: is_made_here(editor),
            ..start_of(source_of(editor))
        };
        self.backend.ask(request.into_request(), Purpose::Start(editor.tab));
    }

    fn rerun(&mut self, from: Option<Ident>) {
        if self.place == Place::Editor && self.refuse_restricted() {
            return;
        }
        let live = self.shown_watch().and_then(|watch| watch.live.as_ref());
        let Some(live) = live else { return };
        let run = live.id;
        let path = live.run.as_ref().and_then(|run| run.head.path.clone());
        // In the editor the run gets what is on the canvas; elsewhere the file as it is now.
        let (source, vouched, purpose) = match (self.tabs.current_mut(), self.place) {
            (Some(editor), Place::Editor) => {
                editor.starting = true;
                (Some(source_of(editor)), is_made_here(editor), Purpose::Start(editor.tab))
            }
            _ => (path.map(Source::Path), false, Purpose::StartFile),
        };
        let request = Rerun {
            run,
            from,
            pinned: self.place == Place::Editor,
            source,
            params: millrace_model::Values::new(),
            param_texts: BTreeMap::new(),
            vouched,
        };
        self.backend.ask(request.into_request(), purpose);
    }

    fn apply_to_canvas(&mut self, command: &Command) {
        if self.apply_to_run_tab(command) {
            return;
        }
        let changes = self.place == Place::Changes;
        let Some(watch) = self.shown_watch_mut() else { return };
        let (canvas, scene) = watch.canvas_and_scene();
        match command {
            // There one thing is looked at, and nothing is edited.
            Command::SelectAll | Command::SelectReach { .. } | Command::Walk(_) if changes => {}
            Command::ZoomIn => {
                canvas.zoom_by(1.25);
            }
            Command::ZoomOut => {
                canvas.zoom_by(0.8);
            }
            Command::Zoom100 => {
                canvas.zoom_100();
            }
            Command::ZoomFit => {
                canvas.fit(scene);
            }
            Command::ZoomSelection => {
                canvas.fit_selection(scene);
            }
            Command::SelectAll => {
                canvas.select_nothing();
                canvas.selected =
                    scene.cards.iter().flat_map(|card| card.tasks()).cloned().collect();
                canvas.pieces.selected = (0..scene.notes.len()).map(Piece::Note).collect();
            }
            Command::SelectNone => {
                canvas.select_nothing();
            }
            Command::SelectReach { upstream } => {
                canvas.selected = crate::canvas::reach(scene, &canvas.selected, *upstream);
            }
            Command::Walk(walk) => {
                if let Some(name) = walk_to(scene, canvas.selected.first(), *walk) {
                    canvas.select_and_reveal(scene, &name);
                }
            }
            Command::Delete => self.delete_selected(),
            Command::DeleteAndReconnect => self.delete_and_reconnect(),
            &Command::Nudge(x, y) => {
                let by = Vec2::new(f32::from(x), f32::from(y)) * STEP;
                self.move_selected(by);
            }
            Command::ToggleDisabled if !canvas.selected.is_empty() => {
                self.toggle_disabled();
            }
            _ => {}
        }
    }
}

fn source_of(editor: &super::Editor) -> Source {
    match (&editor.doc.path, editor.doc.is_dirty()) {
        (Some(path), false) => Source::Path(path.clone()),
        (path, _) => Source::Text { text: editor.doc.text(), path: path.clone() },
    }
}

/// Whether what is on the canvas was made here and is in no file yet: what is in a file, the daemon judges.
fn is_made_here(editor: &super::Editor) -> bool {
    editor.doc.is_trusted && matches!(source_of(editor), Source::Text { .. })
}

pub(super) fn start_of(source: Source) -> StartRun {
    StartRun {
        source,
        params: millrace_model::Values::new(),
        param_texts: BTreeMap::new(),
        until: None,
        only: None,
        pinned: false,
        vouched: false,
    }
}

/// The task that a step along the graph leads to; the first one where nothing is selected.
fn walk_to(scene: &Scene, from: Option<&Ident>, walk: Walk) -> Option<Ident> {
    let Some(here) = from.and_then(|name| scene.index_of(name.as_str())) else {
        let first = |card: &&crate::canvas::CardView| (card.at.x as i64, card.at.y as i64);
        return scene.cards.iter().min_by_key(first).map(|card| card.name.clone());
    };
    let at = scene.cards[here].at;
    let nearest = |indices: &mut dyn Iterator<Item = usize>| {
        let distance = |index: &usize| {
            let other: Pos2 = scene.cards[*index].at;
            (other.distance_sq(at) * 8.0) as i64
        };
        indices.min_by_key(distance).map(|index| scene.cards[index].name.clone())
    };
    let all = 0..scene.cards.len();
    match walk {
        Walk::Up => nearest(&mut scene.wires.iter().filter(|w| w.to == here).map(|w| w.from)),
        Walk::Down => nearest(&mut scene.wires.iter().filter(|w| w.from == here).map(|w| w.to)),
        Walk::Previous => nearest(&mut all.filter(|&i| i != here && scene.cards[i].at.y < at.y)),
        Walk::Next => nearest(&mut all.filter(|&i| i != here && scene.cards[i].at.y > at.y)),
    }
}

/// Changes before new names: a field that is left may give its task another name in the very frame in which the next field
/// takes a key, and that change names the task as it was called when the frame began.
fn names_last(mut commands: Vec<Command>) -> Vec<Command> {
    let renames =
        |command: &Command| matches!(command, Command::SettleTitle(_) | Command::RenameTask { .. });
    if let Some(first) = commands.iter().position(renames) {
        let after = commands.split_off(first).into_iter();
        let (changes, rest): (Vec<_>, Vec<_>) =
            after.partition(|command| matches!(command, Command::Change(_)));
        commands.extend(changes);
        commands.extend(rest);
    }
    commands
}
