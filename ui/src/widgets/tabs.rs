//! A strip of tabs: plain words, the active one underlined.

use egui::{Sense, Stroke, Ui, Vec2, WidgetInfo, WidgetType};

use super::text::elide;
use crate::theme::{self, Palette};

/// One tab.
pub(crate) struct Tab<'a, T> {
    /// What it stands for.
    pub(crate) what: T,
    /// Its word, also read by assistive technology.
    pub(crate) name: &'a str,
    /// A count behind the word; left out where it is 0.
    pub(crate) count: usize,
}

/// A strip of tabs along the top of `ui`; gives the one that was clicked.
pub(crate) fn tab_strip<T: Copy + PartialEq>(
    ui: &mut Ui,
    tabs: &[Tab<'_, T>],
    active: T,
    height: f32,
) -> Option<T> {
    let p = Palette::of(ui);
    let mut clicked = None;
    for tab in tabs {
        let is_active = tab.what == active;
        let text = if tab.count > 0 {
            format!("{} · {}", tab.name, tab.count)
        } else {
            tab.name.to_owned()
        };
        let galley =
            elide(ui.ctx(), &text, theme::sans(theme::BODY), egui::Color32::PLACEHOLDER, 260.0);
        let (rect, response) =
            ui.allocate_exact_size(Vec2::new(galley.size().x, height), Sense::click());
        response.widget_info(|| {
            WidgetInfo::selected(WidgetType::SelectableLabel, true, is_active, tab.name)
        });
        let ink = if is_active || response.hovered() { p.text } else { p.dim };
        let at = egui::pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
        if is_active {
            let y = rect.bottom() - 1.0;
            ui.painter().hline(rect.x_range(), y, Stroke::new(2.0, p.accent));
        }
        if response.has_focus() {
            ui.painter().rect_stroke(
                rect.expand2(Vec2::new(4.0, -4.0)),
                egui::CornerRadius::same(4),
                Stroke::new(1.5, p.accent),
                egui::StrokeKind::Inside,
            );
        }
        if response.clicked() {
            clicked = Some(tab.what);
        }
        ui.add_space(8.0);
    }
    clicked
}
