//! The rows of the inbox: each with its icon, what it is about, when, and what can be done.

use egui::{CornerRadius, Rect, Stroke, StrokeKind, Ui, UiBuilder, pos2};
use millrace_api::answer::Question;
use millrace_api::inbox::{Inbox, InboxSkip, MarkSeen, Untrusted};
use millrace_api::run::RunRow;
use millrace_api::schedule::{FireState, StarterKind};

use crate::app::{App, sentence};
use crate::command::{AnswerCommand, Command, InboxCommand, TrustCommand};
use crate::panels::padded;
use crate::state::{InboxPart, InboxRow, of_same_workflow};
use crate::theme::icons::{self, fill, icon};
use crate::theme::{self, Palette, run_look};
use crate::widgets::{Button, Markdown, elide, glyph, label, list_row, section_head};
use crate::words::{self, when};

/// Height of a row.
pub(super) const ROW: f32 = 56.0;
/// Room for the buttons at the right of a row.
const BUTTONS: f32 = 196.0;
/// How far rows stand in that belong to the one above.
const INNER: f32 = 24.0;

/// Draws a row; gives what was asked for.
pub(super) fn row_ui(
    app: &mut App,
    ui: &mut Ui,
    inbox: &Inbox,
    (at, row): (usize, InboxRow),
) -> Option<Command> {
    let has_cursor = app.inbox.rows.at_cursor().is_some_and(|(cursor, _)| cursor == at);
    match row {
        InboxRow::Head(section, count) => {
            ui.add_space(12.0);
            padded(ui, 8, 0, |ui| section_head(ui, &format!("{} · {count}", section.title())));
            None
        }
        InboxRow::More(section) => {
            more_ui(ui, section);
            None
        }
        InboxRow::Question(at) => question_ui(app, ui, inbox.questions.get(at)?, has_cursor),
        InboxRow::Untrusted(at) => untrusted_ui(ui, inbox.untrusted.get(at)?, has_cursor),
        InboxRow::Failure(at, is_inner) => {
            failure_ui(app, ui, inbox.failures.get(at)?, (is_inner, has_cursor))
        }
        InboxRow::Failures(first, _, is_open) => {
            failures_ui(app, ui, inbox, first, (is_open, has_cursor))
        }
        InboxRow::Skip(at) => skip_ui(app, ui, inbox.skips.get(at)?, has_cursor),
    }
}

/// What a click on a row does, and Enter at the cursor. Failures that stand together show the newest.
pub(super) fn opens(inbox: &Inbox, row: InboxRow) -> Option<Command> {
    Some(match row {
        InboxRow::Question(at) => ask(inbox.questions.get(at)?),
        InboxRow::Untrusted(at) => Command::OpenFile(inbox.untrusted.get(at)?.path.clone()),
        InboxRow::Failures(at, ..) | InboxRow::Failure(at, _) => {
            Command::Inbox(InboxCommand::Open(inbox.failures.get(at)?.run))
        }
        InboxRow::Skip(at) => Command::OpenFile(inbox.skips.get(at)?.fire.path.clone()?),
        InboxRow::Head(..) | InboxRow::More(_) => return None,
    })
}

/// What is seen when this row is marked.
pub(super) fn seen_by(inbox: &Inbox, row: InboxRow) -> Option<MarkSeen> {
    let failures = |places: Vec<usize>| MarkSeen {
        runs: places.iter().filter_map(|at| Some(inbox.failures.get(*at)?.run)).collect(),
        ..MarkSeen::default()
    };
    match row {
        InboxRow::Failure(at, _) => Some(failures(vec![at])),
        InboxRow::Failures(first, ..) => Some(failures(of_same_workflow(inbox, first))),
        InboxRow::Skip(at) => {
            Some(MarkSeen { skips: vec![inbox.skips.get(at)?.skip], ..MarkSeen::default() })
        }
        _ => None,
    }
}

fn ask(question: &Question) -> Command {
    Command::Answer(AnswerCommand::Ask(question.run, question.task.clone()))
}

fn more_ui(ui: &mut Ui, section: InboxPart) {
    let p = Palette::of(ui);
    let text = match section {
        InboxPart::Questions => {
            "The oldest are shown. Others come when some of these are answered."
        }
        _ => "The newest are shown. Older ones come when some of these are marked as seen.",
    };
    padded(ui, 46, 8, |ui| label(ui, text, theme::sans(theme::SMALL), p.faint));
}

/// What stands in a row: title, a line below it, when, and an icon.
struct Line<'a> {
    picture: (&'a str, egui::FontId, egui::Color32),
    title: &'a str,
    below: &'a str,
    when: &'a str,
    /// A caret before it: whether what belongs to it stands below.
    is_open: Option<bool>,
    /// It belongs to the one above.
    is_inner: bool,
    has_cursor: bool,
}

/// Draws a row, with its buttons from the right. Says whether it was clicked.
fn line_ui(
    ui: &mut Ui,
    id: impl std::hash::Hash + std::fmt::Debug,
    line: &Line<'_>,
    buttons: impl FnOnce(&mut Ui),
) -> bool {
    let p = Palette::of(ui);
    let name = format!("{}, {}", line.title, line.below);
    let (rect, response) = list_row(ui, &id, &name, ROW, false);
    if line.has_cursor && ui.memory(|memory| memory.focused().is_none()) {
        let stroke = Stroke::new(1.5, p.accent);
        let radius = CornerRadius::same(theme::RADIUS);
        ui.painter().rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    }
    let middle = rect.center().y;
    let (picture, font, ink) = &line.picture;
    let begin = rect.left() + if line.is_inner { INNER } else { 0.0 };
    if let Some(is_open) = line.is_open {
        let caret = if is_open { icon::CARET_DOWN } else { icon::CARET_RIGHT };
        glyph(ui.painter(), pos2(begin + 7.0, middle), caret, icons::font(11.0), p.dim);
    }
    glyph(ui.painter(), pos2(begin + 24.0, middle), picture, font.clone(), *ink);
    let left = begin + 46.0;
    let when_right = rect.right() - 12.0 - BUTTONS;
    let when = elide(ui.ctx(), line.when, theme::sans(theme::SMALL), p.faint, 180.0);
    let room = when_right - when.size().x - 16.0 - left;
    let upper = if line.below.is_empty() { middle } else { middle - 9.0 };
    for (text, font, ink, y) in [
        (line.title, theme::semibold(14.0), p.text, upper),
        (line.below, theme::sans(theme::SMALL), p.dim, middle + 10.0),
    ] {
        let galley = elide(ui.ctx(), text, font, ink, room);
        ui.painter().galley(pos2(left, y - galley.size().y / 2.0), galley, ink);
    }
    let at = pos2(when_right - when.size().x - 8.0, middle - when.size().y / 2.0);
    ui.painter().galley(at, when, p.faint);
    let place = Rect::from_min_max(
        pos2(rect.right() - 12.0 - BUTTONS, middle - 14.0),
        pos2(rect.right() - 8.0, middle + 14.0),
    );
    let mut bar = ui.new_child(
        UiBuilder::new()
            .max_rect(place)
            .id_salt(("buttons", &id))
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
    );
    bar.spacing_mut().item_spacing.x = 6.0;
    buttons(&mut bar);
    let clicked = response.clicked();
    response.on_hover_text(line.below);
    clicked
}

/// Marks as seen, retries, opens: the buttons of a failure, whose newest run this is.
fn failure_buttons(
    ui: &mut Ui,
    title: &str,
    run: &RunRow,
    seen: MarkSeen,
    sent: &mut Option<Command>,
) {
    let mut send = |command| *sent = Some(Command::Inbox(command));
    if seen_ui(ui, title) {
        send(InboxCommand::Seen(seen));
    }
    let name = format!("Retry {title}");
    let tip = "Runs what did not succeed again, in this run";
    if Button::secondary("Retry").name(&name).tip(tip).asks().show(ui).clicked() {
        send(InboxCommand::Retry(run.run));
    }
    let name = format!("Open the run of {title}");
    if Button::secondary("Open").name(&name).show(ui).clicked() {
        send(InboxCommand::Open(run.run));
    }
}

/// Why it failed, else that it did.
fn reason(app: &App, run: &RunRow, word: &str) -> String {
    let why = app.why(run);
    sentence(if why.is_empty() { word } else { &why })
}

fn ended(app: &App, run: &RunRow) -> String {
    let at = run.ended.unwrap_or(run.queued);
    words::day_and_clock(at, app.backend.now(), app.backend.local_offset_secs(at))
}

fn failure_ui(
    app: &mut App,
    ui: &mut Ui,
    run: &RunRow,
    (is_inner, has_cursor): (bool, bool),
) -> Option<Command> {
    let p = Palette::of(ui);
    let look = run_look(p, run.state);
    let title = run.title.clone().unwrap_or_else(|| run.workflow.to_string());
    let line = Line {
        picture: (look.icon, icons::fill_font(18.0), look.color),
        title: &title,
        below: &reason(app, run, look.word),
        when: &ended(app, run),
        is_open: None,
        is_inner,
        has_cursor,
    };
    let mut sent = None;
    let clicked = line_ui(ui, ("failure", run.run), &line, |ui| {
        let seen = MarkSeen { runs: vec![run.run], ..MarkSeen::default() };
        failure_buttons(ui, &title, run, seen, &mut sent);
    });
    if clicked {
        sent.get_or_insert(Command::Inbox(InboxCommand::Open(run.run)));
    }
    sent
}

/// Several failures of one workflow.
fn failures_ui(
    app: &mut App,
    ui: &mut Ui,
    inbox: &Inbox,
    first: usize,
    (is_open, has_cursor): (bool, bool),
) -> Option<Command> {
    let p = Palette::of(ui);
    let all = of_same_workflow(inbox, first);
    let run = inbox.failures.get(first)?;
    let look = run_look(p, run.state);
    let name = run.title.clone().unwrap_or_else(|| run.workflow.to_string());
    let title = format!("{name} · {} failures", all.len());
    let line = Line {
        picture: (look.icon, icons::fill_font(18.0), look.color),
        title: &title,
        below: &format!("Last: {}", reason(app, run, look.word)),
        when: &ended(app, run),
        is_open: Some(is_open),
        is_inner: false,
        has_cursor,
    };
    let mut sent = None;
    let clicked = line_ui(ui, ("failures", first), &line, |ui| {
        let runs = all.iter().map(|at| inbox.failures[*at].run).collect();
        let seen = MarkSeen { runs, ..MarkSeen::default() };
        failure_buttons(ui, &title, run, seen, &mut sent);
    });
    if clicked {
        app.inbox.rows.fold(first, inbox);
    }
    sent
}

fn question_ui(
    app: &mut App,
    ui: &mut Ui,
    question: &Question,
    has_cursor: bool,
) -> Option<Command> {
    let p = Palette::of(ui);
    let title = question.title.as_deref().unwrap_or(&question.workflow);
    let below = Markdown::parse(&question.message).first_line();
    let at = question.until.unwrap_or(question.since);
    let clock = words::day_and_clock(at, app.backend.now(), app.backend.local_offset_secs(at));
    let when = if question.until.is_some() { format!("until {clock}") } else { clock };
    let line = Line {
        picture: (fill::HOURGLASS_MEDIUM, icons::fill_font(18.0), p.waiting),
        title,
        below: &below,
        when: &when,
        is_open: None,
        is_inner: false,
        has_cursor,
    };
    let run = question.run;
    let mut sent = None;
    let clicked = line_ui(ui, ("question", run, &question.task), &line, |ui| {
        let name = format!("Answer {title}");
        if Button::primary("Answer…").name(&name).show(ui).clicked() {
            sent = Some(ask(question));
        }
        let name = format!("Open the run of {title}");
        if Button::secondary("Open").name(&name).show(ui).clicked() {
            sent = Some(Command::Inbox(InboxCommand::Open(run)));
        }
    });
    if clicked {
        sent.get_or_insert_with(|| ask(question));
    }
    sent
}

fn seen_ui(ui: &mut Ui, title: &str) -> bool {
    let name = format!("Mark {title} as seen");
    Button::quiet_icon(icon::CHECK, &name).tip("Mark as seen (E)").asks().show(ui).clicked()
}

fn skip_ui(app: &mut App, ui: &mut Ui, skip: &InboxSkip, has_cursor: bool) -> Option<Command> {
    let p = Palette::of(ui);
    let fire = &skip.fire;
    let title = fire.title.as_deref().unwrap_or(&fire.workflow);
    let (now, zone) = (app.backend.now(), app.schedules.zone());
    let at = words::day_and_clock(fire.at, now, app.backend.local_offset_secs(fire.at));
    let below = match &fire.what {
        FireState::Skipped { why, count: 1, .. } => format!("{}: {}", fire.name, why),
        FireState::Skipped { why, count, first } => format!(
            "{}: {count} times from {} on: {why}",
            fire.name,
            when::instant(*first, now, zone),
        ),
        _ => fire.name.clone(),
    };
    let path = fire.path.as_deref().unwrap_or_default();
    // A file that came, or a run that ended, does not come again.
    let is_of_clock = app
        .schedules
        .of_path(path)
        .any(|row| row.name == fire.name && row.kind == StarterKind::Schedule);
    let line = Line {
        picture: (fill::MINUS_CIRCLE, icons::fill_font(18.0), p.retry),
        title,
        below: &below,
        when: &at,
        is_open: None,
        is_inner: false,
        has_cursor,
    };
    let mut sent = None;
    let opens = fire.path.clone().map(Command::OpenFile);
    let clicked = line_ui(ui, ("skip", skip.skip), &line, |ui| {
        if seen_ui(ui, title) {
            let seen = MarkSeen { skips: vec![skip.skip], ..MarkSeen::default() };
            sent = Some(Command::Inbox(InboxCommand::Seen(seen)));
        }
        if is_of_clock {
            let command = Command::Inbox(InboxCommand::CatchUp(skip.skip));
            let name = format!("Catch up {title}");
            let tip = "Asks for which of these times it is run after all";
            let catch_up = Button::secondary(command.label()).name(&name).tip(tip);
            if catch_up.asks().show(ui).clicked() {
                sent = Some(command);
            }
        }
        let refused = opens.is_none().then(|| "Its file is not known any more".to_owned());
        let name = format!("Open {title}");
        if Button::secondary("Open").name(&name).refused(refused).show(ui).clicked() {
            sent = opens.clone();
        }
    });
    if clicked { sent.or(opens) } else { sent }
}

fn untrusted_ui(ui: &mut Ui, document: &Untrusted, has_cursor: bool) -> Option<Command> {
    let p = Palette::of(ui);
    let title = document.title.as_deref().unwrap_or(&document.workflow);
    let below = format!("It would start by itself: {}", document.starters.join("; "));
    let line = Line {
        picture: (icon::SHIELD_WARNING, icons::font(18.0), p.retry),
        title,
        below: &below,
        when: "",
        is_open: None,
        is_inner: false,
        has_cursor,
    };
    let look = Command::OpenFile(document.path.clone());
    let mut sent = None;
    let clicked = line_ui(ui, ("untrusted", &document.path), &line, |ui| {
        let trust = TrustCommand::Document(document.path.clone());
        let name = format!("Trust {title}");
        let button = Button::secondary("Trust").name(&name).tip("It may run then");
        if button.asks().show(ui).clicked() {
            sent = Some(Command::Trust(trust));
        }
        let name = format!("Look at {title}");
        if Button::secondary("Look").name(&name).show(ui).clicked() {
            sent = Some(look.clone());
        }
    });
    if clicked { sent.or(Some(look)) } else { sent }
}
