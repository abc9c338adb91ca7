//! Looking for lines in a log: the daemon looks through it part by part, from the view on and then from the beginning.

use std::collections::VecDeque;

use millrace_api::log::{FoundLines, LogName, Output, SearchLog};
use regex::{Regex, RegexBuilder};

use super::{Goal, LineSource, LogKey};

/// So many lines are remembered; with more, what lies farther is looked for when it is gone to.
const MOST: usize = 10_000;
/// Asked for at once.
const AT_ONCE: u32 = 500;

/// A search through a log.
#[derive(Debug, Default)]
pub(crate) struct LogSearch {
    /// As it stands in the field.
    pub(crate) text: String,
    /// It is a regular expression; else it is looked for as it stands.
    pub(crate) is_pattern: bool,
    /// Small and capital letters are told apart.
    pub(crate) match_case: bool,
    /// The field gets the keyboard with the next frame.
    pub(crate) wants_focus: bool,
    /// Why it cannot be looked for.
    pub(crate) error: Option<String>,
    compiled: Option<Regex>,
    found: Vec<Found>,
    /// Parts that were not looked at yet, in order.
    ahead: VecDeque<(u64, u64)>,
    /// All before was looked at, or is ahead.
    until: u64,
    /// Which of those that were found was gone to last.
    at: Option<usize>,
    /// Go to the first one that is found.
    eager: bool,
    /// Which search it is: late answers to another one are dropped.
    turn: u64,
}

/// A line that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) offset: u64,
    is_error: bool,
}

impl Found {
    /// As a place to go to.
    pub(crate) fn goal(self) -> Goal {
        let source = if self.is_error { LineSource::Stderr } else { LineSource::Stdout };
        Goal { offset: self.offset, source: Some(source), at_top: false }
    }
}

impl LogSearch {
    /// Whether anything is looked for.
    pub(crate) fn is_active(&self) -> bool {
        self.compiled.is_some()
    }

    /// What marks the hits within a line.
    pub(crate) fn hits(&self) -> Option<&Regex> {
        self.compiled.as_ref()
    }

    /// What is looked for was changed: looks from this offset on in a log of so many bytes.
    pub(crate) fn start(&mut self, from: u64, total: u64) {
        self.turn += 1;
        self.error = None;
        self.compiled = None;
        self.found.clear();
        self.ahead.clear();
        self.at = None;
        self.eager = true;
        self.until = total;
        if self.text.is_empty() {
            return;
        }
        let built = RegexBuilder::new(&self.pattern())
            .case_insensitive(!self.match_case)
            .size_limit(1 << 20)
            .build();
        match built {
            Err(error) => self.error = Some(last_line(&error.to_string())),
            Ok(compiled) => {
                self.compiled = Some(compiled);
                self.ahead.extend([(from, total), (0, from)].into_iter().filter(|(a, b)| a < b));
            }
        }
    }

    /// The same in another log, whose length is not known yet.
    pub(super) fn restart(&mut self) {
        self.start(0, 0);
    }

    /// The log is so long by now.
    pub(super) fn grown(&mut self, total: u64) {
        if self.is_active() && total > self.until {
            match self.ahead.iter_mut().find(|(_, end)| *end == self.until) {
                Some((_, end)) => *end = total,
                None => self.ahead.push_back((self.until, total)),
            }
            self.until = total;
        }
    }

    /// What to ask for next, and by which number the answer is known.
    pub(crate) fn request(&self, key: &LogKey, number: Option<u32>) -> Option<(SearchLog, u64)> {
        let (from, _) = self.ahead.front().filter(|_| self.found.len() < MOST)?;
        let request = SearchLog {
            log: LogName { number: number.or(key.number), ..key.clone() },
            pattern: self.pattern(),
            match_case: self.match_case,
            from: *from,
            limit: AT_ONCE,
        };
        Some((request, self.turn))
    }

    /// Takes in an answer; gives where to go where it was waited for.
    pub(crate) fn take(&mut self, turn: u64, answer: &FoundLines) -> Option<Found> {
        if turn != self.turn {
            return None;
        }
        let (from, until) = self.ahead.pop_front()?;
        let lines = answer.lines.iter().filter(|line| (from..until).contains(&line.offset));
        let before = self.found.len();
        self.found.extend(
            lines
                .map(|line| Found { offset: line.offset, is_error: line.stream == Output::Stderr }),
        );
        if answer.next < until && answer.next < answer.total && answer.next > from {
            self.ahead.push_front((answer.next, until));
        }
        let first = self.found.get(before).copied();
        let current = self.at.and_then(|at| self.found.get(at)).copied();
        self.found.sort_unstable();
        self.found.dedup();
        self.at = current.and_then(|found| self.found.iter().position(|it| *it == found));
        let goes = first.filter(|_| std::mem::take(&mut self.eager) || self.at.is_none())?;
        self.at = self.found.iter().position(|it| *it == goes);
        Some(goes)
    }

    /// It could not be looked for.
    pub(crate) fn fail(&mut self, turn: u64, message: &str) {
        if turn == self.turn {
            self.ahead.clear();
            self.error = Some(message.to_owned());
        }
    }

    /// The next one that was found, or the one before; round and round.
    pub(crate) fn step(&mut self, forward: bool) -> Option<Found> {
        let last = self.found.len().checked_sub(1)?;
        if forward && self.at == Some(last) && self.is_full() {
            // What lies farther is looked for now.
            let after = self.found[last].offset + 1;
            self.start(after, self.until);
            return None;
        }
        let at = match (self.at, forward) {
            (Some(at), true) if at < last => at + 1,
            (Some(at), false) if at > 0 => at - 1,
            (None | Some(_), true) => 0,
            (None | Some(_), false) => last,
        };
        self.at = Some(at);
        Some(self.found[at])
    }

    /// How far it is, in words.
    pub(crate) fn words(&self) -> String {
        if !self.is_active() {
            return String::new();
        }
        let more = if self.is_full() || !self.ahead.is_empty() { "+" } else { "" };
        match (self.at, self.found.len()) {
            (_, 0) if self.ahead.is_empty() => "none".to_owned(),
            (_, 0) => "looking…".to_owned(),
            (None, all) => format!("{all}{more} found"),
            (Some(at), all) => format!("{} of {all}{more}", at + 1),
        }
    }

    /// Whether there is anything to step to.
    pub(crate) fn has_found(&self) -> bool {
        !self.found.is_empty()
    }

    fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    fn pattern(&self) -> String {
        if self.is_pattern { self.text.clone() } else { regex::escape(&self.text) }
    }
}

/// An error of a pattern has the pattern drawn above what is wrong with it.
fn last_line(error: &str) -> String {
    let line = error.lines().last().unwrap_or(error);
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
