//! How a file stands in git, as a letter behind its name. As in the commit: nothing.

use egui::{Color32, CornerRadius, Id, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, vec2};
use egui::{WidgetInfo, WidgetType};
use millrace_api::git::{GitState, Repository};

use crate::theme::{self, Palette};
use crate::widgets::elide;

/// A letter, and what it means.
#[derive(Debug, Clone)]
pub(super) struct GitMark {
    letter: &'static str,
    ink: Color32,
    words: String,
}

impl GitMark {
    /// The width that it takes behind a name.
    pub(super) const ROOM: f32 = 22.0;

    /// Of a file in a repository.
    pub(super) fn of(p: &Palette, state: GitState, repository: &Repository) -> Option<Self> {
        let (letter, ink, words) = match state {
            GitState::Unchanged => return None,
            GitState::Modified => ("M", p.retry, "Other than in the last commit"),
            GitState::Untracked => ("U", p.ok, "New: not in git yet"),
            GitState::Ignored => ("I", p.faint, "Left out of git"),
            GitState::Conflict => ("C", p.bad, "A merge left a conflict in it"),
        };
        let branch = repository.branch.as_deref().map(|name| format!(", branch {name}"));
        Some(Self { letter, ink, words: format!("{words}{}", branch.unwrap_or_default()) })
    }

    /// Draws it around `at`.
    pub(super) fn show(&self, ui: &Ui, at: Pos2, id: Id) {
        let place = Rect::from_center_size(at, vec2(16.0, 16.0));
        let galley = elide(ui.ctx(), self.letter, theme::semibold(11.0), self.ink, 16.0);
        let left_top = place.center() - galley.size() / 2.0;
        let line = Stroke::new(1.0, self.ink.gamma_multiply(0.6));
        ui.painter().rect_stroke(place, CornerRadius::same(3), line, StrokeKind::Inside);
        ui.painter().galley(left_top, galley, self.ink);
        let hover = ui.interact(place, id, Sense::hover());
        hover.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &self.words));
        hover.on_hover_text(&self.words);
    }
}
