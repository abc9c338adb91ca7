//! A single fire in the calendar: its block or line, what is said of it on hover, what a click does.

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use egui::{
    Color32, CornerRadius, Popup, Rect, Response, Sense, SetOpenCommand, Stroke, StrokeKind, Ui,
    WidgetInfo, WidgetType, pos2,
};
use millrace_api::schedule::{FireRow, FireState, MoveTo};
use millrace_model::time::Timestamp;

use crate::app::{App, full_sentence, sentence};
use crate::command::{Command, ScheduleCommand};
use crate::state::{Drag, Moving, View, days};
use crate::theme::icons::{self, fill, icon};
use crate::theme::{self, Palette, run_look};
use crate::widgets::{dashed_rect, elide, glyph, label, menu_frame, menu_item, menu_line, wrapped};
use crate::words::when;

/// Width below which no title is begun.
const LEAST_TITLE: f32 = 26.0;

/// What the calendar has in view, in order of time.
pub(super) struct Shown<'a> {
    /// The days.
    pub(super) view: View,
    /// The clock by which it is drawn.
    pub(super) zone: Tz,
    pub(super) now: Timestamp,
    /// Each with what that clock shows.
    pub(super) fires: Vec<(NaiveDateTime, &'a FireRow)>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(fires: &'a [FireRow], view: View, zone: Tz, now: Timestamp) -> Self {
        let mut fires: Vec<_> =
            fires.iter().map(|fire| (days::local(fire.at, zone), fire)).collect();
        fires.sort_by_key(|(at, _)| *at);
        Self { view, zone, now, fires }
    }

    /// Those of a day.
    pub(super) fn of_day(&self, day: NaiveDate) -> &[(NaiveDateTime, &'a FireRow)] {
        let from = self.fires.partition_point(|(at, _)| at.date() < day);
        let to = self.fires.partition_point(|(at, _)| at.date() <= day);
        &self.fires[from..to]
    }

    /// What the clock shows now.
    pub(super) fn clock(&self) -> NaiveDateTime {
        days::local(self.now, self.zone)
    }
}

/// How a fire looks.
pub(super) struct Look {
    pub(super) color: Color32,
    pub(super) icon: &'static str,
    pub(super) word: String,
    /// Nothing ran, or will.
    pub(super) is_empty: bool,
    /// It is to come.
    pub(super) is_coming: bool,
}

pub(super) fn look(p: &Palette, fire: &FireRow) -> Look {
    let plain = |color, icon, word: &str| Look {
        color,
        icon,
        word: word.to_owned(),
        is_empty: false,
        is_coming: false,
    };
    match &fire.what {
        FireState::Coming if fire.is_moved => {
            Look { is_coming: true, ..plain(p.dim, fill::CLOCK, "coming, moved") }
        }
        FireState::Coming => Look { is_coming: true, ..plain(p.dim, fill::CLOCK, "coming") },
        FireState::Held => Look { is_empty: true, ..plain(p.idle, fill::PROHIBIT, "would fire") },
        FireState::Skipped { count: 1, .. } => {
            Look { is_empty: true, ..plain(p.idle, fill::MINUS_CIRCLE, "did not start") }
        }
        FireState::Skipped { count, .. } => {
            let word = format!("{count} did not start");
            Look { is_empty: true, ..plain(p.idle, fill::MINUS_CIRCLE, &word) }
        }
        FireState::Run { run_state, caught_up, backfill, .. } => {
            let look = run_look(p, *run_state);
            let how = match (backfill, caught_up) {
                (true, _) => ", by a backfill",
                (_, true) => ", caught up",
                _ => "",
            };
            plain(look.color, look.icon, &format!("{}{how}", look.word))
        }
    }
}

/// What people call the workflow.
pub(super) fn title(fire: &FireRow) -> &str {
    fire.title.as_deref().unwrap_or(&fire.workflow)
}

/// Draws a block or a line at `rect`, and does what hands do to it.
pub(super) fn fire_ui(
    app: &mut App,
    ui: &mut Ui,
    rect: Rect,
    (at, fire): (NaiveDateTime, &FireRow),
    shown: &Shown<'_>,
) {
    let p = Palette::of(ui);
    let look = look(p, fire);
    let moving = Moving::of(fire, shown.now);
    let is_held = app.fires.calendar.drag.as_ref().map(|drag| &drag.tick) == moving.as_ref()
        && moving.is_some();
    let id = ui.id().with(("fire", &fire.path, &fire.workflow, &fire.name, fire.tick, fire.at));
    let is_draggable = moving.is_some() && look.is_coming;
    let sense = if is_draggable { Sense::click_and_drag() } else { Sense::click() };
    let response = ui.interact(rect, id, sense);
    let today = shown.clock().date();
    let name = format!(
        "{}, {} {}, {}",
        title(fire),
        when::day(at.date(), today),
        when::time(at),
        look.word
    );
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &name));
    if ui.is_rect_visible(rect) {
        paint(ui, p, rect, &look, &response, is_held);
        words_ui(ui, p, rect, (at, fire), &look, is_held);
    }
    if response.drag_started()
        && let Some(tick) = moving.clone()
        && let Some(taken) = ui.input(|input| input.pointer.press_origin())
    {
        app.fires.calendar.drag = Some(Drag { tick, below: taken.y - rect.top() });
    }
    if let FireState::Run { run, .. } = &fire.what {
        if response.clicked() {
            app.send(Command::OpenRun(*run));
        }
        response.context_menu(|ui| menu_ui(app, ui, fire, None));
    } else {
        let opens = response.clicked() || response.secondary_clicked();
        Popup::menu(&response)
            .open_memory(opens.then_some(SetOpenCommand::Bool(true)))
            .show(|ui| menu_ui(app, ui, fire, moving.as_ref()));
    }
    if app.fires.calendar.drag.is_none() {
        response.on_hover_ui(|ui| card_ui(app, ui, fire, shown));
    }
}

fn paint(ui: &Ui, p: &Palette, rect: Rect, look: &Look, response: &Response, is_held: bool) {
    let radius = CornerRadius::same(4);
    let painter = ui.painter();
    let ground = if response.hovered() { p.hover } else { p.panel };
    if look.is_empty {
        painter.rect_filled(rect, radius, ground);
        let stroke = Stroke::new(1.0, look.color);
        painter.extend(dashed_rect(rect.shrink(0.5), stroke, 3.0, 3.0));
    } else if look.is_coming {
        let border = if is_held { p.accent } else { p.outline.gamma_multiply(0.7) };
        painter.rect(rect, radius, ground, Stroke::new(1.0, border), StrokeKind::Inside);
    } else {
        painter.rect_filled(rect, radius, p.panel);
        let strength = if response.hovered() { 0.34 } else { 0.22 };
        painter.rect_filled(rect, radius, look.color.gamma_multiply(strength));
        let bar = rect.with_max_x(rect.left() + 3.0);
        painter.rect_filled(bar, CornerRadius { nw: 4, sw: 4, ne: 0, se: 0 }, look.color);
    }
    if response.has_focus() {
        painter.rect_stroke(rect, radius, Stroke::new(1.5, p.accent), StrokeKind::Inside);
    }
}

fn words_ui(
    ui: &Ui,
    p: &Palette,
    rect: Rect,
    (at, fire): (NaiveDateTime, &FireRow),
    look: &Look,
    is_held: bool,
) {
    let middle = rect.center().y;
    let mut left = rect.left() + 7.0;
    let stands_back = is_held || look.is_empty;
    // What is to come has no state yet; its outline says so.
    if rect.width() > 44.0 && !look.is_coming {
        let at = pos2(left + 5.0, middle);
        glyph(ui.painter(), at, look.icon, icons::fill_font(11.0), look.color);
        left += 15.0;
    }
    let room = rect.right() - 4.0 - left;
    let ink = if stands_back { p.faint } else { p.dim };
    let time = elide(ui.ctx(), &at.format("%H:%M").to_string(), theme::sans(11.5), ink, room);
    let used = time.size().x + 5.0;
    ui.painter().galley(pos2(left, middle - time.size().y / 2.0), time, ink);
    let ink = if stands_back { p.faint } else { p.text };
    // Of a title that has no room a letter or two say nothing.
    if room - used > LEAST_TITLE {
        super::put(ui, left + used, middle, title(fire), (theme::sans(11.5), ink), room - used);
    }
}

/// The small menu of a fire.
pub(super) fn menu_ui(app: &mut App, ui: &mut Ui, fire: &FireRow, moving: Option<&Moving>) {
    menu_frame(ui);
    let mut item = |ui: &mut Ui, picture: &str, words: &str, command: Command| {
        if menu_item(ui, picture, words, "") {
            app.send(command);
        }
    };
    if let FireState::Run { run, .. } = &fire.what {
        item(ui, icon::LIST_BULLETS, "Open run", Command::OpenRun(*run));
    }
    if let Some(path) = &fire.path {
        item(ui, icon::TREE_STRUCTURE, "Open workflow", Command::OpenFile(path.clone()));
        let name = Some(fire.name.clone());
        let show = ScheduleCommand::ShowOf { path: path.clone(), name };
        item(ui, icon::CLOCK, "Open schedule", Command::Schedule(show));
    }
    let Some(tick) = moving else { return };
    menu_line(ui);
    let is_out = tick.was == MoveTo::Nowhere;
    let boxed = || Box::new(tick.clone());
    if !is_out {
        let leave = ScheduleCommand::Move { tick: boxed(), to: MoveTo::Nowhere };
        item(ui, icon::X, label_of(&leave), Command::Schedule(leave));
        let ask = ScheduleCommand::AskMove(boxed());
        item(ui, icon::ARROW_RIGHT, "Move it…", Command::Schedule(ask));
    }
    if tick.was != MoveTo::Back {
        let back = ScheduleCommand::Move { tick: boxed(), to: MoveTo::Back };
        item(ui, icon::ARROW_COUNTER_CLOCKWISE, label_of(&back), Command::Schedule(back));
    }
}

fn label_of(command: &ScheduleCommand) -> &'static str {
    Command::Schedule(command.clone()).label()
}

/// What is known of it.
fn card_ui(app: &App, ui: &mut Ui, fire: &FireRow, shown: &Shown<'_>) {
    let p = Palette::of(ui);
    ui.set_max_width(320.0);
    ui.spacing_mut().item_spacing.y = 4.0;
    label(ui, title(fire), theme::semibold(theme::BODY), p.text);
    for line in card_lines(app, fire, shown) {
        wrapped(ui, &line, theme::sans(theme::SMALL), p.dim);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let look = look(p, fire);
        label(ui, look.icon, icons::fill_font(14.0), look.color);
        label(ui, &sentence(&look.word), theme::sans(theme::SMALL), p.text);
    });
    if let FireState::Skipped { why, .. } = &fire.what {
        wrapped(ui, &full_sentence(why), theme::sans(theme::SMALL), p.text);
    }
}

fn card_lines(app: &App, fire: &FireRow, shown: &Shown<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let path = fire.path.as_deref().unwrap_or_default();
    let starter = app.schedules.of_path(path).find(|row| row.name == fire.name);
    lines.push(match starter {
        Some(row) => format!("{}: {}", fire.name, row.words),
        None => fire.name.clone(),
    });
    let named = starter.and_then(|row| row.timezone.as_deref()?.parse::<Tz>().ok());
    let zone = named.unwrap_or(shown.zone);
    let instant =
        |at, zone: Tz| format!("{} ({})", when::instant(at, shown.now, zone), zone.name());
    lines.push(instant(fire.at, zone));
    if zone != shown.zone {
        lines.push(format!("Here: {}", instant(fire.at, shown.zone)));
    }
    if let Some(tick) = fire.tick {
        lines.push(format!("By its rule: {}", when::instant(tick, shown.now, zone)));
    }
    if let FireState::Skipped { first, count: 2.., .. } = &fire.what {
        lines.push(format!("The first of them: {}", when::instant(*first, shown.now, zone)));
    }
    lines
}
