//! The live view on a terminal: when it is drawn, and drawing it without flicker.
//!
//! Three sequences that every terminal knows (cursor up, clear line, clear below) and one write for a frame:
//! no crate for whole-screen programs is needed. What is in a frame is decided in `frame`.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use millrace_model::event::Run;

use super::frame::Scene;
use super::probe::Probe;
use crate::failure::Failure;
use crate::link::Link;
use crate::out::{self, Out};
use crate::text::human;
use crate::text::style::Style;
use crate::text::table::width;

/// Between two frames, at least.
const FRAME: Duration = Duration::from_millis(80);
/// A run that ends before this is shown only by its end: no flashing for what takes no time.
const FIRST_FRAME: Duration = Duration::from_millis(120);

/// The live view.
pub(super) struct Live {
    style: Style,
    ticks: Interval,
    screen: Screen,
    probe: Probe,
    notice: Option<String>,
}

impl Live {
    /// Nothing is drawn yet. Needs a runtime.
    pub(super) fn new(style: Style) -> Self {
        let mut ticks = interval_at(Instant::now() + FIRST_FRAME, FRAME);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { style, ticks, screen: Screen::default(), probe: Probe::new(), notice: None }
    }

    /// Something is to be said about the watching itself.
    pub(super) fn notice(&mut self, text: Option<&str>) {
        self.notice = text.map(ToOwned::to_owned);
    }

    /// Until the next frame is due. May be dropped while waiting.
    pub(super) async fn tick(&mut self) {
        self.ticks.tick().await;
    }

    /// Draws a frame, where it differs from the last one.
    pub(super) fn redraw(&mut self, run: &Run, link: &Link, out: &mut Out) -> Result<(), Failure> {
        self.probe.look(run, link);
        let Some((columns, rows)) = out::size() else { return Ok(()) };
        // The last row stays free: the cursor rests there.
        self.draw(run, columns, rows.saturating_sub(1), out)
    }

    /// Draws the last frame: all tasks, as far as a screen holds them.
    pub(super) fn last(&mut self, run: &Run, out: &mut Out) -> Result<(), Failure> {
        self.notice = None;
        let (columns, rows) = out::size().unwrap_or((80, 24));
        // Room for what follows: the result and the reasons.
        self.draw(run, columns, rows.saturating_sub(4), out)
    }

    /// The frame stays as it is.
    pub(super) fn leave(&mut self) {
        self.screen = Screen::default();
    }

    fn draw(
        &mut self,
        run: &Run,
        columns: usize,
        rows: usize,
        out: &mut Out,
    ) -> Result<(), Failure> {
        let scene = Scene {
            run,
            now: human::now(),
            remarks: self.probe.remarks(),
            notice: self.notice.as_deref(),
            style: self.style,
            // A line that fills the last column makes some terminals wrap.
            columns: columns.saturating_sub(1),
            rows,
        };
        if let Some(update) = self.screen.update(scene.lines(), columns) {
            out.write(&update)?;
        }
        Ok(())
    }
}

/// What stands on the terminal, above the cursor.
#[derive(Debug, Default)]
struct Screen {
    lines: Vec<String>,
}

impl Screen {
    /// What to write so that `lines` stand there instead; none where they do already.
    fn update(&mut self, lines: Vec<String>, columns: usize) -> Option<String> {
        if lines == self.lines {
            return None;
        }
        // A terminal that became narrower has wrapped the old lines.
        let above: usize =
            self.lines.iter().map(|line| width(line).div_ceil(columns.max(1)).max(1)).sum();
        // Terminals that know it show the frame at once (synchronized output); the others ignore it.
        let mut text = String::from("\x1b[?2026h\r");
        if above > 0 {
            text.push_str(&format!("\x1b[{above}A"));
        }
        for line in &lines {
            text.push_str(line);
            text.push_str("\x1b[K\r\n");
        }
        text.push_str("\x1b[J\x1b[?2026l");
        self.lines = lines;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_drawn_over_the_one_before_and_only_when_it_differs() {
        let mut screen = Screen::default();
        let lines = |text: &str| text.lines().map(ToOwned::to_owned).collect::<Vec<_>>();
        let first = screen.update(lines("a\nb"), 80).unwrap();
        assert_eq!(first, "\x1b[?2026h\ra\x1b[K\r\nb\x1b[K\r\n\x1b[J\x1b[?2026l");
        assert_eq!(screen.update(lines("a\nb"), 80), None);
        let second = screen.update(lines("c"), 80).unwrap();
        assert!(second.starts_with("\x1b[?2026h\r\x1b[2Ac\x1b[K"), "{second:?}");
    }

    #[test]
    fn lines_that_a_narrower_terminal_wrapped_are_drawn_over_too() {
        let mut screen = Screen::default();
        screen.update(vec!["x".repeat(50), "y".to_owned()], 80);
        let update = screen.update(vec!["z".to_owned()], 20).unwrap();
        assert!(update.contains("\x1b[4A"), "{update:?}");
    }
}
