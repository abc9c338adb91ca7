//! The head of a run: how it stands and why, when, how long, by whom.

use egui::{CornerRadius, Sense, Ui, vec2};
use millrace_model::event::{Run, RunState, Trigger};
use millrace_model::time::Timestamp;

use super::{from_right, padded, row};
use crate::app::{App, sentence};
use crate::command::{Command, RunCommand};
use crate::state::LiveRun;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette, run_look};
use crate::widgets::{glyph, label, link};
use crate::words;

/// Draws the head.
pub(crate) fn run_head_ui(app: &mut App, ui: &mut Ui) {
    let now = app.backend.now();
    let Some(live) = app.run.as_ref().and_then(|shown| shown.watch.live.as_ref()) else { return };
    let Some(run) = &live.run else { return missing_head_ui(ui, live) };
    let offset = app.backend.local_offset_secs(run.queued);
    let p = Palette::of(ui);
    let look = run_look(p, run.state);
    let (title, below) = title(live, run);
    let facts = facts(app, run, now, offset);
    let mut opened = None;
    padded(ui, 18, 0, |ui| {
        ui.set_height(ui.max_rect().height());
        row(ui, |ui| {
            let (tile, _) = ui.allocate_exact_size(vec2(34.0, 34.0), Sense::hover());
            let soft = look.color.gamma_multiply(0.2);
            ui.painter().rect_filled(tile, CornerRadius::same(8), soft);
            glyph(ui.painter(), tile.center(), look.icon, icons::fill_font(18.0), look.color);
            ui.add_space(8.0);
            from_right(ui, |ui| {
                for fact in facts.iter().rev() {
                    if fact.show(ui, p) {
                        opened = fact.leads.clone();
                    }
                    ui.add_space(14.0);
                }
                ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.add_space(14.0);
                    label(ui, &title, theme::semibold(theme::TITLE), p.text);
                    if !below.is_empty() {
                        label(ui, &below, theme::sans(theme::BODY), p.dim);
                    }
                });
            });
        });
    });
    if let Some(command) = opened {
        app.send(command);
    }
}

/// The head of a run of which nothing is known but that it is looked at.
fn missing_head_ui(ui: &mut Ui, live: &LiveRun) {
    let p = Palette::of(ui);
    padded(ui, 18, 0, |ui| {
        ui.set_height(ui.max_rect().height());
        row(ui, |ui| {
            let (tile, _) = ui.allocate_exact_size(vec2(34.0, 34.0), Sense::hover());
            ui.painter().rect_filled(tile, CornerRadius::same(8), p.hover);
            let picture = if live.error.is_some() { icon::WARNING } else { icon::HOURGLASS_MEDIUM };
            glyph(ui.painter(), tile.center(), picture, icons::font(18.0), p.dim);
            ui.add_space(8.0);
            label(ui, &format!("Run {:.8}", live.id), theme::semibold(theme::TITLE), p.text);
        });
    });
}

/// Something that is known of the run: a name with its value below.
struct Fact {
    name: &'static str,
    value: String,
    /// What is remarkable of it.
    remark: Option<String>,
    tip: Option<String>,
    /// What a click on it does.
    leads: Option<Command>,
}

impl Fact {
    fn new(name: &'static str, value: String) -> Self {
        Self { name, value, remark: None, tip: None, leads: None }
    }

    /// Whether it was clicked.
    fn show(&self, ui: &mut Ui, p: &Palette) -> bool {
        let (small, body) = (theme::sans(theme::SMALL), theme::sans(theme::BODY));
        let remark = self.remark.as_deref().unwrap_or_default();
        let remark_width = width(ui, remark, body.clone());
        let value_width = width(ui, &self.value, body.clone()) + 1.0;
        let gap = if remark.is_empty() { 0.0 } else { 6.0 };
        let room = (value_width + gap + remark_width).max(width(ui, self.name, small.clone()));
        let mut clicked = false;
        ui.allocate_ui_with_layout(
            vec2(room.min(230.0) + 2.0, 40.0),
            egui::Layout::top_down(egui::Align::Min),
            |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.add_space(3.0);
                label(ui, self.name, small, p.faint);
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = gap;
                    let response = match &self.leads {
                        Some(_) => {
                            let response = link(ui, &self.value, body.clone());
                            clicked = response.clicked();
                            response
                        }
                        None => label(ui, &self.value, body.clone(), p.text),
                    };
                    if let Some(tip) = &self.tip {
                        response.on_hover_text(tip);
                    }
                    if !remark.is_empty() {
                        let response = label(ui, remark, body, p.retry);
                        if let Some(tip) = &self.tip {
                            response.on_hover_text(tip);
                        }
                    }
                });
            },
        );
        clicked
    }
}

fn facts(app: &App, run: &Run, now: Timestamp, offset: i32) -> Vec<Fact> {
    let started = run.started.unwrap_or(run.queued);
    let length = words::run_length(run, now);
    let took = length.map_or("–".to_owned(), words::duration);
    let mut took = Fact::new(if run.state.is_final() { "Took" } else { "So far" }, took);
    let usual = app.run.as_ref().and_then(|shown| shown.place.usual.as_ref()?.whole);
    if let (Some(usual), Some(length)) = (usual, length) {
        took.tip = Some(format!(
            "Usually {}; nine of ten of the last {} that succeeded took no longer than {}",
            words::duration_us(usual.median_us),
            words::count(usual.runs as usize, "run", "runs"),
            words::duration_us(usual.p90_us)
        ));
        let length = u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
        took.remark = usual.beyond(length).map(|more| format!("+{}", words::duration_us(more)));
    }
    let mut by = Fact::new("Started by", words::trigger(&run.head.trigger));
    if let Trigger::Parent { run, .. } = run.head.trigger {
        by.leads = Some(Command::OpenRun(run));
        by.tip = Some("Open the run that started this one".to_owned());
    }
    let mut facts =
        vec![Fact::new("Started", words::day_and_clock(started, now, offset)), took, by];
    let version = app.run.as_ref().map(|shown| &shown.place.version);
    let version = version.and_then(|version| Some((version.words()?, version.change_words())));
    if let Some((version, changes)) = version {
        let mut fact = Fact::new("Version", version);
        if let Some(changes) = changes {
            fact.leads = Some(Command::OfRun(RunCommand::ShowChanges));
            fact.tip = Some(format!("{changes}: show them"));
        }
        facts.push(fact);
    }
    facts
}

/// "Failed in Load warehouse", and the cause below. A run that still has a running task says Running, with the
/// failure below.
fn title(live: &LiveRun, run: &Run) -> (String, String) {
    let name = |key: &millrace_model::ids::TaskKey| {
        let task = live.snapshot.as_ref().and_then(|w| w.task(key.task.as_str()));
        task.map_or_else(|| key.to_string(), |task| task.shown_name().to_owned())
    };
    let failed = live.first_failed().map(|key| {
        let cause = run.task(key).and_then(|task| task.cause.as_ref());
        (name(key), cause.map(ToString::to_string).unwrap_or_default())
    });
    let word = sentence(run_look(Palette::by_theme(egui::Theme::Dark), run.state).word);
    match (run.state, failed) {
        (RunState::Failed, Some((task, cause))) => (format!("Failed in {task}"), sentence(&cause)),
        (RunState::Running | RunState::Paused, Some((task, cause))) => {
            (word, format!("{task} failed: {cause}"))
        }
        (_, _) => {
            let cause = run.cause.as_ref().map(|cause| sentence(&cause.to_string()));
            (word, cause.unwrap_or_else(|| counts(run)))
        }
    }
}

fn counts(run: &Run) -> String {
    use millrace_model::event::TaskState;
    let counts = run.counts();
    let done = counts[TaskState::Succeeded as usize];
    let all = run.tasks.len() - run.of_hooks().count();
    if all == 0 {
        return "No tasks".to_owned();
    }
    let done = words::grouped(done as u64);
    format!("{done} of {} succeeded", words::count(all, "task", "tasks"))
}

fn width(ui: &Ui, text: &str, font: egui::FontId) -> f32 {
    let ink = egui::Color32::PLACEHOLDER;
    ui.ctx().fonts_mut(|fonts| fonts.layout_no_wrap(text.to_owned(), font, ink)).size().x
}
