//! Tabs as segments in one frame, over the whole width, each as wide as its word needs.

use egui::{
    Color32, CornerRadius, FontId, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    WidgetType, pos2,
};

use super::paint::dot;
use super::text::elide;
use crate::theme::{self, Palette};

/// Room beside a word.
const INSET: f32 = 12.0;
/// The smallest words, where there are many.
const SMALLEST: f32 = 11.5;

/// A segment: its word, and the colour of a dot beside it where something is wrong behind it.
pub(crate) type Segment<'a> = (&'a str, Option<Color32>);

/// Draws the tabs; gives the index of the one that was clicked.
pub(crate) fn tab_bar(ui: &mut Ui, segments: &[Segment<'_>], active: usize) -> Option<usize> {
    let p = Palette::of(ui);
    let width = ui.available_width();
    let count = segments.len().max(1) as f32;
    let natural = |font: &FontId| -> Vec<f32> {
        let width = |name: &str| elide(ui.ctx(), name, font.clone(), p.text, 400.0).size().x;
        segments.iter().map(|(name, _)| width(name)).collect()
    };
    // Many words are smaller before they are cut.
    let fits = |widths: &[f32]| widths.iter().sum::<f32>() + count * INSET <= width;
    let font = [theme::BODY, theme::SMALL].map(theme::sans).into_iter();
    let font = font.into_iter().find(|font| fits(&natural(font)));
    let font = font.unwrap_or(theme::sans(SMALLEST));
    let natural = natural(&font);
    let extra = ((width - natural.iter().sum::<f32>()) / count).max(0.0);
    // Where the words do not fit, all give the same part of their room.
    let scale = (width / (natural.iter().sum::<f32>() + extra * count)).min(1.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, theme::CONTROL), Sense::hover());
    let radius = CornerRadius::same(theme::RADIUS);
    let inner = CornerRadius::same(theme::RADIUS - 1);
    ui.painter().rect(rect, radius, p.field, Stroke::new(1.0, p.line), StrokeKind::Inside);
    let mut clicked = None;
    let mut left = rect.left();
    for (index, ((name, dot_color), natural)) in segments.iter().zip(&natural).enumerate() {
        let size = Vec2::new((natural + extra) * scale, rect.height());
        let part = Rect::from_min_size(pos2(left, rect.top()), size);
        left = part.right();
        let response = ui.interact(part, ui.id().with(("tab", *name)), Sense::click());
        let is_active = index == active;
        response.widget_info(|| {
            WidgetInfo::selected(WidgetType::SelectableLabel, true, is_active, *name)
        });
        if is_active {
            ui.painter().rect_filled(part.shrink(1.0), inner, p.accent_soft);
        } else if response.hovered() {
            ui.painter().rect_filled(part.shrink(1.0), inner, p.hover);
        }
        if response.has_focus() {
            let stroke = Stroke::new(1.5, p.accent);
            ui.painter().rect_stroke(part, radius, stroke, StrokeKind::Inside);
        }
        let ink = if is_active { p.text } else { p.dim };
        let galley = elide(ui.ctx(), name, font.clone(), ink, part.width() - INSET / 2.0);
        let at = part.center() - galley.size() / 2.0;
        // Above the end of the word, so that it is on none where there is little room.
        let end = pos2(at.x + galley.size().x + 5.0, part.top() + 6.0);
        ui.painter().galley(at, galley, ink);
        if let Some(color) = dot_color {
            dot(ui.painter(), pos2(end.x.min(part.right() - 4.0), end.y), 2.5, *color);
        }
        if response.clicked() {
            clicked = Some(index);
        }
    }
    clicked
}
