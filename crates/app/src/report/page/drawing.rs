//! The timeline of a report, as SVG within the page.

use maud::{Markup, html};
use millrace_model::timeline::{BarKind, bars, critical_path};

use super::super::{Report, words};
use super::title_of;

const WIDTH: f64 = 1_060.0;
const LEFT: f64 = 240.0;
const RIGHT: f64 = 130.0;
const ROW: f64 = 26.0;
const AXIS: f64 = 24.0;
const BAR: f64 = 12.0;
/// So many rows.
const MAX_ROWS: usize = 500;
/// So many letters of a title.
const MAX_TITLE: usize = 32;

pub(super) fn timeline(report: &Report) -> Markup {
    let run = &report.run;
    let begin = run.started.unwrap_or(run.queued);
    let end = run.ended.unwrap_or(report.made);
    let length = (end.0.saturating_sub(begin.0)).max(1_000) as f64;
    let plot = WIDTH - LEFT - RIGHT;
    let x = |at: i64| LEFT + ((at.saturating_sub(begin.0)) as f64 / length).clamp(0.0, 1.0) * plot;
    let critical =
        report.workflow.as_ref().map(|flow| critical_path(run, flow)).unwrap_or_default();
    let rows: Vec<_> = run.tasks.iter().take(MAX_ROWS).collect();
    let left_out = run.tasks.len() - rows.len();
    let height = AXIS + ROW * rows.len() as f64 + 4.0;
    let fine = |number: f64| format!("{number:.1}");
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {height}")) width="100%" role="img" aria-label="When each task waited and ran" xmlns="http://www.w3.org/2000/svg" {
            @for part in 0..=4 {
                @let at = length * f64::from(part) / 4.0;
                @let left = LEFT + plot * f64::from(part) / 4.0;
                line.grid x1=(fine(left)) x2=(fine(left)) y1=(AXIS - 4.0) y2=(height) {}
                text.axis x=(fine(left)) y="14" text-anchor="middle" { (words::micros(at as u64)) }
            }
            @for (index, (key, task)) in rows.into_iter().enumerate() {
                @let top = AXIS + ROW * index as f64;
                @let middle = top + ROW / 2.0;
                text x="0" y=(fine(middle + 4.0)) { (cut(&title_of(report, key))) }
                @let all = bars(task);
                @for bar in &all {
                    @let from = x(bar.from.0);
                    @let to = x(bar.until.unwrap_or(end).0);
                    @let width = (to - from).max(if matches!(bar.kind, BarKind::Try(_)) { 1.5 } else { 0.0 });
                    rect class=(class(bar.kind)) x=(fine(from)) y=(fine(middle - BAR / 2.0)) width=(fine(width)) height=(fine(BAR)) rx="2" {}
                }
                @if critical.contains(&key.task) {
                    @if let (Some(first), Some(last)) = (all.first(), all.last()) {
                        @let y = fine(middle + BAR / 2.0 + 2.5);
                        line.critical x1=(fine(x(first.from.0))) x2=(fine(x(last.until.unwrap_or(end).0))) y1=(y) y2=(y) {}
                    }
                }
                @if all.is_empty() {
                    text.axis x=(fine(LEFT + 6.0)) y=(fine(middle + 4.0)) { (task.state.label()) }
                }
                text.axis x=(fine(WIDTH - RIGHT + 12.0)) y=(fine(middle + 4.0)) {
                    (task.duration_us().map(words::micros).unwrap_or_default())
                    @if task.attempts.len() > 1 { " · " (task.attempts.len()) " tries" }
                }
            }
        }
        @if left_out > 0 { p.dim { (left_out) " more tasks are left out of the timeline." } }
        p.faint { "Pale: waiting for a place (grey), for the next try (orange), for a time, an answer or something outside (violet). Underlined: what determined when the run ended." }
    }
}

fn class(kind: BarKind) -> String {
    match kind {
        BarKind::Queue => "bar-queue".to_owned(),
        BarKind::Delay => "bar-delay".to_owned(),
        BarKind::Wait => "bar-wait".to_owned(),
        BarKind::Try(state) => format!("bar-{}", state.word()),
    }
}

fn cut(title: &str) -> String {
    match title.char_indices().nth(MAX_TITLE) {
        None => title.to_owned(),
        Some((end, _)) => format!("{}…", &title[..end]),
    }
}
