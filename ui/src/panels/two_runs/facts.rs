//! What is known of both runs, side by side: what differs is bright, what is the same pale.

use egui::{ScrollArea, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};
use millrace_model::diff::text;
use millrace_model::event::Run;

use crate::app::{App, sentence};
use crate::command::{Command, TwoRunsCommand};
use crate::panels::padded;
use crate::state::longer_words;
use crate::theme::icons::icon;
use crate::theme::{self, Palette, icons, run_look};
use crate::widgets::{Button, elide, glyph, label, section_start, wrapped};
use crate::words;

/// Of a fact.
const FACT: f32 = 40.0;

/// Draws it.
pub(crate) fn two_runs_facts_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let now = app.backend.now();
    let Some(shown) = &app.two_runs else { return };
    let Some(compared) = &shown.view.compared else { return };
    let runs = compared.sides.each_ref().map(|side| side.run.clone());
    let longer = compared.longer_us();
    let (ran, params) = (compared.ran.clone(), compared.what.params.clone());
    let same = compared.what.same_params.join(", ");
    let offset = |run: &Run| app.backend.local_offset_secs(run.queued);
    let started = runs
        .each_ref()
        .map(|run| words::day_and_clock(run.started.unwrap_or(run.queued), now, offset(run)));
    let mut sent = Vec::new();
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        padded(ui, 16, 8, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            states_ui(ui, p, &runs);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                let half = ui.available_width() / 2.0;
                for (run, word) in runs.iter().zip(["older", "newer"]) {
                    let name = format!("Open the {word} run");
                    let words = format!("Run {:.8}", run.run);
                    let button = Button::secondary(&words).icon(icon::ARROW_RIGHT).name(&name);
                    if button.tip(name.clone()).width(half - 8.0).show(ui).clicked() {
                        sent.push(Command::OpenRun(run.run));
                    }
                    ui.add_space(8.0);
                }
            });
            let cause = |run: &Run| {
                run.cause.as_ref().map_or("–".to_owned(), |it| sentence(&it.to_string()))
            };
            let causes = runs.each_ref().map(|run| cause(run));
            if runs.iter().any(|run| run.cause.is_some()) {
                fact_ui(ui, p, "Why", causes.each_ref().map(String::as_str));
            }
            fact_ui(ui, p, "Started", started.each_ref().map(String::as_str));
            let by = runs.each_ref().map(|run| words::trigger(&run.head.trigger));
            fact_ui(ui, p, "Started by", by.each_ref().map(String::as_str));
            let took = |run: &Run| words::run_length(run, now).map_or("–".into(), words::duration);
            let lengths = runs.each_ref().map(|run| took(run));
            let name = longer.map_or("Took".to_owned(), |us| format!("Took, {}", longer_words(us)));
            fact_ui(ui, p, &name, lengths.each_ref().map(String::as_str));

            section_start(ui, "What they ran");
            let git = |run: &Run| run.head.origin.as_ref()?.git.as_ref().map(|git| git.in_words());
            let commits = runs.each_ref().map(|run| git(run));
            if commits.iter().any(Option::is_some) {
                let commits = commits.map(|words| words.unwrap_or_else(|| "–".to_owned()));
                fact_ui(ui, p, "Commit", commits.each_ref().map(String::as_str));
            }
            match ran.as_deref() {
                None => {
                    let text = "What one of them ran cannot be read.";
                    wrapped(ui, text, theme::sans(theme::BODY), p.faint);
                }
                Some("") => {
                    label(ui, "The same in both.", theme::sans(theme::BODY), p.dim);
                }
                Some(words) => {
                    wrapped(ui, &sentence(words), theme::sans(theme::BODY), p.retry);
                    ui.add_space(6.0);
                    let show = Button::secondary("Show what differs")
                        .icon(icon::CLOCK_COUNTER_CLOCKWISE)
                        .tip("Both on one canvas");
                    if show.show(ui).clicked() {
                        sent.push(Command::TwoRuns(TwoRunsCommand::Changes));
                    }
                }
            }
            if !params.is_empty() || !same.is_empty() {
                section_start(ui, "Parameters");
                for it in &params.found {
                    let sides = [&it.before, &it.after];
                    let sides = sides.map(|side| side.as_ref().map_or("–".to_owned(), text));
                    fact_ui(ui, p, &it.path, sides.each_ref().map(String::as_str));
                }
                if !same.is_empty() {
                    let words = format!("The same in both: {same}");
                    wrapped(ui, &words, theme::sans(theme::SMALL), p.faint);
                }
            }
        });
    });
    for command in sent {
        app.send(command);
    }
}

/// How both stand.
fn states_ui(ui: &mut Ui, p: &Palette, runs: &[std::sync::Arc<Run>; 2]) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 30.0));
    let half = rect.width() / 2.0;
    for (side, run) in runs.iter().enumerate() {
        let look = run_look(p, run.state);
        let left = rect.left() + half * side as f32;
        let middle = rect.center().y;
        glyph(
            ui.painter(),
            pos2(left + 8.0, middle),
            look.icon,
            icons::fill_font(16.0),
            look.color,
        );
        let words = sentence(look.word);
        let galley = elide(ui.ctx(), &words, theme::semibold(theme::BODY), p.text, half - 28.0);
        ui.painter().galley(pos2(left + 22.0, middle - galley.size().y / 2.0), galley, p.text);
    }
    let words = format!("{}, {}", runs[0].state.word(), runs[1].state.word());
    ui.interact(rect, ui.id().with("states"), Sense::hover())
        .widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
}

/// A name, and both values below it.
fn fact_ui(ui: &mut Ui, p: &Palette, name: &str, values: [&str; 2]) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), FACT));
    let half = rect.width() / 2.0;
    let small = elide(ui.ctx(), name, theme::sans(theme::SMALL), p.faint, rect.width());
    ui.painter().galley(pos2(rect.left(), rect.top() + 4.0), small, p.faint);
    let differs = values[0] != values[1];
    let ink = if differs { p.text } else { p.dim };
    let mut cut = false;
    for (side, value) in values.into_iter().enumerate() {
        let galley = elide(ui.ctx(), value, theme::sans(theme::BODY), ink, half - 8.0);
        cut |= galley.elided;
        ui.painter().galley(pos2(rect.left() + half * side as f32, rect.top() + 20.0), galley, ink);
    }
    let words = format!("{name}: {}, {}", values[0], values[1]);
    let response = ui.interact(rect, ui.id().with(("fact", name)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
    if cut {
        response.on_hover_text(format!("{}\n\n{}", values[0], values[1]));
    }
}
