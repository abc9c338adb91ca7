//! The app: all state of the window, and the frame.
//!
//! Panels read it and send [`Command`]s; [`apply`] carries them out after the panels are drawn. What comes back
//! from the daemon is taken in by [`replies`] before.

mod add;
mod answer;
mod apply;
mod arrange;
mod artifacts;
mod ask_path;
mod backfill;
mod callees;
mod carry;
mod changes;
mod channel;
mod clipboard;
mod connection;
mod connections;
mod daemon;
mod diagnostics;
mod drafts;
mod edges;
mod editor;
mod events;
mod extract;
mod files;
mod fires;
mod folders;
mod frame;
mod grid;
mod heat;
mod host;
mod import;
mod inbox;
mod keys;
mod leave;
mod library;
mod log;
mod move_form;
mod notify;
mod open_task;
mod outside;
mod paths;
mod pictures;
mod pieces;
mod probe;
mod problems;
mod queue;
mod rename;
mod replies;
mod run_list;
mod run_place;
mod runs;
mod schedules;
mod secrets;
mod selection;
mod setting;
mod settings;
mod sheet;
mod shelf;
mod tabs;
mod text_or_secret;
mod thumbnails;
mod toasts;
mod trust;
mod two_runs;
mod versions;
mod watch;

use std::collections::BTreeSet;

use crate::bridge::Bridge;
use crate::command::{CarriedOut, Command, Place};
use crate::panels::{DropChoice, FindBar, LabelChoice, Picker};
use crate::state::Backend;
use crate::widgets::SearchList;

pub(crate) use answer::AnswerForm;
pub(crate) use artifacts::ValueShown;
pub(crate) use ask_path::PathForm;
pub(crate) use backfill::{BackfillForm, read_day};
pub(crate) use callees::{CalleeKey, Callees};
pub(crate) use carry::{Carry, CarryWith};
pub(crate) use changes::{ChangesShown, ChangesState};
pub(crate) use channel::{ChannelForm, ChannelKind, kind_of};
pub(crate) use connection::ConnectionForm;
pub(crate) use connections::{ConnectionsShown, Tried, names as connection_names};
pub(crate) use daemon::Daemon;
pub(crate) use editor::{Editor, RunShown};
pub(crate) use extract::ExtractForm;
pub(crate) use fires::FiresShown;
pub(crate) use grid::GridShown;
pub(crate) use host::Asked;
pub(crate) use inbox::InboxShown;
pub(crate) use leave::Leaving;
pub(crate) use library::{FolderForm, Library, MoveToForm};
pub(crate) use move_form::MoveForm;
pub(crate) use notify::{After, NotifyShown};
pub(crate) use pictures::PictureForm;
pub(crate) use queue::QueueShown;
pub(crate) use replies::Purpose;
pub(crate) use run_list::RunsShown;
pub(crate) use runs::RunsList;
pub(crate) use schedules::Schedules;
pub(crate) use secrets::{Check, Keeper, SecretForm, Secrets};
pub(crate) use setting::{SettingsPage, SettingsShown, cleaned_words};
pub use settings::{Settings, ThemeChoice};
pub(crate) use sheet::Sheet;
pub(crate) use shelf::RenameForm;
pub(crate) use tabs::{TabId, Tabs};
pub(crate) use thumbnails::{Seen, Thumbnails};
pub(crate) use toasts::{Toast, Toasts, full_sentence, sentence};
pub(crate) use two_runs::TwoRunsShown;

/// All state of the window.
pub struct App {
    pub(crate) backend: Backend<Purpose>,
    pub(crate) settings: Settings,
    pub(crate) place: Place,
    /// The open documents.
    pub(crate) tabs: Tabs,
    /// The open run.
    pub(crate) run: Option<RunShown>,
    /// The newest runs.
    pub(crate) runs: RunsList,
    /// The place Runs.
    pub(crate) runs_shown: RunsShown,
    /// How a workflow fares.
    pub(crate) grid: GridShown,
    /// Two workflows that are compared.
    pub(crate) changes: Option<ChangesShown>,
    /// Two runs that are compared.
    pub(crate) two_runs: Option<TwoRunsShown>,
    pub(crate) library: Library,
    /// Small pictures of its workflows.
    pub(crate) thumbnails: Thumbnails,
    /// The workflows that tasks run.
    pub(crate) callees: Callees,
    pub(crate) secrets: Secrets,
    /// What starts workflows by itself.
    pub(crate) schedules: Schedules,
    /// What the calendar shows of it.
    pub(crate) fires: FiresShown,
    /// What a person should look at.
    pub(crate) inbox: InboxShown,
    /// How people are told.
    pub(crate) notify: NotifyShown,
    pub(crate) connections: ConnectionsShown,
    /// The place of the settings.
    pub(crate) setting: SettingsShown,
    /// What runs and what waits.
    pub(crate) queue_shown: QueueShown,
    pub(crate) daemon: Daemon,
    pub(crate) toasts: Toasts,
    pub(crate) dialog: Option<crate::forms::RunForm>,
    /// A sheet about documents.
    pub(crate) sheet: Option<Sheet>,
    /// The artifact that a sheet shows.
    pub(crate) artifact: Option<artifacts::ArtifactShown>,
    /// The value that a sheet shows.
    pub(crate) value: Option<ValueShown>,
    /// The log that is being copied.
    log_copy: Option<log::LogCopy>,
    /// What the last picture looked like.
    picture_form: PictureForm,
    /// The search box on the canvas.
    pub(crate) picker: Option<Picker>,
    /// The box that finds everything, while it is open.
    pub(crate) finder: Option<SearchList>,
    /// A workflow that was let go on a canvas, until it is said what it is to become.
    pub(crate) drop_choice: Option<DropChoice>,
    /// A wire that was drawn from a branch task and has no label yet.
    pub(crate) label_choice: Option<LabelChoice>,
    /// The bar that finds tasks in the workflow in view, while it is open.
    pub(crate) find_bar: Option<FindBar>,
    /// The sheet of all shortcuts is open.
    pub(crate) shows_shortcuts: bool,
    /// What the list of keys in the settings remembers.
    pub(crate) keys_page: crate::panels::KeysPage,
    /// What the forms remember.
    pub(crate) forms: crate::forms::FormsState,
    /// Which characters need a font of the system.
    pub(crate) glyphs: crate::glyphs::Glyphs,
    /// What stands in the palette's search field.
    pub(crate) palette_search: String,
    /// Commands that wait for the end of the frame.
    queue: Vec<Command>,
    carried_out: CarriedOut,
    /// The person has done something: what comes back late does not change the view.
    pub(crate) has_acted: bool,
    /// The window had the keyboard in the last frame.
    had_focus: bool,
    /// A text field had the keyboard's focus at the end of the frame before.
    was_typing: bool,
    /// What is chosen about the desktop; none where there is none.
    pub(crate) desktop: Option<crate::bridge::DesktopState>,
    /// The window ends as soon as nothing is left to keep.
    leaving: Option<Leaving>,
    /// Files are held over the window, here.
    pub(crate) dragged: Option<egui::Pos2>,
    /// Nobody answered when drafts of earlier windows were asked for.
    lacks_drafts: bool,
    /// The file that is being opened.
    pub(crate) opening: Option<String>,
    /// Where the editor is to be once it shows a document.
    carry: Option<Carry>,
    /// Counts what was opened to be compared, so that no answer about an earlier one is taken.
    generations: u64,
    installed: bool,
}

impl App {
    /// The app over a bridge; `open` is the file of a document to start with.
    #[must_use]
    pub fn new(bridge: Box<dyn Bridge>, settings: Settings, open: Option<String>) -> Self {
        Self {
            backend: Backend::new(bridge),
            settings,
            // What was asked for is shown at once, though its content comes with the daemon's first answers.
            place: if open.is_some() { Place::Editor } else { Place::Workflows },
            tabs: Tabs::default(),
            run: None,
            runs: RunsList::default(),
            runs_shown: RunsShown::default(),
            grid: GridShown::default(),
            changes: None,
            two_runs: None,
            library: Library::default(),
            thumbnails: Thumbnails::default(),
            callees: Callees::default(),
            secrets: Secrets::default(),
            schedules: Schedules::default(),
            fires: FiresShown::default(),
            inbox: InboxShown::default(),
            notify: NotifyShown::default(),
            connections: ConnectionsShown::default(),
            setting: SettingsShown::default(),
            queue_shown: QueueShown::default(),
            daemon: Daemon::default(),
            toasts: Toasts::default(),
            dialog: None,
            sheet: None,
            artifact: None,
            value: None,
            log_copy: None,
            picture_form: PictureForm::default(),
            picker: None,
            finder: None,
            drop_choice: None,
            label_choice: None,
            find_bar: None,
            shows_shortcuts: false,
            keys_page: crate::panels::KeysPage::default(),
            forms: crate::forms::FormsState::default(),
            glyphs: crate::glyphs::Glyphs::default(),
            palette_search: String::new(),
            queue: Vec::new(),
            carried_out: CarriedOut::default(),
            has_acted: open.is_some(),
            had_focus: true,
            was_typing: false,
            desktop: None,
            leaving: None,
            dragged: None,
            lacks_drafts: false,
            opening: open,
            carry: None,
            generations: 0,
            installed: false,
        }
    }

    /// Draws one frame into `ui`, which covers the whole window.
    pub fn ui(&mut self, ui: &mut egui::Ui) {
        if self.install(ui.ctx()) {
            // The fonts are there from the next frame on.
            let ground = crate::theme::ground(ui);
            ui.painter().rect_filled(ui.max_rect(), 0, ground);
            ui.ctx().request_repaint();
            return;
        }
        self.take_replies(ui.ctx());
        self.read_keys(ui.ctx());
        frame::show(self, ui);
        self.apply_all(ui.ctx());
        if let Some((characters, have)) = self.glyphs.wanted(ui.ctx()) {
            self.backend.find_fonts(characters, have);
        }
        self.was_typing = keys::is_typing(ui.ctx());
        self.plan_next_frame(ui.ctx());
    }

    /// The state of the ui as JSON: what a test outside of the process can see. Read-only.
    ///
    /// See the module `probe` for its members.
    #[must_use]
    pub fn probe(&self) -> String {
        probe::state(self).to_string()
    }

    /// The commands that were carried out, by their names in the code. For tests: the page knows none.
    #[must_use]
    pub fn carried_out(&self) -> &BTreeSet<String> {
        self.carried_out.names()
    }

    /// What a person chose; the host keeps it.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether the run that is in view may still change.
    pub(crate) fn shown_run_is_active(&self) -> bool {
        let live = self.shown_watch().and_then(|watch| watch.live.as_ref());
        live.is_some_and(crate::state::LiveRun::is_active)
    }

    pub(crate) fn send(&mut self, command: Command) {
        self.queue.push(command);
    }

    /// In the first frame: fonts, styles, the first questions. Says whether this is that frame.
    fn install(&mut self, ctx: &egui::Context) -> bool {
        if std::mem::replace(&mut self.installed, true) {
            return false;
        }
        crate::theme::install(ctx);
        crate::glyphs::Glyphs::install(ctx);
        crate::in_turn::InTurn::install(ctx);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        self.settings.apply(ctx);
        self.greet();
        self.ask_at_start();
        true
    }
}
