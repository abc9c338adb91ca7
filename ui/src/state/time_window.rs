//! Which part of a span of time is in view: all of it, or a part that was zoomed to. And where its axis has ticks.

const MS: f64 = 1_000.0;
const SEC: f64 = 1_000_000.0;
const MIN: f64 = 60.0 * SEC;
const HOUR: f64 = 60.0 * MIN;
const DAY: f64 = 24.0 * HOUR;
/// No less is shown at once, in microseconds.
const SMALLEST: f64 = 1_000.0;
/// Steps that people count in, in microseconds.
const STEPS: [f64; 31] = [
    MS / 10.0,
    MS / 5.0,
    MS / 2.0,
    MS,
    2.0 * MS,
    5.0 * MS,
    10.0 * MS,
    20.0 * MS,
    50.0 * MS,
    100.0 * MS,
    200.0 * MS,
    500.0 * MS,
    SEC,
    2.0 * SEC,
    5.0 * SEC,
    10.0 * SEC,
    15.0 * SEC,
    30.0 * SEC,
    MIN,
    2.0 * MIN,
    5.0 * MIN,
    10.0 * MIN,
    15.0 * MIN,
    30.0 * MIN,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
    DAY,
    7.0 * DAY,
];

/// A part of a span of time, in microseconds from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct TimeWindow {
    /// From here to there; none = all, however long that gets.
    part: Option<(f64, f64)>,
}

impl TimeWindow {
    /// What is in view of a span of this length.
    pub(crate) fn shown(&self, length: f64) -> (f64, f64) {
        self.part.unwrap_or((0.0, length.max(SMALLEST)))
    }

    /// All is in view.
    pub(crate) fn is_all(&self) -> bool {
        self.part.is_none()
    }

    /// Shows all.
    pub(crate) fn fit(&mut self) {
        self.part = None;
    }

    /// Shows from here to there, with some room around it.
    pub(crate) fn show(&mut self, length: f64, from: f64, to: f64) {
        let room = ((to - from) * 0.1).max(SMALLEST / 2.0);
        self.set(length, from - room, to + room);
    }

    /// Shows so many times as much detail; what is at this part of the width stays there.
    pub(crate) fn zoom(&mut self, length: f64, by: f64, at: f64) {
        let (from, to) = self.shown(length);
        let fixed = from + (to - from) * at;
        let by = by.clamp(0.05, 20.0);
        self.set(length, fixed - (fixed - from) / by, fixed + (to - fixed) / by);
    }

    /// Goes on by this part of the width.
    pub(crate) fn pan(&mut self, length: f64, by: f64) {
        let Some((from, to)) = self.part else { return };
        let way = (to - from) * by;
        let way = way.clamp(-from, (length - to).max(0.0).max(-from));
        self.set(length, from + way, to + way);
    }

    fn set(&mut self, length: f64, from: f64, to: f64) {
        let length = length.max(SMALLEST);
        let width = (to - from).max(SMALLEST);
        if width >= length {
            return self.fit();
        }
        let from = from.clamp(0.0, length - width);
        self.part = Some((from, from + width));
    }
}

/// Where the axis has ticks: at most one for each `room` points of `width`, at steps that people count in.
pub(crate) fn ticks((from, to): (f64, f64), width: f32, room: f32) -> (Vec<f64>, f64) {
    let most = f64::from((width / room).max(1.0));
    let least = (to - from) / most;
    let step = STEPS.iter().copied().find(|step| *step >= least).unwrap_or_else(|| {
        let weeks = 7.0 * DAY;
        (least / weeks).ceil() * weeks
    });
    let first = (from / step).ceil() as i64;
    let last = (to / step).floor() as i64;
    ((first..=last).take(1_000).map(|tick| tick as f64 * step).collect(), step)
}

/// `0`, `2.5 s`, `1:30`, `2 h 15`: a tick, as exact as the step asks for.
pub(crate) fn tick_words(at: f64, step: f64) -> String {
    if at <= 0.0 {
        return "0".to_owned();
    }
    if step < MS {
        return format!("{:.1} ms", at / MS);
    }
    if step < SEC && at < SEC {
        return format!("{:.0} ms", at / MS);
    }
    if step < SEC && at < MIN {
        let places = if step < 10.0 * MS {
            3
        } else if step < 100.0 * MS {
            2
        } else {
            1
        };
        return format!("{:.places$} s", at / SEC);
    }
    let secs = (at / SEC).round() as u64;
    let (days, hours, mins, secs) = (secs / 86_400, secs / 3_600 % 24, secs / 60 % 60, secs % 60);
    if step < SEC {
        let part = (at % MIN) / SEC;
        return format!("{}:{part:04.1}", secs_to_minutes(at));
    }
    match (days, hours, mins, secs) {
        (0, 0, 0, secs) => format!("{secs} s"),
        (0, 0, mins, secs) if step < MIN => format!("{mins}:{secs:02}"),
        (0, 0, mins, _) => format!("{mins} min"),
        (0, hours, mins, secs) if step < MIN => format!("{hours}:{mins:02}:{secs:02}"),
        (0, hours, 0, _) => format!("{hours} h"),
        (0, hours, mins, _) => format!("{hours} h {mins:02}"),
        (days, 0, 0, _) => format!("{days} d"),
        (days, hours, 0, _) => format!("{days} d {hours} h"),
        (days, hours, mins, _) => format!("{days} d {hours}:{mins:02}"),
    }
}

fn secs_to_minutes(at: f64) -> u64 {
    (at / MIN).floor() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_at_steps_that_people_count_in() {
        let (found, step) = ticks((0.0, 12.4 * SEC), 600.0, 80.0);
        assert_eq!(step, 2.0 * SEC);
        assert_eq!(found.len(), 7);
        let words: Vec<String> = found.iter().map(|at| tick_words(*at, step)).collect();
        assert_eq!(words, ["0", "2 s", "4 s", "6 s", "8 s", "10 s", "12 s"]);
        let (_, step) = ticks((0.0, 300.0 * DAY), 600.0, 80.0);
        assert_eq!(step % (7.0 * DAY), 0.0);
        assert!(ticks((0.0, 1e18), 600.0, 80.0).0.len() < 10);
        assert!(ticks((0.0, 1_000.0), 600.0, 80.0).0.len() >= 3);
    }

    #[test]
    fn ticks_say_no_more_than_the_step() {
        for (at, step, words) in [
            (0.25 * SEC, 50.0 * MS, "250 ms"),
            (1.25 * SEC, 50.0 * MS, "1.25 s"),
            (90.0 * SEC, 30.0 * SEC, "1:30"),
            (120.0 * SEC, MIN, "2 min"),
            (2.25 * HOUR, 15.0 * MIN, "2 h 15"),
            (3.0 * HOUR, HOUR, "3 h"),
            (1.5 * DAY, 12.0 * HOUR, "1 d 12 h"),
            (3_661.0 * SEC, SEC, "1:01:01"),
        ] {
            assert_eq!(tick_words(at, step), words);
        }
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let mut window = TimeWindow::default();
        let length = 100.0 * SEC;
        window.zoom(length, 4.0, 0.25);
        let (from, to) = window.shown(length);
        assert!((from + (to - from) * 0.25 - 25.0 * SEC).abs() < 1.0);
        assert!((to - from - 25.0 * SEC).abs() < 1.0);
        window.pan(length, 100.0);
        assert_eq!(window.shown(length).1, length);
        window.pan(length, -100.0);
        assert_eq!(window.shown(length).0, 0.0);
        window.zoom(length, 1e-9, 0.5);
        assert!(window.is_all() || window.shown(length).1 - window.shown(length).0 > 25.0 * SEC);
        for _ in 0..200 {
            window.zoom(length, 20.0, 0.5);
        }
        let (from, to) = window.shown(length);
        assert!(to - from >= SMALLEST * 0.999);
        window.fit();
        assert_eq!(window.shown(length), (0.0, length));
    }
}
