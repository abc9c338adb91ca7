//! What a person chose about the window: theme, size, motion.

use std::collections::{BTreeMap, BTreeSet};

use egui::{Context, ThemePreference};
use serde::{Deserialize, Serialize};

use crate::command::Keymap;
use crate::state::shelf::ShelfOrder;

/// What a person chose about the window. The host keeps it between starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light, dark, or as the system.
    pub theme: ThemeChoice,
    /// Size of everything, in percent: 50 to 300.
    pub scale_percent: u32,
    /// Nothing moves by itself.
    pub reduced_motion: bool,
    /// The window was open before; at its very first start a small workflow is there to be run.
    pub greeted: bool,
    /// What of the first steps was done: ran a workflow, looked at a task, drew a wire.
    pub first_steps: [bool; 3],
    /// The line of first steps was closed.
    pub first_steps_closed: bool,
    /// How often each kind of task was added.
    pub kinds_used: BTreeMap<String, u32>,
    /// Kinds that were added last, newest first.
    pub recent_kinds: Vec<String>,
    /// Kinds that are kept at the top of the palette.
    pub favourite_kinds: Vec<String>,
    /// Keys that were chosen in place of those a command came with, by the command's id.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Documents that were opened or saved, newest first.
    pub recent_documents: Vec<String>,
    /// The order of workflows in the library.
    pub library_order: ShelfOrder,
    /// The library shows cards.
    pub library_cards: bool,
    /// Folders of the library that are folded, by path; an empty one: what ran from elsewhere.
    pub folded_folders: BTreeSet<String>,
    /// Width of the palette at the left of the editor, in points.
    pub palette_width: f32,
    /// The palette is hidden.
    pub palette_closed: bool,
    /// The whole canvas is shown small in its corner.
    pub minimap: bool,
    /// Width of the panel at the right, in points.
    pub inspector_width: f32,
    /// Height of the drawer at the bottom, in points.
    pub drawer_height: f32,
    /// The drawer shows only its tabs.
    pub drawer_closed: bool,
    /// Long lines of logs are broken.
    pub log_wraps: bool,
    /// Logs show when each line was printed.
    pub log_times: bool,
    /// The window is closed without a question while runs go on.
    pub leaves_unasked: bool,
    /// Queries of runs that are kept, in the order of their names.
    pub filters: Vec<KeptFilter>,
}

/// A query of runs that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFilter {
    /// What a person calls it.
    pub name: String,
    /// What it asks for.
    pub query: String,
}

/// Light, dark, or as the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::System,
            scale_percent: 100,
            reduced_motion: false,
            greeted: false,
            first_steps: [false; 3],
            first_steps_closed: false,
            kinds_used: BTreeMap::new(),
            recent_kinds: Vec::new(),
            favourite_kinds: Vec::new(),
            keys: BTreeMap::new(),
            recent_documents: Vec::new(),
            library_order: ShelfOrder::Name,
            library_cards: false,
            folded_folders: BTreeSet::new(),
            palette_width: 216.0,
            palette_closed: false,
            minimap: false,
            inspector_width: 336.0,
            drawer_height: 216.0,
            drawer_closed: false,
            log_wraps: false,
            log_times: true,
            leaves_unasked: false,
            filters: Vec::new(),
        }
    }
}

impl Settings {
    /// The sizes that are offered, in percent.
    pub(crate) const SCALES: [u32; 6] = [80, 90, 100, 125, 150, 200];

    /// A task of this kind was added.
    pub(crate) fn count_kind(&mut self, id: &str) {
        *self.kinds_used.entry(id.to_owned()).or_default() += 1;
        self.recent_kinds.retain(|other| other != id);
        self.recent_kinds.insert(0, id.to_owned());
        self.recent_kinds.truncate(8);
    }

    /// A document was opened or saved.
    pub(crate) fn remember_document(&mut self, path: &str) {
        if !path.is_empty() {
            self.forget_document(path);
            self.recent_documents.insert(0, path.to_owned());
            self.recent_documents.truncate(12);
        }
    }

    /// A document is not there any more.
    pub(crate) fn forget_document(&mut self, path: &str) {
        self.recent_documents.retain(|other| other != path);
    }

    /// Keeps a query by a name; one that had the name is gone.
    pub(crate) fn keep_filter(&mut self, name: &str, query: String) {
        self.forget_filter(name);
        self.filters.push(KeptFilter { name: name.to_owned(), query });
        self.filters.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Gives a kept query another name.
    pub(crate) fn rename_filter(&mut self, from: &str, to: &str) {
        if let Some(filter) = self.forget_filter(from) {
            self.keep_filter(to, filter.query);
        }
    }

    /// Forgets a kept query.
    pub(crate) fn forget_filter(&mut self, name: &str) -> Option<KeptFilter> {
        let at = self.filters.iter().position(|filter| filter.name == name)?;
        Some(self.filters.remove(at))
    }

    /// Makes egui follow.
    pub(crate) fn apply(&self, ctx: &Context) {
        ctx.set_theme(match self.theme {
            ThemeChoice::System => ThemePreference::System,
            ThemeChoice::Light => ThemePreference::Light,
            ThemeChoice::Dark => ThemePreference::Dark,
        });
        let zoom = self.scale_percent.clamp(50, 300) as f32 / 100.0;
        if (ctx.zoom_factor() - zoom).abs() > 1e-3 {
            ctx.set_zoom_factor(zoom);
        }
        Keymap::new(&self.keys).put(ctx);
    }
}
