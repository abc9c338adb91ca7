//! A window without a window: input in, shapes and triangles out, a clock of its own.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::bail;
use egui::{
    Context, Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, RawInput, Rect,
    TouchPhase, ViewportId, vec2,
};
use millrace_ui::{App, Settings};

use crate::daemon::{Mail, Wire};
use crate::live_run::FRAMES_A_SECOND;
use crate::storm::FRAMES;

/// Frames that a figure is the median of.
const MANY: usize = 41;

/// What following a run cost.
pub(crate) struct Followed {
    /// The share of a core that the frames took, in percent.
    pub(crate) core: f64,
    /// The longest frame.
    pub(crate) longest_ms: f64,
    /// At most so long after the last event the end of the run was in view.
    pub(crate) lag_ms: f64,
}

pub(crate) struct Stage {
    ctx: Context,
    app: App,
    mail: Rc<RefCell<Mail>>,
    time: f64,
    /// When the ui wants the next frame by itself.
    next: Duration,
}

impl Stage {
    pub(crate) fn new(text: String) -> Self {
        Self::with(text, Settings::default())
    }

    /// The same as a person left its settings.
    pub(crate) fn with(text: String, settings: Settings) -> Self {
        let mail = Rc::new(RefCell::new(Mail::new(text)));
        let bridge = Box::new(Wire(Rc::clone(&mail)));
        let settings = Settings { first_steps_closed: true, ..settings };
        let app = App::new(bridge, settings, Some("/home/ada/large.json".to_owned()));
        Self { ctx: Context::default(), app, mail, time: 0.0, next: Duration::ZERO }
    }

    /// From the arrival of the document to the end of all frames that it makes.
    pub(crate) fn open(&mut self) -> anyhow::Result<f64> {
        for _ in 0..8 {
            self.frame(Vec::new());
        }
        if self.mail.borrow().held_back.is_none() {
            bail!("the ui did not ask for the document");
        }
        self.mail.borrow_mut().deliver();
        Ok(self.until_still(Vec::new()))
    }

    /// The middle frame of a drag of the canvas.
    pub(crate) fn pan(&mut self) -> f64 {
        let middle = Pos2::new(660.0, 330.0);
        self.frame(vec![Event::PointerMoved(middle)]);
        self.frame(vec![button(middle, true)]);
        let times: Vec<f64> = (1..=MANY)
            .map(|step| {
                let way = if step % 2 == 0 { 4.0 } else { 11.0 };
                self.frame(vec![Event::PointerMoved(middle + vec2(way, way))])
            })
            .collect();
        self.frame(vec![button(middle, false)]);
        self.until_still(Vec::new());
        median(times)
    }

    /// The middle frame while nothing changes but something else wants a frame.
    pub(crate) fn replay(&mut self) -> f64 {
        self.until_still(vec![Event::PointerGone]);
        median((0..MANY).map(|_| self.frame(Vec::new())).collect())
    }

    /// How many frames the ui asks for by itself in ten seconds.
    pub(crate) fn idle(&mut self) -> f64 {
        self.until_still(vec![Event::PointerGone]);
        let end = self.time + 10.0;
        let mut frames = 0;
        while self.time + self.next.as_secs_f64() < end {
            self.time += self.next.as_secs_f64();
            self.frame(Vec::new());
            frames += 1;
        }
        f64::from(frames)
    }

    /// The longest frame while a thousand runs begin and end within a second.
    pub(crate) fn storm(&mut self) -> anyhow::Result<f64> {
        self.until_still(vec![Event::PointerGone]);
        self.mail.borrow_mut().begin_storm()?;
        let mut longest = self.frame(Vec::new());
        for _ in 0..FRAMES {
            self.mail.borrow_mut().go_on()?;
            longest = longest.max(self.frame(Vec::new()));
        }
        self.until_still(Vec::new());
        Ok(longest)
    }

    /// Opens the run of ten thousand items.
    pub(crate) fn show_large_run(&mut self) -> anyhow::Result<()> {
        self.mail.borrow_mut().show_large_run()?;
        self.until_still(Vec::new());
        Ok(())
    }

    /// Opens the second of two runs of one workflow.
    pub(crate) fn show_pair(&mut self) -> anyhow::Result<()> {
        self.mail.borrow_mut().show_pair()?;
        self.until_still(Vec::new());
        Ok(())
    }

    /// Opens a run that is under way.
    pub(crate) fn show_live_run(&mut self) -> anyhow::Result<()> {
        self.mail.borrow_mut().show_live_run()?;
        self.until_still(Vec::new());
        Ok(())
    }

    /// Follows it to its end.
    pub(crate) fn follow(&mut self) -> anyhow::Result<Followed> {
        let (mut all_ms, mut longest_ms, mut frames) = (0.0, 0.0_f64, 0);
        while self.mail.borrow_mut().go_on_live()? {
            let ms = self.frame(Vec::new());
            (all_ms, longest_ms, frames) = (all_ms + ms, longest_ms.max(ms), frames + 1);
        }
        let span_ms = 1e3 * f64::from(frames) / FRAMES_A_SECOND as f64;
        // What came last is in view when nothing more wants to be drawn soon.
        let (mut lag_ms, mut tries) = (longest_ms, 0);
        while self.next <= Duration::from_millis(100) {
            let frame_ms = 1e3 / FRAMES_A_SECOND as f64;
            lag_ms += self.frame(Vec::new()).max(frame_ms);
            tries += 1;
            if tries > 600 {
                bail!("the window does not come to rest");
            }
        }
        if !self.app.probe().contains("\"state\":\"succeeded\"") {
            bail!("the end of the run is not shown");
        }
        Ok(Followed { core: 100.0 * all_ms / span_ms, longest_ms, lag_ms })
    }

    /// Unfolds the only task of its timeline.
    pub(crate) fn unfold_timeline(&mut self) -> anyhow::Result<()> {
        // The caret of the first row: behind the rail, below bar, head, tabs and axis.
        let caret = Pos2::new(66.0, 198.0);
        self.frame(vec![Event::PointerMoved(caret)]);
        for pressed in [true, false] {
            let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
            self.frame(vec![Event::PointerButton { pos: caret, button, pressed, modifiers }]);
        }
        self.until_still(Vec::new());
        let probe = self.app.probe();
        if !probe.contains("\"rows\":10001") {
            bail!("the items are not unfolded: {probe:.2000}");
        }
        Ok(())
    }

    /// Gives a command by its name; gives the time of all frames that it makes. What the ui tells of itself then has these
    /// words.
    pub(crate) fn show(&mut self, command: &str, words: &str) -> anyhow::Result<f64> {
        self.press(Modifiers::COMMAND, Key::K);
        self.write(command);
        let took = self.press(Modifiers::NONE, Key::Enter) + self.until_still(Vec::new());
        let probe = self.app.probe();
        if !probe.contains(words) {
            bail!("{command} does not show {words}: {probe:.2000}");
        }
        Ok(took)
    }

    /// The middle frame while the wheel turns.
    pub(crate) fn wheel(&mut self, modifiers: Modifiers) -> f64 {
        let middle = Pos2::new(700.0, 330.0);
        self.frame(vec![Event::PointerMoved(middle), Event::ModifiersChanged(modifiers)]);
        let times: Vec<f64> = (0..MANY)
            .map(|step| {
                let delta = vec2(0.0, if step % 8 == 7 { 40.0 } else { -90.0 });
                let (unit, phase) = (MouseWheelUnit::Point, TouchPhase::Move);
                self.frame(vec![Event::MouseWheel { unit, delta, modifiers, phase }])
            })
            .collect();
        self.until_still(vec![Event::ModifiersChanged(Modifiers::NONE)]);
        median(times)
    }

    /// The library has so many workflows.
    pub(crate) fn fill_library(&mut self, workflows: usize) {
        self.mail.borrow_mut().fill_library(workflows);
    }

    /// The daemon's history has so many runs.
    pub(crate) fn remember(&mut self, runs: u64) {
        self.mail.borrow_mut().remember(runs);
    }

    /// The middle and the longest frame while a list is scrolled from its start to its end.
    pub(crate) fn scroll(&mut self, rows: u64) -> (f64, f64) {
        let middle = Pos2::new(720.0, 500.0);
        self.frame(vec![Event::PointerMoved(middle)]);
        let steps = 400;
        let delta = vec2(0.0, -(rows as f32) * 36.0 / steps as f32);
        let times: Vec<f64> = (0..steps)
            .map(|_| {
                self.frame(vec![Event::MouseWheel {
                    unit: MouseWheelUnit::Point,
                    delta,
                    phase: TouchPhase::Move,
                    modifiers: Modifiers::NONE,
                }])
            })
            .collect();
        let longest = times.iter().copied().fold(0.0, f64::max);
        (median(times), longest)
    }

    /// Text that is typed, to the end of all frames that it makes.
    pub(crate) fn write(&mut self, text: &str) -> f64 {
        self.until_still(vec![Event::Text(text.to_owned())])
    }

    /// A key, from its press to the end of all frames that it makes.
    pub(crate) fn press(&mut self, modifiers: Modifiers, key: Key) -> f64 {
        let event =
            |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        let took = self.until_still(vec![event(true)]);
        self.frame(vec![event(false)]);
        took
    }

    /// Makes frames until the ui wants none at once; gives the time of all of them.
    fn until_still(&mut self, events: Vec<Event>) -> f64 {
        let mut all = self.frame(events);
        for _ in 0..100 {
            if self.next > Duration::from_millis(100) {
                break;
            }
            all += self.frame(Vec::new());
        }
        all
    }

    /// Makes a frame; gives its time in milliseconds.
    fn frame(&mut self, events: Vec<Event>) -> f64 {
        self.time += 1.0 / 60.0;
        let modifiers = events.iter().find_map(|event| match event {
            Event::Key { modifiers, pressed: true, .. } => Some(*modifiers),
            _ => None,
        });
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1440.0, 900.0))),
            time: Some(self.time),
            focused: true,
            ..RawInput::default()
        };
        input.events.extend(modifiers.map(Event::ModifiersChanged));
        input.events.extend(events);
        self.mail.borrow_mut().answer();
        let started = Instant::now();
        let app = &mut self.app;
        let mut output = self.ctx.run_ui(input, |ui| app.ui(ui));
        let shapes = std::mem::take(&mut output.shapes);
        let triangles = self.ctx.tessellate(shapes, output.pixels_per_point);
        let ms = started.elapsed().as_secs_f64() * 1e3;
        drop(triangles);
        let next = output.viewport_output.get(&ViewportId::ROOT);
        self.next = next.map_or(Duration::MAX, |viewport| viewport.repaint_delay);
        output.drop_without_applying_deltas();
        ms
    }
}

fn button(pos: Pos2, pressed: bool) -> Event {
    let modifiers = Modifiers::NONE;
    Event::PointerButton { pos, button: PointerButton::Middle, pressed, modifiers }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
