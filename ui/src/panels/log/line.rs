//! A line of a log as text: its colours, and the hits of a search.

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, Galley, Ui};
use regex::Regex;
use std::sync::Arc;

use crate::state::ansi::Ink;
use crate::state::log::{LineSource, LogLine};
use crate::theme::{self, Palette};

/// The line as it is drawn; broken at `wrap` points, where that is said.
pub(super) fn galley(
    ui: &Ui,
    line: &LogLine,
    hits: Option<&Regex>,
    wrap: Option<f32>,
) -> Arc<Galley> {
    let p = Palette::of(ui);
    let base = base(p, line.source);
    let mut job = LayoutJob::default();
    job.wrap.max_width = wrap.unwrap_or(f32::INFINITY);
    job.wrap.break_anywhere = true;
    let text = line.text();
    let marks: Vec<_> = match (hits, line.source) {
        (Some(hits), LineSource::Stdout | LineSource::Stderr) => {
            hits.find_iter(&text).map(|hit| hit.range()).filter(|hit| !hit.is_empty()).collect()
        }
        _ => Vec::new(),
    };
    let mut at = 0;
    for span in &line.spans {
        let color = span.style.color.map_or(base, |ink| ink_color(p, ink));
        let color = if span.style.faint { color.gamma_multiply(0.65) } else { color };
        let plain = TextFormat { font_id: theme::mono(theme::SMALL), color, ..Default::default() };
        let hit =
            TextFormat { background: p.retry.gamma_multiply(0.45), color: p.text, ..plain.clone() };
        let mut from = at;
        let end = at + span.text.len();
        for mark in &marks {
            let (start, stop) = (mark.start.clamp(from, end), mark.end.clamp(from, end));
            if start < stop {
                job.append(&text[from..start], 0.0, plain.clone());
                job.append(&text[start..stop], 0.0, hit.clone());
                from = stop;
            }
        }
        job.append(&text[from..end], 0.0, plain);
        at = end;
    }
    ui.ctx().fonts_mut(|fonts| fonts.layout_job(job))
}

/// The colour of what has none of its own.
pub(super) fn base(p: &Palette, source: LineSource) -> Color32 {
    match source {
        LineSource::Stdout => p.text.gamma_multiply(0.86),
        LineSource::Stderr => p.bad,
        LineSource::Note => p.faint,
    }
}

/// A terminal's colour, as it can be read on our ground.
fn ink_color(p: &Palette, ink: Ink) -> Color32 {
    match ink {
        Ink::Named(0) => p.faint,
        Ink::Named(1) => p.bad,
        Ink::Named(2) => p.ok,
        Ink::Named(3) => p.retry,
        Ink::Named(4) => p.accent,
        Ink::Named(5) => p.waiting,
        Ink::Named(6) => {
            if p.dark {
                Color32::from_rgb(0x4f, 0xc1, 0xc9)
            } else {
                Color32::from_rgb(0x0f, 0x7c, 0x86)
            }
        }
        Ink::Named(_) => p.text,
        Ink::Rgb(r, g, b) => readable(p, r, g, b),
    }
}

/// Very dark colours on dark ground, and very light ones on light ground, are moved towards the text's.
fn readable(p: &Palette, r: u8, g: u8, b: u8) -> Color32 {
    let light = (u32::from(r) * 3 + u32::from(g) * 6 + u32::from(b)) / 10;
    let unreadable = if p.dark { light < 70 } else { light > 180 };
    let color = Color32::from_rgb(r, g, b);
    if unreadable { color.lerp_to_gamma(p.text, 0.55) } else { color }
}
