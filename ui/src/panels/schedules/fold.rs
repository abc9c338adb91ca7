//! "+12": fires that have no room in the calendar, as a list that a click opens.

use chrono::NaiveDateTime;
use egui::containers::menu::SubMenu;
use egui::{
    CornerRadius, Popup, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, WidgetType,
    pos2, vec2,
};
use millrace_api::schedule::{FireRow, FireState};

use super::fire::{Shown, look, menu_ui, title};
use crate::app::App;
use crate::command::Command;
use crate::state::Moving;
use crate::theme::icons;
use crate::theme::{self, Palette};
use crate::widgets::{elide, glyph, menu_frame};
use crate::words::when;

const ROW: f32 = 26.0;
const WIDTH: f32 = 232.0;

/// Draws the chip; the list has all of `fires`, of which `hidden` are not shown beside it.
pub(super) fn fold_ui(
    app: &mut App,
    ui: &mut Ui,
    rect: Rect,
    fires: &[(NaiveDateTime, &FireRow)],
    hidden: usize,
    shown: &Shown<'_>,
) {
    let p = Palette::of(ui);
    let Some((at, first)) = fires.first() else { return };
    let id = ui.id().with(("fold", first.at, &first.name, &first.workflow));
    let response = ui.interact(rect, id, Sense::click());
    let today = shown.clock().date();
    let name = format!("{hidden} more, {} {}", when::day(at.date(), today), when::time(*at));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &name));
    let radius = CornerRadius::same(4);
    let fill = if response.hovered() { p.hover } else { p.raised };
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, p.line), StrokeKind::Inside);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, radius, Stroke::new(1.5, p.accent), StrokeKind::Inside);
    }
    let text = elide(
        ui.ctx(),
        &format!("+{}", crate::words::grouped(hidden as u64)),
        theme::sans(11.5),
        p.dim,
        rect.width() - 4.0,
    );
    let at = rect.center() - text.size() / 2.0;
    ui.painter().galley(at, text, p.dim);
    Popup::menu(&response).show(|ui| {
        menu_frame(ui);
        let most = ROW * 12.0;
        ScrollArea::vertical().max_height(most).show(ui, |ui| {
            for fire in fires {
                line_ui(app, ui, *fire, shown);
            }
        });
    });
    response.on_hover_text(format!("{} at this time", fires.len()));
}

fn line_ui(app: &mut App, ui: &mut Ui, (at, fire): (NaiveDateTime, &FireRow), shown: &Shown<'_>) {
    let p = Palette::of(ui);
    let look = look(p, fire);
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, ROW), Sense::click());
    let name = format!("{}, {}, {}", title(fire), when::time(at), look.word);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &name));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(4), p.hover);
    }
    let middle = rect.center().y;
    glyph(
        ui.painter(),
        pos2(rect.left() + 12.0, middle),
        look.icon,
        icons::fill_font(13.0),
        look.color,
    );
    super::put(
        ui,
        rect.left() + 24.0,
        middle,
        &when::time(at),
        (theme::sans(theme::SMALL), p.dim),
        60.0,
    );
    let left = rect.left() + 68.0;
    super::put(
        ui,
        left,
        middle,
        title(fire),
        (theme::sans(theme::SMALL), p.text),
        rect.right() - 8.0 - left,
    );
    if let FireState::Run { run, .. } = &fire.what {
        if response.clicked() {
            app.send(Command::OpenRun(*run));
            ui.close();
        }
        return;
    }
    let moving = Moving::of(fire, shown.now);
    SubMenu::new().show(ui, &response, |ui| menu_ui(app, ui, fire, moving.as_ref()));
}
