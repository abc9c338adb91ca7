//! A canvas with a run on it, and the drawer below: what the editor and the run place share.

use millrace_api::document::Problem;
use millrace_model::document::Workflow;
use millrace_model::event::TaskState;
use millrace_model::ident::Ident;
use millrace_model::time::Timestamp;

use crate::canvas::{Canvas, Piece, Scene};
use crate::command::Drawer;
use crate::state::log::Log;
use crate::state::{ItemsView, LiveRun, Tree, scene_of};

/// How often times that count up are redrawn, in seconds.
pub(crate) const TICK_SECS: f64 = 0.25;

/// A canvas, the run that is shown on it, and a log.
pub(crate) struct Watch {
    pub(crate) canvas: Canvas,
    pub(crate) live: Option<LiveRun>,
    pub(crate) drawer: Drawer,
    pub(crate) log: Option<Log>,
    /// Seconds of the ui when the log was asked for last.
    pub(crate) log_asked_at: f64,
    /// The values of the selected task.
    pub(crate) tree: Tree,
    /// What is shown of the items of mapped tasks.
    pub(crate) items: ItemsView,
    /// The failure of the run was brought into view already.
    pub(crate) jumped: bool,
    /// A task to be selected and brought into view when the canvas is drawn next.
    pub(crate) reveal_next: Option<Ident>,
    /// Tasks, notes and groups to be selected when the canvas is drawn next.
    pub(crate) select_next: Option<(Vec<Ident>, Vec<Piece>)>,
    /// A note or a group to be selected and brought into view when the canvas is drawn next.
    pub(crate) reveal_piece: Option<Piece>,
    /// A note or a group to be typed in when the canvas is drawn next.
    pub(crate) edit_next: Option<Piece>,
    scene: Scene,
    scene_key: Option<((u64, u64), u64, i64, bool)>,
    scene_count: u64,
}

impl Watch {
    pub(crate) fn new(drawer: Drawer) -> Self {
        Self {
            canvas: Canvas::fitted(),
            live: None,
            drawer,
            log: None,
            log_asked_at: f64::NEG_INFINITY,
            tree: Tree::default(),
            items: ItemsView::default(),
            jumped: false,
            reveal_next: None,
            select_next: None,
            reveal_piece: None,
            edit_next: None,
            scene: Scene::default(),
            scene_key: None,
            scene_count: 0,
        }
    }

    /// Brings the scene up to date with the document and the run.
    pub(crate) fn update_scene(
        &mut self,
        workflow: &Workflow,
        problems: &[Problem],
        revision: (u64, u64),
        now: Timestamp,
        read_only: bool,
    ) {
        let live_revision = self.live.as_ref().map_or(0, |live| live.revision);
        let tick = if self.counts_up() { now.0 / (TICK_SECS * 1e6) as i64 } else { 0 };
        let key = (revision, live_revision, tick, read_only);
        if self.scene_key != Some(key) {
            self.scene_key = Some(key);
            self.scene_count += 1;
            let live = self.live.as_ref();
            self.scene = scene_of(workflow, live, problems, now, read_only, self.scene_count);
        }
    }

    /// Puts another scene on the canvas, which follows no run.
    pub(crate) fn put_scene(&mut self, scene: Scene) {
        self.scene_key = None;
        self.scene = scene;
    }

    /// What is on the canvas.
    pub(crate) fn scene(&self) -> &Scene {
        &self.scene
    }

    /// The canvas together with what is on it.
    pub(crate) fn canvas_and_scene(&mut self) -> (&mut Canvas, &Scene) {
        (&mut self.canvas, &self.scene)
    }

    /// The one note or group that is selected, and nothing besides.
    pub(crate) fn only_piece(&self) -> Option<Piece> {
        self.canvas.only_piece(&self.scene)
    }

    /// Whether something that is shown counts up or down.
    pub(crate) fn counts_up(&self) -> bool {
        self.live.as_ref().and_then(|live| live.run.as_ref()).is_some_and(|run| {
            !run.state.is_final()
                && run.tasks.values().any(|task| {
                    let ends = task.waits().is_some_and(|waits| waits.until.is_some());
                    ends || matches!(task.state, TaskState::Running | TaskState::UpForRetry)
                })
        })
    }
}
