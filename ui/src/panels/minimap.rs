//! The whole canvas, small, in its lower right corner: what is in view, what runs, and a way to go elsewhere.

use egui::{
    Color32, CornerRadius, CursorIcon, Id, Mesh, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

use crate::app::App;
use crate::canvas::{CARD, Canvas, Scene, block_color, frame};
use crate::theme::{self, Palette};

/// The largest it gets.
const MOST: Vec2 = vec2(208.0, 136.0);
/// Between its border and what it shows.
const PAD: f32 = 8.0;
/// From the sides of the canvas.
const MARGIN: f32 = 14.0;
/// A canvas that is smaller has no room for it.
const LEAST_CANVAS: Vec2 = vec2(480.0, 260.0);

/// Draws it where it is wanted, over the canvas in `rect`, and takes in what is done to it.
pub(super) fn minimap_ui(app: &mut App, ui: &mut Ui, rect: Rect) {
    if !app.settings.minimap || rect.width() < LEAST_CANVAS.x || rect.height() < LEAST_CANVAS.y {
        return;
    }
    let Some(watch) = app.shown_watch_mut() else { return };
    let (canvas, scene) = watch.canvas_and_scene();
    let all = canvas.bounds(scene);
    if !all.is_positive() {
        return;
    }
    let map = Map::new(rect, all, canvas.view());
    let p = Palette::of(ui);
    let radius = CornerRadius::same(theme::RADIUS);
    ui.painter().add(p.shadow(10, 3).as_shape(map.place, radius));
    ui.painter().rect(map.place, radius, p.panel, Stroke::new(1.0, p.line), StrokeKind::Inside);
    draw(ui, &map, scene, canvas.view());
    hands(ui, &map, canvas);
}

/// Where the map lies on the screen, and what of the canvas it shows.
struct Map {
    place: Rect,
    /// What it shows, in canvas points.
    shown: Rect,
    scale: f32,
}

impl Map {
    /// It shows all there is, and the view beside it unless that is far away.
    fn new(rect: Rect, all: Rect, view: Rect) -> Self {
        let shown = all.union(view.intersect(all.expand2(all.size())));
        let room = MOST - Vec2::splat(2.0 * PAD);
        let scale = (room.x / shown.width()).min(room.y / shown.height());
        let place = Rect::from_min_max(
            rect.max - Vec2::splat(MARGIN) - MOST,
            rect.max - Vec2::splat(MARGIN),
        );
        Self { place, shown, scale }
    }

    fn to_screen(&self, rect: Rect) -> Rect {
        let point = |at: Pos2| self.place.center() + (at - self.shown.center()) * self.scale;
        Rect::from_min_max(point(rect.min), point(rect.max))
    }

    fn to_canvas(&self, at: Pos2) -> Pos2 {
        self.shown.center() + (at - self.place.center()) / self.scale
    }
}

fn draw(ui: &Ui, map: &Map, scene: &Scene, view: Rect) {
    let p = Palette::of(ui);
    let painter = ui.painter().with_clip_rect(map.place.shrink(1.0));
    for group in 0..scene.groups.len() {
        if let Some(place) = frame(scene, group, |_| Vec2::ZERO) {
            let fill = scene.groups[group].hue.base(p).gamma_multiply(0.18);
            painter.rect_filled(map.to_screen(place), CornerRadius::same(2), fill);
        }
    }
    let mut mesh = Mesh::default();
    let mut block = |place: Rect, color: Color32| {
        let mut seen = map.to_screen(place);
        // What is too small to be seen is seen all the same.
        seen.max = pos2(seen.max.x.max(seen.min.x + 1.5), seen.max.y.max(seen.min.y + 1.5));
        mesh.add_colored_rect(seen, color);
    };
    for note in &scene.notes {
        block(Rect::from_min_size(note.at, note.size.unwrap_or(CARD)), note.hue.line(p));
    }
    for card in &scene.cards {
        block(Rect::from_min_size(card.at, CARD), block_color(p, card));
    }
    painter.add(Shape::mesh(mesh));
    let seen = map.to_screen(view);
    let radius = CornerRadius::same(2);
    painter.rect_filled(seen, radius, p.accent.gamma_multiply(0.10));
    painter.rect_stroke(seen, radius, Stroke::new(1.5, p.accent), StrokeKind::Inside);
}

/// A press beside the view brings its middle there; a drag takes the view along.
fn hands(ui: &Ui, map: &Map, canvas: &mut Canvas) {
    let id = ui.id().with("minimap");
    let response = ui.interact(map.place, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, "Minimap"));
    let held = Id::new("minimap hold");
    let Some(pointer) = response.interact_pointer_pos() else { return };
    let at = map.to_canvas(pointer);
    let view = canvas.view();
    if response.drag_started() || response.clicked() {
        let origin = ui.input(|input| input.pointer.press_origin()).map(|at| map.to_canvas(at));
        let inside = origin.filter(|origin| view.contains(*origin) && !response.clicked());
        let by = inside.map_or(Vec2::ZERO, |origin| view.center() - origin);
        ui.data_mut(|data| data.insert_temp(held, by));
    }
    if response.dragged() || response.clicked() {
        let by = ui.data(|data| data.get_temp::<Vec2>(held)).unwrap_or_default();
        canvas.centre_on(at + by);
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        ui.ctx().request_repaint();
    }
}
