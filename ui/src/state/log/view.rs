//! Where in a log the view is, and how it moves through pages that may not be there yet.

use super::page::{PAGE, page_of};
use super::{LineSource, Log, LogLine};

/// Where the view is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    /// The line at the top.
    pub(crate) top: Cursor,
    /// Points of it that are above the top.
    pub(crate) shift: f32,
    /// Points to the left of the view.
    pub(crate) left: f32,
    /// The end is in view and stays there.
    pub(crate) follows: bool,
    /// Where the view is to be as soon as that is loaded.
    pub(crate) goal: Option<Goal>,
    /// The line that was gone to, by the offset at which it ends.
    pub(crate) aim: Option<u64>,
    /// The number of the line where the view is to be; where it begins is asked for.
    pub(crate) line: Option<u64>,
}

/// A line by its place: the page, and the place within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    pub(crate) page: u64,
    pub(crate) index: usize,
}

/// A line to be brought into view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Goal {
    /// A byte of it.
    pub(crate) offset: u64,
    /// Where it comes from, where lines of both streams have this byte between their ends.
    pub(crate) source: Option<LineSource>,
    /// It is to be at the very top; else with some lines above it.
    pub(crate) at_top: bool,
}

impl Goal {
    /// The line with this byte.
    pub(crate) fn to(offset: u64) -> Self {
        Self { offset, source: None, at_top: false }
    }
}

impl Default for View {
    fn default() -> Self {
        let top = Cursor { page: 0, index: 0 };
        Self { top, shift: 0.0, left: 0.0, follows: true, goal: None, aim: None, line: None }
    }
}

impl Log {
    /// A line, where its page is loaded.
    pub(crate) fn line(&self, at: Cursor) -> Option<&LogLine> {
        self.pages.get(&at.page)?.line(at.index)
    }

    /// The last line; none where its page is not loaded, or there is none.
    pub(crate) fn last(&self) -> Option<Cursor> {
        let mut page = self.last_page();
        loop {
            let len = self.pages.get(&page)?.len();
            if len > 0 {
                return Some(Cursor { page, index: len - 1 });
            }
            page = self.page_before(page)?;
        }
    }

    /// The line after this one; none at the end, and where it is not loaded.
    pub(crate) fn after(&self, at: Cursor) -> Option<Cursor> {
        let mut next = Cursor { index: at.index + 1, ..at };
        loop {
            if next.index < self.pages.get(&next.page)?.len() {
                return Some(next);
            }
            if next.page >= self.last_page() {
                return None;
            }
            next = Cursor { page: self.page_after(next.page), index: 0 };
        }
    }

    /// The line before this one; none at the beginning, and where it is not loaded.
    pub(crate) fn before(&self, at: Cursor) -> Option<Cursor> {
        if let Some(index) = at.index.checked_sub(1) {
            return Some(Cursor { index, ..at });
        }
        let mut page = at.page;
        loop {
            page = self.page_before(page)?;
            let len = self.pages.get(&page)?.len();
            if len > 0 {
                return Some(Cursor { page, index: len - 1 });
            }
        }
    }

    /// Says which pages are in view: they and their neighbours are loaded.
    pub(crate) fn want(&mut self, first: u64, last: u64) {
        let first = self.page_before(first).unwrap_or(first);
        let last = self.page_after(last).min(self.last_page());
        self.wanted = first..last.max(first) + 1;
    }

    /// Takes the view to its goal, where that is loaded; else sees to it that it will be.
    pub(crate) fn approach(&mut self) -> bool {
        let Some(goal) = self.view.goal else { return false };
        let offset = goal.offset.min(self.total.saturating_sub(1));
        let mut page = self.kept_page(page_of(offset));
        // A line stands where it ends, which may be in the page after.
        for _ in 0..2 {
            self.wanted = page..page + 1;
            let Some(it) = self.pages.get(&page).filter(|it| !it.lacks(self.total)) else {
                return false;
            };
            let fits = |line: &LogLine| goal.source.is_none_or(|source| source == line.source);
            let found = it.lines().position(|line| line.end > offset && fits(line));
            let at_end = it.len().checked_sub(1).filter(|_| page >= self.last_page());
            if let Some(index) = found.or(at_end) {
                self.view.goal = None;
                self.view.line = None;
                self.view.follows = false;
                self.view.top = Cursor { page, index };
                self.view.shift = 0.0;
                let line = self.line(self.view.top);
                self.view.aim = line.map(|line| line.end).filter(|_| !goal.at_top);
                return true;
            }
            page = self.page_after(page);
        }
        self.view.goal = None;
        self.view.line = None;
        false
    }

    /// Which part of the log is above an offset, from 0 to 1; what is not kept does not count.
    pub(crate) fn part_above(&self, offset: u64) -> f64 {
        let kept = self.kept_before(self.total).max(1);
        self.kept_before(offset) as f64 / kept as f64
    }

    /// The other way round: where a part of the log ends.
    pub(crate) fn offset_below(&self, part: f64) -> u64 {
        let kept = self.kept_before(self.total);
        let at = (kept as f64 * part.clamp(0.0, 1.0)).round() as u64;
        match self.cut {
            Some(cut) if at >= cut.offset => at + cut.bytes,
            _ => at,
        }
    }

    fn kept_before(&self, offset: u64) -> u64 {
        match self.cut {
            Some(cut) if offset > cut.offset => offset - cut.bytes.min(offset - cut.offset),
            _ => offset,
        }
    }

    fn last_page(&self) -> u64 {
        page_of(self.total.saturating_sub(1))
    }

    /// The page itself, or the one after what is not kept where it has nothing.
    fn kept_page(&self, page: u64) -> u64 {
        match self.cut {
            Some(cut)
                if page * PAGE > cut.offset && (page + 1) * PAGE <= cut.offset + cut.bytes =>
            {
                page_of(cut.offset + cut.bytes)
            }
            _ => page,
        }
    }

    pub(super) fn page_after(&self, page: u64) -> u64 {
        self.kept_page(page + 1)
    }

    fn page_before(&self, page: u64) -> Option<u64> {
        let before = page.checked_sub(1)?;
        match self.cut {
            Some(cut)
                if before * PAGE > cut.offset && (before + 1) * PAGE <= cut.offset + cut.bytes =>
            {
                Some(page_of(cut.offset))
            }
            _ => Some(before),
        }
    }
}
