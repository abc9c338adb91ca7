//! The log of an attempt, of which only what is looked at is loaded: pages of bytes become lines.
//!
//! It asks for ranges and takes slices in; it does not know who answers. Where the view is, is said in bytes, so that any place
//! of a log of any size is as near as any other.

mod page;
mod search;
mod view;

use std::collections::BTreeMap;
use std::ops::Range;

use millrace_api::log::{LogCut, LogFrom, LogName, LogSlice, Output, ReadLog};
use millrace_api::{ApiError, Code};

pub(crate) use millrace_api::log::LogName as LogKey;
use page::{CONTEXT, PAGE, Page, page_of};
pub(crate) use page::{LineSource, LogLine};
#[cfg(test)]
use search::Found;
pub(crate) use search::LogSearch;
pub(crate) use view::{Cursor, Goal, View};

/// So many pages are kept: 8 MiB of what was printed.
const MOST_PAGES: usize = 64;

/// A log as far as it has been loaded.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) key: LogKey,
    /// The attempt that was answered for.
    pub(crate) number: Option<u32>,
    /// Bytes that were printed so far.
    pub(crate) total: u64,
    /// Nothing will be added.
    pub(crate) complete: bool,
    /// It has answered at least once.
    pub(crate) loaded: bool,
    /// Why it could not be read.
    pub(crate) error: Option<ApiError>,
    /// Nobody answered the last time.
    pub(crate) unanswered: bool,
    pub(crate) view: View,
    pub(crate) search: LogSearch,
    /// Lines that are marked, by the offsets at which they end: from where the marking began to where it is now.
    pub(crate) marked: Option<(u64, u64)>,
    cut: Option<LogCut>,
    pages: BTreeMap<u64, Page>,
    /// Pages that the view shows, or will with the next turn of the wheel.
    wanted: Range<u64>,
    asked: Option<Asked>,
}

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// The end of the log.
    Start,
    /// What a page lacks.
    Page(u64),
    /// Where a line begins.
    Line,
    /// How long the log is by now.
    Total,
}

impl Log {
    pub(crate) fn new(key: LogKey) -> Self {
        Self {
            key,
            number: None,
            total: 0,
            complete: false,
            loaded: false,
            error: None,
            unanswered: false,
            view: View::default(),
            search: LogSearch::default(),
            marked: None,
            cut: None,
            pages: BTreeMap::new(),
            wanted: 0..0,
            asked: None,
        }
    }

    /// Whether something that is to be seen is missing.
    pub(crate) fn is_behind(&self) -> bool {
        !self.loaded || self.asks_for_line().is_some() || self.lacking().is_some()
    }

    /// Whether there will be nothing to ask for until the view moves.
    pub(crate) fn is_done(&self) -> bool {
        self.error.is_some() || (self.complete && !self.is_behind())
    }

    /// What to ask for next: what is to be seen first, then what was added meanwhile.
    pub(crate) fn request(&mut self) -> ReadLog {
        let (asked, from, max_bytes) = if !self.loaded {
            let bytes = PAGE + CONTEXT;
            (Asked::Start, LogFrom::LastBytes(bytes), bytes)
        } else if let Some(line) = self.asks_for_line() {
            (Asked::Line, LogFrom::Line(line), 1)
        } else if let Some((page, from)) = self.lacking() {
            (Asked::Page(page), LogFrom::Offset(from), (page + 1) * PAGE - from)
        } else {
            (Asked::Total, LogFrom::Offset(self.total), 1)
        };
        self.asked = Some(asked);
        ReadLog {
            log: LogName { number: self.number.or(self.key.number), ..self.key.clone() },
            from,
            max_bytes: u32::try_from(max_bytes).unwrap_or(u32::MAX),
        }
    }

    /// Takes in an answer.
    pub(crate) fn take(&mut self, slice: &LogSlice) {
        let Some(asked) = self.asked.take() else { return };
        self.loaded = true;
        self.error = None;
        self.unanswered = false;
        self.number = Some(slice.number);
        self.total = self.total.max(slice.total);
        self.complete = slice.complete;
        self.cut = slice.cut;
        match asked {
            Asked::Start => {
                let last = page_of(self.total.saturating_sub(1));
                self.wanted = last..last + 1;
                self.feed(last, slice);
            }
            Asked::Page(page) => self.feed(page, slice),
            Asked::Line => {
                let offset = slice.chunks.iter().map(|chunk| chunk.offset).next_back();
                self.view.goal = Some(Goal::to(offset.unwrap_or(slice.next)));
            }
            Asked::Total => {}
        }
        for page in self.pages.values_mut() {
            match self.complete && page.next() >= self.total {
                true => page.finish(),
                false => page.show_begun(self.total),
            }
        }
        self.search.grown(self.total);
        self.prune();
    }

    /// It could not be read. Unless the log itself is the reason, what is loaded stays, and it is asked for again.
    pub(crate) fn fail(&mut self, error: &ApiError) {
        self.asked = None;
        match error.code {
            Code::NotFound | Code::InvalidRequest | Code::File => self.error = Some(error.clone()),
            _ => self.unanswered = true,
        }
    }

    /// Looks for what stands in the field of the search, from the view on; `:12` goes to the twelfth line.
    pub(crate) fn look(&mut self) {
        let line = self.search.text.strip_prefix(':').and_then(|line| line.trim().parse().ok());
        if let Some(line) = line.filter(|_| self.key.only.is_none()) {
            self.view.line = Some(u64::saturating_sub(line, 1));
            self.view.goal = None;
            return;
        }
        let from = self.line(self.view.top).map_or(0, |line| line.start);
        self.search.start(from, self.total);
    }

    /// The log of another stream, or of both, with the same search.
    pub(crate) fn only(&mut self, only: Option<Output>) {
        let key = LogKey { only, ..self.key.clone() };
        let (number, search) = (self.number, std::mem::take(&mut self.search));
        *self = Self { number, search, ..Self::new(key) };
        self.search.restart();
    }

    /// The lines that are loaded, in order. For tests, and for copying.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &LogLine> {
        self.pages.values().flat_map(Page::lines)
    }

    /// What is marked, as text, where all of it is loaded.
    pub(crate) fn marked_text(&self) -> Option<String> {
        let (one, other) = self.marked?;
        let (first, last) = (one.min(other), one.max(other));
        let is_loaded = |page: u64| self.pages.get(&page).is_some_and(|it| !it.lacks(last));
        let mut page = page_of(first.saturating_sub(1));
        while page <= page_of(last.saturating_sub(1)) {
            if !is_loaded(page) {
                return None;
            }
            page = self.page_after(page);
        }
        let lines = self.lines().filter(|line| (first..=last).contains(&line.end));
        Some(lines.map(LogLine::text).collect::<Vec<_>>().join("\n"))
    }

    fn asks_for_line(&self) -> Option<u64> {
        self.view.line.filter(|_| self.view.goal.is_none())
    }

    /// The first page of those to be seen that lacks something, and from where.
    fn lacking(&self) -> Option<(u64, u64)> {
        let mut page = self.wanted.start;
        while page < self.wanted.end {
            match self.pages.get(&page) {
                None => return Some((page, Page::begins_at(page))),
                Some(it) if it.lacks(self.total) => return Some((page, it.next())),
                Some(_) => page = self.page_after(page),
            }
        }
        None
    }

    fn feed(&mut self, page: u64, slice: &LogSlice) {
        let number_lines = self.key.only.is_none();
        let it = self.pages.entry(page).or_insert_with(|| Page::new(page));
        it.feed(slice, number_lines);
    }

    /// Lets go of the pages that are farthest from the view.
    fn prune(&mut self) {
        while self.pages.len() > MOST_PAGES {
            let (Some(first), Some(last)) =
                (self.pages.keys().next().copied(), self.pages.keys().next_back().copied())
            else {
                return;
            };
            let at = self.wanted.start;
            let far = if at.abs_diff(first) > at.abs_diff(last) { first } else { last };
            self.pages.remove(&far);
        }
    }
}

#[cfg(test)]
mod tests;
