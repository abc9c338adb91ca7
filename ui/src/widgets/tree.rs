//! Values in values: a row each, which opens on a click.

use egui::{ScrollArea, Ui, pos2, vec2};

use super::{elide, glyph, list_row};
use crate::state::{RowKind, Tree, TreeRow};
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};

const ROW: f32 = 24.0;
const STEP: f32 = 16.0;

/// What a person wants with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TreeAct {
    /// Its value on the clipboard.
    CopyValue(TreeRow),
    /// How an expression names it.
    CopyPath(String),
    /// See it large: a list of objects as a table, a text with its lines.
    Enlarge(TreeRow),
}

/// What the menu of a row offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TreeOffers {
    /// Every [`TreeAct`].
    All,
    /// Only to copy its value.
    Values,
}

/// Draws the rows.
pub(crate) fn tree_ui(ui: &mut Ui, tree: &mut Tree, offers: TreeOffers) -> Option<TreeAct> {
    let (mut act, mut turned) = (None, None);
    let rows = tree.rows();
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink([false, true]);
    area.show_rows(ui, ROW, rows.len(), |ui, range| {
        for index in range {
            row_ui(ui, (index, &rows[index]), offers, &mut act, &mut turned);
        }
    });
    if let Some(path) = turned {
        tree.turn(&path);
        ui.ctx().request_repaint();
    }
    act
}

fn row_ui(
    ui: &mut Ui,
    (index, row): (usize, &TreeRow),
    offers: TreeOffers,
    act: &mut Option<TreeAct>,
    turned: &mut Option<String>,
) {
    let p = Palette::of(ui);
    if matches!(row.kind, RowKind::Title | RowKind::None) {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), ROW), egui::Sense::hover());
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, &row.name));
        let (font, ink) = match row.kind {
            RowKind::Title => (theme::semibold(theme::HEAD), p.dim),
            _ => (theme::sans(theme::SMALL), p.faint),
        };
        let text = elide(ui.ctx(), &row.name, font, ink, rect.width() - 16.0);
        let at = pos2(rect.left() + 8.0, rect.center().y - text.size().y / 2.0);
        ui.painter().galley(at, text, ink);
        return;
    }
    let words = format!("{}: {}", row.name, row.text);
    let (rect, response) = list_row(ui, ("value", index), &words, ROW, false);
    let middle = rect.center().y;
    let left = rect.left() + 8.0 + STEP * row.depth as f32;
    if let RowKind::Many { is_open, .. } = row.kind {
        let picture = if is_open { icon::CARET_DOWN } else { icon::CARET_RIGHT };
        glyph(ui.painter(), pos2(left + 5.0, middle), picture, icons::font(11.0), p.dim);
    }
    let name_room = (rect.width() * 0.4).max(60.0);
    let name = elide(ui.ctx(), &row.name, theme::mono(theme::SMALL), p.dim, name_room);
    let name_left = left + STEP;
    let value_left = name_left + name.size().x + 10.0;
    let y = middle - name.size().y / 2.0;
    ui.painter().galley(pos2(name_left, y), name, p.dim);
    let ink = match row.kind {
        RowKind::Number => p.accent,
        RowKind::Word => p.waiting,
        RowKind::Many { .. } => p.faint,
        _ => p.text,
    };
    let room = (rect.right() - value_left - 8.0).max(8.0);
    let text = elide(ui.ctx(), &row.text, theme::mono(theme::SMALL), ink, room);
    let is_cut = text.elided;
    ui.painter().galley(pos2(value_left, middle - text.size().y / 2.0), text, ink);
    let is_many = matches!(row.kind, RowKind::Many { .. });
    let is_table = matches!(row.kind, RowKind::Many { is_table: true, .. });
    let offers_all = offers == TreeOffers::All;
    if response.double_clicked() && row.kind == RowKind::Text && offers_all {
        *act = Some(TreeAct::Enlarge(row.clone()));
    } else if response.clicked() && is_many {
        *turned = Some(row.path.clone());
    }
    response.context_menu(|ui| {
        let mut chosen = |ui: &mut Ui, picture: &str, name: &str, make: TreeAct| {
            if ui.button(format!("{picture}  {name}")).clicked() {
                *act = Some(make);
                ui.close();
            }
        };
        chosen(ui, icon::COPY, "Copy value", TreeAct::CopyValue(row.clone()));
        if !offers_all {
            return;
        }
        if !row.path.is_empty() {
            let path = TreeAct::CopyPath(format!("${{{}}}", row.path));
            chosen(ui, icon::CODE, "Copy as expression", path);
        }
        if is_table {
            chosen(ui, icon::TABLE, "Show as a table", TreeAct::Enlarge(row.clone()));
        } else if row.kind == RowKind::Text {
            let name = "Show the whole text";
            chosen(ui, icon::ARROWS_OUT_SIMPLE, name, TreeAct::Enlarge(row.clone()));
        }
    });
    if is_cut {
        response.on_hover_text(&row.text);
    }
}
