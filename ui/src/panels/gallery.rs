//! What a new workflow can start as, as cards with a small drawing each; below them what was open lately.

use egui::{CornerRadius, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, WidgetType, pos2, vec2};
use millrace_model::document::Workflow;

use crate::app::App;
use crate::command::{Command, FileCommand};
use crate::state::templates;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, kind_look};
use crate::widgets::{Button, elide, glyph, label, list_row, section_head};

const CARD: egui::Vec2 = vec2(216.0, 204.0);
/// Lines of a description that a card has room for.
const LINES: usize = 4;
const DRAWING: f32 = 92.0;
const GAP: f32 = 12.0;
const COLUMNS: usize = 3;
/// Documents that were open lately and are shown.
const RECENT: usize = 5;

/// Draws the gallery.
pub(super) fn gallery_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.set_width(CARD.x * COLUMNS as f32 + GAP * (COLUMNS - 1) as f32);
    label(ui, "New workflow", theme::semibold(theme::TITLE), p.text);
    ui.add_space(8.0);
    ui.spacing_mut().item_spacing = vec2(GAP, GAP);
    let templates = templates();
    for (row, line) in templates.chunks(COLUMNS).enumerate() {
        ui.horizontal(|ui| {
            for (column, workflow) in line.iter().enumerate() {
                if card_ui(ui, p, workflow) {
                    let index = row * COLUMNS + column;
                    app.send(Command::File(FileCommand::NewFrom(index)));
                }
            }
        });
    }
    recent_ui(app, ui, p);
}

/// A card; says whether it was chosen.
fn card_ui(ui: &mut Ui, p: &Palette, workflow: &Workflow) -> bool {
    let (rect, response) = ui.allocate_exact_size(CARD, Sense::click());
    let is_empty = workflow.tasks.is_empty();
    let title = if is_empty { "Empty" } else { workflow.shown_name() };
    let name = format!("New from {title}");
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &name));
    let lit = response.hovered() || response.has_focus();
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    let line = if lit { Stroke::new(1.5, p.accent) } else { Stroke::new(1.0, p.line) };
    ui.painter().rect(rect, radius, p.raised, line, StrokeKind::Inside);
    let drawing = Rect::from_min_size(rect.min, vec2(CARD.x, DRAWING)).shrink(1.5);
    let top = CornerRadius { sw: 0, se: 0, ..CornerRadius::same(theme::CARD_RADIUS - 2) };
    ui.painter().rect_filled(drawing, top, p.bg);
    if is_empty {
        glyph(ui.painter(), drawing.center(), icon::PLUS, icons::font(26.0), p.faint);
    } else {
        drawing_ui(ui, p, drawing.shrink2(vec2(16.0, 14.0)), workflow);
    }
    let room = CARD.x - 24.0;
    let text = elide(ui.ctx(), title, theme::semibold(14.0), p.text, room);
    let left = rect.left() + 12.0;
    ui.painter().galley(pos2(left, rect.top() + DRAWING + 9.0), text, p.text);
    let about = workflow.description.as_deref().unwrap_or("A canvas without tasks.");
    // It is Markdown, with code in back quotes; here it is prose.
    let about = about.replace('`', "");
    let first = about.split("\n\n").next().unwrap_or_default().to_owned();
    let mut job = egui::text::LayoutJob::simple(first, theme::sans(theme::SMALL), p.dim, room);
    job.wrap.max_rows = LINES;
    let about_galley = ui.ctx().fonts_mut(|fonts| fonts.layout_job(job));
    ui.painter().galley(pos2(left, rect.top() + DRAWING + 31.0), about_galley, p.dim);
    let clicked = response.clicked();
    response.on_hover_text(about);
    clicked
}

/// The graph, small: a block for each task in the colour of its kind, and lines.
fn drawing_ui(ui: &Ui, p: &Palette, room: Rect, workflow: &Workflow) {
    let block = vec2(30.0, 13.0);
    let places = &workflow.layout.tasks;
    let mut bounds = Rect::NOTHING;
    for at in places.values() {
        bounds.extend_with(pos2(at[0] as f32, at[1] as f32));
    }
    let inner = room.shrink2(block / 2.0);
    let share =
        |value: f32, low: f32, size: f32| if size > 0.0 { (value - low) / size } else { 0.5 };
    let place = |name: &millrace_model::ident::Ident| {
        let at = places.get(name)?;
        let x = share(at[0] as f32, bounds.left(), bounds.width());
        let y = share(at[1] as f32, bounds.top(), bounds.height());
        Some(inner.min + inner.size() * vec2(x, y))
    };
    for edge in &workflow.dependencies {
        if let (Some(from), Some(to)) = (place(&edge.from), place(&edge.to)) {
            let (from, to) = (from + vec2(block.x / 2.0, 0.0), to - vec2(block.x / 2.0, 0.0));
            let bend = vec2(((to.x - from.x) / 2.0).max(6.0), 0.0);
            let points = [from, from + bend, to - bend, to];
            let line = Stroke::new(1.2, p.faint);
            let shape = egui::epaint::CubicBezierShape::from_points_stroke(
                points,
                false,
                egui::Color32::TRANSPARENT,
                line,
            );
            ui.painter().add(shape);
        }
    }
    for task in &workflow.tasks {
        if let Some(at) = place(&task.name) {
            let rect = Rect::from_center_size(at, block);
            ui.painter().rect_filled(rect, CornerRadius::same(3), kind_look(&task.kind).tile);
        }
    }
}

fn recent_ui(app: &mut App, ui: &mut Ui, p: &Palette) {
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        ui.set_height(theme::CONTROL);
        section_head(ui, "Recent");
        super::from_right(ui, |ui| {
            let command = Command::File(FileCommand::Open);
            let button = Button::secondary("Open a file…").icon(icon::FOLDER_OPEN);
            if button.tip(command.tip(ui.ctx())).show(ui).clicked() {
                app.sheet = None;
                app.send(command);
            }
        });
    });
    let recent: Vec<String> = app.settings.recent_documents.iter().take(RECENT).cloned().collect();
    if recent.is_empty() {
        label(ui, "Nothing was open yet.", theme::sans(theme::BODY), p.faint);
    }
    for path in recent {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let (rect, response) = list_row(ui, ("recent", &path), name, 30.0, false);
        let middle = rect.center().y;
        let at = pos2(rect.left() + 16.0, middle);
        glyph(ui.painter(), at, icon::FILE_CODE, icons::font(15.0), p.dim);
        let name = elide(ui.ctx(), name, theme::sans(theme::BODY), p.text, rect.width() * 0.5);
        let end = rect.left() + 32.0 + name.size().x;
        let at = pos2(rect.left() + 32.0, middle - name.size().y / 2.0);
        ui.painter().galley(at, name, p.text);
        let room = rect.right() - 10.0 - end - 16.0;
        let folder = elide(ui.ctx(), folder, theme::sans(theme::SMALL), p.faint, room);
        let at = pos2(rect.right() - 10.0 - folder.size().x, middle - folder.size().y / 2.0);
        ui.painter().galley(at, folder, p.faint);
        if response.clicked() {
            app.sheet = None;
            app.send(Command::OpenFile(path.clone()));
        }
        response.on_hover_text(path);
    }
}
