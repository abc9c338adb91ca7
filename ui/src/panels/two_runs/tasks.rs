//! The tasks of two runs: how each ended and what it took in both, and a bar for how much that changed.

use egui::{CornerRadius, Rect, Ui, pos2, vec2};
use millrace_model::diff::runs::{TaskCompared, TaskFared};

use crate::app::App;
use crate::command::{Command, TwoRunsCommand};
use crate::panels::{from_right, padded, row};
use crate::state::{TwoRunsCompared, longer_words};
use crate::theme::icons;
use crate::theme::{self, Palette, task_look};
use crate::widgets::{chip, chips, elide, glyph, hairline_h, hairline_v, list_row, virtual_rows};
use crate::words;

/// Of a row.
const ROW: f32 = 32.0;
/// Of the strip above the table.
const STRIP: f32 = 44.0;
/// Of the names of the columns.
const NAMES: f32 = 26.0;
/// Between a row and the borders.
const INSET: f32 = 8.0;

/// Draws the table.
pub(crate) fn two_runs_tasks_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let Some(shown) = &mut app.two_runs else { return };
    let reveals = std::mem::take(&mut shown.reveals_task);
    let selected = shown.selected.clone();
    let Some(compared) = &mut shown.view.compared else { return };
    ui.spacing_mut().item_spacing.y = 0.0;
    strip_ui(ui, p, compared);
    let columns = Columns::of(ui.available_width());
    names_ui(ui, p, &columns);
    // A row's ground ends before the borders; its words stay below their heads.
    let rows = ui.available_rect_before_wrap().shrink2(vec2(INSET, 0.0));
    let ui = &mut ui.new_child(egui::UiBuilder::new().max_rect(rows).id_salt("rows"));
    let columns = columns.moved(-INSET);
    let place = |task: &millrace_model::ident::Ident| {
        compared.order.iter().position(|at| compared.what.tasks[*at].task == *task)
    };
    let reveal = selected.as_ref().filter(|_| reveals).and_then(place);
    let mut clicked = None;
    virtual_rows(ui, "two runs", ROW, compared.order.len(), reveal, |ui, range| {
        for at in range {
            let task = &compared.what.tasks[compared.order[at]];
            let active = selected.as_ref() == Some(&task.task);
            if task_ui(ui, p, &columns, compared, task, active) {
                clicked = Some(task.task.clone());
            }
        }
    });
    if let Some(task) = clicked {
        app.send(Command::TwoRuns(TwoRunsCommand::Show(task)));
    }
}

/// How many tasks there are, and how they are sorted.
fn strip_ui(ui: &mut Ui, p: &Palette, compared: &mut TwoRunsCompared) {
    let all = words::count(compared.what.tasks.len(), "task", "tasks");
    let differ = words::grouped(compared.differ as u64);
    let text = format!("{all}, {differ} with other ends, tries or outputs");
    padded(ui, 16, 0, |ui| {
        ui.set_height(STRIP);
        row(ui, |ui| {
            chips(ui, |ui| {
                for (words, in_order) in [("Changed most", false), ("As in the run", true)] {
                    let on = compared.in_order == in_order;
                    if chip(ui, words, on, true).clicked() && !on {
                        compared.sort(in_order);
                    }
                }
            });
            from_right(ui, |ui| {
                crate::widgets::label(ui, &text, theme::sans(theme::SMALL), p.dim);
            });
        });
    });
}

/// Of the columns of states.
const STATE: f32 = 112.0;
/// Of the columns of lengths, which end below each other.
const TOOK: f32 = 72.0;
/// Between a length and what follows.
const AFTER: f32 = 20.0;

/// Where columns start, from the row's left side.
struct Columns {
    name: f32,
    states: [f32; 2],
    took: [f32; 2],
    bar: f32,
    longer: f32,
    remark: f32,
    end: f32,
}

impl Columns {
    fn of(width: f32) -> Self {
        let states = 16.0 + (width * 0.2).clamp(110.0, 300.0);
        let took = states + 2.0 * STATE;
        let bar = took + 2.0 * TOOK;
        let longer = bar + (width * 0.1).clamp(60.0, 160.0);
        Self {
            name: 16.0,
            states: [states, states + STATE],
            took: [took, took + TOOK],
            bar,
            longer: longer + 8.0,
            remark: longer + 112.0,
            end: width - 16.0,
        }
    }

    /// The same, seen from a left side that is so much further left.
    fn moved(&self, by: f32) -> Self {
        Self {
            name: self.name + by,
            states: self.states.map(|x| x + by),
            took: self.took.map(|x| x + by),
            bar: self.bar + by,
            longer: self.longer + by,
            remark: self.remark + by,
            end: self.end + by,
        }
    }
}

fn names_ui(ui: &mut Ui, p: &Palette, columns: &Columns) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), NAMES));
    hairline_h(ui.painter(), rect.x_range(), rect.bottom(), p.line);
    for (x, name) in [
        (columns.name, "TASK"),
        (columns.states[0], "OLDER"),
        (columns.states[1], "NEWER"),
        (columns.took[0], "TOOK"),
        (columns.took[1], "TOOK"),
        (columns.bar, "LONGER"),
        (columns.remark, "REMARK"),
    ] {
        let room = columns.end - x;
        if room > 40.0 {
            let galley = elide(ui.ctx(), name, theme::semibold(theme::HEAD), p.faint, room);
            let x = if name == "TOOK" { x + TOOK - AFTER - galley.size().x } else { x };
            let at = pos2(rect.left() + x, rect.center().y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, p.faint);
        }
    }
}

/// Whether it was clicked.
fn task_ui(
    ui: &mut Ui,
    p: &Palette,
    columns: &Columns,
    compared: &TwoRunsCompared,
    task: &TaskCompared,
    active: bool,
) -> bool {
    let name = compared.name(&task.task);
    let remark = remark(task);
    let word = |side: &Option<TaskFared>| side.as_ref().map_or("not there", |it| it.state.label());
    let longer = task.longer_us().map(|us| longer(us, task.ratio())).unwrap_or_default();
    let said = format!("{name}: {}, {}, {longer}, {remark}", word(&task.before), word(&task.after));
    let (rect, response) = list_row(ui, ("task", task.task.as_str()), &said, ROW, active);
    let middle = rect.center().y;
    let put = |x: f32, text: &str, ink, room: f32| {
        if room > 16.0 {
            let galley = elide(ui.ctx(), text, theme::sans(theme::BODY), ink, room);
            let at = pos2(rect.left() + x, middle - galley.size().y / 2.0);
            ui.painter().galley(at, galley, ink);
        }
    };
    let ink = if task.differs() { p.text } else { p.dim };
    put(columns.name, name, ink, columns.states[0] - columns.name - 12.0);
    for (side, at) in [(&task.before, 0), (&task.after, 1)] {
        let x = columns.states[at];
        match side {
            Some(fared) => {
                let look = task_look(p, fared.state);
                let icon = pos2(rect.left() + x + 7.0, middle);
                glyph(ui.painter(), icon, look.icon, icons::fill_font(14.0), look.color);
                put(x + 20.0, fared.state.label(), ink, STATE - 24.0);
                let took = fared.took_us.map(words::duration_us).unwrap_or_default();
                let took = elide(ui.ctx(), &took, theme::sans(theme::BODY), p.dim, TOOK - 4.0);
                let right = rect.left() + columns.took[at] + TOOK - AFTER;
                let corner = pos2(right - took.size().x, middle - took.size().y / 2.0);
                ui.painter().galley(corner, took, p.dim);
            }
            None => put(x + 20.0, "not there", p.faint, STATE - 24.0),
        }
    }
    if let Some(us) = task.longer_us() {
        let bar = Rect::from_x_y_ranges(
            rect.left() + columns.bar..=rect.left() + columns.longer - 8.0,
            middle - 5.0..=middle + 5.0,
        );
        bar_ui(ui, p, bar, us, compared.most_us);
        let ink = if us.unsigned_abs() * 10 >= compared.most_us.max(1) { p.text } else { p.faint };
        put(columns.longer, &longer, ink, columns.remark - columns.longer - 8.0);
    }
    put(columns.remark, &remark, p.dim, columns.end - columns.remark);
    if remark.is_empty() { response.clicked() } else { response.on_hover_text(remark).clicked() }
}

/// How much longer, to the right of the middle, or shorter, to its left; by what changed most.
fn bar_ui(ui: &Ui, p: &Palette, rect: Rect, us: i64, most: u64) {
    let zero = rect.center().x.round();
    hairline_v(ui.painter(), zero, rect.y_range().expand(3.0), p.line);
    if us == 0 || most == 0 {
        return;
    }
    let share = (us.unsigned_abs() as f64 / most as f64) as f32;
    let length = (share * rect.width() / 2.0).max(1.0);
    let (from, until, color) = match us > 0 {
        true => (zero, zero + length, p.retry),
        false => (zero - length, zero, p.ok),
    };
    let bar = Rect::from_x_y_ranges(from..=until, rect.y_range());
    ui.painter().rect_filled(bar, CornerRadius::same(2), color);
}

/// `+8.2 s · 4.5×`
fn longer(us: i64, ratio: Option<f64>) -> String {
    let words = longer_words(us);
    match ratio {
        Some(ratio) if !(0.67..1.5).contains(&ratio) && ratio >= 0.05 => {
            format!("{words} · {ratio:.1}×")
        }
        _ => words,
    }
}

/// Why it did not succeed, how often it was tried, whether it gave something else.
fn remark(task: &TaskCompared) -> String {
    let mut parts = Vec::new();
    match (&task.before, &task.after) {
        (Some(before), Some(after)) => {
            if before.tries != after.tries && before.tries > 0 && after.tries > 0 {
                parts.push(format!("{} and {} tries", before.tries, after.tries));
            }
            match (&before.cause, &after.cause) {
                (was, is) if was == is => {}
                (Some(was), None) => parts.push(format!("before: {was}")),
                (_, Some(is)) => parts.push(is.clone()),
                (None, None) => {}
            }
        }
        (Some(only), None) | (None, Some(only)) => parts.extend(only.cause.clone()),
        (None, None) => {}
    }
    if !task.outputs.is_empty() {
        let count = task.outputs.found.len() + task.outputs.more;
        parts.push(words::count(count, "output differs", "outputs differ"));
    }
    parts.join(" · ")
}
