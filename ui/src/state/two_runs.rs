//! Two runs beside each other, compared when they have come, and what a task of them printed.

use std::collections::HashMap;
use std::sync::Arc;

use millrace_api::log::{LogFrom, LogName, LogSlice, ReadLog};
use millrace_api::run::RunDetail;
use millrace_model::diff::lines;
use millrace_model::diff::runs::{RunsCompared, TaskCompared, compare};
use millrace_model::diff::{self, Subject};
use millrace_model::document::Workflow;
use millrace_model::event::Run;
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::read::Document;

use super::printed;
use super::two_items::{TwoItem, TwoItems};
use super::two_sides::TwoSides;
use crate::words;

/// So much of the end of each log is compared.
pub(crate) const LOG_BYTES: u64 = 2 << 20;
/// Asked for at once.
const SLICE: u32 = 1 << 20;

/// Two runs, as far as they have come.
#[derive(Debug, Default)]
pub(crate) struct TwoRuns {
    sides: [Option<Result<Side, String>>; 2],
    pub(crate) compared: Option<Compared>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub(crate) run: Arc<Run>,
    /// What it ran, where that can be read.
    pub(crate) workflow: Option<Arc<Workflow>>,
}

/// What differs between them.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) sides: [Side; 2],
    pub(crate) what: RunsCompared,
    /// What differs in what they ran, in one line; empty: nothing. None where it cannot be told.
    pub(crate) ran: Option<String>,
    /// What people call the tasks.
    names: HashMap<Ident, String>,
    /// Where each task is among the tasks.
    places: HashMap<Ident, usize>,
    /// So many ended otherwise, were tried more or less often, or gave something else.
    pub(crate) differ: usize,
    /// By how much the length of the task changed that changed most.
    pub(crate) most_us: u64,
    /// The tasks as the list shows them.
    pub(crate) order: Vec<usize>,
    /// As in the newer run, not by what changed most.
    pub(crate) in_order: bool,
}

impl TwoRuns {
    /// The sides that are still to be asked for.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = usize> {
        let unknown = [0, 1].map(|side| self.sides[side].is_none());
        (0..2).filter(move |side| unknown[*side])
    }

    /// Why they cannot be shown.
    pub(crate) fn error(&self) -> Option<&str> {
        let errors = self.sides.iter().flatten().filter_map(|side| side.as_ref().err());
        errors.map(String::as_str).next()
    }

    /// Takes in a run.
    pub(crate) fn take(&mut self, side: usize, answer: Result<RunDetail, String>) {
        let came = answer.map(|detail| {
            let workflow = detail
                .snapshot
                .as_ref()
                .and_then(|text| Document::parse(text.as_bytes()).workflow.map(Arc::new));
            Side { run: Arc::new(detail.run), workflow }
        });
        self.sides[side] = Some(came);
        if let [Some(Ok(before)), Some(Ok(after))] = &self.sides {
            let in_order = self.compared.as_ref().is_some_and(|it| it.in_order);
            self.compared = Some(Compared::of(before.clone(), after.clone(), in_order));
        }
    }

    /// What could not be read is asked for again.
    pub(crate) fn forget_errors(&mut self) {
        for side in &mut self.sides {
            if matches!(side, Some(Err(_))) {
                *side = None;
            }
        }
    }

    /// This run has changed since it was read.
    pub(crate) fn outdated(&mut self, run: RunId) {
        for side in &mut self.sides {
            if matches!(side, Some(Ok(known)) if known.run.run == run) {
                *side = None;
            }
        }
    }
}

impl Compared {
    fn of(before: Side, after: Side, in_order: bool) -> Self {
        let what = compare(&before.run, &after.run);
        let both = before.workflow.as_ref().zip(after.workflow.as_ref());
        let ran = both.map(|(before, after)| {
            let mut found = diff::compare(before, after);
            found.retain(|it| it.subject != Subject::Layout);
            if found.is_empty() { String::new() } else { diff::summary(&found) }
        });
        let tasks = [&before.workflow, &after.workflow].into_iter().flatten();
        let names = tasks
            .flat_map(|workflow| &workflow.tasks)
            .map(|task| (task.name.clone(), task.shown_name().to_owned()))
            .collect();
        let longer = |task: &TaskCompared| task.longer_us().map_or(0, i64::unsigned_abs);
        let most_us = what.tasks.iter().map(longer).max().unwrap_or(0);
        let tasks = what.tasks.iter().enumerate();
        let places = tasks.map(|(place, task)| (task.task.clone(), place)).collect();
        let differ = what.tasks.iter().filter(|task| task.differs()).count();
        let mut compared = Self {
            sides: [before, after],
            what,
            ran,
            names,
            places,
            differ,
            most_us,
            order: Vec::new(),
            in_order,
        };
        compared.sort(in_order);
        compared
    }

    /// Lists the tasks by what changed most, or as in the run.
    pub(crate) fn sort(&mut self, in_order: bool) {
        self.in_order = in_order;
        self.order = (0..self.what.tasks.len()).collect();
        if in_order {
            let run = &self.sides[1].run;
            let places: HashMap<&Ident, usize> =
                run.tasks.keys().enumerate().map(|(place, key)| (&key.task, place)).collect();
            let tasks = &self.what.tasks;
            self.order
                .sort_by_key(|at| places.get(&tasks[*at].task).copied().unwrap_or(usize::MAX));
        }
    }

    /// What people call a task.
    pub(crate) fn name<'a>(&'a self, task: &'a Ident) -> &'a str {
        self.names.get(task).map_or(task.as_str(), String::as_str)
    }

    /// A task of the list.
    pub(crate) fn task(&self, task: &Ident) -> Option<&TaskCompared> {
        self.what.tasks.get(*self.places.get(task)?)
    }

    /// The items of a task that ran once for each of some; none of another.
    pub(crate) fn items(&self, task: &Ident) -> Option<TwoItems> {
        let key = TaskKey::plain(task.clone());
        let sides = self.sides.each_ref();
        let sides = sides.map(|side| side.run.task(&key).and_then(|task| task.mapped.as_deref()));
        sides.iter().any(Option::is_some).then(|| TwoItems::of(task, sides))
    }

    /// Both sides of what a task gave that differs.
    pub(crate) fn outputs(&self, task: &Ident) -> TwoSides {
        let mut sides = TwoSides::default();
        let Some(task) = self.task(task) else { return sides };
        for it in &task.outputs.found {
            let [before, after] = [&it.before, &it.after].map(|side| side.as_ref().map(diff::text));
            sides.field(&it.path, before.as_deref(), after.as_deref());
        }
        sides
    }

    /// How much longer the newer run took, or shorter.
    pub(crate) fn longer_us(&self) -> Option<i64> {
        let took = |side: &Side| {
            let length = side.run.ended?.since(side.run.started?);
            i64::try_from(length.as_micros()).ok()
        };
        Some(took(&self.sides[1])? - took(&self.sides[0])?)
    }
}

/// Whether it may have printed something.
fn ran(fared: &Option<diff::runs::TaskFared>) -> bool {
    fared.as_ref().is_some_and(|it| it.tries > 0)
}

/// `+8.2 s`
pub(crate) fn longer_words(us: i64) -> String {
    if us.abs() < 500 {
        return "the same".to_owned();
    }
    let sign = if us < 0 { "−" } else { "+" };
    format!("{sign}{}", words::duration_us(us.unsigned_abs()))
}

/// What a task, or an item of one, printed in two runs.
#[derive(Debug)]
pub(crate) struct TwoLogs {
    /// Its key in each run that has it.
    keys: [Option<TaskKey>; 2],
    runs: [RunId; 2],
    texts: [LogText; 2],
    /// Lines that differ only in numbers differ.
    pub(crate) numbers: bool,
    /// Both sides; none until both are there.
    pub(crate) sides: Option<TwoSides>,
    /// Why they cannot be compared.
    pub(crate) error: Option<String>,
}

/// What is known of a log.
#[derive(Debug, Default)]
struct LogText {
    bytes: Vec<u8>,
    number: Option<u32>,
    next: u64,
    /// What was printed before what is compared.
    cut: u64,
    /// All of it is there.
    complete: bool,
}

impl TwoLogs {
    /// Of a task of these runs; where it never ran, there is nothing to ask for.
    pub(crate) fn of(task: &TaskCompared, runs: [RunId; 2], numbers: bool) -> Self {
        let key = TaskKey::plain(task.task.clone());
        let ran = [&task.before, &task.after].map(ran);
        Self::new(ran.map(|ran| ran.then(|| key.clone())), runs, numbers)
    }

    /// Of an item.
    pub(crate) fn of_item(item: &TwoItem, runs: [RunId; 2], numbers: bool) -> Self {
        let [before, after] = item.keys.clone();
        let [old, new] = item.fared.each_ref().map(ran);
        Self::new([before.filter(|_| old), after.filter(|_| new)], runs, numbers)
    }

    fn new(keys: [Option<TaskKey>; 2], runs: [RunId; 2], numbers: bool) -> Self {
        let text =
            |key: &Option<TaskKey>| LogText { complete: key.is_none(), ..LogText::default() };
        let texts = keys.each_ref().map(text);
        let mut logs = Self { keys, runs, texts, numbers, sides: None, error: None };
        logs.settle();
        logs
    }

    /// Whether these are of this key, on this side.
    pub(crate) fn is_of(&self, key: &TaskKey, side: usize) -> bool {
        self.keys[side].as_ref() == Some(key)
    }

    /// What is to be asked for next, and for which side.
    pub(crate) fn wanted(&self) -> Option<(usize, ReadLog)> {
        if self.error.is_some() {
            return None;
        }
        let side = self.texts.iter().position(|text| !text.complete)?;
        let text = &self.texts[side];
        let from = match text.number {
            None => LogFrom::LastBytes(LOG_BYTES),
            Some(_) => LogFrom::Offset(text.next),
        };
        let request = ReadLog {
            log: LogName {
                number: text.number,
                ..LogName::last(self.runs[side], self.keys[side].clone()?)
            },
            from,
            max_bytes: SLICE,
        };
        Some((side, request))
    }

    /// Takes in a part.
    pub(crate) fn take(&mut self, side: usize, answer: Result<LogSlice, String>) {
        let slice = match answer {
            Ok(slice) => slice,
            Err(error) => return self.error = Some(error),
        };
        let text = &mut self.texts[side];
        if text.number.is_none() {
            text.cut = slice.chunks.first().map_or(0, |chunk| chunk.offset);
        }
        text.number = Some(slice.number);
        printed::append(&mut text.bytes, &slice.chunks);
        // What is printed meanwhile is not waited for.
        text.complete = slice.chunks.is_empty()
            || slice.next >= slice.total
            || slice.next <= text.next
            || text.bytes.len() as u64 >= LOG_BYTES;
        text.next = slice.next;
        self.settle();
    }

    /// Takes in that a side has no log.
    pub(crate) fn take_nothing(&mut self, side: usize) {
        self.texts[side].complete = true;
        self.settle();
    }

    /// Compares anew, with numbers or without.
    pub(crate) fn toggle_numbers(&mut self) {
        self.numbers = !self.numbers;
        self.settle();
    }

    /// What is not compared, in words.
    pub(crate) fn cut_words(&self) -> Option<String> {
        let cut = self.texts.iter().map(|text| text.cut).max().filter(|cut| *cut > 0)?;
        let most = words::bytes(LOG_BYTES);
        Some(format!(
            "The last {most} of each are compared; up to {} are left out",
            words::bytes(cut)
        ))
    }

    fn settle(&mut self) {
        if !self.texts.iter().all(|text| text.complete) {
            return;
        }
        let [before, after] =
            self.texts.each_ref().map(|text| printed::lines(&text.bytes, text.cut > 0));
        let [old, new] =
            [&before, &after].map(|side| side.iter().map(String::as_str).collect::<Vec<_>>());
        let rows = match self.numbers {
            true => lines::compare(&old, &new),
            false => lines::compare_by(&old, &new, lines::without_numbers),
        };
        let mut sides = TwoSides::default();
        sides.rows(&rows, &before, &after);
        self.sides = Some(sides);
    }
}

#[cfg(test)]
mod tests {
    use millrace_api::log::{LogChunk, LogData, LogStream};
    use millrace_model::diff::runs::TaskFared;
    use millrace_model::diff::values::ValueDifferences;
    use millrace_model::event::TaskState;
    use millrace_model::time::Timestamp;

    use super::super::two_sides::Line;
    use super::*;

    fn task(tries: [usize; 2]) -> TaskCompared {
        let fared = |tries| {
            Some(TaskFared { state: TaskState::Succeeded, took_us: None, tries, cause: None })
        };
        TaskCompared {
            task: Ident::new("load").unwrap(),
            before: fared(tries[0]),
            after: fared(tries[1]),
            outputs: ValueDifferences::default(),
        }
    }

    fn slice(offset: u64, total: u64, text: &str) -> LogSlice {
        let data = LogData::Text(text.to_owned());
        let chunk = LogChunk { offset, at: Timestamp(0), stream: LogStream::Stdout, data };
        let next = offset + text.len() as u64;
        LogSlice { number: 1, chunks: vec![chunk], line: 0, next, total, cut: None, complete: true }
    }

    #[test]
    fn logs_are_read_to_their_ends_and_compared_without_numbers() {
        let mut logs = TwoLogs::of(&task([1, 2]), [RunId(1), RunId(2)], false);
        let (side, request) = logs.wanted().unwrap();
        assert_eq!((side, request.from), (0, LogFrom::LastBytes(LOG_BYTES)));
        logs.take(0, Ok(slice(0, 20, "took 12 ms\n")));
        let (side, request) = logs.wanted().unwrap();
        assert_eq!((side, request.from, request.log.number), (0, LogFrom::Offset(11), Some(1)));
        logs.take(0, Ok(slice(11, 20, "one\nend\n")));
        // It claims more than there is: without progress nothing is asked for again.
        logs.take(0, Ok(slice(11, 20, "")));
        assert_eq!(logs.wanted().map(|(side, _)| side), Some(1));
        logs.take(1, Ok(slice(0, 19, "took 7 ms\ntwo\nend\n\n")));
        assert!(logs.wanted().is_none());
        let differ = |logs: &TwoLogs| {
            let lines = &logs.sides.as_ref().unwrap().beside;
            lines.iter().filter(|line| matches!(line, Line::Pair { same: false, .. })).count()
        };
        assert_eq!(differ(&logs), 2);
        logs.toggle_numbers();
        assert_eq!(differ(&logs), 3);
        assert_eq!(logs.cut_words(), None);
    }

    #[test]
    fn what_never_ran_printed_nothing_and_an_error_is_said() {
        let logs = TwoLogs::of(&task([0, 0]), [RunId(1), RunId(2)], false);
        assert!(logs.wanted().is_none() && logs.sides.is_some());
        let mut logs = TwoLogs::of(&task([0, 1]), [RunId(1), RunId(2)], false);
        assert_eq!(logs.wanted().map(|(side, _)| side), Some(1));
        logs.take(1, Err("the log is gone".to_owned()));
        assert!(logs.wanted().is_none() && logs.error.is_some());
        let mut logs = TwoLogs::of(&task([0, 1]), [RunId(1), RunId(2)], false);
        logs.take_nothing(1);
        assert!(logs.wanted().is_none() && logs.sides.is_some());
        let mut logs = TwoLogs::of(&task([0, 1]), [RunId(1), RunId(2)], false);
        logs.take(1, Ok(slice(100, 110, "rest\nline\n")));
        assert_eq!(logs.sides.as_ref().unwrap().beside.len(), 1, "without half a line");
        assert!(logs.cut_words().is_some());
    }
}
