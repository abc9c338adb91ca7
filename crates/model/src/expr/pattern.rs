//! Regular expressions with what they cost: how large they get when compiled, and how long a search takes.
//!
//! The `regex` crate searches in linear time, but a step of that is as long as the pattern is large, and going over all
//! matches can look at the rest of the text again after each. So both are judged by the pattern, before it is used.

use cel::ExecutionError;
use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::budget::Budget;

/// Steps that it takes to compile the smallest one.
const STEPS: u64 = 500;
/// The most steps that compiling one can take: the crate gives up at [`MAX_SIZE`].
const MOST_STEPS: u64 = 200_000;
/// The largest compiled one, in bytes.
const MAX_SIZE: usize = 1024 * 1024;
/// The longest source, in bytes.
const MAX_LEN: usize = 16 * 1024;
/// Bytes of text that are one step where the pattern has one position.
const BYTES_A_STEP: u64 = 64;
/// The deepest nesting.
const MAX_DEPTH: u32 = 100;

/// A compiled regular expression.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) regex: Regex,
    /// In how many places of the pattern a search can be at a time.
    positions: u64,
    /// How far behind the end of a match a search can have looked; none = to the end of the text.
    beyond: Option<usize>,
}

impl Pattern {
    /// Compiles `source` at the cost of `budget`.
    pub(super) fn compile(source: &str, budget: &Budget) -> Result<Self, String> {
        let charge =
            |steps| budget.charge(steps).map_err(|error: ExecutionError| error.to_string());
        charge(STEPS + source.len() as u64)?;
        if source.len() > MAX_LEN {
            return Err(format!("the regular expression is longer than {MAX_LEN} bytes"));
        }
        let parsed = regex_syntax::ParserBuilder::new().nest_limit(MAX_DEPTH).build().parse(source);
        // What cannot be parsed is told by the compiler.
        let (positions, size) = parsed.as_ref().map_or((1, 1), weigh);
        charge(size.min(MOST_STEPS))?;
        let beyond = parsed.as_ref().map_or(None, looks_beyond);
        Ok(Self { regex: compile(source)?, positions: positions.max(1), beyond })
    }

    /// Charges for one search in so many bytes.
    pub(super) fn charge_search(&self, bytes: usize, budget: &Budget) -> Result<(), String> {
        let steps = (bytes as u64).saturating_mul(self.positions) / BYTES_A_STEP;
        budget.charge(1 + steps).map_err(|error| error.to_string())
    }

    /// Charges for going on behind a match: the search before may have looked further, at so many bytes at most.
    pub(super) fn charge_match(&self, rest: usize, budget: &Budget) -> Result<(), String> {
        self.charge_search(self.beyond.map_or(rest, |beyond| beyond.min(rest)), budget)
    }
}

/// A regular expression of the `regex` crate: linear time, bounded size.
pub(crate) fn compile(source: &str) -> Result<Regex, String> {
    let mut builder = regex::RegexBuilder::new(source);
    builder.size_limit(MAX_SIZE).dfa_size_limit(MAX_SIZE).nest_limit(MAX_DEPTH);
    builder.build().map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or(&text).trim_start_matches("error: ");
        format!("`{source:.200}` is not a regular expression: {last}")
    })
}

/// The positions of a pattern with its repetitions written out, and about how many states it is compiled to.
fn weigh(pattern: &Hir) -> (u64, u64) {
    let add = |a: (u64, u64), b: (u64, u64)| (a.0.saturating_add(b.0), a.1.saturating_add(b.1));
    match pattern.kind() {
        HirKind::Empty => (0, 0),
        HirKind::Literal(literal) => (literal.0.len() as u64, literal.0.len() as u64),
        HirKind::Class(Class::Unicode(class)) => (1, class.ranges().len() as u64),
        HirKind::Class(Class::Bytes(_)) | HirKind::Look(_) => (1, 1),
        HirKind::Repetition(repetition) => {
            let (positions, size) = weigh(&repetition.sub);
            let times = u64::from(repetition.max.unwrap_or(repetition.min).max(1));
            (
                positions.saturating_mul(times).saturating_add(1),
                size.saturating_mul(times).saturating_add(1),
            )
        }
        HirKind::Capture(capture) => add(weigh(&capture.sub), (0, 2)),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(weigh).fold((0, parts.len() as u64), add)
        }
    }
}

/// How far a search can look behind the end of the match that it finds; none = as far as the text goes.
///
/// `\d+` stops at the first letter, `.*x|.` looks for an `x` to the end and then gives one character. Only a repetition
/// without end that stands last is known to be of the first sort.
fn looks_beyond(pattern: &Hir) -> Option<usize> {
    if let Some(longest) = pattern.properties().maximum_len() {
        return Some(longest);
    }
    match pattern.kind() {
        HirKind::Capture(capture) => looks_beyond(&capture.sub),
        HirKind::Repetition(repetition) => {
            let once = repetition.sub.properties().maximum_len()?;
            Some(once.saturating_mul(repetition.min as usize + 1))
        }
        HirKind::Concat(parts) => {
            let (last, before) = parts.split_last()?;
            before.iter().try_fold(looks_beyond(last)?, |sum, part| {
                Some(sum.saturating_add(part.properties().maximum_len()?))
            })
        }
        HirKind::Alternation(parts) => {
            parts.iter().try_fold(0, |most, part| Some(looks_beyond(part)?.max(most)))
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_judged_by_what_they_cost() {
        let judged = |source: &str| {
            let hir = regex_syntax::parse(source).unwrap();
            (weigh(&hir).0, looks_beyond(&hir))
        };
        assert_eq!(judged("abc"), (3, Some(3)));
        assert_eq!(judged("[xy]{1000}"), (1001, Some(1000)));
        assert_eq!(judged("(x{10}){10}"), (111, Some(100)));
        assert_eq!(judged(r"-([0-9]+)").1, Some(3));
        assert_eq!(judged(r"[,;]\s*").1, Some(4));
        assert_eq!(judged(".*[^A-Z]|[A-Z]").1, None);
        assert_eq!(judged("(a*)*").1, None);
        assert_eq!(judged("a*b").1, None);
        assert!(weigh(&regex_syntax::parse(r"\pL{50}").unwrap()).1 > 20_000);
    }
}
