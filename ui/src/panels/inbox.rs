//! The inbox: questions that wait for an answer, failures that nobody has seen, what did not start, documents that wait for trust.

use egui::{Rect, ScrollArea, Ui, UiBuilder, pos2};
use millrace_api::answer::Question;
use millrace_api::inbox::{InboxSkip, MarkSeen, Untrusted};
use millrace_api::run::RunRow;
use millrace_api::schedule::FireState;

use super::{empty_ui, from_right, padded, row};
use crate::app::{App, sentence};
use crate::command::{AnswerCommand, Command, InboxCommand, TrustCommand};
use crate::theme::icons::{self, fill, icon};
use crate::theme::{self, Palette, run_look};
use crate::widgets::{Button, Markdown, elide, glyph, label, list_row, section_head};
use crate::words::{self, when};

const ROW: f32 = 56.0;
/// Room for the buttons at the right of a row.
const BUTTONS: f32 = 168.0;

/// Draws the place.
pub(crate) fn inbox_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    padded(ui, 24, 0, |ui| {
        ui.set_height(56.0);
        row(ui, |ui| {
            label(ui, "Inbox", theme::semibold(18.0), p.text);
            from_right(ui, |ui| all_seen_ui(app, ui));
        });
    });
    let Some(inbox) = app.inbox.inbox.clone() else {
        return match &app.inbox.error {
            Some(error) => {
                let text =
                    format!("{}. It is asked for again when the engine answers.", sentence(error));
                empty_ui(ui, icon::WARNING, "The inbox cannot be read", &text);
            }
            None => empty_ui(ui, icon::HOURGLASS_MEDIUM, "Loading", ""),
        };
    };
    if app.inbox.count() == 0 {
        let text = "Questions of runs, runs that failed, times that were missed, and workflows from elsewhere that wait \
                    for your word show here.";
        return empty_ui(ui, icon::TRAY, "Nothing waits for you", text);
    }
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        padded(ui, 16, 0, |ui| {
            section(ui, "Waiting for an answer", inbox.questions.len());
            for question in &inbox.questions {
                question_ui(app, ui, question);
            }
            section(ui, "Waiting for trust", inbox.untrusted.len());
            for document in &inbox.untrusted {
                untrusted_ui(app, ui, document);
            }
            section(ui, "Failures", inbox.failures.len());
            for run in &inbox.failures {
                failure_ui(app, ui, run);
            }
            section(ui, "Did not start", inbox.skips.len());
            for skip in &inbox.skips {
                skip_ui(app, ui, skip);
            }
            ui.add_space(16.0);
        });
    });
}

fn all_seen_ui(app: &mut App, ui: &mut Ui) {
    let inbox = app.inbox.inbox.as_ref();
    let can = inbox.is_some_and(|inbox| !inbox.failures.is_empty() || !inbox.skips.is_empty());
    let refused = (!can).then(|| "There is nothing to mark".to_owned());
    let tip = "Takes failures and what did not start out of the inbox; the runs stay under Runs, and \
               the calendar keeps the rest";
    let command = Command::Inbox(InboxCommand::AllSeen);
    let button = Button::secondary(command.label()).icon(icon::CHECK).tip(tip).refused(refused);
    if button.show(ui).clicked() {
        app.send(command);
    }
}

fn section(ui: &mut Ui, title: &str, count: usize) {
    if count > 0 {
        ui.add_space(12.0);
        padded(ui, 8, 0, |ui| section_head(ui, &format!("{title} · {count}")));
        ui.add_space(4.0);
    }
}

/// What stands in a row: title, a line below it, when, and an icon.
struct Line<'a> {
    picture: (&'a str, egui::FontId, egui::Color32),
    title: &'a str,
    below: &'a str,
    when: &'a str,
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
    let middle = rect.center().y;
    let (picture, font, ink) = &line.picture;
    glyph(ui.painter(), pos2(rect.left() + 22.0, middle), picture, font.clone(), *ink);
    let left = rect.left() + 46.0;
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

fn failure_ui(app: &mut App, ui: &mut Ui, run: &RunRow) {
    let p = Palette::of(ui);
    let look = run_look(p, run.state);
    let title = run.title.clone().unwrap_or_else(|| run.workflow.to_string());
    let task = run
        .failed_task
        .as_deref()
        .map(|task| app.task_title(&run.workflow, task).unwrap_or_else(|| task.to_owned()));
    let reason = sentence(&run.cause);
    let below = match task {
        Some(task) if !reason.is_empty() => format!("{task}: {reason}"),
        Some(task) => task,
        None if reason.is_empty() => sentence(look.word),
        None => reason,
    };
    let at = run.ended.unwrap_or(run.queued);
    let when = words::day_and_clock(at, app.backend.now(), app.backend.local_offset_secs(at));
    let line = Line {
        picture: (look.icon, icons::fill_font(18.0), look.color),
        title: &title,
        below: &below,
        when: &when,
    };
    let mut commands = Vec::new();
    let clicked = line_ui(ui, ("failure", run.run), &line, |ui| {
        let seen = MarkSeen { runs: vec![run.run], ..MarkSeen::default() };
        seen_ui(ui, &title, seen, &mut commands);
        let name = format!("Retry {title}");
        let tip = "Runs what did not succeed again, in this run";
        if Button::secondary("Retry").name(&name).tip(tip).show(ui).clicked() {
            commands.push(InboxCommand::Retry(run.run));
        }
        let name = format!("Open the run of {title}");
        if Button::secondary("Open").name(&name).show(ui).clicked() {
            commands.push(InboxCommand::Open(run.run));
        }
    });
    if clicked {
        commands.push(InboxCommand::Open(run.run));
    }
    commands.into_iter().for_each(|command| app.send(Command::Inbox(command)));
}

fn question_ui(app: &mut App, ui: &mut Ui, question: &Question) {
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
    };
    let (run, task) = (question.run, question.task.clone());
    let ask = || Command::Answer(AnswerCommand::Ask(run, task.clone()));
    let mut command = None;
    let clicked = line_ui(ui, ("question", run, &question.task), &line, |ui| {
        let name = format!("Answer {title}");
        if Button::primary("Answer…").name(&name).show(ui).clicked() {
            command = Some(ask());
        }
        let name = format!("Open the run of {title}");
        if Button::secondary("Open").name(&name).show(ui).clicked() {
            command = Some(Command::Inbox(InboxCommand::Open(run)));
        }
    });
    if clicked {
        command.get_or_insert_with(ask);
    }
    if let Some(command) = command {
        app.send(command);
    }
}

fn seen_ui(ui: &mut Ui, title: &str, seen: MarkSeen, commands: &mut Vec<InboxCommand>) {
    let name = format!("Mark {title} as seen");
    if Button::quiet_icon(icon::CHECK, &name).tip("Mark as seen").show(ui).clicked() {
        commands.push(InboxCommand::Seen(seen));
    }
}

fn skip_ui(app: &mut App, ui: &mut Ui, skip: &InboxSkip) {
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
    let line = Line {
        picture: (fill::MINUS_CIRCLE, icons::fill_font(18.0), p.retry),
        title,
        below: &below,
        when: &at,
    };
    let mut commands = Vec::new();
    let mut opens = false;
    let clicked = line_ui(ui, ("skip", skip.skip), &line, |ui| {
        let seen = MarkSeen { skips: vec![skip.skip], ..MarkSeen::default() };
        seen_ui(ui, title, seen, &mut commands);
        let name = format!("Open {title}");
        opens = Button::secondary("Open").name(&name).show(ui).clicked();
    });
    commands.into_iter().for_each(|command| app.send(Command::Inbox(command)));
    if (clicked || opens)
        && let Some(path) = fire.path.clone()
    {
        app.send(Command::OpenFile(path));
    }
}

fn untrusted_ui(app: &mut App, ui: &mut Ui, document: &Untrusted) {
    let p = Palette::of(ui);
    let title = document.title.as_deref().unwrap_or(&document.workflow);
    let below = format!("It would start by itself: {}", document.starters.join("; "));
    let line = Line {
        picture: (icon::SHIELD_WARNING, icons::font(18.0), p.retry),
        title,
        below: &below,
        when: "",
    };
    let mut command = None;
    let look = || Command::OpenFile(document.path.clone());
    let clicked = line_ui(ui, ("untrusted", &document.path), &line, |ui| {
        let trust = TrustCommand::Document(document.path.clone());
        let name = format!("Trust {title}");
        if Button::secondary("Trust").name(&name).tip("It may run then").show(ui).clicked() {
            command = Some(Command::Trust(trust));
        }
        let name = format!("Look at {title}");
        if Button::secondary("Look").name(&name).show(ui).clicked() {
            command = Some(look());
        }
    });
    if clicked {
        command.get_or_insert_with(look);
    }
    if let Some(command) = command {
        app.send(command);
    }
}
