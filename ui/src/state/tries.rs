//! Two tries of a task beside each other: what is known of each, and which lines of what they printed last differ.

use millrace_api::log::{LogFrom, LogName, LogSlice, ReadLog};
use millrace_model::diff::lines;
use millrace_model::event::{Attempt, Outcome, TaskRun};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::timeline::attempt_state;

use super::printed;
use crate::words;

/// So many bytes of the end of each log are looked at.
const BYTES: u32 = 32 << 10;
/// So many lines of each.
const LINES: usize = 300;

/// Two tries that are compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tries {
    pub(crate) run: RunId,
    pub(crate) key: TaskKey,
    /// The earlier one, mostly, and the other.
    pub(crate) sides: [Side; 2],
    /// What both printed, line by line; none until both are there.
    lines: Option<Vec<Line>>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Side {
    /// Which try.
    pub(crate) number: u32,
    /// The end of what it printed, or why that cannot be read; none until it has come.
    log: Option<Result<Vec<String>, String>>,
}

/// A line of either side, or of both where they are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) left: Option<String>,
    pub(crate) right: Option<String>,
}

impl Line {
    /// Whether it is on one side only.
    pub(crate) fn differs(&self) -> bool {
        self.left != self.right
    }
}

/// Something that is known of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) values: [String; 2],
}

impl Tries {
    /// The last two of a task; none where it had fewer.
    pub(crate) fn last_two(run: RunId, key: TaskKey, task: &TaskRun) -> Option<Self> {
        let [.., left, right] = task.attempts.as_slice() else { return None };
        let side = |attempt: &Attempt| Side { number: attempt.number, log: None };
        Some(Self { run, key, sides: [side(left), side(right)], lines: None })
    }

    /// Puts another try on a side.
    pub(crate) fn choose(&mut self, side: usize, number: u32) {
        self.sides[side] = Side { number, log: None };
        self.lines = None;
    }

    /// The logs that are needed, with the numbers of their tries.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = (u32, ReadLog)> {
        self.sides.iter().filter(|side| side.log.is_none()).map(|side| {
            let request = ReadLog {
                log: LogName {
                    number: Some(side.number),
                    ..LogName::last(self.run, self.key.clone())
                },
                from: LogFrom::LastBytes(u64::from(BYTES)),
                max_bytes: BYTES,
            };
            (side.number, request)
        })
    }

    /// Takes in a log.
    pub(crate) fn take(&mut self, number: u32, answer: Result<LogSlice, String>) {
        let lines = answer.map(|slice| lines_of(&slice));
        for side in self.sides.iter_mut().filter(|side| side.number == number) {
            side.log = Some(lines.clone());
        }
        let [left, right] = &self.sides;
        if let (Some(Ok(left)), Some(Ok(right))) = (&left.log, &right.log) {
            self.lines = Some(diff(left, right));
        }
    }

    /// What both printed; or why that is not known, empty while it is on its way.
    pub(crate) fn lines(&self) -> Result<&[Line], String> {
        let errors = self.sides.iter().filter_map(|side| side.log.as_ref()?.as_ref().err());
        match (&self.lines, errors.into_iter().next()) {
            (_, Some(error)) => Err(error.clone()),
            (Some(lines), None) => Ok(lines),
            (None, None) => Err(String::new()),
        }
    }

    /// What is known of both, but for what they printed.
    pub(crate) fn facts(&self, task: &TaskRun, clock: impl Fn(&Attempt) -> String) -> Vec<Fact> {
        let find = |number| task.attempts.iter().find(|attempt| attempt.number == number);
        let both = [find(self.sides[0].number), find(self.sides[1].number)];
        let fact = |name: &str, value: &dyn Fn(&Attempt) -> Option<String>| Fact {
            name: name.to_owned(),
            values: both.map(|attempt| attempt.and_then(value).unwrap_or_default()),
        };
        let positive = |value: u64, text: &dyn Fn(u64) -> String| (value > 0).then(|| text(value));
        let mut facts = vec![
            fact("State", &|of| Some(attempt_state(of).label().to_owned())),
            fact("Outcome", &|of| Some(of.end.as_ref()?.outcome.to_string())),
            fact("Started", &|of| Some(clock(of))),
            fact("Took", &|of| Some(words::duration_us(of.end.as_ref()?.duration_us))),
            fact("Exit", &|of| match of.end.as_ref()?.outcome {
                Outcome::Failed { exit } => {
                    Some(exit.to_string().trim_start_matches("exit code ").to_owned())
                }
                Outcome::Succeeded => Some("0".to_owned()),
                _ => None,
            }),
            fact("CPU", &|of| positive(of.end.as_ref()?.cpu_us, &words::duration_us)),
            fact("Memory", &|of| positive(of.end.as_ref()?.max_rss, &words::bytes)),
            fact("Printed", &|of| Some(words::bytes(of.end.as_ref()?.log.as_ref()?.bytes))),
            fact("Progress", &|of| Some(format!("{} %", of.progress.as_ref()?.percent()))),
        ];
        let metrics = |of: &Attempt| of.end.as_ref().map(|end| end.metrics.clone());
        let mut names: Vec<String> = Vec::new();
        for metric in both.iter().flatten().filter_map(|of| metrics(of)).flatten() {
            if !names.contains(&metric.name) {
                names.push(metric.name);
            }
        }
        for name in names {
            facts.push(fact(&name, &|of| {
                let all = &of.end.as_ref()?.metrics;
                Some(all.iter().rev().find(|metric| metric.name == name)?.last.to_string())
            }));
        }
        facts.retain(|fact| fact.values.iter().any(|value| !value.is_empty()));
        facts
    }
}

fn lines_of(slice: &LogSlice) -> Vec<String> {
    let mut bytes = Vec::new();
    printed::append(&mut bytes, &slice.chunks);
    let mut lines = printed::lines(&bytes, slice.total > u64::from(BYTES));
    lines.drain(..lines.len().saturating_sub(LINES));
    lines
}

/// The lines of both; what stands in place of something else is beside it.
fn diff(left: &[String], right: &[String]) -> Vec<Line> {
    let [old, new] = [left, right].map(|side| side.iter().map(String::as_str).collect::<Vec<_>>());
    let rows = lines::compare(&old, &new);
    let line = |at: Option<usize>, of: &[String]| at.and_then(|at| of.get(at).cloned());
    rows.iter()
        .map(|row| Line { left: line(row.before, left), right: line(row.after, right) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_stands_beside_what_it_replaces() {
        let side = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let shown = |left, right| {
            let lines = diff(&side(left), &side(right));
            let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            lines.iter().map(|it| word(&it.left) + &word(&it.right)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown("a b c", "a b c"), "aa bb cc");
        assert_eq!(shown("a b c", "a x c"), "aa bx cc");
        assert_eq!(shown("a b c d", "a x d"), "aa bx c- dd");
        assert_eq!(shown("a d", "a b c d"), "aa -b -c dd");
        assert!(diff(&side("a b"), &side("a c"))[1].differs());
    }
}
