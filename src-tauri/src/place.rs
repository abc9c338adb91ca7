//! Where the window lay and how large it was, brought back onto the screens that there are.
//!
//! Pure but for asking the window; `memory` keeps it.

use serde::{Deserialize, Serialize};
use tauri::{Monitor, WebviewWindow};

/// At least so much of the window's head is on a screen, in pixels: enough to take hold of it.
const GRIP: [i64; 2] = [120, 32];

/// A place on the screens, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    x: i32,
    y: i32,
    /// Of what is in the frame.
    width: u32,
    height: u32,
    maximized: bool,
}

/// What of a screen a window may cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Area {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
}

impl Place {
    /// Where a window lies; where it is maximised, where it would lie otherwise is taken over from `before`.
    pub(crate) fn of(window: &WebviewWindow, before: Option<Self>) -> Option<Self> {
        let maximized = window.is_maximized().ok()?;
        if let (true, Some(before)) = (maximized, before) {
            return Some(Self { maximized, ..before });
        }
        let (at, size) = (window.outer_position().ok()?, window.inner_size().ok()?);
        Some(Self { x: at.x, y: at.y, width: size.width, height: size.height, maximized })
    }

    /// Puts a window there, as far as the screens allow.
    pub(crate) fn put(self, window: &WebviewWindow) {
        let monitors = window.available_monitors().unwrap_or_default();
        let areas: Vec<Area> = monitors.iter().map(Area::of).collect();
        let (size, at) = self.healed(&areas);
        // A window manager may refuse each; the window is usable all the same.
        let _sized = window.set_size(tauri::PhysicalSize::new(size[0], size[1]));
        let _placed = match at {
            Some([x, y]) => window.set_position(tauri::PhysicalPosition::new(x, y)),
            None => window.center(),
        };
        if self.maximized {
            let _maximized = window.maximize();
        }
    }

    /// The size, no larger than the screen it is on, and the place; none where nobody could take hold of the window.
    fn healed(self, areas: &[Area]) -> ([u32; 2], Option<[i32; 2]>) {
        let reach = |area: &Area| {
            let [x, y] = [i64::from(self.x), i64::from(self.y)];
            let right = (x + i64::from(self.width)).min(area.right());
            let width = right - x.max(i64::from(area.x));
            let is_head_in = y >= i64::from(area.y) && y + GRIP[1] <= area.bottom();
            if is_head_in { width } else { 0 }
        };
        let on = areas.iter().max_by_key(|area| reach(area));
        let Some(area) = on else { return ([self.width, self.height], None) };
        let size = [self.width.min(area.width), self.height.min(area.height)];
        (size, (reach(area) >= GRIP[0]).then_some([self.x, self.y]))
    }
}

impl Area {
    fn of(monitor: &Monitor) -> Self {
        let area = monitor.work_area();
        let (at, size) = (area.position, area.size);
        Self { x: at.x, y: at.y, width: size.width, height: size.height }
    }

    fn right(&self) -> i64 {
        i64::from(self.x) + i64::from(self.width)
    }

    fn bottom(&self) -> i64 {
        i64::from(self.y) + i64::from(self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Area = Area { x: 0, y: 0, width: 1920, height: 1080 };
    const RIGHT: Area = Area { x: 1920, y: 0, width: 2560, height: 1440 };

    fn place(x: i32, y: i32, width: u32, height: u32) -> Place {
        Place { x, y, width, height, maximized: false }
    }

    #[test]
    fn a_place_on_a_screen_stays() {
        assert_eq!(place(100, 50, 1280, 800).healed(&[LEFT]), ([1280, 800], Some([100, 50])));
        assert_eq!(place(2000, 50, 2000, 1200).healed(&[LEFT, RIGHT]).1, Some([2000, 50]));
        // Partly outside is what a person did.
        assert_eq!(place(-900, 50, 1280, 800).healed(&[LEFT]).1, Some([-900, 50]));
    }

    #[test]
    fn where_the_screen_is_gone_or_the_head_out_of_reach_it_goes_to_the_middle() {
        let gone = place(2000, 50, 2000, 1200);
        assert_eq!(gone.healed(&[LEFT]), ([1920, 1080], None));
        for [x, y] in [[-1200, 50], [1850, 50], [100, -40], [100, 1070], [100, 5000]] {
            assert_eq!(place(x, y, 1280, 800).healed(&[LEFT]).1, None, "{x} {y}");
        }
        assert_eq!(place(0, 0, 800, 600).healed(&[]), ([800, 600], None));
    }
}
